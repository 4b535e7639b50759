"""What happens to documents of the workspace, and what of it sends them on (P39, P45, P53, P55, P57).

Closing a period is not among it: at this level it sends nothing (P52).
"""

from tilisilta.core.documents import version_hash
from tilisilta.services import connections, integrations
from tilisilta.services.access import Actor
from tilisilta.services.approval import circulation
from tilisilta.services.forwarding import sending
from tilisilta.services.workspace import hooks
from tilisilta.store.models import IntegrationState, InvoiceStage, Side, WorkspaceInvoice, WorkspacePayment


def wire() -> None:
    """Take part in what happens to invoices and payments; called again, it counts once."""
    for held, function in (
        (hooks.saved, _saved),
        (hooks.sent, _sent),
        (hooks.posted, _posted),
        (hooks.unposting, _unposting),
        (hooks.paid, _paid),
        (hooks.unpaying, _unpaying),
        (circulation.first_approved, _first_approved),
        (circulation.approved, _approved),
        (connections.restored, sending.go_on),
        (integrations.resumed, sending.end_pause),
    ):
        if function not in held:
            held.append(function)  # type: ignore[arg-type]  # each list takes its own kind of function


def _saved(actor: Actor, change: hooks.Change) -> None:
    """An invoice that was edited after it went is a difference between the two sides, and not sent again.

    A sale that was sent before it came here, from a file or another system, goes like one that is sent here.
    """
    if change.is_new and change.row.direction == Side.SALES and change.row.stage == InvoiceStage.SENT:
        _sent(actor, change.row)
    if change.before is None or version_hash(change.before) == version_hash(change.after):
        return
    for integration in sending.integrations_of(actor.company):
        sending.note_edit(integration, change.row)


def _sent(actor: Actor, row: WorkspaceInvoice) -> None:
    """A sales invoice goes when it is sent; one that is not posted yet waits with that as its problem."""
    for integration in sending.integrations_of(actor.company, only_running=True):
        sending.put_invoice(integration, row)


def _posted(actor: Actor, row: WorkspaceInvoice) -> None:
    """A sent sales invoice that waited for its posting goes on; a purchase waits for the button.

    One that went with another posting before is a difference between the two sides.
    """
    for integration in sending.integrations_of(actor.company):
        sending.note_posting(integration, row, is_undone=False)
    if row.direction != Side.SALES or row.stage != InvoiceStage.SENT:
        return
    for integration in sending.integrations_of(actor.company, only_running=True):
        sending.put_invoice(integration, row)


def _unposting(actor: Actor, row: WorkspaceInvoice) -> None:
    for integration in sending.integrations_of(actor.company):
        sending.note_posting(integration, row, is_undone=True)


def _first_approved(actor: Actor, row: WorkspaceInvoice) -> None:
    """A purchase that the target posts goes at the first approval, however many more there will be (P45)."""
    for integration in sending.integrations_of(actor.company, only_running=True):
        if not sending.posts_here(integration, row.direction):
            sending.put_invoice(integration, row)


def _approved(actor: Actor, row: WorkspaceInvoice) -> None:
    """What was approved before the integration was ready, and is approved now, goes; the rest is there already."""
    _first_approved(actor, row)


def _paid(actor: Actor, payment: WorkspacePayment) -> None:
    """A payment by hand or by the rule goes; one by reference is listed with the reason why it does not.

    No list tells which payments have not gone, so what is recorded during a pause is held until its end.
    """
    for integration in sending.integrations_of(actor.company):
        sending.put_payment(integration, payment, is_held=integration.state != IntegrationState.READY)


def _unpaying(actor: Actor, payment: WorkspacePayment) -> None:
    for integration in sending.integrations_of(actor.company):
        sending.take_back_payment(integration, payment)
