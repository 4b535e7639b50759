import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tilisilta.services.errors import ServiceError
from tilisilta.services.tables import read_table
from tilisilta.services.tasks import chart, lists, report, time_entries, topics
from tilisilta.services.tasks.report import ReportFilter
from tilisilta.store.models import Task


def found(bureau, **wanted):
    return report.found_tasks(bureau.company, ReportFilter(**wanted))


def titles(bureau, **wanted):
    return sorted(task.title for task in found(bureau, **wanted))


@pytest.fixture
def year(bureau):
    """Counts of three months for two clients."""
    sales, hours = bureau.field("Müügiarved"), bureau.field("Tunnid", "number")
    other = bureau.new_client("Tamm OÜ")
    for client, month, count, time in (
        (bureau.client, 9, "10", "1.1"), (bureau.client, 10, "20", "2.2"), (bureau.client, 11, "3", ""),
        (other, 11, "100", "0.1"),
    ):  # fmt: skip
        bureau.task(
            client_id=client.pk, title=f"{client.name} {month}", due_date=dt.date(2026, month, 20),
            values={str(sales.pk): count, str(hours.pk): time},
        )  # fmt: skip
    return sales, hours, other


def test_numbers_are_added_exactly(bureau, year):
    sales, hours, _other = year
    columns = report.chosen_columns(bureau.company, None)
    assert [each.key for each in columns][-2:] == [f"field:{sales.pk}", f"field:{hours.pk}"]
    totals = report.totals(found(bureau), columns)
    assert totals.count == 4
    assert totals.sums[f"field:{sales.pk}"] == 133
    assert str(totals.sums[f"field:{hours.pk}"]) == "3.4"  # 1.1 + 2.2 + 0.1, which floats do not make


@pytest.mark.parametrize(
    ("group_by", "expected"),
    [
        ("client", [("Kask OÜ", 3, 33), ("Tamm OÜ", 1, 100)]),
        ("month", [("2026-09", 1, 10), ("2026-10", 1, 20), ("2026-11", 2, 103)]),
        ("topic", [("", 4, 133)]),
        ("member", [("accountant@buroo.ee", 3, 33), ("omanik@buroo.ee", 1, 100)]),
    ],
)
def test_groups_have_their_own_sums(bureau, year, group_by, expected):
    key = f"field:{year[0].pk}"
    totals = report.totals(found(bureau), report.columns_of(bureau.company), group_by)
    assert [(each.label, each.count, each.sums[key]) for each in totals.groups] == expected
    assert sum(each.count for each in totals.groups) == totals.count


def test_filters_narrow(bureau, year):
    sales, hours, other = year
    topic = topics.create_topic(bureau.accountant, "Maksud")
    bureau.task(title="Muu", topic_id=topic.pk, due_date=dt.date(2026, 11, 5))
    assert titles(bureau, due_from=dt.date(2026, 11, 1), due_to=dt.date(2026, 11, 5)) == ["Muu"]
    assert titles(bureau, client_id=other.pk) == ["Tamm OÜ 11"]
    assert titles(bureau, topic_id=topic.pk) == ["Muu"]
    assert titles(bureau, member_id=bureau.user("owner").pk) == ["Tamm OÜ 11"]
    assert titles(bureau, values={str(sales.pk): "10..20"}) == ["Kask OÜ 10", "Kask OÜ 9"]
    assert titles(bureau, values={str(sales.pk): "3"}) == ["Kask OÜ 11"]
    assert titles(bureau, values={str(hours.pk): "1,1"}) == ["Kask OÜ 9"]
    assert titles(bureau, values={str(hours.pk): "2.."}) == ["Kask OÜ 10"]
    assert titles(bureau, status="done") == []
    assert len(titles(bureau, status="under_way", origin="hand")) == 5
    for wrong in ("palju", "..", "a..b"):
        with pytest.raises(ServiceError) as refused:
            found(bureau, values={str(sales.pk): wrong})
        assert refused.value.code == "REPORT_FILTER_NUMBER"
    with pytest.raises(ServiceError):
        found(bureau, due_from=dt.date(2026, 2, 1), due_to=dt.date(2026, 1, 1))


def test_fields_of_other_kinds_are_filtered_too(bureau):
    kind = bureau.field("Liik", "choice", choices=["Suur", "Väike"])
    ticked, text = bureau.field("Kontrollitud", "checkbox"), bureau.field("Märkus", "text")
    bureau.task(title="A", values={str(kind.pk): "Suur", str(ticked.pk): "1", str(text.pk): "Õunapuu aed"})
    bureau.task(title="B", values={str(kind.pk): "Väike"})
    assert titles(bureau, values={str(kind.pk): "Suur"}) == ["A"]
    assert titles(bureau, values={str(ticked.pk): "1"}) == ["A"]
    assert titles(bureau, values={str(ticked.pk): "0"}) == ["B"]
    assert titles(bureau, values={str(text.pk): "puu"}) == ["A"]


def test_time_is_summed_once_however_many_helpers_and_entries_there_are(bureau, clock):
    task = bureau.task(helper_ids=(bureau.user("admin").pk, bureau.user("owner").pk), estimate_minutes=100)
    for minutes, billable in ((50, True), (20, False)):
        time_entries.add_time(
            bureau.accountant, task, started_at=clock.now - dt.timedelta(minutes=minutes), ended_at=clock.now,
            is_billable=billable,
        )  # fmt: skip
    time_entries.start_timer(bureau.accountant, task)  # runs still: not counted yet
    sums = report.totals(found(bureau), report.columns_of(bureau.company)).sums
    assert [str(sums[key]) for key in ("estimate", "spent", "billable_spent")] == ["1.67", "1.17", "0.83"]


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_the_file_has_every_row_and_the_total(bureau, year, file_format):
    columns = report.chosen_columns(bureau.company, None)
    name, content = report.export(bureau.company, ReportFilter(), columns, file_format)
    table = read_table(name, content)
    assert table.headers == ("Client", "Title", "Deadline", "Status", "Assignee", "Time, h", "Müügiarved", "Tunnid")
    assert len(table.rows) == 5
    assert table.rows[0].cells[:3] == ("Kask OÜ", "Kask OÜ 9", "2026-09-20")
    last = table.rows[-1].cells
    assert (last[0], last[6], last[7].replace(",", ".")) == ("Total", "133", "3.4")
    name, content = report.export(bureau.company, ReportFilter(), columns, file_format, "client")
    cells = [row.cells for row in read_table(name, content).rows]
    assert [(row[0], row[1], row[3]) for row in cells] == [
        ("Kask OÜ", "3", "33"), ("Tamm OÜ", "1", "100"), ("Total", "4", "133"),
    ]  # fmt: skip


def test_columns_are_kept_for_each_person(bureau, year):
    report.keep_columns(bureau.company, bureau.user("accountant"), ["due_date", "client", "nonsense"])
    mine = report.chosen_columns(bureau.company, bureau.user("accountant"))
    assert [each.key for each in mine] == ["client", "due_date"]
    assert len(report.chosen_columns(bureau.company, bureau.user("admin"))) == 8
    report.keep_columns(bureau.company, bureau.user("accountant"), [])
    assert len(report.chosen_columns(bureau.company, bureau.user("accountant"))) == 8


def test_a_chart_has_a_bar_for_every_month_between(bureau):
    field = bureau.field("Müügiarved")
    for month, count in ((1, "5"), (4, "7")):
        bureau.task(due_date=dt.date(2026, month, 3), values={str(field.pk): count})
    bars = chart.bars(bureau.company, ReportFilter(), f"field:{field.pk}")
    assert [(bar.month.month, bar.value) for bar in bars] == [(1, 5), (2, 0), (3, 0), (4, 7)]
    drawn = chart.draw(bars, "Müügiarved & <b>").decode()
    assert drawn.startswith("<?xml")
    assert "<script" not in drawn
    assert "&lt;b&gt;" in drawn
    assert chart.bars(bureau.company, ReportFilter(text="puudub"), chart.TASKS) == []


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 12), st.decimals(0, 10**6, places=3, allow_nan=False)), max_size=8))
def test_groups_always_add_up_to_the_whole(bureau, counts):
    Task.objects.all().delete()
    field = bureau.company.custom_fields.first() or bureau.field("Tunnid", "number")
    for month, value in counts:
        bureau.task(due_date=dt.date(2026, month, 28), values={str(field.pk): str(value)})
    key = f"field:{field.pk}"
    for group_by in report.GROUPS:
        totals = report.totals(found(bureau), report.columns_of(bureau.company), group_by)
        assert totals.sums[key] == sum((value for _, value in counts), Decimal(0))
        assert sum((each.sums[key] for each in totals.groups), Decimal(0)) == totals.sums[key]
        assert totals.count == len(counts)


def test_texts_and_choices_are_found_whatever_their_letters(bureau):
    several = bureau.field("Laad", "choices", choices=["Käive", "Palk"])
    free = bureau.field("Märkus", "text")
    bureau.task(title="Õunakasvataja aruanne", values={str(several.pk): "Käive", str(free.pk): "Ülevaade"})
    bureau.task(title="Muu", values={str(several.pk): "Palk"})
    assert titles(bureau, text="õuna") == ["Õunakasvataja aruanne"]
    assert titles(bureau, values={str(several.pk): "Käive"}) == ["Õunakasvataja aruanne"]
    assert titles(bureau, values={str(free.pk): "ülevaade"}) == ["Õunakasvataja aruanne"]
    assert [each.title for each in lists.tasks(bureau.company, lists.TaskFilter(text="õunakas"))] == [
        "Õunakasvataja aruanne"
    ]
