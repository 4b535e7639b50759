"""Imports as people start them: dates proposed, a preview, then the confirmation."""

import datetime as dt
from zoneinfo import ZoneInfo

import msgspec
from django.utils import timezone

from tilisilta.services import runs
from tilisilta.services.access import Actor, require
from tilisilta.services.connections import manifest
from tilisilta.services.errors import ServiceError
from tilisilta.services.integrations import flows_of
from tilisilta.services.pairs import takes_what_waits
from tilisilta.store.models import Company, Flow, FlowKind, Integration, Role, Run, RunMode, RunState

_CONFIRMABLE = (RunState.DONE, RunState.DONE_WITH_PROBLEMS)
_WITHOUT_DATES = {FlowKind.PARTIES, FlowKind.ITEMS, FlowKind.PAYMENTS_BACK}
_SOURCES_WITHOUT_DATES = {"files"}


class ImportRow(msgspec.Struct, frozen=True, kw_only=True):
    """One kind on the import page: its direction by names, the last import and the dates proposed next."""

    flow: Flow
    source: str
    target: str
    needs_dates: bool
    takes_waiting: bool  # what waits in a status of the source
    last_run: Run | None
    proposed_from: dt.date | None
    proposed_to: dt.date | None


def today_in(company: Company) -> dt.date:
    """Return the present day in the company's time zone."""
    return timezone.now().astimezone(ZoneInfo(company.time_zone)).date()


def direction_of(flow: Flow) -> tuple[str, str]:
    """Return the names of where a flow's data comes from and where it goes (S22)."""
    names = (manifest(flow.integration.source.vendor).name, manifest(flow.integration.target.vendor).name)
    return names if flow.kind != FlowKind.PAYMENTS_BACK else (names[1], names[0])


def needs_dates(flow: Flow) -> bool:
    """Return whether an import of this flow is bounded by document dates; what waits in a status is not."""
    if takes_what_waits(flow.kind, flow.integration):
        return False
    return flow.integration.source.vendor not in _SOURCES_WITHOUT_DATES and flow.kind not in _WITHOUT_DATES


def proposal(flow: Flow, today: dt.date) -> tuple[dt.date | None, dt.date | None]:
    """Return the dates offered for the next import: the day after the last one up to yesterday (S17-S19)."""
    window = runs.propose_window(flow, today) if needs_dates(flow) else None
    return (window.date_from, window.date_to) if window else (None, None)


def import_rows(integration: Integration) -> list[ImportRow]:
    """Return the rows of the page "Import from X": every flow that is switched on."""
    today = today_in(integration.company)
    rows = []
    for flow in flows_of(integration):
        if not flow.is_enabled:
            continue
        source, target = direction_of(flow)
        date_from, date_to = proposal(flow, today)
        rows.append(
            ImportRow(
                flow=flow,
                source=source,
                target=target,
                needs_dates=needs_dates(flow),
                takes_waiting=takes_what_waits(flow.kind, flow.integration),
                last_run=Run.objects.filter(flow=flow, mode=RunMode.RUN).order_by("-requested_at").first(),
                proposed_from=date_from,
                proposed_to=date_to,
            )
        )
    return rows


def request_preview(
    actor: Actor,
    flow: Flow,
    date_from: dt.date | None = None,
    date_to: dt.date | None = None,
    *,
    accepts_open_days: bool = False,
) -> Run:
    """Return the run of a preview. Days that are not over are asked about first: their documents still change (S13).

    Raises:
        ServiceError: DATES_MISSING, DATES_REVERSED, PERIOD_STILL_OPEN, FLOW_DISABLED.
    """
    require(actor, Role.ACCOUNTANT)
    if not flow.is_enabled:
        raise ServiceError("FLOW_DISABLED", flow=flow.get_kind_display())
    if not needs_dates(flow):
        return runs.request_run(actor, flow, RunMode.PREVIEW)
    if date_from is None or date_to is None:
        raise ServiceError("DATES_MISSING")
    if date_from > date_to:
        raise ServiceError("DATES_REVERSED")
    today = today_in(flow.integration.company)
    if date_to >= today and not accepts_open_days:
        raise ServiceError("PERIOD_STILL_OPEN", today=today.isoformat())
    return runs.request_run(actor, flow, RunMode.PREVIEW, date_from=date_from, date_to=date_to)


def may_confirm(preview: Run) -> bool:
    """Return whether a preview ended well enough to import what it shows."""
    return preview.mode == RunMode.PREVIEW and preview.state in _CONFIRMABLE


def confirm_preview(actor: Actor, preview: Run) -> Run:
    """Return the run that imports what a preview showed: the same flow and dates (S21).

    Raises:
        ServiceError: PREVIEW_NOT_DONE, FLOW_DISABLED.
    """
    require(actor, Role.ACCOUNTANT)
    if not may_confirm(preview):
        raise ServiceError("PREVIEW_NOT_DONE")
    return runs.request_run(actor, preview.flow, RunMode.RUN, date_from=preview.date_from, date_to=preview.date_to)
