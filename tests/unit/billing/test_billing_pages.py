"""Who may open the pages of billing, and what mistakes on them say."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse
from tests.support.billing import Billing, make_billing
from tests.support.pages import Pages
from tests.support.practice import make_bureau

from tilisilta.services.billing import wiring
from tilisilta.services.practice.settings import MEMBER_RIGHTS
from tilisilta.services.practice.settings import save_settings as save_practice
from tilisilta.store.models import BillingSettings, Contract, Product
from tilisilta.web.billing.urls import urlpatterns

pytestmark = pytest.mark.django_db


@pytest.fixture
def billing() -> Billing:
    wiring.wire()
    made = make_billing()
    BillingSettings.objects.update(needs_classifiers=False)
    client = made.bureau.client("Õunapuu OÜ")
    made.contract(client, made.product("F"))
    made.bill()
    return made


# Least role, and the right that accountants need; "" where the role is enough.
RIGHTS = {
    "billing-home": ("viewer", ""),
    "billing-chosen": ("accountant", "send_invoices"),
    "billing-status": ("accountant", ""),
    "billing-invoice-status": ("accountant", ""),
    "billing-invoice-send": ("accountant", "send_invoices"),
    "billing-run": ("accountant", "create_invoices"),
    "billing-products": ("accountant", "view_contracts"),
    "billing-classifiers": ("accountant", "manage_products"),
    "billing-product-new": ("accountant", "manage_products"),
    "billing-product": ("accountant", "manage_products"),
    "billing-product-delete": ("accountant", "manage_products"),
    "billing-contracts": ("accountant", "view_contracts"),
    "billing-contract-new": ("admin", ""),
    "billing-contract": ("accountant", "view_contracts"),
    "billing-contract-delete": ("admin", ""),
    "billing-settings": ("accountant", ""),
    "billing-on": ("admin", ""),
    "billing-books": ("admin", ""),
    "billing-books-new": ("admin", ""),
    "billing-books-test": ("accountant", ""),
    "billing-activate": ("admin", ""),
    "billing-pause": ("admin", ""),
}
POSTS = {
    *("billing-chosen", "billing-status", "billing-invoice-status", "billing-invoice-send", "billing-classifiers"),
    *("billing-product-delete", "billing-contract-delete", "billing-on", "billing-books", "billing-books-test"),
    *("billing-activate", "billing-pause"),
}
ROLES = ("viewer", "accountant", "admin", "owner")


def test_each_page_opens_to_those_who_may(billing):
    assert set(RIGHTS) == {each.name for each in urlpatterns}
    rows = {
        "billing-invoice-status": billing.billed()[0].pk,
        "billing-invoice-send": billing.billed()[0].pk,
        "billing-product": Product.objects.get().pk,
        "billing-product-delete": Product.objects.get().pk,
        "billing-contract": Contract.objects.get().pk,
        "billing-contract-delete": Contract.objects.get().pk,
        "billing-books-new": "merit",
    }
    for allowed in ([], list(MEMBER_RIGHTS)):
        save_practice(billing.owner, members_make_topics=True, days_ahead=45, member_rights=allowed)
        for who in ("accountant",) if allowed else ROLES[:3]:
            browser = billing.bureau.browser(who)
            for name, (least, right) in RIGHTS.items():
                args = [billing.company.pk, *([rows[name]] if name in rows else [])]
                ask = browser.post if name in POSTS else browser.get
                answer = ask(reverse(name, args=args))
                may = ROLES.index(who) >= ROLES.index(least) and (not right or who != "accountant" or right in allowed)
                assert (answer.status_code in {200, 302}) is may, (name, who, allowed, answer.status_code)
                assert may or answer.status_code == 403


def test_before_it_is_set_up_every_page_leads_there():
    bureau = make_bureau()
    pages = Pages(bureau.company, bureau.user("owner")).go("billing-home")
    assert pages.url.endswith("/billing/settings/")
    assert "administrator" not in pages.messages()
    pages.press("Set billing up")
    assert "Billing is on." in pages.messages()
    assert pages.go("billing-home").heading == "Billing"


def test_before_it_is_set_up_members_are_told_who_does_it():
    bureau = make_bureau()
    for role, page in (("viewer", "today"), ("accountant", "billing-settings")):
        pages = Pages(bureau.company, bureau.user(role)).go("billing-home")
        assert pages.url == reverse(page, args=[bureau.company.pk])
        assert "An administrator sets it up" in pages.messages()


def test_products_and_contracts_are_written_on_their_pages(billing):
    pages = Pages(billing.company, billing.owner.user).go("billing-product-new")
    pages.press("Save", code="F", name="Teine", price="abc", status=422)
    assert "Write a number" in pages.text
    pages.press("Save", code="F", name="Teine", price="5", vat_rate="24", status=422)
    assert "There is a product with the code F already." in pages.text
    pages.press("Save", code="T", name="Tükk", price="5", vat_rate="0", status=422)
    assert "Choose why no VAT is charged" in pages.text
    field = billing.count_field()
    pages.go("billing-product-new").press(
        "Save", code="T", name="Tükk", kind="per_piece", field=str(field.pk), price="0,50", vat_rate="24",
        tiers="101: 0,40\n201 0,30",
    )  # fmt: skip
    product = Product.objects.get(code="T")
    assert (product.price, product.tiers) == (Decimal("0.50"), [["101", "0.40"], ["201", "0.30"]])
    client = billing.bureau.client("Kask OÜ")
    pages.go("billing-contract-new", client=str(client.pk))
    given = {"client": str(client.pk), "starts_on": "2026-01-01", "r0-product": str(product.pk)}
    pages.press("Save", **given, **{"r0-description": "{kuu}"}, status=422)
    assert "There is no placeholder {kuu}" in pages.text
    pages.press("Save", **given, **{"r0-description": "Arved {month}", "r1-discount_percent": ""})
    contract = Contract.objects.get(client=client)
    assert [each.description for each in contract.rows.all()] == ["Arved {month}"]
    shown = pages.go("client-detail", client.pk, tab="billing")
    assert "Tükk" not in shown.text
    assert str(contract) in shown.text


def test_a_run_shows_what_changed_meanwhile(billing):
    days = {"date_from": "2026-09-01", "date_to": "2026-09-30", "invoice_date": "2026-10-01"}
    pages = Pages(billing.company, billing.owner.user).go("billing-run", **days)
    Product.objects.update(price=Decimal(101))
    pages.press("Make the invoices", status=422)
    assert "What is to be billed has changed since you looked" in pages.text
    assert "101.00" in pages.row("Toode F")
    pages.press("Make the invoices")
    assert "1 draft invoice is made." in pages.messages()
    assert billing.invoices()[-1].date == dt.date(2026, 10, 1)
    assert "Nothing to bill" in pages.go("billing-run", **days).text
    wrong = reverse("billing-run", args=[billing.company.pk]) + "?date_from=2026-10-01&date_to=2026-09-01"
    pages.open(f"{wrong}&invoice_date=2026-10-01", status=422)
    assert "The first date is later than the last one." in pages.text


def test_an_invoice_tells_what_it_was_made_of(billing):
    pages = Pages(billing.company, billing.owner.user).go("workspace-invoice", billing.invoices()[0].pk)
    assert "Toode F" in pages.text
    assert "Draft" in pages.text
    assert "Choose the connection of the bureau's own books" not in pages.text  # no books, no way to speak of
