"""What people do in Netvisor's own pages while an integration runs, on order."""

import datetime as dt
from decimal import Decimal
from typing import Any, Literal

import msgspec

from tilisilta_emulators.netvisor.call import Call
from tilisilta_emulators.netvisor.purchase_invoices import pay
from tilisilta_emulators.netvisor.table import Table


class Action(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One action.

    Args:
        do: `delete_voucher`, `invalidate_voucher`, `delete_customer`, `delete_vendor`, `delete_purchase_invoice`,
            `pay_purchase_invoice`, `remove_account`, `close_account` (not active any more), `add_account`.
        key: Key of the record.
        number: Account number.
        name: Name of a new account.
        vat_code: VAT code of a new account.
        amount: What is paid.
        date: When it is paid.

    """

    do: Literal[
        "delete_voucher", "invalidate_voucher", "delete_customer", "delete_vendor", "delete_purchase_invoice",
        "pay_purchase_invoice", "remove_account", "close_account", "add_account",
    ]  # fmt: skip
    key: int = 0
    number: str = ""
    name: str = ""
    vat_code: str = "NONE"
    amount: Decimal = Decimal(0)
    date: dt.date | None = None


def perform(call: Call, body: bytes) -> dict[str, Any]:
    """Do what the JSON in `body` says and return it.

    Raises:
        ValueError: It is not an action or names nothing that is there.
        Refused: The books forbid it.

    """
    try:
        action = msgspec.json.decode(body, type=Action)
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from None
    books = call.books
    match action.do:
        case "delete_voucher" | "invalidate_voucher":
            voucher = books.vouchers.by_key.get(action.key)
            if voucher is None:
                raise ValueError(f"no voucher {action.key}")
            books.void(voucher, "deleted" if action.do == "delete_voucher" else "invalidated", call.now)
        case "pay_purchase_invoice":
            pay(call, action.key, action.amount, action.date or call.now.date())
        case "remove_account" | "close_account" | "add_account":
            _change_account(call, action)
        case _:
            _delete(call, action)
    return {"done": action.do}


def _change_account(call: Call, action: Action) -> None:
    accounts = call.books.accounts
    if action.do == "add_account":
        pattern = next(iter(accounts.values()))
        key = max(call.books.accounts_by_key) + 1
        account = msgspec.structs.replace(
            pattern, key=key, number=action.number, name=action.name, english=action.name, vat_code=action.vat_code,
            active=True, sort=key, end_sort=key,
        )  # fmt: skip
        accounts[action.number] = account
        call.books.accounts_by_key[key] = account
        return
    found = accounts.get(action.number)
    if found is None:
        raise ValueError(f"no account {action.number}")
    if action.do == "close_account":
        found.active = False
        return
    del accounts[action.number]
    del call.books.accounts_by_key[found.key]


def _delete(call: Call, action: Action) -> None:
    books = call.books
    tables: dict[str, Table[Any]] = {
        "delete_customer": books.customers,
        "delete_vendor": books.vendors,
        "delete_purchase_invoice": books.purchases,
    }
    table = tables[action.do]
    record = table.by_key.get(action.key)
    if record is None:
        raise ValueError(f"nothing has the key {action.key}")
    table.remove(record, call.now)
    for names in (books.customer_codes,) if action.do == "delete_customer" else _vendor_names(call, action):
        for name in [name for name, key in names.items() if key == action.key]:
            del names[name]
    if action.do == "delete_purchase_invoice":
        voucher = books.vouchers.by_key.get(record.voucher_key)
        if voucher is not None:
            books.void(voucher, "deleted", call.now)


def _vendor_names(call: Call, action: Action) -> tuple[dict[str, int], ...]:
    books = call.books
    if action.do != "delete_vendor":
        return ()
    return (books.vendor_codes, books.vendor_names, books.vendor_ids, books.vendor_accounts)


def shift(call: Call, path: str, *, delete: bool) -> None:
    """Touch or delete the oldest record of the list that a request read."""
    books = call.books
    tables: dict[str, Table[Any]] = {
        "accountingledger.nv": books.vouchers,
        "customerlist.nv": books.customers,
        "getvendor.nv": books.vendors,
        "productlist.nv": books.products,
        "salesinvoicelist.nv": books.sales,
        "salespaymentlist.nv": books.sales_payments,
        "purchaseinvoicelist.nv": books.purchases,
    }
    table = tables.get(path.strip("/").lower())
    oldest = None if table is None else next(iter(table.ordered), None)
    if table is None or oldest is None:
        return
    if delete:
        table.remove(oldest, call.now)
    else:
        table.touch(oldest, call.now)
