"""Whose work it is: people of the bureau, clients and topics by their ids, always of one company."""

from collections.abc import Iterable

from django.db.models import Q

from tilisilta.services.access import Actor
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.settings import members_of, owner_of
from tilisilta.services.tasks import messages
from tilisilta.store.models import Client, Company, Membership, Role, Topic, User

messages.make_known()


def assignee_for(client: Client) -> User | None:
    """Return whose a client's work is when nobody is named: its default member, or the account's owner.

    A default member who has left the bureau counts as none.
    """
    member = client.default_member
    if member is not None and is_worker(client.company, member):
        return member
    return owner_of(client.company)


def is_worker(company: Company, user: User) -> bool:
    """Return whether a person may be given work: a member of the bureau who does more than read."""
    found = Membership.objects.filter(company=company, user=user, user__is_active=True)
    return found.exclude(role=Role.VIEWER).exists()


class Workers:
    """The people of a bureau, asked once for many tasks."""

    def __init__(self, company: Company) -> None:
        self._members = {each.pk for each in members_of(company)}
        self._owner = owner_of(company)

    def first_of(self, *candidates: User | None) -> User | None:
        """Return the first of these who may be given work, or the account's owner when none may."""
        found = (each for each in candidates if each is not None and each.pk in self._members)
        return next(found, self._owner)


def person_of(actor: Actor) -> User | None:
    """Return the person behind an actor: the one who signed in, or who made the token while still a member."""
    user = actor.user or (actor.token.created_by if actor.token else None)
    return user if user is not None and is_worker(actor.company, user) else None


def worker(company: Company, pk: int | None) -> User | None:
    """Return a person of the bureau by id; None for None. Raises: ServiceError: MEMBER_UNKNOWN."""
    if pk is None:
        return None
    found = next((each for each in members_of(company) if each.pk == pk), None)
    if found is None:
        raise ServiceError("MEMBER_UNKNOWN")
    return found


def workers(company: Company, pks: Iterable[int]) -> list[User]:
    """Return people of the bureau by their ids. Raises: ServiceError: MEMBER_UNKNOWN."""
    wanted = set(pks)
    found = [each for each in members_of(company) if each.pk in wanted] if wanted else []
    if len(found) != len(wanted):
        raise ServiceError("MEMBER_UNKNOWN")
    return found


def client_of(company: Company, pk: int) -> Client:
    """Return a client of the bureau by id. Raises: ServiceError: CLIENT_UNKNOWN."""
    found = Client.objects.filter(company=company, pk=pk).select_related("company", "default_member").first()
    if found is None:
        raise ServiceError("CLIENT_UNKNOWN")
    return found


def topic_of(company: Company, pk: int | None, kept: int | None = None) -> Topic | None:
    """Return a topic of the bureau by id; None for None. One that is put aside may be `kept`, not chosen anew.

    Raises:
        ServiceError: TOPIC_UNKNOWN, TOPIC_PUT_ASIDE.
    """
    if pk is None:
        return None
    found = Topic.objects.filter(company=company, pk=pk).first()
    if found is None:
        raise ServiceError("TOPIC_UNKNOWN")
    if not found.is_active and kept != found.pk:
        raise ServiceError("TOPIC_PUT_ASIDE", name=found.name)
    return found


def clients_to_choose(company: Company, also: int | None = None) -> list[tuple[int, str]]:
    """Return the active clients of a bureau by name, as ids and names; `also` is one that may be inactive by now."""
    found = Client.objects.filter(Q(is_active=True) | Q(pk=also), company=company).order_by("name", "pk")
    return list(found.values_list("pk", "name"))
