import re
from pathlib import Path

import pytest
from lxml import etree
from tests.unit.formats.official import broken_rules
from tests.unit.formats.selling import ESTONIAN, HELSINKI, credit_note, full, of_letter

from tilisilta.core.errors import Unsupported
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.formats.en16931 import require, violations
from tilisilta.formats.write_ubl import write_ubl

FULL = write_ubl(full(), ESTONIAN).decode()
CREDIT = write_ubl(credit_note(), ESTONIAN).decode()
REVERSE = write_ubl(of_letter(VatTreatment.REVERSE_CHARGE), ESTONIAN).decode()
GOODS = write_ubl(of_letter(VatTreatment.INTRA_EU_SUPPLY_GOODS, party=HELSINKI), ESTONIAN).decode()
OUTSIDE = write_ubl(of_letter(VatTreatment.OUTSIDE_SCOPE), ESTONIAN).decode()


TAX = "<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>"
REASON = "<cbc:TaxExemptionReason>x</cbc:TaxExemptionReason>"
GROUP_END = f"{TAX}</cac:TaxCategory></cac:TaxSubtotal>"
LETTER = rf"(TaxCategory><cbc:ID>)S(</cbc:ID><cbc:Percent>[0-9]+</cbc:Percent>{GROUP_END})"
FIRST_ROW = r"(<cac:InvoiceLine><cbc:ID>1.*?</cbc:LineExtensionAmount>)"
NUMBER = f"<cac:PartyTaxScheme><cbc:CompanyID>EE1</cbc:CompanyID>{TAX}</cac:PartyTaxScheme>"
DUE, TERMS = "<cbc:DueDate>.*?</cbc:DueDate>", "<cac:PaymentTerms>.*?</cac:PaymentTerms>"
REFERENCE, ORDER = "<cbc:BuyerReference>.*?</cbc:BuyerReference>", "<cac:OrderReference>.*?</cac:OrderReference>"


def tax_currency(code: str) -> tuple[str, str]:
    return ("(<cbc:BuyerReference>)", rf"<cbc:TaxCurrencyCode>{code}</cbc:TaxCurrencyCode>\1")


def period(start: str = "", end: str = "") -> tuple[str, str]:
    days = f"<cbc:StartDate>{start}</cbc:StartDate>" if start else ""
    days += f"<cbc:EndDate>{end}</cbc:EndDate>" if end else ""
    return (FIRST_ROW, rf"\1<cac:InvoicePeriod>{days}</cac:InvoicePeriod>")


def without(name: str) -> tuple[str, str]:
    return (rf"<{name}[ >].*?</{name}>", "")


def rules_of(text: str) -> set[str]:
    return {found.rule for found in violations(etree.fromstring(text.encode()))}


# What to change, which of our rules must notice, and whether the official EN 16931 set has it under the same id.
CASES = [
    ("BR-01", FULL, without("cbc:CustomizationID"), True),
    ("BR-02", FULL, (r"(<Invoice.*?)<cbc:ID>2026-1001</cbc:ID>", r"\1"), True),
    ("BR-03", FULL, without("cbc:IssueDate"), True),
    ("BR-04", FULL, without("cbc:InvoiceTypeCode"), True),
    ("BR-CL-01", FULL, ("TypeCode>380<", "TypeCode>999<"), True),
    ("BR-05", FULL, without("cbc:DocumentCurrencyCode"), True),
    ("BR-CL-04", FULL, ("CurrencyCode>EUR<", "CurrencyCode>EUX<"), True),
    ("BR-06", FULL, ("<cbc:RegistrationName>Õunapuu Ehitus OÜ</cbc:RegistrationName>", ""), True),
    ("BR-07", FULL, ("<cbc:RegistrationName>Kask &amp; Pojad AS</cbc:RegistrationName>", ""), True),
    ("BR-09", FULL, without("cac:Country"), True),
    ("BR-CL-14", FULL, ("IdentificationCode>EE<", "IdentificationCode>XX<"), True),
    ("BR-CO-26", FULL, (r"<cbc:CompanyID[^>]*>(EE100207415|12345678)</cbc:CompanyID>", ""), True),
    ("BR-12", FULL, (r"(LegalMonetaryTotal>)<cbc:LineExtensionAmount.*?</cbc:LineExtensionAmount>", r"\1"), True),
    ("BR-13", FULL, without("cbc:TaxExclusiveAmount"), True),
    ("BR-14", FULL, without("cbc:TaxInclusiveAmount"), True),
    ("BR-15", FULL, without("cbc:PayableAmount"), True),
    ("BR-16", FULL, (r"<cac:InvoiceLine>.*</cac:InvoiceLine>", ""), True),
    ("BR-21", FULL, (r"<cac:InvoiceLine><cbc:ID>1</cbc:ID>", "<cac:InvoiceLine>"), True),
    ("BR-22", FULL, without("cbc:InvoicedQuantity"), True),
    ("BR-23", FULL, (' unitCode="KGM"', ""), True),
    ("BR-25", FULL, ("<cbc:Name>Paigaldus</cbc:Name>", ""), True),
    ("BR-26", FULL, without("cbc:PriceAmount"), True),
    ("BR-27", FULL, (r"(PriceAmount[^>]*>)7", r"\1-7"), True),
    ("BR-30", FULL, period("2026-02-20", "2026-02-10"), True),
    ("BR-33", FULL, ("<cbc:AllowanceChargeReason>Püsikliendi soodustus</cbc:AllowanceChargeReason>", ""), True),
    ("BR-38", FULL, ("<cbc:AllowanceChargeReason>Transport</cbc:AllowanceChargeReason>", ""), True),
    ("BR-42", FULL, ("<cbc:AllowanceChargeReasonCode>95</cbc:AllowanceChargeReasonCode>", ""), True),
    ("BR-55", CREDIT, (r"(InvoiceDocumentReference>)<cbc:ID>.*?</cbc:ID>", r"\1"), True),
    ("BR-61", FULL, without("cac:PayeeFinancialAccount"), True),
    ("BR-53", FULL, tax_currency("SEK"), True),
    ("BR-CO-04", FULL, without("cac:ClassifiedTaxCategory"), True),
    ("BR-CO-10", FULL, (r"(Total><cbc:LineExtensionAmount[^>]*>)2", r"\g<1>9"), True),
    ("BR-CO-11", FULL, (r"(AllowanceTotalAmount[^>]*>)1", r"\g<1>9"), True),
    ("BR-CO-12", FULL, (r"(ChargeTotalAmount[^>]*>)1", r"\g<1>9"), True),
    ("BR-CO-13", FULL, (r"(TaxExclusiveAmount[^>]*>)2", r"\g<1>9"), True),
    ("BR-CO-14", FULL, (r"(<cac:TaxTotal><cbc:TaxAmount[^>]*>)", r"\g<1>9"), True),
    ("BR-CO-15", FULL, (r"(TaxInclusiveAmount[^>]*>)3", r"\g<1>9"), True),
    ("BR-CO-16", FULL, (r"(PayableAmount[^>]*>)", r"\g<1>9"), True),
    ("BR-CO-17", FULL, (r"(TaxableAmount[^>]*>[^<]*</cbc:TaxableAmount><cbc:TaxAmount[^>]*>)", r"\g<1>9"), True),
    ("BR-CO-18", FULL, (r"<cac:TaxSubtotal>.*</cac:TaxSubtotal>", ""), True),
    ("BR-CO-25", FULL, (rf"{DUE}|{TERMS}", ""), False),  # the copy of the official set has lost it
    ("BR-DEC", FULL, (r"(PrepaidAmount[^>]*>50.00)", r"\g<1>1"), False),
    ("BR-S-01", FULL, (LETTER, r"\1Z\2"), True),
    ("BR-S-02", FULL, ("<cbc:CompanyID>EE100207415</cbc:CompanyID>", ""), True),
    ("BR-S-05", FULL, (r"(ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>)24", r"\g<1>0"), True),
    ("BR-S-08", FULL, (r"(TaxableAmount[^>]*>)", r"\g<1>9"), True),
    ("BR-S-10", FULL, (rf"(TaxSubtotal>.*?</cbc:Percent>)(?={GROUP_END})", rf"\1{REASON}"), True),
    ("BR-CL-17", FULL, (LETTER, r"\1X\2"), True),
    ("BR-AE-10", REVERSE, (r"<cbc:TaxExemptionReasonCode>.*</cbc:TaxExemptionReason>", ""), True),
    ("BR-AE-02", REVERSE, (r"<cbc:CompanyID[^>]*>(EE100137025|10137025)</cbc:CompanyID>", ""), True),
    ("BR-AE-09", REVERSE, (r"(</cbc:TaxableAmount><cbc:TaxAmount[^>]*>)0.00", r"\g<1>5.00"), True),
    ("BR-IC-02", GOODS, ("<cbc:CompanyID>FI15728600</cbc:CompanyID>", ""), True),
    ("BR-IC-11", GOODS, without("cbc:ActualDeliveryDate"), True),
    ("BR-IC-12", GOODS, without("cac:DeliveryLocation"), True),
    ("BR-O-02", OUTSIDE, (r"(<cac:PartyLegalEntity>)", rf"{NUMBER}\1"), True),
    ("PEPPOL-EN16931-R001", FULL, without("cbc:ProfileID"), False),
    ("PEPPOL-EN16931-R002", FULL, (r"(<cbc:Note>.*?</cbc:Note>)", r"\1\1"), False),
    ("PEPPOL-EN16931-R003", FULL, (rf"{REFERENCE}|{ORDER}", ""), False),
    ("PEPPOL-EN16931-R004", FULL, (r":billing:3.0<", ":billing:2.0<"), False),
    ("PEPPOL-EN16931-R005", FULL, tax_currency("EUR"), False),
    ("PEPPOL-EN16931-R008", FULL, (r"<cbc:Note>.*?</cbc:Note>", "<cbc:Note> </cbc:Note>"), False),
    ("PEPPOL-EN16931-R010", FULL, (r"<cbc:EndpointID[^>]*>10137025</cbc:EndpointID>", ""), False),
    ("PEPPOL-EN16931-R020", FULL, (r"<cbc:EndpointID[^>]*>12345678</cbc:EndpointID>", ""), False),
    ("PEPPOL-EN16931-R040", FULL, (r"(MultiplierFactorNumeric>)10", r"\g<1>20"), False),
    ("PEPPOL-EN16931-R041", FULL, without("cbc:BaseAmount"), False),
    ("PEPPOL-EN16931-R042", FULL, without("cbc:MultiplierFactorNumeric"), False),
    ("PEPPOL-EN16931-R110", FULL, period("2026-01-20"), False),
    ("PEPPOL-EN16931-R111", FULL, period(end="2026-03-20"), False),
    ("PEPPOL-EN16931-R120", FULL, (r"(InvoicedQuantity[^>]*>)12.5", r"\g<1>13"), False),
    ("PEPPOL-EN16931-R121", FULL, (r"(</cbc:PriceAmount>)", r"\1<cbc:BaseQuantity>0</cbc:BaseQuantity>"), False),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "text", "change", "is_official"), CASES, ids=[each[0] for each in CASES])
def test_a_broken_rule_is_named(rule: str, text: str, change: tuple[str, str], is_official: bool):
    broken = re.sub(change[0], change[1], text, flags=re.DOTALL)
    assert broken != text
    assert rule not in rules_of(text)
    assert rule in rules_of(broken)
    if is_official:
        assert rule in broken_rules(broken.encode())


def test_mixing_what_is_outside_the_scope_is_named():
    lines = re.search(r"<cac:InvoiceLine>.*?</cac:InvoiceLine>", FULL, re.DOTALL)
    assert lines
    mixed = OUTSIDE.replace("</Invoice>", f"{lines.group()}</Invoice>")
    assert "BR-O-12" in rules_of(mixed)
    assert "BR-O-12" in broken_rules(mixed.encode())


def test_require_names_the_first():
    broken = etree.fromstring(FULL.replace("TypeCode>380<", "TypeCode>999<").encode())
    with pytest.raises(Unsupported, match="BR-CL-01"):
        require(broken)
    require(etree.fromstring(FULL.encode()))


@pytest.mark.parametrize(
    "name", ["ubl_base-example.xml", "ubl_base-creditnote-correction.xml", "ubl_Vat-category-S.xml"]
)
def test_published_examples_break_none(name: str):
    content = (Path(__file__).parents[2] / "contract" / "files" / "samples" / name).read_bytes()
    assert violations(etree.fromstring(content)) == ()
    assert broken_rules(content) == set()
