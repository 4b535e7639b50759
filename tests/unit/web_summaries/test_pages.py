"""Pages of monthly summaries: what they show, what they refuse, and who may do what."""

import pytest
from tests.support.bureau import Bureau, browser, make_bureau
from tests.support.pages import Pages

from tilisilta.core.errors import Misconfigured
from tilisilta.services.practice.fields import delete_field
from tilisilta.services.summaries import runs
from tilisilta.services.summaries.settings import settings_of
from tilisilta.store.models import CustomField, Job, Role, SummaryDifference, Task, Topic


def test_required_fields_are_told_each_beside_itself(bureau: Bureau, pages: Pages) -> None:
    pages.go("summary-settings", "merit")
    names = [name for name in pages.field_names() if name.startswith("count-")]
    pages.press("Save", title="", **dict.fromkeys(names, ""))
    assert "Write a title: each month's task is called so." in pages.text
    assert "Choose the topic of the tasks, or write the name of a new one." in pages.text
    assert "Choose at least one number to be fetched." in pages.text
    assert not settings_of(bureau.integration).title


def test_settings_make_topic_and_fields_and_say_when_they_come_next(bureau: Bureau, pages: Pages) -> None:
    pages.go("summary-settings", "merit")
    pages.press("Save", title="Kuu", new_topic="Aruandlus", import_day="5", **{"count-payroll_run": "new"})
    assert "The settings are saved." in pages.messages()
    own = settings_of(bureau.integration)
    assert (own.title, own.topic.name, own.import_day, own.late_in_current) == ("Kuu", "Aruandlus", 5, True)
    assert {each.title for each in CustomField.objects.all()} == {
        "Sales invoices", "Purchase invoices", "Ledger entries", "Payroll runs",
    }  # fmt: skip
    assert own.next_due_at is not None
    assert "Nothing is imported yet." in pages.text


def test_two_numbers_cannot_share_a_field(bureau: Bureau, pages: Pages) -> None:
    bureau.set_up()
    field = CustomField.objects.get(title="Sales invoices")
    pages.go("summary-settings", "merit").press("Save", **{"count-payroll_run": str(field.pk)})
    assert "the field Sales invoices takes another number already" in pages.text


def test_a_deleted_field_is_named_in_the_settings_and_may_stay(bureau: Bureau, pages: Pages) -> None:
    bureau.set_up()
    delete_field(bureau.actor, CustomField.objects.get(title="Sales invoices"))
    pages.go("summary-settings", "merit")
    assert "Sales invoices → Sales invoices" in pages.messages()
    pages.press("Save")
    assert "The settings are saved." in pages.messages()
    assert "Some numbers go into fields that were deleted." in pages.go("summary-overview", "merit").text


def test_the_overview_shows_months_failing_keys_and_counts_them_again(bureau: Bureau, pages: Pages) -> None:
    bureau.set_up()
    other = bureau.add_client("Õun OÜ")
    books = bureau.books_of(bureau.client)
    books.enter(bureau.month)
    books.enter(bureau.month)
    bureau.books_of(other).error = Misconfigured("KEY_REFUSED", message="x")
    bureau.run_month()
    pages.go("summary-overview", "merit")
    assert "1 client could not be counted" in pages.text
    assert "The key was not accepted" in pages.row("Õun OÜThe key")
    assert [cell.strip() for cell in pages.rows("Months of the clients")[0].split("|")][-2:] == ["2", "·"]
    pages.press("Count these again")
    assert list(Job.objects.latest("pk").params["clients"]) == [other.pk]
    assert "Stop" in pages.buttons()
    pages.press("Stop")
    assert Job.objects.latest("pk").state == "cancelled"


def test_reloading_warns_of_the_overwriting_before_it_begins(bureau: Bureau, pages: Pages) -> None:
    bureau.set_up()
    pages.go("summary-reload", "merit", clients=str(bureau.client.pk))
    assert "Everything that was counted in the last 12 months" in pages.text
    assert "is overwritten with fresh data from Merit Aktiva" in pages.text
    assert not Job.objects.exists()
    pages.press("Overwrite with fresh data")
    job = Job.objects.get()
    assert (job.kind, job.params["clients"], job.requested_by) == (
        "summary_reload", [bureau.client.pk], bureau.actor.user,
    )  # fmt: skip


def test_a_period_is_asked_for_by_system_and_months(bureau: Bureau, pages: Pages) -> None:
    bureau.set_up()
    pages.go("summary-period", clients=str(bureau.client.pk))
    pages.press("Import", month_from=f"{bureau.back(2):%Y-%m}", month_to=f"{bureau.back(3):%Y-%m}")
    assert "The last month is before the first one." in pages.text
    pages.press("Import", month_from="maikuu")
    assert "Write a month as 2026-10." in pages.text
    pages.press("Import", month_from=f"{bureau.back(3):%Y-%m}", month_to=f"{bureau.back(2):%Y-%m}")
    job = Job.objects.get()
    assert (job.params["first"], job.params["last"]) == (str(bureau.back(3)), str(bureau.back(2)))


def test_behind_a_count_stand_its_entries_and_a_file_of_them(bureau: Bureau, pages: Pages) -> None:
    bureau.set_up()
    books = bureau.books_of(bureau.client)
    bureau.run_month(bureau.back(2))
    books.enter(bureau.back(2).replace(day=7))
    gone = books.enter(bureau.month.replace(day=3))
    bureau.run_month()
    books.delete(gone)
    bureau.run_month()
    summary = bureau.summary(bureau.month)
    pages.go("summary-documents", summary.pk)
    assert [row.rsplit(" | ", 1)[-1] for row in pages.rows("Entries behind")] == ["Late", "Deleted"]
    assert "1 entry counts" in pages.text
    assert "A-1 | Sales invoices | Kask OÜ" in pages.row("A-1")
    assert pages.go("summary-documents", summary.pk, only="gone").rows("Entries behind")[0].startswith("A-2")
    answer = pages.client.get(f"/c/{bureau.company.pk}/practice/summaries/{summary.pk}/documents/export/?only=late")
    assert "A-1" in answer.content.decode("utf-8-sig")
    assert "A-2" not in answer.content.decode("utf-8-sig")
    assert answer["Content-Disposition"].endswith('.csv"')


def test_differences_of_a_billed_month_are_shown_beside_what_was_billed(bureau: Bureau, pages: Pages) -> None:
    bureau.set_up()
    entry = bureau.books_of(bureau.client).enter(bureau.month)
    bureau.run_month()
    summary = bureau.bill(bureau.month)
    bureau.books_of(bureau.client).delete(entry)
    bureau.run_month()
    assert SummaryDifference.objects.get().quantity == -1
    row = pages.go("summary-documents", summary.pk).row("Sales invoices1")
    assert row == "Sales invoices | 1 | -1 | 0 | –"


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ACCOUNTANT])
def test_only_administrators_change_the_settings(bureau: Bureau, role: str) -> None:
    bureau.set_up()
    pages = browser(bureau, role).go("summary-settings", "merit")
    assert "Save" not in pages.buttons()
    token = pages.client.cookies["csrftoken"].value
    answer = pages.client.post(pages.url, {"title": "Muu"}, headers={"x-csrftoken": token})
    assert answer.status_code == 403
    assert settings_of(bureau.integration).title == "Kuu kokkuvõte"


def test_a_viewer_reads_and_asks_for_nothing(bureau: Bureau) -> None:
    bureau.set_up()
    bureau.run_month()
    pages = browser(bureau, Role.VIEWER).go("summary-overview", "merit")
    assert not {"Import summaries now", "Import data"} & set(pages.links())
    token = pages.client.cookies["csrftoken"].value if "csrftoken" in pages.client.cookies else ""
    for name, args in (("summary-reload", ["merit"]), ("summary-period", [])):
        pages.open(_path(bureau, name, *args), status=403)
    answer = pages.client.post(_path(bureau, "summary-month", "merit"), headers={"x-csrftoken": token})
    assert answer.status_code == 403
    pages.go("summary-documents", bureau.summary(bureau.month).pk)


def _path(bureau: Bureau, name: str, *args: object) -> str:
    from tilisilta.web.navigation import company_url

    return company_url(bureau.company, name, *args)


def test_another_bureau_sees_and_changes_nothing(bureau: Bureau) -> None:
    bureau.set_up()
    bureau.run_month()
    job = runs.request_month(bureau.actor, bureau.integration)
    summary = bureau.summary(bureau.month)
    stranger = make_bureau("voor@teine.example")
    stranger.integration.delete()
    pages = Pages(stranger.company, stranger.actor.user)
    for name, args in (
        ("summary-overview", ["merit"]),
        ("summary-settings", ["merit"]),
        ("summary-documents", [summary.pk]),
        ("summary-documents-export", [summary.pk]),
    ):
        pages.open(_path(stranger, name, *args), status=404)
    pages.open(_path(stranger, "summary-period") + f"?clients={bureau.client.pk}", status=404)
    pages.go("client-list")
    token = pages.client.cookies["csrftoken"].value
    answer = pages.client.post(_path(stranger, "summary-cancel", job.pk), headers={"x-csrftoken": token})
    assert answer.status_code == 404
    job.refresh_from_db()
    assert job.cancel_requested_at is None
    assert Topic.objects.filter(company=stranger.company).count() == 0
    assert Task.objects.filter(company=stranger.company).count() == 0
