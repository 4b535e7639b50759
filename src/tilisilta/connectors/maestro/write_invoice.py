"""Invoice drafts as Finvoice 3.0 and PDF: rows on Maestro's products, texts cut to what the schema holds."""

from decimal import Decimal

import msgspec

from tilisilta.connectors.maestro import assumptions
from tilisilta.connectors.maestro.options import Options
from tilisilta.connectors.maestro.write_text import Texts
from tilisilta.core.documents import Address, Direction, Invoice, InvoiceLine, LineKind, Party
from tilisilta.core.errors import BadInput, Refused, Unsupported
from tilisilta.core.mapping.draft import InvoiceDraft, LineDraft
from tilisilta.formats import write_finvoice
from tilisilta.formats.pdf import write_pdf

ONE, ZERO = Decimal(1), Decimal(0)


def prepared_invoice(draft: InvoiceDraft, texts: Texts) -> Invoice:
    """Return the invoice as it goes out: codes are Maestro's, texts fit, and what has no place is told in `texts`.

    Raises:
        Unsupported: a purchase, a row without product, a number that is too long.

    """
    invoice = draft.invoice
    if invoice.direction is not Direction.SALES:
        raise Unsupported(field="direction", rule="only sales go to Maestro", value=invoice.direction.value)
    if len(invoice.number) > assumptions.INVOICE_NUMBER_CHARS:
        raise Unsupported(
            field="number", rule=f"at most {assumptions.INVOICE_NUMBER_CHARS} characters", value=invoice.number
        )
    if invoice.attachments:
        texts.warn("ATTACHMENTS_NOT_CARRIED", "attachments", count=len(invoice.attachments))
    return msgspec.structs.replace(
        invoice,
        party=_party(invoice.party, texts),
        lines=tuple(line for at, each in enumerate(draft.lines) for line in _lines(each, at, texts)),
        attachments=(),
        note=texts.clean(invoice.note, "note"),
    )


def write_document(invoice: Invoice, customer_number: str, options: Options) -> bytes:
    """Return the Finvoice of a prepared invoice, valid by the schema.

    Raises:
        Refused: the document is not whole or does not add up.
        Unsupported: it holds what Finvoice cannot say.

    """
    try:
        return write_finvoice(
            invoice,
            options.seller,
            encoding=options.finvoice_encoding,
            language=options.language,
            customer_number=customer_number,
        )
    except BadInput as error:
        raise _refusal(error) from error


def write_picture(invoice: Invoice, options: Options) -> bytes:
    """Return the PDF of a prepared invoice.

    Raises:
        Refused, Unsupported: as `write_document`.

    """
    try:
        return write_pdf(invoice, options.seller, language=options.language)
    except BadInput as error:
        raise _refusal(error) from error


def total_of(invoice: Invoice) -> Decimal:
    """Return the total that the books must show: with VAT and rounding, before prepayments."""
    return invoice.gross + invoice.rounding


def _refusal(error: BadInput) -> Refused:
    """A document that cannot be written stops by itself; the run goes on."""
    refused = Refused(error.code, evidence=error.evidence)
    refused.params = dict(error.params)
    return refused


# --- parties -------------------------------------------------------------------------------------------------


def _party(party: Party, texts: Texts) -> Party:
    """Return the buyer as Finvoice can name it: an address whole or not at all, an e-invoice address with operator."""
    has_route = party.einvoice_address and party.einvoice_operator
    return msgspec.structs.replace(
        party,
        name=texts.cut(party.name, "party.name", assumptions.PARTY_CHARS),
        address=_address(party, texts),
        einvoice_address=party.einvoice_address if has_route else "",
        einvoice_operator=party.einvoice_operator if has_route else "",
    )


def _address(party: Party, texts: Texts) -> Address:
    address = party.address
    pieces = {"street": address.street, "city": address.city, "postal_code": address.postal_code}
    if not any(pieces.values()):
        return Address()
    missing = [name for name, value in pieces.items() if len(value.strip()) < 2]  # noqa: PLR2004  the schema's least
    if missing:
        texts.warn("ADDRESS_LEFT_OUT", "party.address", party=party.name, missing=", ".join(missing))
        return Address()
    most = assumptions.STREET_CHARS
    return Address(
        street=texts.cut(" ".join(address.street.split()), "party.address.street", most),
        city=texts.cut(address.city, "party.address.city", most),
        postal_code=texts.cut(address.postal_code, "party.address.postal_code", most),
        country=address.country,
    )


# --- rows ----------------------------------------------------------------------------------------------------


def _lines(draft: LineDraft, at: int, texts: Texts) -> list[InvoiceLine]:
    line = draft.line
    if line.kind is not LineKind.ITEM:
        return [line]
    if not draft.item_id:
        raise Unsupported(field=f"lines[{at}].item_code", rule="a row needs a product")
    name, rest = _named(line, at, texts)
    description = rest[: assumptions.DESCRIPTION_CHARS]
    quantity, price, discount = _price(line)
    written = msgspec.structs.replace(
        line,
        item_code=draft.item_id,
        item_name=name or draft.item_id,
        description=description,
        unit=texts.cut(line.unit, f"lines[{at}].unit", assumptions.UNIT_CHARS),
        quantity=quantity,
        unit_price=price,
        discount_percent=discount,
    )
    further = rest[assumptions.DESCRIPTION_CHARS :].strip()
    if not further:
        return [written]
    return [written, InvoiceLine(position=line.position, kind=LineKind.TEXT, description=further)]


def _named(line: InvoiceLine, at: int, texts: Texts) -> tuple[str, str]:
    """Return the row's name, cut at a space where it is too long, and what else it says."""
    where, most = f"lines[{at}]", assumptions.NAME_CHARS
    name = " ".join(texts.clean(line.item_name, f"{where}.item_name").split())
    said = texts.clean(line.description, f"{where}.description")
    if not name:
        name, said = " ".join(said.split()), ""
    if len(name) > most:
        cut = name.rfind(" ", 0, most + 1)
        cut = cut if cut > 0 else most
        name, rest = name[:cut].rstrip(), name[cut:].strip()
        said = f"{rest}\n{said}".strip()
    return name, "" if said == name else said


def _price(line: InvoiceLine) -> tuple[Decimal, Decimal, Decimal]:
    """Return quantity, price and discount; money without a quantity becomes one piece at its net."""
    if line.net and not line.quantity:
        return ONE, line.net, ZERO
    return line.quantity, line.unit_price, line.discount_percent
