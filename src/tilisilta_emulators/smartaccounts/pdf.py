"""Small but real PDF documents."""

from collections.abc import Sequence

from tilisilta_emulators.smartaccounts import chart
from tilisilta_emulators.smartaccounts.dates import show_date
from tilisilta_emulators.smartaccounts.records import Entry, Invoice

_LINES_ON_PAGE = 60


def make_pdf(lines: Sequence[str]) -> bytes:
    """Return a one-page PDF 1.4 with the lines in Helvetica; what the page cannot hold is left out."""
    text = b"".join(b"(" + _escape(line) + b") Tj T*\n" for line in lines[:_LINES_ON_PAGE])
    content = b"BT /F1 10 Tf 12 TL 50 800 Td\n" + text + b"ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R"
            b" /Resources << /Font << /F1 4 0 R >> >> >>"
        ),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Length %d >>\nstream\n" % len(content) + content + b"\nendstream",
    ]
    made = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(made))
        made += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    made += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(made)


def invoice_pdf(invoice: Invoice) -> bytes:
    """Return the printed form of an invoice."""
    lines = [
        chart.COMPANY["name"],
        f"Arve nr {invoice.invoice_number}   {show_date(invoice.date)}",
        f"{invoice.partner.name}   {invoice.partner.reg_code or ''}",
        f"Maksetähtaeg {show_date(invoice.due_date)}   Viitenumber {invoice.reference_number or ''}",
        "",
    ]
    lines += [
        f"{row.code}  {row.description}  {row.quantity} x {row.price}  {row.vat_pc}  {row.sum}" for row in invoice.rows
    ]
    lines += [
        "",
        f"Summa {invoice.amount}   Käibemaks {invoice.vat_amount}   Ümardus {invoice.round_amount}",
        f"Kokku {invoice.total_amount} {invoice.currency}",
    ]
    return make_pdf(lines)


def entry_pdf(entry: Entry) -> bytes:
    """Return the printed form of a ledger entry."""
    lines = [chart.COMPANY["name"], f"Kanne {entry.number}   {show_date(entry.date)}", ""]
    lines += [f"{row.account}  D {row.debit}  K {row.credit}  {row.description or ''}" for row in entry.rows]
    return make_pdf(lines)


def _escape(line: str) -> bytes:
    encoded = line.encode("cp1252", "replace")
    return encoded.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
