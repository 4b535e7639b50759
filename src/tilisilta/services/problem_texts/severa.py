"""What Severa says, and what goes wrong with the statuses that invoices wait in."""

from django.utils.translation import gettext_lazy as _

from tilisilta.services.problem_texts.shape import Link, ProblemText

TEXTS = (
    ProblemText(
        "STATUS_NOT_FOUND",
        _("The invoice status is not there any more"),
        _("The source has no invoice status “%(status)s”; it was renamed or deleted. There are: %(known)s."),
        _("Choose the status again in the settings, or give it its old name at the source."),
        Link.SETTINGS,
    ),
    ProblemText(
        "STATUS_NOT_ACTIVE",
        _("The invoice status is out of use"),
        _("The invoice status “%(status)s” is not active at the source."),
        _("Activate it at the source, or choose another one in the settings."),
        Link.SETTINGS,
    ),
    ProblemText(
        "STATUS_NOT_UNIQUE",
        _("Several invoice statuses bear the same name"),
        _("The source has more than one active invoice status “%(status)s”, so nobody can tell which is meant."),
        _("Rename all but one of them at the source."),
        Link.SETTINGS,
    ),
    ProblemText(
        "STATUS_REFUSED",
        _("The source did not move the invoice to another status"),
        _("It did not let the invoice into the status “%(status)s”: %(message)s"),
        _("Move the invoice by hand at the source, or correct what it names; the status is then written again."),
        Link.DOCUMENT,
    ),
    ProblemText(
        "SOURCE_REFUSED",
        _("The source refused the request"),
        _("It answered: %(message)s"),
        _("Correct what the answer names and try again."),
        Link.CONNECTION,
    ),
    ProblemText(
        "INVOICE_NUMBER_MISSING",
        _("The invoice has no number"),
        _("Its status “%(status)s” gives no invoice number at the source."),
        _("Let the status give numbers, or move the invoice to a status that does."),
        Link.DOCUMENT,
    ),
    ProblemText(
        "FINVOICE_NOT_GIVEN",
        _("The source gives no Finvoice of this invoice"),
        _("It answered: %(message)s"),
        _("Nothing needs doing: the file is then written here. For the source's own, see its add-on and the customer."),
        Link.DOCUMENT,
    ),
    ProblemText(
        "TERMS_NOT_APPROVED",
        _("The terms of service are not approved"),
        _("The other side wants its terms approved before it answers: %(message)s"),
        _("Sign in there as an administrator, approve the terms, and test the connection."),
        Link.CONNECTION,
    ),
    ProblemText(
        "ORGANISATION_NOT_ACTIVE",
        _("The organisation is not active there"),
        _("The other side has closed or paused the organisation: %(message)s"),
        _("Ask the vendor's support to open it, then test the connection."),
        Link.CONNECTION,
    ),
    ProblemText(
        "INTERFACE_CHANGED",
        _("The interface is not what we know"),
        _("The service describes itself in another way than before, or refused our message: %(message)s"),
        _("Check the address of the connection. If it is right, send the raw answer to support."),
        Link.CONNECTION,
    ),
)
