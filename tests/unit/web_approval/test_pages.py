"""Approval on the pages: the list of the reader, the panel of an invoice, default handlers."""

import pytest
from tests.support.pages import Pages
from tests.support.workspace import make_workspace
from tests.unit.services.approval.conftest import Firm, user_of

from tilisilta.services.access import Actor
from tilisilta.services.approval import circulation, handlers
from tilisilta.services.workspace.settings import switch_off
from tilisilta.store.models import DefaultHandler, InvoiceHandler, WorkspaceInvoice

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _plain_static_files(settings):
    """Pages are rendered without a collected manifest."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def firm() -> Firm:
    firm = Firm()
    firm.settings()
    return firm


def browser(firm: Firm, actor: Actor) -> Pages:
    return Pages(firm.company, user_of(actor))


def in_circulation(firm: Firm, *people: Actor) -> WorkspaceInvoice:
    row = firm.bill()
    for actor in people:
        handlers.add_handler(firm.clerk, row, user_of(actor), "approver", is_mandatory=True)
    return circulation.start(firm.clerk, row)


def stage(row: WorkspaceInvoice) -> str:
    row.refresh_from_db()
    return row.stage


def test_a_person_sees_what_waits_for_them_and_approves_it_on_the_invoices_page(firm: Firm):
    row = in_circulation(firm, firm.boss)
    assert "Nothing waits for you" in browser(firm, firm.checker).go("approval-list").text
    pages = browser(firm, firm.boss).go("approval-list")
    assert "Müüja OÜ | A-1" in pages.row("A-1")
    pages.click("Müüja OÜ")
    assert "Waits for you to approve it." in pages.text
    pages.press("Approve")
    assert stage(row) == "approved"
    assert "Noted." in pages.text
    assert "juht@naidis.ee approved it" in pages.text
    assert "Take back" not in pages.text  # a viewer's voice, and no more


def test_the_ticked_ones_are_approved_at_once(firm: Firm):
    rows = [in_circulation(firm, firm.boss) for _ in range(3)]
    pages = browser(firm, firm.boss).go("approval-list")
    pages.press("Approve", invoice=[str(rows[0].pk), str(rows[2].pk)])
    assert "2 approved." in pages.text
    assert [stage(row) for row in rows] == ["approved", "circulating", "approved"]


def test_the_ticked_ones_are_sent_round_at_once_and_today_tells_whom_they_wait_for(firm: Firm):
    rows = [firm.bill(), firm.bill()]
    for row in rows:
        handlers.add_handler(firm.clerk, row, user_of(firm.boss), "approver", is_mandatory=True)
    waits = "Purchase invoices that wait for you to check or approve them."
    assert waits not in browser(firm, firm.boss).go("today").text
    pages = browser(firm, firm.clerk).go("approval-list", view="received")
    pages.press("Send into circulation", invoice=[str(row.pk) for row in rows])
    assert "Sent into circulation." in pages.text
    assert [stage(row) for row in rows] == ["circulating", "circulating"]
    told = browser(firm, firm.boss).go("today").text
    assert waits in told
    assert "Nothing needs you." not in told


def test_rejecting_asks_for_a_reason_and_the_bookkeeper_sees_it(firm: Firm):
    row = in_circulation(firm, firm.boss)
    pages = browser(firm, firm.boss).go("workspace-invoice", row.pk)
    pages.press("Reject", reason=" ")
    assert "Write down why" in pages.text
    pages.press("Reject", reason="Topelt arve")
    assert stage(row) == "rejected"
    rejected = browser(firm, firm.clerk).go("approval-list", view="rejected")
    assert "Rejected" in rejected.row("A-1")
    rejected.click("Müüja OÜ")
    assert "Topelt arve" in rejected.text


def test_a_bookkeeper_adds_people_and_sends_the_invoice_round(firm: Firm):
    row = firm.bill()
    pages = browser(firm, firm.clerk).go("workspace-invoice", row.pk)
    pages.press("Send into circulation")
    assert "The invoice needs 1 mandatory approvers" in pages.text
    pages.press("Add", user=str(user_of(firm.boss).pk), role="approver", is_mandatory=True)
    pages.press("Send into circulation")
    assert stage(row) == "circulating"
    assert "juht@naidis.ee" in pages.row("Has the turn")
    pages.press("Hand on", user=str(user_of(firm.chair).pk))
    assert "esimees@naidis.ee" in pages.row("Has the turn")
    assert "esimees@naidis.ee" in browser(firm, firm.clerk).go("approval-list", view="circulating").row("A-1")
    pages.press("Take back")
    assert stage(row) == "received"
    part = InvoiceHandler.objects.get(invoice=row)
    assert part.user == firm.chair.user


def test_without_circulation_a_bookkeeper_approves_with_one_click(firm: Firm):
    firm.settings(circulation_on=False)
    row = firm.bill()
    pages = browser(firm, firm.clerk).go("workspace-invoice", row.pk)
    pages.press("Approve")
    assert stage(row) == "approved"
    assert "Send into circulation" not in pages.text


def test_default_handlers_are_chosen_by_an_administrator(firm: Firm):
    pages = browser(firm, firm.owner).go("approval-list").click("Default handlers")
    assert "Nobody is added by itself." in pages.text
    chosen = {"user": str(user_of(firm.boss).pk), "role": "approver", "is_mandatory": True}
    pages.press("Add", from_amount="250.00", **chosen)
    assert "250.00" in pages.row("juht@naidis.ee")
    assert DefaultHandler.objects.get().from_minor == 25000
    pages.press("Add", from_amount="250.00", **chosen)
    assert "already" in pages.text
    pages.press("Remove")
    assert not DefaultHandler.objects.exists()
    browser(firm, firm.clerk).open("approval/settings/", status=403)


def test_strangers_and_companies_without_a_workspace_see_nothing(firm: Firm):
    row = in_circulation(firm, firm.boss)
    company, stranger = make_workspace("Võõras OÜ", "v@voeras.ee")
    other = Pages(company, user_of(stranger))
    assert other.client.post(f"/c/{company.pk}/approval/{row.pk}/step/", {"step": "accept"}).status_code in {403, 404}
    assert "A-1" not in other.go("approval-list", view="circulating").text
    assert stage(row) == "circulating"
    switch_off(firm.owner)
    assert "switched off" in browser(firm, firm.boss).go("approval-list").text
