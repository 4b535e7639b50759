"""Lists as programs read them: by key, so that rows that come or go meanwhile are neither repeated nor missed.

A cursor is opaque to who carries it: it names the list and the key of the last row that was shown.
"""

import base64
import binascii
import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final, Generic, TypeVar

import msgspec
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from tilisilta.services.access import Actor
from tilisilta.services.audit import entries
from tilisilta.services.errors import MESSAGES, ServiceError
from tilisilta.store.models import (
    AuditEntry,
    Binding,
    Company,
    Delivery,
    DeliveryProblem,
    Document,
    Event,
    Flow,
    Integration,
    MatchProposal,
    MatchState,
    Membership,
    Notice,
    Run,
    StoredFile,
    User,
)

MAX_LIMIT: Final = 200
MESSAGES["CURSOR_INVALID"] = _("The cursor is not one of this list. Begin again without it.")

Row = TypeVar("Row", bound=Model)
Any_ = TypeVar("Any_")


class Listing(msgspec.Struct, Generic[Any_], frozen=True, kw_only=True):
    """A page of rows and the cursor after them; an empty one ends the list."""

    rows: tuple[Any_, ...]
    next_cursor: str = ""


def encode_cursor(name: str, *values: object) -> str:
    """Return a cursor of the list `name` that stands behind the row with these key values."""
    plain = [str(value) if not isinstance(value, dt.date) else value.isoformat() for value in values]
    return base64.urlsafe_b64encode(msgspec.json.encode([name, *plain])).decode().rstrip("=")


def decode_cursor(name: str, cursor: str, count: int = 1) -> list[str]:
    """Return the key values of a cursor.

    Raises:
        ServiceError: CURSOR_INVALID when it is none, or of another list.
    """
    try:
        opened = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=list[str])
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise ServiceError("CURSOR_INVALID") from None
    if len(opened) != count + 1 or opened[0] != name:
        raise ServiceError("CURSOR_INVALID")
    return opened[1:]


def page(found: QuerySet[Row], order: Sequence[str], *, cursor: str = "", limit: int = 50) -> Listing[Row]:
    """Return a page of a query in this order; the order's last field must be unique.

    Args:
        found: The rows, in any order.
        order: Fields of the row itself, as `order_by` takes them.
        cursor: Where the page begins; empty for the start.
        limit: The most rows that come back.

    Raises:
        ServiceError: CURSOR_INVALID.
    """
    name = f"{found.model._meta.model_name}:{','.join(order)}"  # noqa: SLF001  public in Django
    fields = [(field.lstrip("-"), field.startswith("-")) for field in order]
    if cursor:
        found = found.filter(_after(fields, _values(found.model, fields, decode_cursor(name, cursor, len(order)))))
    rows = list(found.order_by(*order)[: limit + 1])
    shown = tuple(rows[:limit])
    has_more = len(rows) > limit
    key = [getattr(shown[-1], field) for field, _down in fields] if has_more else []
    return Listing(rows=shown, next_cursor=encode_cursor(name, *key) if has_more else "")


def _values(model: type[Model], fields: Sequence[tuple[str, bool]], texts: Sequence[str]) -> list[Any]:
    try:
        return [
            model._meta.get_field(field).to_python(text)  # type: ignore[union-attr]  # noqa: SLF001  public in Django
            for (field, _down), text in zip(fields, texts, strict=True)
        ]
    except (ValidationError, ValueError, OverflowError):
        raise ServiceError("CURSOR_INVALID") from None


def _after(fields: Sequence[tuple[str, bool]], values: Sequence[Any]) -> Q:
    (field, is_down), value = fields[0], values[0]
    beyond = Q(**{f"{field}__{'lt' if is_down else 'gt'}": value})
    if len(fields) == 1:
        return beyond
    # The plain bound lets an index begin in the right place; the rest settles rows that share the first value.
    bound = Q(**{f"{field}__{'lte' if is_down else 'gte'}": value})
    return bound & (beyond | _after(fields[1:], values[1:]))


def page_of(rows: Sequence[Any_], name: str, key: Callable[[Any_], str], *, cursor: str, limit: int) -> Listing[Any_]:
    """Return a page of rows that are at hand already, in their own order, from behind the row with the cursor's key.

    When that row is gone, the page begins where it stood.

    Raises:
        ServiceError: CURSOR_INVALID.
    """
    start = 0
    if cursor:
        place, last = decode_cursor(name, cursor, 2)
        if not place.isdecimal():
            raise ServiceError("CURSOR_INVALID")
        start = next((index + 1 for index, row in enumerate(rows) if key(row) == last), int(place))
    shown = tuple(rows[start : start + limit])
    has_more = start + limit < len(rows)
    return Listing(
        rows=shown, next_cursor=encode_cursor(name, start + limit - 1, key(shown[-1])) if has_more and shown else ""
    )


# --- the lists ---------------------------------------------------------------------------------------------


def _narrowed(found: QuerySet[Row], **filters: object) -> QuerySet[Row]:
    return found.filter(**{name: value for name, value in filters.items() if value not in (None, "")})


def runs(
    company: Company, *, integration_id: int | None = None, kind: str = "", mode: str = "", state: str = ""
) -> QuerySet[Run]:
    """Return a company's runs without what their previews found."""
    found = Run.objects.filter(company=company).select_related("flow", "requested_by").defer("result")
    return _narrowed(found, flow__integration_id=integration_id, flow__kind=kind, mode=mode, state=state)


def deliveries(
    company: Company,
    *,
    state: str = "",
    kind: str = "",
    integration_id: int | None = None,
    flow_id: int | None = None,
    run_id: int | None = None,
    document_id: int | None = None,
) -> QuerySet[Delivery]:
    """Return a company's deliveries."""
    return _narrowed(
        Delivery.objects.filter(company=company).select_related("flow"),
        state=state,
        kind=kind,
        flow__integration_id=integration_id,
        flow_id=flow_id,
        run_id=run_id,
        document_id=document_id,
    )


def problems(
    company: Company,
    *,
    integration_id: int | None = None,
    code: str = "",
    severity: str = "",
    group: str = "",
    run_id: int | None = None,
    delivery_id: int | None = None,
    is_open: bool = True,
) -> QuerySet[DeliveryProblem]:
    """Return a company's problems: those that are open, or those that were settled."""
    found = DeliveryProblem.objects.filter(company=company, solved_at__isnull=is_open).select_related(
        "integration", "integration__source", "integration__target", "delivery", "delivery__flow"
    )
    return _narrowed(
        found,
        integration_id=integration_id,
        code=code,
        severity=severity,
        group=group,
        delivery__run_id=run_id,
        delivery_id=delivery_id,
    )


def deliveries_of_problems(company: Company, problem_ids: Sequence[int]) -> list[int]:
    """Return the deliveries that these problems hold up.

    Raises:
        DeliveryProblem.DoesNotExist: one of them is another company's or gone.
    """
    ids = set(problem_ids)
    found = dict(DeliveryProblem.objects.filter(company=company, pk__in=ids).values_list("pk", "delivery_id"))
    if len(found) != len(ids):
        raise DeliveryProblem.DoesNotExist
    return sorted(set(found.values()))


def events(company: Company, *, document_id: int | None = None, delivery_id: int | None = None) -> QuerySet[Event]:
    """Return the log of a document over all its deliveries, or of one delivery."""
    found = Event.objects.filter(company=company).select_related("user")
    return _narrowed(found, delivery__document_id=document_id, delivery_id=delivery_id)


def files(
    company: Company, *, connection_id: int | None = None, state: str = "", text: str = ""
) -> QuerySet[StoredFile]:
    """Return a company's files without their content."""
    found = StoredFile.objects.filter(company=company).select_related("connection")
    return _narrowed(found, connection_id=connection_id, state=state, name__icontains=text.strip())


def bindings(integration: Integration, kind: str) -> QuerySet[Binding]:
    """Return the id map of an integration: one kind's pairs."""
    return Binding.objects.filter(
        source_connection=integration.source_id, target_connection=integration.target_id, kind=kind
    )


def open_matches(
    company: Company, *, integration_id: int | None = None, kind: str = "", text: str = ""
) -> QuerySet[MatchProposal]:
    """Return the proposals that wait for a decision."""
    found = MatchProposal.objects.filter(company=company, state=MatchState.OPEN).select_related(
        "delivery", "delivery__document", "integration", "integration__target"
    )
    return _narrowed(
        found,
        integration_id=integration_id,
        delivery__kind=kind,
        delivery__party_name__icontains=text.strip(),
    )


def notice_reader(actor: Actor) -> User | None:
    """Return whose notices an actor reads: a person their own, a token those of the member who made it."""
    user = actor.user or (actor.token.created_by if actor.token else None)
    if user is None or not Membership.objects.filter(company=actor.company, user=user).exists():
        return None
    return user


def notices(actor: Actor, *, is_unread: bool = False) -> QuerySet[Notice]:
    """Return the notices that an actor reads; none for a token whose maker has left the company."""
    found = Notice.objects.filter(company=actor.company, user=notice_reader(actor)).select_related("company")
    return found.filter(read_at=None) if is_unread else found


def audit_page(
    company: Company,
    *,
    cursor: str,
    limit: int,
    action: str = "",
    text: str = "",
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> Listing[AuditEntry]:
    """Return a page of the audit log, newest first.

    Raises:
        ServiceError: CURSOR_INVALID.
    """
    last = decode_cursor("audit", cursor)[0] if cursor else ""
    if last and not (last.isdecimal() and len(last) < 19):  # noqa: PLR2004  fits the database's integers
        raise ServiceError("CURSOR_INVALID")
    rows = entries(
        company,
        action=action,
        text=text,
        since=since,
        until=until,
        before_id=int(last) if last else None,
        limit=limit + 1,
    )
    shown = tuple(rows[:limit])
    return Listing(rows=shown, next_cursor=encode_cursor("audit", shown[-1].pk) if len(rows) > limit else "")


def percent(rate: Decimal | None) -> str | None:
    """Return a rate as it is written in lists: "24", "25.5"; None stays None."""
    if rate is None:
        return None
    text = format(rate, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def require_document(company: Company, document_id: int) -> None:
    """Raise Document.DoesNotExist unless a document is this company's."""
    Document.objects.only("pk").get(company=company, pk=document_id)


def require_deliveries(flow: Flow, delivery_ids: Sequence[int]) -> None:
    """Raise Delivery.DoesNotExist unless all of these deliveries are a flow's."""
    ids = set(delivery_ids)
    if Delivery.objects.filter(flow=flow, pk__in=ids).count() != len(ids):
        raise Delivery.DoesNotExist


def require_matches(company: Company, match_ids: Sequence[int]) -> list[MatchProposal]:
    """Return the proposals of these ids.

    Raises:
        MatchProposal.DoesNotExist: one of them is another company's or gone.
    """
    ids = set(match_ids)
    rows = list(MatchProposal.objects.filter(company=company, pk__in=ids).select_related("delivery", "integration"))
    if len(rows) != len(ids):
        raise MatchProposal.DoesNotExist
    return rows
