"""Payments out of Merit, by date or by day of change, a span of three months at a time."""

import datetime as dt
from collections.abc import AsyncIterator, Sequence

import msgspec

from tilisilta.connectors.merit import mapper
from tilisilta.connectors.merit.lists import BY_CHANGE, BY_DATE, Lists, spans_back
from tilisilta.connectors.merit.spans import list_spans
from tilisilta.connectors.merit.wire import PaymentRead
from tilisilta.core.documents import DocumentKind
from tilisilta.core.errors import BadInput, Unsupported
from tilisilta.core.period import ONE_DAY
from tilisilta.core.problems import Problem
from tilisilta.kit.scrub import scrub
from tilisilta.ports import CatalogueEntry, FetchRequest, SourcePage, SourceRecord

AHEAD_DAYS = 31  # how far into the future a payment may be dated when no last day is asked for


async def fetch_payments(lists: Lists, request: FetchRequest) -> AsyncIterator[SourcePage]:
    """Yield pages of payments, one a span; the token is the first day of the next span.

    Merit does not tell what was deleted.

    Raises:
        Unsupported: A kind other than payments is asked for, or neither a date, a moment nor ids.

    """
    if request.kinds != (DocumentKind.PAYMENT,):
        raise Unsupported(field="kinds", rule="only payments are read from Merit")
    if request.source_ids:
        yield await _by_ids(lists, set(request.source_ids))
        return
    accounts = await lists.ways_of_paying()
    by, first, last = _range(lists, request)
    if request.token:
        first = dt.date.fromisoformat(request.token)
    for start, end in list_spans(first, last):
        rows = await lists.payments(start, end, by=by)
        token = (end + ONE_DAY).isoformat() if end < last else ""
        yield SourcePage(records=tuple(_record(row, accounts) for row in rows), next_token=token)


def _range(lists: Lists, request: FetchRequest) -> tuple[int, dt.date, dt.date]:
    zone = lists.client.options.zone
    today = lists.client.clock.now().astimezone(zone).date()
    if request.changed_since is not None:
        until = request.changed_until or lists.client.clock.now()
        return BY_CHANGE, request.changed_since.astimezone(zone).date(), until.astimezone(zone).date()
    if request.date_from is None:
        raise Unsupported(field="date_from", rule="a list of payments needs a first date or a moment of change")
    return BY_DATE, request.date_from, request.date_to or today + ONE_DAY * AHEAD_DAYS


async def _by_ids(lists: Lists, wanted: set[str]) -> SourcePage:
    """Return chosen payments: there is no call for a single one, so the lists are walked back from today."""
    records: list[SourceRecord] = []
    left = {each.lower() for each in wanted}
    accounts = await lists.ways_of_paying()
    today = lists.client.clock.now().astimezone(lists.client.options.zone).date()
    for start, end in spans_back(today):
        if not left:
            break
        for row in await lists.payments(start, end):
            if mapper.payment_id(row) in left:
                left.discard(mapper.payment_id(row))
                records.append(_record(row, accounts))
    return SourcePage(records=tuple(records))


def _record(row: PaymentRead, accounts: Sequence[CatalogueEntry]) -> SourceRecord:
    try:
        payment = mapper.read_payment(row, accounts)
    except BadInput as error:
        raw = msgspec.json.encode(row, enc_hook=str).decode()
        return SourceRecord(
            kind=DocumentKind.PAYMENT,
            source_id=mapper.payment_id(row),
            problems=(Problem(code=error.code, where=error.params.get("field", ""), params=error.params),),
            raw=scrub(raw),
        )
    return SourceRecord(kind=DocumentKind.PAYMENT, source_id=payment.source_id, document=payment, number=payment.number)
