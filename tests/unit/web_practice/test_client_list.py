import io
from urllib.parse import urlencode

import openpyxl
import pytest
from django.utils import timezone
from tests.support.practice import active_integration, connect_by_hand

from tilisilta.services.practice import client_bulk, client_lists, fields, groups
from tilisilta.store.models import Client, ClientImport, ImportState


@pytest.fixture
def shown(bureau):
    """Return the names on the list's page for a query."""

    def of(query="", who="accountant"):
        response = bureau.browser(who).get(bureau.url(f"clients/?{query}"))
        assert response.status_code == 200
        return [each["row"].client.name for each in response.context["rows"]]

    return of


def _bulk(bureau, action, clients=(), **more):
    given = {"action": action, "client": [each.pk for each in clients], **more}
    return bureau.browser().post(bureau.url("clients/bulk/"), given, follow=True).content.decode()


def test_the_list_is_filtered_by_its_form_and_nonsense_narrows_nothing(bureau, shown):
    group = groups.create_group(bureau.owner, "Tartu")
    field = fields.create_field(bureau.owner, subject="client", title="Kaust", type="integer")
    user = bureau.user("accountant")
    bureau.client("Õun OÜ", group_ids=(group.pk,), values={"kaust": "7"})
    bureau.client("Pirn AS", default_member_id=user.pk)
    bureau.client("Vana OÜ", is_active=False)
    assert shown() == ["Pirn AS", "Õun OÜ"]
    assert shown("status=inactive") == ["Vana OÜ"]
    assert shown("status=all&sort=-name") == ["Õun OÜ", "Vana OÜ", "Pirn AS"]
    assert shown(f"group={group.pk}") == shown("q=%C3%B5un") == shown(f"field={field.pk}&value=7") == ["Õun OÜ"]
    assert shown(f"member={user.pk}") == ["Pirn AS"]
    assert shown("member=none") == ["Õun OÜ"]
    assert shown("group=x&member=y&status=z&integration=q&field=w&sort=u&after=xyz&import=jama") == shown()
    page = bureau.browser().get(bureau.url("clients/?q=puudub")).content.decode()
    assert "No client fits this filter" in page


def test_pages_follow_each_other_with_the_same_filter(bureau, monkeypatch):
    monkeypatch.setattr(client_lists.search, "__kwdefaults__", {"cursor": "", "limit": 2})
    for number in range(5):
        bureau.client(f"Klient {number}")
    bureau.client("Muu")
    browser, url, seen = bureau.browser(), bureau.url("clients/?q=Klient&sort=-name"), []
    while url:
        response = browser.get(url)
        seen += [each["row"].client.name for each in response.context["rows"]]
        assert response.context["total"] == 5
        following = response.context["next_url"]
        url = bureau.url("clients/") + following if following else ""
    assert seen == [f"Klient {number}" for number in (4, 3, 2, 1, 0)]


def test_columns_are_changed_on_the_page(bureau):
    field = fields.create_field(bureau.owner, subject="client", title="Kausta number", type="text")
    bureau.client("Õun OÜ", city="Võru", values={"kausta_number": "K-77"})
    browser = bureau.browser()
    assert "K-77" not in browser.get(bureau.url("clients/")).content.decode()
    chosen = {"column": ["city", f"field.{field.pk}"], "query": "q=%C3%95un&evil=1"}
    response = browser.post(bureau.url("clients/columns/"), chosen)
    assert response["Location"] == bureau.url("clients/?q=%C3%95un")  # back where it was, and nowhere else
    page = browser.get(bureau.url("clients/"))
    assert [head["column"].code for head in page.context["heads"]] == ["name", "city", f"field.{field.pk}"]
    assert "K-77" in page.content.decode()
    viewer = bureau.browser("viewer").get(bureau.url("clients/"))
    assert "K-77" not in viewer.content.decode()  # each reader has their own
    browser.post(bureau.url("clients/columns/"), {"usual": "1"})
    assert "K-77" not in browser.get(bureau.url("clients/")).content.decode()


def test_the_list_is_taken_out_as_it_is_shown(bureau):
    bureau.client("Õun OÜ", city="Võru")
    bureau.client("Pirn AS")
    browser = bureau.browser()
    browser.post(bureau.url("clients/columns/"), {"column": ["city"]})
    response = browser.get(bureau.url("clients/export/?q=%C3%95un&format=xlsx"))
    assert "clients.xlsx" in response["Content-Disposition"]
    rows = list(openpyxl.load_workbook(io.BytesIO(response.content)).active.iter_rows(values_only=True))
    assert rows == [("Name", "City"), ("Õun OÜ", "Võru")]
    assert "Õun OÜ;Võru" in browser.get(bureau.url("clients/export/?q=%C3%95un")).content.decode()
    empty = browser.get(bureau.url("clients/template/"))
    assert "Client code" in [cell.value for cell in openpyxl.load_workbook(io.BytesIO(empty.content)).active[1]]


def test_ticked_clients_are_changed_and_the_filter_stays(bureau):
    rows = [bureau.client(f"{letter} OÜ") for letter in "ABC"]
    user = bureau.user("accountant")
    page = _bulk(bureau, f"member:{user.pk}", rows[:2], query="q=OÜ")
    assert "2 clients changed." in page
    assert list(Client.objects.filter(default_member=user)) == rows[:2]
    assert "Tick at least one client first." in _bulk(bureau, "inactive:")
    assert "Choose what to do" in _bulk(bureau, "", rows)
    assert "Choose a value" in _bulk(bureau, "member:", rows)
    assert "1 client changed." in _bulk(bureau, "inactive:", everyone="1", query=urlencode({"q": "C OÜ"}))
    assert Client.objects.get(is_active=False) == rows[2]


def test_an_action_with_a_page_of_its_own_is_opened_with_the_ticked_clients(bureau):
    rows = [bureau.client(f"{letter} OÜ") for letter in "AB"]
    action = client_bulk.BulkAction(code="proov", label="Proov", page="client-groups")
    client_bulk.add_bulk_action(action)
    try:
        sent = {"action": "proov:", "client": [each.pk for each in rows]}
        response = bureau.browser().post(bureau.url("clients/bulk/"), sent)
        assert response["Location"] == bureau.url(f"practice/groups/?clients={rows[0].pk},{rows[1].pk}")
        assert "Proov" in bureau.browser().get(bureau.url("clients/")).content.decode()
    finally:
        client_bulk.bulk_actions.remove(action)


def test_unconnected_clients_are_reminded_of(bureau, shown):
    first, _second = bureau.client("A OÜ"), bureau.client("B OÜ")
    bureau.client("Vana OÜ", is_active=False)
    browser = bureau.browser()
    words = "not connected to a bookkeeping system"
    assert words not in browser.get(bureau.url("clients/")).content.decode()
    merit = active_integration(bureau.company)
    assert f"2 active clients are {words}" in browser.get(bureau.url("clients/")).content.decode()
    connect_by_hand(first, merit)
    page = browser.get(bureau.url("clients/")).content.decode()
    assert f"1 active client is {words}" in page
    assert "?integration=none" in page
    assert shown("integration=none") == ["B OÜ"]
    assert shown(f"integration={merit.pk}") == shown("integration=connected") == ["A OÜ"]
    assert "Merit Aktiva" in page


def test_the_last_import_is_shown_with_its_next_steps_and_the_filter_can_be_removed(bureau, shown):
    old, new = bureau.client("Vana OÜ"), bureau.client("Uus OÜ")
    for row in (old, new):
        made = ClientImport.objects.create(
            company=bureau.company, way="table", state=ImportState.CONFIRMED, confirmed_at=timezone.now()
        )
        Client.objects.filter(pk=row.pk).update(last_import=made)
    assert shown("import=last") == ["Uus OÜ"]
    page = bureau.browser().get(bureau.url("clients/?import=last"))
    steps = page.context["steps"]
    assert steps[0].url == "?import=last&member=none"
    assert page.context["without_import_url"] == "?"
    assert "Remove this filter" in page.content.decode()
    assert bureau.browser("viewer").get(bureau.url("clients/?import=last")).context["steps"] == []
    assert shown() == ["Uus OÜ", "Vana OÜ"]
    assert shown("import=last&q=Vana") == []


def test_an_empty_list_says_what_to_do(bureau):
    page = bureau.browser().get(bureau.url("clients/")).content.decode()
    assert "No clients yet" in page
    none = bureau.browser().get(bureau.url("clients/?import=last")).content.decode()
    assert "The last import brought no active clients" in none
