"""What other systems bring into the workspace: once, in our own words, or refused by name."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.support.product import make_company
from tests.support.workspace import CUSTOMER, SUPPLIER, invoice, line
from tests.unit.services.workspace_port.conftest import Books

from tilisilta.core.documents import (
    Allocation,
    AllocationKind,
    DimensionValue,
    DocumentKind,
    InvoiceRef,
    Item,
    JournalEntry,
    Party,
    PartyRole,
    Payment,
    PaymentDirection,
    VatTotal,
)
from tilisilta.core.errors import Misconfigured, Refused, Unsupported
from tilisilta.core.mapping.draft import (
    AllocationDraft,
    InvoiceDraft,
    ItemDraft,
    JournalEntryDraft,
    LineDraft,
    PartyDraft,
    PaymentDraft,
)
from tilisilta.ports import FindCertainty, Sent
from tilisilta.services.workspace.content import stored_invoice
from tilisilta.services.workspace.events import log_of
from tilisilta.services.workspace.settings import switch_off
from tilisilta.services.workspace_port import finding, intake, lists
from tilisilta.store.models import (
    ClosedPeriod,
    PeriodState,
    WorkspaceAttachment,
    WorkspaceDimension,
    WorkspaceInvoice,
    WorkspaceItem,
    WorkspaceParty,
    WorkspacePayment,
)

KEY = "0123456789abcdef"


def put(books: Books, draft: Any) -> Sent:
    return intake.put(books.company.pk, draft)


def party(books: Books, role: PartyRole = PartyRole.CUSTOMER, key: str = "p1", **fields: Any) -> str:
    told = msgspec.structs.replace(CUSTOMER if role is PartyRole.CUSTOMER else SUPPLIER, source_id="77", **fields)
    return put(books, PartyDraft(key=key, party=told, role=role)).target_id


def draft(books: Books, direction: str = "sales", *lines: Any, key: str = KEY, **fields: Any) -> InvoiceDraft:
    role = PartyRole.CUSTOMER if direction == "sales" else PartyRole.SUPPLIER
    document = invoice(direction, *lines, **{"source_id": "501", "number": "S-1", **fields})
    drafts = tuple(LineDraft(line=each, vat_code="rate:24") for each in document.lines)
    return InvoiceDraft(key=key, invoice=document, party_id=party(books, role, key=f"{direction}-party"), lines=drafts)


def row_of(sent: Sent) -> WorkspaceInvoice:
    return WorkspaceInvoice.objects.select_related("party").get(pk=sent.target_id)


def refused(act: Any, *args: Any) -> Refused:
    with pytest.raises(Refused) as told:
        act(*args)
    return told.value


def test_a_sale_lands_as_sent_a_purchase_as_received_and_each_only_once(books: Books):
    sale, bill = draft(books), draft(books, "purchase", key="b1")
    first = put(books, sale)
    assert put(books, sale) == first
    assert (first.number, first.totals.net, first.totals.vat, first.totals.gross) == ("S-1", 100, 24, 124)
    row, received = row_of(first), row_of(put(books, bill))
    assert (row.stage, row.origin, row.origin_id, row.party.name) == ("sent", "source", KEY, "Ostja OÜ")
    assert row.sent_at is not None
    assert (received.stage, received.party.is_supplier) == ("received", True)
    assert WorkspaceInvoice.objects.count() == 2
    assert log_of(row)[0].text == "Came from another system"
    found = finding.find(books.company.pk, [sale, bill])
    assert {each.certainty for each in found.values()} == {FindCertainty.MARKED}
    assert found[KEY].sent == first
    assert finding.read_totals(books.company.pk, DocumentKind.SALES_INVOICE, [first.target_id, "0"]) == {
        first.target_id: first.totals
    }


def test_rounding_and_prepayment_stay_with_the_total_that_is_read_back(books: Books):
    sent = put(books, draft(books, rounding=Decimal("0.02"), prepaid=Decimal("24.00")))
    assert sent.totals.gross == Decimal("124.02")
    assert row_of(sent).gross_minor == 10002
    found = finding.find(books.company.pk, [draft(books, key="x", rounding=Decimal("0.02"), prepaid=Decimal(24))])
    assert found["x"].certainty is FindCertainty.MATCHED


def test_what_is_here_already_by_number_party_and_total_is_found_and_not_kept_twice(books: Books):
    here = books.sale("S-1", party=CUSTOMER)
    twin = draft(books)
    found = finding.find(books.company.pk, [twin])
    assert (found[KEY].certainty, found[KEY].sent.target_id) == (FindCertainty.MATCHED, str(here.pk))
    assert finding.find(books.company.pk, [draft(books, "sales", line("99"))]) == {}
    assert refused(put, books, twin).code == "ALREADY_AT_TARGET"


def test_rows_get_our_words_and_what_nobody_mapped_is_left_empty(books: Books):
    WorkspaceDimension.objects.create(company=books.company, axis="project", code="P-1", name="Maja")
    item = put(books, ItemDraft(key="i1", item=Item(source_id="9", code="T-1", name="Töö")))
    rows = (
        line("100", source_id="1", item_source_id="9", item_code="T1", vat_code="17", warehouse="Ladu"),
        line("50", "0"),
    )
    given = draft(
        books, "sales", *rows, dimensions=(DimensionValue("project", "4", "Nende"),), status="paid", extra={"a": "b"}
    )
    vat_totals = (
        VatTotal(rate=Decimal(24), net=Decimal(100), vat=Decimal(24), code="17"),
        VatTotal(rate=Decimal(0), net=Decimal(30), vat=Decimal(0), code="6"),
        VatTotal(rate=Decimal(0), net=Decimal(20), vat=Decimal(0), code="7"),
    )
    lines = (
        msgspec.structs.replace(
            given.lines[0], item_id=item.target_id, account="3000", dimensions={"project": "project:P-1"}
        ),
        msgspec.structs.replace(given.lines[1], vat_code="export"),
    )
    document = msgspec.structs.replace(given.invoice, vat_totals=vat_totals)
    kept = stored_invoice(row_of(put(books, msgspec.structs.replace(given, lines=lines, invoice=document))))
    first, second = kept.lines
    assert (first.item_source_id, first.item_code, first.ledger_account) == (item.target_id, "T-1", "3000")
    assert first.dimensions == (DimensionValue("project", "P-1", "Maja"),)
    assert (first.vat_code, first.warehouse, first.source_id, first.vat_treatment) == ("", "", "", "domestic")
    assert (second.vat_treatment, second.ledger_account) == ("export", "")
    assert (kept.dimensions, kept.extra, kept.status) == ((), {}, "")
    told = [(each.rate, each.net, each.code, each.treatment) for each in kept.vat_totals]
    assert told == [(24, 100, "", "domestic"), (0, 50, "", "export")]


def test_a_credit_note_is_tied_to_what_it_credits(books: Books):
    sold = put(books, draft(books))
    credit = draft(books, key="c1", number="K-1", is_credit_note=True, credits=(InvoiceRef(source_id="501"),))
    row = row_of(put(books, msgspec.structs.replace(credit, credited_id=sold.target_id)))
    assert (row.is_credit_note, row.credits_id) == (True, int(sold.target_id))


@pytest.mark.parametrize(("state", "is_taken"), [(PeriodState.CLOSED, False), (PeriodState.REOPENED, True)])
def test_days_that_are_closed_take_nothing(books: Books, state: str, is_taken: bool):
    ClosedPeriod.objects.create(
        company=books.company, side="sales", date_from=dt.date(2026, 10, 1), date_to=dt.date(2026, 10, 31), state=state
    )
    if is_taken:
        assert put(books, draft(books)).number == "S-1"
        return
    error = refused(put, books, draft(books))
    assert (error.code, error.params["date"]) == ("PERIOD_LOCKED", "2026-10-05")
    assert put(books, draft(books, "purchase")).number == "S-1"  # the other side is open


def test_what_breaks_a_rule_is_refused_in_words(books: Books):
    wrong = draft(books, net=Decimal("99.99"))
    assert refused(put, books, wrong).code == "TARGET_REFUSED"
    assert "99.99" in refused(put, books, wrong).params["message"]
    gone = msgspec.structs.replace(draft(books), party_id="999999")
    assert refused(put, books, gone).code == "PARTY_GONE_AT_TARGET"
    _company, stranger = make_company("Võõras OÜ", "v@voeras.ee")
    with pytest.raises(Misconfigured) as told:
        intake.put(stranger.company.pk, draft(books))
    assert told.value.code == "WORKSPACE_OFF"
    with pytest.raises(Unsupported):
        put(books, JournalEntryDraft(key="j", entry=JournalEntry(source_id="1", date=dt.date(2026, 10, 5))))
    switch_off(books.actor)
    with pytest.raises(Misconfigured):
        put(books, draft_of_nothing())
    assert not WorkspaceInvoice.objects.exists()


def draft_of_nothing() -> PartyDraft:
    return PartyDraft(key="n", party=Party(name="Keegi"), role=PartyRole.CUSTOMER)


def test_a_party_is_made_once_by_its_key_and_is_one_in_both_its_parts(books: Books):
    first = party(books)
    assert party(books) == first
    as_supplier = put(books, PartyDraft(key="p2", party=CUSTOMER, role=PartyRole.SUPPLIER)).target_id
    assert as_supplier == first
    row = WorkspaceParty.objects.get()
    assert (row.is_customer, row.is_supplier) == (True, True)
    both = [PartyDraft(key=key, party=CUSTOMER, role=PartyRole.CUSTOMER) for key in ("p1", "p2", "p3")]
    found = finding.find(books.company.pk, both)
    assert {key: each.sent.target_id for key, each in found.items()} == {"p1": first, "p2": first}
    # Without a registry code an equal name proves nothing: whoever said "create it" gets a new one.
    namesake = PartyDraft(key="p4", party=Party(name="Ostja OÜ"), role=PartyRole.CUSTOMER)
    assert put(books, namesake).target_id != first
    told = [record.document.extra for record in books.listed((DocumentKind.CUSTOMER,))]
    assert told == [{}, {}]  # keys of other systems are nobody else's business


def test_an_item_is_made_once_and_its_code_is_its_own(books: Books):
    item = ItemDraft(
        key="i1", item=Item(source_id="9", code="T-1", name="Töö", sales_price=Decimal(5)), vat_code="rate:24"
    )
    first = put(books, item)
    assert put(books, item) == first
    other = msgspec.structs.replace(item, key="i2")
    assert refused(put, books, other).code == "ALREADY_AT_TARGET"
    found = finding.find(books.company.pk, [item, other])
    assert [each.certainty for each in found.values()] == [FindCertainty.MARKED, FindCertainty.MATCHED]
    assert WorkspaceItem.objects.count() == 1
    pages = [lists.item_page(books.company.pk, 0, 1)[0], lists.party_page(books.company.pk, 0, 5)[0]]
    assert [[each.name for each in page] for page in pages] == [["Töö"], []]


def payment(*target_ids: str, key: str = "pay", amount: str = "24.00", **fields: Any) -> PaymentDraft:
    parts = tuple(
        AllocationDraft(
            allocation=Allocation(kind=AllocationKind.SALES_INVOICE, amount=Decimal(amount)), document_id=target_id
        )
        for target_id in target_ids
    )
    whole = Payment(
        source_id="891", direction=PaymentDirection.INCOMING, date=dt.date(2026, 10, 20),
        amount=Decimal(amount) * len(parts), allocations=tuple(each.allocation for each in parts), **fields,
    )  # fmt: skip
    return PaymentDraft(key=key, payment=whole, party_id="", account="bank", allocations=parts)


def test_a_payment_is_entered_on_each_invoice_that_it_pays_and_only_once(books: Books):
    ids = [put(books, draft(books, key=key, number=key)).target_id for key in ("a", "b")]
    both = payment(*ids)
    sent = put(books, both)
    assert put(books, both) == sent
    assert (sent.totals.gross, WorkspacePayment.objects.count()) == (Decimal("48.00"), 2)
    assert {row.paid_minor for row in WorkspaceInvoice.objects.all()} == {2400}
    found = finding.find(
        books.company.pk, [both, payment(ids[0], key="other"), payment(ids[0], key="z", amount="1.00")]
    )
    assert {key: each.certainty for key, each in found.items()} == {"pay": FindCertainty.MARKED}
    assert refused(put, books, payment(ids[0], key="big", amount="1000.00")).code == "PAYMENT_TOO_LARGE"
    with pytest.raises(Unsupported):
        put(books, payment(key="nothing"))
    assert refused(put, books, payment("999", key="gone")).code == "NOT_FOUND_AT_TARGET"


def test_a_payment_entered_by_hand_is_taken_for_the_same_one(books: Books):
    from tilisilta.services.ledger.payments import add_payment

    sale = books.sale("S-1")
    by_hand = add_payment(books.actor, sale, dt.date(2026, 10, 20), Decimal("24.00"))
    found = finding.find(books.company.pk, [payment(str(sale.pk))])
    assert (found["pay"].certainty, found["pay"].sent.target_id) == (FindCertainty.MATCHED, str(by_hand.pk))


def test_files_are_kept_once_and_the_first_pdf_of_a_purchase_is_its_picture(books: Books):
    bill = put(books, draft(books, "purchase")).target_id
    content = b"%PDF-1.4 arve"
    kept = intake.keep_file(books.company.pk, bill, "arve.pdf", content)
    assert intake.keep_file(books.company.pk, bill, "arve.pdf", content)
    intake.keep_file(books.company.pk, bill, "lisa.pdf", b"%PDF-1.4 lisa")
    files = [(each.name, each.is_image) for each in WorkspaceAttachment.objects.order_by("pk")]
    assert files == [("arve.pdf", True), ("lisa.pdf", False)]
    assert intake.load_file(books.company.pk, kept) == content
    _company, stranger = make_company("Võõras OÜ", "v@voeras.ee")
    assert refused(intake.load_file, stranger.company.pk, kept).code == "FILE_GONE"
    assert refused(intake.keep_file, stranger.company.pk, bill, "x.pdf", content).code == "NOT_FOUND_AT_TARGET"
    assert refused(intake.keep_file, books.company.pk, bill, "x.exe", b"MZ\x00").code == "TARGET_REFUSED"


def test_a_payment_in_another_currency_pays_nothing(books: Books):
    sale = books.sale("S-1")
    told = refused(put, books, payment(str(sale.pk), currency="USD"))
    assert "USD" in str(told.params)
    assert not WorkspacePayment.objects.exists()
