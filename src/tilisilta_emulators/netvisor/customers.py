"""Customers: customerlist.nv, getcustomer.nv, customer.nv.

Order of elements: the vendor's customer.dtd of 2021, with the newer elements of customeradditionalinformation where a
client in production sends them. All leaves are optional there; a name is needed in practice.
"""

from collections.abc import Iterable

from tilisilta_emulators.netvisor import xml
from tilisilta_emulators.netvisor.call import Call
from tilisilta_emulators.netvisor.errors import Refused, invalid, missing, wrong
from tilisilta_emulators.netvisor.records import Customer
from tilisilta_emulators.netvisor.shape import Node, Shape
from tilisilta_emulators.netvisor.values import decimal, flag, show_number

CUSTOMER = Shape(
    "customer",
    {
        "customer": "customerbaseinformation customerfinvoicedetails? customermaventaedidetails? "
        "customerdeliverydetails? customercontactdetails? customeradditionalinformation? customerdimensiondetails?",
        "customerbaseinformation": "internalidentifier? externalidentifier? organizationunitnumber? name? "
        "nameextension? streetaddress? additionaladdressline? city? postnumber? country? customergroupname? "
        "phonenumber? faxnumber? email? homepageuri? isactive? isprivatecustomer? emailinvoicingaddress?",
        "customerfinvoicedetails": "finvoiceaddress? finvoiceroutercode?",
        "customermaventaedidetails": "maventaedichannel maventaedicustomeridentifier?",
        "customerdeliverydetails": "deliveryname? deliverystreetaddress? deliverycity? deliverypostnumber? "
        "deliverycountry?",
        "customercontactdetails": "contactname? contactperson? contactpersonemail? contactpersonphone?",
        "customeradditionalinformation": "comment? customeragreementidentifier? customerreferencenumber? "
        "directdebitbankaccount? invoicinglanguage? invoiceprintchannelformat? yourdefaultreference? "
        "defaulttextbeforeinvoicelines? defaulttextafterinvoicelines? defaultpaymentterm? defaultsecondname? "
        "paymentinterest? balancelimit? receivablesmanagementautomationrule? factoringaccount? taxhandlingtype? "
        "eustandardfinvoice? defaultsalesperson?",
        "defaultsalesperson": "salespersonid",
        "customerdimensiondetails": "dimension*",
        "dimension": "dimensionname dimensionitem",
    },
    {
        "internalidentifier@type": "optional automatic",
        "country@type": "optional iso-3166",
        "deliverycountry@type": "optional iso-3166",
        "invoiceprintchannelformat@type": "required netvisor",
        "defaultpaymentterm@type": "required netvisor customer",
        "salespersonid@type": "required netvisor",
    },
)

CODES_LIMIT = 100
STREET_LIMIT = 80
AGREEMENT_LIMIT = 35
_LIMITS = {"streetaddress": STREET_LIMIT, "deliverystreetaddress": STREET_LIMIT,
           "customeragreementidentifier": AGREEMENT_LIMIT}  # fmt: skip
_FLAGS = ("isactive", "isprivatecustomer", "eustandardfinvoice")
_SEARCHED = ("name", "internalidentifier", "externalidentifier", "nameextension")

# Element of the answer and name of the kept field, frame by frame.
_BASE = (
    ("Name", "name"), ("NameExtension", "nameextension"), ("StreetAddress", "streetaddress"),
    ("AdditionalStreetAddress", "additionaladdressline"), ("City", "city"), ("PostNumber", "postnumber"),
)  # fmt: skip
_BASE_REST = (
    ("PhoneNumber", "phonenumber"), ("FaxNumber", "faxnumber"), ("Email", "email"),
    ("EmailInvoicingAddress", "emailinvoicingaddress"), ("HomePageUri", "homepageuri"),
)  # fmt: skip
_FINVOICE = (("FinvoiceAddress", "finvoiceaddress"), ("FinvoiceRouterCode", "finvoiceroutercode"))
_DELIVERY = (
    ("DeliveryName", "deliveryname"), ("DeliveryStreetAddress", "deliverystreetaddress"),
    ("DeliveryCity", "deliverycity"), ("DeliveryPostNumber", "deliverypostnumber"),
)  # fmt: skip
_CONTACT = (
    ("ContactPerson", "contactperson"), ("ContactPersonEmail", "contactpersonemail"),
    ("ContactPersonPhone", "contactpersonphone"),
)  # fmt: skip
_ADDITIONAL = (
    ("Comment", "comment"), ("CustomerAgreementIdentifier", "customeragreementidentifier"),
    ("ReferenceNumber", "customerreferencenumber"), ("YourDefaultReference", "yourdefaultreference"),
    ("DefaultTextBeforeInvoiceLines", "defaulttextbeforeinvoicelines"),
    ("DefaultTextAfterInvoiceLines", "defaulttextafterinvoicelines"), ("DefaultPaymentTerm", "defaultpaymentterm"),
    ("TaxHandlingType", "taxhandlingtype"),
)  # fmt: skip


def listing(call: Call) -> str:
    """GET customerlist.nv; a keyword makes changedsince count for nothing."""
    return xml.group("Customerlist", *(_row(call, item) for item in _chosen(call)))


def _chosen(call: Call) -> Iterable[Customer]:
    books = call.books
    keyword = call.text("keyword").casefold()
    codes = call.words("customercodelist", CODES_LIMIT)
    since = call.moment("changedsince")
    found: Iterable[Customer] = books.customers.ordered
    if codes:
        keys = [books.customer_codes.get(code.casefold()) for code in codes]
        found = [books.customers.by_key[key] for key in keys if key is not None]
    if keyword:
        return [item for item in found if keyword in item.folded]
    if since is None:
        return found
    return [item for item in found if item.modified >= since] if codes else books.customers.modified.between(since)


def _row(call: Call, item: Customer) -> str:
    group = item.fields.get("customergroupname", "")
    return xml.group(
        "Customer",
        xml.leaf("Netvisorkey", item.key),
        xml.leaf("Name", item.name),
        xml.leaf("Code", item.code),
        xml.leaf("OrganisationIdentifier", item.business_id),
        xml.leaf("CustomerGroupID", call.books.group("customer", group)) if group else "",
        xml.leaf("CustomerGroupName", group) if group else "",
        xml.leaf("Uri", f"{call.base_url}/getcustomer.nv?id={item.key}"),
    )


def get(call: Call) -> str:
    """GET getcustomer.nv: one by id, or several by idlist; an unknown one is an error."""
    if call.has("idlist"):
        return xml.group("Customers", *(_show(call, _find(call, key)) for key in call.keys("idlist")))
    return _show(call, _find(call, call.required_key("id")))


def _find(call: Call, key: int) -> Customer:
    found = call.books.customers.by_key.get(key)
    if found is None:
        raise invalid("customer", value=key)
    return found


def _leaves(item: Customer, pairs: Iterable[tuple[str, str]]) -> list[str]:
    return [xml.leaf(element, item.fields.get(name, "")) for element, name in pairs]


def _show(call: Call, item: Customer) -> str:
    fields = item.fields
    country = {"type": "ISO-3166"}
    group = fields.get("customergroupname", "")
    base = xml.group(
        "CustomerBaseInformation",
        xml.leaf("NetvisorKey", item.key),
        xml.leaf("InternalIdentifier", item.code),
        xml.leaf("ExternalIdentifier", item.business_id),
        xml.leaf("OrganizationUnitNumber", fields.get("organizationunitnumber", "")),
        xml.leaf("CustomerGroupNetvisorKey", call.books.group("customer", group)) if group else "",
        xml.leaf("CustomerGroupName", group) if group else "",
        *_leaves(item, _BASE),
        xml.leaf("Country", fields.get("country", ""), country),
        *_leaves(item, _BASE_REST),
        xml.leaf("IsActive", int((fields.get("isactive") or "1") == "1")),
        xml.leaf("IsPrivateCustomer", int(fields.get("isprivatecustomer", "0") == "1")),
    )
    limit = fields.get("balancelimit", "")
    additional = xml.group(
        "CustomerAdditionalInformation",
        *_leaves(item, _ADDITIONAL),
        xml.leaf("BalanceLimit", show_number(decimal("balancelimit", limit)) if limit else None),
        xml.leaf("InvoicingLanguage", fields.get("invoicinglanguage", ""), country),
        xml.leaf("EuStandardFinvoice", fields.get("eustandardfinvoice", "0")),
        _dimensions(item),
        _receivables() if call.text("replyoption") == "1" else "",
    )
    return xml.group(
        "Customer",
        base,
        xml.group("CustomerFinvoiceDetails", *_leaves(item, _FINVOICE)),
        xml.group(
            "CustomerDeliveryDetails",
            *_leaves(item, _DELIVERY),
            xml.leaf("DeliveryCountry", fields.get("deliverycountry", ""), country),
        ),
        xml.group("CustomerContactDetails", *_leaves(item, _CONTACT)),
        additional,
    )


def _receivables() -> str:
    return xml.group(
        "AdditionalInformation",
        xml.group("ReceivablesManagement", xml.leaf("TurnoverDays", "0,00"), xml.leaf("TurnoverDeviation", "0,00")),
    )


def _dimensions(item: Customer) -> str:
    if not item.dimensions:
        return ""
    return xml.group(
        "CustomerDimensions",
        *(
            xml.group("Dimension", xml.leaf("DimensionName", name), xml.leaf("DimensionItem", value))
            for name, value in item.dimensions
        ),
    )


def write(call: Call) -> str:
    """POST customer.nv: add answers the key, edit only the status."""
    books = call.books
    if call.method() == "add":
        node = call.message(CUSTOMER)
        item = Customer(key=0, modified=call.now, fields={})
        _fill(call, item, node)
        item.key = books.customers.next_key()
        _index(call, item, "")
        return xml.replies(item.key)
    old = _find(call, call.required_key("id"))
    node = call.message(CUSTOMER, edit=True)
    item = Customer(key=old.key, modified=call.now, fields=dict(old.fields), dimensions=old.dimensions)
    _fill(call, item, node)
    _index(call, item, old.code)
    # Invoices hold the record itself, so the old one takes the new content.
    old.fields, old.dimensions, old.folded = item.fields, item.dimensions, item.folded
    books.customers.touch(old, call.now)
    return ""


def _fill(call: Call, item: Customer, node: Node) -> None:
    fields = item.fields
    for frame in node.children:
        for leaf in frame.children:
            if leaf.tag == "dimension":
                continue
            text = leaf.child("salespersonid").text if leaf.children else leaf.text  # type: ignore[union-attr]
            fields[leaf.tag] = call.fit(leaf.tag, text, _LIMITS.get(leaf.tag))
    _check_fields(fields)
    base = node.child("customerbaseinformation")
    identifier = None if base is None else base.child("internalidentifier")
    if identifier is not None and not identifier.text and "type" in identifier.attributes:
        fields["internalidentifier"] = _free_code(call)
    dimensions = node.child("customerdimensiondetails")
    if dimensions is not None:
        only_known = call.on("useonlyexistingdimensions")
        item.dimensions = call.books.named_dimensions(dimensions.children, create=not only_known)
    item.folded = "\n".join(fields.get(name, "") for name in _SEARCHED).casefold()
    taken = call.books.customer_codes.get(item.code.casefold()) if item.code else None
    if taken is not None and taken != item.key:
        raise Refused("DUPLICATE_DATA", "duplicate", name="internalidentifier", value=item.code[:60])


def _check_fields(fields: dict[str, str]) -> None:
    if not fields.get("name"):
        raise missing("name")
    for name in _FLAGS:
        if fields.get(name):
            fields[name] = str(int(flag(name, fields[name])))
    for name in ("country", "deliverycountry"):
        code = fields.get(name, "")
        if code and not (len(code) == 2 and code.isascii() and code.isalpha()):
            raise wrong(name, code)
        fields[name] = code.upper()
    for name in ("balancelimit", "paymentinterest"):
        if fields.get(name):
            decimal(name, fields[name])


def _free_code(call: Call) -> str:
    while True:
        code = str(call.books.number("customer code"))
        if code not in call.books.customer_codes:
            return code


def _index(call: Call, item: Customer, old_code: str) -> None:
    books = call.books
    if old_code:
        books.customer_codes.pop(old_code.casefold(), None)
    if item.code:
        books.customer_codes[item.code.casefold()] = item.key
    if item.key not in books.customers.by_key:
        books.customers.put(item)
    if item.fields.get("customergroupname"):
        books.group("customer", item.fields["customergroupname"])
