"""What summaries say: mistakes in their settings, lines of the audit log, notices. Known once it is imported."""

from django.utils.translation import gettext_lazy as _

from tilisilta.services.audit import ACTIONS
from tilisilta.services.errors import MESSAGES
from tilisilta.services.notices import TEXTS

MESSAGES.update(
    {
        "SUMMARY_TITLE_MISSING": _("Write a title: each month's task is called so."),
        "SUMMARY_TITLE_TOO_LONG": _("The title may have at most %(limit)s letters."),
        "SUMMARY_TOPIC_MISSING": _("Choose the topic of the tasks, or write the name of a new one."),
        "SUMMARY_TOPIC_UNKNOWN": _("There is no such topic any more. Choose another one."),
        "SUMMARY_RHYTHM_UNKNOWN": _("Choose how often the numbers are fetched."),
        "SUMMARY_DAY_WRONG": _("The import day is 1 to 28, or 0 for the last day of the period itself."),
        "SUMMARY_MONTHS_WRONG": _("The number of months is 1 to %(limit)s."),
        "SUMMARY_COUNTS_MISSING": _("Choose at least one number to be fetched."),
        "SUMMARY_COUNT_UNKNOWN": _("%(system)s cannot tell the number %(count)s."),
        "SUMMARY_FIELD_UNKNOWN": _("%(count)s: choose a field of tasks that takes numbers."),
        "SUMMARY_FIELD_TWICE": _("%(count)s: the field %(field)s takes another number already. Choose another field."),
        "SUMMARY_OFF": _("Monthly summaries of %(system)s are off. Fill in their settings and switch them on first."),
        "SUMMARY_INTEGRATION_OFF": _("%(system)s is deactivated. Activate it first."),
        "SUMMARY_NO_CLIENTS": _("None of these clients is connected with %(system)s. Enter a key for them first."),
        "SUMMARY_PERIOD_REVERSED": _("The last month is before the first one."),
        "SUMMARY_PERIOD_TOO_LONG": _("At most %(limit)s months at once."),
        "SUMMARY_PERIOD_FUTURE": _("That month has not begun yet."),
        "SUMMARY_MONTH_WRONG": _("Write a month as 2026-10."),
    }
)
ACTIONS.update(
    {
        "summary.settings": _("Settings of monthly summaries changed"),
        "summary.month_requested": _("Monthly summaries asked for"),
        "summary.reload_requested": _("Summaries asked for again, overwriting"),
        "summary.period_requested": _("Summaries of a period asked for"),
        "summary.cancelled": _("Import of summaries cancelled"),
        "summary.changed": _("Numbers of a summary changed"),
    }
)
TEXTS.update(
    {
        "SUMMARIES_DONE": (
            _("%(system)s: summaries of %(months)s are ready"),
            _("Clients: %(clients)s. New entries: %(new)s, of them late: %(late)s. Tasks made: %(tasks)s."),
        ),
        "SUMMARIES_DONE_WITH_PROBLEMS": (
            _("%(system)s: summaries of %(months)s failed for some clients"),
            _("Clients: %(clients)s, failed: %(failed)s. The overview says what to do for them; the others are ready."),
        ),
        "SUMMARIES_FAILED": (
            _("%(system)s: summaries of %(months)s could not be made"),
            _("The import stopped. The overview says why. Nothing is half counted."),
        ),
        "SUMMARIES_CANCELLED": (
            _("%(system)s: the import of %(months)s was cancelled"),
            _("Clients done before it stopped: %(clients)s. Nothing is half counted."),
        ),
        "SUMMARY_DIFFERENCES": (
            _("Billed months turned out otherwise: %(count)s"),
            _("%(system)s. Entries came or went after their month was billed; the differences wait to be billed."),
        ),
    }
)
