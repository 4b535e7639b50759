import datetime as dt

import pytest
from tests.unit.web_tables.factories import make_shop, not_bound

from tilisilta.core.documents import DocumentKind, Item, Party
from tilisilta.core.problems import problem
from tilisilta.engine.directory import ListedRow, save_list
from tilisilta.services import id_map, id_map_assist, id_map_files, source_ids, staging
from tilisilta.services.access import Forbidden
from tilisilta.services.errors import ServiceError
from tilisilta.services.tables import read_table, write_csv, write_xlsx
from tilisilta.store.models import AuditEntry, Binding, BindingOrigin, DeliveryState, StagedTable

CUSTOMER, SUPPLIER, ITEM = DocumentKind.CUSTOMER, DocumentKind.SUPPLIER, DocumentKind.ITEM
HEADERS = ["ID", "Nimi", "Registrikood", "Liidetud teenus", "Liidetud teenuse ID"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(monkeypatch):
    """The source, which answers with these names by kind; None while it cannot be asked."""
    answer = {"names": None, "ids": []}

    def ask(connection, kind, ids):
        answer["ids"] += ids
        return answer["names"]

    monkeypatch.setattr(source_ids, "ask_source", ask)
    return answer


@pytest.fixture
def shop(asked):
    return make_shop()


def stage(shop, *rows, headers=HEADERS, kind=CUSTOMER, name="kliendid.csv"):
    content = write_csv(headers, rows) if name.endswith("csv") else write_xlsx(headers, rows, title="x")
    return id_map_files.stage_file(shop.actor(), shop.integration, kind, name=name, content=content)


def statuses(staged):
    return [row.status.value for row in staging.staged_rows(staged)]


def ties():
    return {(row.kind, row.source_id): row.target_id for row in Binding.objects.all()}


# --- out ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_the_list_goes_out_in_the_vendors_own_columns(shop, file_format):
    shop.tie(CUSTOMER, "501", "c2")
    shop.tie(CUSTOMER, "502", "c2")
    name, content = id_map.export(shop.integration, CUSTOMER, file_format)
    table = read_table(name, content)
    assert name == f"customers-SC.{file_format}"
    assert table.headers == (
        *("ID", "Nimi", "Registrikood", "KMKR number", "E-post"),
        *("Liidetud teenus", "Liidetud teenuse ID"),
    )
    rows = [row.cells for row in table.rows]
    assert rows[0][:3] == ("c1", "Õunapuu OÜ", "12345678")
    assert [row[-2:] for row in rows if row[0] == "c2"] == [("SC", "501"), ("SC", "502")]
    assert [row[0] for row in rows] == ["c1", "c2", "c2", "c3", "c4"]


def test_items_go_out_by_code(shop):
    _name, content = id_map.export(shop.integration, ITEM, "csv")
    table = read_table("x.csv", content)
    assert table.headers[:4] == ("ID", "Kood", "Nimetus", "Ühik")
    assert table.rows[1].cells[:3] == ("a2", "001", "Kruvi")


# --- in ----------------------------------------------------------------------------------------------------


def test_each_row_says_what_it_would_do(shop):
    shop.tie(CUSTOMER, "500", "c1")
    shop.tie(CUSTOMER, "501", "c2")
    staged = stage(
        shop,
        ["c1", "Õunapuu OÜ", "12345678", "SC", "500"],
        ["c2", "Kase", "10000001", "SC", "777"],
        ["c3", "Šokolaad", "", "sc", "503"],
        ["c9", "Keegi", "", "SC", "504"],
        ["c4", "Liis", "", "XX", "505"],
        ["c4", "Liis", "", "", "506"],
        ["c4", "Liis", "", "SC", ""],
        ["c4", "Liis", "", "", ""],
    )
    rows = staging.staged_rows(staged)
    assert [row.status.value for row in rows] == [
        "unchanged",
        "changed",
        "new",
        "unknown_target",
        "wrong_service",
        "wrong_service",
        "empty",
        "empty",
    ]
    assert rows[1].detail == "in place of 501"
    assert rows[4].detail == "“Liidetud teenus” is XX, not SC"
    assert ties() == {("customer", "500"): "c1", ("customer", "501"): "c2"}, "nothing is saved before it is confirmed"


def test_confirming_overwrites_and_is_written_down(shop):
    shop.tie(CUSTOMER, "500", "c1")
    shop.tie(CUSTOMER, "501", "c2")
    staged = stage(
        shop,
        ["c1", "", "", "SC", "600"],
        ["c2", "", "", "SC", "501"],
        ["c3", "", "", "SC", "500"],
        ["c9", "", "", "SC", "7"],
    )
    assert statuses(staged) == ["changed", "unchanged", "changed", "unknown_target"]
    counts, _released = id_map_files.confirm(shop.actor(), shop.integration, staged)
    assert counts == {"saved": 2, "unchanged": 1, "unknown_target": 1}
    assert ties() == {("customer", "600"): "c1", ("customer", "501"): "c2", ("customer", "500"): "c3"}
    assert Binding.objects.get(source_id="600").origin == BindingOrigin.IMPORTED
    entry = AuditEntry.objects.get(action="id_map.imported")
    assert entry.details["rows"] == ["600 = c1", "500 = c3 (was c1)"]
    assert staging.staged_rows(StagedTable.objects.get())[0].status.value == "saved"


def test_an_id_that_a_file_gives_away_is_untied(shop):
    shop.tie(CUSTOMER, "501", "c2")
    staged = stage(shop, ["c2", "", "", "SC", "777"])
    id_map_files.confirm(shop.actor(), shop.integration, staged)
    assert ties() == {("customer", "777"): "c2"}


def test_blank_cells_take_nothing_away(shop):
    shop.tie(CUSTOMER, "500", "c1")
    staged = stage(shop, ["c1", "", "", "", ""], ["c2", "", "", "SC", "501"])
    id_map_files.confirm(shop.actor(), shop.integration, staged)
    assert ties() == {("customer", "500"): "c1", ("customer", "501"): "c2"}


def test_what_was_bound_meanwhile_is_left(shop):
    staged = stage(shop, ["c1", "", "", "SC", "500"], ["c2", "", "", "SC", "501"])
    shop.tie(CUSTOMER, "500", "c4")
    counts, _released = id_map_files.confirm(shop.actor(), shop.integration, staged)
    assert counts == {"moved_on": 1, "saved": 1}
    assert ties()["customer", "500"] == "c4"


def test_two_confirmations_save_once(shop):
    staged = stage(shop, ["c1", "", "", "SC", "500"])
    id_map_files.confirm(shop.actor(), shop.integration, StagedTable.objects.get())
    with pytest.raises(ServiceError) as caught:
        id_map_files.confirm(shop.actor(), shop.integration, staged)
    assert caught.value.code == "STAGED_GONE"
    assert AuditEntry.objects.filter(action="id_map.imported").count() == 1


def test_one_id_on_two_rows_is_refused_on_both(shop):
    staged = stage(shop, ["c1", "", "", "SC", "500"], ["c2", "", "", "SC", "500"], ["c3", "", "", "SC", "501"])
    assert statuses(staged) == ["duplicate", "duplicate", "new"]


def test_rows_are_found_by_code_registry_code_or_name_where_the_file_has_no_id(shop):
    headers = ["Muu veerg", "Nimi", "Registrikood", "Liidetud teenuse ID", "Liidetud teenus"]
    staged = stage(
        shop,
        ["x", "midagi muud", "10000001", "501", "SC"],
        ["y", "liis  LEPP", "", "502", "SC"],
        ["z", "Tundmatu", "", "503", "SC"],
        headers=headers,
    )
    assert [row.target for row in staging.staged_rows(staged)][:2] == ["c2", "c4"]
    assert statuses(staged) == ["new", "new", "unknown_target"]
    items = stage(
        shop, ["001", "", "SC", "9"], headers=["Kood", "Nimetus", "Liidetud teenus", "Liidetud teenuse ID"], kind=ITEM
    )
    assert staging.staged_rows(items)[0].target == "a2"


def test_a_name_that_fits_two_rows_is_not_guessed(shop):
    save_list(
        shop.target.pk, CUSTOMER, [ListedRow(target_id="c1", name="Sama"), ListedRow(target_id="c2", name="sama")]
    )
    staged = stage(shop, ["Sama", "SC", "5"], headers=["Nimi", "Liidetud teenus", "Liidetud teenuse ID"])
    assert statuses(staged) == ["ambiguous_target"]


# --- the kind (S41) ----------------------------------------------------------------------------------------


def test_an_items_id_among_customers_is_refused(shop):
    shop.known(ITEM, Item(source_id="77", name="Kruvi"))
    shop.known(CUSTOMER, Party(source_id="501", name="Kase"))
    staged = stage(shop, ["c1", "", "", "SC", "77"], ["c2", "", "", "SC", "501"])
    rows = staging.staged_rows(staged)
    assert [row.status.value for row in rows] == ["wrong_kind", "new"]
    assert (rows[0].detail, rows[1].label, rows[1].detail) == ("Items", "Kase", "")
    id_map_files.confirm(shop.actor(), shop.integration, staged)
    assert ties() == {("customer", "501"): "c2"}


def test_a_customers_id_among_items_is_refused(shop):
    shop.known(SUPPLIER, Party(source_id="501", name="Kase"))
    staged = stage(
        shop,
        ["a1", "SC", "501"],
        headers=["ID", "Liidetud teenus", "Liidetud teenuse ID"],
        kind=ITEM,
        name="tooted.xlsx",
    )
    assert statuses(staged) == ["wrong_kind"]


def test_the_source_is_asked_about_ids_that_nothing_tells_of(shop, asked):
    asked["names"] = {CUSTOMER: {"501": "Kase"}, ITEM: {"77": "Kruvi"}}
    staged = stage(shop, ["c1", "", "", "SC", "77"], ["c2", "", "", "SC", "501"], ["c3", "", "", "SC", "999"])
    assert statuses(staged) == ["wrong_kind", "new", "unknown_source"]
    assert asked["ids"] == ["501", "77", "999"]


def test_while_the_source_cannot_be_asked_a_new_id_is_taken_and_said_so(shop):
    staged = stage(shop, ["c1", "", "", "SC", "77"])
    row = staging.staged_rows(staged)[0]
    assert (row.status.value, row.detail) == ("new", "not seen at the source yet")


def test_a_number_that_is_a_customer_and_an_item_is_taken(shop):
    shop.known(ITEM, Item(source_id="77", name="Kruvi"))
    shop.known(SUPPLIER, Party(source_id="77", name="Kase"))
    assert statuses(stage(shop, ["c1", "", "", "SC", "77"])) == ["new"]


def test_a_whole_list_of_another_kind_is_refused(shop):
    headers = ["ID", "Nimi", "Liidetud teenus", "Liidetud teenuse ID"]
    with pytest.raises(ServiceError) as caught:
        stage(shop, ["a1", "x", "SC", "1"], ["a2", "y", "SC", "2"], headers=headers)
    assert str(caught.value) == "kliendid.csv: this looks like a list of Items, not of Customers."


def test_a_file_without_the_two_columns_is_refused(shop):
    with pytest.raises(ServiceError) as caught:
        stage(shop, ["c1", "x"], headers=["ID", "Nimi"])
    assert caught.value.params["columns"] == "Liidetud teenus, Liidetud teenuse ID"
    with pytest.raises(ServiceError) as caught:
        stage(shop, ["SC", "5"], headers=["Liidetud teenus", "Liidetud teenuse ID"])
    assert caught.value.params["columns"] == "ID, Nimi"


# --- what follows ------------------------------------------------------------------------------------------


def test_a_tied_customer_lets_its_documents_go(shop):
    waiting, other = shop.waiting(not_bound("500")), shop.waiting(not_bound("900"))
    supplier = shop.waiting(not_bound("500", "supplier"))
    item = shop.waiting(problem("ITEM_NOT_BOUND", key="500"))
    staged = stage(shop, ["c1", "", "", "SC", "500"])
    _counts, released = id_map_files.confirm(shop.actor(), shop.integration, staged)
    assert released == 1
    for each in (waiting, other, supplier, item):
        each.refresh_from_db()
    assert [each.state for each in (waiting, other, supplier, item)] == [
        DeliveryState.READY,
        *[DeliveryState.PROBLEM] * 3,
    ]


def test_tying_and_untying_one(shop):
    id_map.tie_one(shop.actor(), shop.integration, CUSTOMER, source_id=" 500 ", target_id="c1")
    assert ties() == {("customer", "500"): "c1"}
    id_map.remove(shop.actor(), shop.integration, CUSTOMER, "500")
    assert ties() == {}
    assert [each.action for each in AuditEntry.objects.order_by("pk")] == ["id_map.updated", "id_map.removed"]
    for source_id, target_id in (("5", "c99"), ("", "c1")):
        with pytest.raises(ServiceError):
            id_map.tie_one(shop.actor(), shop.integration, CUSTOMER, source_id=source_id, target_id=target_id)
    with pytest.raises(ServiceError):
        id_map.remove(shop.actor(), shop.integration, CUSTOMER, "500")


def test_what_a_transfer_created_is_not_untied(shop):
    shop.tie(CUSTOMER, "500", "c1", origin=BindingOrigin.SENT)
    with pytest.raises(ServiceError) as caught:
        id_map.remove(shop.actor(), shop.integration, CUSTOMER, "500")
    assert caught.value.code == "BINDING_SENT"


def test_the_page_shows_ties_and_what_the_target_lost(shop):
    shop.tie(CUSTOMER, "500", "c1", source_label="Õunapuu")
    shop.tie(CUSTOMER, "501", "gone")
    page = id_map.page(shop.integration, CUSTOMER)
    assert (page.total, page.tied, page.free) == (4, 1, 3)
    assert (page.gone, page.newer) == ((), 1), "tied after the list was read, which cannot hold it then"
    Binding.objects.filter(target_id="gone").update(created_at=page.read_at - dt.timedelta(days=1))
    page = id_map.page(shop.integration, CUSTOMER)
    assert ([tie.target_id for tie in page.gone], page.newer) == (["gone"], 0)
    assert [row.listed.target_id for row in id_map.page(shop.integration, CUSTOMER, show="tied").rows] == ["c1"]
    assert [row.listed.target_id for row in id_map.page(shop.integration, CUSTOMER, text="kase AS").rows] == ["c2"]
    assert [row.listed.target_id for row in id_map.page(shop.integration, CUSTOMER, offset=3).rows] == ["c4"]
    assert id_map.search(shop.integration, CUSTOMER, "  ") == []


def test_a_viewer_changes_nothing(shop):
    viewer = shop.actor("viewer")
    for act in (
        lambda: id_map.tie_one(viewer, shop.integration, CUSTOMER, source_id="5", target_id="c1"),
        lambda: id_map.remove(viewer, shop.integration, CUSTOMER, "5"),
        lambda: id_map.read_target_list(viewer, shop.integration, CUSTOMER),
        lambda: id_map_files.stage_file(viewer, shop.integration, CUSTOMER, name="x.csv", content=b"a;b\n1;2\n"),
        lambda: id_map_assist.stage_list(viewer, shop.integration, CUSTOMER, name="x.csv", content=b"a;b\n1;2\n"),
    ):
        with pytest.raises(Forbidden):
            act()


# --- lists of the source -----------------------------------------------------------------------------------


def assist(shop, headers, *rows, kind=CUSTOMER):
    content = write_csv(headers, rows)
    return id_map_assist.stage_list(shop.actor(), shop.integration, kind, name="scoro.csv", content=content)


@pytest.mark.parametrize(
    "headers",
    [
        ["ID", "Name", "Reg. code", "E-mail"],
        ["Kontakti ID", "Ettevõtte nimi", "Registrikood", "E-post"],
        ["Asiakkaan ID", "Yrityksen nimi", "Y-tunnus", "Sähköposti"],
    ],
)
def test_a_list_from_the_source_is_matched_and_ticked_rows_are_saved(shop, headers):
    shop.tie(CUSTOMER, "9", "c3")
    staged = assist(
        shop,
        headers,
        ["5", "Õunapuu", "12345678", ""],
        ["6", "Kase Kaubandus", "", "info@kase.example"],
        ["7", "Täiesti Uus OÜ", "14141414", ""],
        ["9", "Šokolaad", "", ""],
        ["5", "Õunapuu", "", ""],
        ["", "Ilma", "", ""],
    )
    rows = staging.staged_rows(staged)
    assert [row.status.value for row in rows] == [
        *("proposed", "proposed", "no_candidate", "unchanged", "duplicate", "empty"),
    ]
    assert (rows[0].target, rows[0].reasons[0]) == ("c1", "registry_code")
    assert rows[0].confidence >= id_map_assist.TICKED_FROM > rows[1].confidence - 0.05
    counts, _released = id_map_files.confirm(
        shop.actor(), shop.integration, staged, lines=frozenset({2}), origin=BindingOrigin.MATCHED
    )
    assert counts["saved"] == 1
    assert counts["left_out"] == 1
    assert ties() == {("customer", "5"): "c1", ("customer", "9"): "c3"}
    assert Binding.objects.get(source_id="5").origin == BindingOrigin.MATCHED


def test_a_list_of_products_is_matched_by_code(shop):
    staged = assist(shop, ["Toote ID", "Toote nimi", "Tootekood"], ["31", "Konsultatsioon", "konsult"], kind=ITEM)
    row = staging.staged_rows(staged)[0]
    assert (row.target, row.status.value) == ("a1", "proposed")


def test_a_list_teaches_the_kind_of_its_ids(shop):
    assist(shop, ["ID", "Name", "Product code"], ["77", "Kruvi", "k"], kind=ITEM)
    assert statuses(stage(shop, ["c1", "", "", "SC", "77"])) == ["wrong_kind"]


@pytest.mark.parametrize(
    ("headers", "kind"), [(["ID", "Name", "Product code"], CUSTOMER), (["ID", "Name", "Reg. code"], ITEM)]
)
def test_a_list_of_the_wrong_kind_is_refused(shop, headers, kind):
    with pytest.raises(ServiceError) as caught:
        assist(shop, headers, ["1", "x", "y"], kind=kind)
    assert caught.value.code == "FILE_WRONG_KIND"


def test_two_rows_as_likely_are_not_guessed(shop):
    same = {"name": "Kaks OÜ", "registry_code": "10203040"}
    save_list(shop.target.pk, CUSTOMER, [ListedRow(target_id="x1", **same), ListedRow(target_id="x2", **same)])
    staged = assist(shop, ["ID", "Name", "Reg. code"], ["1", "Kaks OÜ", "10203040"])
    assert statuses(staged) == ["ambiguous_target"]
