"""What a purchase invoice message must look like.

Order of elements: the vendor's purchaseinvoice.dtd of 2021 and purchaseinvoicepostingdata.dtd of 2020; for payment.nv
no DTD was found, its names are those of the sheet and of a client in production.
"""

from tilisilta_emulators.netvisor.shape import Shape

_LINE = (
    "productcode? productname orderedamount? deliveredamount unitname? unitprice discountpercentage? vatpercent "
    "linesum description? sort? accountingsuggestion? dimension*"
)

PURCHASE_INVOICE = Shape(
    "purchaseinvoice",
    {
        "purchaseinvoice": "invoicenumber invoicedate invoicesource? valuedate? eventdate? duedate "
        "purchaseinvoiceonround? vendorcode? vendorname? vendoraddressline? vendorpostnumber? vendorcity? "
        "vendorcountry? vendorphonenumber? vendorfaxnumber? vendoremail? vendorhomepage? amount accountnumber? "
        "organizationidentifier? sellerorganizationtaxcode? deliverydate? overduefinepercent? bankreferencenumber? "
        "ourreference? yourreference? currencycode? deliveryterms? deliverymethod? comment? checksum? pdfextrapages? "
        "readyforaccounting? agreementidentifier? primaryvendormatchtype? purchaseinvoicelines? "
        "purchaseinvoicesublines? purchaseinvoicecommentlines? purchaseinvoiceattachments? "
        "purchaseinvoicerelatedpurchaseordernumbers? partialpaymentdetails*",
        "purchaseinvoicelines": "purchaseinvoiceline+",
        "purchaseinvoiceline": _LINE,
        "dimension": "dimensionname dimensionitem",
        "purchaseinvoicesublines": "purchaseinvoicesubline+",
        "purchaseinvoicesubline": "productcode? productname? orderedamount? deliveredamount? unitname? unitprice? "
        "discountpercentage? vatpercent? linesum? description? sort?",
        "purchaseinvoicecommentlines": "purchaseinvoicecommentline+",
        "purchaseinvoicecommentline": "comment sort?",
        "purchaseinvoiceattachments": "purchaseinvoiceattachment+",
        "purchaseinvoiceattachment": "mimetype attachmentdescription filename documentdata documenttype?",
        "purchaseinvoicerelatedpurchaseordernumbers": "purchaseinvoicerelatedpurchaseordernumber+",
        "purchaseinvoicerelatedpurchaseordernumber": "purchaseordernumber",
        "partialpaymentdetails": "paidamount",
    },
    {
        "invoicedate@format": "optional ansi",
        "invoicedate@findopendate": "optional true",
        "purchaseinvoiceonround@type": "optional netvisor",
        "linesum@type": "required brutto",
        "documentdata@documenttype": "optional invoiceimage otherattachment",
        "paidamount@amountcurrencyidentifier": "required",
    },
    may_be_empty="productname comment",
)

POSTING = Shape(
    "purchaseinvoicepostingdata",
    {
        "purchaseinvoicepostingdata": "purchaseinvoicenetvisorkey status? isreadyforaccounting comment? "
        "purchaseinvoicepostingline*",
        "purchaseinvoicepostingline": "purchaseinvoicelinenetvisorkey? " + _LINE,
        "dimension": "dimensionname dimensionitem",
    },
    {"linesum@type": "required gross"},
    may_be_empty="productname",
)

PAYMENT = Shape(
    "payment",
    {
        "payment": "bankpaymentmessagetype bankpaymentmessage recipient sourcebankaccountnumber "
        "destinationbankaccount duedate amount",
        "recipient": "organizationcode? name address? postcode? town? country?",
        "destinationbankaccount": "bankname? bankbranch? destinationbankaccountnumber",
    },
    may_be_empty="bankpaymentmessage",
)

KEPT = frozenset(
    [
        "eventdate",
        "vendoraddressline",
        "vendorpostnumber",
        "vendorcity",
        "vendorcountry",
        "vendorphonenumber",
        "vendorfaxnumber",
        "vendoremail",
        "vendorhomepage",
        "accountnumber",
        "organizationidentifier",
        "deliverydate",
        "bankreferencenumber",
        "ourreference",
        "yourreference",
        "deliveryterms",
        "deliverymethod",
        "comment",
        "agreementidentifier",
        "checksum",
    ]
)
DATES = ("eventdate", "deliverydate")
STATUSES = ("open", "approved", "accepted")
