"""Parties and items go before the documents that need them, by the same rules and through the same outbox."""

from collections.abc import Mapping, Sequence

from django.db import transaction

from tilisilta.core.documents import Document, DocumentKind, Item, Party, PartyRole, decode_document, version_hash
from tilisilta.core.errors import Retry
from tilisilta.engine.again import changed_customers
from tilisilta.engine.context import PARTY_KINDS, RunContext, at_source
from tilisilta.engine.database import in_store
from tilisilta.engine.directory import Directory, fetch_list, save_list
from tilisilta.engine.guard import Guarded, guard_items, guard_parties
from tilisilta.engine.intake import RUN_CANCELLED, store_dependencies
from tilisilta.engine.lease import hold_lease
from tilisilta.engine.lookups import collect_needs, load_bindings
from tilisilta.engine.outbox import send_batch
from tilisilta.engine.postings import load_postings, load_refused
from tilisilta.engine.products import load_products
from tilisilta.engine.recovery import Point, reached
from tilisilta.engine.reload import load_works
from tilisilta.engine.stage import stage
from tilisilta.engine.work import Work, delivery_key
from tilisilta.ports import Source
from tilisilta.store.models import Delivery, DeliveryState, Integration
from tilisilta.store.models import Document as DocumentRow


async def ensure_bound(ctx: RunContext, works: Sequence[Work]) -> None:
    """Create at the target, or find there, what these works need; what cannot be settled stays unbound and is listed.

    Raises: what sending raises when the target cannot take more now.
    """
    await load_products(ctx)
    await in_store(load_bindings, ctx, works)
    await load_postings(ctx, works)
    if ctx.is_reverse:
        return  # payments go back to what came from there; nothing is created in the source
    needed = collect_needs(ctx, works)
    await load_items(ctx, needed.items)
    for role, kind in PARTY_KINDS.items():
        parties = {
            key: party for each, key, party in needed.parties if each is role and not ctx.bindings.get(kind, key)
        }
        if parties:
            await _create_parties(ctx, role, parties)
        if ctx.customers_again and role is PartyRole.CUSTOMER:
            known = [key for each, key, _ in needed.parties if each is role and key not in parties]
            await _send_again(ctx, known)
    if ctx.settings.completes:
        await in_store(load_refused, ctx, works)
    items = {key: item for key, item in needed.items if not ctx.bindings.get(DocumentKind.ITEM, key)}
    if items:
        await _create_items(ctx, items)


async def _create_parties(ctx: RunContext, role: PartyRole, parties: dict[str, Party]) -> None:
    kind = PARTY_KINDS[role]
    undecided = await _undecided(ctx, kind, list(parties))
    if not undecided:
        return
    ids = [parties[key].source_id for key in undecided if parties[key].source_id]
    with at_source():
        told = await _source(ctx).fetch_parties(ids) if ids else {}
    wanted = {}
    for key in undecided:
        party = told.get(parties[key].source_id, parties[key])
        if party.name.strip():
            wanted[key] = party
    directory = await directory_of(ctx, kind)
    guarded = await in_store(_guard_parties, ctx, role, list(wanted.items()), directory)
    await _settle(ctx, kind, guarded, wanted)


async def _send_again(ctx: RunContext, keys: Sequence[str]) -> None:
    """Send the customers that changed since they were sent, before the documents that name them."""
    works = await changed_customers(ctx, keys)
    if works:
        await in_store(stage, ctx, works)
        await _send(ctx, works)


async def _create_items(ctx: RunContext, items: dict[str, Item]) -> None:
    undecided = await _undecided(ctx, DocumentKind.ITEM, list(items))
    wanted = {key: ctx.items.get(key, items[key]) for key in undecided}
    if not wanted:
        return
    directory = await directory_of(ctx, DocumentKind.ITEM)
    guarded = await in_store(_guard_items, ctx, list(wanted.items()), directory)
    await _settle(ctx, DocumentKind.ITEM, guarded, wanted)


def _guard_parties(
    ctx: RunContext, role: PartyRole, wanted: Sequence[tuple[str, Party]], directory: Directory
) -> Guarded:
    with transaction.atomic():
        hold_lease(ctx.integration_id, ctx.fence)
        integration = Integration.objects.get(pk=ctx.integration_id)
        return guard_parties(integration, role, wanted, directory, run_id=ctx.run_id)


def _guard_items(ctx: RunContext, wanted: Sequence[tuple[str, Item]], directory: Directory) -> Guarded:
    with transaction.atomic():
        hold_lease(ctx.integration_id, ctx.fence)
        integration = Integration.objects.get(pk=ctx.integration_id)
        return guard_items(integration, wanted, directory, run_id=ctx.run_id)


async def _settle(ctx: RunContext, kind: DocumentKind, guarded: Guarded, wanted: Mapping[str, Party | Item]) -> None:
    """Remember what the guard bound, and create what it set free."""
    for key, target_id in guarded.bound.items():
        ctx.bindings.put(kind, key, target_id)
    await _send_new(ctx, kind, [(key, wanted[key]) for key in guarded.free])


async def guard_listed(ctx: RunContext, works: Sequence[Work]) -> tuple[list[Work], int]:
    """Sort the parties or items of a whole list; return those that may be created, and how many wait for a person.

    What is in the id map already is neither: it is known.
    """
    free: list[Work] = []
    asked = 0
    for kind in dict.fromkeys(work.kind for work in works):
        unbound = {
            work.source_id: work for work in works if work.kind is kind and not ctx.bindings.get(kind, work.source_id)
        }
        if not unbound:
            continue
        directory = await directory_of(ctx, kind)
        guarded = await in_store(_guard_listed, ctx, kind, list(unbound.values()), directory)
        for key, target_id in guarded.bound.items():
            ctx.bindings.put(kind, key, target_id)
        free += [unbound[key] for key in guarded.free]
        asked += len(guarded.proposed)
    return free, asked


def _guard_listed(ctx: RunContext, kind: DocumentKind, works: Sequence[Work], directory: Directory) -> Guarded:
    if kind is DocumentKind.ITEM:
        return _guard_items(ctx, [(w.source_id, w.document) for w in works if isinstance(w.document, Item)], directory)
    role = PartyRole.CUSTOMER if kind is DocumentKind.CUSTOMER else PartyRole.SUPPLIER
    parties = [(work.source_id, work.document) for work in works if isinstance(work.document, Party)]
    return _guard_parties(ctx, role, parties, directory)


async def _send_new(ctx: RunContext, kind: DocumentKind, wanted: Sequence[tuple[str, Document]]) -> None:
    works = [
        Work(
            kind=kind,
            source_id=key,
            document=document,
            key=delivery_key(ctx.salt, kind, key),
            version_hash=version_hash(document),
        )
        for key, document in wanted
    ]
    if not works:
        return
    await in_store(store_dependencies, ctx, works)
    await in_store(stage, ctx, works)
    reached(Point.DEPENDENCIES_STAGED)
    await _send(ctx, works)


async def _send(ctx: RunContext, works: Sequence[Work]) -> None:
    """Send parties or items until each has arrived or waits for a person; what was lost on the way is sent again.

    When the target wants a pause, the documents that need them wait with them.
    """
    waiting = list(works)
    while waiting:
        outcomes = await send_batch(ctx, waiting)
        waiting = [work for work in waiting if work.state == DeliveryState.READY and work.draft is not None]
        pauses = [each.retry_after_s for each in outcomes if each.work.state == DeliveryState.READY]
        if waiting and any(pauses):
            raise Retry(after_s=max(pauses))


def _source(ctx: RunContext) -> Source:
    if not isinstance(ctx.source, Source):
        raise TypeError(f"{ctx.source_manifest.vendor} is no source")
    return ctx.source


async def _undecided(ctx: RunContext, kind: DocumentKind, keys: Sequence[str]) -> list[str]:
    """Return the keys that no delivery decided on yet; what was staged before and did not go is sent now."""
    states = await in_store(_states, ctx, kind, keys)
    ready = [pk for pk, is_ready in states.values() if is_ready]
    if ready:
        works = await in_store(load_works, ready)
        await in_store(stage, ctx, works)
        await _send(ctx, works)
    return [key for key in keys if key not in states]


def _states(ctx: RunContext, kind: DocumentKind, keys: Sequence[str]) -> dict[str, tuple[int, bool]]:
    """Return by key the deliveries there are, and whether they may go: ready, or left by a run that was stopped."""
    states: dict[str, tuple[int, bool]] = {}
    for start in range(0, len(keys), 500):
        part = keys[start : start + 500]
        rows = Delivery.objects.filter(flow_id=ctx.flow_for(kind), kind=kind, source_id__in=part)
        for source_id, pk, state, reason in rows.values_list("source_id", "pk", "state", "reason"):
            left = state == DeliveryState.SKIPPED and reason == RUN_CANCELLED
            states[source_id] = (pk, state == DeliveryState.READY or left)
    return states


async def load_items(ctx: RunContext, needed: Sequence[tuple[str, Item]]) -> None:
    """Have the source's items at hand: their tags tell what is stock."""
    missing = [(key, item) for key, item in needed if key not in ctx.items]
    if not missing:
        return
    ctx.items.update(await in_store(_stored_items, ctx, [key for key, _ in missing]))
    ids = [item.source_id for key, item in missing if key not in ctx.items and item.source_id]
    with at_source():
        told = await _source(ctx).fetch_items(ids) if ids else {}
    for key, item in missing:
        ctx.items.setdefault(key, told.get(item.source_id, item))


def _stored_items(ctx: RunContext, keys: Sequence[str]) -> dict[str, Item]:
    found: dict[str, Item] = {}
    rows = DocumentRow.objects.filter(
        connection_id=ctx.source_connection_id, kind=DocumentKind.ITEM, source_id__in=list(keys)
    ).values_list("source_id", "payload")
    for source_id, payload in rows:
        item = decode_document(DocumentKind.ITEM, bytes(payload))
        if isinstance(item, Item):
            found[source_id] = item
    return found


async def directory_of(ctx: RunContext, kind: DocumentKind, *, keep: bool = True) -> Directory:
    """Return what the target already holds of a kind, read once a run; with `keep`, stored for the pages."""
    if kind not in ctx.directories:
        rows = await fetch_list(ctx.target, kind)
        if keep:
            await in_store(save_list, ctx.target_connection_id, kind, rows)
        ctx.directories[kind] = Directory(kind, rows)
    return ctx.directories[kind]
