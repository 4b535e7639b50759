"""Rules of EN 16931 and Peppol BIS Billing 3.0 that a UBL invoice we write must keep, by their published ids.

Sources: EN 16931-1 (BR-*), Peppol BIS Billing 3.0 rules (PEPPOL-EN16931-R*). This is what a writer can get wrong, told
before anything is sent: sums, VAT groups, what must be there, code lists. The tests hold files that pass here against
the official EN 16931 rule set as well.
"""

from collections.abc import Iterator
from decimal import Decimal

import msgspec
from babel import Locale
from babel.numbers import is_currency
from lxml import etree

from tilisilta.core.errors import Unsupported
from tilisilta.core.money import ZERO, minor_unit, round_amount, vat_amount
from tilisilta.formats.ubl_lines import NS
from tilisilta.formats.values import number_at, said

_LETTERS = frozenset({"S", "Z", "E", "AE", "K", "G", "O", "L", "M", "B"})
_REASONED = frozenset({"E", "AE", "K", "G", "O"})
_NAMES = {"K": "IC"}
_TYPES = {"Invoice": frozenset({"380", "326", "383", "384", "386", "393"}), "CreditNote": frozenset({"381", "396"})}
_BILLING = "#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
_SLACK = Decimal("0.02")
_HUNDRED = Decimal(100)


class Violation(msgspec.Struct, frozen=True):
    """A broken rule: its id and what is wrong, with the figures."""

    rule: str
    text: str


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row, discount or charge as VAT sees it."""

    letter: str
    rate: Decimal | None
    net: Decimal


class _File(msgspec.Struct, frozen=True, kw_only=True):
    root: etree._Element
    currency: str
    lines: list[etree._Element]
    rows: list[_Row]
    groups: list[etree._Element]
    is_credit: bool

    def amount(self, name: str) -> Decimal | None:
        return number_at(self.root, f"cac:LegalMonetaryTotal/cbc:{name}", NS)

    def has(self, path: str) -> bool:
        return bool(said(self.root, path, NS))


def violations(root: etree._Element) -> tuple[Violation, ...]:
    """Return the broken rules of a UBL Invoice or CreditNote that its schema accepts, in the order of this file."""
    kind = str(etree.QName(root).localname)
    lines = root.findall(f"cac:{kind}Line", NS)
    file = _File(
        root=root,
        currency=said(root, "cbc:DocumentCurrencyCode", NS),
        lines=lines,
        rows=list(_rows(root, lines)),
        groups=root.findall("cac:TaxTotal/cac:TaxSubtotal", NS),
        is_credit=kind == "CreditNote",
    )
    rules = (_presence, _parties, _sums, _vat_sums, _groups, _letters, _line_rules, _allowances, _payment, _peppol)
    return tuple(found for rule in rules for found in rule(file))


def require(root: etree._Element) -> None:
    """Raise what the first broken rule says.

    Raises:
        Unsupported: with field (the rule's id) and rule (what is wrong).

    """
    for found in violations(root):
        raise Unsupported(field=found.rule, rule=f"{found.rule}: {found.text}")


def _rows(root: etree._Element, lines: list[etree._Element]) -> Iterator[_Row]:
    for line in lines:
        path = "cac:Item/cac:ClassifiedTaxCategory/"
        yield _Row(
            letter=said(line, path + "cbc:ID", NS),
            rate=number_at(line, path + "cbc:Percent", NS),
            net=number_at(line, "cbc:LineExtensionAmount", NS) or ZERO,
        )
    for each in root.iterfind("cac:AllowanceCharge", NS):
        amount = number_at(each, "cbc:Amount", NS) or ZERO
        yield _Row(
            letter=said(each, "cac:TaxCategory/cbc:ID", NS),
            rate=number_at(each, "cac:TaxCategory/cbc:Percent", NS),
            net=amount if said(each, "cbc:ChargeIndicator", NS) == "true" else -amount,
        )


def _presence(file: _File) -> Iterator[Violation]:
    kind = "CreditNote" if file.is_credit else "Invoice"
    for rule, path in (
        ("BR-01", "cbc:CustomizationID"),
        ("BR-02", "cbc:ID"),
        ("BR-03", "cbc:IssueDate"),
        ("BR-04", f"cbc:{kind}TypeCode"),
        ("BR-05", "cbc:DocumentCurrencyCode"),
        ("BR-06", "cac:AccountingSupplierParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName"),
        ("BR-07", "cac:AccountingCustomerParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName"),
        ("BR-12", "cac:LegalMonetaryTotal/cbc:LineExtensionAmount"),
        ("BR-13", "cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount"),
        ("BR-14", "cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount"),
        ("BR-15", "cac:LegalMonetaryTotal/cbc:PayableAmount"),
    ):
        if not file.has(path):
            yield Violation(rule, f"{path} is missing")
    if not file.lines:
        yield Violation("BR-16", "there are no rows")
    code = said(file.root, f"cbc:{kind}TypeCode", NS)
    if code not in _TYPES[kind]:
        yield Violation("BR-CL-01", f"type code {code}")
    if not is_currency(file.currency):
        yield Violation("BR-CL-04", f"currency {file.currency}")
    for each in file.root.iterfind("cac:BillingReference", NS):
        if not said(each, "cac:InvoiceDocumentReference/cbc:ID", NS):
            yield Violation("BR-55", "a credited invoice has no number")


def _parties(file: _File) -> Iterator[Violation]:
    for role, rule, endpoint in (
        ("AccountingSupplierParty", "BR-09", "PEPPOL-EN16931-R020"),
        ("AccountingCustomerParty", "BR-11", "PEPPOL-EN16931-R010"),
    ):
        party = f"cac:{role}/cac:Party/"
        country = said(file.root, party + "cac:PostalAddress/cac:Country/cbc:IdentificationCode", NS)
        if not country:
            yield Violation(rule, f"{role} has no country")
        elif country not in Locale("en").territories or not country.isalpha():
            yield Violation("BR-CL-14", f"country {country}")
        address = file.root.find(party + "cbc:EndpointID", NS)
        if address is None or not address.get("schemeID"):
            yield Violation(endpoint, f"{role} has no e-invoice address")
    seller = "cac:AccountingSupplierParty/cac:Party/"
    if not (
        file.has(seller + "cac:PartyLegalEntity/cbc:CompanyID") or file.has(seller + "cac:PartyTaxScheme/cbc:CompanyID")
    ):
        yield Violation("BR-CO-26", "the seller has neither registry code nor VAT number")


def _sums(file: _File) -> Iterator[Violation]:
    net_of_rows = sum((number_at(each, "cbc:LineExtensionAmount", NS) or ZERO for each in file.lines), ZERO)
    allowances = sum((-each.net for each in file.rows[len(file.lines) :] if each.net < 0), ZERO)
    charges = sum((each.net for each in file.rows[len(file.lines) :] if each.net > 0), ZERO)
    vat = number_at(file.root, "cac:TaxTotal/cbc:TaxAmount", NS) or ZERO
    amounts = {
        name: file.amount(name) or ZERO
        for name in (
            *("LineExtensionAmount", "TaxExclusiveAmount", "TaxInclusiveAmount", "PayableAmount"),
            *("AllowanceTotalAmount", "ChargeTotalAmount", "PrepaidAmount", "PayableRoundingAmount"),
        )
    }
    line_total, net, gross, payable, allowed, charged, prepaid, rounding = amounts.values()
    for rule, stated, counted in (
        ("BR-CO-10", line_total, net_of_rows),
        ("BR-CO-11", allowed, allowances),
        ("BR-CO-12", charged, charges),
        ("BR-CO-13", net, line_total - allowed + charged),
        ("BR-CO-15", gross, net + vat),
        ("BR-CO-16", payable, gross - prepaid + rounding),
    ):
        if stated != counted:
            yield Violation(rule, f"{stated} is not {counted}")
    for element in file.root.iter(f"{{{NS['cbc']}}}*"):
        currency = element.get("currencyID")
        if not currency or etree.QName(element).localname == "PriceAmount":
            continue
        amount = Decimal(element.text or "0")
        if amount != round_amount(amount, currency):
            yield Violation("BR-DEC", f"{etree.QName(element).localname} {amount} is finer than {currency}")


def _vat_sums(file: _File) -> Iterator[Violation]:
    if not file.groups:
        yield Violation("BR-CO-18", "there is no VAT breakdown")
    vat = number_at(file.root, "cac:TaxTotal/cbc:TaxAmount", NS) or ZERO
    total = sum((number_at(each, "cbc:TaxAmount", NS) or ZERO for each in file.groups), ZERO)
    if vat != total:
        yield Violation("BR-CO-14", f"{vat} is not {total}")
    unit = minor_unit(file.currency)
    for each in file.groups:
        base = number_at(each, "cbc:TaxableAmount", NS) or ZERO
        rate = number_at(each, "cac:TaxCategory/cbc:Percent", NS) or ZERO
        stated = number_at(each, "cbc:TaxAmount", NS) or ZERO
        letter = said(each, "cac:TaxCategory/cbc:ID", NS)
        # VAT may be rounded row by row; the official rules allow one whole unit of the currency.
        if abs(vat_amount(base, rate, file.currency) - stated) > unit * max(len(file.rows), 1):
            yield Violation("BR-CO-17", f"{base} at {rate} % is not {stated}")
        if letter != "S" and stated:
            yield Violation(f"BR-{_NAMES.get(letter, letter)}-09", f"VAT {stated} where none is charged")
        counted = sum(
            (row.net for row in file.rows if row.letter == letter and (row.rate or ZERO) == rate),
            ZERO,
        )
        if abs(counted - base) >= 1:
            yield Violation(f"BR-{_NAMES.get(letter, letter)}-08", f"base {base} is not the rows' {counted}")


def _groups(file: _File) -> Iterator[Violation]:
    """Check that each letter of the rows has its group, with its rate and reason."""
    found = [said(each, "cac:TaxCategory/cbc:ID", NS) for each in file.groups]
    for letter in dict.fromkeys(row.letter for row in file.rows):
        name = _NAMES.get(letter, letter)
        if letter not in found or (letter != "S" and found.count(letter) > 1):
            yield Violation(f"BR-{name}-01", f"{letter} needs its own VAT group")
        for row in file.rows:
            if row.letter == letter and not _fits(letter, row.rate):
                yield Violation(f"BR-{name}-05", f"rate {row.rate} does not go with {letter}")
    for each, letter in zip(file.groups, found, strict=True):
        name = _NAMES.get(letter, letter)
        reason = said(each, "cac:TaxCategory/cbc:TaxExemptionReason", NS)
        code = said(each, "cac:TaxCategory/cbc:TaxExemptionReasonCode", NS)
        if letter not in _LETTERS:
            yield Violation("BR-CL-17", f"VAT letter {letter}")
        if (letter in _REASONED) != bool(reason or code):
            yield Violation(f"BR-{name}-10", "a reason stands where no VAT is charged, and only there")


def _fits(letter: str, rate: Decimal | None) -> bool:
    if letter == "S":
        return bool(rate and rate > 0)
    return rate is None if letter == "O" else rate == 0


_SELLER, _BUYER = "cac:AccountingSupplierParty/cac:Party/", "cac:AccountingCustomerParty/cac:Party/"
_TAX, _LEGAL = "cac:PartyTaxScheme/cbc:CompanyID", "cac:PartyLegalEntity/cbc:CompanyID"


def _letters(file: _File) -> Iterator[Violation]:
    """Check what a letter asks of the whole document."""
    letters = {row.letter for row in file.rows}
    for letter in sorted(letters - {"O"}):
        if not file.has(_SELLER + _TAX):
            yield Violation(f"BR-{_NAMES.get(letter, letter)}-02", "the seller's VAT number is missing")
    if "AE" in letters and not (file.has(_BUYER + _TAX) or file.has(_BUYER + _LEGAL)):
        yield Violation("BR-AE-02", "the buyer's VAT number or registry code is missing")
    if "K" in letters:
        yield from _intra_community(file)
    if "O" in letters:
        if file.has(_SELLER + _TAX) or file.has(_BUYER + _TAX):
            yield Violation("BR-O-02", "VAT numbers do not go with what is outside the scope of VAT")
        if len(letters) > 1:
            yield Violation("BR-O-12", "what is outside the scope of VAT stands alone on an invoice")


def _intra_community(file: _File) -> Iterator[Violation]:
    if not file.has(_BUYER + _TAX):
        yield Violation("BR-IC-02", "the buyer's VAT number is missing")
    if not (file.has("cac:Delivery/cbc:ActualDeliveryDate") or file.root.find("cac:InvoicePeriod", NS) is not None):
        yield Violation("BR-IC-11", "the day or period of delivery is missing")
    if not file.has("cac:Delivery/cac:DeliveryLocation/cac:Address/cac:Country/cbc:IdentificationCode"):
        yield Violation("BR-IC-12", "the country of delivery is missing")


def _line_rules(file: _File) -> Iterator[Violation]:
    quantity_name = "cbc:CreditedQuantity" if file.is_credit else "cbc:InvoicedQuantity"
    for line in file.lines:
        number = said(line, "cbc:ID", NS)
        quantity_element = line.find(quantity_name, NS)
        price = number_at(line, "cac:Price/cbc:PriceAmount", NS)
        for rule, is_there in (
            ("BR-21", bool(number)),
            ("BR-22", quantity_element is not None),
            ("BR-23", quantity_element is not None and bool(quantity_element.get("unitCode"))),
            ("BR-25", bool(said(line, "cac:Item/cbc:Name", NS))),
            ("BR-26", price is not None),
            ("BR-CO-04", bool(said(line, "cac:Item/cac:ClassifiedTaxCategory/cbc:ID", NS))),
        ):
            if not is_there:
                yield Violation(rule, f"row {number}")
        if price is not None and price < 0:
            yield Violation("BR-27", f"row {number}: price {price} is below zero")
        yield from _multiplies(file, line, number_at(line, quantity_name, NS) or ZERO, price or ZERO)
        yield from _period(file, line)


def _multiplies(file: _File, line: etree._Element, quantity: Decimal, price: Decimal) -> Iterator[Violation]:
    base = number_at(line, "cac:Price/cbc:BaseQuantity", NS)
    if base is not None and base <= 0:
        yield Violation("PEPPOL-EN16931-R121", "the base quantity is not above zero")
        return
    taken = sum(
        (
            (number_at(each, "cbc:Amount", NS) or ZERO) * (1 if said(each, "cbc:ChargeIndicator", NS) == "true" else -1)
            for each in line.iterfind("cac:AllowanceCharge", NS)
        ),
        ZERO,
    )
    worth = round_amount(quantity * (price / (base or 1)), file.currency) + taken
    stated = number_at(line, "cbc:LineExtensionAmount", NS) or ZERO
    if abs(worth - stated) > _SLACK:
        yield Violation("PEPPOL-EN16931-R120", f"row {said(line, 'cbc:ID', NS)}: {worth} is not {stated}")


def _period(file: _File, line: etree._Element) -> Iterator[Violation]:
    start, end = (said(line, f"cac:InvoicePeriod/cbc:{name}", NS) for name in ("StartDate", "EndDate"))
    first, last = (said(file.root, f"cac:InvoicePeriod/cbc:{name}", NS) for name in ("StartDate", "EndDate"))
    if start and end and end < start:
        yield Violation("BR-30", f"{start} is after {end}")
    if start and first and start < first:
        yield Violation("PEPPOL-EN16931-R110", f"{start} is before the invoice's period")
    if end and last and end > last:
        yield Violation("PEPPOL-EN16931-R111", f"{end} is after the invoice's period")


def _allowances(file: _File) -> Iterator[Violation]:
    for each in file.root.iter(f"{{{NS['cac']}}}AllowanceCharge"):
        is_charge = said(each, "cbc:ChargeIndicator", NS) == "true"
        is_whole = each.getparent() is file.root
        if not (said(each, "cbc:AllowanceChargeReason", NS) or said(each, "cbc:AllowanceChargeReasonCode", NS)):
            rules = ("BR-38", "BR-33") if is_whole else ("BR-44", "BR-42")
            yield Violation(rules[0] if is_charge else rules[1], "a discount or charge has no reason")
        base, percent = number_at(each, "cbc:BaseAmount", NS), number_at(each, "cbc:MultiplierFactorNumeric", NS)
        amount = number_at(each, "cbc:Amount", NS) or ZERO
        if percent is not None and base is None:
            yield Violation("PEPPOL-EN16931-R041", "a percent needs its base")
        if percent is None and base is not None:
            yield Violation("PEPPOL-EN16931-R042", "a base needs its percent")
        if percent is not None and base is not None and abs(base * percent / _HUNDRED - amount) > _SLACK:
            yield Violation("PEPPOL-EN16931-R040", f"{percent} % of {base} is not {amount}")


def _payment(file: _File) -> Iterator[Violation]:
    has_due = file.has("cbc:DueDate") or file.has("cac:PaymentTerms/cbc:Note")
    if not file.is_credit and (file.amount("PayableAmount") or ZERO) > 0 and not has_due:
        yield Violation("BR-CO-25", "the due date is missing")
    for means in file.root.iterfind("cac:PaymentMeans", NS):
        code = said(means, "cbc:PaymentMeansCode", NS)
        if code in {"30", "58"} and not said(means, "cac:PayeeFinancialAccount/cbc:ID", NS):
            yield Violation("BR-61", "a bank transfer needs an account")


def _peppol(file: _File) -> Iterator[Violation]:
    root = file.root
    if not said(root, "cbc:ProfileID", NS).startswith("urn:fdc:peppol.eu:2017:poacc:billing:"):
        yield Violation("PEPPOL-EN16931-R001", "the business process")
    if len(root.findall("cbc:Note", NS)) > 1:
        yield Violation("PEPPOL-EN16931-R002", "more than one note")
    if not (file.has("cbc:BuyerReference") or file.has("cac:OrderReference/cbc:ID")):
        yield Violation("PEPPOL-EN16931-R003", "the buyer's reference or order number is missing")
    if not said(root, "cbc:CustomizationID", NS).endswith(_BILLING):
        yield Violation("PEPPOL-EN16931-R004", "the specification")
    if said(root, "cbc:TaxCurrencyCode", NS) == file.currency:
        yield Violation("PEPPOL-EN16931-R005", "the VAT currency repeats the invoice's")
    if root.find("cbc:TaxCurrencyCode", NS) is not None and len(root.findall("cac:TaxTotal", NS)) == 1:
        yield Violation("BR-53", "the VAT in the currency of the VAT accounts is missing")
    for element in root.iter():
        if not len(element) and not (element.text or "").strip():
            yield Violation("PEPPOL-EN16931-R008", f"{etree.QName(element).localname} is empty")
