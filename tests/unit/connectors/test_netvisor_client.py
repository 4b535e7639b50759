"""Calls and fates: what is sent, and what each answer means."""

import datetime as dt
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.contract.recorded import Recorded, StillClock
from tests.unit.connectors.netvisor_parts import (
    KEYS,
    accounts_answer,
    connector,
    created,
    entry_draft,
    failed,
    ok,
    sales_draft,
)

from tilisilta.connectors import netvisor
from tilisilta.connectors.netvisor import wire
from tilisilta.connectors.netvisor.client import normalise_organisation
from tilisilta.connectors.netvisor.signature import Algorithm, Identity, Stamp, mac
from tilisilta.core.documents import DocumentKind, PartyRole
from tilisilta.core.errors import BadInput, Misconfigured, Parked, Refused, Retry, TilisiltaError, Unknown
from tilisilta.kit.budget import MemoryBudgetStore
from tilisilta.kit.http import Request, Response
from tilisilta.ports import CatalogueKind

ACCOUNTS = accounts_answer("1701", "3000", "2939")
PREFIX = "X-Netvisor-Authentication-"


def entry() -> Any:
    return entry_draft(dimensions=())


async def refusal(*answers: Any, write: bool = True) -> TilisiltaError:
    books = connector(Recorded(*((ACCOUNTS, *answers) if write else answers)))
    with pytest.raises(TilisiltaError) as caught:
        await (books.send(entry()) if write else books.locked_until())
    return caught.value


# --- what is sent --------------------------------------------------------------------------------------------


async def test_a_request_is_signed_as_it_goes_out() -> None:
    transport = Recorded(ok("<Vouchers/>"))
    clock = StillClock(dt.datetime(2025, 3, 31, 21, 30, tzinfo=dt.UTC))
    assert await connector(transport, clock).read_ledger(dt.date(2025, 3, 1), dt.date(2025, 3, 31)) == []
    request = transport.requests[0]
    assert (request.method, request.body, request.is_write) == ("GET", None, False)
    assert request.url == (
        "https://integration.netvisor.fi/accountingledger.nv?startdate=2025-03-01&enddate=2025-03-31"
    )
    identity = Identity(language="FI", **KEYS)
    stamp = Stamp("2025-03-31 21:30:00.000", "1743456600")
    expected = mac(identity, request.url, stamp, request.headers[f"{PREFIX}TransactionId"])
    assert request.headers[f"{PREFIX}MAC"] == expected
    assert request.read_timeout_s is not None
    assert request.read_timeout_s >= 120


async def test_letters_in_an_address_are_signed_encoded() -> None:
    transport = Recorded(ok("<Customerlist/>"))
    from tests.contract.examples import party_draft

    party = party_draft(name="Äänekosken Sähkö & Lämpö", registry_code="")
    await connector(transport).find([party])
    url = transport.requests[0].url
    assert url.isascii()
    assert dict(parse_qsl(urlsplit(url).query)) == {"keyword": "Äänekosken Sähkö & Lämpö"}


async def test_every_request_has_a_transaction_of_its_own() -> None:
    transport = Recorded(ok("<AccountingPeriodList/>"))
    books = connector(transport)
    for _ in range(5):
        await books.locked_until()
    assert len({request.headers[f"{PREFIX}TransactionId"] for request in transport.requests}) == 5


async def test_a_body_begins_with_its_root() -> None:
    transport = Recorded(ACCOUNTS, created(8))
    sent = await connector(transport).send(entry())
    assert sent.target_id == "8"
    request = transport.requests[-1]
    assert (request.method, request.is_write) == ("POST", True)
    assert request.body is not None
    assert request.body.startswith(b"<root><voucher><calculationmode>net</calculationmode>")
    assert request.headers["Content-Type"] == "text/xml; charset=utf-8"


async def test_legacy_signatures_by_setting() -> None:
    transport = Recorded(ok("<AccountingPeriodList/>"))
    await connector(transport, algorithm="SHA256").locked_until()
    assert transport.requests[0].headers[f"{PREFIX}MACHashCalculationAlgorithm"] == Algorithm.SHA256
    with pytest.raises(Misconfigured) as caught:
        connector(transport, algorithm="SHA1")
    assert caught.value.code == "SETTING_INVALID"


def test_the_senders_name_is_ascii() -> None:
    clock = StillClock()
    given = {**KEYS, "sender": "Tilisiltä"}
    with pytest.raises(Misconfigured) as caught:
        netvisor.build(given, {}, transport=Recorded(ok()), budget=MemoryBudgetStore(clock), clock=clock)
    assert caught.value.params == {"field": "sender", "value": "Tilisiltä"}
    with pytest.raises(Misconfigured) as caught:
        netvisor.build(
            {**KEYS, "customer_key": "salaisuus\n2"},
            {},
            transport=Recorded(ok()),
            budget=MemoryBudgetStore(clock),
            clock=clock,
        )
    assert "salaisuus" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("12345671", "1234567-1"),
        ("FI12345671", "1234567-1"),
        (" 1234567-1 ", "1234567-1"),
        ("12345678", "1234567-8"),
        ("tuntematon", "tuntematon"),
    ],
)
def test_business_ids_get_their_hyphen(given: str, expected: str) -> None:
    assert normalise_organisation(given) == expected


# --- what answers mean ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "kind", "ours"),
    [
        ("AUTHENTICATION_FAILED", Misconfigured, "KEY_REFUSED"),
        ("SERVICE_ACCESS_ERROR", Misconfigured, "RIGHT_MISSING"),
        ("REQUEST_NOT_UNIQUE", Unknown, "REQUEST_REPEATED"),
        ("PERIOD_LOCK", Parked, "PERIOD_LOCKED"),
        ("INVALID_DATA_SIZE", Refused, "DATA_TOO_LARGE_FOR_TARGET"),
        ("DUPLICATE_DATA", Refused, "ALREADY_AT_TARGET"),
        ("SYSTEM_MAINTANANCE", Retry, "NETVISOR_MAINTENANCE"),
        ("SYSTEM_MAINTENANCE", Retry, "NETVISOR_MAINTENANCE"),
        ("TECHNICAL_ERROR", Unknown, "ANSWER_LOST"),
        ("SOMETHING_NEW", Refused, "UNKNOWN_VENDOR_ERROR"),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 500])
async def test_the_envelope_decides_whatever_the_status(
    code: str, kind: type[TilisiltaError], ours: str, status: int
) -> None:
    error = await refusal(failed(code, "joku syy", status))
    assert (type(error), error.code) == (kind, ours)
    assert error.evidence is not None
    assert error.evidence.status == status


async def test_a_read_may_come_again_where_a_write_may_not() -> None:
    for code in ("REQUEST_NOT_UNIQUE", "TECHNICAL_ERROR"):
        assert isinstance(await refusal(failed(code), write=False), Retry), code


async def test_a_text_may_hold_the_separator() -> None:
    text = "URI-metodi ei kelpaa, katso dokumentaatio x :: abcdef"
    error = await refusal(failed("AUTHENTICATION_FAILED", text))
    assert error.params["message"] == f"AUTHENTICATION_FAILED :: {text}"


async def test_a_right_is_named_with_its_resource() -> None:
    error = await refusal(failed("SERVICE_ACCESS_ERROR", "Ei oikeutta"))
    assert error.params["resource"] == "accounting.nv"
    assert "accounting.nv" in error.params["message"]


async def test_a_clock_that_is_off_is_told() -> None:
    answer = failed("AUTHENTICATION_FAILED", "Aikaleima", 401)
    late = Response(status=401, body=answer.body, headers={"Date": "Thu, 16 Apr 2026 09:30:00 GMT"})
    assert (await refusal(late)).code == "CLOCK_SKEW"
    right = Response(status=401, body=answer.body, headers={"Date": "Thu, 16 Apr 2026 09:00:30 GMT"})
    assert (await refusal(right)).code == "KEY_REFUSED"


@pytest.mark.parametrize(
    ("response", "kind", "ours"),
    [
        (Response(status=404, body=b"404 Not Found"), Misconfigured, "RESOURCE_UNKNOWN"),
        (Response(status=401, body=b""), Misconfigured, "KEY_REFUSED"),
        (Response(status=403, body=b"no"), Misconfigured, "RIGHT_MISSING"),
        (Response(status=302, body=b""), Misconfigured, "ADDRESS_MOVED"),
        (Response(status=429, headers={"Retry-After": "7"}), Retry, "TARGET_BUSY"),
        (Response(status=502, body=b"<html>bad gateway</html>"), Unknown, "ANSWER_LOST"),
        (Response(status=200, body=b"<html>kirjaudu</html>"), Unknown, "HTML_ANSWER"),
        (Response(status=200, body=b"<Root><ResponseStatus><Sta"), Unknown, "NOT_XML"),
        (Response(status=200, body=b"<Root/>"), Unknown, "NOT_XML"),
        (Response(status=400, body=b"<html>denied</html>"), Misconfigured, "HTML_ANSWER"),
        (Response(status=400, body=b"nope"), Refused, "UNKNOWN_VENDOR_ERROR"),
        (created(8).__class__(status=500, body=created(8).body), Unknown, "ANSWER_LOST"),
        (ok("<Replies/>"), Unknown, "ANSWER_LOST"),
    ],
)
async def test_answers_without_an_envelope(response: Response, kind: type[TilisiltaError], ours: str) -> None:
    error = await refusal(response)
    assert (type(error), error.code) == (kind, ours)


async def test_entities_in_an_answer_are_not_read() -> None:
    bomb = b'<!DOCTYPE r [<!ENTITY a "aaaa">]><Root><ResponseStatus><Status>OK</Status></ResponseStatus>&a;</Root>'
    error = await refusal(Response(status=200, body=bomb))
    assert isinstance(error, Unknown)


@pytest.mark.parametrize("separator", ["&amp;", "&"])  # the second is not even XML
async def test_keys_do_not_show_in_errors(separator: str) -> None:
    text = f"odotettu {KEYS['customer_key']}{separator}{KEYS['partner_key']}"
    error = await refusal(failed("INVALID_DATA", text), ok("<AccountList/>"))
    shown = f"{error.evidence} {error}"
    assert error.evidence is not None
    assert KEYS["customer_key"] not in error.evidence.body
    assert KEYS["partner_key"] not in error.evidence.body
    assert KEYS["partner_key"] not in shown
    assert "odotettu ***" in shown


# --- what a refusal of wrong data meant ----------------------------------------------------------------------


def by_resource(**answers: Response) -> Recorded:
    def answer(request: Request) -> Response:
        name = urlsplit(request.url).path.strip("/").removesuffix(".nv")
        return answers[name]

    return Recorded(answer)


PERIODS = ok(
    "<AccountingPeriodList><PeriodLockInformation><AccountingPeriodLockDate format='ansi'>{lock}"
    "</AccountingPeriodLockDate><VatPeriodLockDate/><PurchaseLockDate/></PeriodLockInformation>"
    "<Period><NetvisorKey>1</NetvisorKey><Name>2025</Name><BeginDate>1.1.2025</BeginDate><EndDate>31.12.2025</EndDate>"
    "</Period></AccountingPeriodList>"
).body.decode()


@pytest.mark.parametrize(
    ("lock", "codes", "expected"),
    [
        ("31.3.2025", ("", "KOMY", ""), "PERIOD_LOCKED"),
        ("", ("", "KOMY", ""), "TARGET_REFUSED"),
    ],
)
async def test_invalid_data_is_explained_by_the_lists(lock: str, codes: tuple[str, ...], expected: str) -> None:
    transport = by_resource(
        accountlist=ACCOUNTS,
        accountingperiodlist=Response(status=200, body=PERIODS.format(lock=lock).encode()),
        accounting=failed("INVALID_DATA", "jotakin"),
    )
    with pytest.raises(Refused) as caught:
        await connector(transport).send(entry_draft(dimensions=(), vat_codes=codes))
    assert caught.value.code == expected
    assert "jotakin" in caught.value.params["message"]


async def test_lists_that_may_not_be_read_are_not_asked_for() -> None:
    denied = failed("SERVICE_ACCESS_ERROR", "Ei oikeutta")
    transport = by_resource(accountlist=denied, dimensionlist=denied, accounting=created(5))
    assert (await connector(transport).send(entry_draft())).target_id == "5"
    refused = by_resource(accountlist=denied, accountingperiodlist=denied, accounting=failed("INVALID_DATA", "x"))
    with pytest.raises(Refused) as caught:
        await connector(refused).send(entry())
    assert caught.value.code == "TARGET_REFUSED"


async def test_an_inactive_account_counts_as_missing() -> None:
    transport = by_resource(accountlist=accounts_answer("1701", "3000", "2939", inactive="3000"))
    with pytest.raises(Refused) as caught:
        await connector(transport).send(entry())
    assert caught.value.params["account"] == "3000"


async def test_accounts_are_read_once_for_many_documents() -> None:
    transport = by_resource(accountlist=ACCOUNTS, accounting=created(5))
    clock = StillClock()
    books = connector(transport, clock)
    for _ in range(3):
        await books.send(entry())
    assert sum("accountlist" in each.url for each in transport.requests) == 1
    clock.advance(601)
    await books.send(entry())
    assert sum("accountlist" in each.url for each in transport.requests) == 2


# --- reading -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-03-31", dt.date(2025, 3, 31)),
        ("31.3.2025", dt.date(2025, 3, 31)),
        ("31.03.2025 12:00:00", dt.date(2025, 3, 31)),
        ("2025-3-1", dt.date(2025, 3, 1)),
        ("", None),
    ],
)
def test_dates_in_both_forms(text: str, expected: dt.date | None) -> None:
    assert wire.day(text, "Date") == expected


@pytest.mark.parametrize("text", ["31.2.2025", "maaliskuu", "2025-13-01", "31/3/2025"])
def test_dates_in_no_form(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        wire.day(text, "VoucherDate")
    assert caught.value.params["field"] == "VoucherDate"


@pytest.mark.parametrize("text", ["1,2,3", "kaksi", "NaN", "1e999"])
def test_amounts_in_no_form(text: str) -> None:
    with pytest.raises(BadInput):
        wire.amount(text, "LineSum")


def test_an_envelope_with_details() -> None:
    root = wire.read_root(
        b"<Root><ResponseStatus><Status>FAILED</Status><Status>INVALID_DATA :: a :: b</Status>"
        b"<Details>c</Details></ResponseStatus></Root>",
        "x",
    )
    status = wire.read_status(root)
    assert status == wire.Status(is_ok=False, code="INVALID_DATA", text="a :: b c")
    bare = wire.read_root(b"<root><responsestatus><status>FAILED</status></responsestatus></root>", "x")
    assert wire.read_status(bare) == wire.Status(is_ok=False)


async def test_key_lists_go_in_five_hundreds() -> None:
    transport = Recorded(ok("<SalesInvoices/>"))
    keys = [str(at) for at in range(1, 1102)]
    assert await connector(transport).read_totals(DocumentKind.SALES_INVOICE, keys) == {}
    lists = [dict(parse_qsl(urlsplit(each.url).query))["netvisorkeylist"].split(",") for each in transport.requests]
    assert [len(each) for each in lists] == [500, 500, 101]


async def test_the_vat_codes_with_their_pairs() -> None:
    entries = {each.key: each for each in await connector(Recorded(ok())).catalogue(CatalogueKind.VAT_CODES)}
    pairs = {"KOMY": "KOOS", "NONE": "NONE", "RAMY": "RAOS", "EUMY": "EUOS", "EUUM": "EUUO"}
    assert {key: entries[key].extra["pair"] for key in pairs} == pairs
    assert (entries["KOMY"].for_sales, entries["KOMY"].for_purchases) == (True, False)
    assert (entries["NONE"].for_sales, entries["NONE"].for_purchases) == (True, True)
    assert entries["NONE"].label.startswith("- ")
    wider = ("KOMY0 EUPO EUPM312 EUPM309 MUUL EVTO EVPO EVRO 100 KAVE EVKV MAAL EVMA", "KOMY KOOS NONE RAMY RAOS")
    named = " ".join((*wider, "EUMY EUOS EUUM EUUO"))
    assert set(entries) == {*named.split()}


async def test_typed_payment_methods_and_what_there_is_no_list_of() -> None:
    books = connector(Recorded(ok()), payment_methods="Korttimaksu, FI21 1234 5600 0007 85")
    listed = await books.catalogue(CatalogueKind.BANK_ACCOUNTS)
    assert [each.key for each in listed] == ["Korttimaksu", "FI21 1234 5600 0007 85"]
    assert await books.catalogue(CatalogueKind.WAREHOUSES) == []


async def test_a_list_of_vendors_that_shows_the_same_page_again_ends() -> None:
    page = ok("<Vendors><Vendor><NetvisorKey>3</NetvisorKey><VendorBaseInformation><Name>A</Name>"
              "</VendorBaseInformation></Vendor></Vendors>")  # fmt: skip
    transport = Recorded(page)
    found = [each.target_id async for rows in connector(transport).list_parties(PartyRole.SUPPLIER) for each in rows]
    assert found == ["3"]
    assert len(transport.requests) == 2


async def test_a_party_id_that_the_draft_lacks() -> None:
    transport = by_resource(accountlist=ACCOUNTS)
    with pytest.raises(TilisiltaError) as caught:
        await connector(transport).send(sales_draft(party_id=""))
    assert caught.value.params["field"] == "party"


@pytest.mark.parametrize(
    ("told", "code", "text"),
    [
        ("INVALID_DATA :: a :: b", "INVALID_DATA", "a :: b"),
        ("INVALID_DATA::a", "INVALID_DATA", "a"),
        ("PERIOD_LOCK", "PERIOD_LOCK", ""),
        ("Aineiston käsittelyssä tapahtui virhe", "", "Aineiston käsittelyssä tapahtui virhe"),
    ],
)
def test_a_code_is_read_however_it_is_parted_from_its_text(told: str, code: str, text: str) -> None:
    body = f"<Root><ResponseStatus><Status>FAILED</Status><Status>{told}</Status></ResponseStatus></Root>"
    assert wire.read_status(wire.read_root(body.encode(), "x")) == wire.Status(is_ok=False, code=code, text=text)
