"""Invoices of the Merit connector against the emulator's books: once, to the cent, and found again."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.contract.emulators.conftest import End
from tests.contract.examples import item_draft, line, party_draft
from tests.contract.merit.drafts import GONE, VAT24, draft, partners

from tilisilta.core.documents import (
    Address,
    AttachmentRole,
    Direction,
    InvoiceRef,
    LineKind,
    PartyRole,
    StockKind,
    invoice_kind,
)
from tilisilta.core.errors import Misconfigured, Refused, Retry, TilisiltaError, Unknown, Unsupported
from tilisilta.ports import AttachedFile, CatalogueKind, FindCertainty, Totals

D = Decimal
PDF = AttachedFile(name="arve.pdf", media_type="application/pdf", content=b"%PDF-1.4 x", role=AttachmentRole.IMAGE)
PNG = AttachedFile(name="pilt.png", media_type="image/png", content=b"\x89PNG")


def warnings(sent: Any) -> list[str]:
    return [each["code"] for each in msgspec.json.decode(sent.extra.get("warnings", "[]"))]


def rows(end: End, direction: Direction) -> list[dict[str, Any]]:
    return list(end.emulator.state()["sales_invoices" if direction is Direction.SALES else "purchase_invoices"])


@pytest.mark.parametrize(
    ("direction", "is_credit_note"),
    [(Direction.SALES, False), (Direction.SALES, True), (Direction.PURCHASE, False), (Direction.PURCHASE, True)],
)
async def test_an_invoice_goes_out_is_found_and_read_back(
    merit: End, direction: Direction, is_credit_note: bool
) -> None:
    target = merit.connect()
    customer, supplier = await partners(target)
    party = customer if direction is Direction.SALES else supplier
    wanted = draft("k1", party, direction=direction, is_credit_note=is_credit_note)
    before = merit.calls()
    sent = await target.send(wanted)
    assert merit.calls() - before == 2  # it goes out once, and is looked at
    assert (sent.number, sent.extra) == ("N-k1", {})
    assert sent.totals == Totals(net=D(200), vat=D(48), gross=D(248))
    found = await target.find([wanted, draft("k2", party, direction=direction)])
    assert {key: each.sent.target_id for key, each in found.items()} == {"k1": sent.target_id}
    certainty = FindCertainty.MATCHED if direction is Direction.SALES else FindCertainty.MARKED
    assert found["k1"].certainty is certainty
    whole = Totals(net=D(200), vat=D(48), gross=D(248))
    assert found["k1"].sent.totals == whole
    assert await target.read_totals(invoice_kind(wanted.invoice), [sent.target_id, GONE]) == {sent.target_id: whole}
    kept = rows(merit, direction)
    sign = -1 if is_credit_note else 1
    assert [(row["id"], row["gross"], row["vat"]) for row in kept] == [(sent.target_id, 248 * sign, 48 * sign)]
    assert [(row["quantity"], row["price"], row["tax"]) for row in kept[0]["rows"]] == [(2 * sign, 100, "24%")]


async def test_many_are_found_by_the_list_of_their_days_and_read_back_by_it(merit: End) -> None:
    target = merit.connect()
    customer, _ = await partners(target)
    drafts = [draft(f"k{at}", customer, date=dt.date(2026, 1, 1) + dt.timedelta(days=at % 9)) for at in range(24)]
    sent = {each.key: (await target.send(each)).target_id for each in drafts}
    before = merit.calls()
    found = await target.find([*drafts, draft("new", customer)])
    assert {key: each.sent.target_id for key, each in found.items()} == sent
    assert merit.calls() - before <= 2
    totals = await target.read_totals(invoice_kind(drafts[0].invoice), list(sent.values()))
    assert len(totals) == 24
    assert merit.calls() - before <= 3


@pytest.mark.parametrize("meaning", ["only", "include"])
async def test_paid_and_unpaid_are_seen_however_unpaid_is_meant(merit: End, meaning: str) -> None:
    merit.reset(data="empty", unpaid_filter=meaning)
    target = merit.connect()
    customer, supplier = await partners(target)
    paid = draft("paid", supplier, direction=Direction.PURCHASE)
    open_ = draft("open", supplier, direction=Direction.PURCHASE, date=dt.date(2026, 1, 6))
    key = (await target.send(paid)).target_id
    await target.send(open_)
    await pay(merit, key)
    assert customer
    for fresh in (False, True):
        assert set(await target.find([paid, open_], fresh=fresh)) == {"paid", "open"}
        assert set(await target.find([paid], fresh=True)) == {"paid"}


async def pay(merit: End, key: str) -> None:
    from tests.contract.merit.test_payments import paying

    target = merit.connect()
    ways = {each.label: each.key for each in await target.catalogue(CatalogueKind.BANK_ACCOUNTS)}
    await target.send(paying("p", key, ways["Sularaha"], purchase=True))


@pytest.mark.parametrize("kind", ["stack_trace", "error_before", "throttle", "html"])
async def test_an_invoice_is_there_whatever_becomes_of_the_look_at_it(merit: End, kind: str) -> None:
    target = merit.connect()
    customer, _ = await partners(target)
    merit.fault(kind, match={"path": "getinvoice"}, status=500)
    sent = await target.send(draft("k1", customer))
    assert sent.totals == Totals()
    assert len(rows(merit, Direction.SALES)) == 1
    plain = merit.connect(read_back="off")
    before = merit.calls()
    await plain.send(draft("k2", customer))
    assert merit.calls() - before == 1


async def test_a_marked_sales_invoice_is_found_by_its_mark(merit: End) -> None:
    target = merit.connect(mark_sales="on")
    customer, _ = await partners(target)
    wanted = draft("k1", customer)
    await target.send(wanted)
    assert (await target.find([wanted]))["k1"].certainty is FindCertainty.MARKED
    other = draft("k2", customer, number="N-k1")
    assert await target.find([other]) == {}  # what bears another key of ours is nobody's match


async def test_two_alike_are_for_a_person_to_choose(merit: End) -> None:
    target = merit.connect()
    customer, _ = await partners(target)
    for _ in range(2):
        await target.send(draft("k1", customer))
    found = await target.find([draft("k1", customer)])
    assert len(found["k1"].others) == 1


async def test_cents_of_vat_go_as_rounding_and_are_told(merit: End) -> None:
    target = merit.connect()
    customer, _ = await partners(target)
    lines = [line("0.02", position=at, quantity=D(1), unit_price=D("0.02")) for at in (1, 2, 3)]
    # On the whole 0.06 x 24 % = 0.01; by rows 0.00 each.
    odd = draft("k1", customer, *lines, net=D("0.06"), vat=D("0.01"), gross=D("0.07"))
    sent = await target.send(odd)
    assert warnings(sent) == ["VAT_BY_ROWS"]
    kept = rows(merit, Direction.SALES)[0]
    assert (kept["net"], kept["vat"], kept["rounding"], kept["gross"]) == (D("0.06"), D(0), D("0.01"), D("0.07"))
    far = draft("k2", customer, vat=D("40"), gross=D("240"))
    with pytest.raises(Unsupported) as caught:
        await target.send(far)
    assert caught.value.code == "VAT_NOT_BY_ROWS"


async def test_rounding_discounts_words_and_places_arrive(merit: End) -> None:
    target = merit.connect()
    customer, _ = await partners(target)
    values = await target.catalogue("dimensions")
    car = next(each.key for each in values if each.label.endswith("Sõiduauto"))
    rows_given = (
        line("180", discount_percent=D(10), unit_price=D(100), description="Tool"),
        line("0", position=2, kind=LineKind.TEXT, description="Valge"),
        line("-10", position=3, kind=LineKind.ALLOWANCE, quantity=D(1), unit_price=D(-10), description="Soodustus"),
        line("0.02", position=4, kind=LineKind.ROUNDING, vat_rate=D(0)),
    )
    given = draft(
        "k1", customer, *rows_given, net=D(170), vat=D("40.80"), gross=D("210.80"), rounding=D("0.02"),
        reference_number="12342", note="Aitäh", order_number="T-77", credits=(InvoiceRef(number="vana"),),
    )  # fmt: skip
    first = msgspec.structs.replace(
        given.lines[0], account="3010", dimensions={"o": "department:TRT", "r": car, "p": "project:P-1"}
    )
    sent = await target.send(msgspec.structs.replace(given, lines=(first, *given.lines[1:])))
    assert warnings(sent) == ["DIMENSION_LEFT_OUT"]
    kept = rows(merit, Direction.SALES)[0]
    assert (kept["net"], kept["vat"], kept["gross"]) == (D(170), D("40.80"), D("210.82"))
    assert (kept["reference"], kept["comment"]) == ("12342", "Aitäh\nvana")
    tool, allowance = kept["rows"]
    assert (tool["description"], tool["net"], tool["account"]) == ("Tool\nValge", 180, "3010")
    assert (tool["department"], tool["dims"]) == ("TRT", [(3, "AUTO")])
    assert (allowance["quantity"], allowance["price"], allowance["net"]) == (-1, 10, -10)


async def test_files_go_with_their_document(merit: End) -> None:
    target = merit.connect()
    customer, supplier = await partners(target)
    sold = await target.send_with_files(draft("k1", customer), [PNG, PDF])
    bought = await target.send_with_files(draft("k2", supplier, direction=Direction.PURCHASE), [PNG])
    assert (warnings(sold), warnings(bought)) == (["ATTACHMENTS_NOT_CARRIED"], [])
    books = merit.emulator.site.books(merit.emulator.site.main)
    assert books.sales.by_id[sold.target_id].file.name == "arve.pdf"
    assert books.purchases.by_id[bought.target_id].file.name == "pilt.png"


async def test_foreign_currency_bears_its_rate(merit: End) -> None:
    target = merit.connect()
    customer, _ = await partners(target)
    await target.send(draft("k1", customer, currency="USD", exchange_rate=D("0.8")))
    assert rows(merit, Direction.SALES)[0]["rate"] == D("1.25")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"item_id": ""}, "lines[0].item"),
        ({"item_id": "x" * 21}, "lines[0].item"),
        ({"vat_code": ""}, "lines[0].vat_code"),
    ],
)
async def test_what_cannot_be_said_is_not_sent(merit: End, change: dict[str, str], field: str) -> None:
    target = merit.connect()
    given = draft("k1", "c1")
    broken = msgspec.structs.replace(given, lines=(msgspec.structs.replace(given.lines[0], **change),))
    with pytest.raises(Unsupported) as caught:
        await target.send(broken)
    assert caught.value.params["field"] == field
    assert merit.calls() == 0


async def test_credited_goods_need_their_cost(merit: End) -> None:
    given = draft("k1", "c1", line(stock_kind=StockKind.STOCK), is_credit_note=True)
    with pytest.raises(Unsupported) as caught:
        await merit.connect().send(given)
    assert caught.value.code == "STOCK_COST_MISSING"


# --- answers that are lost or odd --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", ["drop_after", "error_after", "half", "html", "drop_before", "error_before", "stack_trace", "empty"]
)
async def test_whatever_happens_to_the_answer_the_books_tell(merit: End, kind: str) -> None:
    target = merit.connect()
    customer, _ = await partners(target)
    wanted = draft("k1", customer)
    merit.fault(kind, match={"path": "sendinvoice"}, status=500)
    with pytest.raises(Unknown):
        await target.send(wanted)
    assert merit.calls("sendinvoice") == 1
    held = len(rows(merit, Direction.SALES))
    found = await target.find([wanted], fresh=True)
    assert len(found) == held
    if not found:
        await target.send(wanted)
    assert len(rows(merit, Direction.SALES)) == 1


async def test_answers_in_the_old_form_and_bare_objects_are_read(merit: End) -> None:
    merit.reset(data="empty", string_wrapped=True, customers_shape="object", batch_no="number")
    target = merit.connect()
    customer, _ = await partners(target)
    wanted = draft("k1", customer)
    sent = await target.send(wanted)
    assert (await target.find([wanted]))["k1"].sent.target_id == sent.target_id
    assert [each.target_id async for page in target.list_parties(PartyRole.CUSTOMER) for each in page] == [customer]


async def test_an_empty_answer_is_asked_for_twice(merit: End) -> None:
    target = merit.connect()
    customer, _ = await partners(target)
    wanted = draft("k1", customer)
    await target.send(wanted)
    merit.fault("empty", match={"path": "getinvoices2"}, times=1)
    assert set(await target.find([wanted])) == {"k1"}


REFUSALS: list[tuple[str, dict[str, Any], type[TilisiltaError], str]] = [
    ("lock_period", {"data": {"until": "2026-12-31"}}, Refused, "PERIOD_LOCKED"),
    ("wrong_license", {}, Misconfigured, "PLAN_TOO_LOW"),
    ("revoke_key", {}, Misconfigured, "KEY_UNKNOWN_IN_COUNTRY"),
    ("throttle", {"retry_after_s": 7}, Retry, "TARGET_BUSY"),
]


@pytest.mark.parametrize(("kind", "rule", "fate", "code"), REFUSALS)
async def test_refusals_are_sorted_by_fate(
    merit: End, kind: str, rule: dict[str, Any], fate: type[TilisiltaError], code: str
) -> None:
    target = merit.connect()
    customer, _ = await partners(target)
    merit.fault(kind, match={"path": "sendinvoice"}, **rule)
    with pytest.raises(fate) as caught:
        await target.send(draft("k1", customer))
    assert caught.value.code == code
    assert rows(merit, Direction.SALES) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"vat_code": VAT24.replace("b9", "aa")}, "VAT_CODE_REFUSED"),
        ({"account": "9999"}, "ACCOUNT_REFUSED"),
        ({"dimensions": {"o": "department:MUU"}}, "DIMENSION_REFUSED"),
        ({"warehouse": "9"}, "WAREHOUSE_REFUSED"),
    ],
)
async def test_what_merit_does_not_know_is_named(merit: End, change: dict[str, Any], code: str) -> None:
    target = merit.connect()
    customer, _ = await partners(target)
    given = draft("k1", customer)
    broken = msgspec.structs.replace(given, lines=(msgspec.structs.replace(given.lines[0], **change),))
    with pytest.raises(Refused) as caught:
        await target.send(broken)
    assert caught.value.code == code
    with pytest.raises(Refused) as caught:
        await target.send(draft("k1", GONE))
    assert caught.value.code == "PARTY_GONE_AT_TARGET"


async def test_version_one_is_spoken_when_the_settings_say_so(merit: End) -> None:
    target = merit.connect(versions="sendinvoice=1, getinvoices2=2")
    customer, _ = await partners(target)
    given = draft("k1", customer)
    first = msgspec.structs.replace(given.lines[0], dimensions={"p": "project:P-1"})
    await target.send(msgspec.structs.replace(given, lines=(first,)))
    assert set(await target.find([given])) == {"k1"}
    with pytest.raises(Unsupported):
        await target.send(draft("k2", customer, currency="USD"))


@pytest.mark.parametrize(("country", "code", "rate"), [("FI", "25,5", "25.5"), ("PL", "23", "23")])
async def test_the_other_countries_keep_the_same_books(merit: End, country: str, code: str, rate: str) -> None:
    merit.reset(data="empty", country=country)
    target = merit.connect(country=country)
    customer = (await target.send(party_draft(address=Address(country=country)))).target_id
    taxes = await target.catalogue(CatalogueKind.VAT_CODES)
    tax = next(each.key for each in taxes if each.extra["code"] == code)
    await target.send(msgspec.structs.replace(item_draft(), vat_code=tax))
    vat = D(2) * D(rate)
    currency = "PLN" if country == "PL" else "EUR"
    given = draft(
        "k1", customer, line("200.00", vat_rate=D(rate)), vat=vat, gross=D(200) + vat, currency=currency
    )  # fmt: skip
    row = msgspec.structs.replace(given.lines[0], vat_code=tax)
    sent = await target.send(msgspec.structs.replace(given, lines=(row,)))
    assert sent.totals == Totals(net=D(200), vat=vat, gross=D(200) + vat)
    card = merit.emulator.state()["customers"][0]
    assert (card["country"], card["NotTDCustomer"]) == (country, False)
