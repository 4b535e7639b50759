"""What an invoice's page says about its way into the bookkeeping, where documents go one by one."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from tilisilta.services.documents import delivery_detail
from tilisilta.services.errors import ServiceError
from tilisilta.services.forwarding import by_person, checking, sending
from tilisilta.store.models import Delivery, DeliveryState, FollowUpState, InvoiceStage, Role, Side, WorkspaceInvoice
from tilisilta.web.documents.views import DeliveryShown, shown_delivery
from tilisilta.web.request import CompanyRequest
from tilisilta.web.workspace.panels import MenuItem

_STOPPED = (DeliveryState.PROBLEM, DeliveryState.REFUSED, DeliveryState.PARKED, DeliveryState.SKIPPED)


def _shown(delivery: Delivery) -> DeliveryShown:
    return shown_delivery(delivery_detail(delivery))


def has_stopped(shown: DeliveryShown) -> bool:
    """Return whether a delivery waits for a person: it stopped, or a step after its arrival failed."""
    failed = any(each.state == FollowUpState.FAILED for each in shown.follow_ups)
    return failed or shown.delivery.state in _STOPPED


def forwarding_panel(request: CompanyRequest, invoice: WorkspaceInvoice) -> tuple[str, dict[str, Any]] | None:
    """Return the panel with state and event log of an invoice and of its payments, by integration (P79 to P81)."""
    integrations = sending.integrations_of(request.company)
    if not integrations or invoice.stage in {InvoiceStage.DRAFT, InvoiceStage.REJECTED}:
        return None
    ways = []
    to_check = {(each.invoice.pk, each.integration.pk) for each in checking.to_check(request.company, [invoice.pk])}
    for integration in integrations:
        shown = [_shown(each) for each in sending.deliveries_of(integration, invoice)]
        refusal = ""
        try:
            by_person.require_may_go(integration, invoice)
        except ServiceError as error:
            refusal = str(error)
        is_gone = any(each.delivery.kind != "payment" for each in shown)
        ways.append(
            {
                "integration": integration,
                "deliveries": shown,
                "refusal": refusal,
                "may_send": not refusal and not is_gone,
                "may_retry": not refusal and any(map(has_stopped, shown)),
                "may_leave": by_person.may_leave(integration, invoice),
                "is_to_check": (invoice.pk, integration.pk) in to_check,
                "posts_here": sending.posts_here(integration, invoice.direction),
            }
        )
    return "forwarding/_panel.html", {"ways": ways, "is_sales": invoice.direction == Side.SALES}


def forwarding_link(request: CompanyRequest, side: str) -> MenuItem | None:
    """Return the way from a list of invoices to those that have not gone yet (P51)."""
    integrations = sending.integrations_of(request.company)
    if not integrations or not request.actor.may(Role.ACCOUNTANT):
        return None
    text = _("To send to %(name)s") % {"name": ", ".join(each.target.name for each in integrations)}
    return MenuItem(reverse("forwarding-list", args=[request.company.pk, side]), text)


def check_link(request: CompanyRequest, side: str) -> MenuItem | None:
    """Return the way from the list of purchases to those whose posting is to be checked at the target (P44)."""
    if side != Side.PURCHASES:
        return None
    waiting = checking.to_check(request.company)
    if not waiting:
        return None
    names = ", ".join(dict.fromkeys(each.integration.target.name for each in waiting))
    text = _("Postings to check in %(name)s: %(count)s") % {"name": names, "count": len(waiting)}
    return MenuItem(reverse("forwarding-check", args=[request.company.pk]), text)


def forwarding_menu(request: CompanyRequest, invoice: WorkspaceInvoice) -> MenuItem | None:
    """Return the line of the invoice's menu that sends it again, where something of it failed (P60)."""
    if not request.actor.is_accountant:
        return None
    for integration in sending.integrations_of(request.company):
        found = [_shown(each) for each in sending.deliveries_of(integration, invoice)]
        if any(map(has_stopped, found)):
            text = _("Send to %(name)s again") % {"name": integration.target.name}
            return MenuItem(reverse("forwarding-send", args=[request.company.pk, invoice.pk]), text)
    return None
