"""Measures the whole pipeline against a bare HTTP loop in the same run: `make bench`.

Scoro invoices with two rows each go into SmartAccounts through a real worker process; then the same finished requests
(numbered anew) are posted to the same emulator by a loop that does nothing else. Machines are noisy, so ratios count.
"""

import argparse
import asyncio
import datetime as dt
import json
import platform
import statistics
import subprocess
import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import msgspec
import psutil
from yarl import URL

from tests.recovery.installation import Installation, stop
from tests.support.emulators import Emulators

CONCURRENCY = 8


class Peak:
    """The highest resident memory of a process and its children, sampled."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self.mib = 0.0

    def cpu_s(self) -> float:
        times = self._process.cpu_times()
        return times.user + times.system

    def sample(self) -> None:
        try:
            processes = [self._process, *self._process.children(recursive=True)]
            total = sum(each.memory_info().rss for each in processes)
        except psutil.NoSuchProcess:
            return
        self.mib = max(self.mib, total / 2**20)


def run_once(
    installation: Installation, integration: int, peak: Peak, *, dates: tuple[str, str] = ("", "")
) -> dict[str, Any]:
    """Run the flow by document dates (a first import) or by what changed since the last run (every later one)."""
    first, last = dates
    run_id = installation.call("ask", integration=integration, kind="sales_invoices", date_from=first, date_to=last)
    waiting = subprocess.Popen(
        installation.command("timed", run_id=run_id), env=installation.env, stdout=subprocess.PIPE, text=True
    )
    while waiting.poll() is None:
        peak.sample()
        time.sleep(0.05)
    output = waiting.communicate()[0]
    return json.loads(output.splitlines()[-1])


async def bare_loop(
    base_url: str, credentials: dict[str, str], books: dict[str, Any], count: int
) -> tuple[float, float]:
    """Post finished, signed requests as fast as the emulator answers.

    Returns documents per second, and milliseconds of this process for each.
    """
    from tilisilta.connectors.smartaccounts.client import signature

    stamp = dt.datetime.now(ZoneInfo("Europe/Tallinn")).strftime("%d%m%Y%H%M%S")
    query = f"timestamp={stamp}&apikey={credentials['api_key']}"
    bodies = []
    for at, invoice in enumerate(books["client_invoices"][:count]):
        body = {
            "clientId": invoice["clientId"],
            "date": invoice["date"],
            "dueDate": invoice["dueDate"],
            "currency": invoice["currency"],
            "invoiceNumber": f"B{at}",
            "totalAmount": invoice["totalAmount"],
            "comment": invoice["comment"],
            "rows": [
                {
                    name: row[name]
                    for name in ("code", "description", "price", "quantity", "vatPc", "unit")
                    if row.get(name) is not None
                }
                for row in invoice["rows"]
            ],
        }
        if invoice.get("warehouseId"):
            body["warehouseId"] = invoice["warehouseId"]
        bodies.append(msgspec.json.encode(body))
    path = f"{base_url}/en/api/purchasesales/clientinvoices:add?"
    ready = [
        (URL(f"{path}{query}&signature={signature(credentials['api_secret'], query, body)}", encoded=True), body)
        for body in bodies
    ]
    queue = iter(ready)
    headers = {"content-type": "application/json"}

    async def post(session: aiohttp.ClientSession) -> None:
        for url, body in queue:
            async with session.post(url, data=body, headers=headers) as answer:
                text = await answer.read()
                if answer.status != 200:
                    raise AssertionError(text[:500])

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONCURRENCY)) as session:
        started, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(post(session) for _ in range(CONCURRENCY)))
        own = time.process_time() - cpu
        return len(ready) / (time.perf_counter() - started), own / len(ready) * 1000


def bench(documents: int, database_url: str) -> dict[str, Any]:
    emulators = Emulators()
    scoro, smart = emulators["scoro"], emulators["smartaccounts"]
    scoro.reset(data="empty")
    spec = {"rows": 2, "customers": 200, "items": 50, "from": "2025-01-01", "to": "2026-10-31"}
    scoro.seed(invoices=documents, seed=1, **spec)
    smart.reset()
    installation = Installation(database_url, lease_s=60)
    plain = {
        vendor: {"vendor": vendor, "base_url": each.base_url, "credentials": each.credentials}
        for vendor, each in emulators.all.items()
    }
    integration = installation.call("set_up", emulators=plain)["integration"]
    worker = installation.worker()
    peak = Peak(worker.pid)
    try:
        # The worker is up and warm when it has done a run of days without documents.
        run_once(installation, integration, peak, dates=("2020-01-01", "2020-01-02"))
        cpu_before = peak.cpu_s()
        first = run_once(installation, integration, peak, dates=("2025-01-01", "2026-10-31"))
        cpu_s = peak.cpu_s() - cpu_before
        second = run_once(installation, integration, peak)
        today = dt.datetime.now().astimezone().date().isoformat()
        scoro.seed(invoices=10, seed=2, **{**spec, "from": today, "to": today})
        third = run_once(installation, integration, peak)
        books = smart.books()
        summary = smart.summary()
        sample = min(documents, 10_000)
        loops = [asyncio.run(bare_loop(smart.base_url, smart.credentials, books, sample // 2)) for _ in range(2)]
    finally:
        stop(worker)
        emulators.stop()
    speed = documents / first["seconds"]
    bare = statistics.mean(each[0] for each in loops)
    return {
        "documents": documents,
        "sent": first["sent"],
        "in_books": summary["client_invoices"]["count"],
        "duplicates": len(summary["duplicates"]["client_invoices"]),
        "seconds": round(first["seconds"], 2),
        "documents_per_s": round(speed),
        "worker_cpu_ms_per_document": round(cpu_s / documents * 1000, 3),
        "bare_loop_cpu_ms_per_document": round(statistics.mean(each[1] for each in loops), 3),
        "bare_loop_per_s": round(bare),
        "ratio": round(speed / bare, 2),
        "nothing_new_s": round(second["seconds"], 2),
        "ten_new_s": round(third["seconds"], 2),
        "ten_new_sent": third["sent"],
        "peak_mib": round(peak.mib),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, nargs="*", default=[10_000])
    parser.add_argument("--databases", nargs="*", default=["sqlite", "postgres"])
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    machine = f"{platform.machine()}, {psutil.cpu_count()} cores, Python {platform.python_version()}"
    print(machine)  # noqa: T201
    results = []
    for database in chosen.databases:
        for documents in chosen.documents:
            url = ""
            if database == "postgres":
                from tests.support.postgres import create_database, server_uri

                url = create_database(server_uri(), f"bench_{documents}")
            result = {"database": database, **bench(documents, url)}
            results.append(result)
            print(json.dumps(result))  # noqa: T201
    if chosen.out:
        chosen.out.write_text(json.dumps({"machine": machine, "results": results}, indent=1))


if __name__ == "__main__":
    main()
