import codecs
import csv
import io
import zipfile
from decimal import Decimal

import openpyxl
import pytest

from tilisilta.services import tables
from tilisilta.services.errors import ServiceError
from tilisilta.services.tables import cell, read_table, safe_cell, write_csv, write_xlsx

WORDS = [["Kood", "Nimi"], ["1", "Šokolaadi žürii"], ["2", "Õunapuu ja äädikas"], ["3", "Küüslauk, ‘üks’"]]


def as_csv(rows, delimiter=";"):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def refusal(name, content, **more):
    with pytest.raises(ServiceError) as caught:
        read_table(name, content, **more)
    return caught.value


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_no_cell_starts_a_formula(start, form):
    text = f"{start}cmd|' /C calc'!A0"
    if form == "csv":
        content = write_csv(["a", text], [[text, "b"]])
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    else:
        book = openpyxl.load_workbook(io.BytesIO(write_xlsx(["a", text], [[text, "b"]], title="x")))
        assert all(each.data_type != "f" for row in book.active.iter_rows() for each in row)
        rows = [[each.value for each in row] for row in book.active.iter_rows()]
    assert rows[0][1].startswith("'")
    assert rows[1][0].startswith("'")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_was_escaped_comes_back_as_it_was(form):
    rows = [["=1+1", "+372 5555", "-miinus", "@home", "'tis", "tava"]]
    headers = list("abcdef")
    content = write_csv(headers, rows) if form == "csv" else write_xlsx(headers, rows, title="t")
    assert read_table(f"x.{form}", content).rows[0].cells == tuple(rows[0])


def test_numbers_stay_numbers():
    assert safe_cell(-5) == -5
    content = write_csv(["rate"], [[Decimal("-25.5")]]).decode("utf-8-sig")
    assert content.splitlines()[1] == "-25,5"
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(["rate"], [[Decimal("25.5")], [-3]], title="t")))
    assert [row[0].value for row in book.active.iter_rows(min_row=2)] == [25.5, -3]
    assert write_csv(["rate"], [[Decimal("1.5")]], delimiter=",").decode("utf-8-sig").splitlines()[1] == "1.5"


def test_csv_has_a_mark_and_semicolons():
    content = write_csv(["a", "b"], [["õ", "; x"]])
    assert content.startswith(codecs.BOM_UTF8)
    assert content.decode("utf-8-sig").splitlines() == ["a;b", 'õ;"; x"']


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1257", "iso8859_13", "iso8859_15"]
)
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_encoding_and_delimiter_are_found(encoding, delimiter):
    rows = [[each.replace("‘", "").replace("’", "") for each in row] for row in WORDS]
    table = read_table("a.csv", as_csv(rows, delimiter).encode(encoding))
    assert table.headers == ("Kood", "Nimi")
    assert [list(row.cells) for row in table.rows] == rows[1:]
    assert table.delimiter == delimiter


def test_cp1252_of_western_programs():
    rows = [["Kood", "Nimi"], ["1", "Õunapuu OÜ – “parim” äädikas €5"], ["2", "Jõgeva köök"]]
    table = read_table("a.csv", as_csv(rows).encode("cp1252"))
    assert [list(row.cells) for row in table.rows] == rows[1:]


def test_headers_count_by_their_words_unknown_columns_and_order_are_kept():
    table = read_table("a.csv", b"Muu;LIIDETUD_teenuse  id;Nimi\nx;7;B\ny;8;A\n")
    assert table.headers == ("Muu", "LIIDETUD_teenuse  id", "Nimi")
    assert table.column("Liidetud teenuse ID") == 1
    assert [row.cells[2] for row in table.rows] == ["B", "A"]
    assert [row.line for row in table.rows] == [2, 3]


def test_lines_are_counted_as_an_editor_does():
    table = read_table("a.csv", b'a;b\n"x\ny";1\n\nz;2\n')
    assert [(row.line, row.cells) for row in table.rows] == [(2, ("x\ny", "1")), (5, ("z", "2"))]


def test_excel_writes_its_delimiter_first():
    assert read_table("a.csv", b"sep=,\na,b\n1,2\n").headers == ("a", "b")


def test_xlsx_ids_are_no_floats_and_text_is_kept():
    book = openpyxl.Workbook()
    for row in (["ID", "Kood"], [15.0, "007"], [None, None], [2.5, True]):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    table = read_table("a.xlsx", out.getvalue())
    assert [(row.line, row.cells) for row in table.rows] == [(2, ("15", "007")), (4, ("2.5", "1"))]


def test_wrong_columns_name_what_lacks_and_what_is_there():
    table = read_table("vale.csv", b"Nimi;Hind\nx;1\n")
    with pytest.raises(ServiceError) as caught:
        table.columns({"id": ("ID", "Tunnus"), "name": ("Nimi",)}, required=("id", "name"))
    assert caught.value.code == "FILE_COLUMNS_MISSING"
    assert caught.value.params == {"file": "vale.csv", "columns": "ID", "found": "Nimi, Hind"}
    assert str(caught.value) == "vale.csv, line 1: these columns are missing: ID. The file has: Nimi, Hind."


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "FILE_EMPTY"),
        (b"  \r\n\n", "FILE_EMPTY"),
        (codecs.BOM_UTF8, "FILE_EMPTY"),
        (b";;\n;\n", "FILE_EMPTY"),
        (b"a;b\n", "FILE_WITHOUT_ROWS"),
        (b"%PDF-1.7 ...", "FILE_NOT_A_TABLE"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "FILE_NOT_A_TABLE"),
        (b"a;b\x00\x01\x02\n1;2\n", "FILE_NOT_A_TABLE"),
        (b"PK\x03\x04 not really a zip", "FILE_NOT_A_TABLE"),
    ],
)
def test_what_is_no_table_is_refused(content, code):
    error = refusal("x.csv", content)
    assert error.code == code
    assert "x.csv" in str(error)


def test_bytes_that_break_their_mark_name_the_line():
    error = refusal("x.csv", codecs.BOM_UTF8 + b"a;b\n1;2\n3;\xff\xfe\n")
    assert (error.code, error.params["line"]) == ("FILE_WRONG_ENCODING", 3)


def test_broken_quotes_name_the_line():
    error = refusal("x.csv", b'a;b\n1;2\n"3"x;4\n')
    assert (error.code, error.params["line"]) == ("FILE_ROW_UNREADABLE", 3)


def test_a_row_longer_than_the_header_is_marked():
    table = read_table("x.csv", b"a;b\n1;2;3\n4;5;\n6\n")
    assert [row.is_too_long for row in table.rows] == [True, False, False]
    assert cell(table.rows[2], 1) == ""


def test_a_long_cell_and_many_columns_are_refused():
    assert refusal("x.csv", b"a;b\n1;" + b"x" * 5000).code == "FILE_CELL_TOO_LONG"
    assert refusal("x.csv", (";".join(["a"] * 300) + "\n1\n").encode()).code == "FILE_TOO_MANY_COLUMNS"


@pytest.mark.slow
def test_a_million_rows_are_refused_by_line():
    content = b"ID;Nimi\n" + b"".join(b"%d;Nimi %d\n" % (number, number) for number in range(1_000_000))
    error = refusal("suur.csv", content)
    assert (error.code, error.params["line"]) == ("FILE_TOO_MANY_ROWS", 100_002)
    assert str(error) == "suur.csv, line 100002: a file may have up to 100000 rows. Split it into smaller files."


def test_a_million_xlsx_rows_are_refused_without_reading_them_all():
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["ID"])
    for number in range(2000):
        sheet.append([number])
    out = io.BytesIO()
    book.save(out)
    assert refusal("suur.xlsx", out.getvalue(), max_rows=1000).params["line"] == 1002


def test_a_file_over_the_limit_is_refused(monkeypatch):
    monkeypatch.setattr(tables, "MAX_BYTES", 1000)
    assert refusal("suur.csv", b"a;b\n" + b"1;2\n" * 1000).code == "FILE_TOO_BIG"


def test_an_xlsx_that_unfolds_beyond_reason_is_refused(monkeypatch):
    monkeypatch.setattr(tables, "_MAX_UNPACKED_BYTES", 1000)
    assert refusal("pomm.xlsx", write_xlsx(["a"], [["b"]] * 500, title="t")).code == "FILE_TOO_BIG"


@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
@pytest.mark.parametrize("junk", [b"<a", b"", b"\x00\xff", b'<!DOCTYPE x [<!ENTITY a "a">]><x>&a;</x>'])
def test_an_xlsx_with_a_broken_part_is_no_table_and_no_fault(junk):
    whole = write_xlsx(["a", "b"], [["x", "y"], ["õ", "2"]], title="t")
    with zipfile.ZipFile(io.BytesIO(whole)) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    assert "xl/worksheets/sheet1.xml" in parts
    refused = set()
    for broken in parts:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as packed:
            for name, content in parts.items():
                packed.writestr(name, junk if name == broken else content)
        try:
            table = read_table("kood.xlsx", out.getvalue())
        except ServiceError as error:
            assert error.code in {"FILE_NOT_A_TABLE", "FILE_EMPTY"}  # noqa: PT017  some parts are not needed
            refused.add(broken)
        else:
            assert table.headers == ("a", "b")
    assert "xl/worksheets/sheet1.xml" in refused
