import datetime as dt
from decimal import Decimal

import msgspec
import pytest
from lxml import etree
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
    with_file,
)

from tilisilta.core.documents import AttachmentRef, Invoice, InvoiceRef, LineKind, Party
from tilisilta.core.errors import BadInput, TilisiltaError, Unsupported
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.formats import Embedded, ReadDocument, read_file
from tilisilta.formats.write_estonian import write_estonian
from tilisilta.formats.writing import Seller


def at(content: bytes, path: str) -> list[str]:
    return [str(each.text) for each in etree.fromstring(content).iterfind(path)]


def record(content: bytes, seller: Seller = ESTONIAN) -> ReadDocument:
    (found,) = read_file(content, "e.xml", own_registry_codes=frozenset({seller.registry_code})).records
    assert found.document is not None, found.problems
    assert found.problems == ()
    return found


def read_back(content: bytes, seller: Seller = ESTONIAN) -> Invoice:
    found = record(content, seller).document
    assert found is not None
    return found


def test_sums_add_up_to_the_total():
    content = write_estonian(full(), ESTONIAN)
    group = "Invoice/InvoiceSumGroup/"
    parts = [
        Decimal(each)
        for name in ("InvoiceSum", "Addition/AddSum", "Rounding", "TotalVATSum")
        for each in at(content, group + name)
    ]
    (total,) = at(content, group + "TotalSum")
    assert sum(parts) == Decimal(total) == full().gross + Decimal("0.02")
    assert at(content, group + "TotalToPay") == [str(full().payable)]
    assert at(content, "Footer/TotalAmount") == [total]
    payment = "Invoice/PaymentInfo/"
    assert at(content, payment + "PaymentRefId") == ["1234561"]
    assert at(content, payment + "Payable") == ["YES"]
    assert at(content, payment + "PayToAccount") == ["EE471000001020145685"]
    element = etree.fromstring(content).find("Invoice")
    assert element is not None
    assert (element.get("sellerRegnumber"), element.get("regNumber")) == ("12345678", "10137025")


def test_reads_back_whole():
    found, document = read_back(write_estonian(full(), ESTONIAN)), full()
    assert (found.net, found.vat, found.gross, found.rounding, found.prepaid, found.payable) == (
        *(document.net, document.vat, document.gross),
        *(document.rounding, document.prepaid, document.payable),
    )
    assert [(each.kind, each.net, each.discount_percent, each.unit_price) for each in found.lines] == [
        (each.kind, each.net, each.discount_percent, each.unit_price) for each in document.lines
    ]
    assert (found.note, found.order_number, found.our_reference, found.your_reference) == (
        *("Täname, et ostsite meilt!", "PO-77"),
        *("M-55", "Projekt Kalamaja"),
    )
    assert (found.party.name, found.party.registry_code, found.party.vat_number, found.party.address) == (
        *(TALLINN.name, TALLINN.registry_code),
        *(TALLINN.vat_number, TALLINN.address),
    )
    assert (found.party.email, found.party.einvoice_address) == (TALLINN.email, "0191:10137025")
    assert found.extra["payment_terms"] == "Viivis 7.5 % aastas"


def test_credit_note_is_below_zero_and_asks_for_nothing():
    content = write_estonian(credit_note(), ESTONIAN)
    kind = etree.fromstring(content).find("Invoice/InvoiceInformation/Type")
    assert kind is not None
    assert (kind.get("type"), kind.findtext("SourceInvoice")) == ("CRE", "2026-1001")
    assert at(content, "Invoice/InvoiceInformation/DocumentName") == ["Kreeditarve"]
    assert at(content, ".//ItemAmount") == ["-3.00", "-2.00"]
    assert at(content, ".//TotalSum") == [f"-{credit_note().gross}"]
    assert (at(content, ".//TotalToPay"), at(content, ".//Payable")) == (["0.00"], ["NO"])
    found = read_back(content)
    assert (found.is_credit_note, found.net, found.vat) == (True, credit_note().net, credit_note().vat)
    assert found.credits == (InvoiceRef(number="2026-1001", date=dt.date(2026, 3, 2)),)
    assert [each.discount_percent for each in found.lines] == [0, 5]


@pytest.mark.parametrize(
    ("treatment", "vat_id"),
    [
        (VatTreatment.ZERO_RATED, "TAX"),
        (VatTreatment.EXEMPT, "TAXEX"),
        (VatTreatment.OUTSIDE_SCOPE, "NOTTAX"),
        (VatTreatment.REVERSE_CHARGE, "TAX"),
        (VatTreatment.INTRA_EU_SUPPLY_GOODS, "TAX"),
        (VatTreatment.EXPORT, "TAX"),
    ],
)
def test_letters_come_back(treatment: VatTreatment, vat_id: str):
    content = write_estonian(of_letter(treatment), ESTONIAN)
    assert {each.get("vatId") for each in etree.fromstring(content).iter("VAT")} == {vat_id}
    found = read_back(content)
    assert found.lines[0].vat_treatment is treatment
    assert [each.treatment for each in found.vat_totals] == [treatment]


def test_files_go_along():
    table = Embedded(name="tunnid.csv", content=b"kuu;tunnid\n", media_type="text/csv")
    document = msgspec.structs.replace(
        with_file(full()),
        attachments=(AttachmentRef(source_id="f1", name="a"), AttachmentRef(source_id="f2", name="b")),
    )
    found = record(write_estonian(document, ESTONIAN, files={"f1": PDF, "f2": table}))
    assert [(each.name, each.content) for each in found.embedded.values()] == [
        (PDF.name, PDF.content),
        (table.name, table.content),
    ]


def test_rows_of_words_stand_where_they_stood():
    document = invoice(text("Veebruar"), row("Töö", "1", "100"), text("Lisatöö kokkuleppel"))
    found = read_back(write_estonian(document, ESTONIAN))
    assert [(each.kind, each.item_name) for each in found.lines] == [
        (LineKind.TEXT, "Veebruar"),
        (LineKind.ITEM, "Töö"),
        (LineKind.TEXT, "Lisatöö kokkuleppel"),
    ]


def test_fine_prices_are_given_for_more():
    document = invoice(row("Elekter", "1000.5", "0.0123456", unit="kWh", period_from=dt.date(2026, 2, 1)))
    content = write_estonian(document, ESTONIAN)
    assert at(content, ".//ItemPriceBaseQuantity") == ["1000.00"]
    (line,) = read_back(content).lines
    assert (line.unit_price, line.unit, line.period_from) == (Decimal("0.0123456"), "kWh", dt.date(2026, 2, 1))


def test_vat_in_euros_beside_dollars():
    document = full(currency="USD", exchange_rate=Decimal("0.92"))
    (element,) = etree.fromstring(write_estonian(document, ESTONIAN)).iter("InvoiceTotalVATSumInAccountingCurrency")
    assert element.get("currency") == "EUR"
    assert Decimal(str(element.text)) == (document.vat * Decimal("0.92")).quantize(Decimal("0.01"))


def test_private_persons_need_no_code():
    person = Party(name="Mari Maasikas", is_person=True, address=TALLINN.address)
    assert read_back(write_estonian(full(party=person), ESTONIAN)).party.name == "Mari Maasikas"


def test_finnish_seller_writes_it_too():
    found = read_back(write_estonian(full(party=HELSINKI), FINNISH, language="fi"), FINNISH)
    assert (found.party.registry_code, found.gross) == ("1572860-0", full().gross)


def changed(**fields: object) -> Invoice:
    return msgspec.structs.replace(full(), **fields)


@pytest.mark.parametrize(
    ("document", "seller", "error", "field"),
    [
        (changed(reference_number="RF341234561"), ESTONIAN, Unsupported, "PaymentReferenceNumber"),
        (changed(), msgspec.structs.replace(ESTONIAN, bank_accounts=()), Unsupported, "bank_account"),
        (changed(party=Party(name="X")), ESTONIAN, BadInput, "party.registry_code"),
        (changed(number="A" * 101), ESTONIAN, Unsupported, "Invoice"),
        (changed(currency="USD"), ESTONIAN, BadInput, "exchange_rate"),
        (changed(note="", credits=(InvoiceRef(source_id="9"),)), ESTONIAN, Unsupported, "credits[0].number"),
        (invoice(row("a" * 501, "1", "1")), ESTONIAN, Unsupported, "Description"),
        (invoice(row("a", "1", "1", description="b" * 501)), ESTONIAN, Unsupported, "ItemDetailedDescription"),
        (invoice(row("a", "0.33333", "3")), ESTONIAN, Unsupported, "lines[0].quantity"),
        (invoice(row("a", "1", "0.123456789")), ESTONIAN, Unsupported, "lines[0].unit_price"),
        (invoice(row("", "1", "1")), ESTONIAN, BadInput, "lines[0].item_name"),
    ],
)  # fmt: skip
def test_refuses_by_field(document: Invoice, seller: Seller, error: type[TilisiltaError], field: str):
    with pytest.raises(error) as caught:
        write_estonian(document, seller)
    assert caught.value.params["field"] == field, caught.value
