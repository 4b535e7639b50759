import datetime as dt

import msgspec
import pytest
from tests.unit.core.examples import CUSTOMER, LOOKUPS, TABLES, D, entry, invoice, line, payment

from tilisilta.core.documents import (
    Allocation,
    AllocationKind,
    DimensionValue,
    Direction,
    DocumentKind,
    Item,
    JournalEntry,
    LineKind,
    Party,
    PartyRole,
    PaymentDirection,
    Posting,
    StockKind,
)
from tilisilta.core.mapping import (
    Lookups,
    MappingSettings,
    MappingTable,
    MappingTables,
    Needs,
    apply,
    apply_item,
    apply_journal_entry,
    apply_party,
    apply_payment,
    needs,
    payment_role,
)
from tilisilta.core.problems import Severity
from tilisilta.core.vat import VatTreatment


def run(function, document, *args, tables=TABLES, lookups=LOOKUPS, **settings):
    return function(document, *args, key="k", tables=tables, lookups=lookups, settings=MappingSettings(**settings))


def codes(result):
    return [each.code for each in result.problems]


# --- payments ----------------------------------------------------------------------------------------------


def test_a_payment_of_a_known_invoice():
    draft = run(apply_payment, payment()).draft
    assert (draft.party_id, draft.account, draft.account_is_cash) == ("c-77", "1020", False)
    assert [(each.document_id, each.allocation.amount) for each in draft.allocations] == [("inv-1", D("124.00"))]


def test_a_payment_of_an_unknown_invoice_is_not_sent():
    other = Allocation(kind=AllocationKind.SALES_INVOICE, amount=D(124), document_source_id="2", document_number="A-2")
    result = run(apply_payment, payment(allocations=(other,)))
    assert result.draft is None
    assert codes(result) == ["PAYMENT_DOCUMENT_NOT_IMPORTED"]
    assert result.problems[0].params == {"payment": "p1", "document": "A-2"}


def test_a_payment_of_nothing_is_not_sent_unless_allowed():
    assert codes(run(apply_payment, payment(allocations=()))) == ["PAYMENT_DOCUMENT_NOT_IMPORTED"]
    prepayment = Allocation(kind=AllocationKind.PREPAYMENT, amount=D(124))
    assert codes(run(apply_payment, payment(allocations=(prepayment,)))) == ["PAYMENT_DOCUMENT_NOT_IMPORTED"]
    allowed = run(apply_payment, payment(allocations=(prepayment,)), payments_without_document=True)
    assert [each.document_id for each in allowed.draft.allocations] == [""]
    assert run(apply_payment, payment(allocations=()), payments_without_document=True).problems == ()


def test_the_known_part_of_a_payment_may_go():
    unknown = Allocation(kind=AllocationKind.SALES_INVOICE, amount=D(24), document_source_id="2")
    known = Allocation(kind=AllocationKind.SALES_INVOICE, amount=D(100), document_source_id="1")
    both = payment(allocations=(known, unknown))
    assert run(apply_payment, both).draft is None
    result = run(apply_payment, both, skip_unimported_allocations=True)
    assert [each.document_id for each in result.draft.allocations] == ["inv-1"]
    assert [each.severity for each in result.problems] == [Severity.WARNING]
    only_unknown = run(apply_payment, payment(allocations=(unknown,)), skip_unimported_allocations=True)
    assert only_unknown.draft is None


def test_a_credit_note_and_an_invoice_of_one_id_are_told_apart():
    refund = Allocation(kind=AllocationKind.SALES_INVOICE, amount=D(124), document_source_id="1", is_credit_note=True)
    assert codes(run(apply_payment, payment(allocations=(refund,)))) == ["PAYMENT_DOCUMENT_NOT_IMPORTED"]
    lookups = msgspec.structs.replace(LOOKUPS, document_ids={(DocumentKind.SALES_CREDIT_NOTE, "1"): "cr-1"})
    assert (
        run(apply_payment, payment(allocations=(refund,)), lookups=lookups).draft.allocations[0].document_id == "cr-1"
    )


def test_money_back_to_a_customer_is_still_with_a_customer():
    refund = Allocation(kind=AllocationKind.SALES_INVOICE, amount=D(124), document_source_id="1", is_credit_note=True)
    assert payment_role(payment(direction=PaymentDirection.OUTGOING, allocations=(refund,))) is PartyRole.CUSTOMER
    assert payment_role(payment(direction=PaymentDirection.OUTGOING, allocations=())) is PartyRole.SUPPLIER
    bought = Allocation(kind=AllocationKind.PURCHASE_INVOICE, amount=D(1), document_source_id="1")
    assert payment_role(payment(allocations=(bought,))) is PartyRole.SUPPLIER
    assert payment_role(payment(allocations=())) is PartyRole.CUSTOMER


def test_an_unmapped_bank_account_stops():
    result = run(apply_payment, payment(account="Swedbank"))
    assert codes(result) == ["BANK_ACCOUNT_UNMAPPED"]
    assert result.problems[0].params == {"key": "Swedbank", "account": "Swedbank"}
    unnamed = run(apply_payment, payment(account="", is_cash=True))
    assert unnamed.problems[0].params == {"key": "kind:cash", "account": "cash"}


@pytest.mark.parametrize(
    ("told", "is_cash", "expected"), [("true", False, True), ("no", True, False), ("", True, True)]
)
def test_the_mapping_tells_cash_before_the_source(told, is_cash, expected):
    tables = MappingTables([entry(MappingTable.BANK_ACCOUNTS, "LHV", "K", extra={"is_cash": told} if told else {})])
    assert run(apply_payment, payment(is_cash=is_cash), tables=tables).draft.account_is_cash is expected


def test_a_payment_without_a_party_takes_that_of_its_document():
    assert run(apply_payment, payment(party=Party())).draft.party_id == ""
    stranger = payment(party=Party(source_id="78", name="Other"))
    assert codes(run(apply_payment, stranger)) == ["PARTY_NOT_BOUND"]
    assert run(apply_payment, stranger, payments_need_party=False).draft.party_id == ""


# --- parties and items -------------------------------------------------------------------------------------


def test_a_party():
    draft = run(apply_party, CUSTOMER, PartyRole.SUPPLIER, default_party_vat_code="24").draft
    assert (draft.role, draft.vat_code, draft.party) == (PartyRole.SUPPLIER, "24", CUSTOMER)
    assert codes(run(apply_party, Party(source_id="9", name=" "), PartyRole.CUSTOMER)) == ["PARTY_NAME_MISSING"]


def test_an_item_by_its_code_rate_and_tag():
    item = Item(source_id="5", code="CHAIR", vat_code="9", tags=("Laoartikkel",), sales_account="3000")
    tables = MappingTables([*TABLES, entry(MappingTable.ACCOUNTS, "3000", "30000", direction=Direction.SALES)])
    draft = run(apply_item, item, tables=tables).draft
    assert (draft.vat_code, draft.sales_account, draft.purchase_account) == ("24-SALES", "30000", "")
    assert draft.item.stock_kind is StockKind.STOCK
    assert run(apply_item, item, stock_tag="Other").draft.item.stock_kind is StockKind.PRODUCT
    assert run(apply_item, item, stock_tag="").draft.item.stock_kind is StockKind.PRODUCT


def test_an_items_unmapped_vat_code_warns_unless_it_is_needed():
    item = Item(code="A", vat_rate=D(9))
    result = run(apply_item, item)
    assert result.draft.vat_code == ""
    assert [(each.code, each.severity) for each in result.problems] == [("VAT_CODE_UNMAPPED", Severity.WARNING)]
    assert run(apply_item, item, item_needs_vat_code=True).draft is None
    assert codes(run(apply_item, Item(code="A"), item_needs_vat_code=True)) == ["ITEM_VAT_CODE_MISSING"]
    assert run(apply_item, Item(code="A")).problems == ()


def test_an_unmapped_item_code_tells_its_rate_only_when_it_is_known():
    with_rate = run(apply_item, Item(code="A", vat_rate=D("9.00"))).problems[0].params
    assert with_rate == {"key": "rate:9", "label": "9 %", "rate": "9", "direction": ""}
    without = run(apply_item, Item(code="A", vat_code="12")).problems[0].params
    assert without == {"key": "12", "label": "12", "rate": "", "direction": ""}


def test_an_item_that_is_only_bought_takes_the_purchase_code():
    tables = MappingTables([entry(MappingTable.VAT_CODES, "rate:9", "9-BUY", direction=Direction.PURCHASE)])
    assert run(apply_item, Item(code="A", vat_rate=D("9.00")), tables=tables).draft.vat_code == "9-BUY"


def test_an_item_whose_rate_is_unknown_is_not_taken_for_zero():
    tables = MappingTables([entry(MappingTable.VAT_CODES, "rate:0", "0")])
    assert run(apply_item, Item(code="A", vat_code="12"), tables=tables).draft.vat_code == ""
    assert run(apply_item, Item(code="A", vat_rate=D(0)), tables=tables).draft.vat_code == "0"


def test_an_item_without_name_and_code():
    assert codes(run(apply_item, Item(source_id="5"))) == ["ITEM_NAME_MISSING"]


# --- journal entries ---------------------------------------------------------------------------------------

ENTRY = JournalEntry(
    source_id="j1",
    date=dt.date(2026, 4, 30),
    postings=(
        Posting(account="1000", debit=D(124), dimensions=(DimensionValue("project", "1"),)),
        Posting(account="3000", credit=D(100), vat_rate=D(24), vat_treatment=VatTreatment.DOMESTIC),
        Posting(account="2310", credit=D(24)),
    ),
)


def test_each_posting_takes_its_own_account_code_and_dimension():
    tables = MappingTables(
        [
            *(entry(MappingTable.ACCOUNTS, number, f"T{number}") for number in ("1000", "3000", "2310")),
            entry(MappingTable.VAT_CODES, "rate:24", "24"),
            entry(MappingTable.DIMENSIONS, "project:1", "P1"),
        ]
    )
    draft = run(apply_journal_entry, ENTRY, tables=tables).draft
    assert draft.accounts == ("T1000", "T3000", "T2310")
    assert draft.vat_codes == ("", "24", "")
    assert draft.dimensions == ("P1", "", "")


def test_unmapped_accounts_stop_a_journal_entry():
    result = run(apply_journal_entry, ENTRY)
    assert result.draft is None
    assert codes(result) == ["ACCOUNT_UNMAPPED", "ACCOUNT_UNMAPPED", "VAT_CODE_UNMAPPED", "ACCOUNT_UNMAPPED"]
    tables = MappingTables([entry(MappingTable.VAT_CODES, "rate:24", "24")])
    assert run(apply_journal_entry, ENTRY, tables=tables, accounts_same=True).draft.accounts == ("1000", "3000", "2310")


# --- dispatching and needs ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "document"),
    [
        (DocumentKind.SALES_INVOICE, invoice()),
        (DocumentKind.PAYMENT, payment()),
        (DocumentKind.CUSTOMER, CUSTOMER),
        (DocumentKind.SUPPLIER, CUSTOMER),
        (DocumentKind.ITEM, Item(code="A")),
        (DocumentKind.JOURNAL_ENTRY, JournalEntry(source_id="j", date=dt.date(2026, 1, 1))),
    ],
)
def test_apply_takes_every_kind(kind, document):
    draft = apply(kind, document, key="k", tables=TABLES, lookups=LOOKUPS, settings=MappingSettings()).draft
    assert draft is not None
    assert draft.key == "k"
    if kind in {DocumentKind.CUSTOMER, DocumentKind.SUPPLIER}:
        assert draft.role == kind


@pytest.mark.parametrize(
    ("kind", "document"), [(DocumentKind.PURCHASE_INVOICE, invoice()), (DocumentKind.ITEM, CUSTOMER)]
)
def test_apply_refuses_a_document_of_another_kind(kind, document):
    with pytest.raises(ValueError, match="was handed in as"):
        apply(kind, document, key="k", tables=TABLES, lookups=LOOKUPS, settings=MappingSettings())


def test_needs_of_an_invoice_name_party_and_items_once():
    rows = (
        line(1),
        line(2),
        line(3, item_source_id="", item_code="X", unit="h"),
        line(4, kind=LineKind.TEXT, item_source_id="", item_name="", description="words"),
        line(5, kind=LineKind.CHARGE, item_source_id="", item_name="Freight"),
    )
    found = needs(invoice(lines=rows), MappingSettings())
    assert found.parties == ((PartyRole.CUSTOMER, "77", CUSTOMER),)
    assert [key for key, _ in found.items] == ["5", "code:X"]
    assert found.items[1][1].unit == "h"


def test_needs_leave_out_items_that_are_fixed():
    tables = MappingTables([entry(MappingTable.ITEMS, "5", "OWN")])
    assert needs(invoice(), MappingSettings(), tables).items == ()
    assert needs(invoice(), MappingSettings(needs_items=False)).items == ()
    bought = invoice(direction=Direction.PURCHASE)
    assert needs(bought, MappingSettings(purchase_rows_item="BUY")).items == ()
    assert needs(bought, MappingSettings()).parties[0][0] is PartyRole.SUPPLIER


def test_needs_of_the_other_kinds():
    assert needs(payment(), MappingSettings()).parties == ((PartyRole.CUSTOMER, "77", CUSTOMER),)
    assert needs(payment(), MappingSettings(payments_need_party=False)) == Needs()
    assert needs(payment(party=Party()), MappingSettings()) == Needs()
    assert needs(CUSTOMER, MappingSettings()) == Needs()


def test_whatever_is_needed_is_enough():
    rows = (line(1), line(2, item_source_id="", item_code="X"), line(3, item_source_id="", item_name="Work"))
    document = invoice(lines=rows)
    found = needs(document, MappingSettings(), TABLES)
    lookups = Lookups(
        party_ids={(role, key): f"t-{key}" for role, key, _ in found.parties},
        item_ids={key: f"t-{key}" for key, _ in found.items},
    )
    result = apply(
        DocumentKind.SALES_INVOICE, document, key="k", tables=TABLES, lookups=lookups, settings=MappingSettings()
    )
    assert result.problems == ()
