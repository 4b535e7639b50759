"""The level of an integration: what travels, what is asked for before it is active, and that nothing goes twice."""

from types import SimpleNamespace
from typing import Any

import pytest
from tests.support.closing import OCTOBER, Firm
from tests.unit.services.closing.test_account_mapping import DAY, tied

from tilisilta.core.documents import DocumentKind
from tilisilta.engine.postings import load_in_periods
from tilisilta.engine.stage import kept_from
from tilisilta.services import checklist, integrations, mappings
from tilisilta.services.closing import closing, states
from tilisilta.services.closing.preview import CannotClose
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import (
    Binding,
    ClosedPeriod,
    Delivery,
    DeliveryState,
    Flow,
    Integration,
    IntegrationState,
    PeriodState,
    PeriodVoucher,
    Run,
    RunState,
    Side,
    WorkspaceInvoice,
)

__all__ = ["tied"]


def switched_on(firm: Firm) -> set[str]:
    return set(Flow.objects.filter(integration=firm.integration, is_enabled=True).values_list("kind", flat=True))


def test_closed_periods_travel_first_and_documents_when_chosen(tied):
    assert integrations.level_of(tied.integration) == "period"
    assert switched_on(tied) == {"period_sales", "period_purchases"}
    integrations.update_settings(tied.actor, tied.integration, {"level": "document"})
    on = switched_on(tied)
    assert not on & {"period_sales", "period_purchases"}
    assert {"sales_invoices", "purchase_invoices"} <= on
    integrations.update_settings(tied.actor, tied.integration, {"level": "period"})
    assert switched_on(tied) == {"period_sales", "period_purchases"}


def test_at_the_level_of_documents_closing_sends_nothing(tied):
    integrations.update_settings(tied.actor, tied.integration, {"level": "document"})
    tied.invoice(DAY)
    period = closing.close(tied.actor, Side.SALES, OCTOBER, per_day=False)
    assert period.state == PeriodState.CLOSED
    assert not PeriodVoucher.objects.exists()
    assert not Run.objects.exists()


@pytest.mark.parametrize(("level", "kind"), [("period", "sales_invoices"), ("document", "period_sales")])
def test_a_flow_of_the_other_level_cannot_be_switched_on(tied, level, kind):
    integrations.update_settings(tied.actor, tied.integration, {"level": level})
    flow = Flow.objects.select_related("integration__source", "integration__target").get(
        integration=tied.integration, kind=kind
    )
    with pytest.raises(ServiceError) as told:
        integrations.update_flow(tied.actor, flow, is_enabled=True, is_automatic=False, schedule="")
    assert told.value.code == "FLOW_OF_OTHER_LEVEL"


def test_closing_waits_for_activation_and_that_for_the_mapping_of_every_used_account(tied):
    Integration.objects.filter(pk=tied.integration.pk).update(state=IntegrationState.SETUP)
    tied.integration.refresh_from_db()
    tied.invoice(DAY)
    with pytest.raises(ServiceError) as told:
        closing.close(tied.actor, Side.SALES, OCTOBER, per_day=False)
    assert told.value.code == "NOT_ACTIVATED_YET"
    steps = {step.code: step.done for step in checklist.checklist(tied.integration)}
    assert steps["accounts"] is False
    assert not {"vat_codes", "bank_accounts", "first_run_guard", "preview_made"} & set(steps)
    chosen = {"||1700": "1701", "||2939": "2939", "|25.5|3000": "3000"}
    mappings.save(
        tied.actor, tied.integration, mappings.MappingTable.ACCOUNTS, chosen,
        codes={"|25.5|3000": {"vat_code_sales": "KOMY"}},
    )  # fmt: skip
    assert {step.code: step.done for step in checklist.checklist(tied.integration)}["accounts"] is True


# --- from one level to the other -----------------------------------------------------------------------------


def switch(firm: Firm, level: str) -> None:
    integrations.update_settings(firm.actor, firm.integration, {"level": level})


def bind(firm: Firm, kind: DocumentKind, source_id: str) -> None:
    """Let the id map say that a document stands in the target."""
    Binding.objects.create(
        company=firm.company, source_connection=firm.integration.source, target_connection=firm.integration.target,
        kind=kind, source_id=source_id, target_id=f"t-{source_id}",
    )  # fmt: skip


def closed(firm: Firm, state: str, *, arrived: bool) -> ClosedPeriod:
    """Close October at the level of periods, as if its run had ended in a state."""
    firm.map_accounts()
    firm.invoice(DAY)
    period = closing.close(firm.actor, Side.SALES, OCTOBER, per_day=False)
    Run.objects.update(state=RunState.DONE)
    if arrived:
        bind(firm, DocumentKind.JOURNAL_ENTRY, PeriodVoucher.objects.get().source_id)
    ClosedPeriod.objects.filter(pk=period.pk).update(state=state)
    return ClosedPeriod.objects.get(pk=period.pk)


def refused(act: Any, *given: Any) -> ServiceError:
    with pytest.raises(ServiceError) as told:
        act(*given)
    assert "%(" not in str(told.value)
    return told.value


@pytest.fixture
def unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The target raises no objection; what it says is no matter here."""
    monkeypatch.setattr("tilisilta.services.closing.targets.check_target", lambda *_: [])


@pytest.mark.parametrize("state", [PeriodState.CLOSING, PeriodState.FAILED])
def test_a_period_that_has_not_arrived_keeps_its_level(tied, unasked, state):
    closed(tied, state, arrived=False)
    error = refused(switch, tied, "document")
    assert (error.code, error.params["target"]) == ("LEVEL_PERIOD_NOT_SENT", "Netvisor")
    assert error.params["period"] == "Sales 1 Oct 2026 – 31 Oct 2026"
    assert switched_on(tied) == {"period_sales", "period_purchases"}


def test_a_period_that_was_opened_again_is_closed_anew_before_documents_go(tied, unasked):
    period = closed(tied, PeriodState.SENT, arrived=True)
    closing.reopen(tied.actor, period, "väärä tili")
    assert refused(switch, tied, "document").code == "LEVEL_PERIOD_REOPENED"


def test_earlier_events_are_closed_before_documents_go(tied, unasked):
    closed(tied, PeriodState.SENT, arrived=True)
    late = tied.invoice(DAY, side=Side.PURCHASES)
    error = refused(switch, tied, "document")
    assert (error.code, error.params["count"]) == ("EARLIER_PERIODS_OPEN", 1)
    late.postings.all().delete()
    late.delete()
    switch(tied, "document")
    assert "sales_invoices" in switched_on(tied)


def test_a_period_that_went_as_vouchers_is_not_opened_while_documents_go(tied, unasked):
    period = closed(tied, PeriodState.SENT, arrived=True)
    switch(tied, "document")
    assert refused(closing.reopen, tied.actor, period, "väärä tili").code == "PERIOD_OF_OTHER_LEVEL"
    assert WorkspaceInvoice.objects.get().closed_period == period
    assert refused(closing.resend, tied.actor, period).code == "PERIOD_NOT_SENT"


@pytest.mark.parametrize("on_its_way", [False, True], ids=["arrived", "on its way"])
def test_documents_that_went_are_closed_before_periods_go_and_never_sent_with_one(tied, unasked, on_its_way):
    tied.map_accounts()
    switch(tied, "document")
    row = tied.invoice(DAY, credit=True)
    if on_its_way:
        flow = Flow.objects.get(integration=tied.integration, kind="sales_invoices")
        Delivery.objects.create(
            company=tied.company, flow=flow, kind=DocumentKind.SALES_CREDIT_NOTE, source_id=str(row.pk), date=DAY,
            state=DeliveryState.UNCERTAIN, key="k",
        )  # fmt: skip
    else:
        bind(tied, DocumentKind.SALES_CREDIT_NOTE, str(row.pk))
    error = refused(switch, tied, "period")
    assert (error.code, error.params["events"], error.params["count"]) == ("LEVEL_DOCUMENTS_OPEN", row.number, 1)
    period = closing.close(tied.actor, Side.SALES, OCTOBER, per_day=False)
    switch(tied, "period")
    # Neither sent again nor opened and closed again may it go as a voucher.
    with pytest.raises(CannotClose) as told:
        closing.resend(tied.actor, period)
    assert [each.code for each in told.value.blockers] == ["PERIOD_HAS_SENT_DOCUMENTS"]
    closing.reopen(tied.actor, period, "väärä tili")
    with pytest.raises(CannotClose) as told:
        closing.close(tied.actor, Side.SALES, OCTOBER, per_day=False)
    (blocker,) = told.value.blockers
    assert (blocker.code, blocker.items[0].text.split()[0]) == ("PERIOD_HAS_SENT_DOCUMENTS", row.number)
    assert not PeriodVoucher.objects.exists()


def test_payments_that_went_count_too(tied, unasked):
    row = tied.invoice(DAY)
    switch(tied, "document")
    bind(tied, DocumentKind.PAYMENT, str(tied.pay(row, DAY, 100).pk))
    assert refused(switch, tied, "period").params["count"] == 1


def test_what_went_with_a_period_does_not_go_as_a_document(tied, unasked):
    period = closed(tied, PeriodState.SENT, arrived=True)
    later = tied.invoice(DAY)
    works: Any = [
        SimpleNamespace(kind=DocumentKind.SALES_INVOICE, source_id=str(row.pk), document=None)
        for row in WorkspaceInvoice.objects.order_by("pk")
    ]
    settings = SimpleNamespace(completes=False)

    def kept(integration_id: int) -> list[str]:
        ctx: Any = SimpleNamespace(
            integration_id=integration_id,
            company_id=tied.company.pk,
            sent_in_periods=set(),
            settings=settings,
            integration_settings={},
        )
        load_in_periods(ctx, works)
        return [kept_from(ctx, each) for each in works]

    assert kept(tied.integration.pk) == ["SENT_IN_PERIOD", ""]
    assert kept(tied.integration.pk + 1) == ["", ""]  # another target's books have not seen them
    closing.reopen(tied.actor, period, "väärä tili")
    assert kept(tied.integration.pk) == ["", ""]
    assert later.closed_period is None


def test_a_withdrawal_of_what_is_gone_keeps_no_period_from_being_sent(tied, unasked):
    period = closed(tied, PeriodState.CLOSING, arrived=False)
    flow = Flow.objects.get(integration=tied.integration, kind="period_sales")
    row = Delivery.objects.create(
        company=tied.company, flow=flow, kind=DocumentKind.JOURNAL_ENTRY, date=DAY, key="k",
        source_id=PeriodVoucher.objects.get().source_id, state=DeliveryState.SKIPPED, reason="REPLACED_BY_NEWER",
    )  # fmt: skip
    assert states.refresh(period).state == PeriodState.FAILED
    Delivery.objects.filter(pk=row.pk).update(reason="NOTHING_TO_WITHDRAW")
    assert states.refresh(period).state == PeriodState.SENT
