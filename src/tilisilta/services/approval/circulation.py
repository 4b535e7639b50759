"""An invoice on its round: sent off, checked, approved or rejected, handed on, taken back.

Each step holds the invoice's row until it is committed, so that two people who decide at once are heard one after the
other. `first_approved` and `approved` are called inside that transaction, for what moves on at either moment.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Final

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from tilisilta.core.money import amount_from_minor
from tilisilta.services import notices
from tilisilta.services.access import Actor, require
from tilisilta.services.approval import texts
from tilisilta.services.approval.handlers import (
    OPEN_STAGES,
    fill,
    handlers_of,
    is_member,
    locked,
    person,
    require_stage,
    require_undecided,
    role_word,
)
from tilisilta.services.approval.rules import Needs, count_mandatory, in_turn, is_approved, part_of
from tilisilta.services.errors import ServiceError
from tilisilta.services.workspace.events import log_event
from tilisilta.services.workspace.invoices import require_open
from tilisilta.services.workspace.settings import require_on, settings_of
from tilisilta.store.models import (
    HandlerDecision,
    HandlerRole,
    InvoiceHandler,
    InvoiceStage,
    NoticeLevel,
    Role,
    User,
    WorkspaceInvoice,
)

Told = Callable[[Actor, WorkspaceInvoice], None]
first_approved: Final[list[Told]] = []
approved: Final[list[Told]] = []


def needs_of(row: WorkspaceInvoice) -> Needs:
    """Return how many mandatory handlers the invoice's company asks for."""
    settings = settings_of(row.company)
    return Needs(checkers=settings.checkers_needed, approvers=settings.approvers_needed)


def first_approved_at(row: WorkspaceInvoice) -> dt.datetime | None:
    """Return when the first approver approved the invoice as it is now; the only moment without circulation."""
    times = InvoiceHandler.objects.filter(
        invoice=row, role=HandlerRole.APPROVER, decision=HandlerDecision.ACCEPTED
    ).values_list("decided_at", flat=True)
    return min((each for each in times if each is not None), default=row.approved_at)


def acting_person(actor: Actor) -> User | None:
    """Return whose parts an actor may decide in: a person's own; a token speaks for the member who made it."""
    if actor.user is not None:
        return actor.user
    maker = actor.token.created_by if actor.token else None
    return maker if maker is not None and is_member(actor.company, maker) else None


# --- into the round and out of it --------------------------------------------------------------------------


@transaction.atomic
def start(actor: Actor, row: WorkspaceInvoice) -> WorkspaceInvoice:
    """Send a received or rejected invoice on its round; whom the rules want is added first.

    Raises:
        Forbidden: the role is lower than an accountant's.
        ServiceError: WORKSPACE_OFF, CIRCULATION_OFF, APPROVAL_NOT_PURCHASE, APPROVAL_STAGE, PERIOD_CLOSED,
            CHECKERS_MISSING, APPROVERS_MISSING, APPROVER_NONE.
    """
    require(actor, Role.ACCOUNTANT)
    require_on(actor.company)
    row = locked(actor, row)
    require_open(row)
    require_stage(row, InvoiceStage.RECEIVED, InvoiceStage.REJECTED)
    if not settings_of(actor.company).circulation_on:
        raise ServiceError("CIRCULATION_OFF")
    fill(row, actor)
    handlers = handlers_of(row)
    needs = needs_of(row)
    for role, code in ((HandlerRole.CHECKER, "CHECKERS_MISSING"), (HandlerRole.APPROVER, "APPROVERS_MISSING")):
        count = count_mandatory(handlers, role)
        if count < needs.of(role):
            raise ServiceError(code, needed=needs.of(role), count=count)
    if not any(each.role == HandlerRole.APPROVER for each in handlers):
        raise ServiceError("APPROVER_NONE")
    _begin_anew(row)
    _move(row, InvoiceStage.CIRCULATING)
    log_event(row, "approval.started", actor)
    _tell_next(actor, row, before=())
    return row


@transaction.atomic
def withdraw(actor: Actor, row: WorkspaceInvoice) -> WorkspaceInvoice:
    """Take an invoice out of circulation, or take its approval back; what people said is forgotten, the log keeps it.

    Raises:
        Forbidden: the role is lower than an accountant's.
        ServiceError: APPROVAL_NOT_PURCHASE, APPROVAL_STAGE, PERIOD_CLOSED.
    """
    require(actor, Role.ACCOUNTANT)
    row = locked(actor, row)
    require_open(row)
    require_stage(row, InvoiceStage.CIRCULATING, InvoiceStage.APPROVED, InvoiceStage.REJECTED)
    code = "approval.withdrawn" if row.stage == InvoiceStage.CIRCULATING else "approval.reopened"
    _begin_anew(row)
    _move(row, InvoiceStage.RECEIVED)
    log_event(row, code, actor)
    return row


@transaction.atomic
def approve_at_once(actor: Actor, row: WorkspaceInvoice) -> WorkspaceInvoice:
    """Approve an invoice with one click, in a company whose invoices do not go round.

    Raises:
        Forbidden: the role is lower than an accountant's.
        ServiceError: WORKSPACE_OFF, CIRCULATION_NEEDED, APPROVAL_NOT_PURCHASE, APPROVAL_STAGE, PERIOD_CLOSED.
    """
    require(actor, Role.ACCOUNTANT)
    require_on(actor.company)
    row = locked(actor, row)
    require_open(row)
    if settings_of(actor.company).circulation_on:
        raise ServiceError("CIRCULATION_NEEDED")
    require_stage(row, *OPEN_STAGES)
    _move(row, InvoiceStage.APPROVED)
    log_event(row, "approval.at_once", actor, person=actor.label)
    for told in (*first_approved, *approved):
        told(actor, row)
    return row


# --- what people say ---------------------------------------------------------------------------------------


@transaction.atomic
def accept(actor: Actor, row: WorkspaceInvoice) -> WorkspaceInvoice:
    """Check or approve an invoice that waits for the actor.

    Raises:
        ServiceError: APPROVAL_NOT_PURCHASE, APPROVAL_STAGE, PERIOD_CLOSED, NOT_YOUR_TURN.
    """
    row, handlers, mine = _my_turn(actor, row)
    before = in_turn(handlers)
    was_approved = any(_is_approval(each) for each in handlers)
    mine.decision = HandlerDecision.ACCEPTED
    mine.decided_at = timezone.now()
    mine.save(update_fields=["decision", "decided_at"])
    is_check = mine.role == HandlerRole.CHECKER
    log_event(row, "approval.checked" if is_check else "approval.accepted", actor, person=person(mine.user))
    _move(row, InvoiceStage.CIRCULATING)
    if _is_approval(mine) and not was_approved:
        for told in first_approved:
            told(actor, row)
    if is_approved(handlers, needs_of(row)):
        _approve(actor, row)
    else:
        _tell_next(actor, row, before=before)
    return row


@transaction.atomic
def reject(actor: Actor, row: WorkspaceInvoice, reason: str) -> WorkspaceInvoice:
    """Reject an invoice that waits for the actor; it leaves the circulation.

    Raises:
        ServiceError: REJECT_REASON_MISSING, and as `accept`.
    """
    reason = " ".join(reason.split())[:200]
    if not reason:
        raise ServiceError("REJECT_REASON_MISSING")
    row, _handlers, mine = _my_turn(actor, row)
    mine.decision = HandlerDecision.REJECTED
    mine.reason = reason
    mine.decided_at = timezone.now()
    mine.save(update_fields=["decision", "reason", "decided_at"])
    _move(row, InvoiceStage.REJECTED)
    log_event(row, "approval.rejected", actor, person=person(mine.user), reason=reason)
    _tell(actor, row, texts.REJECTED, level=NoticeLevel.WARNING, person=person(mine.user), reason=reason)
    return row


@transaction.atomic
def hand_on(actor: Actor, row: WorkspaceInvoice, handler: InvoiceHandler, user: User) -> InvoiceHandler:
    """Give a handler's open part to somebody else: one's own, or as an accountant anybody's.

    Raises:
        Forbidden: it is another person's part and the role is lower than an accountant's.
        ServiceError: APPROVAL_STAGE, PERIOD_CLOSED, HANDLER_DECIDED, HANDLER_NOT_MEMBER, HANDLER_TWICE.
    """
    row = locked(actor, row)
    require_open(row)
    require_stage(row, *OPEN_STAGES)
    handler = InvoiceHandler.objects.select_related("user").get(pk=handler.pk, invoice=row)
    who = acting_person(actor)
    if who is None or handler.user_id != who.pk:
        require(actor, Role.ACCOUNTANT)
    require_undecided(handler)
    if not is_member(actor.company, user):
        raise ServiceError("HANDLER_NOT_MEMBER")
    before = in_turn(handlers_of(row))
    giver = person(handler.user)
    handler.user = user
    try:
        with transaction.atomic():
            handler.save(update_fields=["user"])
    except IntegrityError:
        raise ServiceError("HANDLER_TWICE", person=person(user), role=role_word(handler.role)) from None
    log_event(row, "approval.handed_on", actor, person=giver, to=person(user))
    if row.stage == InvoiceStage.CIRCULATING:
        _tell_next(actor, row, before=[each for each in before if each.pk != handler.pk])
    return handler


@transaction.atomic
def remove_handler(actor: Actor, row: WorkspaceInvoice, handler: InvoiceHandler) -> WorkspaceInvoice:
    """Remove a handler who has not decided. In circulation as many mandatory ones must stay as the company asks for.

    Raises:
        Forbidden: the role is lower than an accountant's.
        ServiceError: APPROVAL_STAGE, PERIOD_CLOSED, HANDLER_DECIDED, CHECKERS_MISSING, APPROVERS_MISSING,
            APPROVER_NONE.
    """
    require(actor, Role.ACCOUNTANT)
    row = locked(actor, row)
    require_open(row)
    require_stage(row, *OPEN_STAGES)
    handler = InvoiceHandler.objects.select_related("user").get(pk=handler.pk, invoice=row)
    require_undecided(handler)
    before = in_turn(handlers_of(row))
    who, role = person(handler.user), handler.role
    handler.delete()
    left = handlers_of(row)
    if row.stage == InvoiceStage.CIRCULATING:
        _require_enough(left, role, needs_of(row))
    log_event(row, "approval.handler_removed", actor, person=who, role=role_word(role))
    if row.stage == InvoiceStage.CIRCULATING:
        if is_approved(left, needs_of(row)):
            _approve(actor, row)
        else:
            _tell_next(actor, row, before=before)
    return row


def _require_enough(handlers: list[InvoiceHandler], role: str, needs: Needs) -> None:
    count = count_mandatory(handlers, role)
    if count < needs.of(role):
        code = "CHECKERS_MISSING" if role == HandlerRole.CHECKER else "APPROVERS_MISSING"
        raise ServiceError(code, needed=needs.of(role), count=count)
    if not any(each.role == HandlerRole.APPROVER for each in handlers):
        raise ServiceError("APPROVER_NONE")


# --- inside ------------------------------------------------------------------------------------------------


def _my_turn(actor: Actor, row: WorkspaceInvoice) -> tuple[WorkspaceInvoice, list[InvoiceHandler], InvoiceHandler]:
    row = locked(actor, row)
    require_open(row)
    require_stage(row, InvoiceStage.CIRCULATING)
    handlers = handlers_of(row)
    who = acting_person(actor)
    mine = part_of(handlers, who.pk) if who is not None else None
    if mine is None:
        raise ServiceError("NOT_YOUR_TURN")
    return row, handlers, mine


def _is_approval(handler: InvoiceHandler) -> bool:
    return handler.role == HandlerRole.APPROVER and handler.decision == HandlerDecision.ACCEPTED


def _begin_anew(row: WorkspaceInvoice) -> None:
    InvoiceHandler.objects.filter(invoice=row).update(decision=HandlerDecision.OPEN, reason="", decided_at=None)


def _move(row: WorkspaceInvoice, stage: str) -> None:
    """Set the stage; the time of change tells sources to list the invoice again."""
    now = timezone.now()
    row.stage = stage
    row.approved_at = now if stage == InvoiceStage.APPROVED else None
    row.updated_at = now
    row.save(update_fields=["stage", "approved_at", "updated_at"])


def _approve(actor: Actor, row: WorkspaceInvoice) -> None:
    _move(row, InvoiceStage.APPROVED)
    log_event(row, "approval.approved", actor)
    for told in approved:
        told(actor, row)
    _tell(actor, row, texts.APPROVED, level=NoticeLevel.SUCCESS)


def invoice_changed(actor: Actor, row: WorkspaceInvoice) -> None:
    """Let an invoice be judged anew because it is another one now: what people said is forgotten.

    What was in circulation or approved there goes round again, and whoever the new amount asks for joins; what was
    approved with one click is received again. The caller has just saved the invoice inside its transaction.
    """
    before = handlers_of(row)
    turn = in_turn(before)
    had_said = row.stage == InvoiceStage.APPROVED or any(each.decision != HandlerDecision.OPEN for each in before)
    goes_round = row.stage == InvoiceStage.CIRCULATING or (row.stage == InvoiceStage.APPROVED and bool(before))
    if had_said:
        _begin_anew(row)
        _move(row, InvoiceStage.CIRCULATING if goes_round else InvoiceStage.RECEIVED)
        log_event(row, "approval.taken_back", actor)
    if not goes_round:
        return
    if settings_of(row.company).circulation_on:
        fill(row, actor)
    if had_said:
        users = [each.user for each in in_turn(handlers_of(row))]
        _tell(actor, row, texts.TAKEN_BACK, level=NoticeLevel.WARNING, users=users)
    else:
        _tell_next(actor, row, before=turn)


# --- told --------------------------------------------------------------------------------------------------


def _tell_next(actor: Actor, row: WorkspaceInvoice, *, before: Sequence[InvoiceHandler]) -> None:
    """Tell those whose turn has just come."""
    known = {(each.pk, each.user_id) for each in before}
    users = [each.user for each in in_turn(handlers_of(row)) if (each.pk, each.user_id) not in known]
    if users:
        _tell(actor, row, texts.WAITS_FOR_YOU, level=NoticeLevel.INFO, users=users)


def _tell(
    actor: Actor, row: WorkspaceInvoice, code: str, *, level: str, users: list[User] | None = None, **params: str
) -> None:
    notices.notify(
        row.company,
        code,
        level=level,
        link=reverse("workspace-invoice", args=[row.company_id, row.pk]),
        users=users,
        but=actor.user,
        supplier=row.party_name,
        number=row.number,
        amount=str(amount_from_minor(row.gross_minor, row.currency)),
        currency=row.currency,
        **params,
    )
