"""What other subjects show on an invoice's page: approval, postings, payments, the closed period."""

from typing import Final

import msgspec

from tilisilta.store.models import WorkspaceInvoice
from tilisilta.web.request import CompanyRequest
from tilisilta.web.slots import Given, ShownPanel, Slot, shown


class MenuItem(msgspec.Struct, frozen=True):
    """A line of an invoice's menu: where it posts to, and its words."""

    url: str
    text: str


PANELS: Final[Slot[[CompanyRequest, WorkspaceInvoice], Given]] = Slot()
MENU: Final[Slot[[CompanyRequest, WorkspaceInvoice], MenuItem]] = Slot()
# Lines of the invoice lists' actions, by the side.
LIST_LINKS: Final[Slot[[CompanyRequest, str], MenuItem]] = Slot()
add_panel = PANELS.put
add_menu = MENU.put
add_list_link = LIST_LINKS.put


def menu_of(request: CompanyRequest, invoice: WorkspaceInvoice) -> list[MenuItem]:
    """Return what other subjects offer in the menu of an invoice's page."""
    return MENU.given(request, invoice)


def list_links_of(request: CompanyRequest, side: str) -> list[MenuItem]:
    """Return what other subjects offer on the list of a side's invoices."""
    return LIST_LINKS.given(request, side)


def panels_of(request: CompanyRequest, invoice: WorkspaceInvoice) -> list[ShownPanel]:
    """Return the panels of an invoice's page. In a panel's template `panel` is its context, `invoice` the row."""
    return shown(PANELS.given(request, invoice))
