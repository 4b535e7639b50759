"""Attachments: references only; the bytes lie in the store or at the source."""

from enum import StrEnum

import msgspec


class AttachmentRole(StrEnum):
    IMAGE = "image"  # the picture of the invoice itself
    OTHER = "other"


class AttachmentRef(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    source_id: str
    name: str
    media_type: str = ""
    size_bytes: int = 0
    sha256: str = ""
    role: AttachmentRole = AttachmentRole.OTHER
