"""What the ledger does when something happens to an invoice of the workspace."""

from tilisilta.services.access import Actor
from tilisilta.services.errors import ServiceError
from tilisilta.services.ledger import chart, payments, postings
from tilisilta.services.workspace import hooks
from tilisilta.services.workspace.settings import settings_of
from tilisilta.store.models import PostingStage, WorkspaceInvoice, WorkspaceSettings

_LINE_FACTS = ("lines", "date", "entry_date", "delivery_date", "exchange_rate", "is_credit_note")


def wire() -> None:
    """Take part in what happens to invoices; called by everything that loads the ledger, it counts once."""
    for held, function in (
        (hooks.switched_on, _switched_on),
        (hooks.saved, _saved),
        (hooks.sent, _sent),
        (hooks.deleting, _deleting),
    ):
        if function not in held:
            held.append(function)  # type: ignore[arg-type]  # each list takes its own kind of function


def _switched_on(actor: Actor, settings: WorkspaceSettings) -> None:
    """Give the company the chart of its country."""
    del settings
    chart.make_chart(actor.company)


def _saved(actor: Actor, change: hooks.Change) -> None:
    """Take a posting back that does not say any more what the invoice says."""
    row, before = change.row, change.before
    if before is None:
        return
    is_other = change.is_amount_changed or any(
        getattr(before, name) != getattr(change.after, name) for name in _LINE_FACTS
    )
    if is_other and row.posting_stage == PostingStage.POSTED:
        postings.take_back(actor, row, "posting.outdated")
    if change.is_amount_changed:
        payments.invoice_changed(actor, row)


def _deleting(actor: Actor, row: WorkspaceInvoice) -> None:
    """Keep a posted invoice: its postings would go with it."""
    del actor
    if row.posting_stage == PostingStage.POSTED:
        raise ServiceError("POSTING_DONE", number=row.number or row.party_name)


def _sent(actor: Actor, row: WorkspaceInvoice) -> None:
    """Post a sent sales invoice as proposed where the company has chosen so; what cannot be posted waits."""
    if settings_of(actor.company).posts_on_sending:
        postings.accept_proposals(actor, [row])
        row.refresh_from_db(fields=["posting_stage"])
