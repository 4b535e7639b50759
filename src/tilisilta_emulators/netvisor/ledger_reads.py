"""Reading the ledger: accountingledger.nv, accountbalance.nv and attachments of vouchers."""

import base64
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate

from tilisilta_emulators.netvisor import chart, vat, xml
from tilisilta_emulators.netvisor.call import Call
from tilisilta_emulators.netvisor.errors import invalid, wrong
from tilisilta_emulators.netvisor.records import Attachment, Line, Voucher
from tilisilta_emulators.netvisor.values import ZERO, day, show_day, show_money, show_number

_ABBREVIATIONS = {row[0]: row[2] for row in chart.VOUCHER_TYPES}
_SELECTORS = (
    "netvisorkey", "netvisorkeylist", "startdate", "enddate", "changedsince", "lastmodifiedstart", "lastmodifiedend",
)  # fmt: skip
_NOT_WITH_KEYS = (
    "startdate", "enddate", "changedsince", "lastmodifiedstart", "lastmodifiedend", "accountnumberstart",
    "accountnumberend", "voucherstatus", "vouchertype",
)  # fmt: skip
_FLAGS_NOT_WITH_KEYS = ("includetransactionhistory", "includeattachmentsmetadata", "includetransactionallocations")
# The vendor's page on the resource: a type needs days or moments of change beside it.
_WITH_TYPE = ("startdate", "lastmodifiedstart", "lastmodifiedend")
_STATUSES = {"1": {"valid", "invalidated", "deleted"}, "2": {"valid"}, "3": {"invalidated", "deleted"}}
_MAX_DATES = 4000


def vouchers(call: Call) -> str:
    """GET accountingledger.nv."""
    if not call.has(*_SELECTORS):
        raise invalid("parameter", name="startdate")
    keep = _filter(call)
    shown = [_show(call, item) for item in _chosen(call) if keep(item)]
    return xml.group("Vouchers", *shown)


def _chosen(call: Call) -> Iterator[Voucher]:
    books = call.books
    if call.has("netvisorkey", "netvisorkeylist"):
        if call.has(*_NOT_WITH_KEYS) or any(call.on(name) for name in _FLAGS_NOT_WITH_KEYS):
            raise invalid("parameter", name="netvisorkey")
        keys = call.keys("netvisorkeylist")
        single = call.integer("netvisorkey")
        for key in dict.fromkeys([*keys, *([] if single is None else [single])]):
            if key in books.vouchers.by_key:
                yield books.vouchers.by_key[key]
        return
    start, end = call.day("startdate"), call.day("enddate")
    if (start is None) != (end is None):
        raise invalid("parameter", name="enddate" if end is None else "startdate")
    since = max((at for at in (call.moment("changedsince"), call.moment("lastmodifiedstart")) if at), default=None)
    until = call.moment("lastmodifiedend", end=True)
    if start is not None:
        for item in books.vouchers.days.between(start, end):
            if (since is None or item.modified >= since) and (until is None or item.modified <= until):
                yield item
        return
    yield from books.vouchers.modified.between(since, until)


def _filter(call: Call) -> Callable[[Voucher], bool]:
    # Valid ones unless asked otherwise; a voucher that is asked for by its key comes whatever became of it.
    default = "1" if call.has("netvisorkey", "netvisorkeylist") else "2"
    statuses = _STATUSES.get(call.text("voucherstatus") or default)
    if statuses is None:
        raise wrong("voucherstatus", call.text("voucherstatus"))
    low, high = call.filter_key("accountnumberstart"), call.filter_key("accountnumberend")
    sort_key = call.filter_key("vouchertype")
    if sort_key is not None and not call.has(*_WITH_TYPE):
        raise invalid("parameter", name="vouchertype")
    types = call.books.voucher_types
    if sort_key is not None and not 0 < sort_key <= len(types):
        raise wrong("vouchertype", sort_key)
    sort = None if sort_key is None else types[sort_key - 1]

    def keep(item: Voucher) -> bool:
        if item.status not in statuses or (sort is not None and item.type != sort):
            return False
        if low is None and high is None:
            return True
        return any(
            (low is None or int(line.account) >= low) and (high is None or int(line.account) <= high)
            for line in item.lines
        )

    return keep


def _show(call: Call, item: Voucher) -> str:
    options = call.options
    name = item.type
    if options.voucher_class == "abbreviated":
        name = f"{_ABBREVIATIONS.get(name, '')} {name}".strip()
    key = {"netvisorKey": str(call.books.voucher_types.index(item.type) + 1)} if options.voucher_class_key else None
    parts = [
        xml.leaf("NetvisorKey", item.key),
        xml.leaf("VoucherDate", show_day(item.date, finnish=options.finnish_dates)),
        xml.leaf("VoucherNumber", item.number),
        xml.leaf("VoucherDescription", item.description),
        xml.leaf("VoucherClass", name, key),
        _source(item),
        xml.leaf("VoucherNetvisorURI", call.uri("accountingledger.nv", item.key)),
    ]
    if call.on("showgenerator"):
        parts.append(xml.leaf("GeneratedBy", "Integration" if not item.source else "Netvisor"))
    parts += [_show_line(call, line) for line in item.lines]
    if call.on("includetransactionhistory"):
        parts.append(_history(item))
    if call.on("includeattachmentsmetadata"):
        parts.append(xml.group("Attachments", *(_metadata(file) for file in item.attachments)))
    return xml.group("Voucher", *parts, attributes={"Status": item.status})


def _source(item: Voucher) -> str:
    """Return the link to the document; only invoices are named."""
    linked = item.source in {"salesinvoice", "purchaseinvoice"}
    attributes = {"type": item.source if linked else ""}
    return xml.leaf("LinkedSourceNetvisorKey", item.source_key if linked else None, attributes)


def _show_line(call: Call, line: Line) -> str:
    allocations = xml.leaf("TransactionAllocations", None) if call.on("includetransactionallocations") else ""
    return xml.group(
        "VoucherLine",
        xml.leaf("NetvisorKey", line.key),
        xml.leaf("LineSum", show_money(line.sum)),
        xml.leaf("Description", line.description),
        xml.leaf("AccountNumber", line.account),
        xml.leaf("VatPercent", show_number(line.vat_percent)),
        xml.leaf("VatCode", vat.show(line.vat_code, call.options)),
        allocations,
        xml.leaf("AccountDimension", line.follow_up) if line.follow_up else "",
        *(
            xml.group("Dimension", xml.leaf("DimensionName", name), xml.leaf("DimensionItem", value))
            for name, value in line.dimensions
        ),
    )


def _history(item: Voucher) -> str:
    rows = [("created", item.created), (item.status, item.modified if item.modified != item.created else None)]
    return xml.group(
        "TransactionHistory",
        *(
            xml.group("TransactionHistoryLine", xml.leaf("Action", name), xml.leaf("Timestamp", at.isoformat()))
            for name, at in rows
            if at is not None
        ),
    )


def _metadata(file: Attachment) -> str:
    return xml.group(
        "Attachment",
        xml.leaf("Filename", file.file_name),
        xml.leaf("SizeInBytes", len(file.content)),
        xml.leaf("MimeType", file.mime_type),
    )


def attachments(call: Call) -> str:
    """GET getvoucherattachments.nv."""
    key = call.required_key("netvisorkey")
    voucher = call.books.vouchers.by_key.get(key)
    if voucher is None:
        raise invalid("voucher", value=key)
    return show_files(voucher.attachments)


def show_files(files: Iterable[Attachment]) -> str:
    """Return the Attachments element with contents."""
    return xml.group(
        "Attachments",
        *(
            xml.group(
                "Attachment",
                xml.leaf("Filename", file.file_name),
                xml.leaf("SizeInBytes", len(file.content)),
                xml.leaf("MimeType", file.mime_type),
                xml.leaf("Content", base64.b64encode(file.content).decode()),
            )
            for file in files
        ),
    )


def balances(call: Call) -> str:
    """GET accountbalance.nv: debit, credit and balance up to each of the dates; of a group when its key is given."""
    dates = _dates(call)
    keys = call.keys("netvisorkeylist")
    single = call.integer("netvisorkey")
    keys += [] if single is None else [single]
    known = {**call.books.accounts_by_key, **{item.key: item for item in call.books.headings}}
    for key in keys:
        if key not in known:
            raise invalid("account", value=key)
    chosen = [known[key] for key in dict.fromkeys(keys)] if keys else list(call.books.accounts.values())
    return xml.group("AccountBalances", *(_balance(call, account, dates) for account in chosen))


def _balance(call: Call, account: chart.Account, dates: list[date]) -> str:
    turnover = call.books.turnover
    parts = [turnover.get(account.number, {})]
    if account.group:
        parts = [turnover.get(item.number, {}) for item in call.books.accounts.values() if item.father == account.key]
    sums = sorted((day for part in parts for day in part.items()), key=lambda day: day[0])
    days = [at for at, _ in sums]
    debits = list(accumulate((pair[0] for _, pair in sums), initial=ZERO))
    credits_ = list(accumulate((pair[1] for _, pair in sums), initial=ZERO))
    rows = []
    for at in dates:
        place = bisect_right(days, at)
        debit, credit = debits[place], credits_[place]
        rows.append(_row(at, debit, credit))
    return xml.group("Account", *rows, attributes={"netvisorkey": str(account.key)})


def _row(at: date, debit: Decimal, credit: Decimal) -> str:
    return xml.group(
        "AccountBalance",
        xml.leaf("Debet", show_money(debit)),
        xml.leaf("Kredit", show_money(credit)),
        xml.leaf("Balance", show_money(debit - credit)),
        attributes={"date": show_day(at)},
    )


def _dates(call: Call) -> list[date]:
    given = sorted({day("balancedates", word) for word in call.words("balancedates", _MAX_DATES)})
    if not given:
        raise invalid("parameter", name="balancedates")
    interval = call.integer("intervaltype") or 0
    if interval not in range(5):
        raise wrong("intervaltype", interval)
    if not interval:
        return given
    found = {given[0], given[-1]}
    at = given[0]
    while at < given[-1]:
        found.add(at)
        if len(found) > _MAX_DATES:
            raise invalid("many", name="balancedates", limit=_MAX_DATES)
        at = _step(at, interval)
    return sorted(found)


def _step(at: date, interval: int) -> date:
    if interval < 3:
        return at + timedelta(days=1 if interval == 1 else 7)
    months = at.month if interval == 3 else at.month + 11
    year = at.year + months // 12
    if year > 9999:
        return date.max
    first = date(year, months % 12 + 1, 1)
    return first + timedelta(days=min(at.day, 28) - 1)
