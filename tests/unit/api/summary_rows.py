"""Summaries of a client's books, for tests that go over all operations of the API."""

from django.utils import timezone

from tilisilta.services.access import Actor
from tilisilta.services.practice.settings import add_months, month_of, today_of
from tilisilta.services.summaries import runs, settings
from tilisilta.services.summaries.settings import SummaryContent
from tilisilta.services.summaries.wiring import wire
from tilisilta.store.models import Client, PracticeIntegration, SeenEntry, Summary, SummaryDifference


def summary_ids(actor: Actor, client_id: int) -> dict[str, int]:
    """Return the ids by the names that addresses use for them; the client must be connected with Merit."""
    wire()
    integration = PracticeIntegration.objects.get(company=actor.company, vendor="merit")
    content = SummaryContent(title="Kuu kokkuvõte", new_topic="Kuutöö", counts={"sales_invoice": "new"})
    settings.save(actor, integration, content)
    client = Client.objects.get(pk=client_id)
    month = add_months(month_of(today_of(actor.company)), -1)
    common = {"company": actor.company, "client": client, "integration": integration}
    summary = Summary.objects.create(
        **common,
        month=month,
        counts={"sales_invoice": 1},
        billed_counts={"sales_invoice": 1},
        fetched_at=timezone.now(),
    )
    SummaryDifference.objects.create(summary=summary, count="sales_invoice", quantity=1)
    SeenEntry.objects.create(**common, kind="sales_invoice", remote_id="e1", entry_date=month, counted_in=month)
    job = runs.request_month(actor, integration)
    return {"summary_id": summary.pk, "job_id": job.pk}
