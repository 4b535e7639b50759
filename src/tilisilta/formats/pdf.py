"""Sales invoice or credit note -> PDF on A4, in the receiver's language.

What a law-abiding invoice needs (Estonia: KMS § 37; Finland: AVL 209 e §): both parties with their numbers, dates,
rows, VAT by rate with the reason where none is charged, total, and how to pay: reference number, bank barcode for
Finnish accounts, EPC QR code for euros. The same document always gives the same bytes.
"""

import io
from collections.abc import Iterator
from typing import Any

import msgspec
from reportlab.graphics.barcode.code128 import Code128
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.units import mm
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

from tilisilta.core.documents import Invoice, Party
from tilisilta.core.identifiers import reference_number
from tilisilta.core.money import ZERO
from tilisilta.formats.payment_codes import bank_barcode, epc_qr
from tilisilta.formats.pdf_page import (
    BOLD,
    FOOTER,
    HEIGHT,
    INK,
    INNER,
    LINE,
    MARGIN,
    PLAIN,
    SHADE,
    SOFT,
    WIDTH,
    InvoiceCanvas,
    marked,
    require_letters,
    style,
)
from tilisilta.formats.pdf_rows import rows_table
from tilisilta.formats.pdf_texts import Words
from tilisilta.formats.writing import Prepared, Seller, country_of, prepare

_QR_SIZE = 30 * mm
_TIGHT: list[Any] = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    *((f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")),
]
_GROUP = 4


def write_pdf(invoice: Invoice, seller: Seller, *, language: str = "en") -> bytes:
    """Return a sales invoice or credit note as a PDF.

    Args:
        invoice: The document; amounts of a credit note are positive.
        seller: Who sells; its first account is the one to pay to, unless the invoice names another.
        language: The receiver's: "et", "fi" or "en".

    Raises:
        BadInput: the document is not whole or does not add up; params name field and rule.
        Unsupported: a language or letter that we do not have; params name field and rule.

    """
    prepared = prepare(msgspec.structs.replace(invoice, attachments=()), seller)
    words = Words(language)
    _require_letters(prepared)
    out = io.BytesIO()
    title = f"{words('credit_note' if invoice.is_credit_note else 'invoice')} {invoice.number}"
    document = BaseDocTemplate(
        out,
        pagesize=(WIDTH, HEIGHT),
        title=title,
        author=seller.name,
        subject=invoice.party.name,
        lang=language,
        invariant=1,
    )
    frame = Frame(MARGIN, FOOTER, INNER, HEIGHT - FOOTER - MARGIN, 0, 0, 0, 0)
    document.addPageTemplates(PageTemplate(frames=[frame]))

    class OwnCanvas(InvoiceCanvas):
        footer = _footer(seller, words)
        page_words = words("page")

    document.build(list(_story(prepared, words, title)), canvasmaker=OwnCanvas)
    return out.getvalue()


def _require_letters(prepared: Prepared) -> None:
    invoice, seller = prepared.invoice, prepared.seller
    for owner, field in ((invoice, ""), (invoice.party, "party."), (seller, "seller."), (seller.address, "seller.")):
        for name in owner.__struct_fields__:
            value = getattr(owner, name)
            if isinstance(value, str) and name not in {"source_id", "status"}:
                require_letters(value, field + name)
    for row in (*prepared.rows, *prepared.whole):
        for text in (row.line.item_name, row.line.description, row.line.unit, *row.texts):
            require_letters(text, row.at("item_name"))


def _footer(seller: Seller, words: Words) -> tuple[str, ...]:
    address = seller.address
    place = " ".join(each for each in (address.postal_code, address.city) if each)
    numbers = [f"{words(key)} {value}" for key, value in (
        ("registry_code", seller.registry_code),
        ("vat_number", seller.vat_number),
    ) if value]  # fmt: skip
    phone = f"{words('phone')} {seller.phone}" if seller.phone else ""
    lines = (
        (seller.name, address.street, place, country_of(seller)),
        tuple(numbers),
        (phone, seller.email, seller.website),
    )
    return tuple(" · ".join(each for each in line if each) for line in lines)


def _story(prepared: Prepared, words: Words, title: str) -> Iterator[Flowable]:
    invoice = prepared.invoice
    yield _columns(
        [Paragraph(marked(prepared.seller.name), style(12, bold=True))],
        [Paragraph(marked(title), style(17, bold=True, right=True))],
    )
    yield Spacer(0, 7 * mm)
    yield _columns(_buyer(invoice.party, words, country_of(prepared.seller)), [_facts(invoice, words)])
    yield Spacer(0, 7 * mm)
    yield rows_table(prepared, words)
    yield Spacer(0, 4 * mm)
    yield KeepTogether([_columns(_vat(prepared, words), [_totals(prepared, words)])])
    if invoice.note:
        yield Spacer(0, 5 * mm)
        yield Paragraph(marked(invoice.note), style())
    yield Spacer(0, 6 * mm)
    yield KeepTogether(_payment(prepared, words))


def _columns(left: list[Flowable], right: list[Flowable]) -> Table:
    return Table(
        [[left, right]],
        colWidths=[INNER * 0.5, INNER * 0.5],
        style=_TIGHT,
    )


def _buyer(party: Party, words: Words, home: str) -> list[Flowable]:
    address = party.address
    place = " ".join(each for each in (address.postal_code, address.city) if each)
    country = words.country(address.country) if address.country != home else ""
    lines = [each for each in (party.contact_name, address.street, place, address.county, country) if each.strip()]
    numbers = [
        f"{words(key)} {value}"
        for key, value in (("registry_code", party.registry_code), ("vat_number", party.vat_number))
        if value
    ]
    return [
        Paragraph(words("buyer"), style(7.5, color=SOFT)),
        Paragraph(marked(party.name), style(10.5, bold=True)),
        *(Paragraph(marked(each), style()) for each in lines),
        Spacer(0, 1.5 * mm),
        *(Paragraph(marked(each), style(8, color=SOFT)) for each in numbers),
    ]


def _facts(invoice: Invoice, words: Words) -> Table:
    period = " – ".join(words.date(day) for day in (invoice.period_from, invoice.period_to) if day)
    interest = (
        "" if invoice.interest_percent is None else words("a_year").format(words.number(invoice.interest_percent))
    )
    facts = (
        ("date", words.date(invoice.date)),
        ("due_date", words.date(invoice.due_date) if invoice.due_date and not invoice.is_credit_note else ""),
        ("delivery_date", words.date(invoice.delivery_date) if invoice.delivery_date else ""),
        ("period", period),
        ("credits", ", ".join(each.number for each in invoice.credits)),
        ("reference", _grouped(invoice.reference_number)),
        ("your_reference", invoice.your_reference),
        ("our_reference", invoice.our_reference),
        ("order", invoice.order_number),
        ("interest", interest),
    )
    return _pairs([(words(key), value, key == "due_date") for key, value in facts if value], INNER * 0.5, 0.44)


def _pairs(rows: list[tuple[str, str, bool]], width: float, share: float, *, right: bool = True) -> Table:
    """Return names and values, a strong one in bold."""
    cells = [
        [
            Paragraph(marked(name), style(8.5, color=SOFT)),
            Paragraph(marked(value), style(9, bold=is_strong, right=right)),
        ]
        for name, value, is_strong in rows
    ]
    return Table(
        cells or [["", ""]],
        colWidths=[width * share, width * (1 - share)],
        hAlign="RIGHT" if right else "LEFT",
        style=[
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            *(((name, (0, 0), (-1, -1), 0)) for name in ("LEFTPADDING", "RIGHTPADDING")),
            *(((name, (0, 0), (-1, -1), 0.8)) for name in ("TOPPADDING", "BOTTOMPADDING")),
        ],
    )


def _totals(prepared: Prepared, words: Words) -> Table:
    invoice = prepared.invoice
    rows = [("net", words("net"), invoice.net)]
    rows += [
        ("vat", words("vat_short").format(words.number(each.rate)), each.vat)
        for each in prepared.groups
        if each.letter == "S"
    ] or [("vat", words("vat"), invoice.vat)]
    rows.append(("gross", words("gross"), invoice.gross))
    if invoice.rounding:
        rows.append(("rounding", words("rounding"), invoice.rounding))
    if invoice.prepaid:
        rows.append(("prepaid", words("prepaid"), -invoice.prepaid))
    last = words("credited" if invoice.is_credit_note else "payable")
    cells = [[name, f"{words.money(amount, invoice.currency)}"] for _, name, amount in rows]
    cells.append([last, f"{words.money(invoice.payable, invoice.currency)} {invoice.currency}"])
    style(9)  # registers the fonts
    return Table(
        cells,
        colWidths=[INNER * 0.5 - 36 * mm, 36 * mm],
        hAlign="RIGHT",
        style=[
            ("FONT", (0, 0), (-1, -2), PLAIN, 9),
            ("TEXTCOLOR", (0, 0), (0, -2), SOFT),
            ("TEXTCOLOR", (1, 0), (1, -2), INK),
            ("ALIGN", (1, 0), (1, -1), "RIGHT"),
            ("FONT", (0, -1), (-1, -1), BOLD, 11.5),
            ("TEXTCOLOR", (0, -1), (-1, -1), INK),
            ("LINEABOVE", (0, -1), (-1, -1), 0.9, INK),
            ("TOPPADDING", (0, 0), (-1, -1), 1.6),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1.6),
            ("TOPPADDING", (0, -1), (-1, -1), 4),
            ("RIGHTPADDING", (1, 0), (1, -1), 4),
        ],
    )


def _vat(prepared: Prepared, words: Words) -> list[Flowable]:
    """Return the VAT by rate, and below it why there is none."""
    currency = prepared.invoice.currency
    heads = (style(8, color=SOFT), style(8, color=SOFT, right=True), style(8, color=SOFT, right=True))
    body = (style(8), style(8, right=True), style(8, right=True))
    texts = [(words("rate"), words("base"), words("vat"))]
    texts += [
        (words.number(each.rate), words.money(each.net, currency), words.money(each.vat, currency))
        for each in prepared.groups
    ]
    table = Table(
        [
            [Paragraph(text, look) for text, look in zip(row, body if at else heads, strict=True)]
            for at, row in enumerate(texts)
        ],
        colWidths=[14 * mm, 34 * mm, 28 * mm],
        hAlign="LEFT",
        style=[
            ("LINEBELOW", (0, 0), (-1, 0), 0.5, LINE),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
            ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 1.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
        ],
    )
    reasons = [words.reason(each) for each in prepared.groups if each.reason or each.reason_code]
    return [table, *(Paragraph(marked(each), style(8)) for each in reasons)]


# --- payment ---------------------------------------------------------------------------------------------------


def _payment(prepared: Prepared, words: Words) -> list[Flowable]:
    invoice, account = prepared.invoice, prepared.account
    if invoice.is_credit_note:
        return [Paragraph(words("nothing_to_pay"), style(color=SOFT))]
    if account is None or invoice.payable <= ZERO:
        return []
    facts = [
        (words("payee"), prepared.seller.name, False),
        (words("account"), _grouped(account.iban), True),
        (words("bank"), " · ".join(each for each in (account.name, account.bic) if each), False),
        (words("reference"), _grouped(invoice.reference_number), True),
        (
            "" if invoice.reference_number else words("message"),
            "" if invoice.reference_number else invoice.number,
            False,
        ),
        (words("due_date"), words.date(invoice.due_date) if invoice.due_date else "", True),
        (words("payable"), f"{words.money(invoice.payable, invoice.currency)} {invoice.currency}", True),
    ]
    is_euro = invoice.currency == "EUR"
    message = f"{words('invoice')} {invoice.number}"
    qr = ""
    if is_euro:
        payee = msgspec.structs.replace(account, name=prepared.seller.name)
        qr = epc_qr(payee, invoice.payable, invoice.reference_number, message)
    left = _pairs([each for each in facts if each[1]], INNER - _QR_SIZE - 24 * mm, 0.32, right=False)
    box = Table(
        [[left, _qr(qr, words) if qr else ""]],
        colWidths=[INNER - _QR_SIZE - 14 * mm, _QR_SIZE + 14 * mm],
        style=[
            ("BACKGROUND", (0, 0), (-1, -1), SHADE),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("LEFTPADDING", (0, 0), (0, 0), 10),
            ("TOPPADDING", (0, 0), (-1, -1), 7),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 7),
            ("ALIGN", (1, 0), (1, 0), "CENTER"),
        ],
    )
    digits = bank_barcode(account.iban, invoice.payable, invoice.reference_number, invoice.due_date) if is_euro else ""
    return [box, *(_barcode(digits) if digits else [])]


def _qr(content: str, words: Words) -> list[Flowable]:
    widget = QrCodeWidget(content, barLevel="M", barBorder=2)
    bounds: Any = widget.getBounds()
    scale = _QR_SIZE / (bounds[2] - bounds[0])
    drawing = Drawing(_QR_SIZE, _QR_SIZE, transform=[scale, 0, 0, scale, 0, 0])
    drawing.add(widget)
    drawing.hAlign = "CENTER"
    label = style(7, color=SOFT)
    label.alignment = 1
    return [drawing, Paragraph(words("scan"), label)]


def _barcode(digits: str) -> list[Flowable]:
    """Return the bank barcode, 105 mm wide as the guide has it, and its digits; the margin is its quiet zone."""
    code = Code128(digits, barHeight=13 * mm, barWidth=0.315 * mm, quiet=1, lquiet=0, rquiet=5 * mm)
    code.hAlign = "LEFT"
    spaced = " ".join(digits[at : at + _GROUP] for at in range(0, len(digits), _GROUP))
    return [Spacer(0, 5 * mm), code, Paragraph(spaced, style(6.5, color=SOFT))]


def _grouped(number: str) -> str:
    """Return an account or a reference in groups, as banks print them: references of digits from the right by five."""
    compact = "".join(number.split())
    if not compact.isdigit():
        return " ".join(compact[at : at + _GROUP] for at in range(0, len(compact), _GROUP))
    bare = reference_number.compact(compact) or compact
    head = len(bare) % 5
    return " ".join(each for each in (bare[:head], *(bare[at : at + 5] for at in range(head, len(bare), 5))) if each)
