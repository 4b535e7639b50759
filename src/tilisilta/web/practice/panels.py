"""What other subjects show on a client's page and in the client list: tasks, plan, connections, summaries, contracts.

A subject appends its own when its addresses are loaded (`web/<subject>/urls.py`), so that the pages know none of them.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec
from django.urls import NoReverseMatch
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tilisilta.services.access import Actor
from tilisilta.store.models import Client, Company
from tilisilta.web.navigation import company_url
from tilisilta.web.request import CompanyRequest

# A panel gives its template and the context for it; None when it has nothing to say about the client.
Panel = Callable[[CompanyRequest, Client], tuple[str, dict[str, Any]] | None]

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
PANELS: Final[list[tuple[str, Panel]]] = []


class ShownPanel(msgspec.Struct, frozen=True):
    """A panel as the page includes it: `{% include each.template with panel=each.context %}`."""

    template: str
    context: dict[str, Any]


def add_panel(panel: Panel, tab: str = "overview") -> Panel:
    """Add a panel to a tab of all clients' pages, in the order of adding; the same one twice stands once."""
    if tab not in TABS:
        raise ValueError(tab)
    if (tab, panel) not in PANELS:
        PANELS.append((tab, panel))
    return panel


def tabs_of() -> list[tuple[str, Promise]]:
    """Return the tabs that something stands on."""
    filled = OWN_TABS | {tab for tab, _panel in PANELS}
    return [(code, label) for code, label in TABS.items() if code in filled]


def panels_of(request: CompanyRequest, client: Client, tab: str) -> list[ShownPanel]:
    """Return the panels of a tab. In a panel's template `panel` is its context, `client` the row."""
    shown = (panel(request, client) for of_tab, panel in PANELS if of_tab == tab)
    return [ShownPanel(*each) for each in shown if each is not None]


class MenuItem(msgspec.Struct, frozen=True):
    """A line of a menu or of the next steps after an import: where it leads, its words, and a sentence about it."""

    url: str
    text: str
    about: str = ""


Link = Callable[[Actor], MenuItem | None]
LIST_MENU: Final[list[Link]] = []
NEXT_STEPS: Final[list[Link]] = []


def add_list_link(link: Link) -> Link:
    """Add a line to the three-dot menu of the client list; the same one twice stands once."""
    if link not in LIST_MENU:
        LIST_MENU.append(link)
    return link


def add_next_step(link: Link) -> Link:
    """Add a line to the next steps that are shown after an import; the same one twice stands once."""
    if link not in NEXT_STEPS:
        NEXT_STEPS.append(link)
    return link


def links_of(links: list[Link], actor: Actor) -> list[MenuItem]:
    """Return the lines that say something to an actor."""
    found = (link(actor) for link in links)
    return [each for each in found if each is not None]


def url_if_any(company: Company, *names: str, args: tuple[object, ...] = ()) -> str:
    """Return the path of the first of these pages that there is; empty when there is none."""
    for name in names:
        try:
            return company_url(company, name, *args)
        except NoReverseMatch:
            continue
    return ""
