"""The company's default handlers: who is added to purchase invoices from which amount on."""

from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from tilisilta.core.money import amount_minor
from tilisilta.services import audit
from tilisilta.services.access import Actor, require
from tilisilta.services.approval.handlers import is_member, person, role_word
from tilisilta.services.errors import ServiceError
from tilisilta.services.workspace.settings import require_on
from tilisilta.store.models import Company, DefaultHandler, HandlerRole, Role, User


def default_handlers(company: Company) -> "QuerySet[DefaultHandler]":
    """Return a company's default handlers, checkers and small amounts first."""
    return DefaultHandler.objects.filter(company=company).select_related("user").order_by("-role", "from_minor", "pk")


@transaction.atomic
def add_default(
    actor: Actor, user: User, role: str, *, is_mandatory: bool = False, from_amount: Decimal = Decimal(0)
) -> DefaultHandler:
    """Add a default handler.

    Args:
        actor: An administrator or higher.
        user: One of the company's people.
        role: "checker" or "approver".
        is_mandatory: Whether an invoice waits for this person.
        from_amount: In the company's currency; what is to be paid from which this person is added.

    Raises:
        Forbidden: the actor is no administrator.
        ServiceError: WORKSPACE_OFF, HANDLER_NOT_MEMBER, AMOUNT_NEGATIVE, DEFAULT_HANDLER_TWICE.
    """
    require(actor, Role.ADMIN)
    require_on(actor.company)
    if not is_member(actor.company, user):
        raise ServiceError("HANDLER_NOT_MEMBER")
    if from_amount < 0 or not from_amount.is_finite():
        raise ServiceError("AMOUNT_NEGATIVE")
    minor = amount_minor(from_amount, actor.company.base_currency)
    Company.objects.select_for_update(no_key=True).get(pk=actor.company.pk)  # two at once make one
    same = DefaultHandler.objects.filter(company=actor.company, user=user, role=role, from_minor=minor)
    if same.exists():
        raise ServiceError("DEFAULT_HANDLER_TWICE", person=person(user), role=role_word(role).lower())
    made = DefaultHandler.objects.create(
        company=actor.company, user=user, role=HandlerRole(role), is_mandatory=is_mandatory, from_minor=minor
    )
    _record(actor, "approval.default_added", made)
    return made


@transaction.atomic
def remove_default(actor: Actor, handler: DefaultHandler) -> None:
    """Remove a default handler; invoices that have this person already keep them.

    Raises:
        Forbidden: the actor is no administrator.
    """
    require(actor, Role.ADMIN)
    _record(actor, "approval.default_removed", handler)
    handler.delete()


def get_default(company: Company, pk: int) -> DefaultHandler:
    """Return a default handler of a company; DoesNotExist otherwise."""
    return DefaultHandler.objects.select_related("user").get(company=company, pk=pk)


def _record(actor: Actor, action: str, handler: DefaultHandler) -> None:
    audit.record(
        actor,
        action,
        person(handler.user),
        reverse("approval-settings", args=[actor.company.pk]),
        role=handler.role,
        from_minor=handler.from_minor,
        is_mandatory=handler.is_mandatory,
    )
