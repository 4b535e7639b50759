"""Vendors: getvendor.nv, which is the list too, and vendor.nv.

Neither DTD nor XSD of vendor.nv was found. Names of elements are those a client in production sends; their order is
not enforced unless the switch says so.
"""

from collections.abc import Iterable

from tilisilta_emulators.netvisor import xml
from tilisilta_emulators.netvisor.call import Call
from tilisilta_emulators.netvisor.errors import Refused, invalid, missing, wrong
from tilisilta_emulators.netvisor.records import BankAccount, Vendor
from tilisilta_emulators.netvisor.shape import Node, Shape
from tilisilta_emulators.netvisor.values import decimal, flag, integer, show_number

VENDOR = Shape(
    "vendor",
    {
        "vendor": "vendorbaseinformation vendorcontactdetails? vendoradditionalinformation?",
        "vendorbaseinformation": "code? name? address? postcode? city? country? organizationid? groupname? "
        "vendorbankaccounts?",
        "vendorbankaccounts": "vendordomesticbankaccounts? vendorforeignbankaccounts?",
        "vendordomesticbankaccounts": "vendordomesticbankaccount*",
        "vendordomesticbankaccount": "netvisorkey? iban? bankname? isdefault?",
        "vendorforeignbankaccounts": "vendorforeignbankaccount*",
        "vendorforeignbankaccount": "netvisorkey? bban? bicswift? bankname? clearingcode? clearingnumber? "
        "bankaddress? country? currencycode? isdefault? includeaddresssinforeignpayments?",
        "vendorcontactdetails": "phonenumber? email? faxnumber? contactpersonname? contactpersonphonenumber? "
        "contactpersonemail? homepage? comment?",
        "vendoradditionalinformation": "defaultvatpercent? ispartialvatreduceprivileged? "
        "ispartialvatreducedprivileged? paymentterm? paymenttermdiscountpercent? paymenttermcashdiscountdays? "
        "paymenttermnetdays? currencycode? vendordimensions? vendoraccountingaccounts? vendoracceptancedetails?",
        "vendordimensions": "dimension*",
        "dimension": "dimensionname dimensionitem",
        "vendoraccountingaccounts": "vendoraccountingaccount*",
        "vendoraccountingaccount": "accountnumber accountname? isdefault?",
        "vendoracceptancedetails": "vendoracceptancedetail*",
        "vendoracceptancedetail": "acceptancename? isdefault? isforced?",
    },
)

_BASE = (
    ("Code", "code"), ("Name", "name"), ("Address", "address"), ("PostCode", "postcode"), ("City", "city"),
)  # fmt: skip
_CONTACT = (
    ("PhoneNumber", "phonenumber"), ("Email", "email"), ("FaxNumber", "faxnumber"),
    ("ContactPersonName", "contactpersonname"), ("ContactPersonPhoneNumber", "contactpersonphonenumber"),
    ("ContactPersonEmail", "contactpersonemail"), ("HomePage", "homepage"), ("Comment", "comment"),
)  # fmt: skip
_DOMESTIC = (("IBAN", "iban"), ("BankName", "bankname"))
_FOREIGN = (
    ("BBAN", "bban"), ("BicSwift", "bicswift"), ("BankName", "bankname"), ("ClearingCode", "clearingcode"),
    ("ClearingNumber", "clearingnumber"), ("BankAddress", "bankaddress"),
)  # fmt: skip


def get(call: Call) -> str:
    """GET getvendor.nv: one by netvisorkey, several by netvisorkeylist or changedsince."""
    if call.has("netvisorkey"):
        return _show(call, _find(call, call.required_key("netvisorkey")))
    found: Iterable[Vendor]
    if call.has("netvisorkeylist"):
        found = [_find(call, key) for key in call.keys("netvisorkeylist")]
    elif call.has("changedsince"):
        found = call.books.vendors.modified.between(call.moment("changedsince"))
    else:
        raise invalid("parameter", name="netvisorkey")
    page = call.integer("page")
    if page is not None:
        if not page:
            raise wrong("page", page)
        found = _page(call, list(found), page)
    return xml.group("Vendors", *(_show(call, item) for item in found))


def _page(call: Call, found: list[Vendor], page: int) -> list[Vendor]:
    """Return the vendors of a page; the answer's headers tell where it stands among the others."""
    size = call.options.vendor_page_size
    told = {"Current-Page": page, "Limit": size, "Total-Count": len(found)}
    if page > 1:
        told["Previous-Page"] = page - 1
    if page * size < len(found):
        told["Next-Page"] = page + 1
    call.headers.update({f"X-Netvisor-Pagination-{name}": str(value) for name, value in told.items()})
    return found[(page - 1) * size : page * size]


def _find(call: Call, key: int) -> Vendor:
    found = call.books.vendors.by_key.get(key)
    if found is None:
        raise invalid("vendor", value=key)
    return found


def _show(call: Call, item: Vendor) -> str:
    fields = item.fields
    base = xml.group(
        "VendorBaseInformation",
        *(xml.leaf(element, fields.get(name, "")) for element, name in _BASE),
        xml.leaf("Country", fields.get("country", ""), {"type": "ISO-3166"}),
        xml.leaf("OrganizationId", item.business_id),
        xml.leaf("GroupName", fields["groupname"]) if fields.get("groupname") else "",
        _show_accounts(item.accounts),
    )
    rate = decimal("defaultvatpercent", fields.get("defaultvatpercent") or "0")
    additional = xml.group(
        "VendorAdditionalInformation",
        xml.leaf("DefaultVatPercent", show_number(rate)),
        xml.leaf("IsPartialVatReducedPrivileged", fields.get("ispartialvatreducedprivileged", "0")),
        xml.leaf("PaymentTerm", fields.get("paymenttermnetdays", "")),
        _show_dimensions(item),
        _show_posting_accounts(call, item),
    )
    contact = xml.group(
        "VendorContactDetails", *(xml.leaf(element, fields.get("contact " + name, "")) for element, name in _CONTACT)
    )
    return xml.group("Vendor", xml.leaf("NetvisorKey", item.key), base, contact, additional)


def _show_accounts(accounts: list[BankAccount]) -> str:
    if not accounts:
        return ""
    domestic = [_show_account(item, _DOMESTIC, "VendorDomesticBankAccount") for item in accounts if not item.foreign]
    foreign = [_show_account(item, _FOREIGN, "VendorForeignBankAccount") for item in accounts if item.foreign]
    return xml.group(
        "VendorBankAccounts",
        xml.group("VendorDomesticBankAccounts", *domestic) if domestic else "",
        xml.group("VendorForeignBankAccounts", *foreign) if foreign else "",
    )


def _show_account(item: BankAccount, pairs: Iterable[tuple[str, str]], element: str) -> str:
    fields = item.fields
    foreign = ""
    if item.foreign:
        foreign = "\r\n".join(
            (
                xml.leaf("Country", fields.get("country", ""), {"type": "ISO-3166"}),
                xml.leaf("CurrencyCode", fields.get("currencycode", ""), {"type": "ISO-4217"}),
                xml.leaf("IncludeAddresssInForeignPayments", fields.get("includeaddresssinforeignpayments", "0")),
            )
        )
    return xml.group(
        element,
        xml.leaf("NetvisorKey", item.key),
        *(xml.leaf(name, fields.get(field, "")) for name, field in pairs),
        foreign,
        xml.leaf("IsDefault", fields.get("isdefault", "0")),
    )


def _show_dimensions(item: Vendor) -> str:
    if not item.dimensions:
        return ""
    rows = [
        xml.group("Dimension", xml.leaf("DimensionName", name), xml.leaf("DimensionItem", value))
        for name, value in item.dimensions
    ]
    return xml.group("VendorDimensions", *rows)


def _show_posting_accounts(call: Call, item: Vendor) -> str:
    if not item.posting_accounts:
        return ""
    rows = [
        xml.group(
            "VendorAccountingAccount",
            xml.leaf("AccountNumber", number),
            xml.leaf("AccountName", call.books.accounts[number].name if number in call.books.accounts else ""),
            xml.leaf("IsDefault", str(default)),
        )
        for number, default in item.posting_accounts
    ]
    return xml.group("VendorAccountingAccounts", *rows)


def write(call: Call) -> str:
    """POST vendor.nv: add or edit; both answer the key."""
    books = call.books
    adding = call.method() == "add"
    old = None if adding else _find(call, call.required_key("netvisorkey"))
    node = call.message(VENDOR, edit=not adding, dtd=False)
    item = Vendor(
        key=old.key if old else 0,
        modified=call.now,
        fields=dict(old.fields) if old else {},
        accounts=list(old.accounts) if old else [],
        dimensions=old.dimensions if old else (),
        posting_accounts=old.posting_accounts if old else (),
    )
    _fill(call, item, node)
    if old is None:
        item.key = books.vendors.next_key()
        index(call, item)
        books.vendors.put(item)
        return xml.replies(item.key)
    unindex(call, old)
    old.fields, old.accounts = item.fields, item.accounts
    old.dimensions, old.posting_accounts = item.dimensions, item.posting_accounts
    index(call, old)
    books.vendors.touch(old, call.now)
    return xml.replies(old.key)


def _fill(call: Call, item: Vendor, node: Node) -> None:
    fields = item.fields
    for frame in node.children:
        prefix = "contact " if frame.tag == "vendorcontactdetails" else ""
        for leaf in frame.children:
            if leaf.children or leaf.tag.startswith("vendor"):
                continue
            fields[prefix + leaf.tag] = call.fit(leaf.tag, leaf.text)
            if leaf.tag == "ispartialvatreduceprivileged":
                fields["ispartialvatreducedprivileged"] = str(int(flag(leaf.tag, leaf.text or "0")))
    _check_fields(fields)
    taken = call.books.vendor_codes.get(item.code.casefold()) if item.code else None
    if taken is not None and taken != item.key:
        raise Refused("DUPLICATE_DATA", "duplicate", name="code", value=item.code[:60])
    base, extra = node.child("vendorbaseinformation"), node.child("vendoradditionalinformation")
    accounts = None if base is None else base.child("vendorbankaccounts")
    for group in accounts.children if accounts else ():
        for entry in group.children:
            _account(call, item, entry, foreign=group.tag == "vendorforeignbankaccounts")
    if extra is not None:
        _additional(call, item, extra)


def _check_fields(fields: dict[str, str]) -> None:
    if not fields.get("name"):
        raise missing("name")
    country = fields.get("country", "")
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise wrong("country", country)
    for name in ("defaultvatpercent", "paymenttermdiscountpercent"):
        if fields.get(name):
            decimal(name, fields[name])


def _additional(call: Call, item: Vendor, extra: Node) -> None:
    frame = extra.child("vendordimensions")
    if frame is not None:
        only_known = call.on("useonlyexistingdimensions")
        item.dimensions = call.books.named_dimensions(frame.children, create=not only_known)
    frame = extra.child("vendoraccountingaccounts")
    if frame is not None:
        item.posting_accounts = tuple(
            (
                call.books.account(entry.get("accountnumber"), call.options).number,
                flag("isdefault", entry.get("isdefault") or "0"),
            )
            for entry in frame.children
        )


def _account(call: Call, item: Vendor, node: Node, *, foreign: bool) -> None:
    """Add a bank account, or edit the one whose key is given."""
    fields = {leaf.tag: call.fit(leaf.tag, leaf.text) for leaf in node.children}
    for name in ("isdefault", "includeaddresssinforeignpayments"):
        if name in fields:
            fields[name] = str(int(flag(name, fields[name] or "0")))
    key = fields.pop("netvisorkey", "")
    if key:
        for at, account in enumerate(item.accounts):
            if account.key == integer("netvisorkey", key):
                item.accounts[at] = BankAccount(account.key, foreign, {**account.fields, **fields})
                return
        raise wrong("netvisorkey", key)
    account = BankAccount(call.books.number("bank account"), foreign, fields)
    if not account.number:
        raise missing("bban" if foreign else "iban")
    item.accounts.append(account)


def index(call: Call, item: Vendor) -> None:
    """Let a vendor be found by code, name, business id and bank account; the first of a name keeps it."""
    books = call.books
    for table, value in _places(call, item):
        if value:
            table.setdefault(value, item.key)
    for account in item.accounts:
        books.vendor_accounts.setdefault(account.number, item.key)


def unindex(call: Call, item: Vendor) -> None:
    """Take a vendor out of the look-ups."""
    tables = [*_places(call, item), *((call.books.vendor_accounts, entry.number) for entry in item.accounts)]
    for table, value in tables:
        if table.get(value) == item.key:
            del table[value]


def _places(call: Call, item: Vendor) -> list[tuple[dict[str, int], str]]:
    books = call.books
    return [
        (books.vendor_codes, item.code.casefold()),
        (books.vendor_names, item.name.casefold()),
        (books.vendor_ids, item.business_id),
    ]
