"""Bookkeeping systems of a bureau's clients: switched on and off with one button each, their data kept."""

from collections.abc import Callable
from functools import cache
from typing import Final, get_type_hints

import msgspec
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from tilisilta.connectors import CONNECTORS
from tilisilta.kit.manifest import Manifest
from tilisilta.ports.counts import EntriesReader
from tilisilta.services import audit
from tilisilta.services.access import Actor, require
from tilisilta.services.books import texts  # noqa: F401  its words are known from now on
from tilisilta.services.connections import manifest
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.settings import require_on
from tilisilta.store.models import Client, ClientConnection, Company, PracticeIntegration, Role

# Run inside the transaction in which a system is switched on or off.
activated: Final[list[Callable[[Actor, PracticeIntegration], None]]] = []
deactivated: Final[list[Callable[[Actor, PracticeIntegration], None]]] = []


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One system as the overview shows it. `connected` are active clients that have a key to it."""

    manifest: Manifest
    integration: PracticeIntegration | None
    connected: int

    @property
    def is_active(self) -> bool:
        """Return whether it is switched on."""
        return self.integration is not None and self.integration.is_active


@cache
def vendors() -> tuple[str, ...]:
    """Return the systems whose entries can be counted: those whose connector says that it builds an `EntriesReader`."""
    return tuple(
        vendor for vendor, entry in CONNECTORS.items() if _builds_reader(get_type_hints(entry.load().build)["return"])
    )


def _builds_reader(built: type) -> bool:
    return issubclass(built, EntriesReader)


def manifest_of(vendor: str) -> Manifest:
    """Return the manifest of a system whose entries can be counted.

    Raises:
        ServiceError: BOOKS_VENDOR_UNKNOWN.
    """
    if vendor not in vendors():
        raise ServiceError("BOOKS_VENDOR_UNKNOWN", vendor=vendor)
    return manifest(vendor)


def name_of(integration: PracticeIntegration) -> str:
    """Return the system's name as its maker writes it."""
    return manifest(integration.vendor).name


def link_of(integration: PracticeIntegration) -> str:
    """Return the path of the system's page."""
    return f"/c/{integration.company_id}/books/{integration.vendor}/"


def get(company: Company, vendor: str) -> PracticeIntegration:
    """Return a company's system, active or not; PracticeIntegration.DoesNotExist when it never was."""
    return PracticeIntegration.objects.select_related("company").get(company=company, vendor=vendor)


def find(company: Company, vendor: str) -> PracticeIntegration | None:
    """Return a company's system, active or not; None when it was never switched on."""
    return PracticeIntegration.objects.select_related("company").filter(company=company, vendor=vendor).first()


def integrations_of(company: Company, *, active_only: bool = True) -> list[PracticeIntegration]:
    """Return a company's systems in the order of the registry; without `active_only` those switched off too."""
    found = PracticeIntegration.objects.filter(company=company).select_related("company", "activated_by")
    if active_only:
        found = found.filter(is_active=True)
    order = {vendor: place for place, vendor in enumerate(CONNECTORS)}
    return sorted(found, key=lambda each: order.get(each.vendor, len(order)))


def cards(company: Company) -> list[Card]:
    """Return every system that there is, with how it stands in this company; active ones first."""
    own = {each.vendor: each for each in integrations_of(company, active_only=False)}
    counted = ClientConnection.objects.filter(company=company, client__is_active=True).order_by()
    connected = dict(counted.values_list("integration__vendor").annotate(count=Count("pk")))
    found = [
        Card(manifest=manifest(each), integration=own.get(each), connected=connected.get(each, 0)) for each in vendors()
    ]
    return sorted(found, key=lambda card: (not card.is_active, card.manifest.vendor != "merit", card.manifest.name))


def card_of(company: Company, vendor: str) -> Card:
    """Return how one system stands in a company. Raises: ServiceError: BOOKS_VENDOR_UNKNOWN."""
    manifest_of(vendor)
    return next(each for each in cards(company) if each.manifest.vendor == vendor)


def require_active(integration: PracticeIntegration) -> None:
    """Raises: ServiceError: BOOKS_OFF, PRACTICE_OFF."""
    require_on(integration.company)
    if not integration.is_active:
        raise ServiceError("BOOKS_OFF", vendor=name_of(integration))


@transaction.atomic
def activate(actor: Actor, vendor: str) -> PracticeIntegration:
    """Switch a system on; what it had before is there again. Nothing is asked of it yet.

    Raises:
        Forbidden: the actor is no administrator.
        ServiceError: PRACTICE_OFF, BOOKS_VENDOR_UNKNOWN.
    """
    require(actor, Role.ADMIN)
    require_on(actor.company)
    name = manifest_of(vendor).name
    PracticeIntegration.objects.get_or_create(company=actor.company, vendor=vendor)
    integration = PracticeIntegration.objects.select_for_update().get(company=actor.company, vendor=vendor)
    integration.company = actor.company
    if not integration.is_active:
        integration.is_active = True
        integration.activated_at, integration.activated_by = timezone.now(), actor.user
        integration.deactivated_at = None
        integration.save()
        for also in activated:
            also(actor, integration)
        audit.record(actor, "books.activated", name, link_of(integration), vendor=vendor)
    return integration


@transaction.atomic
def deactivate(actor: Actor, integration: PracticeIntegration) -> None:
    """Switch a system off: nothing runs over it any more, and clients, keys, counts and tasks stay.

    Raises:
        Forbidden: the actor is no administrator.
    """
    if integration.company_id != actor.company.pk:
        raise PracticeIntegration.DoesNotExist
    require(actor, Role.ADMIN)
    now = timezone.now()
    active = PracticeIntegration.objects.filter(pk=integration.pk, is_active=True)
    if active.update(is_active=False, deactivated_at=now):
        integration.is_active, integration.deactivated_at = False, now
        for also in deactivated:
            also(actor, integration)
        connected = ClientConnection.objects.filter(integration=integration).count()
        audit.record(
            actor, "books.deactivated", name_of(integration), link_of(integration),
            vendor=integration.vendor, count=connected,
        )  # fmt: skip
    else:
        integration.refresh_from_db()


def unconnected_clients(company: Company) -> list[Client]:
    """Return the active clients that have no key to any system that is switched on, by name (U82)."""
    connected = ClientConnection.objects.filter(company=company, integration__is_active=True).values("client")
    return list(Client.objects.filter(company=company, is_active=True).exclude(pk__in=connected).order_by("name", "pk"))
