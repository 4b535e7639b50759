"""Writing vouchers: accounting.nv, accountingedit.nv, invalidatevouchers.nv and the lists of what was deleted.

Order of elements: the vendor's accounting.dtd of 2022; `checked` and `comment` are newer and known from one client.
For accountingedit.nv and invalidatevouchers.nv no DTD was found: the sheet puts the key first, a client last.
"""

from datetime import timedelta
from typing import Any

from tilisilta_emulators.netvisor import vat, xml
from tilisilta_emulators.netvisor.call import Call
from tilisilta_emulators.netvisor.errors import invalid, missing, wrong
from tilisilta_emulators.netvisor.ledger import has_vat, read_lines, take_number
from tilisilta_emulators.netvisor.records import Attachment, Voucher
from tilisilta_emulators.netvisor.shape import Node, Shape
from tilisilta_emulators.netvisor.table import Table
from tilisilta_emulators.netvisor.values import day, flag, integer

_LINES = {
    "voucherline": "linesum description? accountnumber vatpercent accountdimension? dimension*",
    "dimension": "dimensionname dimensionitem",
    "voucherattachments": "voucherattachment+",
    "voucherattachment": "mimetype attachmentdescription filename documentdata",
}
_ATTRIBUTES = {
    "voucherdate@format": "optional ansi",
    "linesum@type": "optional net gross",
    "accountdimension@type": "optional netvisorkey name",
}
_VOUCHER = (
    "calculationmode voucherdate number? description? voucherclass checked? comment? voucherline+ voucherattachments?"
)
VOUCHER = Shape("voucher", {"voucher": _VOUCHER, **_LINES}, _ATTRIBUTES)
EDIT = Shape(
    "voucher",
    {
        "voucher": "netvisorkey? calculationmode? voucherdate? number? description? voucherclass? checked? comment? "
        "voucherline* voucherattachments? netvisorkey?",
        **_LINES,
    },
    _ATTRIBUTES,
)
INVALIDATE = Shape(
    "invalidatevouchers",
    {"invalidatevouchers": "comment? invalidatevoucher+"},
    {"invalidatevouchers@identifier": "optional netvisorkey"},
)

# Of vouchers and of what invalidates them.
DESCRIPTION_LIMIT = 255
COMMENT_LIMIT = 255
INVALIDATE_LIMIT = 100
DELETED_DAYS = 7


def add(call: Call) -> str:
    """POST accounting.nv: enter one voucher."""
    node = call.message(VOUCHER)
    books, options = call.books, call.options
    mode = _mode(node)
    date = day("voucherdate", node.get("voucherdate"))
    sort = books.voucher_type(node.get("voucherclass"))
    lines = books.balanced(read_lines(call, node.all("voucherline"), mode, vat.ACCOUNTING), options, mode)
    books.require_open(options, date, vat=has_vat(lines))
    files = _attachments(call, node)
    wanted = node.get("number")
    voucher = Voucher(
        key=0,
        modified=call.now,
        created=call.now,
        type=sort,
        number=take_number(call, sort, date, integer("number", wanted) if wanted else None),
        date=date,
        description=call.fit("description", node.get("description"), DESCRIPTION_LIMIT),
        lines=lines,
        checked=flag("checked", node.get("checked") or "0"),
        comment=call.fit("comment", node.get("comment"), COMMENT_LIMIT),
        attachments=files,
    )
    voucher.key = books.vouchers.next_key()
    books.post(voucher)
    return xml.replies(voucher.key)


def _mode(node: Node) -> str:
    mode = node.get("calculationmode").lower()
    if mode not in {"net", "gross"}:
        raise wrong("calculationmode", mode)
    return mode


def _attachments(call: Call, node: Node) -> list[Attachment]:
    frame = node.child("voucherattachments")
    return [] if frame is None else [call.attachment(item) for item in frame.children]


def edit(call: Call) -> str:
    """POST accountingedit.nv: change a voucher; given lines replace all old ones."""
    node = call.message(EDIT)
    books, options = call.books, call.options
    if not node.get("netvisorkey"):
        raise missing("netvisorkey")
    voucher = _own_voucher(call, integer("netvisorkey", node.get("netvisorkey")))
    nodes = node.all("voucherline")
    mode = _mode(node) if node.get("calculationmode") else "net"
    lines = voucher.lines
    if nodes:
        lines = books.balanced(read_lines(call, nodes, mode, vat.ACCOUNTING), options, mode)
    date = day("voucherdate", node.get("voucherdate")) if node.get("voucherdate") else voucher.date
    sort = books.voucher_type(node.get("voucherclass")) if node.get("voucherclass") else voucher.type
    books.require_open(options, voucher.date, vat=has_vat(voucher.lines))
    books.require_open(options, date, vat=has_vat(lines))
    number = voucher.number
    wanted = integer("number", node.get("number")) if node.get("number") else number
    if (sort, date.year, wanted) != (voucher.type, voucher.date.year, number):
        moved = (sort, date.year) != (voucher.type, voucher.date.year)
        number = take_number(call, sort, date, None if moved and not node.get("number") else wanted)
    files = _attachments(call, node)
    description, comment = node.child("description"), node.child("comment")
    changed = Voucher(
        key=voucher.key,
        modified=call.now,
        created=voucher.created,
        type=sort,
        number=number,
        date=date,
        description=voucher.description
        if description is None
        else call.fit("description", description.text, DESCRIPTION_LIMIT),
        lines=lines,
        checked=flag("checked", node.get("checked")) if node.get("checked") else voucher.checked,
        comment=voucher.comment if comment is None else call.fit("comment", comment.text, COMMENT_LIMIT),
        attachments=[*voucher.attachments, *files],
    )
    books.count(voucher, -1)
    books.voucher_numbers.discard((voucher.type, voucher.date.year, voucher.number))
    books.post(changed)
    return xml.replies(changed.key)


def _own_voucher(call: Call, key: int) -> Voucher:
    """Return a valid voucher that no document made; those are changed through their document."""
    voucher = call.books.vouchers.by_key.get(key)
    if voucher is None or voucher.status == "deleted":
        raise invalid("voucher", value=key)
    if voucher.status != "valid" or voucher.source:
        raise invalid("settled", value=key)
    return voucher


def invalidate(call: Call) -> str:
    """POST invalidatevouchers.nv: invalidate all of the named vouchers, or none when one cannot be."""
    node = call.message(INVALIDATE, dtd=False)
    call.fit("comment", node.get("comment"), COMMENT_LIMIT)
    texts = [item.text for item in node.all("invalidatevoucher")]
    if len(texts) > INVALIDATE_LIMIT:
        raise invalid("many", name="invalidatevoucher", limit=INVALIDATE_LIMIT)
    chosen = []
    for key in dict.fromkeys(integer("invalidatevoucher", text) for text in texts):
        voucher = call.books.vouchers.by_key.get(key)
        if voucher is not None and voucher.status == "invalidated" and call.options.invalidate_twice == "accept":
            continue
        voucher = _own_voucher(call, key)
        call.books.require_open(call.options, voucher.date, vat=has_vat(voucher.lines))
        chosen.append(voucher)
    for voucher in chosen:
        voucher.comment = node.get("comment") or voucher.comment
        call.books.void(voucher, "invalidated", call.now)
    return ""


def deleted(call: Call, table: Table[Any], frame: str, item: str) -> str:
    """GET deleted...nv: what was deleted since a day, seven days back at most."""
    since = call.moment("deletedsince")
    if since is None or since.date() < call.now.date() - timedelta(days=DELETED_DAYS):
        raise invalid("parameter", name="deletedsince")
    rows = [
        xml.group(
            item,
            xml.leaf("NetvisorKey", key),
            xml.leaf("DeleteDate", f"{at:%Y-%m-%d %H:%M}", {"format": "ansi"}),
        )
        for at, key in table.deleted
        if at >= since
    ]
    return xml.group(frame, *rows)
