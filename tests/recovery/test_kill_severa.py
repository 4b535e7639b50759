"""A worker that takes Severa's invoices to Maestro is killed with -9: books and statuses are in step afterwards."""

import signal
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.recovery.installation import Installation, stop
from tests.support.emulators import Emulated, Emulators
from tests.support.severa_pair import TRANSFERRED
from tilisilta.engine.recovery import Point

pytestmark = [pytest.mark.recovery, pytest.mark.postgres]
SEED = {"invoices": 60, "rows": 2, "customers": 5, "items": 4, "credits": 12, "seed": 3}


@pytest.fixture(scope="module")
def own_emulators() -> Iterator[Emulators]:
    emulators = Emulators()
    yield emulators
    emulators.stop()


def _plain(emulated: Emulated) -> dict[str, Any]:
    return {"vendor": emulated.vendor, "base_url": emulated.base_url, "credentials": emulated.credentials}


@pytest.mark.parametrize(
    ("route", "crash_at"),
    [
        ("folder", f"{Point.DOCUMENT_SENT}:30"),  # a file lies there, and nothing says so yet
        pytest.param("sftp", f"{Point.ANSWERS_RECEIVED}:2", marks=pytest.mark.exhaustive),
        ("sftp", f"{Point.FOLLOWED_UP}:1"),  # statuses are written at Severa, and nothing says so yet
    ],
)
def test_killed_between_delivery_and_status(own_emulators: Emulators, database_url, route: str, crash_at: str):
    severa, maestro = own_emulators["severa"], own_emulators["maestro"]
    severa.reset(data="empty")
    severa.seed(**SEED)
    maestro.reset()
    installation = Installation(database_url())
    installation.env["TILISILTA_TARGET_FOLDERS"] = maestro.credentials["folder"]
    try:
        made = installation.call("set_up_severa", severa=_plain(severa), maestro=_plain(maestro), route=route)
        run_id = installation.call("ask", integration=made["integration"], kind="sales_invoices", date_from="")
        assert installation.worker(crash_at=crash_at).wait(timeout=60) == -signal.SIGKILL
        second = installation.worker()
        try:
            (run,) = installation.wait_for([run_id])
        finally:
            stop(second)
        assert run["state"] in {"done", "done_with_problems"}, run
        _assert_in_step(severa.books(), maestro.books())
        state = installation.call("state", integration=made["integration"])
        assert set(state["states"]) <= {"sent", "confirmed"}
        assert state["arrived"] == state["bindings"]
    finally:
        installation.close()


def _assert_in_step(source: dict[str, Any], books: dict[str, Any]) -> None:
    """Every invoice of Severa stands in Maestro's books once, to the cent, and in Severa's status of what went."""
    sold = {str(each["number"]): each for each in source["invoices"]}
    assert len(sold) == SEED["invoices"] + SEED["invoices"] // SEED["credits"]
    assert {each["status"] for each in sold.values()} == {TRANSFERRED}
    entered = {each["number"]: each for each in books["invoices"]}
    assert books["refused"] == []
    assert {number: Decimal(each["gross"]) for number, each in entered.items()} == {
        number: Decimal(each["gross"]) for number, each in sold.items()
    }
    assert max(Counter(each["name"] for each in books["customers"]).values()) == 1
    # The log of an invoice tells of its transfer, and once however often it was written.
    assert {len(each["log"]) for each in sold.values()} == {1}
