import datetime as dt
from decimal import Decimal

import msgspec
import pytest
from lxml import etree
from tests.unit.formats.selling import (
    ESTONIAN,
    FINNISH,
    HELSINKI,
    TALLINN,
    credit_note,
    full,
    invoice,
    of_letter,
    row,
    text,
    with_file,
)

from tilisilta.core.documents import Address, BankAccount, Invoice, InvoiceRef, LineKind, Party
from tilisilta.core.errors import BadInput, TilisiltaError, Unsupported
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.formats import read_file
from tilisilta.formats.write_finvoice import write_finvoice
from tilisilta.formats.writing import Seller


def at(content: bytes, path: str) -> list[str]:
    return [str(each.text) for each in etree.fromstring(content).iterfind(path)]


def read_back(content: bytes, seller: Seller = FINNISH) -> Invoice:
    (found,) = read_file(content, "f.xml", own_registry_codes=frozenset({seller.registry_code})).records
    assert found.document is not None, found.problems
    assert found.problems == ()
    return found.document


def sold(**fields: object) -> Invoice:
    return full(party=HELSINKI, **fields)


def test_frame_parties_and_payment():
    content = write_finvoice(sold(), FINNISH, sent_at=dt.datetime(2026, 3, 2, 8, 30))  # noqa: DTZ001  local, as in files
    sender = "MessageTransmissionDetails/MessageSenderDetails/"
    assert at(content, sender + "FromIdentifier") == ["003720774740"]
    assert at(content, sender + "FromIntermediator") == ["NDEAFIHH"]
    receiver = etree.fromstring(content).find("MessageTransmissionDetails/MessageReceiverDetails/ToIdentifier")
    assert receiver is not None
    assert (receiver.get("SchemeID"), receiver.text) == ("0216", "003715728600")
    assert at(content, "MessageTransmissionDetails/MessageDetails/MessageTimeStamp") == ["2026-03-02T08:30:00"]
    assert at(content, "SellerPartyDetails/SellerPartyIdentifier") == ["2077474-0"]
    payment = "EpiDetails/EpiPaymentInstructionDetails/"
    assert at(content, payment + "EpiInstructedAmount") == [str(sold().payable).replace(".", ",")]
    assert at(content, payment + "EpiRemittanceInfoIdentifier") == ["1234561"]
    assert at(content, payment + "EpiDateOptionDate") == ["20260316"]
    assert at(content, "EpiDetails/EpiPartyDetails/EpiBeneficiaryPartyDetails/EpiAccountID") == ["FI2112345600000785"]
    assert at(content, "InvoiceDetails/InvoiceTypeText") == ["LASKU"]


def test_reads_back_whole():
    found = read_back(write_finvoice(sold(), FINNISH))
    document = sold()
    assert (found.net, found.vat, found.gross, found.rounding, found.prepaid, found.payable) == (
        *(document.net, document.vat, document.gross),
        *(document.rounding, document.prepaid, document.payable),
    )
    assert (found.note, found.order_number, found.our_reference, found.your_reference) == (
        *("Täname, et ostsite meilt!", "PO-77"),
        *("M-55", "Projekt Kalamaja"),
    )
    assert (found.interest_percent, found.delivery_date) == (Decimal("7.5"), dt.date(2026, 2, 27))
    assert [(each.kind, each.net) for each in found.lines] == [(each.kind, each.net) for each in document.lines]
    assert [each.discount_percent for each in found.lines][:2] == [0, 10]
    assert (found.party.name, found.party.registry_code, found.party.address) == (
        *(HELSINKI.name, HELSINKI.registry_code),
        HELSINKI.address,
    )


def test_credit_note_is_below_zero_and_names_its_invoice():
    content = write_finvoice(credit_note(party=HELSINKI), FINNISH, language="et")
    assert at(content, "InvoiceDetails/InvoiceTypeCode") == ["INV02"]
    assert at(content, "InvoiceDetails/InvoiceTypeText") == ["KREEDITARVE"]
    assert at(content, "InvoiceDetails/OriginalInvoiceNumber") == ["2026-1001"]
    assert at(content, "InvoiceRow/InvoicedQuantity") == ["-3", "-2"]
    assert at(content, "InvoiceRow/UnitPriceAmount") == ["45,50", "19,90"]
    assert all(each.startswith("-") for each in at(content, "InvoiceRow/RowVatExcludedAmount"))
    assert at(content, "EpiDetails/EpiPaymentInstructionDetails/EpiInstructedAmount")[0].startswith("-")
    found = read_back(content)
    assert (found.is_credit_note, found.gross) == (True, credit_note().gross)
    assert [(each.quantity, each.unit_price) for each in found.lines] == [(3, Decimal("45.5")), (2, Decimal("19.9"))]
    assert [each.number for each in found.credits] == ["2026-1001"]


def test_several_credited_invoices():
    refs = (InvoiceRef(number="1"), InvoiceRef(number="2", date=dt.date(2026, 1, 5)))
    found = read_back(write_finvoice(credit_note(party=HELSINKI, credits=refs), FINNISH))
    assert found.credits == refs


@pytest.mark.parametrize(
    ("treatment", "letter", "code"),
    [
        (VatTreatment.REVERSE_CHARGE, "AE", "VATEX-EU-AE"),
        (VatTreatment.CONSTRUCTION_REVERSE_CHARGE, "AE", "VATEX-EU-AE"),
        (VatTreatment.INTRA_EU_SUPPLY_GOODS, "K", "VATEX-EU-IC"),
        (VatTreatment.EXPORT, "G", "VATEX-EU-G"),
        (VatTreatment.OUTSIDE_SCOPE, "O", "VATEX-EU-O"),
    ],
)
def test_reason_of_no_vat(treatment: VatTreatment, letter: str, code: str):
    content = write_finvoice(of_letter(treatment, party=HELSINKI), FINNISH)
    specification = "InvoiceDetails/VatSpecificationDetails/"
    assert at(content, specification + "VatCode") == [letter]
    assert at(content, specification + "VatExemptionReasonCode") == [code]
    assert at(content, "InvoiceRow/RowVatCode") == [letter]
    assert read_back(content).gross == 1000


def test_long_reason_is_cut_at_words():
    reason = "Rakentamispalvelun käännetty verovelvollisuus, arvonlisäverolaki 8 c §, ostaja on verovelvollinen"
    document = invoice(
        row("Työ", "1", "100", rate="0", treatment=VatTreatment.CONSTRUCTION_REVERSE_CHARGE),
        reasons={VatTreatment.CONSTRUCTION_REVERSE_CHARGE: reason},
        party=HELSINKI,
    )
    content = write_finvoice(document, FINNISH)
    assert len(at(content, "InvoiceDetails/VatSpecificationDetails/VatFreeText")) == 2
    assert read_back(content).vat_totals[0].exemption_reason == reason


def test_latin_nine_keeps_every_letter():
    party = msgspec.structs.replace(HELSINKI, name="Šokolaad Łódź Ωmega €")
    content = write_finvoice(full(party=party), FINNISH, encoding="ISO-8859-15")
    assert b"encoding='ISO-8859-15'" in content
    assert "Šokolaad".encode("iso-8859-15") in content
    assert read_back(content).party.name == party.name


def test_rows_of_words_stand_where_they_stood():
    document = invoice(text("Helmikuu"), row("Työ", "1", "100"), text("Lisätyö sovittu"), party=HELSINKI)
    found = read_back(write_finvoice(document, FINNISH))
    assert [each.kind for each in found.lines] == [LineKind.TEXT, LineKind.ITEM, LineKind.TEXT]
    assert [each.description for each in found.lines][::2] == ["Helmikuu", "Lisätyö sovittu"]


def test_links_and_attachments_message():
    content = write_finvoice(
        with_file(sold()),
        FINNISH,
        links=[("Laskun kuva", "https://pahkinapuu.example/1.pdf")],
        attachments_message="20774740-2026-1001::attachments",
    )
    assert at(content, "InvoiceUrlNameText") == ["Laskun kuva"]
    found = read_back(content)
    assert found.extra["image_url"] == "https://pahkinapuu.example/1.pdf"
    assert found.extra["attachments_message"] == "20774740-2026-1001::attachments"


def test_foreign_currency_with_its_euros():
    found = read_back(write_finvoice(sold(currency="SEK", exchange_rate=Decimal("0.0921")), FINNISH))
    assert (found.currency, found.exchange_rate) == ("SEK", Decimal("0.0921"))


def test_fine_prices_are_given_for_more():
    document = invoice(row("Sähkö", "100000", "0.0123456", unit="kWh"), party=HELSINKI)
    content = write_finvoice(document, FINNISH)
    assert at(content, "InvoiceRow/UnitPriceBaseQuantity") == ["100"]
    (line,) = read_back(content).lines
    assert (line.unit_price, line.quantity, line.unit) == (Decimal("0.0123456"), 100000, "kWh")


def test_bic_comes_from_the_bank_register():
    seller = msgspec.structs.replace(FINNISH, bank_accounts=(BankAccount("FI2112345600000785"),))
    assert at(write_finvoice(sold(), seller), ".//SellerBic") == ["NDEAFIHH"]


def test_rf_reference_is_named_as_such():
    content = write_finvoice(sold(reference_number="RF34 1234 561"), FINNISH)
    (reference,) = etree.fromstring(content).iterfind(".//EpiRemittanceInfoIdentifier")
    assert (reference.text, reference.get("IdentificationSchemeName")) == ("RF341234561", "ISO")


def changed(**fields: object) -> Invoice:
    return msgspec.structs.replace(sold(), **fields)


@pytest.mark.parametrize(
    ("document", "seller", "error", "field"),
    [
        (changed(number="2026-1001-very-long-number"), FINNISH, Unsupported, "InvoiceNumber"),
        (changed(due_date=None), FINNISH, Unsupported, "due_date"),
        (changed(reference_number="ABC"), FINNISH, Unsupported, "EpiRemittanceInfoIdentifier"),
        (changed(), msgspec.structs.replace(FINNISH, bank_accounts=()), Unsupported, "bank_account"),
        (
            changed(),
            msgspec.structs.replace(FINNISH, bank_accounts=(BankAccount("EE1"),)),
            Unsupported,
            "seller.bank_accounts[0].bic",
        ),
        (changed(), msgspec.structs.replace(FINNISH, einvoice_operator=""), Unsupported, "seller.einvoice_operator"),
        (with_file(sold()), FINNISH, Unsupported, "attachments"),
        (changed(party=Party(name="X", address=Address(street="Pikk 1"))), FINNISH, Unsupported, "party.address"),
        (invoice(row("", "1", "1"), party=HELSINKI), FINNISH, BadInput, "lines[0].item_name"),
        (invoice(row("a", "1", "9", discount="-1"), party=HELSINKI), FINNISH, Unsupported, "lines[0].discount_percent"),
        (invoice(row("a", "1", "0.123456789012"), party=HELSINKI), FINNISH, Unsupported, "lines[0].unit_price"),
        (changed(gross=Decimal(1)), FINNISH, BadInput, "gross"),
    ],
)  # fmt: skip
def test_refuses_by_field(document: Invoice, seller: Seller, error: type[TilisiltaError], field: str):
    with pytest.raises(error) as caught:
        write_finvoice(document, seller)
    assert caught.value.params["field"] == field, caught.value


def test_other_charsets_are_refused():
    with pytest.raises(Unsupported, match="encoding"):
        write_finvoice(sold(), FINNISH, encoding="UTF-16")


def test_estonian_seller_writes_finvoice_too():
    found = read_back(write_finvoice(full(), ESTONIAN), ESTONIAN)
    assert (found.party.registry_code, found.gross) == (TALLINN.registry_code, full().gross)
