"""Rows as they go over the wire: plain in lists, filled in views, short as basic data.

Source: vendor sheet, sections 7 to 11.
"""

import html
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from msgspec.structs import asdict

from tilisilta_emulators.scoro.modules import Module
from tilisilta_emulators.scoro.rows import Contact, Document, Invoice, Line, Product, ReceiptGroup
from tilisilta_emulators.scoro.site import Site
from tilisilta_emulators.scoro.values import DATES, MONEY, STAMPS, ZERO, decimal, plain

Mode = Literal["plain", "detail", "basic"]
_LISTS = frozenset(
    [
        "addresses",
        "tags",
        "contact_users",
        "related_companies",
        "product_accounts",
        "credited_invoices",
        "phases",
        "project_users",
        "active_currencies",
        "address",
        "fields",
        "owners",
        "actors",
        "user_groups",
    ]
)
_OBJECTS = frozenset(("means_of_contact", "depot_amounts", "filter"))
_LIFE = frozenset(("created_date", "modified_date", "is_deleted", "deleted_date"))
_SIGNED = ("sum", "vat_sum", "paid_sum", "receivable_sum", "amount")
_MEANS = ("email", "phone", "mobile", "website", "skype", "fax")


def _skipped_names(module: Module, mode: Mode) -> set[str]:
    names = set(module.hidden)
    if not module.stamped:
        names |= _LIFE | {"custom_fields"}
    if mode == "plain":
        names |= module.detail | {"custom_fields"}
    return names


class Renderer:
    """Writes rows of one site in one request's language."""

    def __init__(self, site: Site, lang: str) -> None:
        self.site = site
        self.lang = lang
        self.numbers = site.options.amounts == "number"

    def row(self, module: Module, row: Any, mode: Mode, *, modified: bool = False) -> dict[str, Any]:
        """Return a row as the vendor answers it.

        Args:
            module: Whose row it is.
            row: The stored row.
            mode: plain list, detail (view) or basic data.
            modified: Whether it answers a modify, which shows a few more fields.

        """
        out: dict[str, Any] = asdict(row)
        for name in _LISTS & out.keys():
            out[name] = out[name] or []
        for name in _OBJECTS & out.keys():
            out[name] = out[name] or {}
        for name in module.id_lists:
            out[name] = out[name] or []
        self._fill(module, row, out, mode, modified)
        if mode != "plain" and "custom_fields" in out:
            out["custom_fields"] = self._custom(module.name, row.custom_fields)
        for name in _skipped_of(module, mode):
            out.pop(name, None)
        if self.numbers:
            _as_numbers(out)
        if module.aliases:
            out = {module.aliases.get(name, name): value for name, value in out.items()}
        if mode == "basic" and module.basic:
            return {name: out[name] for name in module.basic if name in out}
        return out

    def _fill(self, module: Module, row: Any, out: dict[str, Any], mode: Mode, modified: bool) -> None:
        if isinstance(row, Document):
            out["vat_code"] = self._name("vatCodes", row.vat_code_id, "vat_code")
            out["owner_email"] = self._name("users", row.owner_id, "email")
            if mode == "detail":
                self._document(module, row, out)
            else:
                out["lines"] = None
            if isinstance(row, Invoice) and self.site.options.credit_sign == "flag" and is_credit(row):
                _unsigned(out)
        elif isinstance(row, ReceiptGroup):
            out["receipts"] = [self._receipt(each, modified) for each in out["receipts"] or []]
        elif isinstance(row, Contact):
            out["search_name"] = f"{row.name or ''} {row.lastname or ''}".strip()
            out["means_of_contact"] = {kind: list((row.means_of_contact or {}).get(kind, [])) for kind in _MEANS}
        elif isinstance(row, Product):
            self._product(row, out)
        elif module.name == "projects" and mode == "detail":
            out["company_name"] = self._name("contacts", row.company_id, "name")
            out["status_name"] = row.status

    def _document(self, module: Module, row: Document, out: dict[str, Any]) -> None:
        contact = self.site.tables["contacts"].rows.get(row.company_id)
        out["company_name"] = contact.name if contact else None
        out["company_address"] = _address(contact, row.company_address_id)
        out["person_name"] = self._person(row.person_id)
        out["project_name"] = self._name("projects", row.project_id, "project_name")
        out["lines"] = [self._line(module, line) for line in row.lines]

    def _line(self, module: Module, line: Line) -> dict[str, Any]:
        out = asdict(line)
        product = self.site.tables["products"].rows.get(line.product_id)
        out["product_name"] = self._product_name(product) if product else None
        out["product_code"] = product.code if product else None
        out["vat_code"] = self._name("vatCodes", line.vat_code_id, "vat_code")
        account = self.site.tables["financeAccounts"].rows.get(line.finance_account_id)
        out["finance_account_name"] = account.name if account else None
        out["finance_account_symbol"] = account.account_symbol if account else None
        target = self.site.tables["financeObjects"].rows.get(line.finance_object_id)
        out["finance_object_name"] = target.name if target else None
        out["finance_object_symbol"] = target.object_symbol if target else None
        out["project_name"] = self._name("projects", line.project_id, "project_name")
        if "supplier_id" in out:
            out["supplier_name"] = self._name("contacts", out["supplier_id"], "name")
            out["doer_email"] = self._name("users", out["doer_id"], "email")
            out["role_name"] = None
            out["depot_amounts"] = out["depot_amounts"] or []
        if "dates" in out:
            out["dates"] = out["dates"] or {}
        out["custom_fields"] = self._custom("lines", line.custom_fields)
        if self.numbers:
            _as_numbers(out)
        if module.line_aliases:
            return {module.line_aliases.get(name, name): value for name, value in out.items()}
        return out

    def _receipt(self, receipt: Any, modified: bool) -> dict[str, Any]:
        out: dict[str, Any] = asdict(receipt)
        contact = self.site.tables["contacts"].rows.get(receipt.contact_id)
        out["contact_name"] = contact.name if contact else None
        if modified:
            paid = self.site.tables[receipt.sales_doc_type].rows.get(receipt.invoice_id)
            out["invoice_no"] = paid.no if paid else None
        if self.numbers:
            _as_numbers(out)
        return out

    def _product(self, row: Product, out: dict[str, Any]) -> None:
        out["name"] = self._product_name(row)
        out["description"] = self._localised(row.description)
        out["description2"] = self._localised(row.description2)
        total = sum((decimal(held_amount(each)) for each in (row.depot_amounts or {}).values()), ZERO)
        out["depots_total_amount"] = plain(total)

    def _product_name(self, product: Product) -> Any:
        return self._localised(product.names) if product.names else product.name

    def _localised(self, value: Any) -> Any:
        if not isinstance(value, dict) or self.site.options.localised == "object":
            return value
        return value.get(self.lang) or next(iter(value.values()), "")

    def _name(self, table: str, row_id: int, field: str) -> str | None:
        if not row_id:
            return None
        row = self.site.tables[table].rows.get(row_id)
        name: str | None = getattr(row, field) if row is not None else None
        return name

    def _person(self, row_id: int) -> str | None:
        person = self.site.tables["contacts"].rows.get(row_id)
        return f"{person.name or ''} {person.lastname or ''}".strip() if person else None

    def _custom(self, owner: str, held: Mapping[str, Any] | None) -> list[dict[str, Any]]:
        if not held:
            return []
        known = self.site.custom_field_types.get(owner, {})
        return [
            {
                "id": name,
                "name": known.get(name, (name, "text"))[0],
                "value": value,
                "type": known.get(name, ("", "text"))[1],
            }
            for name, value in held.items()
        ]


_skipped_by_name: dict[tuple[str, Mode], frozenset[str]] = {}


def _skipped_of(module: Module, mode: Mode) -> frozenset[str]:
    known = _skipped_by_name.get((module.name, mode))
    if known is None:
        known = _skipped_by_name[module.name, mode] = frozenset(_skipped_names(module, mode))
    return known


def held_amount(amount: Any) -> Any:
    """Return what one depot holds of a product: the amount itself, or an object's `amount`."""
    return amount.get("amount") if isinstance(amount, dict) else amount


def is_credit(invoice: Invoice) -> bool:
    """Tell whether an invoice is a credit invoice (the flag is inferred)."""
    return invoice.payment_type == "credit" or bool(invoice.credited_invoices)


def _address(contact: Contact | None, address_id: int) -> dict[str, Any] | None:
    addresses = (contact.addresses or []) if contact else []
    chosen = addresses[address_id - 1] if 0 < address_id <= len(addresses) else None
    return chosen or (addresses[0] if addresses else None)


def _unsigned(out: dict[str, Any]) -> None:
    for row in (out, *(out["lines"] or [])):
        for name in _SIGNED:
            if name in row and str(row[name]).startswith("-"):
                row[name] = str(row[name])[1:]


def _as_numbers(out: dict[str, Any]) -> None:
    for name in MONEY & out.keys():
        if isinstance(out[name], str):
            out[name] = Decimal(out[name])


def with_zero_dates(value: Any) -> Any:
    """Return a copy of an answer in which empty dates are zeros, the other form of nothing."""
    if isinstance(value, list):
        return [with_zero_dates(each) for each in value]
    if not isinstance(value, dict):
        return value
    out = {}
    for name, held in value.items():
        if held is None and name in DATES:
            out[name] = "0000-00-00"
        elif held is None and name in STAMPS:
            out[name] = "0000-00-00 00:00:00"
        else:
            out[name] = with_zero_dates(held)
    return out


def with_escaped_text(value: Any) -> Any:
    """Return a copy of an answer with its text HTML-escaped, as some importers have met it."""
    if isinstance(value, list):
        return [with_escaped_text(each) for each in value]
    if isinstance(value, dict):
        return {name: with_escaped_text(held) for name, held in value.items()}
    return html.escape(value) if isinstance(value, str) else value


def without_fields(value: Any, names: frozenset[str]) -> Any:
    """Return a copy of an answer without some fields, at any depth."""
    if isinstance(value, list):
        return [without_fields(each, names) for each in value]
    if isinstance(value, dict):
        return {name: without_fields(held, names) for name, held in value.items() if name not in names}
    return value
