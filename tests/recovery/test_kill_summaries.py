"""A worker in the midst of a month's summaries is killed with -9: each entry counts once, each client has one task."""

import signal
from collections.abc import Iterator
from typing import Any

import pytest

from tests.recovery.installation import Installation, stop
from tests.support.emulators import Emulated, Emulators
from tilisilta.engine.recovery import Point

pytestmark = [pytest.mark.recovery, pytest.mark.postgres]
CLIENTS = 8


@pytest.fixture(scope="module")
def own_emulators() -> Iterator[Emulators]:
    emulators = Emulators()
    yield emulators
    emulators.stop()


def held(merit: Emulated, made: dict[str, Any]) -> dict[str, int]:
    """Return what Merit's books hold, by client, month and count."""
    found: dict[str, int] = {}
    for client, mark in made["marks"].items():
        books = merit.call("GET", f"companies/{mark}")
        for month in made["months"]:
            sales = [each for each in books["sales_invoices"] if each["date"][:7] == month]
            found[f"{client} {month} sales_invoice"] = sum(not each["gross"].startswith("-") for each in sales)
            found[f"{client} {month} ledger_batch"] = sum(each["date"][:7] == month for each in books["batches"])
    return found


@pytest.mark.parametrize(
    "crash_at",
    [
        f"{Point.JOB_ITEM_DONE}:3",  # some clients are stored, the others were asked and are not
        pytest.param(f"{Point.JOB_ITEM_ASKED}:1", marks=pytest.mark.exhaustive),
        pytest.param(f"{Point.JOB_ITEM_ASKED}:{CLIENTS}", marks=pytest.mark.exhaustive),
        pytest.param(f"{Point.JOB_ITEM_DONE}:{CLIENTS}", marks=pytest.mark.exhaustive),
    ],
)
def test_killed_in_the_midst_of_a_month(own_emulators: Emulators, database_url, crash_at: str):
    merit = own_emulators["merit"]
    merit.reset(companies=CLIENTS + 4, keep_companies=CLIENTS + 4)
    installation = Installation(database_url())
    plain = {"vendor": merit.vendor, "base_url": merit.base_url, "credentials": merit.credentials}
    try:
        made = installation.call("summaries", what="set_up", merit=plain, clients=CLIENTS)
        assert installation.worker(crash_at=crash_at).wait(timeout=60) == -signal.SIGKILL
        second = installation.worker()
        try:
            told = installation.call("summaries", what="wait", job=made["job"])
            first = installation.call("summaries", what="counted")
            # Once more, nothing is new: what the dead worker stored was not stored again.
            job = installation.call("summaries", what="again", kind="month")
            repeated = installation.call("summaries", what="wait", job=job)
        finally:
            stop(second)
        after = installation.call("summaries", what="counted")
    finally:
        installation.close()
    books = held(merit, made)
    assert (told["state"], told["done"], told["new"]) == ("done", len(made["marks"]), sum(books.values()))
    assert first["shown"] == books
    assert first["entries"] == sum(books.values()) > CLIENTS
    assert set(first["tasks"].values()) == {1}
    assert len(first["tasks"]) == len(made["marks"]) == CLIENTS
    assert (repeated["new"], repeated["gone"], repeated["moved"]) == (0, 0, 0)
    assert (after["shown"], after["tasks"]) == (first["shown"], first["tasks"])
