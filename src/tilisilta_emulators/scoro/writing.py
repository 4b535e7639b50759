"""Reading of what clients write: fields coerced, checked and gathered with everything wrong at once.

Unknown fields are passed over, as read-only ones are (inferred).
"""

from collections.abc import Mapping
from typing import Any

from tilisilta_emulators.scoro import values
from tilisilta_emulators.scoro.errors import ApiError, FieldError
from tilisilta_emulators.scoro.modules import Module
from tilisilta_emulators.scoro.site import Site

READ_ONLY = frozenset(
    [
        "created_date",
        "modified_date",
        "deleted_date",
        "is_deleted",
        "paid_sum",
        "receivable_sum",
        "prepayment_sum",
        "depots_total_amount",
        "search_name",
        "lines",
        "receipts",
    ]
)
REFERENCES = {
    "company_id": "contacts",
    "person_id": "contacts",
    "contact_id": "contacts",
    "supplier_id": "contacts",
    "product_id": "products",
    "vat_code_id": "vatCodes",
    "default_vat_code_id": "vatCodes",
    "default_sales_tax_id": "vatCodes",
    "default_purchases_tax_id": "vatCodes",
    "finance_account_id": "financeAccounts",
    "finance_object_id": "financeObjects",
    "receipt_account_id": "receiptAccounts",
    "productgroup_id": "productGroups",
    "client_profile_id": "clientProfiles",
    "purchase_order_id": "purchaseOrders",
}
"""Fields whose id must exist (0 is none)."""


class Problems:
    """What is wrong with a write, by field; `raise_any` refuses the whole of it."""

    def __init__(self, found: dict[str, str] | None = None, prefix: str = "") -> None:
        self.found: dict[str, str] = {} if found is None else found
        self.prefix = prefix

    def under(self, prefix: str) -> "Problems":
        """Return a view that gathers into the same place, for the fields of a nested object."""
        return Problems(self.found, self.prefix + prefix)

    def add(self, name: str, text: str) -> None:
        self.found.setdefault(self.prefix + name, text)

    def raise_any(self) -> None:
        if self.found:
            raise ApiError(400, self.found)


def require_object(request: object) -> dict[str, Any]:
    """Return `request` as an object; an empty list stands for an empty object, as PHP clients send it."""
    if request is None or request == []:
        return {}
    if not isinstance(request, dict):
        raise ApiError(400, {"request": "must be an object"})
    return request


def read_fields(
    module: Module,
    known: tuple[str, ...],
    request: Mapping[str, Any],
    problems: Problems,
    *,
    aliases: Mapping[str, str] | None = None,
    skip: frozenset[str] = READ_ONLY,
) -> dict[str, Any]:
    """Return the fields of `request` that `known` has, under their stored names and in stored form."""
    stored_names = {wire: stored for stored, wire in (aliases or {}).items()}
    wanted: dict[str, Any] = {}
    for wire, value in request.items():
        name = stored_names.get(wire, wire)
        if name not in known or name in skip or name == "custom_fields":
            continue
        try:
            read = values.reader(name, module.id_lists if not problems.prefix else frozenset())(value)
        except FieldError as error:
            problems.add(wire, str(error))
            continue
        allowed = module.enums.get(name)
        if allowed and not read and "" not in allowed:
            continue  # typed clients send what they leave out as empty text
        if allowed and read not in allowed:
            problems.add(wire, f"must be one of {', '.join(filter(None, allowed))}")
            continue
        wanted[name] = read
    return wanted


def check_references(site: Site, wanted: Mapping[str, Any], problems: Problems, own: str = "") -> None:
    """Refuse ids of rows that are not there or deleted; `own` is the row's own id field."""
    for name, table in REFERENCES.items():
        row_id = wanted.get(name)
        if not row_id or name == own:
            continue
        row = site.tables[table].rows.get(row_id)
        if row is None or row.is_deleted:
            problems.add(name, f"with ID {row_id} was not found")


def read_custom(request: Mapping[str, Any], held: dict[str, Any] | None, problems: Problems) -> dict[str, Any] | None:
    """Return custom fields after a write: `[{id, value}]` or `{id: value}` laid over those held."""
    given = request.get("custom_fields")
    if given is None:
        return held
    pairs: dict[str, Any] = {}
    if isinstance(given, dict):
        pairs = given
    elif isinstance(given, list) and all(isinstance(each, dict) and "id" in each for each in given):
        pairs = {str(each["id"]): each.get("value") for each in given}
    else:
        problems.add("custom_fields", "must be an array of id and value")
    return {**(held or {}), **pairs} or None


def read_account(site: Site, wanted: dict[str, Any], problems: Problems) -> None:
    """Take a written business entity only when the site has it: else the row could never be read again."""
    account = wanted.get("account_id")
    if not account:
        wanted.pop("account_id", None)
    elif account not in site.options.accounts:
        problems.add("account_id", f"with ID {account} was not found")


def require_fields(module: Module, row: Any, problems: Problems) -> None:
    """Refuse a row that lacks a required field."""
    for name in module.required:
        if not getattr(row, name):
            problems.add(module.aliases.get(name, name), "is required")
