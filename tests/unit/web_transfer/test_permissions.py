"""Every page and action of these subjects, asked for as every role, and from another company."""

from importlib import import_module

import pytest
from django.urls import reverse
from tests.unit.web_transfer import factories as make

from tilisilta.services.access import ROLE_RANK
from tilisilta.store.models import Role

VIEWER, ACCOUNTANT, ADMIN, OWNER = Role.VIEWER, Role.ACCOUNTANT, Role.ADMIN, Role.OWNER

# name, method, lowest role that may, what its address takes after the company
VIEWS = [
    ("connection-list", "get", VIEWER, ()),
    ("connection-new", "get", ADMIN, ()),
    ("connection-add", "get", ADMIN, ("scoro",)),
    ("connection-add", "post", ADMIN, ("scoro",)),
    ("connection-detail", "get", VIEWER, ("connection",)),
    ("connection-edit", "get", ADMIN, ("connection",)),
    ("connection-edit", "post", ADMIN, ("connection",)),
    ("connection-test", "post", ACCOUNTANT, ("connection",)),
    ("connection-deactivate", "post", ADMIN, ("connection",)),
    ("connection-reactivate", "post", ADMIN, ("connection",)),
    ("connection-refresh", "post", ACCOUNTANT, ("connection", "vat_codes")),
    ("integration-list", "get", VIEWER, ()),
    ("integration-new", "get", ADMIN, ()),
    ("integration-new", "post", ADMIN, ()),
    ("integration-detail", "get", VIEWER, ("integration",)),
    ("integration-checklist", "get", VIEWER, ("integration",)),
    ("integration-look", "post", ADMIN, ("integration",)),
    ("integration-step", "post", ADMIN, ("integration", "coverage_read")),
    ("integration-coverage", "get", VIEWER, ("integration",)),
    ("integration-settings", "get", ADMIN, ("integration",)),
    ("integration-settings", "post", ADMIN, ("integration",)),
    ("flow-edit", "get", ADMIN, ("integration", "flow")),
    ("flow-edit", "post", ADMIN, ("integration", "flow")),
    ("integration-ask-level", "post", ADMIN, ("integration",)),
    ("integration-activate", "post", ADMIN, ("integration",)),
    ("integration-pause", "post", ADMIN, ("integration",)),
    ("integration-resume", "post", ADMIN, ("integration",)),
    ("integration-remove", "post", ADMIN, ("integration",)),
    ("import", "get", VIEWER, ("integration",)),
    ("import-kind", "get", ACCOUNTANT, ("integration", "flow")),
    ("import-kind", "post", ACCOUNTANT, ("integration", "flow")),
    ("import-confirm", "post", ACCOUNTANT, ("preview",)),
    ("import-compare", "post", ACCOUNTANT, ("integration", "flow")),
    ("run-list", "get", VIEWER, ()),
    ("run-detail", "get", VIEWER, ("run",)),
    ("run-progress", "get", VIEWER, ("run",)),
    ("run-cancel", "post", ACCOUNTANT, ("run",)),
    ("document-list", "get", VIEWER, ()),
    ("document-totals", "get", VIEWER, ()),
    ("document-detail", "get", VIEWER, ("document",)),
    ("delivery-detail", "get", VIEWER, ("waiting",)),
    ("delivery-retry", "post", ACCOUNTANT, ("waiting",)),
    ("delivery-skip", "post", ACCOUNTANT, ("waiting",)),
    ("delivery-confirm", "post", ACCOUNTANT, ("waiting",)),
    ("problem-list", "get", VIEWER, ()),
    ("problem-group", "get", VIEWER, ("problem",)),
    ("problem-retry", "post", ACCOUNTANT, ("problem",)),
    ("problem-skip", "post", ACCOUNTANT, ("problem",)),
]


def _address(firm, name, parts):
    rows = {**vars(firm), "connection": firm.integration.source}
    return reverse(name, args=[firm.company.pk, *(rows[part].pk if part in rows else part for part in parts)])


def _ask(client, firm, name, method, parts):
    return getattr(client, method)(_address(firm, name, parts))


@pytest.mark.parametrize("role", [VIEWER, ACCOUNTANT, ADMIN, OWNER])
@pytest.mark.parametrize("view", VIEWS)
def test_a_view_opens_from_its_role_on(firm, as_role, view, role):
    name, method, lowest, parts = view
    status = _ask(as_role(role), firm, name, method, parts).status_code
    if ROLE_RANK[role] < ROLE_RANK[lowest]:
        assert status == 403
    else:
        assert status in {200, 302, 422, 286}


@pytest.mark.parametrize("view", VIEWS)
def test_another_company_sees_nothing(firm, as_role, view):
    name, method, _lowest, parts = view
    other = make.company("Teine OÜ")
    client = as_role(OWNER, other)
    assert _ask(client, firm, name, method, parts).status_code == 404

    rows = {**vars(firm), "connection": firm.integration.source}
    if any(part in rows for part in parts):
        # the other company's own address with this company's rows in it
        mixed = reverse(name, args=[other.pk, *(rows[part].pk if part in rows else part for part in parts)])
        assert getattr(client, method)(mixed).status_code == 404


def test_the_wrong_method_is_refused(firm, as_role):
    client = as_role(OWNER)
    assert client.get(_address(firm, "integration-activate", ("integration",))).status_code == 405
    assert client.post(_address(firm, "document-list", ())).status_code == 405


def test_every_address_is_in_the_table():
    subjects = ("connections", "integrations", "imports", "runs", "documents", "problems")
    names = {each.name for subject in subjects for each in import_module(f"tilisilta.web.{subject}.urls").urlpatterns}
    assert names == {name for name, *_ in VIEWS}


def test_nobody_who_is_not_signed_in_gets_in(firm, client):
    response = client.get(_address(firm, "document-list", ()))
    assert response.status_code == 302
    assert "login" in response.url
