"""What views of one bookkeeping system's summaries share."""

from django.http import Http404

from tilisilta.services.books import integrations
from tilisilta.services.summaries.counts import system_name
from tilisilta.services.summaries.runs import jobs_of
from tilisilta.store.models import Job, PracticeIntegration
from tilisilta.web.books.panels import tabs_of
from tilisilta.web.paging import id_of
from tilisilta.web.request import CompanyRequest

_MOST_CLIENTS = 1_000


def integration_of(request: CompanyRequest, vendor: str) -> PracticeIntegration:
    """Return one of the company's bookkeeping systems; any other has no such page."""
    try:
        return integrations.get(request.company, vendor)
    except PracticeIntegration.DoesNotExist as error:
        raise Http404 from error


def client_ids(request: CompanyRequest) -> list[int]:
    """Return the clients that an address or form names: `?clients=1,2,3` or `client` once for each."""
    asked = request.POST or request.GET
    texts = [*asked.get("clients", "").split(","), *asked.getlist("client")]
    return sorted({found for text in texts[:_MOST_CLIENTS] if (found := id_of(text.strip())) is not None})


def names(integration: PracticeIntegration) -> dict[str, object]:
    """Return what every page of a system's summaries names."""
    return {
        "integration": integration,
        "system": system_name(integration.vendor),
        "tabs": tabs_of(integration.company, integration.vendor, integration),
    }


def live_job(integration: PracticeIntegration) -> Job | None:
    """Return the newest import that has not ended; None when none is under way."""
    return next((each for each in jobs_of(integration) if each.finished_at is None), None)
