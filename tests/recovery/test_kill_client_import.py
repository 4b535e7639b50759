"""A worker in the midst of an import of clients is killed with -9: no key is made twice, no company listed twice."""

import signal
from collections.abc import Iterator

import pytest

from tests.recovery.installation import Installation, stop
from tests.support.emulators import Emulators
from tilisilta.engine.recovery import Point

pytestmark = [pytest.mark.recovery, pytest.mark.postgres]
COMPANIES = 20  # of which three lack a key of ours


@pytest.fixture(scope="module")
def own_emulators() -> Iterator[Emulators]:
    emulators = Emulators()
    yield emulators
    emulators.stop()


@pytest.mark.parametrize(
    "crash_at",
    [
        # A key was made at Merit and is not stored here yet.
        f"{Point.JOB_ITEM_ASKED}:18",
        *(
            pytest.param(point, marks=pytest.mark.exhaustive)
            for point in (f"{Point.JOB_ITEM_ASKED}:1", f"{Point.JOB_ITEM_ASKED}:20", f"{Point.JOB_ITEM_DONE}:19")
        ),
    ],
)
def test_killed_in_the_midst_of_an_import(own_emulators: Emulators, database_url, crash_at: str):
    merit = own_emulators["merit"]
    merit.reset(companies=COMPANIES, years=0)
    installation = Installation(database_url())
    installation.env["TILISILTA_KEY_DOORS"] = f"merit={merit.base_url}"
    plain = {"vendor": merit.vendor, "base_url": merit.base_url, "credentials": merit.credentials}
    try:
        made = installation.call("books", what="set_up", merit=plain)
        assert installation.worker(crash_at=crash_at).wait(timeout=60) == -signal.SIGKILL
        second = installation.worker()
        try:
            assert installation.call("books", what="wait", started=made["import"]) == "ready"
        finally:
            stop(second)
        told = installation.call("books", what="confirm", started=made["import"])
    finally:
        installation.close()
    assert told["rows"] == told["companies"] == COMPANIES
    assert told["errors"] == {"": COMPANIES - 1, "ROW_CODE_TWICE": 1}
    assert told["clients"] == told["connections"] == COMPANIES - 1
    assert told["secrets"] == 0
    keys = [len([key for key in each["keys"] if not key["revoked"]]) for each in merit.call("GET", "companies")[1:]]
    assert max(keys) == 2  # the foreign one, and ours beside it
    assert merit.call("GET", "sessions")["keys_made"] == 3
