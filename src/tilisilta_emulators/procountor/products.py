"""Products and their groups.

Source: vendor sheet, section 9.
"""

from typing import Any

from tilisilta_emulators.procountor import paging
from tilisilta_emulators.procountor.books import Books
from tilisilta_emulators.procountor.call import Call
from tilisilta_emulators.procountor.errors import ACCOUNT_VAT, VAT_STATUS_PERCENT, Problems, Refused, not_found
from tilisilta_emulators.procountor.rights import VIEW, product_right
from tilisilta_emulators.procountor.routing import Route


def check(books: Books, data: dict[str, Any], problems: Problems) -> None:
    """Note what the vendor's own rules find wrong with a product."""
    side = "SALES" if data.get("type") == "SALES" else "PURCHASE"
    percent, status = data.get("vat"), data.get("vatStatus")
    if percent is not None and not books.vat_fits(status, percent, side):
        problems.add(VAT_STATUS_PERCENT, "vatStatus")
    account = data.get("defaultAccount")
    if account and not books.account_takes(account, percent if percent is not None else books.options.vat_percents[-1]):
        problems.add(ACCOUNT_VAT, "defaultAccount")
    group = data.get("productGroupId")
    if group is not None and group not in books.product_groups.rows:
        problems.add("PRODUCT_GROUP_NOT_FOUND", "productGroupId")
    if data.get("startDate", "") > data.get("endDate", "9999"):
        problems.add("END_DATE_BEFORE_START_DATE", "endDate")


def store(books: Books, data: dict[str, Any], held: dict[str, Any] | None = None) -> dict[str, Any]:
    """Put a checked product into the register."""
    data.pop("version", None)
    row = {**data, "id": held["id"] if held else books.products.take_id()}
    row["version"] = books.stamp(held["version"] if held else None)
    books.products.put(row["id"], row)
    return row


def _held(call: Call, *, write: bool) -> dict[str, Any]:
    row = call.books.products.rows.get(call.id())
    if row is None:
        raise not_found("Product")
    if write:
        call.require(product_right(row["type"]), "modify the product")
    else:
        call.require_view(product_right(row["type"]), "view the product")
    return row


def _show(call: Call, row: dict[str, Any]) -> dict[str, Any]:
    if call.query.get("includeLocalizations"):
        return {"productLocalizations": [], **row}
    return {name: value for name, value in row.items() if name != "productLocalizations"}


def post(call: Call) -> dict[str, Any]:
    """`POST /products`."""
    problems = Problems()
    data = call.read("Product", problems)
    if "type" in data:
        call.require(product_right(data["type"]), "create the product")
    check(call.books, data, problems)
    problems.check()
    return store(call.books, data)


def put(call: Call) -> dict[str, Any]:
    """`PUT /products/{id}`."""
    row = _held(call, write=True)
    problems = Problems()
    data = call.read("Product", problems)
    check(call.books, data, problems)
    if data.get("type") not in (None, row["type"]):
        problems.add("PRODUCT_TYPE_CANNOT_BE_CHANGED", "type")
    problems.check()
    return store(call.books, data, row)


def get(call: Call) -> Any:
    """`GET /products/{ids}`."""
    ids = call.batch()
    if ids is None:
        return _show(call, _held(call, write=False))
    rows = call.books.products.rows
    found = [rows[each] for each in ids if each in rows]
    if not found:
        raise not_found("Products")
    return [_show(call, each) for each in found if call.rights.may(product_right(each["type"]), VIEW)]


def delete(call: Call) -> None:
    """`DELETE /products/{id}`."""
    call.books.products.drop(_held(call, write=True)["id"])


def listing(call: Call) -> dict[str, Any]:
    """`GET /products`."""
    rows, query = call.books.products.rows, call.query
    name = query.get("name", "").casefold()
    end = query.get("versionEndDate")
    candidates = call.books.products.found("code", query["code"]) if "code" in query else rows
    ids = [
        each
        for each in candidates
        if call.rights.may(product_right(rows[each]["type"]), VIEW)
        and name in rows[each]["name"].casefold()
        and query.get("type", rows[each]["type"]) == rows[each]["type"]
        and query.get("active", rows[each]["active"]) == rows[each]["active"]
        and rows[each].get("productGroupId") in query.get("group", (rows[each].get("productGroupId"),))
        and rows[each]["version"] >= query.get("versionStartDate", "")
        and (end is None or rows[each]["version"][: len(end)] <= end)
        and rows[each].get("startDate", "9") >= query.get("startDate", "")
        and rows[each].get("endDate", "") <= query.get("endDate", "9")
    ]
    ids = paging.order(call, ids, {"orderByVersion": lambda each: rows[each]["version"]})
    return paging.answer(call, ids, lambda each: _show(call, rows[each]))


def groups(call: Call) -> dict[str, Any]:
    """`GET /products/groups`."""
    kind = call.query.get("type")
    rows = [row for row in call.books.product_groups.rows.values() if kind in (None, row.get("type"))]
    return {"productGroups": rows}


def _group(call: Call) -> dict[str, Any]:
    row = call.books.product_groups.rows.get(call.id())
    if row is None:
        raise not_found("Product group")
    return row


def get_group(call: Call) -> dict[str, Any]:
    """`GET /products/groups/{id}`."""
    return _group(call)


def put_group(call: Call) -> dict[str, Any]:
    """`POST /products/groups` and `PUT /products/groups/{id}`."""
    held = _group(call) if call.ids else None
    data = call.read("ProductGroup")
    call.require(product_right(data.get("type", "SALES")), "modify product groups")
    row = {"type": "SALES", **data, "id": held["id"] if held else call.books.product_groups.take_id()}
    call.books.product_groups.put(row["id"], row)
    return row


def delete_group(call: Call) -> None:
    """`DELETE /products/groups/{id}`: refused while products are in it."""
    row = _group(call)
    call.require(product_right(row["type"]), "modify product groups")
    if any(each.get("productGroupId") == row["id"] for each in call.books.products.rows.values()):
        raise Refused(409, "Product group has products")
    call.books.product_groups.drop(row["id"])


def default_dimensions(call: Call) -> list[Any]:
    """`GET /products/{id}/defaults/dimensions`."""
    row = _held(call, write=False)
    defaults: dict[int, Any] = call.books.settings["product_dimensions"].get(row["id"], {})
    return list(defaults.values())


def default_dimension(call: Call) -> dict[str, Any]:
    """`GET` and `PUT /products/{id}/defaults/dimensions/{dimensionId}`."""
    row = _held(call, write=bool(call.body))
    dimension = call.id(1)
    if dimension not in call.books.dimensions.rows:
        raise not_found("Dimension")
    held: dict[int, Any] = call.books.settings["product_dimensions"].setdefault(row["id"], {})
    if call.body:
        held[dimension] = {**call.read("DefaultDimension"), "id": dimension}
    out: dict[str, Any] = held.get(dimension, {"id": dimension, "items": []})
    return out


ROUTES = (
    Route("GET", "/products", listing),
    Route("POST", "/products", post),
    Route("GET", "/products/groups", groups),
    Route("POST", "/products/groups", put_group),
    Route("GET", "/products/groups/{groupId}", get_group),
    Route("PUT", "/products/groups/{groupId}", put_group),
    Route("DELETE", "/products/groups/{groupId}", delete_group),
    Route("GET", "/products/{productId}", get),
    Route("PUT", "/products/{productId}", put),
    Route("DELETE", "/products/{productId}", delete),
    Route("GET", "/products/{productId}/defaults/dimensions", default_dimensions),
    Route("GET", "/products/{productId}/defaults/dimensions/{dimensionId}", default_dimension),
    Route("PUT", "/products/{productId}/defaults/dimensions/{dimensionId}", default_dimension),
)
