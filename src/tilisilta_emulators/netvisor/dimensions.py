"""Dimensions: dimensionlist.nv, dimensionitem.nv, dimensiondelete.nv, getaccountdimensionlist.nv.

No DTD was found for dimensionitem.nv: names are checked, order is not.
"""

from tilisilta_emulators.netvisor import xml
from tilisilta_emulators.netvisor.call import Call
from tilisilta_emulators.netvisor.errors import Refused, invalid
from tilisilta_emulators.netvisor.records import Dimension, DimensionItem
from tilisilta_emulators.netvisor.shape import Node, Shape
from tilisilta_emulators.netvisor.values import day, flag, integer, show_day

ITEM = Shape(
    "dimensionitem",
    {
        "dimensionitem": "name item olditem? code? label? oldcode? oldlabel? fatherid? fatheritem? "
        "fathercode? fatherlabel? activityperiodstart? activityperiodend? ishidden?"
    },
)
NAME_LIMIT = 200
CODE_LIMIT = 50


def listing(call: Call) -> str:
    """GET dimensionlist.nv; hidden ones only with showhidden=1."""
    hidden = call.on("showhidden")
    return xml.group(
        "DimensionNameList",
        *(_show(item, hidden=hidden) for item in call.books.dimensions.values() if hidden or not item.hidden),
    )


def _show(dimension: Dimension, *, hidden: bool) -> str:
    items = [item for item in dimension.items.values() if hidden or not item.hidden]
    fathers = {item.key: item.father for item in dimension.items.values()}
    details = [_show_item(item, at, fathers) for at, item in enumerate(items)]
    return xml.group(
        "DimensionName",
        xml.leaf("Netvisorkey", dimension.key),
        xml.leaf("Name", dimension.name),
        xml.leaf("IsHidden", str(dimension.hidden)),
        xml.leaf("LinkType", 0),
        xml.group("DimensionDetails", *details),
    )


def _show_item(item: DimensionItem, at: int, fathers: dict[int, int]) -> str:
    level, father = 1, item.father
    # A chain of fathers cannot be longer than there are items.
    while father and level <= len(fathers):
        level, father = level + 1, fathers.get(father, 0)
    return xml.group(
        "DimensionDetail",
        xml.leaf("Netvisorkey", item.key),
        xml.leaf("Name", item.name),
        xml.leaf("Code", item.code) if item.code else "",
        xml.leaf("Label", item.label) if item.code else "",
        xml.leaf("IsHidden", str(item.hidden)),
        xml.leaf("Level", level),
        xml.leaf("Sort", at),
        xml.leaf("EndSort", at),
        xml.leaf("FatherID", item.father),
        xml.leaf("ActivityPeriodStart", show_day(item.begins)) if item.begins else "",
        xml.leaf("ActivityPeriodEnd", show_day(item.ends)) if item.ends else "",
    )


def write(call: Call) -> str:
    """POST dimensionitem.nv: add or edit a value; the answer carries no key."""
    adding = call.method() == "add"
    node = call.message(ITEM, dtd=False)
    books = call.books
    name = call.fit("name", node.get("name"), NAME_LIMIT)
    text = _named(call, node, "")
    hidden = flag("ishidden", node.get("ishidden") or "0")
    _tell(node, DimensionItem(0, text))  # days that cannot be read must not leave half a value
    dimension = books.dimensions.get(name.casefold())
    father = _father(dimension, node.get("fatherid"), _named(call, node, "father"))
    if adding:
        if dimension is not None and text.casefold() in dimension.items:
            raise Refused("DUPLICATE_DATA", "duplicate", name=name[:60], value=text[:60])
        item = books.dimension(name, text, create=True)
        item.hidden, item.father = hidden, father
        _tell(node, item)
        return ""
    old = _named(call, node, "old") or text
    found = None if dimension is None else dimension.items.get(old.casefold())
    if dimension is None or found is None:
        raise invalid("dimension", value=old[:60])
    if text.casefold() != old.casefold() and text.casefold() in dimension.items:
        raise Refused("DUPLICATE_DATA", "duplicate", name=name[:60], value=text[:60])
    del dimension.items[old.casefold()]
    found.name = text
    found.hidden = hidden if node.get("ishidden") else found.hidden
    found.father = father or found.father
    _tell(node, found)
    dimension.items[text.casefold()] = found
    return ""


def _named(call: Call, node: Node, prefix: str) -> str:
    """Return the name of a value, which is code and label where it has a code."""
    item = call.fit(f"{prefix}item", node.get(f"{prefix}item"), NAME_LIMIT)
    code = call.fit(f"{prefix}code", node.get(f"{prefix}code"), CODE_LIMIT)
    label = call.fit(f"{prefix}label", node.get(f"{prefix}label"), NAME_LIMIT)
    return f"{code} {label or item}".strip() if code else item


def _tell(node: Node, item: DimensionItem) -> None:
    """Keep code, label and days of a value; what is not said stays, but a new name without a code has none."""
    if node.get("code"):
        item.code, item.label = node.get("code"), node.get("label") or node.get("item")
    elif item.name != f"{item.code} {item.label}":
        item.code = item.label = ""
    if node.get("activityperiodstart"):
        item.begins = day("activityperiodstart", node.get("activityperiodstart"))
    if node.get("activityperiodend"):
        item.ends = day("activityperiodend", node.get("activityperiodend"))


def _father(dimension: Dimension | None, key: str, name: str) -> int:
    if not key and not name:
        return 0
    items = {} if dimension is None else dimension.items
    if key:
        number = integer("fatherid", key)
        if not number or any(item.key == number for item in items.values()):
            return number
        raise invalid("dimension", value=key)
    found = items.get(name.casefold())
    if found is None:
        raise invalid("dimension", value=name[:60])
    return found.key


def delete(call: Call) -> str:
    """POST dimensiondelete.nv: hide a dimension, or one value of it."""
    name, item = call.text("dimensionname"), call.text("dimensionsubname")
    if not name:
        raise invalid("parameter", name="dimensionname")
    dimension = call.books.dimensions.get(name.casefold())
    if dimension is None:
        raise invalid("dimension", value=name[:60])
    if not item:
        dimension.hidden = True
        return ""
    found = dimension.items.get(item.casefold())
    if found is None:
        raise invalid("dimension", value=item[:60])
    found.hidden = True
    return ""


def follow_up(call: Call) -> str:
    """GET getaccountdimensionlist.nv: the follow-up objects that voucher lines were given."""
    names = dict.fromkeys(line.follow_up for voucher in call.books.vouchers for line in voucher.lines if line.follow_up)
    return xml.group(
        "AccountFollowUpObjects",
        *(
            xml.group("AccountFollowUpObject", xml.leaf("NetvisorKey", at), xml.leaf("Name", name))
            for at, name in enumerate(names, 1)
        ),
    )
