"""Checks an accounting page before it is saved.

Source: vendor sheet, sections 6, 7 and 10.
"""

from decimal import Decimal
from typing import Any

from tilisilta_emulators.procountor import posting, schema
from tilisilta_emulators.procountor.books import Books
from tilisilta_emulators.procountor.errors import (
    ACCOUNT_VAT,
    CLOSED_PERIOD,
    UNKNOWN_DIMENSION,
    VAT_STATUS_PERCENT,
    Problems,
    Refused,
)

WRITABLE = ("JOURNAL", "SALES_INVOICE", "PURCHASE_INVOICE", "TRAVEL_INVOICE", "BILL_OF_CHARGES")
_CENT = Decimal("0.01")
_SINGLE = (posting.REVERSING, posting.RECONCILIATION)


def read_receipt(books: Books, raw: Any, *, held: list[dict[str, Any]] | None, reconciliation: bool) -> dict[str, Any]:
    """Return an accounting page as it is stored, balanced.

    Args:
        books: The company.
        raw: Decoded JSON.
        held: Transactions of the page that is replaced; None for a new one.
        reconciliation: `createReconciliation`: a rounding row is added for what does not balance.

    Raises:
        Refused: 400 with every problem found; a closed period by option with 403.

    """
    if not isinstance(raw, dict):
        raise Refused(400, "Request body must be a JSON object")
    problems = Problems()
    data = schema.read("LedgerReceipt", raw, problems)
    transactions = data.get("transactions", [])
    side, status = data.get("vatType", "PURCHASE"), data.get("vatStatus")
    known = books.statuses.get(status) if status is not None else None
    if status is not None and (known is None or not (known.sales if side == "SALES" else known.purchase)):
        problems.add(VAT_STATUS_PERCENT, "vatStatus")
    if data.get("partnerId") is not None and data["partnerId"] not in books.partners.rows:
        problems.add("BUSINESS_PARTNER_NOT_FOUND", "partnerId")
    for at, each in enumerate(transactions):
        _check(books, each, f"transactions[{at}]", data, problems)
    _check_rows(transactions, held, problems)
    problems.check()
    _balance(books, transactions, reconciliation=reconciliation)
    if not books.is_open(data["receiptDate"]):
        raise Refused(books.options.closed_period_status, CLOSED_PERIOD, "receiptDate")
    if held is None:
        for each in transactions:
            each.pop("id", None)
    posting.number_transactions(transactions)
    data.pop("version", None)
    return data


def _check_rows(transactions: list[dict[str, Any]], held: list[dict[str, Any]] | None, problems: Problems) -> None:
    for kind in _SINGLE:
        if sum(each.get("transactionType") == kind for each in transactions) > 1:
            problems.add(f"ONLY_ONE_{kind}_ALLOWED", "transactions")
    if held is None:
        return
    known = {each["id"] for each in held}
    given = [each["id"] for each in transactions if "id" in each]
    for at, each in enumerate(transactions):
        if "id" in each and each["id"] not in known:
            problems.add("TRANSACTION_NOT_FOUND", f"transactions[{at}].id")
    if len(given) != len(set(given)):
        problems.add("DUPLICATE_TRANSACTION_ID", "transactions")


def _check(books: Books, each: dict[str, Any], path: str, data: dict[str, Any], problems: Problems) -> None:
    kind, percent = each.get("transactionType"), each.get("vatPercent")
    if kind is None or percent is None or "accountingValue" not in each or "account" not in each:
        return
    value = each["accountingValue"]
    if value != round(value, 2):
        problems.add("AT_MOST_2_DECIMALS", f"{path}.accountingValue")
    if kind == posting.ENTRY:
        side = each.get("vatType", data.get("vatType", "PURCHASE"))
        if not books.vat_fits(each.get("vatStatus", data.get("vatStatus")), percent, side):
            problems.add(VAT_STATUS_PERCENT, f"{path}.vatStatus")
    else:
        if percent != 0:
            problems.add("VAT_PERCENT_MUST_BE_ZERO", f"{path}.vatPercent")
        for name in ("vatType", "vatStatus"):
            if name in each:
                problems.add("MUST_BE_NULL", f"{path}.{name}")
    if not books.account_takes(each["account"], percent):
        problems.add(ACCOUNT_VAT, f"{path}.account")
    values = each.get("dimensionItemValues")
    if values:
        check_dimensions(books, values, abs(value), f"{path}.dimensionItemValues", problems)


def check_dimensions(books: Books, values: list[dict[str, Any]], total: Decimal, path: str, problems: Problems) -> None:
    """Note dimension items that are not there, or whose values of one dimension do not sum to the transaction's."""
    sums: dict[int, Decimal] = {}
    for each in values:
        dimension = books.dimensions.rows.get(each.get("dimensionId", 0))
        items = {item["id"] for item in dimension["items"]} if dimension else set()
        if each.get("itemId") not in items:
            problems.add(UNKNOWN_DIMENSION, path)
            return
        sums[each["dimensionId"]] = sums.get(each["dimensionId"], Decimal(0)) + each.get("value", Decimal(0))
    if any(each != total for each in sums.values()):
        problems.add("DIMENSION_VALUES_DO_NOT_SUM_TO_ACCOUNTING_VALUE", path)


def _balance(books: Books, transactions: list[dict[str, Any]], *, reconciliation: bool) -> None:
    rest = abs(posting.leftover(transactions))
    if rest == 0:
        return
    entries = sum(each["transactionType"] == posting.ENTRY for each in transactions)
    small = _CENT * entries if books.options.balance == "reconcile" else Decimal(0)
    allowed = books.options.reconciliation_limit if reconciliation else small
    if rest > allowed:
        raise Refused(400, "DEBIT_AND_CREDIT_DO_NOT_BALANCE", "transactions")
    posting.reconcile(transactions)
