"""An invoice written by keyboard: items fill rows, rows come by themselves, totals follow, and it is sent."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import EMAIL, PASSWORD, Person, aside
from tests.support.workspace import invoice, make_workspace
from tilisilta.core.documents import Item
from tilisilta.services.workspace import invoices
from tilisilta.services.workspace.items import save_item

pytestmark = pytest.mark.browser
PAGES = (
    "invoices/sales/",
    "invoices/sales/new/",
    "invoices/purchases/",
    "invoices/purchases/new/",
    "invoices/{invoice}/",
    "invoices/{invoice}/edit/",
    "workspace/parties/",
    "workspace/parties/{party}/",
    "workspace/items/",
    "workspace/items/new/",
    "workspace/dimensions/",
    "workspace/dimensions/new/",
    "workspace/settings/",
    "workspace/settings/series/new/",
)


def _fill() -> dict[str, int]:
    company, actor = make_workspace()
    assert actor.user is not None
    actor.user.set_password(PASSWORD)
    actor.user.language, actor.user.email = "en", EMAIL
    actor.user.save()
    save_item(actor, Item(code="T1", name="Töötund", unit="h", sales_price=Decimal("55.50"), vat_rate=Decimal(24)))
    row = invoices.send_sales(actor, invoices.save_invoice(actor, invoice()))
    invoices.save_invoice(actor, invoice("purchase"))
    return {"company": company.pk, "invoice": row.pk, "party": row.party_id or 0}


@pytest.fixture
def firm(transactional_db) -> dict[str, int]:
    return aside(_fill)


def test_an_invoice_is_written_by_keyboard(person: Callable[..., Person], firm: dict[str, int]):
    who = person(width=1440).sign_in().open(f"/c/{firm['company']}/invoices/sales/new/")
    keys = who.page.keyboard
    who.page.locator("[name=party]").fill("Ostja OÜ (12345678)")
    who.page.locator("[name=row-0-item]").focus()
    keys.type("T1")
    keys.press("Tab")
    expect(who.page.locator("[name=row-0-description]")).to_have_value("Töötund")
    expect(who.page.locator("[name=row-0-description]")).to_be_focused()
    keys.press("Tab")
    keys.press("Control+a")
    keys.type("2,5")
    keys.press("Tab")
    expect(who.page.locator("#row-0-net")).to_have_text("138.75")
    expect(who.page.locator("#sums")).to_contain_text("172.05")
    # Beginning the last row brings another one.
    who.page.locator("[name=row-1-description]").fill("Sõit")
    who.page.locator("[name=row-1-price]").fill("10")
    keys.press("Tab")
    expect(who.page.locator("#sums")).to_contain_text("184.45")
    who.looks()
    who.press("Save").sees("Saved.")
    who.press("Send").sees("The invoice has the number 1002 and is sent.")
    who.looks()


def test_pages_fit_and_keep_nobody_out(person: Callable[..., Person], firm: dict[str, int]):
    for width in (1280, 390):
        who = person(width=width).sign_in()
        for page in PAGES:
            who.open(f"/c/{firm['company']}/{page.format(**firm)}").looks()
