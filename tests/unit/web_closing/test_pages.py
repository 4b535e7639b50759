"""Pages of closed periods: who may open and do what, and what they show."""

import datetime as dt

import pytest
from django.urls import reverse
from tests.support.closing import OCTOBER, make_firm
from tests.unit.services.closing.test_account_mapping import tied as tied_firm

from tilisilta.services.access import ROLE_RANK
from tilisilta.services.closing import closing
from tilisilta.store.models import ClosedPeriod, InvoiceStage, PeriodState, Role, Side, WorkspaceInvoice

tied = tied_firm
DAY = dt.date(2026, 10, 5)
DAYS = {"date_from": "2026-10-01", "date_to": "2026-10-31", "vouchers": "period"}
VIEWS = [
    ("period-list", "get", Role.VIEWER, ()),
    ("period-close", "get", Role.ACCOUNTANT, ("sales",)),
    ("period-close", "post", Role.ACCOUNTANT, ("purchase",)),
    ("period-detail", "get", Role.VIEWER, ("period",)),
    ("period-reconcile", "get", Role.VIEWER, ("period",)),
    ("period-resend", "post", Role.ACCOUNTANT, ("period",)),
    ("period-reopen", "post", Role.ADMIN, ("period",)),
]


def url(firm, name, *args):
    return reverse(name, args=[firm.company.pk, *args])


@pytest.fixture
def period(firm):
    firm.invoice(DAY)
    return closing.close(firm.actor, Side.SALES, OCTOBER, per_day=False)


@pytest.mark.parametrize(("name", "method", "needed", "args"), VIEWS)
def test_each_page_opens_for_its_role_and_for_nobody_from_elsewhere(
    firm, period, as_role, *, name, method, needed, args
):
    address = url(firm, name, *(period.pk if each == "period" else each for each in args))
    for role in (Role.VIEWER, Role.ACCOUNTANT, Role.ADMIN):
        answer = getattr(as_role(role), method)(address)
        allowed = ROLE_RANK[role] >= ROLE_RANK[needed]
        assert (answer.status_code == 403) is not allowed, (role, answer.status_code)
    other = make_firm("Toinen Oy", "toinen@yritys.fi")
    stranger = as_role("owner", other)
    assert getattr(stranger, method)(address).status_code == 404
    if "period" in args:
        own = url(other, name, *(period.pk if each == "period" else each for each in args))
        assert getattr(stranger, method)(own, {"reason": "x"} if method == "post" else {}).status_code == 404
    assert ClosedPeriod.objects.filter(pk=period.pk).exclude(state=PeriodState.REOPENED).exists()


def test_a_month_is_checked_and_closed_on_the_page(firm, as_role):
    invoice = firm.invoice(DAY)
    client = as_role(Role.ACCOUNTANT)
    page = client.get(url(firm, "period-close", "sales")).content.decode()
    assert 'value="2026-10-01"' in page
    assert 'value="2026-10-31"' in page
    checked = client.get(url(firm, "period-close", "sales"), DAYS).content.decode()
    assert "3000 Myynti" in checked
    assert "Closing locks the documents here; nothing is sent." in checked
    answer = client.post(url(firm, "period-close", "sales"), DAYS)
    period = ClosedPeriod.objects.get()
    assert answer.url == url(firm, "period-detail", period.pk)
    shown = client.get(answer.url).content.decode()
    assert "Per account and VAT code" in shown
    assert WorkspaceInvoice.objects.get(pk=invoice.pk).closed_period == period
    listed = client.get(url(firm, "period-list")).content.decode()
    assert "accountant@yritys.fi" in listed


def test_what_stands_in_the_way_is_listed_with_links_in_the_words_that_users_know(firm, as_role):
    early = firm.invoice(dt.date(2026, 9, 30))
    waiting = firm.invoice(DAY, posted=False)
    answer = as_role(Role.ACCOUNTANT).post(url(firm, "period-close", "sales"), DAYS)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "The close contains events outside the chosen range!" in page
    for each in (early, waiting):
        assert f'href="/c/{firm.company.pk}/invoices/{each.pk}/"' in page
    assert not ClosedPeriod.objects.exists()
    assert "Close 1 Oct 2026" not in page


def test_unmapped_accounts_are_named_with_the_way_to_the_mapping(tied, as_role):
    tied.invoice(DAY)
    page = as_role(Role.ACCOUNTANT).get(url(tied, "period-close", "sales"), DAYS).content.decode()
    assert "1700, 2939, 3000 (25.5 %)" in page
    link = reverse("mapping-table", args=[tied.company.pk, tied.integration.pk, "accounts"])
    assert f"{link}?missing=1" in page
    table = as_role(Role.ACCOUNTANT).get(f"{link}?missing=1").content.decode()
    assert 'name="vat_code_sales"' in table
    assert 'name="vat_code_purchases"' in table
    saved = (
        as_role(Role.ACCOUNTANT)
        .post(
            reverse("mapping-save", args=[tied.company.pk, tied.integration.pk, "accounts"]),
            {"ref": ["|25.5|3000"], "target": ["3000"], "vat_code_sales": ["KOMY"], "vat_code_purchases": [""]},
            headers={"HX-Request": "true"},
        )
        .content.decode()
    )
    assert "1 row saved." in saved
    assert '<option value="KOMY" selected>' in saved


def test_opening_again_asks_for_a_reason(firm, period, as_role):
    client = as_role(Role.ADMIN)
    address = url(firm, "period-reopen", period.pk)
    assert client.post(address, {"reason": ""}).status_code == 200
    assert ClosedPeriod.objects.get().state == PeriodState.CLOSED
    client.post(address, {"reason": "väärä tili"})
    assert ClosedPeriod.objects.get().state == PeriodState.REOPENED
    page = client.get(url(firm, "period-detail", period.pk)).content.decode()
    assert "väärä tili" in page
    assert "Close again" in page


def test_lists_of_invoices_lead_to_closing(firm, as_role):
    for name, side in (("sales-list", "sales"), ("purchase-list", "purchase")):
        page = as_role(Role.ACCOUNTANT).get(url(firm, name)).content.decode()
        assert url(firm, "period-close", side) in page
        assert f"{url(firm, 'period-list')}?side={side}" in page
        assert url(firm, "period-close", side) not in as_role(Role.VIEWER).get(url(firm, name)).content.decode()


def test_a_draft_is_told_but_stops_nothing(firm, as_role):
    firm.invoice(DAY, posted=False, stage=InvoiceStage.DRAFT, number="")
    page = as_role(Role.ACCOUNTANT).get(url(firm, "period-close", "sales"), DAYS).content.decode()
    assert "1 draft is dated in these days." in page
