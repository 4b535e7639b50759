"""What an integration lets through, whoever asks: what was begun since a moment, with listed codes only."""

import datetime as dt
from dataclasses import replace

import msgspec
import pytest
from tests.unit.engine.conftest import invoice

from tilisilta.core.documents import Direction, invoice_kind
from tilisilta.core.mapping.tables import MappingEntry, MappingTable, MappingTables
from tilisilta.engine.stage import ONLY_LISTED, ONLY_SINCE, map_work
from tilisilta.engine.work import Work, delivery_key

SINCE = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
LISTED = MappingTables(
    [
        MappingEntry(table=MappingTable.ITEMS, source_key="code:T", target_key="T"),
        MappingEntry(table=MappingTable.VAT_CODES, source_key="rate:24", target_key="v24"),
    ]
)


def mapped(ctx, state="", **fields) -> Work:
    document = invoice(**fields)
    kind = invoice_kind(document)
    work = Work(
        kind=kind, source_id="1", document=document, delivery_id=1 if state else 0, state=state,
        key=delivery_key("salt", kind, "1"), attempt=0, version_hash="", problems=(),
    )  # fmt: skip
    map_work(ctx, work)
    return work


@pytest.mark.parametrize("state", ["", "ready", "problem", "skipped"])
@pytest.mark.parametrize(
    ("begun", "entered", "reason"),
    [
        ("2026-05-01T11:59:59+00:00", "2026-05-20T09:00:00+00:00", "BEFORE_CUT_OVER"),  # an older draft, issued later
        ("2026-05-01T12:00:00.000001+00:00", "2026-05-20T09:00:00+00:00", ""),
        ("", "2026-04-30T09:00:00+00:00", "BEFORE_CUT_OVER"),  # a source that tells one moment only
        ("", "2026-05-01T12:00:01+00:00", ""),
    ],
)
def test_what_was_begun_earlier_goes_by_no_way(ctx, state, begun, entered, reason):
    ctx = replace(ctx, integration_settings={ONLY_SINCE: SINCE.isoformat()})
    assert mapped(ctx, state, begun_at=begun, created_at=entered).skip_reason == reason


def test_without_the_rule_a_person_may_bring_what_is_older(ctx):
    assert mapped(ctx, begun_at="2025-01-01T00:00:00+00:00").skip_reason == ""


def names(work: Work) -> list[str]:
    return [each.params["name"] for each in work.problems if each.code == "NOT_AMONG_CLASSIFIERS"]


def test_only_listed_codes_go_whatever_falls_back(ctx):
    settings = msgspec.structs.replace(ctx.settings, fallback_item="A/0")
    ctx = replace(ctx, tables=LISTED, settings=settings, integration_settings={ONLY_LISTED: True})
    own = invoice().lines[0]
    assert names(mapped(ctx)) == []
    other = mapped(ctx, lines=(msgspec.structs.replace(own, item_code="OMA", item_name="Muu"),))
    assert (names(other), other.draft) == (["OMA Muu"], None)
    bare = mapped(ctx, lines=(msgspec.structs.replace(own, item_code="", item_name="", description="Käsitsi"),))
    assert names(bare) == ["käsitsi"]
    assert names(mapped(ctx, lines=(msgspec.structs.replace(own, item_code="", item_name=""),))) == ["–"]
    assert names(mapped(ctx, lines=(msgspec.structs.replace(own, item_code=""),))) == ["Töö"]
    assert (
        names(mapped(ctx, direction=Direction.PURCHASE, lines=(msgspec.structs.replace(own, item_code="OMA"),))) == []
    )
    free = replace(ctx, integration_settings={ONLY_LISTED: False})
    assert names(mapped(free, lines=(msgspec.structs.replace(own, item_code="OMA"),))) == []
