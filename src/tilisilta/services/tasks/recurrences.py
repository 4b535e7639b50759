"""Rows of clients' plans: added, changed, put aside, taken into use again, deleted."""

import datetime as dt
from typing import Any, Final

import msgspec
from django.db import transaction

from tilisilta.core.recurrence import next_start
from tilisilta.services import audit
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.errors import FieldErrors
from tilisilta.services.practice.settings import require_on, today_of
from tilisilta.services.tasks import messages, patterns
from tilisilta.services.tasks.patterns import PatternContent
from tilisilta.services.tasks.people import client_of, worker
from tilisilta.services.tasks.plan import make_due, recurrences_of, untouched
from tilisilta.store.models import Client, Company, PlanTemplateRow, Recurrence, Role

messages.make_known()

_OLDEST: Final = dt.timedelta(days=731)


class RecurrenceContent(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a client's plan. Without `assignee_id` its tasks are the client's default member's."""

    pattern: PatternContent
    starts_on: dt.date
    ends_on: dt.date | None = None
    assignee_id: int | None = None


def plan_page(client: Client) -> str:
    """Return the path of a client's plan."""
    return f"/c/{client.company_id}/clients/{client.pk}/plan/"


def get_recurrence(company: Company, pk: int) -> Recurrence:
    """Return a row of a client's plan; Recurrence.DoesNotExist otherwise."""
    return recurrences_of(company).get(pk=pk)


def _checked(
    company: Company, client: Client, content: RecurrenceContent, before: Recurrence | None = None
) -> dict[str, Any]:
    errors: dict[str, ServiceError] = {}
    columns: dict[str, Any] = {}
    try:
        columns = patterns.check(company, content.pattern, before)
        patterns.rule(content.pattern, content.starts_on, content.ends_on, client.country)
    except FieldErrors as found:
        errors.update(found.errors)
    assignee = before.assignee if before is not None and before.assignee_id == content.assignee_id else None
    if content.assignee_id is not None and assignee is None:
        try:
            assignee = worker(company, content.assignee_id)
        except ServiceError as error:
            errors["assignee"] = error
    is_new_start = before is None or before.starts_on != content.starts_on
    if is_new_start and content.starts_on < today_of(company) - _OLDEST:
        errors["starts_on"] = ServiceError("PLAN_TOO_OLD")
    if client.needs_topic and content.pattern.topic_id is None:
        errors.setdefault("topic", ServiceError("TASK_NEEDS_TOPIC", client=client.name))
    if errors:
        raise FieldErrors(errors)
    return columns | {"assignee": assignee, "starts_on": content.starts_on, "ends_on": content.ends_on}


@transaction.atomic
def create_recurrence(
    actor: Actor, client_id: int, content: RecurrenceContent, *, template_row: PlanTemplateRow | None = None
) -> Recurrence:
    """Add a row to a client's plan and make real what is due soon, from its first start on.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PRACTICE_OFF, CLIENT_UNKNOWN.
        FieldErrors: as `patterns.check` and `patterns.rule`; MEMBER_UNKNOWN, PLAN_TOO_OLD, TASK_NEEDS_TOPIC.
    """
    require(actor, Role.ACCOUNTANT)
    require_on(actor.company)
    client = client_of(actor.company, client_id)
    columns = _checked(actor.company, client, content)
    made = Recurrence.objects.create(company=actor.company, client=client, template_row=template_row, **columns)
    audit.record(actor, "plan.row_added", made.title, plan_page(client), client=client.name)
    make_due(actor.company, [get_recurrence(actor.company, made.pk)])
    return made


def _locked(actor: Actor, recurrence: Recurrence) -> Recurrence:
    require(actor, Role.ACCOUNTANT)
    require_on(actor.company)
    Recurrence.objects.select_for_update(no_key=True).only("pk").get(company=actor.company, pk=recurrence.pk)
    return get_recurrence(actor.company, recurrence.pk)


@transaction.atomic
def update_recurrence(actor: Actor, recurrence: Recurrence, content: RecurrenceContent) -> Recurrence:
    """Change a row of a client's plan.

    Its tasks that have begun, or that somebody has changed, stay as they are; the others follow the plan. When the days
    change, the new ones hold from today on, counted as before: what is past is not planned anew.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PRACTICE_OFF.
        FieldErrors: as `create_recurrence`.
    """
    row = _locked(actor, recurrence)
    columns = _checked(actor.company, row.client, content, before=row)
    today = today_of(actor.company)
    if not patterns.is_same_timing(row, columns) and columns["starts_on"] < today:
        rule = patterns.rule(content.pattern, columns["starts_on"], columns["ends_on"], row.client.country)
        columns["starts_on"] = next_start(rule, today) or today
        if columns["ends_on"] is not None:
            columns["ends_on"] = max(columns["ends_on"], columns["starts_on"])
    changes = {
        name: [str(getattr(row, name)), str(columns[name])]
        for name in columns
        if name not in {"description", "values", "steps"} and getattr(row, name) != columns[name]
    }
    for name, value in columns.items():
        setattr(row, name, value)
    row.save()
    untouched(row, today).delete()
    row = get_recurrence(actor.company, row.pk)
    make_due(actor.company, [row])
    audit.record(actor, "plan.row_changed", row.title, plan_page(row.client), client=row.client.name, changes=changes)
    return row


@transaction.atomic
def pause_recurrence(actor: Actor, recurrence: Recurrence) -> Recurrence:
    """Put a row aside: it makes no tasks any more, and those go that have not begun and nobody has changed.

    Raises: Forbidden, ServiceError: PRACTICE_OFF.
    """
    row = _locked(actor, recurrence)
    if row.is_active:
        row.is_active = False
        row.save(update_fields=["is_active"])
        untouched(row, today_of(actor.company)).delete()
        audit.record(actor, "plan.row_paused", row.title, plan_page(row.client), client=row.client.name)
    return row


@transaction.atomic
def resume_recurrence(actor: Actor, recurrence: Recurrence) -> Recurrence:
    """Take a row into use again from today on, in the rhythm that it had; what fell into the pause is not made.

    Raises: Forbidden, ServiceError: PRACTICE_OFF.
    """
    row = _locked(actor, recurrence)
    if row.is_active:
        return row
    today = today_of(actor.company)
    if row.starts_on < today:
        rule = patterns.rule(row, row.starts_on, None, row.client.country)
        row.starts_on = next_start(rule, today) or today
    if row.ends_on is not None and row.ends_on < row.starts_on:
        row.ends_on = None
    row.is_active = True
    row.save(update_fields=["is_active", "starts_on", "ends_on"])
    make_due(actor.company, [get_recurrence(actor.company, row.pk)])
    audit.record(actor, "plan.row_resumed", row.title, plan_page(row.client), client=row.client.name)
    return row


@transaction.atomic
def delete_recurrence(actor: Actor, recurrence: Recurrence) -> None:
    """Delete a row. Its tasks that have begun or were changed stay, as tasks of their own.

    Raises: Forbidden, ServiceError: PRACTICE_OFF.
    """
    row = _locked(actor, recurrence)
    untouched(row, today_of(actor.company)).delete()
    audit.record(actor, "plan.row_deleted", row.title, plan_page(row.client), client=row.client.name)
    row.delete()
