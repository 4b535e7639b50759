"""Closed periods as lists and pages show them: who, when, how much, and what became of it at the target."""

import msgspec
from django.db.models import QuerySet

from tilisilta.core.documents import DocumentKind, JournalEntry, decode_document
from tilisilta.engine.states import AT_TARGET
from tilisilta.services.closing import states
from tilisilta.services.problem_catalogue import Description, describe
from tilisilta.store.models import ClosedPeriod, Company, Delivery, PeriodState, PeriodVoucher, Run


class VoucherRow(msgspec.Struct, frozen=True, kw_only=True):
    """One voucher of any revision with its delivery; `target_id` is the target's key, empty while it has none."""

    voucher: PeriodVoucher
    entry: JournalEntry
    delivery: Delivery | None
    is_current: bool

    @property
    def is_withdrawal(self) -> bool:
        return not self.entry.postings

    @property
    def target_id(self) -> str:
        return self.delivery.target_id if self.delivery is not None and self.delivery.state in AT_TARGET else ""


def list_periods(company: Company, side: str = "") -> "QuerySet[ClosedPeriod]":
    """Return a company's closed periods, latest first."""
    rows = ClosedPeriod.objects.filter(company=company).select_related(
        "company", "closed_by", "reopened_by", "integration__source", "integration__target"
    )
    return (rows.filter(side=side) if side else rows).order_by("-date_to", "side", "-pk")


def get_period(company: Company, pk: int) -> ClosedPeriod:
    """Return one period of a company with its state as it is now; raises ClosedPeriod.DoesNotExist for any other."""
    return states.refresh(list_periods(company).get(pk=pk))


def refreshed(periods: list[ClosedPeriod]) -> list[ClosedPeriod]:
    """Bring the periods of a list up to date that are being sent, and return them."""
    return [states.refresh(each) if each.state == PeriodState.CLOSING else each for each in periods]


def vouchers_of(period: ClosedPeriod) -> list[VoucherRow]:
    """Return all vouchers of a period with their deliveries, the last revision first."""
    rows = list(PeriodVoucher.objects.filter(period=period).order_by("-revision", "date", "pk"))
    found = states.deliveries_of(period, [row.source_id for row in rows])
    shown = []
    for row in rows:
        entry = decode_document(DocumentKind.JOURNAL_ENTRY, bytes(row.payload))
        if not isinstance(entry, JournalEntry):
            raise TypeError(type(entry))
        shown.append(
            VoucherRow(
                voucher=row,
                entry=entry,
                delivery=found.get(row.source_id),
                is_current=row.revision == period.revision and period.state != PeriodState.REOPENED,
            )
        )
    return shown


def target_keys(period: ClosedPeriod) -> list[str]:
    """Return the target's keys of the vouchers that stand there for a period, as far as they arrived."""
    return list(dict.fromkeys(row.target_id for row in vouchers_of(period) if row.is_current and row.target_id))


def runs_of(period: ClosedPeriod) -> list[Run]:
    """Return the runs that sent vouchers of a period, latest first."""
    ids = {row.run_id for row in states.deliveries_of(period).values() if row.run_id}
    live = states.live_run(period)
    if live is not None:
        ids.add(live.pk)
    return list(Run.objects.filter(pk__in=ids).order_by("-pk"))


def problem_of(period: ClosedPeriod) -> Description | None:
    """Return what keeps a period from its target, in the reader's language; None when nothing does."""
    if period.state != PeriodState.FAILED or not period.problem_code:
        return None
    return describe(period.problem_code, period.problem_params)
