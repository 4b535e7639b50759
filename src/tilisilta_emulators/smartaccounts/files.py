"""Files attached to records: section 4.9 of the vendor sheet."""

import base64
import binascii
from collections.abc import Callable
from typing import Any

from tilisilta_emulators.smartaccounts.books import Books
from tilisilta_emulators.smartaccounts.call import Call
from tilisilta_emulators.smartaccounts.errors import Refused, fault
from tilisilta_emulators.smartaccounts.records import StoredFile, fields, stamps, view

_TYPES = (
    "CLIENT_INVOICE",
    "CLIENT",
    "VENDOR",
    "VENDOR_INVOICE",
    "ARTICLE",
    "CLIENT_OFFER",
    "CLIENT_ORDER",
    "LEDGER_ENTRY",
)
_MOST_BYTES = 10 * 1024 * 1024
_DETAILS = fields("id", "docType", "docId", "fileName", "description", "mimeType")


def methods() -> dict[str, Callable[[Call], Any]]:
    """Return the handlers by method name."""
    return {"get": get, "getDetails": details, "add": add, "delete": delete}


def listed_files(books: Books, doc_type: str, doc_id: str) -> list[dict[str, Any]]:
    """Return the files of a record as `documents[]` shows them."""
    return [
        {"fileId": file.id, "fileName": file.file_name, "description": file.description}
        for file in books.files_of.get((doc_type, doc_id), ())
    ]


def get(call: Call) -> dict[str, Any]:
    """Return the files of a record, or one file, with their contents."""
    return {"files": [_show(file) | {"fileContent": base64.b64encode(file.content).decode()} for file in _chosen(call)]}


def details(call: Call) -> dict[str, Any]:
    """Return the same without contents."""
    return {"files": [_show(file) for file in _chosen(call)]}


def add(call: Call) -> dict[str, Any]:
    """Attach a file to a record that exists."""
    form = call.form()
    doc_type = form.need_choice("docType", _TYPES)
    doc_id, name, encoded = form.need("docId"), form.need("fileName"), form.need("fileContent")
    description, mime = form.text("description"), form.text("mimeType")
    try:
        # MIME encoders of several languages break the lines.
        content = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Refused(fault("FILE-CONTENT")) from None
    if len(content) > _MOST_BYTES:
        raise Refused(fault("FILE-TOO-LARGE"))
    if not _exists(call.books, doc_type, doc_id):
        raise Refused(fault("NOT-FOUND", what=doc_type))
    file = StoredFile(
        **call.books.new(call.books.files, call.moment),
        doc_type=doc_type,
        doc_id=doc_id,
        file_name=name,
        description=description,
        mime_type=mime,
        content=content,
    )
    call.books.files.put(file)
    call.books.files_of.setdefault((doc_type, doc_id), []).append(file)
    return {"fileId": file.id}


def delete(call: Call) -> dict[str, Any]:
    """Detach a file; it is named by `fileId`, or by `id` as elsewhere."""
    identity = call.deleted_id() or call.query.text("fileId") or ""
    file = call.books.files.by_id.get(identity)
    if file is None:
        raise Refused(fault("NOT-FOUND", what="File"))
    call.books.files.remove(file, call.moment)
    call.books.files_of[file.doc_type, file.doc_id].remove(file)
    return {"fileId": file.id}


def _chosen(call: Call) -> list[StoredFile]:
    identity = call.query.text("fileId")
    if identity is not None:
        found = call.books.files.by_id.get(identity)
        return [found] if found else []
    doc_type = call.query.choice("docType", _TYPES, required=True) or ""
    doc_id = call.query.text("docId", required=True) or ""
    return call.books.files_of.get((doc_type, doc_id), [])


def _show(file: StoredFile) -> dict[str, Any]:
    return view(file, _DETAILS) | {"fileId": file.id, "size": len(file.content)} | stamps(file)


def _exists(books: Books, doc_type: str, doc_id: str) -> bool:
    tables = {
        "CLIENT_INVOICE": books.client_invoices,
        "CLIENT": books.clients,
        "VENDOR": books.vendors,
        "VENDOR_INVOICE": books.vendor_invoices,
        "ARTICLE": books.articles,
        "LEDGER_ENTRY": books.entries,
    }
    table: Any = tables.get(doc_type)
    return table is not None and doc_id in table.by_id
