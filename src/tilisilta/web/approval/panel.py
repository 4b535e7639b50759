"""What the page of a purchase invoice says about its approval, and what its reader may do about it."""

from typing import Any

from tilisilta.services.approval import circulation
from tilisilta.services.approval.handlers import OPEN_STAGES, handlers_of
from tilisilta.services.approval.rules import count_mandatory, in_turn, part_of
from tilisilta.services.workspace.invoices import is_closed
from tilisilta.services.workspace.settings import settings_of
from tilisilta.store.models import HandlerDecision, HandlerRole, InvoiceStage, Side, WorkspaceInvoice
from tilisilta.web.approval.forms import HandlerForm
from tilisilta.web.request import CompanyRequest

_TONES = {HandlerDecision.OPEN: "wait", HandlerDecision.ACCEPTED: "ok", HandlerDecision.REJECTED: "bad"}
STAGE_TONES = {
    InvoiceStage.RECEIVED: "info",
    InvoiceStage.CIRCULATING: "busy",
    InvoiceStage.APPROVED: "ok",
    InvoiceStage.REJECTED: "bad",
}


def approval_panel(request: CompanyRequest, invoice: WorkspaceInvoice) -> tuple[str, dict[str, Any]] | None:
    """Return the panel of a purchase invoice; None for sales."""
    if invoice.direction != Side.PURCHASES:
        return None
    return "approval/_panel.html", panel_context(request, invoice)


def panel_context(request: CompanyRequest, invoice: WorkspaceInvoice) -> dict[str, Any]:
    """Return the handlers with their decisions, what is still needed, and the steps that are open to the reader."""
    settings = settings_of(request.company)
    handlers = handlers_of(invoice)
    waits = {each.pk for each in in_turn(handlers)} if invoice.stage == InvoiceStage.CIRCULATING else set()
    who = circulation.acting_person(request.actor)
    mine = part_of(handlers, who.pk) if who is not None and waits else None
    is_locked = is_closed(invoice)
    may_change = request.actor.is_accountant and not is_locked
    is_open = invoice.stage in OPEN_STAGES
    stage = InvoiceStage(invoice.stage)
    return {
        "rows": [
            {
                "handler": each,
                "tone": _TONES[HandlerDecision(each.decision)],
                "waits": each.pk in waits,
                "may_move": not is_locked
                and is_open
                and each.decision == HandlerDecision.OPEN
                and (may_change or (who is not None and each.user_id == who.pk)),
            }
            for each in handlers
        ],
        "stage": stage.label,
        "tone": STAGE_TONES[stage],
        "circulation_on": settings.circulation_on,
        "mine": mine if not is_locked else None,
        "needs": [
            {"word": word, "needed": needed, "count": count_mandatory(handlers, role)}
            for word, role, needed in (
                (HandlerRole.CHECKER.label, HandlerRole.CHECKER, settings.checkers_needed),
                (HandlerRole.APPROVER.label, HandlerRole.APPROVER, settings.approvers_needed),
            )
            if needed
        ],
        "first_approved_at": circulation.first_approved_at(invoice),
        "approved_at": invoice.approved_at,
        "may_change": may_change,
        "may_add": may_change and is_open and settings.circulation_on,
        "may_start": may_change and settings.circulation_on and stage in {InvoiceStage.RECEIVED, InvoiceStage.REJECTED},
        "may_approve": may_change and not settings.circulation_on and is_open,
        "may_withdraw": may_change
        and stage in {InvoiceStage.CIRCULATING, InvoiceStage.APPROVED, InvoiceStage.REJECTED},
        "form": HandlerForm(company=request.company),
    }
