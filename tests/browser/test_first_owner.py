"""The first minutes of an installation, in the language of whoever opens it."""

from collections.abc import Callable

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

from tests.browser.conftest import EMAIL, PASSWORD, Person

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["et", "fi"])
def test_the_first_owner_sets_up_and_turns_on_the_second_step(
    person: Callable[..., Person], transactional_db, language
):
    is_audited = language == "et"  # a page is built the same in every language: once is enough
    who = person("en", is_audited=is_audited).open("/")
    assert who.page.url.endswith("/setup/")
    with who.page.expect_navigation():
        who.page.locator(f"footer button[value={language}]").click()
    who.language = language
    who.sees("Set up Tilisilta").looks()
    who.fill(name="Mari Maasikas", email=EMAIL, password="1234567890", password_again="1234567890")
    who.fill(company_name="Näidis OÜ").press("Set up and sign in").sees("This password is entirely numeric.").looks()
    who.fill(password=PASSWORD, password_again=PASSWORD).press("Set up and sign in")
    who.sees("What needs me today").sees("From here to the first import").looks()

    who.page.locator(".user-menu summary").click()
    with who.page.expect_navigation():
        who.page.locator(".user-menu").get_by_role("link", name=who.words("Two-step sign-in")).click()
    who.looks().follow("Turn on")
    if who.page.locator("[name=password]").count():
        who.fill(password=PASSWORD).press("Go on")
    secret = who.page.locator("#totp-secret").input_value()
    who.looks().fill(code=format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))
    who.press("Turn on").sees("Recovery codes").looks()
    codes = who.page.locator(".codes li").all_inner_texts()
    assert len(codes) >= 8

    other = person(language, is_audited=is_audited).sign_in()
    assert "2fa" in other.page.url, "the password alone lets nobody in"
    other.looks().fill(code="000000").press("Sign in").sees("Incorrect code.")
    other.fill(code=codes[0]).press("Sign in").sees("What needs me today")
