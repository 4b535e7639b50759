"""What other subjects show on an invoice's page: approval, postings, payments, the closed period.

A subject appends its own when its addresses are loaded (`web/<subject>/urls.py`), so that the page knows none of them.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from tilisilta.store.models import WorkspaceInvoice
from tilisilta.web.request import CompanyRequest

# A panel gives its template and the context for it; None when it has nothing to say about the invoice.
Panel = Callable[[CompanyRequest, WorkspaceInvoice], tuple[str, dict[str, Any]] | None]

PANELS: Final[list[Panel]] = []


class ShownPanel(msgspec.Struct, frozen=True):
    """A panel as the page includes it: `{% include each.template with panel=each.context %}`."""

    template: str
    context: dict[str, Any]


def add_panel(panel: Panel) -> Panel:
    """Add a panel to all invoice pages, in the order of adding; the same one twice stands once."""
    if panel not in PANELS:
        PANELS.append(panel)
    return panel


def panels_of(request: CompanyRequest, invoice: WorkspaceInvoice) -> list[ShownPanel]:
    """Return the panels of an invoice's page. In a panel's template `panel` is its context, `invoice` the row."""
    shown = (panel(request, invoice) for panel in PANELS)
    return [ShownPanel(*each) for each in shown if each is not None]
