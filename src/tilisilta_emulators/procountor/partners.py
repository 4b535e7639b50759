"""Business partners: customers, suppliers and persons, their groups and defaults.

Source: vendor sheet, section 5. `name` and `identifier` are searched by request headers, not in the query.
"""

from typing import Any

from tilisilta_emulators.kit import encode
from tilisilta_emulators.procountor import errors, paging
from tilisilta_emulators.procountor.books import Books, squeezed
from tilisilta_emulators.procountor.call import Call, header_text, whole
from tilisilta_emulators.procountor.errors import MAY_NOT_BE_EMPTY, MAY_NOT_BE_NULL, Problems, Refused, not_found
from tilisilta_emulators.procountor.invoice_draft import check_identifier
from tilisilta_emulators.procountor.records import Partner
from tilisilta_emulators.procountor.rights import VIEW, partner_right
from tilisilta_emulators.procountor.routing import Route
from tilisilta_emulators.procountor.versions import same_version

_PATCHED = ("id", "name", "type", "address", "invoicingInfo", "paymentInfo", "version")
IDENTIFIER_TYPES = frozenset(
    (
        *("HETU", "YHD", "PN", "ASSN", "SSN", "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR"),
        *("GB", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"),
    )
)


def show(books: Books, partner: Partner) -> dict[str, Any]:
    """Return a partner as answers carry it."""
    register = f"{partner.type}_BUSINESS_PARTNER_REGISTER"
    files = books.attachments.found("on", (register, partner.id))
    out = {"id": partner.id, **partner.data(), "version": partner.version}
    out["attachments"] = [books.attachments.rows[each].wire() for each in sorted(files)]
    return out


def check(books: Books, data: dict[str, Any], problems: Problems, own: int = 0) -> None:
    """Note what the vendor's own rules find wrong with a partner; `own` is its id when it is stored already."""
    kind, info = data.get("type"), data.get("invoicingInfo", {})
    if kind == "CUSTOMER" and not data.get("address"):
        problems.add(MAY_NOT_BE_NULL, "address")
    identifier_type = info.get("identifierType")
    if identifier_type and identifier_type not in IDENTIFIER_TYPES:
        problems.invalid("invoicingInfo.identifierType", identifier_type)
    country = "FINLAND" if identifier_type in (None, "FI", "") else "ESTONIA"
    check_identifier(books, info.get("identifier"), country, "invoicingInfo.identifier", problems)
    channel = info.get("invoiceChannel")
    if channel == "EMAIL" and not info.get("email"):
        problems.add(MAY_NOT_BE_EMPTY, "invoicingInfo.email")
    if info.get("ovt") and kind == "PERSON":
        problems.add("OVT_NOT_ALLOWED", "invoicingInfo.ovt")
    elif info.get("ovt") and not (info["ovt"].startswith("0037") and info["ovt"].isdigit()):
        problems.add("INVALID_OVT", "invoicingInfo.ovt")
    term = data.get("paymentInfo", {}).get("paymentTermDays")
    if term and (not term.isascii() or not term.isdigit() or int(term[:9]) > 999):
        problems.invalid("paymentInfo.paymentTermDays", term)
    number = info.get("customerNumber")
    if number:
        for each in books.partners.found("customer_number", number):
            other = books.partners.rows[each]
            if each != own and other.type == kind and squeezed(other.identifier) != squeezed(info.get("identifier")):
                problems.add("CUSTOMER_NUMBER_ALREADY_IN_USE", "invoicingInfo.customerNumber")
                break


def store(books: Books, data: dict[str, Any], held: Partner | None = None) -> Partner:
    """Put a checked partner into the register."""
    data.pop("version", None)
    data["registryInfo"] = {"active": True, **data.get("registryInfo", {})}
    info = data.get("invoicingInfo", {})
    if info.get("identifier") and not info.get("identifierType"):
        info["identifierType"] = "FI"
    partner = held or Partner(books.partners.take_id(), "", "", None, None, active=True, version="", body=b"")
    partner.type, partner.name = data["type"], data["name"]
    partner.identifier, partner.customer_number = info.get("identifier"), info.get("customerNumber")
    partner.active = data["registryInfo"]["active"]
    partner.version = books.stamp(partner.version or None)
    partner.body = encode(data)
    books.partners.put(partner.id, partner)
    return partner


def post(call: Call) -> dict[str, Any]:
    """`POST /businesspartners`: customers and suppliers."""
    problems = Problems()
    data = call.read("BusinessPartner", problems)
    if "type" in data:
        call.require(partner_right(data["type"]), "create the business partner")
        if data["type"] == "PERSON":
            raise Refused(403, "Persons cannot be created")
    check(call.books, data, problems)
    problems.check()
    return show(call.books, store(call.books, data))


def _held(call: Call, *, write: bool) -> Partner:
    partner = call.books.partners.rows.get(call.id())
    if partner is None:
        raise not_found("Business partner")
    if write:
        call.require(partner_right(partner.type), "modify the business partner")
    else:
        call.require_view(partner_right(partner.type), "view the business partner")
    return partner


def get(call: Call) -> Any:
    """`GET /businesspartners/{ids}`."""
    ids = call.batch()
    if ids is None:
        return show(call.books, _held(call, write=False))
    rows = call.books.partners.rows
    found = [rows[each] for each in ids if each in rows]
    if not found:
        raise not_found("Business partners")
    return [show(call.books, each) for each in found if call.rights.may(partner_right(each.type), VIEW)]


def put(call: Call) -> dict[str, Any]:
    """`PUT /businesspartners/{id}`: replaces everything."""
    partner = _held(call, write=True)
    problems = Problems()
    data = call.read("BusinessPartner", problems)
    return _replace(call, partner, data, data.get("version"), problems)


def patch(call: Call) -> dict[str, Any]:
    """`PATCH /businesspartners/{id}`: name, type, address, invoicingInfo and paymentInfo; version in body or query."""
    partner = _held(call, write=True)
    problems = Problems()
    raw = call.json()
    given = {name for name, value in raw.items() if value is not None} if isinstance(raw, dict) else set()
    for name in sorted(given - set(_PATCHED)):
        problems.add("FIELD_CANNOT_BE_PATCHED", str(name))
    data = call.read("BusinessPartner", problems, partial=True)
    merged = partner.data()
    for name in _PATCHED[1:-1]:
        if isinstance(data.get(name), dict):
            merged[name] = {**merged.get(name, {}), **data[name]}
        elif name in data:
            merged[name] = data[name]
    return _replace(call, partner, merged, data.get("version") or call.query.get("version"), problems)


def _replace(
    call: Call, partner: Partner, data: dict[str, Any], version: str | None, problems: Problems
) -> dict[str, Any]:
    if version is None:
        problems.add(MAY_NOT_BE_NULL, "version")
    elif not same_version(partner.version, version, call.options):
        problems.add(errors.STALE_VERSION, "version")
    if data.get("type") not in (None, partner.type):
        problems.add("BUSINESS_PARTNER_TYPE_CANNOT_BE_CHANGED", "type")
    check(call.books, data, problems, partner.id)
    problems.check()
    return show(call.books, store(call.books, data, partner))


def listing(call: Call) -> dict[str, Any]:
    """`GET /businesspartners`: by header `name`, `identifier` and by the query."""
    name, identifier = header_text(call.headers, "name"), header_text(call.headers, "identifier")
    if call.options.partner_search_in_query:
        name, identifier = name or call.raw_query.get("name"), identifier or call.raw_query.get("identifier")
    table, query = call.books.partners, call.query
    visible = frozenset(
        kind for kind in ("CUSTOMER", "SUPPLIER", "PERSON") if call.rights.may(partner_right(kind), VIEW)
    )
    asked = tuple(sorted((key, str(value)) for key, value in query.items() if key not in ("page", "size")))
    key = (asked, name, identifier, visible, call.options.partner_name_search)
    ids = table.remembered(key, lambda: _choose(call, name, identifier, visible))
    return paging.answer(call, ids, lambda each: _basic(table.rows[each]))


def _choose(call: Call, name: str | None, identifier: str | None, visible: frozenset[str]) -> list[int]:
    table, query = call.books.partners, call.query
    wanted = (name or "").strip().casefold()
    how = call.options.partner_name_search
    candidates: Any = table.rows
    if identifier:
        candidates = table.found("identifier", squeezed(identifier))
    elif "customerNumber" in query:
        candidates = table.found("customer_number", query["customerNumber"])
    elif wanted and how == "exact":
        candidates = table.found("name", wanted)
    ids = []
    for each in candidates:
        row = table.rows[each]
        own = row.name.casefold()
        named = {"contains": wanted in own, "exact": wanted in ("", own), "prefix": own.startswith(wanted)}[how]
        if row.type in visible and named and _matches(row, query):
            ids.append(each)
    return sorted(ids, reverse=paging.descending(call))


def _matches(row: Partner, query: dict[str, Any]) -> bool:
    if row.active is not query.get("active", True) or row.type != query.get("type", row.type):
        return False
    if row.version < query.get("versionStartDate", ""):
        return False
    end = query.get("versionEndDate")
    if end is not None and row.version[: len(end)] > end:
        return False
    if query.get("customerNumber", row.customer_number) != row.customer_number:
        return False
    if not query.keys() & {"identifierType", "partnerGroup", "mainGroup"}:
        return True
    data = row.data()
    kind = data.get("invoicingInfo", {}).get("identifierType")
    groups = {each.get("name") for each in data.get("registryInfo", {}).get("partnerGroups", [])}
    main = data.get("additionalInfo", {}).get("group")
    return (
        query.get("identifierType", kind) == kind
        and query.get("mainGroup", main) == main
        and ("partnerGroup" not in query or query["partnerGroup"] in groups)
    )


def _basic(row: Partner) -> dict[str, Any]:
    data = row.data()
    info = data.get("invoicingInfo", {})
    out = {
        "id": row.id,
        "name": row.name,
        "billingAddress": data.get("billingAddress"),
        "invoicingInfo": {
            name: info[name] for name in ("customerNumber", "identifier", "identifierType") if name in info
        },
        "registryInfo": {"active": row.active},
        "type": row.type,
        "version": row.version,
    }
    return {name: value for name, value in out.items() if value is not None}


def default_accounts(call: Call) -> dict[str, Any]:
    """`GET /businesspartners/{id}/defaults/accounts`."""
    partner = _held(call, write=False)
    accounts = call.books.accounts
    default = partner.default_account or ("3000" if partner.type == "CUSTOMER" else "4000")
    pair = {"code": default, "name": accounts[default].name}
    balance = {"code": "1701", "name": accounts["1701"].name}
    debt = {"code": "2880", "name": accounts["2880"].name}
    sales = {"salesInvoiceAccounts": {"debitAccount": balance, "creditAccount": pair}}
    purchases = {"purchaseInvoiceAccounts": {"debitAccount": pair, "creditAccount": debt}}
    return {
        "vatPercent": call.options.vat_percents[0] if call.options.vat_percents else 0,
        "vatDeduction": 100,
        "vatStatus": partner.vat_status,
        "combineInvoiceRows": partner.combine_rows,
        **(sales if partner.type == "CUSTOMER" else purchases),
    }


def default_dimensions(call: Call) -> list[dict[str, Any]]:
    """`GET /businesspartners/{id}/defaults/dimensions`."""
    return list(_held(call, write=False).dimensions.values())


def _dimension_id(call: Call) -> int:
    wanted = whole(call.ids[1])
    if wanted not in call.books.dimensions.rows:
        raise not_found("Dimension")
    return wanted or 0


def default_dimension(call: Call) -> dict[str, Any]:
    """`GET /businesspartners/{id}/defaults/dimensions/{dimensionId}`."""
    partner, wanted = _held(call, write=False), _dimension_id(call)
    return partner.dimensions.get(wanted, {"id": wanted, "items": []})


def put_default_dimension(call: Call) -> dict[str, Any]:
    """`PUT /businesspartners/{id}/defaults/dimensions/{dimensionId}`."""
    partner, wanted = _held(call, write=True), _dimension_id(call)
    row = {**call.read("DefaultDimension"), "id": wanted}
    partner.dimensions = {**partner.dimensions, wanted: row}
    return row


def default_products(call: Call) -> list[Any]:
    """`GET /businesspartners/{id}/defaults/products`: none are kept."""
    _held(call, write=False)
    return []


ROUTES = (
    Route("GET", "/businesspartners", listing),
    Route("POST", "/businesspartners", post),
    Route("GET", "/businesspartners/{id}", get),
    Route("PUT", "/businesspartners/{id}", put),
    Route("PATCH", "/businesspartners/{id}", patch),
    Route("GET", "/businesspartners/{id}/defaults/accounts", default_accounts),
    Route("GET", "/businesspartners/{id}/defaults/dimensions", default_dimensions),
    Route("GET", "/businesspartners/{id}/defaults/dimensions/{dimensionId}", default_dimension),
    Route("PUT", "/businesspartners/{id}/defaults/dimensions/{dimensionId}", put_default_dimension),
    Route("GET", "/businesspartners/{id}/defaults/products", default_products),
)
