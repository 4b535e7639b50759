"""Texts of sending document by document: mistakes, and lines of an invoice's log."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tilisilta.services.errors import MESSAGES

TEXTS: Final[dict[str, Promise]] = {
    "DOCUMENT_LEVEL_OFF": _(
        "Sending document by document to %(target)s is not switched on for this company. Ask for it; begin with closed "
        "periods and change over later."
    ),
    "EARLIER_PERIODS_OPEN": _(
        "%(count)s invoices and payments dated before %(day)s are in no closed period. Close the earlier periods of "
        "sales and of purchases first; then documents can go one by one."
    ),
    "OTHER_INTEGRATION_ACTIVE": _(
        "%(name)s still carries the books. Put its connection %(connection)s aside first; its history and its id map "
        "stay."
    ),
    "FORWARD_NOT_TIED": _("No integration sends this company's documents one by one."),
    "FORWARD_NOT_YET": _("Invoice %(number)s cannot be sent to %(target)s yet: it must be sent or approved first."),
    "FORWARD_NOT_POSTED": _("Invoice %(number)s is not posted. Check its posting first, then send it to %(target)s."),
    "FORWARD_NOTHING_STOPPED": _("No step of invoice %(number)s stopped; there is nothing to leave as it is."),
    "FORWARD_IN_PERIOD": _("Invoice %(number)s went to %(target)s with a closed period already."),
}

MESSAGES.update(TEXTS)
