"""What the subject shows on others' pages: tabs of a system, a panel on a client's page, a line in the list's menu."""

from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tilisilta.services.access import Actor
from tilisilta.services.books import integrations, keys
from tilisilta.store.models import Client, Company, PracticeIntegration
from tilisilta.web.practice.panels import MenuItem, add_list_link, add_panel, url_if_any
from tilisilta.web.request import CompanyRequest

# Tabs of a system's page: code, words, the pages that may stand behind it. Those of no page are not shown (U37).
_TABS: Final[tuple[tuple[str, Promise, tuple[str, ...]], ...]] = (
    ("overview", gettext_lazy("Overview"), ("books-detail",)),
    ("import", gettext_lazy("Import"), ("books-import",)),
    ("settings", gettext_lazy("Settings"), ("summary-settings",)),
    ("products", gettext_lazy("Products"), ("billing-classifiers", "billing-products")),
)


def tabs_of(company: Company, vendor: str, integration: PracticeIntegration | None) -> list[tuple[str, str, str]]:
    """Return the tabs of a system as code, words and path. Without being active it has its overview alone."""
    found = []
    for code, words, names in _TABS:
        if code != "overview" and (integration is None or not integration.is_active):
            continue
        url = url_if_any(company, *names, args=(vendor,)) or url_if_any(company, *names)
        if url:
            found.append((code, str(words), url))
    return found


def take_part() -> None:
    """Stand on the pages of clients and in the menu of their list; called again, it counts once."""
    add_panel(_keys_of_client, "connections")
    add_list_link(_import_clients)


def _keys_of_client(request: CompanyRequest, client: Client) -> tuple[str, dict[str, Any]] | None:
    if not integrations.integrations_of(request.company):
        return None
    return "books/_client_keys.html", {"keys": keys.of_client(client)}


def _import_clients(actor: Actor) -> MenuItem | None:
    if not actor.is_accountant:
        return None
    url = url_if_any(actor.company, "client-import-new")
    return MenuItem(url, _("Import clients"), _("From a bookkeeping system, a list of keys or a table."))
