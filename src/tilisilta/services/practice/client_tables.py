"""Clients out of a table (CSV or XLSX): each row is read, checked against the bureau's own groups and fields, applied.

Columns as the vendor sheet of the practice module lists them (section 4). A later import does not touch a client's
name, registry code, initials, status and notes; an empty cell takes nothing away. Custom fields that are required are
so in forms: an import is not held up by them.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from django.db import transaction
from django.db.models import Q
from django.utils.translation import get_language, gettext

from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice import client_checks, clients, groups, values
from tilisilta.services.practice.client_checks import label
from tilisilta.services.practice.fields import SEPARATOR, live_fields
from tilisilta.services.practice.settings import require_on
from tilisilta.services.tables import Table, TableRow, cell, fold_header, write_csv, write_xlsx
from tilisilta.services.tables import read_table as read_file
from tilisilta.store.models import Client, ClientImport, ClientImportRow, Company, CustomField, FieldSubject, Role

# English, Estonian, Finnish, then how else such files name them; a file is written in the reader's language.
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "name": ("Name", "Nimi", "Nimi", "Client name", "Kliendi nimi", "Asiakkaan nimi", "Client"),
    "registry_code": ("Registry code", "Registrikood", "Y-tunnus", "Register code", "Reg code", "Reg. kood"),
    "vat_number": ("VAT number", "KMKR number", "ALV-numero", "VAT no", "VAT", "KMKR nr", "KMKR", "ALV-tunnus"),
    "street": ("Address", "Aadress", "Osoite", "Street"),
    "city": ("City", "Linn", "Kaupunki", "Postitoimipaikka"),
    "country": ("Country", "Riik", "Maa", "Country code", "Riigi kood", "Maakoodi"),
    "postal_code": ("Postal code", "Postiindeks", "Postinumero", "Sihtnumber"),
    "groups": ("Groups", "Grupid", "Ryhmät", "Client group", "Client groups", "Client group(s)", "Kliendigrupp"),
    "language": ("Language", "Keel", "Kieli"),
    "initials": ("Initials", "Initsiaalid", "Nimikirjaimet", "Client initials"),
    "code": ("Client code", "Kliendi kood", "Asiakaskoodi", "Code"),
    "email": ("E-mail", "E-post", "Sähköposti", "Email"),
    "phone": ("Phone", "Telefon", "Puhelin"),
    "notes": ("Notes", "Märkused", "Muistiinpanot"),
    "status": ("Status (1/0)", "Olek (1/0)", "Tila (1/0)", "Status", "Olek", "Tila"),
    "needs_time": ("Time required (1/0)", "Aeg kohustuslik (1/0)", "Aika pakollinen (1/0)", "Time required"),
    "needs_topic": ("Topic required (1/0)", "Teema kohustuslik (1/0)", "Aihe pakollinen (1/0)", "Topic required"),
}
FIELD_PREFIX: Final = "values."
# What a later import leaves as it is.
KEPT: Final = frozenset({"name", "registry_code", "initials", "status", "notes"})
MAX_ROWS: Final = 10_000
_LANGUAGES: Final = {"en": 0, "et": 1, "fi": 2}
_FLAGS: Final = {
    "1": True,
    "0": False,
    "true": True,
    "false": False,
    "jah": True,
    "ei": False,
    "yes": True,
    "no": False,
}


class ClientTableRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a table, checked. With an `error_code` it cannot be imported; `error_params` name row and column.

    `details` are what goes beside name, registry code and VAT number, by the client's fields; empty cells are left out.
    `values` among them are those of custom fields, stored form not yet, by the field's id as text.
    """

    line: int
    name: str
    registry_code: str = ""
    vat_number: str = ""
    details: dict[str, Any] = {}
    error_code: str = ""
    error_params: dict[str, Any] = {}
    warnings: tuple[str, ...] = ()

    @property
    def country(self) -> str:
        return str(self.details.get("country") or "EE")


def error_text(code: str, params: Mapping[str, Any]) -> str:
    """Return what is wrong with a row, in the active language: row, column and rule."""
    rule = str(ServiceError(code, **params))
    if "line" not in params:
        return rule
    return gettext("Row %(line)s: %(rule)s") % {"line": params["line"], "rule": rule}


def read_table(company: Company, name: str, content: bytes) -> list[ClientTableRow]:
    """Return the rows of a file, each with its first mistake; rows that are right go on.

    Raises:
        ServiceError: FILE_..., when the file as a whole cannot be read or has no column of names.
    """
    data = read_file(name, content, max_rows=MAX_ROWS)
    fields = live_fields(company, FieldSubject.CLIENT)
    places = data.columns(COLUMNS, required=("name",))
    reader = _Reader(company, places, _field_places(data, fields, places))
    rows = [reader.read(row) for row in data.rows]
    return _without_doubles(rows)


def _field_places(data: Table, fields: list[CustomField], taken: Mapping[str, int]) -> dict[CustomField, int]:
    found = {}
    for field in fields:
        place = data.column(field.title, field.name)
        if place is not None and place not in taken.values():
            found[field] = place
    return found


class _Reader:
    """Reads rows of one file; groups are asked once."""

    def __init__(self, company: Company, places: Mapping[str, int], fields: Mapping[CustomField, int]) -> None:
        self.company, self.places, self.fields = company, places, fields
        self.groups = {fold_header(each.name): each for each in groups.groups_of(company)}

    def read(self, row: TableRow) -> ClientTableRow:
        name = " ".join(cell(row, self.places["name"]).split())
        code = cell(row, self.places.get("registry_code"))
        number = client_checks.bare_vat_number(cell(row, self.places.get("vat_number")))
        try:
            details = self._details(row)
            country = str(details.get("country") or "EE")
            code = client_checks.bare_registry_code(code, country)
            self._check(row, details, {"name": name, "registry_code": code, "vat_number": number})
        except ServiceError as error:
            return ClientTableRow(
                line=row.line,
                name=name[:200],
                registry_code=code[:20],
                vat_number=number[:20],
                error_code=error.code,
                error_params={**error.params, "line": row.line},
            )
        warnings = tuple(client_checks.warnings_of(country, code, number))
        return ClientTableRow(
            line=row.line, name=name, registry_code=code, vat_number=number, details=details, warnings=warnings
        )

    def _check(self, row: TableRow, details: Mapping[str, Any], own: Mapping[str, str]) -> None:
        if row.is_too_long:
            raise ServiceError("CLIENT_ROW_TOO_LONG")
        plain = {field: value for field, value in details.items() if isinstance(value, str)}
        wrong = client_checks.check_texts({**plain, **own})
        if wrong:
            raise next(iter(wrong.values()))

    def _details(self, row: TableRow) -> dict[str, Any]:
        readers: dict[str, Callable[[str], Any]] = {
            "country": client_checks.read_country,
            "language": client_checks.read_language,
            "groups": self._group_ids,
            "status": lambda text: _flag("status", text),
            "needs_time": lambda text: _flag("needs_time", text),
            "needs_topic": lambda text: _flag("needs_topic", text),
        }
        details: dict[str, Any] = {}
        for field, place in self.places.items():
            text = cell(row, place)
            if field in {"name", "registry_code", "vat_number"} or not text:
                continue
            details[field] = readers[field](text) if field in readers else text
        given: dict[str, str] = {}
        for custom, place in self.fields.items():
            if text := cell(row, place):
                values.clean_one(custom, text)
                given[str(custom.pk)] = text
        if given:
            details["values"] = given
        return details

    def _group_ids(self, text: str) -> list[int]:
        found = []
        for part in text.replace(",", SEPARATOR).split(SEPARATOR) if fold_header(text) not in self.groups else [text]:
            if not part.strip():
                continue
            group = self.groups.get(fold_header(part))
            if group is None:
                raise ServiceError("GROUP_UNKNOWN", group=part.strip()[:80], field=label("groups"))
            found.append(group.pk)
        return found


def _flag(field: str, text: str) -> bool:
    found = _FLAGS.get(text.strip().casefold())
    if found is None:
        raise ServiceError("VALUE_NOT_FLAG", field=label(field), value=text[:40])
    return found


def _without_doubles(rows: list[ClientTableRow]) -> list[ClientTableRow]:
    """Return the rows with those marked that bear a registry code or a name which an earlier row has."""
    seen: dict[tuple[str, ...], int] = {}
    found = []
    for row in rows:
        bare = not row.registry_code
        key = ("name", row.name.casefold()) if bare else ("code", row.country, row.registry_code)
        if not row.error_code and (first := seen.setdefault(key, row.line)) != row.line:
            field, value = ("name", row.name) if bare else ("registry_code", row.registry_code)
            params = {"field": label(field), "value": value, "first": first, "line": row.line}
            row = msgspec.structs.replace(row, error_code="CLIENT_ROW_TWICE", error_params=params)  # noqa: PLW2901
        found.append(row)
    return found


# --- applied -------------------------------------------------------------------------------------------------


def row_of(stored: ClientImportRow) -> ClientTableRow:
    """Return a staged row as `apply_row` takes it."""
    return ClientTableRow(
        line=stored.position,
        name=stored.name,
        registry_code=stored.registry_code,
        vat_number=stored.vat_number,
        details=dict(stored.details),
        error_code=stored.error_code,
        error_params=dict(stored.error_params),
    )


def find_client(company: Company, row: ClientTableRow) -> Client | None:
    """Return the client that a row is about: by registry code, client code, or a name that no code contradicts.

    Raises: ServiceError: CLIENT_ROW_AMBIGUOUS, several clients bear the name.
    """
    if row.registry_code:
        found = clients.find_by_code(company, row.country, row.registry_code)
        if found is not None:
            return found
    mine = Client.objects.filter(company=company)
    if code := str(row.details.get("code") or ""):
        by_code = mine.filter(code=code)
        if row.registry_code:
            by_code = by_code.filter(registry_code="")
        if (known := by_code.order_by("pk").first()) is not None:
            return known
    same = mine.filter(Q(name__iexact=row.name) | Q(name__in=client_checks.spellings(row.name)))
    if row.registry_code:
        same = same.filter(registry_code="")
    named = list(same.order_by("pk")[:2])
    if len(named) > 1:
        raise ServiceError("CLIENT_ROW_AMBIGUOUS", value=row.name)
    return named[0] if named else None


@transaction.atomic
def apply_row(
    actor: Actor,
    row: ClientTableRow,
    *,
    client_import: ClientImport | None = None,
    register_mark: str = "",
) -> tuple[Client, bool]:
    """Make or update the client of a row; return it and whether it is new.

    Args:
        actor: Who confirmed the import.
        row: A row without an error.
        client_import: The import that the client is marked with, for the filter "Last import".
        register_mark: What the business register said of the code; it is asked when this is empty.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PRACTICE_OFF; the row's own error; others, when groups or fields changed since it was read.
    """
    require(actor, Role.ACCOUNTANT)
    require_on(actor.company)
    if row.error_code:
        raise ServiceError(row.error_code, **row.error_params)
    found = find_client(actor.company, row)
    if found is None:
        client = clients.create_client(actor, new_content(row, register_mark))
    else:
        client = clients.update_client(actor, found, _changed_content(found, row, register_mark))
    if client_import is not None:
        client.last_import = client_import
        client.save(update_fields=["last_import"])
    return client, found is None


def _plain(details: Mapping[str, Any]) -> dict[str, Any]:
    """Return details by the names of `ClientContent`."""
    names = {"status": "is_active", "groups": "group_ids"}
    plain = {names.get(field, field): value for field, value in details.items()}
    if "group_ids" in plain:
        plain["group_ids"] = tuple(plain["group_ids"])
    return {name: value for name, value in plain.items() if name in clients.ClientContent.__struct_fields__}


def new_content(row: ClientTableRow, register_mark: str) -> clients.ClientContent:
    """Return the client that a row makes when nobody is there yet."""
    return clients.ClientContent(
        **{"country": "EE", **_plain(row.details)},
        name=row.name,
        registry_code=row.registry_code,
        vat_number=row.vat_number,
        register_mark=register_mark,
        keeps_other_values=True,
    )


def _changed_content(client: Client, row: ClientTableRow, register_mark: str) -> clients.ClientContent:
    before = clients.content_of(client)
    changes = _plain({field: value for field, value in row.details.items() if field not in KEPT})
    if row.vat_number:
        changes["vat_number"] = row.vat_number
    if not client.registry_code and row.registry_code:
        # A client without a code was found by its name: it gets the code it lacked.
        changes |= {"registry_code": row.registry_code, "register_mark": register_mark}
    return msgspec.structs.replace(before, **changes)


# --- the file to fill ------------------------------------------------------------------------------------------


def template_file(company: Company, file_format: str) -> tuple[str, bytes]:
    """Return the name and bytes of an empty table with every column in the reader's language: "csv" or "xlsx"."""
    place = _LANGUAGES.get((get_language() or "en")[:2], 0)
    fields = live_fields(company, FieldSubject.CLIENT)
    headers = [names[place] for names in COLUMNS.values()] + [each.title for each in fields]
    if file_format == "xlsx":
        return "clients-template.xlsx", write_xlsx(headers, [], title="Clients")
    return "clients-template.csv", write_csv(headers, [])
