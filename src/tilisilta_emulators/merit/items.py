"""Items, their groups, units and stock; section 8 of the vendor sheet."""

from decimal import Decimal
from typing import Any

from tilisilta_emulators.merit import chart
from tilisilta_emulators.merit.call import Call, Handler
from tilisilta_emulators.merit.errors import UNIT_EXISTS, business, no_value
from tilisilta_emulators.merit.form import Form
from tilisilta_emulators.merit.records import Item, Movement
from tilisilta_emulators.merit.values import HUNDRED, ZERO, cents, named_guid, show_day, show_moment

_TYPES = {1: "Laokaup", 2: "Teenus", 3: "Artikkel"}
_USAGES = {1: "Müük", 2: "Ost", 3: "Müük ja ost"}
STOCK = 1
_DESCRIPTION_CHARS = 100  # of a card; a row of an invoice has 150


def endpoints() -> dict[str, tuple[tuple[int, ...], Handler]]:
    """Return the services by path, with the versions that have them."""
    return {
        "getitems": ((1,), get),
        "senditems": ((2,), send),
        "updateitem": ((1,), update),
        "getitemgroups": ((2,), groups),
        "senditemgroups": ((2,), send_groups),
        "getunits": ((1,), units),
        "senduom": ((2,), send_unit),
        "getlocations": ((2,), locations),
        "getinvmovements": ((2,), movements),
        "sendinvmovement": ((1, 2), send_movement),
    }


def get(call: Call) -> list[dict[str, Any]]:
    """List items: by id, or with code and description searched for anywhere in the text."""
    form, books = call.form, call.books
    identity = form.guid("Id")
    if identity is not None:
        one = books.items.get(identity)
        return [show(call, one)] if one else []
    code, text = (form.text("Code") or "").casefold(), (form.text("Description") or "").casefold()
    usage, kind = form.integer("Usage", range(4)), form.integer("Type", range(4))
    location = form.text("LocationCode")
    return [
        show(call, one)
        for one in books.items.values()
        if (not code or code in one.code.casefold())
        and (not text or text in one.name.casefold())
        and (not usage or one.usage in {usage, 3})
        and (not kind or one.type == kind)
        and (location is None or one.location == location)
    ]


def show(call: Call, one: Item) -> dict[str, Any]:
    """Return an item as answers carry it."""
    tax = call.books.settings.taxes.get(one.tax_id or "")
    groups = call.books.settings.item_groups
    return {
        "ItemId": one.id,
        "Code": one.code,
        "Name": one.name,
        "UnitofMeasureName": one.unit,
        "Type0": one.type,
        "Type": _TYPES[one.type],
        "SalesPrice": one.price if one.price is not None else ZERO,
        "InventoryQty": one.quantity,
        "ReservedQty": ZERO,
        "VatTaxName": tax.name if tax else None,
        "Usage0": one.usage,
        "Usage": _USAGES[one.usage],
        "SalesAccountCode": one.sales_account,
        "PurchaseAccountCode": one.purchase_account,
        "InventoryAccountCode": one.inventory_account,
        "ItemCostAccountCode": one.cost_account,
        "DiscountPct": one.discount_pct,
        "LastPurchasePrice": one.last_price,
        "ItemUnitCost": one.last_price,
        "InventoryCost": cents(one.quantity * one.last_price),
        "ItemGroupName": groups[one.group][1] if one.group in groups else None,
        "DefLoc_Name": call.books.settings.locations.get(one.location or ""),
        "EANCode": one.ean,
        "GTUCodes": one.gtu,
    }


def send(call: Call) -> list[dict[str, Any]]:
    """Create items, all or none."""
    forms = call.form.children("Items")
    if not forms:
        raise no_value("Items")
    made: list[Item] = []
    codes = set(call.books.items_by_code)
    for form in forms:
        item = read(call, form, form.integer("Usage", range(4)) or 3, description_chars=_DESCRIPTION_CHARS)
        if not form.integer("Type"):
            raise business("Kohustuslik väli puudu: Type")
        if item.code.casefold() in codes:
            raise business(f"Artikkel koodiga {item.code} on juba olemas")
        if item.type == STOCK and item.unit is None:
            raise business("Kohustuslik väli puudu: UOMName")
        codes.add(item.code.casefold())
        made.append(item)
    for item in made:
        enter(call, item)
    return [{"ItemId": item.id, "Code": item.code} for item in made]


def read(call: Call, form: Form, usage: int = 3, *, description_chars: int = 150) -> Item:
    """Return a new item as a client describes it, not entered yet.

    Raises:
        Refused: Code or description is missing, or an account, tax, group or warehouse is not known.
    """
    settings = call.books.settings
    tax_id = form.guid("TaxId")
    if tax_id is not None and tax_id not in settings.taxes:
        raise business(f"Käibemaksu {tax_id} ei leitud")
    kind = form.integer("Type", range(4)) or 3
    return Item(
        "",
        form.need_text("Code", 20),
        form.need_text("Description", description_chars),
        kind,
        usage,
        form.text("UOMName", 64),
        form.decimal("SalesPrice"),
        tax_id,
        call.account(form, "SalesAccCode") or chart.SALES,
        call.account(form, "PurchaseAccCode") or chart.GOODS,
        call.account(form, "InventoryAccCode") or (chart.STOCK if kind == STOCK else None),
        call.account(form, "CostAccCode") or (chart.GOODS if kind == STOCK else None),
        call.known(form, "ItemGrCode", 20, settings.item_groups, "Artikligruppi"),
        call.known(form, "DefLocationCode", 20, settings.locations, "Ladu"),
        form.text("EANCode", 30),
        form.text("GTUCode", 20),
        _percent(form),
    )


def _percent(form: Form) -> Decimal:
    percent = form.decimal("DiscountPct") or ZERO
    if abs(percent) > HUNDRED:
        raise business("Allahindluse protsent ei ole lubatud")
    return percent


def enter(call: Call, item: Item) -> Item:
    """Enter an item that was read."""
    books = call.writing()
    _, item.id = books.next_id()
    item.created = call.now
    if item.unit and item.unit not in books.settings.units:
        call.site.own_settings(call.company).units[item.unit] = item.unit
    books.put_item(item)
    return item


def update(call: Call) -> str:
    """Change some fields of an item."""
    form, books = call.form, call.books
    one = books.items.get(form.need_guid())
    if one is None:
        raise business("Artiklit ei leitud")
    code, name = form.text("Code", 20), form.text("Description", _DESCRIPTION_CHARS) or form.text("Name", 100)
    price, unit, ean = form.decimal("SalesPrice"), form.text("UOMName", 64), form.text("EANCode", 30)
    tax_id = form.guid("TaxId")
    if tax_id is not None and tax_id not in books.settings.taxes:
        raise business(f"Käibemaksu {tax_id} ei leitud")
    other = books.items_by_code.get(code.casefold()) if code else None
    if other is not None and other is not one:
        raise business(f"Artikkel koodiga {code} on juba olemas")
    books = call.writing()
    if code:
        del books.items_by_code[one.code.casefold()]
        one.code = code
    one.name, one.price = name or one.name, price if price is not None else one.price
    one.unit, one.ean, one.tax_id = unit or one.unit, ean or one.ean, tax_id or one.tax_id
    books.put_item(one)
    return "updated"


def groups(call: Call) -> list[dict[str, Any]]:
    """List the groups of items."""
    found = call.books.settings.item_groups
    return [{"Id": identity, "Code": code, "Name": name} for code, (identity, name) in found.items()]


def send_groups(call: Call) -> list[dict[str, Any]]:
    """Create groups of items."""
    pairs = [(one.need_text("Code", 20), one.need_text("Name", 64)) for one in call.form.need_children("ItemGroups")]
    known = call.books.settings.item_groups
    for code, _ in pairs:
        if code in known:
            raise business(f"Grupp {code} on juba olemas")
    own = call.site.own_settings(call.company).item_groups
    for code, name in pairs:
        own[code] = (named_guid(f"itemgroup:{call.company.mark}:{code}"), name)
    return [{"Id": own[code][0], "Code": code, "Name": name} for code, name in pairs]


def units(call: Call) -> list[dict[str, Any]]:
    """List the units of measure."""
    return [{"Code": code, "Name": name, "NonActive": False} for code, name in call.books.settings.units.items()]


def send_unit(call: Call) -> dict[str, Any]:
    """Create a unit of measure."""
    name = call.form.need_text("Name", 64)
    code = call.form.text("Code", 20) or name
    if code in call.books.settings.units or name in call.books.settings.units.values():
        raise business(UNIT_EXISTS)
    call.site.own_settings(call.company).units[code] = name
    return {"Code": code, "Name": name}


def locations(call: Call) -> list[dict[str, Any]]:
    """List the warehouses."""
    return [
        {
            "CompanyId": call.company.id,
            "LocationId": named_guid(f"location:{code}"),
            "Code": code,
            "Name": name,
            "InPrefix": "S",
            "OutPrefix": "V",
            "MovePrefix": "L",
        }
        for code, name in call.books.settings.locations.items()
    ]


def movements(call: Call) -> list[dict[str, Any]]:
    """List stock movements of a period."""
    start, end = call.form.day("PeriodStart"), call.form.day("PeriodEnd")
    return [
        {
            "Id": one.id,
            "Type": one.type,
            "DocumentDate": show_day(one.date),
            "DocumentNo": one.document,
            "LocationCode": one.location,
            "ToLocationCode": one.to_location,
            "ChangedDate": show_moment(one.created),
            "Rows": [{"ItemCode": code, "Quantity": quantity, "Cost": cost} for code, quantity, cost in one.rows],
        }
        for one in call.books.movements.values()
        if (start is None or one.date >= start) and (end is None or one.date <= end)
    ]


def send_movement(call: Call) -> dict[str, Any]:
    """Enter goods in (1), out (2) or between warehouses (3)."""
    form, books = call.form, call.books
    kind = form.integer("Type", range(1, 4)) or 1
    day = form.day("DocDate") or form.day("DocumentDate") or call.now.date()
    call.require_open(day)
    location = call.known(form, "LocationCode", 20, books.settings.locations, "Ladu") or "1"
    other = call.known(form, "ToLocationCode", 20, books.settings.locations, "Ladu")
    if kind == 3 and other is None:
        raise business("Kohustuslik väli puudu: ToLocationCode")
    rows = []
    for row in form.children("Rows") or form.need_children("InvMovementRow"):
        code = row.text("ItemCode", 20) or row.need_text("Code", 20)
        item = books.items_by_code.get(code.casefold())
        if item is None or item.type != STOCK:
            raise business(f"Artiklit {code} ei leitud")
        quantity = row.decimal("Quantity") or ZERO
        if quantity <= 0:
            raise business("Kogus peab olema positiivne")
        rows.append((item, quantity, cents(row.decimal("Cost") or row.decimal("Amount") or ZERO)))
    if not rows:
        raise no_value("Rows")
    books = call.writing()
    _, identity = books.next_id()
    for item, quantity, _ in rows:
        item.quantity += {1: quantity, 2: -quantity, 3: ZERO}[kind]
    books.movements[identity] = Movement(
        identity, kind, day, form.text("DocNo", 35), location, other,
        [(item.code, quantity, cost) for item, quantity, cost in rows], call.now,
    )  # fmt: skip
    return {"Id": identity}
