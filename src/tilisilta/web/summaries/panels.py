"""What summaries show elsewhere: the counts on a task's page, the months on a client's, actions on ticked clients."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from tilisilta.services.books.integrations import integrations_of
from tilisilta.services.practice.client_bulk import BulkAction, add_bulk_action
from tilisilta.services.summaries import documents
from tilisilta.services.summaries.counts import system_name
from tilisilta.store.models import Client, Company, Task
from tilisilta.web.practice.panels import add_panel
from tilisilta.web.request import CompanyRequest
from tilisilta.web.tasks.panels import add_panel as add_task_panel


def take_part() -> None:
    """Add the client's tab and the actions on ticked clients; called again, they stand once."""
    add_panel(client_panel, "summaries")
    add_task_panel(task_panel)
    add_bulk_action(
        BulkAction(
            code="summary-reload",
            label=_("Import summaries now"),
            page="summary-reload-chosen",
            is_offered=_has_system,
        )
    )
    add_bulk_action(
        BulkAction(code="summary-period", label=_("Import data"), page="summary-period", is_offered=_has_system)
    )


def _has_system(company: Company) -> bool:
    return bool(integrations_of(company))


def task_panel(_request: CompanyRequest, task: Task) -> tuple[str, dict[str, Any]] | None:
    """Return the counts behind a task with their template; None for a task that no summary made."""
    found = documents.panel_of(task)
    if found is None:
        return None
    return "summaries/_task_panel.html", {"panel": found, "system": system_name(found.summary.integration.vendor)}


def client_panel(request: CompanyRequest, client: Client) -> tuple[str, dict[str, Any]] | None:
    """Return a client's newest months with their template."""
    summaries = documents.months_of_client(request.company, client.pk)
    shown = [(documents.panel(each), system_name(each.integration.vendor)) for each in summaries]
    return "summaries/_client_panel.html", {"months": shown}
