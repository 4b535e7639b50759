"""Lists of keys that people paste or upload: registry code, name, and the parts of a key, one company a row."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from django.conf import settings
from django.utils.translation import gettext, override

from tilisilta.kit.manifest import CredentialField, Manifest
from tilisilta.services.errors import ServiceError
from tilisilta.services.tables import TableRow, cell, find_delimiter, fold_header, read_table

MOST_ROWS: Final = 5_000
PASTED: Final = "list"
_CODES: Final = (
    "registry code", "reg code", "reg. code", "registration code", "code", "registrikood", "reg kood", "reg. kood",
    "reg.kood", "äriregistri kood", "kood", "rekisterikoodi", "y-tunnus", "y tunnus", "business id", "reg no", "reg nr",
)  # fmt: skip
_NAMES: Final = (
    "name", "client name", "client", "company", "company name", "nimi", "kliendi nimi", "klient", "ettevõte",
    "ettevõtte nimi", "firma", "yritys", "yrityksen nimi", "asiakas", "asiakkaan nimi",
)  # fmt: skip
_VAT: Final = ("vat number", "vat no", "kmkr", "kmkr number", "kmkr nr", "alv-numero", "alv numero")
# What people call the parts of a key beside the words of the connector's own form.
_PARTS: Final[dict[str, tuple[str, ...]]] = {
    "api_id": ("api id", "api-id", "apiid", "api tunnus", "api-tunnus", "api võtme id", "id"),
    "api_key": (
        "api key",
        "api-key",
        "apikey",
        "api võti",
        "api-võti",
        "api-avain",
        "api avain",
        "key",
        "võti",
        "avain",
    ),
    "api_secret": ("api secret", "secret", "api saladus", "saladus", "salaisuus"),
}


class KeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row as read. With an `error_code` it cannot be imported."""

    line: int
    name: str = ""
    registry_code: str = ""
    vat_number: str = ""
    credentials: Mapping[str, str] = {}
    error_code: str = ""
    error_params: dict[str, Any] = {}


def read_keys(manifest: Manifest, name: str, content: bytes) -> list[KeyRow]:
    """Return the rows of a list, those that cannot be used with their error.

    Args:
        manifest: The system that the keys are of; its credentials are the columns beside code and name.
        name: The file's name; `PASTED` for text that was pasted, which may come without a header.
        content: CSV, XLSX, or the pasted text in UTF-8.

    Raises:
        ServiceError: KEY_LIST_EMPTY, FILE_COLUMNS_MISSING, and as `tables.read_table`.
    """
    if not content.strip():
        raise ServiceError("KEY_LIST_EMPTY")
    wanted = _columns(manifest)
    given = content
    if name == PASTED:
        content = _with_header(content, wanted, manifest)
    table = read_table(gettext("The list") if name == PASTED else name, content, max_rows=MOST_ROWS)
    places = table.columns(wanted, required=[field.name for field in manifest.credentials if field.is_required])
    if not {"registry_code", "name"} & set(places):
        table.columns(wanted, required=["registry_code"])
    offset = 0 if content is given else 1  # lines count as the person sees them, without the header that we added
    return [_row(each, places, manifest, offset) for each in table.rows]


def _columns(manifest: Manifest) -> dict[str, tuple[str, ...]]:
    wanted: dict[str, tuple[str, ...]] = {"registry_code": _CODES, "name": _NAMES, "vat_number": _VAT}
    for field in manifest.credentials:
        wanted[field.name] = (*_labels(field), field.name, *_PARTS.get(field.name, ()))
    return wanted


def _labels(field: CredentialField) -> list[str]:
    """Return what the connection's form calls a field, in every language, the reader's first."""
    found = [gettext(field.label)]
    for language, _name in settings.LANGUAGES:
        with override(language):
            found.append(gettext(field.label))
    return found


def _with_header(content: bytes, wanted: Mapping[str, Sequence[str]], manifest: Manifest) -> bytes:
    """Return pasted text with a header: its own, or the columns in the order in which the page names them."""
    text = content.decode("utf-8", "replace")
    delimiter = find_delimiter(text)
    first = next(line for line in text.splitlines() if line.strip())
    known = {fold_header(word) for words in wanted.values() for word in words}
    if any(fold_header(each.strip().strip('"')) in known for each in first.split(delimiter)):
        return content
    names = ["registry code", "name", *(field.name for field in manifest.credentials)]
    return (delimiter.join(names) + "\n").encode() + content


def _row(row: TableRow, places: Mapping[str, int], manifest: Manifest, offset: int) -> KeyRow:
    found = {name: cell(row, place).strip() for name, place in places.items()}
    credentials = {field.name: found[field.name] for field in manifest.credentials if found.get(field.name)}
    code, params = _fault(row, found, manifest)
    return KeyRow(
        line=row.line - offset,
        name=found.get("name", ""),
        registry_code=found.get("registry_code", ""),
        vat_number=found.get("vat_number", ""),
        credentials={} if code else credentials,
        error_code=code,
        error_params=params,
    )


def _fault(row: TableRow, found: Mapping[str, str], manifest: Manifest) -> tuple[str, dict[str, Any]]:
    if row.is_too_long:
        return "ROW_TOO_LONG", {}
    if not found.get("name") and not found.get("registry_code"):
        return "ROW_WITHOUT_NAME", {}
    for field in manifest.credentials:
        value = found.get(field.name, "")
        if field.is_required and not value:
            return "ROW_KEY_INCOMPLETE", {"field": gettext(field.label)}
        if not value.isascii() or not value.isprintable():
            return "ROW_KEY_INVALID", {"field": gettext(field.label)}
    return "", {}
