import base64
import datetime as dt
import hashlib
from decimal import Decimal

import pytest
from tests.unit.formats.crafted import allowance, fin_row, finvoice, priced, subtotal, ubl, ubl_line

from tilisilta.core.documents import Direction, Invoice, LineKind
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.formats import ReadDocument, read_file

MONEY = {"LineExtensionAmount": "100", "TaxExclusiveAmount": "100", "TaxInclusiveAmount": "124", "PayableAmount": "124"}


def record(text: str, **options: object) -> ReadDocument:
    (found,) = read_file(text.encode(), "f.xml", **options).records
    return found


def read(text: str, **options: object) -> Invoice:
    found = record(text, **options)
    assert found.document is not None, found.problems
    return found.document


def simple(**options: object) -> str:
    given: dict[str, object] = {
        "lines": [ubl_line("100", "2", "50")],
        "money": MONEY,
        "vat": "24",
        "subtotals": subtotal("100", "24", "S", "24"),
    }
    return ubl(**(given | options))


def test_header_and_seller():
    invoice = read(simple())
    assert (invoice.number, invoice.date, invoice.due_date) == ("A-1", dt.date(2024, 3, 1), dt.date(2024, 3, 15))
    assert (invoice.net, invoice.vat, invoice.gross, invoice.payable) == (100, 24, 124, 124)
    assert (invoice.party.name, invoice.party.registry_code, invoice.party.vat_number) == (
        *("Müüja AS", "10137025"),
        "EE100137025",
    )
    assert invoice.reference_number == "1234561"
    assert invoice.bank_account is not None
    assert (invoice.bank_account.iban, invoice.bank_account.bic) == ("EE382200221020145685", "HABAEE2X")
    assert invoice.party.bank_accounts == (invoice.bank_account,)


def test_sales_by_own_code():
    invoice = read(simple(), own_registry_codes=frozenset({"10137025"}))
    assert (invoice.direction, invoice.party.name) == (Direction.SALES, "Ostja OÜ")


@pytest.mark.parametrize(
    ("company", "vat_number"),
    [
        ('<cbc:CompanyID schemeID="0212">66666665</cbc:CompanyID>', "FI66666665"),
        ('<cbc:CompanyID schemeID="0216">003766666665</cbc:CompanyID>', "FI66666665"),
        ("<cbc:CompanyID>6666666-5</cbc:CompanyID>", "FI66666665"),
    ],
)
def test_finnish_codes_are_one(company: str, vat_number: str):
    assert read(simple(company=company, vat_number=vat_number)).party.registry_code == "6666666-5"


def test_the_same_invoice_in_two_formats_is_one_document():
    company = '<cbc:CompanyID schemeID="0212">66666665</cbc:CompanyID>'
    in_ubl = read(simple(company=company, vat_number="FI66666665", number="1001"))
    row = fin_row(*priced("2", "50,00", "24", "100,00", "24,00"))
    in_finvoice = record(finvoice([row])).document
    assert in_finvoice is not None
    assert in_ubl.source_id == in_finvoice.source_id
    without_code = read(simple(company="", vat_number="FI66666665", number="1001"))
    assert without_code.source_id == in_ubl.source_id


def test_prepaid_and_rounding():
    money = MONEY | {"PrepaidAmount": "24.00", "PayableRoundingAmount": "0.02", "PayableAmount": "100.02"}
    order = ["LineExtensionAmount", "TaxExclusiveAmount", "TaxInclusiveAmount", "PrepaidAmount"]
    ordered = {name: money[name] for name in [*order, "PayableRoundingAmount", "PayableAmount"]}
    found = record(simple(money=ordered))
    assert found.document is not None
    assert (found.document.gross, found.document.prepaid, found.document.rounding, found.document.payable) == (
        *(Decimal(124), Decimal(24)),
        *(Decimal("0.02"), Decimal("100.02")),
    )
    assert found.problems == ()


def test_payable_that_the_totals_do_not_make_stops():
    (problem,) = record(simple(money=MONEY | {"PayableAmount": "120"})).problems
    assert (problem.code, problem.severity) == ("PAYABLE_DIFFERS", "error")
    assert (problem.params["stated"], problem.params["counted"]) == ("120", "124")


def test_allowances_and_charges_of_lines_and_document():
    inside = (
        allowance("10", charge=False, reason="Soodustus")
        .replace("<cac:TaxCategory>", "<!--")
        .replace("</cac:TaxCategory>", "-->")
    )
    money = {
        "LineExtensionAmount": "90",
        "TaxExclusiveAmount": "95",
        "TaxInclusiveAmount": "117.80",
        "AllowanceTotalAmount": "5",
        "ChargeTotalAmount": "10",
        "PayableAmount": "117.80",
    }
    invoice = read(
        simple(
            lines=[ubl_line("90", "2", "50", inside=inside)],
            money=money,
            vat="22.80",
            subtotals=subtotal("95", "22.80", "S", "24"),
            whole=allowance("10", charge=True) + allowance("5", charge=False),
        )
    )
    assert [(line.kind, line.unit_price, line.discount_percent, line.net) for line in invoice.lines] == [
        (LineKind.ITEM, 50, 10, 90),
        (LineKind.CHARGE, 10, 0, 10),
        (LineKind.ALLOWANCE, -5, 0, -5),
    ]
    assert invoice.lines[0].extra["allowance"] == "Soodustus 10"
    assert sum(line.net for line in invoice.lines) == invoice.net == 95


def test_price_for_a_base_quantity():
    (line,) = read(simple(lines=[ubl_line("100", "2000", "50", base="1000")])).lines
    assert (line.quantity, line.unit_price, line.net) == (2000, Decimal("0.05"), 100)


@pytest.mark.parametrize(
    ("letter", "bought", "sold"),
    [
        ("S", VatTreatment.DOMESTIC, VatTreatment.DOMESTIC),
        ("Z", VatTreatment.ZERO_RATED, VatTreatment.ZERO_RATED),
        ("E", VatTreatment.EXEMPT, VatTreatment.EXEMPT),
        ("AE", VatTreatment.REVERSE_CHARGE, VatTreatment.REVERSE_CHARGE),
        ("K", VatTreatment.INTRA_EU_ACQUISITION_GOODS, VatTreatment.INTRA_EU_SUPPLY_GOODS),
        ("G", VatTreatment.IMPORT_GOODS, VatTreatment.EXPORT),
        ("O", VatTreatment.OUTSIDE_SCOPE, VatTreatment.OUTSIDE_SCOPE),
        ("L", None, None),
    ],
)
def test_categories(letter: str, bought: VatTreatment | None, sold: VatTreatment | None):
    rate = "24" if letter == "S" else "0"
    vat = "24" if letter == "S" else "0"
    gross = str(100 + int(vat))
    text = simple(
        lines=[ubl_line("100", "2", "50", letter=letter, rate=rate)],
        money=MONEY | {"TaxInclusiveAmount": gross, "PayableAmount": gross},
        vat=vat,
        subtotals=subtotal("100", vat, letter, rate, "Reason in words"),
    )
    purchase = read(text)
    sale = read(text, own_registry_codes=frozenset({"10137025"}))
    assert (purchase.lines[0].vat_treatment, sale.lines[0].vat_treatment) == (bought, sold)
    assert (purchase.vat_totals[0].treatment, sale.vat_totals[0].treatment) == (bought, sold)
    assert purchase.vat_totals[0].exemption_reason == "Reason in words"
    assert purchase.lines[0].extra["vat_category"] == letter


def test_several_subtotals_and_vat_in_another_currency():
    second = '<cac:TaxTotal><cbc:TaxAmount currencyID="SEK">275.00</cbc:TaxAmount></cac:TaxTotal>'
    invoice = read(
        simple(
            lines=[
                ubl_line("60", "1", "60"),
                ubl_line("30", "1", "30", rate="9", number=2),
                ubl_line("10", "1", "10", letter="E", rate="0", number=3),
            ],
            money=MONEY | {"TaxInclusiveAmount": "117.10", "PayableAmount": "117.10"},
            vat="17.10",
            subtotals=subtotal("60", "14.40", "S", "24")
            + subtotal("30", "2.70", "S", "9")
            + subtotal("10", "0", "E", "0"),
            second_tax=second,
        )
    )
    assert invoice.vat == Decimal("17.10")
    assert [(each.rate, each.net, each.vat) for each in invoice.vat_totals] == [
        (24, 60, Decimal("14.40")),
        (9, 30, Decimal("2.70")),
        (0, 10, 0),
    ]


def test_embedded_attachment():
    content = b"%PDF-1.7 invoice"
    documents = (
        "<cac:AdditionalDocumentReference><cbc:ID>arve</cbc:ID><cac:Attachment>"
        '<cbc:EmbeddedDocumentBinaryObject mimeCode="application/pdf" filename="arve.pdf">'
        f"{base64.b64encode(content).decode()}</cbc:EmbeddedDocumentBinaryObject></cac:Attachment>"
        "</cac:AdditionalDocumentReference>"
    )
    found = record(simple(documents=documents))
    assert found.document is not None
    (ref,) = found.document.attachments
    assert (ref.name, ref.media_type, ref.size_bytes) == ("arve.pdf", "application/pdf", len(content))
    assert ref.sha256 == hashlib.sha256(content).hexdigest()
    assert found.embedded[ref.source_id].content == content


def test_credit_note_and_credit_by_code():
    lines = [ubl_line("100", "2", "50", credit=True)]
    note = read(simple(lines=lines, root="CreditNote", type_code="381"))
    assert (note.is_credit_note, note.gross, note.lines[0].quantity) == (True, 124, 2)
    assert read(simple(type_code="381")).is_credit_note


def test_negative_invoice_credits():
    invoice = read(
        simple(
            lines=[ubl_line("-100", "-2", "50")],
            money={name: f"-{value}" for name, value in MONEY.items()},
            vat="-24",
            subtotals=subtotal("-100", "-24", "S", "24"),
        )
    )
    assert invoice.is_credit_note
    assert (invoice.net, invoice.vat, invoice.gross) == (100, 24, 124)
    assert (invoice.lines[0].quantity, invoice.lines[0].unit_price, invoice.lines[0].net) == (2, 50, 100)
    assert invoice.source_id != read(simple(type_code="381")).source_id


def test_negative_credit_note_warns():
    found = record(
        simple(
            lines=[ubl_line("-100", "-2", "50", credit=True)],
            money={name: f"-{value}" for name, value in MONEY.items()},
            vat="-24",
            subtotals=subtotal("-100", "-24", "S", "24"),
            root="CreditNote",
            type_code="381",
        )
    )
    assert found.document is not None
    assert (found.document.is_credit_note, found.document.gross) == (True, 124)
    assert [(each.code, each.severity) for each in found.problems] == [("CREDIT_NOTE_NEGATIVE", "warning")]


def test_inside_of_a_peppol_envelope():
    inner = simple().partition("?>")[2]
    text = (
        '<StandardBusinessDocument xmlns="http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader">'
        f"<StandardBusinessDocumentHeader/>{inner}</StandardBusinessDocument>"
    )
    assert read(text).gross == 124


def test_schema_violation_has_the_rule_and_line():
    text = simple().replace("<cbc:IssueDate>2024-03-01</cbc:IssueDate>", "<cbc:IssueDate>1.3.2024</cbc:IssueDate>")
    found = record(text)
    line = next(at for at, each in enumerate(text.splitlines(), start=1) if "1.3.2024" in each)
    assert found.problems[0].code == "SCHEMA_VIOLATION"
    assert found.problems[0].params["line"] == str(line)
    assert "IssueDate" in found.problems[0].params["rule"]


def test_a_row_that_is_missing_is_not_made_up():
    invoice = read(simple(lines=[ubl_line("99", "2", "50")]))
    assert sum(line.net for line in invoice.lines) == 99
    assert invoice.net == 100
