"""An installation of its own for each recovery test: data directory, database, worker processes.

Run as a program inside the installation's environment it sets up, asks for runs and reports, one JSON line a call:
`python -m tests.recovery.installation <verb> '<json>'`.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from tests.support.emulators import Emulated

ROOT = Path(__file__).resolve().parents[2]


def _environment(directory: Path, database_url: str) -> dict[str, str]:
    """Return the environment of an installation: nothing of the tests' own settings."""
    foreign = ("TILISILTA_", "DJANGO_", "PYTEST")
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith(foreign)},
        "DJANGO_SETTINGS_MODULE": "tilisilta.settings",
        "TILISILTA_DATA_DIR": str(directory),
        "TILISILTA_DATABASE_URL": database_url,
        "TILISILTA_SECRET_KEY": "recovery-tests-only",
        "PYTHONWARNINGS": "ignore",
        "TILISILTA_REGISTER_URL": "",
        "TILISILTA_REGISTER_SEARCH_URL": "",
    }


def migrate(directory: Path, database_url: str = "") -> None:
    """Bring an installation's database up to this version in a process of its own."""
    command = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
    subprocess.run(command, env=_environment(directory, database_url), cwd=ROOT, check=True)


@lru_cache(maxsize=1)
def _migrated() -> Path:
    """Return a data directory with an empty SQLite database, made once: migrating takes longer than most tests."""
    directory = Path(tempfile.mkdtemp(prefix="tilisilta-empty-"))
    migrate(directory)
    return directory


class Installation:
    """A data directory and database, and the workers on it."""

    def __init__(self, database_url: str = "", *, lease_s: float = 2.0) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="tilisilta-recovery-"))
        if not database_url:
            shutil.copytree(_migrated(), self.directory, dirs_exist_ok=True)
        self.env = {
            **_environment(self.directory, database_url),
            "TILISILTA_VENDOR_LIMITS": "false",
            "TILISILTA_ALLOW_LOCAL_VENDORS": "true",
            "TILISILTA_LOG_LEVEL": "ERROR",
            "TILISILTA_LEASE_S": str(lease_s),
            "TILISILTA_ROUND_S": "0.5",
        }
        self._controller: subprocess.Popen[str] | None = None

    def command(self, verb: str, **params: Any) -> list[str]:
        return [sys.executable, "-m", "tests.recovery.installation", verb, json.dumps(params)]

    def call(self, verb: str, **params: Any) -> Any:
        """Have the installation's own process do one verb of this module and return what it reports."""
        if self._controller is None or self._controller.poll() is not None:
            self._controller = subprocess.Popen(
                self.command("serve"), env=self.env, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        told, asked = self._controller.stdout, self._controller.stdin
        if told is None or asked is None:
            raise RuntimeError("the installation's process has no pipes")
        asked.write(json.dumps([verb, params]) + "\n")
        asked.flush()
        answer = json.loads(told.readline())
        if "error" in answer:
            raise AssertionError(f"{verb}: {answer['error'][-3000:]}")
        return answer["value"]

    def close(self) -> None:
        """End the installation's own process."""
        if self._controller is not None:
            self._controller.communicate("", timeout=20)
            self._controller = None

    def worker(self, *, crash_at: str = "", worker_id: str = "local") -> subprocess.Popen[bytes]:
        """Start a real worker process; with `crash_at` it kills itself at that recovery point."""
        env = {**self.env, "TILISILTA_WORKER_ID": worker_id}
        if crash_at:
            env["TILISILTA_CRASH_AT"] = crash_at
        return subprocess.Popen(
            [sys.executable, "-m", "tests.recovery.installation", "worker", "{}"], env=env, cwd=ROOT
        )

    def wait_for(self, run_ids: list[int], seconds: float = 90.0) -> list[dict[str, Any]]:
        """Wait until the runs have ended and return them."""
        return self.call("wait", run_ids=run_ids, seconds=seconds)


def stop(worker: subprocess.Popen[bytes]) -> None:
    if worker.poll() is None:
        worker.terminate()
    worker.wait(timeout=30)


# --- inside the installation -------------------------------------------------------------------------------


def _set_up(emulators: dict[str, dict[str, Any]]) -> dict[str, Any]:
    from django.core.management import call_command

    from tests.support.product import set_up

    call_command("migrate", verbosity=0)
    office = set_up({vendor: Emulated(**each) for vendor, each in emulators.items()})
    return {"integration": office.integration.pk, "company": office.company.pk}


def _set_up_workspace(scoro: dict[str, Any]) -> dict[str, Any]:
    """Set up a company whose Scoro is tied to its own invoice workspace."""
    from django.core.management import call_command

    from tests.support.workspace_pair import map_codes_without_vat, tie_scoro

    call_command("migrate", verbosity=0)
    _actor, integration = tie_scoro(Emulated(**scoro))
    map_codes_without_vat(integration)
    return {"integration": integration.pk, "company": integration.company_id}


def _set_up_severa(severa: dict[str, Any], maestro: dict[str, Any], route: str) -> dict[str, Any]:
    """Set up a company whose Severa is tied to Maestro by one of its routes."""
    from django.core.management import call_command

    from tests.support.severa_pair import tie_severa

    call_command("migrate", verbosity=0)
    _actor, integration = tie_severa(Emulated(**severa), Emulated(**maestro), route)
    return {"integration": integration.pk, "company": integration.company_id}


def _workspace(company: int) -> dict[str, Any]:
    """Return what the workspace holds: invoices by number with their totals, names and codes."""
    from tilisilta.store.models import WorkspaceInvoice, WorkspaceItem, WorkspaceParty

    invoices = WorkspaceInvoice.objects.filter(company_id=company).order_by("pk")
    return {
        "invoices": [[row.number, row.net_minor + row.vat_minor] for row in invoices.defer("payload")],
        "parties": list(WorkspaceParty.objects.filter(company_id=company).values_list("name", flat=True)),
        "items": list(WorkspaceItem.objects.filter(company_id=company).values_list("code", flat=True)),
    }


def _ask(
    integration: int, kind: str, mode: str = "run", date_from: str = "2025-01-01", date_to: str = "2026-10-31"
) -> int:
    import datetime as dt

    from tilisilta.engine.lines import request_run
    from tilisilta.store.models import Flow, Integration, RunMode

    own = Integration.objects.get(pk=integration)
    flow, _ = Flow.objects.get_or_create(integration=own, kind=kind, defaults={"company_id": own.company_id})
    dates = {}
    if kind != "payments_back" and date_from:
        dates = {"date_from": dt.date.fromisoformat(date_from), "date_to": dt.date.fromisoformat(date_to)}
    return request_run(flow, RunMode(mode), **dates).pk


def _wait(run_ids: list[int], seconds: float) -> list[dict[str, Any]]:
    from tilisilta.engine.lease import ENDED
    from tilisilta.store.models import Run

    until = time.monotonic() + seconds
    while time.monotonic() < until:
        runs = list(Run.objects.filter(pk__in=run_ids).order_by("pk"))
        if all(run.state in ENDED for run in runs):
            break
        time.sleep(0.1)
    else:
        states = [(run.pk, run.state, run.problem_code, run.position, str(run.evidence)[:300]) for run in runs]
        raise AssertionError(f"runs have not ended: {states}")
    return [
        {
            **{name: getattr(run, name) for name in ("state", "problem_code", "seen", "known", "sent", "problems")},
            "takeovers": run.takeovers,
            "evidence": run.evidence,
        }
        for run in runs
    ]


def _timed(run_id: int) -> dict[str, Any]:
    """Wait for a run and return how long it took from being asked for, and what it sent."""
    from tilisilta.store.models import Run

    _wait([run_id], 900)
    run = Run.objects.get(pk=run_id)
    if run.state != "done":
        raise AssertionError(f"{run.state} {run.problem_code} {run.evidence}")
    return {"seconds": (run.finished_at - run.requested_at).total_seconds(), "sent": run.sent}


def _state(integration: int) -> dict[str, Any]:
    """Return the deliveries by state, and whether every document and binding has its delivery."""
    from django.db.models import Count

    from tilisilta.store.models import Binding, Delivery, Document

    own = Delivery.objects.filter(flow__integration_id=integration)
    states = dict(own.values_list("state").annotate(count=Count("pk")))
    arrived = own.filter(state__in=["sent", "confirmed", "drifted"])
    return {
        "states": states,
        "documents_without_delivery": Document.objects.filter(deliveries=None).count(),
        "arrived": arrived.count(),
        "bindings": Binding.objects.count(),
        "arrived_without_target": arrived.filter(target_id="").count(),
    }


def _books(what: str, **params: Any) -> Any:
    """Do one of the functions of `tests.recovery.books`."""
    from tests.recovery import books

    return getattr(books, what)(**params)


def _summaries(what: str, **params: Any) -> Any:
    """Do one of the functions of `tests.recovery.summaries`."""
    from tests.recovery import summaries

    return getattr(summaries, what)(**params)


def _worker() -> None:
    from tilisilta.bootstrap import set_up_logging, wire
    from tilisilta.engine.worker import work

    set_up_logging()
    wire()
    work()


def main() -> None:
    import django

    django.setup()
    verb, params = sys.argv[1], json.loads(sys.argv[2])
    if verb == "worker":
        _worker()
        return
    if verb == "serve":
        _serve()
        return
    print(json.dumps(VERBS[verb](**params), default=str))  # noqa: T201  the answer to the caller


def _serve() -> None:
    """Answer the verbs that come in, one JSON line each, until the input ends."""
    from tilisilta.bootstrap import set_up_logging

    set_up_logging()
    for line in sys.stdin:
        verb, params = json.loads(line)
        try:
            answer = {"value": VERBS[verb](**params)}
        except Exception:  # noqa: BLE001  told to the caller
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer, default=str), flush=True)  # noqa: T201  the answer to the caller


VERBS: dict[str, Callable[..., Any]] = {
    "set_up": _set_up,
    "set_up_workspace": _set_up_workspace,
    "set_up_severa": _set_up_severa,
    "workspace": _workspace,
    "ask": _ask,
    "wait": _wait,
    "state": _state,
    "timed": _timed,
    "books": _books,
    "summaries": _summaries,
}


if __name__ == "__main__":
    main()
