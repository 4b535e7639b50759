"""What the query parameters of lists keep. Source: vendor sheet, A4 and A8."""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from tilisilta_emulators.severa.contract import contract
from tilisilta_emulators.severa.errors import bad_query
from tilisilta_emulators.severa.records import Base, Entry, Invoice, Record, Row
from tilisilta_emulators.severa.render import Renderer

Keep = Callable[[Any], bool]
_SEARCHED = ("name", "code", "number", "identifier", "title", "accountNumber", "bankName", "firstName", "lastName")
_SKIPPED = frozenset({"pageToken", "rowCount", "firstRow", "calculateRowCount", "sortings", "setAsNonBillable"})


def _changed(since: datetime) -> Keep:
    return lambda record: bool(record.updated >= since)


def _equals(name: str) -> Callable[[Any], Keep]:
    return lambda wanted: lambda record: record.data.get(name) == wanted


def _flag(name: str, default: bool = True) -> Callable[[Any], Keep]:
    return lambda wanted: lambda record: bool(record.data.get(name, default)) == wanted


def _among(name: str) -> Callable[[Any], Keep]:
    def make(wanted: list[Any]) -> Keep:
        chosen = set(wanted)
        return lambda record: record.data.get(name) in chosen

    return make


def _folded(name: str) -> Callable[[Any], Keep]:
    def make(wanted: list[str]) -> Keep:
        chosen = {one.casefold() for one in wanted}
        return lambda record: record.text(name).casefold() in chosen

    return make


def _guid_of(value: Any) -> str | None:
    return value.guid if isinstance(value, Record) else value


def _refers(name: str) -> Callable[[Any], Keep]:
    def make(wanted: Any) -> Keep:
        chosen = set(wanted) if isinstance(wanted, list) else {wanted}
        return lambda record: _guid_of(record.data.get(name)) in chosen

    return make


def _searched(text: str) -> Keep:
    needle = text.casefold()
    return lambda record: any(needle in str(record.data.get(name) or "").casefold() for name in _SEARCHED)


RECORDS: dict[str, Callable[[Any], Keep]] = {
    "changedSince": _changed,
    "active": _flag("isActive"),
    "isActive": _flag("isActive"),
    "isInternal": _flag("isInternal", default=False),
    "internal": _flag("isInternal", default=False),
    "isClosed": _flag("isClosed", default=False),
    "productive": _flag("isProductive", default=False),
    "isInvoiceLanguage": _flag("isInvoiceLanguage", default=False),
    "textToSearch": _searched,
    "code": _equals("code"),
    "name": _equals("name"),
    "identifier": _equals("identifier"),
    "type": _equals("type"),
    "vatNumber": _equals("vatNumber"),
    "kvkNumber": _equals("kvkNumber"),
    "countryGuid": _equals("countryGuid"),
    "companyGuid": _refers("company"),
    "companyCountryGuid": _equals("companyCountryGuid"),
    "businessUnitGuid": _refers("businessUnit"),
    "numbers": _among("number"),
    "customerNames": _folded("name"),
    "emailAddresses": _folded("email"),
    "customerOwnerGuids": _refers("owner"),
    "customerGuids": _refers("customer"),
    "projectOwnerGuids": _refers("projectOwner"),
    "salesPersonGuids": _refers("salesPerson"),
    "businessUnitGuids": _refers("businessUnit"),
    "currencyGuids": _refers("currency"),
    "currencyGuid": _refers("currency"),
}
RECORDS["projectGuids"] = lambda wanted: (
    lambda one: one.guid in wanted if one.kind == "projects" else _guid_of(one.data.get("project")) in wanted
)


def _projects_of(name: str) -> Callable[[Any], Keep]:
    return lambda wanted: lambda invoice: any(_guid_of(one.data.get(name)) in wanted for one in invoice.projects)


INVOICES: dict[str, Callable[[Any], Keep]] = {
    "changedSince": _changed,
    "invoiceStatusGuids": lambda wanted: lambda one: one.status.guid in wanted,
    "customerGuids": lambda wanted: lambda one: one.customer.guid in wanted,
    "projectGuids": lambda wanted: lambda one: any(project.guid in wanted for project in one.projects),
    "projectOwnerGuids": _projects_of("projectOwner"),
    "projectBusinessUnitGuids": _projects_of("businessUnit"),
    "salesPersonGuids": _projects_of("salesPerson"),
    "createdByUserGuids": lambda wanted: lambda one: one.creator is not None and one.creator.guid in wanted,
    "startDate": lambda wanted: lambda one: one.day >= wanted.date(),
    "endDate": lambda wanted: lambda one: one.day <= wanted.date(),
    "paymentDateStart": lambda wanted: lambda one: one.paid is not None and one.paid >= wanted.date(),
    "minimumTotalExcludingTax": lambda wanted: lambda one: one.net >= wanted,
    "maximumTotalExcludingTax": lambda wanted: lambda one: one.net <= wanted,
    "referenceNumbers": lambda wanted: lambda one: one.reference in wanted,
    "numbers": lambda wanted: lambda one: one.number in wanted,
}
ROWS: dict[str, Callable[[Any], Keep]] = {
    "changedSince": _changed,
    "rowType": lambda wanted: lambda row: row.row_type == wanted,
}
ENTRIES: dict[str, Callable[[Any], Keep]] = {
    "changedSince": _changed,
    "isBillable": lambda wanted: lambda entry: entry.billable == wanted,
    "billableStatus": lambda wanted: lambda entry: wanted == ("Billable" if entry.billable else "NotBillable"),
    "eventDateStart": lambda wanted: lambda entry: entry.day >= _day(wanted),
    "eventDateEnd": lambda wanted: lambda entry: entry.day <= _day(wanted),
    "productType": lambda wanted: lambda one: one.source is not None and one.source.data.get("type") == wanted,
    "expenseClass": lambda wanted: lambda one: one.source is not None and one.source.data.get("expenseClass") == wanted,
    "textToSearch": lambda wanted: lambda entry: wanted.casefold() in entry.description.casefold(),
}
_TABLES: dict[type[Base], dict[str, Callable[[Any], Keep]]] = {
    Record: RECORDS,
    Invoice: INVOICES,
    Row: ROWS,
    Entry: ENTRIES,
}


def _day(moment: Any) -> Any:
    return moment.date() if isinstance(moment, datetime) else moment


def keepers(kind: type[Base], query: dict[str, Any]) -> list[Keep]:
    """Return the tests that a record of `kind` must pass."""
    table = _TABLES[kind]
    return [table[name](value) for name, value in query.items() if name not in _SKIPPED and name in table]


def sort(records: Iterable[Any], sortings: list[tuple[str, str]], model: str, renderer: Renderer) -> list[Any]:
    """Return `records` by the sort keys, the first the strongest; empty values come first when ascending.

    Raises:
        ApiError: 400, a key is no plain property of the model.

    """
    names = contract().folded[model]
    found = list(records)
    for key, direction in reversed(sortings):
        name = names.get(key.lower())
        kind = contract().models[model][name] if name else None
        if name is None or kind is None or kind.array or kind.name in contract().models:
            raise bad_query("sortings", f"{key[:40]!r} cannot be sorted by")
        _sort_by(found, name, direction, renderer)
    return found


def _sort_by(found: list[Any], name: str, direction: str, renderer: Renderer) -> None:
    descending = direction.startswith("Desc")
    nulls_first = direction.endswith("First") if "Nulls" in direction else not descending
    values = {id(one): _comparable(renderer.values(one).get(name)) for one in found}
    empty = [one for one in found if values[id(one)] is None]
    filled = [one for one in found if values[id(one)] is not None]
    filled.sort(key=lambda one: values[id(one)], reverse=descending)
    found[:] = [*empty, *filled] if nulls_first else [*filled, *empty]


def _comparable(value: Any) -> Any:
    if isinstance(value, str):
        return value.casefold()
    if isinstance(value, bool):
        return int(value)
    return Decimal(value) if isinstance(value, int) else value
