"""Accounting pages read back (vendor sheet section 6)."""

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal

import msgspec

from tilisilta.connectors.procountor.client import Client, Row, number
from tilisilta.connectors.procountor.lists import Lists
from tilisilta.connectors.procountor.postings import ENTRY, vat_of
from tilisilta.core.errors import BadInput
from tilisilta.core.money import ZERO
from tilisilta.kit.marker import read_marker
from tilisilta.kit.values import date, identity, text
from tilisilta.ports import LedgerRow, Sent, Totals

PATH = "/ledgerreceipts"
JOURNAL = "JOURNAL"
DEAD = "INVALIDATED"


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """An accounting page; `mark` is our key when it bears one."""

    key: str
    kind: str
    status: str
    date: dt.date
    number: str
    mark: str
    row: Row

    @property
    def is_valid(self) -> bool:
        return self.status != DEAD

    @property
    def debit(self) -> Decimal:
        """The sum of the debit side, the tax included."""
        found = ZERO
        for row in self.row.get("transactions") or ():
            value, tax = number(row, "accountingValue"), vat_of(row)
            found += max(value, ZERO) + max(tax, ZERO)
        return found

    def sent(self) -> Sent:
        """Return the page as a record in the target."""
        return Sent(target_id=self.key, number=self.number, totals=Totals(gross=self.debit))


def read_page(row: Row) -> Page:
    """Return a page.

    Raises:
        BadInput: It has no date.

    """
    day = date(row.get("receiptDate"), "receiptDate")
    if day is None:
        raise BadInput(field="receiptDate", value="", rule="date")
    return Page(
        key=identity(row.get("id")),
        kind=text(row.get("type")),
        status=text(row.get("status")).upper(),
        date=day,
        number=identity(row.get("receiptNumber")) or identity(row.get("invoiceNumber")),
        mark=read_marker(row.get("invoiceNotes")),
        row=row,
    )


async def read_keys(client: Client, keys: Sequence[str]) -> dict[str, Page]:
    """Return pages by id, whatever their state; unknown ones are absent."""
    return {key: read_page(row) for key, row in (await client.batch(PATH, keys)).items()}


async def read_days(client: Client, first: dt.date, last: dt.date, *, kind: str = "") -> list[Page]:
    """Return the valid pages of these days, both included; of one type when `kind` names it."""
    params = {"startDate": first.isoformat(), "endDate": last.isoformat()}
    if kind:
        params["types"] = kind
    listed = await client.everything(PATH, params)
    keys = [identity(row.get("id")) for row in listed if text(row.get("status")).upper() != DEAD]
    return [page for page in (await read_keys(client, keys)).values() if page.is_valid]


async def ledger_rows(pages: Sequence[Page], lists: Lists) -> list[LedgerRow]:
    """Return the lines of pages with debit and credit apart.

    Procountor adds the tax to a row by itself and shows no line for it; it is shown here on the account of the tax,
    told as `Lists.vat_accounts` tells it: debts begin with 2, claims with 1.
    """
    accounts = await lists.vat_accounts()
    owed = next((each for each in accounts if each.startswith("2")), "")
    claimed = next((each for each in accounts if each.startswith("1")), "")
    return [row for page in pages for row in _rows(page, owed, claimed or owed)]


def _rows(page: Page, owed: str, claimed: str) -> Iterator[LedgerRow]:
    for each in page.row.get("transactions") or ():
        is_entry = text(each.get("transactionType")) == ENTRY
        status = identity(each.get("vatStatus")) or (identity(page.row.get("vatStatus")) if is_entry else "")
        yield _row(page, text(each.get("account")), number(each, "accountingValue"), status, number(each, "vatPercent"))
        tax = vat_of(each)
        if tax:
            side = text(each.get("vatType")) or text(page.row.get("vatType"))
            yield _row(page, owed if side == "SALES" else claimed, tax, "", None)


def _row(page: Page, account: str, value: Decimal, status: str, percent: Decimal | None) -> LedgerRow:
    return LedgerRow(
        account=account,
        vat_code=status,
        debit=max(value, ZERO),
        credit=max(-value, ZERO),
        voucher_id=page.key,
        date=page.date,
        vat_rate=percent,
        voucher_number=page.number,
        key=page.mark,
    )
