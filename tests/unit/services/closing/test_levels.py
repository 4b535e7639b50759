"""The level of an integration: what travels, what is asked for before it is active, and that nothing goes twice."""

import pytest
from tests.support.closing import OCTOBER, Firm
from tests.unit.services.closing.test_account_mapping import DAY, tied

from tilisilta.services import checklist, integrations, mappings
from tilisilta.services.closing import closing
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import Flow, Integration, IntegrationState, PeriodState, PeriodVoucher, Run, Side

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
