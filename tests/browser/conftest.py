"""A real Chromium before the real pages: the product in this process, served on loopback."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from django.utils import translation
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

EMAIL, PASSWORD = "omanik@naidis.ee", "kolm-siili-metsas"
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
_PATIENCE_MS = 20_000
T = TypeVar("T")


def _chromium() -> str | None:
    """Return the system's Chromium; None lets playwright take its own, and fail loudly when it has none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a file.

    Playwright keeps an event loop in this thread, which Django takes for a sign of asynchronous code. It is allowed
    for just as long: nothing here awaits anything, and other tests of the process find everything as it was.
    """
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=_chromium(), args=_ARGUMENTS)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    else:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


def aside(work: Callable[[], T]) -> T:
    """Do the product's own work in a thread without playwright's event loop."""

    def do() -> T:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(do).result()


@dataclass
class Person:
    """Somebody at the browser, who reads one language. Words are given in English and sought as seen."""

    page: Page
    base: str
    language: str
    is_audited: bool = True

    def words(self, text: str, **values: object) -> str:
        """Return a text of the catalogue in the person's language."""
        with translation.override(self.language):
            shown = translation.gettext(text)
        return shown % values if values else shown

    def open(self, path: str) -> "Person":
        answer = self.page.goto(self.base + path)
        assert answer is not None
        assert answer.status == 200, f"{path}: {answer.status}"
        return self

    def button(self, text: str, within: str = "", **values: object) -> Locator:
        return self._named("button", text, within, **values)

    def link(self, text: str, within: str = "", **values: object) -> Locator:
        return self._named("link", text, within, **values)

    def _named(self, role: Any, text: str, within: str, **values: object) -> Locator:
        name = re.compile(rf"^\s*{re.escape(self.words(text, **values))}")
        place = self.page.get_by_role("row").filter(has_text=within) if within else self.page.locator("main")
        return place.get_by_role(role, name=name).first

    def press(self, text: str, within: str = "", **values: object) -> "Person":
        """Press a button and stay until the page that follows is there."""
        with self.page.expect_navigation():
            self.button(text, within, **values).click()
        return self

    def follow(self, text: str, within: str = "", **values: object) -> "Person":
        with self.page.expect_navigation():
            self.link(text, within, **values).click()
        return self

    def fill(self, **values: str) -> "Person":
        for name, value in values.items():
            self.page.locator(f"main [name={name}]").fill(value)
        return self

    def sees(self, text: str, **values: object) -> "Person":
        shown = self.page.locator("main").get_by_text(self.words(text, **values)).locator("visible=true").first
        expect(shown).to_be_visible(timeout=_PATIENCE_MS)
        return self

    def fits(self) -> "Person":
        """Nothing sticks out sideways."""
        width, inside = self.page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert width <= inside, f"{self.page.url} is {width} wide in a window of {inside}"
        return self

    def looks(self) -> "Person":
        """Look the page over: it fits, and axe finds nothing that keeps somebody out."""
        self.fits()
        if not self.is_audited:
            return self
        found = Axe().run(self.page).response["violations"]
        assert not found, [(self.page.url, each["id"], [node["html"] for node in each["nodes"]][:3]) for each in found]
        return self

    def sign_in(self, password: str = PASSWORD, email: str = EMAIL) -> "Person":
        self.open("/account/login/").fill(login=email, password=password)
        return self.press("Sign in")

    def number(self) -> str:
        """Return the last number of the page's address."""
        return re.findall(r"\d+", self.page.url.removeprefix(self.base))[-1]


@pytest.fixture
def person(live_server: Any, chromium: Browser) -> Iterator[Callable[..., Person]]:
    """Seat people at browsers of their own: `person("et", width=390)`. A page that throws or complains fails."""
    complaints: list[str] = []
    contexts = []

    def seat(
        language: str = "en",
        *,
        width: int = 1280,
        height: int = 860,
        scheme: Any = "light",
        is_audited: bool = True,
    ) -> Person:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, locale=language, reduced_motion="reduce"
        )
        context.set_default_timeout(_PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        contexts.append(context)
        return Person(page, live_server.url, language, is_audited)

    yield seat
    for context in contexts:
        context.close()
    assert not complaints
