"""Every address that the product has, asked for by those who have no business there. New ones join by themselves."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

# What the parts of an address may be, besides the company.
PARTS = {"int": 1, "string": "csv", "slug": "customer", "uuid": "00000000-0000-0000-0000-000000000000"}
# Open to people without a company on purpose; every other one outside of companies is allauth's or asks for sign-in.
OPEN = {"home", "setup", "set-language", "set-theme", "invitation"}


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in resolver.url_patterns:
        here = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from patterns(each, here)
        else:
            yield here, each


ALL = list(patterns(get_resolver()))
OF_COMPANIES = [(route, each) for route, each in ALL if route.startswith("c/<int:company_id>/")]


def address(company_id: int, route: str, each: URLPattern) -> str:
    converters = each.pattern.converters
    names = {
        name: PARTS[type(converter).__name__.removesuffix("Converter").lower()]
        for name, converter in converters.items()
        if name != "company_id"
    }
    return reverse(str(each.name), kwargs={"company_id": company_id, **names})


def test_there_is_something_to_walk():
    assert len(OF_COMPANIES) > 70


@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
@pytest.mark.parametrize(("route", "each"), OF_COMPANIES, ids=[str(each.name) for _, each in OF_COMPANIES])
def test_no_page_of_a_company_opens_to_others(world, route, each, method):
    path = address(world.company.pk, route, each)
    anonymous = getattr(world.client("anonymous"), method)(path)
    assert anonymous.status_code == 302
    assert anonymous["Location"].startswith("/account/login/?next=/c/")
    stranger = getattr(world.client("stranger"), method)(path)
    assert stranger.status_code == 404
    assert world.company.name not in stranger.content.decode()


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize(("route", "each"), OF_COMPANIES, ids=[str(each.name) for _, each in OF_COMPANIES])
def test_nothing_is_written_without_the_form_s_own_mark(world, route, each, method):
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.people["owner"], backend="allauth.account.auth_backends.AuthenticationBackend")
    response = getattr(client, method)(address(world.company.pk, route, each))
    assert response.status_code == 403
    assert "csrf" in response.templates[0].name


def test_addresses_outside_of_companies_are_known():
    own = {
        str(each.name)
        for route, each in ALL
        if not route.startswith(("c/<int:company_id>/", "api/", "account/", "static/"))
    }
    # Whoever fetches by SOAP shows a key of the connection; see the tests of the pull service.
    with_a_key = {"pull-service", "pull-service-part", "pull-service-root", "pull-service-root-part"}
    assert own - OPEN - with_a_key == {"profile", "company-new"}, "a new one: does it ask for sign-in?"
