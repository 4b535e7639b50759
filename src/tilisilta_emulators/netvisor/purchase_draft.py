"""A purchase invoice from its message: vendor, dates, rows and files."""

from datetime import date, timedelta
from decimal import Decimal

from tilisilta_emulators.netvisor import chart, vat
from tilisilta_emulators.netvisor.call import Call
from tilisilta_emulators.netvisor.errors import Refused, invalid, missing, wrong
from tilisilta_emulators.netvisor.ledger import vat_of
from tilisilta_emulators.netvisor.purchase_shape import DATES, KEPT, STATUSES
from tilisilta_emulators.netvisor.records import Attachment, BankAccount, PurchaseInvoice, PurchaseRow, Vendor
from tilisilta_emulators.netvisor.shape import Node
from tilisilta_emulators.netvisor.values import ZERO, cents, day, decimal, flag, show_money
from tilisilta_emulators.netvisor.vendors import index

_HUNDRED = Decimal(100)
_NAME_LIMIT = 200
_MATCH_TYPES = ("", "code", "name", "organizationid")


def build(call: Call, node: Node) -> PurchaseInvoice:
    """Return the invoice that the message describes; a vendor that is not found is made.

    Raises:
        Refused: Anything is wrong.

    """
    source = node.get("invoicesource").lower() or "manual"
    if source not in {"manual", "finvoice"}:
        raise wrong("invoicesource", source)
    status = node.get("purchaseinvoiceonround").lower() or "open"
    if status not in STATUSES:
        raise wrong("purchaseinvoiceonround", status)
    date = _date(call, node)
    value_date = _value_date(call, node, date)
    country = (node.get("vendorcountry") or "FI").upper()
    frame = node.child("purchaseinvoicelines")
    lines = frame.children if frame else []
    rows = [read_row(call, line, country) for line in lines]
    amount = _amount(call, node, rows)
    head = {leaf.tag: call.fit(leaf.tag, leaf.text) for leaf in node.children if leaf.tag in KEPT}
    for name in DATES:
        if head.get(name):
            head[name] = day(name, head[name]).isoformat()
    files = _files(call, node, source)
    due_date = day("duedate", node.get("duedate"))
    delay = timedelta(seconds=call.options.finvoice_delay_s if files and source == "finvoice" else 0)
    comments = node.child("purchaseinvoicecommentlines")
    invoice = PurchaseInvoice(
        key=0,
        modified=call.now,
        number=call.fit("invoicenumber", node.get("invoicenumber"), 100),
        date=date,
        value_date=value_date,
        due_date=due_date,
        vendor=_vendor(call, node),
        head=head,
        amount=amount,
        currency=_currency(node),
        rows=rows,
        status=status,
        source=source,
        visible=call.now + delay,
        ready=flag("readyforaccounting", node.get("readyforaccounting") or "0"),
        attachments=files,
        comments=[call.fit("comment", item.get("comment")) for item in comments.children] if comments else [],
    )
    _require_new(call, invoice)
    return invoice


def _currency(node: Node) -> str:
    currency = node.get("currencycode").upper() or "EUR"
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        raise wrong("currencycode", currency)
    return currency


def _date(call: Call, node: Node) -> date:
    """Return the invoice date; with findopendate a locked one moves to the first open day."""
    given = node.child("invoicedate")
    date = day("invoicedate", given.text if given else "")
    try:
        call.books.require_open(call.options, date, purchase=True)
    except Refused as refusal:
        locks = (call.options.purchase_locked_until, call.options.accounting_locked_until)
        until = max((lock for lock in locks if lock is not None), default=None)
        find = given is not None and given.attributes.get("findopendate", "").strip().lower() == "true"
        if not find or until is None or date > until or refusal.text != "lock":
            raise
        return until + timedelta(days=1)
    return date


def _value_date(call: Call, node: Node, date: date) -> date:
    text = node.get("valuedate")
    if text:
        return day("valuedate", text)
    if call.options.valuedate_required:
        raise missing("valuedate")
    return date


def read_row(call: Call, node: Node, country: str, *, coded: bool = False) -> PurchaseRow:
    """Return a row of an invoice or of posting data; its VAT code follows from the vendor's country.

    Only posting data is `coded`: there a row may say its code. The message of an invoice knows none, so one that
    stands there all the same counts for nothing.
    """
    books = call.books
    sum_node = node.child("linesum")
    gross = cents(decimal("linesum", sum_node.text if sum_node else ""))
    rate_node = node.child("vatpercent")
    rate = decimal("vatpercent", rate_node.text if rate_node else "")
    code = (rate_node.attributes.get("vatcode") if rate_node and coded else None) or _code(country, rate)
    suggestion = node.get("accountingsuggestion")
    ordered = node.get("orderedamount")
    return PurchaseRow(
        key=books.number("purchase row"),
        name=call.fit("productname", node.get("productname"), _NAME_LIMIT),
        quantity=decimal("deliveredamount", node.get("deliveredamount")),
        unit_price=decimal("unitprice", node.get("unitprice")),
        vat_percent=rate,
        gross=gross,
        net=gross - vat_of(gross, rate, gross=True) if rate else gross,
        code=call.fit("productcode", node.get("productcode")),
        unit=call.fit("unitname", node.get("unitname")),
        ordered=decimal("orderedamount", ordered) if ordered else None,
        discount=decimal("discountpercentage", node.get("discountpercentage") or "0"),
        description=call.fit("description", node.get("description")),
        account=books.account(suggestion, call.options).number if suggestion else "",
        vat_code=vat.check(code, rate, call.options),
        dimensions=books.named_dimensions(node.all("dimension"), create=call.options.create_dimensions),
    )


def _code(country: str, rate: Decimal) -> str:
    if country == "FI":
        return "KOOS" if rate else "NONE"
    return "EUOS" if country in vat.EU else "EUUO"


def _amount(call: Call, node: Node, rows: list[PurchaseRow]) -> Decimal:
    amount = cents(decimal("amount", node.get("amount")))
    total = sum((row.gross for row in rows), ZERO)
    tolerance = call.options.total_tolerance
    if rows and tolerance is not None and abs(amount - total) > tolerance:
        raise invalid("total", value=show_money(amount), open=show_money(total))
    return amount


def _files(call: Call, node: Node, source: str) -> list[Attachment]:
    frame = node.child("purchaseinvoiceattachments")
    if frame is None:
        return []
    files = [call.attachment(item) for item in frame.children]
    if source == "finvoice" or call.options.manual_attachments == "accept":
        return files
    if call.options.manual_attachments == "refuse":
        raise invalid("attachment", value="invoicesource")
    return []


def _require_new(call: Call, invoice: PurchaseInvoice) -> None:
    if call.options.purchase_duplicates == "accept":
        return
    key = call.books.purchase_numbers.get((invoice.vendor.key, invoice.number))
    other = call.books.purchases.by_key.get(key) if key is not None else None
    if other is not None and other.date == invoice.date:
        raise Refused("DUPLICATE_DATA", "duplicate", name="invoicenumber", value=invoice.number)


def _vendor(call: Call, node: Node) -> Vendor:
    """Return the vendor by the chosen match type, or by account, name and business id in eight steps, or a new one.

    The sheet tells that there are eight steps over these three; which they are is our reading: all three, each pair,
    each alone, and the vendor number last.
    """
    books = call.books
    wanted = node.get("primaryvendormatchtype").lower()
    if wanted not in _MATCH_TYPES:
        raise wrong("primaryvendormatchtype", wanted)
    by_code = books.vendor_codes.get(node.get("vendorcode").casefold()) if node.get("vendorcode") else None
    by_name = books.vendor_names.get(node.get("vendorname").casefold()) if node.get("vendorname") else None
    business_id = node.get("organizationidentifier")
    by_id = books.vendor_ids.get(business_id) if business_id else None
    account = node.get("accountnumber").replace(" ", "").upper()
    by_account = books.vendor_accounts.get(account) if account else None
    chosen = {"code": by_code, "name": by_name, "organizationid": by_id}.get(wanted)
    # As each look-up names one vendor at most, two that agree win over one alone, and the account over the rest.
    pairs = ((by_account, by_name), (by_account, by_id), (by_name, by_id))
    agreed = next((first for first, second in pairs if first is not None and first == second), None)
    steps = (chosen, agreed, by_account, by_id, by_name, by_code)
    key = next((found for found in steps if found is not None), None)
    if key is not None:
        return books.vendors.by_key[key]
    return _new_vendor(call, node, account)


def _new_vendor(call: Call, node: Node, account: str) -> Vendor:
    books = call.books
    name = node.get("vendorname")
    if not name:
        raise missing("vendorname")
    country = node.get("vendorcountry").upper()
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise wrong("vendorcountry", country)
    fields = {
        "name": call.fit("vendorname", name),
        "code": node.get("vendorcode"),
        "address": node.get("vendoraddressline"),
        "postcode": node.get("vendorpostnumber"),
        "city": node.get("vendorcity"),
        "country": country or "FI",
        "organizationid": node.get("organizationidentifier"),
        "contact phonenumber": node.get("vendorphonenumber"),
        "contact email": node.get("vendoremail"),
        "contact homepage": node.get("vendorhomepage"),
    }
    accounts = []
    if account:
        accounts.append(
            BankAccount(books.number("bank account"), foreign=False, fields={"iban": account, "isdefault": "1"})
        )
    vendor = Vendor(key=books.vendors.next_key(), modified=call.now, fields=fields, accounts=accounts)
    index(call, vendor)
    books.vendors.put(vendor)
    return vendor


def default_account(row: PurchaseRow) -> str:
    """Return the account a row without suggestion is posted to, by its VAT code."""
    name = {"EUOS": "PurchaseEUDefault", "EUPO": "PurchaseEUDefault", "EUUO": "PurchaseOutsideEUDefault"}.get(
        row.vat_code, "PurchaseDomesticDefault"
    )
    return row.account or chart.DEFAULTS[name]
