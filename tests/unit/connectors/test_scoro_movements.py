"""Bank movements that settle documents of several parties: accounting software enters one payment for each."""

import datetime as dt
from decimal import Decimal
from typing import Any

from tests.contract.recorded import Recorded
from tests.unit.connectors.test_scoro_client import Site, records

from tilisilta.core.documents import DocumentKind as Kind
from tilisilta.ports import FetchRequest, SourceRecord


def _movement(**fields: Any) -> dict[str, Any]:
    parts = [
        {"receipt_id": 1, "invoice_id": 501, "sum": "100.00", "contact_id": 33, "contact_name": "Kuuse"},
        {"receipt_id": 2, "invoice_id": 502, "sum": "20.00", "contact_id": 38, "contact_name": "Saar"},
        {"receipt_id": 3, "invoice_id": 503, "sum": "-5.00", "contact_id": 33, "contact_name": "Kuuse"},
    ]
    own = {"id": 880, "date": "2026-09-15", "sum": "115.00", "contact_id": 33, "modified_date": "2026-09-15 10:00:00"}
    return {**own, "sales_doc_type": "invoices", "receipt_account_id": 2, "receipts": parts, **fields}


async def _records(row: dict[str, Any], **asked: Any) -> list[SourceRecord]:
    return await records(Recorded(Site([row])), FetchRequest(kinds=(Kind.PAYMENT,), **asked))


async def test_a_movement_of_several_parties_is_a_payment_of_each():
    first, second = await _records(_movement(), date_from=dt.date(2026, 9, 1))
    assert (first.source_id, second.source_id) == ("880/33", "880/38")
    shown = [(each.document.party.source_id, each.document.amount, each.document.date) for each in (first, second)]
    assert shown == [("33", Decimal(95), dt.date(2026, 9, 15)), ("38", Decimal(20), dt.date(2026, 9, 15))]
    paid = [[each.document_source_id for each in record.document.allocations] for record in (first, second)]
    assert paid == [["501", "503"], ["502"]]


async def test_a_deleted_movement_of_several_parties_takes_each_payment_with_it():
    found = await _records(
        _movement(is_deleted=1), changed_since=dt.datetime(2026, 9, 1, tzinfo=dt.UTC), include_deleted=True
    )
    assert [(each.source_id, each.is_deleted) for each in found] == [("880/33", True), ("880/38", True)]


async def test_one_payment_of_a_movement_can_be_chosen():
    found = await _records(_movement(), source_ids=("880/38",))
    assert [(each.source_id, each.is_deleted) for each in found] == [("880/38", False)]


async def test_a_movement_of_one_party_keeps_its_own_id():
    parts = [{"receipt_id": 1, "invoice_id": 501, "sum": "100.00", "contact_id": 33}]
    (record,) = await _records(_movement(receipts=parts, sum="100.00"), date_from=dt.date(2026, 9, 1))
    assert record.source_id == "880"
