"""What the clients' bookkeeping systems tell: mistakes, audit entries and notices. Known once it is imported."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tilisilta.services.audit import ACTIONS
from tilisilta.services.errors import MESSAGES
from tilisilta.services.notices import TEXTS

_MESSAGES: Final[dict[str, Promise]] = {
    "BOOKS_VENDOR_UNKNOWN": _("%(vendor)s is not a system whose entries can be counted here."),
    "BOOKS_OFF": _("%(vendor)s is not active. An administrator can activate it under clients' bookkeeping systems."),
    "KEY_LIST_EMPTY": _("Paste the list of keys, or choose a file."),
    "SIGN_IN_FIELDS_MISSING": _("Enter the e-mail address and the password of the bookkeeping system."),
    "COUNTRY_UNKNOWN": _("Choose one of the countries of the list."),
    "IMPORT_UNDER_WAY": _("An import from %(vendor)s is running already. Wait until it ends, or cancel it first."),
    "IMPORT_STILL_RUNNING": _("The import is still running. Wait until it has ended."),
    "IMPORT_CONFIRMED_ALREADY": _("%(person)s has confirmed this import already. Nothing was imported twice."),
    "IMPORT_CANCELLED_ALREADY": _("This import was cancelled. Start a new one."),
    "IMPORT_FAILED_ALREADY": _("This import failed. Start a new one."),
    "IMPORT_NOTHING_TICKED": _("Tick at least one client, or cancel the import."),
}
_ACTIONS: Final[dict[str, Promise]] = {
    "books.activated": _("Bookkeeping system of clients activated"),
    "books.deactivated": _("Bookkeeping system of clients deactivated"),
    "client_key.saved": _("Client's key saved"),
    "client_key.removed": _("Client's key deleted"),
    "client_import.consented": _("Import from a bookkeeping system allowed"),
    "client_import.started": _("Import of clients started"),
    "client_import.cancelled": _("Import of clients cancelled"),
    "client_import.confirmed": _("Import of clients confirmed"),
}
_NOTICES: Final[dict[str, tuple[Promise, Promise]]] = {
    "CLIENT_IMPORT_READY": (
        _("%(source)s: %(count)s clients to confirm"),
        _("The import has ended. Look through the list and confirm it; nothing is imported before that."),
    ),
    "CLIENT_IMPORT_FAILED": (
        _("%(source)s: the import of clients failed"),
        _("Nothing was imported. The page of the import says why and what to do."),
    ),
    "CLIENT_IMPORT_CANCELLED": (
        _("%(source)s: the import of clients was cancelled"),
        _("Nothing was imported, and the keys that had been read are erased here."),
    ),
}

MESSAGES.update(_MESSAGES)
ACTIONS.update(_ACTIONS)
TEXTS.update(_NOTICES)
