"""What the OpenAPI document says of every operation alike: errors, roles, repeated keys, languages."""

from typing import Any, Final

from django.utils.translation import override
from ninja.openapi.schema import OpenAPISchema

from tilisilta.api.errors import MEDIA_TYPE
from tilisilta.api.texts import BY_STATUS, TEXTS
from tilisilta.services.idempotency import MAX_KEY
from tilisilta.store.models import Role

WRITES: Final = frozenset({"post", "put", "patch", "delete"})
PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Problem",
    "description": "Problem details (RFC 9457) in the language of Accept-Language",
    "required": ["type", "title", "status", "detail", "code", "params", "remedy"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "Where the code is explained"},
        "title": {"type": "string", "description": "What is wrong, in a few words"},
        "status": {"type": "integer", "description": "The HTTP status"},
        "detail": {"type": "string", "description": "What is wrong this time"},
        "code": {"type": "string", "description": "Stable code; decide by this, never by the texts"},
        "params": {"type": "object", "additionalProperties": True, "description": "What the texts name, by name"},
        "remedy": {"type": "string", "description": "What to do"},
        "errors": {
            "type": "array",
            "description": "Each field that cannot be used",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "field": {"type": "string", "description": "Path of the field: body.name"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}
_KEY_PARAMETER: Final[dict[str, Any]] = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "description": "New for each write, kept for 24 hours: the same key with the same request gets the first answer",
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY, "pattern": "^[!-~]+$"},
}
_LANGUAGE_PARAMETER: Final[dict[str, Any]] = {
    "in": "header",
    "name": "Accept-Language",
    "required": False,
    "description": "Language of texts: et, fi or en",
    "schema": {"type": "string", "enum": ["et", "fi", "en"]},
}
_RETRY: Final = {409, 429, 503}


def _words(status: int) -> str:
    with override("en"):
        if status in BY_STATUS:
            return str(BY_STATUS[status][0])
        return " / ".join(str(words.title) for words in TEXTS.values() if words.status == status)


def _response(status: int) -> dict[str, Any]:
    description = "The other system is busy" if status == 503 else _words(status)  # noqa: PLR2004
    found: dict[str, Any] = {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in _RETRY:
        found["headers"] = {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}}}
    return found


_STATUSES: Final = (400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 502, 503)


def _errors_of(method: str, details: dict[str, Any]) -> list[int]:
    """Return the statuses of the errors that an operation may answer with."""
    found = [404, 500]
    if "security" in details:
        found += [401, 422, 429]
    if details.get("x-role", Role.VIEWER.value) != Role.VIEWER.value:
        found.append(403)
    if method in WRITES:
        found += [400, 409, 413, 415]
    if details.get("x-asks-vendor"):
        found += [409, 502, 503]
    return sorted(set(found))


def complete(document: OpenAPISchema) -> OpenAPISchema:
    """Return the document with what ninja does not know of the operations."""
    components = document["components"]
    components["schemas"]["Problem"] = PROBLEM
    components["responses"] = {f"Problem{status}": _response(status) for status in _STATUSES}
    components["parameters"] = {"IdempotencyKey": _KEY_PARAMETER, "AcceptLanguage": _LANGUAGE_PARAMETER}
    for methods in document["paths"].values():
        for method, details in methods.items():
            _complete(method, details)
    document["tags"] = [{"name": name} for name in _tags(document)]
    return document


def _complete(method: str, details: dict[str, Any]) -> None:
    if "security" in details:
        details.setdefault("x-role", Role.VIEWER.value)
        details["description"] = f"{details.get('description', '').strip()}\n\nRole: {details['x-role']} or higher."
    for status in _errors_of(method, details):
        details["responses"][status] = {"$ref": f"#/components/responses/Problem{status}"}
    details["responses"] = {str(status): found for status, found in details["responses"].items()}
    details["parameters"] = [*details["parameters"], {"$ref": "#/components/parameters/AcceptLanguage"}]
    if method in WRITES and "security" in details:
        details["parameters"].append({"$ref": "#/components/parameters/IdempotencyKey"})


def _tags(document: OpenAPISchema) -> list[str]:
    named = [tag for methods in document["paths"].values() for each in methods.values() for tag in each.get("tags", ())]
    return list(dict.fromkeys(named))
