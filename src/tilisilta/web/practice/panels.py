"""What other subjects show on a client's page and in the client list: tasks, plan, connections, summaries, billing."""

from collections.abc import Callable
from typing import Final

import msgspec
from django.urls import NoReverseMatch
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tilisilta.services.access import Actor
from tilisilta.store.models import Client, Company
from tilisilta.web.navigation import company_url
from tilisilta.web.request import CompanyRequest
from tilisilta.web.slots import Given, ShownPanel, Slot, shown

Panel = Callable[[CompanyRequest, Client], Given | None]

# The tabs of a client's page, in their order. Those that nobody fills are not shown.
TABS: Final[dict[str, Promise]] = {
    "overview": _("Overview"),
    "contacts": _("Contacts"),
    "tasks": _("Tasks"),
    "plan": _("Client plan"),
    "connections": _("Connections"),
    "summaries": _("Summaries"),
    "billing": _("Billing"),
    "notes": _("Notes"),
}
OWN_TABS: Final = frozenset({"overview", "contacts", "notes"})
_PANELS: Final[dict[str, Slot[[CompanyRequest, Client], Given]]] = {tab: Slot() for tab in TABS}


class MenuItem(msgspec.Struct, frozen=True):
    """A line of a menu or of the next steps after an import: where it leads, its words, and a sentence about it."""

    url: str
    text: str
    about: str = ""


# Lines of the client list's three-dot menu, and of the next steps that are shown after an import.
LIST_MENU: Final[Slot[[Actor], MenuItem]] = Slot()
NEXT_STEPS: Final[Slot[[Actor], MenuItem]] = Slot()
add_list_link = LIST_MENU.put
add_next_step = NEXT_STEPS.put


def add_panel(panel: Panel, tab: str = "overview") -> Panel:
    """Add a panel to a tab of all clients' pages. Raises: KeyError: there is no such tab."""
    return _PANELS[tab].put(panel)


def tabs_of() -> list[tuple[str, Promise]]:
    """Return the tabs that something stands on."""
    return [(code, label) for code, label in TABS.items() if code in OWN_TABS or _PANELS[code]]


def panels_of(request: CompanyRequest, client: Client, tab: str) -> list[ShownPanel]:
    """Return the panels of a tab. In a panel's template `panel` is its context, `client` the row."""
    return shown(_PANELS[tab].given(request, client))


def url_if_any(company: Company, *names: str, args: tuple[object, ...] = ()) -> str:
    """Return the path of the first of these pages that there is; empty when there is none."""
    for name in names:
        try:
            return company_url(company, name, *args)
        except NoReverseMatch:
            continue
    return ""
