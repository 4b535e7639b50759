"""Calls made up from the OpenAPI document: none ends in a 500, and every answer is what the document says."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import load_all_checks
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.unit.api.samples import OPERATIONS, PRIVATE

from tilisilta.wsgi import application

load_all_checks()
SCHEMA = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def _one_connection():
    """Requests end without closing the connection that the test's transaction is in, as with Django's own client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def _operation(name):
    found = next(each for each in OPERATIONS if each.name == name)
    return SCHEMA[found.path][found.method]


@pytest.mark.django_db
@pytest.mark.parametrize("name", [each.name for each in OPERATIONS])
def test_made_up_calls_are_answered_by_the_document(firm, settings, name):
    settings.API_REQUESTS_PER_MINUTE = 100_000
    operation = _operation(name)
    ids = firm.ids
    names = next(each for each in OPERATIONS if each.name == name).sample.names

    @EXAMPLES
    @given(case=operation.as_strategy(), is_real=st.booleans())
    def check(case, is_real):
        if is_real:  # made-up ids are never there; the rest of the call is to reach the services as well
            for key in case.path_parameters or {}:
                if names.get(key, key) in ids:
                    case.path_parameters[key] = ids[names.get(key, key)]
            if isinstance(case.body, dict):
                case.body.update({key: ids[key] for key in case.body if key in ids})
        response = case.call(headers={"Authorization": f"Bearer {firm.tokens['owner']}"})
        assert response.status_code != 500, response.text
        case.validate_response(response, checks=CHECKS)

    check()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.django_db
@pytest.mark.parametrize("operation", [each for each in PRIVATE if each.takes_json], ids=lambda each: each.name)
def test_any_json_in_any_field_is_answered(firm, settings, operation):
    settings.API_REQUESTS_PER_MINUTE = 100_000
    good = operation.sample.body(firm.ids)

    @EXAMPLES
    @given(field=st.sampled_from(sorted(good) or ["x"]), value=JSON)
    def check(field, value):
        response = firm.api().call(operation.method, operation.address(firm.ids), {**good, field: value})
        assert response.status_code != 500, response.content

    check()
