"""Attachments: multipart in, multipart/mixed out.

Source: vendor sheet, section 9. Dialects: `meta` as a JSON part, as plain text, or as a file part named meta.json.
"""

import mimetypes
from typing import Any

import msgspec
from aiohttp import web

from tilisilta_emulators.kit import decode, encode
from tilisilta_emulators.procountor import paging, schema
from tilisilta_emulators.procountor.books import Books
from tilisilta_emulators.procountor.call import Call
from tilisilta_emulators.procountor.errors import MAY_NOT_BE_EMPTY, MAY_NOT_BE_NULL, Problems, Refused, not_found
from tilisilta_emulators.procountor.receipts import right_of
from tilisilta_emulators.procountor.records import Attachment
from tilisilta_emulators.procountor.rights import VIEW, partner_right, product_right
from tilisilta_emulators.procountor.routing import Route

LARGEST = 10_000_000
_SENT_WITH = ("SALES_INVOICE", "SALES_ORDER", "PURCHASE_ORDER")
_BOUNDARY = "procountor-part"
_PARTNERS = tuple(f"{kind}_BUSINESS_PARTNER_REGISTER" for kind in ("CUSTOMER", "SUPPLIER", "PERSON"))
_PRODUCTS = ("SALES_PRODUCT_REGISTER", "PURCHASE_PRODUCT_REGISTER")


def kind_and_right(books: Books, reference_type: str, reference_id: int) -> tuple[str, str | None] | None:
    """Return type and right of what an attachment hangs on; None when there is no such thing."""
    if reference_type == "INVOICE":
        invoice = books.invoices.rows.get(reference_id)
        kind = invoice.type if invoice else "JOURNAL" if books.receipts.found("invoice", reference_id) else None
        return None if kind is None else (kind, right_of(kind))
    if reference_type == "LEDGERRECEIPT":
        receipt = books.receipts.rows.get(reference_id)
        return None if receipt is None else (receipt.type, right_of(receipt.type))
    if reference_type in _PARTNERS:
        partner = books.partners.rows.get(reference_id)
        known = partner is not None and reference_type.startswith(partner.type)
        return (reference_type, partner_right(reference_type.split("_", 1)[0])) if known else None
    if reference_type in _PRODUCTS:
        kind = reference_type.split("_", 1)[0]
        return (reference_type, product_right(kind)) if reference_id in books.products.rows else None
    if reference_type == "REFERENCE_PAYMENT":
        return (reference_type, None) if reference_id in books.reference_payments.rows else None
    return reference_type, None


def _meta(call: Call, problems: Problems) -> dict[str, Any]:
    part = next((each for each in call.form if each.name == "meta"), None)
    if part is None:
        problems.add(MAY_NOT_BE_NULL, "meta")
        return {}
    try:
        value = decode(part.content)
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise Refused(400, "Part 'meta' is not valid JSON", "meta") from None
    required = call.options.send_with_invoice_required
    if isinstance(value, dict) and value.get("sendWithInvoice") is None and not required:
        value = {**value, "sendWithInvoice": False}
    return schema.read("Attachment", value, problems)


def post(call: Call) -> dict[str, Any]:
    """`POST /attachments`."""
    problems = Problems()
    meta = _meta(call, problems)
    file = next((each for each in call.form if each.name == "file"), None)
    if file is None:
        problems.add(MAY_NOT_BE_NULL, "file")
    problems.check()
    if file is None:
        raise AssertionError
    if not file.content:
        problems.add(MAY_NOT_BE_EMPTY, "file")
    if len(file.content) > LARGEST:
        problems.add(f"File is larger than {LARGEST} bytes", "file")
    stem, dot, extension = meta["name"].rpartition(".")
    if not (stem and dot and extension):
        problems.add("Value of the 'name' field is invalid: file extension is missing", "name")
    on = kind_and_right(call.books, meta["referenceType"], meta["referenceId"])
    if on is None:
        problems.add("REFERENCE_NOT_FOUND", "referenceId")
    elif meta["sendWithInvoice"] and on[0] not in _SENT_WITH:
        problems.add("SEND_WITH_INVOICE_NOT_ALLOWED", "sendWithInvoice")
    problems.check()
    if on is not None and on[1] is not None:
        call.require(on[1], "add attachments")
    guessed = mimetypes.guess_type(meta["name"])[0] or "application/octet-stream"
    books = call.books
    row = Attachment(
        id=books.attachments.take_id(),
        name=meta["name"],
        reference_type=meta["referenceType"],
        reference_id=meta["referenceId"],
        mime_type=guessed if file.mime_type in ("", "application/octet-stream", "text/plain") else file.mime_type,
        send=meta["sendWithInvoice"],
        user=call.user_name,
        attached=books.stamp(),
        content=file.content,
    )
    books.attachments.put(row.id, row)
    return row.wire()


def _held(call: Call, *, write: bool) -> Attachment:
    row = call.books.attachments.rows.get(call.id())
    if row is None:
        raise not_found("Attachment")
    on = kind_and_right(call.books, row.reference_type, row.reference_id)
    if on is not None and on[1] is not None:
        call.require(on[1], "handle the attachment", "ALL_RIGHTS" if write else VIEW)
    return row


def get(call: Call) -> web.Response:
    """`GET /attachments/{id}`: multipart/mixed, the meta data first and then the bytes."""
    row = _held(call, write=False)
    name = row.name.replace("\\", "_").replace('"', "_").replace("\r", "_").replace("\n", "_")
    mime = row.mime_type if row.mime_type.isprintable() else "application/octet-stream"
    body = (
        f'--{_BOUNDARY}\r\nContent-Type: application/json\r\nContent-Disposition: form-data; name="meta"\r\n\r\n'
    ).encode()
    body += encode(row.wire())
    body += (
        f"\r\n--{_BOUNDARY}\r\nContent-Type: {mime}\r\n"
        f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    ).encode("utf-8", "replace")
    body += row.content + f"\r\n--{_BOUNDARY}--\r\n".encode()
    return web.Response(body=body, headers={"Content-Type": f'multipart/mixed; boundary="{_BOUNDARY}"'})


def patch(call: Call) -> dict[str, Any]:
    """`PATCH /attachments/{id}`: rename, by body or query."""
    row = _held(call, write=True)
    name = call.read("AttachmentRename")["name"] if call.body.strip() else call.query.get("name")
    if not name:
        raise Refused(400, MAY_NOT_BE_EMPTY, "name")
    row.name = name
    return row.wire()


def delete(call: Call) -> None:
    """`DELETE /attachments/{id}`."""
    call.books.attachments.drop(_held(call, write=True).id)


def listing(call: Call) -> dict[str, Any]:
    """`GET /attachments`: needs the paid Documents feature; `username` is a header."""
    if not call.options.documents_feature:
        raise Refused(403, "Documents feature is not in use")
    rows, query, books = call.books.attachments.rows, call.query, call.books
    user = call.headers.get("username")

    def wanted(row: Attachment) -> bool:
        on = kind_and_right(books, row.reference_type, row.reference_id)
        return (
            query.get("minSize", 0) <= len(row.content) <= query.get("maxSize", 2**60)
            and query.get("name", "").casefold() in row.name.casefold()
            and query.get("referenceId", row.reference_id) == row.reference_id
            and user in (None, row.user)
            and query.get("createdStartDate", "") <= row.attached[:10] <= query.get("createdEndDate", "9")
            and ("type" not in query or (on is not None and on[0] in query["type"]))
        )

    keys = {
        "orderByCreatedDate": lambda each: rows[each].attached,
        "orderByName": lambda each: rows[each].name,
        "orderBySize": lambda each: len(rows[each].content),
    }
    ids = paging.order(call, [each for each, row in rows.items() if wanted(row)], keys)

    def show(each: int) -> dict[str, Any]:
        row = rows[each]
        return {
            "attachmentId": row.id,
            "name": row.name,
            "size": len(row.content),
            "user": row.user,
            "referenceId": row.reference_id,
            "referenceType": row.reference_type,
            "attached": row.attached,
        }

    return paging.answer(call, ids, show)


ROUTES = (
    Route("GET", "/attachments", listing),
    Route("POST", "/attachments", post),
    Route("GET", "/attachments/{attachmentId}", get),
    Route("PATCH", "/attachments/{attachmentId}", patch),
    Route("DELETE", "/attachments/{attachmentId}", delete),
)
