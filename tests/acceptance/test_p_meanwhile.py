"""What people do to invoices and payments that wait, rest or are on their way: nothing is lost or goes twice."""

import datetime as dt
import time
from decimal import Decimal

import msgspec
import pytest

from tests.acceptance.procountor_firm import OWN_IBAN, SALE_DAY, ProcountorFirm
from tilisilta.services import integrations
from tilisilta.services.deliveries import retry
from tilisilta.services.ledger.payments import add_payment, remove_payment
from tilisilta.services.workspace.content import stored_invoice
from tilisilta.services.workspace.saving import save_invoice
from tilisilta.services.workspace.settings import update_settings as update_workspace
from tilisilta.store.models import Connection, Delivery, WorkspacePayment

D = Decimal


def _later_due() -> dt.date:
    return SALE_DAY + dt.timedelta(days=30)


@pytest.mark.feature("P57")
def test_a_payment_recorded_during_a_pause_goes_when_the_pause_ends(one_by_one: ProcountorFirm):
    firm = one_by_one
    row = firm.sell()
    firm.settled()
    integration = firm.integration
    integration.activated_at = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    integration.save(update_fields=["activated_at"])
    integrations.pause(firm.owner, integration)
    add_payment(firm.owner, row, dt.date(2026, 11, 9), D("25.50"))
    firm.settled()
    assert firm.procountor.books()["payment_events"] == []
    integrations.resume(firm.owner, firm.integration)
    firm.settled()
    assert len(firm.procountor.books()["payment_events"]) == 1


def test_what_is_edited_before_it_went_goes_as_it_is_now(one_by_one: ProcountorFirm):
    firm = one_by_one
    update_workspace(firm.owner, bank_iban="FI2112345600000785")
    row = firm.sell()
    firm.settled()
    assert firm.held() == []
    edited = msgspec.structs.replace(stored_invoice(row), due_date=_later_due())
    save_invoice(firm.owner, edited, row=row)
    connection = firm.integration.target
    Connection.objects.filter(pk=connection.pk).update(settings={**connection.settings, "bank_account": OWN_IBAN})
    retry(firm.owner, [firm.delivery(row).pk])  # from the list of problems, not from the invoice
    firm.settled()
    (held,) = firm.held()
    assert held["paymentInfo"]["dueDate"] == _later_due().isoformat()


def _on_its_way(firm: ProcountorFirm) -> None:
    until = time.monotonic() + 20
    while not Delivery.objects.filter(company=firm.company, kind="payment", state="sending").exists():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.feature("P54")
def test_a_payment_removed_while_it_is_on_its_way_is_an_edit_too(one_by_one: ProcountorFirm):
    firm = one_by_one
    row = firm.sell()
    firm.settled()
    firm.procountor.faults({"kind": "delay", "ms": 700, "match": {"path": "/markpaid"}})
    paid = add_payment(firm.owner, row, dt.date(2026, 11, 9), D("25.50"))
    _on_its_way(firm)
    remove_payment(firm.owner, WorkspacePayment.objects.get(pk=paid.pk))
    firm.settled()
    add_payment(firm.owner, row, dt.date(2026, 11, 10), D("25.00"))
    firm.settled()
    assert len(firm.procountor.books()["payment_events"]) == 1
    states = sorted(Delivery.objects.filter(kind="payment").values_list("state", "reason"))
    assert states == [("drifted", "DELETED_AT_SOURCE"), ("skipped", "PAYMENT_EDITED_LATER")]


def test_a_sale_edited_while_it_is_on_its_way_is_shown_as_a_difference(one_by_one: ProcountorFirm):
    firm = one_by_one
    firm.procountor.faults({"kind": "delay", "ms": 700, "match": {"method": "POST", "path": "/invoices$"}})
    row = firm.sell()
    until = time.monotonic() + 20
    while not Delivery.objects.filter(company=firm.company, kind="sales_invoice", state="sending").exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    edited = msgspec.structs.replace(stored_invoice(row), due_date=_later_due())
    save_invoice(firm.owner, edited, row=row)
    firm.settled()
    assert (firm.delivery(row).state, firm.delivery(row).reason) == ("drifted", "CHANGED_AT_SOURCE")
    assert firm.held()[0]["status"] == "SENT"  # the steps of what was sent are taken all the same
