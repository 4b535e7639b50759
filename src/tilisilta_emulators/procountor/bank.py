"""The company's bank accounts, its statements and reference payments.

Source: vendor sheet, sections 3, 8 and 9. `accountNumber` is searched by a request header; for reference payments
in the query as well.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tilisilta_emulators.procountor import paging, schema
from tilisilta_emulators.procountor.call import Call, whole
from tilisilta_emulators.procountor.checkdigits import is_iban
from tilisilta_emulators.procountor.errors import (
    ACCOUNT_VAT,
    MAY_NOT_BE_NULL,
    STALE_VERSION,
    Problems,
    Refused,
    not_found,
)
from tilisilta_emulators.procountor.payments import settle
from tilisilta_emulators.procountor.records import PaymentEvent
from tilisilta_emulators.procountor.routing import Route
from tilisilta_emulators.procountor.table import Table
from tilisilta_emulators.procountor.versions import same_version

_BASIC = (
    *("id", "accountNumber", "iban", "bic", "bankName", "currency", "defaultForInvoice", "defaultForPayment"),
    *("status", "orderNo", "associatedAccounts", "version"),
)
_RIGHT = "payments.bankStatementAndReferencePayment"


def accounts(call: Call) -> dict[str, Any]:
    """`GET /bankaccounts`: in their own order unless ids are asked for."""
    rows = call.books.bank_accounts.rows
    ids = list(rows)
    if "orderById" in call.query or "previousId" in call.query:
        ids.sort(reverse=paging.descending(call))
    else:
        down = call.query.get("orderByOrderNo") == "DESC"
        ids.sort(key=lambda each: rows[each].get("orderNo", 0), reverse=down)

    def show(each: int) -> dict[str, Any]:
        return {name: value for name, value in rows[each].items() if name in _BASIC}

    return paging.answer(call, ids, show)


def _account(call: Call) -> dict[str, Any]:
    row = call.books.bank_accounts.rows.get(call.id())
    if row is None:
        raise not_found("Bank account")
    return row


def account(call: Call) -> dict[str, Any]:
    """`GET /bankaccounts/{id}`."""
    return _account(call)


def save_account(call: Call) -> dict[str, Any]:
    """`POST /bankaccounts` and `PUT /bankaccounts/{id}`; a taken IBAN or an old version is a conflict."""
    held = _account(call) if call.ids else None
    call.require("management.basicCompanyInfo", "modify bank accounts")
    problems = Problems()
    data = call.read("CompanyBankAccount", problems)
    books = call.books
    if "iban" in data and not is_iban(data["iban"]):
        problems.add("INVALID_BANK_ACCOUNT", "iban")
    if "ledgerAccount" in data and not books.account_takes(data["ledgerAccount"], Decimal(0)):
        problems.add(ACCOUNT_VAT, "ledgerAccount")
    if held is not None and "version" not in data:
        problems.add(MAY_NOT_BE_NULL, "version")
    problems.check()
    if held is not None and not same_version(held["version"], data["version"], call.options):
        raise Refused(409, STALE_VERSION, "version")
    others = books.bank_accounts.found("iban", data["iban"])
    if any(held is None or each != held["id"] for each in others):
        raise Refused(409, "BANK_ACCOUNT_ALREADY_EXISTS", "iban")
    row = {**data, "id": held["id"] if held else books.bank_accounts.take_id()}
    row["accountNumber"] = data["iban"][4:]
    row.setdefault("orderNo", len(books.bank_accounts.rows) + 1)
    row["version"] = books.stamp(held["version"] if held else None)
    row["created"] = held["created"] if held else row["version"]
    books.bank_accounts.put(row["id"], row)
    return row


def _by_account(call: Call, table: Table[dict[str, Any]], day: str, *, query: bool) -> list[int]:
    number = call.headers.get("accountNumber") or (call.query.get("accountNumber") if query else None)
    number = (number or "").replace(" ", "")
    # `/bankaccounts` shows an account's number and its IBAN; clients ask by either.
    own = {row["accountNumber"]: row["iban"] for row in call.books.bank_accounts.rows.values()}
    number = own.get(number, number)
    low, high = call.query.get("startDate", ""), call.query.get("endDate", "9")
    return [
        each for each, row in table.rows.items() if number in ("", row["accountNumber"]) and low <= row[day] <= high
    ]


def statements(call: Call) -> dict[str, Any]:
    """`GET /bankstatements`."""
    call.require_view(_RIGHT, "view bank statements")
    table = call.books.statements
    keys = {"orderByStartDate": lambda each: table.rows[each]["startDate"]}
    ids = paging.order(call, _by_account(call, table, "startDate", query=False), keys)
    return paging.answer(call, ids, lambda each: table.rows[each], call.options.statements_shape)


def _event(call: Call) -> dict[str, Any]:
    call.require("payments.paymentAllocation", "allocate payments")
    statement = call.books.statements.rows.get(call.id())
    wanted = whole(call.ids[1])
    for each in statement["events"] if statement else ():
        if each["id"] == wanted:
            event: dict[str, Any] = each
            return event
    raise not_found("Bank statement event")


def _whole_list(call: Call) -> list[int]:
    value = call.json()
    if isinstance(value, dict):
        value = next(iter(value.values()), None)
    numbers = [schema.decimal(each) for each in (value if isinstance(value, list) else [value])]
    if not numbers or any(each is None or each != int(each) for each in numbers):
        raise Refused(400, "Request body must carry ids")
    return [int(each) for each in numbers if each is not None]


def allocate(call: Call) -> dict[str, Any]:
    """`PUT /bankstatements/{s}/events/{e}/invoices`: the event pays the invoice."""
    event = _event(call)
    books = call.books
    invoice = books.invoices.rows.get(_whole_list(call)[0])
    if invoice is None:
        raise not_found("Invoice")
    if event["allocated"]:
        raise Refused(403, "Bank statement event is allocated already")
    if invoice.status in ("UNFINISHED", "INVALIDATED"):
        raise Refused(403, f"Invoice in status {invoice.status} cannot be paid")
    books.require_open(event["payDate"])
    event |= {"allocated": True, "invoiceId": invoice.id}
    amount = event["sum"] if invoice.sales else -event["sum"]
    paid = PaymentEvent(
        books.events.take_id(), invoice.id, "BANKSTATEMENT", event["payDate"], amount, invoice.currency, None, "PAID"
    )
    settle(books, invoice, paid, call.user_name)
    return {"message": "Event allocated."}


def release(call: Call) -> None:
    """`DELETE /bankstatements/{s}/events/{e}/invoices`: the event pays nothing any more; the payment stays booked."""
    event = _event(call)
    event["allocated"] = False
    event.pop("invoiceId", None)


def allocate_product(call: Call) -> dict[str, Any]:
    """`PUT /bankstatements/{s}/events/{e}/products`."""
    event = _event(call)
    product = _whole_list(call)[0]
    if product not in call.books.products.rows:
        raise not_found("Product")
    event |= {"allocated": True, "productId": product}
    return {"message": "Event allocated."}


def release_product(call: Call) -> None:
    """`DELETE /bankstatements/{s}/events/{e}/products`."""
    event = _event(call)
    event["allocated"] = False
    event.pop("productId", None)


def references(call: Call) -> dict[str, Any]:
    """`GET /referencepayments`: dates are value dates."""
    call.require_view(_RIGHT, "view reference payments")
    table = call.books.reference_payments
    ids = paging.order(call, _by_account(call, table, "valueDate", query=True), {})
    return paging.answer(call, ids, lambda each: table.rows[each])


def _reference(call: Call) -> dict[str, Any]:
    call.require("payments.paymentAllocation", "allocate payments")
    row = call.books.reference_payments.rows.get(call.id())
    if row is None:
        raise not_found("Reference payment")
    return row


def _metadata(find: Callable[[Call], dict[str, Any]]) -> tuple[Callable[[Call], Any], Callable[[Call], Any]]:
    def put(call: Call) -> dict[str, Any]:
        row = find(call)
        row["allocationMetadataRows"] = call.read("AllocationMetadata").get("allocationMetadataRows", [])
        return {"message": "Metadata saved."}

    def delete(call: Call) -> None:
        find(call).pop("allocationMetadataRows", None)

    return put, delete


_put_event, _delete_event = _metadata(_event)
_put_reference, _delete_reference = _metadata(_reference)

ROUTES = (
    Route("GET", "/bankaccounts", accounts),
    Route("POST", "/bankaccounts", save_account),
    Route("GET", "/bankaccounts/{id}", account),
    Route("PUT", "/bankaccounts/{id}", save_account),
    Route("GET", "/bankstatements", statements),
    Route("PUT", "/bankstatements/{statementId}/events/{eventId}/invoices", allocate),
    Route("DELETE", "/bankstatements/{statementId}/events/{eventId}/invoices", release),
    Route("PUT", "/bankstatements/{statementId}/events/{eventId}/products", allocate_product),
    Route("DELETE", "/bankstatements/{statementId}/events/{eventId}/products", release_product),
    Route("PUT", "/bankstatements/{statementId}/events/{eventId}/metadata", _put_event),
    Route("DELETE", "/bankstatements/{statementId}/events/{eventId}/metadata", _delete_event),
    Route("GET", "/referencepayments", references),
    Route("PUT", "/referencepayments/{referencePaymentId}/metadata", _put_reference),
    Route("DELETE", "/referencepayments/{referencePaymentId}/metadata", _delete_reference),
)
