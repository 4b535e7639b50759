"""Products: productlist.nv, getproduct.nv, product.nv.

Order of elements: the vendor's product.dtd of 2021, with the newer elements a client in production knows of.
"""

from collections.abc import Iterable
from decimal import Decimal

from tilisilta_emulators.netvisor import chart, xml
from tilisilta_emulators.netvisor.call import Call
from tilisilta_emulators.netvisor.errors import Refused, invalid, wrong
from tilisilta_emulators.netvisor.records import Product
from tilisilta_emulators.netvisor.shape import Node, Shape
from tilisilta_emulators.netvisor.values import decimal, flag, show_number, show_price
from tilisilta_emulators.netvisor.vat import RATES

PRODUCT = Shape(
    "product",
    {
        "product": "productbaseinformation productbookkeepingdetails? productadditionalinformation? dimension* "
        "productpackageinformation? productcustomtags?",
        "productbaseinformation": "productcode? productgroup name description? unitprice unit? unitweight? "
        "kaukevaproductcode? purchaseprice? tariffheading? comissionpercentage? inventorybatchlinkingmode? isactive "
        "issalesproduct inventoryenabled? countryoforigin? primaryeancode? secondaryeancode? inventoryalertlimit?",
        "productbookkeepingdetails": "defaultvatpercentage defaultdomesticaccountnumber? defaulteuaccountnumber? "
        "defaultoutsideeuaccountnumber?",
        "productadditionalinformation": "productnetweight? productgrossweight? productweightunit? "
        "productpackageinformation? dimension*",
        "productpackageinformation": "packagewidth packageheight packagelength",
        "dimension": "dimensionname dimensionitem",
        "productcustomtags": "productcustomtag*",
        "productcustomtag": "tagname tagvalue",
    },
    {"unitprice@type": "required net gross", "countryoforigin@type": "optional iso-3166"},
)

CODES_LIMIT = 400
NAME_LIMIT = 200
_NUMBERS = ("purchaseprice", "comissionpercentage", "unitweight", "productnetweight", "productgrossweight")
_FLAGS = ("isactive", "issalesproduct", "inventoryenabled")
# Element, kept field, and the company's account that stands for one that is not set.
_ACCOUNTS = (
    ("DefaultDomesticAccountNumber", "defaultdomesticaccountnumber", "SalesDomesticDefault"),
    ("DefaultEuAccountNumber", "defaulteuaccountnumber", "SalesEUDefault"),
    ("DefaultOutsideEUAccountNumber", "defaultoutsideeuaccountnumber", "SalesOutsideEUDefault"),
)


def listing(call: Call) -> str:
    """GET productlist.nv; `published` are the active ones. As nothing deletes a product, `deleted` adds none."""
    books = call.books
    keyword, since = call.text("keyword").casefold(), call.moment("changedsince")
    found: Iterable[Product] = books.products.ordered if since is None else books.products.modified.between(since)
    if keyword:
        found = [item for item in found if keyword in item.name.casefold() or keyword in item.code.casefold()]
    call.on("deleted")
    if call.has("published", "unpublished"):
        # Of the two what is not said is the other way round.
        published = call.on("published") if call.has("published") else not call.on("unpublished")
        unpublished = call.on("unpublished") if call.has("unpublished") else not published
        found = [item for item in found if (published if item.active else unpublished)]
    return xml.group("ProductList", *(_row(call, item) for item in found))


def _row(call: Call, item: Product) -> str:
    name = item.fields.get("productgroup", "")
    return xml.group(
        "Product",
        xml.leaf("NetvisorKey", item.key),
        xml.leaf("ProductCode", item.code),
        xml.leaf("Name", item.name),
        xml.leaf("UnitPrice", show_price(_net_price(item))),
        xml.leaf("UnitGrossPrice", show_price(_gross_price(item))),
        xml.leaf("ProductGroupID", call.books.group("product", name)),
        xml.leaf("ProductGroupDescription", name),
        xml.leaf("Uri", f"{call.base_url}/getproduct.nv?id={item.key}"),
    )


def _net_price(item: Product) -> Decimal:
    if not item.gross:
        return item.unit_price
    return (item.unit_price / (1 + (item.vat_percent or 0) / Decimal(100))).quantize(Decimal("0.0001"))


def _gross_price(item: Product) -> Decimal:
    if item.gross:
        return item.unit_price
    return (item.unit_price * (1 + (item.vat_percent or 0) / Decimal(100))).quantize(Decimal("0.0001"))


def get(call: Call) -> str:
    """GET getproduct.nv: by id, code or EAN one product, empty when unknown; by idlist or codelist several."""
    books = call.books
    # Active, published or both: here these are the same products.
    option = call.integer("replyoption") or 0
    if option not in range(4):
        raise wrong("replyoption", option)
    keys: list[int | None]
    if call.has("idlist", "codelist"):
        keys = [*call.keys("idlist", CODES_LIMIT)]
        keys += [books.product_codes.get(code.casefold()) for code in call.words("codelist", CODES_LIMIT)]
        found = [books.products.by_key[key] for key in keys if key in books.products.by_key and key is not None]
        return xml.group("Products", *(_show(item) for item in found if not option or item.active))
    if call.has("id"):
        key = call.integer("id")
    elif call.has("code"):
        key = books.product_codes.get(call.text("code").casefold())
    elif call.has("eancode"):
        key = books.ean_codes.get(call.text("eancode"))
    else:
        raise invalid("parameter", name="id")
    item = None if key is None else books.products.by_key.get(key)
    return xml.leaf("Product", None) if item is None or (option and not item.active) else _show(item)


def _show(item: Product) -> str:
    fields = item.fields

    def number(name: str) -> str:
        return show_number(decimal(name, fields[name])) if fields.get(name) else ""

    base = xml.group(
        "ProductBaseInformation",
        xml.leaf("NetvisorKey", item.key),
        xml.leaf("ProductCode", item.code),
        xml.leaf("ProductGroup", fields.get("productgroup", "")),
        xml.leaf("Name", item.name),
        xml.leaf("Description", fields.get("description", "")),
        xml.leaf("UnitPrice", show_price(item.unit_price), {"type": "gross" if item.gross else "net"}),
        xml.leaf("UnitGrossPrice", show_price(_gross_price(item)), {"type": "gross"}),
        xml.leaf("Unit", fields.get("unit", "")),
        xml.leaf("UnitWeight", number("unitweight")),
        xml.leaf("PurchasePrice", number("purchaseprice")),
        xml.leaf("TariffHeading", fields.get("tariffheading", "")),
        xml.leaf("ComissionPercentage", number("comissionpercentage")),
        xml.leaf("IsActive", int(item.active)),
        xml.leaf("IsSalesProduct", fields.get("issalesproduct", "0")),
        xml.leaf("CountryOfOrigin", fields.get("countryoforigin", ""), {"type": "ISO-3166"}),
        xml.leaf("PrimaryEanCode", fields["primaryeancode"]) if fields.get("primaryeancode") else "",
        xml.leaf("SecondaryEanCode", fields["secondaryeancode"]) if fields.get("secondaryeancode") else "",
    )
    rows = [
        xml.group("Dimension", xml.leaf("DimensionName", name), xml.leaf("DimensionItem", value))
        for name, value in item.dimensions
    ]
    rate = show_number(item.vat_percent or Decimal(0))
    bookkeeping = xml.group(
        "ProductBookkeepingDetails",
        xml.leaf("DefaultVatPercent", rate),
        *(xml.leaf(element, fields.get(name) or chart.DEFAULTS[default]) for element, name, default in _ACCOUNTS),
        xml.group("ProductDimensions", *rows) if rows else "",
    )
    empty = ("InventoryAmount", "InventoryMidPrice", "InventoryValue", "InventoryReservedAmount",
             "InventoryOrderedAmount")  # fmt: skip
    inventory = xml.group("ProductInventoryDetails", *(xml.leaf(name, "0,00") for name in empty))
    return xml.group("Product", base, bookkeeping, inventory)


def write(call: Call) -> str:
    """POST product.nv: add answers the key, edit only the status."""
    books = call.books
    if call.method() == "add":
        node = call.message(PRODUCT)
        item = _filled(call, node, None)
        item.key = books.products.next_key()
        _index(call, item)
        return xml.replies(item.key)
    old = books.products.by_key.get(call.required_key("id"))
    if old is None:
        raise invalid("product", value=call.text("id"))
    if call.options.extended_products:
        raise invalid("extended")
    node = call.message(PRODUCT, edit=True)
    item = _filled(call, node, old)
    for table, name in ((books.product_codes, "productcode"), (books.ean_codes, "primaryeancode")):
        value = old.fields.get(name, "")
        table.pop(value.casefold() if table is books.product_codes else value, None)
    _index(call, item)
    return ""


def _filled(call: Call, node: Node, old: Product | None) -> Product:
    books = call.books
    fields = dict(old.fields) if old else {}
    for frame in node.children:
        for leaf in frame.children:
            if leaf.tag != "dimension" and not leaf.children:
                limit = NAME_LIMIT if leaf.tag == "name" else None
                fields[leaf.tag] = call.fit(leaf.tag, leaf.text, limit)
    rate = _check_fields(call, fields)
    code = fields.get("productcode", "")
    taken = books.product_codes.get(code.casefold()) if code else None
    if taken is not None and (old is None or taken != old.key):
        raise Refused("DUPLICATE_DATA", "duplicate", name="productcode", value=code[:60])
    base = node.child("productbaseinformation")
    price = None if base is None else base.child("unitprice")
    named = [*node.all("dimension")]
    extra = node.child("productadditionalinformation")
    named += extra.all("dimension") if extra else []
    return Product(
        key=old.key if old else 0,
        modified=call.now,
        fields=fields,
        unit_price=decimal("unitprice", fields.get("unitprice", "")),
        gross=price.attributes.get("type", "").lower() == "gross" if price else bool(old and old.gross),
        vat_percent=rate,
        active=fields.get("isactive", "1") == "1",
        dimensions=books.named_dimensions(named, create=not call.on("useonlyexistingdimensions"))
        if named or old is None
        else old.dimensions,
    )


def _check_fields(call: Call, fields: dict[str, str]) -> Decimal | None:
    """Check numbers, flags and accounts; return the VAT rate."""
    for name in _NUMBERS:
        if fields.get(name):
            decimal(name, fields[name])
    for name in _FLAGS:
        if fields.get(name):
            fields[name] = str(int(flag(name, fields[name])))
    for _, name, _default in _ACCOUNTS:
        if fields.get(name):
            call.books.account(fields[name], call.options)
    rate = (
        decimal("defaultvatpercentage", fields["defaultvatpercentage"]) if fields.get("defaultvatpercentage") else None
    )
    if rate is not None and call.options.vat_rates == "strict" and rate not in RATES:
        raise wrong("defaultvatpercentage", rate)
    return rate


def _index(call: Call, item: Product) -> None:
    books = call.books
    if item.code:
        books.product_codes[item.code.casefold()] = item.key
    for name in ("primaryeancode", "secondaryeancode"):
        if item.fields.get(name):
            books.ean_codes.setdefault(item.fields[name], item.key)
    books.group("product", item.fields.get("productgroup", ""))
    books.products.put(item)
