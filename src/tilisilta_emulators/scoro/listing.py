"""The list action: filters, order, pages and their caps.

Source: vendor sheet, sections 3 and 5.
"""

import copy
from collections.abc import Iterator
from typing import Any

import msgspec

from tilisilta_emulators.scoro.call import Call
from tilisilta_emulators.scoro.catalogue import delete_row
from tilisilta_emulators.scoro.errors import ApiError, FieldError
from tilisilta_emulators.scoro.filters import Selection, compile_filter, in_range
from tilisilta_emulators.scoro.render import Mode
from tilisilta_emulators.scoro.store import Table
from tilisilta_emulators.scoro.values import identifier

PER_PAGE = 50
CAP = 100
DETAILED_CAP = 25
_SPREAD = 2654435761


def list_rows(call: Call) -> list[dict[str, Any]]:
    """Return one page of a module's rows.

    Raises:
        ApiError: 400 for a filter or page number that cannot be read, 404 for an unknown bookmark.

    """
    detailed = call.wants("detailed_response")
    per_page = min(_count(call, "per_page", PER_PAGE), DETAILED_CAP if detailed else CAP)
    page = _count(call, "page", 1)
    ids = chosen_ids(call)
    start = (page - 1) * per_page
    shown = ids[start : start + per_page]
    repeated = call.site.repeats.pop(call.module.name, None) if page > 1 else None
    if repeated is not None:
        shown = [repeated, *shown]
    if "duplicate_row" in call.quirks and shown:
        call.site.repeats[call.module.name] = shown[-1]
    mode: Mode = "detail" if detailed else "plain"
    if call.wants("basic_data"):
        mode = "basic"
    table = call.site.tables[call.module.name]
    renderer = call.renderer
    rows = [renderer.row(call.module, table.rows[row_id], mode) for row_id in shown]
    if "change_between_pages" in call.quirks:
        change(call, **call.quirks["change_between_pages"])
    return rows


def _count(call: Call, name: str, default: int) -> int:
    try:
        return max(identifier(call.body.get(name)), 0) or default
    except FieldError:
        raise ApiError(400, {name: "must be a number"}) from None


def chosen_ids(call: Call) -> list[int]:
    """Return the ids that the request's filter and bookmark choose, in the site's order."""
    site = call.site
    table = site.tables[call.module.name]
    deleted = call.wants("include_deleted")
    wanted = [call.body.get("filter") or None, _bookmark(call)]
    # Whether a deleted row is still shown depends on the hour, not only on the rows.
    hour = site.now().strftime("%Y-%m-%dT%H") if deleted else ""
    key = msgspec.json.encode([wanted, deleted, call.account, hour], order="sorted")

    def choose() -> list[int]:
        tags = site.tag_names()
        selections = [compile_filter(call.module, each, site.options, tags) for each in wanted]
        return _ordered(table, _matching(call, table, selections, deleted=deleted), site.options.order)

    return table.remembered(key, choose)


def _bookmark(call: Call) -> Any:
    asked = call.body.get("bookmark")
    if not asked:
        return None
    try:
        number = identifier(asked.get("bookmark_id") if isinstance(asked, dict) else asked)
    except FieldError:
        raise ApiError(400, {"bookmark_id": "must be an ID"}) from None
    row = call.site.row("bookmarks", number)
    if row.module != call.module.name:
        raise ApiError(400, {"bookmark_id": f"belongs to module {row.module}"})
    return row.filter


def _matching(call: Call, table: Table, selections: list[Selection], *, deleted: bool) -> Iterator[int]:
    site = call.site
    inclusive = site.options.range_inclusive
    tests = [test for selection in selections for test in selection.tests]
    ranges = [(name, ends) for selection in selections for name, ends in selection.ranges.items()]
    # modified_date first: it is what incremental clients ask, and it matches few.
    indexed = next((each for each in sorted(ranges, reverse=True) if each[0] in table.days), None)
    candidates = (
        table.days[indexed[0]].between(*indexed[1], inclusive=inclusive) if indexed is not None else iter(table.rows)
    )
    if indexed is not None:
        ranges.remove(indexed)
    several = len(site.options.accounts) > 1
    for row_id in candidates:
        row = table.rows[row_id]
        if row.is_deleted and not (deleted and site.shows_deleted(row)):
            continue
        if several and not site.owned(call.module, row, call.account):
            continue
        if ranges and not all(in_range(getattr(row, name), *ends, inclusive=inclusive) for name, ends in ranges):
            continue
        if not tests or all(test(row) for test in tests):
            yield row_id


def _ordered(table: Table, ids: Iterator[int], order: str) -> list[int]:
    if order == "id_desc":
        return sorted(ids, reverse=True)
    if order == "modified":
        return sorted(ids, key=lambda row_id: (table.rows[row_id].modified_date or "", row_id))
    if order == "shuffled":
        return sorted(ids, key=lambda row_id: row_id * _SPREAD % 2**32)
    return sorted(ids)


def change(call: Call, *, action: str = "touch") -> None:
    """Let somebody work in the site while a list is being read: after one page, before the next.

    Args:
        call: The list request.
        action: What happens to the first row of the list: `touch`, `delete` or `create` (a copy of it).

    Raises:
        ApiError: 400, another action.

    """
    site = call.site
    ids = chosen_ids(call)
    if not ids:
        return
    table = site.tables[call.module.name]
    first = table.rows[ids[0]]
    if action == "touch":
        table.touch(first, site.stamp(call.module))
    elif action == "delete":
        delete_row(site, call.module, ids[0], call.account)
    elif action == "create":
        twin = copy.deepcopy(first)
        setattr(twin, call.module.key, 0)
        twin.created_date = twin.modified_date = site.stamp(call.module)
        if "no" in twin.__struct_fields__:
            twin.no = f"{first.no}-{table.next_id}"
        table.put(twin)
    else:
        raise ApiError(400, {"change_between_pages": "knows touch, delete and create"})
