"""The picture of an invoice, as POST /attachments takes it (vendor sheet section 9)."""

import secrets
from pathlib import PurePath

import msgspec

from tilisilta.connectors.procountor import assumptions
from tilisilta.connectors.procountor.client import Client, the_rows
from tilisilta.core.documents import DocumentKind
from tilisilta.core.errors import Refused, Unsupported
from tilisilta.kit.values import identity, text

INVOICES = frozenset(
    (
        DocumentKind.SALES_INVOICE,
        DocumentKind.SALES_CREDIT_NOTE,
        DocumentKind.PURCHASE_INVOICE,
        DocumentKind.PURCHASE_CREDIT_NOTE,
    )
)
_MEGABYTE = 1_000_000
_BEGINNINGS = {
    "application/pdf": (b"%PDF",),
    "image/png": (b"\x89PNG",),
    "image/jpeg": (b"\xff\xd8",),
    "image/gif": (b"GIF8",),
    "image/tiff": (b"II*\x00", b"MM\x00*"),
}


def require_picture(name: str, media_type: str, content: bytes) -> None:
    """Raise unless a file is a picture that Procountor takes.

    Raises:
        Refused: PICTURE_TOO_LARGE, PICTURE_WRONG_TYPE (by its type or by its own first bytes).

    """
    kind = media_type.partition(";")[0].strip().lower()
    if kind not in assumptions.PICTURE_TYPES or not content.startswith(_BEGINNINGS[kind]):
        taken = ", ".join(each.rpartition("/")[2].upper() for each in assumptions.PICTURE_TYPES)
        raise Refused("PICTURE_WRONG_TYPE", file=name[:200], type=kind or "-", taken=taken)
    if len(content) > assumptions.FILE_BYTES:
        size = f"{len(content) / _MEGABYTE:.1f} MB"
        raise Refused(
            "PICTURE_TOO_LARGE", file=name[:200], size=size, limit=f"{assumptions.FILE_BYTES // _MEGABYTE} MB"
        )


async def attach(
    client: Client, kind: DocumentKind, target_id: str, *, name: str, media_type: str, content: bytes
) -> str:
    """Attach a picture and return its id. One of the same name that is there already is not sent again.

    Raises:
        Refused: See `require_picture`; GONE_AT_TARGET.
        Unsupported: This kind takes no files.

    """
    if kind not in INVOICES and kind is not DocumentKind.JOURNAL_ENTRY:
        raise Unsupported(field="attachments", rule="no files on this kind", value=kind.value)
    require_picture(name, media_type, content)
    path = "/invoices" if kind in INVOICES else "/ledgerreceipts"
    record = await client.maybe(f"{path}/{target_id}")
    if record is None:
        raise Refused("GONE_AT_TARGET", number=target_id)
    file_name = with_extension(name, media_type)
    for each in the_rows(record.get("attachments")):
        if text(each.get("name")) == file_name:
            return identity(each.get("id"))
    # Files of a journal hang on the invoice id that its receipt names.
    reference = target_id if kind in INVOICES else identity(record.get("invoiceId"))
    meta = {"name": file_name, "referenceType": "INVOICE", "referenceId": int(reference), "sendWithInvoice": False}
    body, content_type = form(meta, file_name, media_type, content)
    made = await client.write_form("/attachments", body, content_type)
    return identity(made.get("id"))


def with_extension(name: str, media_type: str) -> str:
    """Return a file's name with an extension that goes with its type; Procountor asks for one.

    >>> with_extension("T-7781", "application/pdf"), with_extension("lasku.PDF", "application/pdf")
    ('T-7781.pdf', 'lasku.PDF')
    """
    plain = " ".join(PurePath(name.replace("\\", "/")).name.split()) or "lasku"
    known = assumptions.PICTURE_TYPES.get(media_type.partition(";")[0].strip().lower(), (".bin",))
    return plain if plain.lower().endswith(known) else f"{plain}{known[0]}"


def form(meta: dict[str, object], name: str, media_type: str, content: bytes) -> tuple[bytes, str]:
    """Return a multipart body of the two parts, and its content type."""
    boundary = f"tilisilta-{secrets.token_hex(16)}"
    shown = name.replace('"', "'").replace("\r", " ").replace("\n", " ")
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="meta"\r\nContent-Type: application/json\r\n\r\n'
    ).encode()
    file = (
        f'\r\n--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{shown}"\r\n'
        f"Content-Type: {media_type}\r\n\r\n"
    ).encode()
    body = b"".join((head, msgspec.json.encode(meta), file, content, f"\r\n--{boundary}--\r\n".encode()))
    return body, f"multipart/form-data; boundary={boundary}"
