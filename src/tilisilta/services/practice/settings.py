"""The practice module of a company: switched on and off, who may do what, its days and months."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tilisilta.services import audit
from tilisilta.services.access import Actor, Forbidden, require
from tilisilta.services.errors import MESSAGES, ServiceError
from tilisilta.store.models import Company, Membership, PracticeSettings, Role, User

MESSAGES["PRACTICE_OFF"] = _("The practice module is off. An administrator can switch it on in its settings.")

# What members below administrator may be allowed in billing; owners and administrators always may.
MEMBER_RIGHTS: Final[dict[str, Promise]] = {
    "view_contracts": _("See contracts"),
    "create_invoices": _("Make invoices"),
    "manage_products": _("Manage products"),
    "send_invoices": _("Send invoices"),
    "confirm_rows": _("Confirm rows to be billed"),
}

# Run inside the transaction in which the module is switched on.
switched_on: Final[list[Callable[[Actor, PracticeSettings], None]]] = []


def is_on(company: Company) -> bool:
    """Return whether a company uses the practice module."""
    return PracticeSettings.objects.filter(company=company, is_on=True).exists()


def settings_of(company: Company) -> PracticeSettings:
    """Return the company's choices; defaults that are not stored yet while there are none."""
    return PracticeSettings.objects.filter(company=company).first() or PracticeSettings(company=company)


def require_on(company: Company) -> None:
    """Raises: ServiceError: PRACTICE_OFF."""
    if not is_on(company):
        raise ServiceError("PRACTICE_OFF")


def hold(company: Company) -> PracticeSettings:
    """Hold the module inside the caller's transaction, so that two people give the same name one after the other.

    Raises: ServiceError: PRACTICE_OFF.
    """
    kept = PracticeSettings.objects.select_for_update().filter(company=company, is_on=True).first()
    if kept is None:
        raise ServiceError("PRACTICE_OFF")
    return kept


@transaction.atomic
def switch_on(actor: Actor) -> PracticeSettings:
    """Switch the module on; what it had before is there again. Raises: Forbidden."""
    require(actor, Role.ADMIN)
    kept, _made = PracticeSettings.objects.get_or_create(company=actor.company)
    if not kept.is_on:
        kept.is_on = True
        kept.save(update_fields=["is_on"])
        for also in switched_on:
            also(actor, kept)
        audit.record(actor, "practice.switched_on", actor.company.name)
    return kept


@transaction.atomic
def switch_off(actor: Actor) -> None:
    """Switch the module off: nothing runs any more, nothing is deleted. Raises: Forbidden."""
    require(actor, Role.ADMIN)
    if PracticeSettings.objects.filter(company=actor.company, is_on=True).update(is_on=False):
        audit.record(actor, "practice.switched_off", actor.company.name)


@transaction.atomic
def save_settings(
    actor: Actor, *, members_make_topics: bool, days_ahead: int, member_rights: Iterable[str]
) -> PracticeSettings:
    """Store the company's choices. Raises: Forbidden, ServiceError: PRACTICE_OFF."""
    require(actor, Role.ADMIN)
    require_on(actor.company)
    kept = PracticeSettings.objects.select_for_update().get(company=actor.company)
    kept.members_make_topics = members_make_topics
    kept.days_ahead = days_ahead
    kept.member_rights = [code for code in MEMBER_RIGHTS if code in set(member_rights)]
    kept.save()
    audit.record(actor, "practice.settings_changed", actor.company.name)
    return kept


def has_right(actor: Actor, right: str) -> bool:
    """Return whether an actor may do something in billing: administrators always, accountants as the bureau chose."""
    return actor.is_admin or (actor.is_accountant and right in settings_of(actor.company).member_rights)


def require_right(actor: Actor, right: str) -> None:
    """Raises: Forbidden: the actor lacks this right of billing."""
    if not has_right(actor, right):
        raise Forbidden(Role.ADMIN)


def owner_of(company: Company) -> User | None:
    """Return the account's owner: the first one, when there are several."""
    found = Membership.objects.filter(company=company, role=Role.OWNER, user__is_active=True).select_related("user")
    first = found.order_by("created_at", "pk").first()
    return first.user if first else None


def members_of(company: Company) -> list[User]:
    """Return the people who may be given work, by name."""
    found = Membership.objects.filter(company=company, user__is_active=True).exclude(role=Role.VIEWER)
    return sorted((each.user for each in found.select_related("user")), key=lambda user: str(user).casefold())


def today_of(company: Company) -> dt.date:
    """Return the present day in the company's time zone."""
    return timezone.now().astimezone(ZoneInfo(company.time_zone)).date()


def month_of(day: dt.date) -> dt.date:
    """Return the first day of a day's month, by which months are named."""
    return day.replace(day=1)


def add_months(month: dt.date, count: int) -> dt.date:
    """Return the first day of the month so many months later.

    >>> add_months(dt.date(2026, 11, 1), -12).isoformat()
    '2025-11-01'
    """
    place = month.year * 12 + month.month - 1 + count
    return dt.date(place // 12, place % 12 + 1, 1)


def last_day(month: dt.date) -> dt.date:
    """Return the last day of a month."""
    return add_months(month_of(month), 1) - dt.timedelta(days=1)
