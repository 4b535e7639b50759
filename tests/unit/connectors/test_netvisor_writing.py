"""What we write, judged by the vendor's DTDs and by what the books must get."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree
from tests.contract.examples import item_draft, line, party_draft, payment, payment_draft
from tests.unit.connectors.netvisor_parts import entry_draft, purchase_draft, require_valid, sales_draft, values

from tilisilta.connectors.netvisor import amounts, vat_codes
from tilisilta.connectors.netvisor import write_others as others
from tilisilta.connectors.netvisor import write_purchase as purchase
from tilisilta.connectors.netvisor import write_sales as sales
from tilisilta.connectors.netvisor import write_voucher as voucher
from tilisilta.connectors.netvisor.options import Options, Round
from tilisilta.connectors.netvisor.write_text import Texts
from tilisilta.core.documents import (
    AllocationKind,
    AttachmentRole,
    BankAccount,
    LineKind,
    Party,
    PaymentDirection,
    Posting,
)
from tilisilta.core.errors import Unsupported
from tilisilta.core.mapping.draft import LineDraft
from tilisilta.ports import AttachedFile

D = Decimal
OPTIONS = Options()
PDF = AttachedFile(name="lasku.pdf", media_type="application/pdf", content=b"%PDF-1.4\n", role=AttachmentRole.IMAGE)
TXT = AttachedFile(name="muistio.txt", media_type="text/plain", content=b"hei")
VENDOR = purchase.Vendor(key="21", name="Toimittaja Oy", code="T-1", organisation_id="1234567-1")


# --- vouchers ------------------------------------------------------------------------------------------------


def test_a_voucher_like_the_sheets_sample() -> None:
    texts = Texts()
    root = require_valid(voucher.write_voucher(entry_draft(), OPTIONS, texts, [PDF]), "accounting")
    assert values(root, "voucherdate") == ["2025-03-31"]
    assert values(root, "description")[0] == "Myynti 03/2025 42 [TS:k1]"
    assert values(root, "linesum") == ["1255,00", "-1000,00", "-255,00"]
    assert values(root, "accountnumber") == ["1701", "3000", "2939"]
    assert [(each.text, each.get("vatcode")) for each in root.iter("vatpercent")] == [
        ("0", "NONE"),
        ("25,5", "KOMY"),
        ("0", "NONE"),
    ]
    assert values(root, "dimensionitem") == ["Verkkokauppa"]
    assert values(root, "documentdata") == ["JVBERi0xLjQK"]
    assert texts.warnings == []


def test_a_long_description_is_cut_before_the_mark() -> None:
    texts = Texts()
    entry = msgspec.structs.replace(entry_draft().entry, description="Ä" * 400)
    root = require_valid(voucher.write_voucher(entry_draft(entry=entry), OPTIONS, texts), "accounting")
    text = values(root, "description")[0]
    assert len(text) == 250
    assert text.endswith(" [TS:k1]")
    assert [each.code for each in texts.warnings] == ["TEXT_CUT"]


def test_control_characters_do_not_break_the_message() -> None:
    texts = Texts()
    entry = msgspec.structs.replace(entry_draft().entry, description="Myynti\x00\x1f \U0001f642 <&>")
    root = require_valid(voucher.write_voucher(entry_draft(entry=entry), OPTIONS, texts), "accounting")
    assert values(root, "description")[0] == "Myynti \U0001f642 <&> 42 [TS:k1]"
    assert [each.code for each in texts.warnings] == ["CHARACTERS_REMOVED"]


def test_an_edit_names_its_voucher_first() -> None:
    root = etree.fromstring(voucher.write_voucher(entry_draft(), OPTIONS, Texts(), replaces="88"))
    assert (root[0][0].tag, root[0][0].text) == ("netvisorkey", "88")
    without = root[0]
    without.remove(without[0])
    require_valid(etree.tostring(root), "accounting")


def test_an_invalidation() -> None:
    root = etree.fromstring(voucher.write_invalidation("123"))
    assert root[0].get("identifier") == "netvisorkey"
    assert [each.tag for each in root[0]] == ["comment", "invalidatevoucher"]
    assert root[0][1].text == "123"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"currency": "USD"}, "currency"),
        ({"postings": ()}, "postings"),
        ({"postings": (Posting(account="1", debit=D(1)), Posting(account="2", credit=D(2)))}, "postings"),
    ],
)
def test_entries_that_cannot_be_written(change: dict[str, Any], field: str) -> None:
    entry = msgspec.structs.replace(entry_draft().entry, **change)
    with pytest.raises(Unsupported) as caught:
        voucher.write_voucher(entry_draft(entry=entry), OPTIONS, Texts())
    assert caught.value.params["field"] == field


@pytest.mark.parametrize("code", ["KOMY0", "MAAL", "EVMA", "EUPM", "24"])
def test_codes_that_vouchers_do_not_know(code: str) -> None:
    with pytest.raises(Unsupported) as caught:
        voucher.write_voucher(entry_draft(vat_codes=("", code, "")), OPTIONS, Texts())
    assert caught.value.params["field"] == "postings[1].vat_code"


def test_every_code_of_vouchers_is_in_the_dtd_and_the_other_way_round() -> None:
    for name, where in (("accounting", "accounting"), ("salesinvoice", "sales"), ("salespayment", "payment")):
        element = "productvatpercentage" if name == "salesinvoice" else "vatpercent"
        from tests.unit.connectors.netvisor_parts import dtd

        known = next(each for each in dtd(name).iterelements() if each.name == element)
        listed = set(next(each for each in known.iterattributes() if each.name == "vatcode").itervalues())
        assert {each.code for each in vat_codes.CODES if where in each.takes} == listed, name


def test_a_dimension_without_an_item() -> None:
    with pytest.raises(Unsupported):
        voucher.write_voucher(entry_draft(dimensions=("", "Kustannuspaikka", "")), OPTIONS, Texts())


@given(
    text=st.text(max_size=300),
    cents=st.lists(st.integers(1, 10**11), min_size=1, max_size=20),
    number=st.text(max_size=20),
)
def test_any_entry_is_a_valid_message_that_balances(text: str, cents: list[int], number: str) -> None:
    postings = tuple(Posting(account="x", debit=D(each) / 100, description=text) for each in cents)
    total = Posting(account="y", credit=sum((each.debit for each in postings), D(0)))
    entry = msgspec.structs.replace(
        entry_draft().entry, description=text, number=number.strip(), postings=(*postings, total)
    )
    draft = entry_draft(entry=entry, accounts=("3000",) * len(postings) + ("1701",), vat_codes=(), dimensions=())
    root = require_valid(voucher.write_voucher(draft, OPTIONS, Texts()), "accounting")
    assert sum((D(each.replace(",", ".")) for each in values(root, "linesum")), D(0)) == 0
    assert values(root, "description")[0].endswith("[TS:k1]")


# --- sales ---------------------------------------------------------------------------------------------------


def test_a_sales_invoice_like_the_sheets_sample() -> None:
    draft = sales_draft(reference_number="10074", delivery_date=dt.date(2025, 3, 30), note="Kiitos", our_reference="MM")
    root = require_valid(sales.write_sales_invoice(draft, OPTIONS, Texts(), [PDF, TXT]), "salesinvoice")
    assert values(root, "salesinvoicenumber") == ["1007"]
    assert values(root, "salesinvoiceamount") == ["125,50"]
    assert values(root, "salesinvoiceduedate") == ["2025-04-14"]
    assert values(root, "invoicingcustomeridentifier") == ["11"]
    assert values(root, "productunitprice") == ["10"]
    assert values(root, "salesinvoiceproductlinequantity") == ["10"]
    assert values(root, "accountingaccountsuggestion") == ["3000"]
    assert values(root, "salesinvoiceproductlinevatsum") == []  # Netvisor computes the same
    assert values(root, "salesinvoiceprivatecomment") == ["Tilisilta 1007 [TS:abc123]"]
    assert [each.get("type") for each in root.iter("documentdata")] == ["pdf", None]


def test_a_credit_note_has_negative_quantity_and_total() -> None:
    draft = sales_draft(is_credit_note=True)
    root = require_valid(sales.write_sales_invoice(draft, OPTIONS, Texts()), "salesinvoice")
    assert values(root, "salesinvoiceamount") == ["-125,50"]
    assert values(root, "salesinvoiceproductlinequantity") == ["-10"]
    assert values(root, "productunitprice") == ["10"]


def test_a_foreign_invoice_with_everything() -> None:
    rows = (
        line("0", position=1, kind=LineKind.TEXT, description="Otsikko", quantity=D(0)),
        line("90.00", position=2, quantity=D(1), unit_price=D(100), discount_percent=D(10), vat_rate=D(0)),
        line("-5.00", position=3, quantity=D(1), unit_price=D(-5), vat_rate=D(0)),
    )
    draft = sales_draft(
        *rows,
        vat_code="EUMY",
        currency="SEK",
        exchange_rate=D("0.0883"),
        entry_date=dt.date(2025, 4, 1),
        due_date=None,
        order_number="PO-1",
        rounding=D("0.02"),
        prepaid=D(1),
    )
    texts = Texts()
    options = msgspec.structs.replace(OPTIONS, rounding_product="99")
    root = require_valid(sales.write_sales_invoice(draft, options, texts), "salesinvoice")
    amount = next(root.iter("salesinvoiceamount"))
    assert (amount.text, amount.get("currencyrate")) == ("85,02", "0,0883")
    assert values(root, "salesinvoicevaluedate") == ["2025-04-01"]
    assert values(root, "paymenttermnetdays") == ["0"]
    assert values(root, "salesinvoiceproductlinequantity") == ["1", "-1", "1"]
    assert values(root, "productunitprice") == ["100", "5", "0,02"]
    assert values(root, "salesinvoiceproductlinediscountpercentage") == ["10"]
    assert [each.code for each in texts.warnings] == ["PREPAID_NOT_CARRIED"]


@pytest.mark.parametrize("code", ["XX", "EUPM"])
def test_a_row_needs_product_and_code(code: str) -> None:
    with pytest.raises(Unsupported) as caught:
        sales.write_sales_invoice(sales_draft(vat_code=code), OPTIONS, Texts())
    assert caught.value.params["field"] == "lines[0].vat_code"
    draft = sales_draft()
    bare = msgspec.structs.replace(draft, lines=(msgspec.structs.replace(draft.lines[0], item_id=""),))
    with pytest.raises(Unsupported) as caught:
        sales.write_sales_invoice(bare, OPTIONS, Texts())
    assert caught.value.params["field"] == "lines[0].item"


def test_rows_whose_vat_is_not_the_documents() -> None:
    with pytest.raises(Unsupported) as caught:
        sales.write_sales_invoice(sales_draft(vat=D("24.00"), gross=D("124.00")), OPTIONS, Texts())
    assert caught.value.params["field"] == "vat"


@example(nets=[1, 1], rates=[D("25.5")] * 12)
@given(
    nets=st.lists(st.integers(1, 10**7), min_size=1, max_size=12),
    rates=st.lists(st.sampled_from([D("25.5"), D(14), D(10), D(0)]), min_size=12, max_size=12),
)
def test_the_vat_of_rows_adds_up_to_the_documents(nets: list[int], rates: list[Decimal]) -> None:
    rows = tuple(
        line(str(D(net) / 100), position=at, quantity=D(1), unit_price=D(net) / 100, vat_rate=rates[at])
        for at, net in enumerate(nets)
    )
    by_rate: dict[Decimal, Decimal] = {}
    for row in rows:
        by_rate[row.vat_rate] = by_rate.get(row.vat_rate, D(0)) + row.net
    vat = sum((amounts.vat_amount(net, rate) for rate, net in by_rate.items()), D(0))
    draft = sales_draft(*rows, vat=vat, gross=sum((row.net for row in rows), D(0)) + vat)
    assert sum(amounts.row_vats(draft.invoice, draft.lines), D(0)) == vat


@given(
    net=st.integers(-(10**7), 10**7),
    quantity=st.decimals("-1000", "1000", places=3),
    price=st.decimals("-1000", "1000", places=4),
    discount=st.sampled_from([D(0), D(10), D("33.33")]),
)
def test_price_times_quantity_is_the_net(net: int, quantity: Decimal, price: Decimal, discount: Decimal) -> None:
    row = line(str(D(net) / 100), quantity=quantity, unit_price=price, discount_percent=discount)
    unit, count, percent = amounts.priced(LineDraft(line=row), "EUR")
    assert unit >= 0
    assert amounts.round_amount(unit * count * (100 - percent) / 100) == D(net) / 100


# --- purchases -----------------------------------------------------------------------------------------------


def test_a_purchase_invoice_like_the_sheets_sample() -> None:
    draft = purchase_draft(
        reference_number="1070",
        bank_account=BankAccount(iban="FI2112345600000785"),
        note="Toimistotarvikkeita",
        delivery_date=dt.date(2025, 3, 20),
        rounding=D("0.01"),
    )
    root = require_valid(
        purchase.write_purchase_invoice(draft, VENDOR, OPTIONS, Texts(), [PDF, TXT]), "purchaseinvoice"
    )
    assert values(root, "invoicesource") == ["finvoice"]
    assert values(root, "amount") == ["125,51"]
    assert values(root, "valuedate") == ["2025-03-31"]
    assert values(root, "linesum") == ["125,50", "0,01"]
    assert values(root, "comment") == ["Toimistotarvikkeita [TS:abc123]"]
    assert values(root, "primaryvendormatchtype") == ["code"]
    assert values(root, "accountingsuggestion") == ["3000"]
    assert [each.get("documenttype") for each in root.iter("documentdata")] == ["invoiceimage", "otherattachment"]
    assert "findopendate" not in next(root.iter("invoicedate")).attrib  # a date is never moved behind anybody's back


def test_a_purchase_without_files_is_manual_and_a_vendor_is_named_as_well_as_can_be() -> None:
    for code, organisation, expected in (("", "1", "organizationid"), ("", "", "name"), ("T", "1", "code")):
        vendor = purchase.Vendor(key="21", name="Toimittaja Oy", code=code, organisation_id=organisation)
        body = purchase.write_purchase_invoice(purchase_draft(), vendor, OPTIONS, Texts())
        root = require_valid(body, "purchaseinvoice")
        assert values(root, "invoicesource") == ["manual"]
        assert values(root, "primaryvendormatchtype") == [expected]


def test_a_purchase_credit_note_and_rows_of_words() -> None:
    rows = (
        line("100.00", quantity=D(1), unit_price=D(100), vat_rate=D("25.5")),
        line("0", position=2, kind=LineKind.TEXT, description="Palautus", quantity=D(0)),
    )
    draft = purchase_draft(*rows, is_credit_note=True)
    root = require_valid(purchase.write_purchase_invoice(draft, VENDOR, OPTIONS, Texts()), "purchaseinvoice")
    assert values(root, "amount") == ["-125,50"]
    assert values(root, "deliveredamount") == ["-1"]
    assert values(root, "linesum") == ["-125,50"]
    assert values(root, "comment")[-1] == "Palautus"


def test_posting_data_is_sent_for_codes_that_do_not_follow_from_the_rate() -> None:
    assert not purchase.needs_posting_data(purchase_draft())
    zero = line("100.00", quantity=D(1), unit_price=D(100), vat_rate=D(0))
    assert not purchase.needs_posting_data(purchase_draft(zero, vat_code="NONE"))
    draft = purchase_draft(vat_code="EUOS", vat=D(0), gross=D(100))
    assert purchase.needs_posting_data(draft)
    options = msgspec.structs.replace(OPTIONS, purchase_ready=True, purchase_round=Round.ACCEPTED)
    root = require_valid(purchase.write_posting_data(draft, "77", options, Texts()), "purchaseinvoicepostingdata")
    assert values(root, "purchaseinvoicenetvisorkey") == ["77"]
    assert values(root, "isreadyforaccounting") == ["1"]
    assert next(root.iter("vatpercent")).get("vatcode") == "EUOS"
    assert values(root, "linesum") == ["100,00"]
    # Not ready before the codes are there, or Netvisor would post without them.
    first = require_valid(purchase.write_purchase_invoice(draft, VENDOR, options, Texts()), "purchaseinvoice")
    assert values(first, "readyforaccounting") == ["0"]
    assert values(first, "purchaseinvoiceonround") == ["accepted"]


def test_a_purchase_needs_its_number() -> None:
    with pytest.raises(Unsupported):
        purchase.write_purchase_invoice(purchase_draft(number=""), VENDOR, OPTIONS, Texts())


# --- parties, items, payments --------------------------------------------------------------------------------


def test_a_customer() -> None:
    texts = Texts()
    draft = party_draft(einvoice_address="003712345671", einvoice_operator="BAWCFI22", contact_name="Arvi")
    root = require_valid(others.write_customer(draft, texts), "customer")
    assert values(root, "externalidentifier") == ["10000003"]
    assert values(root, "customergroupname") == []
    assert next(root.iter("internalidentifier")).get("type") == "automatic"
    assert values(root, "finvoiceroutercode") == ["BAWCFI22"]
    assert values(root, "comment") == ["Tilisilta [TS:party1]"]
    plain = msgspec.structs.replace(party_draft(is_person=True), extra={"code": "C-100"})
    root = require_valid(others.write_customer(plain, texts), "customer")
    assert values(root, "internalidentifier") == ["C-100"]
    assert values(root, "isprivatecustomer") == ["1"]


def test_a_vendor_with_its_accounts() -> None:
    root = etree.fromstring(others.write_vendor(party_draft(payment_term_days=14), Texts()))
    assert [each.tag for each in root[0]] == [
        "vendorbaseinformation",
        "vendorcontactdetails",
        "vendoradditionalinformation",
    ]
    assert values(root, "iban") == ["EE382200221020145685"]
    assert values(root, "paymenttermnetdays") == ["14"]


def test_parties_need_a_name() -> None:
    for write in (others.write_customer, others.write_vendor):
        with pytest.raises(Unsupported):
            write(party_draft(name=" "), Texts())


@pytest.mark.parametrize("rate", [None, D("25.5")])
def test_a_product(rate: Decimal | None) -> None:
    draft = item_draft(vat_rate=rate, sales_price=D("10.50"), description="Pitkä kuvaus")
    root = require_valid(others.write_product(draft, OPTIONS, Texts()), "product")
    assert values(root, "productcode") == ["T-1"]
    assert values(root, "productgroup") == ["Palvelut"]
    assert values(root, "unitprice") == ["10,50"]
    assert values(root, "defaultvatpercentage") == (["25,5"] if rate else [])
    with pytest.raises(Unsupported):
        others.write_product(item_draft(code="", source_id=""), OPTIONS, Texts())


@pytest.mark.parametrize(
    ("account", "kind"), [("Korttimaksu", "alternative"), ("FI21 1234 5600 0007 85", "bankaccount")]
)
def test_a_payment(account: str, kind: str) -> None:
    texts = Texts()
    draft = payment_draft(payment(bank_fee=D(1), party=Party(name="Asiakas Oy")), account=account)
    others.require_payment(draft)
    root = require_valid(others.write_payment(draft, 0, texts), "salespayment")
    assert values(root, "sum") == ["248,00"]
    assert values(root, "paymentdate") == ["2026-01-12"]
    assert values(root, "sourcename") == ["Asiakas Oy [TS:pay1]"]
    assert next(root.iter("paymentmethod")).get("type") == kind
    assert next(root.iter("targetidentifier")).attrib == {"type": "netvisor", "targettype": "invoice"}
    assert [each.code for each in texts.warnings] == ["BANK_FEE_NOT_CARRIED"]


@pytest.mark.parametrize(
    "draft",
    [
        payment_draft(payment(kind=AllocationKind.PURCHASE_INVOICE)),
        payment_draft(payment(kind=AllocationKind.PREPAYMENT)),
        payment_draft(payment("-5.00")),
        payment_draft(payment(), account=""),
        payment_draft(msgspec.structs.replace(payment(), amount=D(300))),
        payment_draft(msgspec.structs.replace(payment(), direction=PaymentDirection.OUTGOING)),
    ],
)
def test_payments_that_have_no_form(draft: Any) -> None:
    with pytest.raises(Unsupported):
        others.require_payment(draft)
