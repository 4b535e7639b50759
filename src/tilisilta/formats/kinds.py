"""What a file is, by its content: never by its name's ending, and always by a name people know."""

import re

from lxml import etree

from tilisilta.core.errors import BadInput
from tilisilta.formats.xml import MAX_BYTES

_MAGIC = (
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "ZIP archive"),
    (b"PK\x05\x06", "ZIP archive"),
    (b"\x1f\x8b", "GZIP archive"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip archive"),
    (b"Rar!", "RAR archive"),
    (b"\xff\xd8\xff", "JPEG image"),
    (b"\x89PNG", "PNG image"),
    (b"GIF8", "GIF image"),
    (b"II*\x00", "TIFF image"),
    (b"MM\x00*", "TIFF image"),
    (b"\xd0\xcf\x11\xe0", "old Office file"),
)
_OFFICE = ((b"xl/", "XLSX spreadsheet"), (b"word/", "DOCX document"), (b"META-INF/container.xml", "ASiC container"))
_HTML = re.compile(rb"<(!doctype\s+html|html)\b", re.IGNORECASE)
_HEAD = 4096
_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_ROOTS = {
    "INVOICE_CENTER": "TEAPPSXML",
    "CrossIndustryInvoice": "UN/CEFACT CII (Factur-X, ZUGFeRD)",
    "CrossIndustryDocument": "UN/CEFACT CII (ZUGFeRD 1)",
    "FinvoiceAttachments": "Finvoice attachments",
    "Finvoiceattachments": "Finvoice attachments",
    "FinvoiceSenderInfo": "Finvoice sender notice",
    "FinvoiceReceiverInfo": "Finvoice receiver notice",
    "FinvoiceAck": "Finvoice acknowledgement",
    "html": "HTML page",
    "Envelope": "SOAP frame without an invoice",
    "StandardBusinessDocument": "Peppol envelope without an invoice",
}
_BANK = re.compile(r"urn:iso:std:iso:20022:tech:xsd:(?P<name>[a-z]+\.\d+)")
_NAME_LENGTH = 80


def require_xml(content: bytes, *, name: str) -> None:
    """Refuse, by its name, what is not XML at all.

    Raises:
        BadInput: UNREADABLE with rule "empty"; FILE_TOO_LARGE with size and limit; FILE_WRONG_KIND with kind.

    """
    if not content.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise BadInput(file=name, line=0, rule="empty", text="the file is empty")
    if len(content) > MAX_BYTES:
        raise BadInput("FILE_TOO_LARGE", file=name, size_bytes=len(content), limit=f"{MAX_BYTES >> 20} MB")
    if kind := _kind_of_bytes(content):
        raise BadInput("FILE_WRONG_KIND", file=name, kind=kind)


def _kind_of_bytes(content: bytes) -> str:
    for magic, kind in _MAGIC:
        if content.startswith(magic):
            office = next((each for mark, each in _OFFICE if mark in content), "")
            return office if kind == "ZIP archive" and office else kind
    head = content[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return ""
    if _HTML.match(head):
        return "HTML page"
    if head[:1] in {b"{", b"["}:
        return "JSON"
    return "" if head.startswith(b"<") else "text, not XML"


def name_of_root(root: etree._Element) -> str:
    """Return what people call a root element that holds no invoice we read."""
    found = etree.QName(root)
    namespace, local = str(found.namespace or ""), str(found.localname)
    if namespace.startswith(_UBL):
        return f"UBL {local}"
    if bank := _BANK.match(namespace):
        return f"ISO 20022 {bank.group('name')}"
    return _ROOTS.get(local) or f"XML <{local[:_NAME_LENGTH]}>"
