"""The OpenAPI document and the page of operations."""

import json
import re

import jsonschema_rs
import pytest
from django.test import Client
from ninja import Schema
from tests.unit.api.firm import Api
from tests.unit.api.samples import OPERATIONS, PRIVATE

from tilisilta.web.middleware import CONTENT_SECURITY_POLICY

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(db):
    return Api().get("/openapi.json").json()


def _refs(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from _refs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _refs(inner)


def test_the_document_is_openapi_3_1(document):
    assert document["openapi"].startswith("3.1")
    assert document["info"]["title"] == "Tilisilta"
    assert document["components"]["securitySchemes"]["Token"]["scheme"] == "bearer"


def test_every_reference_leads_somewhere(document):
    for ref in set(_refs(document)):
        place = document
        for part in ref.removeprefix("#/").split("/"):
            place = place[part]


def test_every_schema_is_a_json_schema(document):
    for name, schema in document["components"]["schemas"].items():
        jsonschema_rs.meta.validate({**schema, "$schema": "https://json-schema.org/draft/2020-12/schema"})
        assert schema.get("title") or schema.get("description"), name


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_every_operation_is_described(document, operation):
    details = operation.details
    assert len(details["summary"]) > 5
    assert len(details["description"]) > 20
    assert details["tags"]
    assert re.fullmatch(r"[a-z][a-z_]+", details["operationId"])
    answers = {status: each for status, each in details["responses"].items() if status.startswith("2")}
    assert answers
    for status, each in answers.items():
        assert status == "204" or each["content"], operation.name
    for status in ("404", "500"):
        assert status in details["responses"]
    for each in details["parameters"]:
        if "$ref" not in each and each["in"] == "query":
            assert each["name"]


@pytest.mark.parametrize("operation", PRIVATE, ids=lambda each: each.name)
def test_every_operation_tells_its_errors_and_headers(operation):
    details = operation.details
    assert {"401", "422", "429"} <= set(details["responses"])
    assert details["x-role"] in details["description"]
    refs = [each.get("$ref", "") for each in details["parameters"]]
    assert any(ref.endswith("AcceptLanguage") for ref in refs)
    assert any(ref.endswith("IdempotencyKey") for ref in refs) == operation.is_write
    assert ("403" in details["responses"]) == (details["x-role"] != "viewer")
    if operation.is_write:
        assert {"400", "409", "413", "415"} <= set(details["responses"])


def test_names_of_operations_are_lasting(document):
    names = [each.name for each in OPERATIONS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("name", ["Amount", "gross"])
def test_amounts_are_text(document, name):
    amounts = [
        field
        for schema in document["components"]["schemas"].values()
        for key, field in schema.get("properties", {}).items()
        if key in {"net", "vat", "gross", "target_gross"}
    ]
    assert amounts
    for field in amounts:
        kinds = {field.get("type")} | {each.get("type") for each in field.get("anyOf", [])}
        assert "number" not in kinds, name


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_answers_are_what_the_document_says(firm, document, operation):
    response = operation.call(firm.api(), firm)
    told = operation.details["responses"][str(response.status_code)]
    if "$ref" in told:
        told = document["components"]["responses"][told["$ref"].rpartition("/")[2]]
    content = told.get("content", {})
    kind = response.get("Content-Type", "").split(";")[0]
    if response.status_code == 204:
        assert not response.content
        return
    assert kind in content
    if "json" in kind:
        schema = {**content[kind]["schema"], "components": document["components"]}
        jsonschema_rs.validator_for(schema).validate(json.loads(response.content))


def test_the_page_works_without_scripts_and_networks(db):
    client = Client()
    page = client.get("/api/v1/docs")
    text = page.content.decode()
    assert page["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "<script" not in text
    assert "style=" not in text
    assert not re.search(r"(src|href)=\"(https?:)?//", text)
    style = client.get("/api/v1/docs.css")
    assert style["Content-Type"].startswith("text/css")
    assert "@import" not in style.content.decode()
    for operation in OPERATIONS:
        assert f'id="{operation.name}"' in text
        assert operation.path in text


def test_no_two_shapes_bear_one_name():
    """A name stands once in the document: of two shapes the later one would describe both."""
    shapes: dict[str, set[str]] = {}
    waiting = [Schema]
    while waiting:
        for each in waiting.pop().__subclasses__():
            waiting.append(each)
            if each.__module__.startswith("tilisilta.api."):
                shapes.setdefault(each.__name__, set()).add(each.__module__)
    assert len(shapes) > 100
    assert {name: modules for name, modules in shapes.items() if len(modules) > 1} == {}
