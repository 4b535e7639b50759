"""What each action does; every function takes a call and returns the envelope's `data` (ABSENT for none).

Source: vendor sheet, sections 4 and 8 to 11.
"""

import secrets
from collections.abc import Callable
from typing import Any

from tilisilta_emulators.scoro import receipts, values
from tilisilta_emulators.scoro.call import Call
from tilisilta_emulators.scoro.catalogue import delete_row, write_row
from tilisilta_emulators.scoro.documents import write_document
from tilisilta_emulators.scoro.errors import ApiError, FieldError
from tilisilta_emulators.scoro.listing import list_rows
from tilisilta_emulators.scoro.rows import Row
from tilisilta_emulators.scoro.site import Site
from tilisilta_emulators.scoro.writing import require_object

ABSENT = object()
RELATED = ("tasks", "calendar", "projects", "invoices", "prepayments", "bills", "quotes", "orders", "files")


def require_id(call: Call) -> int:
    if not call.row_id:
        raise ApiError(400, {call.module.key: "is required"})
    return call.row_id


def view(call: Call) -> Any:
    row_id = require_id(call)
    if call.module.name == "receipts" and not call.site.options.receipts_view:
        raise ApiError(405, "Action view is not available in module receipts")
    row = call.site.row(call.module.name, row_id, call.account)
    return call.renderer.row(call.module, row, "detail")


def write(call: Call, row_id: int, request: dict[str, Any]) -> Row:
    """Create or change one row of any module.

    Raises:
        ApiError: As the module's own write.

    """
    if call.module.name == "receipts":
        return receipts.write_group(call.site, row_id, request, call.account)
    if call.module.line is not None:
        return write_document(call.site, call.module, row_id, request, call.account)
    return write_row(call.site, call.module, row_id, request, call.account)


def modify(call: Call) -> Any:
    row = write(call, call.row_id, require_object(call.request))
    returns = "object" if call.wants("return_data") else call.site.options.modify_returns
    if returns == "none":
        return ABSENT
    if returns == "id":
        return {call.module.key: getattr(row, call.module.key)}
    return call.renderer.row(call.module, row, "detail", modified=True)


def delete(call: Call) -> Any:
    delete_row(call.site, call.module, require_id(call), call.account)
    return ABSENT


def batch_modify(call: Call) -> Any:
    """Write an array of objects one by one; a refused one does not hold up the others."""
    if not isinstance(call.request, list):
        raise ApiError(400, {"request": "must be an array"})
    answers = []
    for each in call.request:
        action = "create"
        try:
            given = require_object(each)
            row_id = values.identifier(given.get(call.module.key))
            action = "modify" if row_id else "create"
            row = write(call, row_id, given)
            shown = call.renderer.row(call.module, row, "detail", modified=True)
            answers.append({"object": shown, "action": action, "errors": []})
        except (ApiError, FieldError) as error:
            answers.append({"object": each, "action": action, "errors": _texts(error)})
    return answers


def _texts(error: ApiError | FieldError) -> list[str]:
    if isinstance(error, FieldError):
        return [str(error)]
    return [f"{name} {text}".strip() for name, text in error.messages.items()]


def filters(call: Call) -> Any:
    """Describe the fields that a list can be filtered by; the shape is inferred."""
    request = call.request if isinstance(call.request, dict) else {}
    asked = values.listed(request.get("fields"))
    described = []
    for stored in call.module.row.__struct_fields__:
        name = call.module.aliases.get(stored, stored)
        if stored in call.module.hidden or (asked and name not in asked):
            continue
        entry: dict[str, Any] = {"id": name, "name": name, "type": _kind(stored)}
        if stored in call.module.enums:
            entry["values"] = list(call.module.enums[stored])
        described.append(entry)
    return described


def _kind(name: str) -> str:
    if name in values.DATES | values.STAMPS:
        return "date"
    kinds: dict[Any, str] = {
        values.money: "decimal",
        values.maybe_money: "decimal",
        values.flag: "boolean",
        values.identifier: "integer",
    }
    return kinds.get(values.reader(name), "object" if name in values.STRUCTURED else "text")


def pdf(call: Call) -> Any:
    row = call.site.row(call.module.name, require_id(call), call.account)
    template = call.request.get("template_id") if isinstance(call.request, dict) else None
    return {
        "template_id": values.identifier(template) or 1,
        "datetime_created": call.site.stamp(call.module),
        "pdf_link": f"{call.origin}/files/{call.module.name}/{row.id}.pdf",
    }


def related_objects(call: Call) -> Any:
    """Return what belongs to a contact, by module."""
    contact = call.site.row("contacts", require_id(call))
    found: dict[str, Any] = {}
    for name in RELATED:
        table = call.site.tables.get(name)
        items = []
        if table is not None:
            own = (row for row in table.live() if contact.contact_id in (row.company_id, getattr(row, "person_id", 0)))
            items = [call.renderer.row(table.module, row, "plain") for row in own]
        found[name] = {"items": items, "totals": []}
    return found


def subscribe(call: Call) -> Any:
    row = write_row(call.site, call.module, 0, require_object(call.request), call.account)
    return call.renderer.row(call.module, row, "detail")


def user_auth(site: Site, body: dict[str, Any]) -> Any:
    """Give out a user token for a user's name and password (fields inferred).

    Raises:
        ApiError: 400 a missing field, 401 unknown user or password.

    """
    given = {**body, **require_object(body.get("request"))}
    missing = [name for name in ("username", "password", "device_type") if not given.get(name)]
    if missing:
        raise ApiError(400, dict.fromkeys(missing, "is required"))
    users = {user.username: user for user in site.tables["users"].live()}
    if str(given["username"]) not in users or given["password"] != site.options.user_password:
        raise ApiError(401, "Wrong user name or password")
    token = f"utok_{secrets.token_hex(8)}"
    site.issued_tokens.add(token)
    return {"token": token}


ACTIONS: dict[str, Callable[[Call], Any]] = {
    "list": list_rows,
    "view": view,
    "modify": modify,
    "delete": delete,
    "filters": filters,
    "batchModify": batch_modify,
    "pdf": pdf,
    "getRelatedObjects": related_objects,
    "subscribe": subscribe,
    "unsubscribe": delete,
}
