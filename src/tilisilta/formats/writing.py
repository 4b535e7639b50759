"""What all writers of sales invoices share: the seller, VAT groups, elements, and the last check against the schema.

A canonical sales invoice knows its buyer; who sells stands beside it as `Seller`. What a format has no place for is
refused by the name of its field. Our own bookkeeping (accounts, dimensions, warehouse, state, paid amounts, `extra`)
is nobody else's business and is never written.
"""

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal

import msgspec
from lxml import etree

from tilisilta.core.documents import Address, BankAccount, Direction, Invoice, InvoiceLine, LineKind, Party
from tilisilta.core.documents.rows import is_shown_rounding
from tilisilta.core.errors import BadInput, Unsupported
from tilisilta.core.money import ZERO, round_amount, vat_amount
from tilisilta.core.problems import Severity
from tilisilta.core.sums import check_sums
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.formats.reading import Embedded
from tilisilta.formats.xml import SchemaError, validate

_LETTERS = {
    VatTreatment.DOMESTIC: "S",
    VatTreatment.ZERO_RATED: "Z",
    VatTreatment.EXEMPT: "E",
    VatTreatment.MARGIN_SCHEME: "E",
    VatTreatment.OUTSIDE_SCOPE: "O",
    VatTreatment.REVERSE_CHARGE: "AE",
    VatTreatment.CONSTRUCTION_REVERSE_CHARGE: "AE",
    VatTreatment.INTRA_EU_SUPPLY_GOODS: "K",
    VatTreatment.INTRA_EU_SUPPLY_SERVICES: "AE",  # article 196: the buyer owes the VAT
    VatTreatment.EXPORT: "G",
}
# Letters whose meaning is its own reason; the others need words of the seller.
_REASONS = {
    "AE": ("Reverse charge", "VATEX-EU-AE"),
    "K": ("Intra-community supply", "VATEX-EU-IC"),
    "G": ("Export outside the EU", "VATEX-EU-G"),
    "O": ("Not subject to VAT", "VATEX-EU-O"),
}
_NEEDS_REASON = frozenset({"E", "AE", "K", "G", "O"})
_REASON_CODE = re.compile(r"(?:^|\s)(VATEX-[A-Z0-9-]+)$", re.IGNORECASE)
_ELEMENT = re.compile(r"Element '(?:\{[^}]*\})?([^']+)'")
_CODE_LENGTH = 3


class Seller(msgspec.Struct, frozen=True, kw_only=True):
    """Who sells and is paid: our company as it stands on its own invoices.

    `einvoice_address` may bear its ISO 6523 scheme in front ("0216:003712345671"); `einvoice_operator` is the
    intermediator's address (in Finland its BIC or OVT code). The first bank account is the one that is proposed.
    """

    name: str
    registry_code: str = ""
    vat_number: str = ""
    address: Address = Address()
    bank_accounts: tuple[BankAccount, ...] = ()
    contact_name: str = ""
    email: str = ""
    phone: str = ""
    website: str = ""
    einvoice_address: str = ""
    einvoice_operator: str = ""


class VatGroup(msgspec.Struct, frozen=True, kw_only=True):
    """One VAT letter and rate of an invoice (EN 16931 BG-23), with why there is no VAT."""

    letter: str
    rate: Decimal
    net: Decimal
    vat: Decimal
    reason: str = ""
    reason_code: str = ""

    @property
    def reason_words(self) -> str:
        return " ".join(each for each in (self.reason, self.reason_code) if each)


class WrittenRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row and its VAT letter; `index` is its place in the invoice's lines, `texts` the rows of words after it."""

    index: int
    line: InvoiceLine
    letter: str
    texts: tuple[str, ...] = ()

    def at(self, field: str) -> str:
        """Return where a field of this row stands, for messages."""
        return f"lines[{self.index}].{field}"


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """An invoice that may be written: rows, the document's own discounts and charges, VAT groups, payee."""

    invoice: Invoice
    seller: Seller
    rows: tuple[WrittenRow, ...]
    whole: tuple[WrittenRow, ...]
    groups: tuple[VatGroup, ...]
    account: BankAccount | None
    files: tuple[Embedded, ...] = ()
    first_texts: tuple[str, ...] = ()

    @property
    def rows_net(self) -> Decimal:
        return sum((row.line.net for row in self.rows), ZERO)

    def group_of(self, row: WrittenRow) -> VatGroup:
        return next(each for each in self.groups if (each.letter, each.rate) == (row.letter, row.line.vat_rate))


def prepare(invoice: Invoice, seller: Seller, files: Mapping[str, Embedded] | None = None) -> Prepared:
    """Return what all writers need of a sales invoice or credit note.

    Args:
        invoice: A sales document whose sums add up; every row has a VAT treatment where its rate is 0.
        seller: Who sells.
        files: The bytes of the invoice's attachments, by their `source_id`.

    Raises:
        BadInput: the sums do not add up (with the check's own code), or a field is missing or wrong.
        Unsupported: a purchase invoice, or an amount finer than its currency.

    """
    _require_whole(invoice, seller)
    for found in check_sums(invoice):
        if found.severity is Severity.ERROR:
            refusal = BadInput(found.code)
            refusal.params = found.params | {"field": found.where}
            raise refusal
    rows, whole, first_texts = _rows(invoice)
    return Prepared(
        invoice=invoice,
        seller=seller,
        rows=rows,
        whole=whole,
        groups=_groups(invoice, (*rows, *whole)),
        account=invoice.bank_account or next(iter(seller.bank_accounts), None),
        files=_files(invoice, files or {}),
        first_texts=first_texts,
    )


def _require_whole(invoice: Invoice, seller: Seller) -> None:
    if invoice.direction is not Direction.SALES:
        raise Unsupported(field="direction", rule="only sales invoices are written", value=invoice.direction.value)
    for field, value in (
        ("number", invoice.number),
        ("party.name", invoice.party.name),
        ("seller.name", seller.name),
        ("seller.registry_code", seller.registry_code or seller.vat_number),
    ):
        if not value.strip():
            raise BadInput(field=field, rule="missing")
    if len(invoice.currency) != _CODE_LENGTH or not invoice.currency.isupper():
        raise BadInput(field="currency", rule="ISO 4217", value=invoice.currency)
    for field in ("net", "vat", "gross", "rounding", "prepaid"):
        require_cents(getattr(invoice, field), invoice.currency, field)


def require_cents(amount: Decimal, currency: str, field: str) -> Decimal:
    """Return the amount with its currency's decimals; Unsupported when it is finer than they are."""
    rounded = round_amount(amount, currency)
    if rounded != amount:
        raise Unsupported(field=field, rule=f"finer than {currency} has", value=plain(amount))
    return rounded


def _rows(invoice: Invoice) -> tuple[tuple[WrittenRow, ...], tuple[WrittenRow, ...], tuple[str, ...]]:
    rows: list[WrittenRow] = []
    whole: list[WrittenRow] = []
    first: list[str] = []
    for index, line in enumerate(invoice.lines):
        if line.kind is LineKind.TEXT:
            words = " ".join(part for part in (line.item_name, line.description) if part)
            if not words:
                continue
            if rows:
                rows[-1] = msgspec.structs.replace(rows[-1], texts=(*rows[-1].texts, words))
            else:
                first.append(words)
            continue
        if is_shown_rounding(invoice, line):
            continue  # said with the totals
        if line.kind is LineKind.ROUNDING:
            raise Unsupported(field=f"lines[{index}]", rule="a rounding row that is not the document's rounding")
        require_cents(line.net, invoice.currency, f"lines[{index}].net")
        row = WrittenRow(index=index, line=line, letter=_letter(line.vat_treatment, line.vat_rate, f"lines[{index}]"))
        (rows if line.kind is LineKind.ITEM else whole).append(row)
    if not rows:
        raise BadInput("INVOICE_WITHOUT_ROWS", field="lines", number=invoice.number)
    return tuple(rows), tuple(whole), tuple(first)


def _letter(treatment: VatTreatment | None, rate: Decimal, where: str) -> str:
    if treatment is None:
        if not rate:
            raise BadInput(field=f"{where}.vat_treatment", rule="0 % needs its reason in law")
        return "S"
    letter = _LETTERS.get(treatment)
    if letter is None:
        raise BadInput(field=f"{where}.vat_treatment", rule="is a buyer's", value=treatment.value)
    if (letter == "S") != bool(rate):
        rule = "a rate above 0 % is needed" if letter == "S" else "0 % is needed where no VAT is charged"
        raise BadInput(field=f"{where}.vat_rate", rule=rule, value=plain(rate))
    return letter


def _groups(invoice: Invoice, rows: tuple[WrittenRow, ...]) -> tuple[VatGroup, ...]:
    """Return the VAT groups as the document has them, else as its rows make them."""
    of_rows: dict[tuple[str, Decimal], Decimal] = {}
    for row in rows:
        key = (row.letter, row.line.vat_rate)
        of_rows[key] = of_rows.get(key, ZERO) + row.line.net
    found = _stated_groups(invoice, list(of_rows)) if invoice.vat_totals else _made_groups(invoice, rows, of_rows)
    missing = [key for key in of_rows if key not in {(each.letter, each.rate) for each in found}]
    if missing:
        raise BadInput(field="vat_totals", rule="a rate of the rows is missing", value=plain(missing[0][1]))
    return tuple(_with_reason(each, at) for at, each in enumerate(found))


def _stated_groups(invoice: Invoice, keys: list[tuple[str, Decimal]]) -> list[VatGroup]:
    groups: dict[tuple[str, Decimal], VatGroup] = {}
    for at, total in enumerate(invoice.vat_totals):
        letters = {letter for letter, rate in keys if rate == total.rate}
        if total.treatment is None and len(letters) == 1:
            letter = letters.pop()
        else:
            letter = _letter(total.treatment, total.rate, f"vat_totals[{at}]")
        before = groups.get((letter, total.rate), VatGroup(letter=letter, rate=total.rate, net=ZERO, vat=ZERO))
        groups[letter, total.rate] = msgspec.structs.replace(
            before,
            net=before.net + require_cents(total.net, invoice.currency, f"vat_totals[{at}].net"),
            vat=before.vat + require_cents(total.vat, invoice.currency, f"vat_totals[{at}].vat"),
            reason=before.reason or total.exemption_reason,
        )
    return list(groups.values())


def _made_groups(
    invoice: Invoice, rows: tuple[WrittenRow, ...], nets: dict[tuple[str, Decimal], Decimal]
) -> list[VatGroup]:
    """Return groups from rows: VAT by rate, the rows' own, or rounded row by row, whichever gives the document's."""
    by_rate = {key: vat_amount(net, key[1], invoice.currency) for key, net in nets.items()}
    by_row, rounded = dict.fromkeys(nets, ZERO), dict.fromkeys(nets, ZERO)
    for row in rows:
        key = row.letter, row.line.vat_rate
        by_row[key] += row.line.vat or ZERO
        rounded[key] += vat_amount(row.line.net, row.line.vat_rate, invoice.currency)
    only = dict.fromkeys(nets, invoice.vat) if len(nets) == 1 else by_rate
    for vats in (by_rate, by_row, rounded, only):
        if sum(vats.values(), ZERO) == invoice.vat:
            return [VatGroup(letter=key[0], rate=key[1], net=net, vat=vats[key]) for key, net in nets.items()]
    raise BadInput(field="vat_totals", rule="missing, and the rows do not give the VAT", value=plain(invoice.vat))


def _with_reason(group: VatGroup, at: int) -> VatGroup:
    if group.letter not in _NEEDS_REASON:
        return msgspec.structs.replace(group, reason="")
    code = _REASON_CODE.search(group.reason)
    if code:
        return msgspec.structs.replace(group, reason=group.reason[: code.start()], reason_code=code.group(1).upper())
    if group.reason:
        return group
    if group.letter not in _REASONS:
        raise BadInput(field=f"vat_totals[{at}].exemption_reason", rule="0 % needs its reason in words")
    reason, reason_code = _REASONS[group.letter]
    return msgspec.structs.replace(group, reason=reason, reason_code=reason_code)


def _files(invoice: Invoice, files: Mapping[str, Embedded]) -> tuple[Embedded, ...]:
    for at, each in enumerate(invoice.attachments):
        if each.source_id not in files:
            raise BadInput(field=f"attachments[{at}]", rule="its file was not handed over", value=each.name)
    return tuple(files[each.source_id] for each in invoice.attachments)


# --- elements ------------------------------------------------------------------------------------------------


def put(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    """Append an element; BadInput names the one whose text has characters that XML cannot hold."""
    element = etree.SubElement(parent, name)
    try:
        if text:
            element.text = text
        for key, value in attributes.items():
            element.set(key, value)
    except ValueError:
        raise BadInput(field=etree.QName(element).localname, rule="control characters", value=repr(text)) from None
    return element


def put_some(parent: etree._Element, name: str, text: str, **attributes: str) -> None:
    """Append an element when there is something to say."""
    if text:
        put(parent, name, text, **attributes)


def plain(value: Decimal) -> str:
    """Return a number without exponent and idle zeros.

    >>> plain(Decimal("1E+3")), plain(Decimal("25.50"))
    ('1000', '25.5')
    """
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") or "0" if "." in text else text


def pieces(text: str, length: int) -> list[str]:
    """Return a text cut at spaces into parts of at most `length` characters; words longer than that are cut.

    >>> pieces("Käännetty verovelvollisuus", 12)
    ['Käännetty', 'verovelvolli', 'suus']
    """
    parts: list[str] = []
    for word in text.split():
        rest = word
        if parts and len(parts[-1]) + 1 + len(rest) <= length:
            parts[-1] += f" {rest}"
            continue
        while rest:
            parts.append(rest[:length])
            rest = rest[length:]
    return parts


def finished(root: etree._Element, schema: str, *, encoding: str = "UTF-8", check: bool = True) -> bytes:
    """Return the file, valid by the schema.

    Raises:
        Unsupported: with the element and the rule that its value breaks (too long, too fine, not in a code list).

    """
    if check and (errors := validate(root, schema)):
        raise unsayable(errors[0])
    content: bytes = etree.tostring(root, encoding=encoding, xml_declaration=True)  # type: ignore[assignment]
    return content


def unsayable(error: SchemaError) -> Unsupported:
    """Return the refusal of what a schema has no place for, by the name of its element."""
    found = _ELEMENT.search(error.text)
    return Unsupported(field=found.group(1) if found else "", rule=error.text, check=error.rule)


def country_of(party: Party | Seller) -> str:
    """Return the party's country, by its address, else by its VAT number; empty when neither tells."""
    if party.address.country:
        return party.address.country.upper()
    prefix = party.vat_number[:2].upper()
    return prefix if prefix.isalpha() else ""


def address_parts(value: str) -> tuple[str, str]:
    """Return scheme and number of an e-invoice address; no scheme when it bears none.

    >>> address_parts("0191:12345678"), address_parts("003712345671")
    (('0191', '12345678'), ('', '003712345671'))
    """
    scheme, colon, number = value.strip().partition(":")
    return (scheme, number) if colon else ("", scheme)


def iso(day: dt.date | None) -> str:
    """Return a date as ISO 8601 has it; empty for none."""
    return day.isoformat() if day else ""
