"""What a sales invoice message must look like.

Order of elements: the vendor's salesinvoice.dtd of 2021, with the newer elements that clients in production send.
Where a client repeats a frame (attachments, voucher lines) the frame may be repeated.
"""

from tilisilta_emulators.netvisor.shape import Shape

_INVOICE = (
    "salesinvoicenumber? salesinvoicedate salesinvoiceeventdate? salesinvoiceduedate? salesinvoicevaluedate? "
    "salesinvoicedeliverydate? salesinvoicedeliverytocustomerdate? salesinvoicewaybillidentifier? "
    "salesinvoiceproductpackagepallet? salesinvoicereferencenumber? salesinvoiceamount selleridentifier? sellername? "
    "invoicetype? salesinvoicestatus salesinvoicefreetextbeforelines? salesinvoicefreetextafterlines? "
    "salesinvoiceourreference? salesinvoiceyourreference? salesinvoiceprivatecomment? invoicingcustomeridentifier "
    "invoicingcustomername? invoicingcustomernameextension? invoicingcustomeraddressline? "
    "invoicingcustomeradditionaladdressline? invoicingcustomerpostnumber? invoicingcustomertown? "
    "invoicingcustomercountrycode? officeidentifier? deliveryoffice? deliveryaddressname? "
    "deliveryaddressnameextension? deliveryaddressline? deliveryaddresspostnumber? deliveryaddresstown? "
    "deliveryaddresscountrycode? deliverymethod? deliveryterm? salesinvoicetaxhandlingtype? paymentterm? "
    "paymenttermnetdays? paymenttermcashdiscountdays? paymenttermcashdiscount? expectpartialpayments? "
    "trydirectdebitlink? overridevouchersalesreceivablesaccountnumber? invoicesubjecttype? "
    "salesinvoiceagreementidentifier? printchannelformat? secondname? overriderateofoverdue? ordernumber? "
    "proposedaccount? accountdimensiontext? collectioncost? isthirdpartysales? invoicelines invoicevoucherlines* "
    "salesinvoiceaccrual? accrualrule? salesinvoiceattachments* customtags?"
)

SALES_INVOICE = Shape(
    "salesinvoice",
    {
        "salesinvoice": _INVOICE,
        "invoicelines": "invoiceline+",
        "invoiceline": "(salesinvoiceproductline|salesinvoicecommentline|salesinvoicesubline)",
        "salesinvoiceproductline": "productidentifier productname productunitprice productunitpurchaseprice? "
        "productvatpercentage salesinvoiceproductlinequantity salesinvoiceproductlinediscountpercentage? "
        "salesinvoiceproductlinefreetext? salesinvoiceproductlinevatsum? salesinvoiceproductlinesum? "
        "salesinvoiceproductlineinventoryid? accountingaccountsuggestion? skipaccrual? dimension* "
        "provisionpercentage? accrualrule? productunitname? deliverydate? ordernumber? proposedaccount? "
        "accountdimensiontext?",
        "salesinvoicecommentline": "comment",
        "salesinvoicesubline": "sublinearticleidentifier? sublinearticlename? sublinedescription? sublineunitcode? "
        "sublineunitprice? sublinedeliveredquantity? sublinediscountpercent? sublinevatpercent? sublinesum? "
        "sublinevatsum?",
        "invoicevoucherlines": "voucherline+",
        "voucherline": "linesum description? accountnumber vatpercent skipaccrual? dimension*",
        "dimension": "dimensionname dimensionitem metadata*",
        "metadata": "data",
        "salesinvoiceaccrual": "overridedefaultsalesaccrualaccountnumber? salesinvoiceaccrualtype? "
        "accrualvoucherentry+",
        "accrualvoucherentry": "month year sum",
        "accrualrule": "startmonth startyear endmonth? endyear? divisioncurvename?",
        "salesinvoiceattachments": "salesinvoiceattachment+",
        "salesinvoiceattachment": "mimetype attachmentdescription filename documentdata printbydefault?",
        "customtags": "tag*",
        "tag": "tagname tagvalue",
    },
    {
        "invoicingcustomeridentifier@type": "required netvisor customer organizationunitnumber",
        "productidentifier@type": "required netvisor customer primaryeancode secondaryeancode",
        "productunitprice@type": "required net gross netvisor",
        "productunitpurchaseprice@type": "required net",
        "salesinvoicestatus@type": "optional netvisor",
        "selleridentifier@type": "optional netvisor customer",
        "salesinvoiceamount@pricetype": "optional netvisor customer",
        "paymenttermcashdiscount@type": "required percentage sum",
        "trydirectdebitlink@mode": "required ignore_error fail_on_error",
        "printchannelformat@type": "required netvisor customer",
        "secondname@type": "required netvisor customer",
        "salesinvoicedeliverytocustomerdate@type": "required date weeknumber",
        "officeidentifier@type": "optional automatic",
        "documentdata@type": "optional finvoice pdf",
        "deliveryoffice@type": "required netvisor customer",
        "linesum@type": "required net gross",
        "tagvalue@datatype": "required date text float enum",
        "vatpercent@vatcode": "required",
    },
    # The amount may be empty so that it is computed, a draft has no status, and clients send rows without a product.
    may_be_empty="salesinvoiceamount salesinvoicestatus productidentifier productname comment",
)

MATCH = Shape("matchcreditnote", {"matchcreditnote": "creditnotenetvisorkey invoicenetvisorkey"})

# Elements that are kept as they come and shown again; limits known only from a partner's help page.
KEPT = frozenset(
    [
        "salesinvoiceeventdate",
        "salesinvoicevaluedate",
        "salesinvoicedeliverydate",
        "salesinvoicewaybillidentifier",
        "selleridentifier",
        "sellername",
        "salesinvoicefreetextbeforelines",
        "salesinvoicefreetextafterlines",
        "salesinvoiceourreference",
        "salesinvoiceyourreference",
        "salesinvoiceprivatecomment",
        "invoicingcustomername",
        "invoicingcustomernameextension",
        "invoicingcustomeraddressline",
        "invoicingcustomeradditionaladdressline",
        "invoicingcustomerpostnumber",
        "invoicingcustomertown",
        "invoicingcustomercountrycode",
        "deliveryaddressname",
        "deliveryaddressnameextension",
        "deliveryaddressline",
        "deliveryaddresspostnumber",
        "deliveryaddresstown",
        "deliveryaddresscountrycode",
        "deliverymethod",
        "deliveryterm",
        "salesinvoicetaxhandlingtype",
        "salesinvoiceagreementidentifier",
        "overriderateofoverdue",
        "ordernumber",
        "collectioncost",
    ]
)
DATES = ("salesinvoiceeventdate", "salesinvoicevaluedate", "salesinvoicedeliverydate")
LIMITS = {
    "salesinvoiceagreementidentifier": 35,
    "invoicingcustomeraddressline": 80,
    "deliveryaddressline": 80,
}
STATUSES = {
    "invoice": ("open", "unsent"),
    "order": ("delivered", "undelivered"),
    "invoicedraft": ("", "open", "unsent"),
}
