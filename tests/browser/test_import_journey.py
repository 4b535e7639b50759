"""The main journey, as an Estonian and a Finnish accountant go it: from two keys to an invoice in the books."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import EMAIL, PASSWORD, Person, aside
from tests.support.emulators import Emulated, Emulators
from tests.support.product import Office, make_company, map_everything
from tilisilta.services.access import Actor
from tilisilta.store.models import Company, Delivery, Integration, IntegrationState, MappingRow, User

pytestmark = pytest.mark.browser
# One invoice at 24 %, of a customer that SmartAccounts holds under another name.
NUMBER, DAY, CUSTOMER = "2026-042", "2026-06-15", "Mereranna Majutus AS"


def _office(company: Company, actor: Actor, emulators: Emulators) -> Office:
    tied = Integration.objects.select_related("source", "target").get(company=company)
    scoro, smart = emulators["scoro"], emulators["smartaccounts"]
    return Office(company, actor.user, actor, tied.source, tied.target, tied, scoro, smart)  # type: ignore[arg-type]


def _make_owner() -> tuple[Company, Actor]:
    company, actor = make_company(email=EMAIL)
    user = User.objects.get(email=EMAIL)
    user.set_password(PASSWORD)
    user.save()
    return company, actor


def _get_ready(company: Company, actor: Actor, emulators: Emulators) -> str:
    """Fill the mapping as a person would, but for Scoro's 24 % on sales; return that code's key."""
    office = _office(company, actor, emulators)
    map_everything(office)
    row = MappingRow.objects.get(integration=office.integration, table="vat_codes", direction="sales", target_key="24")
    row.delete()
    Integration.objects.filter(pk=office.integration.pk).update(state=IntegrationState.READY)
    return str(row.source_key)


def _connect(who: Person, company: Company, emulated: Emulated) -> None:
    who.open(f"/c/{company.pk}/connections/new/{emulated.vendor}/").looks()
    who.fill(**{f"credential_{name}": value for name, value in emulated.credentials.items()})
    who.page.locator("details.fold summary").click()
    who.fill(setting_base_url=emulated.base_url).press("Save and test")
    who.sees("Active").looks()


def _speak(company: Company, language: str) -> None:
    User.objects.filter(memberships__company=company).update(language=language)


@pytest.mark.parametrize("language", ["et", "fi"])
def test_from_two_keys_to_an_invoice_in_the_books(
    person: Callable[..., Person], engine, emulators: Emulators, language: str
):
    """Connect, tie, preview, confirm, choose a VAT code, say who the customer is; the invoice is in the books."""
    emulators["smartaccounts"].reset(partners=True)
    company, actor = aside(_make_owner)
    aside(lambda: _speak(company, language))
    who = person(language, is_audited=language == "et").sign_in().sees("From here to the first import")

    _connect(who, company, emulators["scoro"])
    _connect(who, company, emulators["smartaccounts"])
    who.open(f"/c/{company.pk}/integrations/new/").press("Go on to the checklist")
    who.sees("%(name)s answers with the entered keys", name="Scoro").looks()
    number = who.number()
    home = f"/c/{company.pk}/integrations/{number}/"
    who.open(f"{home}settings/")
    who.page.locator("[name=warehouse]").select_option("Põhiladu")
    who.press("Save")
    key = aside(lambda: _get_ready(company, actor, emulators))

    who.open(f"{home}import/").looks().follow("Import", within=who.words("Sales invoices"))
    who.fill(date_from=DAY, date_to=DAY).press("Show what would be added")
    expect(who.page.locator("main").get_by_role("row").filter(has_text=NUMBER)).to_be_visible(timeout=30_000)
    assert emulators["smartaccounts"].books()["client_invoices"] == [], "a preview writes nothing"
    who.looks().press("Import").sees("Done, with problems").looks()

    who.open(f"/c/{company.pk}/problems/").looks().sees(
        "Choose the VAT code once in the mappings; every document that waits for it goes on."
    )
    who.open(f"{home}mappings/vat_codes/?missing=1")
    row = who.page.get_by_role("row").filter(has=who.page.locator(f"input[name=ref][value$='|{key}']"))
    row.locator("select[name=target]").select_option("24")
    expect(row.get_by_text(who.words("Saved"), exact=True)).to_be_visible()
    who.looks()

    who.open(f"/c/{company.pk}/matches/").sees("same VAT number").looks()
    who.press("Same", within=CUSTOMER)
    delivery = aside(lambda: Delivery.objects.get(company=company, number=NUMBER).pk)
    who.open(f"/c/{company.pk}/documents/?q={NUMBER}")
    for _ in range(40):
        if who.page.get_by_role("row").filter(has_text=re.compile(who.words("Confirmed"))).count():
            break
        who.page.wait_for_timeout(250)
        who.page.reload()
    who.open(f"/c/{company.pk}/deliveries/{delivery}/").sees("Confirmed").sees("Agrees").looks()

    books = emulators["smartaccounts"].books()
    held = {each["name"]: each["id"] for each in books["clients"]}
    assert [(each["invoiceNumber"], each["clientId"]) for each in books["client_invoices"]] == [
        (NUMBER, held["Aktsiaselts Mereranna"])
    ]
    assert CUSTOMER not in held, "the customer that was there is used, none is made beside it"
