"""Invoices over REST: what they hold, moving on, making, exports. Sheet: A7 to A9."""

from pathlib import Path

import pytest
from lxml import etree
from tests.emulator.severa_client import TRANSFERRED, WAITING, open_severa

from tilisilta_emulators.severa.records import make_guid

XSD = Path(__file__).parents[2] / "src/tilisilta/formats/schemas/finvoice"


@pytest.fixture
async def severa():
    async with open_severa(now="2026-11-02T08:00:00Z") as client:
        yield client


def invoice(number):
    return f"invoices/{make_guid('invoices', number)}"


async def test_the_sheets_sample(severa):
    one = await severa.get(invoice(3))
    assert one["status"] == {
        "guid": WAITING,
        "name": "Odottaa siirtoa Maestroon",
        "isSent": True,
        "isWaitingPayment": False,
        "isPaid": False,
    }
    assert (one["totalExcludingTax"]["amount"], one["totalTax"]["amount"]) == (400.0, 102.0)
    assert one["totalIncludingTax"] == {"amount": 502.0, "currencyCode": "EUR", "multiCurrencyInfo": []}
    assert one["receiverAddress"]["addressline"] == "Konekatu 3"
    assert (one["date"], one["dueDate"], one["paymentTerm"], one["overdueInterest"]) == (
        "2026-10-01",
        "2026-10-15",
        14,
        8.0,
    )
    assert "invoiceStatus" not in one
    (row,) = await severa.get(f"{invoice(3)}/invoicerows")
    assert (row["rowType"], row["category"], row["code"]) == ("Hours", "Hours", ["TYO-01"])
    assert (row["quantity"], row["unitPrice"]["amount"], row["vatRate"]) == (5.0, 80.0, 25.5)
    assert row["salesAccount"] == {"number": "3000", "name": "Myynti, palvelut"}


async def test_rows_of_every_kind_and_where_they_come_from(severa):
    rows = await severa.get(f"{invoice(4)}/invoicerows")
    assert [(row["rowType"], row["category"], row["code"]) for row in rows] == [
        ("Hours", "Hours", ["TYO-01"]),
        ("Hours", "Hours", ["TYO-02"]),
        ("ProjectFees", "ProjectFees", ["A101"]),
        ("TravelExpenses", "Travels", ["MATKA"]),
        ("TravelExpenses", "Travels", []),
    ]
    assert len(await severa.get(f"{invoice(4)}/invoicerows?rowType=Hours")) == 2
    hours = await severa.get(f"{invoice(4)}/workhours")
    assert [one["workType"]["code"] for one in hours] == ["TYO-01", "TYO-02"]
    (fee,) = await severa.get(f"invoicerows/{rows[2]['guid']}/projectfees")
    assert (fee["product"]["code"], fee["invoice"]["number"], fee["invoiceRowGuid"]) == ("A101", 1004, rows[2]["guid"])
    (trip,) = await severa.get(f"invoicerows/{rows[4]['guid']}/projecttravelexpenses")
    assert (trip["travelExpense"]["name"], trip["travelExpense"]["code"]) == ("Pysäköinti", None)
    assert await severa.get(f"invoicerows/{rows[2]['guid']}/workhours") == []
    mixed = (await severa.get(f"{invoice(13)}/invoicerows"))[0]
    assert mixed["code"] == ["TYO-01", "TYO-02"]
    await severa.options(codes="none")
    assert (await severa.get(f"invoicerows/{mixed['guid']}"))["code"] == []
    flat = (await severa.get(f"{invoice(14)}/invoicerows"))[0]
    assert (flat["rowType"], flat["code"]) == ("FlatRate", [])


async def test_a_credit_note_and_its_origins(severa):
    note = await severa.get(invoice(12))
    assert (note["isCreditNote"], note["reimburseInvoice"]["number"]) == (True, 1001)
    assert note["totalIncludingTax"]["amount"] == -1280.1
    assert (await severa.get(invoice(1)))["creditNoteInvoice"]["number"] == 1011
    (row,) = await severa.get(f"{invoice(12)}/invoicerows")
    assert (row["quantity"], row["unitPrice"]["amount"]) == (-12.0, 85.0)
    (hours,) = await severa.get(f"invoicerows/{row['guid']}/reimbursedworkhours")
    assert hours["workType"]["name"] == "Suunnittelu"
    assert await severa.get(f"invoicerows/{row['guid']}/workhours") == []
    await severa.control("POST", "reset", {"limits": False, "credit_sign": "price"})
    await severa.login()
    (row,) = await severa.get(f"{invoice(12)}/invoicerows")
    assert (row["quantity"], row["unitPrice"]["amount"]) == (12.0, -85.0)


@pytest.mark.parametrize(
    ("op", "pointer", "value"),
    [
        ("Replace", "/status/guid", TRANSFERRED),
        ("replace", "/Status/Guid", TRANSFERRED.upper()),
        ("replace", "/status", {"guid": TRANSFERRED}),
    ],
)
async def test_moving_an_invoice_on(severa, op, pointer, value):
    answer = await severa.patch(invoice(3), pointer, value, op)
    assert answer.status == 200
    assert [one["status"]["name"] for one in answer.body] == ["Siirretty Maestroon"]
    assert len(await severa.get(f"invoices?invoiceStatusGuids={WAITING}&rowCount=100")) == 10
    summary = await severa.control("GET", "state?summary=1")
    assert summary["by_status"]["Siirretty Maestroon"]["gross"] == "1782.10"
    assert summary["duplicates"] == {"invoices": 0, "customers": 0, "products": 0}


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        ({"op": "add", "path": "/status/guid", "value": TRANSFERRED}, "InvalidOperation"),
        ({"op": "replace", "path": "/invoiceStatus/guid", "value": TRANSFERRED}, "InvalidParameter"),
        ({"op": "replace", "path": "/status/name", "value": "Maksettu"}, "InvalidParameter"),
        ({"op": "replace", "path": "/status/guid", "value": "x"}, "InvalidParameter"),
        ({"op": "replace", "path": "/status/guid", "value": make_guid("invoicestatuses", 77)}, "InvalidParameter"),
        ({"op": "replace", "path": "/status/guid", "value": make_guid("invoicestatuses", 6)}, "InvalidOperation"),
        ({"op": "replace", "path": "/status/guid", "value": None}, "InvalidParameter"),
        ({"op": "replace", "path": "/notes", "value": "x"}, "InvalidOperation"),
        ({"op": "replace", "path": "/guid", "value": TRANSFERRED}, "InvalidParameter"),
        ({"path": "/notes"}, "InvalidOperation"),
        ("text", "InvalidParameter"),
    ],
)
async def test_refused_changes_change_nothing(severa, step, kind):
    good = {"op": "replace", "path": "/status/guid", "value": TRANSFERRED}
    answer = await severa.call("PATCH", invoice(3), [good, step])
    assert (answer.status, answer.error["type"]) == (400, kind)
    assert (await severa.get(invoice(3)))["status"]["guid"] == WAITING


async def test_patch_needs_a_list_a_scope_and_an_invoice(severa):
    assert (await severa.call("PATCH", invoice(3), {"op": "replace"})).error["type"] == "InvalidRequest"
    assert (await severa.call("PATCH", invoice(3), b"{")).error["type"] == "InvalidRequest"
    missing = await severa.patch(invoice(999), "/status/guid", TRANSFERRED)
    assert (missing.status, missing.raw) == (404, b"")
    assert (await severa.call("GET", "invoices/not-a-guid")).error["details"][0]["location"]["type"] == "PathParameter"
    await severa.login("invoices:read")
    assert (await severa.patch(invoice(3), "/status/guid", TRANSFERRED)).status == 403


async def test_read_only_statuses_by_option(severa):
    await severa.options(read_only="all")
    assert (await severa.patch(invoice(3), "/status/guid", TRANSFERRED)).error["type"] == "InvalidOperation"
    await severa.options(read_only="none", status_pointers=["/status"])
    assert (await severa.patch(invoice(3), "/notes", "Terve")).body[0]["notes"] == "Terve"
    assert (await severa.patch(invoice(3), "/status/guid", TRANSFERRED)).status == 400


async def test_an_invoice_is_made_of_what_waits_and_numbered_when_sent(severa):
    guid = make_guid("projects", 1)
    body = {"projects": [{"guid": guid}], "groupProjects": False, "date": "2026-10-31"}
    made = await severa.call("POST", "invoices", body)
    assert made.status == 201
    (one,) = made.body
    assert (one["number"], one["status"]["name"], one["canBeDeleted"]) == (None, "Luonnos", True)
    path = f"invoices/{one['guid']}"
    rows = await severa.get(f"{path}/invoicerows")
    assert [(row["code"], row["quantity"]) for row in rows] == [(["TYO-01"], 7.5), (["A100"], 1.0), (["KM"], 80.0)]
    assert one["totalExcludingTax"]["amount"] == 7.5 * 85 + 490 + 44
    assert await severa.get(f"{path}/uninvoicedworkhours") == []
    moved = (await severa.patch(path, "/status/guid", WAITING)).body[0]
    assert (moved["number"], moved["referenceNumber"], moved["canBeDeleted"]) == (1014, "10142", False)
    assert (await severa.call("DELETE", path)).error["type"] == "InvalidOperation"
    assert (await severa.call("POST", "invoices", {"projects": []})).status == 400
    assert (await severa.call("POST", "invoices", {"projects": [{"guid": make_guid("projects", 99)}]})).status == 400
    both = {"projects": [{"guid": guid}, {"guid": make_guid("projects", 2)}], "groupProjects": True}
    assert (await severa.call("POST", "invoices", both)).error["type"] == "InvalidOperation"
    both["billingCustomerGuid"] = make_guid("customers", 2)
    assert (await severa.call("POST", "invoices", both)).body[0]["customer"]["name"] == "Tammisto Rakennus Oy"


async def test_a_draft_is_changed_and_deleted_and_frees_its_work(severa):
    (row,) = await severa.get(f"{invoice(11)}/invoicerows")
    path = f"invoicerows/{row['guid']}"
    assert (await severa.patch(path, "/quantity", "2.5")).body[0]["quantity"] == 2.5
    assert (await severa.patch(path, "/unitPrice/amount", 100)).status == 200
    assert (await severa.get(invoice(11)))["totalExcludingTax"]["amount"] == 250.0
    assert (await severa.patch(path, "/code", "x")).status == 400
    (hours,) = await severa.get(f"{path}/workhours")
    assert (await severa.call("DELETE", f"workhours/{hours['guid']}")).error["type"] == "InvalidOperation"
    assert (await severa.patch(f"workhours/{hours['guid']}", "/quantity", 8)).status == 200
    assert (await severa.get(path))["quantity"] == 8.0
    assert (await severa.patch(invoice(11), "/receiverAddress/city", "Espoo")).body[0]["receiverAddress"][
        "city"
    ] == "Espoo"
    assert (await severa.patch(invoice(11), "/paymentTerm", 30)).body[0]["dueDate"] == "2026-11-11"
    assert (await severa.patch(invoice(11), "/number", 5000)).body[0]["referenceNumber"] == "50005"
    assert (await severa.call("DELETE", invoice(11))).status == 204
    assert (await severa.call("GET", invoice(11))).status == 404
    assert (await severa.get(f"workhours/{hours['guid']}"))["invoice"] is None
    sent = (await severa.get(f"{invoice(3)}/invoicerows"))[0]["guid"]
    assert (await severa.patch(f"invoicerows/{sent}", "/quantity", 1)).error["type"] == "InvalidOperation"
    assert (await severa.call("DELETE", f"invoicerows/{sent}")).error["type"] == "InvalidOperation"


async def test_a_fee_onto_an_invoice(severa):
    body = {
        "project": {"guid": make_guid("projects", 1)},
        "product": {"guid": make_guid("products", 1)},
        "quantity": 2,
        "invoice": {"guid": make_guid("invoices", 11)},
    }
    answer = await severa.call("POST", "projectfees", body)
    assert (answer.status, answer.body[0]["unitPrice"]["amount"]) == (201, 490.0)
    assert (await severa.get(invoice(11)))["totalExcludingTax"]["amount"] == 440 + 980
    body["product"]["guid"] = make_guid("products", 99)
    assert (await severa.call("POST", "projectfees", body)).error["details"][0]["location"]["name"] == "product.guid"
    body = {"eventDate": "2026-10-30", "phase": {"guid": make_guid("phases", 1)}}
    body |= {"user": {"guid": make_guid("users", 2)}, "workType": {"guid": make_guid("worktypes", 1)}, "quantity": 3}
    hours = await severa.call("POST", "workhours", body)
    assert (hours.status, hours.body["workType"]["code"], hours.body["user"]["lastName"]) == (201, "TYO-01", "Salo")
    assert (await severa.call("POST", "workhours", {"eventDate": "2026-10-30"})).status == 400


@pytest.mark.parametrize("version", ["1.3", "2.01", "3.0"])
async def test_finvoice_is_valid(severa, version):
    await severa.options(finvoice_version=version)
    schema = etree.XMLSchema(file=str(XSD / f"Finvoice{version}.xsd"))
    for number in (3, 4, 8, 12, 13):
        answer = await severa.call("GET", f"{invoice(number)}/finvoice")
        assert answer.headers["Content-Type"] == "application/octet-stream"
        root = etree.fromstring(answer.raw)
        schema.assertValid(root)
        assert root.get("Version") == version
    assert root.findtext("InvoiceRow/ArticleName") == "Työ yhteensä"


async def test_finvoices_of_a_status_and_the_add_on(severa):
    stream = (await severa.call("GET", f"invoicestatuses/{WAITING}/finvoices")).raw
    # Only customers with both address and operator: the others of the eleven are not there.
    assert stream.count(b"<Finvoice ") == 5
    assert (await severa.call("GET", f"{invoice(6)}/finvoice")).error["type"] == "InvalidOperation"
    await severa.options(finvoice_addon=False)
    for path in (f"{invoice(3)}/finvoice", f"invoicestatuses/{WAITING}/finvoices"):
        answer = await severa.call("GET", path)
        assert (answer.status, answer.error["type"]) == (403, "AddonMissing")


async def test_picture_and_files(severa):
    picture = await severa.call("GET", f"{invoice(4)}/pdf?invoiceType=Invoice&pdfGetOptions=InvoiceOnly")
    assert picture.raw.startswith(b"%PDF-")
    assert (await severa.call("GET", f"{invoice(4)}/pdf?pdfGetOptions=Half")).status == 400
    (file,) = await severa.get(f"{invoice(4)}/files")
    assert (file["name"], file["contentType"]) == ("Tuntierittely.pdf", "application/pdf")
    assert (await severa.call("GET", f"files/{file['guid']}/filedata")).raw.startswith(b"%PDF-")
    settings = await severa.get(f"{invoice(4)}/invoicesettings")
    assert settings["workHourGrouping"] == "Group"
    changed = await severa.patch(f"invoicesettings/{settings['guid']}", "/showFooter", "false")
    assert changed.body["showFooter"] is False
