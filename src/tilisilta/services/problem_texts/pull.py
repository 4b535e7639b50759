"""What may stand in the way of documents that another system fetches from here."""

from django.utils.translation import gettext_lazy as _

from tilisilta.services.problem_texts.shape import Link, ProblemText

TEXTS = (
    ProblemText(
        "PULL_SERVICE_OFF",
        _("The pull service is switched off"),
        _("The operator of this program has not switched on the service from which other systems fetch documents."),
        _("Ask the operator to start the program with TILISILTA_PULL_SERVICE=true; then test the connection."),
        Link.CONNECTION,
    ),
    ProblemText(
        "PULL_KEY_MISSING",
        _("The pull service has no key yet"),
        _("Without a key nobody can fetch from this connection."),
        _("Make the key on the connection's page, enter it in the system that fetches, then test the connection."),
        Link.CONNECTION,
    ),
)
