"""A month of three thousand invoices, closed and sent again while workers are killed: Netvisor agrees to the cent."""

import signal
from collections.abc import Iterator

import pytest

from tests.recovery.installation import stop
from tests.recovery.test_kill_closing import held
from tests.recovery.thousands import ThousandsInstallation
from tests.support.emulators import Emulated, Emulators
from tilisilta.engine.recovery import Point

pytestmark = [pytest.mark.recovery, pytest.mark.postgres, pytest.mark.slow]
DAYS = 31
EACH_STEP = (
    Point.PAGE_FETCHED, Point.DOCUMENTS_STORED, Point.BATCH_STAGED, Point.BATCH_LOOKED_UP, Point.MARKED_SENDING,
    Point.RESULTS_COMMITTED,
)  # fmt: skip


@pytest.fixture(scope="module")
def netvisor() -> Iterator[Emulated]:
    emulators = Emulators()
    yield emulators["netvisor"]
    emulators.stop()


@pytest.fixture
def installation(netvisor, database_url) -> Iterator[ThousandsInstallation]:
    netvisor.clear_faults()
    netvisor.reset()
    own = ThousandsInstallation(database_url())
    yield own
    own.close()


def work(installation: ThousandsInstallation, runs: list[int], *crashes: str) -> None:
    """Let workers die at these points one after the other, and the last one finish."""
    for crash_at in crashes:
        assert installation.worker(crash_at=crash_at).wait(timeout=120) == -signal.SIGKILL
    last = installation.worker()
    try:
        installation.wait_for(runs, 120)
    finally:
        stop(last)


@pytest.mark.exhaustive
def test_thousands_are_closed_twice_with_kills_in_between(netvisor, installation):
    plain = {"vendor": "netvisor", "base_url": netvisor.base_url, "credentials": netvisor.credentials}
    made = installation.call("fill_month", netvisor=plain, sales=1500, purchases=1500)
    assert made["samples"] >= 4
    company = made["company"]
    runs = installation.call("both", company=company, do="close")
    work(installation, runs, f"{Point.DOCUMENT_SENT}:7", f"{Point.ANSWERS_RECEIVED}:1")
    again = installation.call("both", company=company, do="resend")
    work(installation, again, f"{Point.DOCUMENT_SENT}:20")
    periods = installation.call("periods", company=company)
    assert [(each["problem"], each["state"], each["revision"], each["equal"]) for each in periods] == [
        ("", "sent", 2, True)
    ] * 2
    assert sum(each["documents"] for each in periods) > 3000 + made["samples"]
    assert held(netvisor) == (installation.call("expected", company=company), 2 * DAYS)


@pytest.mark.exhaustive
def test_a_worker_dies_at_each_step_of_a_small_close(netvisor, installation):
    plain = {"vendor": "netvisor", "base_url": netvisor.base_url, "credentials": netvisor.credentials}
    company = installation.call("fill_month", netvisor=plain, sales=20, purchases=20)["company"]
    runs = installation.call("both", company=company, do="close")
    work(installation, runs, *(f"{point}:1" for point in EACH_STEP))
    periods = installation.call("periods", company=company)
    assert [(each["problem"], each["state"], each["equal"]) for each in periods] == [("", "sent", True)] * 2
    books, count = held(netvisor)
    assert books == installation.call("expected", company=company)
    assert count == len({voucher["description"] for voucher in netvisor.books()["vouchers"]})
