"""What the clients' bookkeeping systems take part in: background jobs, and a system being switched off."""

from tilisilta.engine.jobs import DOERS
from tilisilta.services.books import imports, integrations
from tilisilta.services.books.doer import ImportDoer
from tilisilta.store.models import JobKind


def wire() -> None:
    """Tie in; called again, it counts once."""
    DOERS.setdefault(JobKind.CLIENT_IMPORT.value, ImportDoer())
    if imports.cancel_all not in integrations.deactivated:
        integrations.deactivated.append(imports.cancel_all)
