from tilisilta.services.practice import fields
from tilisilta.store.models import ClientGroup, CustomField, FieldType, PracticeSettings


def test_fields_of_every_type_are_made_moved_deleted_and_restored(bureau):
    browser = bureau.browser("admin")
    for kind in FieldType.values:
        given = {
            "title": f"Väli {kind}",
            "type": kind,
            "choices": "Tartu\nVõru\n",
            "is_listed": "on",
            "is_visible": "on",
        }
        response = browser.post(bureau.url("practice/fields/new/?of=task"), given)
        assert response["Location"] == bureau.url("practice/fields/?of=task"), kind
    found = fields.live_fields(bureau.company, "task")
    assert [each.type for each in found] == FieldType.values
    page = browser.get(bureau.url("practice/fields/?of=task")).content.decode()
    assert "Tartu, Võru" in page
    assert page.count("vali_choice") >= 1
    browser.post(bureau.url(f"practice/fields/{found[1].pk}/move/"), {"by": "up"})
    assert fields.live_fields(bureau.company, "task")[0] == found[1]
    browser.post(bureau.url(f"practice/fields/{found[0].pk}/delete/"))
    page = browser.get(bureau.url("practice/fields/?of=task")).content.decode()
    assert "Deleted fields" in page
    assert browser.get(bureau.url(f"practice/fields/{found[0].pk}/")).status_code == 404
    browser.post(bureau.url(f"practice/fields/{found[0].pk}/restore/"))
    assert CustomField.objects.get(pk=found[0].pk).deleted_at is None


def test_a_fields_type_stays_and_mistakes_stand_beside_their_place(bureau):
    browser = bureau.browser("admin")
    field = fields.create_field(bureau.owner, subject="client", title="Linn", type="choice", choices=("Tartu",))
    url = bureau.url(f"practice/fields/{field.pk}/")
    assert "Tartu" in browser.get(url).content.decode()
    wrong = browser.post(url, {"title": "Linn", "choices": " ", "type": "text"})
    assert wrong.status_code == 422
    assert set(wrong.context["form"].errors) == {"choices"}
    browser.post(url, {"title": "Asula", "choices": "Tartu\nVõru", "type": "text", "is_required": "on"})
    field.refresh_from_db()
    assert (field.title, field.type, field.choices, field.is_required) == ("Asula", "choice", ["Tartu", "Võru"], True)
    assert (field.is_listed, field.is_visible, field.name) == (False, False, "linn")
    taken = browser.post(bureau.url("practice/fields/new/"), {"title": "asula", "type": "text"})
    assert set(taken.context["form"].errors) == {"title"}


def test_groups_are_kept_on_one_page(bureau):
    browser = bureau.browser()
    url = bureau.url("practice/groups/")
    browser.post(url, {"name": "Tartu"})
    assert "There is a group called Tartu already" in browser.post(url, {"name": "tartu"}, follow=True).content.decode()
    group = ClientGroup.objects.get()
    browser.post(bureau.url(f"practice/groups/{group.pk}/rename/"), {"name": "Võru"})
    assert "Võru" in browser.get(url).content.decode()
    assert browser.post(bureau.url(f"practice/groups/{group.pk}/jama/")).status_code == 404
    browser.post(bureau.url(f"practice/groups/{group.pk}/delete/"))
    assert "No groups yet" in browser.get(url).content.decode()


def test_settings_are_saved_and_wrong_ones_told(bureau):
    browser = bureau.browser("admin")
    url = bureau.url("practice/settings/")
    assert browser.post(url, {"days_ahead": "0"}).status_code == 422
    assert browser.post(url, {"days_ahead": "45", "member_rights": ["fly"]}).status_code == 422
    browser.post(url, {"days_ahead": "30", "member_rights": ["create_invoices", "view_contracts"]})
    kept = PracticeSettings.objects.get(company=bureau.company)
    assert (kept.days_ahead, kept.members_make_topics) == (30, False)
    assert kept.member_rights == ["view_contracts", "create_invoices"]
    page = browser.get(url).content.decode()
    assert bureau.url("practice/fields/") in page
