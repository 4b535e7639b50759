"""A worker that brings invoices into the workspace is killed with -9: each is there once, to the cent."""

import signal
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.recovery.installation import Installation, stop
from tests.support.emulators import Emulators
from tilisilta.engine.recovery import Point

pytestmark = [pytest.mark.recovery, pytest.mark.postgres]
SEED = {"invoices": 120, "rows": 2, "customers": 9, "items": 6, "from": "2026-01-01", "to": "2026-03-31", "seed": 11}


@pytest.fixture(scope="module")
def own_emulators() -> Iterator[Emulators]:
    emulators = Emulators()
    yield emulators
    emulators.stop()


@pytest.mark.parametrize(
    "crash_at", [f"{Point.DOCUMENT_SENT}:60", pytest.param(f"{Point.ANSWERS_RECEIVED}:3", marks=pytest.mark.exhaustive)]
)
def test_killed_while_invoices_land(own_emulators: Emulators, database_url, crash_at: str):
    scoro = own_emulators["scoro"]
    scoro.reset(data="empty")
    scoro.seed(**SEED)
    installation = Installation(database_url())
    try:
        made = installation.call(
            "set_up_workspace",
            scoro={"vendor": "scoro", "base_url": scoro.base_url, "credentials": scoro.credentials},
        )
        run_id = installation.call("ask", integration=made["integration"], kind="sales_invoices")
        assert installation.worker(crash_at=crash_at).wait(timeout=60) == -signal.SIGKILL
        second = installation.worker()
        try:
            (run,) = installation.wait_for([run_id])
        finally:
            stop(second)
        assert run["state"] == "done", run
        _assert_each_once(scoro.books(), installation.call("workspace", company=made["company"]))
        state = installation.call("state", integration=made["integration"])
        assert set(state["states"]) <= {"sent", "confirmed"}
        assert state["arrived"] == state["bindings"]
    finally:
        installation.close()


def _assert_each_once(source: dict, kept: dict) -> None:
    sold = [each for each in source["invoices"] if not each["is_deleted"]]
    assert len(kept["invoices"]) == len(sold) == SEED["invoices"]
    cents = {str(each["no"]): round((float(each["sum"]) + float(each["vat_sum"])) * 100) for each in sold}
    assert dict(kept["invoices"]) == cents
    for names in (kept["parties"], kept["items"]):
        assert max(Counter(names).values()) == 1
