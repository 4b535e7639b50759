"""Writing of invoices, bills and their siblings (sheet sections 1, 8, 9 and 15)."""

from collections.abc import AsyncIterator

import pytest
from tests.emulator.scoro_client import Client, open_site

LINE = {"product_id": 75, "comment": "Nõustamine", "price": "100.00", "amount": "2", "vat_code_id": 1}
NOW = "2026-11-02T08:15:30Z"


@pytest.fixture
async def site() -> AsyncIterator[Client]:
    async with open_site(now=NOW) as client:
        yield client


@pytest.mark.parametrize("path", ["invoices/modify", "invoices/modify/", "invoices/modify/0"])
async def test_every_form_of_create(site, path):
    before = await site.ids("invoices")
    made = await site.data(path, {"company_id": 34, "lines": [LINE]})
    assert made == {"id": 519}
    assert await site.ids("invoices") == [*before, 519]


async def test_create_fills_what_is_left_out_and_computes_totals(site):
    row = await site.data("invoices/modify", {"company_id": 34, "lines": [LINE]}, return_data=1)
    assert row == {**await site.data(f"invoices/view/{row['id']}")}
    expected = {
        "no": "2026-058",
        "date": "2026-11-02",
        "deadline": "2026-11-16",
        "status": "unpaid",
        "currency": "EUR",
        "sum": "200.00",
        "vat_sum": "48.00",
        "paid_sum": "0.00",
        "receivable_sum": "248.00",
        "payment_type": "banktransfer",
        "reference_no": "20260587",
        "account_id": "naidis",
        "credited_invoices": [],
        "is_deleted": 0,
        "deleted_date": None,
        "created_date": "2026-11-02 10:15:30",
        "modified_date": "2026-11-02 10:15:30",
    }
    assert {name: row[name] for name in expected} == expected
    assert row["lines"][0]["unit"] == "h"
    assert row["lines"][0]["vat"] == "24.00"
    assert row["lines"][0]["finance_account_id"] == 2


@pytest.mark.parametrize(("returns", "data"), [("id", {"id": 519}), ("none", None)])
async def test_without_return_data_little_comes_back(site, returns, data):
    await site.reset(modify_returns=returns, now=NOW)
    answer = await site.call("invoices/modify", {"company_id": 34, "lines": [LINE]})
    assert answer.body["status"] == "OK"
    assert answer.body.get("data") == data


async def test_modify_object_switch(site):
    await site.reset(modify_returns="object")
    row = await site.data("invoices/modify", {"company_id": 34, "lines": [LINE]})
    assert row["company_name"] == "Tartu Tööriistad AS"


async def test_lines_replace_the_whole_set(site):
    made = await site.data("invoices/modify", {"company_id": 34, "lines": [LINE, {**LINE, "amount": 1}]}, return_data=1)
    first, second = made["lines"]
    changed = await site.data(
        f"invoices/modify/{made['id']}", {"lines": [{"id": second["id"], "amount": "4"}]}, return_data=1
    )
    assert [(line["id"], line["amount"], line["price"]) for line in changed["lines"]] == [
        (second["id"], "4.00", "100.00")
    ]
    assert (changed["sum"], changed["receivable_sum"]) == ("400.00", "496.00")
    assert first["id"] != second["id"]


async def test_a_change_without_lines_keeps_them_and_moves_modified_date(site):
    await site.control("POST", "clock", {"advance_s": 60})
    before = await site.data("invoices/view/518")
    after = await site.data("invoices/modify/518", {"description": "Uus"}, return_data=1)
    assert after["lines"] == before["lines"]
    assert after["modified_date"] == "2026-11-02 10:16:30"
    assert after["created_date"] == before["created_date"]
    assert {name for name in after if after[name] != before[name]} == {"description", "modified_date"}
    assert await site.ids("invoices", filter={"modified_date": {"from_date": "2026-11-02"}}) == [518]


@pytest.mark.parametrize(
    ("rounding", "vat"),
    [("document", "0.02"), ("line", "0.03")],
)
async def test_vat_is_rounded_per_document_or_line(site, rounding, vat):
    await site.reset(vat_rounding=rounding)
    lines = [{"price": "0.03", "amount": 1, "vat": 24}] * 3
    row = await site.data("invoices/modify", {"company_id": 34, "lines": lines}, return_data=1)
    assert (row["sum"], row["vat_sum"]) == ("0.09", vat)


async def test_discounts_rates_and_halves(site):
    request = {
        "company_id": 34,
        "discount": 10,
        "discount2": "5",
        "lines": [
            {"price": "10.005", "amount": 3, "vat": "24", "discount": 0},
            {"price": "50", "amount": "1,5", "amount2": 2, "vat": 9, "discount": "20"},
            {"price": "7", "amount": 1, "vat_code_id": 8},
        ],
    }
    row = await site.data("invoices/modify", request, return_data=1)
    assert [line["sum"] for line in row["lines"]] == ["30.02", "120.00", "7.00"]
    # 157.02 x 0.9 x 0.95; VAT of 30.02 and 120.00 less the same discounts.
    assert (row["sum"], row["vat_sum"]) == ("134.25", "15.39")
    assert row["lines"][0]["price"] == "10.005"


async def test_totals_can_be_kept_as_given(site):
    request = {"company_id": 34, "lines": [LINE], "sum": "199.99", "vat_sum": 48.01}
    computed = await site.data("invoices/modify", request, return_data=1)
    assert (computed["sum"], computed["vat_sum"]) == ("200.00", "48.00")
    await site.reset(totals="keep")
    kept = await site.data("invoices/modify", request, return_data=1)
    assert (kept["sum"], kept["vat_sum"], kept["receivable_sum"]) == ("199.99", "48.01", "248.00")


async def test_document_vat_counts_where_lines_have_none(site):
    row = await site.data(
        "invoices/modify", {"company_id": 34, "vat": 22, "lines": [{"price": 10, "amount": 1}]}, return_data=1
    )
    assert (row["vat_sum"], row["lines"][0]["vat"]) == ("2.20", None)


async def test_a_credit_invoice_is_negative_or_flagged(site):
    request = {"company_id": 32, "credited_invoices": [508], "lines": [{**LINE, "amount": "-2"}]}
    row = await site.data("invoices/modify", request, return_data=1)
    assert (row["payment_type"], row["credited_invoices"], row["sum"]) == ("credit", [508], "-200.00")

    await site.reset(credit_sign="flag")
    request["lines"] = [{**LINE, "amount": "2"}]
    row = await site.data("invoices/modify", request, return_data=1)
    assert (row["sum"], row["vat_sum"], row["receivable_sum"]) == ("200.00", "48.00", "248.00")
    assert row["lines"][0]["amount"] == "2.00"
    demo = await site.data("invoices/list", filter={"no": "2026-056"}, detailed_response=True)
    assert (demo[0]["sum"], demo[0]["lines"][0]["sum"]) == ("124.50", "124.50")
    summary = await site.control("GET", "state?summary=1")
    assert summary["credit_invoices"] == {"count": 3, "net": "-460.50", "vat": "-95.56", "gross": "-556.06"}


@pytest.mark.parametrize(
    ("request_body", "fields"),
    [
        ({"lines": []}, {"company_id"}),
        ({"company_id": 34}, {"lines"}),
        ({"company_id": 999, "lines": []}, {"company_id"}),
        ({"company_id": 34, "lines": [], "date": "2.11.2026", "status": "half"}, {"date", "status"}),
        ({"company_id": 34, "lines": [{"product_id": 9}, {"price": "x"}]}, {"lines[0].product_id", "lines[1].price"}),
        ({"company_id": 34, "lines": "none"}, {"lines"}),
        ({"company_id": 34, "lines": [], "payment_type": "gold", "is_sent": 2}, {"payment_type", "is_sent"}),
        ({"company_id": 34, "lines": [], "custom_fields": "x"}, {"custom_fields"}),
    ],
)
async def test_everything_wrong_is_named_and_nothing_is_written(site, request_body, fields):
    await site.reset(error_shape="map")
    before = await site.control("GET", "state?summary=1")
    answer = await site.call("invoices/modify", request_body)
    assert answer.code == 400
    assert set(answer.errors) == fields
    assert await site.control("GET", "state?summary=1") == before


async def test_a_refused_change_leaves_the_document_as_it_was(site):
    before = await site.data("invoices/view/518")
    assert (await site.call("invoices/modify/518", {"description": "x", "lines": [{"price": "x"}]})).code == 400
    assert await site.data("invoices/view/518") == before


async def test_delete_is_soft_and_final_for_other_actions(site):
    assert "data" not in (await site.call("invoices/delete/518")).body
    for action in ("view", "modify", "delete"):
        assert (await site.call(f"invoices/{action}/518")).code == 404
    row = (await site.data("invoices/list", filter={"id": 518}, include_deleted=1))[0]
    assert (row["is_deleted"], row["deleted_date"]) == (1, "2026-11-02T10:15:30+02:00")
    assert row["modified_date"] == "2026-11-02 10:15:30"
    assert 518 in (await site.control("GET", "state"))["deleted"]["invoices"]


async def test_numbers_go_on_from_what_is_written(site):
    await site.data("invoices/modify", {"company_id": 34, "no": "2026-200", "lines": [LINE]})
    row = await site.data("invoices/modify", {"company_id": 34, "no": 77, "lines": [LINE]}, return_data=1)
    assert row["no"] == "77"
    row = await site.data("invoices/modify", {"company_id": 34, "lines": [LINE]}, return_data=1)
    assert row["no"] == "2026-201"


async def test_bills_belong_to_suppliers_and_have_no_paid_sum(site):
    request = {
        "company_id": 39,
        "no": "EA-1",
        "date": "2026-11-01",
        "deadline": "2026-11-21",
        "recognition_date": "2026-10-31",
        "is_chargeable": True,
        "lines": [{"product_id": 84, "amount": "1000"}],
    }
    row = await site.data("bills/modify/0", request, return_data=1)
    assert (row["sum"], row["vat_sum"], row["recognition_date"]) == ("186.40", "44.74", "2026-10-31")
    assert (row["no"], row["is_chargeable"], row["dateofpayment"]) == ("EA-1", 1, None)
    assert not {"paid_sum", "receivable_sum", "is_sent", "credited_invoices", "fine"} & row.keys()
    line = row["lines"][0]
    assert (line["vat_code_id"], line["finance_account_id"], line["price"]) == (9, 7, "0.1864")
    assert not {"amount2", "cost", "supplier_id", "doer_id", "role_id", "depot_amounts"} & line.keys()


async def test_expenses_speak_of_tax_and_quantities(site):
    request = {
        "company_id": 40,
        "due_date": "2026-11-20",
        "comment": "Kohvi",
        "lines": [{"description": "Kohv", "quantity": 2, "price": 5, "tax_percentage": 24}],
    }
    row = await site.data("expenses/modify", request, return_data=1)
    assert (row["due_date"], row["comment"], row["sum"], row["tax_sum"]) == ("2026-11-20", "Kohvi", "10.00", "2.40")
    assert row["lines"][0]["quantity"] == "2.00"
    assert row["lines"][0]["description"] == "Kohv"
    assert not {"vat_sum", "deadline", "description"} & row.keys()


@pytest.mark.parametrize("module", ["quotes", "orders", "purchaseOrders", "prepayments", "expenses"])
async def test_the_other_documents_live_the_same_life(site, module):
    row = await site.data(f"{module}/modify", {"company_id": 34, "lines": [LINE]}, return_data=1)
    path = f"{module}/modify/{row['id']}"
    lines = row["lines"] + [{"price": 1}]
    changed = await site.data(path, {"lines": lines}, return_data=1)
    assert len(changed["lines"]) == 2
    assert await site.ids(module) == [row["id"]]
    await site.call(f"{module}/delete/{row['id']}")
    assert await site.ids(module) == []
    assert await site.ids(module, include_deleted=1) == [row["id"]]


async def test_pdf_gives_a_link_that_opens(site):
    answer = await site.data("invoices/pdf/518", {"template_id": "3"})
    assert (answer["template_id"], answer["datetime_created"]) == (3, "2026-11-02 10:15:30")
    async with site.session.get(answer["pdf_link"]) as response:
        assert response.content_type == "application/pdf"
        content = await response.read()
    assert content.startswith(b"%PDF-1.4")
    assert b"2026-057" in content
    async with site.session.get(f"{site.base_url}/files/invoices/99999.pdf") as response:
        assert response.status == 404


async def test_batch_writes_what_it_can(site):
    request = [
        {"company_id": 34, "lines": [LINE]},
        {"lines": [LINE]},
        {"id": 518, "description": "Hulgi"},
        {"id": 99999, "description": "?"},
    ]
    answers = await site.data("invoices/batchModify", request)
    assert [each["action"] for each in answers] == ["create", "create", "modify", "modify"]
    assert [bool(each["errors"]) for each in answers] == [False, True, False, True]
    assert answers[0]["object"]["id"] == 519
    assert (await site.data("invoices/view/518"))["description"] == "Hulgi"
    assert (await site.call("invoices/batchModify", {"company_id": 1})).code == 400


async def test_a_locked_period_refuses_changes(site):
    await site.reset(locked_until="2026-09-30")
    assert (await site.call("invoices/modify/501", {"description": "x"})).code == 400
    assert (await site.call("invoices/delete/501")).code == 400
    request = {"company_id": 34, "date": "2026-09-30", "lines": [LINE]}
    assert (await site.call("invoices/modify", request)).code == 400
    assert (await site.call("invoices/modify/518", {"date": "2026-09-30"})).code == 400
    assert (await site.call("invoices/modify", {**request, "date": "2026-10-01"})).data["id"]


async def test_custom_fields_are_laid_over_and_read_back(site):
    await site.data("invoices/modify/518", {"custom_fields": [{"id": "c_ostutellimus", "value": "PO-1"}]})
    await site.data("invoices/modify/518", {"custom_fields": {"c_muu": "jah"}})
    fields = (await site.data("invoices/view/518"))["custom_fields"]
    assert [(each["id"], each["value"]) for each in fields] == [("c_ostutellimus", "PO-1"), ("c_muu", "jah")]


async def test_read_only_and_unknown_fields_are_passed_over(site):
    request = {"paid_sum": "5", "id": 3, "is_deleted": 1, "modified_date": "2020-01-01", "colour": "red"}
    row = await site.data("invoices/modify/518", request, return_data=1)
    assert (row["id"], row["paid_sum"], row["is_deleted"]) == (518, "0.00", 0)
    assert row["modified_date"] == "2026-11-02 10:15:30"


async def test_sums_beyond_reason_are_refused(site):
    line = {"price": "9" * 15, "amount": "9" * 15}
    assert (await site.call("invoices/modify", {"company_id": 34, "lines": [line]})).code == 400
    answers = await site.data("invoices/batchModify", [{"company_id": 34, "lines": [line]}])
    assert answers[0]["errors"] == ["is out of range"]
    assert len(await site.ids("invoices")) == 17
