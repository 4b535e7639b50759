import datetime as dt

import msgspec
import pytest
from tests.support.product import make_company
from tests.unit.services.approval.conftest import Firm, edit, user_of

from tilisilta.services.access import Actor, Forbidden
from tilisilta.services.approval import circulation, handlers, lists
from tilisilta.services.errors import ServiceError
from tilisilta.services.workspace.events import log_of
from tilisilta.services.workspace.invoices import save_invoice, stored_invoice
from tilisilta.store.models import (
    ApiToken,
    ClosedPeriod,
    InvoiceHandler,
    InvoiceStage,
    Notice,
    PeriodState,
    Role,
    WorkspaceInvoice,
)

CHECKER, APPROVER = "checker", "approver"


def refused(code: str, act, *args, **kwargs) -> ServiceError:
    with pytest.raises(ServiceError) as told:
        act(*args, **kwargs)
    assert told.value.code == code
    assert str(told.value) != code  # it has words
    return told.value


def send_round(firm: Firm, *parts: tuple[Actor, str, bool], net: str = "100") -> WorkspaceInvoice:
    row = firm.bill(net)
    for actor, role, is_mandatory in parts:
        handlers.add_handler(firm.clerk, row, user_of(actor), role, is_mandatory=is_mandatory)
    return circulation.start(firm.clerk, row)


def stage(row: WorkspaceInvoice) -> str:
    row.refresh_from_db()
    return row.stage


def waits(firm: Firm, actor: Actor) -> list[str]:
    return [row.number for row in lists.waiting_for(firm.company, actor.user)]


def told(actor: Actor) -> list[str]:
    return list(Notice.objects.filter(user=actor.user).order_by("pk").values_list("code", flat=True))


def test_an_invoice_enters_only_with_the_mandatory_people_that_the_company_asks_for(firm: Firm):
    firm.settings(checkers_needed=1, approvers_needed=2)
    row = firm.bill()
    error = refused("CHECKERS_MISSING", circulation.start, firm.clerk, row)
    assert (error.params["needed"], error.params["count"]) == (1, 0)
    handlers.add_handler(firm.clerk, row, user_of(firm.checker), CHECKER)
    refused("CHECKERS_MISSING", circulation.start, firm.clerk, row)  # one who may be left out does not count
    InvoiceHandler.objects.update(is_mandatory=True)
    handlers.add_handler(firm.clerk, row, user_of(firm.boss), APPROVER, is_mandatory=True)
    refused("APPROVERS_MISSING", circulation.start, firm.clerk, row)
    handlers.add_handler(firm.clerk, row, user_of(firm.chair), APPROVER, is_mandatory=True)
    assert circulation.start(firm.clerk, row).stage == InvoiceStage.CIRCULATING
    firm.settings(checkers_needed=0, approvers_needed=0)
    refused("APPROVER_NONE", circulation.start, firm.clerk, firm.bill())


def test_checkers_come_before_approvers_and_each_is_told_at_their_turn(firm: Firm):
    firm.settings(checkers_needed=1)
    row = send_round(firm, (firm.checker, CHECKER, True), (firm.boss, APPROVER, True))
    assert (waits(firm, firm.checker), waits(firm, firm.boss)) == (["A-1"], [])
    assert (told(firm.checker), told(firm.boss)) == (["INVOICE_WAITS_FOR_YOU"], [])
    refused("NOT_YOUR_TURN", circulation.accept, firm.boss, row)
    circulation.accept(firm.checker, row)
    assert stage(row) == InvoiceStage.CIRCULATING
    assert (waits(firm, firm.checker), waits(firm, firm.boss)) == ([], ["A-1"])
    assert told(firm.boss) == ["INVOICE_WAITS_FOR_YOU"]
    refused("NOT_YOUR_TURN", circulation.accept, firm.checker, row)
    circulation.accept(firm.boss, row)
    assert stage(row) == InvoiceStage.APPROVED
    assert row.approved_at is not None
    assert "INVOICE_APPROVED" in told(firm.clerk)
    log = [each.text for each in log_of(row)]
    assert log[:3] == ["Approved", "juht@naidis.ee approved it", "kontrollija@naidis.ee checked it"]
    refused("APPROVAL_STAGE", circulation.accept, firm.boss, row)


def test_optional_people_may_speak_and_are_not_waited_for(firm: Firm):
    row = send_round(firm, (firm.checker, CHECKER, False), (firm.boss, APPROVER, True), (firm.chair, APPROVER, False))
    assert waits(firm, firm.checker) == waits(firm, firm.boss) == waits(firm, firm.chair) == ["A-1"]
    circulation.accept(firm.boss, row)
    assert stage(row) == InvoiceStage.APPROVED


def test_the_first_approval_is_remembered_and_told_before_the_last(firm: Firm, monkeypatch):
    seen: list[str] = []
    monkeypatch.setattr(circulation, "first_approved", [lambda _actor, row: seen.append(f"first {row.stage}")])
    monkeypatch.setattr(circulation, "approved", [lambda _actor, row: seen.append(f"all {row.stage}")])
    firm.settings(approvers_needed=2)
    row = send_round(firm, (firm.boss, APPROVER, True), (firm.chair, APPROVER, True))
    changed = row.updated_at
    assert circulation.first_approved_at(row) is None
    circulation.accept(firm.boss, row)
    row.refresh_from_db()
    first = circulation.first_approved_at(row)
    assert first is not None
    assert row.updated_at > changed  # so that whoever lists changes sees it
    assert (row.stage, row.approved_at, seen) == (InvoiceStage.CIRCULATING, None, ["first circulating"])
    circulation.accept(firm.chair, row)
    row.refresh_from_db()
    assert seen == ["first circulating", "all approved"]
    assert circulation.first_approved_at(row) == first
    assert row.approved_at is not None
    assert row.approved_at > first


def test_rejecting_needs_a_reason_ends_the_round_and_may_be_tried_again(firm: Firm):
    row = send_round(firm, (firm.boss, APPROVER, True))
    refused("REJECT_REASON_MISSING", circulation.reject, firm.boss, row, "  ")
    circulation.reject(firm.boss, row, "Vale  hind")
    assert stage(row) == InvoiceStage.REJECTED
    part = InvoiceHandler.objects.get(invoice=row)
    assert (part.decision, part.reason) == ("rejected", "Vale hind")
    assert "juht@naidis.ee rejected it: Vale hind" in [each.text for each in log_of(row)]
    assert told(firm.clerk) == ["INVOICE_REJECTED"]
    assert waits(firm, firm.boss) == []
    circulation.start(firm.clerk, row)
    assert InvoiceHandler.objects.get(invoice=row).decision == "open"
    circulation.accept(firm.boss, row)
    assert stage(row) == InvoiceStage.APPROVED


def test_a_part_is_handed_on_by_its_owner_or_a_bookkeeper_to_people_of_the_company_only(firm: Firm):
    row = send_round(firm, (firm.boss, APPROVER, True), (firm.chair, APPROVER, False))
    part = InvoiceHandler.objects.get(invoice=row, user=firm.boss.user)
    _other, stranger = make_company("Võõras OÜ", "v@voeras.ee")
    refused("HANDLER_NOT_MEMBER", circulation.hand_on, firm.boss, row, part, user_of(stranger))
    refused("HANDLER_TWICE", circulation.hand_on, firm.boss, row, part, user_of(firm.chair))
    with pytest.raises(Forbidden):
        circulation.hand_on(firm.checker, row, part, user_of(firm.checker))
    circulation.hand_on(firm.boss, row, part, user_of(firm.checker))
    assert (waits(firm, firm.boss), waits(firm, firm.checker)) == ([], ["A-1"])
    assert told(firm.checker) == ["INVOICE_WAITS_FOR_YOU"]
    assert log_of(row)[0].text == "juht@naidis.ee handed it on to kontrollija@naidis.ee"
    circulation.accept(firm.checker, row)
    part.refresh_from_db()
    assert stage(row) == InvoiceStage.APPROVED
    refused("APPROVAL_STAGE", circulation.hand_on, firm.clerk, row, part, user_of(firm.boss))


def test_who_has_decided_stays_and_enough_mandatory_people_must_stay(firm: Firm):
    firm.settings(checkers_needed=1)
    row = send_round(firm, (firm.checker, CHECKER, True), (firm.boss, APPROVER, True), (firm.chair, APPROVER, True))
    parts = {each.user_id: each for each in InvoiceHandler.objects.filter(invoice=row)}
    boss, chair, checker = (parts[user_of(each).pk] for each in (firm.boss, firm.chair, firm.checker))
    refused("CHECKERS_MISSING", circulation.remove_handler, firm.clerk, row, checker)
    circulation.accept(firm.checker, row)
    checker.refresh_from_db()
    refused("HANDLER_DECIDED", circulation.remove_handler, firm.clerk, row, checker)
    circulation.accept(firm.boss, row)
    assert stage(row) == InvoiceStage.CIRCULATING
    circulation.remove_handler(firm.clerk, row, chair)  # nothing is left to wait for
    assert stage(row) == InvoiceStage.APPROVED
    assert boss.pk


def test_another_amount_takes_approvals_back_and_another_note_does_not(firm: Firm):
    row = send_round(firm, (firm.boss, APPROVER, True))
    circulation.accept(firm.boss, row)
    row.refresh_from_db()
    save_invoice(firm.clerk, msgspec.structs.replace(stored_invoice(row), note="Makstud kaardiga"), row=row)
    assert stage(row) == InvoiceStage.APPROVED
    edit(firm, row, "900")
    assert stage(row) == InvoiceStage.CIRCULATING
    assert row.approved_at is None
    assert waits(firm, firm.boss) == ["A-1"]
    assert told(firm.boss)[-1] == "INVOICE_APPROVAL_TAKEN_BACK"
    assert circulation.first_approved_at(row) is None
    assert "taken back" in " ".join(each.text for each in log_of(row))


def test_without_circulation_one_click_approves_and_an_edit_takes_it_back(firm: Firm):
    row = firm.bill()
    refused("CIRCULATION_NEEDED", circulation.approve_at_once, firm.clerk, row)
    firm.settings(circulation_on=False)
    refused("CIRCULATION_OFF", circulation.start, firm.clerk, row)
    with pytest.raises(Forbidden):
        circulation.approve_at_once(firm.boss, row)
    circulation.approve_at_once(firm.clerk, row)
    row.refresh_from_db()
    assert row.stage == InvoiceStage.APPROVED
    assert circulation.first_approved_at(row) == row.approved_at is not None
    edit(firm, row, "5")
    assert stage(row) == InvoiceStage.RECEIVED
    circulation.approve_at_once(firm.clerk, row)
    circulation.withdraw(firm.clerk, row)
    assert stage(row) == InvoiceStage.RECEIVED


def test_a_closed_period_sales_and_other_companies_are_left_alone(firm: Firm):
    row = send_round(firm, (firm.boss, APPROVER, True))
    period = ClosedPeriod.objects.create(
        company=firm.company, side="purchase", date_from=dt.date(2026, 10, 1), date_to=dt.date(2026, 10, 31),
        state=PeriodState.CLOSED,
    )  # fmt: skip
    WorkspaceInvoice.objects.filter(pk=row.pk).update(closed_period=period)
    refused("PERIOD_CLOSED", circulation.accept, firm.boss, row)
    refused("PERIOD_CLOSED", circulation.withdraw, firm.clerk, row)
    WorkspaceInvoice.objects.filter(pk=row.pk).update(closed_period=None, direction="sales")
    refused("APPROVAL_NOT_PURCHASE", circulation.start, firm.clerk, row)
    _company, stranger = make_company("Võõras OÜ", "v@voeras.ee")
    with pytest.raises(WorkspaceInvoice.DoesNotExist):
        circulation.accept(stranger, row)


def test_a_token_speaks_for_the_member_who_made_it(firm: Firm):
    row = send_round(firm, (firm.boss, APPROVER, True))
    token = ApiToken.objects.create(
        company=firm.company, name="t", created_by=user_of(firm.boss), role=Role.ACCOUNTANT, token_hash="x"
    )
    by_token = Actor(company=firm.company, role=Role.ACCOUNTANT.value, token=token, label="t")
    circulation.accept(by_token, row)
    assert stage(row) == InvoiceStage.APPROVED
    token.created_by = None
    refused("NOT_YOUR_TURN", circulation.accept, by_token, send_round(firm, (firm.boss, APPROVER, True)))
