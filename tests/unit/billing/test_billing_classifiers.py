"""Classifiers of the books: what products may name, what is gone since, and what keeps an invoice from going."""

import datetime as dt

import pytest
from django.template import Context
from django.utils import timezone
from tests.support.billing import OCTOBER, Billing, make_billing
from tests.support.pages import Pages

from tilisilta.ports import CatalogueEntry, CatalogueKind
from tilisilta.services import integrations
from tilisilta.services.billing import classifiers, making, sending, target, wiring
from tilisilta.services.billing.settings import books_of, next_status_at, save_settings, settings_of
from tilisilta.services.errors import ServiceError
from tilisilta.services.workspace import outputs
from tilisilta.services.workspace_port.records import canonical_invoices
from tilisilta.store import vault
from tilisilta.store.models import (
    BillingSettings,
    CatalogueSnapshot,
    ClientConnection,
    Company,
    Connection,
    ConnectionState,
    IntegrationState,
    MappingRow,
    Product,
)
from tilisilta.web.billing.forms import each_once
from tilisilta.web.templatetags.documents import vat_code_text

pytestmark = pytest.mark.django_db


def put_lists(billing: Billing, *items: str) -> None:
    """Let the books have these items and one VAT code, as if they had just been read."""
    integration = books_of(billing.company)
    assert integration is not None
    lists = {
        CatalogueKind.ITEMS: [{"key": code, "label": f"{code} Toode"} for code in items],
        CatalogueKind.VAT_CODES: [{"key": "g-24", "label": "24% kaive", "rate": "24"}],
    }
    for kind, entries in lists.items():
        CatalogueSnapshot.objects.update_or_create(
            connection=integration.target, kind=kind, defaults={"entries": entries, "fetched_at": timezone.now()}
        )
    BillingSettings.objects.update(classifiers_at=timezone.now())
    classifiers.fill_tables(integration)


@pytest.fixture
def billing(monkeypatch) -> Billing:
    wiring.wire()
    monkeypatch.setattr(outputs, "make_image", lambda *_: None)
    made = make_billing()
    connection = Connection.objects.create(
        company=made.company, vendor="merit", name="Oma Merit", state=ConnectionState.ACTIVE,
        sealed_credentials=vault.seal({"api_id": "a", "api_key": "b"}), settings={},
    )  # fmt: skip
    target.choose(made.owner, connection)
    put_lists(made, "RP1", "RP2")
    target.activate(made.owner)
    return made


def product(billing: Billing, item: str = "RP1") -> Product:
    return billing.product("F", vat_rate=None, classifiers={"item": item, "vat_code": "g-24"})


def test_only_what_is_imported_can_be_named(billing):
    with pytest.raises(ServiceError) as raised:
        product(billing, "OMA")
    assert raised.value.code == "CLASSIFIER_UNKNOWN"
    assert product(billing).classifiers == {"item": "RP1", "vat_code": "g-24"}


def test_what_is_gone_from_the_books_stops_the_row_with_its_name(billing):
    row = product(billing)
    billing.contract(billing.bureau.client("Kask OÜ"), row)
    put_lists(billing, "RP2")
    [proposal] = billing.preview().proposals
    assert "RP1 (Items) of F Toode F is not in the bureau" in str(proposal.problems[0])
    with pytest.raises(ServiceError) as raised:
        billing.bill()
    assert raised.value.code == "BILLING_NOTHING"
    assert not MappingRow.objects.filter(source_key="code:RP1").exists()


def test_an_issued_invoice_is_refused_when_its_item_has_gone_since(billing):
    billing.contract(billing.bureau.client("Kask OÜ"), product(billing))
    billing.bill()
    sending.issue(billing.owner, billing.invoices())
    sending.require_may_go(sending.rules_of(billing.company), billing.invoices()[0])
    put_lists(billing, "RP2")
    done = sending.send_to_books(billing.owner, billing.invoices())
    assert (done.count, [each.code for each in done.left]) == (0, ["BILL_NOT_CLASSIFIED"])
    assert "Items: RP1" in done.left[0].reason


def test_rows_of_people_in_the_tables_stay(billing):
    integration = books_of(billing.company)
    mine = MappingRow.objects.create(
        company=billing.company, integration=integration, table="vat_codes", source_key="rate:24", target_key="g-24"
    )
    put_lists(billing, "RP1")
    assert MappingRow.objects.filter(pk=mine.pk, target_key="g-24").exists()


def test_clients_connections_cannot_be_the_books(billing):
    from tests.support.practice import active_integration, connect_by_hand

    of_client = connect_by_hand(billing.bureau.client("Kask OÜ"), active_integration(billing.company))
    assert isinstance(of_client, ClientConnection)
    with pytest.raises(ServiceError) as raised:
        target.choose(billing.owner, of_client.connection)
    assert raised.value.code == "BOOKS_OF_CLIENT"
    assert of_client.connection not in target.choices(billing.company)


def test_nothing_goes_while_sending_is_off(billing):
    target.pause(billing.owner)
    with pytest.raises(ServiceError) as raised:
        sending.send_to_books(billing.owner, [])
    assert raised.value.code == "BOOKS_NOT_ACTIVE"
    before = books_of(billing.company).activated_at
    assert target.activate(billing.owner).activated_at == before  # the first moment still holds


def test_every_way_out_of_the_integration_keeps_to_the_rules(billing):
    integration = books_of(billing.company)
    assert integration.settings["only_since"] == integration.activated_at.isoformat()
    assert integration.settings["only_listed"] is True
    for needed in (False, True):
        save_settings(
            billing.owner, payment_term_days=7, rounds_minutes_to=1, needs_classifiers=needed, fetches_status=False,
            status_at=dt.time(6),
        )  # fmt: skip
        assert books_of(billing.company).settings["only_listed"] is needed


def test_an_integration_that_ran_before_it_was_chosen_keeps_its_moment(billing):
    connection = Connection.objects.create(
        company=billing.company, vendor="merit", name="Teine Merit", state=ConnectionState.ACTIVE,
        sealed_credentials=vault.seal({"api_id": "c", "api_key": "d"}), settings={},
    )  # fmt: skip
    source = books_of(billing.company).source
    made = integrations.create_integration(billing.owner, source, connection)
    integrations.set_state(billing.owner, made, IntegrationState.READY)  # on its own page
    made.refresh_from_db()
    assert "only_since" not in made.settings
    target.choose(billing.owner, connection)
    assert books_of(billing.company).settings["only_since"] == made.activated_at.isoformat()


def test_an_older_draft_that_is_issued_later_does_not_go(billing):
    billing.contract(billing.bureau.client("Kask OÜ"), product(billing))
    billing.bill()
    [draft] = billing.invoices()
    draft.created_at = books_of(billing.company).activated_at - dt.timedelta(seconds=1)
    draft.save()
    sending.issue(billing.owner, [draft])
    done = sending.send_to_books(billing.owner, billing.invoices())
    assert [each.code for each in done.left] == ["BILL_BEFORE_ACTIVATION"]
    [canonical] = canonical_invoices(billing.invoices())
    assert canonical.begun_at == draft.created_at.isoformat()
    assert canonical.created_at > canonical.begun_at


def test_two_who_confirm_at_once_make_one_invoice(billing):
    billing.contract(billing.bureau.client("Kask OÜ"), product(billing))
    seen = billing.preview().fingerprint
    day = dt.date(2026, 11, 2)
    making.confirm(billing.owner, OCTOBER, day, expected=seen)
    with pytest.raises(ServiceError):
        making.confirm(billing.owner, OCTOBER, day, expected=seen)
    assert len(billing.billed()) == 1


@pytest.mark.parametrize("minutes", [0, 7, 61])
def test_time_steps_that_nobody_knows_are_refused(billing, minutes):
    with pytest.raises(ServiceError) as raised:
        save_settings(
            billing.owner, payment_term_days=1, rounds_minutes_to=minutes, needs_classifiers=True,
            fetches_status=False, status_at=dt.time(6),
        )  # fmt: skip
    assert raised.value.code == "MINUTES_NOT_POSSIBLE"


def test_the_daily_hour_is_the_companys_own(billing):
    kept = save_settings(
        billing.owner, payment_term_days=1, rounds_minutes_to=1, needs_classifiers=True, fetches_status=True,
        status_at=dt.time(6, 30),
    )  # fmt: skip
    assert kept.next_status_at == next_status_at(kept)
    assert kept.next_status_at > timezone.now()
    assert Company.objects.get(pk=billing.company.pk).time_zone == "Europe/Tallinn"
    assert settings_of(billing.company).fetches_status


def test_an_invoice_names_its_vat_code_in_words_and_does_not_urge_to_post_it_here(billing):
    product(billing)
    client = billing.bureau.client("Kask OÜ")
    billing.contract(client, Product.objects.get(code="F"))
    billing.bill()
    sending.issue(billing.owner, billing.invoices())
    pages = Pages(billing.company, billing.owner.user).go("workspace-invoice", billing.invoices()[0].pk)
    assert "code 24% kaive" in pages.text
    assert "g-24" not in pages.source
    (button,) = pages.document.xpath(".//button[normalize-space()='Post as proposed']")
    assert button.get("class") == "button"


def test_an_id_that_no_list_names_is_not_shown():
    guid = "7e170b4f-5d34-4d65-9a26-0d6b6d1f7a1c"
    assert vat_code_text(Context(), guid) == ""
    assert vat_code_text(Context({"vat_names": {guid: "24% käive"}}), guid) == "24% käive"
    assert vat_code_text(Context({"vat_names": {}}), "KM24") == "KM24"


def test_values_that_the_books_list_twice_are_offered_once():
    listed = [
        CatalogueEntry(key="department:A", label="A Kontor"),
        CatalogueEntry(key="1:g", label="Projekt: P-1 Maja"),
        CatalogueEntry(key="project:P-1", label="P-1 Maja"),
    ]
    assert [each.key for each in each_once(listed)] == ["department:A", "1:g"]
    assert each_once(listed, ["project:P-1"]) == listed


def test_own_books_are_asked_for_by_country_and_keys_and_connected_once(billing):
    pages = Pages(billing.company, billing.owner.user).go("billing-books-new", "merit")
    folded = {each.get("name") for each in pages.document.xpath(".//details[@class='fold']//*[@name]")}
    assert {f"setting_{name}" for name in ("batch_codes", "versions", "signing", "read_back", "limits")} <= folded
    assert "setting_country" not in folded
    assert "setting_country" in pages.field_names()
    settings_page = pages.go("billing-settings")
    offers = settings_page.document.xpath(".//a[starts-with(normalize-space(), 'Connect ')]")
    assert offers
    assert all(each.xpath("ancestor::details") for each in offers)
