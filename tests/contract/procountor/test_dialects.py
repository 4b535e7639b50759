"""The whole way of a document, however Procountor turns out to answer what its papers leave open."""

from typing import Any

import pytest
from tests.contract.emulators.conftest import End
from tests.contract.procountor.parts import (
    KINDS,
    PDF,
    PURCHASE,
    SALES,
    D,
    entries,
    invoices,
    journal,
    party_draft,
    payment,
    posted,
    sent_with_steps,
)

from tilisilta.core.documents import PartyRole
from tilisilta.core.errors import Misconfigured, Parked, Refused, Retry
from tilisilta.ports import Totals

DIALECTS: list[dict[str, Any]] = [
    {"version_format": "millis_z", "version_match": "exact"},
    {"version_match": "exact", "total_count": False},
    {"token_type": "absent", "unauthorized_message": "Unauthorized", "m2m_redirect_uri": "required"},
    {"approved_sales_status": "APPROVED", "sent_no_sending_status": "INVOICED"},
    {"rounding": "total", "balance": "strict"},
    {"partner_name_search": "prefix", "match_partners": "create"},
    {"partner_name_search": "exact", "match_partners": "match"},
    {"recreate_receipt": "never", "approved_receipts": "locked"},
    {"send_with_invoice_required": True, "unique_original_number": True},
    {"circulation": True, "pay_only_approved": True},
    {"circulation": True, "approve_unfinished_in_circulation": True, "markpaid_twice": "refuse"},
]


@pytest.mark.parametrize("dialect", DIALECTS, ids="-".join)
async def test_the_whole_way_of_a_purchase_and_a_sale(procountor: End, dialect: dict[str, Any]) -> None:
    procountor.reset(data="empty", **dialect)
    target = procountor.connect()
    for direction, role in ((PURCHASE, PartyRole.SUPPLIER), (SALES, PartyRole.CUSTOMER)):
        partner = (await target.send(party_draft(role))).target_id
        assert (await target.find([party_draft(role)]))["p1"].sent.target_id == partner
        given = posted(direction, key=direction.value, party_id=partner)
        target_id = await sent_with_steps(target, given)
        kind = KINDS[direction]
        await target.attach(kind, target_id, name="kuva.pdf", media_type="application/pdf", content=PDF)
        await target.send(payment(target_id, direction=direction))
        for step in target.steps_after(given):
            await target.take_step(step, given, target_id)
        assert (await target.find([given], fresh=True))[given.key].sent.target_id == target_id
        assert (await target.read_totals(kind, [target_id]))[target_id] == Totals(
            net=D("161.00"), vat=D("41.06"), gross=D("202.06")
        )
    assert [each["status"] for each in invoices(procountor)] == ["MARKED_PAID", "MARKED_PAID"]
    assert [entries(procountor, at)[0][0] for at in range(2)] == ["4450", "3600"]
    first = await sent_with_steps(target, journal())
    assert await sent_with_steps(target, journal(key="j2", amount="500.00", replaces=first)) == first
    summary = procountor.emulator.summary()
    assert {kind for kind, count in summary["duplicates"].items() if count} == set()
    assert sum(procountor.emulator.state()["ledger"].values()) == 0


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_the_accounting_pages_right_is_told_by_its_words_whatever_the_status(
    procountor: End, status: int
) -> None:
    procountor.reset(
        data="empty", ledger_rights_status=status, rights={"accounting.preventEditingAccountingPage": True}
    )
    target = procountor.connect()
    given = posted()
    target_id = (await target.send(given)).target_id
    with pytest.raises(Misconfigured) as caught:
        await target.take_step("postings", given, target_id)
    assert caught.value.code == "LEDGER_RECEIPT_RIGHTS_MISSING"


@pytest.mark.parametrize("status", [400, 403])
async def test_a_period_closed_between_two_writes_parks_the_document(procountor: End, status: int) -> None:
    procountor.reset(data="empty", closed_period_status=status)
    target = procountor.connect()
    given = posted()
    target_id = (await target.send(given)).target_id
    procountor.fault("close_period", match={"path": "/ledgerreceipts", "method": "PUT"})
    with pytest.raises(Refused) as caught:
        await target.take_step("postings", given, target_id)
    assert isinstance(caught.value, Parked)
    assert caught.value.code == "PERIOD_LOCKED"


async def test_a_throttled_write_was_not_written(procountor: End) -> None:
    target = procountor.connect()
    procountor.fault("throttle", match={"path": "/invoices", "method": "POST"})
    with pytest.raises(Retry):
        await target.send(posted())
    assert invoices(procountor) == []


async def test_missing_rights_do_not_hide_the_company(procountor: End) -> None:
    procountor.fault(
        "refuse", match={"path": "/bankaccounts"}, data={"status": 403, "message": "insufficient access rights to see"}
    )
    info = await procountor.connect().check_connection()
    assert info.environment == "Esimerkki Konepaja Oy"
    assert info.missing_rights == ("insufficient access rights to see",)
