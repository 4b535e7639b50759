"""Tasks of a bureau through its pages: topics, whose work it is, the client's plan, the report and the open task."""

import datetime as dt

import pytest

from tests.support.tasks import Bureau, make_bureau
from tilisilta.services.practice.settings import today_of
from tilisilta.store.models import Task, Topic


@pytest.fixture
def bureau(db) -> Bureau:
    return make_bureau()


def send_task(bureau: Bureau, who: str = "accountant", **fields: str) -> Task:
    """Make a task by its form, as a person does."""
    given = {"client": str(bureau.client.pk), "title": "Kokkuvõte", "due_date": "2026-11-30"} | fields
    answer = bureau.browser(who).post(bureau.url("tasks/new/"), given)
    assert answer.status_code == 302, answer.content.decode()
    return Task.objects.order_by("-pk")[0]


@pytest.mark.feature("U33")
def test_a_client_s_plan_is_made_after_the_import_and_its_tasks_come_by_themselves(bureau):
    """The next step of the import leads to the templates; a template's rows become the client's own plan."""
    browser = bureau.browser()
    page = browser.get(bureau.url("clients/?import=last")).content.decode()
    assert bureau.url("plan-templates/") in page
    first = today_of(bureau.company).replace(day=1)
    made = browser.post(bureau.url("plan-templates/"), {"name": "Väike OÜ"})
    template = made["Location"]
    row = {
        "title": "Käibedeklaratsioon", "rhythm": "monthly", "interval": "1", "start_day": "1", "due_day": "20",
        "due_months_after": "1", "bad_day": "after", "steps": "Pank\nKMD",
    }  # fmt: skip
    assert browser.post(f"{template}rows/new/", row).status_code == 302
    chosen = {"clients": [str(bureau.client.pk)], "starts_on": first.isoformat()}
    assert browser.post(f"{template}give/", chosen).status_code == 302
    plan = browser.get(bureau.url(f"clients/{bureau.client.pk}/plan/")).content.decode()
    assert "Every month, from day 1, due on day 20 of the next month" in plan
    assert "Planned" in plan
    task = Task.objects.order_by("due_date")[0]
    assert (task.client, task.assignee, task.steps.count()) == (bureau.client, bureau.user("accountant"), 2)
    assert task.due_date >= (first + dt.timedelta(days=31)).replace(day=20)
    assert bureau.url(f"tasks/{task.pk}/") in plan
    # Beside the client's page the plan is a tab, and rows can be added one by one.
    assert "Käibedeklaratsioon" in browser.get(bureau.url(f"clients/{bureau.client.pk}/?tab=plan")).content.decode()
    own = row | {"title": "Palk", "starts_on": first.isoformat()}
    assert browser.post(bureau.url(f"clients/{bureau.client.pk}/plan/new/"), own).status_code == 302
    assert Task.objects.filter(title="Palk").exists()


@pytest.mark.feature("U40")
def test_a_topic_is_made_beforehand_or_with_the_task(bureau):
    browser = bureau.browser()
    assert browser.post(bureau.url("topics/"), {"name": "Raamatupidamine", "is_billable": "1"}).status_code == 302
    topic = Topic.objects.get()
    assert topic.name in browser.get(bureau.url("topics/")).content.decode()
    task = send_task(bureau, topic=str(topic.pk))
    assert task.topic == topic
    another = send_task(bureau, new_topic="Aastaaruanne")
    assert another.topic == Topic.objects.get(name="Aastaaruanne")
    page = browser.get(bureau.url(f"tasks/{another.pk}/")).content.decode()
    assert "Aastaaruanne" in page


@pytest.mark.feature("U46")
def test_without_a_default_member_the_account_s_owner_gets_the_task(bureau):
    """The rule that the monthly summary follows as well: it makes its tasks by the same service."""
    orphan = bureau.new_client("Tamm OÜ")
    assert send_task(bureau, client=str(orphan.pk)).assignee == bureau.user("owner")
    mine = bureau.browser("owner").get(bureau.url("tasks/")).content.decode()
    assert "Kokkuvõte" in mine
    assert send_task(bureau).assignee == bureau.user("accountant")


@pytest.mark.feature("U69")
def test_a_task_with_filled_fields_stands_in_the_report(bureau):
    sales, rows = bureau.field("Müügiarved"), bureau.field("Müügiarvete read")
    send_task(bureau, **{f"value-{sales.pk}": "120", f"value-{rows.pk}": "512"})
    other = bureau.new_client("Tamm OÜ")
    send_task(bureau, client=str(other.pk), **{f"value-{sales.pk}": "1880", f"value-{rows.pk}": "1"})
    browser = bureau.browser("viewer")
    url = bureau.url("report/?due_from=2026-11-01&due_to=2026-11-30")
    page = browser.get(url).content.decode()
    for text in ("Kask OÜ", "Tamm OÜ", "Müügiarved", ">120<", ">512<", ">1,880<", ">2,000<", ">513<"):
        assert text in page
    grouped = browser.get(f"{url}&group_by=client").content.decode()
    assert "2,000" in grouped
    assert "Tamm OÜ" in grouped
    narrow = browser.get(f"{url}&field-{sales.pk}=1000..").content.decode()
    assert ">512<" not in narrow
    assert ">1,880<" in narrow
    file = browser.get(bureau.url("report/export/?due_from=2026-11-01&due_to=2026-11-30&format=csv"))
    lines = file.content.decode("utf-8-sig").splitlines()
    assert lines[0].endswith("Müügiarved;Müügiarvete read")
    assert lines[-1].endswith("2000;513")


@pytest.mark.feature("U70")
def test_the_open_task_shows_its_counts(bureau):
    sales = bureau.field("Müügiarved", group="Kokkuvõte kuust")
    task = send_task(bureau, **{f"value-{sales.pk}": "1234"})
    report = bureau.browser().get(bureau.url("report/?due_from=2026-11-01&due_to=2026-11-30")).content.decode()
    assert bureau.url(f"tasks/{task.pk}/") in report
    page = bureau.browser("viewer").get(bureau.url(f"tasks/{task.pk}/")).content.decode()
    for text in ("Kokkuvõte kuust", "Müügiarved", "1,234"):
        assert text in page
