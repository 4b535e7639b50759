"""Workers killed between the vouchers of a close: Netvisor's books hold each of them once, to the cent."""

import signal
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.recovery.closing import ClosingInstallation
from tests.recovery.installation import stop
from tests.support.emulators import Emulated, Emulators
from tilisilta.engine.recovery import Point

pytestmark = [pytest.mark.recovery, pytest.mark.postgres]


@pytest.fixture(scope="module")
def netvisor() -> Iterator[Emulated]:
    emulators = Emulators()
    yield emulators["netvisor"]
    emulators.stop()


@pytest.fixture
def installation(netvisor, database_url) -> Iterator[ClosingInstallation]:
    netvisor.clear_faults()
    netvisor.reset()
    own = ClosingInstallation(database_url())
    yield own
    own.close()


def held(netvisor: Emulated) -> tuple[list[list[Any]], int]:
    """Return what Netvisor's valid vouchers of ours say, by account and VAT code, and how many they are."""
    own = [each for each in netvisor.books()["vouchers"] if each["status"] == "valid" and "[TS:" in each["description"]]
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for voucher in own:
        for line in voucher["lines"]:
            sums[line["account"], line["vat_code"]] += int(Decimal(str(line["sum"])) * 100)
    return sorted([*key, amount] for key, amount in sums.items() if amount), len(own)


@pytest.mark.parametrize(
    ("how", "again"),
    [
        pytest.param("edit", f"{Point.ANSWERS_RECEIVED}:1", marks=pytest.mark.exhaustive),
        ("invalidate", f"{Point.DOCUMENT_SENT}:3"),
    ],
)
def test_killed_between_the_vouchers_of_a_close_and_of_sending_it_again(netvisor, installation, how, again):
    plain = {"vendor": "netvisor", "base_url": netvisor.base_url, "credentials": netvisor.credentials}
    company = installation.call("set_up_closing", netvisor=plain, replacing=how)
    for do, crash_at, revision in (("close", f"{Point.DOCUMENT_SENT}:2", 1), ("resend", again, 2)):
        runs = installation.call("act", company=company, do=do)
        first = installation.worker(crash_at=crash_at)
        assert first.wait(timeout=60) == -signal.SIGKILL
        second = installation.worker()
        try:
            installation.wait_for(runs)
        finally:
            stop(second)
        period = installation.call("period", company=company)
        assert (period["state"], period["revision"], period["equal"]) == ("sent", revision, True)
        assert held(netvisor) == (period["expected"], 4)
