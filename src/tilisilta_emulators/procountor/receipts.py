"""Ledger receipts: the accounting pages of invoices, and journals of their own.

Source: vendor sheet, section 6.
"""

from collections.abc import Iterable
from typing import Any

from tilisilta_emulators.kit import encode
from tilisilta_emulators.procountor import errors, paging, posting
from tilisilta_emulators.procountor.books import Books
from tilisilta_emulators.procountor.call import Call, whole
from tilisilta_emulators.procountor.errors import CLOSED_PERIOD, MAY_NOT_BE_NULL, Problems, Refused, not_found
from tilisilta_emulators.procountor.receipt_draft import WRITABLE, check_dimensions, read_receipt
from tilisilta_emulators.procountor.records import Receipt
from tilisilta_emulators.procountor.rights import ALL, VIEW, invoice_right
from tilisilta_emulators.procountor.routing import Route
from tilisilta_emulators.procountor.versions import same_version

JOURNAL = "JOURNAL"
_RIGHT = "accounting.journalReceipts"


def right_of(kind: str) -> str:
    """Return the right that receipts of a type need."""
    return _RIGHT if kind == JOURNAL else invoice_right(kind)


def require_edit(call: Call, kind: str) -> None:
    """Refuse a user who may not edit accounting pages.

    Raises:
        Refused: By option `ledger_rights_status`, with the text that reaches end users.

    """
    may = call.rights.may(right_of(kind), ALL) and not call.rights.flag("accounting.preventEditingAccountingPage")
    if not may:
        raise Refused(call.options.ledger_rights_status, "insufficient access rights to modify the ledger receipt")


def get(call: Call) -> Receipt:
    """Return the receipt that the path names.

    Raises:
        Refused: 404 or 403.

    """
    receipt = call.books.receipts.rows.get(call.id())
    if receipt is None:
        raise not_found("Ledger receipt")
    call.require_view(right_of(receipt.type), "view the ledger receipt")
    return receipt


def show(books: Books, receipt: Receipt) -> dict[str, Any]:
    """Return a receipt as answers carry it."""
    files = set(books.attachments.found("on", ("LEDGERRECEIPT", receipt.id)))
    files |= books.attachments.found("on", ("INVOICE", receipt.invoice_id))
    out = {
        "id": receipt.id,
        "type": receipt.type,
        "status": receipt.status,
        "name": receipt.name,
        "receiptDate": receipt.date,
        "invoiceId": receipt.invoice_id,
        "receiptNumber": receipt.number,
        "invoiceNumber": receipt.invoice_number,
        **receipt.data(),
    }
    out["attachments"] = [books.attachments.rows[each].wire() for each in sorted(files)]
    out["version"] = receipt.version
    return out


def get_one(call: Call) -> Any:
    """`GET /ledgerreceipts/{ids}`."""
    ids = call.batch()
    if ids is None:
        return show(call.books, get(call))
    found = [call.books.receipts.rows[each] for each in ids if each in call.books.receipts.rows]
    if not found:
        raise not_found("Ledger receipts")
    return [show(call.books, each) for each in found if call.rights.may(right_of(each.type), VIEW)]


def post(call: Call) -> dict[str, Any]:
    """`POST /ledgerreceipts`: journals only."""
    raw = call.json()
    require_edit(call, JOURNAL)
    reconciliation = bool(call.query.get("createReconciliation"))
    data = read_receipt(call.books, raw, held=None, reconciliation=reconciliation)
    if data["type"] != JOURNAL:
        raise Refused(400, "ONLY_JOURNAL_CAN_BE_CREATED", "type")
    return show(call.books, add_journal(call.books, data))


def add_journal(books: Books, data: dict[str, Any]) -> Receipt:
    """Store a checked journal under new ids and numbers."""
    stamp = books.stamp()
    receipt = Receipt(
        id=books.receipts.take_id(),
        type=JOURNAL,
        status="UNFINISHED",
        name="",
        date="",
        number=books.next_number("receipt", 311),
        invoice_id=books.invoices.take_id(),
        invoice_number=books.next_number("journal", 201),
        created=stamp,
        version=stamp,
        body=b"",
    )
    _lay(books, receipt, data)
    return receipt


def _lay(books: Books, receipt: Receipt, data: dict[str, Any]) -> None:
    receipt.name, receipt.date = data.pop("name"), data.pop("receiptDate")
    data.pop("type", None)
    receipt.vat = posting.vat_total(data["transactions"])
    receipt.body = encode(data)
    books.receipts.put(receipt.id, receipt)


def put(call: Call) -> dict[str, Any]:
    """`PUT /ledgerreceipts/{id}`: replace, with the version that was read."""
    receipt = get(call)
    require_edit(call, receipt.type)
    raw = call.json()
    locked = call.options.approved_receipts == "locked" and receipt.status not in ("UNFINISHED", "RECEIVED")
    if receipt.type not in WRITABLE or receipt.status == "INVALIDATED" or locked:
        raise Refused(403, f"Ledger receipt in status {receipt.status} cannot be modified")
    held = receipt.data()["transactions"]
    reconciliation = bool(call.query.get("createReconciliation"))
    data = read_receipt(call.books, raw, held=held, reconciliation=reconciliation)
    if raw.get("version") is None:
        raise Refused(400, MAY_NOT_BE_NULL, "version")
    if not same_version(receipt.version, raw["version"], call.options):
        raise Refused(400, errors.STALE_VERSION, "version")
    if data["type"] != receipt.type:
        raise Refused(400, "RECEIPT_TYPE_CANNOT_BE_CHANGED", "type")
    if not call.books.is_open(receipt.date):
        raise Refused(call.options.closed_period_status, CLOSED_PERIOD, "receiptDate")
    receipt.version = call.books.stamp(receipt.version)
    _lay(call.books, receipt, data)
    return show(call.books, receipt)


def _move(call: Call, status: str, allowed: tuple[str, ...], deed: str) -> dict[str, Any]:
    receipt = get(call)
    require_edit(call, receipt.type)
    if receipt.type != JOURNAL or receipt.status not in allowed:
        raise Refused(403, f"{receipt.type} in status {receipt.status} cannot be {deed}")
    if status != "APPROVED" and not call.books.is_open(receipt.date):
        raise Refused(call.options.closed_period_status, CLOSED_PERIOD)
    receipt.status = status
    receipt.version = call.books.stamp(receipt.version)
    call.books.receipts.put(receipt.id, receipt)
    return {"message": f"Ledger receipt {deed}."}


def approve(call: Call) -> dict[str, Any]:
    """`PUT /ledgerreceipts/{id}/approve`."""
    return _move(call, "APPROVED", ("UNFINISHED",), "approved")


def unfinished(call: Call) -> dict[str, Any]:
    """`PUT /ledgerreceipts/{id}/unfinished`."""
    return _move(call, "UNFINISHED", ("APPROVED", "INVALIDATED"), "set unfinished")


def invalidate(call: Call) -> dict[str, Any]:
    """`PUT /ledgerreceipts/{id}/invalidate`."""
    return _move(call, "INVALIDATED", ("UNFINISHED", "APPROVED"), "invalidated")


def put_dimensions(call: Call) -> dict[str, Any]:
    """`PUT /ledgerreceipts/{id}/transactions/{transactionId}/dimensions`."""
    receipt = get(call)
    require_edit(call, receipt.type)
    values = call.read("DimensionItemValueList")["dimensionItemValues"]
    data = receipt.data()
    wanted = whole(call.ids[1])
    row = next((each for each in data["transactions"] if each["id"] == wanted), None)
    if row is None:
        raise not_found("Transaction")
    problems = Problems()
    check_dimensions(call.books, values, abs(row["accountingValue"]), "dimensionItemValues", problems)
    problems.check()
    row["dimensionItemValues"] = values
    receipt.body = encode(data)
    receipt.version = call.books.stamp(receipt.version)
    call.books.receipts.put(receipt.id, receipt)
    return show(call.books, receipt)


def _candidates(call: Call) -> Iterable[int]:
    table, query = call.books.receipts, call.query
    if "versionStartDate" in query:
        return table.at["version"].between(query["versionStartDate"], None)
    if "startDate" in query:
        return table.at["date"].between(query["startDate"], None)
    return table.rows


def _choose(call: Call, kinds: tuple[str, ...] | None, statuses: tuple[str, ...] | None) -> list[int]:
    rows, query = call.books.receipts.rows, call.query

    def within(value: str, name: str) -> bool:
        low, high = (
            query.get(f"{name}StartDate" if name else "startDate"),
            query.get(f"{name}EndDate" if name else "endDate"),
        )
        return (low is None or value >= low) and (high is None or value[: len(high)] <= high)

    ids = [
        each
        for each in _candidates(call)
        if (kinds is None or rows[each].type in kinds)
        and (statuses is None or rows[each].status in statuses)
        and within(rows[each].date, "")
        and within(rows[each].created, "created")
        and within(rows[each].version, "version")
        and call.rights.may(right_of(rows[each].type), VIEW)
    ]
    keys = {
        "orderByDate": lambda each: rows[each].date,
        "orderByCreated": lambda each: rows[each].created,
        "orderByVersion": lambda each: rows[each].version,
    }
    return paging.order(call, ids, keys)


def _key(call: Call, what: str) -> tuple[Any, ...]:
    asked = sorted((name, str(value)) for name, value in call.query.items() if name not in ("page", "size"))
    return what, tuple(asked), str(call.rights.tree)


def listing(call: Call) -> dict[str, Any]:
    """`GET /ledgerreceipts`."""
    query, table = call.query, call.books.receipts
    statuses = tuple(each.upper() for each in query["status"]) if "status" in query else None
    kinds = tuple(query["types"]) if "types" in query else None
    ids = table.remembered(_key(call, "receipts"), lambda: _choose(call, kinds, statuses))

    def show_basic(each: int) -> dict[str, Any]:
        row = table.rows[each]
        return {
            "id": row.id,
            "type": row.type,
            "status": row.status,
            "name": row.name,
            "receiptDate": row.date,
            "receiptNumber": row.number,
            "invoiceNumber": row.invoice_number,
            "created": row.created,
            "version": row.version,
        }

    return paging.answer(call, ids, show_basic)


def journals(call: Call) -> dict[str, Any]:
    """`GET /journals` (since 26.04); the field list shows one journal, answered here in the list envelope."""
    call.require_view(_RIGHT, "view journals")
    table = call.books.receipts
    statuses = tuple(call.query["statuses"]) if "statuses" in call.query else None
    ids = table.remembered(_key(call, "journals"), lambda: _choose(call, (JOURNAL,), statuses))

    def show_journal(each: int) -> dict[str, Any]:
        row = table.rows[each]
        return {
            "id": row.invoice_id,
            "ledgerReceiptId": row.id,
            "type": row.type,
            "status": row.status,
            "invoiceNumber": row.invoice_number,
            "date": row.date,
            "created": row.created,
            "version": row.version,
            "counterParty": {"counterPartyAddress": {"name": row.name}},
        }

    return paging.answer(call, ids, show_journal)


ROUTES = (
    Route("GET", "/ledgerreceipts", listing),
    Route("POST", "/ledgerreceipts", post),
    Route("GET", "/ledgerreceipts/{receiptId}", get_one),
    Route("PUT", "/ledgerreceipts/{receiptId}", put),
    Route("PUT", "/ledgerreceipts/{receiptId}/approve", approve),
    Route("PUT", "/ledgerreceipts/{receiptId}/unfinished", unfinished),
    Route("PUT", "/ledgerreceipts/{receiptId}/invalidate", invalidate),
    Route("PUT", "/ledgerreceipts/{receiptId}/transactions/{transactionId}/dimensions", put_dimensions),
    Route("GET", "/journals", journals),
)
