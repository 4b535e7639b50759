"""What the workspace gives to integrations, page by page."""

import datetime as dt
from decimal import Decimal

import msgspec
import pytest
from django.utils import timezone
from tests.support.workspace import member
from tests.unit.services.workspace_port.conftest import OCTOBER, PURCHASES, SALES, Books

from tilisilta.core.documents import (
    Direction,
    DocumentKind,
    Invoice,
    Item,
    JournalEntry,
    Party,
    Payment,
    PaymentDirection,
    Posting,
    encode_document,
)
from tilisilta.core.errors import Misconfigured
from tilisilta.ports import CatalogueKind
from tilisilta.services.approval import circulation, handlers
from tilisilta.services.ledger.payments import add_payment
from tilisilta.services.workspace.attachments import add_attachment
from tilisilta.services.workspace.items import save_item
from tilisilta.services.workspace.settings import switch_off, update_settings
from tilisilta.services.workspace_port import listing, lists
from tilisilta.services.workspace_port.books import StoredBooks
from tilisilta.store.models import (
    ClosedPeriod,
    PaymentOrigin,
    PeriodState,
    PeriodVoucher,
    Role,
    WorkspaceDimension,
    WorkspaceInvoice,
)

MONDAY = dt.datetime(2026, 11, 2, 8, tzinfo=dt.UTC)


def at(row: WorkspaceInvoice, moment: dt.datetime) -> None:
    WorkspaceInvoice.objects.filter(pk=row.pk).update(updated_at=moment)


def test_sales_go_out_once_sent_in_the_order_of_their_days(books: Books):
    books.sale("")  # a draft
    for number, day in (("3", 9), ("1", 2), ("2", 9), ("4", 31)):
        books.sale(number, day)
    WorkspaceInvoice.objects.filter(number="4").update(date=dt.date(2026, 11, 1))
    books.sale("5", 9, is_credit_note=True)
    assert books.numbers(SALES, **OCTOBER) == ["1", "3", "2", "5"]
    assert books.numbers((DocumentKind.SALES_CREDIT_NOTE,), **OCTOBER) == ["5"]
    assert [len(page) for page in books.pages(SALES)] == [2, 2, 1]
    kinds = {record.number: record.kind for record in books.listed(SALES)}
    assert kinds["5"] == DocumentKind.SALES_CREDIT_NOTE
    assert kinds["4"] == DocumentKind.SALES_INVOICE
    chosen = WorkspaceInvoice.objects.get(number="2")
    assert books.numbers(SALES, source_ids=(str(chosen.pk), "kadunud")) == ["2"]


def test_what_comes_in_while_pages_are_read_moves_nothing(books: Books):
    for number in "abcd":
        books.sale(number, 5)
    walk = books.pages(SALES, **OCTOBER)
    first = [record.number for record in next(walk)]
    books.sale("0", 1)  # before the place of the listing: it is the next import's
    books.sale("e", 6)
    rest = [record.number for page in walk for record in page]
    assert (first, rest) == (["a", "b"], ["c", "d", "e"])


def test_changes_are_listed_by_time_and_a_record_that_changes_meanwhile_comes_again(books: Books):
    rows = [books.sale(number) for number in "abc"]
    for place, row in enumerate(rows):
        at(row, MONDAY + dt.timedelta(hours=place // 2))  # two share one moment
    assert books.numbers(SALES, changed_since=MONDAY) == ["a", "b", "c"]
    assert books.numbers(SALES, changed_since=MONDAY + dt.timedelta(minutes=1)) == ["c"]
    assert books.numbers(SALES, changed_since=MONDAY, changed_until=MONDAY + dt.timedelta(hours=1)) == ["a", "b"]
    walk = books.pages(SALES, changed_since=MONDAY)
    assert [record.number for record in next(walk)] == ["a", "b"]
    at(rows[0], MONDAY + dt.timedelta(hours=2))
    assert [record.number for page in walk for record in page] == ["c", "a"]


@pytest.mark.parametrize("token", ["x", "2026-10-05", "2026-13-05|4", "|"])
def test_a_token_of_another_list_is_refused(books: Books, token: str):
    books.sale("1")
    request = listing.FetchRequest(kinds=SALES, token=token)
    with pytest.raises(Misconfigured) as told:
        listing.list_documents(books.company.pk, request, limit=2, purchases_at_first_approval=False)
    assert told.value.code == "PAGE_TOKEN_WRONG"


def test_purchases_go_out_when_approved_or_at_the_first_approval(books: Books):
    update_settings(books.actor, circulation_on=True, approvers_needed=2)
    people = [member(books.company, Role.VIEWER, f"{name}@naidis.ee") for name in ("a", "b")]
    row = books.bill("A-1")
    for actor in people:
        handlers.add_handler(books.actor, row, actor.user, "approver", is_mandatory=True)  # type: ignore[arg-type]
    seen = []
    for act in (
        lambda: None,
        lambda: circulation.start(books.actor, row),
        lambda: circulation.accept(people[0], row),
        lambda: circulation.accept(people[1], row),
        lambda: circulation.withdraw(books.actor, row),
    ):
        before = timezone.now()
        act()
        changed = {"changed_since": before}
        seen.append((books.numbers(PURCHASES, **changed), books.numbers(PURCHASES, at_first=True, **changed)))
    assert seen == [([], []), ([], []), ([], ["A-1"]), (["A-1"], ["A-1"]), ([], [])]


def test_an_invoice_bears_our_ids_its_files_and_what_is_paid(books: Books):
    row = books.sale("1")
    credit = books.sale("2", is_credit_note=True)
    WorkspaceInvoice.objects.filter(pk=credit.pk).update(credits=row)
    add_attachment(books.actor, row, "lisa.pdf", b"%PDF-1.4 x")
    add_payment(books.actor, row, dt.date(2026, 10, 20), Decimal("24.00"), reference_number="13")
    found = {record.number: record.document for record in books.listed(SALES)}
    invoice = found["1"]
    assert isinstance(invoice, Invoice)
    row.refresh_from_db()
    assert (invoice.source_id, invoice.party.source_id) == (str(row.pk), str(row.party_id))
    assert (invoice.paid, invoice.is_sent, invoice.status) == (Decimal("24.00"), True, "sent")
    assert [(each.name, each.size_bytes) for each in invoice.attachments] == [("lisa.pdf", 10)]
    assert row.sent_at is not None
    assert invoice.created_at == row.sent_at.isoformat(timespec="seconds")
    crediting = found["2"]
    assert isinstance(crediting, Invoice)
    assert [(each.source_id, each.number) for each in crediting.credits] == [(str(row.pk), "1")]
    parties = listing.load_parties(books.company.pk, [invoice.party.source_id, "999", "x"])
    assert [party.name for party in parties.values()] == ["Ostja OÜ"]


def test_payments_tell_what_they_pay_and_which_way_the_money_went(books: Books):
    sale, credit, bill = books.sale("1"), books.sale("2", is_credit_note=True), books.bill("A-1")
    day = dt.date(2026, 10, 20)
    add_payment(books.actor, sale, day, Decimal("24.00"), origin=PaymentOrigin.REFERENCE, reference_number="13")
    add_payment(books.actor, credit, day, Decimal("10.00"))
    add_payment(books.actor, bill, day, Decimal("124.00"))  # not approved: its payment does not go either
    found = [record.document for record in books.listed((DocumentKind.PAYMENT,), limit=1)]
    assert all(isinstance(each, Payment) for each in found)
    told = [
        (each.direction, each.amount, each.is_reference_payment, each.allocations[0].document_source_id)
        for each in found
        if isinstance(each, Payment)
    ]
    assert told == [
        (PaymentDirection.INCOMING, Decimal("24.00"), True, str(sale.pk)),
        (PaymentDirection.OUTGOING, Decimal("10.00"), False, str(credit.pk)),
    ]
    WorkspaceInvoice.objects.filter(pk=bill.pk).update(stage="approved")
    (paid,) = [record.document for record in books.listed((DocumentKind.PAYMENT,))][2:]
    assert isinstance(paid, Payment)
    assert (paid.direction, paid.party.name) == (PaymentDirection.OUTGOING, "Müüja OÜ")
    assert books.listed((DocumentKind.PAYMENT,), date_from=dt.date(2026, 10, 21)) == []


def test_parties_come_once_for_each_part_that_they_have(books: Books):
    books.sale("1")
    books.bill("A-1")
    both = (DocumentKind.CUSTOMER, DocumentKind.SUPPLIER)
    told = [(each.kind, each.document) for each in books.listed(both, limit=1)]
    names = [(kind, party.name) for kind, party in told if isinstance(party, Party)]
    assert names == [("customer", "Ostja OÜ"), ("supplier", "Müüja OÜ")]
    assert books.listed(both, changed_since=timezone.now()) == []
    save_item(books.actor, Item(code="T-1", name="Töö", sales_price=Decimal(50)))
    (item,) = books.listed((DocumentKind.ITEM,))
    assert isinstance(item.document, Item)
    assert listing.load_items(books.company.pk, [item.source_id]) == {item.source_id: item.document}


def voucher(period: ClosedPeriod, day: int, revision: int = 1) -> PeriodVoucher:
    source_id = f"period-{period.pk}-r{revision}-2026-10-{day:02}"
    postings = (Posting(account="1200", debit=Decimal(10)), Posting(account="3000", credit=Decimal(10)))
    entry = JournalEntry(
        source_id=source_id, date=dt.date(2026, 10, day), postings=postings, side=Direction(period.side)
    )
    return PeriodVoucher.objects.create(
        period=period, source_id=source_id, date=entry.date, revision=revision, payload=encode_document(entry)
    )


def test_of_closed_periods_the_newest_revision_goes_by_side(books: Books):
    closed = {
        side: ClosedPeriod.objects.create(
            company=books.company, side=side, state=PeriodState.CLOSED, closed_at=MONDAY,
            date_from=dt.date(2026, 10, 1), date_to=dt.date(2026, 10, 31),
        )
        for side in ("sales", "purchase")
    }  # fmt: skip
    for day in (3, 4, 5):
        voucher(closed["sales"], day)
    voucher(closed["purchase"], 31)
    entries = (DocumentKind.JOURNAL_ENTRY,)
    listed = books.listed(entries, side=Direction.SALES, **OCTOBER)
    assert [record.document.date.day for record in listed if isinstance(record.document, JournalEntry)] == [3, 4, 5]
    assert len(books.listed(entries)) == 4
    assert len(books.listed(entries, side=Direction.PURCHASE, changed_since=MONDAY)) == 1
    assert books.listed(entries, changed_since=MONDAY + dt.timedelta(seconds=1)) == []
    ClosedPeriod.objects.filter(pk=closed["sales"].pk).update(revision=2)
    assert books.listed(entries, side=Direction.SALES) == []
    second = voucher(closed["sales"], 31, revision=2)
    assert [each.source_id for each in books.listed(entries, side=Direction.SALES)] == [second.source_id]
    ClosedPeriod.objects.update(state=PeriodState.REOPENED)
    assert books.listed(entries) == []


def test_lists_for_mappings_are_the_companys_own(books: Books):
    accounts = lists.catalogue(books.company.pk, CatalogueKind.ACCOUNTS)
    assert "receivables" in {each.extra.get("role") for each in accounts}
    codes = {each.key: each for each in lists.catalogue(books.company.pk, CatalogueKind.VAT_CODES)}
    assert codes["rate:24"].rate == Decimal(24)
    assert (codes["export"].for_sales, codes["export"].for_purchases) == (True, False)
    WorkspaceDimension.objects.create(company=books.company, axis="project", code="P-1", name="Maja")
    (dimension,) = lists.catalogue(books.company.pk, CatalogueKind.DIMENSIONS)
    assert (dimension.key, dimension.label) == ("project:P-1", "project: P-1 Maja")
    banks = lists.catalogue(books.company.pk, CatalogueKind.BANK_ACCOUNTS)
    assert (banks[0].key, banks[0].label) == ("bank", "EE382200221020145685")
    assert lists.catalogue(books.company.pk, CatalogueKind.WAREHOUSES) == []
    info = lists.describe(books.company.pk)
    assert (info.environment, info.registry_code) == ("Näidis OÜ", "10000018")


@pytest.mark.django_db(transaction=True)
async def test_while_the_workspace_is_off_nothing_comes_from_it():
    from tilisilta.engine.database import in_store

    held = await in_store(Books)
    port = StoredBooks(held.company.pk)
    request = listing.FetchRequest(kinds=SALES)
    await in_store(held.sale, "1")
    page = await port.list_documents(request, limit=5)
    assert [record.number for record in page.records] == ["1"]
    await in_store(switch_off, held.actor)
    for ask in (port.describe(), port.list_documents(request, limit=5)):
        with pytest.raises(Misconfigured) as told:
            await ask
        assert told.value.code == "WORKSPACE_OFF"


def test_a_page_costs_as_many_questions_however_long_it_is(books: Books, django_assert_num_queries):
    for number in "abcdefgh":
        books.sale(number)
    request = listing.FetchRequest(kinds=SALES)
    with django_assert_num_queries(2):
        page = listing.list_documents(books.company.pk, request, limit=7, purchases_at_first_approval=False)
    assert len(page.records) == 7
    assert msgspec.structs.replace(request, token=page.next_token).token


def test_a_payment_made_before_the_approval_is_listed_once_the_invoice_is_approved(books: Books):
    bill = books.bill("A-1")
    payment = add_payment(books.actor, bill, dt.date(2026, 10, 20), Decimal("124.00"))
    type(payment).objects.filter(pk=payment.pk).update(updated_at=MONDAY)
    tuesday, wednesday = MONDAY + dt.timedelta(days=1), MONDAY + dt.timedelta(days=2)
    at(bill, MONDAY)
    assert books.listed((DocumentKind.PAYMENT,), changed_since=MONDAY) == []
    WorkspaceInvoice.objects.filter(pk=bill.pk).update(stage="approved")
    at(bill, wednesday)
    found = books.listed((DocumentKind.PAYMENT,), changed_since=tuesday)
    assert [record.source_id for record in found] == [str(payment.pk)]
    thursday = wednesday + dt.timedelta(days=1)
    assert books.listed((DocumentKind.PAYMENT,), changed_since=thursday) == []
    assert books.listed((DocumentKind.PAYMENT,), changed_since=tuesday, changed_until=wednesday) == []
