"""Movements of goods, to be read only: section 4.10 of the vendor sheet."""

from collections.abc import Callable
from typing import Any

from tilisilta_emulators.smartaccounts.call import Call, Filter, page_of_range
from tilisilta_emulators.smartaccounts.errors import Refused, fault
from tilisilta_emulators.smartaccounts.records import AUTHOR, Movement, fields, stamps, view

_PAIRS = fields("id", "number", "warehouseId", "direction", "date", "document", "comment")
_ROW = fields("code", "description", "price", "quantity", "sum", "account", "objectId")


def methods() -> dict[str, Callable[[Call], Any]]:
    """Return the handlers by method name."""
    return {"get": get}


def get(call: Call) -> dict[str, Any]:
    """List movements by date. Every movement here is automatic, so without them the list is empty.

    The sheet promises neither `hasMoreEntries` nor `deleted` for this service; the first is sent.
    """
    identity = call.query.text("id")
    if identity is not None:
        one = call.books.movements.by_id.get(identity)
        return {"movements": [show(call, one)] if one else [], "hasMoreEntries": False}
    if not call.query.has("dateFrom"):
        raise Refused(fault("REQUIRED", field="dateFrom"))
    low, high = call.moment_of("dateFrom", end=False), call.moment_of("dateTo", end=True)
    bounds = (low.date() if low else None, high.date() if high else None)
    records, more = page_of_range(call, call.books.movements, "date", bounds, _filter(call))
    return {"movements": [show(call, record) for record in records], "hasMoreEntries": more}


def show(call: Call, movement: Movement) -> dict[str, Any]:
    """Return a movement; rows only when asked for."""
    shown = view(movement, _PAIRS) | stamps(movement)
    if call.wants("fetchRows"):
        shown["rows"] = [view(row, _ROW) for row in movement.rows]
    return shown


def _filter(call: Call) -> Filter[Movement] | None:
    automatic = call.query.boolean("includeAutoMovements")
    author = call.query.text("createdBy")
    warehouse = call.books.warehouse(call.query.text("warehouseId"), [])
    wanted = (call.query.text("documentOrComment") or "").casefold()
    if automatic is False:
        return lambda _movement: False
    if author is None and warehouse is None and not wanted and not call.query.has("warehouseId"):
        return None

    def keep(movement: Movement) -> bool:
        text = f"{movement.document or ''}\n{movement.comment or ''}".casefold()
        at = warehouse if call.query.has("warehouseId") else movement.warehouse_id
        return author in (None, AUTHOR) and movement.warehouse_id == at and wanted in text

    return keep
