"""U32, U35, U36, U56 to U58, U82: the client list after an import and beside Merit, by pages and in Merit's books."""

import asyncio
import datetime as dt
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.books import Bureau, make_bureau, work
from tests.support.emulators import Emulators
from tests.support.pages import Pages, words
from tests.support.workspace import member
from tilisilta.engine.job_workflow import work_here
from tilisilta.services.practice.settings import add_months, month_of, today_of
from tilisilta.services.summaries import runs
from tilisilta.services.summaries import settings as summary_settings
from tilisilta.store.models import Client, ClientConnection, Membership, Task

COMPANIES = 4


@pytest.fixture
def bureau(transactional_db: None, running_emulators: Emulators) -> Bureau:
    """A bureau that has Merit switched on, and Merit with a few of its clients' companies."""
    merit = running_emulators["merit"]
    merit.clear_faults()
    merit.reset(companies=COMPANIES, years=1)
    return make_bureau(merit)


@pytest.fixture
def pages(bureau: Bureau) -> Pages:
    return Pages(bureau.company, bureau.actor.user)


def usable(bureau: Bureau) -> list[dict[str, Any]]:
    """Return the clients' companies with a live key of a plan that has the API."""
    return [
        each
        for each in bureau.companies()
        if each["keys"] and not each["keys"][0]["revoked"] and each["plan"] in {"pro", "premium"} and each["reg_no"]
    ]


def import_keys(bureau: Bureau, pages: Pages, companies: list[dict[str, Any]]) -> Pages:
    """Import companies with a list of keys, and confirm it on the page."""
    made = bureau.keys("\n".join(bureau.line(each) for each in companies))
    work(made)
    return pages.go("client-import", made.pk).press("Confirm")


def names(pages: Pages) -> list[str]:
    """Return the clients that the list shows."""
    return [each.get("aria-label") for each in pages.document.xpath(".//input[@name='client']")]


@pytest.mark.feature("U35")
@pytest.mark.feature("U36")
def test_the_list_opens_with_the_last_import_and_the_filter_can_be_removed(bureau: Bureau, pages: Pages):
    first, second = usable(bureau)[:2]
    import_keys(bureau, pages, [first])
    import_keys(bureau, pages, [second])
    # What Merit calls the company of the second list stands alone in the list that opens.
    assert urlsplit(pages.url).query == "import=last"
    assert names(pages) == [second["name"]]
    assert "Filter: last import" in pages.text
    pages.press("Filter", q="")  # another filter leaves this one on
    assert names(pages) == [second["name"]]
    pages.click("Remove this filter")
    assert "last import" not in pages.text
    assert names(pages) == sorted([first["name"], second["name"]])
    assert "2 clients" in pages.text
    pages.go("client-list")  # and it does not come back by itself
    assert len(names(pages)) == 2


@pytest.mark.feature("U32")
def test_imported_clients_get_their_main_user_who_then_has_their_summaries(bureau: Bureau, pages: Pages):
    companies = usable(bureau)[:2]
    person = member(bureau.company, "accountant", "mari@buroo.ee").user
    import_keys(bureau, pages, companies)
    assert "Next steps after the import" in pages.text
    pages.click("Give the clients a main user")
    chosen = Client.objects.get(company=bureau.company, name=companies[0]["name"])
    offered = {words(each): each.get("value") for each in pages.document.xpath(".//select[@name='action']//option")}
    action = offered[f"Set the main user: {person}"]
    pages.press("Do it", client=[str(chosen.pk)], action=action)
    assert "1 client changed." in pages.messages()
    chosen.refresh_from_db()
    assert chosen.default_member == person
    assert names(pages) == [companies[1]["name"]]  # the other one still has nobody
    # The month's count, which Merit's books are asked for, is that person's task; the other client's is the owner's.
    month = add_months(month_of(today_of(bureau.company)), -1)
    content = summary_settings.SummaryContent(
        title="Kokkuvõte", new_topic="Raamatupidamine", counts={"sales_invoice": "new"}
    )
    summary_settings.save(bureau.actor, bureau.integration, content)
    before = bureau.merit.requests()["total"]
    job = runs.request_month(bureau.actor, bureau.integration, month)
    asyncio.run(work_here(job.pk))
    assert bureau.merit.requests()["total"] > before
    tasks = {task.client.name: task for task in Task.objects.filter(company=bureau.company)}
    owner = Membership.objects.get(company=bureau.company, role="owner").user
    assert {name: task.assignee for name, task in tasks.items()} == {
        companies[0]["name"]: person,
        companies[1]["name"]: owner,
    }
    assert {task.due_date for task in tasks.values()} == {add_months(month, 1) - dt.timedelta(days=1)}


@pytest.mark.feature("U56")
@pytest.mark.feature("U57")
@pytest.mark.feature("U58")
def test_the_integration_column_shows_the_partner_and_the_key_connects(bureau: Bureau, pages: Pages):
    connected, waiting = usable(bureau)[:2]
    import_keys(bureau, pages, [connected])
    pages.go("client-new").press("Save", name=waiting["name"], registry_code=waiting["reg_no"], country="EE")
    by_hand = Client.objects.get(company=bureau.company, registry_code=waiting["reg_no"])
    pages.go("client-list").press("Save", column=["registry_code", "city"])
    assert "Integration" not in [" ".join(each.itertext()).strip() for each in pages.document.iter("th")]
    # Change columns: the Integration column is added.
    pages.press("Save", column=["registry_code", "integration"])
    assert "Integration" in [" ".join(each.itertext()).strip() for each in pages.document.iter("th")]
    assert "Merit Aktiva" in pages.row(connected["name"])
    row = pages.row(waiting["name"])
    assert "Merit Aktiva" not in row
    assert f"Connect {waiting['name']}" in row
    # The key opens the client's own dialog, where its key is typed, tested at Merit and kept.
    pages.click(f"Connect {waiting['name']}")
    assert urlsplit(pages.url).path == f"/c/{bureau.company.pk}/clients/{by_hand.pk}/key/"
    if "Save and test" not in pages.buttons():
        pages.click("Merit Aktiva")
    key = waiting["keys"][0]
    before = bureau.merit.requests()["total"]
    pages.press(
        "Save and test", credential_api_id=key["api_id"], credential_api_key=key["api_key"],
        **{f"setting_{name}": value for name, value in bureau.settings.items()},
    )  # fmt: skip
    assert "Connection successful" in pages.messages()
    assert bureau.merit.requests()["total"] > before
    own = ClientConnection.objects.get(client=by_hand)
    assert own.connection.hints["api_id"] == key["api_id"]
    pages.go("client-list")
    assert "Merit Aktiva" in pages.row(waiting["name"])
    # The partner's name leads to the same dialog.
    pages.click("Merit Aktiva", within=waiting["name"])
    assert urlsplit(pages.url).path == f"/c/{bureau.company.pk}/clients/{by_hand.pk}/key/"


@pytest.mark.feature("U82")
def test_clients_added_by_hand_later_are_connected_by_hand(bureau: Bureau, pages: Pages):
    imported, later = usable(bureau)[:2]
    import_keys(bureau, pages, [imported])
    assert "not connected" not in pages.text
    keys_before = [each["keys"] for each in bureau.companies()]
    requests_before = bureau.merit.requests()["total"]
    pages.go("client-new").press("Save", name=later["name"], registry_code=later["reg_no"], country="EE")
    row = Client.objects.get(company=bureau.company, registry_code=later["reg_no"])
    # Nothing comes by itself, although Merit has a key for this very company: it was not even asked.
    assert not ClientConnection.objects.filter(client=row).exists()
    assert [each["keys"] for each in bureau.companies()] == keys_before
    assert bureau.merit.requests()["total"] == requests_before
    pages.go("client-list")
    assert "1 active client is not connected to a bookkeeping system." in pages.text
    pages.click("Show them")
    assert names(pages) == [later["name"]]
    # An inactive client is nobody's worry, and a connected one neither.
    tick = {"client": [str(row.pk)]}
    pages.press("Do it", action="inactive:", **tick)
    assert "not connected to a bookkeeping system" not in pages.go("client-list").text
    pages.go("client-list", status="inactive").press("Do it", action="active:", **tick)
    pages.go("client-key", row.pk)
    if "Save and test" not in pages.buttons():
        pages.click("Merit Aktiva")
    key = later["keys"][0]
    pages.press(
        "Save and test", credential_api_id=key["api_id"], credential_api_key=key["api_key"],
        **{f"setting_{name}": value for name, value in bureau.settings.items()},
    )  # fmt: skip
    assert "not connected to a bookkeeping system" not in pages.go("client-list").text
