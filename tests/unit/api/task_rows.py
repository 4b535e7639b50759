"""A topic, tasks, a running timer and rows of a client's plan, for tests that go over all operations of the API."""

import datetime as dt

from tilisilta.services.access import Actor
from tilisilta.services.tasks import recurrences, tasks, time_entries, topics
from tilisilta.services.tasks.patterns import PatternContent


def task_ids(actor: Actor, client_id: int) -> dict[str, int]:
    """Return the ids by the names that addresses use for them."""
    topic = topics.create_topic(actor, "Maksud")
    made = [
        tasks.create_task(
            actor, tasks.TaskContent(client_id=client_id, title=title, due_date=dt.date(2026, 11, 20), steps=("A",))
        )
        for title in ("KMD", "TSD")
    ]
    time_entries.start_timer(actor, made[1])
    content = recurrences.RecurrenceContent(pattern=PatternContent(title="Palk"), starts_on=dt.date(2090, 1, 1))
    row = recurrences.create_recurrence(actor, client_id, content)
    return {"topic_id": topic.pk, "task_id": made[0].pk, "timed_task_id": made[1].pk, "recurrence_id": row.pk}
