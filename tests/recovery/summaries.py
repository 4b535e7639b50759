"""A bureau's monthly summaries inside an installation of a recovery test: asked for, waited for, looked at."""

import time
from collections import Counter
from typing import Any

from tests.support.emulators import Emulated

COUNTS = {"sales_invoice": "new", "ledger_batch": "new"}


def set_up(merit: dict[str, Any], clients: int) -> dict[str, Any]:
    """Set up a bureau with so many Merit clients, and ask for the summaries of the month that ended last."""
    from tests.support.bureau import make_bureau
    from tilisilta.services.summaries import runs

    emulated = Emulated(**merit)
    bureau = make_bureau()
    listed = emulated.call("GET", "companies")[1:]
    usable = [each for each in listed if each["plan"] != "standard" and each["keys"]]
    marks = {}
    for each in usable[:clients]:
        marks[bureau.add_merit_client(emulated, each, registry_code="").pk] = each["mark"]
    bureau.set_up(counts=COUNTS)
    job = runs.request_month(bureau.actor, bureau.integration)
    months = [f"{bureau.back(back):%Y-%m}" for back in range(1, 8)]
    return {"job": job.pk, "marks": marks, "months": months}


def again(kind: str) -> int:
    """Ask for the same month or for a reload, and return the job's id."""
    from tilisilta.services.access import system_actor
    from tilisilta.services.summaries import runs
    from tilisilta.store.models import PracticeIntegration

    integration = PracticeIntegration.objects.select_related("company").get()
    ask = runs.request_month if kind == "month" else runs.request_reload
    return ask(system_actor(integration.company), integration).pk


def wait(job: int, seconds: float = 60) -> dict[str, Any]:
    """Wait until an import has ended and return how it ended."""
    from tilisilta.store.models import Job

    until = time.monotonic() + seconds
    while (found := Job.objects.get(pk=job)).finished_at is None:
        if time.monotonic() > until:
            raise AssertionError(f"still {found.state}: {found.done}/{found.total}")
        time.sleep(0.1)
    return {"state": found.state, "done": found.done, "failed": found.failed, "takeovers": found.fence, **found.result}


def counted() -> dict[str, Any]:
    """Return what is counted: by client, month and count; the entries remembered; the tasks of each client."""
    from tilisilta.store.models import Notice, SeenEntry, Summary, Task

    shown = {
        f"{each.client_id} {each.month:%Y-%m} {code}": number
        for each in Summary.objects.all()
        for code, number in each.counts.items()
    }
    return {
        "shown": shown,
        "entries": SeenEntry.objects.filter(gone_at=None).count(),
        "tasks": Counter(str(pk) for pk in Task.objects.values_list("client_id", flat=True)),
        "notices": Notice.objects.count(),
    }
