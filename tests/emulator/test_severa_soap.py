"""The SOAP service by its WSDL and by hand. Sheet: B."""

import asyncio
from base64 import b64decode
from pathlib import Path

import pytest
import zeep
from lxml import etree
from tests.emulator.severa_client import ENTITIES, NIL, SOAP, open_severa

from tilisilta_emulators.severa import soap_contract
from tilisilta_emulators.severa.records import make_guid
from tilisilta_emulators.severa.soap_operations import OPERATIONS

WAITING, TRANSFERRED = "Odottaa siirtoa Maestroon", "Siirretty Maestroon"
FIRST = make_guid("invoices", 3)
XSD = Path(__file__).parents[2] / "src/tilisilta/formats/schemas/finvoice/Finvoice3.0.xsd"


@pytest.fixture
async def severa():
    async with open_severa(now="2026-11-02T08:00:00Z") as client:
        yield client


def by_status(name=WAITING, rest="<options>0</options>"):
    return f'<businessUnitGUID i:nil="true"/><status>{name}</status>{rest}'


def check(answer):
    """An answer fits the schema that the WSDL shows."""
    assert answer.status == 200, answer.fault
    soap_contract.validator().assertValid(answer.element)
    return answer


def walk_with_zeep(address, key):
    client = zeep.Client(address)
    password = etree.Element(f"{{{SOAP}}}WebServicePassword")
    password.text = key
    header = {"_soapheaders": [password]}
    invoices = client.bind("API", "BasicHttpBinding_IInvoice")
    found = invoices.GetInvoicesByStatus(businessUnitGUID=None, status=WAITING, options=0, maxInvoices=50, **header)
    first = found[0]
    invoices.SetInvoiceStatus(invoiceGUID=first.GUID, status=TRANSFERRED, **header)
    invoices.AddNewInvoiceLogEntry(first.GUID, "Siirto", "Siirretty", "Tilisilta", None, True, **header)
    again = invoices.GetInvoiceByGUID(first.GUID, **header)
    criteria = {"AccountGroupGUIDs": {"string": []}}
    customers = client.bind("API", "BasicHttpBinding_ICustomer").GetAllCustomers(0, 0, 100, criteria, **header)
    product = client.bind("API", "BasicHttpBinding_IProduct").GetProductByCode("A100", **header)
    work = client.bind("API", "BasicHttpBinding_IWorkType").GetAllWorkTypes(**header)
    statuses = client.bind("API", "BasicHttpBinding_IInvoiceStatus").GetAllInvoiceStatuses(**header)
    with pytest.raises(zeep.exceptions.Fault) as caught:
        invoices.GetInvoiceByGUID("not a guid", **header)
    picture = invoices.GetInvoicePdfByInvoiceGUID(first.GUID, "All", **header)
    client.transport.session.close()
    return found, again, customers, product, work, statuses, caught.value, picture


async def test_zeep_loads_the_wsdl_and_works(severa):
    address = f"{severa.base_url}/webservice/S3/API.svc/WSDL?wsdl"
    made = await asyncio.to_thread(walk_with_zeep, address, severa.credentials["soap_key"])
    found, again, customers, product, work, statuses, fault, picture = made
    assert [one.Number for one in found] == [*range(1003, 1011), 1011, 1012, 1013]
    row = found[1].InvoiceRows.InvoiceRow[2]
    assert (row.articleIdentifier, str(row.rowVatExcludedAmount), str(row.rowVatAmount)) == ("A101", "267.00", "68.09")
    assert found[1].BuyerOrganization.buyerPartyIdentifier == "2012345-1"
    assert again.InvoiceStatus == TRANSFERRED
    assert (len(customers), product.Name, len(work)) == (8, "Lisenssi, vuosi", 6)
    assert [one.Name for one in statuses if not one.IsActive] == ["Valmis lähetettäväksi Netvisoriin"]
    assert fault.code == "s:Client"
    assert picture.startswith(b"%PDF-")
    # One set of books: REST sees what SOAP did.
    assert (await severa.get(f"invoices/{FIRST}"))["status"]["name"] == TRANSFERRED
    books = await severa.control("GET", "state")
    assert [entry["text"] for one in books["invoices"] if one["number"] == 1003 for entry in one["log"]] == [
        "Siirretty"
    ]


async def test_the_wsdl_at_each_of_its_places(severa):
    texts = {
        (await severa.raw("GET", f"/webservice/S3/API.svc{rest}")).raw for rest in ("", "/WSDL", "/WSDL?wsdl", "?wsdl")
    }
    (text,) = texts
    root = etree.fromstring(text)
    assert root.get("targetNamespace") == SOAP
    assert set(soap_contract.contract().operations) == set(OPERATIONS)
    assert len(root.findall(f"{{{soap_contract.WSDL}}}portType")) == 11


async def test_members_stand_in_their_order_and_empty_ones_are_nil(severa):
    answer = check(await severa.soap("IInvoice/GetInvoicesByStatus", by_status()))
    for element in answer.all("Invoice") + answer.all("InvoiceRow"):
        names = [etree.QName(one).localname for one in element]
        # The two that came later stand last in the real contract.
        late = [name for name in names if name.startswith(("NotesAfter", "NotesBefore"))]
        assert names == sorted(name for name in names if name not in late) + late
    mixed = answer.all("InvoiceRow")[-2]
    assert mixed.find(f"{{{ENTITIES}}}articleIdentifier").get(NIL) == "true"
    assert len(mixed.find(f"{{{ENTITIES}}}HourGUIDs")) == 2
    header = answer.root[0]
    assert [(etree.QName(one).localname, one.text) for one in header] == [("Quota", "100000"), ("UsedQuota", "1")]
    await severa.options(soap_empty="nil")
    empty = check(await severa.soap("IInvoice/GetInvoicesByStatus", by_status("Lähetetty")))
    assert empty.element[0].get(NIL) == "true"


async def test_every_reading_operation_fits_the_schema(severa):
    guids = {
        "invoice": FIRST,
        "account": make_guid("customers", 1),
        "hour": make_guid("workhours", 1),
        "workType": make_guid("worktypes", 1),
        "product": make_guid("products", 1),
        "travelExpense": make_guid("travelexpensetypes", 1),
        "address": make_guid("addresses", 1),
        "item": make_guid("projectfees", 1),
        "attachment": make_guid("invoicefiles", 1),
    }
    given = {
        "status": WAITING,
        "invoiceStatus": WAITING,
        "finvoiceVersion": "3.0",
        "productCode": "A100",
        "getAttachmentOnly": "All",
        "travelExpenseCode": "KM",
        "accountName": "Kallion Kone Oy",
        "vatNumber": "FI12345671",
        "accountNumber": "101",
        "invoiceNumber": "1003",
        "inCreditNote": "true",
        "count": "100",
    }
    called = 0
    for operation in soap_contract.contract().operations.values():
        if not operation.name.startswith("Get") or "Reimbursed" in operation.name:
            continue
        text = ""
        for member in operation.parameters:
            prefix = member.name.removesuffix("GUID").removesuffix("Guid")
            value = given.get(member.name) or (guids.get(prefix) if prefix != member.name else None)
            value = value or {"t": "2026-01-01T00:00:00Z", "i": "0"}.get(member.type)
            text += f'<{member.name} i:nil="true"/>' if value is None else f"<{member.name}>{value}</{member.name}>"
        answer = check(await severa.soap(f"{operation.interface}/{operation.name}", text))
        assert not operation.parameters or len(answer.element), operation.name
        called += 1
    assert called > 40


@pytest.mark.parametrize(
    ("action", "parameters", "fault"),
    [
        ("IInvoice/GetInvoiceByGUID", "<invoiceGUID>x</invoiceGUID>", "GeneralFailureException"),
        ("IInvoice/GetInvoiceByGUID", f"<invoiceGUID>{make_guid('invoices', 99)}</invoiceGUID>", "NotFoundException"),
        ("IInvoice/GetInvoicesByStatus", by_status("Nimetty uudelleen"), "NotFoundException"),
        (
            "IInvoice/SetInvoiceStatus",
            f"<invoiceGUID>{FIRST}</invoiceGUID><status>Ei ole</status>",
            "NotFoundException",
        ),
        (
            "IInvoice/SetInvoiceStatus",
            f"<invoiceGUID>{FIRST}</invoiceGUID><status>Valmis lähetettäväksi Netvisoriin</status>",
            "ValidationException",
        ),
        ("IProduct/GetProductByCode", "<productCode>A099</productCode>", "NotFoundException"),
        (
            "IInvoice/SetInvoiceNumber",
            f"<invoiceGUID>{FIRST}</invoiceGUID><invoiceNumber>1004</invoiceNumber>",
            "ValidationException",
        ),
        ("IInvoice/AddNewInvoiceLogEntry", f"<invoiceGuid>{FIRST}</invoiceGuid>", "ValidationException"),
        ("ICustomer/GetAllCustomers", "<count>1</count><criteria/>", "GeneralFailureException"),
        ("ICustomer/AddNewCustomer", "<customerInfo/>", "ValidationException"),
    ],
)
async def test_faults_of_the_vendor(severa, action, parameters, fault):
    answer = await severa.soap(action, parameters)
    assert answer.status == 500
    assert (answer.fault[0], answer.fault[2]) == ("s:Client", fault)
    assert answer.element.find("detail")[0].findtext("{*}Description") == answer.fault[1]
    assert answer.element.find("detail")[0].findtext("{*}Source")


async def test_faults_of_the_framework(severa):
    order = await severa.soap("IInvoice/GetInvoicesByStatus", f"<options>0</options><status>{WAITING}</status>")
    assert order.fault[0] == "a:DeserializationFailed"
    assert (await severa.soap("IInvoice/GetInvoicesByStatus", by_status(rest="<options>x</options>"))).status == 500
    assert (await severa.soap("IInvoice/Nothing")).fault[0] == "a:ActionNotSupported"
    assert (await severa.soap("IInvoice/GetAllInvoiceStatuses")).fault[0] == "a:ActionNotSupported"
    other = await severa.raw(
        "POST", "/webservice/S3/API.svc", b"<x/>", headers={"Content-Type": "application/soap+xml"}
    )
    assert other.status == 415
    for body in (b"", b"<x/>", b"not xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'):
        answer = await severa.raw("POST", "/webservice/S3/API.svc", body, headers={"Content-Type": "text/xml"})
        assert answer.status == 500
        assert b"Fault" in answer.raw
    await severa.options(soap_order="ignore")
    lost = await severa.soap("IInvoice/GetInvoicesByStatus", f"<options>0</options><status>{WAITING}</status>")
    assert lost.fault[2] == "NotFoundException"


async def test_key_rights_quota_and_terms(severa):
    assert (await severa.soap("IAPI/GetVersion", key="wrong")).fault[2] == "AuthenticationFailureException"
    await severa.options(soap_rights="read")
    move = f"<invoiceGUID>{FIRST}</invoiceGUID><status>{TRANSFERRED}</status>"
    assert (await severa.soap("IInvoice/SetInvoiceStatus", move)).fault[2] == "NoPermissionException"
    await severa.options(terms_approved=False)
    assert (await severa.soap("IAPI/GetVersion")).fault[2] == "TosNotApprovedException"
    await severa.options(terms_approved=True, limits=True, soap_quota=3)
    over = await severa.soap("IAPI/GetVersion")
    over = await severa.soap("IAPI/GetVersion")
    assert over.fault[:2] == ("s:Client", "Quota limit reached")
    assert over.element.findtext("detail") == "Quota limit"
    await severa.control("POST", "clock", {"advance_s": 86_400})
    assert (await severa.soap("IAPI/GetVersion")).status == 200


async def test_missing_ones_as_nil_and_unknown_statuses_as_nothing(severa):
    await severa.options(soap_missing="nil", soap_unknown_status="empty")
    guid = f"<invoiceGUID>{make_guid('invoices', 99)}</invoiceGUID>"
    assert check(await severa.soap("IInvoice/GetInvoiceByGUID", guid)).element[0].get(NIL) == "true"
    assert len(check(await severa.soap("IInvoice/GetInvoicesByStatus", by_status("Muu"))).element[0]) == 0


async def test_attributes_of_the_soap_encoding_are_passed_over(severa):
    """As clients on phones write them: `id` and `root` beside the types of the parameters."""
    head = severa.credentials["soap_key"]
    text = (
        '<v:Envelope xmlns:v="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:c="http://schemas.xmlsoap.org/soap/encoding/" xmlns:d="http://www.w3.org/2001/XMLSchema" '
        'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><v:Header>'
        f'<n0:WebServicePassword xmlns:n0="{SOAP}">{head}</n0:WebServicePassword></v:Header><v:Body>'
        f'<GetInvoiceByGUID xmlns="{SOAP}" id="o0" c:root="1">'
        f'<invoiceGUID i:type="d:string">{FIRST}</invoiceGUID></GetInvoiceByGUID></v:Body></v:Envelope>'
    )
    headers = {"Content-Type": "text/xml", "SOAPAction": f"{SOAP}IInvoice/GetInvoiceByGUID"}
    answer = await severa.raw("POST", "/webservice/S3/API.svc", text.encode(), headers=headers)
    assert answer.status == 200, answer.raw
    assert f"<a:GUID>{FIRST}</a:GUID>".encode() in answer.raw


async def test_writes_over_soap(severa):
    number = f"<invoiceGUID>{FIRST}</invoiceGUID><invoiceNumber>7001</invoiceNumber>"
    assert (await severa.soap("IInvoice/SetInvoiceNumber", f"{number}<referenceNumber i:nil='true'/>")).status == 200
    assert (await severa.get("invoices?numbers=7001"))[0]["referenceNumber"] == "70014"
    paid = f"<invoiceGUID>{FIRST}</invoiceGUID><paymentDate>2026-10-20T00:00:00</paymentDate>"
    assert (await severa.soap("IInvoice/SetInvoicePaymentDate", paid)).status == 200
    log = f"<invoiceGuid>{FIRST}</invoiceGuid><context>c</context><text>t</text><source>s</source>"
    for ignore in ("true", "true", "false"):
        answer = await severa.soap(
            "IInvoice/AddNewInvoiceLogEntry", f"{log}<ignoreDuplicates>{ignore}</ignoreDuplicates>"
        )
        assert answer.status == 200
    assert (await severa.control("GET", "state?summary=1"))["log_entries"] == {"count": 2}
    info = "<e:IsActive>true</e:IsActive><e:Name>Uusi Oy</e:Name><e:Number>900</e:Number>"
    made = check(await severa.soap("ICustomer/AddNewCustomer", f"<customer>{info}</customer>"))
    (guid,) = made.texts("GUID")
    update = f"<customerInfo><e:GUID>{guid}</e:GUID>{info.replace('Uusi', 'Muu')}</customerInfo>"
    assert check(await severa.soap("ICustomer/UpdateCustomer", update)).texts("Name") == ["Muu Oy"]
    assert (await severa.get("customers?numbers=900"))[0]["name"] == "Muu Oy"
    arrays = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
    items = f'<e:ItemGUIDs xmlns:r="{arrays}"><r:string>{make_guid("projectfees", 9)}</r:string></e:ItemGUIDs>'
    body = f"<e:Date>2026-11-01T00:00:00</e:Date><e:InvoiceStatus>{WAITING}</e:InvoiceStatus>{items}"
    made = check(await severa.soap("IInvoice/CreateInvoices", f"<invoiceInformation>{body}</invoiceInformation>"))
    assert made.texts("articleIdentifier") == ["A100"]
    again = await severa.soap("IInvoice/CreateInvoices", f"<invoiceInformation>{body}</invoiceInformation>")
    assert again.fault[2] == "ValidationException"


async def test_finvoices_stand_behind_a_bank_frame(severa):
    answer = check(await severa.soap("IInvoice/GetFinvoicesByStatus", by_status()))
    texts = answer.texts("Finvoice")
    whole = [text for text in texts if text]
    assert len(whole) == 5
    frame, _, document = whole[0].partition("</SOAP-ENV:Envelope>")
    etree.fromstring(frame + "</SOAP-ENV:Envelope>")
    etree.XMLSchema(file=str(XSD)).assertValid(etree.fromstring(document.strip().encode("iso-8859-15")))
    await severa.options(finvoice_addon=False)
    assert (await severa.soap("IInvoice/GetFinvoicesByStatus", by_status())).fault[2] == "NoPermissionException"


async def test_customers_by_index_and_by_change(severa):
    await severa.control("POST", "seed", {"invoices": 1, "customers": 150})

    async def names(start, count):
        text = f"<options>0</options><startFromIndex>{start}</startFromIndex><count>{count}</count>"
        return check(await severa.soap("ICustomer/GetAllCustomers", text)).texts("Name")

    assert [len(await names(start, 500)) for start in (0, 100, 200)] == [100, 58, 0]
    numbered = "<options>4</options><startFromIndex>0</startFromIndex><count>10</count>"
    found = check(await severa.soap("IAccount/GetAllAccounts", numbered)).texts("Name")
    assert "Osoitteeton Asiakas Tmi" not in found
    await severa.control("POST", "clock", {"advance_s": 60})
    await severa.patch(f"addresses/{make_guid('addresses', 2)}", "/city", "Espoo")
    since = "<startDateTime>2026-11-02T08:01:00Z</startDateTime><options>{}</options>"
    assert check(await severa.soap("ICustomer/GetCustomersChangedSince", since.format(0))).texts("Name") == []
    changed = check(await severa.soap("ICustomer/GetCustomersChangedSince", since.format(64)))
    assert changed.texts("Name") == ["Tammisto Rakennus Oy"]
    address = check(
        await severa.soap("IAddress/GetAddressesChangedSince", f"<accountGUID i:nil='true'/>{since.format(0)}")
    )
    assert address.texts("City") == ["Espoo"]


async def test_e_invoice_addresses_show_only_when_the_parameter_is_on(severa):
    guid = f"<accountGuid>{make_guid('customers', 1)}</accountGuid>"
    assert check(await severa.soap("ICustomer/GetCustomerByGUID", guid)).texts("eInvoiceAddress") == ["003712345671"]
    await severa.options(e_invoicing=False)
    assert check(await severa.soap("ICustomer/GetCustomerByGUID", guid)).texts("eInvoiceAddress") == [None]


async def test_attachments_and_pictures(severa):
    files = check(
        await severa.soap(
            "IInvoice/GetInvoiceAttachmentFileGUIDs", f"<invoiceGuid>{make_guid('invoices', 4)}</invoiceGuid>"
        )
    )
    (guid,) = files.texts("GUID")
    answer = check(await severa.soap("IInvoice/GetInvoiceAttachmentFile", f"<attachmentGuid>{guid}</attachmentGuid>"))
    assert b64decode(answer.element[0].text).startswith(b"%PDF-")
    text = f"<invoiceGuid>{FIRST}</invoiceGuid><options>InvoiceOnly</options>"
    picture = check(await severa.soap("IInvoice/GetInvoicePdfByInvoiceGUID", text))
    assert b64decode(picture.element[0].text).startswith(b"%PDF-")
