"""What Merit's answers read as: the vendor's samples, and odd values."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tilisilta.connectors.merit import mapper
from tilisilta.connectors.merit.fates import read_body
from tilisilta.connectors.merit.find import batch_mark
from tilisilta.connectors.merit.shapes import spell
from tilisilta.connectors.merit.wire import (
    BatchRead,
    InvoiceRead,
    ItemRead,
    PartnerRead,
    PaymentRead,
    guid,
    read_date,
    read_moment,
)
from tilisilta.core.documents import AllocationKind, PartyRole, PaymentDirection, StockKind
from tilisilta.core.errors import BadInput
from tilisilta.ports import Totals

D = Decimal
ID = "0b0b0b0b-0000-4000-8000-00000000000"


def read(shape: type[Any], body: str) -> Any:
    return msgspec.convert(spell(read_body(body.encode())), shape, strict=False)


def test_the_sample_of_a_sales_invoice() -> None:
    row = read(
        InvoiceRead,
        """{"SIHId":"0B0B0B0B-0000-4000-8000-000000000002","BatchInfo":"MA-11","InvoiceNo":"2026001",
        "DocumentDate":"2026-04-16T00:00:00","CustomerId":"0b0b0b0b-0000-4000-8000-000000000001",
        "CustomerName":"Õunapuu OÜ","CurrencyCode":"EUR","CurrencyRate":1.0,"TaxAmount":50.40,"RoundingAmount":0.00,
        "TotalAmount":210.00,"TotalSum":260.40,"PaidAmount":100.00,"Paid":false,"EmailSent":"1901-01-01T00:00:00",
        "ChangedDate":"2026-04-17T09:12:44"}""",
    )
    assert (row.key, row.number, row.partner_id) == (f"{ID}2", "2026001", f"{ID}1")
    assert mapper.read_totals(row) == Totals(net=D(210), vat=D("50.4"), gross=D("260.4"))
    assert read_moment(row.changed_date) == "2026-04-17T09:12:44"


@pytest.mark.parametrize("vat", ["-48.00", "48.00"])
def test_totals_of_credit_notes_are_positive_with_us(vat: str) -> None:
    row = read(InvoiceRead, f'{{"TaxAmount":{vat},"TotalAmount":"-200.00","TotalSum":-248}}')
    assert mapper.read_totals(row) == Totals(net=D(200), vat=D(48), gross=D(248))


@pytest.mark.parametrize(
    ("paid", "amount", "total", "told"),
    [
        ("true", "null", "248", (D(248), D(248))), ('"True"', "100", "248", (D(248), D(248))),
        ("false", "100", "248", (D(248), D(100))), ("null", "null", "248", (D(248), D(0))),
        ("true", "0", "-248", (D(248), D(248))), ("false", "-48", "-248", (D(248), D(48))),
        ("true", "300", "248", (D(248), D(300))),
    ],
)  # fmt: skip
def test_what_says_it_is_paid_is_paid(paid: str, amount: str, total: str, told: tuple[Decimal, Decimal]) -> None:
    row = read(InvoiceRead, f'{{"TotalSum":{total},"PaidAmount":{amount},"Paid":{paid}}}')
    state = mapper.read_paid(row)
    assert (state.total, state.paid) == told


def test_the_sample_of_a_ledger_batch() -> None:
    row = read(
        BatchRead,
        """{"GLBId":"0b0b0b0b-0000-4000-8000-000000000010","BatchCode":"MA","No":11,"Document":"2026001",
        "BatchDate":"2026-04-16T00:00:00","TotalAmount":260.40,"Entries":[
        {"AccountCode":"1200","Memo":null,"DebitAmount":260.40,"CreditAmount":0.0},
        {"AccountCode":"3000","Memo":"Müük [TS:abc]","DebitAmount":0.0,"CreditAmount":210.00,"TaxPct":24.0}]}""",
    )
    assert (mapper.batch_number(row), batch_mark(row)) == ("MA-11", "abc")
    assert mapper.sent_batch(row).totals == Totals(gross=D("260.4"))


@pytest.mark.parametrize(
    ("direction", "amount", "way", "kind"),
    [
        (1, 100, PaymentDirection.INCOMING, AllocationKind.SALES_INVOICE),
        (1, -100, PaymentDirection.OUTGOING, AllocationKind.SALES_INVOICE),
        (2, 100, PaymentDirection.OUTGOING, AllocationKind.PURCHASE_INVOICE),
        (3, 100, PaymentDirection.INCOMING, AllocationKind.OTHER),
        (4, 100, PaymentDirection.OUTGOING, AllocationKind.OTHER),
    ],
)
def test_payments_by_direction_and_sign(
    direction: int, amount: int, way: PaymentDirection, kind: AllocationKind
) -> None:
    wire = read(
        PaymentRead,
        f"""{{"PIHId":"{ID}5","BankName":"Swedbank","CounterPartId":"{ID}1","CounterPartName":"Õunapuu OÜ",
        "CurrencyCode":"EUR","DocumentDate":"2026/04/20","DocumentNo":"7","Direction":{direction},"Amount":"{amount}.00",
        "PaymAPIDetails":[{{"DocId":"{ID}2","DocNo":"2026001","PaidAmount":{amount}.0}}],
        "ChangedDate":"2026-04-20T10:00:00"}}""",
    )
    payment = mapper.read_payment(wire)
    assert (payment.source_id, payment.direction, payment.date) == (f"{ID}5", way, dt.date(2026, 4, 20))
    assert (payment.amount, payment.account, payment.number) == (D(100), "Swedbank", "7")
    (part,) = payment.allocations
    assert (part.kind, part.amount, part.document_source_id) == (kind, D(100), f"{ID}2")


@pytest.mark.parametrize("body", ['{"PIHId":null,"DocumentDate":"2026-01-01"}', '{"PIHId":"x","DocumentDate":"eile"}'])
def test_payments_that_cannot_be_read_are_named(body: str) -> None:
    with pytest.raises(BadInput):
        mapper.read_payment(read(PaymentRead, body))


def test_cards_and_articles() -> None:
    card = read(
        PartnerRead,
        f"""{{"VendorId":"{ID}3","Name":" Puit AS ","RegNo":null,"CountryCode":"ee","PaymentDeadLine":14,
        "BankAccount":"EE382200221020145685","Comments":[{{"CommDate":"2026-01-01","Comment":"x [TS:k]"}}]}}""",
    )
    party = mapper.read_party(card, PartyRole.SUPPLIER)
    assert (party.source_id, party.name, party.registry_code) == (f"{ID}3", "Puit AS", "")
    assert (party.address.country, party.payment_term_days, party.is_supplier) == ("EE", 14, True)
    assert mapper.party_mark(card) == "k"
    assert mapper.party_mark(read(PartnerRead, '{"Comments":null}')) == ""
    kinds = {
        '{"Type0":1}': StockKind.STOCK,
        '{"Type":"Teenus"}': StockKind.SERVICE,
        '{"Type":"Artikkel"}': StockKind.PRODUCT,
    }
    assert {body: mapper.read_item(read(ItemRead, body)).stock_kind for body in kinds} == kinds


def test_ids() -> None:
    assert [guid(value) for value in (None, "00000000-0000-0000-0000-000000000000", "{AB}")] == ["", "", "ab"]


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-04-16T00:00:00", dt.date(2026, 4, 16)), ("2026/04/16", dt.date(2026, 4, 16)),
        ("20260416", dt.date(2026, 4, 16)), (20260416, dt.date(2026, 4, 16)), ("202604161215", dt.date(2026, 4, 16)),
        ("20260416121500", dt.date(2026, 4, 16)), ("2026-04-16T10:00:00.123", dt.date(2026, 4, 16)),
        ("1901-01-01T00:00:00", None), ("0001-01-01T00:00:00", None), ("19010101", None), (None, None), ("", None),
    ],
)  # fmt: skip
def test_days_in_every_form(written: object, day: dt.date | None) -> None:
    assert read_date(written, "DocumentDate") == day


@pytest.mark.parametrize("written", ["2026-13-01", "16.04.2026", "2026041", "202604161"])
def test_what_is_no_day_is_named(written: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_date(written, "DueDate")
    assert caught.value.params["field"] == "DueDate"


def test_moments_in_every_form() -> None:
    assert read_moment("20260416121530") == "2026-04-16T12:15:30"
    assert read_moment("202604161215") == "2026-04-16T12:15:00"
    assert [read_moment(one) for one in ("19010101", "0001-01-01T00:00:00", None)] == ["", "", ""]


def test_single_details_stand_for_lists_in_any_spelling() -> None:
    row = read(
        PaymentRead,
        """{"pihId":"0b0b0b0b-0000-4000-8000-000000000005","documentDate":"2026-04-20","DIRECTION":"1.0","amount":"5",
        "PaymAPIDetails":{"DocNo":"7","PaidAmount":5}}""",
    )
    payment = mapper.read_payment(row)
    assert (payment.source_id, payment.direction) == (f"{ID}5", PaymentDirection.INCOMING)
    assert [(part.document_number, part.amount) for part in payment.allocations] == [("7", D(5))]
    assert read(PaymentRead, '{"PaymAPIDetails":{}}').paym_api_details == []
    assert batch_mark(read(BatchRead, '{"Entries":{"memo":"Müük [TS:abc]"}}')) == "abc"
    assert read(InvoiceRead, '{"Hcomment":"x","FComment":"y"}').h_comment == "x"
