import datetime as dt

import msgspec
import pytest
from tests.support.tasks import make_bureau, monthly

from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.errors import FieldErrors
from tilisilta.services.practice.settings import save_settings, switch_off
from tilisilta.services.tasks import patterns, plan, plan_tables, recurrences, steps, tasks, templates, topics
from tilisilta.services.tasks.patterns import PatternContent
from tilisilta.store.models import Recurrence, Task


@pytest.fixture(autouse=True)
def _nothing_seen():
    plan._seen.clear()


def dues(**wanted):
    return list(Task.objects.filter(**wanted).order_by("due_date").values_list("due_date", flat=True))


def add(bureau, title="Käibedeklaratsioon", **more):
    return recurrences.create_recurrence(bureau.accountant, bureau.client.pk, monthly(title, **more))


def test_tasks_due_within_forty_five_days_are_real_and_later_ones_planned(bureau):
    """It is 22 November: 6 January is 45 days away."""
    row = add(bureau, starts_on=dt.date(2026, 12, 1), due_day=6, steps=("Pank", "KMD"))
    assert dues() == [dt.date(2026, 12, 6), dt.date(2027, 1, 6)]
    task = Task.objects.order_by("due_date").first()
    assert (task.origin, task.start_date, task.assignee) == (
        "recurrence", dt.date(2026, 12, 1), bureau.user("accountant"),
    )  # fmt: skip
    assert list(task.steps.values_list("text", flat=True)) == ["Pank", "KMD"]
    later = plan.planned(bureau.company, due_to=dt.date(2027, 4, 30))
    assert [each.due_date for each in later] == [dt.date(2027, month, 6) for month in (2, 3, 4)]
    assert plan.make_due(bureau.company, [row]) == 0


def test_days_off_move_by_the_client_s_country(bureau):
    finnish = bureau.new_client("Koivu Oy", country="FI")
    for client in (bureau.client, finnish):
        content = monthly("Palk", starts_on=dt.date(2026, 12, 1), due_day=6, bad_day="after")
        recurrences.create_recurrence(bureau.accountant, client.pk, content)
    # 6 December 2026 is a Sunday for both; 6 January is a holiday in Finland only.
    assert dues(client=bureau.client) == [dt.date(2026, 12, 7), dt.date(2027, 1, 6)]
    assert dues(client=finnish) == [dt.date(2026, 12, 7)]
    assert plan.planned(bureau.company, due_to=dt.date(2027, 1, 31), client_id=finnish.pk)[0].due_date == dt.date(
        2027, 1, 7
    )


def test_the_daily_round_makes_each_once_and_is_cheap_when_nothing_is_due(bureau, clock, django_assert_max_num_queries):
    add(bureau)
    assert dues() == [dt.date(2026, 11, 20), dt.date(2026, 12, 20)]
    assert plan.make_due_everywhere() == 0
    with django_assert_max_num_queries(1):
        assert plan.make_due_everywhere() == 0
    clock.go(days=20)  # 12 December: 20 January is within 45 days
    assert plan.make_due_everywhere() == 1
    plan._seen.clear()  # another worker
    assert plan.make_due_everywhere() == 0
    clock.go(days=120)  # no worker ran for four months: nothing is lost
    plan._seen.clear()
    assert plan.make_due_everywhere() == 4
    assert len(dues()) == len(set(dues())) == 7


def test_the_round_leaves_bureaus_alone_that_are_off_and_clients_that_left(bureau, clock):
    add(bureau)
    gone = bureau.new_client("Läinud OÜ")
    recurrences.create_recurrence(bureau.accountant, gone.pk, monthly("Palk"))
    bureau.company.clients.filter(pk=gone.pk).update(is_active=False)
    other = make_bureau("Teine OÜ", "omanik@teine.ee")
    recurrences.create_recurrence(other.accountant, other.client.pk, monthly("Muu"))
    switch_off(other.owner)
    clock.go(days=31)
    assert plan.make_due_everywhere() == 1
    assert dues(client=bureau.client)[-1] == dt.date(2027, 1, 20)


def test_a_bad_row_stops_no_other(bureau, clock):
    add(bureau)
    broken = add(bureau, "Katki")
    Recurrence.objects.filter(pk=broken.pk).update(rhythm="hourly")
    clock.go(days=31)
    assert plan.make_due_everywhere() == 1


def test_the_days_ahead_are_the_bureau_s_choice(bureau):
    save_settings(bureau.owner, members_make_topics=True, days_ahead=100, member_rights=[])
    add(bureau)
    assert dues()[-1] == dt.date(2027, 2, 20)


def test_opening_a_planned_task_makes_it_real_once_and_leaves_no_gap(bureau, clock):
    row = add(bureau)
    far = dt.date(2027, 5, 1)
    made = plan.make_real(bureau.accountant, row, far)
    assert (made.due_date, made.created_by) == (dt.date(2027, 5, 20), bureau.user("accountant"))
    assert plan.make_real(bureau.accountant, row, far) == made
    assert far not in [each.occurrence.key for each in plan.planned(bureau.company, due_to=dt.date(2027, 6, 30))]
    clock.go(days=150)
    plan.make_due_everywhere()
    assert [due.month for due in dues()] == [11, 12, 1, 2, 3, 4, 5]
    with pytest.raises(ServiceError) as refused:
        plan.make_real(bureau.accountant, row, dt.date(2027, 5, 2))
    assert refused.value.code == "PLAN_OCCURRENCE_UNKNOWN"


def test_a_changed_plan_moves_what_nobody_has_touched_and_nothing_else(bureau, clock):
    row = add(bureau, start_day=1)
    begun = Task.objects.get(due_date=dt.date(2026, 11, 20))
    assert dues() == [dt.date(2026, 11, 20), dt.date(2026, 12, 20)]
    content = monthly("KMD", start_day=5, due_day=15)
    recurrences.update_recurrence(bureau.accountant, row, content)
    begun.refresh_from_db()
    assert (begun.title, begun.due_date) == ("Käibedeklaratsioon", dt.date(2026, 11, 20))
    assert dues() == [dt.date(2026, 11, 20), dt.date(2026, 12, 15)]
    touched = Task.objects.get(due_date=dt.date(2026, 12, 15))
    clock.go(seconds=1)
    steps.add_step(bureau.accountant, touched, "Ise lisatud")
    recurrences.update_recurrence(bureau.accountant, row, monthly("KMD", start_day=5, due_day=10))
    # December was touched and stays as it was; its month has its task, so none is made beside it.
    assert dues() == [dt.date(2026, 11, 20), dt.date(2026, 12, 15)]
    assert plan.planned(bureau.company, due_to=dt.date(2027, 1, 31))[0].due_date == dt.date(2027, 1, 10)


def test_a_new_rhythm_plans_nothing_in_the_past(bureau):
    row = add(bureau, starts_on=dt.date(2026, 6, 1))
    assert len(dues()) == 7
    weekly = monthly("Pank", starts_on=dt.date(2026, 6, 1), rhythm="weekly", weekdays=(1,))
    recurrences.update_recurrence(bureau.accountant, row, weekly)
    new = [due for due in dues() if due >= dt.date(2026, 11, 23)]
    assert new[0] == dt.date(2026, 11, 23)
    assert len(dues()) - len(new) == 6  # those of June to November that were there


def test_a_row_put_aside_makes_nothing_and_comes_back_without_its_gap(bureau, clock):
    row = add(bureau)
    recurrences.pause_recurrence(bureau.accountant, row)
    assert dues() == [dt.date(2026, 11, 20)]  # begun on the first
    clock.go(days=110)  # 12 March: 26 April is 45 days away, and March was in the pause
    assert plan.make_due_everywhere() == 0
    recurrences.resume_recurrence(bureau.accountant, row)
    assert dues() == [dt.date(2026, 11, 20), dt.date(2027, 4, 20)]


def test_a_deleted_row_leaves_what_has_begun(bureau):
    row = add(bureau)
    task = Task.objects.order_by("due_date").first()
    with pytest.raises(ServiceError) as refused:
        tasks.delete_task(bureau.accountant, task)
    assert refused.value.code == "TASK_OF_PLAN"
    recurrences.delete_recurrence(bureau.accountant, row)
    assert dues() == [dt.date(2026, 11, 20)]
    tasks.delete_task(bureau.accountant, task)
    assert dues() == []


def test_rows_that_no_calendar_has_are_told_by_field(bureau):
    for wrong, field in (
        ({"title": " "}, "title"), ({"start_day": 25, "due_day": 20}, "due_day"), ({"rhythm": "weekly"}, "weekdays"),
        ({"rhythm": "hourly"}, "rhythm"), ({"starts_on": dt.date(2020, 1, 1)}, "starts_on"),
        ({"ends_on": dt.date(2026, 1, 1)}, "ends_on"), ({"assignee_id": 999_999}, "assignee"),
    ):  # fmt: skip
        with pytest.raises(FieldErrors) as refused:
            recurrences.create_recurrence(bureau.accountant, bureau.client.pk, monthly(**{"title": "X"} | wrong))
        assert field in refused.value.errors, wrong
    assert not Recurrence.objects.exists()


def test_plans_are_told_in_words():
    words = patterns.in_words
    assert words(PatternContent(title="x")) == "Every month, from day 1, due on day 20"
    quarterly = PatternContent(title="x", rhythm="quarterly", month_in_period=2, due_months_after=1, interval=2)
    assert words(quarterly) == ("Every 2 quarters, month 2 of the quarter, from day 1, due on day 20 of the next month")
    weekly = PatternContent(title="x", rhythm="weekly", weekdays=(1, 5), due_after_days=2)
    assert words(weekly) == "Every week: Monday, Friday, due 2 days later"


# --- templates ----------------------------------------------------------------------------------------------


def template_of(bureau, *titles):
    made = templates.save_template(bureau.accountant, name="Väike OÜ")
    for title in titles:
        templates.save_row(bureau.accountant, made, PatternContent(title=title, steps=("Üks", "Kaks")))
    return made


def test_a_template_is_given_once_to_each_client(bureau):
    made = template_of(bureau, "KMD", "TSD")
    other = bureau.new_client("Tamm OÜ")
    stranger = make_bureau("Võõras OÜ", "omanik@voor.ee").client
    ids = [bureau.client.pk, other.pk, stranger.pk]
    done = templates.apply(bureau.accountant, made, ids, starts_on=dt.date(2026, 11, 1))
    assert (done.clients, done.made, done.known, done.refused) == (2, 4, 0, ())
    again = templates.apply(bureau.accountant, made, ids, starts_on=dt.date(2026, 11, 1))
    assert (again.made, again.known) == (0, 4)
    assert Recurrence.objects.filter(client=stranger).count() == 0
    assert Task.objects.filter(client=other, title="TSD").count() == 2


def test_a_template_tells_which_clients_could_not_have_a_row(bureau):
    made = template_of(bureau, "KMD")
    strict = bureau.new_client("Range OÜ", needs_topic=True)
    done = templates.apply(bureau.accountant, made, [bureau.client.pk, strict.pk], starts_on=dt.date(2026, 11, 1))
    assert done.made == 1
    assert done.refused == (("Range OÜ: KMD", "Tasks of Range OÜ need a topic. Choose one."),)


def test_a_plan_becomes_a_template_and_is_copied_to_others(bureau):
    add(bureau, "KMD", steps=("Pank",))
    add(bureau, "TSD", due_day=10)
    kept = templates.from_plan(bureau.accountant, bureau.client, "Kase plaan")
    assert [row.title for row in templates.rows_of(kept)] == ["KMD", "TSD"]
    other = bureau.new_client("Tamm OÜ")
    recurrences.create_recurrence(bureau.accountant, other.pk, monthly("kmd"))
    done = templates.copy_plan(bureau.accountant, bureau.client, [other.pk], starts_on=dt.date(2026, 12, 1))
    assert (done.made, done.known) == (1, 1)
    with pytest.raises(ServiceError) as refused:
        templates.from_plan(bureau.accountant, bureau.new_client("Tühi OÜ"), "Tühi")
    assert refused.value.code == "PLAN_EMPTY"


def test_rows_of_a_template_are_moved_and_deleted(bureau):
    made = template_of(bureau, "A", "B", "C")
    last = templates.rows_of(made)[2]
    templates.move_row(bureau.accountant, last, -1)
    assert [row.title for row in templates.rows_of(made)] == ["A", "C", "B"]
    templates.delete_row(bureau.accountant, templates.rows_of(made)[0])
    assert list(templates.rows_of(made).values_list("title", "position")) == [("C", 0), ("B", 1)]


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_a_template_goes_out_as_a_table_and_comes_back_the_same(bureau, file_format):
    topic = topics.create_topic(bureau.accountant, "Maksud")
    made = templates.save_template(bureau.accountant, name="Mall")
    contents = [
        PatternContent(title="=KMD", topic_id=topic.pk, due_day=20, bad_day="after", steps=("Pank", "KMD")),
        PatternContent(title="Palk", rhythm="weekly", weekdays=(1, 5), due_after_days=2, estimate_minutes=90),
        PatternContent(title="Aruanne", rhythm="yearly", month_in_period=6, due_day=30, due_months_after=1, interval=2),
    ]
    templates.add_rows(bureau.accountant, made, contents)
    name, content = plan_tables.export(made, file_format)
    assert name == f"Mall.{file_format}"
    back, count = plan_tables.import_template(bureau.accountant, name, content, template_name="Tagasi")
    assert count == 3
    own = [msgspec.structs.asdict(patterns.content_of(row)) for row in templates.rows_of(made)]
    assert [msgspec.structs.asdict(patterns.content_of(row)) for row in templates.rows_of(back)] == own


def test_a_table_with_mistakes_is_not_read_and_names_its_rows(bureau):
    content = (
        "Ülesanne;Teema;Rhythm;Start day;Due day\n"
        "KMD;Maksud;Monthly;1;20\n"
        ";Maksud;Monthly;1;20\n"
        "TSD;Maksud;Sometimes;1;20\n"
        "Palk;;monthly;x;20\n"
        "Aru;;yearly;25;20\n"
    ).encode()
    with pytest.raises(ServiceError) as refused:
        plan_tables.import_template(bureau.accountant, "plaan.csv", content)
    told = str(refused.value)
    for line in ("row 3: Write the title", "row 4: Rhythm: Sometimes", "row 5: Start day: x", "row 6: The due day"):
        assert line in told
    assert not templates.templates(bureau.company).exists()
    assert not topics.topics(bureau.company).exists()  # nothing of it is left behind


def test_planned_tasks_of_many_clients_are_found_with_few_questions(bureau, django_assert_max_num_queries):
    user = bureau.user("accountant")
    for number in range(6):
        client = bureau.new_client(f"Klient {number}", default_member_id=user.pk)
        recurrences.create_recurrence(bureau.owner, client.pk, monthly())
    with django_assert_max_num_queries(6):
        found = plan.planned(bureau.company, due_from=dt.date(2027, 2, 1), due_to=dt.date(2027, 2, 28), assignee=user)
    assert len(found) == 6
