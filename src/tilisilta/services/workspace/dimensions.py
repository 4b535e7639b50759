"""Dimensions of the workspace: cost centres, projects and their foremen, whatever axes a company keeps."""

from collections.abc import Iterable
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from tilisilta.core.documents import DimensionValue
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.workspace import messages
from tilisilta.store.models import Company, Membership, Role, User, WorkspaceDimension

messages.make_known()

PROJECT: Final = "project"  # the axis whose foremen take part in approval
COST_CENTRE: Final = "cost_centre"


def source_id(row: WorkspaceDimension) -> str:
    """Return a value's id towards connectors."""
    return row.code


def value_of(row: WorkspaceDimension) -> DimensionValue:
    """Return a value as rows of an invoice bear it."""
    return DimensionValue(axis=row.axis, source_id=source_id(row), name=row.name)


def dimensions(company: Company, *, axis: str = "", is_active: bool | None = True) -> QuerySet[WorkspaceDimension]:
    """Return a company's values by axis and code; `is_active=None` shows those put aside as well."""
    found = WorkspaceDimension.objects.filter(company=company).select_related("foreman")
    if axis:
        found = found.filter(axis=axis)
    if is_active is not None:
        found = found.filter(is_active=is_active)
    return found.order_by("axis", "code")


def axes(company: Company) -> list[str]:
    """Return the names of a company's axes; the two usual ones always."""
    mine = WorkspaceDimension.objects.filter(company=company).order_by("axis").values_list("axis", flat=True).distinct()
    return list(dict.fromkeys([COST_CENTRE, PROJECT, *mine]))


def values_of(company: Company, keys: Iterable[tuple[str, str]]) -> tuple[DimensionValue, ...]:
    """Return the values of axis and code pairs that the company knows, in their order."""
    wanted = list(keys)
    known = {
        (row.axis, row.code): row for row in dimensions(company, is_active=None).filter(code__in=[c for _, c in wanted])
    }
    return tuple(value_of(known[key]) for key in wanted if key in known)


def save_dimension(
    actor: Actor,
    *,
    row: WorkspaceDimension | None = None,
    axis: str,
    code: str,
    name: str = "",
    foreman: User | None = None,
    is_active: bool = True,
) -> WorkspaceDimension:
    """Make or change a value; only projects have foremen.

    Raises:
        Forbidden: the role is too low.
        ServiceError: DIMENSION_TAKEN, FOREMAN_NOT_MEMBER.
    """
    require(actor, Role.ACCOUNTANT)
    if foreman is not None and not Membership.objects.filter(company=actor.company, user=foreman).exists():
        raise ServiceError("FOREMAN_NOT_MEMBER")
    row = row or WorkspaceDimension(company=actor.company)
    row.axis, row.code, row.name = axis.strip()[:40], code.strip()[:40], name.strip()[:150]
    row.foreman = foreman if row.axis == PROJECT else None
    row.is_active = is_active
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise ServiceError("DIMENSION_TAKEN", axis=row.axis, value=row.code) from error
    return row


def get_dimension(company: Company, pk: int) -> WorkspaceDimension:
    """Return a value of a company; DoesNotExist otherwise."""
    return WorkspaceDimension.objects.select_related("foreman").get(company=company, pk=pk)


def delete_dimension(actor: Actor, row: WorkspaceDimension) -> None:
    """Delete a value; rows of invoices keep it as it was.

    Raises:
        Forbidden: the role is too low.
    """
    require(actor, Role.ACCOUNTANT)
    row.delete()


def people(company: Company) -> list[User]:
    """Return who may be a foreman: the company's people, by name."""
    return list(User.objects.filter(memberships__company=company, is_active=True).order_by("name", "email"))
