"""From a source's page to stored documents: what is new, what changed, what is known.

Runs in a store thread, one transaction a batch. A document whose delivery is already at the target is never sent
again; a later change is drift, shown and kept as a version.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from tilisilta.core.documents import DocumentKind, encode_document, version_hash
from tilisilta.engine.bulk import BulkInsert, day, moment
from tilisilta.engine.context import RunContext
from tilisilta.engine.lease import hold_lease
from tilisilta.engine.log import EventLine, write_events, write_problems
from tilisilta.engine.states import AT_TARGET, require_move
from tilisilta.engine.work import Work, delivery_key
from tilisilta.ports import SourceRecord
from tilisilta.store.models import Delivery, DeliveryState, Document, DocumentVersion

RUN_CANCELLED = "RUN_CANCELLED"
# Reasons for leaving a document out that may be gone when it is seen again.
REVISITED_REASONS = frozenset({"NOT_FROM_SOURCE", "PAYMENT_DOCUMENT_NOT_IMPORTED", "DELETED_AT_SOURCE", RUN_CANCELLED})
# These only when their days are imported again, not when a document changes some time later.
_BY_WINDOW = frozenset({RUN_CANCELLED, "BEFORE_CUT_OVER"})
# What an automatic run leaves alone, a person may import by choosing its dates.
_REVISITED_BY_PEOPLE = REVISITED_REASONS | {"BEFORE_CUT_OVER"}


def is_revisited(ctx: RunContext, state: str, reason: str) -> bool:
    """Return whether a document that was left out is decided anew when it is seen again."""
    reasons = REVISITED_REASONS if ctx.is_automatic else _REVISITED_BY_PEOPLE
    return state == DeliveryState.SKIPPED and reason in reasons


@dataclass(slots=True)
class Intake:
    """What became of one batch of records: the works that go on, and the counts of the others."""

    works: list[Work] = field(default_factory=list)
    seen: int = 0
    known: int = 0
    drifted: int = 0
    problems: int = 0
    events: list[EventLine] = field(default_factory=list)


@dataclass(slots=True)
class _Known:
    """The rows that the store already has for a batch, by kind and source id."""

    documents: dict[tuple[str, str], Document]
    deliveries: dict[tuple[str, str], Delivery]


def _load_known(ctx: RunContext, records: Sequence[SourceRecord]) -> _Known:
    ids = sorted({record.source_id for record in records})
    kinds = [kind.value for kind in ctx.kinds]
    documents = Document.objects.filter(connection_id=ctx.source_connection_id, kind__in=kinds, source_id__in=ids).only(
        "id", "kind", "source_id", "version", "version_hash", "is_deleted_at_source"
    )
    deliveries = Delivery.objects.filter(flow_id=ctx.flow_id, kind__in=kinds, source_id__in=ids).only(
        "id", "kind", "source_id", "state", "key", "attempt", "reason", "version_hash"
    )
    return _Known(
        documents={(row.kind, row.source_id): row for row in documents},
        deliveries={(row.kind, row.source_id): row for row in deliveries},
    )


def unique_records(records: Iterable[SourceRecord]) -> list[SourceRecord]:
    """Return the records without doubles: pages may repeat rows while the source changes; the last one holds."""
    return list({(record.kind, record.source_id): record for record in records}.values())


def take_in(ctx: RunContext, records: Sequence[SourceRecord], *, only_known: bool = False) -> Intake:
    """Store a batch of records and return those that need mapping and sending.

    With `only_known`, records without a delivery are left alone (the watch for changes outside the window).
    """
    intake = Intake()
    with transaction.atomic():
        hold_lease(ctx.integration_id, ctx.fence)
        known = _load_known(ctx, records)
        fresh: list[Work] = []
        for record in records:
            document = known.documents.get((record.kind, record.source_id))
            delivery = known.deliveries.get((record.kind, record.source_id))
            if only_known and delivery is None:
                continue
            intake.seen += 1
            if record.is_deleted:
                intake.drifted += _note_deletion(document, delivery, intake.events)
            elif record.document is None:
                _take_unreadable(ctx, record, delivery, intake)
            elif document is None:
                fresh.append(_work(ctx, record, delivery))
            else:
                revisits = delivery is not None and is_revisited(ctx, delivery.state, delivery.reason)
                stays = only_known and delivery is not None and delivery.reason in _BY_WINDOW
                work = _work(ctx, record, delivery)
                again = delivery is not None and _goes_again(ctx, work, delivery)
                _take_known(work, document, delivery, intake, revisits=revisits and not stays, again=again)
        _insert_documents(ctx, fresh)
        intake.works.extend(fresh)
        write_events(ctx.company_id, ctx.run_id, intake.events)
    if only_known:
        # Most of these came by in this run already; only what changed is worth counting.
        intake.seen, intake.known = intake.drifted + len(intake.works), 0
    return intake


def _work(ctx: RunContext, record: SourceRecord, delivery: Delivery | None) -> Work:
    if record.document is None:
        raise ValueError("a record without document has no work")
    return Work(
        kind=record.kind,
        source_id=record.source_id,
        document=record.document,
        delivery_id=delivery.pk if delivery else 0,
        state=delivery.state if delivery else "",
        key=delivery.key if delivery else delivery_key(ctx.salt, record.kind, record.source_id),
        attempt=delivery.attempt if delivery else 0,
        version_hash=version_hash(record.document),
        problems=record.problems,
    )


def store_dependencies(ctx: RunContext, works: Sequence[Work]) -> None:
    """Store parties or items that documents need; rows that are there already are used as they are."""
    by_kind: dict[str, dict[str, Work]] = {}
    for work in works:
        by_kind.setdefault(work.kind, {})[work.source_id] = work
    with transaction.atomic():
        hold_lease(ctx.integration_id, ctx.fence)
        for kind, wanted in by_kind.items():
            rows = Document.objects.filter(
                connection_id=ctx.source_connection_id, kind=kind, source_id__in=list(wanted)
            ).values_list("source_id", "pk")
            for source_id, pk in rows:
                wanted[source_id].document_id = pk
        _insert_documents(ctx, [work for work in works if not work.document_id])


_insert = BulkInsert(
    Document,
    *("company_id", "connection_id", "kind", "source_id", "number", "date", "due_date", "party_name", "party_key"),
    *("currency", "net_minor", "vat_minor", "gross_minor", "version_hash", "payload", "first_seen_at", "changed_at"),
    fixed={"version": 1, "is_deleted_at_source": False},
)


def _insert_documents(ctx: RunContext, fresh: Sequence[Work]) -> None:
    now = moment(timezone.now())
    rows = []
    for work in fresh:
        summary = work.summary
        rows.append(
            (
                *(ctx.company_id, ctx.source_connection_id, work.kind.value, work.source_id, summary.number),
                *(day(summary.date), day(summary.due_date), summary.party_name, summary.party_key),
                *(summary.currency, summary.net_minor, summary.vat_minor, summary.gross_minor),
                *(work.version_hash, encode_document(work.document), now, now),
            )
        )
    ids = {(kind, source_id): pk for pk, kind, source_id in _insert.returning(rows, "id", "kind", "source_id")}
    for work in fresh:
        work.document_id = ids[work.kind.value, work.source_id]


def _goes_again(ctx: RunContext, work: Work, delivery: Delivery) -> bool:
    """Return whether a customer changed since it was sent, at a target that takes it again."""
    is_customer = ctx.customers_again and work.kind is DocumentKind.CUSTOMER
    return is_customer and delivery.state in AT_TARGET and work.version_hash != delivery.version_hash


def _take_known(
    work: Work, document: Document, delivery: Delivery | None, intake: Intake, *, revisits: bool, again: bool
) -> None:
    """A document that was seen before: unchanged and decided, changed before it went, or changed after."""
    work.document_id = document.pk
    changed = work.version_hash != document.version_hash
    if changed or document.is_deleted_at_source:
        store_version(document, work)
    if delivery is None or again:
        intake.works.append(work)
        return
    if delivery.state in AT_TARGET or delivery.state in {DeliveryState.SENDING, DeliveryState.UNCERTAIN}:
        intake.known += 1
        if work.version_hash != delivery.version_hash and delivery.state in {
            DeliveryState.SENT,
            DeliveryState.CONFIRMED,
        }:
            _drift(delivery, "CHANGED_AT_SOURCE", intake.events)
            intake.drifted += 1
        return
    restage = delivery.state in {DeliveryState.PROBLEM, DeliveryState.READY, DeliveryState.REFUSED} and changed
    if revisits or restage:
        intake.works.append(work)
    else:
        intake.known += 1


def store_version(document: Document, work: Work) -> None:
    """Keep the version that was, and make the new one the document's."""
    full = Document.objects.get(pk=document.pk)
    if full.version_hash != work.version_hash:
        DocumentVersion.objects.create(
            document=full, version=full.version, version_hash=full.version_hash, payload=full.payload
        )
        full.version += 1
    summary = work.summary
    for name in (
        *("number", "date", "due_date", "party_name", "party_key"),
        *("currency", "net_minor", "vat_minor", "gross_minor"),
    ):
        setattr(full, name, getattr(summary, name))
    full.version_hash = work.version_hash
    full.payload = encode_document(work.document)
    full.is_deleted_at_source = False
    full.changed_at = timezone.now()
    full.save()


def _drift(delivery: Delivery, code: str, events: list[EventLine]) -> None:
    require_move(delivery.state, DeliveryState.DRIFTED)
    Delivery.objects.filter(pk=delivery.pk).update(
        state=DeliveryState.DRIFTED, reason=code, reason_params={}, updated_at=timezone.now()
    )
    events.append(EventLine(delivery.pk, code.lower(), level="warning"))


def _note_deletion(document: Document | None, delivery: Delivery | None, events: list[EventLine]) -> int:
    """A document that is gone at its source: drift when it went already, left out when it did not."""
    if document is None or document.is_deleted_at_source:
        return 0
    Document.objects.filter(pk=document.pk).update(is_deleted_at_source=True, changed_at=timezone.now())
    if delivery is None:
        return 0
    if delivery.state in {DeliveryState.SENT, DeliveryState.CONFIRMED}:
        _drift(delivery, "DELETED_AT_SOURCE", events)
        return 1
    if delivery.state in {
        DeliveryState.PROBLEM,
        DeliveryState.READY,
        DeliveryState.REFUSED,
        DeliveryState.PARKED,
    }:
        Delivery.objects.filter(pk=delivery.pk).update(
            state=DeliveryState.SKIPPED, reason="DELETED_AT_SOURCE", updated_at=timezone.now()
        )
        delivery.problems.filter(solved_at=None).update(solved_at=timezone.now())
        events.append(EventLine(delivery.pk, "deleted_at_source", level="warning"))
    return 0


def _take_unreadable(ctx: RunContext, record: SourceRecord, delivery: Delivery | None, intake: Intake) -> None:
    """A record that could not be read becomes a delivery without document, so that it is listed and not lost."""
    reason = record.problems[0].code if record.problems else "UNREADABLE"
    if delivery is not None:
        intake.known += 1
        if delivery.state != DeliveryState.PROBLEM or delivery.reason == reason:
            return
    else:
        intake.problems += 1
        delivery = Delivery.objects.create(
            company_id=ctx.company_id,
            flow_id=ctx.flow_id,
            kind=record.kind,
            source_id=record.source_id,
            number=record.number[:100],
            state=DeliveryState.PROBLEM,
            reason=reason,
            key=delivery_key(ctx.salt, record.kind, record.source_id),
            run_id=ctx.run_id,
        )
    write_problems(ctx.company_id, ctx.integration_id, [(delivery.pk, record.problems, None)])
