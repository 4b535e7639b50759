"""S42-S46: the tag makes a stock item; its rows take a warehouse and move its stock."""

from decimal import Decimal
from typing import Any

import pytest

from tests.acceptance.conftest import Firm


def articles(firm: Firm) -> dict[str, str]:
    """Return the types of articles by code."""
    return {each["code"]: each["type"] for each in firm.smart.books()["articles"]}


def movements(firm: Firm) -> list[dict[str, Any]]:
    """Return the movements of stock as SmartAccounts' own service tells them."""
    found = firm.smart.call("inventory/warehousemovements:get", dateFrom="01.01.2025", fetchRows="true")
    return list(found["movements"])


def moved(firm: Firm, document: str) -> dict[str, Decimal]:
    """Return what a document moved: code to quantity, out of stock with a minus."""
    quantities: dict[str, Decimal] = {}
    for each in movements(firm):
        if each["document"] == document:
            sign = -1 if each["direction"] == "OUT" else 1
            for row in each["rows"]:
                quantities[row["code"]] = quantities.get(row["code"], Decimal(0)) + sign * Decimal(str(row["quantity"]))
    return quantities


@pytest.mark.feature("S42")
@pytest.mark.feature("S44")
def test_tagged_items_become_stock_items_and_the_others_do_not(ready: Firm):
    ready.bring("sales_invoices")
    ready.bring("purchase_invoices")
    products = {each["code"]: each for each in ready.scoro.books()["products"] if each["code"]}
    made = articles(ready)
    # Tagged alone, among other tags, and in small letters.
    assert {code for code, kind in made.items() if kind == "WH"} == {"LAUD-01", "TOOL-02", "VALG-03", "RIIUL-04"}
    for code, kind in made.items():
        if code in products:
            tags = [each.strip().lower() for each in products[code]["tag"].split(",")]
            assert (kind == "WH") == ("laoartikkel" in tags), code
    assert made["KONS"] == "SERVICE"
    assert made["RAAMAT"] == "PRODUCT"


@pytest.mark.feature("S42")
def test_an_item_that_gets_the_tag_before_its_first_import_is_a_stock_item(ready: Firm):
    ready.scoro.write("products", 78, tag="Allahindlus, Laoartikkel")
    ready.bring("sales_invoices", "2026-06-29", "2026-06-29")
    assert articles(ready)["RAAMAT"] == "WH"
    assert moved(ready, "2026-043") == {"RAAMAT": Decimal(-2), "VALG-03": Decimal(-1)}


@pytest.mark.feature("S43")
def test_the_page_tells_where_tags_are_set_and_lets_another_tag_be_chosen(ready: Firm):
    pages = ready.pages.open(f"{ready.home}settings/")
    assert pages.value("stock_tag") == "Laoartikkel"
    assert "Settings > Site settings > Tags and settings > Product tags" in pages.text
    pages.press("Save", stock_tag="Valgustid")
    ready.bring("sales_invoices", "2026-06-01", "2026-06-30")
    made = articles(ready)
    assert made["VALG-03"] == "WH"
    assert made["LAUD-01"] == made["TOOL-02"] == "PRODUCT"
    assert moved(ready, "2026-041") == {}
    assert moved(ready, "2026-043") == {"VALG-03": Decimal(-1)}


@pytest.mark.feature("S45")
def test_documents_with_stock_items_take_the_chosen_warehouse(ready: Firm):
    pages = ready.pages.open(f"{ready.home}settings/")
    assert list(pages.choices("warehouse")) == ["", "Põhiladu"]
    pages.press("Save", warehouse="Põhiladu")
    ready.bring("sales_invoices", "2026-06-01", "2026-06-30")
    assert ready.smart.sale("2026-041")["warehouseId"] == "Põhiladu"
    assert ready.smart.sale("2026-042")["warehouseId"] is None
    assert {each["warehouseId"] for each in movements(ready)} == {"Põhiladu"}


@pytest.mark.feature("S45")
def test_without_a_warehouse_stock_waits_and_nothing_is_guessed(ready: Firm):
    ready.pages.open(f"{ready.home}settings/").press("Save", warehouse="")
    run = ready.bring("sales_invoices", "2026-06-01", "2026-06-30")
    assert {each["invoiceNumber"] for each in ready.smart.books()["client_invoices"]} == {"2026-042"}
    assert "warehouse" in run.text.lower()
    assert movements(ready) == []

    ready.pages.open(f"{ready.home}settings/").press("Save", warehouse="Põhiladu")
    pages = ready.pages.open("problems/")
    pages.press("Try all again", within="warehouse")
    ready.resent()
    assert ready.smart.sale("2026-041")["warehouseId"] == "Põhiladu"
    assert moved(ready, "2026-041") == {"LAUD-01": Decimal(-4), "TOOL-02": Decimal(-8)}


@pytest.mark.feature("S46")
def test_sales_and_purchases_move_the_stock(ready: Firm):
    ready.bring("purchase_invoices")
    ready.bring("sales_invoices")
    stocked = {code for code, kind in articles(ready).items() if kind == "WH"}
    for kind, sign in (("invoices", -1), ("bills", 1)):
        for document in ready.scoro.books()[kind]:
            if document["no"] == "2026-044":
                continue  # it waits for the item of its discount
            expected: dict[str, Decimal] = {}
            for line in document["lines"]:
                code = line["product_code"]
                if code in stocked:
                    expected[code] = expected.get(code, Decimal(0)) + sign * Decimal(line["amount"])
            assert moved(ready, document["no"]) == expected, document["no"]
    levels = ready.smart.books()["stock"]["Põhiladu"]
    assert {code: Decimal(amount) for code, amount in levels.items()} == {
        "LAUD-01": Decimal(1),
        "TOOL-02": Decimal(-23),
        "VALG-03": Decimal(13),
        "RIIUL-04": Decimal(-3),
    }


@pytest.mark.feature("S44")
@pytest.mark.feature("S46")
def test_a_whole_list_of_items_brings_stock_items_too(ready: Firm):
    ready.bring("items")
    made = articles(ready)
    assert {code for code, kind in made.items() if kind == "WH"} == {"LAUD-01", "TOOL-02", "VALG-03", "RIIUL-04"}
    assert movements(ready) == []
    ready.bring("sales_invoices", "2026-10-30", "2026-10-30")
    assert moved(ready, "2026-057") == {"TOOL-02": Decimal(-10), "VALG-03": Decimal(-10)}
