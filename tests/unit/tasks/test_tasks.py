import datetime as dt

import pytest
from tests.support.tasks import make_bureau

from tilisilta.services.access import Forbidden, system_actor
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.clients import content_of as client_content
from tilisilta.services.practice.clients import update_client
from tilisilta.services.practice.errors import FieldErrors
from tilisilta.services.practice.settings import save_settings, switch_off
from tilisilta.services.tasks import hooks, steps, tasks, time_entries, topics
from tilisilta.services.tasks.people import assignee_for
from tilisilta.services.tasks.tasks import TaskContent
from tilisilta.store.models import AuditEntry, Membership, Task, TaskStep, TimeEntry, Topic


def changed(client, actor, **parts):
    import msgspec

    return update_client(actor, client, msgspec.structs.replace(client_content(client), **parts))


# --- topics -------------------------------------------------------------------------------------------------


def test_topics_are_made_renamed_and_put_aside(bureau):
    made = topics.create_topic(bureau.accountant, "  Palga   arvestus ")
    assert made.name == "Palga arvestus"
    with pytest.raises(ServiceError, match="already"):
        topics.create_topic(bureau.accountant, "PALGA ARVESTUS")
    topics.update_topic(bureau.accountant, made, name="Palk", is_active=False)
    assert list(topics.topics(bureau.company)) == []
    again = topics.ensure_topic(bureau.accountant, "palk")
    assert (again.pk, again.is_active) == (made.pk, True)
    assert topics.ensure_topic(bureau.accountant, "Aastaaruanne").pk != made.pk
    actions = set(AuditEntry.objects.filter(company=bureau.company).values_list("action", flat=True))
    assert {"topic.created", "topic.changed"} <= actions


def test_members_make_topics_only_while_the_bureau_lets_them(bureau):
    kept = topics.create_topic(bureau.owner, "Palk")
    save_settings(bureau.owner, members_make_topics=False, days_ahead=45, member_rights=[])
    with pytest.raises(ServiceError) as refused:
        topics.create_topic(bureau.accountant, "Muu")
    assert refused.value.code == "TOPICS_OF_ADMINS"
    assert topics.ensure_topic(bureau.accountant, "PALK") == kept  # one that is there may be used
    with pytest.raises(ServiceError):
        topics.update_topic(bureau.accountant, kept, name="Töötasu")
    assert topics.create_topic(bureau.actors["admin"], "Muu").is_active
    with pytest.raises(Forbidden):
        topics.create_topic(bureau.actors["viewer"], "Veel")


# --- whose work ---------------------------------------------------------------------------------------------


def test_a_task_is_its_client_s_default_member_s_or_the_owner_s(bureau):
    assert bureau.task().assignee == bureau.user("accountant")
    orphan = bureau.new_client("Tamm OÜ")
    assert bureau.task(client_id=orphan.pk).assignee == bureau.user("owner")
    assert bureau.task(client_id=orphan.pk, assignee_id=bureau.user("admin").pk).assignee == bureau.user("admin")


def test_a_default_member_who_left_or_only_reads_counts_as_none(bureau):
    Membership.objects.filter(company=bureau.company, user=bureau.user("accountant")).update(role="viewer")
    bureau.client.refresh_from_db()
    assert assignee_for(bureau.client) == bureau.user("owner")


def test_work_is_given_to_people_of_the_bureau_only(bureau):
    other = make_bureau("Võõras OÜ", "omanik@voor.ee")
    for wrong in (other.user("owner").pk, bureau.user("viewer").pk):
        with pytest.raises(FieldErrors) as refused:
            bureau.task(assignee_id=wrong)
        assert refused.value.errors["assignee"].code == "MEMBER_UNKNOWN"
    with pytest.raises(FieldErrors) as refused:
        bureau.task(client_id=other.client.pk)
    assert set(refused.value.errors) == {"client"}


# --- what is asked for --------------------------------------------------------------------------------------


def test_all_mistakes_of_a_task_are_told_at_once(bureau):
    field = bureau.field("Müügiarved")
    with pytest.raises(FieldErrors) as refused:
        bureau.task(
            title=" ", start_date=dt.date(2026, 12, 1), due_date=dt.date(2026, 11, 1), topic_id=999,
            values={str(field.pk): "palju"},
        )  # fmt: skip
    assert set(refused.value.errors) == {"title", "due_date", "topic", f"values.{field.pk}"}
    assert not Task.objects.exists()


def test_a_client_that_needs_a_topic_gets_no_task_without_one(bureau):
    changed(bureau.client, bureau.owner, needs_topic=True)
    with pytest.raises(FieldErrors) as refused:
        bureau.task()
    assert "Kask OÜ need a topic" in str(refused.value)
    topic = topics.create_topic(bureau.accountant, "Maksud")
    assert bureau.task(topic_id=topic.pk).topic == topic
    # The product's own tasks come to be, and are asked for it when a person wants them done.
    own = tasks.create_task(
        system_actor(bureau.company),
        TaskContent(client_id=bureau.client.pk, title="Kokkuvõte", due_date=dt.date(2026, 11, 30), origin="summary"),
    )
    with pytest.raises(ServiceError) as late:
        tasks.set_status(bureau.accountant, own, "done")
    assert late.value.code == "TASK_NEEDS_TOPIC"


def test_a_client_that_needs_time_has_no_task_done_without_it(bureau, clock):
    changed(bureau.client, bureau.owner, needs_time=True)
    task = bureau.task()
    with pytest.raises(ServiceError) as refused:
        tasks.set_status(bureau.accountant, task, "done")
    assert refused.value.code == "TASK_NEEDS_TIME"
    assert Task.objects.get().status == "open"
    time_entries.start_timer(bureau.accountant, task)
    clock.go(minutes=25)
    done = tasks.set_status(bureau.accountant, task, "done")
    assert (done.done_by, done.done_at) == (bureau.user("accountant"), clock.now)
    assert time_entries.minutes_of(TimeEntry.objects.all()) == 25  # its timer stopped with it


def test_fields_that_must_be_filled_are_asked_for(bureau):
    field = bureau.field("Töötajaid", is_required=True)
    with pytest.raises(FieldErrors):
        bureau.task()
    own = tasks.create_task(
        system_actor(bureau.company),
        TaskContent(client_id=bureau.client.pk, title="Kokkuvõte", due_date=dt.date(2026, 11, 30), origin="summary"),
    )
    with pytest.raises(FieldErrors) as refused:
        tasks.set_status(bureau.accountant, own, "done")
    assert list(refused.value.errors) == [f"values.{field.pk}"]
    tasks.set_values(bureau.accountant, own, {str(field.pk): "7"})
    assert tasks.set_status(bureau.accountant, own, "done").status == "done"
    assert tasks.set_status(bureau.accountant, own, "open").done_at is None


def test_a_changed_task_is_in_the_log_and_an_unchanged_one_is_not(bureau):
    task = bureau.task()
    before = AuditEntry.objects.count()
    tasks.update_task(bureau.accountant, task, tasks.content_of(task))
    assert AuditEntry.objects.count() == before
    import msgspec

    tasks.update_task(bureau.accountant, task, msgspec.structs.replace(tasks.content_of(task), title="KMD"))
    entry = AuditEntry.objects.order_by("-pk").first()
    assert (entry.action, entry.details["changes"]) == ("task.changed", {"title": ["Käibedeklaratsioon", "KMD"]})


def test_a_topic_put_aside_stays_on_its_tasks_and_is_not_chosen_anew(bureau):
    topic = topics.create_topic(bureau.accountant, "Vana")
    task = bureau.task(topic_id=topic.pk)
    topics.update_topic(bureau.accountant, topic, name="Vana", is_active=False)
    assert tasks.update_task(bureau.accountant, task, tasks.content_of(task)).topic == topic
    with pytest.raises(FieldErrors):
        bureau.task(topic_id=topic.pk)


def test_a_topic_says_whether_its_tasks_are_billable(bureau):
    own = topics.create_topic(bureau.accountant, "Büroo oma", is_billable=False)
    assert not bureau.task(topic_id=own.pk).is_billable
    assert bureau.task(topic_id=own.pk, is_billable=True).is_billable


def test_while_the_module_is_off_nothing_is_written(bureau):
    task = bureau.task()
    switch_off(bureau.owner)
    for write in (
        bureau.task,
        lambda: tasks.set_status(bureau.accountant, task, "done"),
        lambda: topics.create_topic(bureau.owner, "X"),
        lambda: time_entries.start_timer(bureau.accountant, task),
    ):
        with pytest.raises(ServiceError) as refused:
            write()
        assert refused.value.code == "PRACTICE_OFF"


# --- several at once, deleting, checklist -------------------------------------------------------------------


def test_several_are_changed_at_once_and_those_that_cannot_are_told(bureau):
    changed(bureau.client, bureau.owner, needs_time=True)
    other = bureau.new_client("Tamm OÜ")
    stranger = make_bureau("Võõras OÜ", "omanik@voor.ee").task()
    held, free = bureau.task(), bureau.task(client_id=other.pk, title="Palk")
    done = tasks.bulk(bureau.accountant, [held.pk, free.pk, stranger.pk], "status", "done")
    assert (done.done, [title for title, _ in done.refused]) == (1, ["Käibedeklaratsioon"])
    assert dict(Task.objects.values_list("pk", "status")) == {
        held.pk: "open", free.pk: "done", stranger.pk: "open",
    }  # fmt: skip
    topic = topics.create_topic(bureau.accountant, "Maksud")
    for action, value in (
        ("assignee", str(bureau.user("admin").pk)), ("topic", str(topic.pk)), ("due_date", "2026-12-15"),
    ):  # fmt: skip
        assert tasks.bulk(bureau.accountant, [held.pk, free.pk], action, value).done == 2
    held.refresh_from_db()
    assert (held.assignee, held.topic, held.due_date) == (bureau.user("admin"), topic, dt.date(2026, 12, 15))
    with pytest.raises(ServiceError):
        tasks.bulk(bureau.accountant, [stranger.pk], "delete")
    assert tasks.bulk(bureau.accountant, [free.pk], "delete").done == 1


def test_who_builds_on_tasks_may_forbid_deleting_them(bureau, monkeypatch):
    def refuse(actor, task):
        raise ServiceError("TASK_IS_BILLED", task=task.title)

    monkeypatch.setattr(hooks, "deleting", [refuse])
    task = bureau.task()
    with pytest.raises(ServiceError):
        tasks.delete_task(bureau.accountant, task)
    assert Task.objects.filter(pk=task.pk).exists()


def test_a_checklist_is_ticked_by_someone(bureau):
    task = bureau.task(steps=("Pank", " ", "Palk"))
    assert list(task.steps.order_by("position").values_list("text", flat=True)) == ["Pank", "Palk"]
    first = task.steps.get(text="Pank")
    ticked = steps.tick_step(bureau.accountant, task, first.pk, is_done=True)
    assert (ticked.is_done, ticked.done_by) == (True, bureau.user("accountant"))
    steps.add_step(bureau.accountant, task, "KMD")
    steps.delete_step(bureau.accountant, task, first.pk)
    assert list(TaskStep.objects.order_by("position").values_list("position", "text")) == [(0, "Palk"), (1, "KMD")]
    assert steps.tick_step(bureau.accountant, task, task.steps.get(text="KMD").pk, is_done=False).done_at is None


# --- time ---------------------------------------------------------------------------------------------------


def test_a_person_has_one_timer(bureau, clock):
    first, second = bureau.task(), bureau.task(title="Palk")
    time_entries.start_timer(bureau.accountant, first)
    with pytest.raises(ServiceError) as refused:
        time_entries.start_timer(bureau.accountant, second)
    assert refused.value.code == "TIMER_RUNNING"
    time_entries.start_timer(bureau.actors["admin"], second)  # somebody else's runs beside it
    clock.go(minutes=10)
    time_entries.start_timer(bureau.accountant, second, stops_other=True)
    assert time_entries.minutes_of(time_entries.entries_of(bureau.company, task=first)) == 10
    clock.go(minutes=5)
    assert time_entries.stop_timer(bureau.accountant, note="lõpp").note == "lõpp"
    assert time_entries.running(bureau.accountant) is None
    with pytest.raises(ServiceError):
        time_entries.stop_timer(bureau.accountant, second)


def hours_ago(clock, hours):
    return clock.now - dt.timedelta(hours=hours)


def test_time_by_hand_is_looked_at(bureau, clock):
    task = bureau.task()
    good = time_entries.add_time(
        bureau.accountant, task, started_at=hours_ago(clock, 3), ended_at=hours_ago(clock, 1), note="KMD"
    )
    assert (time_entries.minutes_of([good]), good.user) == (120, bureau.user("accountant"))
    for begin, end, code in (
        (1, 3, "TIME_REVERSED"), (1, 1, "TIME_EMPTY"), (30, 1, "TIME_TOO_LONG"), (1, -1, "TIME_IN_FUTURE"),
    ):  # fmt: skip
        with pytest.raises(ServiceError) as refused:
            time_entries.add_time(
                bureau.accountant, task, started_at=hours_ago(clock, begin), ended_at=hours_ago(clock, end)
            )
        assert refused.value.code == code
    assert TimeEntry.objects.count() == 1


def test_time_of_others_is_the_administrators_matter(bureau, clock):
    task = bureau.task()
    span = {"started_at": hours_ago(clock, 3), "ended_at": hours_ago(clock, 1)}
    with pytest.raises(ServiceError) as refused:
        time_entries.add_time(bureau.accountant, task, user_id=bureau.user("admin").pk, **span)
    assert refused.value.code == "TIME_OF_ANOTHER"
    entry = time_entries.add_time(bureau.actors["admin"], task, user_id=bureau.user("accountant").pk, **span)
    assert entry.user == bureau.user("accountant")
    own = time_entries.add_time(bureau.actors["admin"], task, **span)
    with pytest.raises(ServiceError):
        time_entries.delete_time(bureau.accountant, task, own.pk)
    changed_entry = time_entries.change_time(
        bureau.actors["admin"], task, entry.pk, started_at=hours_ago(clock, 2), ended_at=hours_ago(clock, 1),
        is_billable=False, note="",
    )  # fmt: skip
    assert time_entries.minutes_of([changed_entry]) == 60
    time_entries.delete_time(bureau.accountant, task, entry.pk)
    assert list(TimeEntry.objects.all()) == [own]


def test_topics_of_another_bureau_cannot_be_named(bureau):
    other = make_bureau("Võõras OÜ", "omanik@voor.ee")
    theirs = topics.create_topic(other.owner, "Nende")
    with pytest.raises(FieldErrors):
        bureau.task(topic_id=theirs.pk)
    with pytest.raises(Topic.DoesNotExist):
        topics.get_topic(bureau.company, theirs.pk)
