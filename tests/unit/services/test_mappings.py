import io
from decimal import Decimal

import openpyxl
import pytest
from tests.unit.web_tables.factories import VAT_CODES, make_shop, set_list, vat_problem

from tilisilta.core.documents import Direction
from tilisilta.core.mapping.tables import MappingTable, MappingTables, UsedKey
from tilisilta.core.problems import problem
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.ports import CatalogueEntry, CatalogueKind
from tilisilta.services import mapping_files, mappings, staging
from tilisilta.services.access import Forbidden
from tilisilta.services.errors import ServiceError
from tilisilta.services.staging import RowStatus
from tilisilta.services.tables import read_table, write_csv
from tilisilta.store.models import AuditEntry, DeliveryState, MappingRow, Run, RunMode, StagedTable

VAT = MappingTable.VAT_CODES
pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return make_shop()


def used(key="5", rate="24", direction=Direction.SALES, **more):
    return UsedKey(table=VAT, source_key=key, direction=direction, vat_rate=Decimal(rate), label=f"{rate} %", **more)


def fill(shop, *, key="5", rate="24", direction="sales", target="M24", role="accountant"):
    return mappings.save(shop.actor(role), shop.integration, VAT, {f"{direction}|{rate}|{key}": target})


# --- what the engine asks ----------------------------------------------------------------------------------


def test_missing_keys_are_noted_once_and_never_over_a_filled_row(shop):
    keys = [used(), used(direction=Direction.PURCHASE), used("rate:9", "9")]
    assert mappings.note_missing(shop.integration, keys) == 3
    assert mappings.note_missing(shop.integration, keys) == 0
    fill(shop)
    assert mappings.note_missing(shop.integration, keys) == 0
    assert MappingRow.objects.get(source_key="5", direction="sales").target_key == "M24"
    assert MappingRow.objects.count() == 3


def test_a_code_whose_rate_changed_needs_a_row_of_its_own(shop):
    mappings.note_missing(shop.integration, [used("5", "22")])
    fill(shop, rate="22", target="M9")
    assert mappings.note_missing(shop.integration, [used("5", "24")]) == 1
    tables = mappings.load_tables(shop.integration)
    assert tables.vat_code("5", Decimal(22), Direction.SALES) == "M9"
    assert tables.vat_code("5", Decimal("24.00"), Direction.SALES) is None


def test_tables_hold_only_what_a_person_chose(shop):
    mappings.note_missing(shop.integration, [used()])
    assert len(mappings.load_tables(shop.integration)) == 0
    fill(shop)
    tables = mappings.load_tables(shop.integration)
    assert isinstance(tables, MappingTables)
    assert tables.vat_code("5", Decimal(24), Direction.SALES) == "M24"
    assert tables.vat_code("5", Decimal(24), Direction.PURCHASE) is None


def test_items_are_matched_and_never_noted(shop):
    key = UsedKey(table=MappingTable.ITEMS, source_key="12")
    assert mappings.note_missing(shop.integration, [key]) == 0


def test_an_account_means_the_same_on_both_sides(shop):
    keys = [UsedKey(table=MappingTable.ACCOUNTS, source_key="4000", direction=side) for side in Direction]
    assert mappings.note_missing(shop.integration, keys) == 1


# --- lines -------------------------------------------------------------------------------------------------


def test_missing_lines_come_first_then_filled_then_unused(shop):
    mappings.note_missing(shop.integration, [used("7", "9"), used("8", "13")])
    fill(shop)
    for _ in range(2):
        shop.waiting(vat_problem("8", "13"))
    targets = mappings.choices(shop.target, VAT)
    lines = mappings.lines(shop.integration, VAT, targets=targets)
    assert [(line.source_key, line.direction, line.waiting) for line in lines] == [
        ("8", "sales", 2),
        ("7", "sales", 0),
        ("5", "sales", 0),
        ("6", "sales", 0),
        ("5", "purchase", 0),
    ]
    assert [line.is_used for line in lines] == [True, True, True, False, False]
    only = mappings.lines(shop.integration, VAT, only_missing=True, targets=targets)
    assert [line.source_key for line in only] == ["8", "7"]


def test_a_suggestion_needs_exactly_one_active_code_of_the_rate_on_that_side(shop):
    mappings.note_missing(
        shop.integration,
        [
            used("a", "24"),
            used("b", "24", Direction.PURCHASE),
            used("c", "13"),  # two codes
            used("d", "20"),  # switched off
            used("e", "9", Direction.PURCHASE),  # only for sales
            used("f", "24", treatment=VatTreatment.REVERSE_CHARGE),
            used("g", "5"),
        ],
    )
    lines = mappings.lines(shop.integration, VAT, targets=mappings.choices(shop.target, VAT))
    suggested = {line.source_key: line.suggestion.key for line in lines if line.suggestion and line.is_used}
    assert suggested == {"a": "M24", "b": "O24"}
    assert not MappingRow.objects.exclude(target_key="").exists(), "a suggestion is never applied by itself"


def test_a_chosen_code_that_the_target_dropped_is_shown_as_gone(shop):
    fill(shop)
    set_list(shop.target, CatalogueKind.VAT_CODES, VAT_CODES[1:])
    line = mappings.lines(shop.integration, VAT, targets=mappings.choices(shop.target, VAT))[0]
    assert (line.source_key, line.is_gone) == ("5", True)


def test_search_looks_at_keys_and_names(shop):
    mappings.note_missing(shop.integration, [used("7", "9"), used("8", "13")])
    assert [line.source_key for line in mappings.lines(shop.integration, VAT, text="13")] == ["8", "6"]


# --- saving ------------------------------------------------------------------------------------------------


def test_saving_solves_what_waited_and_sends_it(shop):
    mappings.note_missing(shop.integration, [used()])
    first, second = shop.waiting(vat_problem()), shop.waiting(vat_problem())
    other_side = shop.waiting(vat_problem(direction="purchase"))
    other_rate = shop.waiting(vat_problem(rate="22"))
    held_twice = shop.waiting(vat_problem(), vat_problem("9", "9"))
    saved = fill(shop)
    assert (saved.saved, saved.released) == (1, 2)
    for delivery in (first, second, other_side, other_rate, held_twice):
        delivery.refresh_from_db()
    assert [first.state, second.state] == [DeliveryState.READY] * 2
    assert [other_side.state, other_rate.state, held_twice.state] == [DeliveryState.PROBLEM] * 3
    assert held_twice.problems.filter(solved_at=None).count() == 1
    assert first.problems.get().solved_by == shop.people["accountant"]
    run = Run.objects.get()
    assert (run.mode, run.selection) == (RunMode.RESEND, [first.pk, second.pk])
    entry = AuditEntry.objects.get(action="mapping.updated")
    assert entry.details["rows"] == ["sales|24|5 = M24"]


@pytest.mark.parametrize(
    ("target", "direction", "code"),
    [
        ("XX", "sales", "MAPPING_TARGET_UNKNOWN"),
        ("M20", "sales", "MAPPING_TARGET_UNKNOWN"),
        ("O24", "sales", "MAPPING_TARGET_WRONG_SIDE"),
        ("M24", "purchase", "MAPPING_TARGET_WRONG_SIDE"),
    ],
)
def test_only_the_targets_own_usable_codes_are_taken(shop, target, direction, code):
    with pytest.raises(ServiceError) as caught:
        fill(shop, direction=direction, target=target)
    assert caught.value.code == code
    assert not MappingRow.objects.exists()


@pytest.mark.parametrize("ref", ["", "5", "up|24|5", "sales|x|5", "sales|24|"])
def test_a_made_up_line_is_refused(shop, ref):
    with pytest.raises(ServiceError):
        mappings.save(shop.actor(), shop.integration, VAT, {ref: "M24"})


def test_an_emptied_choice_is_taken_back(shop):
    fill(shop)
    assert fill(shop, target="").cleared == 1
    assert len(mappings.load_tables(shop.integration)) == 0


def test_a_viewer_may_not_save(shop):
    with pytest.raises(Forbidden):
        fill(shop, role="viewer")


def test_dimensions_and_accounts_find_their_problems(shop):
    set_list(shop.target, CatalogueKind.DIMENSIONS, (CatalogueEntry(key="P1", label="Projekt"),))
    set_list(shop.target, CatalogueKind.ACCOUNTS, (CatalogueEntry(key="3000", label="Müük"),))
    dimension = shop.waiting(problem("DIMENSION_UNMAPPED", axis="project", key="7", label="Maja"))
    account = shop.waiting(problem("ACCOUNT_UNMAPPED", account="4000", direction="sales"))
    mappings.save(shop.actor(), shop.integration, MappingTable.DIMENSIONS, {"||project:7": "P1"})
    mappings.save(shop.actor(), shop.integration, MappingTable.ACCOUNTS, {"||4000": "3000"})
    for delivery in (dimension, account):
        delivery.refresh_from_db()
        assert delivery.state == DeliveryState.READY


# --- files -------------------------------------------------------------------------------------------------


def stage(shop, headers, *rows, name="kood.csv"):
    content = write_csv(headers, rows)
    return mapping_files.stage_file(shop.actor(), shop.integration, VAT, name=name, content=content)


HEADERS = ["Source key", "Side", "VAT rate", "Target key"]


def test_a_file_goes_out_filled_in_and_comes_back(shop):
    mappings.note_missing(shop.integration, [used(), used("7", "9")])
    fill(shop)
    for file_format in ("csv", "xlsx"):
        name, content = mapping_files.export(shop.integration, VAT, file_format)
        assert name == f"vat_codes-{shop.integration.pk}.{file_format}"
        staged = mapping_files.stage_file(shop.actor(), shop.integration, VAT, name=name, content=content)
        statuses = {(row.key, row.direction): row.status for row in staging.staged_rows(staged)}
        assert statuses["5", "sales"] == RowStatus.UNCHANGED
        assert statuses["7", "sales"] == RowStatus.EMPTY
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.active["D2"].value in {9, 24}


def test_headers_of_other_languages_are_read(shop):
    staged = stage(
        shop, ["Sihtsüsteemi tunnus", "Allika tunnus", "Suund", "Käibemaksumäär"], ["M24", "5", "müük", "24%"]
    )
    row = staging.staged_rows(staged)[0]
    assert (row.status, row.target, row.direction, row.vat_rate) == (RowStatus.NEW, "M24", "sales", "24")


def test_each_row_says_what_it_would_do_and_nothing_is_saved_before(shop):
    fill(shop, key="9", rate="9", target="M9")
    staged = stage(
        shop,
        HEADERS,
        ["5", "sales", "24", "M24"],
        ["9", "sales", "9", "M13"],
        ["6", "sales", "13", "XX"],
        ["8", "sales", "24", "O24"],
        ["5", "sales", "24", "M9"],
        ["7", "sideways", "24", "M24"],
        ["7", "sales", "many", "M24"],
        ["", "sales", "24", "M24"],
        ["4", "sales", "24", ""],
    )
    rows = staging.staged_rows(staged)
    assert [row.status.value for row in rows] == [
        "new",
        "changed",
        "unknown_target",
        "wrong_side",
        "duplicate",
        "unreadable",
        "unreadable",
        "unreadable",
        "empty",
    ]
    assert (rows[1].old, rows[1].target, rows[4].detail) == ("M9", "M13", "2")
    assert MappingRow.objects.exclude(target_key="").count() == 1


def test_confirming_overwrites_and_releases(shop):
    fill(shop, key="9", rate="9", target="M9")
    delivery = shop.waiting(vat_problem())
    staged = stage(shop, HEADERS, ["5", "sales", "24", "M24"], ["9", "sales", "9", "M13"], ["6", "sales", "13", "XX"])
    counts, released = mapping_files.confirm(shop.actor(), shop.integration, staged)
    assert (counts, released) == ({"saved": 2, "unknown_target": 1}, 1)
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.READY
    assert MappingRow.objects.get(source_key="9").target_key == "M13"
    assert AuditEntry.objects.filter(action="mapping.imported").count() == 1
    with pytest.raises(ServiceError) as caught:
        mapping_files.confirm(shop.actor(), shop.integration, staged)
    assert caught.value.code == "STAGED_GONE"


def test_a_row_changed_meanwhile_is_left_out(shop):
    staged = stage(shop, HEADERS, ["5", "sales", "24", "M24"], ["6", "sales", "13", "M13"])
    fill(shop, target="M9")
    counts, _released = mapping_files.confirm(shop.actor(), shop.integration, staged)
    assert counts == {"moved_on": 1, "saved": 1}
    assert MappingRow.objects.get(source_key="5").target_key == "M9"


def test_an_old_comparison_is_refused(shop):
    staged = stage(shop, HEADERS, ["5", "sales", "24", "M24"])
    StagedTable.objects.filter(pk=staged.pk).update(created_at=staged.created_at - staging.MAX_AGE * 2)
    with pytest.raises(ServiceError) as caught:
        mapping_files.confirm(shop.actor(), shop.integration, staged)
    assert caught.value.code == "STAGED_GONE"


def test_a_file_of_another_shape_names_its_columns(shop):
    with pytest.raises(ServiceError) as caught:
        stage(shop, ["Nimi", "Hind"], ["x", "1"])
    assert caught.value.code == "FILE_COLUMNS_MISSING"


def test_rows_of_other_companies_are_not_found(shop):
    other = make_shop("Võõras AS", "vooras.example")
    staged = stage(shop, HEADERS, ["5", "sales", "24", "M24"])
    with pytest.raises(StagedTable.DoesNotExist):
        staging.find_staged(other.actor(), other.integration, staged.pk, mapping_files.SUBJECT)


def test_a_formula_in_a_name_is_defused_and_comes_back(shop):
    MappingRow.objects.create(
        company=shop.company,
        integration=shop.integration,
        table=VAT,
        source_key="=HYPERLINK(1)",
        direction="sales",
        target_key="",
    )
    _name, content = mapping_files.export(shop.integration, VAT, "csv")
    assert b"\n=" not in content
    assert b'"=' not in content
    assert "=HYPERLINK(1)" in [row.cells[0] for row in read_table("x.csv", content).rows]
