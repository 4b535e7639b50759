"""Rows found in one register by their codes (M13 to M22)."""

from decimal import Decimal
from typing import Any

import pytest
from tests.contract.examples import invoice, line

from tilisilta.core.documents import Direction, LineKind
from tilisilta.core.mapping import ItemPolicy, Lookups, MappingEntry, MappingSettings, MappingTable, MappingTables
from tilisilta.core.mapping.needs import needs
from tilisilta.core.mapping.products import Miss, Product, ProductRegister
from tilisilta.core.mapping.rows import RowMapper
from tilisilta.core.problems import Severity

D = Decimal
REGISTER = ProductRegister(
    [
        Product(key="A/0", name="Yleistuote", vat_rate=D("25.5")),
        Product(key="A1", number="SUU", name="Suunnittelu", vat_rate=D("25.5")),
        Product(key="A12", number="KONS", vat_rate=D("25.5")),
        Product(key="B1", number="KM"),
        Product(key="B2", number="A1"),
        Product(key="C1", number="XY"),
        Product(key="C2", number="X/Y"),
        Product(key="C9", number="VANHA", is_active=False),
    ]
)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("A1", "A1"),  # an id before another's number
        (" A1 ", "A1"),
        ("SUU", "A1"),
        ("suu", "A1"),
        ("a/1", "A1"),
        ("A 12", "A12"),
        ("A0", "A/0"),
        ("XY", "C1"),  # as written, before the folded form that both have
    ],
)
def test_a_code_finds_its_product_by_the_surest_step(code: str, found: str) -> None:
    match = REGISTER.match(code)
    assert isinstance(match, Product)
    assert match.key == found


@pytest.mark.parametrize(
    ("code", "miss"), [("", Miss.NO_CODE), ("A13", Miss.UNKNOWN), ("x y", Miss.SEVERAL), ("VANHA", Miss.INACTIVE)]
)
def test_why_a_code_finds_none(code: str, miss: Miss) -> None:
    assert REGISTER.match(code) is miss


def mapper(*entries: MappingEntry, register: ProductRegister | None = REGISTER, **chosen: Any) -> RowMapper:
    settings: dict[str, Any] = {
        "items_by_code": True,
        "needs_vat_codes": False,
        "item_policy": ItemPolicy.FALLBACK,
        "fallback_item": "A/0",
    }
    return RowMapper(
        direction=Direction.SALES,
        tables=MappingTables(entries),
        lookups=Lookups(products=register),
        settings=MappingSettings(**(settings | chosen)),
    )


def row(code: str = "SUU", kind: str = "product", **fields: Any) -> Any:
    values = {"item_code": code, "vat_rate": D("25.5"), "extra": {"severa_kind": kind}, "item_name": "Työ"}
    return line("80.00", **(values | fields))


def test_rows_of_all_registers_find_products_of_one() -> None:
    rows = mapper()
    kinds = [("SUU", "product"), ("KONS", "work_type"), ("KM", "travel_expense")]
    found = [rows.map_row(row(code, kind), f"lines[{at}]") for at, (code, kind) in enumerate(kinds)]
    assert [(each.item_id, each.vat_code) for each in found] == [("A1", ""), ("A12", ""), ("B1", "")]
    assert rows.problems == ()


def test_a_prefix_tells_registers_apart() -> None:
    rows = mapper(code_prefixes={"work_type": "A"})
    assert rows.map_row(row("1", "work_type"), "lines[0]").item_id == "A1"
    assert rows.map_row(row("1", "product"), "lines[1]").item_id == "A/0"


def test_every_row_without_a_product_is_told_by_itself() -> None:
    rows = mapper()
    for at in (1, 2):
        unknown = row("KM-9", "travel_expense", position=at, item_name="Matka")
        assert rows.map_row(unknown, f"lines[{at - 1}]").item_id == "A/0"
    assert {(each.code, each.severity) for each in rows.problems} == {("PRODUCT_NOT_MATCHED", Severity.WARNING)}
    assert [(each.params["row"], each.params["item_code"]) for each in rows.problems] == [("1", "KM-9"), ("2", "KM-9")]
    told = rows.problems[0].params
    assert (told["kind"], told["name"], told["fallback"], told["miss"]) == ("travel_expense", "Matka", "A/0", "unknown")


def test_another_vat_rate_than_the_general_products_is_told() -> None:
    rows = mapper()
    rows.map_row(row("nothing", vat_rate=D("13.5")), "lines[0]")
    assert [each.code for each in rows.problems] == ["PRODUCT_NOT_MATCHED", "FALLBACK_VAT_DIFFERS"]
    assert (rows.problems[1].params["rate"], rows.problems[1].params["fallback_rate"]) == ("13.5", "25.5")


def test_a_persons_choice_comes_before_codes_and_the_rest_after_them() -> None:
    def entry(key: str, target: str) -> MappingEntry:
        return MappingEntry(table=MappingTable.ITEMS, source_key=key, target_key=target)

    rows = mapper(entry("work_type:SUU", "C1"), entry("code:SUU", "C2"), entry("*", "B1"))
    assert rows.map_row(row("SUU", "work_type"), "lines[0]").item_id == "C1"
    assert rows.map_row(row("SUU", "product"), "lines[1]").item_id == "C2"
    assert rows.map_row(row("KONS", "product"), "lines[2]").item_id == "A12"
    assert rows.map_row(row("nothing", "product"), "lines[3]").item_id == "B1"
    assert rows.problems == ()


def test_without_fallback_the_document_stops() -> None:
    rows = mapper(item_policy=ItemPolicy.STOP)
    assert rows.map_row(row("nothing"), "lines[0]").item_id == ""
    assert [(each.code, each.severity) for each in rows.problems] == [("ITEM_NOT_BOUND", Severity.ERROR)]


def test_nothing_has_to_be_bound_first_and_discounts_need_no_product() -> None:
    settings = MappingSettings(items_by_code=True)
    assert needs(invoice(row()), settings).items == ()
    rows = mapper(register=None)
    assert rows.map_row(row(), "lines[0]").item_id == "A/0"
    allowance = line("-5.00", kind=LineKind.ALLOWANCE, item_code="", description="Alennus")
    assert mapper().map_row(allowance, "lines[1]").item_id == ""
