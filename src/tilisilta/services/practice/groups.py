"""Client groups: by what a bureau sorts its clients."""

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from tilisilta.services import audit
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice import texts as _texts  # noqa: F401  its words are known once it is imported
from tilisilta.services.practice.settings import hold, require_on
from tilisilta.store.models import ClientGroup, Company, Role

_NAME_LENGTH = 80


def groups_of(company: Company) -> QuerySet[ClientGroup]:
    """Return a company's groups by name, each with `active_clients`, how many active clients it has."""
    counted = Count("clients", filter=Q(clients__is_active=True))
    return ClientGroup.objects.filter(company=company).annotate(active_clients=counted).order_by("name", "pk")


def get_group(company: Company, pk: int) -> ClientGroup:
    """Return a group of a company; ClientGroup.DoesNotExist otherwise."""
    return ClientGroup.objects.get(company=company, pk=pk)


def find_group(company: Company, name: str) -> ClientGroup | None:
    """Return the group of a name, whatever its capitals and spaces; None when there is none."""
    wanted = " ".join(name.split()).casefold()
    return next((each for each in ClientGroup.objects.filter(company=company) if each.name.casefold() == wanted), None)


def _checked(company: Company, name: str, but: ClientGroup | None = None) -> str:
    name = " ".join(name.replace("\x00", "").split())[:_NAME_LENGTH]
    if not name:
        raise ServiceError("GROUP_NAME_MISSING")
    found = find_group(company, name)
    if found is not None and (but is None or found.pk != but.pk):
        raise ServiceError("GROUP_NAME_TAKEN", name=found.name)
    return name


@transaction.atomic
def create_group(actor: Actor, name: str) -> ClientGroup:
    """Make a group.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PRACTICE_OFF, GROUP_NAME_MISSING, GROUP_NAME_TAKEN.
    """
    require(actor, Role.ACCOUNTANT)
    hold(actor.company)
    group = ClientGroup.objects.create(company=actor.company, name=_checked(actor.company, name))
    audit.record(actor, "practice.group_created", group.name)
    return group


@transaction.atomic
def rename_group(actor: Actor, group: ClientGroup, name: str) -> ClientGroup:
    """Give a group another name. Raises: as `create_group`."""
    require(actor, Role.ACCOUNTANT)
    hold(actor.company)
    before, group.name = group.name, _checked(actor.company, name, but=group)
    if before != group.name:
        group.save(update_fields=["name"])
        audit.record(actor, "practice.group_updated", group.name, changes={"name": [before, group.name]})
    return group


@transaction.atomic
def delete_group(actor: Actor, group: ClientGroup) -> None:
    """Delete a group; its clients stay. Raises: Forbidden, ServiceError: PRACTICE_OFF."""
    require(actor, Role.ACCOUNTANT)
    require_on(actor.company)
    audit.record(actor, "practice.group_deleted", group.name, count=group.clients.count())
    group.delete()
