"""What closing tells: texts of its mistakes, of the audit log and of an invoice's own log."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tilisilta.services import audit
from tilisilta.services.errors import MESSAGES
from tilisilta.services.workspace import events

_MESSAGES: Final[dict[str, Promise]] = {
    "PERIOD_IN_FUTURE": _("The range ends on %(date_to)s, which has not come yet. End it with today or earlier."),
    "PERIOD_ALREADY_CLOSED": _(
        "%(closed_by)s closed %(date_from)s – %(date_to)s of this side meanwhile. Open that period again to change it."
    ),
    "PERIOD_EMPTY": _("There is nothing to close between %(date_from)s and %(date_to)s."),
    "PERIOD_NOT_BALANCED": _("The postings of %(date)s do not balance: the difference is %(difference)s."),
    "PERIOD_BEING_SENT": _("The period is being sent. Wait until that has ended, or cancel the run first."),
    "PERIOD_ANSWER_OPEN": _(
        "Of one voucher it is not known yet whether it arrived. Send the period again first; nothing is doubled."
    ),
    "PERIOD_IS_OPEN": _("The period was opened again. Close it anew to send it."),
    "PERIOD_NOT_SENT": _("This period sends no vouchers: no integration transfers closed periods of this side."),
    "PERIOD_OF_OTHER_LEVEL": _(
        "The period went to %(target)s as vouchers, and documents go there one by one now. Choose closed periods again "
        "in the integration's settings before you open it."
    ),
    "LEVEL_PERIOD_NOT_SENT": _(
        "The period %(period)s has not arrived in %(target)s. Send it again first; then documents can go one by one."
    ),
    "LEVEL_PERIOD_REOPENED": _(
        "The period %(period)s was opened again and its vouchers still stand in %(target)s. Close it anew and let it "
        "arrive; then documents can go one by one."
    ),
    "LEVEL_DOCUMENTS_OPEN": _(
        "%(count)s invoices and payments went to %(target)s one by one and are in no closed period: %(events)s. Close "
        "their days first, which sends nothing now; then closed periods can go."
    ),
    "REOPEN_REASON_MISSING": _("Write down why the period is opened again."),
}
_ACTIONS: Final[dict[str, Promise]] = {
    "period.closed": _("Period closed"),
    "period.resent": _("Closed period sent again"),
    "period.reopened": _("Closed period opened again"),
}
_EVENTS: Final[dict[str, Promise]] = {
    "closing.closed": _("Closed with the period %(first)s – %(last)s"),
    "closing.reopened": _("The period %(first)s – %(last)s was opened again: %(reason)s"),
}


def make_known() -> None:
    """Let pages, the API and the logs find these texts; harmless when called again."""
    MESSAGES.update(_MESSAGES)
    audit.ACTIONS.update(_ACTIONS)
    events.TEXTS.update(_EVENTS)
