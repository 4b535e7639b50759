"""Rows of a REST invoice and what they group. Source: vendor sheet, A8 and D3."""

from collections.abc import Sequence

from tilisilta.connectors.severa import rest_reading
from tilisilta.connectors.severa.registers import Registers
from tilisilta.connectors.severa.rest import Object, RestClient
from tilisilta.connectors.severa.rest_reading import guid, part
from tilisilta.connectors.severa.wire import Row
from tilisilta.core.errors import Refused
from tilisilta.kit.gather import gather
from tilisilta.kit.values import decimal, text
from tilisilta.ports.register import RegisterEntry, RegisterKind

# By kind: the last part of the path, what is behind an entry, and whether the twin for credited ones goes by offset.
_ORIGINS = {
    RegisterKind.PRODUCT: ("projectfees", "product", False),
    RegisterKind.WORK_TYPE: ("workhours", "workType", True),
    RegisterKind.TRAVEL_EXPENSE: ("projecttravelexpenses", "travelExpense", True),
}


async def read_rows(
    client: RestClient, rows: Sequence[Object], registers: Registers, *, is_credit: bool
) -> tuple[Row, ...]:
    """Return the rows of an invoice in their order; what a code alone does not tell is asked for.

    Raises:
        BadInput: A number cannot be read.

    """
    ordered = sorted(rows, key=lambda each: decimal(each.get("sortOrder"), "rows.sortOrder"))

    async def one(given: Object) -> Row:
        codes = rest_reading.row_codes(given)
        code = codes[0] if len(codes) == 1 else ""
        kind = rest_reading.row_kind(given)
        if kind is RegisterKind.OTHER:
            return rest_reading.read_row(given, code, ())
        known = registers.only(kind, code) if code else None
        sources = (known,) if known else await _sources(client, given, kind, registers, is_credit=is_credit)
        return rest_reading.read_row(given, code, sources)

    return tuple(await gather(one, ordered))


async def _sources(
    client: RestClient, given: Object, kind: RegisterKind, registers: Registers, *, is_credit: bool
) -> tuple[RegisterEntry, ...]:
    """Return the products, work types or travel expense types behind a row, each once."""
    name, behind, twin_by_offset = _ORIGINS[kind]
    path = f"/invoicerows/{guid(given)}/{'reimbursed' if is_credit else ''}{name}"
    try:
        by_offset = is_credit and twin_by_offset
        entries = await (client.all_by_offset(path) if by_offset else client.all_by_token(path, {}))
    except Refused as error:
        if error.code != "NOT_FOUND_AT_SOURCE":
            raise
        return ()
    found: dict[str, RegisterEntry] = {}
    for each in entries:
        source = part(each, behind)
        key = guid(source)
        if key:
            unlisted = RegisterEntry(
                kind=kind, source_id=key, code=text(source.get("code")), name=text(source.get("name"))
            )
            found[key] = registers.entry(key) or unlisted
    return tuple(found.values())
