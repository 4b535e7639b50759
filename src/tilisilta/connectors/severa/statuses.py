"""Finding the status that a setting names: by guid, or by name as it stands in Severa."""

from collections.abc import Sequence

from tilisilta.connectors.severa.wire import Status
from tilisilta.core.errors import Misconfigured
from tilisilta.ports import CatalogueEntry


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def find_status(statuses: Sequence[Status], wanted: str) -> Status:
    """Return the status of this guid or name, in use.

    Raises:
        Misconfigured: STATUS_NOT_FOUND when it was renamed or deleted, STATUS_NOT_ACTIVE when it is out of use,
            STATUS_NOT_UNIQUE when several in use bear the name.

    """
    clean = wanted.strip()
    found = [each for each in statuses if each.guid and each.guid == clean.lower()]
    found = found or [each for each in statuses if each.name == clean]
    found = found or [each for each in statuses if _folded(each.name) == _folded(clean)]
    if not clean or not found:
        known = ", ".join(each.name for each in statuses if each.is_active) if statuses else ""
        raise Misconfigured("STATUS_NOT_FOUND", status=clean[:200], known=known[:400])
    active = [each for each in found if each.is_active]
    if not active:
        raise Misconfigured("STATUS_NOT_ACTIVE", status=found[0].name)
    if len(active) > 1:
        raise Misconfigured("STATUS_NOT_UNIQUE", status=active[0].name)
    return active[0]


def read_choice(status: Status) -> CatalogueEntry:
    """Return a status as a choice; its flags stand beside it."""
    flags = {
        "has_number": status.has_number,
        "is_sent": status.is_sent,
        "is_paid": status.is_paid,
        "is_read_only": status.is_read_only,
    }
    return CatalogueEntry(
        key=status.key,
        label=status.name,
        is_active=status.is_active,
        extra={name: "1" for name, value in flags.items() if value},
    )
