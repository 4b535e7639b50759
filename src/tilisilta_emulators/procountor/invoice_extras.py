"""What hangs on an invoice: audit trail, comments, image, and the user's own work lists.

Source: vendor sheet, section 4.1.
"""

import struct
import zlib
from typing import Any

from aiohttp import web

from tilisilta_emulators.procountor.call import Call, whole
from tilisilta_emulators.procountor.errors import Refused, not_found
from tilisilta_emulators.procountor.invoice_states import checkers
from tilisilta_emulators.procountor.invoices import get
from tilisilta_emulators.procountor.records import Invoice
from tilisilta_emulators.procountor.rights import VIEW, invoice_right
from tilisilta_emulators.procountor.routing import Route


def _trail(invoice: Invoice) -> list[dict[str, Any]]:
    return [
        {"action": action, "name": name, "date": moment, "details": details}
        for action, name, moment, details in invoice.trail
    ]


def transactions(call: Call) -> dict[str, Any]:
    """`GET /invoices/{id}/transactions`."""
    return {"transactions": _trail(get(call))}


def transactions_of_many(call: Call) -> dict[str, Any]:
    """`GET /invoices/transactions?invoiceIds=1&invoiceIds=2`."""
    rows = call.books.invoices.rows
    found = [rows[each] for each in sorted(set(call.query["invoiceIds"])) if each in rows]
    if not found:
        raise not_found("Invoices")
    seen = [each for each in found if call.rights.may(invoice_right(each.type), VIEW)]
    return {"results": [{"invoiceId": each.id, "transactions": _trail(each)} for each in seen]}


def _discussed(call: Call) -> Invoice:
    invoice = get(call)
    if invoice.sales:
        raise Refused(403, "Sales invoices have no comments")
    return invoice


def comments(call: Call) -> dict[str, Any]:
    """`GET /invoices/{id}/comments`."""
    return {"comments": _discussed(call).comments}


def add_comment(call: Call) -> dict[str, Any]:
    """`POST /invoices/{id}/comments`."""
    invoice = _discussed(call)
    text = call.read("Comment")["comment"]
    books = call.books
    books.comment_id += 1
    row = {
        "id": books.comment_id,
        "author": call.user_name,
        "dateTime": books.stamp(),
        "comment": text,
        "taggedUsersInfo": {"numTaggedUsers": 0, "readByAllTaggedUsers": True},
    }
    invoice.comments = (*invoice.comments, row)
    return row


def _comment(call: Call) -> dict[str, Any]:
    wanted = whole(call.ids[1])
    row = next((each for each in _discussed(call).comments if each["id"] == wanted), None)
    if row is None:
        raise not_found("Comment")
    return row


def comment(call: Call) -> dict[str, Any]:
    """`GET /invoices/{id}/comments/{commentId}`."""
    return {**_comment(call), "taggedUsers": []}


def read_comment(call: Call) -> dict[str, Any]:
    """`PUT /invoices/{id}/comments/{commentId}/read`."""
    _comment(call)
    return {"message": "Comment marked as read."}


def taggable(call: Call) -> dict[str, Any]:
    """`GET /invoices/{id}/comments/taggableusers`."""
    _discussed(call)
    names = [f"{each['firstName']} {each['lastName']}" for each in call.books.users.values()]
    return {"taggableUsers": [{"displayName": name.replace(" ", "."), "fullName": name} for name in names]}


def image(call: Call) -> web.Response:
    """`GET /invoices/{id}/image`: page 1 as a picture; there are no further pages."""
    invoice = get(call)
    if call.query.get("page", 1) != 1:
        raise not_found("Page")
    # A PNG whatever is asked for: the picture's content is of no use to a client of the books.
    return web.Response(body=_png(invoice.id % 200), content_type="image/png")


def _png(shade: int) -> bytes:
    width, height = 60, 85
    raw = (b"\x00" + bytes([255 - shade // 8]) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(raw)), (b"IEND", b""))
    out = b"\x89PNG\r\n\x1a\n"
    for name, data in chunks:
        out += struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    return out


def _waiting(call: Call, role: str, statuses: tuple[str, ...], mark: str) -> dict[str, Any]:
    found = [
        each.id
        for each in call.books.invoices.rows.values()
        if each.type in call.query["types"]
        and each.status in statuses
        and each.in_circulation
        and f"{mark}{call.user}" not in (each.checks or {})
        and call.user in checkers(call, each, role)
    ]
    return {"invoiceIds": sorted(found)}


def approvals(call: Call) -> dict[str, Any]:
    """`GET /invoices/personalapprovals`."""
    return _waiting(call, "acceptors", ("RECEIVED", "VERIFIED"), "a")


def verifications(call: Call) -> dict[str, Any]:
    """`GET /invoices/personalverifications`."""
    return _waiting(call, "verifiers", ("RECEIVED",), "v")


ROUTES = (
    Route("GET", "/invoices/transactions", transactions_of_many),
    Route("GET", "/invoices/personalapprovals", approvals),
    Route("GET", "/invoices/personalverifications", verifications),
    Route("GET", "/invoices/{invoiceId}/transactions", transactions),
    Route("GET", "/invoices/{invoiceId}/comments", comments),
    Route("POST", "/invoices/{invoiceId}/comments", add_comment),
    Route("GET", "/invoices/{invoiceId}/comments/taggableusers", taggable),
    Route("GET", "/invoices/{invoiceId}/comments/{commentId}", comment),
    Route("PUT", "/invoices/{invoiceId}/comments/{commentId}/read", read_comment),
    Route("GET", "/invoices/{invoiceId}/image", image),
)
