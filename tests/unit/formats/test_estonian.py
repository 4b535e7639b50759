import base64
from decimal import Decimal

import pytest
from tests.unit.formats.crafted import est_detail, est_invoice, est_row, est_vat, estonian

from tilisilta.core.documents import Direction, Invoice, LineKind
from tilisilta.core.errors import BadInput
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.formats import ReadDocument, read_file

ROW = est_row(details=est_detail("2", "50"), net="100", vat=est_vat("100", "22", "22"), total="122")
SUMS = (
    f"<InvoiceSum>100</InvoiceSum>{est_vat('100', '22', '22')}<TotalVATSum>22</TotalVATSum>"
    "<TotalSum>122</TotalSum><TotalToPay>122</TotalToPay>"
)


def records(text: str, **options: object) -> tuple[ReadDocument, ...]:
    return read_file(text.encode(), "e.xml", **options).records


def read(text: str, **options: object) -> Invoice:
    (found,) = records(text, **options)
    assert found.document is not None, found.problems
    return found.document


@pytest.mark.parametrize("version", ["1.2", "1.2.EN"])
def test_header_party_and_row(version: str):
    invoice = read(estonian(est_invoice(ROW, SUMS), version=version))
    assert (invoice.net, invoice.vat, invoice.gross, invoice.payable) == (100, 22, 122, 122)
    assert invoice.extra["format_version"] == version
    party = invoice.party
    assert (party.name, party.registry_code, party.vat_number) == ("Müüja AS", "10137025", "EE100137025")
    assert (party.address.street, party.address.city, party.address.country) == ("Pikk 1", "Tallinn", "EE")
    assert party.bank_accounts[0].iban == "EE382200221020145685"
    assert (invoice.reference_number, invoice.note) == ("1234561", "Veebruari teenused")
    assert invoice.bank_account is not None
    assert invoice.bank_account.bic == "HABAEE2X"
    (line,) = invoice.lines
    assert (line.item_name, line.quantity, line.unit, line.unit_price, line.net, line.vat) == (
        *("Teenus", 2),
        *("tk", 50, 100, 22),
    )
    assert (line.vat_rate, line.vat_treatment) == (22, VatTreatment.DOMESTIC)


def test_direction():
    text = estonian(est_invoice(ROW, SUMS))
    assert read(text, own_registry_codes=frozenset({"12345678"})).direction is Direction.PURCHASE
    sold = read(text, own_registry_codes=frozenset({"10137025"}))
    assert (sold.direction, sold.party.name) == (Direction.SALES, "Ostja OÜ")


@pytest.mark.parametrize("sign", ["", "-"])
def test_credit_note_of_either_sign(sign: str):
    row = est_row(
        details=est_detail(f"{sign}2", "50"),
        net=f"{sign}100",
        vat=est_vat(f"{sign}100", "22", f"{sign}22"),
        total=f"{sign}122",
    )
    sums = (
        f"<InvoiceSum>{sign}100</InvoiceSum>{est_vat(f'{sign}100', '22', f'{sign}22')}"
        f"<TotalVATSum>{sign}22</TotalVATSum><TotalSum>{sign}122</TotalSum><TotalToPay>0</TotalToPay>"
    )
    (found,) = records(
        estonian(est_invoice(row, sums, kind="CRE", source="2024-0", payment_sum="0"), amount=f"{sign}122.00")
    )
    invoice = found.document
    assert invoice is not None
    assert found.problems == ()
    assert (invoice.is_credit_note, invoice.net, invoice.vat, invoice.gross, invoice.payable) == (
        *(True, 100, 22),
        *(122, 122),
    )
    assert (invoice.lines[0].quantity, invoice.lines[0].unit_price, invoice.lines[0].net) == (2, 50, 100)
    assert [ref.number for ref in invoice.credits] == ["2024-0"]


def test_one_broken_invoice_does_not_hide_the_others():
    broken = est_invoice(ROW, SUMS, number="2").replace("2024-03-01</InvoiceDate>", "01.03.2024</InvoiceDate>")
    text = estonian(est_invoice(ROW, SUMS, number="1"), broken, est_invoice(ROW, SUMS, number="3"), amount="366.00")
    found = records(text)
    assert [each.document.number if each.document else None for each in found] == ["1", None, "3"]
    line = next(at for at, each in enumerate(text.splitlines(), start=1) if "01.03.2024" in each)
    assert (found[1].problems[0].code, found[1].problems[0].params["line"]) == ("SCHEMA_VIOLATION", str(line))
    assert found[1].number == "2"
    assert found[0].problems == ()


def test_broken_frame_stops_the_file():
    text = estonian(est_invoice(ROW, SUMS)).replace("<TotalNumberInvoices>1", "<TotalNumberInvoices>one")
    with pytest.raises(BadInput) as caught:
        records(text)
    assert caught.value.code == "SCHEMA_VIOLATION"
    assert "TotalNumberInvoices" in caught.value.params["rule"]
    assert caught.value.params["file"] == "e.xml"
    without = text.partition("<Footer>")[0] + "</E_Invoice>"
    with pytest.raises(BadInput) as caught:
        records(without)
    assert caught.value.code == "SCHEMA_VIOLATION"


def test_control_sums_warn():
    (found,) = records(estonian(est_invoice(ROW, SUMS), count=2, amount="244.00"))
    assert found.document is not None
    assert [(each.code, each.params["rule"], each.params["stated"]) for each in found.problems] == [
        ("FILE_CONTROL_SUM_DIFFERS", "TotalNumberInvoices", "2"),
        ("FILE_CONTROL_SUM_DIFFERS", "TotalAmount", "244.00"),
    ]


@pytest.mark.parametrize(("total", "gross"), [("122.02", "122"), ("122", "122")])
def test_rounding_in_the_total_or_beside_it(total: str, gross: str):
    sums = (
        f"<InvoiceSum>100</InvoiceSum><Rounding>0.02</Rounding>{est_vat('100', '22', '22')}"
        f"<TotalVATSum>22</TotalVATSum><TotalSum>{total}</TotalSum><TotalToPay>122.02</TotalToPay>"
    )
    (found,) = records(estonian(est_invoice(ROW, sums), amount=total))
    assert found.document is not None
    assert (found.document.gross, found.document.rounding) == (Decimal(gross), Decimal("0.02"))
    assert found.document.payable == Decimal("122.02")
    assert found.problems == ()


def test_document_discount_charge_and_penalty():
    sums = (
        "<InvoiceSum>100</InvoiceSum><PenaltySum>3</PenaltySum>"
        '<Addition addCode="DSC"><AddContent>Allahindlus</AddContent><AddSum>10</AddSum></Addition>'
        '<Addition addCode="CHR"><AddContent>Transport</AddContent><AddSum>5</AddSum></Addition>'
        f"{est_vat('95', '22', '20.90')}<TotalVATSum>20.90</TotalVATSum><TotalSum>118.90</TotalSum>"
    )
    invoice = read(estonian(est_invoice(ROW, sums), amount="118.90"))
    assert (invoice.net, invoice.vat, invoice.gross) == (98, Decimal("20.90"), Decimal("118.90"))
    assert [(line.kind, line.item_name, line.net, line.vat_rate) for line in invoice.lines] == [
        (LineKind.ITEM, "Teenus", 100, 22),
        (LineKind.ALLOWANCE, "Allahindlus", -10, 22),
        (LineKind.CHARGE, "Transport", 5, 22),
        (LineKind.CHARGE, "Viivis", 3, 0),
    ]
    assert invoice.lines[3].vat_treatment is VatTreatment.OUTSIDE_SCOPE


@pytest.mark.parametrize("item_sum", ["100", "90"])
def test_row_discount_before_or_in_the_row_sum(item_sum: str):
    row = est_row(
        details=est_detail("2", "50"),
        net=item_sum,
        extra=(
            '<Addition addCode="DSC"><AddContent>Soodustus</AddContent><AddRate>10</AddRate><AddSum>10</AddSum>'
            "</Addition>"
        ),
        vat="<VAT><VATRate>22</VATRate><VATSum>19.80</VATSum></VAT>",
        total="109.80",
    )
    sums = "<InvoiceSum>90</InvoiceSum><TotalVATSum>19.80</TotalVATSum><TotalSum>109.80</TotalSum>"
    (line,) = read(estonian(est_invoice(row, sums), amount="109.80")).lines
    assert (line.quantity, line.unit_price, line.discount_percent, line.net) == (2, 50, 10, 90)


def test_prepaid_and_older_debt():
    less = SUMS.replace("<TotalToPay>122", "<TotalToPay>100")
    (found,) = records(estonian(est_invoice(ROW, less)))
    assert found.document is not None
    assert (found.document.prepaid, found.document.payable, found.problems) == (22, 100, ())
    more = SUMS.replace("<TotalToPay>122", "<TotalToPay>150")
    (found,) = records(estonian(est_invoice(ROW, more)))
    assert found.document is not None
    assert (found.document.gross, found.document.prepaid) == (122, 0)
    assert [(each.code, each.severity) for each in found.problems] == [("PAYABLE_DIFFERS", "warning")]


@pytest.mark.parametrize(
    ("code", "treatment"),
    [
        ("TAX", VatTreatment.ZERO_RATED),
        ("TAXEX", VatTreatment.EXEMPT),
        ("NOTTAX", VatTreatment.OUTSIDE_SCOPE),
        ("", None),
    ],
)
def test_zero_rate_by_code(code: str, treatment: VatTreatment | None):
    row = est_row(net="100", vat=est_vat("100", "0", "0", code=code), total="100")
    sums = f"<InvoiceSum>100</InvoiceSum>{est_vat('100', '0', '0', code=code)}<TotalSum>100</TotalSum>"
    invoice = read(estonian(est_invoice(row, sums), amount="100"))
    assert invoice.lines[0].vat_treatment is treatment
    assert invoice.vat_totals[0].treatment is treatment
    assert (invoice.vat, invoice.gross) == (0, 100)


def test_category_and_exact_net_of_the_en_version():
    reference = (
        "<Reference><InformationContent>Pöördmaksustamine</InformationContent><CustomContent><VATEN>"
        "<CategoryCode>AE</CategoryCode></VATEN></CustomContent></Reference>"
    )
    row = est_row(net="100", vat=est_vat("100", "0", "0", reference=reference), total="100")
    en = (
        "<Extension><InformationContent>EN</InformationContent><CustomContent><InvoiceSumGroupEN>"
        "<PrepaidAmount>40</PrepaidAmount><InvoiceTotalSumWithoutVAT>100</InvoiceTotalSumWithoutVAT>"
        "</InvoiceSumGroupEN></CustomContent></Extension>"
    )
    sums = (
        f"<InvoiceSum>100</InvoiceSum>{est_vat('100', '0', '0', reference=reference)}<TotalSum>100</TotalSum>"
        "<TotalToPay>60</TotalToPay>"
    )
    text = estonian(est_invoice(row, sums), version="1.2.EN", amount="100").replace(
        "<Currency>EUR</Currency></InvoiceSumGroup>", f"<Currency>EUR</Currency>{en}</InvoiceSumGroup>"
    )
    invoice = read(text)
    assert invoice.lines[0].vat_treatment is VatTreatment.REVERSE_CHARGE
    assert invoice.vat_totals[0].exemption_reason == "Pöördmaksustamine"
    assert (invoice.prepaid, invoice.payable) == (40, 60)


def test_groups_count_only_where_rows_hold_no_sums():
    def group(entries: str, net: str) -> str:
        return (
            f"<InvoiceItemGroup>{entries}<GroupEntry><GroupDescription>Rühm</GroupDescription><GroupSum>{net}</GroupSum>"
            f"{est_vat(net, '22', '0')}</GroupEntry></InvoiceItemGroup>"
        )

    summed = est_row("A", net="60", vat="<VAT><VATRate>22</VATRate><VATSum>13.20</VATSum></VAT>")
    bare = est_row("B") + est_row("C")
    invoice = read(estonian(est_invoice("", SUMS, groups=group(summed, "60") + group(bare, "40"))))
    assert [(line.kind, line.item_name, line.net) for line in invoice.lines] == [
        (LineKind.ITEM, "A", 60),
        (LineKind.TEXT, "Rühm", 0),
        (LineKind.TEXT, "B", 0),
        (LineKind.TEXT, "C", 0),
        (LineKind.ITEM, "Rühm", 40),
    ]


def test_only_a_total_of_rows():
    groups = (
        f"<InvoiceItemGroup>{est_row('Elekter')}</InvoiceItemGroup><InvoiceItemTotalGroup>"
        "<InvoiceItemTotalDescription>Kokku</InvoiceItemTotalDescription><InvoiceItemTotalSum>100</InvoiceItemTotalSum>"
        f"{est_vat('100', '22', '22')}</InvoiceItemTotalGroup>"
    )
    invoice = read(estonian(est_invoice("", SUMS, groups=groups)))
    assert [(line.kind, line.item_name, line.net, line.vat_rate) for line in invoice.lines] == [
        (LineKind.TEXT, "Elekter", 0, 0),
        (LineKind.ITEM, "Kokku", 100, 22),
    ]


def test_several_tariffs_on_one_row():
    row = est_row(
        details=est_detail("100", "0.4", "kWh") + est_detail("300", "0.2", "kWh"),
        net="100",
        vat=est_vat("100", "22", "22"),
    )
    (line,) = read(estonian(est_invoice(row, SUMS))).lines
    assert (line.quantity, line.unit_price, line.net) == (1, 100, 100)
    assert line.extra["details"] == "100 kWh 0.4; 300 kWh 0.2"


def test_attachment():
    body = base64.b64encode(b"%PDF-1.4").decode()
    attachment = f"<AttachmentFile><FileName>arve.pdf</FileName><FileBase64>{body}</FileBase64></AttachmentFile>"
    (found,) = records(estonian(est_invoice(ROW, SUMS, attachment=attachment)))
    assert found.document is not None
    (ref,) = found.document.attachments
    assert (ref.name, ref.size_bytes) == ("arve.pdf", 8)
    assert found.embedded[ref.source_id].content == b"%PDF-1.4"
