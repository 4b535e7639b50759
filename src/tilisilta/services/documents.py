"""Documents: searched, filtered, paged by key, and one of them with all that is known about it.

Lists page by key, never by offset, so that the last page of a million rows costs what the first does. Totals are a
call of their own: the page shows its rows first and asks for the sums after.
"""

import datetime as dt
from collections.abc import Iterable, Sequence

import msgspec
from django.db.models import Count, Exists, Model, OuterRef, Q, QuerySet, Sum

from tilisilta.core.documents import Document as CanonicalDocument
from tilisilta.core.documents import DocumentKind, decode_document
from tilisilta.engine.states import MAY_RETRY, TRANSITIONS
from tilisilta.services.deliveries import may_confirm
from tilisilta.services.field_texts import field_text
from tilisilta.store.models import (
    Company,
    Connection,
    Delivery,
    DeliveryProblem,
    DeliveryState,
    Document,
    DocumentVersion,
    Event,
    FollowUp,
    FollowUpState,
)

PAGE_SIZE = 50
MAX_EVENTS = 500
MAX_DIFFERENCES = 200
MANY = 500  # matches that are worth naming one by one
_LAST_LETTER = "\uffff"

UNDATED = frozenset({DocumentKind.CUSTOMER, DocumentKind.SUPPLIER, DocumentKind.ITEM})
KINDS_OF_DIRECTION = {
    "sales": (DocumentKind.SALES_INVOICE, DocumentKind.SALES_CREDIT_NOTE),
    "purchase": (DocumentKind.PURCHASE_INVOICE, DocumentKind.PURCHASE_CREDIT_NOTE),
}
# States that most documents end in: looked up per row. The others are few: found first, then joined.
_COMMON_STATES = frozenset({DeliveryState.SENT, DeliveryState.CONFIRMED})


class Filters(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a list is narrowed to. Amounts are minor units; both bounds are included."""

    text: str = ""
    kind: str = ""
    direction: str = ""
    state: str = ""
    connection_id: int | None = None
    integration_id: int | None = None
    date_from: dt.date | None = None
    date_to: dt.date | None = None
    party: str = ""
    gross_from: int | None = None
    gross_to: int | None = None

    @property
    def is_undated(self) -> bool:
        """Customers, suppliers and items have no date: their list runs by arrival."""
        return self.kind in UNDATED


class ListRow(msgspec.Struct, frozen=True, kw_only=True):
    """A document of a list with its deliveries, newest first."""

    document: Document
    deliveries: tuple[Delivery, ...]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Rows and the key after them; an empty `next_key` ends the list."""

    rows: tuple[ListRow, ...]
    next_key: str = ""


class KindTotal(msgspec.Struct, frozen=True, kw_only=True):
    """Sums of one kind in one currency, in minor units."""

    kind: str
    currency: str
    count: int
    net: int
    vat: int
    gross: int


def _spellings(text: str) -> set[str]:
    """Return a text in the cases it may be written in: SQLite folds the case of ASCII letters only."""
    return {text} if text.isascii() else {text.lower(), text.upper(), text.capitalize(), text}


def _containing(field: str, text: str) -> Q:
    found = Q()
    for spelling in _spellings(text):
        found |= Q(**{f"{field}__icontains": spelling})
    return found


def filtered(company: Company, filters: Filters) -> QuerySet[Document]:
    """Return a company's documents that pass the filters, in no order."""
    found = Document.objects.filter(company=company)
    if filters.kind:
        found = found.filter(kind=filters.kind)
    elif filters.direction in KINDS_OF_DIRECTION:
        found = found.filter(kind__in=KINDS_OF_DIRECTION[filters.direction])
    found = found.filter(date__isnull=filters.is_undated)  # both ways the index gives the order
    if filters.connection_id is not None:
        found = found.filter(connection_id=filters.connection_id)
    if filters.date_from:
        found = found.filter(date__gte=filters.date_from)
    if filters.date_to:
        found = found.filter(date__lte=filters.date_to)
    if filters.gross_from is not None:
        found = found.filter(gross_minor__gte=filters.gross_from)
    if filters.gross_to is not None:
        found = found.filter(gross_minor__lte=filters.gross_to)
    found = _with_text(company, found, filters)
    return _with_state(company, found, filters)


def _with_text(company: Company, found: QuerySet[Document], filters: Filters) -> QuerySet[Document]:
    if text := filters.text.strip():
        found = _one_of(company, found, text, ("number", "party_name"))
    if party := filters.party.strip():
        found = _one_of(company, found, party, ("party_name",))
    return found


def _one_of(company: Company, found: QuerySet[Document], text: str, fields: tuple[str, ...]) -> QuerySet[Document]:
    """Narrow to documents with `text` in one of the fields.

    A number that begins with the text is what people mean most often, and the index finds it at once. Else each field
    is read in its own index, which holds no payloads; when that finds very many, the list's own order finds a page of
    them sooner.
    """
    mine = Document.objects.filter(company=company)
    if "number" in fields:
        begin = mine.filter(number__gte=text, number__lt=text + _LAST_LETTER, number__startswith=text)
        if ids := list(begin.values_list("pk", flat=True)[: MANY + 1]):
            return found.filter(pk__in=ids) if len(ids) <= MANY else found.filter(number__startswith=text)
    matches: set[int] = set()
    if "number" in fields:
        connections = Connection.objects.filter(company=company).values_list("pk", flat=True)
        # without the company, so that the index of source ids is the only one that fits
        by_id = Document.objects.filter(connection_id__in=list(connections), kind__in=[*DocumentKind], source_id=text)
        matches.update(by_id.values_list("pk", flat=True)[:MANY])
    for field in fields:
        matches.update(mine.filter(_containing(field, text)).values_list("pk", flat=True)[: MANY + 1])
    if len(matches) <= MANY:
        return found.filter(pk__in=matches)
    anywhere = Q()
    for field in fields:
        anywhere |= _containing(field, text)
    return found.filter(anywhere)


def _with_state(company: Company, found: QuerySet[Document], filters: Filters) -> QuerySet[Document]:
    deliveries = Delivery.objects.filter(company=company)
    if filters.integration_id is not None:
        deliveries = deliveries.filter(flow__integration_id=filters.integration_id)
    if filters.state:
        deliveries = deliveries.filter(state=filters.state)
    elif filters.integration_id is None:
        return found
    if filters.state and filters.state not in _COMMON_STATES:
        return found.filter(pk__in=deliveries.filter(document__isnull=False).values("document_id"))
    return found.filter(Exists(deliveries.filter(document=OuterRef("pk"))))


def _after(found: QuerySet[Document], filters: Filters, key: str) -> QuerySet[Document]:
    """Return what comes after a key; a key that is not ours begins at the start."""
    date_text, _, id_text = key.partition("_")
    if not id_text.isdecimal():
        return found
    if filters.is_undated:
        return found.filter(pk__lt=int(id_text))
    try:
        date = dt.date.fromisoformat(date_text)
    except ValueError:
        return found
    # The plain bound lets the index begin in the right place; the rest settles documents of that one day.
    return found.filter(date__lte=date).filter(Q(date__lt=date) | Q(pk__lt=int(id_text)))


def search(company: Company, filters: Filters, key: str = "", size: int = PAGE_SIZE) -> Page:
    """Return one page of a company's documents, newest first, from `key` on."""
    order = ("-id",) if filters.is_undated else ("-date", "-id")
    found = _after(filtered(company, filters), filters, key)
    rows = list(found.defer("payload").select_related("connection").order_by(*order)[: size + 1])
    shown = rows[:size]
    next_key = ""
    if len(rows) > size:
        last = shown[-1]
        next_key = f"{last.date.isoformat() if last.date else ''}_{last.pk}"
    deliveries = _deliveries_of(shown)
    return Page(
        rows=tuple(ListRow(document=each, deliveries=tuple(deliveries.get(each.pk, ()))) for each in shown),
        next_key=next_key,
    )


def _deliveries_of(documents: Sequence[Document]) -> dict[int, list[Delivery]]:
    found: dict[int, list[Delivery]] = {}
    for delivery in Delivery.objects.filter(document__in=[each.pk for each in documents]).order_by("-id"):
        if delivery.document_id is not None:
            found.setdefault(delivery.document_id, []).append(delivery)
    return found


def totals(company: Company, filters: Filters) -> list[KindTotal]:
    """Return the sums of everything that passes the filters, per kind and currency."""
    rows = (
        filtered(company, filters)
        .values("kind", "currency")
        .annotate(rows=Count("pk"), net=Sum("net_minor"), vat=Sum("vat_minor"), gross=Sum("gross_minor"))
        .order_by("kind", "currency")
    )
    return [
        KindTotal(
            kind=row["kind"],
            currency=row["currency"],
            count=row["rows"],
            net=row["net"],
            vat=row["vat"],
            gross=row["gross"],
        )
        for row in rows
    ]


# --- one document ------------------------------------------------------------------------------------------


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One field that two versions of a document show differently."""

    path: str
    label: str
    before: str
    after: str


class VersionChange(msgspec.Struct, frozen=True, kw_only=True):
    """What one version changed against the one before it. `at` is when it came."""

    version: int
    at: dt.datetime
    differences: tuple[Difference, ...]
    cut: int = 0


class DeliveryDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery with its open problems, its log (oldest first), what follows its arrival, and what may be done now."""

    delivery: Delivery
    problems: tuple[DeliveryProblem, ...]
    events: tuple[Event, ...]
    follow_ups: tuple[FollowUp, ...]
    may_retry: bool
    may_skip: bool
    may_confirm: bool = False


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """One document: its row, its canonical content (None when the payload is not readable), and its history."""

    document: Document
    canonical: CanonicalDocument | None
    deliveries: tuple[DeliveryDetail, ...]
    versions: tuple[VersionChange, ...]


def _flat(value: object, path: str = "") -> Iterable[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _flat(inner, f"{path}[{index}]")
    else:
        yield path, "" if value is None else str(value)


def differences(before: bytes, after: bytes) -> list[Difference]:
    """Return the fields that two payloads show differently, in the order of the newer one."""
    old, new = dict(_flat(msgspec.json.decode(before))), dict(_flat(msgspec.json.decode(after)))
    return [
        Difference(path=path, label=field_text(path), before=old.get(path, ""), after=new.get(path, ""))
        for path in dict.fromkeys((*new, *old))
        if old.get(path, "") != new.get(path, "")
    ]


def _versions(document: Document) -> tuple[VersionChange, ...]:
    earlier: list[DocumentVersion] = list(document.versions.order_by("version"))
    payloads = [bytes(each.payload) for each in earlier] + [bytes(document.payload)]
    changes = []
    for index, version in enumerate(earlier):
        found = differences(payloads[index], payloads[index + 1])
        changes.append(
            VersionChange(
                version=version.version + 1,
                at=version.replaced_at,
                differences=tuple(found[:MAX_DIFFERENCES]),
                cut=max(0, len(found) - MAX_DIFFERENCES),
            )
        )
    return tuple(reversed(changes))


def _canonical(document: Document) -> CanonicalDocument | None:
    try:
        return decode_document(DocumentKind(document.kind), bytes(document.payload))
    except (msgspec.DecodeError, ValueError):
        return None


def delivery_detail(delivery: Delivery) -> DeliveryDetail:
    """Return a delivery with its problems, log and possible moves."""
    state = DeliveryState(delivery.state)
    events = list(Event.objects.filter(delivery=delivery).select_related("user").order_by("-id")[:MAX_EVENTS])
    follow_ups = tuple(FollowUp.objects.filter(delivery=delivery).order_by("pk"))
    has_failed = any(each.state == FollowUpState.FAILED for each in follow_ups)
    return DeliveryDetail(
        delivery=delivery,
        problems=tuple(
            DeliveryProblem.objects.filter(delivery=delivery, solved_at=None)
            .select_related("integration", "delivery")
            .order_by("id")
        ),
        events=tuple(reversed(events)),
        follow_ups=follow_ups,
        may_retry=(state in MAY_RETRY or has_failed) and delivery.document_id is not None,
        may_skip=DeliveryState.SKIPPED in TRANSITIONS[state],
        may_confirm=may_confirm(delivery),
    )


def detail(company: Company, document_id: int) -> Detail:
    """Return one document of a company with all that is known about it.

    Raises:
        Document.DoesNotExist: there is none of this id in this company.
    """
    document = Document.objects.select_related("connection").get(company=company, pk=document_id)
    deliveries = (
        Delivery.objects.filter(company=company, document=document)
        .select_related("flow__integration__source", "flow__integration__target", "decided_by")
        .order_by("id")
    )
    return Detail(
        document=document,
        canonical=_canonical(document),
        deliveries=tuple(delivery_detail(each) for each in deliveries),
        versions=_versions(document),
    )


def get_delivery(company: Company, delivery_id: int) -> Delivery:
    """Return one delivery of a company; raises Delivery.DoesNotExist for any other."""
    return Delivery.objects.select_related("flow__integration").get(company=company, pk=delivery_id)


def names_of(company: Company, model: type[Model]) -> list[tuple[int, str]]:
    """Return (id, name) of a company's rows of a model with a name, for choices of a filter."""
    rows = model._default_manager.filter(company=company).order_by("name", "pk")  # noqa: SLF001  public in Django
    return [(row.pk, str(row)) for row in rows]
