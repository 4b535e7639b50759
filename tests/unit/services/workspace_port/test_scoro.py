"""Scoro into the workspace with the real engine: every invoice once, to the cent, ready to be worked with."""

from collections import Counter
from decimal import Decimal

import pytest
from tests.support.emulators import Emulated, Emulators
from tests.support.product import FROM, TO, wait_for
from tests.support.workspace_pair import meanings, tie_scoro

from tilisilta.core.mapping.tables import MappingTable
from tilisilta.core.money import amount_from_minor
from tilisilta.engine.lease import ENDED
from tilisilta.services import mappings, runs
from tilisilta.services.access import Actor
from tilisilta.services.workspace.invoices import canonical
from tilisilta.store.models import (
    Delivery,
    Flow,
    Integration,
    InvoiceStage,
    MappingRow,
    Run,
    RunMode,
    WorkspaceInvoice,
    WorkspaceItem,
    WorkspaceParty,
    WorkspacePayment,
)


@pytest.fixture
def pair(engine: None, emulators: Emulators) -> tuple[Actor, Integration, Emulated]:
    """A company with Scoro tied to its workspace, without any mapping done."""
    scoro = emulators["scoro"]
    return *tie_scoro(scoro), scoro


def bring(actor: Actor, integration: Integration, kind: str) -> Run:
    flow = Flow.objects.get(integration=integration, kind=kind)
    dates = () if kind in {"parties", "items"} else (FROM, TO)
    run = wait_for(runs.request_run(actor, flow, RunMode.RUN, *dates))
    for waiting in Run.objects.exclude(state__in=ENDED):
        wait_for(waiting)
    return run


def say_why_no_vat(actor: Actor, integration: Integration) -> None:
    codes = meanings(integration)
    asked = {
        f"{row.direction}|{row.vat_rate.normalize():f}|{row.source_key}": codes[row.source_key]
        for row in MappingRow.objects.filter(integration=integration, table="vat_codes", target_key="")
        if row.source_key in codes
    }
    mappings.save(actor, integration, MappingTable.VAT_CODES, asked)
    for run in Run.objects.filter(company=actor.company).exclude(state__in=ENDED):
        wait_for(run)


def gross_by_number(scoro: Emulated, name: str) -> dict[str, Decimal]:
    rows = [each for each in scoro.books()[name] if not each["is_deleted"]]
    found = {str(each["no"]): Decimal(str(each["sum"])) + Decimal(str(each["vat_sum"])) for each in rows}
    assert len(found) == len(rows) > 5
    return found


def kept(company_id: int, direction: str) -> dict[str, Decimal]:
    rows = WorkspaceInvoice.objects.filter(company_id=company_id, direction=direction)
    assert max(Counter(row.number for row in rows).values()) == 1
    return {
        row.number: amount_from_minor(row.net_minor + row.vat_minor) * (-1 if row.is_credit_note else 1) for row in rows
    }


def test_every_sale_lands_once_and_to_the_cent_and_stands_as_sent(pair):
    actor, integration, scoro = pair
    first = bring(actor, integration, "sales_invoices")
    # What bears VAT needs no mapping; a bare 0 % is asked about, once for each code.
    waiting = Delivery.objects.filter(company=actor.company, state="problem")
    assert first.sent > 5
    assert {each.reason for each in waiting} == {"VAT_CODE_UNMAPPED"}
    assert {each.reason_params["rate"] for each in waiting} == {"0"}
    say_why_no_vat(actor, integration)
    expected = gross_by_number(scoro, "invoices")
    assert kept(actor.company.pk, "sales") == expected

    again = bring(actor, integration, "sales_invoices")
    assert (again.state, again.sent, again.problems) == ("done", 0, 0)
    assert kept(actor.company.pk, "sales") == expected
    rows = list(WorkspaceInvoice.objects.filter(company=actor.company).select_related("party"))
    assert {row.stage for row in rows} == {InvoiceStage.SENT}
    assert all(row.party.is_customer and row.sent_at for row in rows)
    names = Counter(WorkspaceParty.objects.filter(company=actor.company).values_list("name", flat=True))
    assert max(names.values()) == 1
    confirmed = Delivery.objects.filter(company=actor.company, kind__startswith="sales_")
    assert {each.state for each in confirmed} == {"confirmed"}
    _rows_are_in_our_words(actor.company.pk)


def _rows_are_in_our_words(company_id: int) -> None:
    """Rows have our items and meanings of VAT, and none of Scoro's codes."""
    ours = {str(pk): code for pk, code in WorkspaceItem.objects.filter(company_id=company_id).values_list("pk", "code")}
    invoices = [canonical(row) for row in WorkspaceInvoice.objects.filter(company_id=company_id)]
    lines = [line for invoice in invoices for line in invoice.lines if line.kind != "text"]
    assert not [line for line in lines if line.vat_code or line.ledger_account or line.warehouse]
    assert {line.vat_treatment for line in lines} >= {"domestic", "export", "intra_eu_supply_goods"}
    named = [line for line in lines if line.item_source_id]
    assert named
    assert all(ours[line.item_source_id] == line.item_code for line in named)
    assert not [total for invoice in invoices for total in invoice.vat_totals if total.code]


def test_purchases_are_received_and_payments_land_on_what_they_pay(pair):
    actor, integration, scoro = pair
    bring(actor, integration, "purchase_invoices")
    say_why_no_vat(actor, integration)
    assert kept(actor.company.pk, "purchase") == gross_by_number(scoro, "bills")
    assert set(WorkspaceInvoice.objects.filter(company=actor.company).values_list("stage", flat=True)) == {"received"}
    bring(actor, integration, "sales_invoices")
    say_why_no_vat(actor, integration)
    bring(actor, integration, "payments")
    payments = WorkspacePayment.objects.filter(company=actor.company)
    assert payments.count() > 3
    for row in WorkspaceInvoice.objects.filter(payments__in=payments).distinct():
        assert row.paid_minor == sum(payment.amount_minor for payment in row.payments.all())
    left = Delivery.objects.filter(company=actor.company, kind="payment").exclude(state="confirmed")
    assert [(each.state, each.reason) for each in left] == [("skipped", "NOT_FROM_SOURCE")]
    count = payments.count()
    bring(actor, integration, "payments")
    assert payments.count() == count
