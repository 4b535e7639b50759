"""The Estonian business register's open-data file: a zipped CSV of some 370,000 companies, read a line at a time.

Source: vendor sheet of the practice module, section 5.2 (b). Columns are found by the names in the header, never by
their place. Deleted companies are absent from the file.
"""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

from tilisilta.core.errors import BadInput
from tilisilta.core.names import company_in_order

# The real file has 17 MB zipped and 95 MB of text; these leave room to grow and stop a bomb.
MAX_FILE_BYTES: Final = 256 * 1024 * 1024
MAX_TEXT_BYTES: Final = 1024 * 1024 * 1024
_MAX_RATIO: Final = 200
_MAX_MEMBERS: Final = 20
_MAX_LINE: Final = 64 * 1024
_MOST_WRONG: Final = 0.01  # of all rows; more, and the file is not what it should be
_CODE_DIGITS: Final = 8
# A zip that is encrypted or packed in a way of its own raises the two in the middle.
_UNREADABLE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    RuntimeError,
    NotImplementedError,
    csv.Error,
    UnicodeDecodeError,
)

CODE, NAME, VAT, STATUS = "ariregistri_kood", "nimi", "kmkr_nr", "ettevotja_staatus"
STREET, PLACE, POSTAL = "asukoht_ettevotja_aadressis", "asukoha_ehak_tekstina", "indeks_ettevotja_aadressis"
EMAIL: Final = "email"  # not in today's file
REQUIRED: Final = (NAME, CODE, VAT, STATUS)


class RegisterRow(NamedTuple):
    """One company; texts are cut to what the table holds."""

    registry_code: str
    name: str
    search_name: str
    vat_number: str
    status: str
    street: str
    place: str
    postal_code: str
    email: str


class Reading:
    """How a file's reading went so far: rows given, rows left out as wrong or repeated, and bytes of text read."""

    def __init__(self) -> None:
        self.rows = 0
        self.wrong = 0
        self.text_bytes = 0


@contextmanager
def _text_of(path: Path) -> Iterator[IO[bytes]]:
    """Open the CSV, inside its zip or bare."""
    if not zipfile.is_zipfile(path):
        with path.open("rb") as start:
            if start.read(2) == b"PK":
                raise broken("the zip is not whole")
        with path.open("rb") as plain:
            # Nothing else says that a bare file is whole; a cut may well lie in the last column.
            if plain.seek(0, io.SEEK_END) and (plain.seek(-1, io.SEEK_END), plain.read(1))[1] != b"\n":
                raise broken("the last row breaks off")
            plain.seek(0)
            yield plain
        return
    with zipfile.ZipFile(path) as archive:
        members = [each for each in archive.infolist() if each.filename.lower().endswith(".csv")]
        if len(archive.infolist()) > _MAX_MEMBERS or len(members) != 1:
            raise broken("the zip holds more or less than one CSV file")
        member = members[0]
        if member.file_size > MAX_TEXT_BYTES or member.file_size > _MAX_RATIO * max(member.compress_size, 1):
            raise broken("the zip unpacks to more than it may")
        with archive.open(member) as packed:
            yield packed


def read_register(path: Path, reading: Reading | None = None) -> Iterator[RegisterRow]:
    """Give the companies of a register's file, zipped or bare, each registry code once.

    Memory stays the same however long the file is. What was given before an error is worth nothing: half a file is
    found out at its end.

    Raises:
        BadInput: REGISTER_FILE_BROKEN (`reason`), REGISTER_FILE_HEADER (`columns` that are missing).
    """
    told = reading or Reading()
    try:
        with _text_of(path) as packed:
            yield from _rows(packed, told)
    except _UNREADABLE as error:
        raise broken(f"{type(error).__name__}: {error}") from error
    except OSError as error:
        raise broken(error.strerror or type(error).__name__) from error


def _rows(packed: IO[bytes], told: Reading) -> Iterator[RegisterRow]:
    text = io.TextIOWrapper(io.BufferedReader(_Counted(packed, told), 256 * 1024), "utf-8-sig", newline="")
    lines = csv.reader(_bounded(text), delimiter=";", strict=False)
    header = [each.strip().lower() for each in next(lines, [])]
    missing = [each for each in REQUIRED if each not in header]
    if missing:
        raise BadInput("REGISTER_FILE_HEADER", columns=", ".join(missing))
    width = len(header)
    name, code, vat, status = (header.index(each) for each in REQUIRED)
    # What today's file lacks is read from a column past the end that is always empty.
    street, place, postal, email = (
        header.index(each) if each in header else width for each in (STREET, PLACE, POSTAL, EMAIL)
    )
    seen = bytearray(10**_CODE_DIGITS // 8)
    is_whole = True
    for cells in lines:
        if not cells:
            continue
        number = cells[code].strip() if len(cells) > code else ""
        is_whole = len(cells) == width
        if not (is_whole and len(number) == _CODE_DIGITS and number.isascii() and number.isdigit()):
            told.wrong += 1
            continue
        at, bit = divmod(int(number), 8)
        if seen[at] >> bit & 1:
            told.wrong += 1
            continue
        seen[at] |= 1 << bit
        told.rows += 1
        cells.append("")
        named = cells[name].strip()[:300]
        yield RegisterRow(
            number,
            named,
            company_in_order(named)[:300],
            cells[vat].strip()[:20],
            cells[status].strip()[:10],
            cells[street].strip()[:300],
            cells[place].strip()[:200],
            cells[postal].strip()[:10],
            cells[email].strip()[:254],
        )
    if not is_whole:
        raise broken("the last row breaks off")
    if told.wrong > _MOST_WRONG * (told.rows + told.wrong) or not told.rows:
        raise broken(f"{told.wrong} of {told.rows + told.wrong} rows cannot be read")


class _Counted(io.RawIOBase):
    """Bytes as they are read, counted, and never more than may be."""

    def __init__(self, inner: IO[bytes], told: Reading) -> None:
        self._inner = inner
        self._told = told

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        data = self._inner.read(len(buffer))
        self._told.text_bytes += len(data)
        if self._told.text_bytes > MAX_TEXT_BYTES:
            raise broken("the zip unpacks to more than it may")
        buffer[: len(data)] = data
        return len(data)


def _bounded(text: IO[str]) -> Iterator[str]:
    """Give lines, none of them endless."""
    while line := text.readline(_MAX_LINE):
        if len(line) == _MAX_LINE:
            raise broken("a line is too long")
        if "\0" in line:
            raise broken("it holds bytes that no text has")
        yield line


def broken(reason: str) -> BadInput:
    """Return the error of a file that cannot be read."""
    return BadInput("REGISTER_FILE_BROKEN", reason=reason)
