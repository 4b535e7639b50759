"""Integrations: a source tied to a target, the flows between them, and their settings."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from tilisilta.core.documents import DocumentKind
from tilisilta.core.mapping import ItemPolicy, MappingSettings
from tilisilta.engine.schedule import next_due
from tilisilta.kit.manifest import Ability, Manifest
from tilisilta.services import audit, pairs
from tilisilta.services.access import Actor, require
from tilisilta.services.closing import switching
from tilisilta.services.connections import all_manifests, manifest
from tilisilta.services.coverage import KindCoverage, coverage_of, flow_serves
from tilisilta.services.errors import ServiceError
from tilisilta.services.forwarding import level as level_switch
from tilisilta.services.schedules import require_cron
from tilisilta.services.workspace_port import setting_up
from tilisilta.store.models import (
    Company,
    Connection,
    ConnectionState,
    Flow,
    FlowKind,
    Integration,
    IntegrationState,
    Role,
)

PAYMENTS_MASTER_SOURCE, PAYMENTS_MASTER_TARGET = "source", "target"
# What travels: every document by itself, or the books of a closed period as vouchers (N02, P22, P52).
LEVEL_DOCUMENT, LEVEL_PERIOD = "document", "period"
POSTING_AT_TARGET, POSTING_AT_SOURCE = "target", "source"  # who posts purchase invoices (P23)
VOUCHERS_PERIOD, VOUCHERS_DAY = "period", "day"  # what closing proposes: one voucher, or one for each day
PERIOD_FLOWS = frozenset({FlowKind.PERIOD_SALES, FlowKind.PERIOD_PURCHASES})
HOURLY = "0 * * * *"
EARLY_MORNING = "30 0 * * *"  # S18, S19: yesterday is over by then

# What goes on when an integration runs (again); appended by those that send without being asked.
resumed: Final[list[Callable[[Integration], None]]] = []

_LEVELS, _VOUCHERS = {LEVEL_DOCUMENT, LEVEL_PERIOD}, {VOUCHERS_PERIOD, VOUCHERS_DAY}

TEXT_SETTINGS = (
    "warehouse",
    "stock_tag",
    "default_item",
    "allowance_item",
    "charge_item",
    "party_vat_code",
    "default_item_sales",
    "default_item_purchase",
    "purchase_rows_item",
    "rounding_item",
    "fallback_item",
)
SETTING_DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(TEXT_SETTINGS, ""),
    "stock_tag": MappingSettings().stock_tag,
    "item_policy": ItemPolicy.STOP.value,
    "payments_without_document": False,
    "skip_unimported_allocations": False,
    "send_payments_back": False,
    "payments_master": PAYMENTS_MASTER_SOURCE,
    "level": LEVEL_DOCUMENT,
    "vouchers": VOUCHERS_PERIOD,
    "purchase_posting": POSTING_AT_TARGET,
    **pairs.DEFAULTS,
}


def list_integrations(company: Company) -> QuerySet[Integration]:
    """Return a company's integrations with their two connections."""
    return Integration.objects.filter(company=company).select_related("source", "target").order_by("name", "id")


def get_integration(company: Company, integration_id: int) -> Integration:
    """Return one integration of a company; raises Integration.DoesNotExist for any other."""
    return list_integrations(company).get(pk=integration_id)


def list_flows(company: Company) -> QuerySet[Flow]:
    """Return a company's flows with what their names need."""
    return Flow.objects.filter(company=company).select_related(
        "company", "integration", "integration__source", "integration__target"
    )


def get_flow(company: Company, flow_id: int) -> Flow:
    """Return one flow of a company; raises Flow.DoesNotExist for any other."""
    return list_flows(company).get(pk=flow_id)


def flows_of(integration: Integration) -> list[Flow]:
    """Return the flows that the two systems can have, in the order in which people think of them.

    The engine keeps flows of parties and items for every integration; those that the source cannot list are its own.
    """
    source, target = manifests_of(integration)
    order = {kind: index for index, kind in enumerate(FlowKind)}
    found = list_flows(integration.company).filter(integration=integration)
    return sorted(
        (flow for flow in found if flow_serves(FlowKind(flow.kind), source, target)),
        key=lambda flow: order[FlowKind(flow.kind)],
    )


def manifests_of(integration: Integration) -> tuple[Manifest, Manifest]:
    """Return the manifests of the source and of the target."""
    return manifest(integration.source.vendor), manifest(integration.target.vendor)


def choices(company: Company) -> tuple[list[Connection], list[Connection]]:
    """Return the connections that can be a source and those that can be a target; inactive ones are left out."""
    own = Connection.objects.filter(company=company, of_client=None)
    usable = own.exclude(state=ConnectionState.INACTIVE).order_by("name", "id")
    manifests = {each.vendor: each for each in all_manifests()}
    known = [(each, manifests[each.vendor]) for each in usable if each.vendor in manifests]
    return (
        [each for each, its in known if set(its.reads) - {DocumentKind.PAYMENT} and Ability.SOURCE in its.abilities],
        [each for each, its in known if set(its.writes) - {DocumentKind.PAYMENT} and Ability.TARGET in its.abilities],
    )


def create_integration(actor: Actor, source: Connection, target: Connection, name: str = "") -> Integration:
    """Return a new integration with every flow that the two systems can have; nothing is automatic yet.

    Raises:
        ServiceError: INTEGRATION_NEEDS_TWO_SYSTEMS, NOTHING_TO_MOVE, INTEGRATION_EXISTS.
        Connection.DoesNotExist: a connection of another company.
    """
    require(actor, Role.ADMIN)
    if source.company_id != actor.company.pk or target.company_id != actor.company.pk:
        raise Connection.DoesNotExist
    if source.pk == target.pk:
        raise ServiceError("INTEGRATION_NEEDS_TWO_SYSTEMS")
    giver, taker = manifest(source.vendor), manifest(target.vendor)
    kinds = [kind for kind in FlowKind if flow_serves(kind, giver, taker)]
    if not set(kinds) - {FlowKind.PAYMENTS, FlowKind.PAYMENTS_BACK}:  # payments alone have no documents to pay
        raise ServiceError("NOTHING_TO_MOVE", source=source.name, target=target.name)
    try:
        with transaction.atomic():
            integration = Integration.objects.create(
                company=actor.company,
                source=source,
                target=target,
                name=name.strip() or f"{source.name} – {target.name}",
                settings={
                    **SETTING_DEFAULTS,
                    "level": LEVEL_PERIOD if PERIOD_FLOWS & set(kinds) else LEVEL_DOCUMENT,
                    **pairs.first_settings(giver, taker),
                },
            )
            Flow.objects.bulk_create(_new_flow(integration, kind) for kind in kinds)
            if target.vendor == setting_up.VENDOR:
                setting_up.fill(integration)
    except IntegrityError as error:
        raise ServiceError("INTEGRATION_EXISTS", source=source.name, target=target.name) from error
    audit.record(actor, "integration.created", subject=integration.name, link=_link(integration))
    return integration


def _new_flow(integration: Integration, kind: FlowKind) -> Flow:
    is_back = kind is FlowKind.PAYMENTS_BACK
    schedule = HOURLY if is_back else EARLY_MORNING
    return Flow(
        company_id=integration.company_id,
        integration=integration,
        kind=kind,
        is_enabled=not is_back and is_of_level(kind, level_of(integration)),
        schedule="" if kind in PERIOD_FLOWS else schedule,  # closing sends them
    )


def level_of(integration: Integration) -> str:
    """Return the level at which an integration transfers: "document" or "period"."""
    return str(settings_of(integration)["level"])


def has_levels(integration: Integration) -> bool:
    """Return whether the level may be chosen: the two systems can move closed periods."""
    return Flow.objects.filter(integration=integration, kind__in=PERIOD_FLOWS).exists()


def is_of_level(kind: str, level: str) -> bool:
    """Return whether a flow travels at a level; at the level of periods nothing else does."""
    return (kind in PERIOD_FLOWS) is (level == LEVEL_PERIOD)


def _follow_level(integration: Integration, before: str, after: str) -> None:
    """Switch the flows of the other level off, and on those of the chosen one, so that nothing is booked twice."""
    if before == after:
        return
    for flow in Flow.objects.filter(integration=integration).select_related("company", "integration"):
        is_on = is_of_level(flow.kind, after)
        if flow.is_enabled and not is_on:
            _switch(flow, is_enabled=False, is_automatic=False, schedule=flow.schedule)
        elif is_on and flow.kind != FlowKind.PAYMENTS_BACK:
            _switch(flow, is_enabled=True, is_automatic=flow.is_automatic, schedule=flow.schedule)


def _link(integration: Integration) -> str:
    return f"/c/{integration.company_id}/integrations/{integration.pk}/"


def settings_of(integration: Integration) -> dict[str, Any]:
    """Return all settings, with the defaults of those that nobody set."""
    return {**SETTING_DEFAULTS, **integration.settings}


def rename(actor: Actor, integration: Integration, name: str) -> None:
    """Give an integration another name; an empty one changes nothing."""
    require(actor, Role.ADMIN)
    if name.strip() and name.strip() != integration.name:
        integration.name = name.strip()
        integration.save(update_fields=["name"])
        audit.record(actor, "integration.updated", subject=integration.name, link=_link(integration))


def update_settings(actor: Actor, integration: Integration, values: Mapping[str, Any]) -> Integration:
    """Set the settings that `values` names and let the flows of payments follow the side that keeps payments (S47-S49).

    Raises:
        ServiceError: SETTING_UNKNOWN, LEVEL_NOT_POSSIBLE, STATUSES_EQUAL, PREFIX_WRONG, PAYMENTS_KEPT_IN_SOURCE (they
            are not sent to the side that keeps them), and what `level` and `switching` refuse.
    """
    require(actor, Role.ADMIN)
    if unknown := sorted(set(values) - set(SETTING_DEFAULTS)):
        raise ServiceError("SETTING_UNKNOWN", setting=unknown[0])
    before = settings_of(integration)
    after = {**before, **values}
    if after["payments_master"] not in {PAYMENTS_MASTER_SOURCE, PAYMENTS_MASTER_TARGET}:
        raise ServiceError("SETTING_UNKNOWN", setting="payments_master")
    if after["send_payments_back"] and after["payments_master"] != PAYMENTS_MASTER_TARGET:
        raise ServiceError("PAYMENTS_KEPT_IN_SOURCE", source=integration.source.name, target=integration.target.name)
    for name, known in (("level", _LEVELS), ("vouchers", _VOUCHERS)):
        if after[name] not in known:
            raise ServiceError("SETTING_UNKNOWN", setting=name)
    if after["purchase_posting"] not in {POSTING_AT_SOURCE, POSTING_AT_TARGET}:
        raise ServiceError("SETTING_UNKNOWN", setting="purchase_posting")
    pairs.require_settings(after)
    if after["level"] == LEVEL_PERIOD and not has_levels(integration):
        raise ServiceError("LEVEL_NOT_POSSIBLE", source=integration.source.name, target=integration.target.name)
    level_switch.require_change(integration, before, after)
    with transaction.atomic():
        switching.require_switch(integration, before["level"], after["level"])
        integration.settings = after
        integration.save(update_fields=["settings"])
        _follow_level(integration, before["level"], after["level"])
        if after["level"] == LEVEL_DOCUMENT:
            _follow_payments(integration, after)
    changed = {name: [before[name], after[name]] for name in values if before[name] != after[name]}
    if changed:
        audit.record(actor, "integration.updated", subject=integration.name, link=_link(integration), changes=changed)
    return integration


def _follow_payments(integration: Integration, settings: Mapping[str, Any]) -> None:
    """Only the side that keeps payments gives them; otherwise one payment would travel both ways."""
    flows = Flow.objects.filter(integration=integration)
    if settings["payments_master"] == PAYMENTS_MASTER_TARGET:
        flows.filter(kind=FlowKind.PAYMENTS).update(is_enabled=False, is_automatic=False, next_due_at=None)
    else:
        flows.filter(kind=FlowKind.PAYMENTS, is_enabled=False).update(is_enabled=True)
    is_back = bool(settings["send_payments_back"])
    for flow in flows.filter(kind=FlowKind.PAYMENTS_BACK).select_related("company", "integration"):
        _switch(flow, is_enabled=is_back, is_automatic=is_back, schedule=flow.schedule or HOURLY)


def _switch(flow: Flow, *, is_enabled: bool, is_automatic: bool, schedule: str) -> None:
    now = timezone.now()
    if is_automatic and not flow.is_automatic:
        flow.automatic_since = now
    flow.is_enabled, flow.is_automatic, flow.schedule = is_enabled, is_automatic, schedule
    is_due = is_enabled and is_automatic and flow.integration.state == IntegrationState.READY
    flow.next_due_at = next_due(schedule, flow.company.time_zone, now, flow_id=flow.pk) if is_due and schedule else None
    flow.save(update_fields=["is_enabled", "is_automatic", "schedule", "automatic_since", "next_due_at"])


def update_flow(actor: Actor, flow: Flow, *, is_enabled: bool, is_automatic: bool, schedule: str) -> Flow:
    """Switch a flow and its automatic imports on or off. Automatic imports run only while the integration is ready.

    Raises:
        ServiceError: SCHEDULE_NOT_UNDERSTOOD, SCHEDULE_MISSING, PAYMENTS_KEPT_IN_TARGET, FLOW_OF_OTHER_LEVEL.
    """
    require(actor, Role.ADMIN)
    require_cron(schedule)
    is_automatic = is_automatic and is_enabled
    if is_automatic and not schedule:
        raise ServiceError("SCHEDULE_MISSING")
    settings = settings_of(flow.integration)
    keeps_target = settings["payments_master"] == PAYMENTS_MASTER_TARGET
    if flow.kind == FlowKind.PAYMENTS and is_enabled and keeps_target:
        raise ServiceError("PAYMENTS_KEPT_IN_TARGET", target=flow.integration.target.name)
    if is_enabled and has_levels(flow.integration) and not is_of_level(flow.kind, settings["level"]):
        raise ServiceError("FLOW_OF_OTHER_LEVEL", flow=flow.get_kind_display())
    if flow.kind == FlowKind.PAYMENTS_BACK:
        # One switch under two names: the tick of the settings and the flow's own.
        update_settings(actor, flow.integration, {"send_payments_back": is_enabled})
    names = ("is_enabled", "is_automatic", "schedule")
    before = {name: getattr(flow, name) for name in names}
    _switch(flow, is_enabled=is_enabled, is_automatic=is_automatic, schedule=schedule)
    changes = {name: [was, now] for name, was in before.items() if (now := getattr(flow, name)) != was}
    if changes:
        audit.record(
            actor,
            "flow.updated",
            subject=f"{flow.integration.name}: {flow.get_kind_display()}",
            link=_link(flow.integration),
            changes=changes,
        )
    return flow


def set_state(actor: Actor, integration: Integration, state: IntegrationState) -> Integration:
    """Set an integration's state and let the schedules of its flows begin or rest: activate, pause, resume."""
    require(actor, Role.ADMIN)
    with transaction.atomic():
        integration.state = state
        if state == IntegrationState.READY and integration.activated_at is None:
            integration.activated_at = timezone.now()
        integration.save(update_fields=["state", "activated_at"])
        for flow in Flow.objects.filter(integration=integration).select_related("company", "integration"):
            flow.integration = integration
            _switch(flow, is_enabled=flow.is_enabled, is_automatic=flow.is_automatic, schedule=flow.schedule)
        if state == IntegrationState.READY:
            for also in resumed:
                also(integration)
    action = "integration.activated" if state == IntegrationState.READY else "integration.paused"
    audit.record(actor, action, subject=integration.name, link=_link(integration))
    return integration


def pause(actor: Actor, integration: Integration) -> Integration:
    """Rest all automatic imports; what a person starts still runs."""
    return set_state(actor, integration, IntegrationState.PAUSED)


def resume(actor: Actor, integration: Integration) -> Integration:
    """Let automatic imports go on after a pause.

    Raises:
        ServiceError: NOT_ACTIVATED_YET, the checklist was never finished.
    """
    if integration.activated_at is None:
        raise ServiceError("NOT_ACTIVATED_YET")
    return set_state(actor, integration, IntegrationState.READY)


def remove(actor: Actor, integration: Integration) -> None:
    """Remove an integration that never moved anything.

    Raises:
        ServiceError: INTEGRATION_HAS_HISTORY, it sent documents; pause it instead, so that none is sent again.
    """
    require(actor, Role.ADMIN)
    if Flow.objects.filter(integration=integration, deliveries__isnull=False).exists():
        raise ServiceError("INTEGRATION_HAS_HISTORY", name=integration.name)
    name = integration.name
    integration.delete()
    audit.record(actor, "integration.removed", subject=name)


def coverage(integration: Integration) -> tuple[KindCoverage, ...]:
    """Return which fields are carried, per kind of document, from both manifests."""
    return coverage_of(*manifests_of(integration))
