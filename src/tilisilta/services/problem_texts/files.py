"""Files that came in."""

from django.utils.translation import gettext_lazy as _

from tilisilta.services.problem_texts.shape import Link, ProblemText

TEXTS = (
    ProblemText(
        "UNREADABLE",
        _("It cannot be read"),
        _("%(place)s: %(rule)s"),
        _("Ask the sender for a corrected one, or correct it and upload it again."),
        Link.FILES,
    ),
    ProblemText(
        "SCHEMA_VIOLATION",
        _("The file breaks the rules of its format"),
        _("%(place)s: %(rule)s"),
        _("Ask the sender for a corrected file."),
        Link.FILES,
    ),
    ProblemText(
        "FILE_TOO_LARGE",
        _("The file is too large"),
        _("File %(file)s is larger than %(limit)s."),
        _("Split it and upload the parts."),
        Link.FILES,
    ),
    ProblemText(
        "FILE_WRONG_KIND",
        _("This kind of file is not taken here"),
        _("It is %(kind)s. E-invoices are taken as Finvoice 1.3, 2.01 and 3.0 and as UBL 2.1."),
        _("Upload the e-invoice itself, not its picture or an answer to it."),
        Link.FILES,
    ),
    ProblemText(
        "FILE_GONE",
        _("The file is no longer here"),
        _("File %(file)s was removed from the store before it was read."),
        _("Upload it again."),
        Link.FILES,
    ),
    ProblemText(
        "DUPLICATE_IN_UPLOAD",
        _("Twice in the same upload"),
        _("Document %(number)s was in the upload more than once; it was taken once."),
        _("Nothing needs doing unless the two differ."),
        Link.FILES,
    ),
    ProblemText(
        "FILE_CONTROL_SUM_DIFFERS",
        _("The file's own control sum differs"),
        _("The file states %(stated)s, its documents make %(counted)s (%(rule)s)."),
        _("Check with the sender that nothing is missing. The documents go on by themselves."),
        Link.FILES,
    ),
    ProblemText(
        "FILE_EMPTY",
        _("The file is empty"),
        _("File %(file)s has nothing in it."),
        _("Save it again where it comes from and upload it anew."),
        Link.FILES,
    ),
    ProblemText(
        "FILE_NAME_INVALID",
        _("The file's name cannot be used"),
        _("“%(file)s” is no name for a file."),
        _("Give it another name and upload it again."),
        Link.FILES,
    ),
)
