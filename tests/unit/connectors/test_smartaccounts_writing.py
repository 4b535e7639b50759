import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.contract.examples import invoice, invoice_draft, item_draft, line, party_draft, payment, payment_draft

from tilisilta.connectors.smartaccounts.wire import encode
from tilisilta.connectors.smartaccounts.write_invoice import write_invoice
from tilisilta.connectors.smartaccounts.write_others import write_item, write_party, write_payment
from tilisilta.connectors.smartaccounts.write_text import Texts
from tilisilta.core.documents import (
    Address,
    Allocation,
    AllocationKind,
    Direction,
    LineKind,
    PartyRole,
    PaymentDirection,
    StockKind,
)
from tilisilta.core.errors import Unsupported
from tilisilta.core.mapping.draft import AllocationDraft, LineDraft
from tilisilta.core.money import round_amount
from tilisilta.kit.days import date_ranges
from tilisilta.kit.marker import read_marker, write_marker

D = Decimal


def written(draft: Any) -> dict[str, Any]:
    return msgspec.json.decode(encode(write_invoice(draft, Texts())))  # type: ignore[no-any-return]


def test_a_sales_invoice() -> None:
    draft = invoice_draft(
        invoice(reference_number="20260148", note="Täname!", interest_percent=D("0.15"), entry_date=None),
        warehouse="Põhiladu",
        dimension="obj-1",
    )
    assert written(draft) == {
        "date": "05.01.2026",
        "dueDate": "19.01.2026",
        "entryDate": "05.01.2026",
        "currency": "EUR",
        "clientId": "c1",
        "invoiceNumber": "2026-014",
        "referenceNumber": "20260148",
        "invoiceNote": "Täname!",
        "interest": 0.15,
        "totalAmount": 248.0,
        "objectId": "obj-1",
        "warehouseId": "Põhiladu",
        "comment": "Tilisilta 2026-014 [TS:abc123]",
        "rows": [
            {
                "code": "T-1",
                "description": "Kontoritool",
                "price": 100.0,
                "quantity": 2,
                "vatPc": "24",
                "order": 1,
                "unit": "tk",
            }
        ],
    }


def test_a_purchase_invoice_trusts_the_documents_own_vat() -> None:
    draft = invoice_draft(invoice(direction=Direction.PURCHASE, vat=D("47.99"), gross=D("247.99")))
    body = written(draft)
    assert (body["vendorId"], body["isCalculateVat"], body["vatAmount"], body["totalAmount"]) == (
        "c1",
        False,
        47.99,
        247.99,
    )
    assert "clientId" not in body
    with pytest.raises(Unsupported):
        written(invoice_draft(invoice(direction=Direction.PURCHASE, number="")))


def test_credit_notes() -> None:
    sales = written(invoice_draft(invoice(is_credit_note=True), credited_id="base1"))
    assert (sales["type"], sales["baseForCreditInvoiceId"], sales["totalAmount"]) == ("CRE", "base1", 248)
    assert sales["rows"][0]["quantity"] == 2
    purchase = written(invoice_draft(invoice(is_credit_note=True, direction=Direction.PURCHASE)))
    assert "type" not in purchase
    assert (purchase["rows"][0]["quantity"], purchase["vatAmount"], purchase["totalAmount"]) == (-2, -48, -248)


def test_rounding_lands_in_the_total_and_words_in_the_row_before() -> None:
    rows = (
        line(kind=LineKind.TEXT, description="Leping 7", net=D(0), unit_price=D(0), position=1),
        line("100.00", position=2),
        line(kind=LineKind.TEXT, description="Tarne nädalal 3", net=D(0), unit_price=D(0), position=3),
        line(kind=LineKind.ROUNDING, net=D("0.01"), unit_price=D("0.01"), quantity=D(1), position=4),
    )
    document = invoice(*rows, vat=D("24.00"), gross=D("124.01"), rounding=D("-0.01"))
    body = written(invoice_draft(document))
    assert body["totalAmount"] == 124.00
    assert [row["description"] for row in body["rows"]] == ["Leping 7\nKontoritool\nTarne nädalal 3"]


def test_accounts_go_where_the_document_and_the_goods_say() -> None:
    def account_of(direction: Direction, kind: StockKind) -> str:
        document = invoice(line(stock_kind=kind), direction=direction)
        rows = tuple(LineDraft(line=each, vat_code="24", item_id="T-1", account="5000") for each in document.lines)
        row = written(invoice_draft(document, lines=rows))["rows"][0]
        return next(name for name in row if name.startswith("account"))

    assert account_of(Direction.SALES, StockKind.SERVICE) == "accountSales"
    assert account_of(Direction.PURCHASE, StockKind.SERVICE) == "accountPurchase"
    assert account_of(Direction.PURCHASE, StockKind.STOCK) == "accountWarehouse"


@pytest.mark.parametrize(
    "lines",
    [
        (LineDraft(line=line(), vat_code="24"),),
        (LineDraft(line=line(), item_id="T-1"),),
        (
            LineDraft(line=line(), vat_code="24", item_id="T-1", warehouse="A"),
            LineDraft(line=line(), vat_code="24", item_id="T-1", warehouse="B"),
        ),
        (),
    ],
)
def test_what_cannot_be_said_is_not_dropped(lines: tuple[LineDraft, ...]) -> None:
    with pytest.raises(Unsupported):
        written(invoice_draft(lines=lines))


def test_exchange_rates_go_only_where_the_central_bank_has_none() -> None:
    assert "exchangeRate" not in written(invoice_draft(invoice(currency="USD", exchange_rate=D("0.9"))))
    assert written(invoice_draft(invoice(currency="UAH", exchange_rate=D("0.02"))))["exchangeRate"] == 0.02


def test_emoji_go_with_a_note_and_letters_stay() -> None:
    texts = Texts()
    wire = write_invoice(invoice_draft(invoice(line(description="Õun 🍎 ümar"))), texts)
    assert wire.rows[0].description == "Õun  ümar"
    assert [(each.code, each.where) for each in texts.warnings] == [("CHARACTERS_REMOVED", "lines[0].description")]


def test_prepaid_is_said_not_dropped() -> None:
    texts = Texts()
    write_invoice(invoice_draft(invoice(prepaid=D(10))), texts)
    assert [each.code for each in texts.warnings] == ["PREPAID_NOT_CARRIED"]


@given(
    quantity=st.decimals("-1000", "1000", places=3).filter(bool),
    price=st.decimals("-100000", "100000", places=4),
    discount=st.sampled_from([D(0), D(10), D("33.33"), D(100)]),
    drift=st.sampled_from([D(0), D("0.01"), D("-0.01"), D("12.34")]),
    direction=st.sampled_from(Direction),
)
def test_rows_always_multiply_to_their_net(quantity: D, price: D, discount: D, drift: D, direction: Direction) -> None:
    net = round_amount(price * quantity * (100 - discount) / 100) + drift
    row = line(quantity=quantity, unit_price=price, discount_percent=discount, net=net)
    document = invoice(row, direction=direction, net=net, vat=D(0), gross=net)
    wire = write_invoice(invoice_draft(document), Texts()).rows[0]
    product = wire.price * wire.quantity * (100 - (wire.discount or 0)) / 100
    assert round_amount(product) == net
    assert b"E" not in encode(wire.price).upper()


# --- others ----------------------------------------------------------------------------------------------------


def test_a_party() -> None:
    body = msgspec.json.decode(encode(write_party(party_draft(), Texts())))
    assert body == {
        "name": "Tamm ja Pojad OÜ",
        "vatPc": "24",
        "regCode": "10000003",
        "bankAccount": "EE382200221020145685",
        "invoiceDueDate": 14,
        "address": {"country": "EE", "city": "Tallinn", "address1": "Saeveski tee 12", "postalCode": "11111"},
        "contacts": [
            {"type": "EMAIL", "value": "arved@tamm.example"},
            {"type": "PHONE", "value": "+372 600 0031"},
        ],
        "comment": "Tilisilta [TS:party1]",
    }
    assert "referenceNumber" not in msgspec.json.decode(
        encode(write_party(party_draft(PartyRole.SUPPLIER, reference_number="123"), Texts()))
    )


def test_long_addresses_use_both_lines_and_are_cut_only_with_a_warning() -> None:
    texts = Texts()
    address = write_party(party_draft(address=Address(street="Pikk tänav " * 10)), texts).address
    assert address is not None
    assert len(address.address1) <= 64
    assert f"{address.address1} {address.address2}" == ("Pikk tänav " * 10).strip()
    assert texts.warnings == []
    longer = write_party(party_draft(address=Address(street="Pikk tänav " * 20)), texts).address
    assert longer is not None
    assert len(longer.address2) <= 64
    assert [each.code for each in texts.warnings] == ["TEXT_CUT"]


def test_items_by_stock_kind_and_code() -> None:
    kinds = {kind: write_item(item_draft(stock_kind=kind), Texts()).type for kind in StockKind}
    assert kinds == {StockKind.SERVICE: "SERVICE", StockKind.PRODUCT: "PRODUCT", StockKind.STOCK: "WH"}
    wire = msgspec.json.decode(encode(write_item(item_draft(), Texts())))
    assert (wire["code"], wire["activeSales"], wire["accountSales"]) == ("T-1", True, "3010")
    assert write_item(item_draft(code=""), Texts()).code == "77"
    with pytest.raises(Unsupported):
        write_item(item_draft(code="", source_id=""), Texts())


def test_a_payment() -> None:
    body = msgspec.json.decode(encode(write_payment(payment_draft(account="Swedbank"), Texts())))
    assert body == {
        "date": "12.01.2026",
        "partnerType": "CLIENT",
        "clientId": "34",
        "accountType": "BANK",
        "accountName": "Swedbank",
        "currency": "EUR",
        "amount": 248.0,
        "comment": "Tilisilta [TS:pay1]",
        "rows": [{"type": "CLIENT_INVOICE", "id": "501", "amount": 248.0}],
    }


def test_a_bills_payment_from_the_till_with_a_rest() -> None:
    given_ = payment("100", AllocationKind.PURCHASE_INVOICE, note="Ettemaks tarnijale")
    part = Allocation(kind=AllocationKind.PURCHASE_INVOICE, amount=D(80))
    draft = payment_draft(
        given_, account_is_cash=True, allocations=(AllocationDraft(allocation=part, document_id="b1"),)
    )
    body = msgspec.json.decode(encode(write_payment(draft, Texts())))
    assert (body["partnerType"], body["vendorId"], body["accountType"]) == ("VENDOR", "34", "CASH")
    assert body["rows"] == [{"type": "VENDOR_INVOICE", "id": "b1", "amount": 80}]
    assert body["prepayment"] == {"amount": 20, "description": "Ettemaks tarnijale"}


def test_a_bank_fee_needs_an_account() -> None:
    texts = Texts()
    fee = payment("248", bank_fee=D(2))
    write_payment(payment_draft(fee), texts)
    assert [each.code for each in texts.warnings] == ["BANK_FEE_NOT_CARRIED"]
    less = payment("246", bank_fee=D(2))
    allocation = AllocationDraft(
        allocation=Allocation(kind=AllocationKind.SALES_INVOICE, amount=D(248)), document_id="501"
    )
    wire = write_payment(payment_draft(less, allocations=(allocation,), extra={"bank_fee_account": "8610"}), Texts())
    assert wire.prepayment is None
    assert sum(row.amount for row in wire.rows) + sum(each.price * each.quantity for each in wire.extras) == 246


@pytest.mark.parametrize(
    "draft",
    [
        payment_draft(payment(direction=PaymentDirection.OUTGOING)),
        payment_draft(payment("10", allocations=(Allocation(kind=AllocationKind.SALES_INVOICE, amount=D(-10)),))),
        payment_draft(payment("10", allocations=(Allocation(kind=AllocationKind.SALES_INVOICE, amount=D(11)),))),
        payment_draft(payment("10", allocations=(Allocation(kind=AllocationKind.OTHER, amount=D(10)),))),
    ],
)
def test_payments_without_a_form_are_refused_here(draft: Any) -> None:
    with pytest.raises(Unsupported):
        write_payment(draft, Texts())


@given(st.text(st.characters(codec="utf-8"), max_size=50), st.from_regex(r"[A-Za-z0-9_-]{6,24}", fullmatch=True))
def test_the_mark_survives_any_text_beside_it(human: str, key: str) -> None:
    if "[TS:" not in human:
        assert read_marker(write_marker(key, human)) == key


def test_dates_far_apart_are_looked_for_apart() -> None:
    days = [dt.date(2026, 1, 1) + dt.timedelta(days=30 * number) for number in range(20)]
    assert len(date_ranges(days[:3])) == 3
    assert date_ranges(days) == [(days[0], days[-1])]
