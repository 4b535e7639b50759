"""CSV layouts: a customer, or the rows of an invoice, in columns that were agreed with the customer's Maestro."""

import codecs
import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from tilisilta.connectors.maestro.options import UTF8, Column, CsvStyle
from tilisilta.connectors.maestro.write_text import Texts
from tilisilta.core.documents import Invoice, LineKind, Party
from tilisilta.core.errors import Unsupported

Value = str | Decimal | int | dt.date | None

CUSTOMER_FIELDS = (
    *("customer_no", "name", "business_id", "vat_id", "street", "postal_code", "city", "county", "country", "email"),
    *(
        "phone",
        "einvoice_address",
        "einvoice_operator",
        "payment_term_days",
        "overdue_interest",
        "language",
        "currency",
    ),
    *("active", "changed_at", "contact_name", "is_person", "reference"),
)
ROW_FIELDS = (
    *("delivery_id", "invoice_no", "type", "date", "due_date", "customer_no", "customer_name", "business_id", "row_no"),
    *("product", "description", "quantity", "unit", "unit_price", "discount_percent", "vat_rate", "net", "currency"),
    *("reference", "note", "order_number", "invoice_net", "invoice_vat", "invoice_gross", "credited_no"),
    *("our_reference", "your_reference", "cost_centre"),
)
_CODECS = {UTF8: "utf-8", "windows-1252": "cp1252", "iso-8859-15": "iso8859-15"}
# A number with a sign in front, such as a telephone's, is no formula.
_FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d ().+,/-]*$)")


def customer_values(party: Party, number: str) -> dict[str, Value]:
    """Return what there is to say of a customer, by field."""
    address = party.address
    return {
        "customer_no": number,
        "name": party.name,
        "business_id": party.registry_code,
        "vat_id": party.vat_number,
        "street": address.street,
        "postal_code": address.postal_code,
        "city": address.city,
        "county": address.county,
        "country": address.country,
        "email": party.email,
        "phone": party.phone,
        "einvoice_address": party.einvoice_address,
        "einvoice_operator": party.einvoice_operator,
        "payment_term_days": party.payment_term_days,
        "overdue_interest": party.extra.get("overdue_interest", ""),
        "language": party.extra.get("language", ""),
        "currency": party.extra.get("currency", ""),
        "active": 0 if party.extra.get("is_active", "1") in {"0", "false"} else 1,
        "changed_at": party.modified_at,
        "contact_name": party.contact_name,
        "is_person": int(party.is_person),
        "reference": party.reference_number,
    }


def row_values(
    invoice: Invoice, *, delivery: str, customer_number: str, dimension: Mapping[int, str]
) -> list[dict[str, Value]]:
    """Return what there is to say of each row, by field; amounts of a credit note are below zero.

    Args:
        invoice: As prepared: codes are Maestro's own.
        delivery: The delivery's id.
        customer_number: The customer's number in Maestro.
        dimension: The cost centre by the row's position.

    Raises:
        Unsupported: a discount, charge or rounding on the whole document, which a table of rows cannot say.

    """
    sign = -1 if invoice.is_credit_note else 1
    whole: dict[str, Value] = {
        "delivery_id": delivery,
        "invoice_no": invoice.number,
        "type": "credit" if invoice.is_credit_note else "invoice",
        "date": invoice.date,
        "due_date": invoice.due_date,
        "customer_no": customer_number,
        "customer_name": invoice.party.name,
        "business_id": invoice.party.registry_code,
        "currency": invoice.currency,
        "reference": invoice.reference_number,
        "note": invoice.note,
        "order_number": invoice.order_number,
        "invoice_net": sign * invoice.net,
        "invoice_vat": sign * invoice.vat,
        "invoice_gross": sign * (invoice.gross + invoice.rounding),
        "credited_no": ", ".join(each.number for each in invoice.credits),
        "our_reference": invoice.our_reference,
        "your_reference": invoice.your_reference,
    }
    rows: list[dict[str, Value]] = []
    for at, line in enumerate(invoice.lines):
        said = " ".join(f"{line.item_name} {line.description}".split())
        if line.kind is LineKind.TEXT:
            if rows:
                rows[-1]["description"] = f"{rows[-1]['description']} {said}".strip()
            continue
        if line.kind is not LineKind.ITEM:
            raise Unsupported(field=f"lines[{at}]", rule="a table of rows has no place for it", value=line.kind.value)
        rows.append(
            {
                **whole,
                "row_no": len(rows) + 1,
                "product": line.item_code,
                "description": said,
                "quantity": sign * line.quantity,
                "unit": line.unit,
                "unit_price": line.unit_price,
                "discount_percent": line.discount_percent,
                "vat_rate": line.vat_rate,
                "net": sign * line.net,
                "cost_centre": dimension.get(line.position, ""),
            }
        )
    return rows


def write_table(columns: Sequence[Column], rows: Iterable[Mapping[str, Value]], style: CsvStyle, texts: Texts) -> bytes:
    """Return a file with a header, lines ended by CR LF, quotes only where they are needed.

    Letters that the encoding has not become question marks, with a warning.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=style.separator, lineterminator="\r\n")
    writer.writerow(each.header for each in columns)
    for row in rows:
        writer.writerow(_cell(row.get(each.field) if each.field else None, style) for each in columns)
    text = out.getvalue()
    codec = _CODECS[style.encoding]
    try:
        content = text.encode(codec)
    except UnicodeEncodeError as error:
        lost = text[error.start : error.end]
        texts.warn("LETTERS_LOST", "encoding", letters=lost, encoding=style.encoding)
        content = text.encode(codec, "replace")
    return codecs.BOM_UTF8 + content if style.encoding == UTF8 else content


def _cell(value: Value, style: CsvStyle) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", style.decimal_mark)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, int):
        return str(value)
    plain = " ".join(value.split())
    return f"'{plain}" if _FORMULA.match(plain) else plain
