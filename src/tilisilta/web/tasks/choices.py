"""What forms of tasks offer to choose from."""

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext

from tilisilta.services.practice.groups import groups_of
from tilisilta.services.practice.settings import members_of
from tilisilta.services.tasks.people import clients_to_choose
from tilisilta.services.tasks.topics import topics
from tilisilta.store.models import Company, TaskOrigin, TaskStatus, Topic, User
from tilisilta.web.paging import id_of

Choices = list[tuple[str, str]]


def offer(form: forms.Form, name: str, choices: Iterable[tuple[str, str]]) -> None:
    """Give a field of a form what may be chosen."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)  # noqa: S101  for the type checker
    field.choices = list(choices)


def clients(company: Company, also: int | None = None) -> Choices:
    """Return the clients; the one that a task has may be inactive."""
    return [(str(pk), name) for pk, name in clients_to_choose(company, also)]


def people(company: Company, also: Iterable[User | None] = ()) -> Choices:
    """Return who may be given work; those who have it already may have left."""
    found = {each.pk: str(each) for each in members_of(company)}
    for user in also:
        if user is not None:
            found.setdefault(user.pk, str(user))
    return [(str(pk), name) for pk, name in found.items()]


def topic_choices(company: Company, also: Topic | None = None) -> Choices:
    """Return the topics in use, and the one that a task has."""
    found = {each.pk: each.name for each in topics(company)}
    if also is not None:
        found.setdefault(also.pk, also.name)
    return [(str(pk), name) for pk, name in found.items()]


def statuses() -> Choices:
    """Return the statuses, before them all that are under way."""
    return [("under_way", gettext("Under way")), *((each.value, str(each.label)) for each in TaskStatus)]


def origins() -> Choices:
    """Return what may have made a task."""
    return [(each.value, str(each.label)) for each in TaskOrigin]


def groups(company: Company) -> Choices:
    """Return the client groups."""
    return [(str(each.pk), each.name) for each in groups_of(company)]


def with_all(choices: Choices) -> Choices:
    """Return choices of a filter, before them the one that narrows nothing."""
    return [("", gettext("All")), *choices]


def with_none(choices: Choices, text: str = "–") -> Choices:
    """Return choices of a field that may stay empty."""
    return [("", text), *choices]


def number(value: object) -> int | None:
    """Return the id that a choice names."""
    return id_of(str(value or ""))
