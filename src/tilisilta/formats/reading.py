"""What reading a file gives, and the last steps that all formats share: direction, sign, identity, attachments."""

import hashlib
from decimal import Decimal

import msgspec

from tilisilta.core.documents import (
    AttachmentRef,
    AttachmentRole,
    Direction,
    Invoice,
    InvoiceLine,
    Party,
    VatTotal,
)
from tilisilta.core.money import ZERO
from tilisilta.core.problems import Problem, Severity, problem
from tilisilta.formats.identity import code_key, direction_of, party_identity, source_id
from tilisilta.formats.treatment import as_seen_by

CREDIT_NOTE = "381"  # UNTDID 1001
INVOICE = "380"


class Embedded(msgspec.Struct, frozen=True, kw_only=True):
    """A file inside a file: its name, media type and bytes."""

    name: str
    content: bytes
    media_type: str = "application/octet-stream"
    role: AttachmentRole = AttachmentRole.OTHER


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader knows beside the XML: the file's name, our own registry codes, lines before this part."""

    name: str
    own_registry_codes: frozenset[str] = frozenset()
    line_offset: int = 0


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One invoice, what a person should know about it, and its embedded files by attachment id."""

    invoice: Invoice
    problems: tuple[Problem, ...] = ()
    embedded: dict[str, Embedded] = {}


class ReadDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One document of a file. `document` is None when it could not be read; then `problems` says why.

    `line` is where it begins in the file, `index` its place among the file's documents from 0, `raw` the beginning of
    an unreadable one.
    """

    index: int
    line: int
    document: Invoice | None = None
    problems: tuple[Problem, ...] = ()
    number: str = ""
    raw: str = ""
    embedded: dict[str, Embedded] = {}


class FileReading(msgspec.Struct, frozen=True, kw_only=True):
    """A file's format ("finvoice", "ubl", "estonian"; several joined by "+") and its documents in order."""

    format: str
    records: tuple[ReadDocument, ...]


class RawInvoice(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice as the file has it, before direction and sign: `invoice` is read with the seller as its party."""

    invoice: Invoice
    seller: Party
    buyer: Party
    seller_reference: str = ""
    buyer_reference: str = ""
    is_credit_note: bool = False
    negative_credit_is_usual: bool = True  # not in UBL, where a negative credit note takes back a credit
    payable: Decimal | None = None  # as the file says it, in the file's own sign
    is_payable_binding: bool = True  # Finvoice's is an order to the bank, which often differs
    embedded: tuple[Embedded, ...] = ()
    problems: tuple[Problem, ...] = ()


def finish(raw: RawInvoice, context: Context) -> Reading:
    """Return the canonical invoice: direction and party by our registry codes, positive credit notes, a stable id.

    A negative invoice is a credit note by another name (EN 16931 lets a seller credit either way), and is read as one.
    """
    invoice, problems = raw.invoice, list(raw.problems)
    direction = direction_of(raw.seller, context.own_registry_codes)
    is_sales = direction is Direction.SALES
    is_negative = _sign_amount(invoice) < 0
    problems += _payable_problems(raw)
    if is_negative:
        if raw.is_credit_note and not raw.negative_credit_is_usual:
            problems.append(problem("CREDIT_NOTE_NEGATIVE", severity=Severity.WARNING, number=invoice.number))
        invoice = negated(invoice)
    if not is_sales:
        problems += _buyer_problems(raw.buyer, context)
    extra = dict(invoice.extra)
    if is_negative and not raw.is_credit_note:
        extra["negative_invoice"] = "true"
    invoice = msgspec.structs.replace(
        invoice,
        direction=direction,
        party=_party(raw.buyer if is_sales else raw.seller, is_customer=is_sales),
        is_credit_note=raw.is_credit_note or is_negative,
        our_reference=raw.seller_reference if is_sales else raw.buyer_reference,
        your_reference=raw.buyer_reference if is_sales else raw.seller_reference,
        lines=tuple(
            msgspec.structs.replace(line, vat_treatment=as_seen_by(direction, line.vat_treatment))
            for line in invoice.lines
        ),
        vat_totals=tuple(
            msgspec.structs.replace(each, treatment=as_seen_by(direction, each.treatment))
            for each in invoice.vat_totals
        ),
        extra=extra,
    )
    identity = source_id(invoice, raw.seller, CREDIT_NOTE if raw.is_credit_note else INVOICE)
    embedded = {f"{identity}/{at}": each for at, each in enumerate(raw.embedded)}
    refs = tuple(_reference(key, each) for key, each in embedded.items())
    invoice = msgspec.structs.replace(invoice, source_id=identity, attachments=refs)
    return Reading(invoice=invoice, problems=tuple(problems), embedded=embedded)


def negated(invoice: Invoice) -> Invoice:
    """Return the invoice with every amount's sign turned; prices stay, quantities turn with their rows."""
    return msgspec.structs.replace(
        invoice,
        net=-invoice.net,
        vat=-invoice.vat,
        gross=-invoice.gross,
        rounding=-invoice.rounding,
        prepaid=-invoice.prepaid,
        paid=-invoice.paid,
        lines=tuple(_negated_line(line) for line in invoice.lines),
        vat_totals=tuple(_negated_total(each) for each in invoice.vat_totals),
    )


def _negated_line(line: InvoiceLine) -> InvoiceLine:
    net = -line.net
    quantity, price = line.quantity, line.unit_price
    worth = quantity * price
    if net and worth and (worth > 0) != (net > 0):
        # The sign stood in the quantity or in the price; senders differ, and a price is positive where it can be.
        if quantity > 0 and price < 0:
            price = -price
        else:
            quantity = -quantity
    elif not net and quantity < 0:
        quantity = -quantity  # a row of no worth turns with its document
    return msgspec.structs.replace(
        line, net=net, vat=None if line.vat is None else -line.vat, quantity=quantity, unit_price=price
    )


def _negated_total(each: VatTotal) -> VatTotal:
    return msgspec.structs.replace(each, net=-each.net, vat=-each.vat)


def _sign_amount(invoice: Invoice) -> Decimal:
    return invoice.gross or invoice.net or invoice.vat or sum((line.net for line in invoice.lines), ZERO)


def _party(party: Party, *, is_customer: bool) -> Party:
    return msgspec.structs.replace(party, is_customer=is_customer, is_supplier=not is_customer)


def _payable_problems(raw: RawInvoice) -> list[Problem]:
    """Say when what the file asks to be paid is not what its totals come to; nothing is put in the place of either."""
    stated, counted = raw.payable, raw.invoice.payable
    if stated is None or abs(stated) == abs(counted):
        return []
    if raw.is_credit_note and stated == 0:
        return []  # nothing is paid for a credit note
    severity = Severity.ERROR if raw.is_payable_binding else Severity.WARNING
    return [problem("PAYABLE_DIFFERS", severity=severity, where="payable", stated=stated, counted=counted)]


def _buyer_problems(buyer: Party, context: Context) -> list[Problem]:
    own = {code_key(each) for each in context.own_registry_codes} - {""}
    if not own or not (buyer.registry_code or buyer.vat_number) or party_identity(buyer) in own:
        return []
    return [
        problem(
            "BUYER_IS_ANOTHER",
            severity=Severity.WARNING,
            where="party",
            buyer=buyer.name,
            registry_code=buyer.registry_code or buyer.vat_number,
        )
    ]


def _reference(key: str, each: Embedded) -> AttachmentRef:
    return AttachmentRef(
        source_id=key,
        name=each.name,
        media_type=each.media_type,
        size_bytes=len(each.content),
        sha256=hashlib.sha256(each.content).hexdigest(),
        role=each.role,
    )
