"""The work that the demo's bureau plans for its clients: a template, plans made from it, time spent."""

import datetime as dt
from typing import Final

from tilisilta.cli.demo.bureau import Bureau
from tilisilta.services.practice import clients
from tilisilta.services.practice.settings import add_months, month_of, today_of
from tilisilta.services.tasks import templates, time_entries
from tilisilta.services.tasks.patterns import PatternContent
from tilisilta.services.tasks.tasks import tasks_of
from tilisilta.store.models import TaskOrigin

_CLIENTS: Final = 12  # the others have no plan yet
_STEPS: Final = ("Dokumendid käes", "Kanded tehtud", "Saldod võrreldud")


def plan(bureau: Bureau) -> None:
    """Make a template of four rhythms and give it to the first clients from last month on."""
    actor, topics = bureau.actor, bureau.topics
    template = templates.save_template(actor, name="Igakuine raamatupidamine")
    rows = (
        PatternContent(
            title="Dokumentide sisestamine", topic_id=topics["Raamatupidamine"].pk, rhythm="weekly", weekdays=(1,),
            interval=2, due_after_days=3, bad_day="after",
        ),
        PatternContent(
            title="Käibedeklaratsioon", topic_id=topics["Käibedeklaratsioon"].pk, due_day=20, bad_day="before",
            steps=_STEPS,
        ),
        PatternContent(
            title="Statistika aruanne", topic_id=topics["Raamatupidamine"].pk, rhythm="quarterly", due_day=25,
            month_in_period=1, bad_day="before",
        ),
        PatternContent(
            title="Majandusaasta aruanne", topic_id=topics["Raamatupidamine"].pk, rhythm="yearly", month_in_period=6,
            start_day=1, due_day=30,
        ),
    )  # fmt: skip
    for row in rows:
        templates.save_row(actor, template, row)
    wanted = [each.pk for each in clients.active_clients(actor.company)[:_CLIENTS]]
    begins = add_months(month_of(today_of(actor.company)), -1)
    templates.apply(actor, template, wanted, starts_on=begins)
    _spend_time(bureau)


def _spend_time(bureau: Bureau) -> None:
    """Enter an hour and a half on some of the tasks that are due already."""
    today = today_of(bureau.actor.company)
    due = tasks_of(bureau.actor.company).filter(origin=TaskOrigin.RECURRENCE, due_date__lte=today)
    for task in due.order_by("due_date", "pk")[:12]:
        begun = dt.datetime.combine(task.due_date, dt.time(9), dt.UTC)
        time_entries.add_time(bureau.actor, task, started_at=begun, ended_at=begun + dt.timedelta(minutes=90))
