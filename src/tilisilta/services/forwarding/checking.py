"""What the accounting firm has yet to look at: purchases that the target posted by its own rules (P42, P44).

That a posting was looked at there is a line of the invoice's log, so that it says who did it and when.
"""

from collections.abc import Iterable
from typing import Final

import msgspec
from django.db import transaction
from django.db.models import CharField
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from tilisilta.engine.states import AT_TARGET
from tilisilta.services import audit
from tilisilta.services.access import Actor, require
from tilisilta.services.forwarding.sending import FLOWS, flow_of, integrations_of
from tilisilta.services.workspace import events
from tilisilta.store.models import (
    Company,
    Delivery,
    FollowUp,
    FollowUpKind,
    Integration,
    Role,
    Side,
    WorkspaceEvent,
    WorkspaceInvoice,
)

CHECKED: Final = "forwarding.checked"

events.TEXTS[CHECKED] = _("Posting checked in %(target)s")


class ToCheck(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase whose posting waits to be looked at, and what it is called at its target."""

    invoice: WorkspaceInvoice
    integration: Integration
    target_number: str


# A page that people look through; what lies further back waits until the newer ones are ticked.
MOST: Final = 1000


def to_check(company: Company, only: Iterable[int] = ()) -> list[ToCheck]:
    """Return the purchases that a target posted and nobody has looked at there, oldest first, at most `MOST`.

    Args:
        company: Whose.
        only: Narrows to these invoices by their keys.
    """
    wanted = [str(pk) for pk in only]
    found: list[ToCheck] = []
    for integration in integrations_of(company):
        flow = flow_of(integration, FLOWS[Side.PURCHASES])
        gone = Delivery.objects.filter(flow=flow, state__in=[each.value for each in AT_TARGET])
        gone = gone.filter(source_id__in=wanted) if wanted else gone
        # Where our own posting went along, there is nothing to look at.
        ours = FollowUp.objects.filter(delivery__in=gone, kind=FollowUpKind.STEP, subject="postings")
        checked = WorkspaceEvent.objects.filter(code=CHECKED, invoice__company=company)
        seen = checked.annotate(key=Cast("invoice_id", CharField())).values("key")
        rest = gone.exclude(pk__in=ours.values("delivery_id")).exclude(source_id__in=seen).order_by("pk")
        pairs = rest.values_list("source_id", "target_number")[:MOST]
        numbers = {int(source_id): number for source_id, number in pairs if source_id.isdecimal()}
        rows = WorkspaceInvoice.objects.filter(company=company, pk__in=list(numbers))
        found += [
            ToCheck(invoice=row, integration=integration, target_number=numbers[row.pk])
            for row in rows.order_by("date", "pk")
        ]
    return found


def mark_checked(actor: Actor, rows: Iterable[WorkspaceInvoice]) -> int:
    """Note that the postings of purchases were looked at in the target; return how many waited for that.

    Raises:
        Forbidden: the actor is no accountant.
    """
    require(actor, Role.ACCOUNTANT)
    wanted = [row.pk for row in rows]
    with transaction.atomic():
        chosen = to_check(actor.company, wanted) if wanted else []
        for each in chosen:
            events.log_event(each.invoice, CHECKED, actor, target=each.integration.target.name)
        if chosen:
            numbers = ", ".join(each.invoice.number for each in chosen[:20])
            audit.record(actor, "invoice.posting_checked", subject=numbers, count=len(chosen))
    return len(chosen)
