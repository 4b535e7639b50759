"""Rows of an import of clients before anybody confirmed them: whose key is linked, what cannot be imported, and why."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tilisilta.ports.keys import RemoteCompany, RemoteKey
from tilisilta.services.books.key_lists import KeyRow
from tilisilta.services.practice.client_checks import LIMITS, bare_registry_code, bare_vat_number, label
from tilisilta.services.practice.client_tables import ClientTableRow
from tilisilta.store import vault
from tilisilta.store.models import ClientImport, ClientImportRow, KeyMode

_KEY_NAME_LIMIT: Final = 100
_ADDRESS: Final = ("street", "city", "postal_code", "phone")


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """One row as it was read, from wherever; `line` is what people call it by."""

    line: int
    name: str = ""
    registry_code: str = ""
    vat_number: str = ""
    country: str = "EE"
    details: Mapping[str, Any] = {}
    remote_id: str = ""
    credentials: Mapping[str, str] = {}
    key_name: str = ""
    error_code: str = ""
    error_params: Mapping[str, Any] = {}
    problem_code: str = ""
    problem_params: Mapping[str, Any] = {}


def key_names() -> tuple[str, ...]:
    """Return the names of keys that are linked, the first being what new keys are called."""
    return tuple(each.strip() for each in str(settings.KEY_NAMES).split(";") if each.strip()) or ("Tilisilta",)


def our_key(keys: Sequence[RemoteKey]) -> RemoteKey | None:
    """Return the key that bears one of our names: the earlier name first, of several keys the newest."""
    for name in key_names():
        found = [each for each in keys if each.name.strip().casefold() == name.casefold()]
        if found:
            return found[-1]
    return None


def from_company(company: RemoteCompany, line: int, key_mode: str, home: str = "EE") -> Draft:
    """Return the row of a company that the vendor listed; `home` is the country of one that names none."""
    texts = {name: getattr(company, name)[: LIMITS[name]] for name in _ADDRESS if getattr(company, name)}
    email = {"email": company.email} if _is_email(company.email) else {}
    key = our_key(company.keys)
    problem, params = "", {}
    if not company.may_have_keys:
        problem, params = "PLAN_TOO_LOW", {"message": company.plan}
    elif key is None and key_mode == KeyMode.CUSTOM:
        problem, params = "NO_KEY", {"names": ", ".join(key_names())}
    return Draft(
        line=line,
        name=company.name[: LIMITS["name"]],
        registry_code=company.registry_code,
        vat_number=company.vat_number,
        country=company.country[:2].upper() or home,
        details={**texts, **email},
        remote_id=company.id,
        credentials=key.credentials if key else {},
        key_name=key.name if key else "",
        problem_code=problem,
        problem_params=params,
    )


def from_key_row(row: KeyRow, country: str) -> Draft:
    """Return the row of a list of keys."""
    return Draft(
        line=row.line,
        name=row.name or row.registry_code,
        registry_code=row.registry_code,
        vat_number=row.vat_number,
        country=country,
        credentials=row.credentials,
        error_code=row.error_code,
        error_params=row.error_params,
    )


def from_table_row(row: ClientTableRow) -> Draft:
    """Return the row of a table of clients."""
    return Draft(
        line=row.line,
        name=row.name,
        registry_code=row.registry_code,
        vat_number=row.vat_number,
        country=row.country,
        details=row.details,
        error_code=row.error_code,
        error_params=row.error_params,
    )


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def stage(client_import: ClientImport, drafts: Iterable[Draft]) -> list[ClientImportRow]:
    """Store the rows. One that has another's registry code or key is an error; the first of them stays.

    Inside the caller's transaction.
    """
    codes: dict[tuple[str, str], int] = {}
    keys: dict[tuple[tuple[str, str], ...], int] = {}
    rows = []
    for position, raw in enumerate(drafts, start=1):
        draft = _storable(raw)
        code = bare_registry_code(draft.registry_code, draft.country)
        error, params = draft.error_code, dict(draft.error_params)
        if not error:
            error, params = _too_long(draft, code)
        held = tuple(sorted(draft.credentials.items()))
        if not error and code and (first := codes.setdefault((draft.country, code), draft.line)) != draft.line:
            error, params = "ROW_CODE_TWICE", {"registry_code": code, "first": first}
        if not error and held and (first := keys.setdefault(held, draft.line)) != draft.line:
            error, params = "ROW_KEY_TWICE", {"first": first}
        rows.append(_row(client_import, position, draft, code, (error, params)))
    return ClientImportRow.objects.bulk_create(rows, batch_size=500)


def _storable(draft: Draft) -> Draft:
    """Return a draft without the one character that PostgreSQL takes in no text."""
    texts = {name: value for name in draft.__struct_fields__ if isinstance(value := getattr(draft, name), str)}
    bare = {name: value.replace("\x00", "") for name, value in texts.items() if "\x00" in value}
    details = {
        name: value.replace("\x00", "") if isinstance(value, str) else value for name, value in draft.details.items()
    }
    return msgspec.structs.replace(draft, **bare, details=details)


def _too_long(draft: Draft, code: str) -> tuple[str, dict[str, Any]]:
    for field, text in (("name", draft.name), ("registry_code", code), ("vat_number", draft.vat_number)):
        if len(text) > LIMITS[field]:
            return "ROW_TEXT_TOO_LONG", {"field": label(field), "limit": LIMITS[field]}
    return "", {}


def _row(
    client_import: ClientImport, position: int, draft: Draft, code: str, fault: tuple[str, dict[str, Any]]
) -> ClientImportRow:
    error, params = fault
    is_kept = bool(draft.credentials) and not error
    return ClientImportRow(
        client_import=client_import,
        position=position,
        remote_id=draft.remote_id[:60],
        name=draft.name[: LIMITS["name"]],
        registry_code=code[: LIMITS["registry_code"]],
        vat_number=bare_vat_number(draft.vat_number)[: LIMITS["vat_number"]],
        details={**draft.details, "country": draft.country, "line": draft.line},
        sealed_credentials=vault.seal(draft.credentials) if is_kept else b"",
        hint=hint_of(draft.credentials) if is_kept else "",
        key_name=draft.key_name[:_KEY_NAME_LIMIT],
        is_wanted=not error,
        error_code=error,
        error_params=params,
        problem_code="" if error else draft.problem_code,
        problem_params=dict(draft.problem_params),
    )


def hint_of(credentials: Mapping[str, str]) -> str:
    """Return the masked end of a key, by which a person tells it from others."""
    return vault.hint(next(reversed(list(credentials.values())), "")) if credentials else ""
