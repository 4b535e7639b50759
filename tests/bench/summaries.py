"""Measures a night of monthly summaries: `python -m tests.bench.summaries --clients 1000`.

A bureau's clients have each a Merit company of its own in the emulator, which keeps to Merit's 60 requests a minute and
key. The import runs in one process with the product's own limits on, without spreading it over the hour, so that what
is measured is the work itself. The first night sees seven months of books for the first time, the second nothing new,
the reload thirteen months.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any


def _prepare(database: str) -> None:
    """Point the product at a data directory of this run, before it is loaded."""
    os.environ["TILISILTA_DATA_DIR"] = str(Path(tempfile.mkdtemp(prefix="tilisilta-bench-")))
    os.environ["TILISILTA_ALLOW_LOCAL_VENDORS"] = "true"
    os.environ["TILISILTA_SPREAD_CLIENTS"] = "0"
    os.environ["TILISILTA_LOG_LEVEL"] = "ERROR"
    if database == "postgres":
        from tests.support.postgres import create_database, server_uri

        os.environ["TILISILTA_DATABASE_URL"] = create_database(server_uri(), "summaries_bench")
    os.environ["DJANGO_SETTINGS_MODULE"] = "tilisilta.settings"


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _requests(merit: Any) -> tuple[int, int]:
    """Return how many requests the emulator answered, and how many of them it refused as too many."""
    found = merit.call("GET", "requests")
    by_status = found.get("by_status", {})
    return int(found["total"]), int(by_status.get("429", 0))


def measure(clients: int, counts: dict[str, str]) -> None:
    """Print a row of a table for each import."""
    from tests.support.bureau import make_bureau
    from tests.support.emulators import Emulators
    from tilisilta.services.summaries import runs
    from tilisilta.store.models import SeenEntry

    emulators = Emulators()
    try:
        merit = emulators["merit"]
        merit.reset(limits=True, companies=clients + 60, keep_companies=clients)
        bureau = make_bureau()
        listed = merit.call("GET", f"companies?offset=1&limit={clients + 60}")
        usable = [each for each in listed if each["country"] == "EE" and each["plan"] != "standard" and each["keys"]]
        for each in usable[:clients]:
            bureau.add_merit_client(merit, each, registry_code="")
        bureau.set_up(counts=counts)
        for name, ask in (
            ("first night", lambda: runs.request_month(bureau.actor, bureau.integration)),
            ("next night, nothing new", lambda: runs.request_month(bureau.actor, bureau.integration)),
            ("reload of 12 months", lambda: runs.request_reload(bureau.actor, bureau.integration)),
        ):
            asked_before, refused_before = _requests(merit)
            began, cpu = time.perf_counter(), time.process_time()
            job = ask()
            runs.work_off(job)
            took, used = time.perf_counter() - began, time.process_time() - cpu
            asked, refused = _requests(merit)
            sys.stdout.write(
                f"| {name} | {job.done:,} | {job.failed:,} | {took:.0f} s | {used:.0f} s | {asked - asked_before:,} |"
                f" {refused - refused_before:,} | {SeenEntry.objects.count():,} | {_peak_mib():.0f} MiB |\n"
            )
            sys.stdout.flush()
    finally:
        emulators.stop()


def main() -> None:
    """Measure with the chosen number of clients."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--rows", action="store_true", help="count the rows of sales invoices too")
    chosen = parser.parse_args()
    _prepare(chosen.database)
    import django

    django.setup()
    from django.core.management import call_command

    from tilisilta.engine import jobs
    from tilisilta.services.summaries.wiring import wire

    jobs._tell = lambda *_: None  # no worker listens here: the work is done in this process
    call_command("migrate", verbosity=0)
    wire()
    counts = dict.fromkeys(("sales_invoice", "purchase_invoice", "ledger_batch"), "new")
    if chosen.rows:
        counts["sales_invoice.rows"] = "new"
    sys.stdout.write(
        "| import | clients | failed | seconds | processor | requests | refused | entries known | peak memory |\n"
        "|---|---|---|---|---|---|---|---|---|\n"
    )
    measure(chosen.clients, counts)


if __name__ == "__main__":
    main()
