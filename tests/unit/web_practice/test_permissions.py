"""Every address of the subject, walked as everyone."""

import pytest

from tilisilta.services.practice import contacts, fields, groups
from tilisilta.store.models import Client, ClientContact, ClientGroup, CustomField, PracticeSettings
from tilisilta.web.practice.urls import urlpatterns

READ = {"client-list", "client-export", "client-template", "client-detail", "custom-fields", "client-groups",
        "practice-settings"}  # fmt: skip
OF_ACCOUNTANTS = {"client-new", "client-edit", "client-contact-new", "client-contact"}
POST_OF_ACCOUNTANTS = {"client-bulk", "client-contact-delete", "client-group-change"}
OF_ADMINS = {"custom-field-new", "custom-field"}
POST_OF_ADMINS = {"custom-field-move", "custom-field-delete", "custom-field-restore", "practice-switch"}
OF_ANYONE = {"client-columns"}  # a reader's own choice
# Everyone reads these; writing them asks for the role.
FORMS = {"client-groups": "accountant", "practice-settings": "admin"}


@pytest.fixture
def addresses(bureau):
    row = bureau.client("Õun OÜ")
    contact = contacts.save_contact(bureau.owner, row, contacts.ContactContent(name="Mari"))
    group = groups.create_group(bureau.owner, "Tartu")
    field = fields.create_field(bureau.owner, subject="client", title="Kaust", type="text")
    gone = fields.create_field(bureau.owner, subject="client", title="Vana", type="text")
    fields.delete_field(bureau.owner, gone)
    ids = {"custom-field-restore": gone.pk, "custom-field": field.pk, "client-group": group.pk, "client": row.pk}
    found = {}
    for each in urlpatterns:
        pk = next(ids[name] for name in ids if str(each.name).startswith(name) or name == "client")
        path = str(each.pattern).replace("<int:contact_id>", str(contact.pk)).replace("<slug:what>", "rename")
        found[str(each.name)] = bureau.url(path.replace("<int:pk>", str(pk)))
    return found


def test_every_address_is_sorted_by_who_may(addresses):
    assert set(addresses) == READ | OF_ACCOUNTANTS | POST_OF_ACCOUNTANTS | OF_ADMINS | POST_OF_ADMINS | OF_ANYONE


@pytest.mark.parametrize(("who", "rank"), [("viewer", 1), ("accountant", 2), ("admin", 3), ("owner", 4)])
def test_pages_open_for_their_roles_only(bureau, addresses, who, rank):
    browser = bureau.browser(who)
    for name, path in addresses.items():
        needed = 3 if name in OF_ADMINS | POST_OF_ADMINS else 2 if name in OF_ACCOUNTANTS | POST_OF_ACCOUNTANTS else 1
        is_post_only = name in POST_OF_ACCOUNTANTS | POST_OF_ADMINS | OF_ANYONE
        expected = 405 if is_post_only else 200 if rank >= needed else 403
        assert browser.get(path).status_code == expected, name


def test_viewers_change_nothing(bureau, addresses):
    browser = bureau.browser("viewer")
    for name, path in addresses.items():
        if name in OF_ANYONE:
            continue
        status = browser.post(path, {"name": "x", "title": "x", "days_ahead": "7"}).status_code
        assert status == (403 if name not in READ or name in FORMS else 405), name
    assert [each.name for each in Client.objects.all()] == ["Õun OÜ"]
    assert (ClientGroup.objects.count(), ClientContact.objects.count(), CustomField.objects.count()) == (1, 1, 2)
    assert PracticeSettings.objects.get(company=bureau.company).days_ahead == 45


def test_accountants_do_not_change_fields_and_settings(bureau, addresses):
    browser = bureau.browser("accountant")
    for name in OF_ADMINS | POST_OF_ADMINS | {"practice-settings"}:
        assert browser.post(addresses[name], {"title": "x", "days_ahead": "7"}).status_code == 403, name


def test_strangers_find_nothing_even_under_their_own_address(bureau, addresses, stranger):
    browser = stranger.browser("owner")
    for name, path in addresses.items():
        assert browser.get(path).status_code == 404, name
        if any(part.isdecimal() for part in path.split("/")[3:]):
            own = path.replace(bureau.url(), stranger.url())
            assert browser.get(own).status_code in {404, 405}, name
            assert browser.post(own, {"name": "Varastatud", "title": "x"}).status_code in {404, 405}, name
    assert (
        browser.post(
            stranger.url("clients/bulk/"), {"action": "inactive:", "client": Client.objects.get().pk}
        ).status_code
        == 404
    )
    assert Client.objects.get().is_active


def test_while_it_is_off_pages_lead_to_the_switch(bureau, addresses):
    browser = bureau.browser("admin")
    browser.post(addresses["practice-switch"], {"on": "0"})
    for name in ("client-list", "client-detail", "custom-fields"):
        assert browser.get(addresses[name])["Location"] == addresses["practice-settings"]
    page = browser.get(addresses["practice-settings"]).content.decode()
    assert "Switch it on" in page
    assert addresses["client-list"] not in page  # not in the navigation either
    assert addresses["practice-settings"] in browser.get(bureau.url("settings/")).content.decode()
    viewers = bureau.browser("viewer").get(addresses["practice-settings"]).content.decode()
    assert "Administrators switch it on." in viewers
    browser.post(addresses["practice-switch"], {"on": "1"})
    assert "Õun OÜ" in browser.get(addresses["client-list"]).content.decode()
