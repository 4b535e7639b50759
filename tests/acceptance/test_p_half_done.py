"""What stands between the writes of one invoice: each is taken, or named with what to do; no money overtakes it."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.acceptance.procountor_firm import ProcountorFirm
from tests.support.workspace import line
from tilisilta.engine.announce import send_soon
from tilisilta.services.integrations import update_settings
from tilisilta.services.ledger.payments import add_payment
from tilisilta.services.ledger.postings import lines_of, post, unpost
from tilisilta.store.models import Binding, FollowUp, LedgerAccount, MappingRow, WorkspaceInvoice

D = Decimal
PAGE_WRITES = {"method": "PUT", "path": "/ledgerreceipts/"}
APPROVALS = {"method": "PUT", "path": "/approve"}


def refused(match: dict[str, str], message: str, status: int = 400, times: int | None = 1) -> dict[str, Any]:
    """Return a fault: Procountor refuses in its own shape."""
    return {"kind": "refuse", "match": match, "times": times, "data": {"status": status, "message": message}}


def steps(firm: ProcountorFirm, row: WorkspaceInvoice) -> dict[str, str]:
    """Return the steps of an invoice at the target and how far each is."""
    rows = FollowUp.objects.filter(delivery=firm.delivery(row), kind="step")
    return dict(rows.order_by("pk").values_list("subject", "state"))


@pytest.mark.feature("P49", "P50")
def test_between_any_two_of_the_three_writes_the_transfer_goes_on_where_it_stopped(one_by_one: ProcountorFirm):
    firm = one_by_one
    update_settings(firm.owner, firm.integration, {"purchase_posting": "source"})
    MappingRow.objects.filter(table="accounts", source_key="4000").update(target_key="4420")
    row = firm.buy("VAIHE-1", post=True)
    firm.procountor.faults(refused(PAGE_WRITES, "PAGE_IS_BUSY"), refused(APPROVALS, "Invoice is busy", status=403))
    firm.page(row).press("Send to Procountor")
    firm.settled()
    # The first write went, the second was refused: the invoice stands there unfinished, and its page says why.
    (first,) = firm.held()
    assert (first["status"], steps(firm, row)) == ("UNFINISHED", {"postings": "failed", "approve": "waiting"})
    assert firm.entries(first) != {"4420": D("400.00")}
    page = firm.page(row)
    assert "Not done after the document arrived: our posting on its accounting page" in page.text
    assert "PAGE_IS_BUSY" in page.text
    page.press("Send to Procountor again")
    firm.settled()
    # The second went, the third was refused.
    (second,) = firm.held()
    assert (second["id"], second["status"], firm.entries(second)) == (
        first["id"], "UNFINISHED", {"4420": D("400.00")},
    )  # fmt: skip
    assert steps(firm, row) == {"postings": "done", "approve": "failed"}
    page_of_second = firm.receipt(second)["transactions"]
    firm.page(row).press("Send to Procountor again")
    firm.settled()
    (third,) = firm.held()
    assert (third["id"], third["status"], firm.entries(third)) == (first["id"], "APPROVED", {"4420": D("400.00")})
    assert steps(firm, row) == {"postings": "done", "approve": "done"}
    assert firm.receipt(third)["transactions"] == page_of_second
    assert not any(firm.procountor.books()["duplicates"].values())


@pytest.mark.feature("P54")
def test_money_waits_for_an_invoice_that_is_not_complete_and_goes_by_itself_afterwards(one_by_one: ProcountorFirm):
    firm = one_by_one
    firm.procountor.faults(refused(APPROVALS, "Invoice is busy", status=403))
    row = firm.sell()
    firm.settled()
    assert firm.held()[0]["status"] == "UNFINISHED"
    paid = add_payment(firm.owner, row, dt.date(2026, 11, 9), D("25.50"))
    firm.settled()
    books = firm.procountor.books()
    assert books["payment_events"] == []
    assert "markpaid" not in str(firm.procountor.requests())  # it was not even tried
    assert firm.delivery(paid, "payment").reason == "PAYMENT_WAITS_FOR_INVOICE"
    page = firm.page(row)
    assert "The payment waits for its invoice" in page.text
    page.press("Send to Procountor again")
    firm.settled()
    (event,) = firm.procountor.books()["payment_events"]
    assert (event["paymentDate"], D(str(event["amount"]))) == ("2026-11-09", D("25.50"))
    assert firm.delivery(paid, "payment").state in {"sent", "confirmed"}


def test_money_waits_for_an_invoice_that_has_not_arrived_too(one_by_one: ProcountorFirm):
    firm = one_by_one
    rows = MappingRow.objects.filter(integration=firm.integration, table="accounts", source_key="3000")
    rows.update(target_key="")
    row = firm.sell()
    firm.settled()
    add_payment(firm.owner, row, dt.date(2026, 11, 9), D("25.50"))
    firm.settled()
    assert (firm.held(), firm.procountor.books()["payment_events"]) == ([], [])
    firm.map_accounts()
    firm.settled()
    assert [each["status"] for each in firm.held()] == ["PARTLY_PAID"]
    assert len(firm.procountor.books()["payment_events"]) == 1


def test_an_invoice_that_somebody_entered_there_is_tied_and_completed(one_by_one: ProcountorFirm):
    firm = one_by_one
    update_settings(firm.owner, firm.integration, {"purchase_posting": "source"})
    MappingRow.objects.filter(table="accounts", source_key="4000").update(target_key="4420")
    made = firm.enter_there("KASIN-1", "400")
    row = firm.buy("KASIN-1", line("400", "25.5"), post=True)
    firm.page(row).press("Send to Procountor")
    firm.settled()
    (held,) = firm.held()
    assert (held["id"], held["status"], firm.entries(held)) == (made["id"], "APPROVED", {"4420": D("400.00")})
    assert Binding.objects.get(kind="purchase_invoice").target_id == str(made["id"])
    assert steps(firm, row) == {"postings": "done", "approve": "done"}
    assert "Found in the target" in firm.page(row).text


def test_one_that_was_approved_there_with_another_posting_is_listed_and_left_as_it_is(one_by_one: ProcountorFirm):
    firm = one_by_one
    update_settings(firm.owner, firm.integration, {"purchase_posting": "source"})
    MappingRow.objects.filter(table="accounts", source_key="4000").update(target_key="4420")
    made = firm.enter_there("KASIN-2", "400")
    firm.procountor.call("POST", "act/set_status", {"id": made["id"], "status": "APPROVED"})
    (there,) = firm.held()
    before = firm.entries(there)
    row = firm.buy("KASIN-2", line("400", "25.5"), post=True)
    firm.page(row).press("Send to Procountor")
    firm.settled()
    (held,) = firm.held()
    assert (held["id"], firm.entries(held)) == (made["id"], before)
    page = firm.page(row).text
    assert "Somebody changed the accounting page in Procountor" in page
    assert "Look at the posting in Procountor" in page
    assert steps(firm, row) == {"postings": "failed", "approve": "waiting"}
    assert "LEDGER_RECEIPT_CHANGED" in str(list(firm.delivery(row).problems.filter(solved_at=None).values("code")))
    # Whoever looked at it there leaves it so; money that waited for the invoice goes on.
    add_payment(firm.owner, row, dt.date(2026, 11, 9), D("100.00"))
    firm.settled()
    assert firm.procountor.books()["payment_events"] == []
    firm.page(row).press("Leave it as it is in Procountor")
    firm.settled()
    (held,) = firm.held()
    assert (held["status"], firm.entries(held)) == ("PARTLY_PAID", before)
    page = firm.page(row).text
    assert "by a person; not taken: our posting on its accounting page, approval" in page
    assert not firm.delivery(row).problems.filter(solved_at=None).exists()
    assert "Leave it as it is in Procountor" not in firm.pages.buttons()


@pytest.mark.feature("P38")
def test_who_posts_may_be_chosen_anew_while_an_invoice_is_half_done(one_by_one: ProcountorFirm):
    firm = one_by_one
    update_settings(firm.owner, firm.integration, {"purchase_posting": "source"})
    row = firm.buy("VAIHTO-1", post=True)
    firm.procountor.faults(refused(PAGE_WRITES, "Busy page"))
    MappingRow.objects.filter(table="accounts", source_key="4000").update(target_key="4420")
    firm.page(row).press("Send to Procountor")
    firm.settled()
    assert steps(firm, row) == {"postings": "failed", "approve": "waiting"}
    update_settings(firm.owner, firm.integration, {"purchase_posting": "target"})
    firm.page(row).press("Send to Procountor again")
    firm.settled()
    (held,) = firm.held()
    assert (held["status"], list(firm.entries(held))) == ("APPROVED", ["4000"])  # by Procountor's own rules
    assert steps(firm, row) == {"postings": "done", "approve": "done"}
    page = firm.page(row).text
    assert "not needed any more, as the settings are now: our posting on its accounting page" in page
    assert "POSTINGS_DIFFER" not in page
    # The other way about: what Procountor was to post waits for its approval, and is posted here by now.
    firm.procountor.faults(refused(APPROVALS, "Invoice is busy", status=403))
    other = firm.buy("VAIHTO-2")
    firm.settled()
    assert steps(firm, other) == {"approve": "failed"}
    update_settings(firm.owner, firm.integration, {"purchase_posting": "source"})
    firm.post(other)
    firm.page(other).press("Send to Procountor again")
    firm.settled()
    (held,) = firm.held("VAIHTO-2")
    assert (held["status"], firm.entries(held)) == ("APPROVED", {"4420": D("400.00")})


def test_a_posting_changed_after_it_went_is_a_difference_until_it_is_as_it_was_sent(one_by_one: ProcountorFirm):
    firm = one_by_one
    update_settings(firm.owner, firm.integration, {"purchase_posting": "source"})
    row = firm.buy("ERO-1", post=True)
    firm.page(row).press("Send to Procountor")
    firm.settled()
    (held,) = firm.held()
    sent, there = lines_of(row), firm.entries(held)
    unpost(firm.owner, WorkspaceInvoice.objects.get(pk=row.pk))
    assert (firm.delivery(row).state, firm.delivery(row).reason) == ("drifted", "POSTING_CHANGED_HERE")
    account = LedgerAccount.objects.filter(company=firm.company, type="expense").exclude(number="4000")
    other = account.filter(role="").order_by("number")[0].number
    lines = [msgspec.structs.replace(each, account=other) if each.account == "4000" else each for each in sent]
    fresh = WorkspaceInvoice.objects.get(pk=row.pk)
    post(firm.owner, fresh, lines)
    firm.settled()
    assert firm.delivery(row).state == "drifted"
    page = firm.page(row).text
    assert "The posting was changed here after it was sent" in page
    assert "Correct the posting at the target by hand" in page
    assert firm.entries(firm.held()[0]) == there
    unpost(firm.owner, fresh)
    post(firm.owner, fresh, sent)
    assert (firm.delivery(row).state, firm.delivery(row).reason) == ("confirmed", "")
    assert "again the one that was sent" in firm.page(row).text


def test_a_posting_taken_back_between_the_writes_holds_the_invoice_until_it_is_posted(one_by_one: ProcountorFirm):
    firm = one_by_one
    firm.procountor.faults(refused(APPROVALS, "Invoice is busy", status=403))
    row = firm.sell()
    firm.settled()
    assert steps(firm, row) == {"postings": "done", "approve": "failed", "mark_sent": "waiting"}
    unpost(firm.owner, WorkspaceInvoice.objects.get(pk=row.pk))
    assert firm.delivery(row).state in {"sent", "confirmed"}  # nothing is shut there yet
    FollowUp.objects.filter(delivery=firm.delivery(row), state="failed").update(state="waiting", attempt=0)
    send_soon(firm.delivery(row).flow, [firm.delivery(row).pk])
    firm.settled()
    assert firm.held()[0]["status"] == "UNFINISHED"
    assert "INVOICE_NOT_POSTED" in firm.page(row).text
    firm.post(WorkspaceInvoice.objects.get(pk=row.pk))
    firm.settled()  # it goes on by itself
    assert firm.held()[0]["status"] == "SENT"
