import pytest
from tests.emulator.smart_client import Smart, row, sale

ADD = "purchasesales/articles:add"
GET = "purchasesales/articles:get"


async def codes(smart: Smart, **query) -> list[str]:
    return [item["code"] for item in (await smart.ok(GET, **query))["articles"]]


async def test_an_article_comes_back_as_it_was_sent(smart: Smart):
    body = {
        "code": "LAUD",
        "description": "Kirjutuslaud",
        "type": "WH",
        "unit": "tk",
        "vatPc": "24",
        "activeSales": True,
        "activePurchase": False,
        "priceSales": 250,
        "pricePurchase": 100,
        "priceOwn": 110,
        "accountSales": "3010",
        "accountPurchase": "4010",
        "accountWarehouse": "1051",
    }
    assert await smart.ok(ADD, body) == {"code": "LAUD"}
    (found,) = (await smart.ok(GET, code="LAUD"))["articles"]
    assert {name: found[name] for name in body} == body


async def test_search_by_text_type_and_exact_code(smart: Smart):
    for code, text, kind in (("LAUD", "Kirjutuslaud", "WH"), ("LAUD-2", "Suur", "WH"), ("T", "laudkond", "SERVICE")):
        await smart.article(code, kind, description=text)
    assert await codes(smart, code="LAUD") == ["LAUD"]
    assert await codes(smart, code="laud") == []
    assert await codes(smart, searchString="laud") == ["LAUD", "LAUD-2", "T"]
    assert await codes(smart, searchString="laud", type="WH") == ["LAUD", "LAUD-2"]
    assert await codes(smart, type="SERVICE") == ["T"]
    assert await smart.refused(GET, type="GOODS") == ["INVALID-VALUE"]


async def test_refusals_edit_and_delete(smart: Smart):
    for missing in ("code", "description", "type"):
        body = {"code": "A", "description": "A", "type": "SERVICE"}
        del body[missing]
        answer = await smart.call(ADD, body)
        assert answer.json["errors"][0]["message"] == f"{missing} is required"
    await smart.article("A")
    wrong = {"code": "A", "description": "A", "type": "SERVICE", "vatPc": "x", "accountSales": "9"}
    assert await smart.refused(ADD, wrong) == ["ARTICLE-EXISTS", "VAT-PC-NOT-FOUND", "ACCOUNT-NOT-FOUND"]
    await smart.ok("purchasesales/articles:edit", {"code": "A", "description": "B", "type": "PRODUCT"})
    (found,) = (await smart.ok(GET, code="A"))["articles"]
    assert (found["description"], found["activeSales"]) == ("B", False)
    edit = {"code": "X", "description": "B", "type": "PRODUCT"}
    assert await smart.refused("purchasesales/articles:edit", edit) == ["ARTICLE-NOT-FOUND"]
    client = await smart.client()
    invoice = await smart.invoice(client, rows=[row(code="A")])
    assert await smart.refused("purchasesales/articles:delete", {}, code="A") == ["IN-USE"]
    await smart.ok("purchasesales/clientinvoices:delete", {}, id=invoice["invoiceId"])
    await smart.ok("purchasesales/articles:delete", {}, code="A")
    assert await codes(smart) == []


async def test_quantities_of_at_most_fifty_codes(smart: Smart):
    await smart.article("LAUD", "WH")
    await smart.article("KONS-1")
    vendor = await smart.vendor()
    await smart.bill(vendor, warehouseId="Põhiladu", rows=[row(code="LAUD", quantity=7)])
    path = "purchasesales/articles:getwarehousequantities"
    assert await smart.ok(path, codes="LAUD,PUUDUB,KONS-1") == {
        "quantities": [
            {"code": "LAUD", "quantity": 7, "status": "OK"},
            {"code": "PUUDUB", "quantity": 0, "status": "NOT-FOUND"},
            {"code": "KONS-1", "quantity": 0, "status": "NOT-WH"},
        ]
    }
    many = ",".join(f"A{at}" for at in range(51))
    assert await smart.refused(path, codes=many) == ["TOO-MANY-CODES"]
    assert len((await smart.ok(path, codes=many[3:]))["quantities"]) == 50
    assert await smart.refused(path) == ["REQUIRED"]


async def movements(smart: Smart, **query):
    query = {"dateFrom": "01.01.2026", "fetchRows": "true", **query}
    return (await smart.ok("inventory/warehousemovements:get", **query))["movements"]


async def quantity(smart: Smart, code: str = "LAUD"):
    answer = await smart.ok("purchasesales/articles:getwarehousequantities", codes=code)
    return answer["quantities"][0]["quantity"]


@pytest.fixture
async def parties(smart: Smart) -> tuple[str, str]:
    await smart.article("LAUD", "WH", pricePurchase=60)
    await smart.article()
    return await smart.client(), await smart.vendor()


async def test_documents_with_a_warehouse_move_goods_first_in_first_out(smart: Smart, parties):
    client, vendor = parties
    for price, invoice_number in ((60, "A-1"), (80, "A-2")):
        await smart.bill(
            vendor,
            invoiceNumber=invoice_number,
            warehouseId="Põhiladu",
            rows=[row(code="LAUD", price=price, quantity=5), row(price=1)],
        )
    await smart.invoice(client, warehouseId="Põhiladu", rows=[row(code="LAUD", price=250, quantity=7)])
    assert await quantity(smart) == 3
    first, _, out = await movements(smart)
    assert (first["direction"], first["document"], first["warehouseId"]) == ("IN", "A-1", "Põhiladu")
    (line,) = first["rows"]
    assert (line["code"], line["price"], line["quantity"], line["sum"]) == ("LAUD", 60, 5, 300)
    # Five at 60 and two at 80.
    assert (out["direction"], out["rows"][0]["quantity"], out["rows"][0]["sum"]) == ("OUT", 7, 460)
    balances = await smart.balances()
    assert (balances["1051"], balances["4010"]) == (240, 460)
    kinds = (await smart.ok("general/entries:get", docType="WAREHOUSE_MOVEMENT"))["entries"]
    assert [entry["amount"] for entry in kinds] == [460]


async def test_without_a_warehouse_or_for_other_articles_nothing_moves(smart: Smart, parties):
    client, vendor = parties
    await smart.bill(vendor, rows=[row(code="LAUD")])
    await smart.invoice(client, warehouseId="Põhiladu", rows=[row()])
    assert await movements(smart) == []
    assert (await quantity(smart), (await smart.balances())["4010"]) == (0, 100)


async def test_extra_costs_raise_the_price_of_goods(smart: Smart, parties):
    _, vendor = parties
    goods = row(code="LAUD", price=60, quantity=5, additionalExpenses=10)
    await smart.bill(vendor, warehouseId="Põhiladu", rows=[goods])
    ((movement,),) = [item["rows"] for item in await movements(smart)]
    assert (movement["price"], movement["sum"]) == (62, 310)


async def test_a_credit_brings_goods_back_and_edit_and_delete_undo_movements(smart: Smart, parties):
    client, vendor = parties
    bill = await smart.bill(vendor, warehouseId="1", rows=[row(code="LAUD", price=60, quantity=5)])
    sold = await smart.invoice(client, warehouseId="Põhiladu", rows=[row(code="LAUD", quantity=2)])
    credit = await smart.invoice(client, type="CRE", warehouseId="Põhiladu", rows=[row(code="LAUD")])
    assert await quantity(smart) == 4
    assert [item["direction"] for item in await movements(smart)] == ["IN", "OUT", "IN"]
    changed = sale(client, warehouseId="Põhiladu", rows=[row(code="LAUD", quantity=3)])
    await smart.ok("purchasesales/clientinvoices:edit", {**changed, "id": sold["invoiceId"]})
    assert await quantity(smart) == 3
    await smart.ok("purchasesales/clientinvoices:delete", {}, id=credit["invoiceId"])
    await smart.ok("purchasesales/clientinvoices:delete", {}, id=sold["invoiceId"])
    assert await quantity(smart) == 5
    await smart.ok("purchasesales/vendorinvoices:delete", {}, id=bill["invoiceId"])
    assert (await quantity(smart), await movements(smart), await smart.balances()) == (0, [], {})


async def test_selling_more_than_there_is_goes_by_the_switch(smart: Smart, parties):
    client, _ = parties
    body = sale(client, warehouseId="Põhiladu", rows=[row(code="LAUD", quantity=2)])
    await smart.options(negative_stock="refuse")
    assert await smart.refused("purchasesales/clientinvoices:add", body) == ["NOT-ENOUGH-IN-STOCK"]
    assert (await smart.summary())["client_invoices"]["count"] == 0
    await smart.options(negative_stock="allow")
    await smart.ok("purchasesales/clientinvoices:add", body)
    assert await quantity(smart) == -2


async def test_movements_are_read_only_and_filtered(smart: Smart, parties):
    _, vendor = parties
    await smart.bill(vendor, warehouseId="Põhiladu", rows=[row(code="LAUD")])
    path = "inventory/warehousemovements"
    assert await smart.refused(f"{path}:get") == ["REQUIRED"]
    assert (await smart.call(f"{path}:add", {})).status == 404
    assert await movements(smart, includeAutoMovements="false") == []
    assert await movements(smart, warehouseId="Teine") == []
    assert await movements(smart, documentOrComment="zzz") == []
    assert await movements(smart, dateTo="15.04.2026") == []
    (found,) = await movements(smart, warehouseId="Põhiladu", documentOrComment="a-1", createdBy="API")
    assert (await smart.ok(f"{path}:get", id=found["id"]))["movements"][0]["number"] == "1"
