"""S29-S41: SmartAccounts' lists get Scoro's ids before the first import, by file or by hand."""

import csv
import io
from collections.abc import Mapping
from typing import Any

import openpyxl
import pytest

from tests.acceptance.conftest import Firm
from tests.support.pages import Pages

SERVICE, SERVICE_ID = "Liidetud teenus", "Liidetud teenuse ID"
# What stands in SmartAccounts, and Scoro's id of the same.
CLIENTS = {
    "Põhjala Puit OÜ": "31",
    "Aktsiaselts Mereranna": "32",
    "Kuuse ja Pojad": "33",
    "Suomen Esimerkki Oy": "35",
}
VENDORS = {"Kuuse & Pojad Disain OÜ": "33", "Elektriabi OÜ": "39", "Kontorikaup": "40", "Pilvipalvelu Oy": "41"}
ARTICLES = {"Kontorilaud": "71", "Kontoritool": "72", "Nõustamine": "75"}
KINDS = {
    "customer": ("clients", "Nimi", CLIENTS),
    "supplier": ("vendors", "Nimi", VENDORS),
    "item": ("articles", "Nimetus", ARTICLES),
}


def read(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def write(rows: list[dict[str, str]], encoding: str = "utf-8-sig", delimiter: str = ";") -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def fill(content: bytes, column: str, ids: Mapping[str, str], mark: str = "SC") -> bytes:
    """Fill the two columns as a person would in a spreadsheet program."""
    rows = read(content)
    for row in rows:
        if row[column] in ids:
            row[SERVICE], row[SERVICE_ID] = mark, ids[row[column]]
    return write(rows)


def export(firm: Firm, kind: str, file_format: str = "CSV") -> bytes:
    pages = firm.id_map(kind)
    if "The list was not read yet" in pages.text:
        pages.press("Read the list of SmartAccounts")
    return bytes(pages.click(file_format).response.content)


def compare(firm: Firm, kind: str, content: bytes, name: str = "nimekiri.csv") -> Pages:
    """Bring a filled file back, up to the comparison."""
    return firm.id_map(kind).press("Compare", file=(name, content))


def tied(firm: Firm, kind: str) -> dict[str, str]:
    """Return the map as the exported file tells it: name or code to Scoro's id."""
    column = KINDS[kind][1]
    return {row[column]: row[SERVICE_ID] for row in read(export(firm, kind)) if row[SERVICE_ID]}


def scoro_list(firm: Firm, kind: str) -> bytes:
    """Return the file that Scoro's own list exports."""
    books = firm.scoro.books()
    if kind == "item":
        return write(
            [
                {"ID": str(each["product_id"]), "Code": each["code"] or "", "Name": each["name"], "Unit": each["unit"]}
                for each in books["products"]
            ]
        )
    role = "is_client" if kind == "customer" else "is_supplier"
    return write(
        [
            {
                "ID": str(each["contact_id"]),
                "Name": f"{each['name']} {each['lastname'] or ''}".strip(),
                "Reg. code": each["id_code"] or "",
                "VAT number": each["vatno"] or "",
                "E-mail": ", ".join(each["means_of_contact"]["email"]),
            }
            for each in books["contacts"]
            if each[role]
        ]
    )


# --- the way before the first import -------------------------------------------------------------------------


@pytest.mark.feature("S29")
def test_the_checklist_leads_through_the_map_before_the_first_import(full: Firm):
    pages = full.pages.open(f"{full.home}checklist/").press("Look what SmartAccounts holds")
    assert "so that none is created twice" in pages.row("Customers, suppliers and items will not be doubled")
    pages.click("Id map", within="Customers, suppliers and items will not be doubled")
    assert pages.heading.startswith("Id map")
    for kind, (_list, column, ids) in KINDS.items():
        compare(full, kind, fill(export(full, kind), column, ids)).press(f"Save {len(ids)} rows")
        assert "The id map is saved." in full.pages.messages()
    pages.open(f"{full.home}checklist/").press("What is the same on both sides is matched")
    before = full.smart.books()

    full.bring("sales_invoices", "2026-06-01", "2026-06-15")
    full.bring("purchase_invoices", "2026-06-01", "2026-06-30")
    after = full.smart.books()
    assert full.matches().rows() == []
    assert after["clients"] == before["clients"]
    assert after["vendors"] == before["vendors"]
    held = {each["name"]: each["id"] for each in after["clients"]}
    assert full.smart.sale("2026-041")["clientId"] == held["Põhjala Puit OÜ"]
    assert full.smart.sale("2026-042")["clientId"] == held["Aktsiaselts Mereranna"]
    assert [each["code"] for each in full.smart.sale("2026-041")["rows"]] == ["LAUD-01", "T-1", "TRANS"]


@pytest.mark.feature("S30")
@pytest.mark.parametrize("kind", ["customer", "supplier"])
def test_a_list_exported_from_scoro_proposes_who_is_who(full: Firm, kind: str):
    list_name, _column, ids = KINDS[kind]
    full.id_map(kind).press("Read the list of SmartAccounts")
    pages = full.id_map(kind).press("Look for matches", file=("scoro.csv", scoro_list(full, kind)))
    assert "Nothing is saved yet" in pages.text
    by_id = {row.split(" | ")[3].split()[0]: row for row in pages.rows()}
    for name, source_id in ids.items():
        assert name in by_id[source_id], by_id[source_id]
        assert "%" in by_id[source_id]
    ticked = pages.document.xpath(".//input[@name='line'][@checked]/@value")
    every = pages.document.xpath(".//input[@name='line']/@value")
    assert 0 < len(ticked) < len(every)
    # A person ticks what the program left in doubt too, but for the two of one name.
    lines = [row.split(" | ")[1] for row in pages.rows() if row.split(" | ")[3].split()[0] in ids.values()]
    pages.press("Save the ticked rows", line=lines)
    assert tied(full, kind) == ids

    before = full.smart.books()[list_name]
    if kind == "customer":
        full.bring("sales_invoices", "2026-06-15", "2026-06-15")
        held = next(each for each in before if each["name"] == "Aktsiaselts Mereranna")
        assert full.smart.sale("2026-042")["clientId"] == held["id"]
    else:
        full.bring("purchase_invoices", "2026-06-22", "2026-06-22")
        held = next(each for each in before if each["name"] == "Kontorikaup")
        assert full.smart.purchase("7741")["vendorId"] == held["id"]
    assert full.smart.books()[list_name] == before


@pytest.mark.feature("S31")
@pytest.mark.feature("S32")
def test_the_product_list_exported_from_scoro_brings_its_ids(full: Firm):
    content = scoro_list(full, "item")
    assert {row["ID"] for row in read(content)} >= set(ARTICLES.values())
    full.id_map("item").press("Read the list of SmartAccounts")
    pages = full.id_map("item").press("Look for matches", file=("tooted.csv", content))
    by_id = {row.split(" | ")[3].split()[0]: row for row in pages.rows()}
    assert "LAUD-01" in by_id["71"]
    assert "T-1" in by_id["72"]
    assert "Nothing alike" in by_id["80"]
    lines = [row.split(" | ")[1] for key, row in by_id.items() if key in {"71", "72"}]
    pages.press("Save the ticked rows", line=lines)
    assert tied(full, "item") == {"Kontorilaud": "71", "Kontoritool": "72"}
    full.id_map("customer").press("Read the list of SmartAccounts").press(
        "Tie", within="Põhjala Puit OÜ", source_id="31"
    )
    full.bring("sales_invoices", "2026-06-03", "2026-06-03")
    assert [each["code"] for each in full.smart.sale("2026-041")["rows"]] == ["LAUD-01", "T-1", "TRANS"]


# --- the file --------------------------------------------------------------------------------------------------


@pytest.mark.feature("S33")
@pytest.mark.feature("S34")
@pytest.mark.parametrize("kind", list(KINDS))
def test_the_targets_list_is_exported_with_the_two_columns_to_fill(full: Firm, kind: str):
    list_name, column, _ids = KINDS[kind]
    rows = read(export(full, kind))
    held = [each for each in full.smart.books()[list_name] if not each.get("builtIn")]
    names = [each.get("name") or each["description"] for each in held]
    assert sorted(row[column] for row in rows if row[column] != "Maksu- ja Tolliamet") == sorted(names)
    assert list(rows[0])[-2:] == [SERVICE, SERVICE_ID]
    assert {row[SERVICE_ID] for row in rows} == {""}
    sheet: Any = openpyxl.load_workbook(io.BytesIO(export(full, kind, "XLSX"))).active
    assert [cell.value for cell in sheet[1]] == list(rows[0])
    assert sheet.max_row == len(rows) + 1


@pytest.mark.feature("S35")
def test_only_rows_with_scoros_mark_are_taken(full: Firm):
    rows = read(fill(export(full, "item"), "Nimetus", ARTICLES))
    marks = {"Kontorilaud": "SC", "Kontoritool": "sc", "Nõustamine": "XY"}
    for row in rows:
        row[SERVICE] = marks[row["Nimetus"]]
    pages = compare(full, "item", write(rows))
    assert "Belongs to another service" in pages.row("Nõustamine")
    assert "is XY, not SC" in pages.row("Nõustamine")
    pages.press("Save 2 rows")
    assert tied(full, "item") == {"Kontorilaud": "71", "Kontoritool": "72"}
    exported = {row["Nimetus"]: row[SERVICE] for row in read(export(full, "item"))}
    assert exported == {"Kontorilaud": "SC", "Kontoritool": "SC", "Nõustamine": ""}
    # The vendor takes the file as it is, and its own list carries the mark from then on.
    assert full.smart.load_csv("articles", export(full, "item"))["errors"] == []
    held = {each["code"]: (each["service"], each["serviceId"]) for each in full.smart.books()["articles"]}
    assert held == {"LAUD-01": ("SC", "71"), "T-1": ("SC", "72"), "KONS-1": ("", "")}


@pytest.mark.feature("S36")
@pytest.mark.feature("S37")
@pytest.mark.feature("S39")
@pytest.mark.feature("S40")
@pytest.mark.parametrize("kind", list(KINDS))
def test_the_vendors_own_file_goes_round(full: Firm, kind: str):
    """Exported on SmartAccounts' pages, filled, brought here and back there: both hold the same ids."""
    list_name, column, ids = KINDS[kind]
    full.id_map(kind).press("Read the list of SmartAccounts")
    filled = fill(full.smart.csv(list_name), column, ids)
    pages = compare(full, kind, filled, f"{list_name}.csv")
    for name, source_id in ids.items():
        row = next(each for each in pages.rows() if f" {source_id} " in f" {each.split(' | ')[2]} ")
        assert "New" in row
        assert name in row
    assert tied(full, kind) == {}
    compare(full, kind, filled, f"{list_name}.csv").press(f"Save {len(ids)} rows")
    assert full.pages.text.count("Saved") >= len(ids)
    assert tied(full, kind) == ids
    answer = full.smart.load_csv(list_name, filled)
    assert (answer["updated"], answer["errors"]) == (len(ids), [])
    held = full.smart.books()[list_name]
    assert {each.get("name") or each["description"]: each["serviceId"] for each in held if each["serviceId"]} == ids
    assert {each["service"] for each in held if each["serviceId"]} == {"SC"}


@pytest.mark.feature("S36")
@pytest.mark.feature("S37")
def test_the_ids_of_the_file_decide_what_documents_use(full: Firm):
    """Scoro's consulting is the books' counselling: nothing but the file says so."""
    content = fill(export(full, "item"), "Nimetus", {"Nõustamine": "75"})
    compare(full, "item", content).press("Save 1 row")
    full.bring("sales_invoices", "2026-08-31", "2026-08-31")
    assert [each["code"] for each in full.smart.sale("2026-049")["rows"]] == ["KONS-1"]
    assert "KONS" not in {each["code"] for each in full.smart.books()["articles"]}


@pytest.mark.feature("S37")
@pytest.mark.parametrize(("encoding", "delimiter"), [("cp1257", ";"), ("utf-16", "\t"), ("utf-8", ",")])
def test_what_spreadsheet_programs_save_is_read(full: Firm, encoding: str, delimiter: str):
    rows = read(fill(export(full, "customer"), "Nimi", CLIENTS))
    compare(full, "customer", write(rows, encoding, delimiter)).press("Save 4 rows")
    assert tied(full, "customer") == CLIENTS
    full.bring("sales_invoices", "2026-06-15", "2026-06-15")
    assert full.smart.sale("2026-042")["partner"]["name"] == "Aktsiaselts Mereranna"


@pytest.mark.feature("S37")
def test_a_spreadsheet_file_goes_round_too(full: Firm):
    book = openpyxl.load_workbook(io.BytesIO(export(full, "supplier", "XLSX")))
    sheet: Any = book.active
    places = {cell.value: cell.column for cell in sheet[1]}
    for line in range(2, sheet.max_row + 1):
        name = sheet.cell(line, places["Nimi"]).value
        if name in VENDORS:
            sheet.cell(line, places[SERVICE], "SC")
            sheet.cell(line, places[SERVICE_ID], int(VENDORS[name]))
    out = io.BytesIO()
    book.save(out)
    compare(full, "supplier", out.getvalue(), "hankijad.xlsx").press("Save 4 rows")
    assert tied(full, "supplier") == VENDORS
    full.bring("purchase_invoices", "2026-06-22", "2026-06-22")
    assert full.smart.purchase("7741")["partner"]["name"] == "Kontorikaup"


@pytest.mark.feature("S38")
def test_a_second_file_overwrites_the_map_and_the_difference_is_shown_first(full: Firm):
    column = "Nimi"
    compare(full, "customer", fill(export(full, "customer"), column, {"Kuuse ja Pojad": "32"})).press("Save 1 row")
    before = tied(full, "customer")
    assert before == {"Kuuse ja Pojad": "32"}
    rows = read(export(full, "customer"))
    for row in rows:
        row[SERVICE], row[SERVICE_ID] = ("SC", CLIENTS[row[column]]) if row[column] in CLIENTS else ("", "")
    pages = compare(full, "customer", write(rows))
    line = next(each for each in pages.rows() if each.split(" | ")[2].startswith("32"))
    assert "Will be overwritten" in line
    assert line.split(" | ")[3] == "Kuuse ja Pojad"
    assert "Aktsiaselts Mereranna" in line.split(" | ")[4]
    assert tied(full, "customer") == before

    compare(full, "customer", write(rows)).press("Save 4 rows")
    assert tied(full, "customer") == CLIENTS
    full.bring("sales_invoices", "2026-06-15", "2026-06-15")
    assert full.smart.sale("2026-042")["partner"]["name"] == "Aktsiaselts Mereranna"
    # The same file once more changes nothing.
    pages = compare(full, "customer", write(rows))
    assert not [each for each in pages.buttons() if each.startswith("Save ")]
    assert sum("Unchanged" in each for each in pages.rows()) == len(CLIENTS)


# --- what is refused -------------------------------------------------------------------------------------------


@pytest.mark.feature("S41")
def test_ids_of_another_kind_are_refused_row_by_row(full: Firm):
    """The page says "item" where it means customer or vendor: an item's id among customers ties nothing."""
    ids = {"Põhjala Puit OÜ": "31", "Aktsiaselts Mereranna": "75", "Kuuse ja Pojad": "99999"}
    pages = compare(full, "customer", fill(export(full, "customer"), "Nimi", ids))
    assert "The id belongs to another kind" in pages.row("Aktsiaselts Mereranna")
    assert "Items" in pages.row("Aktsiaselts Mereranna")
    assert "The source has no such id" in pages.row("Kuuse ja Pojad")
    pages.press("Save 1 row")
    assert tied(full, "customer") == {"Põhjala Puit OÜ": "31"}
    pages = compare(full, "item", fill(export(full, "item"), "Nimetus", {"Kontorilaud": "31"}))
    assert "The id belongs to another kind" in pages.row("Kontorilaud")
    assert tied(full, "item") == {}


@pytest.mark.feature("S41")
def test_a_whole_file_of_another_kind_is_refused(full: Firm):
    for kind in KINDS:
        export(full, kind)
    items = fill(full.smart.csv("articles"), "Nimetus", ARTICLES)
    pages = compare(full, "customer", items, "articles.csv")
    assert "Items" in pages.messages()
    assert "Customers" in pages.messages()
    clients = fill(full.smart.csv("clients"), "Nimi", CLIENTS)
    pages = compare(full, "item", clients, "clients.csv")
    assert "Customers" in pages.messages()
    assert tied(full, "customer") == tied(full, "item") == {}
    # Nothing got tied, so the first import still asks instead of using a wrong one.
    full.bring("sales_invoices", "2026-06-15", "2026-06-15")
    assert full.smart.books()["client_invoices"] == []
    assert full.matches("customer").rows()


@pytest.mark.feature("S37")
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"Nimi;Registrikood\r\nX;1\r\n", SERVICE),
        (b"", ""),
        (b"%PDF-1.7 nothing of a table", ""),
        (b"Nimi;Liidetud teenus;Liidetud teenuse ID\r\n" + b"X;SC;1\r\n" * 100_001, "100"),
    ],
    ids=["wrong columns", "empty", "no table", "too many rows"],
)
def test_files_that_are_no_map_are_refused_with_the_reason(full: Firm, content: bytes, told: str):
    export(full, "customer")
    pages = compare(full, "customer", content)
    assert pages.heading == "Id map: Customers"
    assert pages.messages()
    assert told in pages.messages()
    assert tied(full, "customer") == {}
    assert all(each["service"] == "" for each in full.smart.books()["clients"])
