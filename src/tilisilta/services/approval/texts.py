"""What approval says: mistakes, lines of an invoice's log, notices, audit entries."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tilisilta.services import audit, notices
from tilisilta.services.errors import MESSAGES
from tilisilta.services.workspace import events

WAITS_FOR_YOU: Final = "INVOICE_WAITS_FOR_YOU"
REJECTED: Final = "INVOICE_REJECTED"
APPROVED: Final = "INVOICE_APPROVED"
TAKEN_BACK: Final = "INVOICE_APPROVAL_TAKEN_BACK"


def make_known() -> None:
    """Give the words to those who show them; doing so again changes nothing."""
    MESSAGES.update(
        {
            "APPROVAL_NOT_PURCHASE": _("Only purchase invoices are approved."),
            "APPROVAL_STAGE": _("This cannot be done now: the invoice is %(stage)s."),
            "CHECKERS_MISSING": _(
                "The invoice needs %(needed)s mandatory checkers before it may go round; it has %(count)s."
            ),
            "APPROVERS_MISSING": _(
                "The invoice needs %(needed)s mandatory approvers before it may go round; it has %(count)s."
            ),
            "APPROVER_NONE": _("Add at least one approver."),
            "HANDLER_NOT_MEMBER": _("Only people of the company can check and approve."),
            "HANDLER_TWICE": _("%(person)s is %(role)s of this invoice already."),
            "HANDLER_DECIDED": _("%(person)s has decided already."),
            "NOT_YOUR_TURN": _("The invoice does not wait for you."),
            "REJECT_REASON_MISSING": _("Write down why you reject the invoice."),
            "CIRCULATION_NEEDED": _("The company's purchase invoices go round. Send this one into circulation."),
            "CIRCULATION_OFF": _(
                "Circulation is switched off in the workspace's settings. Approve the invoice at once."
            ),
            "DEFAULT_HANDLER_TWICE": _("%(person)s is a default %(role)s from this amount already."),
            "AMOUNT_NEGATIVE": _("The amount cannot be below zero."),
        }
    )
    events.TEXTS.update(
        {
            "approval.handler_added": _("%(person)s added as %(role)s"),
            "approval.handler_removed": _("%(person)s removed as %(role)s"),
            "approval.foreman": _("%(person)s added as %(role)s: foreman of %(project)s"),
            "approval.default": _("%(person)s added as %(role)s by the company's rules"),
            "approval.started": _("Sent into circulation"),
            "approval.withdrawn": _("Taken out of circulation"),
            "approval.checked": _("%(person)s checked it"),
            "approval.accepted": _("%(person)s approved it"),
            "approval.rejected": _("%(person)s rejected it: %(reason)s"),
            "approval.handed_on": _("%(person)s handed it on to %(to)s"),
            "approval.approved": _("Approved"),
            "approval.at_once": _("Approved by %(person)s without circulation"),
            "approval.reopened": _("Approval taken back"),
            "approval.taken_back": _("The invoice changed, so its approvals were taken back"),
        }
    )
    notices.TEXTS.update(
        {
            WAITS_FOR_YOU: (
                _("%(supplier)s, invoice %(number)s waits for you"),
                _("%(amount)s %(currency)s. Check or approve it, or say why not."),
            ),
            REJECTED: (_("%(supplier)s, invoice %(number)s was rejected"), _("%(person)s: %(reason)s")),
            APPROVED: (_("%(supplier)s, invoice %(number)s is approved"), _("%(amount)s %(currency)s.")),
            TAKEN_BACK: (
                _("%(supplier)s, invoice %(number)s changed after it was approved"),
                _("%(amount)s %(currency)s. Its approvals were taken back; it goes round again."),
            ),
        }
    )
    audit.ACTIONS.update(
        {
            "approval.default_added": _("Default handler of purchase invoices added"),
            "approval.default_removed": _("Default handler of purchase invoices removed"),
        }
    )


make_known()
