"""Preview: what an import would do, worked out on both sides' data; nothing is written but the run's own result."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from tilisilta.core.documents import DocumentKind, Item, Party, version_hash
from tilisilta.core.money import amount_from_minor
from tilisilta.engine.context import PARTY_KINDS, RunContext
from tilisilta.engine.database import in_store
from tilisilta.engine.dependencies import directory_of, load_items
from tilisilta.engine.fetching import Phase, check_cancelled, fetch_batches, fetch_request
from tilisilta.engine.guard import likely
from tilisilta.engine.intake import is_revisited
from tilisilta.engine.lookups import CREDITABLE, collect_needs, load_bindings
from tilisilta.engine.postings import load_postings
from tilisilta.engine.products import load_products
from tilisilta.engine.stage import map_work
from tilisilta.engine.states import AT_TARGET
from tilisilta.engine.work import Work, delivery_key, summarise
from tilisilta.ports import SourceRecord
from tilisilta.store.models import Delivery, DeliveryState, Run

MOST_ROWS = 2000
# Stands for the target's id of what the import would create first.
_TO_BE_CREATED = "(new)"


class _Result:
    """The growing result of a preview: rows up to a limit, sums over everything."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.cut = 0
        self.totals: dict[str, dict[str, Any]] = {}
        self.actions: dict[str, int] = {}
        self.new: dict[str, list[dict[str, str]]] = {"parties": [], "items": []}
        self.to_match: list[dict[str, str]] = []
        self.asked: set[tuple[DocumentKind, str]] = set()

    def add(self, row: dict[str, Any], minors: tuple[int, int, int] = (0, 0, 0)) -> None:
        self.actions[row["action"]] = self.actions.get(row["action"], 0) + 1
        if row["action"] == "create":
            sums = self.totals.setdefault(f"{row['kind']}|{row['currency']}", dict.fromkeys(_SUMS, 0))
            for name, amount in zip(_SUMS, (1, *minors), strict=True):
                sums[name] += amount
        if len(self.rows) < MOST_ROWS:
            self.rows.append(row)
        else:
            self.cut += 1

    def stored(self) -> dict[str, Any]:
        totals = {}
        for key, sums in self.totals.items():
            kind, _, currency = key.partition("|")
            amounts = {name: str(amount_from_minor(sums[name], currency or "EUR")) for name in _SUMS[1:]}
            totals[key] = {"kind": kind, "currency": currency, "count": sums["count"], **amounts}
        return {
            "rows": self.rows,
            "cut": self.cut,
            "totals": totals,
            "actions": self.actions,
            "new_parties": self.new["parties"],
            "new_items": self.new["items"],
            "to_match": self.to_match,
        }


_SUMS = ("count", "net", "vat", "gross")


async def preview(ctx: RunContext) -> None:
    """Work out what an import would do and keep it as the run's result.

    Raises: what fetching raises.
    """
    result = _Result()
    seen = 0
    request = fetch_request(ctx, Phase.FETCH, "")
    if request is not None:
        async for records, _ in fetch_batches(ctx, request):
            await in_store(check_cancelled, ctx)
            seen += len(records)
            await _preview_batch(ctx, records, result)
            await in_store(_progress, ctx, seen)
    await in_store(_save, ctx, result.stored())


def _progress(ctx: RunContext, seen: int) -> None:
    Run.objects.filter(pk=ctx.run_id).update(seen=seen, heartbeat_at=timezone.now())


def _save(ctx: RunContext, result: dict[str, Any]) -> None:
    Run.objects.filter(pk=ctx.run_id).update(result=result)


async def _preview_batch(ctx: RunContext, records: Sequence[SourceRecord], result: _Result) -> None:
    known = await in_store(_deliveries, ctx, records)
    works: list[Work] = []
    for record in records:
        delivery = known.get((record.kind, record.source_id))
        if record.document is None:
            if not record.is_deleted:
                result.add(_row_of_record(record))
            continue
        hashed = version_hash(record.document)
        revisit = delivery is not None and is_revisited(ctx, delivery.state, delivery.reason)
        work = Work(
            kind=record.kind,
            source_id=record.source_id,
            document=record.document,
            delivery_id=delivery.pk if delivery and not revisit else 0,
            key=delivery_key(ctx.salt, record.kind, record.source_id),
            version_hash=hashed,
            problems=record.problems,
        )
        if delivery is not None and not revisit:
            result.add(_row(work, _known_action(delivery, hashed)), _minors(work))
        else:
            works.append(work)
    await _suppose_bound(ctx, works, result)
    await load_postings(ctx, works)
    for work in sorted(works, key=lambda each: each.kind not in CREDITABLE):
        map_work(ctx, work)
        if work.kind in CREDITABLE and work.draft is not None:
            ctx.bindings.put(work.kind, work.source_id, _TO_BE_CREATED)  # credit notes of the same import find it
    for work in works:
        action = "skip" if work.skip_reason else "create" if work.draft is not None else "problem"
        result.add(_row(work, action), _minors(work))


def _known_action(delivery: Delivery, hashed: str) -> str:
    if delivery.state == DeliveryState.DRIFTED or (delivery.state in AT_TARGET and delivery.version_hash != hashed):
        return "drift"
    return "known" if delivery.state in AT_TARGET else "waiting"


def _deliveries(ctx: RunContext, records: Sequence[SourceRecord]) -> dict[tuple[str, str], Delivery]:
    rows = Delivery.objects.filter(
        flow_id=ctx.flow_id,
        kind__in=[kind.value for kind in ctx.kinds],
        source_id__in=[record.source_id for record in records],
    )
    return {(row.kind, row.source_id): row for row in rows}


async def _suppose_bound(ctx: RunContext, works: Sequence[Work], result: _Result) -> None:
    """List the parties and items that an import would create or ask about, and go on as if they were bound."""
    await load_products(ctx)
    await in_store(load_bindings, ctx, works)
    needed = collect_needs(ctx, works)
    await load_items(ctx, needed.items)
    unbound: list[tuple[DocumentKind, str, Party | Item]] = [
        (PARTY_KINDS[role], key, party) for role, key, party in needed.parties
    ]
    unbound += [(DocumentKind.ITEM, key, ctx.items.get(key, item)) for key, item in needed.items]
    for kind, key, record in unbound:
        if ctx.bindings.get(kind, key) or (kind, key) in result.asked:
            continue
        result.asked.add((kind, key))
        directory = await directory_of(ctx, kind, keep=False)
        found = likely(record, directory)
        summary = summarise(record)
        entry = {"kind": kind.value, "key": key, "name": summary.party_name, "code": summary.number}
        if found:
            best = directory.by_id[found[0].target_id]
            result.to_match.append({**entry, "candidate": best.name, "confidence": f"{found[0].confidence:.2f}"})
        else:
            result.new["items" if kind is DocumentKind.ITEM else "parties"].append(entry)
        ctx.bindings.put(kind, key, _TO_BE_CREATED)


def _minors(work: Work) -> tuple[int, int, int]:
    summary = summarise(work.document)
    return summary.net_minor, summary.vat_minor, summary.gross_minor


def _row(work: Work, action: str) -> dict[str, Any]:
    summary = summarise(work.document)
    net, vat, gross = (
        str(amount_from_minor(minor, summary.currency or "EUR"))
        for minor in (summary.net_minor, summary.vat_minor, summary.gross_minor)
    )
    problems: list[dict[str, Any]] = [
        {"code": each.code, "params": each.params, "where": each.where, "severity": each.severity.value}
        for each in work.problems
    ]
    if work.skip_reason:
        problems.append({"code": work.skip_reason, "params": work.skip_params, "where": "", "severity": "info"})
    return {
        "kind": work.kind.value,
        "source_id": work.source_id,
        "number": summary.number,
        "date": summary.date.isoformat() if summary.date else "",
        "party": summary.party_name,
        "currency": summary.currency,
        "net": net,
        "vat": vat,
        "gross": gross,
        "action": action,
        "problems": problems,
    }


def _row_of_record(record: SourceRecord) -> dict[str, Any]:
    return {
        "kind": record.kind.value,
        "source_id": record.source_id,
        "number": record.number,
        "date": "",
        "party": "",
        "currency": "",
        "net": "",
        "vat": "",
        "gross": "",
        "action": "problem",
        "problems": [
            {"code": each.code, "params": each.params, "where": each.where, "severity": each.severity.value}
            for each in record.problems
        ],
    }
