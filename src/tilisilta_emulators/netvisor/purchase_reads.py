"""Reading purchase invoices: purchaseinvoicelist.nv, getpurchaseinvoice.nv, getattachments.nv."""

import base64
import hashlib
from collections.abc import Callable, Iterator

from tilisilta_emulators.netvisor import vat, xml
from tilisilta_emulators.netvisor.call import Call
from tilisilta_emulators.netvisor.errors import invalid, wrong
from tilisilta_emulators.netvisor.purchase_shape import STATUSES
from tilisilta_emulators.netvisor.records import Attachment, PurchaseInvoice, PurchaseRow
from tilisilta_emulators.netvisor.values import ZERO, show_day, show_money, show_number, show_price

_ANSI = {"format": "ansi"}
_STATUS_LABELS = {
    "open": ("Avoin", "Open", "Öppen"),
    "approved": ("Asiatarkastettu", "Approved", "Granskad"),
    "accepted": ("Hyväksytty", "Accepted", "Godkänd"),
}
_INCLUDES = frozenset(("actions", "handlinghistory", "previewimage", "invoiceimage", "circulationlist"))


def listing(call: Call) -> str:
    """GET purchaseinvoicelist.nv."""
    keep = _filter(call)
    return xml.group("PurchaseInvoiceList", *(_row(call, item) for item in _chosen(call) if keep(item)))


def _chosen(call: Call) -> Iterator[PurchaseInvoice]:
    table = call.books.purchases
    if call.has("lastmodifiedstart", "lastmodifiedend"):
        yield from table.modified.between(call.moment("lastmodifiedstart"), call.moment("lastmodifiedend", end=True))
    elif call.has("begininvoicedate", "endinvoicedate"):
        yield from table.days.between(call.day("begininvoicedate"), call.day("endinvoicedate"))
    else:
        yield from table.ordered


def _filter(call: Call) -> Callable[[PurchaseInvoice], bool]:
    begin, end = call.day("begininvoicedate"), call.day("endinvoicedate")
    number = call.text("invoicenumber")
    status, paid = call.text("invoicestatus").lower(), call.text("paymentstatus").lower()
    if status and status not in STATUSES:
        raise wrong("invoicestatus", status)
    if paid not in {"", "paid", "unpaid"}:
        raise wrong("paymentstatus", paid)
    # Nothing is brought in as a batch here, so no batch has an invoice.
    batch = call.filter_key("purchaseinvoicebatchid")

    def keep(item: PurchaseInvoice) -> bool:
        return not (
            batch is not None
            or item.visible > call.now
            or (begin is not None and item.date < begin)
            or (end is not None and item.date > end)
            or (number and item.number != number)
            or (status and item.status != status)
            or (paid and (item.paid == item.amount) != (paid == "paid"))
        )

    return keep


def _row(call: Call, item: PurchaseInvoice) -> str:
    return xml.group(
        "PurchaseInvoice",
        xml.leaf("NetvisorKey", item.key),
        xml.leaf("InvoiceNumber", item.number),
        xml.leaf("InvoiceDate", show_day(item.date), _ANSI),
        xml.leaf("Vendor", item.vendor.name),
        xml.leaf("VendorOrganizationIdentifier", item.vendor.business_id),
        xml.leaf("Sum", show_money(item.amount)),
        xml.leaf("Payments", show_money(item.paid)),
        xml.leaf("OpenSum", show_money(item.amount - item.paid)),
        xml.leaf("Uri", call.uri("getpurchaseinvoice.nv", item.key)),
    )


def get(call: Call) -> str:
    """GET getpurchaseinvoice.nv: one by netvisorkey, empty when unknown; several by netvisorkeylist."""
    table = call.books.purchases.by_key
    if call.text("version") not in {"", "1", "2"}:
        raise wrong("version", call.text("version"))
    unknown = set(call.text("include").lower().replace(" ", "").split(",")) - _INCLUDES - {""}
    if unknown:
        raise wrong("include", min(unknown))
    if call.has("netvisorkeylist"):
        found = [table.get(key) for key in call.keys("netvisorkeylist")]
        return xml.group(
            "PurchaseInvoices",
            *(_show(call, item) for item in found if item is not None and item.visible <= call.now),
        )
    item = table.get(call.required_key("netvisorkey"))
    if item is None or item.visible > call.now:
        return xml.leaf("PurchaseInvoice", None)
    return _show(call, item)


def _show(call: Call, item: PurchaseInvoice) -> str:
    head = item.head
    label = _STATUS_LABELS[item.status][("FI", "EN", "SE").index(call.language)]
    include = call.text("include").lower()
    bank = head.get("accountnumber", "").replace(" ", "")
    image = next((file for file in item.attachments if file.kind == "invoiceimage"), None)
    fingerprint = hashlib.sha256(f"{item.vendor.key}|{item.number}|{item.date}".encode()).hexdigest().upper()
    foreign = item.currency != "EUR"
    return xml.group(
        "PurchaseInvoice",
        xml.leaf("PurchaseInvoiceNetvisorKey", item.key),
        xml.leaf("PurchaseInvoiceNumber", item.number),
        xml.leaf("PurchaseInvoiceDate", show_day(item.date), _ANSI),
        xml.leaf("PurchaseInvoiceEventDate", head.get("eventdate", ""), _ANSI),
        xml.leaf("PurchaseInvoiceDeliveryDate", head.get("deliverydate") or show_day(item.date), _ANSI),
        xml.leaf("PurchaseInvoiceDueDate", show_day(item.due_date), _ANSI),
        xml.leaf("PurchaseInvoiceValueDate", show_day(item.value_date), _ANSI),
        xml.leaf("PurchaseInvoiceReferencenumber", head.get("bankreferencenumber", "")),
        xml.leaf("PurchaseInvoiceAgreementIdentifier", head.get("agreementidentifier", "")),
        xml.leaf("PurchaseInvoiceVendorBankAccountNumber", bank),
        xml.leaf("IsPurchaseInvoiceVendorBankAccountDeleted", "False") if bank else "",
        xml.leaf("IsPurchaseInvoiceVendorBankAccountFromSEPARegion", "True") if bank else "",
        xml.leaf("PurchaseInvoiceAmount", show_money(item.amount)),
        xml.leaf("PurchaseInvoicePaidAmount", show_money(item.paid)),
        xml.leaf("ForeignCurrencyAmount", show_money(item.amount if foreign else ZERO)),
        xml.leaf("ForeignCurrencyNameID", item.currency),
        xml.leaf("InvoiceStatus", label),
        xml.leaf("ApprovalStatus", item.status),
        xml.leaf("PurchaseInvoiceOurReference", head.get("ourreference", "")),
        xml.leaf("PurchaseInvoiceYourReference", head.get("yourreference", "")),
        xml.leaf("PurchaseInvoiceDescription", head.get("comment", "")),
        *_vendor(item),
        xml.leaf("Fingerprint", fingerprint),
        xml.leaf("VoucherID", item.voucher_key) if item.voucher_key else "",
        xml.leaf("IsAccounted", str(bool(item.voucher_key))),
        _image("PreviewImage", image) if "previewimage" in include else "",
        _image("InvoiceImage", image) if "invoiceimage" in include else "",
        _files(item.attachments) if not call.on("omitattachments") and item.attachments else "",
        _lines(call, item),
        xml.leaf("Actions", None) if "actions" in include else "",
        xml.leaf("HandlingHistory", None) if "handlinghistory" in include else "",
        xml.leaf("CirculationList", None) if "circulationlist" in include else "",
    )


def _vendor(item: PurchaseInvoice) -> list[str]:
    head, own = item.head, item.vendor.fields
    return [
        xml.leaf("VendorNetvisorKey", item.vendor.key),
        xml.leaf("VendorOrganizationIdentifier", item.vendor.business_id),
        xml.leaf("VendorCode", item.vendor.code),
        xml.leaf("VendorName", item.vendor.name),
        xml.leaf("VendorAddressline", head.get("vendoraddressline") or own.get("address", "")),
        xml.leaf("VendorPostnumber", head.get("vendorpostnumber") or own.get("postcode", "")),
        xml.leaf("VendorTown", head.get("vendorcity") or own.get("city", "")),
        xml.leaf("VendorCountry", head.get("vendorcountry") or own.get("country", "")),
        xml.leaf("VendorBankAccountNumber", head.get("accountnumber", "").replace(" ", "")),
    ]


def _image(tag: str, file: Attachment | None) -> str:
    if file is None:
        return ""
    return xml.leaf(tag, base64.b64encode(file.content).decode(), {"attachmentNetvisorKey": "1"})


def _files(files: list[Attachment]) -> str:
    return xml.group(
        "Attachments",
        *(
            xml.group(
                "Attachment",
                xml.leaf("AttachmentBase64Data", base64.b64encode(file.content).decode()),
                xml.leaf("FileName", file.file_name),
                xml.leaf("ContentType", file.mime_type),
                xml.leaf("Comment", file.description),
            )
            for file in files
        ),
    )


def attachments(call: Call) -> str:
    """GET getattachments.nv: files of a purchase invoice; the parameter is our reading."""
    key = call.required_key("netvisorkey")
    item = call.books.purchases.by_key.get(key)
    if item is None:
        raise invalid("invoice", value=key)
    return _files(item.attachments)


def _lines(call: Call, item: PurchaseInvoice) -> str:
    """Return the rows; with version 2 their dimensions stand inside, else after each row."""
    inside = call.text("version") == "2"
    parts = []
    for row in item.rows:
        dimensions = _dimensions(call, row)
        parts.append(_line(call, row, dimensions if inside else ""))
        if not inside:
            parts.append(dimensions)
    return xml.group("InvoiceLines", *parts)


def _dimensions(call: Call, row: PurchaseRow) -> str:
    if not row.dimensions:
        return ""
    rows = []
    for name, value in row.dimensions:
        frame = call.books.dimensions[name.casefold()]
        item = frame.items.get(value.casefold())
        rows.append(
            xml.group(
                "Dimension",
                xml.leaf("DimensionName", name),
                xml.leaf("DimensionNameNetvisorKey", frame.key),
                xml.leaf("DimensionDetailName", value),
                xml.leaf("DimensionDetailNetvisorKey", item.key if item else None),
            )
        )
    return xml.group("PurchaseInvoiceLineDimensions", *rows)


def _line(call: Call, row: PurchaseRow, dimensions: str) -> str:
    account = call.books.accounts.get(row.account)
    return xml.group(
        "PurchaseInvoiceLine",
        xml.leaf("NetvisorKey", row.key),
        xml.leaf("LineSum", show_money(row.gross)),
        xml.leaf("LineNetSum", show_money(row.net)),
        xml.leaf("UnitPrice", show_price(row.unit_price)),
        xml.leaf("VatPercent", show_number(row.vat_percent)),
        xml.leaf("VatCode", vat.show(row.vat_code, call.options)),
        xml.leaf("Description", row.description),
        xml.leaf("Unit", row.unit),
        xml.leaf("OrderedAmount", show_number(row.quantity if row.ordered is None else row.ordered)),
        xml.leaf("DeliveredAmount", show_number(row.quantity)),
        xml.leaf("ProductCode", row.code),
        xml.leaf("DiscountPercentage", show_number(row.discount)),
        xml.leaf("ProductName", row.name),
        xml.leaf("AccountingSuggestionBookkeepingAccountNetvisorKey", account.key if account else None),
        xml.leaf("AccountingSuggestionBookkeepingAccount", f"{account.number} {account.name}" if account else None),
        dimensions,
    )
