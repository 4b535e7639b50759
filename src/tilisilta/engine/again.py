"""Customers that changed since they were sent, for targets that take a newer version under the same number.

A customer goes before its first invoice, and again before the next one when it changed at the source meanwhile. All
other documents stay as they arrived: a later change of theirs is shown and never sent. So this is no move of the table
of states, where nothing at the target becomes ready again: the customer's delivery begins anew with its new version.
"""

from collections.abc import Mapping, Sequence

from django.db import transaction

from tilisilta.core.documents import DocumentKind, Party, version_hash
from tilisilta.engine.context import RunContext, at_source
from tilisilta.engine.database import in_store
from tilisilta.engine.intake import store_version
from tilisilta.engine.lease import hold_lease
from tilisilta.engine.states import AT_TARGET
from tilisilta.engine.work import Work
from tilisilta.ports import Source
from tilisilta.store.models import Delivery, Document

_PART = 500


async def changed_customers(ctx: RunContext, keys: Sequence[str]) -> list[Work]:
    """Return works of the customers among these source ids that changed since they were sent; each is asked once a run.

    Raises: what fetching raises.
    """
    new = [key for key in dict.fromkeys(keys) if key not in ctx.compared]
    ctx.compared.update(new)
    sent = await in_store(_sent, ctx, new) if new else []
    if not sent or not isinstance(ctx.source, Source):
        return []
    with at_source():
        told = await ctx.source.fetch_parties(sent)
    return await in_store(_take, ctx, told) if told else []


def _rows(ctx: RunContext, keys: Sequence[str]) -> list[Delivery]:
    found: list[Delivery] = []
    for start in range(0, len(keys), _PART):
        found += Delivery.objects.filter(
            flow_id=ctx.party_flow_id,
            kind=DocumentKind.CUSTOMER,
            source_id__in=keys[start : start + _PART],
            state__in=AT_TARGET,
        ).exclude(document=None)
    return found


def _sent(ctx: RunContext, keys: Sequence[str]) -> list[str]:
    return [row.source_id for row in _rows(ctx, keys)]


def _take(ctx: RunContext, told: Mapping[str, Party]) -> list[Work]:
    """Keep the newer versions of what changed and return their works."""
    works: list[Work] = []
    with transaction.atomic():
        hold_lease(ctx.integration_id, ctx.fence)
        for row in _rows(ctx, list(told)):
            party = told[row.source_id]
            if version_hash(party) == row.version_hash or not party.name.strip():
                continue
            work = Work(
                kind=DocumentKind.CUSTOMER,
                source_id=row.source_id,
                document=party,
                document_id=row.document_id or 0,
                delivery_id=row.pk,
                state=row.state,
                key=row.key,
                attempt=row.attempt,
                version_hash=version_hash(party),
            )
            document = Document.objects.get(pk=work.document_id)
            if document.version_hash != work.version_hash:
                store_version(document, work)
            works.append(work)
    return works
