import datetime as dt
from decimal import Decimal

import pytest
from tests.unit.formats.crafted import SOAP, eur, fin_row, finvoice, priced, vat_spec

from tilisilta.core.documents import Direction, Invoice, LineKind
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.formats import ReadDocument, read_file

OWN = frozenset({"66666665"})
SIMPLE = fin_row(*priced("2", "50,00", "24", "100,00", "24,00"))


def record(text: str, **options: object) -> ReadDocument:
    (found,) = read_file(text.encode(), "f.xml", **options).records
    return found


def read(text: str, **options: object) -> Invoice:
    found = record(text, **options)
    assert found.document is not None, found.problems
    return found.document


def money(invoice: Invoice) -> list[Decimal]:
    return [line.net for line in invoice.lines if line.kind is not LineKind.TEXT]


@pytest.mark.parametrize("version", ["1.3", "2.0", "2.01", "3.0"])
def test_versions(version: str):
    invoice = read(finvoice([SIMPLE], version=version))
    assert (invoice.net, invoice.vat, invoice.gross, invoice.payable) == (100, 24, 124, 124)
    assert money(invoice) == [100]
    assert invoice.extra["format_version"] == version


def test_unknown_version_is_refused_by_name():
    (problem,) = record(finvoice([SIMPLE], version="4.0")).problems
    assert problem.code == "FILE_WRONG_KIND"
    assert problem.params["kind"] == "Finvoice 4.0"


def test_header_fields():
    invoice = read(
        finvoice(
            [SIMPLE],
            specs=vat_spec("100,00", "24,00", "24,00"),
            after_specs=(
                "<InvoiceFreeText>Kiitos</InvoiceFreeText><InvoiceFreeText>Tervetuloa</InvoiceFreeText>"
                '<PaymentTermsDetails><InvoiceDueDate Format="CCYYMMDD">20240331</InvoiceDueDate>'
                "<PaymentOverDueFineDetails><PaymentOverDueFinePercent>8,5</PaymentOverDueFinePercent>"
                "</PaymentOverDueFineDetails></PaymentTermsDetails>"
            ),
        )
    )
    assert invoice.date == dt.date(2024, 3, 1)
    assert invoice.due_date == dt.date(2024, 3, 31)
    assert invoice.note == "Kiitos\nTervetuloa"
    assert invoice.interest_percent == Decimal("8.5")
    assert invoice.reference_number == "1009"
    assert invoice.bank_account is not None
    assert invoice.bank_account.iban == "FI7429501800000014"
    assert invoice.vat_totals[0].treatment is VatTreatment.DOMESTIC
    assert read(finvoice([SIMPLE])).due_date == dt.date(2024, 3, 15)


@pytest.mark.parametrize(("seller_id", "expected"), [("6666666-5", "6666666-5"), ("66666665", "6666666-5")])
def test_registry_code_with_and_without_dash(seller_id: str, expected: str):
    assert read(finvoice([SIMPLE], seller_id=seller_id)).party.registry_code == expected


def test_direction_by_own_registry_code():
    bought = read(finvoice([SIMPLE]))
    sold = read(finvoice([SIMPLE]), own_registry_codes=OWN)
    assert (bought.direction, bought.party.name, bought.party.is_supplier) == (
        *(Direction.PURCHASE, "Pullin Musiikki Oy"),
        True,
    )
    assert (sold.direction, sold.party.name, sold.party.is_customer) == (Direction.SALES, "Sensorit Oy", True)
    assert sold.source_id != bought.source_id


def test_invoice_for_another_company_warns():
    found = record(finvoice([SIMPLE]), own_registry_codes=frozenset({"2077474-0"}))
    (problem,) = found.problems
    assert (problem.code, problem.severity, problem.params["buyer"]) == ("BUYER_IS_ANOTHER", "warning", "Sensorit Oy")
    assert record(finvoice([SIMPLE]), own_registry_codes=frozenset({"12345671"})).problems == ()


@pytest.mark.parametrize(
    ("quantity", "price", "sign"),
    [("-2", "50,00", "-"), ("2", "-50,00", "-"), ("2", "50,00", "-"), ("2", "50,00", "")],
)
def test_credit_note_of_either_sign(quantity: str, price: str, sign: str):
    invoice = read(
        finvoice(
            [fin_row(*priced(quantity, price, "24", f"{sign}100,00", f"{sign}24,00"))],
            type_code="INV02",
            net=f"{sign}100,00",
            vat=f"{sign}24,00",
            gross=f"{sign}124,00",
            specs=vat_spec(f"{sign}100,00", "24", f"{sign}24,00"),
            before_totals="",
            instructed="0,00",
        )
    )
    assert invoice.is_credit_note
    assert (invoice.net, invoice.vat, invoice.gross, invoice.payable) == (100, 24, 124, 124)
    (line,) = invoice.lines
    assert (line.quantity, line.unit_price, line.net, line.vat) == (2, 50, 100, 24)
    assert (invoice.vat_totals[0].net, invoice.vat_totals[0].vat) == (100, 24)


def test_credit_note_with_a_row_of_the_other_sign():
    rows = [
        fin_row(*priced("-3", "50,00", "24", "-150,00", "-36,00")),
        fin_row(*priced("1", "50,00", "24", "50,00", "12,00"), name="Kulut"),
    ]
    invoice = read(finvoice(rows, type_code="INV02", net="-100,00", vat="-24,00", gross="-124,00"))
    assert [(line.quantity, line.unit_price, line.net) for line in invoice.lines] == [(3, 50, 150), (-1, 50, -50)]
    assert invoice.gross == 124


def test_credit_note_by_the_un_code_and_its_original():
    text = finvoice([SIMPLE]).replace(
        "<InvoiceTypeText>", "<InvoiceTypeCodeUN>381</InvoiceTypeCodeUN><InvoiceTypeText>"
    )
    text = text.replace(
        '<InvoiceDate Format="CCYYMMDD">20240301</InvoiceDate>',
        '<InvoiceDate Format="CCYYMMDD">20240301</InvoiceDate><OriginalInvoiceNumber>900</OriginalInvoiceNumber>'
        '<OriginalInvoiceDate Format="CCYYMMDD">20240201</OriginalInvoiceDate>',
    )
    invoice = read(text)
    assert invoice.is_credit_note
    assert [(ref.number, ref.date) for ref in invoice.credits] == [("900", dt.date(2024, 2, 1))]


def test_negative_invoice_is_a_credit_note():
    row = fin_row(*priced("-2", "50,00", "24", "-100,00", "-24,00"))
    invoice = read(finvoice([row], net="-100,00", vat="-24,00", gross="-124,00"))
    assert invoice.is_credit_note
    assert invoice.gross == 124
    assert invoice.extra["negative_invoice"] == "true"


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("INV08", "payment reminder"),
        ("INV05", "collection letter"),
        ("INV06", "pro forma invoice"),
        ("QUO01", "quotation"),
        ("ORD01", "order"),
        ("ORC01", "order confirmation"),
        ("REQ01", "request for quotation"),
        ("TES01", "test message"),
    ],
)
def test_other_kinds_are_refused_by_name(code: str, name: str):
    found = record(finvoice([SIMPLE], type_code=code))
    assert found.document is None
    assert found.problems[0].code == "FILE_WRONG_KIND"
    assert found.problems[0].params["kind"] == f"Finvoice {code} ({name})"
    assert found.number == "1001"


def test_cancellation_is_refused_and_a_copy_is_the_same_document():
    cancelled = record(finvoice([SIMPLE], origin="Cancel"))
    assert cancelled.problems[0].params["kind"] == "Finvoice INV01 (cancellation of an earlier message)"
    assert read(finvoice([SIMPLE], origin="Copy")).source_id == read(finvoice([SIMPLE])).source_id


def test_several_in_one_file_and_a_broken_one_between():
    first, second = finvoice([SIMPLE], number="1"), finvoice([SIMPLE], number="3")
    broken = finvoice([SIMPLE], number="2").replace("</EpiDetails>", "")
    reading = read_file((first + broken + second).encode(), "many.xml")
    assert [each.document.number if each.document else None for each in reading.records] == ["1", None, "3"]
    (problem,) = reading.records[1].problems
    assert problem.code == "UNREADABLE"
    assert problem.params["check"] == "well-formed"
    assert int(problem.params["line"]) > first.count("\n")
    assert int(problem.params["line"]) <= (first + broken).count("\n") + 1
    assert reading.records[2].line > (first + broken).count("\n")


def test_several_without_declarations():
    one, two = (finvoice([SIMPLE], number=number, declaration="") for number in "12")
    reading = read_file((one + two).encode(), "many.xml")
    assert [each.document.number for each in reading.records if each.document] == ["1", "2"]


def test_bank_frames_with_charsets_of_their_own():
    declaration = '<?xml version="1.0" encoding="ISO-8859-15"?>\n<!DOCTYPE Finvoice SYSTEM "Finvoice.dtd">'
    parts = []
    for number in ("1", "2"):
        row = fin_row(*priced("2", "50,00", "24", "100,00", "24,00"), name="Sähkö 5 €")
        parts.append(SOAP.encode() + finvoice([row], number=number, declaration=declaration).encode("iso-8859-15"))
    reading = read_file(b"".join(parts), "bank.xml")
    assert [each.document.number for each in reading.records if each.document] == ["1", "2"]
    assert all(each.document.lines[0].item_name == "Sähkö 5 €" for each in reading.records if each.document)


def test_finvoice_inside_of_a_soap_body():
    inner = finvoice([SIMPLE], declaration="")
    text = SOAP.replace("<eb:Manifest/>", inner)
    assert read(text).gross == 124


def test_several_rates_and_letters():
    rows = [
        fin_row(*priced("1", "100,00", "24", "100,00", "24,00")),
        fin_row(*priced("1", "50,00", "14", "50,00", "7,00")),
        fin_row(*priced("1", "30,00", "10", "30,00", "3,00", code="AA")),
        fin_row(*priced("1", "20,00", "0", "20,00", "0,00", code="AE")),
        fin_row(*priced("1", "10,00", "0", "10,00", "0,00", code="K")),
        fin_row(*priced("1", "5,00", "0", "5,00", "0,00", code="E")),
    ]
    specs = "".join(
        (
            vat_spec("100,00", "24", "24,00"),
            vat_spec("50,00", "14", "7,00"),
            vat_spec("30,00", "10", "3,00", "AA"),
            vat_spec("20,00", "0", "0,00", "AE", "Käännetty verovelvollisuus"),
            vat_spec("10,00", "0", "0,00", "K"),
            vat_spec("5,00", "0", "0,00", "E"),
        )
    )
    bought = read(finvoice(rows, net="215,00", vat="34,00", gross="249,00", specs=specs))
    assert [line.vat_treatment for line in bought.lines] == [
        VatTreatment.DOMESTIC,
        VatTreatment.DOMESTIC,
        VatTreatment.DOMESTIC,
        VatTreatment.REVERSE_CHARGE,
        VatTreatment.INTRA_EU_ACQUISITION_GOODS,
        VatTreatment.EXEMPT,
    ]
    assert bought.vat_totals[3].exemption_reason == "Käännetty verovelvollisuus"
    sold = read(finvoice(rows, net="215,00", vat="34,00", gross="249,00", specs=specs), own_registry_codes=OWN)
    assert sold.lines[4].vat_treatment is VatTreatment.INTRA_EU_SUPPLY_GOODS
    assert sold.vat_totals[4].treatment is VatTreatment.INTRA_EU_SUPPLY_GOODS
    assert sum(money(sold)) == sold.net == 215


@pytest.mark.parametrize(("gross", "instructed"), [("124,00", "124,02"), ("124,02", "124,02")])
def test_rounding_beside_the_total_or_in_it(gross: str, instructed: str):
    found = record(
        finvoice(
            [SIMPLE],
            gross=gross,
            instructed=instructed,
            after_totals=eur("InvoiceTotalRoundoffAmount", "0,02"),
        )
    )
    invoice = found.document
    assert invoice is not None
    assert (invoice.gross, invoice.rounding, invoice.payable) == (124, Decimal("0.02"), Decimal("124.02"))
    assert found.problems == ()


def test_prepaid():
    found = record(finvoice([SIMPLE], after_totals=eur("InvoicePaidAmount", "24,00"), instructed="100,00"))
    assert found.document is not None
    assert (found.document.prepaid, found.document.payable) == (24, 100)
    assert found.problems == ()


def test_paid_invoice():
    status = "<PaymentStatusDetails><PaymentStatusCode>PAID</PaymentStatusCode></PaymentStatusDetails>"
    assert read(finvoice([SIMPLE], before_rows=status)).paid == 124


def test_document_discount_and_charge():
    rows = [fin_row(*priced("1", "100,00", "24", "100,00", "24,00"))]
    whole = (
        f"<DiscountDetails><FreeText>Alennus</FreeText>{eur('Amount', '10,00')}<VatCategoryCode>S</VatCategoryCode>"
        "<VatRatePercent>24</VatRatePercent></DiscountDetails>"
        f"<ChargeDetails><ReasonText>Rahti</ReasonText>{eur('Amount', '5,00')}<VatCategoryCode>S</VatCategoryCode>"
        "<VatRatePercent>24</VatRatePercent></ChargeDetails>"
    )
    invoice = read(finvoice(rows, net="95,00", vat="22,80", gross="117,80", after_specs=whole))
    assert [(line.kind, line.net, line.vat_rate) for line in invoice.lines] == [
        (LineKind.ITEM, 100, 24),
        (LineKind.ALLOWANCE, -10, 24),
        (LineKind.CHARGE, 5, 24),
    ]


def test_document_discount_that_the_rows_already_hold_is_words():
    whole = f"<DiscountDetails><FreeText>Kanta-asiakas</FreeText>{eur('Amount', '10,00')}</DiscountDetails>"
    invoice = read(finvoice([SIMPLE], version="2.01", after_specs=whole, specs=vat_spec("100,00", "24", "24,00")))
    assert money(invoice) == [100]
    assert invoice.lines[1].kind is LineKind.TEXT
    assert invoice.lines[1].item_name == "Kanta-asiakas"


def test_discount_of_a_credit_note_with_negative_amounts():
    rows = [fin_row(*priced("-1", "100,00", "24", "-100,00", "-24,00"))]
    whole = f"<DiscountDetails><FreeText>Alennus</FreeText>{eur('Amount', '-10,00')}</DiscountDetails>"
    invoice = read(
        finvoice(
            rows,
            type_code="INV02",
            net="-90,00",
            vat="-21,60",
            gross="-111,60",
            after_specs=whole,
            specs=vat_spec("-90,00", "24", "-21,60"),
        )
    )
    assert [(line.kind, line.net) for line in invoice.lines] == [(LineKind.ITEM, 100), (LineKind.ALLOWANCE, -10)]


def test_row_discount_in_percent_and_in_euros():
    percent = fin_row(
        '<InvoicedQuantity QuantityUnitCode="kpl">2</InvoicedQuantity>',
        eur("UnitPriceAmount", "50,00"),
        "<RowDiscountPercent>10</RowDiscountPercent><RowVatRatePercent>24</RowVatRatePercent>",
        eur("RowVatExcludedAmount", "90,00"),
    )
    amount = fin_row(
        '<InvoicedQuantity QuantityUnitCode="kpl">1</InvoicedQuantity>',
        eur("UnitPriceAmount", "40,00"),
        eur("RowDiscountAmount", "10,00"),
        "<RowVatRatePercent>24</RowVatRatePercent>",
        eur("RowVatExcludedAmount", "30,00"),
    )
    invoice = read(finvoice([percent, amount], net="120,00", vat="28,80", gross="148,80"))
    assert [(line.unit_price, line.discount_percent, line.net) for line in invoice.lines] == [
        (50, 10, 90),
        (40, 25, 30),
    ]


def test_price_for_a_base_quantity_and_net_price():
    row = fin_row(
        '<InvoicedQuantity QuantityUnitCode="kpl">2000</InvoicedQuantity>',
        eur("UnitPriceAmount", "60,00"),
        eur("UnitPriceDiscountAmount", "10,00"),
        eur("UnitPriceNetAmount", "50,00"),
        "<UnitPriceBaseQuantity>1000</UnitPriceBaseQuantity><RowVatRatePercent>24</RowVatRatePercent>",
        eur("RowVatExcludedAmount", "100,00"),
    )
    (line,) = read(finvoice([row])).lines
    assert (line.quantity, line.unit_price, line.net) == (2000, Decimal("0.05"), 100)


def test_sum_with_vat_and_vat_without_net():
    row = fin_row("<RowVatRatePercent>24</RowVatRatePercent>", eur("RowVatAmount", "24,00"), eur("RowAmount", "124,00"))
    assert money(read(finvoice([row]))) == [100]


def test_rows_with_vat_only_share_the_base_of_their_rate():
    rows = [
        *[fin_row("<RowVatRatePercent>24</RowVatRatePercent>", eur("RowAmount", "1,00")) for _ in range(7)],
        fin_row("<RowVatRatePercent>14</RowVatRatePercent>", eur("RowAmount", "3,33")),
    ]
    # 7 / 1.24 = 5.645 -> 5.65, while each 1 / 1.24 rounds to 0.81 and seven of them make 5.67
    specs = vat_spec("5,65", "24", "1,35") + vat_spec("2,92", "14", "0,41")
    invoice = read(finvoice(rows, net="8,57", vat="1,76", gross="10,33", specs=specs))
    nets = money(invoice)
    assert sum(nets) == Decimal("8.57")
    assert sum(nets[:7]) == Decimal("5.65")
    assert set(nets[:7]) == {Decimal("0.80"), Decimal("0.81")}
    assert sum(line.vat or 0 for line in invoice.lines) == Decimal("1.76")


def test_rows_with_vat_that_do_not_come_to_the_total_are_not_bent():
    rows = [fin_row("<RowVatRatePercent>24</RowVatRatePercent>", eur("RowAmount", "62,00"))]
    invoice = read(finvoice(rows, specs=vat_spec("100,00", "24", "24,00")))
    assert money(invoice) == [50]
    assert invoice.net == 100


def test_net_in_the_place_of_the_sum_with_vat():
    rows = [fin_row("<RowVatRatePercent>24</RowVatRatePercent>", eur("RowAmount", "100,00"))]
    assert money(read(finvoice(rows, specs=vat_spec("100,00", "24", "24,00")))) == [100]


def test_rows_without_sums_are_counted_from_price_when_the_total_proves_it():
    row = fin_row(
        '<InvoicedQuantity QuantityUnitCode="h">4</InvoicedQuantity>',
        eur("UnitPriceAmount", "25,00"),
        "<RowVatRatePercent>24</RowVatRatePercent>",
    )
    (line,) = read(finvoice([row])).lines
    assert (line.kind, line.net) == (LineKind.ITEM, 100)


def test_rows_without_sums_beside_rows_with_them_are_words():
    words = fin_row('<InvoicedQuantity QuantityUnitCode="kWh">664,26</InvoicedQuantity>', name="Kulutus")
    offered = fin_row(eur("UnitPriceAmount", "9,00"), name="Hinta ensi vuonna")
    invoice = read(finvoice([words, SIMPLE, offered]))
    assert [line.kind for line in invoice.lines] == [LineKind.TEXT, LineKind.ITEM, LineKind.TEXT]


def test_subtotal_rows_are_words():
    subtotal = (
        f"<InvoiceRow><RowSubIdentifier>SUBTOTAL</RowSubIdentifier>{eur('RowVatExcludedAmount', '100,00')}</InvoiceRow>"
    )
    assert money(read(finvoice([SIMPLE, subtotal]))) == [100]


def test_a_subtotal_that_does_not_say_so_is_told_by_the_total():
    subtotal = fin_row(eur("RowVatExcludedAmount", "100,00"), name="Yhteensä")
    invoice = read(finvoice([SIMPLE, subtotal]))
    assert [(line.kind, line.net) for line in invoice.lines] == [(LineKind.ITEM, 100), (LineKind.TEXT, 0)]
    assert invoice.lines[1].extra["stated_net"] == "100.00 EUR"


def test_sub_rows_with_money_beside_that_of_rows():
    sub = (
        "<InvoiceRow><SubInvoiceRow><SubArticleName>Lisä</SubArticleName>"
        f"<SubRowVatRatePercent>24</SubRowVatRatePercent>{eur('SubRowVatExcludedAmount', '40,00')}</SubInvoiceRow>"
        "</InvoiceRow>"
    )
    main = fin_row(*priced("1", "60,00", "24", "60,00", "14,40"))
    assert money(read(finvoice([main, sub]))) == [60, 40]


def test_money_in_sub_rows_alone():
    def sub(name: str, net: str) -> str:
        return (
            f"<InvoiceRow><SubInvoiceRow><SubArticleName>{name}</SubArticleName>"
            f"<SubRowVatRatePercent>24</SubRowVatRatePercent>{eur('SubRowVatExcludedAmount', net)}</SubInvoiceRow>"
            "</InvoiceRow>"
        )

    invoice = read(finvoice([fin_row(name="Otsikko"), sub("A", "60,00"), sub("B", "40,00")]))
    assert [(line.kind, line.item_name, line.net) for line in invoice.lines] == [
        (LineKind.TEXT, "Otsikko", 0),
        (LineKind.ITEM, "A", 60),
        (LineKind.ITEM, "B", 40),
    ]


def test_only_totals_make_lines_of_the_vat_breakdown():
    specs = vat_spec("80,00", "24", "19,20") + vat_spec("20,00", "0", "0,00", "Z")
    found = record(finvoice([fin_row(name="Urakka")], vat="19,20", gross="119,20", specs=specs))
    assert found.document is not None
    assert [(line.kind, line.net, line.vat_rate) for line in found.document.lines] == [
        (LineKind.TEXT, 0, 0),
        (LineKind.ITEM, 80, 24),
        (LineKind.ITEM, 20, 0),
    ]
    assert [each.code for each in found.problems] == ["LINES_FROM_VAT_TOTALS"]


def test_rows_that_do_not_add_up_stay_as_they_are():
    invoice = read(finvoice([SIMPLE], net="90,00", vat="21,60", gross="111,60"))
    assert (invoice.net, money(invoice)) == (90, [100])


def test_totals_that_later_versions_leave_out():
    invoice = read(finvoice([SIMPLE], net=None, vat=None, version="2.01", specs=vat_spec("100,00", "24", "24,00")))
    assert (invoice.net, invoice.vat, invoice.gross) == (100, 24, 124)
    bare = read(finvoice([SIMPLE], net=None, vat=None, version="2.01"))
    assert (bare.net, bare.vat, bare.gross) == (100, 24, 124)


def test_row_without_rate_takes_the_only_one():
    row = fin_row(eur("RowVatExcludedAmount", "100,00"))
    (line,) = read(finvoice([row], specs=vat_spec("100,00", "24,00", "24,00"))).lines
    assert (line.vat_rate, line.vat_treatment) == (24, VatTreatment.DOMESTIC)


@pytest.mark.parametrize(("stated", "rate"), [("0,089", "0.089"), ("11,235955", "0.08900000")])
def test_exchange_rate_either_way_round(stated: str, rate: str):
    text = finvoice(
        [SIMPLE],
        after_totals=f"<ExchangeRate>{stated}</ExchangeRate>" + eur("OtherCurrencyAmountVatIncludedAmount", "11,04"),
    )
    text = text.replace('"EUR">124,00</InvoiceTotalVatIncluded', '"SEK">124,00</InvoiceTotalVatIncluded')
    invoice = read(text)
    assert invoice.currency == "SEK"
    assert invoice.exchange_rate == Decimal(rate)
    assert read(text.replace("11,04", "99,00")).exchange_rate is None


def test_bad_date_names_its_line():
    text = finvoice([SIMPLE]).replace(">20240301</InvoiceDate>", ">20240231</InvoiceDate>")
    (problem,) = record(text).problems
    line = next(at for at, each in enumerate(text.splitlines(), start=1) if "20240231" in each)
    assert problem.code == "UNREADABLE"
    assert (problem.params["check"], problem.params["line"]) == ("date", str(line))
    assert "20240231" in problem.params["rule"]


def test_schema_violation_names_line_and_rule():
    text = finvoice([SIMPLE]).replace(eur("RowVatExcludedAmount", "100,00"), eur("RowVatExcludedAmount", "sata"))
    found = record(text)
    line = next(at for at, each in enumerate(text.splitlines(), start=1) if "sata" in each)
    assert found.document is None
    assert {each.code for each in found.problems} == {"SCHEMA_VIOLATION"}
    assert {each.params["line"] for each in found.problems} == {str(line)}
    assert "RowVatExcludedAmount" in found.problems[0].params["rule"]
    assert found.raw.startswith("<Finvoice")
