"""What the emulators' books say, as lines that can be compared: nothing here comes from our own tables."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from tilisilta.core.documents import Direction, Invoice

ZERO: Final = Decimal("0.00")


class Line(msgspec.Struct, frozen=True, order=True):
    """One document, or one part of a payment, as a system's books have it. Credit notes count with a minus."""

    number: str
    party: str
    currency: str
    net: Decimal
    vat: Decimal
    gross: Decimal
    date: str = ""
    source_id: str = ""  # how the source names it; tells which of its records the product lists as left out

    @property
    def key(self) -> tuple[str, str, str]:
        """What names a document on both sides."""
        return self.number.strip().casefold(), self.party.strip().casefold(), self.date


class Totals(msgspec.Struct, frozen=True):
    """Count and sums of lines. Sums of several currencies are added as figures; `by_currency` keeps them apart."""

    count: int
    net: Decimal
    vat: Decimal
    gross: Decimal


def totals(lines: Iterable[Line]) -> dict[str, Any]:
    """Return count, net, vat and gross, and the same by currency where there is more than one."""
    found = list(lines)
    currencies = sorted({line.currency for line in found})
    shown = _sums(found)
    if len(currencies) > 1:
        shown["by_currency"] = {name: _sums([each for each in found if each.currency == name]) for name in currencies}
    return shown


def _sums(lines: Sequence[Line]) -> dict[str, Any]:
    return {
        "count": len(lines),
        "net": f"{sum((line.net for line in lines), ZERO):.2f}",
        "vat": f"{sum((line.vat for line in lines), ZERO):.2f}",
        "gross": f"{sum((line.gross for line in lines), ZERO):.2f}",
    }


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What two sides differ in. `absent` are lines of the source that the target lacks, amounts and all."""

    absent: tuple[Line, ...]
    surplus: tuple[Line, ...]
    duplicates: tuple[Line, ...]


def compare(source: Sequence[Line], target: Sequence[Line]) -> Compared:
    """Match lines by number and party, and compare each to the cent.

    A line that stands in the target more often than in the source, with the same amounts, is a duplicate; one that the
    source does not have so at all is surplus.
    """
    ours, theirs = Counter(map(_exact, source)), Counter(map(_exact, target))
    lacking, more = ours - theirs, theirs - ours
    surplus = [line for line in _taken(target, more) if _exact(line) not in ours]
    duplicates = [line for line in _taken(target, more) if _exact(line) in ours]
    return Compared(absent=tuple(_taken(source, lacking)), surplus=tuple(surplus), duplicates=tuple(duplicates))


_Exact = tuple[tuple[str, str, str], str, Decimal, Decimal, Decimal]


def _exact(line: Line) -> _Exact:
    return line.key, line.currency, line.net, line.vat, line.gross


def _taken(lines: Sequence[Line], wanted: Counter[_Exact]) -> list[Line]:
    """Return the lines that the counts name, as often as they name them, in the order of their numbers."""
    left = Counter(wanted)
    found = []
    for line in sorted(lines, reverse=True):
        if left[_exact(line)] > 0:
            left[_exact(line)] -= 1
            found.append(line)
    return found[::-1]


# --- Scoro ---------------------------------------------------------------------------------------------------


def scoro_invoices(books: dict[str, Any], kind: str, *, with_party: bool = True) -> list[Line]:
    """Return the live documents of Scoro's `invoices` or `bills`; credit invoices are negative there."""
    people = {row["contact_id"]: f"{row['name']} {row['lastname']}".strip() for row in books["contacts"]}
    return [
        Line(
            number=row["no"],
            party=people.get(row["company_id"], row["company_name"]) if with_party else "",
            source_id=str(row["id"]),
            currency=row["currency"],
            net=Decimal(row["sum"]),
            vat=Decimal(row["vat_sum"]),
            gross=Decimal(row["sum"]) + Decimal(row["vat_sum"]),
        )
        for row in books[kind]
    ]


def scoro_payments(books: dict[str, Any]) -> list[Line]:
    """Return every part of every receipt: which document got how much on which day."""
    numbers = {(kind, row["id"]): row["no"] for kind in ("invoices", "bills") for row in books[kind]}
    return [
        _payment(
            numbers.get((part["sales_doc_type"], part["invoice_id"]), f"id {part['invoice_id']}"),
            group["currency"],
            Decimal(part["sum"]),
            dt.date.fromisoformat(part["date"] or group["date"]),
            str(group["id"]),
        )
        for group in books["receipts"]
        for part in group["receipts"]
    ]


def _payment(number: str, currency: str, amount: Decimal, day: dt.date, source_id: str) -> Line:
    # The document that is paid names the party; systems differ in whether the payment does.
    return Line(number, "", currency, amount, ZERO, amount, day.isoformat(), source_id)


# --- SmartAccounts -------------------------------------------------------------------------------------------


def smart_invoices(books: dict[str, Any], kind: str, *, with_party: bool = True) -> list[Line]:
    """Return the documents of `client_invoices` or `vendor_invoices`.

    A sales credit note is told by its type and bears positive amounts there; a purchase credit note is negative.
    """
    found = []
    for row in books[kind]:
        sign = -1 if row["type"] == "CRE" and Decimal(row["totalAmount"]) > 0 else 1
        found.append(
            Line(
                number=row["invoiceNumber"],
                party=row["partner"]["name"] if with_party else "",
                currency=row["currency"],
                net=sign * Decimal(row["amount"]),
                vat=sign * Decimal(row["vatAmount"]),
                gross=sign * Decimal(row["totalAmount"]),
            )
        )
    return found


def smart_payments(books: dict[str, Any]) -> dict[str, list[Line]]:
    """Return by payment id every row of a payment: which document got how much on which day."""
    documents = {row["id"]: row for kind in ("client_invoices", "vendor_invoices") for row in books[kind]}
    found: dict[str, list[Line]] = {}
    for payment in books["payments"]:
        day = dt.datetime.strptime(payment["date"], "%d.%m.%Y").date()  # noqa: DTZ007  a date, no moment
        lines = [
            _payment(
                documents[row["id"]]["invoiceNumber"],
                payment["currency"],
                Decimal(row["amount"]),
                day,
                payment["id"],
            )
            for row in payment["rows"]
            if row["id"] in documents
        ]
        prepayment = payment["prepayment"]
        if prepayment:
            lines.append(_payment("", payment["currency"], Decimal(prepayment["amount"]), day, payment["id"]))
        found[payment["id"]] = lines
    return found


# --- files ---------------------------------------------------------------------------------------------------


def file_invoices(invoices: Iterable[Invoice]) -> list[Line]:
    """Return the purchases among the invoices of files; what is to pay counts with its rounding."""
    found = []
    for invoice in invoices:
        if invoice.direction is not Direction.PURCHASE:
            continue
        sign = -1 if invoice.is_credit_note else 1
        found.append(
            Line(
                number=invoice.number,
                party=invoice.party.name,
                source_id=invoice.source_id,
                currency=invoice.currency,
                net=sign * invoice.net,
                vat=sign * invoice.vat,
                gross=sign * (invoice.gross + invoice.rounding),
            )
        )
    return found
