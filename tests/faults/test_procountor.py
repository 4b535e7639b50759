"""Invoices that go one by one while Procountor misbehaves at every write: each is there once, posted and approved."""

import time
from decimal import Decimal

import pytest
from django.utils import timezone

from tests.acceptance.procountor_firm import ProcountorFirm, one_by_one, procountor_firm  # noqa: F401  fixtures
from tilisilta.engine.lease import ENDED
from tilisilta.engine.rounds import resume_waiting
from tilisilta.services.integrations import update_settings
from tilisilta.store.models import Delivery, FollowUp, MappingRow, Run

INVOICES, PAGES = "/invoices$", "/ledgerreceipts/"
STORMS = {
    "answers lost": [
        {"kind": "drop_after", "match": {"method": "POST", "path": INVOICES}},
        {"kind": "drop_after", "match": {"method": "PUT", "path": PAGES}},
        {"kind": "drop_after", "match": {"method": "PUT", "path": "/approve"}},
    ],
    "errors and limits": [
        {"kind": "error_after", "match": {"method": "POST", "path": INVOICES}, "status": 502},
        {"kind": "html", "match": {"method": "PUT", "path": PAGES}, "status": 500},
        {"kind": "throttle", "match": {"method": "PUT", "path": "/approve"}, "retry_after_s": 0.1},
        {"kind": "expire_token", "match": {"method": "PUT", "path": "/send"}},
    ],
}


def _settle(firm: ProcountorFirm) -> None:
    """Let every waiting run's time come until all have ended."""
    until = time.monotonic() + 60
    rows = Run.objects.filter(company=firm.company)
    while rows.exclude(state__in=ENDED).exists():
        assert time.monotonic() < until, list(rows.values_list("state", "problem_code"))
        FollowUp.objects.filter(company=firm.company).exclude(due_at=None).update(due_at=timezone.now())
        if rows.filter(state="waiting").update(resume_at=timezone.now()):
            resume_waiting()
        time.sleep(0.05)


@pytest.mark.parametrize("storm", STORMS)
def test_each_invoice_is_there_once_with_our_postings(one_by_one: ProcountorFirm, storm: str):  # noqa: F811  fixture
    firm = one_by_one
    MappingRow.objects.filter(table="accounts").update(target_key="3600")
    update_settings(firm.owner, firm.integration, {"purchase_posting": "source"})
    firm.procountor.faults(*STORMS[storm])
    rows = [firm.sell(), firm.buy("F-1", post=True)]
    _settle(firm)
    firm.page(rows[1]).press("Send to Procountor")
    _settle(firm)
    found = sorted((each["type"], each["status"], firm.entries(each)["3600"]) for each in firm.held())
    assert found == [
        ("PURCHASE_INVOICE", "APPROVED", Decimal("400.00")),
        ("SALES_INVOICE", "SENT", Decimal("-100.00")),
    ]
    assert not any(firm.procountor.books()["duplicates"].values())
    assert set(Delivery.objects.filter(company=firm.company).values_list("state", flat=True)) <= {"sent", "confirmed"}
    assert set(FollowUp.objects.values_list("state", flat=True)) == {"done"}
