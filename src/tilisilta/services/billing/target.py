"""The bureau's own books: which connection takes its invoices, its test, and when sending begins (U74 to U76, U05)."""

from collections.abc import Mapping
from typing import Final

from django.db import transaction

from tilisilta.services import audit, connections, integrations
from tilisilta.services.access import Actor, require
from tilisilta.services.billing.settings import books_of, guard, link_of, locked, switch_on
from tilisilta.services.connections import ConnectionCheck
from tilisilta.services.errors import ServiceError
from tilisilta.services.workspace_port.setting_up import VENDOR as WORKSPACE
from tilisilta.store.models import (
    BillingSettings,
    ClientConnection,
    Company,
    Connection,
    ConnectionState,
    Flow,
    FlowKind,
    Integration,
    IntegrationState,
    Role,
)

# Systems that take sales invoices one by one and tell what of them is paid.
VENDORS: Final = ("merit",)
# What the bureau's books have from elsewhere: its purchases are entered there, its money comes from the bank.
_NOT_OURS: Final = (FlowKind.PURCHASE_INVOICES, FlowKind.PAYMENTS)


def choices(company: Company) -> list[Connection]:
    """Return the connections that can be the bureau's own books; those of its clients are none."""
    found = Connection.objects.filter(company=company, vendor__in=VENDORS, of_client=None)
    return list(found.exclude(state=ConnectionState.INACTIVE).order_by("name", "pk"))


def get_choice(company: Company, pk: int) -> Connection:
    """Return a connection of the company; DoesNotExist otherwise."""
    return Connection.objects.get(company=company, pk=pk)


def connect(
    actor: Actor, *, vendor: str, name: str, credentials: Mapping[str, str], settings: Mapping[str, str]
) -> tuple[Connection, ConnectionCheck]:
    """Make the connection of the bureau's own books, choose it, and test it; return it with the test's answer.

    A connection that does not work is kept, so that its keys can be mended.

    Raises:
        Forbidden: the actor is no administrator.
        ServiceError: as `connections.create_connection`, PRACTICE_OFF, BOOKS_NOT_POSSIBLE.
    """
    require(actor, Role.ADMIN)
    _require_vendor(vendor, vendor)
    with transaction.atomic():
        made = connections.create_connection(
            actor, vendor=vendor, name=name, credentials=credentials, settings=settings
        )
        choose(actor, made)
    return made, connections.check_connection(actor, made)


def _require_vendor(vendor: str, name: str) -> None:
    if vendor not in VENDORS:
        known = ", ".join(connections.manifest(each).name for each in VENDORS)
        raise ServiceError("BOOKS_NOT_POSSIBLE", name=name, vendors=known)


@transaction.atomic
def choose(actor: Actor, connection: Connection) -> Integration:
    """Let a connection be the bureau's own books: an integration carries its invoices there one by one.

    Nothing goes before it is activated. Purchase invoices and payments stay out of it unless somebody switches them on.

    Raises:
        Forbidden: the actor is no administrator.
        ServiceError: PRACTICE_OFF, BOOKS_NOT_POSSIBLE, BOOKS_OF_CLIENT, and what `integrations` refuses.
    """
    require(actor, Role.ADMIN)
    if connection.company_id != actor.company.pk:
        raise Connection.DoesNotExist
    _require_vendor(connection.vendor, connection.name)
    of_client = ClientConnection.objects.filter(connection=connection).select_related("client").first()
    if of_client is not None:
        raise ServiceError("BOOKS_OF_CLIENT", name=connection.name, client=of_client.client.name)
    switch_on(actor)
    kept = locked(actor.company)
    source = Connection.objects.get(company=actor.company, vendor=WORKSPACE)
    integration = Integration.objects.filter(company=actor.company, source=source, target=connection).first()
    if integration is None:
        integration = integrations.create_integration(actor, source, connection)
    if integrations.level_of(integration) != integrations.LEVEL_DOCUMENT:
        integrations.update_settings(actor, integration, {"level": integrations.LEVEL_DOCUMENT})
    if integration.activated_at is None:
        _leave_to_others(actor, integration)
    if kept.integration_id != integration.pk:
        kept.integration = integration
        kept.classifiers_at = None  # those of other books
        kept.save(update_fields=["integration", "classifiers_at"])
        guard(integration)
        audit.record(actor, "billing.books_chosen", connection.name, link_of(actor.company))
    return integration


def _leave_to_others(actor: Actor, integration: Integration) -> None:
    flows = Flow.objects.filter(integration=integration, kind__in=_NOT_OURS, is_enabled=True)
    for flow in flows.select_related("company", "integration", "integration__source", "integration__target"):
        integrations.update_flow(actor, flow, is_enabled=False, is_automatic=False, schedule=flow.schedule)


def test(actor: Actor) -> ConnectionCheck:
    """Ask the bureau's books whether the connection works (U76).

    Raises:
        Forbidden: the actor is no accountant.
        ServiceError: BOOKS_NOT_CHOSEN.
    """
    require(actor, Role.ACCOUNTANT)
    integration = books_of(actor.company)
    if integration is None:
        raise ServiceError("BOOKS_NOT_CHOSEN")
    return connections.check_connection(actor, integration.target)


def activate(actor: Actor) -> Integration:
    """Begin sending: invoices that are made from now on may go to the books (U05).

    Switched on again after a pause, the first moment still holds.

    Raises:
        Forbidden: the actor is no administrator.
        ServiceError: BOOKS_NOT_CHOSEN, BOOKS_NOT_TESTED, CLASSIFIERS_MISSING.
    """
    require(actor, Role.ADMIN)
    kept = BillingSettings.objects.filter(company=actor.company).first()
    integration = books_of(actor.company)
    if kept is None or integration is None:
        raise ServiceError("BOOKS_NOT_CHOSEN")
    name = integration.target.name
    if integration.target.state != ConnectionState.ACTIVE:
        raise ServiceError("BOOKS_NOT_TESTED", name=name)
    if kept.needs_classifiers and kept.classifiers_at is None:
        raise ServiceError("CLASSIFIERS_MISSING", name=name)
    if integration.state == IntegrationState.READY:
        return integration
    with transaction.atomic():
        made = integrations.set_state(actor, integration, IntegrationState.READY)
        audit.record(actor, "billing.activated", name, link_of(actor.company))
    return made


def pause(actor: Actor) -> Integration:
    """Switch sending off; what is in the books stays, and payment status can still be fetched.

    Raises:
        Forbidden: the actor is no administrator.
        ServiceError: BOOKS_NOT_CHOSEN, BOOKS_NOT_ACTIVE.
    """
    require(actor, Role.ADMIN)
    integration = books_of(actor.company)
    if integration is None:
        raise ServiceError("BOOKS_NOT_CHOSEN")
    if integration.state != IntegrationState.READY:
        raise ServiceError("BOOKS_NOT_ACTIVE", name=integration.target.name)
    made = integrations.pause(actor, integration)
    audit.record(actor, "billing.paused", integration.target.name, link_of(actor.company))
    return made
