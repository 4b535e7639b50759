"""What billing shows elsewhere: payment and sources on an invoice's page, contracts on a client's."""

from typing import Any

from tilisilta.services.access import Forbidden
from tilisilta.services.billing import contracts, lists, sending
from tilisilta.services.billing.settings import books_of, is_on
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.settings import has_right
from tilisilta.store.models import Client, WorkspaceInvoice
from tilisilta.web.request import CompanyRequest


def invoice_panel(request: CompanyRequest, invoice: WorkspaceInvoice) -> tuple[str, dict[str, Any]] | None:
    """Return the panel of an invoice that billing made: what of it is paid, its way into the books, its rows (U77)."""
    billed = lists.billed_of(request.company, invoice.pk)
    if billed is None or not is_on(request.company):
        return None
    books = books_of(request.company)
    refusal = ""
    try:
        sending.require_may_go(sending.rules_of(request.company), invoice)
    except ServiceError as error:
        refusal = str(error)
    shown = lists.shown(request.company, [billed])[0]
    return "billing/_invoice.html", {
        "billed": billed,
        "shown": shown,
        "books": books,
        "lines": lists.lines_of(billed),
        "refusal": refusal,
        "is_there": shown.delivery is not None and shown.delivery.state in sending.AT_TARGET,
        "may_send": not refusal
        and has_right(request.actor, "send_invoices")
        and (shown.delivery is None or shown.delivery.state not in sending.AT_TARGET),
    }


def client_panel(request: CompanyRequest, client: Client) -> tuple[str, dict[str, Any]] | None:
    """Return the panel of a client: its contracts and newest invoices."""
    if not is_on(request.company):
        return None
    try:
        found = list(contracts.contracts(request.actor, client=client, is_active=None))
    except Forbidden:
        found = None
    invoices = lists.search(request.company, lists.Filters(client_id=client.pk), size=10).rows
    return "billing/_client.html", {"contracts": found, "invoices": invoices}
