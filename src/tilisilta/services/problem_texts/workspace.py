"""What the invoice workspace says to integrations."""

from django.utils.translation import gettext_lazy as _

from tilisilta.services.problem_texts.shape import Link, ProblemText

TEXTS = (
    ProblemText(
        "WORKSPACE_OFF",
        _("The invoice workspace is switched off"),
        _("The company keeps no invoices in Tilisilta at present, so none can come from it or go into it."),
        _("Switch the workspace on in the company's settings, or pause the integration."),
        Link.CONNECTION,
    ),
)
