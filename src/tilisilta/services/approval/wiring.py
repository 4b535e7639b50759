"""What approval does when something happens to an invoice of the workspace."""

from tilisilta.services.access import Actor
from tilisilta.services.approval import circulation, handlers
from tilisilta.services.workspace import hooks
from tilisilta.services.workspace.settings import settings_of
from tilisilta.store.models import InvoiceStage, Side


def wire() -> None:
    """Take part in what happens to invoices; called again, it counts once."""
    if _saved not in hooks.saved:
        hooks.saved.append(_saved)


def _saved(actor: Actor, change: hooks.Change) -> None:
    """Give a purchase invoice its handlers as it arrives; take approvals back when it is another one now."""
    row = change.row
    if row.direction != Side.PURCHASES:
        return
    if change.is_amount_changed:
        circulation.invoice_changed(actor, row)
    if row.stage == InvoiceStage.RECEIVED and settings_of(row.company).circulation_on:
        handlers.fill(row, actor)
