"""Reconcile: the source's documents and the target's, side by side, to the cent. Nothing is written but the result."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils import timezone

from tilisilta.core.documents import DocumentKind
from tilisilta.core.errors import Misconfigured
from tilisilta.core.money import ZERO
from tilisilta.engine.context import RunContext
from tilisilta.engine.database import in_store
from tilisilta.engine.fetching import Phase, check_cancelled, fetch_batches, fetch_request
from tilisilta.engine.work import expected_gross, summarise
from tilisilta.ports import SourceRecord, Totals, TotalsReader
from tilisilta.store.models import Binding, Delivery, Run

MOST_ROWS = 2000
CREDIT_NOTES = frozenset({DocumentKind.SALES_CREDIT_NOTE, DocumentKind.PURCHASE_CREDIT_NOTE})


class _Comparison:
    """Counts and sums of both sides, and the rows that differ."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.equal = 0
        self.differences = 0
        self.sums: dict[str, dict[str, Decimal]] = {}
        self.counts: dict[str, dict[str, int]] = {}

    def add(self, record: SourceRecord, target_id: str, theirs: Totals | None, state: str) -> None:
        if record.document is None:
            return
        summary = summarise(record.document)
        ours = expected_gross(record.document) or ZERO
        currency = summary.currency
        self.counts.setdefault(currency, {"source": 0, "target": 0})["source"] += 1
        sums = self.sums.setdefault(currency, {"source": ZERO, "target": ZERO})
        sign = -1 if record.kind in CREDIT_NOTES else 1
        sums["source"] += sign * ours
        shown = abs(theirs.gross) if theirs is not None and theirs.gross is not None else None
        if theirs is not None:
            self.counts[currency]["target"] += 1
            sums["target"] += sign * (shown if shown is not None else ours)
        verdict = self._verdict(ours, shown, target_id, theirs)
        if verdict == "equal":
            self.equal += 1
            return
        self.differences += 1
        if len(self.rows) < MOST_ROWS:
            self.rows.append(
                {
                    "kind": record.kind.value,
                    "source_id": record.source_id,
                    "number": summary.number,
                    "date": summary.date.isoformat() if summary.date else "",
                    "party": summary.party_name,
                    "currency": currency,
                    "source": {"gross": str(ours)},
                    "target": {"id": target_id, "gross": str(shown) if shown is not None else ""},
                    "state": state,
                    "differs": [verdict],
                }
            )

    @staticmethod
    def _verdict(ours: Decimal, shown: Decimal | None, target_id: str, theirs: Totals | None) -> str:
        if not target_id:
            return "not_sent"
        if theirs is None:
            return "gone_at_target"
        return "equal" if shown is None or shown == abs(ours) else "totals_differ"

    def stored(self) -> dict[str, Any]:
        totals = {
            currency: {
                "count": self.counts[currency],
                "source": str(sums["source"]),
                "target": str(sums["target"]),
                "difference": str(sums["source"] - sums["target"]),
            }
            for currency, sums in self.sums.items()
        }
        return {"rows": self.rows, "equal": self.equal, "differences": self.differences, "totals": totals}


async def reconcile(ctx: RunContext) -> None:
    """Compare all documents of the run's window and keep the result with the run.

    Raises: what fetching and reading back raise; Misconfigured when the target cannot be read back.
    """
    if not isinstance(ctx.target, TotalsReader):
        raise Misconfigured("TARGET_NOT_READABLE", vendor=ctx.target_manifest.name)
    comparison = _Comparison()
    seen = 0
    request = fetch_request(ctx, Phase.FETCH, "")
    if request is not None:
        async for records, _ in fetch_batches(ctx, request):
            await in_store(check_cancelled, ctx)
            seen += len(records)
            await _compare_batch(ctx, ctx.target, records, comparison)
            await in_store(_save, ctx, seen, comparison.stored())


async def _compare_batch(
    ctx: RunContext, target: TotalsReader, records: Sequence[SourceRecord], comparison: _Comparison
) -> None:
    bound, states = await in_store(_bound, ctx, records)
    theirs: dict[tuple[DocumentKind, str], Totals] = {}
    for kind in ctx.kinds:
        ids = [bound[key] for key in bound if key[0] is kind]
        if ids:
            read = await target.read_totals(kind, ids)
            theirs.update({(kind, target_id): totals for target_id, totals in read.items()})
    for record in records:
        if record.is_deleted:
            continue
        target_id = bound.get((record.kind, record.source_id), "")
        state = states.get((record.kind.value, record.source_id), "")
        comparison.add(record, target_id, theirs.get((record.kind, target_id)), state)


def _bound(
    ctx: RunContext, records: Sequence[SourceRecord]
) -> tuple[Mapping[tuple[DocumentKind, str], str], Mapping[tuple[str, str], str]]:
    ours, theirs = ("target_id", "source_id") if ctx.is_reverse else ("source_id", "target_id")
    ids = [record.source_id for record in records]
    kinds = [kind.value for kind in ctx.kinds]
    rows = Binding.objects.filter(
        source_connection_id=ctx.bindings.source_connection_id,
        target_connection_id=ctx.bindings.target_connection_id,
        kind__in=kinds,
        **{f"{ours}__in": ids},
    ).values_list("kind", ours, theirs)
    states = Delivery.objects.filter(flow_id=ctx.flow_id, kind__in=kinds, source_id__in=ids).values_list(
        "kind", "source_id", "state"
    )
    return (
        {(DocumentKind(kind), key): other for kind, key, other in rows},
        {(kind, source_id): state for kind, source_id, state in states},
    )


def _save(ctx: RunContext, seen: int, result: dict[str, Any]) -> None:
    Run.objects.filter(pk=ctx.run_id).update(seen=seen, result=result, heartbeat_at=timezone.now())
