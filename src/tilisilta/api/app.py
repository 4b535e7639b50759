"""The API put together: its resources, its addresses and its OpenAPI document."""

from functools import lru_cache
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, re_path
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.types import DictStrAny

from tilisilta.api import (
    approval,
    audit,
    bank,
    billing,
    books,
    chart,
    client_contacts,
    client_setup,
    clients,
    closing,
    company,
    connections,
    deliveries,
    documents,
    errors,
    files,
    forwarding,
    id_map,
    integrations,
    ledger,
    mappings,
    matches,
    notices,
    problem_codes,
    problems,
    pull,
    register_codes,
    runs,
    summaries,
    task_plans,
    task_report,
    tasks,
    workspace,
    workspace_registers,
    workspace_setup,
)
from tilisilta.api.docs_page import docs_page, docs_style
from tilisilta.api.guard import Guarded, StrictParser, Token, gate
from tilisilta.api.openapi import complete

ROOT: Final = "/api/v1/"
_RESOURCES: Final = (
    company,
    connections,
    pull,
    integrations,
    runs,
    documents,
    deliveries,
    problems,
    mappings,
    register_codes,
    id_map,
    matches,
    files,
    approval,
    chart,
    ledger,
    bank,
    closing,
    forwarding,
    workspace,
    workspace_registers,
    workspace_setup,
    client_setup,
    clients,
    client_contacts,
    tasks,
    task_plans,
    task_report,
    books,
    summaries,
    billing,
    notices,
    audit,
    problem_codes,
)


class Api(NinjaAPI):
    """Ninja's API with our guard before every operation and one shape for every error."""

    @property
    def operations(self) -> list[Operation]:
        """Return all operations, in the order of the resources."""
        return [
            operation
            for router in self._get_bound_routers()
            for view in router.path_operations.values()
            for operation in view.operations
        ]

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        for operation in self.operations:
            if operation.auth_callbacks and not isinstance(operation.run, Guarded):
                operation.run = Guarded(operation)  # type: ignore[method-assign]  # ninja's own way to wrap one
        own: list[URLResolver | URLPattern] = [
            path("docs", gate(docs_page), name="docs"),
            path("docs.css", gate(docs_style), name="docs-style"),
            *(_gated(each) for each in super()._get_urls()),
            re_path(r"^.*$", gate(_unknown)),
        ]
        return own

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """Return an operation's name: short and lasting, because generated clients name their methods after it."""
        return operation.view_func.__name__

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: DictStrAny | None = None
    ) -> OpenAPISchema:
        """Return the OpenAPI 3.1 document, with every error and header that an operation may have."""
        del path_prefix, path_params
        return _document(self)


@lru_cache(maxsize=1)
def _document(made: Api) -> OpenAPISchema:
    return complete(NinjaAPI.get_openapi_schema(made, path_prefix=ROOT))


def _gated(pattern: URLPattern | URLResolver) -> URLPattern | URLResolver:
    if isinstance(pattern, URLPattern):
        pattern.callback = gate(pattern.callback)
    return pattern


def _unknown(request: HttpRequest) -> HttpResponse:
    raise Http404(request.path)


def _make() -> Api:
    made = Api(
        title="Tilisilta",
        version="1.0.0",
        description=(
            "Connections, integrations, runs, documents and problems of one company. Send a token of the company as "
            "`Authorization: Bearer`. Amounts are text with a decimal point, dates ISO 8601, moments UTC. Lists come "
            "in pages: send `next` as `cursor`. Writes take an `Idempotency-Key`. Errors are problem details "
            "(RFC 9457) in the language of `Accept-Language`: et, fi or en."
        ),
        docs_url=None,
        openapi_url="/openapi.json",
        urls_namespace="api-v1",
        auth=Token(),
        parser=StrictParser(),
        openapi_extra={"info": {"license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}}},
    )
    errors.handle(made)
    for resource in _RESOURCES:
        made.add_router("", resource.router)
    return made


api = _make()
