"""The page that lists all operations: drawn on the server from the OpenAPI document, with nothing from elsewhere."""

from pathlib import Path
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine

_HERE: Final = Path(__file__).parent
_METHODS: Final = ("get", "post", "put", "patch", "delete")


def _fields(document: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a body's or an answer's fields as rows: name, type, whether it is needed, description."""
    shape = _resolved(document, schema)
    if shape.get("type") == "array":
        shape = _resolved(document, shape.get("items", {}))
    required = set(shape.get("required", ()))
    return [
        {"name": name, "type": _type(field), "is_required": name in required, "description": _said(document, field)}
        for name, field in shape.get("properties", {}).items()
    ]


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    name = schema["$ref"].rpartition("/")[2]
    found: dict[str, Any] = document["components"]["schemas"][name]
    return found


def _type(field: dict[str, Any]) -> str:
    if "$ref" in field:
        return str(field["$ref"].rpartition("/")[2])
    if "anyOf" in field:
        return " or ".join(_type(each) for each in field["anyOf"])
    if field.get("type") == "array":
        return f"list of {_type(field.get('items', {}))}"
    if "enum" in field:
        return ", ".join(str(each) for each in field["enum"])
    return str(field.get("format") or field.get("type") or "any")


def _said(document: dict[str, Any], field: dict[str, Any]) -> str:
    return str(field.get("description") or _resolved(document, field).get("description") or "")


def _operation(document: dict[str, Any], path: str, method: str, details: dict[str, Any]) -> dict[str, Any]:
    body = details.get("requestBody", {}).get("content", {})
    body_type, body_schema = next(((name, each["schema"]) for name, each in body.items()), ("", {}))
    answers = [each for status, each in details["responses"].items() if status.startswith("2")]
    answer: dict[str, Any] = next(iter(answers[0].get("content", {}).values()), {}) if answers else {}
    return {
        "id": details["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": details["summary"],
        "description": details.get("description", ""),
        "parameters": [
            {
                "name": each["name"],
                "place": each["in"],
                "type": _type(each["schema"]),
                "is_required": each.get("required", False),
                "description": each.get("description", ""),
            }
            for each in details["parameters"]
            if "$ref" not in each
        ],
        "body_type": body_type,
        "body": _fields(document, body_schema) if body_schema else [],
        "answer": _fields(document, answer.get("schema", {})),
        "statuses": sorted(details["responses"]),
    }


def _groups(document: dict[str, Any]) -> list[dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                made = _operation(document, path, method, methods[method])
                groups[methods[method]["tags"][0]].append(made)
    return [{"name": name, "operations": operations} for name, operations in groups.items()]


def docs_page(request: HttpRequest) -> HttpResponse:
    """Return the page of all operations; it needs no script, no token and no network beyond its own style sheet."""
    from tilisilta.api.app import api  # noqa: PLC0415  the API names this page among its addresses

    del request
    document = api.get_openapi_schema()
    info = {**document["info"], "description": document["info"]["description"].replace("`", "")}  # marks of Markdown
    template = Engine(autoescape=True).from_string((_HERE / "docs.html").read_text())
    page = template.render(Context({"info": info, "groups": _groups(document)}))
    return HttpResponse(page, headers={"Content-Language": "en"})


def docs_style(request: HttpRequest) -> HttpResponse:
    """Return the page's style sheet."""
    del request
    return HttpResponse((_HERE / "docs.css").read_bytes(), content_type="text/css; charset=utf-8")
