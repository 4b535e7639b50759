"""Texts of the mistakes in integrations, their schedules and imports."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tilisilta.services.errors import MESSAGES

TEXTS: Final[dict[str, Promise]] = {
    "INTEGRATION_NEEDS_TWO_SYSTEMS": _("Choose two different connections."),
    "NOTHING_TO_MOVE": _("%(source)s gives no kind of document that %(target)s takes."),
    "INTEGRATION_EXISTS": _("%(source)s and %(target)s are tied together already."),
    "INTEGRATION_HAS_HISTORY": _(
        "%(name)s has moved documents already. Pause it instead, so that none is ever sent twice."
    ),
    "SETTING_UNKNOWN": _("There is no setting called %(setting)s."),
    "PAYMENTS_KEPT_IN_SOURCE": _(
        "Payments are kept in %(source)s, so they are not sent there from %(target)s. Choose first that they are kept "
        "in %(target)s."
    ),
    "PAYMENTS_KEPT_IN_TARGET": _(
        "Payments are kept in %(target)s, so they are not imported into it. Change that in the settings first."
    ),
    "LEVEL_NOT_POSSIBLE": _("Between %(source)s and %(target)s only single documents can travel."),
    "FLOW_OF_OTHER_LEVEL": _(
        "%(flow)s do not travel at the level that is chosen, or the same would be in the books twice. Change the level "
        "in the settings first."
    ),
    "STATUSES_EQUAL": _("Choose two different statuses; otherwise every invoice would wait for ever."),
    "PREFIX_WRONG": _("What stands before codes has at most %(most)s characters."),
    "NO_REGISTERS": _("Between %(source)s and %(target)s there are no registers whose codes could be compared."),
    "KEY_MISSING": _("Enter the key: the field %(field)s is empty."),
    "SCHEDULE_MISSING": _("Choose when the automatic import runs."),
    "SCHEDULE_NOT_UNDERSTOOD": _("The schedule %(schedule)s cannot be read."),
    "NOT_ACTIVATED_YET": _("Finish the checklist and activate the integration first."),
    "STEP_NOT_BY_HAND": _("This step is done by doing it; it cannot be ticked by hand."),
    "CHECKLIST_NOT_DONE": _("These steps are not done yet: %(steps)s."),
    "DATES_MISSING": _("Choose the first and the last day."),
    "PERIOD_STILL_OPEN": _(
        "Today is not over yet. End the range with yesterday, or say that unfinished days come too."
    ),
    "PREVIEW_NOT_DONE": _("Only a finished preview can be imported. Make a new one."),
    "NOTHING_TO_RETRY": _("None of these documents can be tried again now."),
    "NOTHING_TO_SKIP": _("None of these documents can be left out now."),
}

MESSAGES.update(TEXTS)
