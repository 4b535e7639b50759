"""Dimensions: dimensionlist.nv, dimensionitem.nv, dimensiondelete.nv, getaccountdimensionlist.nv.

No DTD was found for dimensionitem.nv: names are checked, order is not.
"""

from tilisilta_emulators.netvisor import xml
from tilisilta_emulators.netvisor.call import Call
from tilisilta_emulators.netvisor.errors import Refused, invalid
from tilisilta_emulators.netvisor.records import Dimension, DimensionItem
from tilisilta_emulators.netvisor.shape import Shape
from tilisilta_emulators.netvisor.values import flag, integer

ITEM = Shape("dimensionitem", {"dimensionitem": "name item olditem? fatherid? fatheritem? ishidden? code? label?"})
NAME_LIMIT = 200


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
        xml.leaf("IsHidden", str(item.hidden)),
        xml.leaf("Level", level),
        xml.leaf("Sort", at),
        xml.leaf("EndSort", at),
        xml.leaf("FatherID", item.father),
    )


def write(call: Call) -> str:
    """POST dimensionitem.nv: add or edit a value; the answer carries no key."""
    adding = call.method() == "add"
    node = call.message(ITEM, dtd=False)
    books = call.books
    name = call.fit("name", node.get("name"), NAME_LIMIT)
    text = call.fit("item", node.get("item"), NAME_LIMIT)
    hidden = flag("ishidden", node.get("ishidden") or "0")
    dimension = books.dimensions.get(name.casefold())
    father = _father(dimension, node.get("fatherid"), node.get("fatheritem"))
    if adding:
        if dimension is not None and text.casefold() in dimension.items:
            raise Refused("DUPLICATE_DATA", "duplicate", name=name[:60], value=text[:60])
        item = books.dimension(name, text, create=True)
        item.hidden, item.father = hidden, father
        return ""
    old = node.get("olditem") or text
    found = None if dimension is None else dimension.items.get(old.casefold())
    if dimension is None or found is None:
        raise invalid("dimension", value=old[:60])
    if text.casefold() != old.casefold() and text.casefold() in dimension.items:
        raise Refused("DUPLICATE_DATA", "duplicate", name=name[:60], value=text[:60])
    del dimension.items[old.casefold()]
    found.name = text
    found.hidden = hidden if node.get("ishidden") else found.hidden
    found.father = father or found.father
    dimension.items[text.casefold()] = found
    return ""


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
