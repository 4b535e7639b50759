"""Pictures of invoices: small but real PDF documents."""

from collections.abc import Sequence
from functools import lru_cache

from tilisilta_emulators.severa.invoicing import net_of
from tilisilta_emulators.severa.records import Invoice
from tilisilta_emulators.severa.render import party_texts
from tilisilta_emulators.severa.store import Store

_LINES_ON_PAGE = 60


def make_pdf(lines: Sequence[str]) -> bytes:
    """Return a one-page PDF 1.4 with the lines in Helvetica; what the page cannot hold is left out."""
    text = b"".join(b"(%s) Tj T*\n" % _escape(line) for line in lines[:_LINES_ON_PAGE])
    content = b"BT /F1 10 Tf 12 TL 50 800 Td\n" + text + b"ET"
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R "
        b"/Resources << /Font << /F1 4 0 R >> >> >>"
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        page,
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
    ]
    made = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    made += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(made)


def _escape(line: str) -> bytes:
    encoded = line.encode("cp1252", "replace")
    return encoded.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def invoice_pdf(store: Store, invoice: Invoice, part: str, *, reminder: bool = False) -> bytes:
    """Return the printed form of an invoice; `part` is a name of InvoicePdfGetOptions."""
    texts = party_texts(store, invoice)
    title = "Maksumuistutus" if reminder else "Hyvityslasku" if invoice.is_credit else "Lasku"
    lines = [str(texts["senderName"] or ""), f"{title} {invoice.number or ''}   {invoice.day:%d.%m.%Y}"]
    lines += [str(texts["receiverCustomerName"] or ""), f"Viite {invoice.reference or ''}", ""]
    if part != "InvoiceOnly":
        lines += [
            f"{entry.day:%d.%m.%Y}  {entry.description}  {entry.quantity} {entry.unit}"
            for row in invoice.rows
            for entry in row.entries
        ]
    if part != "AttachmentAndBreakdown":
        lines += [
            f"{row.description}  {row.quantity} {row.unit} x {row.unit_price}  {row.vat_rate} %  {net_of(row)}"
            for row in invoice.rows
        ]
        lines += ["", f"Veroton {invoice.net}   Alv {invoice.vat}   Yhteensä {invoice.gross}"]
    return make_pdf(lines)


@lru_cache(maxsize=64)
def attachment_pdf(name: str) -> bytes:
    """Return an attachment."""
    return make_pdf([name])
