"""Plan templates: planned tasks that clients are given together."""

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import product

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import Count, QuerySet

from tilisilta.services import audit
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.errors import FieldErrors
from tilisilta.services.practice.settings import require_on
from tilisilta.services.tasks import messages, patterns
from tilisilta.services.tasks.patterns import PatternContent
from tilisilta.services.tasks.plan import recurrences_of
from tilisilta.services.tasks.recurrences import RecurrenceContent, create_recurrence
from tilisilta.store.models import Client, Company, PlanTemplate, PlanTemplateRow, Recurrence, Role

messages.make_known()

MAX_NAME = 100
MAX_ROWS = 500


def templates(company: Company, *, is_active: bool | None = True) -> QuerySet[PlanTemplate]:
    """Return a bureau's templates by name, each with `row_count`; `is_active=None` shows those put aside as well."""
    found = PlanTemplate.objects.filter(company=company).annotate(row_count=Count("rows"))
    if is_active is not None:
        found = found.filter(is_active=is_active)
    return found.order_by("name", "pk")


def get_template(company: Company, pk: int) -> PlanTemplate:
    """Return a template of a bureau; PlanTemplate.DoesNotExist otherwise."""
    return PlanTemplate.objects.select_related("company").get(company=company, pk=pk)


def rows_of(template: PlanTemplate) -> QuerySet[PlanTemplateRow]:
    """Return a template's rows in their order."""
    return template.rows.select_related("topic", "template", "template__company").order_by("position", "pk")


def _page(template: PlanTemplate) -> str:
    return f"/c/{template.company_id}/plan-templates/{template.pk}/"


def _begin(actor: Actor) -> None:
    require(actor, Role.ACCOUNTANT)
    require_on(actor.company)


@transaction.atomic
def save_template(
    actor: Actor, *, name: str, is_active: bool = True, template: PlanTemplate | None = None
) -> PlanTemplate:
    """Make a template, or rename it and put it aside.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PRACTICE_OFF, TEMPLATE_NAME_MISSING, TEMPLATE_TAKEN.
    """
    _begin(actor)
    name = " ".join(name.split())[:MAX_NAME]
    if not name:
        raise ServiceError("TEMPLATE_NAME_MISSING")
    others = [each for each in templates(actor.company, is_active=None) if template is None or each.pk != template.pk]
    if name.casefold() in {each.name.casefold() for each in others}:
        raise ServiceError("TEMPLATE_TAKEN", name=name)
    row = template or PlanTemplate(company=actor.company)
    before = [row.name, row.is_active]
    row.name, row.is_active = name, is_active
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise ServiceError("TEMPLATE_TAKEN", name=name) from None
    if template is None:
        audit.record(actor, "plan_template.created", row.name, _page(row))
    elif before != [name, is_active]:
        audit.record(actor, "plan_template.changed", row.name, _page(row))
    return row


@transaction.atomic
def delete_template(actor: Actor, template: PlanTemplate) -> None:
    """Delete a template; plans that were made from it stay. Raises: Forbidden, ServiceError: PRACTICE_OFF."""
    _begin(actor)
    audit.record(actor, "plan_template.deleted", template.name, f"/c/{actor.company.pk}/plan-templates/")
    template.delete()


@transaction.atomic
def save_row(
    actor: Actor, template: PlanTemplate, content: PatternContent, *, row: PlanTemplateRow | None = None
) -> PlanTemplateRow:
    """Add a row to a template, or write one anew; plans that were made from it stay as they are.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PRACTICE_OFF.
        FieldErrors: as `patterns.check`.
    """
    _begin(actor)
    columns = patterns.check(actor.company, content, row)
    saved = row or PlanTemplateRow(template=template, position=template.rows.count())
    for name, value in columns.items():
        setattr(saved, name, value)
    saved.save()
    audit.record(actor, "plan_template.changed", template.name, _page(template), row=saved.title)
    return saved


def get_row(template: PlanTemplate, pk: int) -> PlanTemplateRow:
    """Return a row of a template; PlanTemplateRow.DoesNotExist otherwise."""
    return rows_of(template).get(pk=pk)


@transaction.atomic
def delete_row(actor: Actor, row: PlanTemplateRow) -> None:
    """Take a row out of a template. Raises: Forbidden, ServiceError: PRACTICE_OFF."""
    _begin(actor)
    template = row.template
    audit.record(actor, "plan_template.changed", template.name, _page(template), row=row.title)
    row.delete()
    _number(template)


@transaction.atomic
def move_row(actor: Actor, row: PlanTemplateRow, by: int) -> None:
    """Put a row so many places later, or earlier below zero. Raises: Forbidden, ServiceError: PRACTICE_OFF."""
    _begin(actor)
    rows = list(rows_of(row.template))
    place = next(index for index, each in enumerate(rows) if each.pk == row.pk)
    rows.insert(max(0, min(place + by, len(rows) - 1)), rows.pop(place))
    _number(row.template, rows)


def _number(template: PlanTemplate, rows: Sequence[PlanTemplateRow] | None = None) -> None:
    for position, each in enumerate(rows if rows is not None else rows_of(template)):
        if each.position != position:
            PlanTemplateRow.objects.filter(pk=each.pk).update(position=position)


# --- given to clients ---------------------------------------------------------------------------------------


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """What giving a template did: rows added to plans, rows that clients had already, and those that were refused."""

    clients: int
    made: int
    known: int
    refused: tuple[tuple[str, str], ...] = ()  # client and title, and the reason in words


def apply(
    actor: Actor,
    template: PlanTemplate,
    client_ids: Iterable[int],
    *,
    starts_on: dt.date,
    ends_on: dt.date | None = None,
    assignee_id: int | None = None,
) -> Applied:
    """Give a template's rows to clients. A row that a client has from this template already is not added again.

    Args:
        actor: Who gives.
        template: What is given.
        client_ids: To whom; ids of other companies' clients are passed over.
        starts_on: The first start of all rows.
        ends_on: The last day on which one may start; None for no end.
        assignee_id: Whose the tasks are; without one each client's default member's.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PRACTICE_OFF, TEMPLATE_EMPTY, TEMPLATE_NOTHING_CHOSEN.
    """
    _begin(actor)
    rows = list(rows_of(template))
    if not rows:
        raise ServiceError("TEMPLATE_EMPTY", name=template.name)
    clients = list(Client.objects.filter(company=actor.company, pk__in=list(client_ids)).order_by("name", "pk"))
    if not clients:
        raise ServiceError("TEMPLATE_NOTHING_CHOSEN")
    given = Recurrence.objects.filter(company=actor.company, template_row__template=template)
    has = set(given.values_list("client_id", "template_row_id"))
    made = 0
    refused: list[tuple[str, str]] = []
    for client, row in product(clients, rows):
        if (client.pk, row.pk) in has:
            continue
        pattern = patterns.content_of(row)
        content = RecurrenceContent(pattern=pattern, starts_on=starts_on, ends_on=ends_on, assignee_id=assignee_id)
        reason = _given(actor, client, content, row)
        made += not reason
        refused += [(f"{client.name}: {row.title}", reason)] if reason else []
    audit.record(actor, "plan_template.applied", template.name, _page(template), count=len(clients), rows=made)
    known = len(clients) * len(rows) - made - len(refused)
    return Applied(clients=len(clients), made=made, known=known, refused=tuple(refused))


def _given(actor: Actor, client: Client, content: RecurrenceContent, row: PlanTemplateRow | None) -> str:
    """Add a row to a client's plan; return why not, empty when it was added."""
    try:
        create_recurrence(actor, client.pk, content, template_row=row)
    except ServiceError as error:
        return str(error)
    return ""


@transaction.atomic
def from_plan(actor: Actor, client: Client, name: str) -> PlanTemplate:
    """Make a template of a client's plan as it stands, without what is put aside.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PRACTICE_OFF, PLAN_EMPTY, TEMPLATE_NAME_MISSING, TEMPLATE_TAKEN.
    """
    _begin(actor)
    rows = list(recurrences_of(actor.company, client=client, is_active=True))
    if not rows:
        raise ServiceError("PLAN_EMPTY", client=client.name)
    template = save_template(actor, name=name)
    add_rows(actor, template, [patterns.content_of(row) for row in rows])
    return template


def copy_plan(actor: Actor, source: Client, client_ids: Iterable[int], *, starts_on: dt.date) -> Applied:
    """Give the rows of one client's plan to other clients; a row that a client has already by title is not added.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PRACTICE_OFF, PLAN_EMPTY, TEMPLATE_NOTHING_CHOSEN.
    """
    _begin(actor)
    rows = list(recurrences_of(actor.company, client=source, is_active=True))
    if not rows:
        raise ServiceError("PLAN_EMPTY", client=source.name)
    wanted = Client.objects.filter(company=actor.company, pk__in=list(client_ids)).exclude(pk=source.pk)
    clients = list(wanted.order_by("name", "pk"))
    if not clients:
        raise ServiceError("TEMPLATE_NOTHING_CHOSEN")
    made = known = 0
    refused: list[tuple[str, str]] = []
    titles = recurrences_of(actor.company).filter(client__in=clients).values_list("client_id", "title")
    has = {(pk, title.casefold()) for pk, title in titles}
    for client, row in product(clients, rows):
        if (client.pk, row.title.casefold()) in has:
            known += 1
            continue
        ends_on = row.ends_on if row.ends_on is not None and row.ends_on >= starts_on else None
        content = RecurrenceContent(pattern=patterns.content_of(row), starts_on=starts_on, ends_on=ends_on)
        reason = _given(actor, client, content, row.template_row)
        made += not reason
        refused += [(f"{client.name}: {row.title}", reason)] if reason else []
    return Applied(clients=len(clients), made=made, known=known, refused=tuple(refused))


@transaction.atomic
def add_rows(actor: Actor, template: PlanTemplate, contents: Iterable[PatternContent]) -> int:
    """Put rows at a template's end; all or none. Raises: Forbidden, ServiceError: PRACTICE_OFF, FieldErrors."""
    _begin(actor)
    begin = template.rows.count()
    made = [
        PlanTemplateRow(template=template, position=begin + place, **patterns.check(actor.company, content))
        for place, content in enumerate(contents)
    ]
    if begin + len(made) > MAX_ROWS:
        raise FieldErrors({"rows": ServiceError("FILE_TOO_MANY_ROWS", file=template.name, limit=MAX_ROWS, line="-")})
    PlanTemplateRow.objects.bulk_create(made)
    return len(made)
