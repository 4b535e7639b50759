"""Export and import of lists as the vendor's pages do it: section 5 of the vendor sheet.

The two connected-service columns exist here only. Their names are the vendor's; the other headers, the
encoding (UTF-8 with mark) and the separator are our reading.
"""

import csv
import io
from typing import Any, Literal

from tilisilta_emulators.smartaccounts.books import Books
from tilisilta_emulators.smartaccounts.records import Article, Partner
from tilisilta_emulators.smartaccounts.table import Table

Kind = Literal["clients", "vendors", "articles"]
KINDS: tuple[Kind, ...] = ("clients", "vendors", "articles")

SERVICE = "Liidetud teenus"
SERVICE_ID = "Liidetud teenuse ID"
_BOM = "\ufeff"
_PARTNER_COLUMNS = {
    "Nimi": "name",
    "Registrikood": "reg_code",
    "KMKR number": "vat_number",
    "Viitenumber": "reference_number",
    "Grupp": "group",
    "Pangakonto": "bank_account",
}
_ADDRESS_COLUMNS = {
    "Riik": "country",
    "Maakond": "county",
    "Linn": "city",
    "Aadress": "address1",
    "Postiindeks": "postalCode",
}
_CONTACT_COLUMNS = {"E-post": "EMAIL", "Telefon": "PHONE"}
_ARTICLE_COLUMNS = {"Nimetus": "description", "Tüüp": "type", "Ühik": "unit", "Käibemaks": "vat_pc"}


class BadFile(ValueError):
    """The file cannot be read at all; the text says why."""


def export(books: Books, kind: Kind, separator: str = ";") -> bytes:
    """Return a list as CSV, UTF-8 with mark, the two connected-service columns last."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\r\n")
    if kind == "articles":
        writer.writerow(["Kood", *_ARTICLE_COLUMNS, SERVICE, SERVICE_ID])
        for article in books.articles:
            values = [getattr(article, name) or "" for name in _ARTICLE_COLUMNS.values()]
            writer.writerow([article.code, *values, article.service, article.service_id])
    else:
        columns = [*_PARTNER_COLUMNS, *_CONTACT_COLUMNS, *_ADDRESS_COLUMNS]
        writer.writerow(["ID", *columns, SERVICE, SERVICE_ID])
        for partner in _partners(books, kind):
            writer.writerow([partner.id, *_partner_cells(partner), partner.service, partner.service_id])
    return (_BOM + out.getvalue()).encode()


def _partners(books: Books, kind: Kind) -> Table[Partner]:
    return books.clients if kind == "clients" else books.vendors


def _partner_cells(partner: Partner) -> list[str]:
    address = partner.address or {}
    cells = [getattr(partner, name) or "" for name in _PARTNER_COLUMNS.values()]
    cells += [
        next((item["value"] for item in partner.contacts if item["type"] == kind), "")
        for kind in _CONTACT_COLUMNS.values()
    ]
    return cells + [address.get(name) or "" for name in _ADDRESS_COLUMNS.values()]


def load(books: Books, kind: Kind, content: bytes, separator: str = ";") -> dict[str, Any]:
    """Read a list back: existing records are overwritten column by column, unknown columns ignored.

    Returns counts `updated` and `unchanged`, and `errors` with the line of each row that was refused.
    Records that are not in the books are refused, for the wizard's rules on new ones are not published.

    Raises:
        BadFile: Not UTF-8, no header, or neither of the identifying columns.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile(f"not UTF-8: {error}") from None
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    header = [name.strip() for name in reader.fieldnames or []]
    reader.fieldnames = header
    known = {"Kood"} if kind == "articles" else {"ID", "Registrikood", "Nimi"}
    if not known & set(header):
        raise BadFile(f"the header has none of {', '.join(sorted(known))}")
    result: dict[str, Any] = {"updated": 0, "unchanged": 0, "errors": []}
    for cells in reader:
        row = {name: value.strip() for name, value in cells.items() if name and isinstance(value, str)}
        if not any(row.values()):
            continue
        try:
            changed = _load_article(books, row) if kind == "articles" else _load_partner(books, kind, row)
        except LookupError as error:
            result["errors"].append({"line": reader.line_num, "message": str(error.args[0])})
            continue
        result["updated" if changed else "unchanged"] += 1
    return result


def _load_article(books: Books, row: dict[str, str]) -> bool:
    code = row.get("Kood", "")
    article = books.articles.by_id.get(code)
    if article is None:
        raise LookupError(f"Artiklit ei leitud: {code}")
    kind = row.get("Tüüp")
    if kind is not None and kind not in {"PRODUCT", "SERVICE", "WH"}:
        raise LookupError(f"Tundmatu tüüp: {kind}")
    changed = _overwrite(article, row, _ARTICLE_COLUMNS)
    article.folded = f"{article.code}\n{article.description}".casefold()
    return changed


def _load_partner(books: Books, kind: Kind, row: dict[str, str]) -> bool:
    partner = _find_partner(_partners(books, kind), row)
    if "Nimi" in row and not row["Nimi"]:
        raise LookupError("Nimi puudub")
    changed = _overwrite(partner, row, _PARTNER_COLUMNS)
    partner.folded = partner.name.casefold()
    for column, contact in _CONTACT_COLUMNS.items():
        changed |= column in row and _set_contact(partner, contact, row[column])
    address = dict(partner.address or {})
    for column, name in _ADDRESS_COLUMNS.items():
        if column in row and (address.get(name) or "") != row[column]:
            address[name] = row[column] or None
            changed = True
            partner.address = address
    return changed


def _find_partner(table: Table[Partner], row: dict[str, str]) -> Partner:
    identity = row.get("ID", "")
    if identity:
        found = table.by_id.get(identity)
        if found is None:
            raise LookupError(f"ID puudub nimistust: {identity}")
        return found
    code, name = row.get("Registrikood", ""), row.get("Nimi", "")
    hits = [item for item in table if (item.reg_code == code if code else item.name == name)]
    if len(hits) != 1:
        raise LookupError(f"Ei leitud üheselt: {code or name}")
    return hits[0]


def _overwrite(record: Partner | Article, row: dict[str, str], columns: dict[str, str]) -> bool:
    changed = False
    both = {SERVICE: "service", SERVICE_ID: "service_id"}
    for column, attribute in {**columns, **both}.items():
        if column not in row:
            continue
        value: str | None = row[column]
        if column not in both:
            value = value or None
        if (getattr(record, attribute) or "") != (value or ""):
            setattr(record, attribute, value)
            changed = True
    return changed


def _set_contact(partner: Partner, kind: str, value: str) -> bool:
    present = [item for item in partner.contacts if item["type"] == kind]
    if (present[0]["value"] if present else "") == value:
        return False
    others = [item for item in partner.contacts if item not in present[:1]]
    made = [{"type": kind, "value": value, "description": None}] if value else []
    partner.contacts = [*made, *others]
    return True
