"""What Merit is sent: figures that multiply, sums that follow from rows, and only what it can take."""

import datetime as dt
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.contract.examples import invoice, invoice_draft, item_draft, line, party_draft
from tests.contract.merit.drafts import VAT24, draft, entry

from tilisilta.connectors.merit.amounts import figures_of
from tilisilta.connectors.merit.options import Options
from tilisilta.connectors.merit.wire import InvoiceSend
from tilisilta.connectors.merit.write_invoice import write_invoice
from tilisilta.connectors.merit.write_others import write_batch, write_item, write_party
from tilisilta.connectors.merit.write_text import Texts
from tilisilta.core.documents import Direction, LineKind, StockKind
from tilisilta.core.errors import Unsupported
from tilisilta.core.mapping.draft import InvoiceDraft, LineDraft

D = Decimal
CENT = D("0.01")
RATES = {D(24): "24", D(9): "09", D(0): "00", D("25.5"): "25"}


def written(given_draft: InvoiceDraft, **options: Any) -> InvoiceSend:
    return write_invoice(given_draft, Options(**options), Texts())


amounts = st.decimals(min_value=D(-5000), max_value=D(5000), places=2)
lines = st.builds(
    lambda net, quantity, price, rate: line(
        str(net), quantity=quantity, unit_price=price, vat_rate=rate, discount_percent=D(0)
    ),
    amounts,
    st.decimals(min_value=D("-99"), max_value=D("999"), places=4),
    st.decimals(min_value=D(-999), max_value=D(999), places=8),
    st.sampled_from(sorted(RATES)),
)


@given(lines, st.decimals(min_value=D(0), max_value=D(100), places=2))
def test_figures_multiply_to_the_net_however_the_vendor_rounds(row: Any, discount: Decimal) -> None:
    row = msgspec.structs.replace(row, discount_percent=discount)
    found = figures_of(row, "EUR")
    product = found.quantity * found.price * (100 - found.discount) / 100
    assert product.quantize(CENT, ROUND_HALF_UP) == product.quantize(CENT, ROUND_HALF_EVEN) == row.net
    assert found.price >= 0
    assert found.quantity == round(found.quantity, 3)
    assert found.price == round(found.price, 7)


@given(st.lists(lines, min_size=1, max_size=12), st.booleans(), st.sampled_from(list(Direction)))
def test_sums_follow_from_the_rows_and_the_total_is_the_documents(
    rows: list[Any],
    is_credit: bool,
    direction: Direction,
) -> None:
    net = sum((row.net for row in rows), D(0))
    by_rate: dict[Decimal, Decimal] = {}
    for row in rows:
        by_rate[row.vat_rate] = by_rate.get(row.vat_rate, D(0)) + row.net
    # The document counts VAT on the whole of each rate, as e-invoices do.
    vat = sum(((part * rate / 100).quantize(CENT, ROUND_HALF_UP) for rate, part in by_rate.items()), D(0))
    document = invoice(*rows, net=net, vat=vat, gross=net + vat, is_credit_note=is_credit, direction=direction)
    drafts = tuple(LineDraft(line=row, vat_code=RATES[row.vat_rate], item_id="T-1") for row in rows)
    wire = written(invoice_draft(document, lines=drafts))
    sign = -1 if is_credit else 1
    net_of_rows, vat_of_rows = D(0), D(0)
    for row in wire.invoice_row:
        amount = (row.quantity * row.price * (100 - (row.discount_pct or 0)) / 100).quantize(CENT, ROUND_HALF_UP)
        rate = next(rate for rate, code in RATES.items() if code == row.tax_id)
        net_of_rows += amount
        vat_of_rows += (amount * rate / 100).quantize(CENT, ROUND_HALF_UP)
    assert wire.total_amount == net_of_rows == net * sign
    assert wire.tax_amount is not None
    assert sum((each.amount for each in wire.tax_amount), D(0)) * sign == vat_of_rows
    assert net_of_rows + vat_of_rows + (wire.rounding_amount or 0) == (net + vat) * sign


def test_a_sales_invoice_in_full() -> None:
    made = draft("k1", "c1", line("200.00"), reference_number="12342", note="Aitäh")
    assert msgspec.to_builtins(written(made)) == {
        "DocDate": "20260105",
        "InvoiceRow": [
            {
                "Item": {"Code": "T-1", "Description": "Kontoritool", "UOMName": "tk"},
                "Quantity": "2",
                "Price": "100.00",
                "TaxId": VAT24,
            }
        ],
        "TaxAmount": [{"TaxId": VAT24, "Amount": "48.00"}],
        "TotalAmount": "200.00",
        "Customer": {"Id": "c1"},
        "InvoiceNo": "N-k1",
        "AccountingDoc": 1,
        "DueDate": "20260119",
        "RefNo": "12342",
        "CurrencyCode": "EUR",
        "Hcomment": "Aitäh",
    }


def test_words_before_and_after_rows_join_them_and_are_cut() -> None:
    rows = (
        line("0", kind=LineKind.TEXT, description="Enne"),
        line("200.00", position=2, description="Tool"),
        line("0", position=3, kind=LineKind.TEXT, description="x" * 200),
    )
    texts = Texts()
    wire = write_invoice(draft("k1", "c1", *rows), Options(), texts)
    (row,) = wire.invoice_row
    assert row.item.description == "Enne\nTool\n" + "x" * 140
    assert [each.code for each in texts.warnings] == ["TEXT_CUT"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"number": "x" * 36}, "number"),
        ({"number": "", "direction": Direction.PURCHASE}, "number"),
        ({"lines": ()}, "lines"),
        ({"lines": tuple(line() for _ in range(201)), "vat": D(9648)}, "lines"),
    ],
)
def test_documents_that_merit_cannot_take(fields: dict[str, Any], field: str) -> None:
    made = draft("k1", "c1")
    document = msgspec.structs.replace(made.invoice, **fields)
    rows = tuple(LineDraft(line=each, vat_code=VAT24, item_id="T-1") for each in document.lines)
    with pytest.raises(Unsupported) as caught:
        written(msgspec.structs.replace(made, invoice=document, lines=rows))
    assert caught.value.params["field"] == field


def test_the_mark_of_purchases_stands_behind_their_note() -> None:
    wire = written(draft("k1", "v1", direction=Direction.PURCHASE, note="Kontorile"))
    assert (wire.hcomment, wire.bill_no, wire.invoice_no) == ("Kontorile [TS:k1]", "N-k1", "")
    assert written(draft("k1", "c1"), mark_sales=True).fcomment == "[TS:k1]"


def test_long_names_stop_a_party_and_long_addresses_are_cut() -> None:
    texts, options, today = Texts(), Options(), dt.date(2026, 1, 2)
    with pytest.raises(Unsupported):
        write_party(party_draft(name="x" * 151), options, texts, today)
    with pytest.raises(Unsupported):
        write_party(party_draft(name=" "), options, texts, today)
    wire = write_party(party_draft(email="x" * 81), options, texts, today)
    assert len(wire.email) == 80
    assert [each.where for each in texts.warnings] == ["email"]
    assert wire.comments[0].comment == "Tilisilta [TS:party1]"


def test_goods_in_stock_need_a_unit() -> None:
    with pytest.raises(Unsupported):
        write_item(item_draft(stock_kind=StockKind.STOCK, unit=""), Texts())
    assert write_item(item_draft(name="x" * 101), Texts()).description == "x" * 100


def test_an_entry_bears_its_mark_and_its_places() -> None:
    wire = write_batch(entry(), Options(), Texts())
    first, second, third = wire.entry_row
    assert (first.memo, first.department_code, first.debit, first.credit) == ("Müük [TS:je1]", "TRT", D(124), None)
    assert (second.tax_id, second.vat_amount, second.credit) == (VAT24, D(24), D(100))
    assert (third.tax_id, third.vat_amount, third.memo) == ("", None, "Müük 01/2026")
    made = entry()
    with pytest.raises(Unsupported):
        write_batch(msgspec.structs.replace(made, accounts=("1020", "", "2310")), Options(), Texts())
    empty = msgspec.structs.replace(made, entry=msgspec.structs.replace(made.entry, postings=()))
    with pytest.raises(Unsupported):
        write_batch(empty, Options(), Texts())
