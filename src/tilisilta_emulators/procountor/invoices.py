"""Invoices: create, read, change, list.

Source: vendor sheet, section 4.
"""

from collections.abc import Iterable
from typing import Any

from tilisilta_emulators.kit import encode
from tilisilta_emulators.procountor import errors, paging, posting
from tilisilta_emulators.procountor.books import Books
from tilisilta_emulators.procountor.call import Call
from tilisilta_emulators.procountor.checkdigits import finnish_reference
from tilisilta_emulators.procountor.errors import MAY_NOT_BE_NULL, Refused, no_rights, not_found
from tilisilta_emulators.procountor.invoice_draft import read_invoice
from tilisilta_emulators.procountor.matching import match_partner
from tilisilta_emulators.procountor.money import ZERO, RowSum, Sums, row_sums, to_home
from tilisilta_emulators.procountor.records import Invoice
from tilisilta_emulators.procountor.rights import ALL, VIEW, invoice_right
from tilisilta_emulators.procountor.routing import Route
from tilisilta_emulators.procountor.versions import same_version

_INDEXED = (("versionStartDate", "version"), ("startDate", "date"))


def post(call: Call) -> dict[str, Any]:
    """`POST /invoices`: save as UNFINISHED and make its accounting page."""
    raw = call.json()
    require_edit(call, raw.get("type") if isinstance(raw, dict) else None)
    books = call.books
    data = read_invoice(books, raw)
    original = data.get("originalInvoiceNumber")
    if original and call.options.unique_original_number:
        for each in books.invoices.found("original", original):
            if books.invoices.rows[each].type == data["type"]:
                raise Refused(400, "ORIGINAL_INVOICE_NUMBER_ALREADY_EXISTS", "originalInvoiceNumber")
    if "partnerId" not in data and call.options.match_partners != "none":
        partner_id = match_partner(books, data, create=call.options.match_partners == "create")
        data |= {} if partner_id is None else {"partnerId": partner_id}
    return show(books, add(books, data, call.user))


def add(books: Books, data: dict[str, Any], user: int) -> Invoice:
    """Store a checked invoice under a new id and number, with its accounting page."""
    stamp = books.stamp()
    number = books.next_number("sales" if data["type"].startswith("SALES") else "purchase", 1542)
    invoice = Invoice(
        id=books.invoices.take_id(),
        type=data["type"],
        status="UNFINISHED",
        date="",
        due="",
        number=number,
        original=None,
        partner_id=None,
        name="",
        channel="",
        currency="",
        sums=_NOTHING,
        created=stamp,
        version=stamp,
        creator=user,
        body=b"",
    )
    rows = lay(books, invoice, data)
    posting.make_receipt(books, invoice, data, rows)
    books.invoices.put(invoice.id, invoice)
    return invoice


_NOTHING = Sums(ZERO, ZERO, ZERO, ZERO)


def lay(books: Books, invoice: Invoice, data: dict[str, Any]) -> list[RowSum]:
    """Put a checked request into an invoice and return the sums of its rows."""
    if data["paymentInfo"].get("bankReferenceCode") == "":
        data["paymentInfo"]["bankReferenceCode"] = finnish_reference(invoice.number)
        data["paymentInfo"].setdefault("bankReferenceCodeType", "FI")
    if invoice.sales:
        for name in ("billingAddress", "deliveryAddress"):
            data.setdefault(name, data["counterParty"]["counterPartyAddress"])
    for row in data["invoiceRows"]:
        row["id"] = books.next_number("row", 10001)
    rows, net, vat = row_sums(data, by_total=books.options.rounding == "total")
    rate = posting.rate_of(books, data)
    home_net = to_home(net, rate)
    invoice.sums = Sums(net, vat, home_net, to_home(net + vat, rate) - home_net)
    invoice.date, invoice.due = data["date"], data["paymentInfo"]["dueDate"]
    invoice.original = data.get("originalInvoiceNumber")
    invoice.partner_id = data.get("partnerId")
    invoice.name = data["counterParty"]["counterPartyAddress"]["name"]
    invoice.channel, invoice.currency = data["invoiceChannel"], data["paymentInfo"]["currency"]
    invoice.body = encode(data)
    return rows


def put(call: Call) -> dict[str, Any]:
    """`PUT /invoices/{id}`: replace; the accounting page is made anew under a new id."""
    invoice = get(call)
    require_edit(call, invoice.type)
    raw = call.json()
    open_states = ("UNFINISHED",) if invoice.sales else ("UNFINISHED", "RECEIVED")
    if invoice.status not in open_states:
        raise Refused(403, f"Invoice in status {invoice.status} cannot be modified")
    data = read_invoice(call.books, raw)
    if "version" not in raw or raw["version"] is None:
        raise Refused(400, MAY_NOT_BE_NULL, "version")
    if not same_version(invoice.version, raw["version"], call.options):
        raise Refused(400, errors.STALE_VERSION, "version")
    if data["type"] != invoice.type:
        raise Refused(400, "INVOICE_TYPE_CANNOT_BE_CHANGED", "type")
    if invoice.partner_id is not None and data.setdefault("partnerId", invoice.partner_id) != invoice.partner_id:
        raise Refused(400, "BUSINESS_PARTNER_CANNOT_BE_CHANGED", "partnerId")
    books = call.books
    books.require_open(invoice.date, "date")
    rows = lay(books, invoice, data)
    invoice.version = books.stamp(invoice.version)
    if books.options.recreate_receipt == "always" and invoice.receipt_id is not None:
        books.receipts.drop(invoice.receipt_id)
        posting.make_receipt(books, invoice, data, rows)
    books.invoices.put(invoice.id, invoice)
    return show(books, invoice)


def get(call: Call) -> Invoice:
    """Return the invoice that the path names.

    Raises:
        Refused: 404 or, without the right to see it, 403.

    """
    invoice = call.books.invoices.rows.get(call.id())
    if invoice is None:
        raise not_found("Invoice")
    call.require_view(invoice_right(invoice.type), "view the invoice")
    return invoice


def require_edit(call: Call, kind: object) -> None:
    """Refuse a user who may not create or change invoices of a type.

    Raises:
        Refused: 403.

    """
    if call.rights.flag("accounting.preventCreatingEditingInvoices"):
        raise no_rights("create or modify invoices")
    if isinstance(kind, str):
        call.require(invoice_right(kind), "modify the invoice", ALL)


def get_one(call: Call) -> Any:
    """`GET /invoices/{ids}`: an object for one id, an array for several."""
    ids = call.batch()
    if ids is None:
        return show(call.books, get(call))
    found = [call.books.invoices.rows[each] for each in ids if each in call.books.invoices.rows]
    if not found:
        raise not_found("Invoices")
    return [show(call.books, each) for each in found if call.rights.may(invoice_right(each.type), VIEW)]


def show(books: Books, invoice: Invoice) -> dict[str, Any]:
    """Return an invoice as answers carry it."""
    out: dict[str, Any] = {"id": invoice.id, **invoice.data()}
    out["status"] = invoice.status
    out["invoiceNumber"] = invoice.number
    out["creatorId"] = invoice.creator
    out["isOffer"] = False
    if invoice.receipt_id is not None:
        out["ledgerReceiptId"] = invoice.receipt_id
    if invoice.paid_on is not None:
        out["paymentDate"] = invoice.paid_on
    if invoice.checks:
        for name, mark in (("verifiers", "v"), ("acceptors", "a")):
            for each in out.get("invoiceApprovalInformation", {}).get(name, []):
                if mark + str(each["userId"]) in invoice.checks:
                    each["eventPerformed"] = invoice.checks[mark + str(each["userId"])]
    files = books.attachments.found("on", ("INVOICE", invoice.id))
    out["attachments"] = [books.attachments.rows[each].wire() for each in sorted(files)]
    out["version"] = invoice.version
    out["invoiceSumInfo"] = sum_info(books, invoice)
    return out


def sum_info(books: Books, invoice: Invoice) -> list[dict[str, Any]]:
    """Return the totals: one entry, or two for an invoice in a foreign currency."""
    sums = invoice.sums
    home = invoice.currency == books.home_currency
    out = [_sum_entry(invoice.currency, home, sums.net, sums.vat)]
    if not home:
        out.append(_sum_entry(books.home_currency, True, sums.home_net, sums.home_vat))
    return out


def _sum_entry(currency: str, home: bool, net: Any, vat: Any) -> dict[str, Any]:
    return {
        "currency": currency,
        "inAccountingCurrency": home,
        "excludingVatTotal": net,
        "vatSumTotal": vat,
        "invoiceSumTotal": net + vat,
    }


def listing(call: Call) -> dict[str, Any]:
    """`GET /invoices`: a page of basic information; types that the user may not see are left out."""
    books = call.books
    visible = {kind for kind in _TYPES if call.rights.may(invoice_right(kind), VIEW)}
    if not visible:
        raise no_rights("search invoices")
    key = tuple(sorted((name, str(value)) for name, value in call.query.items() if name not in ("page", "size")))
    ids = books.invoices.remembered((key, frozenset(visible)), lambda: _choose(call, visible))
    return paging.answer(call, ids, lambda each: basic(books, books.invoices.rows[each]))


_TYPES = ("SALES_INVOICE", "SALES_ORDER", "PURCHASE_INVOICE", "PURCHASE_ORDER", "TRAVEL_INVOICE", "BILL_OF_CHARGES")


def _choose(call: Call, visible: set[str]) -> list[int]:
    table = call.books.invoices
    ids = [
        each
        for each in _candidates(call)
        if table.rows[each].type in visible and _matches(table.rows[each], call.query)
    ]
    rows = table.rows
    keys = {
        "orderByDate": lambda each: rows[each].date,
        "orderByCreated": lambda each: rows[each].created,
        "orderByVersion": lambda each: rows[each].version,
    }
    return paging.order(call, ids, keys)


def _candidates(call: Call) -> Iterable[int]:
    table, query = call.books.invoices, call.query
    for name, lookup in (
        ("originalInvoiceNumber", "original"),
        ("invoiceNumber", "number"),
        ("businessPartnerId", "partner"),
    ):
        if name in query:
            return table.found(lookup, query[name])
    for low, moment in _INDEXED:
        if low in query:
            return table.at[moment].between(query[low], None)
    return table.rows


def _matches(row: Invoice, query: dict[str, Any]) -> bool:
    exact = (
        ("originalInvoiceNumber", row.original),
        ("invoiceNumber", row.number),
        ("businessPartnerId", row.partner_id),
        ("isOffer", False),
        ("factoringContractId", None),
    )
    chosen = (("status", row.status), ("types", row.type), ("invoiceChannel", row.channel))
    if any(name in query and query[name] != value for name, value in exact):
        return False
    if any(name in query and value not in query[name] for name, value in chosen):
        return False
    if not (
        _within(row.date, query, "startDate", "endDate")
        and _within(row.due, query, "dueStartDate", "dueEndDate")
        and _within(row.created, query, "createdStartDate", "createdEndDate")
        and _within(row.version, query, "versionStartDate", "versionEndDate")
    ):
        return False
    term = query.get("searchTerm")
    if term and term.casefold() not in f"{row.name}\n{row.number}\n{row.original or ''}".casefold():
        return False
    products = query.get("productId")
    return not products or any(each.get("productId") in products for each in row.data()["invoiceRows"])


def _within(value: str, query: dict[str, Any], low: str, high: str) -> bool:
    first, last = query.get(low), query.get(high)
    if first is not None and value < first:
        return False
    # A bare day as the end of a range of moments takes that whole day.
    return last is None or value[: len(last)] <= last


def basic(books: Books, invoice: Invoice) -> dict[str, Any]:
    """Return an invoice as lists show it."""
    out = {
        "id": invoice.id,
        "partnerId": invoice.partner_id,
        "type": invoice.type,
        "status": invoice.status,
        "invoiceNumber": invoice.number,
        "originalInvoiceNumber": invoice.original,
        "invoiceChannel": invoice.channel,
        "date": invoice.date,
        "dueDate": invoice.due,
        "created": invoice.created,
        "version": invoice.version,
        "invoiceSumInfo": sum_info(books, invoice),
        "creatorId": invoice.creator,
        "counterParty": invoice.data()["counterParty"],
        "isOffer": False,
    }
    return {name: value for name, value in out.items() if value is not None}


ROUTES = (
    Route("GET", "/invoices", listing),
    Route("POST", "/invoices", post),
    Route("GET", "/invoices/{invoiceId}", get_one),
    Route("PUT", "/invoices/{invoiceId}", put),
)
