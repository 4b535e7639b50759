"""What billing does when something happens to an invoice, and its background job."""

from django.utils.translation import gettext_lazy as _

from tilisilta.engine.jobs import DOERS
from tilisilta.services import integrations
from tilisilta.services.billing import release
from tilisilta.services.billing.doer import StatusDoer
from tilisilta.services.billing.settings import guard
from tilisilta.services.workspace import hooks
from tilisilta.services.workspace.events import TEXTS
from tilisilta.store.models import JobKind

TEXTS["invoice.billed"] = _("Made by billing")


def wire() -> None:
    """Take part in what happens to invoices; called again, it counts once."""
    DOERS.setdefault(JobKind.INVOICE_STATUS.value, StatusDoer())
    for held, function in (
        (hooks.saved, release.invoice_saved),
        (hooks.sent, release.invoice_sent),
        (hooks.deleting, release.invoice_deleting),
        (integrations.resumed, guard),
    ):
        if function not in held:
            held.append(function)  # type: ignore[arg-type]  # each list takes its own kind of function
