"""Payments out of SmartAccounts, by date or by time of change with seconds."""

import datetime as dt
from collections.abc import AsyncIterator

import msgspec

from tilisilta.connectors.smartaccounts import mapper
from tilisilta.connectors.smartaccounts.client import TALLINN, Client, Page
from tilisilta.connectors.smartaccounts.wire import MOMENT, PaymentRead, wire_date
from tilisilta.connectors.smartaccounts.write_others import PAYMENTS_SERVICE
from tilisilta.core.documents import DocumentKind
from tilisilta.core.errors import BadInput, Unsupported
from tilisilta.core.problems import Problem
from tilisilta.kit.scrub import scrub
from tilisilta.kit.values import identity, text
from tilisilta.ports import FetchRequest, SourcePage, SourceRecord


async def fetch_payments(client: Client, request: FetchRequest) -> AsyncIterator[SourcePage]:
    """Yield pages of payments; ids removed since the given moment come as deleted records on the first page.

    Raises:
        Unsupported: A kind other than payments is asked for, or neither a date, a moment nor ids.

    """
    if request.kinds != (DocumentKind.PAYMENT,):
        raise Unsupported(field="kinds", rule="only payments are read from SmartAccounts")
    for params in _questions(request):
        first = int(request.token) if request.token and not request.source_ids else 1
        async for page in client.settled_pages(PAYMENTS_SERVICE, params, PaymentRead, first=first):
            yield _page(page, request)


def _questions(request: FetchRequest) -> list[dict[str, str]]:
    common = {"fetchRows": "true", "fetchComments": "true"}
    if request.source_ids:
        return [{**common, "id": each} for each in request.source_ids]
    if request.changed_since is not None:
        moment = request.changed_since.astimezone(TALLINN)
        params = {**common, "dateType": "modifydate", "dateFrom": moment.strftime(MOMENT)}
        if request.changed_until is not None:
            last = request.changed_until.astimezone(TALLINN) - dt.timedelta(seconds=1)
            params["dateTo"] = last.strftime(MOMENT)
        return [params]
    if request.date_from is None:
        raise Unsupported(field="date_from", rule="a list of payments needs a first date or a moment of change")
    params = {**common, "dateType": "date", "dateFrom": wire_date(request.date_from)}
    if request.date_to is not None:
        params["dateTo"] = wire_date(request.date_to)
    return [params]


def _page(page: Page[PaymentRead], request: FetchRequest) -> SourcePage:
    records = [_record(row) for row in page.rows]
    records += [_unreadable(row, "", BadInput(rule="shape")) for row in page.unreadable]
    if request.include_deleted:
        records += [
            SourceRecord(kind=DocumentKind.PAYMENT, source_id=each, is_deleted=True) for each in page.deleted if each
        ]
    token = str(page.next_page) if page.next_page and not request.source_ids else ""
    return SourcePage(records=tuple(records), next_token=token)


def _record(row: PaymentRead) -> SourceRecord:
    try:
        payment = mapper.read_payment(row)
    except BadInput as error:
        return _unreadable(row, identity(row.id), error)
    return SourceRecord(kind=DocumentKind.PAYMENT, source_id=payment.source_id, document=payment, number=payment.number)


def _unreadable(row: object, source_id: str, error: BadInput) -> SourceRecord:
    raw = msgspec.json.encode(row, enc_hook=str).decode()
    return SourceRecord(
        kind=DocumentKind.PAYMENT,
        source_id=source_id or text(row.get("id") if isinstance(row, dict) else ""),
        problems=(Problem(code=error.code, where=error.params.get("field", ""), params=error.params),),
        raw=scrub(raw),
    )
