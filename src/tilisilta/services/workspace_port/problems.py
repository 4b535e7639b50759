"""Mistakes of the workspace's services in the words of the engine: the fate of a document that they refuse."""

from tilisilta.core.errors import Misconfigured, Refused
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import WorkspaceSettings

_CLOSED = frozenset({"PERIOD_CLOSED", "LEDGER_PERIOD_CLOSED"})
_ALREADY = frozenset({"INVOICE_DUPLICATE", "NUMBER_TAKEN", "ITEM_CODE_TAKEN"})


def require_open_workspace(company_id: int) -> None:
    """Let companies pass whose workspace is on.

    Raises:
        Misconfigured: WORKSPACE_OFF.
    """
    if not WorkspaceSettings.objects.filter(company_id=company_id, is_on=True).exists():
        raise Misconfigured("WORKSPACE_OFF")


def refused(error: ServiceError) -> Refused:
    """Return the refusal that a service's mistake is to whoever sent the document."""
    if error.code == "PAYMENT_OVER":
        return Refused("PAYMENT_TOO_LARGE", message=str(error))
    if error.code in _CLOSED:
        return Refused("PERIOD_LOCKED", message=str(error))
    if error.code in _ALREADY:
        return Refused("ALREADY_AT_TARGET", message=str(error))
    return Refused("TARGET_REFUSED", message=str(error))
