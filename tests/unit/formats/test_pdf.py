import io
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import msgspec
import pytest
from pypdf import PdfReader
from tests.unit.formats.selling import (
    ESTONIAN,
    FINNISH,
    HELSINKI,
    credit_note,
    full,
    invoice,
    of_letter,
    row,
    text,
    with_file,
)

from tilisilta.core.documents import Invoice, Party
from tilisilta.core.errors import BadInput, Unsupported
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.formats.pdf import write_pdf


def pages(content: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]


def words(document: Invoice, seller=ESTONIAN, language: str = "et") -> str:
    return " ".join(" ".join(pages(write_pdf(document, seller, language=language))).split())


def test_estonian_invoice_says_what_the_law_asks():
    found = words(full())
    for said in (
        *("Arve 2026-1001", "Õunapuu Ehitus OÜ", "Kask & Pojad AS", "KMKR nr EE100137025", "Registrikood 12345678"),
        *("02.03.2026", "16.03.2026", "Šveitsi juust", "12,5 kg 7,90 24 98,75", "Püsikliendi soodustus", "-10,00"),
        *("Käibemaks 24 % 54,42", "Käibemaks 9 % 3,58", "Ümardus 0,02", "Ettemaks -50,00", "Tasuda 274,57 EUR"),
        *("24 226,75 54,42", "9 39,80 3,58", "EE47 1000 0010 2014 5685", "12 34561", "7,5 % aastas"),
        *("Skaneeri ja maksa", "Täname, et ostsite meilt!", "Lk 1 / 1"),
    ):
        assert said in found, said


@pytest.mark.parametrize(
    ("reference", "digits"),
    [
        ("1234561", "4211 2345 6000 0078 5000 2745 7000 0000 0000 0000 0123 4561 2603 16"),
        ("RF341234561", "5211 2345 6000 0078 5000 2745 7340 0000 0000 0000 0123 4561 2603 16"),
    ],
)
def test_finnish_invoice_bears_its_bank_barcode(reference: str, digits: str):
    found = words(full(party=HELSINKI, reference_number=reference), FINNISH, "fi")
    for said in ("Lasku 2026-1001", "Y-tunnus 2077474-0", "Maksettava 274,57 EUR", "Eräpäivä", "ALV 24 %", "3 h"):
        assert said in found, said
    assert digits in found


def test_english_with_reverse_charge_in_words():
    found = words(of_letter(VatTreatment.INTRA_EU_SUPPLY_SERVICES, party=HELSINKI), language="en")
    for said in ("Invoice 2026-1001", "2 March 2026", "Reverse charge", "1,000.00 EUR", "Finland", "Page 1 / 1"):
        assert said in found, said


@pytest.mark.parametrize(
    ("treatment", "said"),
    [
        (VatTreatment.REVERSE_CHARGE, "Pöördmaksustamine"),
        (VatTreatment.EXPORT, "Eksport"),
        (VatTreatment.EXEMPT, "KMS § 16"),
    ],
)
def test_reasons_of_no_vat(treatment: VatTreatment, said: str):
    assert said in words(of_letter(treatment))


def test_credit_note_asks_for_nothing():
    found = words(credit_note())
    assert "Kreeditarve K-12" in found
    assert "Krediteerib arvet 2026-1001" in found
    assert "Krediteeritud 210,47 EUR" in found
    assert "Kreeditarvet ei tule tasuda." in found
    assert "Skaneeri" not in found


def test_other_currencies_have_no_codes():
    found = words(full(party=HELSINKI, currency="SEK"), FINNISH, "fi")
    assert "274,57 SEK" in found
    assert "Skannaa" not in found
    assert "4211 2345" not in found


def test_paid_in_advance_asks_for_nothing():
    assert "Skaneeri" not in words(full(prepaid=full().gross + Decimal("0.02")))


def test_many_rows_repeat_their_head():
    document = invoice(
        text("Veebruari tööd"), *(row(f"Töö {at}", "1", "10.25", description="Lisainfo") for at in range(80))
    )
    found = pages(write_pdf(document, ESTONIAN, language="et"))
    assert len(found) > 2
    assert all("Kirjeldus" in page for page in found[:-1])
    assert f"Lk {len(found)} / {len(found)}" in found[-1]
    assert "Veebruari tööd" in found[0]


def test_fonts_are_embedded_by_their_used_letters():
    content = write_pdf(full(), ESTONIAN, language="et")
    fonts = PdfReader(io.BytesIO(content)).pages[0]["/Resources"]["/Font"]
    embedded = [
        font["/BaseFont"] for font in (each.get_object() for each in fonts.values()) if "+" in font["/BaseFont"]
    ]
    assert {name.partition("+")[2] for name in embedded} == {"NotoSans-Regular", "NotoSans-Bold"}
    assert len(content) < 60_000


def test_same_document_same_bytes():
    assert write_pdf(full(), ESTONIAN, language="et") == write_pdf(full(), ESTONIAN, language="et")


def test_markup_in_words_is_only_words():
    found = words(invoice(row("<b>Töö</b> & <script>", "1", "1"), party=Party(name="A <i>B</i>")))
    assert "<b>Töö</b> & <script>" in found
    assert "A <i>B</i>" in found


def test_all_letters_of_europe():
    party = msgspec.structs.replace(HELSINKI, name="Žąsų Ķirsis Łódź Ødegård Ţărmure Ελλάς Київ")
    assert party.name in words(full(party=party))


def test_attachments_do_not_hinder():
    assert "Arve" in words(with_file(full()))


def test_refuses_by_field():
    with pytest.raises(Unsupported, match="language"):
        write_pdf(full(), ESTONIAN, language="sv")
    with pytest.raises(Unsupported, match=r"party\.name"):
        write_pdf(full(party=msgspec.structs.replace(HELSINKI, name="東京")), ESTONIAN)
    with pytest.raises(Unsupported, match=r"lines\[0\]"):
        write_pdf(invoice(row("☃☃", "1", "1")), ESTONIAN)
    with pytest.raises(BadInput, match="GROSS_DOES_NOT_ADD_UP"):
        write_pdf(msgspec.structs.replace(full(), gross=Decimal(1)), ESTONIAN)


def test_printing_in_several_threads_mixes_nothing():
    documents = [full(note=f"Märkus {letter}") for letter in "ÕÄÖÜŠŽ"]
    alone = [write_pdf(each, ESTONIAN, language="et") for each in documents]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda each: write_pdf(each, ESTONIAN, language="et"), documents * 3))
    assert together == alone * 3


def test_colours_are_named_before_two_invoices_are_drawn_at_once() -> None:
    """The library names its colours at first use, and whoever comes in the middle of it finds only some."""
    import subprocess
    import sys

    code = "import tilisilta.formats.pdf_page; from reportlab.lib import colors; assert 'black' in colors._namedColors"
    subprocess.run([sys.executable, "-c", code], check=True)
