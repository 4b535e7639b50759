"""Works from stored deliveries."""

from collections.abc import Sequence

from tilisilta.core.documents import DocumentKind, decode_document
from tilisilta.engine.work import Work
from tilisilta.store.models import Delivery


def load_works(delivery_ids: Sequence[int]) -> list[Work]:
    """Return the works of stored deliveries, in order; those without a readable document are left out."""
    rows = (
        Delivery.objects.filter(pk__in=list(delivery_ids))
        .exclude(document=None)
        .select_related("document")
        .order_by("pk")
    )
    works = []
    for row in rows:
        if row.document is None:
            continue
        kind = DocumentKind(row.kind)
        works.append(
            Work(
                kind=kind,
                source_id=row.source_id,
                document=decode_document(kind, bytes(row.document.payload)),
                document_id=row.document_id or 0,
                delivery_id=row.pk,
                state=row.state,
                key=row.key,
                attempt=row.attempt,
                version_hash=row.document.version_hash,
            )
        )
    return works
