"""What can be done with several ticked clients at once; other subjects add their own."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from tilisilta.services import audit
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice import groups
from tilisilta.services.practice.clients import get_clients
from tilisilta.services.practice.settings import members_of, require_on
from tilisilta.store.models import Client, Company, Role

MAX_CLIENTS: Final = 1_000

Choices = Callable[[Company], list[tuple[str, str]]]
# Takes the actor, the clients and the chosen value; returns the words for the person.
Do = Callable[[Actor, Sequence[Client], str], str]


class BulkAction(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the actions on ticked clients.

    Either `do` does it at once, with a value out of `choices` where it has them; or `page` names the page that asks for
    more: its address gets the clients' ids as `?clients=1,2,3`. Without any choices (nothing to choose yet) and with
    `is_offered` false the line is not shown.
    """

    code: str
    label: Promise | str
    do: Do | None = None
    choices: Choices | None = None
    page: str = ""
    needed: str = Role.ACCOUNTANT.value
    is_offered: Callable[[Company], bool] | None = None


bulk_actions: Final[list[BulkAction]] = []


def add_bulk_action(action: BulkAction) -> BulkAction:
    """Add a line to the actions on ticked clients, in the order of adding; a code stands once."""
    if all(each.code != action.code for each in bulk_actions):
        bulk_actions.append(action)
    return action


class Offered(msgspec.Struct, frozen=True):
    """An action as a page shows it, with its values."""

    action: BulkAction
    choices: tuple[tuple[str, str], ...]


def offered(actor: Actor) -> list[Offered]:
    """Return the actions that an actor may take now."""
    found = []
    for each in bulk_actions:
        if not actor.may(each.needed) or (each.is_offered is not None and not each.is_offered(actor.company)):
            continue
        values = tuple(each.choices(actor.company)) if each.choices else ()
        if values or each.choices is None:
            found.append(Offered(each, values))
    return found


def action_of(code: str) -> BulkAction:
    """Return an action. Raises: ServiceError: BULK_ACTION_UNKNOWN."""
    found = next((each for each in bulk_actions if each.code == code), None)
    if found is None:
        raise ServiceError("BULK_ACTION_UNKNOWN")
    return found


def ticked(company: Company, pks: Sequence[int]) -> list[Client]:
    """Return the ticked clients.

    Raises:
        ServiceError: BULK_NONE_TICKED, BULK_TOO_MANY.
        Client.DoesNotExist: one of them is another company's or gone.
    """
    if not pks:
        raise ServiceError("BULK_NONE_TICKED")
    if len(set(pks)) > MAX_CLIENTS:
        raise ServiceError("BULK_TOO_MANY", limit=MAX_CLIENTS)
    return get_clients(company, pks)


def run(actor: Actor, code: str, pks: Sequence[int], value: str = "") -> str:
    """Do an action with ticked clients; return the words for the person.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PRACTICE_OFF, BULK_ACTION_UNKNOWN, BULK_NONE_TICKED, BULK_TOO_MANY, BULK_CHOICE_MISSING, or the
            action's own.
        Client.DoesNotExist: one of them is another company's or gone.
    """
    action = action_of(code)
    require(actor, action.needed)
    require_on(actor.company)
    if action.do is None:
        raise ServiceError("BULK_ACTION_UNKNOWN")
    clients = ticked(actor.company, pks)
    if action.choices is not None and value not in {key for key, _words in action.choices(actor.company)}:
        raise ServiceError("BULK_CHOICE_MISSING")
    return action.do(actor, clients, value)


def _changed(actor: Actor, count: int, what: str, **details: object) -> str:
    if count:
        audit.record(actor, "client.bulk_changed", what, f"/c/{actor.company.pk}/clients/", count=count, **details)
    return ngettext("%(count)d client changed.", "%(count)d clients changed.", count) % {"count": count}


# --- our own ---------------------------------------------------------------------------------------------------


def _members(company: Company) -> list[tuple[str, str]]:
    return [("none", str(_("Nobody"))), *((str(each.pk), str(each)) for each in members_of(company))]


@transaction.atomic
def _set_member(actor: Actor, clients: Sequence[Client], value: str) -> str:
    member = None if value == "none" else next(each for each in members_of(actor.company) if str(each.pk) == value)
    others = [each.pk for each in clients if each.default_member_id != (member.pk if member else None)]
    Client.objects.filter(pk__in=others).update(default_member=member, updated_at=timezone.now())
    return _changed(actor, len(others), str(SET_MEMBER.label), result=str(member or "-"))


def _groups(company: Company) -> list[tuple[str, str]]:
    return [(str(each.pk), each.name) for each in groups.groups_of(company)]


@transaction.atomic
def _add_group(actor: Actor, clients: Sequence[Client], value: str) -> str:
    group = groups.get_group(actor.company, int(value))
    there = set(group.clients.values_list("pk", flat=True))
    new = [each for each in clients if each.pk not in there]
    group.clients.add(*new)
    return _changed(actor, len(new), str(ADD_GROUP.label), result=group.name)


@transaction.atomic
def _remove_group(actor: Actor, clients: Sequence[Client], value: str) -> str:
    group = groups.get_group(actor.company, int(value))
    there = set(group.clients.values_list("pk", flat=True))
    leaving = [each for each in clients if each.pk in there]
    group.clients.remove(*leaving)
    return _changed(actor, len(leaving), str(REMOVE_GROUP.label), result=group.name)


@transaction.atomic
def _set_active(actor: Actor, clients: Sequence[Client], value: str) -> str:
    del value
    return _set_status(actor, clients, str(SET_ACTIVE.label), is_active=True)


@transaction.atomic
def _set_inactive(actor: Actor, clients: Sequence[Client], value: str) -> str:
    del value
    return _set_status(actor, clients, str(SET_INACTIVE.label), is_active=False)


def _set_status(actor: Actor, clients: Sequence[Client], what: str, *, is_active: bool) -> str:
    others = [each.pk for each in clients if each.is_active != is_active]
    Client.objects.filter(pk__in=others).update(is_active=is_active, updated_at=timezone.now())
    return _changed(actor, len(others), what)


SET_MEMBER: Final = add_bulk_action(
    BulkAction(code="member", label=_("Set the main user"), do=_set_member, choices=_members)
)
ADD_GROUP: Final = add_bulk_action(
    BulkAction(code="add_group", label=_("Add to a group"), do=_add_group, choices=_groups)
)
REMOVE_GROUP: Final = add_bulk_action(
    BulkAction(code="remove_group", label=_("Take out of a group"), do=_remove_group, choices=_groups)
)
SET_ACTIVE: Final = add_bulk_action(BulkAction(code="active", label=_("Set active"), do=_set_active))
SET_INACTIVE: Final = add_bulk_action(BulkAction(code="inactive", label=_("Set inactive"), do=_set_inactive))
