"""Who may send document by document, and when a company may change over to it (P01 to P05, P15, P16, P24, P25)."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings as env

from tilisilta.kit.manifest import Ability
from tilisilta.services.closing import books
from tilisilta.services.connections import manifest
from tilisilta.services.errors import ServiceError
from tilisilta.services.forwarding import texts as _texts  # noqa: F401  makes the texts of its codes known
from tilisilta.services.workspace.content import today_of
from tilisilta.services.workspace_port.setting_up import VENDOR as WORKSPACE
from tilisilta.store.models import (
    ClosedPeriod,
    Company,
    ConnectionState,
    FlowKind,
    Integration,
    IntegrationState,
    Side,
)

DOCUMENT, PERIOD = "document", "period"
REQUESTED: Final = "level_requested"  # when the company asked its operator, among the integration's answers
_PERIOD_FLOWS: Final = (FlowKind.PERIOD_SALES, FlowKind.PERIOD_PURCHASES)
_EVERYBODY: Final = "all"


def is_switched(integration: Integration) -> bool:
    """Return whether the level of an integration stands behind the operator's switch: a target that completes."""
    if integration.source.vendor != WORKSPACE:
        return False
    return Ability.POSTINGS in manifest(integration.target.vendor).abilities


def may_choose(company: Company) -> bool:
    """Return whether the operator lets a company send document by document."""
    named = {each.strip().lower() for each in str(env.DOCUMENT_LEVEL).replace(";", ",").split(",")}
    return _EVERYBODY in named or str(company.pk) in named


def requested_at(integration: Integration) -> str:
    """Return when a company asked for the level, as an ISO time; empty when it did not."""
    return str(integration.checklist.get(REQUESTED, ""))


def others_before(integration: Integration) -> list[Integration]:
    """Return the other integrations that carried this company's books and were not put aside (P05, P16)."""
    rows = Integration.objects.filter(
        company=integration.company_id, source__vendor=WORKSPACE, flows__kind__in=_PERIOD_FLOWS
    ).exclude(pk=integration.pk)
    rows = rows.exclude(state=IntegrationState.SETUP).exclude(target__state=ConnectionState.INACTIVE)
    return list(rows.select_related("source", "target").distinct().order_by("pk"))


def had_bookkeeping(integration: Integration) -> bool:
    """Return whether the company's books went anywhere before: a period was closed into it, or it is still tied."""
    periods = ClosedPeriod.objects.filter(company=integration.company_id).exclude(integration=None)
    return periods.exists() or bool(others_before(integration))


def first_day(company: Company) -> dt.date:
    """Return the day from which documents go one by one: the first of this month. Earlier days belong to periods."""
    return today_of(company).replace(day=1)


def open_before(company: Company) -> int:
    """Return how many invoices and payments of earlier months no closed period holds yet (P15)."""
    until = first_day(company) - dt.timedelta(days=1)
    days = books.Range(dt.date.min, until)
    return sum(
        books.in_range(rows(company, side), days).count()
        for side in (Side.SALES, Side.PURCHASES)
        for rows in (books.open_invoices, books.open_payments)
    )


def require_change(integration: Integration, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Check that an integration may change to the level of documents; a fresh start has nothing to close (P04).

    Raises:
        ServiceError: DOCUMENT_LEVEL_OFF, EARLIER_PERIODS_OPEN, OTHER_INTEGRATION_ACTIVE.
    """
    if after["level"] != DOCUMENT or before["level"] == DOCUMENT or not is_switched(integration):
        return
    if not may_choose(integration.company):
        raise ServiceError("DOCUMENT_LEVEL_OFF", target=integration.target.name)
    if not had_bookkeeping(integration):
        return
    if count := open_before(integration.company):
        raise ServiceError("EARLIER_PERIODS_OPEN", count=count, day=first_day(integration.company).isoformat())
    if others := others_before(integration):
        raise ServiceError("OTHER_INTEGRATION_ACTIVE", name=others[0].name, connection=others[0].target.name)
