"""What is billed, and what is not: quantities and their sources, differences, periods, mistakes by name."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils.translation import gettext, override
from tests.support.billing import INVOICED, OCTOBER, Billing, make_billing
from tests.support.practice import active_integration

from tilisilta.core.billing import Period
from tilisilta.services.access import Forbidden
from tilisilta.services.billing import making, preview, sending, wiring
from tilisilta.services.billing.contracts import ContractContent, RowContent, rows_of, save_contract
from tilisilta.services.billing.products import delete_product
from tilisilta.services.billing.settings import save_settings
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice import clients
from tilisilta.services.practice.settings import save_settings as save_practice
from tilisilta.services.workspace import hooks, outputs
from tilisilta.services.workspace.content import stored_invoice
from tilisilta.services.workspace.invoices import credit, delete_draft
from tilisilta.store.models import (
    BilledLine,
    Client,
    Contract,
    Summary,
    SummaryDifference,
    SummaryField,
    SummarySettings,
    TimeEntry,
    WorkspaceParty,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _tied(monkeypatch):
    wiring.wire()
    monkeypatch.setattr(outputs, "make_image", lambda *_: None)  # printing is another subject's


@pytest.fixture
def billing() -> Billing:
    made = make_billing()
    save_settings(
        made.owner, payment_term_days=7, rounds_minutes_to=15, needs_classifiers=False, fetches_status=False,
        status_at=dt.time(6),
    )  # fmt: skip
    return made


@pytest.fixture
def client(billing) -> Client:
    return billing.bureau.client("Õunapuu OÜ", registry_code="12345678", language="et")


def lines(billing, at=-1):
    return [(each.description, each.quantity, each.net) for each in stored_invoice(billing.invoices()[at]).lines]


def in_estonian(text: str) -> str:
    with override("et"):
        return gettext(text)


def code_of(raised) -> str:
    return raised.value.code


# --- quantities ----------------------------------------------------------------------------------------------


def test_a_products_name_may_say_the_period_itself(billing, client):
    billing.contract(
        client,
        billing.product("A", name="Arveldus {month} eest", price=Decimal(100)),
        billing.product("B", name="Kogus {tundmatu}", price=Decimal(10)),
    )
    billing.bill()
    assert [each[0] for each in lines(billing)] == ["Arveldus oktoober 2026 eest", "Kogus {tundmatu}, oktoober 2026"]


def test_kinds_are_billed_each_in_its_way(billing, client):
    counted = billing.count_field()
    fixed = billing.product("F", name="Kuutasu", price=Decimal(100))
    hourly = billing.product("H", name="Nõustamine", kind="hourly", unit="h", price=Decimal(60))
    both = billing.product(
        "K", name="Pakett", kind="combined", field=counted, price=Decimal(50), included=Decimal(10),
        tiers=[["1", "2.00"], ["16", "1.00"]],
    )  # fmt: skip
    billing.contract(
        client, fixed, hourly, RowContent(product=both, discount_percent=Decimal(10)), text="{client} {from}–{to}"
    )
    task = billing.task(client, dt.date(2026, 10, 31), {counted: 20})
    start = dt.datetime(2026, 10, 5, 9, tzinfo=dt.UTC)
    for minutes in (10, 21):  # 31 minutes of one task are 45 in steps of 15
        ended = start + dt.timedelta(minutes=minutes)
        TimeEntry.objects.create(
            company=billing.company, task=task, user=billing.owner.user, started_at=start, ended_at=ended
        )
    billing.task(client, dt.date(2026, 10, 30), {counted: 99}, status="cancelled")
    billing.task(client, dt.date(2026, 10, 30), {counted: 99}, is_billable=False)
    billing.task(client, dt.date(2026, 11, 1), {counted: 99})
    shown = billing.preview()
    assert {each.row.product.code: [source.task.pk for source in each.sources] for each in shown.proposals} == {
        "F": [], "H": [task.pk], "K": [task.pk],
    }  # fmt: skip
    assert not BilledLine.objects.exists()
    billing.bill()
    assert lines(billing) == [
        ("Kuutasu, oktoober 2026", Decimal(1), Decimal("100.00")),
        ("Nõustamine, oktoober 2026", Decimal("0.75"), Decimal("45.00")),
        ("Pakett, oktoober 2026", Decimal(1), Decimal("45.00")),
        (f"Pakett, oktoober 2026 ({in_estonian('beyond what is included')})", Decimal(5), Decimal("9.00")),
        (f"Pakett, oktoober 2026 ({in_estonian('beyond what is included')})", Decimal(5), Decimal("4.50")),
    ]
    invoice = stored_invoice(billing.invoices()[0])
    assert invoice.note == "Õunapuu OÜ 01.10.2026–31.10.2026"
    assert invoice.due_date == INVOICED + dt.timedelta(days=7)


def test_fixed_prices_go_in_advance_and_measured_ones_afterwards(billing, client):
    counted = billing.count_field()
    pieces = billing.product("A", kind="per_piece", field=counted, price=Decimal(1))
    billing.contract(client, billing.product("F"), pieces, bills_in_advance=True, period="quarterly")
    billing.task(client, dt.date(2026, 8, 31), {counted: 3})
    shown = billing.preview(Period(dt.date(2026, 9, 30), dt.date(2026, 10, 1)))
    periods = {each.row.product.code: each.period for each in shown.proposals}
    assert periods["F"] == Period(dt.date(2026, 10, 1), dt.date(2026, 12, 31))
    assert periods["A"] == Period(dt.date(2026, 7, 1), dt.date(2026, 9, 30))


def test_another_pays_and_reads_its_own_language(billing, client):
    parent = billing.bureau.client("Emo Oy", country="FI")
    clients_row = Client.objects.get(pk=client.pk)
    clients_row.billed_to = parent
    clients_row.save()
    parent.billed_to = clients_row  # a circle must not go on for ever
    billing.contract(clients_row, billing.product("F", name="Palkkio"))
    billing.bill()
    [billed] = billing.billed()
    assert billed.client == parent
    assert lines(billing)[0][0] == "Õunapuu OÜ: Palkkio, lokakuu 2026"
    assert BilledLine.objects.get().client == clients_row


def test_clients_of_one_name_without_codes_are_kept_apart(billing):
    product = billing.product("F")
    for _ in range(2):
        billing.contract(clients.create_client(billing.owner, clients.ClientContent(name="Tamm OÜ")), product)
    billing.bill()
    assert len({each.party_id for each in billing.invoices()}) == 2
    billing.bill(Period(dt.date(2026, 9, 1), dt.date(2026, 9, 30)))
    assert WorkspaceParty.objects.filter(company=billing.company).count() == 2


# --- once ----------------------------------------------------------------------------------------------------


def test_a_period_is_billed_once_and_again_after_its_draft_is_deleted(billing, client):
    billing.contract(client, billing.product("F"))
    seen = billing.preview().fingerprint
    billing.bill()
    assert billing.preview().proposals == []
    with pytest.raises(ServiceError) as raised:  # somebody else looked before and confirms now
        making.confirm(billing.owner, OCTOBER, INVOICED, expected=seen)
    assert code_of(raised) == "BILLING_CHANGED"
    delete_draft(billing.owner, billing.invoices()[0])
    assert not billing.billed()
    billing.bill()
    assert len(billing.billed()) == 1


def test_a_credit_note_sets_its_period_free_when_it_is_issued(billing, client):
    billing.contract(client, billing.product("F"))
    billing.bill()
    sending.issue(billing.owner, billing.invoices())
    note = credit(billing.owner, billing.invoices()[0])
    assert billing.preview().proposals == []  # a draft says nothing yet
    sending.issue(billing.owner, [note])
    assert [each.is_credit_note for each in billing.invoices()] == [False, True]
    assert len(billing.preview().proposals) == 1


def test_rows_that_were_unticked_wait(billing, client):
    billing.contract(client, billing.product("F"), billing.product("G"))
    first = billing.preview().proposals[0]
    billing.bill(chosen=[first.key])
    assert len(lines(billing)) == 1
    assert [each.row.product.code for each in billing.preview().proposals] == ["G"]


# --- differences ---------------------------------------------------------------------------------------------


def summary_of(billing, client, count: int):
    """A month that was counted, with its task and its field."""
    counted = billing.count_field()
    integration = active_integration(billing.company)
    own = SummarySettings.objects.create(integration=integration, is_on=True, title="Kokkuvõte")
    SummaryField.objects.create(settings=own, count="purchase_invoice", field=counted)
    task = billing.task(client, dt.date(2026, 10, 31), {counted: count})
    summary = Summary.objects.create(
        company=billing.company, client=client, integration=integration, month=dt.date(2026, 10, 1), task=task,
        counts={"purchase_invoice": count},
    )  # fmt: skip
    pieces = billing.product(
        "A", name="Arve", kind="per_piece", field=counted, price=Decimal(1), tiers=[["101", "0.50"]]
    )
    billing.contract(client, pieces)
    return summary


def test_a_difference_is_its_own_row_at_the_price_of_its_tier(billing, client):
    summary = summary_of(billing, client, 90)
    billing.bill()
    summary.refresh_from_db()
    assert summary.billed_counts == {"purchase_invoice": 90}
    SummaryDifference.objects.create(summary=summary, count="purchase_invoice", quantity=20)
    november = Period(dt.date(2026, 11, 1), dt.date(2026, 11, 30))
    billing.bill(november)
    suffix = f"Arve, oktoober 2026 ({in_estonian('difference found after billing')})"
    assert lines(billing) == [(suffix, Decimal(10), Decimal("10.00")), (suffix, Decimal(10), Decimal("5.00"))]
    assert SummaryDifference.objects.get().is_billed
    assert billing.preview(november).proposals == []


def test_entries_deleted_after_billing_come_back_as_a_credit_note(billing, client):
    summary = summary_of(billing, client, 110)
    billing.bill()
    SummaryDifference.objects.create(summary=summary, count="purchase_invoice", quantity=-20)
    november = Period(dt.date(2026, 11, 1), dt.date(2026, 11, 30))
    assert billing.preview(november).bills[0].is_credit
    billing.bill(november)
    note = billing.invoices()[-1]
    assert (note.is_credit_note, note.net_minor) == (True, 1500)  # ten at 0.50, ten at 1.00
    assert BilledLine.objects.latest("pk").net_minor == -1500


def test_a_deleted_draft_gives_its_month_and_difference_back(billing, client):
    summary = summary_of(billing, client, 90)
    billing.bill()
    SummaryDifference.objects.create(summary=summary, count="purchase_invoice", quantity=5)
    delete_draft(billing.owner, billing.invoices()[0])
    summary.refresh_from_db()
    assert (summary.billed_counts, summary.counts) == (None, {"purchase_invoice": 95})
    assert not SummaryDifference.objects.exists()
    assert [each.quantity for each in billing.preview().proposals] == [Decimal(95)]


# --- mistakes by name ----------------------------------------------------------------------------------------


def test_contracts_that_cannot_be_are_refused(billing, client):
    product = billing.product("F")

    def save(**more):
        content = {"client": client, "starts_on": dt.date(2026, 1, 1), "rows": [RowContent(product=product)]}
        return save_contract(billing.owner, ContractContent(**(content | more)))

    def refused(code, **more):
        with pytest.raises(ServiceError) as raised:
            save(**more)
        assert code_of(raised) == code

    refused("CONTRACT_NO_ROWS", rows=[])
    refused("CONTRACT_DATES", ends_on=dt.date(2025, 1, 1))
    refused("PLACEHOLDER_UNKNOWN", text="{kuu}")
    refused("PLACEHOLDER_UNKNOWN", rows=[RowContent(product=product, description="{month")])
    refused("NUMBER_NEGATIVE", rows=[RowContent(product=product, price=Decimal(-1))])
    first = save(ends_on=dt.date(2026, 6, 30))
    refused("CONTRACT_OVERLAPS", starts_on=dt.date(2026, 6, 30))
    save(starts_on=dt.date(2026, 7, 1))
    billing.bill()
    with pytest.raises(ServiceError) as raised:
        delete_product(billing.owner, product)
    assert code_of(raised) == "PRODUCT_IN_USE"
    later = Contract.objects.exclude(pk=first.pk).get()
    other = billing.product("G")
    with pytest.raises(ServiceError) as raised:  # a billed row that is swapped for another would be billed again
        save_contract(
            billing.owner,
            ContractContent(client=client, starts_on=later.starts_on, rows=[RowContent(product=other)]),
            row=later,
        )
    assert code_of(raised) == "CONTRACT_ROW_BILLED"
    assert len(rows_of(later)) == 1


def test_a_row_that_lacks_something_is_named_and_the_others_go_on(billing, client):
    counted = billing.count_field()
    pieces = billing.product("A", kind="per_piece", field=counted, price=Decimal(1))
    billing.contract(client, pieces, billing.product("F"))
    billing.task(client, dt.date(2026, 10, 31), {counted: 3})
    counted.deleted_at = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
    counted.save()
    Contract.objects.create(company=billing.company, client=client, starts_on=dt.date(2026, 1, 1), number="Tühi")
    shown = billing.preview()
    assert [[problem.code for problem in each.problems] for each in shown.proposals] == [["BILL_FIELD_GONE"], []]
    assert "NOTE_CONTRACT_EMPTY" in {note.code for _, note in shown.notes}
    billing.bill()
    assert len(lines(billing)) == 1


def test_members_do_what_the_bureau_lets_them(billing, client):
    billing.contract(client, billing.product("F"), billing.product("G"))
    clerk = billing.bureau.actors["accountant"]
    for forbidden in (
        lambda: preview.make(clerk, OCTOBER),
        lambda: sending.issue(clerk, []),
        lambda: delete_product(clerk, billing.products["F"]),
    ):
        with pytest.raises(Forbidden):
            forbidden()
    save_practice(billing.owner, members_make_topics=True, days_ahead=45, member_rights=["create_invoices"])
    shown = preview.make(clerk, OCTOBER)
    with pytest.raises(ServiceError) as raised:
        making.confirm(clerk, OCTOBER, INVOICED, expected=shown.fingerprint, chosen=[shown.proposals[0].key])
    assert code_of(raised) == "ROWS_CONFIRM"
    assert len(making.confirm(clerk, OCTOBER, INVOICED, expected=shown.fingerprint).invoices) == 1


def test_billing_hears_of_invoices_once():
    assert sum("billing" in each.__module__ for each in hooks.sent) == 1
