"""The accounting page: how an invoice makes one, what VAT its rows carry, whether it balances.

Source: vendor sheet, section 6. Debit is positive, credit negative, `accountingValue` is net; the VAT of each row
comes on top. Inferred: the balance rule, and that the rows follow the invoice's order.
"""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from tilisilta_emulators.kit import encode
from tilisilta_emulators.procountor import chart
from tilisilta_emulators.procountor.books import Books
from tilisilta_emulators.procountor.money import ZERO, RowSum, cents, to_home
from tilisilta_emulators.procountor.records import ORDER_TYPES, Invoice, Receipt

ENTRY, REVERSING, RECONCILIATION = "ENTRY", "REVERSING_ENTRY", "RECONCILIATION_ENTRY"
_HUNDRED = Decimal(100)
_SALES_BY_STATUS = {3: "3380", 5: "3360", 902: "3365", 904: "3400", 905: "3400", 12: "3100"}
_PURCHASES_BY_STATUS = {900: "4110", 901: "4120", 903: "4130", 904: "4220", 905: "4220"}


def vat_of(transaction: dict[str, Any]) -> Decimal:
    """Return the VAT of a transaction in the company's currency, with the sign of its value."""
    if transaction["transactionType"] != ENTRY:
        return ZERO
    return cents(transaction["accountingValue"] * transaction["vatPercent"] / _HUNDRED)


def leftover(transactions: list[dict[str, Any]]) -> Decimal:
    """Return what is missing to balance: values and VAT summed; 0.00 on a balanced page."""
    return sum((each["accountingValue"] + vat_of(each) for each in transactions), ZERO)


def vat_total(transactions: list[dict[str, Any]]) -> Decimal:
    """Return the VAT of all transactions."""
    return sum((vat_of(each) for each in transactions), ZERO)


def reconcile(transactions: list[dict[str, Any]]) -> None:
    """Take the leftover into the reconciliation row, made when there is none."""
    rest = leftover(transactions)
    if rest == 0:
        return
    held = next((each for each in transactions if each["transactionType"] == RECONCILIATION), None)
    if held is not None:
        held["accountingValue"] -= rest
        return
    transactions.append(
        {
            "transactionType": RECONCILIATION,
            "account": chart.ROUNDING,
            "accountingValue": -rest,
            "vatPercent": Decimal(0),
            "description": "Rounding",
        }
    )


def number_transactions(transactions: list[dict[str, Any]]) -> None:
    """Give ids to transactions that have none."""
    last = max((each["id"] for each in transactions if "id" in each), default=0)
    for each in transactions:
        if "id" not in each:
            last += 1
            each["id"] = last


def make_receipt(books: Books, invoice: Invoice, data: dict[str, Any], rows: list[RowSum]) -> Receipt | None:
    """Make the accounting page of an invoice and store it; orders have none.

    Args:
        books: Where it goes.
        invoice: Its totals are those the page's reversing entry carries.
        data: The invoice's stored request.
        rows: Net and VAT of each row in the invoice's currency.

    """
    if invoice.type in ORDER_TYPES:
        return None
    transactions = [_reversing(invoice), *_entries(books, invoice, data, rows)]
    reconcile(transactions)
    number_transactions(transactions)
    body = {
        "vatType": invoice.side,
        "vatStatus": data.get("vatStatus", 1),
        "invoiceNotes": data.get("notes"),
        "partnerId": invoice.partner_id,
        "transactions": transactions,
    }
    stamp = books.stamp()
    receipt = Receipt(
        id=books.receipts.take_id(),
        type=invoice.type,
        status=invoice.status,
        name=invoice.name,
        date=invoice.date,
        number=books.next_number("receipt", 311),
        invoice_id=invoice.id,
        invoice_number=invoice.number,
        created=stamp,
        version=stamp,
        body=encode({name: value for name, value in body.items() if value is not None}),
        vat=vat_total(transactions),
    )
    books.receipts.put(receipt.id, receipt)
    invoice.receipt_id = receipt.id
    return receipt


def _reversing(invoice: Invoice) -> dict[str, Any]:
    account = chart.RECEIVABLES if invoice.sales else chart.PAYABLES
    if invoice.type in ("TRAVEL_INVOICE", "BILL_OF_CHARGES"):
        account = chart.TRAVEL_PAYABLES
    gross = invoice.sums.home_gross
    return {
        "transactionType": REVERSING,
        "account": account,
        "accountingValue": gross if invoice.sales else -gross,
        "vatPercent": Decimal(0),
        "description": invoice.name,
    }


def _entries(books: Books, invoice: Invoice, data: dict[str, Any], rows: list[RowSum]) -> list[dict[str, Any]]:
    partner = books.partners.rows.get(invoice.partner_id) if invoice.partner_id is not None else None
    by_row = data["extraInfo"]["accountingByRow"] and books.options.accounting_by_row
    combine = not by_row or (partner is not None and partner.combine_rows)
    rate = rate_of(books, data)
    out: list[dict[str, Any]] = []
    combined: defaultdict[tuple[str, Decimal, int], list[dict[str, Any]]] = defaultdict(list)
    for row, amounts in zip(data["invoiceRows"], rows, strict=True):
        status = row.get("vatStatus", data.get("vatStatus", 1))
        # A product's account comes along only where each row is posted by itself.
        product = books.products.rows.get(row.get("productId", 0)) if by_row else None
        account = str((product or {}).get("defaultAccount") or "") or _account(
            invoice, status, partner.default_account if partner else None
        )
        net = to_home(amounts.net, rate)
        entry: dict[str, Any] = {
            "transactionType": ENTRY,
            "account": account if books.account_takes(account, row["vatPercent"]) else _fallback(invoice),
            "accountingValue": -net if invoice.sales else net,
            "vatPercent": row["vatPercent"],
            "vatType": invoice.side,
            "vatStatus": status,
            "description": row["product"][:255],
        }
        if not invoice.sales:
            entry["vatDeductionPercent"] = Decimal(100)
        out.append(entry)
        combined[entry["account"], row["vatPercent"], status].append(entry)
    if not combine:
        return out
    for entries in combined.values():
        entries[0]["accountingValue"] = sum((each["accountingValue"] for each in entries), ZERO)
        entries[0]["description"] = invoice.name
    return [entries[0] for entries in combined.values()]


def rate_of(books: Books, data: dict[str, Any]) -> Decimal:
    """Return foreign units per home unit of an invoice; a rate of 0 stands for the company's own."""
    info = data["paymentInfo"]
    if info["currency"] == books.home_currency:
        return Decimal(1)
    rate: Decimal = info["currencyRate"]
    return rate if rate > 0 else books.settings["rates"].get(info["currency"], Decimal(1))


def _fallback(invoice: Invoice) -> str:
    return chart.SALES if invoice.sales else chart.PURCHASES


def _account(invoice: Invoice, status: int, default: str | None) -> str:
    by_status = _SALES_BY_STATUS if invoice.sales else _PURCHASES_BY_STATUS
    if status in by_status:
        return by_status[status]
    if default is not None:
        return default
    if invoice.type in ("TRAVEL_INVOICE", "BILL_OF_CHARGES"):
        return chart.TRAVEL
    return _fallback(invoice)
