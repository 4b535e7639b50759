"""Pages in the vendor's envelope, by number or by key.

Source: vendor sheet, section 3: `page` from 0, `size` 50 up to 200; `previousId` with `orderById`.
"""

from collections.abc import Callable, Sequence
from typing import Any

from tilisilta_emulators.procountor.call import Call
from tilisilta_emulators.procountor.errors import Problems
from tilisilta_emulators.procountor.table import Table

SIZE, LARGEST = 50, 200
ORDERS = ("orderByDate", "orderByCreated", "orderByVersion", "orderByOrderNo", "orderByStartDate")


def bounds(call: Call) -> tuple[int, int]:
    """Return page number and size.

    Raises:
        Refused: 400, one of them is out of range.

    """
    problems = Problems()
    page, size = call.query.get("page", 0), call.query.get("size", SIZE)
    if page < 0:
        problems.add("MUST_BE_AT_LEAST_0", "page")
    if size < 1:
        problems.add("MUST_BE_AT_LEAST_1", "size")
    if size > LARGEST:
        problems.add(f"MUST_BE_AT_MOST_{LARGEST}", "size")
    problems.check()
    return page, size


def descending(call: Call, default: str = "DESC") -> bool:
    """Tell whether ids go downwards."""
    return str(call.query.get("orderById") or default) == "DESC"


def answer(call: Call, ids: Sequence[int], show: Callable[[int], Any], name: str = "results") -> dict[str, Any]:
    """Return one page of `ids`, which are in the list's order already.

    Raises:
        Refused: 400, page or size out of range.

    """
    page, size = bounds(call)
    previous = call.query.get("previousId")
    total = len(ids)
    # Products send previousId 0 for the first page.
    if previous:
        down = descending(call)
        ids = [each for each in ids if (each < previous if down else each > previous)]
    shown = list(ids[page * size : (page + 1) * size])
    repeated = call.books.settings.pop("_repeat", None) if page or previous else None
    if repeated is not None:
        shown = [repeated, *shown[: size - 1]]
    if "duplicate_row" in call.quirks and shown:
        call.books.settings["_repeat"] = shown[-1]
    rows = [show(each) for each in shown]
    meta = {"pageNumber": page, "pageSize": size, "resultCount": len(rows)}
    if call.options.total_count:
        meta["totalCount"] = total
    return {name: rows, "meta": meta}


def whole_table(call: Call, table: Table[Any], show: Callable[[Any], Any], default: str = "DESC") -> dict[str, Any]:
    """Return one page of every row of a table in order of ids."""
    ids = sorted(table.rows, reverse=descending(call, default))
    return answer(call, ids, lambda row_id: show(table.rows[row_id]))


def order(call: Call, ids: list[int], keys: dict[str, Callable[[int], Any]], default: str = "DESC") -> list[int]:
    """Return ids in the order asked for: by the first of `keys` (`orderByDate` ...) that is given, else by id."""
    ids.sort(reverse=descending(call, default))
    if "previousId" in call.query:
        return ids
    for name, key in keys.items():
        asked = call.query.get(name)
        if asked is not None:
            ids.sort(key=key, reverse=asked == "DESC")
            break
    return ids
