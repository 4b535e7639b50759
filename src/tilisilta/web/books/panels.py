"""What the subject shows elsewhere: tabs of a system, a panel on a client's page, an action on ticked clients."""

from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from tilisilta.services.books import integrations, keys
from tilisilta.services.practice.client_bulk import BulkAction, add_bulk_action
from tilisilta.store.models import Client, Company, PracticeIntegration
from tilisilta.web.practice.panels import add_panel, url_if_any
from tilisilta.web.request import CompanyRequest

# Tabs of a system's page: code, words, the pages that may stand behind it. Those of no page are not shown (U37).
_TABS: Final[tuple[tuple[str, Promise, tuple[str, ...]], ...]] = (
    ("overview", gettext_lazy("Overview"), ("books-detail",)),
    ("import", gettext_lazy("Import"), ("books-import",)),
    ("summaries", gettext_lazy("Summaries"), ("summary-overview",)),
    ("settings", gettext_lazy("Settings"), ("summary-settings",)),
    ("products", gettext_lazy("Products"), ("billing-products",)),
)


def tabs_of(company: Company, vendor: str, integration: PracticeIntegration | None) -> list[tuple[str, str, str]]:
    """Return the tabs of a system as code, words and path; of one that was switched off what it has counted stays."""
    shown = {"overview"} if integration is None else {"overview", "summaries"}
    found = []
    for code, words, names in _TABS:
        if code not in shown and (integration is None or not integration.is_active):
            continue
        url = url_if_any(company, *names, args=(vendor,)) or url_if_any(company, *names)
        if url:
            found.append((code, str(words), url))
    return found


def take_part() -> None:
    """Stand on the pages of clients and among the actions on ticked ones; called again, it counts once."""
    add_panel(_keys_of_client, "connections")
    keys_of_several = BulkAction(
        code="client-keys", label=gettext_lazy("Keys and connections"), page="client-keys", is_offered=_has_system
    )
    add_bulk_action(keys_of_several)


def _has_system(company: Company) -> bool:
    return bool(integrations.integrations_of(company))


def _keys_of_client(request: CompanyRequest, client: Client) -> tuple[str, dict[str, Any]]:
    has_system = bool(integrations.integrations_of(request.company))
    return "books/_client_keys.html", {"keys": keys.of_client(client), "has_system": has_system}
