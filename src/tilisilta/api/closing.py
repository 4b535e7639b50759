"""Closed periods: dates proposed, what closing would do, closing, sending and opening again, the ledger compared."""

import datetime as dt
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from tilisilta.api.guard import actor_of
from tilisilta.api.shapes import (
    ACCOUNTANT,
    ADMIN,
    ASKS_VENDOR,
    Id,
    Input,
    Page,
    PageQuery,
    ProblemWords,
    amount,
    page_out,
    words_of,
)
from tilisilta.services import listings
from tilisilta.services.closing import closing, history, preview, reconcile
from tilisilta.services.closing.books import Range
from tilisilta.services.closing.history import VoucherRow
from tilisilta.services.closing.preview import Blocker
from tilisilta.services.workspace.settings import require_on
from tilisilta.store.models import ClosedPeriod, PeriodState, Side

router = Router(tags=["Closed periods"])
SideName = Literal["sales", "purchase"]


class RangeOut(Schema):
    """Days, both included."""

    date_from: dt.date
    date_to: dt.date


class PeriodOut(Schema):
    """One closed period of a side. `target_keys` are the target's keys of the vouchers that stand there."""

    id: int
    side: SideName
    date_from: dt.date
    date_to: dt.date
    state: PeriodState
    state_text: str
    integration_id: int | None = Field(description="null when closing sent nothing")
    is_per_day: bool
    revision: int = Field(description="Grows each time its vouchers are written")
    document_count: int
    net: str
    vat: str
    gross: str
    closed_at: dt.datetime
    closed_by: str
    sent_at: dt.datetime | None
    reopened_at: dt.datetime | None
    reopened_by: str
    reopen_reason: str
    target_keys: list[str]
    problem: ProblemWords | None = Field(description="Why sending stopped")


class NamedOut(Schema):
    """Something that stands in the way, with the path of the page where it is settled."""

    text: str
    link: str


class BlockerOut(Schema):
    """One reason why the days cannot be closed."""

    problem: ProblemWords
    items: list[NamedOut]
    count: int


class PeriodTotalOut(Schema):
    """What one account and VAT rate come to, and the target's account and VAT code for it."""

    account: str
    name: str
    vat_rate: str
    vat_treatment: str
    target_account: str
    vat_code: str
    debit: str
    credit: str


class PreviewOut(Schema):
    """What closing would do."""

    integration_id: int | None = Field(description="null when closing would send nothing")
    invoice_count: int
    payment_count: int
    voucher_count: int
    net: str
    vat: str
    gross: str
    totals: list[PeriodTotalOut]
    blockers: list[BlockerOut]


class VoucherOut(Schema):
    """One voucher of a period. `target_id` is empty while the target does not hold it."""

    source_id: str
    date: dt.date
    revision: int
    replaces: str
    is_current: bool
    is_withdrawal: bool = Field(description="Only takes an older voucher back")
    state: str = Field(description="State of its delivery; empty before it is sent")
    target_id: str
    target_number: str
    total: str


class ComparedOut(Schema):
    """One account and VAT code of the target: what was sent and what stands there."""

    account: str
    vat_code: str
    our_debit: str
    our_credit: str
    their_debit: str
    their_credit: str
    is_equal: bool


class ComparisonOut(Schema):
    """A closed period against the target's ledger."""

    is_equal: bool
    voucher_count: int
    missing: list[str] = Field(description="Vouchers that the ledger does not hold as valid ones")
    doubled: list[str] = Field(description="Vouchers that stand there more than once")
    rows: list[ComparedOut]


class PeriodNew(Input):
    """The days to be closed."""

    side: SideName
    date_from: dt.date
    date_to: dt.date
    is_per_day: bool = Field(False, description="One voucher a day instead of one for all days")


class ReopenNew(Input):
    """Why a period is opened again."""

    reason: str = Field(min_length=1, max_length=200)


class SideQuery(Schema):
    """A side of the books."""

    side: SideName


class PreviewQuery(Schema):
    """Days to look at."""

    side: SideName
    date_from: dt.date
    date_to: dt.date
    is_per_day: bool = False


class PeriodQuery(PageQuery):
    """Filters of closed periods."""

    side: SideName | None = None


def _out(row: ClosedPeriod) -> PeriodOut:
    currency = row.company.base_currency
    return PeriodOut(
        id=row.pk,
        side="sales" if row.side == Side.SALES else "purchase",
        date_from=row.date_from,
        date_to=row.date_to,
        state=PeriodState(row.state),
        state_text=str(PeriodState(row.state).label),
        integration_id=row.integration_id,
        is_per_day=row.per_day,
        revision=row.revision,
        document_count=row.document_count,
        net=amount(row.net_minor, currency),
        vat=amount(row.vat_minor, currency),
        gross=amount(row.gross_minor, currency),
        closed_at=row.closed_at,
        closed_by=str(row.closed_by or ""),
        sent_at=row.sent_at,
        reopened_at=row.reopened_at,
        reopened_by=str(row.reopened_by or ""),
        reopen_reason=row.reopen_reason,
        target_keys=history.target_keys(row),
        problem=words_of(row.problem_code, row.problem_params) if row.problem_code else None,
    )


def _blocker(blocker: Blocker) -> BlockerOut:
    return BlockerOut(
        problem=words_of(blocker.code, blocker.params),
        items=[NamedOut(text=each.text, link=each.link) for each in blocker.items],
        count=blocker.count,
    )


def _voucher(row: VoucherRow) -> VoucherOut:
    return VoucherOut(
        source_id=row.voucher.source_id,
        date=row.voucher.date,
        revision=row.voucher.revision,
        replaces=row.voucher.replaces,
        is_current=row.is_current,
        is_withdrawal=row.is_withdrawal,
        state=row.delivery.state if row.delivery is not None else "",
        target_id=row.target_id,
        target_number=row.delivery.target_number if row.delivery is not None else "",
        total=str(row.entry.debit_total),
    )


def _period(request: HttpRequest, period_id: int) -> ClosedPeriod:
    return history.get_period(actor_of(request).company, period_id)


@router.get("/periods", response=Page[PeriodOut], summary="List closed periods")
def list_periods(request: HttpRequest, query: Query[PeriodQuery]) -> dict[str, Any]:
    """Return closed periods, those that end last first."""
    found = history.list_periods(actor_of(request).company, query.side or "")
    return page_out(listings.page(found, ["-date_to", "-id"], cursor=query.cursor, limit=query.limit), _out)


@router.get("/periods/proposal", response=RangeOut, summary="Propose days to close")
def propose_period(request: HttpRequest, query: Query[SideQuery]) -> RangeOut:
    """Return the days after the last closed period of a side, to the end of their month or to yesterday."""
    days = preview.propose(actor_of(request).company, query.side)
    return RangeOut(date_from=days.first, date_to=days.last)


@router.get("/periods/preview", response=PreviewOut, summary="Show what closing would do", openapi_extra=ASKS_VENDOR)
def preview_period(request: HttpRequest, query: Query[PreviewQuery]) -> PreviewOut:
    """Return the vouchers' totals and everything that stands in the way, at once. Nothing is written anywhere."""
    actor = actor_of(request)
    require_on(actor.company)
    seen = preview.preview(actor, query.side, Range(query.date_from, query.date_to), per_day=query.is_per_day)
    currency = actor.company.base_currency
    return PreviewOut(
        integration_id=seen.integration.pk if seen.integration is not None else None,
        invoice_count=seen.invoice_count,
        payment_count=seen.payment_count,
        voucher_count=len(seen.entries),
        net=amount(seen.amounts.net_minor, currency),
        vat=amount(seen.amounts.vat_minor, currency),
        gross=amount(seen.amounts.gross_minor, currency),
        totals=[
            PeriodTotalOut(
                account=row.account,
                name=row.name,
                vat_rate=row.rate,
                vat_treatment=row.treatment,
                target_account=row.target_account,
                vat_code=row.vat_code,
                debit=amount(row.debit_minor, currency),
                credit=amount(row.credit_minor, currency),
            )
            for row in seen.totals
        ],
        blockers=[_blocker(each) for each in seen.blockers],
    )


@router.post("/periods", response={201: PeriodOut}, summary="Close a period", openapi_extra=ACCOUNTANT | ASKS_VENDOR)
def close_period(request: HttpRequest, new: PeriodNew) -> Status[PeriodOut]:
    """Lock the documents of these days and send their vouchers. Refused while anything stands in the way."""
    actor = actor_of(request)
    require_on(actor.company)
    period = closing.close(actor, new.side, Range(new.date_from, new.date_to), per_day=new.is_per_day)
    return Status(201, _out(_period(request, period.pk)))


@router.get("/periods/{int:period_id}", response=PeriodOut, summary="Show a closed period")
def get_period(request: HttpRequest, period_id: Id) -> PeriodOut:
    """Return one closed period with how far its vouchers have come."""
    return _out(_period(request, period_id))


@router.get("/periods/{int:period_id}/vouchers", response=list[VoucherOut], summary="List a period's vouchers")
def list_vouchers(request: HttpRequest, period_id: Id) -> list[VoucherOut]:
    """Return all vouchers that were ever written for a period, the last revision first."""
    return [_voucher(row) for row in history.vouchers_of(_period(request, period_id))]


@router.post(
    "/periods/{int:period_id}/resend",
    response=PeriodOut,
    summary="Send a period again",
    openapi_extra=ACCOUNTANT | ASKS_VENDOR,
)
def resend_period(request: HttpRequest, period_id: Id) -> PeriodOut:
    """Try again what did not arrive; when all arrived, replace it anew. Nothing is ever doubled."""
    closing.resend(actor_of(request), _period(request, period_id))
    return _out(_period(request, period_id))


@router.post("/periods/{int:period_id}/reopen", response=PeriodOut, summary="Open a period again", openapi_extra=ADMIN)
def reopen_period(request: HttpRequest, period_id: Id, new: ReopenNew) -> PeriodOut:
    """Unlock the documents of a period. What was sent stays until it is closed anew, and is then replaced."""
    closing.reopen(actor_of(request), _period(request, period_id), new.reason)
    return _out(_period(request, period_id))


@router.get(
    "/periods/{int:period_id}/comparison",
    response=ComparisonOut,
    summary="Compare with the ledger",
    openapi_extra=ASKS_VENDOR,
)
def compare_period(request: HttpRequest, period_id: Id) -> ComparisonOut:
    """Return what a period says against the target's ledger, per account and VAT code."""
    found = reconcile.reconcile(actor_of(request), _period(request, period_id))
    return ComparisonOut(
        is_equal=found.is_equal,
        voucher_count=found.voucher_count,
        missing=list(found.missing),
        doubled=list(found.doubled),
        rows=[
            ComparedOut(
                account=row.account,
                vat_code=row.vat_code,
                our_debit=str(row.our_debit),
                our_credit=str(row.our_credit),
                their_debit=str(row.their_debit),
                their_credit=str(row.their_credit),
                is_equal=row.is_equal,
            )
            for row in found.rows
        ],
    )
