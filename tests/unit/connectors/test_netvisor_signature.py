"""The worked vectors of the vendor sheet, section 3.3."""

import datetime as dt

import pytest

from tilisilta.connectors.netvisor.signature import Algorithm, Identity, headers, mac, message, stamp_of

STAMP = stamp_of(dt.datetime(2025, 3, 31, 21, 30, tzinfo=dt.UTC))
TRANSACTION = "b1f0c0de5c0a4d5e9f00112233445566"
BASE = "https://isvapi.netvisor.fi/"
V2 = f"{BASE}accountingledger.nv?startdate=2025-03-01&enddate=2025-03-31"
V3 = "https://integration.netvisor.fi/customer.nv?method=add"


def identity(**fields: str) -> Identity:
    given = {
        "sender": "HubDemo",
        "customer_id": "AA_demo_12345",
        "customer_key": "0123456789abcdef0123456789abcdef",
        "partner_id": "PA_1",
        "partner_key": "fedcba9876543210fedcba9876543210",
        "organisation_id": "1234567-1",
    }
    return Identity(**(given | fields))


def test_the_stamp_in_both_forms() -> None:
    assert (STAMP.text, STAMP.unix) == ("2025-03-31 21:30:00.000", "1743456600")
    eastern = dt.timezone(dt.timedelta(hours=3))
    assert stamp_of(dt.datetime(2025, 4, 1, 0, 30, 0, 7999, tzinfo=eastern)).text == "2025-03-31 21:30:00.007"


def test_what_is_hashed() -> None:
    assert message(identity(), f"{BASE}accounting.nv", STAMP, TRANSACTION, Algorithm.HMACSHA256) == (
        "https://isvapi.netvisor.fi/accounting.nv&HubDemo&AA_demo_12345&2025-03-31 21:30:00.000&FI&1234567-1&"
        "b1f0c0de5c0a4d5e9f00112233445566&1743456600&0123456789abcdef0123456789abcdef&"
        "fedcba9876543210fedcba9876543210"
    )


@pytest.mark.parametrize(
    ("url", "language", "algorithm", "expected"),
    [
        (
            f"{BASE}accounting.nv",
            "FI",
            "HMACSHA256",
            "88e1f21a5c8c4aa179ab1cdabcada499949ea4dd5993adaf2f5370f9ba850a1f",
        ),
        (f"{BASE}accounting.nv", "FI", "SHA256", "6da6338b902178cca9ff1d15daa4be43903d2fde2f564cd7c630caf376743e4a"),
        (f"{BASE}accounting.nv", "FI", "MD5", "51290ae6b102479396608b5e37c3213d"),
        (V2, "EN", "HMACSHA256", "0ce8612700d59136a51d2b869f5c41a74342820c83ce746285568b6758850462"),
        (V2, "EN", "SHA256", "b9e695f8cd6ab87fb62c3328afa0da341bc6114df548f4d7865f06e6faf4d198"),
        (V2, "EN", "MD5", "ef6c44321904fdec6f9c346071cdb678"),
    ],
)
def test_vectors(url: str, language: str, algorithm: str, expected: str) -> None:
    found = mac(identity(language=language), url, STAMP, TRANSACTION, algorithm=Algorithm(algorithm))
    assert found == expected


@pytest.mark.parametrize(
    ("charset", "algorithm", "expected"),
    [
        ("iso-8859-1", "HMACSHA256", "2e78061b65a2fd260d548315990fa90c5a014a1f87eecf1e5531f44fef0ad539"),
        ("iso-8859-15", "HMACSHA256", "2e78061b65a2fd260d548315990fa90c5a014a1f87eecf1e5531f44fef0ad539"),
        ("iso-8859-1", "SHA256", "6fe6e69fb50ccf539182c00dc09c9e14e6e28cc8e8c540d05bf4ccf05142a374"),
        ("utf-8", "HMACSHA256", "8a6ad6dcf0730f616c37917c4b5d19c4e46c2afb2a664f7ea64b98906a77ee3c"),
        ("utf-8", "SHA256", "73b58e719282476e487516cac9f44e7b3a75a649396dec7820438cbdc8f0f627"),
        ("utf-8", "MD5", "936ceb318b6cf8120e7a07ed7d472f70"),
    ],
)
def test_vectors_with_letters_outside_ascii(charset: str, algorithm: str, expected: str) -> None:
    given = identity(sender="Äänekoski Hub")
    found = mac(given, V3, STAMP, TRANSACTION, algorithm=Algorithm(algorithm), charset=charset)
    assert found == expected


def test_vector_of_another_client() -> None:
    given = Identity(
        sender="TestSender",
        customer_id="TestCustomerId",
        customer_key="TestUserKey",
        partner_id="x",
        partner_key="TestPartnerKey",
        organisation_id="TestOrganizationId",
    )
    stamp = stamp_of(dt.datetime(2024, 1, 15, 12, tzinfo=dt.UTC))
    assert stamp.unix != "1705312800"  # their stamps do not agree with each other, so both are given as they had them
    odd = type(stamp)("2024-01-15 12:00:00.000", "1705312800")
    expected = "14f2ec30263493fe0eb99b924d0b172addd4d3038140ea4f65469a51cbfbf072"
    assert mac(given, "https://integration.netvisor.fi/customerlist.nv", odd, "transaction123") == expected


def test_headers_hold_everything_but_the_keys() -> None:
    found = headers(identity(), V2, STAMP, TRANSACTION, Algorithm.HMACSHA256)
    assert set(found) == {
        "X-Netvisor-Authentication-Sender",
        "X-Netvisor-Authentication-CustomerId",
        "X-Netvisor-Authentication-PartnerId",
        "X-Netvisor-Authentication-Timestamp",
        "X-Netvisor-Authentication-TimestampUnix",
        "X-Netvisor-Authentication-TransactionId",
        "X-Netvisor-Authentication-MAC",
        "X-Netvisor-Authentication-MACHashCalculationAlgorithm",
        "X-Netvisor-Authentication-UseHTTPResponseStatusCodes",
        "X-Netvisor-Interface-Language",
        "X-Netvisor-Organisation-ID",
    }
    assert not {"0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"} & set(found.values())
    legacy = headers(identity(), V2, STAMP, TRANSACTION, Algorithm.MD5)
    assert "X-Netvisor-Authentication-TimestampUnix" not in legacy
    assert legacy["X-Netvisor-Authentication-MACHashCalculationAlgorithm"] == "MD5"
