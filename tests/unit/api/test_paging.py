"""Pages by key: stable while rows come and go, and quick where offsets are not."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.unit.api.firm import problem_of
from tests.unit.web_transfer import factories as make

from tilisilta.services import audit
from tilisilta.store.models import Connection, Document

pytestmark = pytest.mark.django_db


def walk(api, path, limit=2, between=None):
    """Return the ids of all rows, page by page; `between` acts after each page."""
    mark = "&" if "?" in path else "?"
    found, cursor = [], ""
    for _turn in range(200):
        body = api.get(f"{path}{mark}limit={limit}&cursor={cursor}").json()
        assert len(body["items"]) <= limit
        found += [row["id"] for row in body["items"]]
        cursor = body["next"]
        if cursor is None:
            return found
        if between:
            between(body["items"])
    raise AssertionError("the list does not end")


def _fill(firm, count=7):
    for index in range(count):
        shown = make.invoice(date=dt.date(2026, 1, 1 + index % 3))
        row = make.delivery(firm.flow, make.document(firm.integration.source, shown), state="problem")
        make.problem(row)
        make.event(row, "problem")
        make.run(firm.flow)
        make.connection(firm.company, "files", name=f"F{index}")
        audit.record(firm.actor, "connection.checked", f"S{index}")


LISTS = [
    "/connections",
    "/flows",
    "/runs",
    "/documents",
    "/documents?kind=customer",
    "/deliveries",
    "/problems",
    "/files",
    "/notices",
    "/audit-entries",
    "/matches",
    "/integrations",
]


@pytest.mark.parametrize("path", LISTS)
def test_pages_join_to_the_whole_list(firm, path):
    _fill(firm)
    api = firm.api()
    mark = "&" if "?" in path else "?"
    whole = [row["id"] for row in api.get(f"{path}{mark}limit=200").json()["items"]]
    assert whole
    assert len(set(whole)) == len(whole)
    for limit in (1, 2, 3):
        assert walk(api, path, limit) == whole


def test_new_rows_neither_repeat_nor_push_out_old_ones(firm):
    _fill(firm, 9)
    api = firm.api()
    whole = [row["id"] for row in api.get("/documents?limit=200").json()["items"]]

    def insert(_items):
        make.document(firm.integration.source, make.invoice(date=dt.date(2026, 1, 1)))
        make.document(firm.integration.source, make.invoice(date=dt.date(2026, 2, 1)))

    found = walk(api, "/documents", 2, insert)
    assert len(set(found)) == len(found)
    assert [each for each in found if each in whole] == whole


def test_removed_rows_take_no_others_with_them(firm):
    _fill(firm, 9)
    api = firm.api()
    whole = walk(api, "/connections", 3)
    gone = []

    def remove(items):
        last = items[-1]["id"]
        if Connection.objects.filter(pk=last, name__startswith="F").delete()[0]:
            gone.append(last)

    assert walk(api, "/connections", 3, remove) == whole
    assert gone


def test_rows_at_hand_go_on_where_the_last_one_stood(firm):
    api = firm.api()
    address = f"/connections/{firm.ids['target_id']}/catalogues/vat_codes"
    whole = [row["key"] for row in api.get(address).json()["items"]]
    first = api.get(f"{address}?limit=2").json()
    second = api.get(f"{address}?limit=200&cursor={first['next']}").json()
    assert [row["key"] for row in first["items"] + second["items"]] == whole
    assert second["next"] is None


@pytest.mark.parametrize("limit", ["0", "-1", "201", "x", "1.5", ""])
def test_pages_have_a_limit(firm, limit):
    body = problem_of(firm.api().get(f"/runs?limit={limit}"), 422, "VALIDATION_FAILED")
    assert body["errors"][0]["field"] == "query.limit"


@pytest.mark.parametrize("path", [*LISTS, "/problem-groups"])
@pytest.mark.parametrize("cursor", ["x", "AAAA", "bnVsbA", "WyJydW4iXQ", "%00", "ü", "a" * 2000, "1", "=" * 9])
def test_cursors_that_are_none(firm, path, cursor):
    mark = "&" if "?" in path else "?"
    response = firm.api().get(f"{path}{mark}cursor={cursor}")
    assert problem_of(response, 422)["code"] in {"CURSOR_INVALID", "CHARACTER_NOT_ALLOWED"}


def test_a_cursor_belongs_to_its_list(firm):
    _fill(firm, 3)
    api = firm.api()
    cursor = api.get("/deliveries?limit=1").json()["next"]
    problem_of(api.get(f"/problems?cursor={cursor}"), 422, "CURSOR_INVALID")
    problem_of(api.get(f"/runs?cursor={cursor}"), 422, "CURSOR_INVALID")


def test_a_strangers_cursor_shows_nothing_of_theirs(firm, other):
    _fill(firm, 3)
    cursor = firm.api().get("/deliveries?limit=1").json()["next"]
    mine = {row["id"] for row in firm.api().get("/deliveries?limit=200").json()["items"]}
    theirs = {row["id"] for row in other.api().get(f"/deliveries?limit=200&cursor={cursor}").json()["items"]}
    assert not mine & theirs


@pytest.mark.parametrize("path", LISTS)
def test_a_page_costs_the_same_queries_whatever_its_length(firm, path):
    api = firm.api()
    api.get(path)
    with CaptureQueriesContext(
        connection,
    ) as few:
        api.get(path)
    _fill(firm, 12)
    with CaptureQueriesContext(connection) as many:
        assert len(api.get(f"{path}{'&' if '?' in path else '?'}limit=200").json()["items"]) > 0
    assert len(many) <= len(few)


def test_no_page_counts_or_passes_over_rows(firm):
    _fill(firm, 5)
    api = firm.api()
    for path in LISTS:
        cursor = api.get(f"{path}{'&' if '?' in path else '?'}limit=1").json()["next"]
        with CaptureQueriesContext(connection) as asked:
            api.get(f"{path}{'&' if '?' in path else '?'}limit=1&cursor={cursor or ''}")
        for query in asked:
            assert "OFFSET" not in query["sql"], (path, query["sql"])
            if path != "/connections":  # shows how many integrations stand on each
                assert "COUNT(" not in query["sql"], (path, query["sql"])


def test_a_late_page_of_many_documents_uses_the_index(firm):
    for index in range(30):
        make.document(firm.integration.source, make.invoice(date=dt.date(2026, 1, 1 + index)))
    cursor = firm.api().get("/documents?limit=20").json()["next"]
    with CaptureQueriesContext(connection) as asked:
        assert firm.api().get(f"/documents?limit=5&cursor={cursor}").json()["items"]
    listing = next(
        query["sql"] for query in asked if 'FROM "store_document"' in query["sql"] and "LIMIT 6" in query["sql"]
    )
    if connection.vendor != "sqlite":
        pytest.skip("the plan is read in SQLite's words")
    with connection.cursor() as db:
        db.execute(f"EXPLAIN QUERY PLAN {listing}")
        plan = " ".join(str(row[-1]) for row in db.fetchall())
    assert "document_list_all" in plan
    assert "USE TEMP B-TREE FOR ORDER BY" not in plan
    assert Document.objects.count() > 30
