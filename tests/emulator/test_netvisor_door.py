import asyncio
import hashlib

import pytest
from tests.emulator.netvisor_client import AUTH, Netvisor, headers_for, voucher

from tilisilta_emulators.netvisor import Signed, sign

COMMON = {
    "sender": "HubDemo",
    "customer_id": "AA_demo_12345",
    "timestamp": "2025-03-31 21:30:00.000",
    "timestamp_unix": "1743456600",
    "organisation_id": "1234567-1",
    "transaction_id": "b1f0c0de5c0a4d5e9f00112233445566",
    "customer_key": "0123456789abcdef0123456789abcdef",
    "partner_key": "fedcba9876543210fedcba9876543210",
    "language": "FI",
}
V1 = "https://isvapi.netvisor.fi/accounting.nv"
V2 = "https://isvapi.netvisor.fi/accountingledger.nv?startdate=2025-03-01&enddate=2025-03-31"
V3 = "https://integration.netvisor.fi/customer.nv?method=add"
NAMED = {"sender": "Äänekoski Hub"}
# The worked vectors of the sheet: address, changes, algorithm, encoding, MAC.
VECTORS = [
    (V1, {}, "HMACSHA256", "utf-8", "88e1f21a5c8c4aa179ab1cdabcada499949ea4dd5993adaf2f5370f9ba850a1f"),
    (V1, {}, "SHA256", "utf-8", "6da6338b902178cca9ff1d15daa4be43903d2fde2f564cd7c630caf376743e4a"),
    (V1, {}, "MD5", "utf-8", "51290ae6b102479396608b5e37c3213d"),
    (V2, {"language": "EN"}, "HMACSHA256", "utf-8", "0ce8612700d59136a51d2b869f5c41a74342820c83ce746285568b6758850462"),
    (V2, {"language": "EN"}, "SHA256", "utf-8", "b9e695f8cd6ab87fb62c3328afa0da341bc6114df548f4d7865f06e6faf4d198"),
    (V2, {"language": "EN"}, "MD5", "utf-8", "ef6c44321904fdec6f9c346071cdb678"),
    (V3, NAMED, "HMACSHA256", "iso-8859-1", "2e78061b65a2fd260d548315990fa90c5a014a1f87eecf1e5531f44fef0ad539"),
    (V3, NAMED, "HMACSHA256", "iso-8859-15", "2e78061b65a2fd260d548315990fa90c5a014a1f87eecf1e5531f44fef0ad539"),
    (V3, NAMED, "SHA256", "iso-8859-1", "6fe6e69fb50ccf539182c00dc09c9e14e6e28cc8e8c540d05bf4ccf05142a374"),
    (V3, NAMED, "MD5", "utf-8", "936ceb318b6cf8120e7a07ed7d472f70"),
    (V3, NAMED, "HMACSHA256", "utf-8", "8a6ad6dcf0730f616c37917c4b5d19c4e46c2afb2a664f7ea64b98906a77ee3c"),
    (V3, NAMED, "SHA256", "utf-8", "73b58e719282476e487516cac9f44e7b3a75a649396dec7820438cbdc8f0f627"),
    (
        "https://integration.netvisor.fi/customerlist.nv",
        {
            "sender": "TestSender", "customer_id": "TestCustomerId", "timestamp": "2024-01-15 12:00:00.000",
            "organisation_id": "TestOrganizationId", "transaction_id": "transaction123",
            "timestamp_unix": "1705312800", "customer_key": "TestUserKey", "partner_key": "TestPartnerKey",
        },
        "HMACSHA256",
        "utf-8",
        "14f2ec30263493fe0eb99b924d0b172addd4d3038140ea4f65469a51cbfbf072",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("url", "changes", "algorithm", "encoding", "mac"), VECTORS)
def test_the_mac_is_that_of_the_sheet(url, changes, algorithm, encoding, mac):
    assert sign(Signed(**{**COMMON, **changes}), url, algorithm, encoding) == mac


def test_the_message_is_that_of_the_sheet():
    assert Signed(**COMMON).message(V1) == (
        "https://isvapi.netvisor.fi/accounting.nv&HubDemo&AA_demo_12345&2025-03-31 21:30:00.000&FI&1234567-1&"
        "b1f0c0de5c0a4d5e9f00112233445566&1743456600&0123456789abcdef0123456789abcdef&fedcba9876543210fedcba9876543210"
    )


@pytest.mark.parametrize("vector", range(12))
async def test_vectors_pass_over_http_at_their_own_time(netvisor: Netvisor, vector):
    url, changes, algorithm, encoding, mac = VECTORS[vector]
    base, _, target = url.partition(".fi/")
    await netvisor.reset(now="2025-03-31T21:30:00Z", public_urls=[base + ".fi"])
    values = {**COMMON, **changes}
    headers = {
        AUTH + "Sender": values["sender"].encode(encoding).decode("utf-8", "surrogateescape"),
        AUTH + "CustomerId": values["customer_id"],
        AUTH + "PartnerId": "PA_demo_12345",
        AUTH + "Timestamp": values["timestamp"],
        AUTH + "TimestampUnix": values["timestamp_unix"],
        AUTH + "TransactionId": values["transaction_id"],
        AUTH + "MAC": mac,
        AUTH + "MACHashCalculationAlgorithm": algorithm,
        "X-Netvisor-Interface-Language": values["language"],
        "X-Netvisor-Organisation-ID": values["organisation_id"],
    }
    bodies = {"accounting.nv": voucher().encode()}
    answer = await raw(netvisor, "GET" if "ledger" in target else "POST", target, headers, bodies.get(target))
    assert "AUTHENTICATION_FAILED" not in answer, answer


async def raw(netvisor: Netvisor, method: str, target: str, headers: dict[str, str], body: bytes | None) -> str:
    """Send bytes, as aiohttp's client would not send a name in Latin letters."""
    host, _, port = netvisor.base_url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    lines = [f"{method} /{target} HTTP/1.1", f"Host: {host}:{port}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines.append(f"Content-Length: {len(body or b'')}")
    writer.write("\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + (body or b""))
    answer = await reader.read()
    writer.close()
    return answer.decode()


async def test_each_header_must_be_there_and_right(netvisor: Netvisor):
    url = f"{netvisor.base_url}/accountlist.nv"
    required = ["Sender", "CustomerId", "PartnerId", "Timestamp", "TimestampUnix", "TransactionId", "MAC"]
    for name in [*(AUTH + name for name in required), "X-Netvisor-Interface-Language", "X-Netvisor-Organisation-ID"]:
        headers = headers_for(url)
        del headers[name]
        answer = await netvisor.send("GET", "accountlist.nv", headers=headers)
        assert (answer.status, answer.code) == (401, "AUTHENTICATION_FAILED"), name
    for changes in (
        {"CustomerId": "x"}, {"PartnerId": "x"}, {"Organisation": "7654321-2"}, {"Language": "DE"},
        {"Timestamp": "2025-03-31"}, {"TimestampUnix": "soon"},
    ):  # fmt: skip
        assert await netvisor.refused("accountlist.nv", **changes) == "AUTHENTICATION_FAILED", changes
    for mac in ("0" * 64, "", "é", headers_for(url)[AUTH + "MAC"].upper()):
        headers = {**headers_for(url), AUTH + "MAC": mac}
        answer = await netvisor.send("GET", "accountlist.nv", headers=headers)
        assert answer.code == "AUTHENTICATION_FAILED", mac


async def test_a_wrong_mac_is_told_what_was_expected_without_the_secrets(netvisor: Netvisor):
    headers = {**headers_for("http://elsewhere/accountlist.nv", Language="FI")}
    answer = await netvisor.send("GET", "accountlist.nv", headers=headers)
    assert answer.text.startswith(
        f"URI-metodi ei kelpaa, katso dokumentaatio {netvisor.base_url}/accountlist.nv&HubDemo&"
    )
    assert "0123456789abcdef" not in answer.text
    expected, _, digest = answer.text.rpartition(" :: ")
    assert expected.endswith("&***&***")
    assert len(digest) == len(hashlib.sha256().hexdigest())


async def test_without_the_header_errors_come_as_200(netvisor: Netvisor):
    headers = headers_for(f"{netvisor.base_url}/accountingledger.nv")
    del headers[AUTH + "UseHTTPResponseStatusCodes"]
    answer = await netvisor.send("GET", "accountingledger.nv", headers=headers)
    assert (answer.status, answer.code) == (200, "INVALID_DATA")
    assert len(answer.statuses) == 2


async def test_a_transaction_is_unique(netvisor: Netvisor):
    await netvisor.ok("accountlist.nv", TransactionId="once")
    answer = await netvisor.call("accountlist.nv", TransactionId="once")
    assert (answer.status, answer.code) == (409, "REQUEST_NOT_UNIQUE")
    await netvisor.ok("accountlist.nv", TransactionId="twice")


async def test_the_clock_counts_for_hmac_only(netvisor: Netvisor):
    await netvisor.reset(clock_skew_s=300)
    await netvisor.control("POST", "clock", {"advance_s": 301 + 1})
    assert await netvisor.refused("accountlist.nv") == "AUTHENTICATION_FAILED"
    await netvisor.ok("accountlist.nv", algorithm="SHA256")
    await netvisor.options(clock_skew_s=None)
    await netvisor.ok("accountlist.nv")


async def test_legacy_macs_can_be_switched_off(netvisor: Netvisor):
    url = f"{netvisor.base_url}/accountlist.nv"
    await netvisor.ok("accountlist.nv", algorithm="MD5")
    upper = headers_for(url, algorithm="SHA256")
    upper[AUTH + "MAC"] = upper[AUTH + "MAC"].upper()
    assert (await netvisor.send("GET", "accountlist.nv", headers=upper)).code == "OK"
    absent = headers_for(url, algorithm="MD5")
    del absent[AUTH + "MACHashCalculationAlgorithm"]
    assert (await netvisor.send("GET", "accountlist.nv", headers=absent)).code == "OK"
    await netvisor.options(legacy_mac=False)
    for algorithm in ("MD5", "SHA256"):
        assert await netvisor.refused("accountlist.nv", algorithm=algorithm) == "AUTHENTICATION_FAILED"
    await netvisor.ok("accountlist.nv")


async def test_the_address_may_be_signed_encoded_or_not(netvisor: Netvisor):
    sent = "getcustomer.nv?idlist=1%2C2"
    for signed in (sent, "getcustomer.nv?idlist=1,2"):
        headers = headers_for(f"{netvisor.base_url}/{signed}")
        answer = await netvisor.send("GET", sent, headers=headers)
        assert answer.all("Customers/Customer/CustomerBaseInformation/NetvisorKey") == ["1", "2"]


async def test_names_of_resources_and_parameters_have_no_case(netvisor: Netvisor):
    for target in ("AccountingLedger.nv?StartDate=2025-01-01&endDATE=2025-01-31", "ACCOUNTLIST.NV", "/accountlist.nv"):
        await netvisor.ok(target)


async def test_unknown_resources_and_wrong_methods(netvisor: Netvisor):
    assert (await netvisor.call("accountinglist.nv")).status == 404
    assert await netvisor.refused("accounting.nv") == "INVALID_DATA"
    assert await netvisor.refused("accountlist.nv", "<root/>") == "INVALID_DATA"


async def test_the_envelope(netvisor: Netvisor):
    await netvisor.reset(now="2025-03-31T20:30:00Z")
    answer = await netvisor.ok("accountlist.nv", TimestampUnix="1743453000")
    assert answer.raw.startswith(b'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\r\n<Root>\r\n')
    assert answer.one("ResponseStatus/TimeStamp") == "31.3.2025 23:30:00"
    assert answer.content_type == "text/html"
    text = {}
    for language in ("FI", "EN", "SE"):
        refused = await netvisor.call("getcustomer.nv?id=123", Language=language, TimestampUnix="1743453000")
        text[language] = refused.statuses[1]
    assert text["EN"] == "INVALID_DATA :: Data form incorrect:. Customer not found with Netvisor identifier: 123"
    assert len(set(text.values())) == 3


async def test_one_request_at_a_time(netvisor: Netvisor):
    await netvisor.reset(processing_ms=30)
    answers = await asyncio.gather(*(netvisor.call("accountlist.nv") for _ in range(4)))
    assert sorted(answer.code for answer in answers) == ["OK", *["TECHNICAL_ERROR"] * 3]
    await netvisor.options(overlap="queue")
    answers = await asyncio.gather(*(netvisor.call("accountlist.nv") for _ in range(4)))
    assert [answer.code for answer in answers] == ["OK"] * 4
    await netvisor.options(overlap="refuse", limits=False)
    answers = await asyncio.gather(*(netvisor.call("accountlist.nv") for _ in range(4)))
    assert [answer.code for answer in answers] == ["OK"] * 4


async def test_plan_rights_and_keys(netvisor: Netvisor):
    for plan, code in (("Basic", "SERVICE_ACCESS_ERROR"), ("Core", "SERVICE_ACCESS_ERROR"), ("Premium", "OK")):
        await netvisor.reset(plan=plan)
        answer = await netvisor.call("accountlist.nv")
        assert (answer.code, answer.status) == (code, 200 if code == "OK" else 403)
    await netvisor.reset(rights=["AccountList.nv"])
    await netvisor.ok("accountlist.nv")
    assert await netvisor.refused("customerlist.nv") == "SERVICE_ACCESS_ERROR"
    await netvisor.reset(denied=["accounting.nv"])
    assert await netvisor.refused("accounting.nv", voucher()) == "SERVICE_ACCESS_ERROR"
    await netvisor.reset(key_revoked=True)
    assert await netvisor.refused("accountlist.nv") == "AUTHENTICATION_FAILED"
    await netvisor.reset(maintenance=True, maintenance_code="SYSTEM_MAINTENANCE")
    answer = await netvisor.call("accountlist.nv")
    assert (answer.status, answer.code) == (503, "SYSTEM_MAINTENANCE")
    await netvisor.reset(per_minute=2)
    assert [(await netvisor.call("accountlist.nv")).code for _ in range(3)] == ["OK", "OK", "TECHNICAL_ERROR"]
