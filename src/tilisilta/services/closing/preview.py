"""What closing a range would do: the vouchers with their totals, and everything that stands in the way, at once."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from tilisilta.core.errors import TilisiltaError
from tilisilta.core.mapping.account_codes import account_vat_code
from tilisilta.core.mapping.tables import MappingTables, posting_account_keys
from tilisilta.core.money import amount_from_minor, amount_minor
from tilisilta.core.period import last_day_of_month, propose_range, today_in
from tilisilta.services.access import Actor
from tilisilta.services.closing import books, sums, switching, targets, texts
from tilisilta.services.closing.books import Range
from tilisilta.services.closing.sums import Amounts, Entry
from tilisilta.services.errors import ServiceError
from tilisilta.services.problem_catalogue import Description, describe
from tilisilta.store.mapping_tables import load_tables
from tilisilta.store.models import ClosedPeriod, Company, Integration, PeriodState, Side

texts.make_known()

# So many are listed by name; the others are counted.
SHOWN: Final = 50


class Named(msgspec.Struct, frozen=True):
    """Something that stands in the way, with the page where it is settled."""

    text: str
    link: str = ""


class Blocker(msgspec.Struct, frozen=True, kw_only=True):
    """One reason why a range cannot be closed: a code of the problem catalogue, and all that it is about."""

    code: str
    params: dict[str, str]
    items: tuple[Named, ...] = ()
    count: int = 0
    link: str = ""

    @property
    def words(self) -> Description:
        """Return title, cause and remedy in the reader's language."""
        return describe(self.code, self.params)

    @property
    def more(self) -> int:
        """Return how many are not listed."""
        return max(0, self.count - len(self.items))


class CannotClose(ServiceError):
    """Closing or sending is refused; `blockers` has every reason, and the code is the first one's."""

    def __init__(self, blockers: Sequence[Blocker]) -> None:
        self.blockers = tuple(blockers)
        super().__init__(self.blockers[0].code, **self.blockers[0].params)

    def __str__(self) -> str:
        """Return the reasons in the active language."""
        return " ".join(f"{each.words.title} {each.words.cause}" for each in self.blockers)


class TotalRow(msgspec.Struct, frozen=True, kw_only=True):
    """What one account and VAT rate come to, here and under the target's account and VAT code."""

    account: str
    name: str
    rate: str
    treatment: str
    target_account: str
    vat_code: str
    debit_minor: int
    credit_minor: int


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What closing would do. `integration` is None when closing sends nothing."""

    side: str
    days: Range
    per_day: bool
    integration: Integration | None
    invoice_count: int
    payment_count: int
    amounts: Amounts
    entries: tuple[Entry, ...]
    totals: tuple[TotalRow, ...]
    blockers: tuple[Blocker, ...]
    drafts: int = 0

    @property
    def debit_minor(self) -> int:
        return sum(entry.debit_minor for entry in self.entries)

    @property
    def credit_minor(self) -> int:
        return sum(entry.credit_minor for entry in self.entries)


def today_of(company: Company) -> dt.date:
    """Return the company's own day."""
    return today_in(ZoneInfo(company.time_zone), timezone.now())


def last_closed(company: Company, side: str) -> dt.date | None:
    """Return the last day of a side that a period holds."""
    rows = ClosedPeriod.objects.filter(company=company, side=side).exclude(state=PeriodState.REOPENED)
    return rows.order_by("-date_to").values_list("date_to", flat=True).first()


def propose(company: Company, side: str) -> Range:
    """Return the days to close next: from the earliest that is open to the end of its month, or to yesterday."""
    today = today_of(company)
    first = books.open_invoices(company, side).order_by("day").values_list("day", flat=True).first()
    paid = books.open_payments(company, side).order_by("day").values_list("day", flat=True).first()
    earliest = min((day for day in (first, paid) if day is not None), default=None)
    closed = last_closed(company, side)
    if closed is None or (earliest is not None and earliest <= closed):
        start = (earliest or today).replace(day=1)
        if closed is not None and earliest is not None:
            start = earliest
        return Range(start, max(start, min(last_day_of_month(start), today)))
    proposed = propose_range(closed, today, closed)
    if proposed is None:
        return Range(today, today)
    return Range(proposed.first, min(proposed.last, last_day_of_month(proposed.first)))


def require_range(company: Company, days: Range) -> None:
    """Let days pass that are in order and have come.

    Raises:
        ServiceError: DATES_REVERSED, PERIOD_IN_FUTURE.
    """
    if days.first > days.last:
        raise ServiceError("DATES_REVERSED", date_from=days.first, date_to=days.last)
    if days.last > today_of(company):
        raise ServiceError("PERIOD_IN_FUTURE", date_to=sums.shown_day(days.last))


def preview(actor: Actor, side: str, days: Range, *, per_day: bool, ask_target: bool = True) -> Preview:
    """Return what closing would do. Nothing is written anywhere.

    Args:
        actor: Anybody of the company.
        side: "sales" or "purchase".
        days: The days to be closed.
        per_day: One voucher a day instead of one for all days.
        ask_target: Whether the target's accounts, fiscal years and locks are read too.

    Raises:
        ServiceError: DATES_REVERSED, PERIOD_IN_FUTURE, NOT_ACTIVATED_YET.
    """
    company = actor.company
    require_range(company, days)
    integration = targets.sending_integration(company, side, wanted=_went_by(company, side, days))
    postings = books.postings_of_open(company, side, days)
    entries = sums.entries_of(sums.sum_up(postings, per_day=per_day), days)
    blockers = local_blockers(company, side, days)
    tables = load_tables(integration) if integration is not None else MappingTables()
    if integration is not None:
        events = (books.open_invoices(company, side), books.open_payments(company, side))
        blockers += doubling_blockers(integration, side, *(books.in_range(rows, days) for rows in events))
        blockers += target_blockers(integration, side, days, entries, ask_target=ask_target and not blockers)
    return Preview(
        side=side,
        days=days,
        per_day=per_day,
        integration=integration,
        invoice_count=books.in_range(books.open_invoices(company, side), days).count(),
        payment_count=books.in_range(books.open_payments(company, side), days).count(),
        amounts=sums.amounts_of(postings[0], side),
        entries=tuple(entries),
        totals=tuple(total_rows(entries, company, side, days, tables)),
        blockers=tuple(blockers),
        drafts=books.drafts_in(company, side, days),
    )


def _went_by(company: Company, side: str, days: Range) -> int | None:
    """Return the integration by which these days went before they were opened again."""
    rows = ClosedPeriod.objects.filter(
        company=company, side=side, state=PeriodState.REOPENED, date_from__lte=days.last, date_to__gte=days.first
    )
    return rows.order_by("date_from").values_list("integration_id", flat=True).first()


# --- what stands in the way ----------------------------------------------------------------------------------


def local_blockers(company: Company, side: str, days: Range) -> list[Blocker]:
    """Return what must be settled here: earlier events that no period holds, unfinished and unposted documents."""
    invoices, payments = books.open_invoices(company, side), books.open_payments(company, side)
    blockers: list[Blocker] = []
    outside = [*_named(invoices.filter(day__lt=days.first)), *_named_payments(payments.filter(day__lt=days.first))]
    if outside:
        count = invoices.filter(day__lt=days.first).count() + payments.filter(day__lt=days.first).count()
        link = reverse("period-close", args=[company.pk, side])
        blockers.append(_blocker("PERIOD_HAS_OUTSIDE_EVENTS", outside, count, link=link))
    inside = books.in_range(invoices, days)
    for code, rows in (
        ("PERIOD_HAS_UNFINISHED", inside.filter(books.not_finished(side))),
        ("PERIOD_HAS_UNPOSTED", inside.exclude(books.not_finished(side)).filter(books.not_posted())),
    ):
        if named := _named(rows):
            blockers.append(_blocker(code, named, rows.count()))
    unposted = books.payments_not_posted(books.in_range(payments, days))
    if named := _named_payments(unposted):
        blockers.append(_blocker("PERIOD_HAS_UNPOSTED_PAYMENTS", named, unposted.count()))
    return blockers


def doubling_blockers(
    integration: Integration, side: str, invoices: "QuerySet[Any]", payments: "QuerySet[Any]"
) -> list[Blocker]:
    """Return what went to the target one by one already: with a period it would be booked there twice."""
    sent, paid = switching.gone_among(integration, side, invoices, payments)
    named = [*_named(sent), *_named_payments(paid)]
    if not named:
        return []
    link = reverse("integration-settings", args=[integration.company_id, integration.pk])
    return [_blocker("PERIOD_HAS_SENT_DOCUMENTS", named, sent.count() + paid.count(), link=link)]


def target_blockers(
    integration: Integration, side: str, days: Range, entries: Sequence[Entry], *, ask_target: bool
) -> list[Blocker]:
    """Return what must be settled for the target: unmapped accounts, all at once, and what it says itself."""
    shown = [_as_entry(entry, integration.company, side, days) for entry in entries]
    missing = targets.unmapped(load_tables(integration), targets.used_keys_of(shown))
    if missing:
        names = list(dict.fromkeys(targets.shown_key(each) for each in missing))
        is_netvisor = integration.target.vendor == "netvisor"
        code = "ACCOUNT_NOT_IN_NETVISOR" if is_netvisor else "ACCOUNT_UNMAPPED"
        return [_account_blocker(integration, code, names, missing="1")]
    if not ask_target or not entries:
        return []
    try:
        problems = targets.check_target(integration, shown)
    except TilisiltaError as error:
        page = reverse("connection-detail", args=[integration.company_id, integration.target_id])
        return [Blocker(code=error.code, params={**error.params, "connection": integration.target.name}, link=page)]
    return [
        _account_blocker(integration, each.code, str(each.params["account"]).split(", "))
        if each.where == "accounts"
        else Blocker(code=each.code, params=dict(each.params))
        for each in problems
    ]


def _account_blocker(integration: Integration, code: str, names: Sequence[str], **query: str) -> Blocker:
    """Return the blocker of accounts, each with the way to its own row of the mapping (N28)."""
    page = reverse("mapping-table", args=[integration.company_id, integration.pk, "accounts"])
    items = tuple(
        Named(name, f"{page}?{urlencode({**query, 'q': name.partition(' ')[0].partition(':')[0]})}") for name in names
    )
    listed = ", ".join(names)
    return Blocker(
        code=code,
        params={"account": listed, "message": listed},
        items=items,
        count=len(items),
        link=f"{page}?{urlencode(query)}" if query else page,
    )


def _as_entry(entry: Entry, company: Company, side: str, days: Range) -> Any:
    return sums.journal_entry(entry, company=company, side=side, days=days, source_id="", number="")


def _blocker(code: str, named: Sequence[Named], count: int, *, link: str = "") -> Blocker:
    listed = ", ".join(each.text for each in named[:SHOWN]) + (" …" if count > len(named[:SHOWN]) else "")
    return Blocker(
        code=code, params={"events": listed, "count": str(count)}, items=tuple(named[:SHOWN]), count=count, link=link
    )


def _named(rows: "QuerySet[Any]") -> list[Named]:
    shown = rows.order_by("day", "pk").values_list("pk", "company_id", "number", "party_name", "day")
    return [
        Named(
            f"{number or f'#{pk}'} {party} {sums.shown_day(day)}",
            invoice_link(company_id, pk),
        )
        for pk, company_id, number, party, day in shown[:SHOWN]
    ]


def _named_payments(rows: "QuerySet[Any]") -> list[Named]:
    shown = rows.order_by("day", "pk").values_list(
        "invoice_id", "company_id", "invoice__number", "amount_minor", "currency", "day"
    )
    return [
        Named(
            f"{number or f'#{pk}'} {amount_from_minor(minor, currency)} {sums.shown_day(day)}",
            invoice_link(company_id, pk),
        )
        for pk, company_id, number, minor, currency, day in shown[:SHOWN]
    ]


def invoice_link(company_id: int, pk: int) -> str:
    """Return the page of an invoice."""
    return reverse("workspace-invoice", args=[company_id, pk])


# --- totals --------------------------------------------------------------------------------------------------


def total_rows(
    entries: Sequence[Entry], company: Company, side: str, days: Range, tables: MappingTables
) -> list[TotalRow]:
    """Return the totals of vouchers per account, VAT rate and treatment, with the target's account and VAT code."""
    totals: defaultdict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
    direction = sums.DIRECTIONS[Side(side)]
    for entry in entries:
        shown = _as_entry(entry, company, side, days)
        for posting, used in zip(shown.postings, posting_account_keys(shown), strict=True):
            row = tables.account(used.source_key, direction, rate=used.vat_rate, treatment=used.treatment)
            key = (
                posting.account,
                posting.description,
                "" if posting.vat_rate is None else f"{posting.vat_rate.normalize():f}",
                str(posting.vat_treatment or ""),
                row.target_key if row is not None else "",
                account_vat_code(row.extra, direction) if row is not None else "",
            )
            for place, amount in enumerate((posting.debit, posting.credit)):
                totals[key][place] += amount_minor(amount, company.base_currency)
    return [
        TotalRow(
            **dict(zip(("account", "name", "rate", "treatment", "target_account", "vat_code"), key, strict=True)),
            debit_minor=debit,
            credit_minor=credit,
        )
        for key, (debit, credit) in sorted(totals.items())
    ]
