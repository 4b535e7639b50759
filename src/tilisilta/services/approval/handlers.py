"""Who handles an invoice: people by the company's rules, the foreman of its project, and whom somebody added."""

import re
from collections.abc import Iterator
from typing import Final

import msgspec
from django.db import IntegrityError, transaction

from tilisilta.core.documents import Invoice
from tilisilta.core.money import amount_from_minor, amount_minor
from tilisilta.services.access import Actor, require
from tilisilta.services.approval import texts
from tilisilta.services.errors import ServiceError
from tilisilta.services.workspace.events import log_event
from tilisilta.services.workspace.invoices import require_open, stored_invoice
from tilisilta.services.workspace.settings import settings_of
from tilisilta.store.models import (
    Company,
    DefaultHandler,
    ForemanPart,
    HandlerDecision,
    HandlerRole,
    InvoiceHandler,
    InvoiceStage,
    Membership,
    Role,
    Side,
    User,
    WorkspaceDimension,
    WorkspaceInvoice,
)

texts.make_known()

PROJECT: Final = "project"
_FOREMAN_ROLES: Final = {
    ForemanPart.NONE: (),
    ForemanPart.CHECKER: (HandlerRole.CHECKER,),
    ForemanPart.APPROVER: (HandlerRole.APPROVER,),
    ForemanPart.BOTH: (HandlerRole.CHECKER, HandlerRole.APPROVER),
}
OPEN_STAGES: Final = frozenset({InvoiceStage.RECEIVED, InvoiceStage.REJECTED, InvoiceStage.CIRCULATING})


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who ought to handle an invoice, and why: by default, or as foreman of a project."""

    user: User
    role: str
    is_mandatory: bool
    project: str = ""


def role_word(role: str) -> str:
    """Return a handler's role in the reader's language."""
    return str(HandlerRole(role).label)


def person(user: User) -> str:
    """Return a person's name as logs show it."""
    return str(user.get_full_name())


def handlers_of(row: WorkspaceInvoice) -> list[InvoiceHandler]:
    """Return an invoice's handlers, checkers first."""
    found = InvoiceHandler.objects.filter(invoice=row).select_related("user")
    return sorted(found, key=lambda each: (each.role != HandlerRole.CHECKER, not each.is_mandatory, each.pk))


def is_member(company: Company, user: User) -> bool:
    """Return whether a person belongs to a company and may sign in."""
    return Membership.objects.filter(company=company, user=user, user__is_active=True).exists()


def people_of(company: Company) -> list[User]:
    """Return who may be a handler, by name."""
    found = Membership.objects.filter(company=company, user__is_active=True).select_related("user")
    return sorted((each.user for each in found), key=lambda user: person(user).casefold())


# --- by rule -----------------------------------------------------------------------------------------------


def _in_books(row: WorkspaceInvoice, invoice: Invoice) -> int:
    """Return what is to be paid in cents of the company's currency; without a rate as it stands."""
    books = row.company.base_currency
    if row.currency == books or not invoice.exchange_rate:
        return row.gross_minor
    return amount_minor(amount_from_minor(row.gross_minor, row.currency) * invoice.exchange_rate, books)


def projects_named(company: Company, invoice: Invoice) -> list[WorkspaceDimension]:
    """Return the projects and work orders with a foreman that an invoice names.

    A number counts where it stands by itself in our reference, your reference, the order number or the note, or as a
    dimension of the invoice or a row.
    """
    words = f"{invoice.our_reference}\n{invoice.your_reference}\n{invoice.order_number}\n{invoice.note}".casefold()
    tied = {
        value.source_id.casefold()
        for each in (invoice.dimensions, *(line.dimensions for line in invoice.lines))
        for value in each
        if value.axis == PROJECT
    }
    rows = WorkspaceDimension.objects.filter(company=company, axis=PROJECT, is_active=True).exclude(foreman=None)
    return [
        row
        for row in rows.select_related("foreman").order_by("code")
        if row.code.casefold() in tied or _stands_in(row.code.casefold(), words)
    ]


def _stands_in(code: str, words: str) -> bool:
    return bool(code) and code in words and re.search(rf"(?<!\w){re.escape(code)}(?!\w)", words) is not None


def wanted_handlers(row: WorkspaceInvoice) -> list[Wanted]:
    """Return who ought to handle an invoice by the company's rules; each person once in each role."""
    invoice = stored_invoice(row)
    members = {user.pk for user in people_of(row.company)}
    found: dict[tuple[int, str], Wanted] = {}
    for each in (*_by_default(row, invoice), *_foremen(row, invoice)):
        if each.user.pk not in members:
            continue
        known = found.get((each.user.pk, each.role))
        if known is None:
            found[each.user.pk, each.role] = each
        elif each.is_mandatory and not known.is_mandatory:
            found[each.user.pk, each.role] = msgspec.structs.replace(known, is_mandatory=True)
    return list(found.values())


def _by_default(row: WorkspaceInvoice, invoice: Invoice) -> Iterator[Wanted]:
    amount = _in_books(row, invoice)
    rows = DefaultHandler.objects.filter(company=row.company, from_minor__lte=amount).select_related("user")
    for each in rows.order_by("pk"):
        yield Wanted(user=each.user, role=each.role, is_mandatory=each.is_mandatory)


def _foremen(row: WorkspaceInvoice, invoice: Invoice) -> Iterator[Wanted]:
    settings = settings_of(row.company)
    roles = _FOREMAN_ROLES[ForemanPart(settings.foreman_part)]
    if not roles:
        return
    for project in projects_named(row.company, invoice):
        if project.foreman is None:
            continue
        for role in roles:
            yield Wanted(
                user=project.foreman, role=role, is_mandatory=settings.foreman_is_mandatory, project=project.code
            )


@transaction.atomic
def fill(row: WorkspaceInvoice, actor: Actor | None = None) -> list[InvoiceHandler]:
    """Add whom the rules want and who is not there yet; return those added."""
    known = {(each.user_id, each.role): each for each in handlers_of(row)}
    added = []
    for each in wanted_handlers(row):
        there = known.get((each.user.pk, each.role))
        if there is not None:
            if each.is_mandatory and not there.is_mandatory:
                there.is_mandatory = True
                there.save(update_fields=["is_mandatory"])
            continue
        added.append(
            InvoiceHandler.objects.create(invoice=row, user=each.user, role=each.role, is_mandatory=each.is_mandatory)
        )
        code = "approval.foreman" if each.project else "approval.default"
        log_event(row, code, actor, person=person(each.user), role=role_word(each.role), project=each.project)
    return added


# --- by hand -----------------------------------------------------------------------------------------------


def locked(actor: Actor, row: WorkspaceInvoice) -> WorkspaceInvoice:
    """Return a purchase invoice of the actor's company, held until the transaction ends.

    Raises:
        ServiceError: APPROVAL_NOT_PURCHASE.
        WorkspaceInvoice.DoesNotExist: it is another company's.
    """
    found = WorkspaceInvoice.objects.select_for_update(of=("self",)).select_related("company", "closed_period")
    held = found.get(pk=row.pk, company=actor.company)
    if held.direction != Side.PURCHASES:
        raise ServiceError("APPROVAL_NOT_PURCHASE")
    return held


def require_stage(row: WorkspaceInvoice, *stages: str) -> None:
    """Let invoices of these stages pass.

    Raises:
        ServiceError: APPROVAL_STAGE.
    """
    if row.stage not in stages:
        raise ServiceError("APPROVAL_STAGE", stage=InvoiceStage(row.stage).label.lower())


@transaction.atomic
def add_handler(
    actor: Actor, row: WorkspaceInvoice, user: User, role: str, *, is_mandatory: bool = False
) -> InvoiceHandler:
    """Add a checker or approver, before the circulation or during it.

    Raises:
        Forbidden: the role is lower than an accountant's.
        ServiceError: APPROVAL_NOT_PURCHASE, APPROVAL_STAGE, PERIOD_CLOSED, HANDLER_NOT_MEMBER, HANDLER_TWICE.
    """
    require(actor, Role.ACCOUNTANT)
    row = locked(actor, row)
    require_open(row)
    require_stage(row, *OPEN_STAGES)
    if not is_member(actor.company, user):
        raise ServiceError("HANDLER_NOT_MEMBER")
    try:
        with transaction.atomic():
            added = InvoiceHandler.objects.create(
                invoice=row, user=user, role=HandlerRole(role), is_mandatory=is_mandatory
            )
    except IntegrityError:
        raise ServiceError("HANDLER_TWICE", person=person(user), role=role_word(role)) from None
    log_event(row, "approval.handler_added", actor, person=person(user), role=role_word(role))
    return added


def require_undecided(handler: InvoiceHandler) -> None:
    """Let handlers pass who have not decided yet: what was said stays in the books.

    Raises:
        ServiceError: HANDLER_DECIDED.
    """
    if handler.decision != HandlerDecision.OPEN:
        raise ServiceError("HANDLER_DECIDED", person=person(handler.user))
