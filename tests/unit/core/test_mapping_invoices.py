import msgspec
import pytest
from tests.unit.core.examples import CUSTOMER, LOOKUPS, TABLES, D, entry, invoice, line

from tilisilta.core.documents import (
    DimensionValue,
    Direction,
    DocumentKind,
    InvoiceRef,
    Item,
    LineKind,
    StockKind,
)
from tilisilta.core.mapping import (
    InvoiceDraft,
    ItemPolicy,
    Lookups,
    MappingSettings,
    MappingTable,
    MappingTables,
    TextLines,
    apply_invoice,
)
from tilisilta.core.problems import Severity


def mapped(document, *, tables=TABLES, lookups=LOOKUPS, **settings):
    return apply_invoice(document, key="k", tables=tables, lookups=lookups, settings=MappingSettings(**settings))


def codes(result):
    return [each.code for each in result.problems]


def drafted(document, **more) -> InvoiceDraft:
    result = mapped(document, **more)
    assert isinstance(result.draft, InvoiceDraft), result.problems
    return result.draft


def more_entries(*entries):
    return MappingTables([*TABLES, *entries])


def test_everything_known_gives_a_draft_without_problems():
    result = mapped(invoice())
    assert result.problems == ()
    draft = result.draft
    assert (draft.key, draft.party_id) == ("k", "c-77")
    assert [(each.item_id, each.vat_code, each.account) for each in draft.lines] == [("CONS", "24-SALES", "")]
    assert draft.invoice is not None
    assert draft.invoice.gross == D("124.00")


def test_a_purchase_takes_the_supplier_and_the_purchase_code():
    draft = drafted(invoice(direction=Direction.PURCHASE))
    assert draft.party_id == "s-77"
    assert draft.lines[0].vat_code == "24-BUY"


def test_an_unmapped_vat_code_stops_once_however_many_rows_have_it():
    result = mapped(
        invoice(
            lines=(
                line(1, vat_code="12", extra={"vat_label": "9% books"}),
                line(2, vat_code="12", extra={"vat_label": "9% books"}),
            )
        )
    )
    assert result.draft is None
    assert codes(result) == ["VAT_CODE_UNMAPPED"]
    assert result.problems[0].where == "lines[0].vat_code"
    assert result.problems[0].params == {"key": "12", "label": "9% books", "rate": "24", "direction": "sales"}


def test_an_unknown_party_stops():
    result = mapped(invoice(party=msgspec.structs.replace(CUSTOMER, source_id="78")))
    assert result.draft is None
    assert result.problems[0].params == {"role": "customer", "key": "78", "name": "Õunapuu OÜ"}


def test_all_causes_are_told_at_once():
    result = mapped(invoice(lines=(line(vat_code="12", item_source_id="6"),)), lookups=Lookups())
    assert codes(result) == ["PARTY_NOT_BOUND", "VAT_CODE_UNMAPPED", "ITEM_NOT_BOUND"]


# --- accounts ----------------------------------------------------------------------------------------------


def test_an_account_is_asked_for_only_once_accounts_are_mapped():
    with_account = invoice(lines=(line(ledger_account="3000"),))
    assert mapped(with_account).problems == ()
    other = more_entries(entry(MappingTable.ACCOUNTS, "3001", "30010"))
    assert codes(mapped(with_account, tables=other)) == ["ACCOUNT_UNMAPPED"]
    assert mapped(with_account, tables=other).problems[0].params == {"account": "3000", "direction": "sales"}
    own = more_entries(entry(MappingTable.ACCOUNTS, "3000", "30000"))
    assert drafted(with_account, tables=own).lines[0].account == "30000"
    assert codes(mapped(with_account, accounts_required=True)) == ["ACCOUNT_UNMAPPED"]
    assert drafted(with_account, accounts_same=True).lines[0].account == "3000"
    assert mapped(invoice(), tables=other).problems == ()


# --- items -------------------------------------------------------------------------------------------------


def test_an_item_entry_goes_before_the_binding():
    tables = more_entries(entry(MappingTable.ITEMS, "5", "TABLE"))
    assert drafted(invoice(), tables=tables).lines[0].item_id == "TABLE"


def test_a_row_of_words_only_is_its_own_item_unless_a_default_is_set():
    bare = invoice(lines=(line(item_source_id="", item_name="Paper clips"),))
    result = mapped(bare)
    assert codes(result) == ["ITEM_NOT_BOUND"]
    assert result.problems[0].params["key"] == "name:paper clips"
    assert drafted(bare, default_item_sales="GEN").lines[0].item_id == "GEN"
    assert codes(mapped(bare, default_item_purchase="GEN")) == ["ITEM_NOT_BOUND"]
    assert (
        drafted(bare, lookups=msgspec.structs.replace(LOOKUPS, item_ids={"name:paper clips": "CLIP"})).lines[0].item_id
        == "CLIP"
    )


def test_a_default_item_does_not_swallow_named_items():
    assert codes(mapped(invoice(lines=(line(item_source_id="6"),)), default_item_sales="GEN")) == ["ITEM_NOT_BOUND"]


def test_one_item_for_all_purchase_rows():
    bought = invoice(direction=Direction.PURCHASE, lines=(line(1), line(2, item_source_id="", item_code="X")))
    draft = drafted(bought, purchase_rows_item="BUY")
    assert [each.item_id for each in draft.lines] == ["BUY", "BUY"]
    tables = more_entries(entry(MappingTable.ITEMS, "code:X", "OWN"))
    assert [each.item_id for each in drafted(bought, purchase_rows_item="BUY", tables=tables).lines] == ["BUY", "OWN"]
    assert drafted(invoice(), purchase_rows_item="BUY").lines[0].item_id == "CONS"


def test_fallback_goes_on_with_a_warning():
    unknown = invoice(lines=(line(item_source_id="", item_code="X1", item_name="Work"),))
    result = mapped(unknown, item_policy=ItemPolicy.FALLBACK, fallback_item="A/0")
    assert result.draft.lines[0].item_id == "A/0"
    assert [(each.code, each.severity) for each in result.problems] == [("ITEM_FELL_BACK", Severity.WARNING)]
    assert codes(mapped(unknown, item_policy=ItemPolicy.FALLBACK)) == ["ITEM_NOT_BOUND"]


def test_a_row_that_names_nothing_falls_back_or_asks_for_a_default():
    nameless = invoice(lines=(line(item_source_id="", item_name=""),))
    assert codes(mapped(nameless)) == ["DEFAULT_ITEM_MISSING"]
    assert drafted(nameless, item_policy=ItemPolicy.FALLBACK, fallback_item="A/0").lines[0].item_id == "A/0"


def test_targets_without_items_ask_for_none():
    assert (
        drafted(invoice(), lookups=msgspec.structs.replace(LOOKUPS, item_ids={}), needs_items=False).lines[0].item_id
        == ""
    )


@pytest.mark.parametrize(
    ("kind", "setting"),
    [(LineKind.ALLOWANCE, "allowance_item"), (LineKind.CHARGE, "charge_item"), (LineKind.ROUNDING, "rounding_item")],
)
def test_document_rows_take_their_own_items(kind, setting):
    extra = line(2, kind=kind, item_source_id="", item_name="", net=D("-10.00"))
    document = invoice(lines=(line(), extra))
    assert codes(mapped(document)) == ["DEFAULT_ITEM_MISSING"]
    assert drafted(document, **{setting: "OWN"}).lines[1].item_id == "OWN"
    assert drafted(document, default_item_sales="GEN").lines[1].item_id == "GEN"
    assert drafted(document, **{setting: "OWN", "default_item_sales": "GEN"}).lines[1].item_id == "OWN"


# --- rounding and words ------------------------------------------------------------------------------------


def test_a_row_that_shows_the_rounding_is_not_sent_as_a_row():
    shown = line(2, kind=LineKind.ROUNDING, net=D("0.01"), item_source_id="", item_name="Rounding")
    draft = drafted(invoice(lines=(line(), shown), rounding=D("0.01")))
    assert len(draft.lines) == 1
    assert draft.invoice.rounding == D("0.01")
    other = mapped(invoice(lines=(line(), shown)), rounding_item="R")
    assert "DEFAULT_ITEM_MISSING" not in codes(other)
    assert len(drafted(invoice(lines=(line(), shown)), rounding_item="R").lines) == 2


def words(position, text):
    return line(position, kind=LineKind.TEXT, item_source_id="", item_name="", description=text, net=D(0))


def test_words_join_the_row_above_and_the_first_ones_the_row_below():
    document = invoice(
        lines=(words(1, "April"), line(2, description="Advice"), words(3, "on site"), words(4, ""), line(5))
    )
    draft = drafted(document)
    assert [each.line.description for each in draft.lines] == ["April\nAdvice\non site", ""]
    assert draft.invoice.lines == document.lines


def test_words_can_be_kept_as_rows():
    draft = drafted(invoice(lines=(words(1, "April"), line(2))), text_lines=TextLines.KEEP)
    assert [each.line.kind for each in draft.lines] == [LineKind.TEXT, LineKind.ITEM]
    assert draft.lines[0].vat_code == ""
    assert draft.lines[0].item_id == ""


def test_an_invoice_of_words_alone_keeps_them():
    assert len(drafted(invoice(lines=(words(1, "a"), words(2, "b")))).lines) == 2


# --- stock -------------------------------------------------------------------------------------------------


def stocked(**item):
    return msgspec.structs.replace(LOOKUPS, items={"5": Item(source_id="5", code="CHAIR", **item)})


def test_a_tagged_item_asks_for_a_warehouse():
    lookups = stocked(tags=("mööbel, LAOARTIKKEL",))
    result = mapped(invoice(), lookups=lookups)
    assert codes(result) == ["WAREHOUSE_MISSING"]
    draft = drafted(invoice(), lookups=lookups, default_warehouse="MAIN")
    assert (draft.warehouse, draft.lines[0].warehouse) == ("MAIN", "MAIN")


def test_an_item_without_the_tag_has_no_warehouse():
    draft = drafted(invoice(), lookups=stocked(tags=("Furniture",)), default_warehouse="MAIN")
    assert (draft.warehouse, draft.lines[0].warehouse) == ("", "")


def test_a_row_that_says_stock_is_stock():
    assert drafted(invoice(lines=(line(stock_kind=StockKind.STOCK),)), default_warehouse="W").warehouse == "W"


def test_a_tagged_service_is_stock_with_a_warning():
    result = mapped(
        invoice(), lookups=stocked(tags=("Laoartikkel",), stock_kind=StockKind.SERVICE), default_warehouse="W"
    )
    assert result.draft.lines[0].warehouse == "W"
    assert [(each.code, each.severity) for each in result.problems] == [("STOCK_TAG_ON_SERVICE", Severity.WARNING)]


def test_a_named_warehouse_is_mapped_and_never_swallowed_by_the_default():
    document = invoice(lines=(line(stock_kind=StockKind.STOCK, warehouse="7"),))
    known = more_entries(entry(MappingTable.WAREHOUSES, "7", "NORTH"))
    other = more_entries(entry(MappingTable.WAREHOUSES, "8", "SOUTH"))
    assert drafted(document, tables=known, default_warehouse="MAIN").warehouse == "NORTH"
    assert codes(mapped(document, tables=other, default_warehouse="MAIN")) == ["WAREHOUSE_UNMAPPED"]
    assert drafted(document, default_warehouse="MAIN").warehouse == "MAIN"
    assert codes(mapped(document)) == ["WAREHOUSE_UNMAPPED"]


def test_rows_of_two_warehouses_leave_the_head_open():
    rows = (line(1, stock_kind=StockKind.STOCK, warehouse="7"), line(2, stock_kind=StockKind.STOCK, warehouse="8"))
    tables = more_entries(entry(MappingTable.WAREHOUSES, "7", "N"), entry(MappingTable.WAREHOUSES, "8", "S"))
    draft = drafted(invoice(lines=rows), tables=tables)
    assert draft.warehouse == ""
    assert [each.warehouse for each in draft.lines] == ["N", "S"]


# --- dimensions, methods, credit notes ---------------------------------------------------------------------


def test_dimensions_are_carried_once_any_is_mapped():
    project = DimensionValue("project", "1", "Bridge")
    document = invoice(lines=(line(dimensions=(project, DimensionValue("team", "2"))),), dimensions=(project,))
    assert drafted(document).lines[0].dimensions == {}
    tables = more_entries(entry(MappingTable.DIMENSIONS, "project:1", "P1"))
    result = mapped(document, tables=tables)
    assert result.draft.dimension == "P1"
    assert result.draft.lines[0].dimensions == {"project": "P1"}
    assert [(each.code, each.severity) for each in result.problems] == [("DIMENSION_UNMAPPED", Severity.WARNING)]


def test_rows_without_dimensions_take_the_documents_own():
    tables = more_entries(entry(MappingTable.DIMENSIONS, "project:1", "P1"))
    draft = drafted(invoice(dimensions=(DimensionValue("project", "1"),)), tables=tables)
    assert draft.lines[0].dimension == "P1"


def test_payment_methods():
    document = invoice(payment_method="card")
    assert drafted(document).payment_method == ""
    assert (
        drafted(document, tables=more_entries(entry(MappingTable.PAYMENT_METHODS, "card", "K"))).payment_method == "K"
    )
    other = mapped(document, tables=more_entries(entry(MappingTable.PAYMENT_METHODS, "cash", "S")))
    assert other.draft is not None
    assert codes(other) == ["PAYMENT_METHOD_UNMAPPED"]


def test_a_credit_note_finds_what_it_credits():
    credit = invoice(is_credit_note=True, credits=(InvoiceRef(source_id="1"),))
    assert drafted(credit).credited_id == "inv-1"
    by_number = invoice(is_credit_note=True, credits=(InvoiceRef(number="A-1"),))
    numbers = {(DocumentKind.SALES_INVOICE, "A-1"): "inv-1"}
    assert drafted(by_number, lookups=msgspec.structs.replace(LOOKUPS, document_numbers=numbers)).credited_id == "inv-1"
    unknown = mapped(invoice(is_credit_note=True, credits=(InvoiceRef(number="A-2"),)))
    assert unknown.draft.credited_id == ""
    assert codes(unknown) == ["CREDITED_INVOICE_NOT_IMPORTED"]
    assert mapped(invoice(is_credit_note=True)).problems == ()
