"""Lists exported from the source (Scoro's customers, suppliers, products) as help in making the id map.

Each row is looked for in the target's list; what is alike is proposed with its confidence and reasons, and a person
ticks what is right. The list is kept, so that ids of wrong kind are known later.
"""

from typing import Final

import msgspec

from tilisilta.core.documents import DocumentKind
from tilisilta.engine.directory import Directory, ListedRow, load_list, record_of, save_list
from tilisilta.engine.guard import likely
from tilisilta.services import id_map, staging
from tilisilta.services.access import Actor, require
from tilisilta.services.bindings import load_ties
from tilisilta.services.errors import ServiceError
from tilisilta.services.id_map import KINDS
from tilisilta.services.staging import RowStatus, StagedRow
from tilisilta.services.tables import Table, TableRow, cell, read_table
from tilisilta.store.models import Integration, Role, StagedTable

SUBJECT: Final = "id_map_assist"
# At and above this a proposal is ticked beforehand; below it a person must say so.
TICKED_FROM: Final = 0.95
# Headers of list exports in English, Estonian and Finnish.
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "source_id": (
        *("ID", "Scoro ID", "Contact ID", "Company ID", "Product ID"),
        *("Kontakti ID", "Kliendi ID", "Hankija ID", "Ettevõtte ID", "Toote ID", "Artikli ID"),
        *("Asiakkaan ID", "Asiakas ID", "Toimittajan ID", "Yrityksen ID", "Tuotteen ID", "Tuote ID", "Tunniste"),
    ),
    "name": (
        *("Name", "Company name", "Contact name", "Product name", "Product", "Company", "Customer", "Supplier"),
        *("Nimi", "Nimetus", "Ettevõtte nimi", "Ettevõte", "Kliendi nimi", "Klient", "Hankija", "Toote nimi", "Toode"),
        *("Yrityksen nimi", "Yritys", "Asiakas", "Asiakkaan nimi", "Toimittaja", "Tuotteen nimi", "Tuote"),
    ),
    "registry_code": (
        *("Registry code", "Reg. code", "Reg no", "Reg. no", "Registration number", "Registration code", "ID code"),
        *("Registrikood", "Reg. kood", "Reg kood", "Reg.nr", "Registrinumber"),
        *("Y-tunnus", "Business ID", "Rekisterinumero"),
    ),
    "vat_number": (
        *("VAT number", "VAT no", "VAT no.", "VAT", "VAT ID", "VAT registration number"),
        *("KMKR number", "KMKR", "KMKR nr", "KMK number", "Käibemaksukohustuslase number"),
        *("ALV-numero", "ALV-tunnus"),
    ),
    "email": ("E-mail", "Email", "E-mail address", "E-post", "E-posti aadress", "Sähköposti"),
    "code": (
        *("Code", "Product code", "SKU", "Item code"),
        *("Kood", "Tootekood", "Toote kood", "Artikli kood"),
        *("Koodi", "Tuotekoodi"),
    ),
    "unit": ("Unit", "Ühik", "Yksikkö"),
}
_PARTY_FIELDS: Final = frozenset({"registry_code", "vat_number", "email"})
_ITEM_FIELDS: Final = frozenset({"code", "unit"})


def stage_list(actor: Actor, integration: Integration, kind: DocumentKind, *, name: str, content: bytes) -> StagedTable:
    """Read a list that the source exported and keep it with what is proposed for each row.

    Raises:
        Forbidden: the role is too low.
        ServiceError: FILE_... when the file cannot be read, lacks the id or the name, or is a list of another kind.
    """
    require(actor, Role.ACCOUNTANT)
    data = read_table(name, content)
    places = data.columns(COLUMNS, required=("source_id", "name"))
    _require_kind(kind, data, places)
    listed = _listed(data, places)
    _keep(integration, kind, list(listed.values()))
    directory = Directory(kind, id_map.target_rows(integration, kind))
    held = {tie.source_id: tie for tie in load_ties(integration, kind)}
    seen: dict[str, int] = {}
    rows = []
    for row in data.rows:
        source_id = cell(row, places["source_id"])
        if not source_id or row.line not in listed:
            rows.append(StagedRow(line=row.line, status=RowStatus.EMPTY, label=cell(row, places["name"])))
            continue
        each = listed[row.line]
        first = seen.setdefault(source_id, row.line)
        if first != row.line:
            rows.append(_row(row, each, RowStatus.DUPLICATE, detail=str(first)))
        elif tie := held.get(source_id):
            told = {"target": tie.target_id, "target_label": tie.target_label, "old": tie.target_id}
            rows.append(_row(row, each, RowStatus.UNCHANGED, **told))
        else:
            rows.append(_proposed(row, each, kind, directory))
    return staging.stage(actor, integration, subject=SUBJECT, kind=kind.value, name=name, rows=rows)


def _require_kind(kind: DocumentKind, data: Table, places: dict[str, int]) -> None:
    """Refuse a list whose columns tell that it is of another kind."""
    of_party, of_item = places.keys() & _PARTY_FIELDS, places.keys() & _ITEM_FIELDS
    if kind is DocumentKind.ITEM and of_party and not of_item:
        found = KINDS[DocumentKind.CUSTOMER]
    elif kind is not DocumentKind.ITEM and of_item and not of_party:
        found = KINDS[DocumentKind.ITEM]
    else:
        return
    raise ServiceError("FILE_WRONG_KIND", file=data.name, found=found, wanted=KINDS[kind])


def _listed(data: Table, places: dict[str, int]) -> dict[int, ListedRow]:
    """Return the list's rows by line, those without id or name left out."""
    found = {}
    for row in data.rows:
        values = {field: cell(row, place) for field, place in places.items()}
        source_id = values.pop("source_id")
        if source_id and values["name"]:
            found[row.line] = ListedRow(target_id=source_id[:120], **values)
    return found


def _keep(integration: Integration, kind: DocumentKind, rows: list[ListedRow]) -> None:
    kept = {row.target_id: row for row in load_list(integration.source_id, kind)[0]}
    kept.update({row.target_id: row for row in rows})
    save_list(integration.source_id, kind, list(kept.values()))


def _row(row: TableRow, each: ListedRow, status: RowStatus, **told: str) -> StagedRow:
    return StagedRow(line=row.line, status=status, key=each.target_id, label=each.name, **told)  # type: ignore[arg-type]


def _proposed(row: TableRow, each: ListedRow, kind: DocumentKind, directory: Directory) -> StagedRow:
    found = likely(record_of(each, kind), directory)
    if not found:
        return _row(row, each, RowStatus.NO_CANDIDATE)
    best = found[0]
    equal = [other for other in found if other.confidence == best.confidence]
    if len(equal) > 1:
        return _row(row, each, RowStatus.AMBIGUOUS_TARGET, detail=", ".join(other.name for other in equal))
    return msgspec.structs.replace(
        _row(row, each, RowStatus.PROPOSED, target=best.target_id, target_label=best.name),
        confidence=best.confidence,
        reasons=tuple(reason.value for reason in best.reasons),
    )
