"""Partners, products, attachments, bank, company and the rest (sheet sections 5, 8 and 9)."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from stdnum.fi import ytunnus
from tests.emulator.procountor_client import Client, open_company, purchase, sale


@pytest.fixture
async def company() -> AsyncIterator[Client]:
    async with open_company() as client:
        yield client


def partner(**changes):
    address = {"name": "Uusi Oy", "street": "Tie 1", "zip": "00100", "city": "Helsinki", "country": "FINLAND"}
    out = {"name": "Uusi Oy", "type": "SUPPLIER", "address": address, "paymentInfo": {"paymentMethod": "BANK_TRANSFER"}}
    return {**out, "invoicingInfo": {"identifier": "0112038-9"}, **changes}


async def test_search_by_header(company):
    found = await company.get("/businesspartners", headers={"identifier": "1234567-1"})
    row = found["results"][0]
    assert (row["id"], row["name"], row["invoicingInfo"]) == (
        50123,
        "Esimerkki Tukku Oy",
        {"identifier": "1234567-1", "identifierType": "FI"},
    )
    assert set(row) == {"id", "name", "billingAddress", "invoicingInfo", "registryInfo", "type", "version"}
    by_query = await company.get("/businesspartners?identifier=1234567-1")
    assert by_query["meta"]["totalCount"] == 10
    rows = (await company.get("/businesspartners?type=CUSTOMER", headers={"name": "käpylän"}))["results"]
    assert [each["name"] for each in rows] == ["Käpylän Kahvila Ky"]
    assert (await company.get("/businesspartners", headers={"identifier": "0000000-0"}))["results"] == []
    await company.options(partner_name_search="exact", partner_search_in_query=True)
    assert (await company.get("/businesspartners?name=pohjolan"))["results"] == []
    assert (await company.get("/businesspartners?name=pohjolan puu oy"))["meta"]["totalCount"] == 1
    assert (await company.get("/businesspartners?customerNumber=1002&type=CUSTOMER"))["meta"]["totalCount"] == 1


async def test_latin1_header(company):
    reader, writer = await asyncio.open_connection("127.0.0.1", int(company.base_url.rsplit(":", 1)[1]))
    writer.write(
        b"GET /api/businesspartners HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
        + company.bearer.encode()
        + "\r\nname: Käpylän\r\nConnection: close\r\n\r\n".encode("latin-1")
    )
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert b"200 OK" in answer
    assert "Käpylän Kahvila Ky".encode() in answer


async def test_partner_life(company):
    made = await company.post("/businesspartners", partner())
    path = f"/businesspartners/{made['id']}"
    assert made["invoicingInfo"] == {"identifier": "0112038-9", "identifierType": "FI"}
    assert made["registryInfo"] == {"active": True}
    patch = {"version": made["version"], "invoicingInfo": {"email": "a@b.example"}, "name": "Uusi Nimi Oy"}
    patched = (await company.call("PATCH", path, patch)).ok
    assert patched["invoicingInfo"]["identifier"] == "0112038-9"
    assert (patched["name"], patched["invoicingInfo"]["email"]) == ("Uusi Nimi Oy", "a@b.example")
    assert (await company.call("PATCH", path, patch)).errors == [("version", "VERSION_DOES_NOT_MATCH")]
    query = await company.call("PATCH", f"{path}?version={patched['version']}", {"name": "Kolmas Oy"})
    assert query.status == 200
    wrong = await company.call("PATCH", path, {"version": query.body["version"], "registryInfo": {}})
    assert wrong.errors == [("registryInfo", "FIELD_CANNOT_BE_PATCHED")]
    replaced = await company.put(path, {**partner(registryInfo={"active": False}), "version": query.body["version"]})
    assert "email" not in replaced["invoicingInfo"]
    assert (await company.get("/businesspartners", headers={"identifier": "0112038-9"}))["results"] == []
    inactive = await company.get("/businesspartners?active=false", headers={"identifier": "0112038-9"})
    assert [each["id"] for each in inactive["results"]] == [made["id"]]
    assert (await company.call("GET", "/businesspartners/1")).status == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (partner(name=""), "name"),
        (partner(name="x" * 81), "name"),
        (partner(type=None), "type"),
        (partner(paymentInfo=None), "paymentInfo"),
        (partner(paymentInfo={}), "paymentInfo.paymentMethod"),
        (partner(type="CUSTOMER", address=None), "address"),
        (partner(invoicingInfo={"identifier": "0112038-8"}), "invoicingInfo.identifier"),
        (partner(invoicingInfo={"ovt": "123"}), "invoicingInfo.ovt"),
        (partner(invoicingInfo={"invoiceChannel": "EMAIL"}), "invoicingInfo.email"),
        (
            partner(type="CUSTOMER", invoicingInfo={"identifier": "0112038-9", "customerNumber": "1001"}),
            "invoicingInfo.customerNumber",
        ),
    ],
)
async def test_refused_partners(company, body, field):
    answer = await company.call("POST", "/businesspartners", body)
    assert answer.status == 400
    assert field in {each[0] for each in answer.errors}


async def test_foreign_identifiers_are_not_checked(company):
    info = {"identifier": "16123453", "identifierType": "EE"}
    assert (await company.call("POST", "/businesspartners", partner(invoicingInfo=info))).status == 200


async def test_products(company):
    body = {"type": "SALES", "name": "Uusi", "price": 5, "discount": 0, "currency": "EUR", "active": True, "vat": 25.5}
    made = await company.post("/products", body)
    saved = await company.put(f"/products/{made['id']}", {**made, "price": 6})
    assert (saved["price"], saved["version"] > made["version"]) == (6, True)
    assert (await company.get("/products?name=uusi&type=SALES&active=true"))["meta"]["totalCount"] == 1
    assert len((await company.get("/products?size=3&previousId=0"))["results"]) == 3
    assert len((await company.get("/products?size=5&page=1"))["results"]) == 2
    assert (await company.call("POST", "/products", {**body, "vat": 33})).errors == [
        ("vatStatus", "ERROR_VATSTATUS_VATPERC")
    ]
    missing = await company.call("POST", "/products", {})
    assert {field for field, _ in missing.errors} == {"type", "name", "price", "discount", "currency", "active"}
    gone = await company.call("DELETE", f"/products/{made['id']}")
    assert gone.status == 204
    assert (await company.call("GET", f"/products/{made['id']}")).status == 404
    group = await company.post("/products/groups", {"name": "Ryhmä", "type": "SALES"})
    kept = await company.post("/products", {**body, "productGroupId": group["id"]})
    assert (await company.call("DELETE", f"/products/groups/{group['id']}")).status == 409
    assert (await company.get(f"/products?group={group['id']}"))["results"][0]["id"] == kept["id"]


async def test_attachment_there_and_back(company):
    invoice = await company.post("/invoices", purchase())
    meta = {"name": "T-7781.pdf", "referenceType": "INVOICE", "referenceId": invoice["id"], "sendWithInvoice": False}
    content = b"%PDF-1.4 \x00\xff\r\n--b"
    made = (await company.attach(meta, content)).ok
    assert made == {"id": made["id"], **meta, "mimeType": "application/pdf"}
    assert (await company.get(f"/invoices/{invoice['id']}"))["attachments"] == [made]
    shown = await company.call("GET", f"/attachments/{made['id']}")
    assert shown.headers["content-type"].startswith("multipart/mixed; boundary=")
    assert content in shown.body
    renamed = await company.call("PATCH", f"/attachments/{made['id']}", {"name": "uusi.pdf"})
    assert renamed.ok["name"] == "uusi.pdf"
    listed = (await company.get("/attachments", headers={"username": "Tekninen"}))["results"]
    assert listed == []
    listed = (await company.get("/attachments?type=PURCHASE_INVOICE"))["results"]
    assert [(each["attachmentId"], each["size"]) for each in listed] == [(made["id"], len(content))]
    state = (await company.control("GET", "state"))["attachments"][0]
    assert state["sha256"] == hashlib.sha256(content).hexdigest()
    await company.options(documents_feature=False)
    assert (await company.call("GET", "/attachments")).status == 403
    assert (await company.call("DELETE", f"/attachments/{made['id']}")).status == 204
    assert (await company.call("GET", f"/attachments/{made['id']}")).status == 404


async def test_attachment_dialects(company):
    meta = {"name": "a.pdf", "referenceType": "INVOICE", "referenceId": 8801001}
    assert (await company.attach(meta)).ok["sendWithInvoice"] is False
    assert (await company.attach(meta, meta_type="text/plain")).status == 200
    form = aiohttp.FormData()
    form.add_field("meta", b'{"name":"b.png","referenceType":"INVOICE","referenceId":8801001}', filename="meta.json")
    form.add_field("file", b"x", filename="b.png", content_type="application/octet-stream")
    assert (await company.call("POST", "/attachments", data=form)).ok["mimeType"] == "image/png"
    await company.options(send_with_invoice_required=True)
    assert (await company.attach(meta)).errors == [("sendWithInvoice", "MAY_NOT_BE_NULL")]


@pytest.mark.parametrize(
    ("change", "content", "field"),
    [
        ({"referenceId": 1}, b"x", "referenceId"),
        ({"referenceType": "THING"}, b"x", None),
        ({"name": "noextension"}, b"x", "name"),
        ({"sendWithInvoice": True}, b"x", "sendWithInvoice"),
        ({}, b"", "file"),
        ({}, b"x" * 10_000_001, "file"),
    ],
    ids=["unknown", "type", "extension", "send", "empty", "large"],
)
async def test_refused_attachments(company, change, content, field):
    meta = {"name": "a.pdf", "referenceType": "INVOICE", "referenceId": 8801001, "sendWithInvoice": False, **change}
    answer = await company.attach(meta, content)
    assert answer.status == 400
    assert answer.errors[0][0] == field


async def test_broken_multipart(company):
    for data, kind in (
        (b"--x", "multipart/form-data"),
        (b"nonsense", "multipart/form-data; boundary=b"),
        (b"", "text/plain"),
    ):
        answer = await company.call("POST", "/attachments", data=data, headers={"Content-Type": kind})
        assert answer.status == 400, kind
    assert (await company.attach("text")).status == 400


async def test_bank_accounts(company):
    rows = (await company.get("/bankaccounts"))["results"]
    assert [each["status"] for each in rows] == ["ACTIVE", "ACTIVE", "INACTIVE"]
    one = await company.get(f"/bankaccounts/{rows[0]['id']}")
    assert one["ledgerAccount"] == "1910"
    assert "ledgerAccount" not in rows[0]
    saved = await company.put(f"/bankaccounts/{one['id']}", {**one, "bankName": "Uusi"})
    assert saved["bankName"] == "Uusi"
    assert (await company.call("PUT", f"/bankaccounts/{one['id']}", one)).status == 409
    assert (await company.call("POST", "/bankaccounts", one)).status == 409
    new = await company.post("/bankaccounts", {**one, "iban": "FI2112345600000785"})
    assert new["accountNumber"] == "12345600000785"
    assert (await company.call("POST", "/bankaccounts", {**one, "iban": "FI00"})).status == 400


async def test_statements_and_reference_payments(company):
    own = (await company.get("/bankaccounts"))["results"][0]["iban"]
    statement = (await company.get("/bankstatements", headers={"accountNumber": own}))["results"][0]
    assert (await company.get("/bankstatements", headers={"accountNumber": "FI00"}))["results"] == []
    assert (await company.get(f"/referencepayments?accountNumber={own}"))["meta"]["resultCount"] == 1
    assert (await company.get("/referencepayments?startDate=2026-03-21"))["results"] == []
    path = f"/bankstatements/{statement['id']}/events/{statement['events'][0]['id']}"
    await company.put(f"{path}/invoices", [8801005])
    assert (await company.get("/invoices/8801005"))["status"] == "MARKED_PAID"
    assert (await company.call("PUT", f"{path}/invoices", [8801005])).status == 403
    assert (await company.call("PUT", f"{path}/metadata", {"allocationMetadataRows": []})).status == 200
    assert (await company.call("DELETE", f"{path}/invoices")).status == 204
    await company.options(statements_shape="bankStatements")
    assert (await company.get("/bankstatements"))["bankStatements"]


async def test_company_and_user(company):
    shown = await company.get("/company")
    assert ytunnus.is_valid(shown["businessIdentifier"]["code"])
    assert (shown["companyCurrency"], shown["country"]) == ("EUR", "FINLAND")
    session = await company.get("/sessioninfo")
    assert (session["companyId"], session["userId"]) == (4242, 31001)
    assert (await company.get("/users"))["id"] == 31001
    rights = (await company.get("/users/rights"))["rights"]
    assert rights["accounting"]["preventEditingAccountingPage"] is False
    assert rights["purchases"]["purchaseInvoices"] == "ALL_RIGHTS"
    assert (await company.get("/businesspartners/personaldetails"))["personId"]
    assert (await company.get("/company/invoicecirculation/settings"))["useForPurchaseInvoices"] is False
    for path in (
        *("/company/deliveryterms", "/company/einvoiceaddresses", "/company/expenses/collectionpenal/settings"),
        *("/company/invoicetemplates", "/vats/settings", "/currencies", "/currencies/company", "/currencies/latest"),
        *("/company/invoicecirculation/verifierlists", "/users/profiles/31001", "/businesspartners/groups"),
        *("/factoringcontracts", "/payments/errormessages", "/businesspartners/50123/defaults/products"),
    ):
        assert (await company.call("GET", path)).status == 200, path
    rate = "/currencies/exchangerate?baseCurrency=EUR&currency=USD&day=2026-03-01&rateType=CASH_BUYING_RATE"
    assert (await company.get(rate))["rate"] == 1.1
    assert (await company.call("GET", "/sie/availability")).status == 403
    address = {**shown["companyAddress"], "city": "Turku"}
    await company.put("/company", {"id": 4242, "name": "X", "companyAddress": address})
    assert (await company.get("/company"))["companyAddress"]["city"] == "Turku"
    changed = await company.call("PUT", "/users", {**(await company.get("/users")), "firstName": "Uusi"})
    assert changed.status == 202


async def test_dimensions(company):
    first = (await company.get("/dimensions"))[0]
    assert {"id", "codeName", "description"} <= first["items"][0].keys()
    item = await company.post(f"/dimensions/{first['id']}/items", {"codeName": "Varasto"})
    await company.put(f"/dimensions/{first['id']}/items", {"id": item["id"], "codeName": "Varasto", "status": "P"})
    assert (await company.get(f"/dimensions/{first['id']}"))["items"][-1]["status"] == "P"
    assert (await company.put(f"/dimensions/{first['id']}", {"name": "KP"}))["name"] == "KP"
    assert (await company.call("GET", "/dimensions/1")).status == 404


async def test_webhooks_are_pushed(company):
    got: asyncio.Queue[tuple[bytes, str]] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        await got.put((await request.read(), request.headers["X-Procountor-Signature"]))
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        hook = {
            "url": f"http://127.0.0.1:{runner.addresses[0][1]}/hook",
            "authenticationType": "HMAC",
            "authenticationMeta": {"key": "salaisuus"},
            "subscriptions": ["TRACKING_PERIOD_STATUS_UPDATED"],
        }
        made = await company.post("/webhooks", hook)
        assert made["status"] == 200
        year = (await company.get("/fiscalyears"))["fiscalYears"][0]
        period = year["trackingPeriods"][0]
        await company.put(f"/fiscalyears/{year['id']}/trackingPeriods/{period['id']}", {"status": "PENDING"})
        body, signature = await asyncio.wait_for(got.get(), 5)
        assert signature == hmac.new(b"salaisuus", body, hashlib.sha256).hexdigest()
        assert b"TRACKING_PERIOD_STATUS_UPDATED" in body
    finally:
        await runner.cleanup()
    assert (await company.get("/webhooks"))["results"][0]["uuid"] == made["uuid"]
    assert (await company.call("DELETE", f"/webhooks/{made['uuid']}")).status == 204
    assert (await company.call("POST", "/webhooks", {**hook, "subscriptions": []})).status == 400


async def test_a_sales_invoice_may_send_its_file(company):
    invoice = await company.post("/invoices", sale())
    meta = {"name": "a.pdf", "referenceType": "INVOICE", "referenceId": invoice["id"], "sendWithInvoice": True}
    assert (await company.attach(meta)).ok["sendWithInvoice"] is True
