"""A storm over the whole way of many documents: each stands in Procountor once, complete, with our postings."""

import contextlib
import random
from typing import Any

import msgspec
import pytest
from tests.contract.emulators.conftest import End
from tests.contract.procountor.parts import PURCHASE, SALES, D, invoices, party, party_draft, payment, posted

from tilisilta.core.documents import PartyRole
from tilisilta.core.errors import Retry, Unknown
from tilisilta.kit import http
from tilisilta.kit.budget import Budget

KINDS = ("drop_before", "drop_after", "error_before", "error_after", "html", "half", "throttle")
PATHS = ("/invoices", "/ledgerreceipts", "/approve", "/send", "/markpaid", "/businesspartners", "/attachments")
MOST_TRIES = 40


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors come out at once, and nobody waits because of them: that is the kit's own test."""
    monkeypatch.setattr(http, "_backoff", lambda _error: False)
    monkeypatch.setattr(Budget, "pause", lambda _budget, _seconds: None)


async def once(target: Any, given: Any) -> str:
    """Do as the engine does: look, send when it is certainly absent, and take every step."""
    found = await target.find([given], fresh=True)
    target_id = found[given.key].sent.target_id if found else (await target.send(given)).target_id
    for step in target.steps_after(given):
        await target.take_step(step, given, target_id)
    return str(target_id)


async def until_done(target: Any, given: Any) -> str:
    for _ in range(MOST_TRIES):
        with contextlib.suppress(Retry, Unknown):
            return await once(target, given)
    raise AssertionError(f"{given.key} never came through")


async def test_documents_come_through_a_storm_once_each(procountor: End) -> None:
    chance = random.Random(26)
    target = procountor.connect()
    for direction, role in ((PURCHASE, PartyRole.SUPPLIER), (SALES, PartyRole.CUSTOMER)):
        for at in range(5):
            for _ in range(6):
                path, kind = chance.choice(PATHS), chance.choice(KINDS)
                procountor.fault(
                    kind, match={"path": path}, status=chance.choice((500, 502, 503)), after=chance.randrange(3)
                )
            name = f"{direction.value} {at}"
            partner = await until_done(
                target, party_draft(role, key=f"p {name}", registry_code="", vat_number="", name=name)
            )
            given = posted(direction, key=f"i{at}{direction.value}", party_id=partner)
            numbered = msgspec.structs.replace(given.invoice, number=f"N {name}", party=party(name=name))
            given = msgspec.structs.replace(given, invoice=numbered)
            target_id = await until_done(target, given)
            paid = msgspec.structs.replace(payment(target_id, direction=direction), key=f"pay{name}".replace(" ", ""))
            await until_done(target, paid)
            procountor.emulator.faults.clear()
    held = invoices(procountor)
    assert [each["status"] for each in held] == ["MARKED_PAID"] * 10
    assert all(each["openSum"] == 0 for each in held)
    pages = procountor.emulator.state()["ledger_receipts"]
    accounts = {row["account"] for page in pages for row in page["transactions"] if row["transactionType"] == "ENTRY"}
    assert accounts == {"4450", "4420", "3600", "3010"}
    summary = procountor.emulator.summary()
    assert {kind for kind, count in summary["duplicates"].items() if count} == set()
    assert summary["purchase_invoices"]["gross"] == D("1010.30")
