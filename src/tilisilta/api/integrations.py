"""Integrations: a source tied to a target, with their settings, checklist and flows."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from tilisilta.api.guard import actor_of
from tilisilta.api.shapes import ADMIN, Id, Input, Page, PageQuery, Text, page_out
from tilisilta.services import checklist, connection_lists, integrations, listings
from tilisilta.services.checklist_step import Step
from tilisilta.services.coverage import KindCoverage
from tilisilta.services.schedules import schedule_text
from tilisilta.store.models import Flow, FlowKind, Integration, IntegrationState

router = Router(tags=["Integrations"])


class IntegrationOut(Schema):
    """A source connection tied to a target connection."""

    id: int
    name: str
    source_id: int = Field(description="Connection that documents come from")
    source_name: str
    target_id: int = Field(description="Connection that documents go to")
    target_name: str
    state: IntegrationState
    state_text: str
    settings: dict[str, Any]
    activated_at: dt.datetime | None
    created_at: dt.datetime


class IntegrationNew(Input):
    """An integration to be made."""

    source_id: Id = Field(description="Connection that documents come from")
    target_id: Id = Field(description="Connection that documents go to")
    name: str = Field("", max_length=120)


class SettingsChange(Input):
    """Settings to change; those that are left out stay."""

    warehouse: Text | None = Field(None, description="Warehouse of stock items, the target's key")
    stock_tag: Text | None = Field(None, description="Tag by which the source marks stock items")
    default_item: Text | None = None
    allowance_item: Text | None = None
    charge_item: Text | None = None
    party_vat_code: Text | None = None
    send_payments_back: bool | None = Field(None, description="Whether payments of the target go to the source")
    payments_master: str | None = Field(
        None, pattern="^(source|target)$", description="Side that keeps payments: source or target"
    )
    level: str | None = Field(
        None,
        pattern="^(document|period)$",
        description="What travels: each document by itself, or closed periods as vouchers",
    )
    vouchers: str | None = Field(
        None, pattern="^(period|day)$", description="What closing proposes: one voucher a period, or one a day"
    )
    waiting_status: Text | None = Field(None, description="Status of the source in which invoices wait; its key")
    written_status: Text | None = Field(None, description="Status that the source shows after the transfer; its key")
    status_after: str | None = Field(
        None, pattern="^(accepted|confirmed)$", description="What lets the status change: taken, or confirmed"
    )
    attachments: str | None = Field(None, pattern="^(all|image|none)$", description="Files that go along")
    code_prefixes: dict[str, str] | None = Field(
        None, description="By register of the source (product, work_type, travel_expense): what stands before its codes"
    )
    customers_again: bool | None = Field(None, description="Whether a customer that changed is sent again")
    item_policy: str | None = Field(
        None, pattern="^(stop|fallback)$", description="What happens to a row whose item the target does not know"
    )
    fallback_item: Text | None = Field(None, description="Item that such a row goes to")


class IntegrationChange(Input):
    """Fields to change; those that are left out stay."""

    name: str | None = Field(None, max_length=120)
    settings: SettingsChange | None = None


class StepOut(Schema):
    """One step of the checklist."""

    code: str
    title: str
    is_done: bool
    help: str
    link: str = Field(description="Path of the page where it is done")
    answer: str = Field(description="What a person may answer instead of doing it; empty where that cannot be")


class StepAnswer(Input):
    """Whether a step is answered by hand."""

    is_done: bool


class FieldCoverageOut(Schema):
    """One field: what comes of it between the two systems."""

    field: str
    label: str
    carried: str = Field(description="carried, partly or not carried: the weaker of the two sides")
    source: str
    target: str
    notes: list[str]


class KindCoverageOut(Schema):
    """One kind of document from one system to the other, field by field."""

    flow: FlowKind
    kind: str
    source: str
    target: str
    carried_count: int
    partly_count: int
    not_carried_count: int
    fields: list[FieldCoverageOut]


class FlowOut(Schema):
    """One kind of document in one direction within an integration."""

    id: int
    integration_id: int
    kind: FlowKind
    kind_text: str
    is_enabled: bool
    is_automatic: bool
    schedule: str = Field(description="Cron line in the company's time zone; empty for none")
    schedule_text: str
    next_due_at: dt.datetime | None
    last_from: dt.date | None = Field(description="First day of the last import")
    last_to: dt.date | None = Field(description="Last day of the last import")


class FlowChange(Input):
    """Fields to change; those that are left out stay."""

    is_enabled: bool | None = None
    is_automatic: bool | None = None
    schedule: str | None = Field(None, max_length=60, examples=["30 0 * * *"])


class FlowQuery(PageQuery):
    """Filters of flows."""

    integration_id: Id | None = None
    kind: FlowKind | None = None


def _out(row: Integration) -> IntegrationOut:
    return IntegrationOut(
        id=row.pk,
        name=row.name,
        source_id=row.source_id,
        source_name=row.source.name,
        target_id=row.target_id,
        target_name=row.target.name,
        state=IntegrationState(row.state),
        state_text=str(IntegrationState(row.state).label),
        settings=integrations.settings_of(row),
        activated_at=row.activated_at,
        created_at=row.created_at,
    )


def _step(step: Step) -> StepOut:
    return StepOut(
        code=step.code, title=step.title, is_done=step.done, help=step.help, link=step.link, answer=step.tick
    )


def _coverage(report: KindCoverage) -> KindCoverageOut:
    return KindCoverageOut(
        flow=report.flow,
        kind=report.kind.value,
        source=report.source,
        target=report.target,
        carried_count=report.carried_count,
        partly_count=report.partly_count,
        not_carried_count=report.not_carried_count,
        fields=[
            FieldCoverageOut(
                field=row.field,
                label=row.label,
                carried=row.carried,
                source=row.source,
                target=row.target,
                notes=list(row.notes),
            )
            for row in report.rows
        ],
    )


def flow_out(row: Flow) -> FlowOut:
    """Return a flow as it leaves."""
    return FlowOut(
        id=row.pk,
        integration_id=row.integration_id,
        kind=FlowKind(row.kind),
        kind_text=str(FlowKind(row.kind).label),
        is_enabled=row.is_enabled,
        is_automatic=row.is_automatic,
        schedule=row.schedule,
        schedule_text=schedule_text(row.schedule),
        next_due_at=row.next_due_at,
        last_from=row.last_from,
        last_to=row.last_to,
    )


def own_integration(request: HttpRequest, integration_id: int) -> Integration:
    """Return an integration of the caller's company; raises Integration.DoesNotExist for any other."""
    return integrations.get_integration(actor_of(request).company, integration_id)


@router.get("/integrations", response=Page[IntegrationOut], summary="List integrations")
def list_integrations(request: HttpRequest, query: Query[PageQuery]) -> dict[str, Any]:
    """Return the company's integrations in the order in which they were made."""
    found = integrations.list_integrations(actor_of(request).company)
    return page_out(listings.page(found, ["id"], cursor=query.cursor, limit=query.limit), _out)


@router.post("/integrations", response={201: IntegrationOut}, summary="Make an integration", openapi_extra=ADMIN)
def create_integration(request: HttpRequest, new: IntegrationNew) -> Status[IntegrationOut]:
    """Tie two connections together, with every flow that the two systems can have; nothing is automatic yet."""
    actor = actor_of(request)
    source = connection_lists.get_connection(actor.company, new.source_id)
    target = connection_lists.get_connection(actor.company, new.target_id)
    return Status(201, _out(integrations.create_integration(actor, source, target, new.name)))


@router.get("/integrations/{int:integration_id}", response=IntegrationOut, summary="Show an integration")
def get_integration(request: HttpRequest, integration_id: Id) -> IntegrationOut:
    """Return one integration with its settings."""
    return _out(own_integration(request, integration_id))


@router.patch(
    "/integrations/{int:integration_id}", response=IntegrationOut, summary="Change an integration", openapi_extra=ADMIN
)
def update_integration(request: HttpRequest, integration_id: Id, change: IntegrationChange) -> IntegrationOut:
    """Change an integration's name or settings."""
    actor, row = actor_of(request), own_integration(request, integration_id)
    if change.settings is not None:
        values = change.settings.dict(exclude_none=True)
        row = integrations.update_settings(actor, row, values)
    if change.name is not None:
        integrations.rename(actor, row, change.name)
    return _out(row)


@router.delete(
    "/integrations/{int:integration_id}", response={204: None}, summary="Remove an integration", openapi_extra=ADMIN
)
def remove_integration(request: HttpRequest, integration_id: Id) -> Status[None]:
    """Remove an integration that never moved anything; one that did can only be paused."""
    integrations.remove(actor_of(request), own_integration(request, integration_id))
    return Status(204, None)


@router.get("/integrations/{int:integration_id}/checklist", response=list[StepOut], summary="Show the checklist")
def get_checklist(request: HttpRequest, integration_id: Id) -> list[StepOut]:
    """Return the steps to the first import, in order; the last is the activation."""
    return [_step(step) for step in checklist.checklist(own_integration(request, integration_id))]


@router.put(
    "/integrations/{int:integration_id}/checklist/{step}",
    response=list[StepOut],
    summary="Answer a step by hand",
    openapi_extra=ADMIN,
)
def answer_step(request: HttpRequest, integration_id: Id, step: str, answer: StepAnswer) -> list[StepOut]:
    """Answer a step instead of doing it, or take the answer back. Only steps with `answer` can be."""
    row = own_integration(request, integration_id)
    checklist.tick(actor_of(request), row, step, done=answer.is_done)
    return [_step(each) for each in checklist.checklist(row)]


@router.get(
    "/integrations/{int:integration_id}/coverage", response=list[KindCoverageOut], summary="Show what is carried"
)
def get_coverage(request: HttpRequest, integration_id: Id) -> list[KindCoverageOut]:
    """Return which fields are carried, partly carried and left behind, by kind of document."""
    return [_coverage(report) for report in integrations.coverage(own_integration(request, integration_id))]


@router.post(
    "/integrations/{int:integration_id}/activate",
    response=IntegrationOut,
    summary="Activate an integration",
    openapi_extra=ADMIN,
)
def activate_integration(request: HttpRequest, integration_id: Id) -> IntegrationOut:
    """Make an integration ready when its checklist is done: from now on its automatic imports run."""
    return _out(checklist.activate(actor_of(request), own_integration(request, integration_id)))


@router.post(
    "/integrations/{int:integration_id}/pause",
    response=IntegrationOut,
    summary="Pause an integration",
    openapi_extra=ADMIN,
)
def pause_integration(request: HttpRequest, integration_id: Id) -> IntegrationOut:
    """Rest all automatic imports; runs that are asked for still run."""
    return _out(integrations.pause(actor_of(request), own_integration(request, integration_id)))


@router.post(
    "/integrations/{int:integration_id}/resume",
    response=IntegrationOut,
    summary="Resume an integration",
    openapi_extra=ADMIN,
)
def resume_integration(request: HttpRequest, integration_id: Id) -> IntegrationOut:
    """Let automatic imports go on after a pause."""
    return _out(integrations.resume(actor_of(request), own_integration(request, integration_id)))


@router.get("/flows", response=Page[FlowOut], summary="List flows")
def list_flows(request: HttpRequest, query: Query[FlowQuery]) -> dict[str, Any]:
    """Return the company's flows, or those of one integration."""
    found = integrations.list_flows(actor_of(request).company)
    if query.integration_id is not None:
        found = found.filter(integration_id=query.integration_id)
    if query.kind is not None:
        found = found.filter(kind=query.kind)
    return page_out(listings.page(found, ["id"], cursor=query.cursor, limit=query.limit), flow_out)


@router.get("/flows/{int:flow_id}", response=FlowOut, summary="Show a flow")
def get_flow(request: HttpRequest, flow_id: Id) -> FlowOut:
    """Return one flow with its schedule and the dates of its last import."""
    return flow_out(integrations.get_flow(actor_of(request).company, flow_id))


@router.patch("/flows/{int:flow_id}", response=FlowOut, summary="Change a flow", openapi_extra=ADMIN)
def update_flow(request: HttpRequest, flow_id: Id, change: FlowChange) -> FlowOut:
    """Switch a flow or its automatic imports on or off, or set when these run."""
    actor = actor_of(request)
    row = integrations.get_flow(actor.company, flow_id)
    updated = integrations.update_flow(
        actor,
        row,
        is_enabled=row.is_enabled if change.is_enabled is None else change.is_enabled,
        is_automatic=row.is_automatic if change.is_automatic is None else change.is_automatic,
        schedule=row.schedule if change.schedule is None else change.schedule,
    )
    return flow_out(updated)
