import pytest
from tests.support.practice import active_integration, connect_by_hand

from tilisilta.services.practice import fields, groups
from tilisilta.store.models import BusinessRegisterEntry, Client, ClientContact
from tilisilta.web.practice import panels
from tilisilta.web.slots import Slot

WHOLE = {"name": "Õun OÜ", "kind": "company", "country": "EE", "is_active": "on"}


@pytest.fixture
def in_register(db):
    return BusinessRegisterEntry.objects.create(
        country="EE", registry_code="10000018", name="Tammetõru OÜ", search_name="tammetoru ou",
        vat_number="EE100594102", street="Pikk 1", place="Tartu linn", postal_code="51003", status="R",
    )  # fmt: skip


def test_a_client_is_written_shown_and_changed(bureau):
    browser = bureau.browser()
    group = groups.create_group(bureau.owner, "Tartu")
    field = fields.create_field(bureau.owner, subject="client", title="Kaust", type="price", group="Paberid")
    hidden = fields.create_field(bureau.owner, subject="client", title="Peidus", type="text", is_visible=False)
    user = bureau.user("accountant")
    given = WHOLE | {
        "registry_code": "10000019", "default_member": user.pk, "groups": [group.pk], f"value-{field.pk}": "12,50",
        "notes": "Esimene\nteine", "language": "fi", "payment_term_days": "7", "billed_to": "",
    }  # fmt: skip
    page = browser.get(bureau.url("clients/new/")).content.decode()
    assert "Paberid" in page
    assert "Peidus" not in page
    response = browser.post(bureau.url("clients/new/"), given, follow=True)
    row = Client.objects.get()
    assert response.redirect_chain == [(bureau.url(f"clients/{row.pk}/"), 302)]
    page = response.content.decode()
    for text in ("Õun OÜ", "Paberid", "12.50", "Tartu", str(user), "check digit"):
        assert text in page
    Client.objects.filter(pk=row.pk).update(values={**row.values, str(hidden.pk): "salajane"})
    form = browser.get(bureau.url(f"clients/{row.pk}/edit/")).content.decode()
    assert 'value="12.5"' in form
    again = browser.post(
        bureau.url(f"clients/{row.pk}/edit/"), given | {"name": "Uus nimi OÜ", f"value-{field.pk}": ""}
    )
    assert again.status_code == 302
    row.refresh_from_db()
    assert (row.name, row.values) == ("Uus nimi OÜ", {str(hidden.pk): "salajane"})  # what is not shown stays
    assert "Esimene" in browser.get(bureau.url(f"clients/{row.pk}/?tab=notes")).content.decode()


def test_mistakes_stand_beside_their_fields(bureau):
    browser = bureau.browser()
    field = fields.create_field(bureau.owner, subject="client", title="Kaust", type="integer", is_required=True)
    other = bureau.client("Teine OÜ", registry_code="10000018", values={"kaust": "1"})
    url = bureau.url("clients/new/")
    wrong = WHOLE | {"email": "pole", f"value-{field.pk}": "kaks"}
    response = browser.post(url, wrong)
    form = response.context["form"]
    assert response.status_code == 422
    assert set(form.errors) == {"email", f"value-{field.pk}"}
    assert "whole number" in response.content.decode()
    taken = browser.post(url, WHOLE | {"registry_code": "10000018", f"value-{field.pk}": "1"})
    assert set(taken.context["form"].errors) == {"registry_code"}
    assert bureau.url(f"clients/{other.pk}/") in taken.content.decode()  # where to go instead
    for nonsense in ({"default_member": "999999"}, {"groups": ["999999"]}, {"billed_to": "x"}, {"country": "Atlantis"}):
        assert browser.post(url, WHOLE | {f"value-{field.pk}": "1"} | nonsense).status_code == 422, nonsense
    assert Client.objects.count() == 1


def test_the_business_register_fills_the_form(bureau, in_register):
    browser = bureau.browser()
    page = browser.get(bureau.url("clients/new/?words=tammet")).content.decode()
    assert "?code=10000018&amp;country=EE" in page
    form = browser.get(bureau.url("clients/new/?code=10000018&country=EE")).context["form"]
    assert (form["name"].value(), form["street"].value(), form["vat_number"].value()) == (
        "Tammetõru OÜ", "Pikk 1", "EE100594102",
    )  # fmt: skip
    typed = WHOLE | {"name": "", "registry_code": "10000018", "notes": "Minu oma", "fill": "1"}
    filled = browser.post(bureau.url("clients/new/"), typed)
    assert filled.status_code == 200
    assert filled.context["form"]["name"].value() == "Tammetõru OÜ"
    assert filled.context["form"]["notes"].value() == "Minu oma"  # what was typed is not lost
    assert not Client.objects.exists()  # nothing is saved by it
    none = browser.post(bureau.url("clients/new/"), typed | {"registry_code": "12345678"}).content.decode()
    assert "has no company with this code" in none
    assert "has no company with the code" in browser.get(bureau.url("clients/new/?code=12345678")).content.decode()
    assert "has no such company" in browser.get(bureau.url("clients/new/?words=olematu")).content.decode()


def test_contacts_are_kept_on_their_tab(bureau):
    browser, row = bureau.browser(), bureau.client("Õun OÜ")
    new = bureau.url(f"clients/{row.pk}/contacts/new/")
    assert browser.post(new, {"name": "Mari", "email": "mari@b.ee", "birthday": "2999-01-01"}).status_code == 422
    assert browser.post(new, {"name": "Mari", "email": "pole"}).status_code == 422
    assert browser.post(new, {"name": "Mari", "email": "mari@b.ee"}).status_code == 302
    contact = ClientContact.objects.get()
    page = browser.get(bureau.url(f"clients/{row.pk}/?tab=contacts")).content.decode()
    assert "mari@b.ee" in page
    assert "Primary" in page
    browser.post(bureau.url(f"clients/{row.pk}/contacts/{contact.pk}/"), {"name": "Mall", "birthday": "1980-02-03"})
    contact.refresh_from_db()
    assert (contact.name, contact.is_primary) == ("Mall", True)
    assert 'value="1980-02-03"' in browser.get(bureau.url(f"clients/{row.pk}/contacts/{contact.pk}/")).content.decode()
    browser.post(bureau.url(f"clients/{row.pk}/contacts/{contact.pk}/delete/"))
    assert not ClientContact.objects.exists()


def test_other_subjects_show_panels_on_tabs(bureau, monkeypatch):
    row = bureau.client("Õun OÜ")

    def panel(request, client):
        del request
        return ("parts/empty.html", {"title": client.name}) if client.name == "Õun OÜ" else None

    monkeypatch.setitem(panels._PANELS, "tasks", Slot())
    assert "tab=tasks" not in bureau.browser().get(bureau.url(f"clients/{row.pk}/")).content.decode()
    panels.add_panel(panel, tab="tasks")
    panels.add_panel(panel, tab="tasks")
    page = bureau.browser().get(bureau.url(f"clients/{row.pk}/?tab=tasks"))
    assert [each.template for each in page.context["panels"]] == ["parts/empty.html"]
    assert "tab=tasks" in page.content.decode()
    assert bureau.browser().get(bureau.url(f"clients/{row.pk}/?tab=jama")).context["tab"] == "overview"
    with pytest.raises(KeyError, match="jama"):
        panels.add_panel(panel, tab="jama")


def test_the_integration_stands_on_the_clients_page(bureau):
    row = bureau.client("Õun OÜ")
    url = bureau.url(f"clients/{row.pk}/")
    assert "Merit Aktiva" not in bureau.browser().get(url).content.decode()
    connect_by_hand(row, active_integration(bureau.company))
    assert "Merit Aktiva" in bureau.browser().get(url).content.decode()
