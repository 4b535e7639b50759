"""Topics: what tasks are about."""

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from tilisilta.services import audit
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.settings import require_on, settings_of
from tilisilta.services.tasks import messages
from tilisilta.store.models import Company, Role, Topic

messages.make_known()

MAX_NAME = 80


def topics(company: Company, *, is_active: bool | None = True, text: str = "") -> QuerySet[Topic]:
    """Return a bureau's topics by name; `is_active=None` shows those put aside as well."""
    found = Topic.objects.filter(company=company)
    if is_active is not None:
        found = found.filter(is_active=is_active)
    if text:
        found = found.filter(name__icontains=text)
    return found.order_by("name", "pk")


def get_topic(company: Company, pk: int) -> Topic:
    """Return a topic of a bureau; DoesNotExist otherwise."""
    return Topic.objects.get(company=company, pk=pk)


def may_make(actor: Actor) -> bool:
    """Return whether an actor may make and change topics: administrators always, accountants as the bureau chose."""
    return actor.is_admin or (actor.is_accountant and settings_of(actor.company).members_make_topics)


def _require_may_make(actor: Actor) -> None:
    require(actor, Role.ACCOUNTANT)
    require_on(actor.company)
    if not may_make(actor):
        raise ServiceError("TOPICS_OF_ADMINS")


def _name(text: str) -> str:
    name = " ".join(text.split())[:MAX_NAME]
    if not name:
        raise ServiceError("TOPIC_NAME_MISSING")
    return name


def _require_free(company: Company, name: str, but: Topic | None = None) -> None:
    # Compared here, for SQLite folds ASCII letters only.
    others = [each for each in topics(company, is_active=None) if but is None or each.pk != but.pk]
    if name.casefold() in {each.name.casefold() for each in others}:
        raise ServiceError("TOPIC_TAKEN", name=name)


@transaction.atomic
def create_topic(actor: Actor, name: str, *, is_billable: bool = True) -> Topic:
    """Make a topic; names are told apart without regard to case.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PRACTICE_OFF, TOPICS_OF_ADMINS, TOPIC_NAME_MISSING, TOPIC_TAKEN.
    """
    _require_may_make(actor)
    name = _name(name)
    _require_free(actor.company, name)
    try:
        with transaction.atomic():
            topic = Topic.objects.create(company=actor.company, name=name, is_billable=is_billable)
    except IntegrityError:
        raise ServiceError("TOPIC_TAKEN", name=name) from None
    audit.record(actor, "topic.created", topic.name, f"/c/{actor.company.pk}/topics/")
    return topic


@transaction.atomic
def update_topic(
    actor: Actor, topic: Topic, *, name: str, is_billable: bool | None = None, is_active: bool | None = None
) -> Topic:
    """Rename a topic, put it aside or take it into use again, or change whether its tasks are billable from now on.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PRACTICE_OFF, TOPICS_OF_ADMINS, TOPIC_NAME_MISSING, TOPIC_TAKEN.
    """
    _require_may_make(actor)
    topic = Topic.objects.select_for_update(no_key=True).get(company=actor.company, pk=topic.pk)
    name = _name(name)
    _require_free(actor.company, name, but=topic)
    wanted = {
        "name": name,
        "is_billable": topic.is_billable if is_billable is None else is_billable,
        "is_active": topic.is_active if is_active is None else is_active,
    }
    changes = {field: [getattr(topic, field), new] for field, new in wanted.items() if getattr(topic, field) != new}
    if changes:
        for field, new in wanted.items():
            setattr(topic, field, new)
        try:
            with transaction.atomic():
                topic.save(update_fields=list(changes))
        except IntegrityError:
            raise ServiceError("TOPIC_TAKEN", name=name) from None
        audit.record(actor, "topic.changed", topic.name, f"/c/{actor.company.pk}/topics/", changes=changes)
    return topic


def ensure_topic(actor: Actor, name: str) -> Topic:
    """Return the topic of a name, whatever its case: the one there is, in use again if it was put aside, or a new one.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PRACTICE_OFF, TOPIC_NAME_MISSING; TOPICS_OF_ADMINS when it would have to be made or put to use.
    """
    require(actor, Role.ACCOUNTANT)
    wanted = _name(name)
    found = next(
        (each for each in topics(actor.company, is_active=None) if each.name.casefold() == wanted.casefold()), None
    )
    if found is None:
        return create_topic(actor, wanted)
    return found if found.is_active else update_topic(actor, found, name=found.name, is_active=True)
