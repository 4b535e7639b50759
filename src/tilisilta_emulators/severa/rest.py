"""REST calls from path to answer. Source: vendor sheet, A1, A2, A5 and A6."""

from collections.abc import Callable
from functools import cache

from aiohttp import web

from tilisilta_emulators import kit
from tilisilta_emulators.severa import rest_invoices as invoices
from tilisilta_emulators.severa import rest_records as records
from tilisilta_emulators.severa.call import Answer, Call, Stream
from tilisilta_emulators.severa.contract import Operation, contract
from tilisilta_emulators.severa.errors import ApiError
from tilisilta_emulators.severa.query import read_query
from tilisilta_emulators.severa.store import Store

Handler = Callable[[Call], Answer]
_BY_SHAPE: dict[tuple[str, int], Handler] = {
    ("GET", 2): records.index,
    ("POST", 2): records.create,
    ("GET", 3): records.one,
    ("PATCH", 3): records.patch,
    ("DELETE", 3): records.delete,
}
_ENTRY_SHAPE: dict[tuple[str, int], Handler] = {
    ("GET", 2): invoices.entries,
    ("POST", 2): invoices.create_entry,
    ("GET", 3): invoices.entry,
    ("PATCH", 3): invoices.patch_entry,
    ("DELETE", 3): invoices.delete_entry,
}
_OWN: dict[tuple[str, str], Handler] = {
    ("GET", "/v1/invoices"): invoices.index,
    ("POST", "/v1/invoices"): invoices.create,
    ("GET", "/v1/invoices/{guid}"): invoices.one,
    ("PATCH", "/v1/invoices/{guid}"): invoices.patch,
    ("DELETE", "/v1/invoices/{guid}"): invoices.delete,
    ("DELETE", "/v1/invoices/{guid}/projects/{projectGuid}"): invoices.remove_project,
    ("GET", "/v1/invoices/{guid}/pdf"): invoices.pdf,
    ("GET", "/v1/invoices/{invoiceGuid}/files"): invoices.files,
    ("GET", "/v1/files/{guid}/filedata"): invoices.file_data,
    ("GET", "/v1/invoices/{invoiceGuid}/finvoice"): invoices.one_finvoice,
    ("GET", "/v1/invoicestatuses/{invoiceStatusGuid}/finvoices"): invoices.finvoices,
    ("GET", "/v1/invoices/{invoiceGuid}/invoicesettings"): invoices.settings,
    ("PATCH", "/v1/invoicesettings/{guid}"): invoices.patch_settings,
    ("GET", "/v1/invoices/{invoiceGuid}/invoicerows"): invoices.rows,
    ("GET", "/v1/invoicerows"): invoices.all_rows,
    ("GET", "/v1/invoicerows/{guid}"): invoices.row,
    ("PATCH", "/v1/invoicerows/{guid}"): invoices.patch_row,
    ("DELETE", "/v1/invoicerows/{guid}"): invoices.delete_row,
    ("GET", "/v1/customers/{customerGuid}/addresses"): records.customer_addresses,
    ("POST", "/v1/customers/{customerGuid}/addresses"): records.add_address,
    ("DELETE", "/v1/addresses/{guid}"): records.delete_address,
    ("GET", "/v1/customers/{customerGuid}/contactpersons"): records.customer_contacts,
    ("GET", "/v1/customers/{customerGuid}/customercountrysettings"): records.customer_settings,
    ("GET", "/v1/customers/{customerGuid}/projects"): records.customer_projects,
    ("GET", "/v1/contactpersons/{contactGuid}/addresses"): records.contact_addresses,
    ("GET", "/v1/contacts/{contactGuid}/contactcommunications"): records.contact_communications,
    ("GET", "/v1/products/{productGuid}/productcountrysettings"): records.product_settings,
    (
        "GET",
        "/v1/travelexpensetypes/{travelExpenseTypeGuid}/travelexpensetypecountrysettings",
    ): records.product_settings,
    ("GET", "/v1/localization/countries"): records.index,
    ("GET", "/v1/localization/countries/{guid}"): records.country,
    ("GET", "/v1/localization/countries/{countryGuid}/countryregions"): records.country_regions,
    ("GET", "/v1/localization/languages"): records.index,
    ("GET", "/v1/localization/languages/{guid}"): records.one,
    ("GET", "/v1/organizationdetails"): records.organization,
    ("PATCH", "/v1/organizationdetails"): records.patch_organization,
    ("GET", "/v1/organizationsettings"): records.organization_settings,
    ("PATCH", "/v1/currencies/{guid}"): records.patch_currency,
}
_ELSEWHERE = frozenset({"heartbeat", "login", "token", "refreshtoken"})


def _handler(operation: Operation) -> Handler | None:
    parts = operation.path.strip("/").split("/")
    own = _OWN.get((operation.method, operation.path))
    if own is not None:
        return own
    if "{code2}" in operation.path or "{code3}" in operation.path or "{countryName}" in operation.path:
        return None
    if parts[0] != "v1" or parts[1] in _ELSEWHERE:
        return None
    last = parts[-1].removeprefix("reimbursed")
    if len(parts) == 4 and last in {"projectfees", "workhours", "projecttravelexpenses"}:
        return invoices.origins
    if len(parts) == 4 and last.startswith("uninvoiced"):
        return invoices.uninvoiced
    shapes = _ENTRY_SHAPE if parts[1] in {"projectfees", "workhours", "projecttravelexpenses"} else _BY_SHAPE
    return shapes[operation.method, len(parts)]


class Routes:
    """Finds the operation of a path; names in paths match whatever their case."""

    def __init__(self) -> None:
        self._by_first: dict[tuple[str, int], list[tuple[list[str], Operation, Handler]]] = {}
        for operation in contract().operations:
            handler = _handler(operation)
            if handler is not None:
                parts = operation.path.strip("/").split("/")[1:]
                self._by_first.setdefault((parts[0], len(parts)), []).append((parts, operation, handler))

    def find(self, method: str, parts: list[str]) -> tuple[Operation, Handler, dict[str, str]]:
        """Return operation, handler and the parts of the path that have names.

        Raises:
            ApiError: 404 no such path, 405 no such method there.

        """
        known = False
        for pattern, operation, handler in self._by_first.get((parts[0].lower() if parts else "", len(parts)), []):
            named: dict[str, str] = {}
            for want, part in zip(pattern, parts, strict=True):
                if want.startswith("{"):
                    named[want[1:-1]] = part
                elif want != part.lower():
                    break
            else:
                known = True
                if operation.method == method:
                    return operation, handler, named
        raise ApiError(405 if known else 404, "InvalidRequest", "There is no such call")


@cache
def routes() -> Routes:
    """Return the one table of paths."""
    return Routes()


def run(
    table: Routes, store: Store, scopes: frozenset[str], request: web.Request, *, parts: list[str], raw: bytes
) -> tuple[Answer, Operation]:
    """Answer an authorized call; returns the answer and its operation.

    Raises:
        ApiError: Whatever is wrong with it.

    """
    operation, handler, named = table.find(request.method, parts)
    if operation.scope and operation.scope not in scopes:
        raise ApiError(403, "InsufficientApiScope", f"Scope {operation.scope} is required.")
    query = read_query(request.query.items(), operation) if request.query_string else {}
    return handler(Call(store, operation, named, query, raw)), operation


def respond(answer: Answer, status: int) -> web.Response:
    """Return the HTTP answer of a handler's."""
    if isinstance(answer.value, Stream):
        stream = answer.value
        headers = {"Content-Type": stream.content_type}
        if stream.name:
            headers["Content-Disposition"] = f'attachment; filename="{stream.name}"'
        return web.Response(body=stream.body, headers=headers)
    if status == 204:
        return web.Response(status=204)
    return kit.json_response(answer.value, status, answer.headers or None)


def refuse(error: ApiError) -> web.Response:
    """Return the HTTP answer of a refusal."""
    body = error.body()
    if body is None:
        return web.Response(status=error.status)
    return kit.json_response(body, error.status)
