import datetime as dt
from decimal import Decimal

import msgspec
import pytest
from lxml import etree
from tests.unit.formats.official import broken_rules
from tests.unit.formats.selling import (
    ESTONIAN,
    FINNISH,
    HELSINKI,
    PDF,
    TALLINN,
    credit_note,
    full,
    invoice,
    of_letter,
    row,
    text,
    whole,
    with_file,
)

from tilisilta.core.documents import Direction, Invoice, LineKind, Party
from tilisilta.core.errors import BadInput, TilisiltaError, Unsupported
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.formats import read_file
from tilisilta.formats.ubl_lines import NS
from tilisilta.formats.write_ubl import write_ubl
from tilisilta.formats.writing import Seller

IN_DOLLARS = full(currency="USD", exchange_rate=Decimal("0.92"))


def read_back(content: bytes, seller: Seller = ESTONIAN) -> Invoice:
    (found,) = read_file(content, "a.xml", own_registry_codes=frozenset({seller.registry_code})).records
    assert found.document is not None, found.problems
    return found.document


def at(content: bytes, path: str) -> list[str]:
    return [str(each.text) for each in etree.fromstring(content).iterfind(path, NS)]


@pytest.mark.parametrize(
    ("document", "seller"),
    [
        pytest.param(full(), ESTONIAN, id="full"),
        pytest.param(full(party=HELSINKI), FINNISH, id="finnish"),
        pytest.param(credit_note(), ESTONIAN, id="credit note"),
        pytest.param(IN_DOLLARS, ESTONIAN, id="dollars"),
        pytest.param(invoice(row("Poolik", "-2", "10"), row("Töö", "1", "100")), ESTONIAN, id="negative row"),
        pytest.param(invoice(row("Tagasi", "1", "-10"), row("Töö", "1", "100")), ESTONIAN, id="negative price"),
        pytest.param(invoice(row("Kruvi", "1000", "0.3333", net=Decimal("333.33"))), ESTONIAN, id="shown price"),
        *(
            pytest.param(of_letter(each, party=HELSINKI), ESTONIAN, id=each)
            for each in (
                VatTreatment.ZERO_RATED,
                VatTreatment.EXEMPT,
                VatTreatment.MARGIN_SCHEME,
                VatTreatment.OUTSIDE_SCOPE,
                VatTreatment.REVERSE_CHARGE,
                VatTreatment.CONSTRUCTION_REVERSE_CHARGE,
                VatTreatment.INTRA_EU_SUPPLY_GOODS,
                VatTreatment.INTRA_EU_SUPPLY_SERVICES,
                VatTreatment.EXPORT,
            )
        ),
    ],
)
def test_keeps_the_official_rules(document: Invoice, seller: Seller):
    assert broken_rules(write_ubl(document, seller)) == set()


def test_says_who_and_how():
    content = write_ubl(full(), ESTONIAN)
    root = etree.fromstring(content)
    party = "cac:AccountingSupplierParty/cac:Party/"
    assert at(content, "cbc:CustomizationID") == [
        "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
    ]
    assert at(content, "cbc:ProfileID") == ["urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"]
    endpoint = root.find(party + "cbc:EndpointID", NS)
    assert endpoint is not None
    assert (endpoint.get("schemeID"), endpoint.text) == ("0191", "12345678")
    assert at(content, "cac:PaymentMeans/cbc:PaymentMeansCode") == ["58"]
    assert at(content, "cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID") == ["EE471000001020145685"]
    assert at(content, "cac:LegalMonetaryTotal/cbc:PayableAmount") == [str(full().payable)]


def test_finnish_addresses_are_ovt():
    root = etree.fromstring(write_ubl(full(party=HELSINKI), FINNISH))
    found = [
        (each.get("schemeID"), each.text)
        for role in ("Supplier", "Customer")
        for each in root.iterfind(f"cac:Accounting{role}Party/cac:Party/cbc:EndpointID", NS)
    ]
    assert found == [("0216", "003720774740"), ("0216", "003715728600")]
    legal = root.find("cac:AccountingSupplierParty/cac:Party/cac:PartyLegalEntity/cbc:CompanyID", NS)
    assert legal is not None
    assert (legal.get("schemeID"), legal.text) == ("0212", "20774740")


def test_credit_note_is_its_own_document_with_its_invoice():
    content = write_ubl(credit_note(), ESTONIAN)
    assert etree.QName(etree.fromstring(content)).localname == "CreditNote"
    found = read_back(content)
    assert found.is_credit_note
    assert found.gross == credit_note().gross
    assert [(each.number, each.date) for each in found.credits] == [("2026-1001", dt.date(2026, 3, 2))]
    assert found.due_date == dt.date(2026, 3, 16)
    assert [each.quantity for each in found.lines] == [3, 2]


def test_vat_in_euros_beside_dollars():
    content = write_ubl(IN_DOLLARS, ESTONIAN)
    amounts = etree.fromstring(content).findall("cac:TaxTotal/cbc:TaxAmount", NS)
    assert [each.get("currencyID") for each in amounts] == ["USD", "EUR"]
    assert Decimal(amounts[1].text) == (IN_DOLLARS.vat * Decimal("0.92")).quantize(Decimal("0.01"))
    assert (read_back(content).currency, read_back(content).vat) == ("USD", IN_DOLLARS.vat)


def test_picture_goes_along():
    content = write_ubl(with_file(full()), ESTONIAN, files={"f1": PDF})
    assert broken_rules(content) == set()
    (found,) = read_file(content, "a.xml").records
    (embedded,) = found.embedded.values()
    assert (embedded.name, embedded.content, embedded.media_type) == (PDF.name, PDF.content, PDF.media_type)


def test_rows_of_words_stand_with_the_row_before():
    content = write_ubl(invoice(text("Veebruar"), row("Töö", "1", "100"), text("Lisatöö kokkuleppel")), ESTONIAN)
    assert at(content, "cbc:Note") == ["Veebruar"]
    assert at(content, "cac:InvoiceLine/cbc:Note") == ["Lisatöö kokkuleppel"]


def test_outside_scope_leaves_vat_numbers_out():
    content = write_ubl(of_letter(VatTreatment.OUTSIDE_SCOPE), ESTONIAN)
    assert at(content, ".//cac:PartyTaxScheme/cbc:CompanyID") == []
    assert at(content, ".//cbc:Percent") == []


def test_shown_rounding_is_said_once():
    shown = msgspec.structs.replace(row("Ümardus", "1", "0.02", rate="0"), kind=LineKind.ROUNDING, vat_treatment=None)
    document = full()
    content = write_ubl(msgspec.structs.replace(document, lines=(*document.lines, shown)), ESTONIAN)
    assert at(content, "cac:LegalMonetaryTotal/cbc:PayableRoundingAmount") == ["0.02"]
    assert len(at(content, "cac:InvoiceLine/cbc:ID")) == 3


def changed(document: Invoice, **fields: object) -> Invoice:
    return msgspec.structs.replace(document, **fields)


def with_row(**fields: object) -> Invoice:
    return invoice(msgspec.structs.replace(row("Töö", "1", "100"), **fields))


@pytest.mark.parametrize(
    ("document", "error", "field"),
    [
        (changed(full(), gross=full().gross + Decimal("0.01")), BadInput, "gross"),
        (changed(full(), number=" "), BadInput, "number"),
        (changed(full(), party=msgspec.structs.replace(TALLINN, name="")), BadInput, "party.name"),
        (changed(full(), currency="EURO"), BadInput, "currency"),
        (changed(full(), lines=()), BadInput, "lines"),
        (changed(full(), due_date=None, interest_percent=None), Unsupported, "BR-CO-25"),
        (changed(full(), your_reference="", order_number="", our_reference=""), Unsupported, "PEPPOL-EN16931-R003"),
        (with_row(vat_rate=Decimal(0), vat_treatment=None), BadInput, "lines[0].vat_treatment"),
        (with_row(vat_rate=Decimal(0)), BadInput, "lines[0].vat_rate"),
        (with_row(vat_rate=Decimal(0), vat_treatment=VatTreatment.IMPORT_GOODS), BadInput, "lines[0].vat_treatment"),
        (with_row(vat_rate=Decimal(0), vat_treatment=VatTreatment.EXEMPT), BadInput, "vat_totals[0].exemption_reason"),
        (with_row(unit="tünn"), Unsupported, "lines[0].unit"),
        (with_row(item_name=""), BadInput, "lines[0].item_name"),
        (with_row(item_name="Töö\x07"), BadInput, "Name"),
        (with_row(quantity=Decimal(-1)), BadInput, "lines[0].net"),
        (invoice(row("Töö", "1", "100"), whole("", "-5")), BadInput, "lines[1].item_name"),
        (with_file(full()), BadInput, "attachments[0]"),
        (full(currency="USD"), BadInput, "exchange_rate"),
        (full(party=Party(name="Riga SIA", address=HELSINKI.address)), Unsupported, "party.einvoice_address"),
        (
            full(party=msgspec.structs.replace(TALLINN, address=Party().address, vat_number="")),
            BadInput,
            "party.address",
        ),
        (of_letter(VatTreatment.INTRA_EU_SUPPLY_GOODS, delivery_date=None), Unsupported, "BR-IC-11"),
    ],
)
def test_refuses_by_field(document: Invoice, error: type[TilisiltaError], field: str):
    with pytest.raises(error) as caught:
        write_ubl(document, ESTONIAN)
    assert caught.value.params["field"].startswith(field), caught.value


def test_purchases_are_not_written():
    purchase = changed(full(), direction=Direction.PURCHASE)
    with pytest.raises(Unsupported, match="direction"):
        write_ubl(purchase, ESTONIAN)


def test_other_unit_words_may_be_given():
    content = write_ubl(with_row(unit="tünn"), ESTONIAN, units={"tünn": "BLL"})
    assert read_back(content).lines[0].unit == "BLL"


def test_missing_breakdown_comes_from_the_rows():
    document = changed(full(), vat_totals=())
    assert read_back(write_ubl(document, ESTONIAN)).vat_totals == read_back(write_ubl(full(), ESTONIAN)).vat_totals
