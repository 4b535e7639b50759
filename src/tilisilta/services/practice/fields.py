"""Custom fields: what a bureau keeps of its clients, tasks and products besides what the product has by itself."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from tilisilta.core.names import fold_name
from tilisilta.services import audit
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice import texts as _texts  # noqa: F401  its words are known once it is imported
from tilisilta.services.practice.settings import hold, require_on
from tilisilta.store.models import Company, CustomField, FieldSubject, FieldType, Role

MAX_FIELDS: Final = 100  # of one subject
MAX_CHOICE_LENGTH: Final = 100
MAX_CHOICES: Final = 200
SEPARATOR: Final = ";"  # between several choices in files
WITH_CHOICES: Final = frozenset({FieldType.CHOICE.value, FieldType.CHOICES.value})
_NAME_LENGTH: Final = 60
_TITLE_LENGTH: Final = 100

# Run inside the transaction in which a field is deleted, before it is: others forget what they tied to it.
deleting: Final[list[Callable[[Actor, CustomField], None]]] = []


def live_fields(company: Company, subject: str) -> list[CustomField]:
    """Return a company's fields of a subject ("client", "task", "product") in their order, without deleted ones."""
    found = CustomField.objects.filter(company=company, subject=subject, deleted_at=None)
    return list(found.order_by("position", "pk"))


def deleted_fields(company: Company, subject: str) -> list[CustomField]:
    """Return the fields that were deleted, the latest first."""
    found = CustomField.objects.filter(company=company, subject=subject).exclude(deleted_at=None)
    return list(found.order_by("-deleted_at", "-pk"))


def get_field(company: Company, pk: int) -> CustomField:
    """Return a field that is not deleted; CustomField.DoesNotExist otherwise."""
    return CustomField.objects.get(company=company, pk=pk, deleted_at=None)


def get_deleted(company: Company, pk: int) -> CustomField:
    """Return a field that was deleted; CustomField.DoesNotExist otherwise."""
    return CustomField.objects.exclude(deleted_at=None).get(company=company, pk=pk)


@transaction.atomic
def create_field(
    actor: Actor,
    *,
    subject: str,
    title: str,
    type: str,  # noqa: A002  the model's own name for it
    group: str = "",
    choices: Iterable[str] = (),
    is_required: bool = False,
    is_listed: bool = True,
    is_visible: bool = True,
) -> CustomField:
    """Make a field, last of its subject. Its name for files and the API is made of the title.

    Args:
        actor: Who makes it; an administrator.
        subject: A code of `FieldSubject`.
        title: Its words on pages.
        type: A code of `FieldType`.
        group: The heading under which it stands.
        choices: For fields of a list, each choice once.
        is_required: Rows must have a value; a tick box always has one.
        is_listed: Lists offer it as a column.
        is_visible: Pages and forms show it.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PRACTICE_OFF, FIELD_TITLE_MISSING, FIELD_TITLE_TAKEN, FIELD_TYPE_UNKNOWN,
            FIELD_CHOICES_MISSING, FIELD_CHOICE_INVALID, FIELD_CHOICE_TWICE, FIELDS_TOO_MANY.
    """
    require(actor, Role.ADMIN)
    hold(actor.company)
    if type not in FieldType.values or subject not in FieldSubject.values:
        raise ServiceError("FIELD_TYPE_UNKNOWN", type=type)
    mine = CustomField.objects.filter(company=actor.company, subject=subject)
    if mine.filter(deleted_at=None).count() >= MAX_FIELDS:
        raise ServiceError("FIELDS_TOO_MANY", limit=MAX_FIELDS)
    title = _checked_title(actor.company, subject, title)
    last = mine.aggregate(last=Max("position"))["last"]
    field = CustomField.objects.create(
        company=actor.company,
        subject=subject,
        name=_free_name(actor.company, subject, title),
        title=title,
        type=type,
        group=group.strip()[:60],
        choices=_checked_choices(title, type, choices),
        is_required=is_required and type != FieldType.CHECKBOX,
        is_listed=is_listed,
        is_visible=is_visible,
        position=0 if last is None else last + 1,
    )
    audit.record(actor, "practice.field_created", title, kind=str(subject), type=str(type))
    return field


@transaction.atomic
def update_field(
    actor: Actor,
    field: CustomField,
    *,
    title: str,
    group: str = "",
    choices: Iterable[str] = (),
    is_required: bool = False,
    is_listed: bool = True,
    is_visible: bool = True,
) -> CustomField:
    """Change a field. Its type, and its name for files and the API, stay; values with a choice taken away stay too.

    Raises:
        Forbidden: the role is too low.
        ServiceError: as `create_field`.
    """
    require(actor, Role.ADMIN)
    require_on(actor.company)
    title = _checked_title(actor.company, field.subject, title, but=field)
    new = {
        "title": title,
        "group": group.strip()[:60],
        "choices": _checked_choices(title, field.type, choices),
        "is_required": is_required and field.type != FieldType.CHECKBOX,
        "is_listed": is_listed,
        "is_visible": is_visible,
    }
    changes = {name: [getattr(field, name), value] for name, value in new.items() if getattr(field, name) != value}
    if changes:
        for name, value in new.items():
            setattr(field, name, value)
        field.save(update_fields=list(new))
        audit.record(actor, "practice.field_updated", title, changes=changes)
    return field


@transaction.atomic
def move_field(actor: Actor, field: CustomField, by: int) -> None:
    """Put a field so many places later (or earlier, below zero) among those of its subject. Raises: Forbidden."""
    require(actor, Role.ADMIN)
    require_on(actor.company)
    fields = live_fields(actor.company, field.subject)
    place = next(index for index, each in enumerate(fields) if each.pk == field.pk)
    moved = fields.pop(place)
    fields.insert(max(0, min(place + by, len(fields))), moved)
    for position, each in enumerate(fields):
        if each.position != position:
            each.position = position
            each.save(update_fields=["position"])


@transaction.atomic
def delete_field(actor: Actor, field: CustomField) -> None:
    """Take a field out of use. Values that were entered stay stored and come back with `restore_field`.

    What others tied to it (a count of the monthly summary) is untied by their own hooks in `deleting`.

    Raises: Forbidden.
    """
    require(actor, Role.ADMIN)
    require_on(actor.company)
    for forget in deleting:
        forget(actor, field)
    field.deleted_at = timezone.now()
    field.save(update_fields=["deleted_at"])
    audit.record(actor, "practice.field_deleted", field.title, kind=field.subject)


@transaction.atomic
def restore_field(actor: Actor, field: CustomField) -> CustomField:
    """Take a deleted field into use again, with the values that it had.

    Raises:
        Forbidden: the role is too low.
        ServiceError: FIELD_TITLE_TAKEN, when another one bears its title meanwhile; FIELDS_TOO_MANY.
    """
    require(actor, Role.ADMIN)
    require_on(actor.company)
    if len(live_fields(actor.company, field.subject)) >= MAX_FIELDS:
        raise ServiceError("FIELDS_TOO_MANY", limit=MAX_FIELDS)
    _checked_title(actor.company, field.subject, field.title, but=field)
    field.name = _free_name(actor.company, field.subject, field.title)
    field.deleted_at = None
    field.save(update_fields=["deleted_at", "name"])
    audit.record(actor, "practice.field_restored", field.title, kind=field.subject)
    return field


def _checked_title(company: Company, subject: str, title: str, but: CustomField | None = None) -> str:
    title = " ".join(title.split())[:_TITLE_LENGTH]
    if not title:
        raise ServiceError("FIELD_TITLE_MISSING")
    for each in live_fields(company, subject):
        if each.title.casefold() == title.casefold() and (but is None or each.pk != but.pk):
            raise ServiceError("FIELD_TITLE_TAKEN", title=title)
    return title


def _free_name(company: Company, subject: str, title: str) -> str:
    wanted = (fold_name(title).replace(" ", "_") or "field")[:_NAME_LENGTH]
    wanted = "".join(letter if letter.isascii() else "x" for letter in wanted)
    taken = {each.name for each in live_fields(company, subject)}
    name, number = wanted, 2
    while name in taken:
        name = f"{wanted[: _NAME_LENGTH - 4]}_{number}"
        number += 1
    return name


def _checked_choices(title: str, kind: str, choices: Iterable[str]) -> list[str]:
    if kind not in WITH_CHOICES:
        return []
    found: list[str] = []
    for raw in choices:
        choice = " ".join(raw.split())
        if not choice:
            continue
        if len(choice) > MAX_CHOICE_LENGTH or SEPARATOR in choice or "\x00" in choice:
            raise ServiceError("FIELD_CHOICE_INVALID", choice=choice[:MAX_CHOICE_LENGTH], limit=MAX_CHOICE_LENGTH)
        if choice.casefold() in {each.casefold() for each in found}:
            raise ServiceError("FIELD_CHOICE_TWICE", choice=choice)
        found.append(choice)
    if not found or len(found) > MAX_CHOICES:
        raise ServiceError("FIELD_CHOICES_MISSING", title=title)
    return found


def by_group(fields: Sequence[CustomField]) -> list[tuple[str, list[CustomField]]]:
    """Return fields under their headings, headings in the order of their first field, those without one first."""
    found: dict[str, list[CustomField]] = {"": []}
    for field in fields:
        found.setdefault(field.group, []).append(field)
    return [(group, members) for group, members in found.items() if members]
