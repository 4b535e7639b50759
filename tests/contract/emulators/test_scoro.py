"""The Scoro connector against the emulator's books: every document once, whatever dialect the site speaks."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.contract.emulators.conftest import End
from tests.contract.examples import payment, payment_draft

from tilisilta.core.documents import (
    AllocationKind,
    DocumentKind,
    Invoice,
    PaymentDirection,
    encode_document,
    version_hash,
)
from tilisilta.core.errors import BudgetSpent, Misconfigured, Refused, Retry, Unknown
from tilisilta.ports import FetchRequest, FindCertainty, SourceRecord, Totals

D = Decimal
SALES = (DocumentKind.SALES_INVOICE, DocumentKind.SALES_CREDIT_NOTE)
PURCHASES = (DocumentKind.PURCHASE_INVOICE, DocumentKind.PURCHASE_CREDIT_NOTE)
PAYMENTS = (DocumentKind.PAYMENT,)


async def read(source: Any, kinds: tuple[DocumentKind, ...], **request: Any) -> list[SourceRecord]:
    pages = source.fetch(FetchRequest(kinds=kinds, **request))
    return [record async for page in pages for record in page.records]


@pytest.mark.parametrize("credit_sign", ["negative", "flag"])
@pytest.mark.parametrize("order", ["id", "id_desc", "modified", "shuffled"])
async def test_every_document_arrives_to_the_cent(scoro: End, credit_sign: str, order: str) -> None:
    scoro.reset(data="empty", credit_sign=credit_sign, order=order)
    scoro.emulator.seed({"invoices": 130, "bills": 60, "credits": 7})
    source = scoro.connect()
    sales, purchases = await read(source, SALES), await read(source, PURCHASES)
    assert not [record.problems for record in (*sales, *purchases) if record.problems]
    assert len({record.source_id for record in sales}) == len(sales) == 130
    assert len(purchases) == 60
    summary = scoro.emulator.summary()
    shown = {name: summary[name]["net"] + summary[name]["vat"] for name in ("invoices", "credit_invoices")}
    gross = {
        kind: sum((record.document.gross for record in sales if record.kind is kind), D(0))  # type: ignore[union-attr]
        for kind in SALES
    }
    assert gross[DocumentKind.SALES_INVOICE] == shown["invoices"]
    assert gross[DocumentKind.SALES_CREDIT_NOTE] == abs(shown["credit_invoices"])
    assert gross[DocumentKind.SALES_CREDIT_NOTE] > 0
    for record in sales:
        assert isinstance(record.document, Invoice)
        assert sum((line.net for line in record.document.lines), D(0)) == record.document.net


async def test_a_long_list_costs_what_it_must(scoro: End) -> None:
    scoro.emulator.seed({"invoices": 500})
    source = scoro.connect()
    assert len(await read(source, SALES)) == 500
    assert scoro.calls("invoices/list") <= 20 + 4 + 5 + 5  # detailed, read ahead, ids again
    scoro.emulator.log.clear()
    assert len(await read(source, SALES, date_from=dt.date(2026, 1, 1), date_to=dt.date(2026, 1, 3))) < 20
    assert scoro.calls() == 1


@pytest.mark.parametrize("kind", ["numbers_as_strings", "zero_dates", "escape_text"])
async def test_dialects_do_not_change_a_document(scoro: End, kind: str) -> None:
    scoro.reset(data="demo")
    source = scoro.connect()
    before = {record.source_id: record for record in await read(source, SALES)}
    scoro.fault(kind, times=None)
    after = {record.source_id: record for record in await read(source, SALES)}
    assert after.keys() == before.keys()
    for key, record in after.items():
        assert record.document is not None, record.problems
        assert before[key].document is not None
        if kind != "zero_dates":  # those take dates away
            assert version_hash(record.document) == version_hash(before[key].document)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "options",
    [
        {"status_codes": "string"},
        {"amounts": "number"},
        {"localised": "object"},
        {"range_inclusive": False},
        {"unknown_filters": "ignore"},
        {"ignore_filters": ["invoices.date", "invoices.modified_date"]},
    ],
)
async def test_switches_of_the_site_do_not_change_a_document(scoro: End, options: dict[str, Any]) -> None:
    async def all_of_june() -> list[bytes]:
        source = scoro.connect()
        records = await read(source, SALES, date_from=dt.date(2026, 6, 1), date_to=dt.date(2026, 6, 30))
        items = await source.fetch_items(["71", "72", "73"])
        found = [record.document for record in records] + list(items.values())
        return [encode_document(document) for document in found if document is not None]

    scoro.reset(data="demo")
    plain = await all_of_june()
    scoro.reset(data="demo", **options)
    assert await all_of_june() == plain
    assert len(plain) > 5


@pytest.mark.parametrize("action", ["touch", "delete", "create"])
@pytest.mark.parametrize("order", ["id", "modified", "shuffled"])
async def test_lists_that_change_while_they_are_read_lose_nothing(scoro: End, action: str, order: str) -> None:
    scoro.reset(data="empty", order=order)
    scoro.emulator.seed({"invoices": 120})
    before = set(scoro.emulator.site.tables["invoices"].rows)
    scoro.fault("change_between_pages", match={"path": "invoices/list"}, data={"action": action}, after=1)
    scoro.fault("duplicate_row", match={"path": "invoices/list"}, times=3)
    records = await read(scoro.connect(prefetch="1"), SALES)
    live = {row_id for row_id in before if not scoro.emulator.site.tables["invoices"].rows[row_id].is_deleted}
    assert {str(row_id) for row_id in live} <= {record.source_id for record in records}


async def test_changes_and_deletions_since(scoro: End) -> None:
    scoro.emulator.seed({"invoices": 30})
    source = scoro.connect()
    site = scoro.emulator.site
    since = dt.datetime.now(dt.UTC)
    table = site.tables["invoices"]
    ids = sorted(table.rows)
    from tilisilta_emulators.scoro.modules import MODULES

    table.touch(table.rows[ids[3]], site.stamp(MODULES["invoices"]))
    await source._client.call(f"invoices/delete/{ids[5]}")
    records = await read(source, SALES, changed_since=since, include_deleted=True)
    found = {record.source_id: record.is_deleted for record in records}
    assert found.get(str(ids[3])) is False
    assert found.get(str(ids[5])) is True
    assert len(found) <= 4


async def test_parties_and_items_come_in_batches(scoro: End) -> None:
    scoro.emulator.seed({"invoices": 60, "customers": 40, "items": 40})
    source = scoro.connect()
    records = await read(source, SALES)
    wanted = {record.document.party.source_id for record in records}  # type: ignore[union-attr]
    scoro.emulator.log.clear()
    parties = await source.fetch_parties([*sorted(wanted), "999999"])
    assert set(parties) == wanted
    assert all(party.name for party in parties.values())
    assert scoro.calls() <= 4
    scoro.reset(data="demo", unknown_filters="error", ignore_filters=["contacts.contact_id"])
    assert set(await scoro.connect().fetch_parties(["31", "32"])) == {"31", "32"}


async def test_stock_tags_travel(scoro: End) -> None:
    scoro.reset(data="demo")
    items = await scoro.connect().fetch_items(["71"])
    assert "Laoartikkel" in items["71"].tags
    assert items["71"].extra["is_service"] == "0"


# --- failures --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("errors_http", [False, True])
@pytest.mark.parametrize("error_shape", ["list", "map", "string"])
async def test_refusals_are_understood_in_every_shape(scoro: End, errors_http: bool, error_shape: str) -> None:
    scoro.reset(data="demo", errors_http=errors_http, error_shape=error_shape)
    with pytest.raises(Misconfigured) as key:
        await scoro.connect({"api_key": "ScoroAPI_wrong"}).check_connection()
    assert key.value.code == "KEY_REFUSED"
    assert "ScoroAPI_wrong" not in (key.value.evidence.body if key.value.evidence else "")
    with pytest.raises(Misconfigured):
        await scoro.connect({"company_account_id": "other"}).check_connection()
    info = await scoro.connect().check_connection()
    assert info.environment


async def test_passing_faults_of_reads_are_ridden_out(scoro: End, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tilisilta.kit.http.READ_PAUSE_S", 0.01)
    scoro.emulator.seed({"invoices": 30})
    for kind in ("throttle", "drop_before"):
        scoro.fault(kind, match={"path": "invoices/list"}, retry_after_s=1)
    assert len(await read(scoro.connect(prefetch="1"), SALES)) == 30


async def test_half_answers_and_pages_for_people_are_retry(scoro: End) -> None:
    for kind in ("half", "html"):
        scoro.emulator.faults.clear()
        scoro.fault(kind, times=None)
        with pytest.raises(Retry) as caught:
            await read(scoro.connect(), SALES)
        assert caught.value.code in {"NOT_JSON", "HTML_ANSWER"}


async def test_the_spent_day_says_when_it_renews(scoro: End) -> None:
    scoro.fault("daily_spent", times=None)
    with pytest.raises(BudgetSpent) as caught:
        await read(scoro.connect(limits="on"), SALES)
    assert 0 < caught.value.after_s <= 86_400


async def test_our_own_budget_keeps_under_the_sites_window(scoro: End) -> None:
    scoro.reset(data="empty", limits=True, window_limit=40, window_s=2, daily_limit=5000)
    scoro.emulator.seed({"invoices": 1100})
    assert len(await read(scoro.connect(limits="on"), SALES)) == 1100
    assert "429" not in scoro.emulator.log.statuses


# --- payments back ---------------------------------------------------------------------------------------------


@pytest.fixture
async def owed(scoro: End) -> tuple[Any, Invoice, Invoice]:
    scoro.emulator.seed({"invoices": 1, "bills": 1})
    source = scoro.connect()
    sale = (await read(source, SALES))[0].document
    bill = (await read(source, PURCHASES))[0].document
    assert isinstance(sale, Invoice)
    assert isinstance(bill, Invoice)
    return source, sale, bill


def paying(document: Invoice, kind: AllocationKind, key: str = "pay1") -> Any:
    draft = payment_draft(payment(str(document.gross), kind), key=key, party_id=document.party.source_id)
    rows = tuple(msgspec.structs.replace(each, document_id=document.source_id) for each in draft.allocations)
    return msgspec.structs.replace(draft, allocations=rows)


async def test_payments_go_back_once_and_settle_their_documents(scoro: End, owed: tuple[Any, Invoice, Invoice]) -> None:
    target, sale, bill = owed
    drafts = [
        paying(sale, AllocationKind.SALES_INVOICE, "sale"),
        paying(bill, AllocationKind.PURCHASE_INVOICE, "bill"),
    ]
    assert await target.find(drafts) == {}
    sent = {draft.key: await target.send(draft) for draft in drafts}
    found = await target.find(drafts)
    assert {key: each.sent.target_id for key, each in found.items()} == {
        key: each.target_id for key, each in sent.items()
    }
    assert {each.certainty for each in found.values()} == {FindCertainty.MATCHED}
    assert not any(each.others for each in found.values())
    state = scoro.emulator.state()
    assert [state[name][0]["status"] for name in ("invoices", "bills")] == ["paid", "paid"]
    totals_ = await target.read_totals(DocumentKind.PAYMENT, [sent["sale"].target_id, "999"])
    assert totals_ == {sent["sale"].target_id: Totals(gross=sale.gross)}
    back = {record.source_id: record.document for record in await read(target, PAYMENTS)}
    directions = {key: back[each.target_id].direction for key, each in sent.items()}  # type: ignore[union-attr]
    assert directions == {"sale": PaymentDirection.INCOMING, "bill": PaymentDirection.OUTGOING}
    assert await target.read_totals(DocumentKind.SALES_INVOICE, [sale.source_id]) == {
        sale.source_id: Totals(net=sale.net, vat=sale.vat, gross=sale.gross)
    }


@pytest.mark.parametrize("kind", ["drop_after", "error_after", "half", "html", "drop_before", "error_before"])
async def test_whatever_happens_to_the_answer_the_books_tell(
    scoro: End, owed: tuple[Any, Invoice, Invoice], kind: str
) -> None:
    target, sale, _bill = owed
    draft = paying(sale, AllocationKind.SALES_INVOICE)
    scoro.fault(kind, match={"path": "receipts/modify"}, status=500)
    with pytest.raises(Unknown):
        await target.send(draft)
    assert scoro.calls("receipts/modify") == 1
    held = scoro.emulator.summary()["receipt_groups"]["count"]
    found = await target.find([draft])
    assert len(found) == held
    if not found:
        await target.send(draft)
    assert scoro.emulator.summary()["receipt_groups"]["count"] == 1


async def test_a_payment_of_nothing_known_is_refused_there(scoro: End, owed: tuple[Any, Invoice, Invoice]) -> None:
    target, sale, _bill = owed
    draft = paying(sale, AllocationKind.SALES_INVOICE)
    rows = tuple(msgspec.structs.replace(each, document_id="424242") for each in draft.allocations)
    with pytest.raises(Refused):
        await target.send(msgspec.structs.replace(draft, allocations=rows))
    assert scoro.emulator.summary()["receipt_groups"]["count"] == 0
