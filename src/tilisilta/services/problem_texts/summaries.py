"""What may stand in the way of counting a client's entries."""

from django.utils.translation import gettext_lazy as _

from tilisilta.services.problem_texts.shape import Link, ProblemText

TEXTS = (
    ProblemText(
        "ENTRIES_NOT_TOLD",
        _("This system cannot be counted"),
        _("%(vendor)s tells no entries in this version."),
        _("Connect the client with another system, or update the program."),
        Link.CONNECTION,
    ),
    ProblemText(
        "SUMMARY_BOOKS_EMPTIED",
        _("Nearly everything counted before is gone at once"),
        _(
            "%(system)s answered without %(count)s entries that were counted before. So much is hardly ever deleted: "
            "the system may be in trouble, or the key may open the books of another company. Nothing was changed."
        ),
        _(
            "Test the client's connection and look whose books it opens. If they are right, press “Import summaries "
            "now” for this client: that overwrites what was counted."
        ),
        Link.CONNECTION,
    ),
    ProblemText(
        "SUMMARY_OVERTAKEN",
        _("The same client was counted meanwhile"),
        _("Another import of the same client's numbers ended while this one was asking."),
        _("Nothing needs doing: the client is counted again by itself."),
        Link.NOWHERE,
    ),
    ProblemText(
        "SUMMARY_SETTINGS_GONE",
        _("The summary's settings are off"),
        _("After this import began, monthly summaries of %(vendor)s were switched off or left without a number."),
        _("Switch them on, choose the numbers, and ask for the summaries again."),
        Link.SETTINGS,
    ),
)
