"""Reading sales invoices and orders: salesinvoicelist.nv and getsalesinvoice.nv."""

import base64
from collections.abc import Callable, Iterator
from datetime import date

from tilisilta_emulators.netvisor import vat, xml
from tilisilta_emulators.netvisor.call import Call
from tilisilta_emulators.netvisor.errors import invalid, wrong
from tilisilta_emulators.netvisor.records import Attachment, SalesInvoice, SalesRow
from tilisilta_emulators.netvisor.table import Table
from tilisilta_emulators.netvisor.values import cents, show_day, show_money, show_number, show_price

_ANSI = {"format": "ansi"}
_SUBSTATUSES = ("open", "overdue", "reminded", "requested", "collected")
_STATUS_FILTER = frozenset(
    ("open", "unsent", "overdue", "reminded", "requested", "collected", "paid", "creditloss", "rejected",
     "delivered", "undelivered")
)  # fmt: skip
# Whatever follows the due date is overdue too.
_OVERDUE = frozenset(("overdue", "reminded", "requested", "collected"))
# The vendor's page spells the parameter without the u of country.
_COUNTRY_FILTERS = ("invoicingcustomercontrycode", "invoicingcustomercountrycode")
_PDF = b"%PDF-1.4\n% emulated invoice\n%%EOF\n"

# Machine value: Finnish, English, Swedish.
_LABELS = {
    "open": ("Avoin", "Open", "Öppen"),
    "unsent": ("Lähettämättä", "Unsent", "Ej skickad"),
    "overdue": ("Erääntynyt", "Overdue", "Förfallen"),
    "reminded": ("Huomautettu", "Reminded", "Påmind"),
    "requested": ("Maksukehotus", "Requested", "Krävd"),
    "collected": ("Perinnässä", "Collected", "Under indrivning"),
    "paid": ("Maksettu", "Paid", "Betald"),
    "creditloss": ("Luottotappio", "Credit loss", "Kreditförlust"),
    "delivered": ("Toimitettu", "Delivered", "Levererad"),
    "undelivered": ("Toimittamatta", "Undelivered", "Ej levererad"),
    "": ("Luonnos", "Draft", "Utkast"),
}
_YES_NO = {"FI": ("Kyllä", "Ei"), "EN": ("Yes", "No"), "SE": ("Ja", "Nej")}
_COUNTRIES = {"FI": ("Suomi", "Finland", "Finland"), "EE": ("Viro", "Estonia", "Estland"),
              "SE": ("Ruotsi", "Sweden", "Sverige")}  # fmt: skip


def _at(call: Call) -> int:
    return ("FI", "EN", "SE").index(call.language)


def listing(call: Call) -> str:
    """GET salesinvoicelist.nv; orders with listtype=preinvoice."""
    sort = call.text("listtype").lower()
    if sort not in {"", "preinvoice"}:
        raise wrong("listtype", sort)
    orders = sort == "preinvoice"
    table = call.books.orders if orders else call.books.sales
    keep = _filter(call)
    return xml.group(
        "SalesInvoiceList", *(_row(call, item) for item in _chosen(call, table, orders=orders) if keep(item))
    )


def _chosen(call: Call, table: Table[SalesInvoice], *, orders: bool) -> Iterator[SalesInvoice]:
    """Walk the narrowest index that the filters allow; the filter looks at all of them again."""
    books = call.books
    above = call.integer("invoicesabovenetvisorkey")
    if call.has("invoicenumber"):
        key = books.sales_numbers.get((orders, call.text("invoicenumber")))
        if key is not None and key in table.by_key:
            yield table.by_key[key]
    elif call.filter_key("customernetvisorkey") or call.has("customercode"):
        key = call.filter_key("customernetvisorkey")
        if key is None:
            key = books.customer_codes.get(call.text("customercode").casefold(), 0)
        yield from (table.by_key[item] for item in books.customer_invoices.get(key, {}) if item in table.by_key)
    elif above is not None:
        yield from table.ordered.between(above + 1)
    elif call.has("lastmodifiedstart", "lastmodifiedend"):
        yield from table.modified.between(call.moment("lastmodifiedstart"), call.moment("lastmodifiedend", end=True))
    elif call.has("begininvoicedate", "endinvoicedate"):
        yield from table.days.between(call.day("begininvoicedate"), call.day("endinvoicedate"))
    else:
        yield from table.ordered


def _filter(call: Call) -> Callable[[SalesInvoice], bool]:
    above = call.integer("invoicesabovenetvisorkey")
    begin, end = call.day("begininvoicedate"), call.day("endinvoicedate")
    since, until = call.moment("lastmodifiedstart"), call.moment("lastmodifiedend", end=True)
    status = call.text("invoicestatus").lower()
    country = next((code for name in _COUNTRY_FILTERS if (code := call.text(name).upper())), "")
    customer = call.filter_key("customernetvisorkey")
    # Nothing is brought in as a batch here, so no batch has an invoice.
    batch = call.filter_key("salesinvoicebatchid")
    code = call.text("customercode").casefold()
    if status and status not in _STATUS_FILTER:
        raise wrong("invoicestatus", status)
    today = call.now.date()

    def keep(item: SalesInvoice) -> bool:
        main, sub = _states(item, today)
        return not (
            batch is not None
            or (above is not None and item.key <= above)
            or (begin is not None and item.date < begin)
            or (end is not None and item.date > end)
            or (since is not None and item.modified < since)
            or (until is not None and item.modified > until)
            or (status and not _has_status(status, main, sub))
            or (customer is not None and item.customer.key != customer)
            or (code and item.customer.code.casefold() != code)
            or (country and (item.head.get("invoicingcustomercountrycode") or "FI").upper() != country)
        )

    return keep


def _has_status(wanted: str, main: str, sub: str) -> bool:
    return sub in _OVERDUE if wanted == "overdue" else wanted in {main, sub}


def _states(item: SalesInvoice, today: date) -> tuple[str, str]:
    """Return main and sub status; an open invoice is overdue after its due date."""
    if item.status not in _SUBSTATUSES:
        return item.status, ""
    if item.status == "open" and item.due_date < today:
        return "open", "overdue"
    return "open", item.status


def _row(call: Call, item: SalesInvoice) -> str:
    main, sub = _states(item, call.now.date())
    option = call.integer("replyoption") or 0
    additional = ""
    if option:
        comment = xml.leaf("PrivateComment", item.head.get("salesinvoiceprivatecomment", "")) if option & 1 else ""
        currency = {"currencycode": item.currency, "type": "ISO-4217"}
        sums = [
            xml.leaf("InvoiceCurrencySum", show_money(item.amount), currency),
            xml.leaf("OpenCurrencySum", show_money(item.open), currency),
        ]
        additional = xml.group("AdditionalInformation", comment, *(sums if option & 2 else []))
    return xml.group(
        "SalesInvoice",
        xml.leaf("NetvisorKey", item.key),
        xml.leaf("InvoiceNumber", item.number),
        xml.leaf("Invoicedate", show_day(item.date), _ANSI),
        xml.leaf("InvoiceDueDate", show_day(item.due_date), _ANSI),
        xml.leaf("InvoiceStatus", main, {"substatus": sub} if sub and sub != "open" else None),
        xml.leaf("CustomerNetvisorKey", item.customer.key),
        xml.leaf("CustomerCode", item.customer.code),
        xml.leaf("CustomerName", item.customer.name),
        xml.leaf("ReferenceNumber", item.reference),
        xml.leaf("InvoiceSum", show_money(item.amount)),
        xml.leaf("OpenSum", show_money(item.open)),
        xml.leaf("Uri", call.uri("getorder.nv" if item.kind == "order" else "getsalesinvoice.nv", item.key)),
        additional,
    )


def get(call: Call) -> str:
    """GET getsalesinvoice.nv and getorder.nv, which are one: by netvisorkey, empty when unknown, or netvisorkeylist."""
    books = call.books
    if call.has("netvisorkeylist"):
        found = [books.sales.by_key.get(key) or books.orders.by_key.get(key) for key in call.keys("netvisorkeylist")]
        return xml.group("SalesInvoices", *(_show(call, item) for item in found if item is not None))
    if not call.has("netvisorkey"):
        raise invalid("parameter", name="netvisorkey")
    key = call.required_key("netvisorkey")
    item = books.sales.by_key.get(key) or books.orders.by_key.get(key)
    return xml.leaf("SalesInvoice", None) if item is None else _show(call, item)


def _show(call: Call, item: SalesInvoice) -> str:
    head = item.head
    amount = show_money(item.amount)
    if call.options.amount_point:
        amount = amount.replace(",", ".")
    main, sub = _states(item, call.now.date())
    label = _LABELS[sub or main][_at(call)]
    voucher = call.books.vouchers.by_key.get(item.voucher_key)
    link = xml.leaf("InvoiceVoucher", voucher.number, {"netvisorkey": str(voucher.key)}) if voucher else ""
    return xml.group(
        "SalesInvoice",
        xml.leaf("SalesInvoiceNetvisorKey", item.key),
        xml.leaf("SalesInvoiceNumber", item.number),
        xml.leaf("SalesInvoiceDate", show_day(item.date), _ANSI),
        xml.leaf("SalesInvoiceEventDate", head.get("salesinvoiceeventdate") or show_day(item.date), _ANSI),
        xml.leaf("SalesInvoiceValueDate", head.get("salesinvoicevaluedate") or show_day(item.date), _ANSI),
        xml.leaf("SalesInvoiceDeliveryDate", head.get("salesinvoicedeliverydate") or show_day(item.date), _ANSI),
        xml.leaf("SalesInvoiceDueDate", show_day(item.due_date), _ANSI),
        xml.leaf("SalesInvoiceReferencenumber", item.reference),
        xml.leaf(
            "SalesInvoiceAmount",
            amount,
            {"iso4217currencycode": item.currency, "currencyrate": show_number(item.rate)},
        ),
        xml.leaf("SellerIdentifier", head.get("sellername", ""), {"type": "name"}),
        xml.leaf("InvoiceStatus", label, {"status": sub or main}),
        link,
        xml.leaf("SalesInvoiceFreeTextBeforeLines", head.get("salesinvoicefreetextbeforelines", "")),
        xml.leaf("SalesInvoiceFreeTextAfterLines", head.get("salesinvoicefreetextafterlines", "")),
        xml.leaf("SalesInvoiceOurReference", head.get("salesinvoiceourreference", "")),
        xml.leaf("SalesInvoiceYourReference", head.get("salesinvoiceyourreference", "")),
        xml.leaf("SalesInvoicePrivateComment", head.get("salesinvoiceprivatecomment", "")),
        xml.leaf("SalesInvoiceAgreementIdentifier", head.get("salesinvoiceagreementidentifier", "")),
        *_addresses(call, item),
        xml.leaf("DeliveryMethod", head.get("deliverymethod", "")),
        xml.leaf("DeliveryTerm", head.get("deliveryterm", "")),
        xml.leaf("PaymentTermNetDays", item.net_days),
        xml.leaf("PaymentTermCashDiscountDays", item.discount_days),
        xml.leaf(
            "PaymentTermCashDiscount",
            show_number(item.discount) if item.discount is not None else "0",
            {"type": "sum" if item.discount_is_sum else "percentage"},
        ),
        *_pdf(call),
        xml.group("InvoiceLines", xml.group("InvoiceLine", *(_show_row(call, row) for row in item.rows))),
        _files(item.attachments) if call.on("includeattachments") else "",
        xml.leaf("ProcessHistory", None) if call.on("showprocesshistory") else "",
    )


def _pdf(call: Call) -> list[str]:
    wanted = call.text("pdfimage").lower()
    if wanted not in {"", "lastsentprintservice", "pdf", "nopdf"}:
        raise wrong("pdfimage", wanted)
    if wanted != "pdf":
        return []
    return [xml.leaf("LastSentInvoicePDFBase64Data", base64.b64encode(_PDF).decode())]


def _addresses(call: Call, item: SalesInvoice) -> list[str]:
    head, own = item.head, item.customer.fields

    def text(name: str, kept: str = "") -> str:
        return head.get(name) or own.get(kept, "")

    country = text("invoicingcustomercountrycode", "country").upper() or "FI"
    names = _COUNTRIES.get(country)
    yes, no = _YES_NO[call.language]
    return [
        xml.leaf("InvoicingCustomerCode", item.customer.code),
        xml.leaf("InvoicingCustomerName", text("invoicingcustomername", "name")),
        xml.leaf("InvoicingCustomerNameExtension", text("invoicingcustomernameextension", "nameextension")),
        xml.leaf("InvoicingCustomerNetvisorKey", item.customer.key),
        xml.leaf("InvoicingCustomerOrganizationIdentifier", item.customer.business_id),
        xml.leaf("InvoicingCustomerAddressline", text("invoicingcustomeraddressline", "streetaddress")),
        xml.leaf(
            "InvoicingCustomerAdditionalAddressLine",
            text("invoicingcustomeradditionaladdressline", "additionaladdressline"),
        ),
        xml.leaf("InvoicingCustomerPostnumber", text("invoicingcustomerpostnumber", "postnumber")),
        xml.leaf("InvoicingCustomerTown", text("invoicingcustomertown", "city")),
        xml.leaf("InvoicingCustomerCountryCode", names[_at(call)] if names else country, {"ISO-3166": country}),
        xml.leaf("MatchPartialPaymentsByDefault", yes if item.partial else no),
        xml.leaf("DeliveryAddressName", text("deliveryaddressname", "deliveryname")),
        xml.leaf("DeliveryAddressLine", text("deliveryaddressline", "deliverystreetaddress")),
        xml.leaf("DeliveryAddressPostnumber", text("deliveryaddresspostnumber", "deliverypostnumber")),
        xml.leaf("DeliveryAddressTown", text("deliveryaddresstown", "deliverycity")),
        xml.leaf("DeliveryAddressCountryCode", text("deliveryaddresscountrycode", "deliverycountry")),
    ]


def _show_row(call: Call, row: SalesRow) -> str:
    if row.comment is not None:
        if not call.on("showcommentlines"):
            return ""
        return xml.group("SalesInvoiceCommentLine", xml.leaf("Comment", row.comment))
    product = call.books.products.by_key.get(row.product_key)
    account = call.books.accounts.get(row.account)
    return xml.group(
        "SalesInvoiceProductLine",
        xml.leaf("NetvisorKey", row.key),
        xml.leaf("productidentifier", product.code if product else row.identifier, {"type": "customer"}),
        xml.leaf("ProductName", row.name),
        xml.leaf("ProductNetvisorKey", row.product_key or None),
        xml.leaf("ProductUnitPrice", show_price(row.unit_price)),
        xml.leaf(
            "ProductVatPercentage", show_number(row.vat_percent), {"vatcode": vat.show(row.vat_code, call.options)}
        ),
        xml.leaf("SalesInvoiceProductLineQuantity", show_number(row.quantity)),
        xml.leaf("SalesInvoiceProductLineUnit", row.unit),
        xml.leaf("SalesInvoiceProductLineDiscountPercentage", show_number(row.discount)),
        xml.leaf("SalesInvoiceProductLineFreeText", row.free_text),
        xml.leaf("SalesInvoiceProductLineVatSum", show_money(row.vat)),
        xml.leaf("SalesInvoiceProductLineSum", show_money(cents(row.net + row.vat))),
        xml.leaf("AccountingAccountSuggestion", account.key if account else None),
        xml.leaf("AccountingAccountSuggestionAccountNumber", row.account),
        *(
            xml.group("Dimension", xml.leaf("DimensionName", name), xml.leaf("DimensionItem", value))
            for name, value in row.dimensions
        ),
    )


def _files(files: list[Attachment]) -> str:
    return xml.group(
        "SalesInvoiceAttachments",
        *(
            xml.group(
                "SalesInvoiceAttachment",
                xml.leaf("MimeType", file.mime_type),
                xml.leaf("AttachmentDescription", file.description),
                xml.leaf("FileName", file.file_name),
                xml.leaf("DocumentData", base64.b64encode(file.content).decode()),
            )
            for file in files
        ),
    )
