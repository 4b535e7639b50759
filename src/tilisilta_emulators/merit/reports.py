"""Reports: debts and payments of customers, sales and purchases, income and balance.

The sheet names them without their columns, so the columns are inferred; sales and purchase reports answer in
camel case, and a long report answers `HasMore` with the `Id4More` that `getmoredata` continues from.
"""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from tilisilta_emulators.merit.call import Call, Handler
from tilisilta_emulators.merit.errors import business
from tilisilta_emulators.merit.ledger import lines_of
from tilisilta_emulators.merit.records import Invoice, Partner
from tilisilta_emulators.merit.values import ZERO, add_months, named_guid, show_day

_MOST_WAITING = 100


class Reports:
    """Reports, and the rest of those that were too long for one answer."""

    def __init__(self) -> None:
        self._rest: dict[str, tuple[int, list[dict[str, Any]]]] = {}
        self._given = 0

    def endpoints(self) -> dict[str, tuple[tuple[int, ...], Handler]]:
        """Return the services by path, with the versions that have them."""
        return {
            "getcustdebtrep": ((1,), debts),
            "getcustpaymrep": ((2,), self.customer_payments),
            "getmoredata": ((2,), self.more),
            "getsalesrep": ((2,), lambda call: _turnover(call, sales=True)),
            "getpurchrep": ((2,), lambda call: _turnover(call, sales=False)),
            "getprofitrep": ((1,), lambda call: _balances(call, ("3", "4", "5", "6", "8"))),
            "getbalancerep": ((1,), lambda call: _balances(call, ("1", "2"))),
        }

    def customer_payments(self, call: Call) -> dict[str, Any]:
        """Return what customers paid in a period."""
        partner = _customer(call)
        rows = [
            {
                "CustomerId": one.partner.id if one.partner else None,
                "CustomerName": one.partner.name if one.partner else None,
                "PaymentDate": show_day(one.date),
                "InvoiceNo": part.number,
                "InvoiceId": part.doc_id,
                "Amount": part.amount,
                "CurrencyCode": one.currency,
            }
            for one in call.listed(call.books.payments)
            if one.direction == 1 and (partner is None or one.partner is partner)
            for part in one.allocations
        ]
        return self._cut(call, rows)

    def more(self, call: Call) -> dict[str, Any]:
        """Return the next part of a report."""
        found = self._rest.pop(call.form.guid("Id4More") or call.form.need_guid(), None)
        if found is None or found[0] != call.company.mark:
            raise business("Andmeid ei leitud")
        return self._cut(call, found[1])

    def _cut(self, call: Call, rows: list[dict[str, Any]]) -> dict[str, Any]:
        size = max(1, call.options.report_rows)
        if len(rows) <= size:
            return {"Data": rows, "HasMore": False, "Id4More": None}
        self._given += 1
        identity = named_guid(f"more:{self._given}")
        self._rest[identity] = (call.company.mark, rows[size:])
        if len(self._rest) > _MOST_WAITING:
            # Rests that nobody asked for; the dictionary keeps the order of entry.
            del self._rest[next(iter(self._rest))]
        return {"Data": rows[:size], "HasMore": True, "Id4More": identity}


def _customer(call: Call) -> Partner | None:
    identity, name = call.form.guid("CustId"), call.form.text("CustName")
    if identity is None and name is None:
        return None
    cards = call.books.customers
    found = cards.by_id.get(identity) if identity else cards.by_name.get((name or "").casefold())
    if found is None:
        raise business("Klienti ei leitud")
    return found


def debts(call: Call) -> list[dict[str, Any]]:
    """Return unpaid sales invoices of a customer, or of all, overdue by so many days."""
    form = call.form
    identity, name = form.guid("CustId"), (form.text("CustName") or "").casefold()
    days, on = form.integer("OverDueDays") or 0, form.day("DebtDate") or call.now.date()
    shown = []
    for one in call.visible(iter(list(call.books.sales))):
        left = one.total - one.paid(call.now)
        if left == 0 or one.date > on or (on - one.due_date).days < days:
            continue
        if (identity and one.partner.id != identity) or (name and one.partner.folded != name):
            continue
        shown.append(
            {
                "PartnerId": one.partner.id,
                "PartnerName": one.partner.name,
                "DocType": "MA",
                "DocDate": show_day(one.date),
                "DocNo": one.number,
                "DocId": one.id,
                "DueDate": show_day(one.due_date),
                "TotalAmount": one.total,
                "PaidAmount": one.total - left,
                "UnPaidAmount": left,
                "CurrencyCode": one.currency,
            }
        )
    return shown


def _turnover(call: Call, *, sales: bool) -> list[dict[str, Any]]:
    form = call.form
    start, end = form.need_day("StartDate"), form.need_day("EndDate")
    form.integer("ReportType", range(1, 6))
    found: list[Invoice] = list(call.visible(call.books.table(sales=sales).within(start, end, changed=False)))
    side = "customer" if sales else "vendor"
    return [
        {
            "documentDate": show_day(one.date),
            "invoiceNo": one.number,
            f"{side}Id": one.partner.id,
            f"{side}Name": one.partner.name,
            "currencyCode": one.currency,
            "totalAmount": one.net,
            "taxAmount": one.vat,
            "totalSum": one.total,
        }
        for one in found
    ]


def _balances(call: Call, first_digits: tuple[str, ...]) -> dict[str, Any]:
    form = call.form
    end, count = form.day("EndDate") or call.now.date(), form.integer("PerCount", range(1, 121)) or 1
    start = date.min if first_digits == ("1", "2") else add_months(end, -count)
    sums: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
    for batch in call.visible(call.books.batches.within(start, end, changed=False)):
        for line in lines_of(batch):
            if line.account.startswith(first_digits):
                sums[line.account] += line.debit - line.credit
    names = call.books.settings.accounts
    return {
        "EndDate": show_day(end),
        "Rows": [{"AccountCode": code, "Description": names.get(code), "Balance": sums[code]} for code in sorted(sums)],
    }
