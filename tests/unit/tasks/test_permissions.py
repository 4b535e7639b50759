import pytest
from tests.support.tasks import make_bureau, monthly

from tilisilta.services.practice.settings import switch_off
from tilisilta.services.tasks import recurrences, templates, time_entries, topics
from tilisilta.services.tasks.patterns import PatternContent
from tilisilta.store.models import PlanTemplate, Recurrence, Task, Topic
from tilisilta.web.tasks.urls import urlpatterns

OF_ACCOUNTANTS = {
    "task-bulk", "task-new", "task-edit", "task-status", "task-delete", "task-step-add", "task-step", "task-timer",
    "task-time-add", "task-time", "task-time-delete", "topic-change", "client-plan-new", "client-plan-take",
    "client-plan-row", "client-plan-real", "client-plan-change", "plan-template-upload", "plan-template-delete",
    "plan-template-give", "plan-template-row-new", "plan-template-row", "plan-template-row-change",
}  # fmt: skip
# Everyone reads these; writing them is for accountants.
FORMS = {"topic-list", "plan-templates", "plan-template"}
OF_EVERYONE = {"task-report-columns"}


@pytest.fixture
def addresses(bureau, clock):
    task = bureau.task(steps=("Üks",))
    time_entries.start_timer(bureau.accountant, task)
    clock.go(minutes=5)
    entry = time_entries.stop_timer(bureau.accountant, task)
    row = recurrences.create_recurrence(bureau.accountant, bureau.client.pk, monthly())
    template = templates.save_template(bureau.accountant, name="Mall")
    template_row = templates.save_row(bureau.accountant, template, PatternContent(title="Rida"))
    ids = {
        "tasks/<int:pk>": task.pk, "topics/<int:pk>": topics.create_topic(bureau.owner, "Palk").pk,
        "clients/<int:pk>": bureau.client.pk, "plan-templates/<int:pk>": template.pk,
        "<int:step_id>": task.steps.get().pk, "<int:entry_id>": entry.pk, "<int:recurrence_id>": row.pk,
        "<int:row_id>": template_row.pk,
    }  # fmt: skip
    found = {}
    for each in urlpatterns:
        path = str(each.pattern).replace("<slug:what>", "up" if "template" in str(each.name) else "pause")
        for place, pk in ids.items():
            path = path.replace(place, place.replace("<int:pk>", str(pk)) if "pk" in place else str(pk))
        found[str(each.name)] = bureau.url(path)
    return found


def test_viewers_read_and_nothing_else(bureau, addresses):
    assert set(addresses) >= OF_ACCOUNTANTS | FORMS | OF_EVERYONE
    browser = bureau.browser("viewer")
    for name, path in addresses.items():
        if name in OF_ACCOUNTANTS:
            assert browser.post(path).status_code == 403, name
            assert browser.get(path).status_code in {403, 405}, name
        elif name in OF_EVERYONE:
            assert browser.post(path).status_code == 302, name
        else:
            assert browser.get(path).status_code == 200, name
        if name in FORMS:
            assert browser.post(path, {"name": "x"}).status_code == 403, name
    assert set(Topic.objects.values_list("name", flat=True)) == {"Palk"}
    assert PlanTemplate.objects.get().name == "Mall"


def test_strangers_find_nothing_under_their_own_bureau(bureau, addresses):
    other = make_bureau("Võõras OÜ", "omanik@voor.ee")
    browser = other.browser("owner")
    before = Task.objects.count(), Recurrence.objects.count()
    for name, path in addresses.items():
        assert browser.get(path).status_code == 404, name
        if any(part.isdecimal() for part in path.split("/")[3:]):
            own = path.replace(f"/c/{bureau.company.pk}/", f"/c/{other.company.pk}/")
            for method in (browser.get, browser.post):
                assert method(own).status_code in {404, 405}, name
    assert (Task.objects.count(), Recurrence.objects.count()) == before


def test_while_the_module_is_off_pages_lead_to_the_switch(bureau, addresses):
    switch_off(bureau.owner)
    browser = bureau.browser("admin")
    for name in ("task-list", "task-report", "client-plan", "plan-templates", "topic-list"):
        assert browser.get(addresses[name])["Location"] == bureau.url("practice/settings/"), name
    assert browser.post(addresses["task-status"], {"status": "done"}).status_code == 302
    assert Task.objects.order_by("pk")[0].status == "open"
