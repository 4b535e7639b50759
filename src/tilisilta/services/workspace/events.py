"""The log of an invoice in the workspace: what happened to it, when, and by whom."""

from typing import Any, Final

import msgspec
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tilisilta.services.access import Actor
from tilisilta.services.workspace.messages import FIELD_NAMES
from tilisilta.store.models import WorkspaceEvent, WorkspaceInvoice

# Other subjects add their own lines: `TEXTS.update({"approval.accepted": _("...")})`.
TEXTS: Final[dict[str, Promise]] = {
    "invoice.created": _("Created"),
    "invoice.imported": _("Read from the file %(file)s"),
    "invoice.received": _("Came from another system"),
    "invoice.edited": _("Changed: %(fields)s"),
    "invoice.copied": _("Made as a copy of %(number)s"),
    "invoice.credits": _("Credits %(number)s"),
    "invoice.credited": _("Credited by a new credit note"),
    "invoice.sent": _("Sent with the number %(number)s"),
    "invoice.downloaded": _("Downloaded as %(format)s"),
    "invoice.note": _("Note: %(text)s"),
    "attachment.added": _("File added: %(name)s"),
    "attachment.removed": _("File removed: %(name)s"),
    "attachment.image": _("Picture of the invoice: %(name)s"),
}


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the log in the reader's language."""

    event: WorkspaceEvent
    text: str


def log_event(row: WorkspaceInvoice, code: str, actor: Actor | None = None, **params: Any) -> WorkspaceEvent:
    """Add a line to an invoice's log.

    Args:
        row: The invoice.
        code: A key of `TEXTS`.
        actor: Who did it; None, or an actor without a person, for the product itself.
        params: What the text names; kept as plain text and numbers.
    """
    plain = {name: value if isinstance(value, int | bool) else str(value) for name, value in params.items()}
    return WorkspaceEvent.objects.create(invoice=row, code=code, params=plain, user=actor.user if actor else None)


def event_text(code: str, params: dict[str, Any]) -> str:
    """Return a line's text in the active language; an unknown code stands for itself."""
    text = TEXTS.get(code)
    if text is None:
        return code
    if code == "invoice.edited":
        fields = (FIELD_NAMES.get(name, name) for name in str(params.get("fields", "")).split(", "))
        params = {"fields": ", ".join(map(str, fields))}
    try:
        return str(text) % params
    except (KeyError, TypeError, ValueError):
        return str(text)


def log_of(row: WorkspaceInvoice) -> list[LogLine]:
    """Return an invoice's log, newest first."""
    events = WorkspaceEvent.objects.filter(invoice=row).select_related("user").order_by("-pk")
    return [LogLine(event=event, text=event_text(event.code, event.params)) for event in events]
