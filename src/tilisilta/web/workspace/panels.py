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


class MenuItem(msgspec.Struct, frozen=True):
    """A line of an invoice's menu: where it posts to, and its words."""

    url: str
    text: str


Menu = Callable[[CompanyRequest, WorkspaceInvoice], MenuItem | None]
MENU: Final[list[Menu]] = []


class ShownPanel(msgspec.Struct, frozen=True):
    """A panel as the page includes it: `{% include each.template with panel=each.context %}`."""

    template: str
    context: dict[str, Any]


def add_panel(panel: Panel) -> Panel:
    """Add a panel to all invoice pages, in the order of adding; the same one twice stands once."""
    if panel not in PANELS:
        PANELS.append(panel)
    return panel


def add_menu(menu: Menu) -> Menu:
    """Add a line to the menu of all invoice pages; the same one twice stands once."""
    if menu not in MENU:
        MENU.append(menu)
    return menu


def menu_of(request: CompanyRequest, invoice: WorkspaceInvoice) -> list[MenuItem]:
    """Return what other subjects offer in the menu of an invoice's page."""
    found = (menu(request, invoice) for menu in MENU)
    return [each for each in found if each is not None]


# A line of a list's actions: gives its address and words for a side, or None.
ListLink = Callable[[CompanyRequest, str], MenuItem | None]
LIST_LINKS: Final[list[ListLink]] = []


def add_list_link(link: ListLink) -> ListLink:
    """Add a line to the actions of the invoice lists; the same one twice stands once."""
    if link not in LIST_LINKS:
        LIST_LINKS.append(link)
    return link


def list_links_of(request: CompanyRequest, side: str) -> list[MenuItem]:
    """Return what other subjects offer on the list of a side's invoices."""
    found = (link(request, side) for link in LIST_LINKS)
    return [each for each in found if each is not None]


def panels_of(request: CompanyRequest, invoice: WorkspaceInvoice) -> list[ShownPanel]:
    """Return the panels of an invoice's page. In a panel's template `panel` is its context, `invoice` the row."""
    shown = (panel(request, invoice) for panel in PANELS)
    return [ShownPanel(*each) for each in shown if each is not None]
