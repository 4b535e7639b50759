"""Writing of everything that has no lines: contacts, products, codes, projects, hooks; and soft deletion."""

import copy
from collections.abc import Mapping
from typing import Any

from tilisilta_emulators.scoro import receipts
from tilisilta_emulators.scoro.errors import FieldError
from tilisilta_emulators.scoro.modules import Module
from tilisilta_emulators.scoro.render import held_amount
from tilisilta_emulators.scoro.rows import Contact, Product, ReceiptGroup, Row
from tilisilta_emulators.scoro.site import Site, stamp_of
from tilisilta_emulators.scoro.values import decimal
from tilisilta_emulators.scoro.writing import (
    READ_ONLY,
    Problems,
    check_references,
    read_account,
    read_custom,
    read_fields,
    require_fields,
)


def write_row(site: Site, module: Module, row_id: int, request: Mapping[str, Any], account: str) -> Row:
    """Create (id 0) or change a row and return it.

    Raises:
        ApiError: 404 unknown id, 400 invalid fields.

    """
    table = site.tables[module.name]
    row: Any = copy.copy(site.row(module.name, row_id, account)) if row_id else module.row()
    problems = Problems()
    wanted = read_fields(
        module,
        module.row.__struct_fields__,
        _shaped(module, request, problems),
        problems,
        aliases=module.aliases,
        skip=READ_ONLY | {module.key},
    )
    check_references(site, wanted, problems, own=module.key)
    if module.account_bound:
        read_account(site, wanted, problems)
    for name, value in wanted.items():
        setattr(row, name, value)
    row.custom_fields = read_custom(request, row.custom_fields, problems)
    require_fields(module, row, problems)
    if isinstance(row, Product) and not (row.name or row.names):
        problems.add("name", "is required")
    problems.raise_any()
    row.modified_date = site.stamp(module)
    if row_id:
        table.forget(row_id)
    else:
        row.created_date = row.modified_date
        if module.account_bound and not row.account_id and not isinstance(row, Product):
            row.account_id = account
    table.put(row)
    return row  # type: ignore[no-any-return]


def _shaped(module: Module, request: Mapping[str, Any], problems: Problems) -> Mapping[str, Any]:
    """Bring the structured fields of contacts and products into their stored shape."""
    if module.row is Contact:
        return _shaped_contact(request)
    if module.row is Product:
        return _shaped_product(request, problems)
    return request


def _shaped_contact(request: Mapping[str, Any]) -> Mapping[str, Any]:
    shaped = dict(request)
    means = request.get("means_of_contact")
    if isinstance(means, dict):
        shaped["means_of_contact"] = {
            kind: [str(each) for each in given] if isinstance(given, list) else [str(given)]
            for kind, given in means.items()
            if given
        }
    if isinstance(request.get("tags"), str):
        shaped["tags"] = [tag.strip() for tag in request["tags"].split(",") if tag.strip()]
    return shaped


def _shaped_product(request: Mapping[str, Any], problems: Problems) -> Mapping[str, Any]:
    shaped = dict(request)
    if isinstance(request.get("name"), dict):
        shaped["names"] = shaped.pop("name")
    names = shaped.get("names")
    if isinstance(names, dict) and names:
        shaped["name"] = next(iter(names.values()))
    elif "name" in shaped and not names:
        shaped["names"] = None
    if shaped.get("depot_amounts") == []:
        shaped["depot_amounts"] = None  # PHP's empty object
    depots = shaped.get("depot_amounts")
    if depots is not None and not isinstance(depots, dict):
        problems.add("depot_amounts", "must be an object by depot ID")
    for amount in depots.values() if isinstance(depots, dict) else ():
        try:
            decimal(held_amount(amount))
        except FieldError as error:
            problems.add("depot_amounts", str(error))
    return shaped


def delete_row(site: Site, module: Module, row_id: int, account: str) -> None:
    """Mark a row as deleted; it can still be listed for 30 days.

    Raises:
        ApiError: 404 unknown id, 400 a locked period.

    """
    table = site.tables[module.name]
    row = site.row(module.name, row_id, account)
    if isinstance(row, ReceiptGroup):
        receipts.take_back(site, row)
    elif module.line is not None:
        site.require_open(row.date)
    row.is_deleted = 1
    row.deleted_date = stamp_of(site.now(), iso=True)
    if "modified_date" in table.days:
        table.touch(row, site.stamp(module))
