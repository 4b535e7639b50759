"""What a bureau's day brings: a person's tasks, clients whose books cannot be read, imports and invoices to confirm."""

from dataclasses import dataclass

from tilisilta.services.access import Actor
from tilisilta.services.billing import lists as billing
from tilisilta.services.books import keys
from tilisilta.services.books.imports import imports_of
from tilisilta.services.books.integrations import unconnected_clients
from tilisilta.services.practice.settings import has_right, is_on
from tilisilta.services.tasks.lists import counts
from tilisilta.store.models import Client, ClientImport, ConnectionState, ImportState


@dataclass(frozen=True, slots=True)
class BureauToday:
    """What the first page of a bureau shows beside the rest. Billing stays at 0 for those who may not see it."""

    overdue: int
    due_today: int
    failing_keys: int
    unconnected: int
    to_confirm: list[ClientImport]
    drafts: int = 0
    unpaid_overdue: int = 0
    differences: int = 0
    has_clients: bool = True

    @property
    def needs_nothing(self) -> bool:
        """Return whether nothing waits for a person."""
        return not (
            self.overdue
            or self.due_today
            or self.failing_keys
            or self.unconnected
            or self.to_confirm
            or self.drafts
            or self.unpaid_overdue
            or self.differences
            or not self.has_clients
        )


def today_of_bureau(actor: Actor) -> BureauToday | None:
    """Return what a person of a bureau should look at now; None for companies without the practice module."""
    company = actor.company
    if not is_on(company):
        return None
    tasks = counts(company, actor.user)
    broken = keys.connections_of(company).filter(
        integration__is_active=True, connection__state=ConnectionState.NEEDS_RECONNECT
    )
    invoices = billing.counts(company) if has_right(actor, "create_invoices") else {}
    return BureauToday(
        overdue=tasks["overdue"],
        due_today=tasks["today"],
        failing_keys=broken.count(),
        unconnected=len(unconnected_clients(company)),
        to_confirm=list(imports_of(company).filter(state=ImportState.READY)),
        drafts=invoices.get("draft", 0),
        unpaid_overdue=invoices.get("overdue", 0),
        differences=billing.difference_count(company) if invoices else 0,
        has_clients=Client.objects.filter(company=company).exists(),
    )
