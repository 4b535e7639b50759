"""Small registers: dimensions, partner groups, factoring contracts, webhooks.

Source: vendor sheet, section 9.
"""

import uuid
from typing import Any

from tilisilta_emulators.procountor import paging, schema
from tilisilta_emulators.procountor.call import Call
from tilisilta_emulators.procountor.errors import Problems, Refused, not_found
from tilisilta_emulators.procountor.routing import Route

_SETUP = "management.basicAccountingInfo"


def dimensions(call: Call) -> list[dict[str, Any]]:
    """`GET /dimensions`: a bare array."""
    name, code = call.query.get("name"), call.query.get("codeName")
    return [
        row
        for row in call.books.dimensions.rows.values()
        if name in (None, row["name"]) and (code is None or any(item["codeName"] == code for item in row["items"]))
    ]


def _dimension(call: Call) -> dict[str, Any]:
    row = call.books.dimensions.rows.get(call.id())
    if row is None:
        raise not_found("Dimension")
    return row


def dimension(call: Call) -> dict[str, Any]:
    """`GET /dimensions/{id}`."""
    return _dimension(call)


def rename_dimension(call: Call) -> dict[str, Any]:
    """`PUT /dimensions/{id}`."""
    row = _dimension(call)
    call.require(_SETUP, "modify dimensions")
    row["name"] = call.read("DimensionName")["name"]
    return {"name": row["name"]}


def add_item(call: Call) -> dict[str, Any]:
    """`POST /dimensions/{id}/items`."""
    row = _dimension(call)
    call.require(_SETUP, "modify dimensions")
    data = call.read("DimensionItem")
    if any(each["codeName"] == data["codeName"] for each in row["items"]):
        raise Refused(400, "DIMENSION_ITEM_ALREADY_EXISTS", "codeName")
    call.books.item_id += 1
    item = {**data, "id": call.books.item_id}
    row["items"].append(item)
    return item


def change_item(call: Call) -> dict[str, Any]:
    """`PUT /dimensions/{id}/items`: the item's id is in the body."""
    row = _dimension(call)
    call.require(_SETUP, "modify dimensions")
    data = call.read("DimensionItem")
    item: dict[str, Any] | None = next((each for each in row["items"] if each["id"] == data.get("id")), None)
    if item is None:
        raise not_found("Dimension item")
    item.update(data)
    return item


def groups(call: Call) -> dict[str, Any]:
    """`GET /businesspartners/groups`."""
    rows, query = call.books.groups.rows, call.query
    ids = [
        each
        for each, row in sorted(rows.items())
        if query.get("name", row["name"]) == row["name"]
        and query.get("type", row["type"]) == row["type"]
        and query.get("active", row["active"]) == row["active"]
    ]
    return paging.answer(call, ids, lambda each: rows[each])


def _group(call: Call) -> dict[str, Any]:
    row = call.books.groups.rows.get(call.id())
    if row is None:
        raise not_found("Business partner group")
    return row


def group(call: Call) -> dict[str, Any]:
    """`GET /businesspartners/groups/{id}`."""
    return _group(call)


def save_group(call: Call) -> dict[str, Any]:
    """`POST /businesspartners/groups` and `PUT /businesspartners/groups/{id}`."""
    held = _group(call) if call.ids else None
    call.require(_SETUP, "modify business partner groups")
    data = call.read("BusinessPartnerGroup")
    row = {"active": True, **data, "id": held["id"] if held else call.books.groups.take_id()}
    call.books.groups.put(row["id"], row)
    return row


def contracts(call: Call) -> dict[str, Any]:
    """`GET /factoringcontracts`."""
    rows, wanted = call.books.contracts.rows, call.query.get("financingCompanyId")
    ids = [each for each, row in sorted(rows.items()) if wanted in (None, row["financingCompany"].get("id"))]
    return paging.answer(call, ids, lambda each: rows[each])


def add_contract(call: Call) -> dict[str, Any]:
    """`POST /factoringcontracts`."""
    call.require(_SETUP, "create factoring contracts")
    row = {**call.read("FactoringContract"), "id": call.books.contracts.take_id()}
    call.books.contracts.put(row["id"], row)
    return row


def _check_webhook(data: dict[str, Any], problems: Problems) -> None:
    if "url" in data and not data["url"].startswith(("https://", "http://")):
        problems.invalid("url", data["url"])
    meta = data.get("authenticationMeta")
    if data.get("authenticationType") == "HMAC" and (not isinstance(meta, dict) or not meta):
        problems.add("MAY_NOT_BE_EMPTY", "authenticationMeta")


def webhooks(call: Call) -> dict[str, Any]:
    """`GET /webhooks`."""
    rows, query = call.books.webhooks, call.query
    wanted = set(query.get("eventType", ()))
    found = [
        row
        for row in rows.values()
        if query.get("url", row["url"]) == row["url"] and (not wanted or wanted & set(row["subscriptions"]))
    ]
    if query.get("orderByCreatedDate") != "ASC":
        found.reverse()
    return paging.answer(call, list(range(len(found))), lambda at: found[at])


def add_webhook(call: Call) -> Any:
    """`POST /webhooks`: answers status and uuid."""
    problems = Problems()
    data = call.read("Webhook", problems)
    _check_webhook(data, problems)
    problems.check()
    name = str(uuid.uuid4())
    call.books.webhooks[name] = {**data, "uuid": name}
    return {"status": 200, "uuid": name}


def change_webhook(call: Call) -> dict[str, Any]:
    """`PUT /webhooks/{uuid}`."""
    if call.ids[0] not in call.books.webhooks:
        raise not_found("Webhook")
    problems = Problems()
    data = schema.read("Webhook", call.json(), problems)
    _check_webhook(data, problems)
    problems.check()
    call.books.webhooks[call.ids[0]] = {**data, "uuid": call.ids[0]}
    return {"message": "Webhook updated."}


def delete_webhook(call: Call) -> None:
    """`DELETE /webhooks/{uuid}`."""
    if call.books.webhooks.pop(call.ids[0], None) is None:
        raise not_found("Webhook")


ROUTES = (
    Route("GET", "/dimensions", dimensions),
    Route("GET", "/dimensions/{dimensionId}", dimension),
    Route("PUT", "/dimensions/{dimensionId}", rename_dimension),
    Route("POST", "/dimensions/{dimensionId}/items", add_item),
    Route("PUT", "/dimensions/{dimensionId}/items", change_item),
    Route("GET", "/businesspartners/groups", groups),
    Route("POST", "/businesspartners/groups", save_group),
    Route("GET", "/businesspartners/groups/{id}", group),
    Route("PUT", "/businesspartners/groups/{id}", save_group),
    Route("GET", "/factoringcontracts", contracts),
    Route("POST", "/factoringcontracts", add_contract),
    Route("GET", "/webhooks", webhooks),
    Route("POST", "/webhooks", add_webhook),
    Route("PUT", "/webhooks/{uuid}", change_webhook),
    Route("DELETE", "/webhooks/{uuid}", delete_webhook),
)
