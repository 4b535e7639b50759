import datetime as dt

from tests.support.tasks import monthly

from tilisilta.services.tasks import recurrences, templates
from tilisilta.services.tasks.patterns import PatternContent


def test_all_pages_open(bureau):
    b = bureau.browser()
    f = bureau.field("Müügiarved")
    task = bureau.task(values={str(f.pk): "12"}, steps=("Üks", "Kaks"), topic_id=None)
    bureau.task(values={str(f.pk): "30"}, due_date=dt.date(2026, 10, 20))
    row = recurrences.create_recurrence(bureau.accountant, bureau.client.pk, monthly(steps=("A",)))
    t = templates.save_template(bureau.accountant, name="Mall")
    r = templates.save_row(bureau.accountant, t, PatternContent(title="Palk", rhythm="weekly", weekdays=(1,)))
    for path in (
        "tasks/",
        "tasks/?view=all&planned=1",
        "tasks/new/",
        f"tasks/{task.pk}/",
        f"tasks/{task.pk}/edit/",
        "topics/",
        f"clients/{bureau.client.pk}/plan/",
        f"clients/{bureau.client.pk}/plan/new/",
        f"clients/{bureau.client.pk}/plan/{row.pk}/",
        "plan-templates/",
        f"plan-templates/{t.pk}/",
        f"plan-templates/{t.pk}/rows/new/",
        f"plan-templates/{t.pk}/rows/{r.pk}/",
        f"plan-templates/{t.pk}/give/",
        f"plan-templates/{t.pk}/export/",
        "report/",
        "report/?group_by=month&measure=field:" + str(f.pk),
        "report/chart.svg",
        "report/export/",
        f"clients/{bureau.client.pk}/?tab=tasks",
        f"clients/{bureau.client.pk}/?tab=plan",
    ):
        answer = b.get(bureau.url(path))
        assert answer.status_code == 200, (path, answer.content[:300])
