"""What billing says of the bureau's own books."""

from django.utils.translation import gettext_lazy as _

from tilisilta.services.problem_texts.shape import Link, ProblemText

TEXTS = (
    ProblemText(
        "BOOKS_NOT_CHOSEN",
        _("The bureau's own books are not chosen"),
        _("Billing has no connection that its invoices go to, so nothing can be asked about them."),
        _("Choose the connection of the bureau's own books in the settings of billing."),
        Link.NOWHERE,
    ),
    ProblemText(
        "NOT_AMONG_CLASSIFIERS",
        _("“%(name)s” is not among the imported classifiers"),
        _("Invoices go to these books only with items, VAT codes, accounts and dimensions imported from them."),
        _("Import the classifiers again on the page of products, or choose an imported one for the row."),
        Link.MAPPINGS,
    ),
)
