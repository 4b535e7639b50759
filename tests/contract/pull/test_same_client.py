"""One stranger with zeep, and our own Severa connector, read the emulator and our service alike."""

from typing import Any

import msgspec
import pytest
from lxml import etree
from tests.contract.pull.conftest import INVOICES, TRANSFERRED, WAITING, Shelf, drafts_of, read
from tests.support.emulators import Emulated
from tests.support.soap import Fetcher, fetcher, rows_of
from zeep.exceptions import Fault

from tilisilta.core.documents import DocumentKind
from tilisilta.services.pull import contract
from tilisilta_emulators.severa import soap_contract

ALL = (DocumentKind.CUSTOMER, DocumentKind.ITEM, *INVOICES)
_OURS = ("source_id", "modified_at", "created_at")
# What stands for itself on any shelf: everything but guids, and what Severa has and documents have not.
_ROW = [
    "articleIdentifier",
    "articleName",
    "rowFreeText",
    "deliveredQuantity",
    "quantityUnitCode",
    "rowAmount",
    "rowVatAmount",
    "rowNumber",
    "rowVatExcludedAmount",
    "rowVatRatePercent",
    "unitPriceAmount",
    "unitPriceCurrencyIdentifier",
    "rowSalesAccountNumber",
]
_INVOICE = [
    "Number",
    "Date",
    "DueDate",
    "InvoiceStatus",
    "IsCreditNote",
    "CurrencyShortform",
    "ReferenceNumber",
    "AccountName",
    "AccountNumber",
    "OurReference",
    "YourReference",
    "OrderNumber",
    "ReceiverCustomerName",
    "ReceiverAddressline",
    "ReceiverCity",
    "ReceiverPostalCode",
    "ReceiverVatNumber",
    "OverDueInterest",
    "PaymentTerm",
    "IsTaxFree",
    "Notes",
]
_DETAILS = ["invoiceTotalVatAmount", "invoiceTotalVatExcludedAmount", "invoiceTotalVatIncludedAmount", "invoiceNumber"]


@pytest.fixture
def filled(shelf: Shelf, severa: Emulated) -> Shelf:
    severa.clear_faults()
    severa.reset()
    found = read(severa.base_url, severa.credentials["soap_key"], ALL[:2])
    waiting = read(severa.base_url, severa.credentials["soap_key"], INVOICES, WAITING)
    drafts_of([*found, *waiting], shelf)
    return shelf


def shown(value: Any) -> Any:
    return value if value not in (None, "") else None


def seen(one: Fetcher) -> dict[str, Any]:
    """Return what a stranger sees of what waits, of customers and registers, without guids."""
    customers = one.customers()
    names = {each["GUID"]: each["Name"] for each in customers}
    invoices = {}
    for each in one.waiting(WAITING):
        rows = [{name: shown(row[name]) for name in _ROW} for row in rows_of(each)]
        details = {name: each["InvoiceDetails"][name] for name in _DETAILS}
        told = {name: shown(each[name]) for name in _INVOICE}
        invoices[each["Number"]] = {**told, "rows": rows, "details": details, "customer": names[each["AccountGUID"]]}
    register = {
        kind: sorted((each["Code"] or "", each["Name"], each["IsActive"]) for each in found)
        for kind, found in one.register().items()
    }
    return {
        "invoices": invoices,
        "customers": sorted((each["Name"], shown(each["Number"]), shown(each["VatNumber"])) for each in customers),
        "registers": register,
    }


def test_a_stranger_sees_the_same_at_both(filled: Shelf, severa: Emulated) -> None:
    with fetcher(f"{severa.base_url}/webservice/S3/API.svc", severa.credentials["soap_key"]) as one:
        theirs = seen(one)
    with fetcher(filled.address, filled.key) as one:
        ours = seen(one)
    assert len(theirs["invoices"]) > 8
    assert ours["customers"] == theirs["customers"]
    assert ours["registers"] == theirs["registers"]
    assert ours["invoices"].keys() == theirs["invoices"].keys()
    for number, invoice in theirs["invoices"].items():
        assert ours["invoices"][number] == invoice


@pytest.mark.parametrize("side", ["emulator", "ours"])
def test_a_stranger_moves_what_it_fetched(filled: Shelf, severa: Emulated, side: str) -> None:
    address, key = filled.address, filled.key
    if side == "emulator":
        address, key = f"{severa.base_url}/webservice/S3/API.svc", severa.credentials["soap_key"]
    with fetcher(address, key) as one:
        assert {WAITING, TRANSFERRED} <= set(one.statuses())
        first, second = one.waiting(WAITING, 2)
        one.move(first["GUID"], TRANSFERRED)
        one.call("IInvoice", "AddNewInvoiceLogEntry", first["GUID"], "Siirto", "Siirretty", "Maestro", None, True)
        again = one.call("IInvoice", "GetInvoiceByGUID", first["GUID"])
        assert again["InvoiceStatus"] == TRANSFERRED
        assert second["GUID"] == one.waiting(WAITING, 1)[0]["GUID"]
        assert one.call("IInvoice", "GetInvoiceByNumber", first["Number"], None)["GUID"] == first["GUID"]
        day = first["Date"]
        assert first["GUID"] in [
            each["GUID"] for each in one.call("IInvoice", "GetInvoicesByDateAndStatus", None, day, day, TRANSFERRED, 0)
        ]
        assert one.call("IInvoice", "GetInvoicePdfByInvoiceGUID", second["GUID"], "All").startswith(b"%PDF-")
        customer = one.call("ICustomer", "GetCustomerByGUID", first["AccountGUID"])
        assert one.call("IAccount", "GetAccountByName", customer["Name"])["GUID"] == first["AccountGUID"]
        for call, name in (
            (("IInvoice", "GetInvoiceByGUID", "not a guid"), "GeneralFailureException"),
            (("IInvoice", "SetInvoiceStatus", first["GUID"], "Ei ole"), "NotFoundException"),
            (("IInvoice", "GetInvoicesByStatus", None, "Ei ole", 0, None), "NotFoundException"),
            (("IProduct", "GetProductByCode", "EI-OLE"), "NotFoundException"),
        ):
            with pytest.raises(Fault) as caught:
                one.call(*call)
            assert caught.value.code == "s:Client"
            assert etree.QName(caught.value.detail[0]).localname == name


def plain(record: Any) -> Any:
    """Return a document without what names it at its source."""
    document = record.document
    given = msgspec.to_builtins(document)
    for name in ("source_id", "modified_at", "created_at", "extra", "credits", "dimensions", "status"):
        given.pop(name, None)
    party = given.get("party")
    if party is not None:
        party.pop("source_id", None)
        party.pop("modified_at", None)
        party.pop("extra", None)
    for line in given.get("lines", []):
        if not line.get("item_code"):  # of a row that groups several things only its words go on
            line.pop("extra", None)
        for name in ("source_id", "item_source_id", "dimensions"):
            line.pop(name, None)
    return given


def test_our_own_severa_connector_reads_the_same_documents(filled: Shelf, severa: Emulated) -> None:
    key = severa.credentials["soap_key"]
    theirs, ours = read(severa.base_url, key, INVOICES, WAITING), read(filled.base, filled.key, INVOICES, WAITING)
    by_number = {each.number: each for each in ours}
    assert len(by_number) == len(theirs)
    for each in theirs:
        found = plain(by_number[each.number])
        for name, value in plain(each).items():
            assert found[name] == value, (each.number, name)
    kinds = (DocumentKind.CUSTOMER, DocumentKind.ITEM)
    theirs, ours = read(severa.base_url, key, kinds), read(filled.base, filled.key, kinds)
    told = [sorted(msgspec.json.encode(plain(each)) for each in side) for side in (theirs, ours)]
    assert told[0] == told[1]


def test_every_answer_fits_both_schemas(filled: Shelf, client: Any) -> None:
    """Ours, and the one that the emulator composed from the sheet by itself."""
    by_name = contract.operations()
    assert set(by_name) <= set(soap_contract.contract().operations)
    for name, operation in by_name.items():
        theirs = soap_contract.contract().operations[name]
        assert operation.action == theirs.action
        assert len(operation.parameters) == len(theirs.parameters), name
    calls = {
        "GetInvoicesByStatus": f"<status>{WAITING}</status>",
        "GetAllInvoiceStatuses": "",
        "GetCustomersChangedSince": "<startDateTime>2000-01-01T00:00:00Z</startDateTime><options>2</options>",
        "GetAddressesChangedSince": "<startDateTime>2000-01-01T00:00:00Z</startDateTime>",
        "GetContactsChangedSince": "<startDateTime>2000-01-01T00:00:00Z</startDateTime>",
        "GetProductsChangedSince": "<startDateTime>2000-01-01T00:00:00Z</startDateTime><options>2</options>",
        "GetTravelExpensesChangedSince": "<startDateTime>2000-01-01T00:00:00Z</startDateTime>",
        "GetAllWorkTypes": "",
    }
    for name, parameters in calls.items():
        text = (
            '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>'
            f'<WebServicePassword xmlns="{contract.SOAP}">{filled.key}</WebServicePassword></s:Header>'
            f'<s:Body><{name} xmlns="{contract.SOAP}">{parameters}</{name}></s:Body></s:Envelope>'
        )
        path = f"/pull/{filled.connection.pk}/webservice/S3/API.svc"
        action = f'"{by_name[name].action}"'
        answer = client.post(path, text, content_type="text/xml; charset=utf-8", headers={"soapaction": action})
        assert answer.status_code == 200, answer.content
        element = etree.fromstring(answer.content).find("{*}Body")[0]
        assert len(element[0]), name
        soap_contract.validator().assertValid(element)
        assert contract.fault_of(element) == ""
