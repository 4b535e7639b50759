from decimal import Decimal

import pytest
from tests.unit.core.examples import D, entry, invoice, line, payment

from tilisilta.core.documents import DimensionValue, Direction, Item, JournalEntry, LineKind, Party, Posting
from tilisilta.core.mapping import MappingTable, MappingTables, UsedKey, used_keys
from tilisilta.core.mapping.tables import rate_key
from tilisilta.core.vat import VatTreatment

VAT = MappingTable.VAT_CODES
SALES, PURCHASE = Direction.SALES, Direction.PURCHASE


def test_own_direction_goes_before_both():
    tables = MappingTables([entry(VAT, "9", "any"), entry(VAT, "9", "sold", direction=SALES)])
    assert tables.vat_code("9", D(24), SALES) == "sold"
    assert tables.vat_code("9", D(24), PURCHASE) == "any"


def test_own_rate_goes_before_any_rate():
    tables = MappingTables([entry(VAT, "9", "now"), entry(VAT, "9", "then", vat_rate=D("22.00"))])
    assert tables.vat_code("9", D(22), SALES) == "then"
    assert tables.vat_code("9", D(24), SALES) == "now"


def test_an_entry_of_another_rate_does_not_serve():
    tables = MappingTables([entry(VAT, "9", "then", vat_rate=D(22))])
    assert tables.vat_code("9", D(24), SALES) is None


def test_the_source_code_goes_before_the_rate():
    tables = MappingTables([entry(VAT, "rate:24", "by-rate"), entry(VAT, "9", "by-code")])
    assert tables.vat_code("9", D(24), SALES) == "by-code"
    assert tables.vat_code("", D("24.00"), SALES) == "by-rate"
    assert tables.vat_code("unknown", D(24), SALES) == "by-rate"


@pytest.mark.parametrize("treatment", [VatTreatment.REVERSE_CHARGE, VatTreatment.EXPORT, VatTreatment.EXEMPT])
def test_a_treatment_is_never_mapped_by_its_bare_rate(treatment):
    tables = MappingTables([entry(VAT, "rate:0", "zero")])
    assert tables.vat_code("", D(0), SALES, treatment=treatment) is None
    own = MappingTables([entry(VAT, rate_key(D(0), treatment), "own")])
    assert own.vat_code("", D(0), SALES, treatment=treatment) == "own"


def test_zero_percent_can_be_kept_from_its_rate():
    tables = MappingTables([entry(VAT, "rate:0", "zero"), entry(VAT, "7", "by-code")])
    assert tables.vat_code("", D(0), SALES) == "zero"
    assert tables.vat_code("", D(0), SALES, zero_by_rate=False) is None
    assert tables.vat_code("7", D(0), SALES, zero_by_rate=False) == "by-code"


def test_all_others_serves_accounts_but_no_vat_code_or_dimension():
    tables = MappingTables([entry(table, "*", "rest") for table in MappingTable])
    assert tables.target(MappingTable.BANK_ACCOUNTS, "Swedbank") == "rest"
    assert tables.target(MappingTable.BANK_ACCOUNTS, "") is None
    assert tables.vat_code("9", D(24), SALES) is None
    assert tables.dimension(DimensionValue("project", "p")) is None


def test_an_entry_without_a_target_is_no_entry():
    tables = MappingTables([entry(MappingTable.ACCOUNTS, "3000", "")])
    assert not tables.has(MappingTable.ACCOUNTS)
    assert len(tables) == 0


def test_a_later_entry_replaces_an_earlier_one():
    tables = MappingTables([entry(VAT, "9", "old"), entry(VAT, "9", "new")])
    assert [each.target_key for each in tables] == ["new"]


def test_a_dimension_is_found_by_axis_and_id_or_by_id():
    tables = MappingTables(
        [entry(MappingTable.DIMENSIONS, "project:1", "P1"), entry(MappingTable.DIMENSIONS, "2", "any-2")]
    )
    assert tables.dimension(DimensionValue("project", "1")) == "P1"
    assert tables.dimension(DimensionValue("department", "1")) is None
    assert tables.dimension(DimensionValue("department", "2")) == "any-2"


def test_used_keys_of_an_invoice_name_each_key_once_at_its_first_use():
    rows = (
        line(1, ledger_account="3000", warehouse="W", dimensions=(DimensionValue("project", "1", "Bridge"),)),
        line(2, ledger_account="3000"),
        line(3, kind=LineKind.TEXT, description="words"),
        line(4, vat_code="", vat_rate=D("9.0"), item_source_id="", item_code="BOOK"),
    )
    keys = {(key.table, key.source_key): key for key in used_keys(invoice(lines=rows, payment_method="card"))}
    assert set(keys) == {
        (VAT, "9"),
        (VAT, "rate:9"),
        (MappingTable.ACCOUNTS, "3000"),
        (MappingTable.WAREHOUSES, "W"),
        (MappingTable.DIMENSIONS, "project:1"),
        (MappingTable.ITEMS, "5"),
        (MappingTable.ITEMS, "code:BOOK"),
        (MappingTable.PAYMENT_METHODS, "card"),
    }
    assert keys[VAT, "9"].where == "lines[0].vat_code"
    assert keys[VAT, "rate:9"].label == "9 %"
    assert keys[MappingTable.DIMENSIONS, "project:1"].label == "Bridge"


def test_used_keys_of_the_other_kinds():
    assert [key.source_key for key in used_keys(payment())] == ["LHV"]
    assert [key.source_key for key in used_keys(payment(account="", is_cash=True))] == ["kind:cash"]
    postings = (Posting(account="1000", debit=D(1)), Posting(account="3000", credit=D(1), vat_rate=D(24)))
    journal = JournalEntry(source_id="j", date=invoice().date, postings=postings)
    assert [key.source_key for key in used_keys(journal)] == ["1000", "3000", "rate:24"]
    assert [key.source_key for key in used_keys(Item(code="A", vat_rate=D(24)))] == ["rate:24"]
    assert used_keys(Item(code="A")) == ()
    assert used_keys(Party(name="A")) == ()


def test_missing_lists_only_what_no_entry_serves():
    used = used_keys(invoice(lines=(line(1), line(2, vat_code="", vat_rate=D(0)), line(3, vat_code="12"))))
    tables = MappingTables([entry(VAT, "9", "24"), entry(VAT, "rate:0", "0"), entry(MappingTable.ITEMS, "5", "X")])
    assert [key.source_key for key in tables.missing(used)] == ["12"]
    assert [key.source_key for key in tables.missing(used, zero_by_rate=False)] == ["rate:0", "12"]


def test_missing_agrees_with_the_look_up_for_treatments():
    reverse = line(1, vat_code="", vat_rate=D(0), vat_treatment=VatTreatment.REVERSE_CHARGE)
    used = used_keys(invoice(lines=(reverse,)))
    assert used[0] == UsedKey(
        table=VAT,
        source_key="rate:0:reverse_charge",
        direction=SALES,
        vat_rate=Decimal(0),
        treatment=VatTreatment.REVERSE_CHARGE,
        label="0 %",
        where="lines[0].vat_code",
    )
    assert used[0] in MappingTables([entry(VAT, "rate:0", "0")]).missing(used)
    assert used[0] not in MappingTables([entry(VAT, "rate:0:reverse_charge", "RC")]).missing(used)


def test_labels_are_what_a_person_knows_the_key_by():
    rows = (line(1, extra={"vat_label": "24% sales"}), line(2, item_source_id="", item_code="X", item_name=""))
    labels = {(key.table, key.source_key): key.label for key in used_keys(invoice(lines=rows))}
    assert labels[VAT, "9"] == "24% sales"
    assert labels[MappingTable.ITEMS, "5"] == "Consulting"
    assert labels[MappingTable.ITEMS, "code:X"] == "X"
