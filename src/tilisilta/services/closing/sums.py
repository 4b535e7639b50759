"""From postings to vouchers: summed by the database per account, VAT rate and treatment, debit and credit apart."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec
from django.db.models import Case, DecimalField, F, Q, QuerySet, Sum, Value, When
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, override

from tilisilta.core.documents import Direction, JournalEntry, Posting
from tilisilta.core.money import amount_from_minor
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.services.closing.books import Range, with_day
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import AccountRole, Company, InvoicePosting, Side

DIRECTIONS: Final = {Side.SALES: Direction.SALES, Side.PURCHASES: Direction.PURCHASE}
_VAT_ROLES: Final = (AccountRole.OUTPUT_VAT, AccountRole.INPUT_VAT)
_RATE: Final = DecimalField(max_digits=6, decimal_places=3, null=True)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What one account's postings of one VAT rate and treatment sum up to; amounts in minor units.

    `day` is None unless days are kept apart. Rows of the VAT accounts themselves bear no rate: they are the tax.
    """

    account: str
    name: str
    role: str
    rate: Decimal | None
    treatment: VatTreatment | None
    debit_minor: int
    credit_minor: int
    day: dt.date | None = None


def sum_up(postings: "tuple[QuerySet[InvoicePosting], ...]", *, per_day: bool) -> list[Line]:
    """Return the lines of a period's postings (of invoices, and of payments) in the order of day and account."""
    sums: defaultdict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0])
    for place, rows in enumerate(postings):
        found = with_day(rows, of_payments=place == 1) if per_day else rows
        grouped = (
            found.order_by()
            .annotate(
                summed_rate=Case(
                    When(account__role__in=_VAT_ROLES, then=None), default=F("vat_rate"), output_field=_RATE
                ),
                summed_treatment=Case(When(account__role__in=_VAT_ROLES, then=Value("")), default=F("vat_treatment")),
            )
            .values_list(
                *(["day"] if per_day else []),
                *("account__number", "account__name", "account__role", "summed_rate", "summed_treatment"),
            )
            .annotate(debit=Sum("debit_minor"), credit=Sum("credit_minor"))
        )
        for *key, debit, credit in grouped:
            both = sums[tuple(key if per_day else (None, *key))]
            both[0] += debit
            both[1] += credit
    lines = [
        Line(
            day=day,
            account=account,
            name=name,
            role=role,
            rate=rate,
            treatment=VatTreatment(treatment) if treatment else None,
            debit_minor=debit,
            credit_minor=credit,
        )
        for (day, account, name, role, rate, treatment), (debit, credit) in sums.items()
        if debit or credit
    ]
    return sorted(lines, key=_order)


def _order(line: Line) -> tuple[Any, ...]:
    return (
        line.day or dt.date.min,
        line.account,
        line.rate if line.rate is not None else Decimal(-1),
        line.treatment or "",
    )


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One voucher before it has an id: its day and its lines."""

    date: dt.date
    lines: tuple[Line, ...]

    @property
    def debit_minor(self) -> int:
        return sum(line.debit_minor for line in self.lines)

    @property
    def credit_minor(self) -> int:
        return sum(line.credit_minor for line in self.lines)


def entries_of(lines: Iterable[Line], days: Range) -> list[Entry]:
    """Return the vouchers of summed lines: one for each of their days, or one on the last day when they have none.

    Raises:
        ServiceError: PERIOD_NOT_BALANCED; no set of postings may be kept that does not balance, so this is a fault.
    """
    by_day: defaultdict[dt.date, list[Line]] = defaultdict(list)
    for line in lines:
        by_day[line.day or days.last].append(line)
    found = [Entry(date=day, lines=tuple(each)) for day, each in sorted(by_day.items())]
    for entry in found:
        if entry.debit_minor != entry.credit_minor:
            difference = amount_from_minor(entry.debit_minor - entry.credit_minor)
            raise ServiceError("PERIOD_NOT_BALANCED", date=entry.date, difference=difference)
    return found


def journal_entry(
    entry: Entry, *, company: Company, side: str, days: Range, source_id: str, number: str, replaces: str = ""
) -> JournalEntry:
    """Return a voucher as canonical journal entry, in the words of the company's language."""
    currency = company.base_currency
    with override(company.language):
        description = describe(side, days)
    return JournalEntry(
        source_id=source_id,
        date=entry.date,
        description=description,
        number=number,
        currency=currency,
        postings=tuple(posting for line in entry.lines for posting in _postings(line, currency)),
        period_from=days.first,
        period_to=days.last,
        side=DIRECTIONS[Side(side)],
        replaces=replaces,
    )


def withdrawal(
    *, company: Company, side: str, days: Range, date: dt.date, source_id: str, number: str, replaces: str
) -> JournalEntry:
    """Return an entry without postings, which takes an older voucher out of the target's books."""
    empty = Entry(date=date, lines=())
    return journal_entry(
        empty, company=company, side=side, days=days, source_id=source_id, number=number, replaces=replaces
    )


def describe(side: str, days: Range) -> str:
    """Return what a period is called, in the active language."""
    words = gettext("Sales") if side == Side.SALES else gettext("Purchases")
    return f"{words} {shown_day(days.first)} – {shown_day(days.last)}"


def shown_day(day: dt.date) -> str:
    """Return a day in the active language; English in words, so that nobody takes it for an American one."""
    is_english = (get_language() or "en").startswith("en")
    return str(date_format(day, "j M Y" if is_english else "SHORT_DATE_FORMAT"))


def _postings(line: Line, currency: str) -> Sequence[Posting]:
    amounts = ((line.debit_minor, 0), (0, line.credit_minor))
    return [
        Posting(
            account=line.account,
            debit=amount_from_minor(debit, currency),
            credit=amount_from_minor(credit, currency),
            description=line.name,
            vat_rate=line.rate,
            vat_treatment=line.treatment,
        )
        for debit, credit in amounts
        if debit or credit
    ]


class Amounts(msgspec.Struct, frozen=True):
    """What a period's invoices amount to, in minor units of the books' currency."""

    net_minor: int
    vat_minor: int
    gross_minor: int


def amounts_of(postings: "QuerySet[InvoicePosting]", side: str) -> Amounts:
    """Return what invoices sum up to, read from their postings: claims or debts, and the tax in them."""
    owed = Q(account__role__in=(AccountRole.RECEIVABLES, AccountRole.PAYABLES))
    taxed = Q(account__role__in=_VAT_ROLES)
    found = postings.order_by().aggregate(
        gross=Sum(F("debit_minor") - F("credit_minor"), filter=owed),
        vat=Sum(F("credit_minor") - F("debit_minor"), filter=taxed),
    )
    sign = 1 if side == Side.SALES else -1
    gross, vat = sign * (found["gross"] or 0), sign * (found["vat"] or 0)
    return Amounts(net_minor=gross - vat, vat_minor=vat, gross_minor=gross)
