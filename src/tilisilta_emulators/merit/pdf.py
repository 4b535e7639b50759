"""A small but real PDF of an invoice."""

from tilisilta_emulators.merit.records import Invoice

_LINES_ON_PAGE = 60


def invoice(company: str, one: Invoice, *, is_note: bool) -> bytes:
    """Return the printed form of an invoice, or of its delivery note, which has no prices."""
    title = "Saateleht" if is_note else "Kreeditarve" if one.total < 0 else "Arve"
    lines = [company, f"{title} nr {one.number or ''}   {one.date:%d.%m.%Y}"]
    lines += [f"{one.partner.name}   {one.partner.reg_no or ''}", ""]
    for row in one.rows:
        tail = "" if is_note else f" x {row.price}   {row.tax.name}   {row.net}"
        lines.append(f"{row.code or ''}  {row.description}  {row.quantity} {row.unit or ''}{tail}")
    if not is_note:
        lines += ["", f"Summa {one.net}   Käibemaks {one.vat}   Ümardus {one.rounding}"]
        lines += [f"Kokku {one.total} {one.currency}", f"Tähtaeg {one.due_date:%d.%m.%Y}   Viitenumber {one.reference}"]
    return make(lines)


def make(lines: list[str]) -> bytes:
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
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    made += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(made)


def _escape(line: str) -> bytes:
    encoded = line.encode("cp1252", "replace")
    return encoded.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
