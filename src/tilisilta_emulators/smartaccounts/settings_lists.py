"""Settings lists, unpaged: section 4.8 of the vendor sheet."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from tilisilta_emulators.smartaccounts.call import Call
from tilisilta_emulators.smartaccounts.chart import VAT_PURCHASE, VAT_SALES, VatCode
from tilisilta_emulators.smartaccounts.errors import Fault, Refused, fault
from tilisilta_emulators.smartaccounts.form import Form

Handlers = dict[str, Callable[[Call], Any]]
Items = dict[str, dict[str, Any]]
Reader = Callable[[Call, Form, list[Fault]], dict[str, Any]]

# Envelope keys: accounts, vatPcs and the like are inferred; `templates` for payment methods was seen live.
_KEYS = {
    "bankaccounts": "bankAccounts",
    "cashaccounts": "cashAccounts",
    "paymentmethods": "templates",
    "groups": "groups",
}


def services() -> dict[str, Handlers]:
    """Return the handlers of every list by service path."""
    found: dict[str, Handlers] = {
        "settings/vatpcs": {
            "get": _get_vat,
            "add": _add_vat,
            "edit": _edit_vat,
            "delete": _delete_vat,
        },
        "settings/accounts": _List("accounts", "code", _accounts, _read_account).methods(),
        "settings/objects": _List("objects", "id", _objects, _read_object).methods(),
        "settings/countries": _List("countries", "code", _countries, _read_country).methods(),
        "settings/documenttemplates": {"get": lambda call: {"documentTemplates": call.books.templates}},
        "settings/warehouses": {"get": _get_warehouses},
    }
    readers = {
        "bankaccounts": _read_bank,
        "cashaccounts": _read_cash,
        "paymentmethods": _read_method,
        "groups": _read_group,
    }
    for service, key in _KEYS.items():
        found[f"settings/{service}"] = _List(key, "name", _named(service), readers[service]).methods()
    return found


def _accounts(call: Call) -> Items:
    return call.books.accounts


def _objects(call: Call) -> Items:
    return call.books.objects


def _countries(call: Call) -> Items:
    return call.books.countries


def _named(service: str) -> Callable[[Call], Items]:
    return lambda call: call.books.named[service]


class _List:
    """A list whose records are named by the field `identity` and kept under `key` in the envelope."""

    def __init__(self, key: str, identity: str, items: Callable[[Call], Items], read: Reader) -> None:
        self.key = key
        self.identity = identity
        self.items = items
        self.read = read

    def methods(self) -> Handlers:
        """Return the handlers by method name."""
        return {"get": self.get, "add": self.add, "edit": self.edit, "delete": self.delete}

    def get(self, call: Call) -> dict[str, Any]:
        """Return the whole list."""
        return {self.key: list(self.items(call).values())}

    def add(self, call: Call) -> dict[str, Any]:
        """Enter a record under a name that is not taken."""
        faults: list[Fault] = []
        record = self.read(call, call.form(), faults)
        name = record[self.identity]
        if name in self.items(call):
            faults.append(fault("EXISTS", what=self.key, value=name))
        if faults:
            raise Refused(*faults)
        self.items(call)[name] = record
        return {self.identity: name}

    def edit(self, call: Call) -> dict[str, Any]:
        """Put a whole record in the place of the old one."""
        form = call.form()
        name = form.need(self.identity)
        faults: list[Fault] = []
        record = self.read(call, form, faults)
        self._require(call, name)
        if faults:
            raise Refused(*faults)
        self.items(call)[name] = {**self.items(call)[name], **record}
        return {self.identity: name}

    def delete(self, call: Call) -> dict[str, Any]:
        """Delete a record; accounts with postings stay."""
        name = call.deleted_id() or call.query.text(self.identity) or ""
        self._require(call, name)
        if self.key == "accounts" and _account_used(call, name):
            raise Refused(fault("IN-USE", what=name))
        del self.items(call)[name]
        return {self.identity: name}

    def _require(self, call: Call, name: str) -> None:
        if name not in self.items(call):
            raise Refused(fault("NOT-FOUND", what=self.key))


def _account_used(call: Call, code: str) -> bool:
    return any(row.account == code for entry in call.books.entries for row in entry.rows)


def _checked_account(call: Call, form: Form, faults: list[Fault]) -> str:
    account = form.need("account")
    call.books.check_account(account, faults)
    return account


def _read_account(_call: Call, form: Form, _faults: list[Fault]) -> dict[str, Any]:
    code = form.need("code")
    return {
        "id": f"acc-{code}",
        "code": code,
        "type": form.need_choice("type", ("ASSET", "LIABILITY", "INCOME", "EXPENSE")),
        "descriptionEt": form.need("descriptionEt"),
        "descriptionEn": form.text("descriptionEn"),
        "balanceSheetRow": form.text("balanceSheetRow"),
        "incomeStatementRow": form.text("incomeStatementRow"),
        "cashflowRow": form.text("cashflowRow"),
    }


def _read_object(call: Call, form: Form, _faults: list[Fault]) -> dict[str, Any]:
    active = form.boolean("active")
    return {
        "id": form.text("id") or f"obj-{call.books.number('object') + len(call.books.objects)}",
        "code": form.need("code"),
        "name": form.need("name"),
        "active": active is not False,
    }


def _read_country(_call: Call, form: Form, _faults: list[Fault]) -> dict[str, Any]:
    return {
        "code": form.need("code"),
        "name": form.need("name"),
        "nameEn": form.text("nameEn"),
        "euMember": bool(form.boolean("euMember")),
        "systemCountry": False,
    }


def _read_bank(call: Call, form: Form, faults: list[Fault]) -> dict[str, Any]:
    return {
        "name": form.need("name"),
        "account": _checked_account(call, form, faults),
        "order": form.integer("order"),
        "currency": form.text("currency") or "EUR",
        "iban": form.text("iban"),
        "swift": form.text("swift"),
        "forNetting": bool(form.boolean("forNetting")),
        "showOnInvoice": bool(form.boolean("showOnInvoice")),
        "otherInvoiceInfo": form.text("otherInvoiceInfo"),
        "defaultEInvoiceAccount": bool(form.boolean("defaultEInvoiceAccount")),
    }


def _read_cash(call: Call, form: Form, faults: list[Fault]) -> dict[str, Any]:
    return {
        "name": form.need("name"),
        "account": _checked_account(call, form, faults),
        "order": form.integer("order"),
        "currency": form.text("currency") or "EUR",
        "incomingOrderNumber": form.integer("incomingOrderNumber") or 1,
        "outgoingOrderNumber": form.integer("outgoingOrderNumber") or 1,
    }


def _read_method(call: Call, form: Form, faults: list[Fault]) -> dict[str, Any]:
    return {
        "name": form.need("name"),
        "account": _checked_account(call, form, faults),
        "order": form.integer("order"),
        "isCash": bool(form.boolean("isCash")),
    }


def _read_group(_call: Call, form: Form, _faults: list[Fault]) -> dict[str, Any]:
    return {
        "name": form.need("name"),
        "clients": bool(form.boolean("clients")),
        "vendors": bool(form.boolean("vendors")),
    }


def _get_warehouses(call: Call) -> dict[str, Any]:
    items = call.books.named["warehouses"].values()
    if call.options.warehouse_ids:
        return {"warehouses": [{"id": str(at), **item} for at, item in enumerate(items, start=1)]}
    return {"warehouses": list(items)}


def _get_vat(call: Call) -> dict[str, Any]:
    used = {row.vat_pc for table in _invoice_tables(call) for invoice in table for row in invoice.rows}
    return {
        "vatPcs": [
            {
                "vatPc": code.code,
                "pc": code.pc,
                "descriptionEt": code.estonian,
                "descriptionEn": code.english,
                "descriptionRu": code.english,
                "activePurchase": code.purchase,
                "activeSales": code.sales,
                "accountPurchase": code.account_purchase,
                "accountSales": code.account_sales,
                "order": code.order,
                "custom": code.custom,
                "inUse": code.code in used,
            }
            for code in call.books.vat_codes.values()
        ]
    }


def _invoice_tables(call: Call) -> tuple[Any, Any]:
    return call.books.client_invoices, call.books.vendor_invoices


def _read_vat(call: Call, form: Form, old: VatCode | None) -> VatCode:
    code, pc = form.need("vatPc"), form.need_decimal("pc")
    estonian = form.need("descriptionEt")
    faults: list[Fault] = []
    accounts = {
        "account_sales": form.text("accountSales") or VAT_SALES,
        "account_purchase": form.text("accountPurchase") or VAT_PURCHASE,
    }
    for account in accounts.values():
        call.books.check_account(account, faults)
    if pc < 0 or pc > Decimal(100):
        faults.append(fault("INVALID-VALUE", field="pc", value=pc))
    if faults:
        raise Refused(*faults)
    since: date | None = old.since if old else None
    return VatCode(
        code,
        pc,
        old.kind if old else ("normal" if pc else "zero"),
        bool(form.boolean("activeSales")),
        bool(form.boolean("activePurchase")),
        estonian,
        form.text("descriptionEn") or estonian,
        since,
        old.until if old else None,
        **accounts,
        order=form.integer("order") or (old.order if old else len(call.books.vat_codes) + 1),
        custom=old.custom if old else True,
    )


def _add_vat(call: Call) -> dict[str, Any]:
    made = _read_vat(call, call.form(), None)
    if made.code in call.books.vat_codes:
        raise Refused(fault("EXISTS", what="vatPc", value=made.code))
    call.books.vat_codes[made.code] = made
    return {"vatPc": made.code}


def _edit_vat(call: Call) -> dict[str, Any]:
    form = call.form()
    old = _find_vat(call, form.need("vatPc"))
    call.books.vat_codes[old.code] = _read_vat(call, form, old)
    return {"vatPc": old.code}


def _delete_vat(call: Call) -> dict[str, Any]:
    code = _find_vat(call, call.deleted_id() or call.query.text("vatPc") or "")
    if not code.custom:
        raise Refused(fault("BUILT-IN", what=code.code))
    if any(row.vat_pc == code.code for table in _invoice_tables(call) for item in table for row in item.rows):
        raise Refused(fault("IN-USE", what=code.code))
    del call.books.vat_codes[code.code]
    return {"vatPc": code.code}


def _find_vat(call: Call, code: str) -> VatCode:
    found = call.books.vat_codes.get(code)
    if found is None:
        raise Refused(fault("VAT-PC-NOT-FOUND", value=code))
    return found
