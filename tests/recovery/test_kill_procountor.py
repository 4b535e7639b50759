"""Workers killed between the writes of an invoice: Procountor holds each once, with our postings, approved."""

import signal
from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.recovery.installation import stop
from tests.recovery.procountor import ProcountorInstallation
from tests.support.emulators import Emulated, Emulators
from tilisilta.engine.recovery import Point

pytestmark = [pytest.mark.recovery, pytest.mark.postgres]


@pytest.fixture(scope="module")
def procountor() -> Iterator[Emulated]:
    emulators = Emulators()
    yield emulators["procountor"]
    emulators.stop()


def held(procountor: Emulated) -> list[tuple[str, str, dict[str, Decimal]]]:
    """Return type, status and entered values of each invoice in Procountor."""
    books = procountor.books()
    receipts = {each["id"]: each for each in books["ledger_receipts"]}
    found = []
    for each in books["invoices"]:
        lines = [
            line for line in receipts[each["ledgerReceiptId"]]["transactions"] if line["transactionType"] == "ENTRY"
        ]
        values = {line["account"]: Decimal(str(line["accountingValue"])) for line in lines}
        found.append((each["type"], each["status"], {account: value for account, value in values.items() if value}))
    return sorted(found, key=lambda each: each[0])


# Each worker dies at the next of these: after the first write, before its answer is stored; after it is stored; after a
# step at the target, twice.
CRASHES = (f"{Point.DOCUMENT_SENT}:2", f"{Point.RESULTS_COMMITTED}:1", f"{Point.STEP_TAKEN}:1", f"{Point.STEP_TAKEN}:2")


def test_killed_between_the_writes_of_an_invoice(procountor: Emulated, database_url):
    procountor.clear_faults()
    procountor.reset(data="empty")
    plain = {"vendor": "procountor", "base_url": procountor.base_url, "credentials": procountor.credentials}
    installation = ProcountorInstallation(database_url())
    try:
        company = installation.call("set_up_procountor", procountor=plain)
        runs = installation.call("trade", company=company)
        for crash_at in CRASHES:
            assert installation.worker(crash_at=crash_at).wait(timeout=60) == -signal.SIGKILL, crash_at
        second = installation.worker()
        try:
            installation.wait_for(runs)
        finally:
            stop(second)
        assert held(procountor) == [
            ("PURCHASE_INVOICE", "APPROVED", {"3600": Decimal("400.00")}),
            ("SALES_INVOICE", "SENT", {"3600": Decimal("-100.00")}),
        ]
        left = installation.call("left", company=company)
        assert set(left["states"]) <= {"sent", "confirmed"}
        assert {state for _, state in left["steps"]} == {"done"}
        assert not any(procountor.books()["duplicates"].values())
    finally:
        installation.close()
