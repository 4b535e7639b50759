"""Tables that people take out and bring back: CSV and XLSX, both ways.

What goes out cannot start a formula. What comes in is told by its content, not by its name: encoding and delimiter
are found out, headers count by their words and not by their order, unknown columns and the order of rows are kept.
"""

import codecs
import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

import msgspec
import openpyxl
import tablib
from charset_normalizer import from_bytes
from openpyxl.utils.exceptions import InvalidFileException

from tilisilta.services import table_texts
from tilisilta.services.errors import ServiceError

Cell = str | int | Decimal | None

MAX_BYTES: Final = 50 * 1024 * 1024
MAX_ROWS: Final = 100_000
MAX_COLUMNS: Final = 200
MAX_CELL_LENGTH: Final = 2_000
_MAX_UNPACKED_BYTES: Final = 400 * 1024 * 1024  # an XLSX is a zip: what it unfolds to is what costs memory

CSV_TYPE: Final = "text/csv; charset=utf-8"
XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

table_texts.make_known()

# OWASP, "CSV Injection": a cell that starts with one of these is run as a formula by spreadsheet programs.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_DELIMITERS: Final = (";", ",", "\t", "|")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
# Code pages that programs of the Baltic and Nordic countries write.
_CODE_PAGES: Final = ["cp1252", "cp1257", "iso8859_15", "iso8859_13", "iso8859_4", "iso8859_1", "iso8859_2"]
_MARKS: Final = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# Western pages have Icelandic letters where the Baltic one has š and ž: nobody here writes Icelandic.
_ICELANDIC: Final = re.compile("[ÐðÞþ]")
# What the reader of XLSX raises for a broken one; errors of both of its XML parsers are SyntaxErrors.
_BROKEN_XLSX: Final = (
    zipfile.BadZipFile,
    zlib.error,
    InvalidFileException,
    SyntaxError,
    KeyError,
    TypeError,
    ValueError,
    OSError,
    EOFError,
)
_ZIP_START: Final = b"PK\x03\x04"
_BINARY_STARTS: Final = (b"%PDF", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"\x1f\x8b")


class TableRow(msgspec.Struct, frozen=True):
    """One row of a file. `line` counts as the person's editor does: from 1, with the header."""

    line: int
    cells: tuple[str, ...]
    is_too_long: bool = False  # has more cells than the header has columns


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A file as read: headers as written, rows in order. Cells are text, stripped."""

    name: str
    headers: tuple[str, ...]
    rows: tuple[TableRow, ...]
    encoding: str = ""
    delimiter: str = ""

    def column(self, *names: str) -> int | None:
        """Return the place of the first column whose header is one of `names`, whatever its case and spacing."""
        wanted = {fold_header(name) for name in names}
        return next((index for index, header in enumerate(self.headers) if fold_header(header) in wanted), None)

    def columns(self, synonyms: Mapping[str, Sequence[str]], *, required: Iterable[str] = ()) -> dict[str, int]:
        """Return the place of each field whose header the file has.

        Raises:
            ServiceError: FILE_COLUMNS_MISSING names the file, the columns that it lacks and those that it has.
        """
        found = {field: place for field, names in synonyms.items() if (place := self.column(*names)) is not None}
        missing = [synonyms[field][0] for field in required if field not in found]
        if missing:
            raise ServiceError(
                "FILE_COLUMNS_MISSING",
                file=self.name,
                columns=", ".join(missing),
                found=", ".join(header for header in self.headers if header) or "-",
            )
        return found


def cell(row: TableRow, place: int | None) -> str:
    """Return a row's cell; empty when the row is shorter or the file has no such column."""
    return row.cells[place] if place is not None and place < len(row.cells) else ""


def fold_header(text: str) -> str:
    """Return a header as it is compared: lower case, single spaces, without marks of spreadsheet programs.

    >>> fold_header("  Liidetud  teenuse ID:")
    'liidetud teenuse id'
    """
    return " ".join(text.replace("_", " ").replace("\ufeff", "").casefold().split()).strip(" .:*")


# --- out ---------------------------------------------------------------------------------------------------


def safe_cell(value: Cell) -> Cell:
    """Return a value that no spreadsheet program runs: text that would start a formula gets an apostrophe before it.

    Numbers stay numbers. `plain_cell` takes the apostrophe away again.

    >>> safe_cell("=1+1"), safe_cell("+372 5555"), safe_cell(-5), safe_cell("Õunapuu OÜ")
    ("'=1+1", "'+372 5555", -5, 'Õunapuu OÜ')
    """
    if not isinstance(value, str):
        return value
    text = _CONTROL.sub("", value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) or text.lstrip().startswith(_FORMULA_STARTS) else text


def plain_cell(text: str) -> str:
    """Return a cell's own text: without the apostrophe that kept it from being a formula.

    >>> plain_cell("'=1+1"), plain_cell("'tis")
    ('=1+1', "'tis")
    """
    if text.startswith("'") and text[1:].lstrip().startswith(_FORMULA_STARTS):
        return text[1:]
    return text


def write_csv(headers: Sequence[str], rows: Iterable[Sequence[Cell]], *, delimiter: str = ";") -> bytes:
    """Return a CSV in UTF-8 with a byte order mark, the form that spreadsheet programs here open without asking.

    With a semicolon between cells numbers have a decimal comma, otherwise a point.
    """
    sign = "," if delimiter == ";" else "."
    data = _dataset(headers, ([_csv_cell(value, sign) for value in row] for row in rows))
    text: str = data.export("csv", delimiter=delimiter)
    return codecs.BOM_UTF8 + text.encode("utf-8")


def write_xlsx(headers: Sequence[str], rows: Iterable[Sequence[Cell]], *, title: str) -> bytes:
    """Return a workbook with one sheet: head row frozen, numbers as numbers, nothing that is a formula."""
    data = _dataset(headers, ([safe_cell(value) for value in row] for row in rows))
    data.title = re.sub(r"[\[\]*?:/\\]", " ", title)[:31]
    content: bytes = data.export("xlsx")
    return content


def _dataset(headers: Sequence[str], rows: Iterable[Sequence[Cell]]) -> tablib.Dataset:
    data = tablib.Dataset(headers=[str(safe_cell(header)) for header in headers])
    for row in rows:
        data.append(["" if value is None else value for value in row])
    return data


def _csv_cell(value: Cell, sign: str) -> Cell:
    # A negative number is no formula, so numbers are written as they are.
    return format(value, "f").replace(".", sign) if isinstance(value, Decimal) else safe_cell(value)


# --- in ----------------------------------------------------------------------------------------------------


def read_table(name: str, content: bytes, *, max_rows: int = MAX_ROWS) -> Table:
    """Return the table that a CSV or XLSX file holds.

    Args:
        name: The file's name, for the messages.
        content: Its bytes.
        max_rows: The most rows that may come, without the header.

    Raises:
        ServiceError: FILE_EMPTY, FILE_TOO_BIG, FILE_TOO_MANY_ROWS, FILE_NOT_A_TABLE, FILE_WRONG_ENCODING,
            FILE_ROW_UNREADABLE (with line and rule), FILE_WITHOUT_ROWS.
    """
    if not content.strip():
        raise ServiceError("FILE_EMPTY", file=name)
    if len(content) > MAX_BYTES:
        raise ServiceError("FILE_TOO_BIG", file=name, limit=MAX_BYTES // (1024 * 1024))
    if content.startswith(_ZIP_START):
        encoding, delimiter, lines = "", "", _read_xlsx(name, content)
    else:
        text, encoding = decode_text(name, content)
        delimiter = find_delimiter(text)
        lines = _read_csv(name, text, delimiter)
    headers, rows = _gather(name, lines, max_rows)
    return Table(name=name, headers=headers, rows=rows, encoding=encoding, delimiter=delimiter)


def _gather(
    name: str, lines: Iterator[tuple[int, list[str]]], max_rows: int
) -> tuple[tuple[str, ...], tuple[TableRow, ...]]:
    headers: tuple[str, ...] = ()
    rows: list[TableRow] = []
    for line, raw in lines:
        cells = tuple(plain_cell(value.strip()) for value in raw)
        if not any(cells):
            continue
        if not headers:
            headers = _headers(name, cells)
            continue
        if len(rows) >= max_rows:
            raise ServiceError("FILE_TOO_MANY_ROWS", file=name, limit=max_rows, line=line)
        _require_short(name, line, cells)
        rows.append(TableRow(line, cells[: len(headers)], is_too_long=any(cells[len(headers) :])))
    if not headers:
        raise ServiceError("FILE_EMPTY", file=name)
    if not rows:
        raise ServiceError("FILE_WITHOUT_ROWS", file=name)
    return headers, tuple(rows)


def _headers(name: str, cells: tuple[str, ...]) -> tuple[str, ...]:
    last = max(index for index, text in enumerate(cells) if text) + 1
    if last > MAX_COLUMNS:
        raise ServiceError("FILE_TOO_MANY_COLUMNS", file=name, limit=MAX_COLUMNS)
    return cells[:last]


def _require_short(name: str, line: int, cells: tuple[str, ...]) -> None:
    for text in cells:
        if len(text) > MAX_CELL_LENGTH:
            raise ServiceError("FILE_CELL_TOO_LONG", file=name, line=line, limit=MAX_CELL_LENGTH)


def decode_text(name: str, content: bytes) -> tuple[str, str]:
    """Return a text file's text and its encoding: by byte order mark, else UTF-8, else the likeliest code page.

    Raises:
        ServiceError: FILE_NOT_A_TABLE for pictures, PDFs and other binaries; FILE_WRONG_ENCODING with the line when
            the bytes are not what the file's mark says.
    """
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return _decode(name, content[len(mark) :], encoding), encoding
    if content.startswith(_BINARY_STARTS):
        raise ServiceError("FILE_NOT_A_TABLE", file=name)
    if encoding := _bare_utf16(content):
        return _decode(name, content, encoding), encoding
    try:
        text, encoding = content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        text, encoding = _decode_code_page(name, content)
    if _CONTROL.search(text):
        raise ServiceError("FILE_NOT_A_TABLE", file=name)
    return text, encoding


def _bare_utf16(content: bytes) -> str:
    """Return the byte order of UTF-16 without a mark: in Latin text every other byte is zero."""
    sample = content[:2000]
    half = len(sample) // 2
    if half and sample[1::2].count(0) > half * 0.7:
        return "utf-16-le"
    if half and sample[0::2].count(0) > half * 0.7:
        return "utf-16-be"
    return ""


def _decode(name: str, content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ServiceError("FILE_WRONG_ENCODING", file=name, line=line, encoding=encoding) from None


def _decode_code_page(name: str, content: bytes) -> tuple[str, str]:
    best = from_bytes(content[:1_000_000], cp_isolation=_CODE_PAGES, threshold=0.4).best()
    encoding = best.encoding if best is not None else ""
    # Bytes 0x80 to 0x9F are letters in Windows code pages and control codes in ISO ones: no text has those.
    if encoding.startswith(("iso", "latin")) and re.search(rb"[\x80-\x9f]", content):
        encoding = "cp1252"
    if not encoding:
        raise ServiceError("FILE_WRONG_ENCODING", file=name, line=1, encoding="-")
    text = _decode(name, content, encoding)
    if _ICELANDIC.search(text):
        return _decode(name, content, "cp1257"), "cp1257"
    return text, encoding


def find_delimiter(text: str) -> str:
    """Return what stands between the cells of the first line that has words; a semicolon when nothing does."""
    head = next((line for line in text.splitlines() if line.strip()), "")
    if match := re.fullmatch(r"sep=(.)\s*", head, flags=re.IGNORECASE):
        return match[1]
    counts = {sign: len(next(csv.reader([head], delimiter=sign), [])) for sign in _DELIMITERS}
    return max(counts, key=lambda sign: (counts[sign], -_DELIMITERS.index(sign)))


def _read_csv(name: str, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    before = 0
    try:
        for cells in reader:
            line, before = before + 1, reader.line_num
            if line == 1 and cells and cells[0].lower().startswith("sep="):
                continue
            yield line, cells
    except csv.Error as error:
        raise ServiceError("FILE_ROW_UNREADABLE", file=name, line=reader.line_num, rule=str(error)) from None


def _read_xlsx(name: str, content: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            unpacked = sum(info.file_size for info in packed.infolist())
        if unpacked > _MAX_UNPACKED_BYTES:
            raise ServiceError("FILE_TOO_BIG", file=name, limit=_MAX_UNPACKED_BYTES // (1024 * 1024))
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except _BROKEN_XLSX:
        raise ServiceError("FILE_NOT_A_TABLE", file=name) from None
    try:
        sheet = book.worksheets[0] if book.worksheets else None
        if sheet is None:
            raise ServiceError("FILE_EMPTY", file=name)
        sheet.reset_dimensions()  # what a file says of its own size is often wrong
        for line, values in enumerate(sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS + 1), start=1):
            yield line, [_cell_text(value) for value in values]
    except _BROKEN_XLSX:  # rows are read one by one, so what is broken further down shows only now
        raise ServiceError("FILE_NOT_A_TABLE", file=name) from None
    finally:
        book.close()


def _cell_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        # Spreadsheets keep ids as floats: 15.0 is the id 15. repr gives the shortest digits that mean the same.
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)
