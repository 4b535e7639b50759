"""Files of an invoice; one of them may be the picture of the invoice itself, kept apart from the others."""

import hashlib
from typing import Final

from django.db import transaction
from django.utils import timezone

from tilisilta.core.documents import AttachmentRole
from tilisilta.engine.files import clean_name
from tilisilta.formats import Embedded
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.workspace import messages
from tilisilta.services.workspace.content import require_open
from tilisilta.services.workspace.events import log_event
from tilisilta.store.models import InvoiceStage, Role, Side, WorkspaceAttachment, WorkspaceInvoice

messages.make_known()

LIMIT_MB: Final = 10
MOST_FILES: Final = 50
MAX_BYTES: Final = LIMIT_MB << 20
# What a file is, by how it begins: names and declared types are anybody's word.
_BEGINNINGS: Final = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
_BY_ENDING: Final = {
    "xml": "application/xml",
    "csv": "text/csv",
    "txt": "text/plain",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_ZIPPED: Final = frozenset({"xlsx", "docx"})
IMAGE_TYPES: Final = frozenset({"application/pdf", "image/png", "image/jpeg"})


def media_type_of(name: str, content: bytes) -> str:
    """Return what kind of file it is, by its beginning, else by its ending.

    Raises:
        ServiceError: ATTACHMENT_KIND when it is none that is kept here.
    """
    for beginning, kind in _BEGINNINGS:
        if content.startswith(beginning):
            return kind
    ending = name.rpartition(".")[2].lower()
    is_right = (content[:2] == b"PK") == (ending in _ZIPPED) and not content.startswith((b"MZ", b"\x7fELF"))
    if ending not in _BY_ENDING or not is_right:
        raise ServiceError("ATTACHMENT_KIND", kind=ending or "?")
    return _BY_ENDING[ending]


@transaction.atomic
def add_attachment(
    actor: Actor, row: WorkspaceInvoice, name: str, content: bytes, *, is_image: bool = False
) -> WorkspaceAttachment:
    """Keep a file with an invoice; a new picture takes the place of the one before, which stays as another file.

    The same content twice is kept once, and a picture that comes again as another file stays the picture.

    Raises:
        Forbidden: the role is too low.
        ServiceError: FILE_EMPTY, ATTACHMENT_TOO_BIG, ATTACHMENT_KIND, ATTACHMENTS_FULL, IMAGE_KIND,
            PERIOD_CLOSED.
    """
    require(actor, Role.ACCOUNTANT)
    _hold_open(actor, row.pk)
    return keep(row, name, content, is_image=is_image, actor=actor)


def _hold_open(actor: Actor, invoice_id: int) -> None:
    """Hold an invoice that no closed period holds, so that of two pictures at once one stays."""
    held = WorkspaceInvoice.objects.select_for_update(of=("self",)).select_related("closed_period")
    require_open(held.get(pk=invoice_id, company=actor.company))


def keep(
    row: WorkspaceInvoice, name: str, content: bytes, *, is_image: bool = False, actor: Actor | None = None
) -> WorkspaceAttachment:
    """Keep a file as `add_attachment` does, for callers that have let the actor pass already."""
    name = clean_name(name) or "file"
    if not content:
        raise ServiceError("FILE_EMPTY", file=name)
    if len(content) > MAX_BYTES:
        raise ServiceError("ATTACHMENT_TOO_BIG", name=name, limit=LIMIT_MB)
    media_type = media_type_of(name, content)
    if is_image and media_type not in IMAGE_TYPES:
        raise ServiceError("IMAGE_KIND")
    sha256 = hashlib.sha256(content).hexdigest()
    known = WorkspaceAttachment.objects.filter(invoice=row, sha256=sha256).first()
    if known is not None and (known.is_image or not is_image):
        return known
    if known is None and WorkspaceAttachment.objects.filter(invoice=row).count() >= MOST_FILES:
        raise ServiceError("ATTACHMENTS_FULL", limit=MOST_FILES)
    if is_image:
        WorkspaceAttachment.objects.filter(invoice=row, is_image=True).update(is_image=False)
    file = known or WorkspaceAttachment(
        invoice=row, name=name, media_type=media_type, sha256=sha256, content=content,
        added_by=actor.user if actor else None,
    )  # fmt: skip
    file.is_image = is_image
    file.save()
    touch(row)
    log_event(row, "attachment.image" if is_image else "attachment.added", actor, name=name)
    return file


def keep_embedded(row: WorkspaceInvoice, files: dict[str, Embedded], actor: Actor | None = None) -> list[str]:
    """Keep the files that came inside an e-invoice; return the names of those that are not kept here."""
    left: list[str] = []
    has_image = False
    for file in files.values():
        is_image = file.role is AttachmentRole.IMAGE and not has_image
        try:
            has_image = keep(row, file.name, file.content, is_image=is_image, actor=actor).is_image or has_image
        except ServiceError:
            left.append(file.name)
    return left


def touch(row: WorkspaceInvoice) -> None:
    """Note that an invoice changed without its content changing, so that sources list it again."""
    row.updated_at = timezone.now()
    WorkspaceInvoice.objects.filter(pk=row.pk).update(updated_at=row.updated_at)


@transaction.atomic
def set_image(actor: Actor, file: WorkspaceAttachment) -> None:
    """Make a file the picture of its invoice.

    Raises:
        Forbidden: the role is too low.
        ServiceError: IMAGE_KIND, PERIOD_CLOSED.
    """
    require(actor, Role.ACCOUNTANT)
    _hold_open(actor, file.invoice_id)
    if file.media_type not in IMAGE_TYPES:
        raise ServiceError("IMAGE_KIND")
    WorkspaceAttachment.objects.filter(invoice=file.invoice, is_image=True).exclude(pk=file.pk).update(is_image=False)
    file.is_image = True
    file.save(update_fields=["is_image"])
    touch(file.invoice)
    log_event(file.invoice, "attachment.image", actor, name=file.name)


@transaction.atomic
def remove_attachment(actor: Actor, file: WorkspaceAttachment) -> None:
    """Delete a file of an invoice; the picture of a sent sales invoice is what its customer got, and stays.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PERIOD_CLOSED, IMAGE_STAYS.
    """
    require(actor, Role.ACCOUNTANT)
    _hold_open(actor, file.invoice_id)
    if file.is_image and file.invoice.direction == Side.SALES and file.invoice.stage == InvoiceStage.SENT:
        raise ServiceError("IMAGE_STAYS", number=file.invoice.number)
    log_event(file.invoice, "attachment.removed", actor, name=file.name)
    touch(file.invoice)
    file.delete()


def get_attachment(row: WorkspaceInvoice, pk: int) -> WorkspaceAttachment:
    """Return a file of an invoice; DoesNotExist otherwise."""
    return WorkspaceAttachment.objects.select_related("invoice", "invoice__closed_period").get(invoice=row, pk=pk)


def image_of(row: WorkspaceInvoice) -> WorkspaceAttachment | None:
    """Return the picture of an invoice, with its bytes."""
    return WorkspaceAttachment.objects.filter(invoice=row, is_image=True).first()
