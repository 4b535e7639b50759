"""A real worker is killed with -9 at every recovery point; the emulator's books hold each document once."""

import random
import signal
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.recovery.installation import Installation, stop
from tests.support.emulators import Emulators
from tilisilta.engine.recovery import Point

pytestmark = [pytest.mark.recovery, pytest.mark.postgres]
SEED = {"invoices": 600, "rows": 2, "customers": 12, "items": 8, "from": "2026-01-01", "to": "2026-03-31", "seed": 7}


@pytest.fixture(scope="module")
def own_emulators():
    emulators = Emulators()
    yield emulators
    emulators.stop()


@pytest.fixture
def installation(own_emulators, database_url) -> Iterator[Installation]:
    for each in own_emulators.all.values():
        each.clear_faults()
    own_emulators["scoro"].reset(data="empty")
    own_emulators["scoro"].seed(**SEED)
    own_emulators["smartaccounts"].reset()
    own = Installation(database_url())
    yield own
    own.close()


def prepare(installation: Installation, emulators: Emulators) -> int:
    plain = {
        vendor: {"vendor": vendor, "base_url": each.base_url, "credentials": each.credentials}
        for vendor, each in emulators.all.items()
    }
    return installation.call("set_up", emulators=plain)["integration"]


def assert_each_once(emulators: Emulators, installation: Installation, integration: int) -> None:
    """The target's books equal the source's: every invoice, customer and item once, to the cent."""
    source = [each for each in emulators["scoro"].books()["invoices"] if not each["is_deleted"]]
    books = emulators["smartaccounts"].books()
    target = books["client_invoices"]
    numbers = Counter(str(each["invoiceNumber"]) for each in target)
    assert [number for number, count in numbers.items() if count > 1] == []
    assert numbers.keys() == {str(each["no"]) for each in source}
    expected = {str(each["no"]): round(float(each["sum"]) + float(each["vat_sum"]), 2) for each in source}
    shown = {str(each["invoiceNumber"]): float(each["totalAmount"]) for each in target}
    assert shown == expected
    names = Counter(each["name"] for each in books["clients"])
    assert max(names.values()) == 1
    codes = Counter(each["code"] for each in books["articles"])
    assert max(codes.values()) == 1
    state = installation.call("state", integration=integration)
    assert state["documents_without_delivery"] == 0
    assert state["arrived_without_target"] == 0
    assert set(state["states"]) <= {"sent", "confirmed"}
    assert state["arrived"] == state["bindings"] == len(target) + len(books["clients"]) + len(books["articles"])


# Nothing follows the arrival of these documents; what does is killed where it does.
# Moments of steps after a document and of jobs, which this flow does not have.
_ELSEWHERE = {Point.FOLLOWED_UP, Point.STEP_TAKEN, Point.JOB_ITEM_ASKED, Point.JOB_ITEM_DONE}
CRASHES = [f"{point}:1" for point in Point if point not in _ELSEWHERE] + [
    f"{Point.BATCH_STAGED}:2",
    f"{Point.MARKED_SENDING}:4",
    f"{Point.DOCUMENT_SENT}:3",
    f"{Point.DOCUMENT_SENT}:300",
    f"{Point.ANSWERS_RECEIVED}:4",
    f"{Point.RESULTS_COMMITTED}:3",
]


# The moments around the sending itself; `make test-all` kills at all of them.
FIRST = {
    f"{Point.MARKED_SENDING}:4",
    f"{Point.DOCUMENT_SENT}:3",
    f"{Point.ANSWERS_RECEIVED}:1",
    f"{Point.BATCH_STAGED}:2",
}


@pytest.mark.parametrize(
    "crash_at", [each if each in FIRST else pytest.param(each, marks=pytest.mark.exhaustive) for each in CRASHES]
)
def test_killed_at_a_recovery_point(own_emulators, installation, crash_at):
    integration = prepare(installation, own_emulators)
    if crash_at.startswith("uncertain_resolved"):
        # This point is only reached when an answer was lost.
        own_emulators["smartaccounts"].faults(
            {"match": {"path": "clientinvoices:add"}, "kind": "drop_after", "times": 2, "after": 30}
        )
    run_id = installation.call("ask", integration=integration, kind="sales_invoices")
    first = installation.worker(crash_at=crash_at)
    assert first.wait(timeout=60) == -signal.SIGKILL
    second = installation.worker()
    try:
        (run,) = installation.wait_for([run_id])
    finally:
        stop(second)
    assert run["state"] == "done", run
    assert_each_once(own_emulators, installation, integration)


@pytest.mark.parametrize("seed", [0, *(pytest.param(each, marks=pytest.mark.exhaustive) for each in range(1, 4))])
def test_killed_at_random_moments(own_emulators, installation, seed):
    moments = random.Random(seed)
    integration = prepare(installation, own_emulators)
    run_id = installation.call("ask", integration=integration, kind="sales_invoices")
    for _ in range(4):
        worker = installation.worker()
        time.sleep(moments.uniform(1.2, 3.2))
        worker.kill()
        worker.wait(timeout=10)
    last = installation.worker()
    try:
        (run,) = installation.wait_for([run_id])
    finally:
        stop(last)
    assert run["state"] == "done", run
    assert_each_once(own_emulators, installation, integration)


def test_another_worker_takes_over_a_dead_one(own_emulators, installation):
    integration = prepare(installation, own_emulators)
    run_id = installation.call("ask", integration=integration, kind="sales_invoices")
    first = installation.worker(crash_at=f"{Point.MARKED_SENDING}:3", worker_id="one")
    assert first.wait(timeout=60) == -signal.SIGKILL
    second = installation.worker(worker_id="two")
    try:
        (run,) = installation.wait_for([run_id])
    finally:
        stop(second)
    assert run["state"] == "done"
    assert run["takeovers"] > 1
    assert_each_once(own_emulators, installation, integration)


def test_a_worker_that_wakes_up_late_writes_nothing(own_emulators, installation):
    integration = prepare(installation, own_emulators)
    run_id = installation.call("ask", integration=integration, kind="sales_invoices")
    own_emulators["smartaccounts"].faults(
        {"match": {"path": "clientinvoices:add"}, "kind": "delay", "ms": 30, "times": None}
    )
    sleeper = installation.worker(worker_id="sleeper")
    time.sleep(4)
    sleeper.send_signal(signal.SIGSTOP)
    other = installation.worker(worker_id="other")
    try:
        time.sleep(4)
        sleeper.send_signal(signal.SIGCONT)
        (run,) = installation.wait_for([run_id])
    finally:
        sleeper.send_signal(signal.SIGCONT)
        stop(sleeper)
        stop(other)
    assert run["state"] == "done", run
    assert_each_once(own_emulators, installation, integration)
