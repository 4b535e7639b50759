"""The business register's file."""

from django.utils.translation import gettext_lazy as _

from tilisilta.services.problem_texts.shape import Link, ProblemText

TEXTS = (
    ProblemText(
        "REGISTER_FILE_BROKEN",
        _("The business register's file cannot be read"),
        _("It says: %(reason)s. The companies that were loaded before are kept."),
        _("It is tried again by itself. If it stays, load a file by hand with “tilisilta register load”."),
        Link.NOWHERE,
    ),
    ProblemText(
        "REGISTER_FILE_HEADER",
        _("The business register's file has other columns"),
        _("These are missing: %(columns)s. The companies that were loaded before are kept."),
        _("Check that it is the file of simple data (lihtandmed) as CSV, and update the program."),
        Link.NOWHERE,
    ),
    ProblemText(
        "REGISTER_FILE_SHORT",
        _("The business register's file is far too short"),
        _("It has %(rows)s companies where there were %(before)s. Those that were loaded before are kept."),
        _("Look at the file. If it is right, load it by hand with “tilisilta register load --fewer”."),
        Link.NOWHERE,
    ),
)
