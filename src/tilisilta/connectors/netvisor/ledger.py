"""Vouchers of accountingledger.nv (vendor sheet 6.2)."""

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal

import msgspec

from tilisilta.connectors.netvisor import assumptions, vat_codes
from tilisilta.connectors.netvisor.client import Client
from tilisilta.connectors.netvisor.wire import Element, amount, attribute, children, day, everywhere, get
from tilisilta.core.errors import BadInput
from tilisilta.core.money import ZERO
from tilisilta.core.period import Period
from tilisilta.kit.marker import read_marker
from tilisilta.ports import LedgerRow, Sent, Totals

LEDGER = "accountingledger.nv"
KEYS_A_CALL = 500


class Line(msgspec.Struct, frozen=True):
    """One line; the amount is positive for debit."""

    account: str
    vat_code: str
    amount: Decimal
    vat_rate: Decimal


class Voucher(msgspec.Struct, frozen=True, kw_only=True):
    """A voucher of the ledger; `mark` is our key when it bears one."""

    key: str
    date: dt.date
    number: str
    mark: str
    is_valid: bool
    lines: tuple[Line, ...]

    @property
    def gross(self) -> Decimal:
        """Return the sum of the debit side."""
        return sum((line.amount for line in self.lines if line.amount > 0), ZERO)

    def sent(self) -> Sent:
        """Return the voucher as a record in the target."""
        return Sent(target_id=self.key, number=self.number, totals=Totals(gross=self.gross))


def in_chunks(keys: Sequence[str], size: int = KEYS_A_CALL) -> Iterator[Sequence[str]]:
    """Yield keys in the numbers that one call takes."""
    for at in range(0, len(keys), size):
        yield keys[at : at + size]


async def read_days(client: Client, first: dt.date, last: dt.date) -> list[Voucher]:
    """Return the valid vouchers of these days, both included.

    Lists are unbounded, so that a long stretch is asked for month by month.
    """
    found: list[Voucher] = []
    for month in Period(first, last).months():
        start, end = max(first, month.first), min(last, month.last)
        root = await client.read(LEDGER, {"startdate": start.isoformat(), "enddate": end.isoformat()})
        found += [voucher for voucher in map(read_voucher, everywhere(root, "voucher")) if voucher.is_valid]
    return found


async def read_keys(client: Client, keys: Sequence[str]) -> dict[str, Voucher]:
    """Return vouchers by key, whatever their state; unknown ones are absent."""
    found: dict[str, Voucher] = {}
    for chunk in in_chunks(keys):
        root = await client.read(LEDGER, {"netvisorkeylist": ",".join(chunk)})
        found.update((voucher.key, voucher) for voucher in map(read_voucher, everywhere(root, "voucher")))
    return found


def read_voucher(row: Element) -> Voucher:
    """Return a voucher.

    Raises:
        BadInput: A date or an amount cannot be read.

    """
    date = day(get(row, "voucherdate"), "VoucherDate")
    if date is None:
        raise BadInput(field="VoucherDate", value="", rule="date")
    status = attribute(row, "status") or assumptions.STATUS_WHEN_ABSENT
    return Voucher(
        key=get(row, "netvisorkey"),
        date=date,
        number=get(row, "vouchernumber"),
        mark=read_marker(get(row, "voucherdescription")),
        is_valid=status.lower() == "valid",
        lines=tuple(_line(each) for each in children(row, "voucherline")),
    )


def _line(row: Element) -> Line:
    return Line(
        account=get(row, "accountnumber"),
        vat_code=vat_codes.read_code(get(row, "vatcode")),
        amount=amount(get(row, "linesum"), "LineSum"),
        vat_rate=amount(get(row, "vatpercent"), "VatPercent"),
    )


def ledger_rows(voucher: Voucher) -> Iterator[LedgerRow]:
    """Yield the lines of a voucher, with debit and credit apart."""
    for line in voucher.lines:
        yield LedgerRow(
            account=line.account,
            vat_code=line.vat_code,
            debit=max(line.amount, ZERO),
            credit=max(-line.amount, ZERO),
            voucher_id=voucher.key,
            date=voucher.date,
            vat_rate=line.vat_rate,
            voucher_number=voucher.number,
            key=voucher.mark,
        )
