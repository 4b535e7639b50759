"""Keyboard, dark mode, phones and paper: every page of a company that holds something of everything."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import EMAIL, PASSWORD, Person, aside
from tests.unit.web_transfer import factories as make
from tilisilta.store.models import Company, DeliveryProblem, Document, Membership, Role, User

pytestmark = pytest.mark.browser
PAGES = (
    "",
    "problems/",
    "problems/{problem}/",
    "documents/",
    "documents/{document}/",
    "runs/",
    "runs/{run}/",
    "matches/{integration}/",
    "files/",
    "integrations/",
    "integrations/{integration}/",
    "integrations/{integration}/import/",
    "integrations/{integration}/checklist/",
    "integrations/{integration}/coverage/",
    "integrations/{integration}/settings/",
    "connections/",
    "connections/new/",
    "connections/new/scoro/",
    "id-map/{integration}/",
    "notices/",
    "people/",
    "people/invite/",
    "tokens/",
    "tokens/new/",
    "audit/",
    "settings/",
)


def _fill(language: str) -> dict[str, int]:
    """Make a company with documents in many states; return the numbers of its rows."""
    company = Company.objects.create(name="Väga Pika Nimega Raamatupidamisbüroo Osaühing", registry_code="10000018")
    user = User.objects.create_user(EMAIL, PASSWORD, name="Mari Maasikas", language=language)
    Membership.objects.create(company=company, user=user, role=Role.OWNER)
    actor = make.Actor(company=company, role=Role.OWNER, user=user, label=EMAIL)
    tied = make.integration(actor)
    flow = make.flow(tied)
    run = make.run(flow, seen=9, sent=4, problems=2, skipped=1, requested_by=user, state="done_with_problems")
    for place, state in enumerate(("confirmed", "sent", "problem", "parked", "skipped", "drifted", "uncertain")):
        stored = make.document(tied.source, make.invoice(number=f"2026-{place:03}", gross=f"{1000 * place + 124}.00"))
        sent = make.delivery(flow, stored, state, run=run)
        make.event(sent, "drafted")
        if state == "problem":
            make.problem(sent)
    return {
        "company": company.pk,
        "integration": tied.pk,
        "run": run.pk,
        "problem": DeliveryProblem.objects.get().pk,
        "document": Document.objects.latest("pk").pk,
    }


@pytest.fixture
def filled(transactional_db, request: pytest.FixtureRequest) -> dict[str, int]:
    return aside(lambda: _fill(request.param))


@pytest.mark.parametrize("filled", ["et"], indirect=True)
def test_every_page_on_a_phone_in_the_dark(person: Callable[..., Person], filled: dict[str, int]):
    who = person("et", width=390, height=844, scheme="dark").sign_in()
    expect(who.page.locator(".bottom-bar")).to_be_visible()
    expect(who.page.locator(".side-nav")).to_be_hidden()
    ground = who.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(int(part) for part in ground.removeprefix("rgb(").removesuffix(")").split(",")) < 3 * 60, ground
    for page in PAGES:
        who.open(f"/c/{filled['company']}/{page.format(**filled)}").looks()


@pytest.mark.parametrize("filled", ["fi"], indirect=True)
def test_every_page_on_a_narrow_screen(person: Callable[..., Person], filled: dict[str, int]):
    who = person("fi", width=1120).sign_in()
    for page in PAGES:
        who.open(f"/c/{filled['company']}/{page.format(**filled)}").fits()


@pytest.mark.parametrize("filled", ["en"], indirect=True)
def test_lists_are_walked_by_keyboard(person: Callable[..., Person], filled: dict[str, int]):
    who = person().sign_in().open(f"/c/{filled['company']}/documents/")
    focused = who.page.locator(":focus")
    who.page.keyboard.press("Tab")
    expect(focused).to_have_class("skip-link")
    links = who.page.locator("#rows table[data-rows] tbody tr td:first-child a")
    who.page.keyboard.press("j")
    expect(links.nth(0)).to_be_focused()
    who.page.keyboard.press("j")
    who.page.keyboard.press("j")
    who.page.keyboard.press("k")
    expect(links.nth(1)).to_be_focused()
    number = links.nth(1).inner_text()

    who.page.keyboard.press("/")
    expect(who.page.locator("[name=q]")).to_be_focused()
    who.page.keyboard.type("jk?")
    expect(who.page.locator("[name=q]")).to_have_value("jk?")
    who.page.keyboard.press("Escape")
    who.page.keyboard.press("?")
    expect(who.page.locator("#keys")).to_be_visible()
    who.looks()
    who.page.keyboard.press("Escape")
    expect(who.page.locator("#keys")).to_be_hidden()

    who.page.keyboard.press("j")
    who.page.keyboard.press("j")
    with who.page.expect_navigation():
        who.page.keyboard.press("Enter")
    who.sees(number)
