"""How a bureau bills: payment term, rounding of time, when status is fetched; on together with the workspace."""

import datetime as dt
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from tilisilta.engine.schedule import next_due
from tilisilta.engine.stage import ONLY_LISTED, ONLY_SINCE
from tilisilta.services import audit
from tilisilta.services.access import Actor, require
from tilisilta.services.billing import texts as _texts  # noqa: F401  makes the texts of its codes known
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice import settings as practice
from tilisilta.services.workspace import settings as workspace
from tilisilta.store.models import BillingSettings, Company, Integration, IntegrationState, Role

STEPS: Final = (1, 5, 6, 10, 15, 30, 60)  # minutes that time may be rounded up to


def is_on(company: Company) -> bool:
    """Return whether a bureau bills here."""
    return BillingSettings.objects.filter(company=company).exists() and practice.is_on(company)


def settings_of(company: Company) -> BillingSettings:
    """Return the bureau's choices; defaults that are not stored yet while there are none."""
    found = BillingSettings.objects.filter(company=company).select_related("integration__target", "company").first()
    return found or BillingSettings(company=company)


def require_on(company: Company) -> None:
    """Raises: ServiceError: PRACTICE_OFF, BILLING_OFF."""
    practice.require_on(company)
    if not BillingSettings.objects.filter(company=company).exists():
        raise ServiceError("BILLING_OFF")


def locked(company: Company) -> BillingSettings:
    """Return the choices and hold them until the caller's transaction ends, so that two who bill wait in line.

    Raises:
        ServiceError: PRACTICE_OFF, BILLING_OFF.
    """
    practice.require_on(company)
    found = BillingSettings.objects.select_for_update(no_key=True).filter(company=company).first()
    if found is None:
        raise ServiceError("BILLING_OFF")
    return found


@transaction.atomic
def switch_on(actor: Actor) -> BillingSettings:
    """Let a bureau bill here; the invoice workspace, which keeps its invoices, is switched on with it.

    Raises:
        Forbidden: the actor is no administrator.
        ServiceError: PRACTICE_OFF.
    """
    require(actor, Role.ADMIN)
    practice.require_on(actor.company)
    workspace.switch_on(actor)
    kept, is_new = BillingSettings.objects.get_or_create(company=actor.company)
    if is_new:
        audit.record(actor, "billing.switched_on", actor.company.name, link_of(actor.company))
    return kept


def link_of(company: Company) -> str:
    """Return the path of the settings of billing."""
    return f"/c/{company.pk}/billing/settings/"


@transaction.atomic
def save_settings(
    actor: Actor,
    *,
    payment_term_days: int,
    rounds_minutes_to: int,
    needs_classifiers: bool,
    fetches_status: bool,
    status_at: dt.time,
) -> BillingSettings:
    """Store the bureau's choices, and when the status of invoices is fetched next.

    Raises:
        Forbidden: the actor is no administrator.
        ServiceError: PRACTICE_OFF, BILLING_OFF, MINUTES_NOT_POSSIBLE.
    """
    require(actor, Role.ADMIN)
    kept = locked(actor.company)
    if rounds_minutes_to not in STEPS:
        raise ServiceError("MINUTES_NOT_POSSIBLE")
    wanted: dict[str, Any] = {
        "payment_term_days": payment_term_days,
        "rounds_minutes_to": rounds_minutes_to,
        "needs_classifiers": needs_classifiers,
        "fetches_status": fetches_status,
        "status_at": status_at,
    }
    changed = {
        name: [str(getattr(kept, name)), str(value)] for name, value in wanted.items() if getattr(kept, name) != value
    }
    for name, value in wanted.items():
        setattr(kept, name, value)
    kept.next_status_at = next_status_at(kept) if fetches_status else None
    kept.save()
    if kept.integration is not None:
        guard(kept.integration)
    if changed:
        audit.record(actor, "billing.settings_changed", actor.company.name, link_of(actor.company), changes=changed)
    return kept


def guard(integration: Integration) -> None:
    """Let every way out of an integration that carries billing keep to billing's rules, whoever sends and wherever.

    Nothing goes that was made before sending began (U05), and only with imported classifiers where they are needed
    (U78). An integration of something else is left as it is.
    """
    kept = BillingSettings.objects.filter(company=integration.company_id, integration=integration).first()
    if kept is None:
        return
    rules: dict[str, Any] = {ONLY_LISTED: kept.needs_classifiers}
    if integration.activated_at is not None:
        rules[ONLY_SINCE] = integration.activated_at.isoformat()
    if any(integration.settings.get(name) != value for name, value in rules.items()):
        integration.settings = {**integration.settings, **rules}
        integration.save(update_fields=["settings"])


def next_status_at(kept: BillingSettings) -> dt.datetime:
    """Return the next moment at which status is fetched, by the company's clock, safe over its changes."""
    at = dt.time.fromisoformat(str(kept.status_at))  # a default that was not stored yet is still text
    return next_due(f"{at.minute} {at.hour} * * *", kept.company.time_zone, timezone.now())


def books_of(company: Company) -> Integration | None:
    """Return the integration that carries a bureau's invoices to its books, whatever its state."""
    kept = BillingSettings.objects.filter(company=company).select_related(
        "integration__source", "integration__target", "integration__company"
    )
    found = kept.first()
    return found.integration if found else None


def require_books(company: Company) -> Integration:
    """Return the integration that carries a bureau's invoices.

    Raises:
        ServiceError: BOOKS_NOT_CHOSEN, or BOOKS_NOT_ACTIVE while it was never switched on or is switched off.
    """
    found = books_of(company)
    if found is None:
        raise ServiceError("BOOKS_NOT_CHOSEN")
    if found.state != IntegrationState.READY or found.activated_at is None:
        raise ServiceError("BOOKS_NOT_ACTIVE", name=found.target.name)
    return found
