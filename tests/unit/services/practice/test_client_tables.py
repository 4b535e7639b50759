import pytest
from django.utils import translation

from tilisilta.services.errors import ServiceError
from tilisilta.services.practice import client_tables, fields, groups
from tilisilta.services.tables import write_csv, write_xlsx
from tilisilta.store.models import Client, ClientImport, ClientImportRow, ImportState

HEAD = ["Client name", "Register code", "Client group(s)", "Country", "Status", "Notes", "City", "Initials"]


@pytest.fixture
def read(bureau):
    def made(*rows, head=HEAD, xlsx=False):
        content = write_xlsx(head, rows, title="Clients") if xlsx else write_csv(head, rows)
        return client_tables.read_table(bureau.company, "kliendid.csv", content)

    return made


@pytest.fixture
def apply(bureau):
    def made(rows, **more):
        return [client_tables.apply_row(bureau.owner, row, **more) for row in rows]

    return made


def test_a_table_makes_clients_with_all_columns(bureau, read, apply):
    tartu, voru = groups.create_group(bureau.owner, "Tartu"), groups.create_group(bureau.owner, "Võru")
    fields.create_field(bureau.owner, subject="client", title="Kausta nr", type="integer", is_required=True)
    head = [names[0] for names in client_tables.COLUMNS.values()] + ["Kausta nr"]
    row = [
        "Õun OÜ", 10000018, "EE 100 594 102", "Pikk 1", "Tartu", "Estonia", 51003, "võru; TARTU", "Estonian", "õun",
        "K1", "a@b.ee", "5", "Hea klient", "0", 1, "jah", 12,
    ]  # fmt: skip
    for xlsx in (False, True):
        (read_row,) = read(row, head=head, xlsx=xlsx)
        assert read_row.error_code == ""
        assert read_row.warnings == ()
    ((client, is_new),) = apply([read_row])
    assert is_new
    row = Client.objects.get()
    assert (row.name, row.registry_code, row.vat_number, row.country, row.language, row.initials) == (
        "Õun OÜ", "10000018", "EE100594102", "EE", "et", "ÕUN",
    )  # fmt: skip
    assert (row.is_active, row.needs_time, row.needs_topic, row.postal_code) == (False, True, True, "51003")
    assert set(row.groups.all()) == {tartu, voru}
    assert list(row.values.values()) == ["12"]
    assert client.pk == row.pk


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (["", "10000018", "", "", "", "", "", ""], "CLIENT_FIELD_REQUIRED"),
        (["Õun", "", "Pole sellist", "", "", "", "", ""], "GROUP_UNKNOWN"),
        (["Õun", "", "", "Atlantis", "", "", "", ""], "CLIENT_COUNTRY_UNKNOWN"),
        (["Õun", "", "", "", "2", "", "", ""], "VALUE_NOT_FLAG"),
        (["Õun", "", "", "", "", "", "x" * 81, ""], "CLIENT_FIELD_TOO_LONG"),
        (["Õun", "", "", "", "", "", "", "ABCD"], "CLIENT_FIELD_TOO_LONG"),
        (["Õun", "1" * 21, "", "", "", "", "", ""], "CLIENT_FIELD_TOO_LONG"),
    ],
)
def test_a_wrong_row_names_row_and_rule_and_the_others_go_on(read, apply, row, code):
    good = ["Pirn AS", "12345678", "", "", "", "", "", ""]
    wrong, right = read(row, good)
    assert (wrong.error_code, wrong.error_params["line"]) == (code, 2)
    told = client_tables.error_text(wrong.error_code, wrong.error_params)
    assert told.startswith("Row 2: ")
    assert "%(" not in told
    assert right.error_code == ""
    apply([right])
    with pytest.raises(ServiceError):
        apply([wrong])
    assert [each.name for each in Client.objects.all()] == ["Pirn AS"]


def test_a_code_or_name_that_stands_twice_is_told_with_the_first_row(read):
    empty = [""] * 6
    rows = read(
        ["Õun OÜ", "10000018", *empty], ["Teine", "100 000 18", *empty], ["Koodita", "", *empty],
        ["KOODITA", "", *empty], ["Soome Oy", "10000018", "", "FI", *empty[2:]],
    )  # fmt: skip
    assert [(each.error_code, each.error_params.get("first")) for each in rows] == [
        ("", None), ("CLIENT_ROW_TWICE", 2), ("", None), ("CLIENT_ROW_TWICE", 4), ("", None),
    ]  # fmt: skip


def test_a_wrong_check_digit_only_warns(read):
    (row,) = read(["Õun OÜ", "10000019", *[""] * 6])
    assert row.error_code == ""
    assert "check digit" in row.warnings[0]


def test_files_that_are_no_tables_of_clients_are_refused_whole(bureau, read):
    with pytest.raises(ServiceError) as told:
        read(["x"], head=["Kood"])
    assert told.value.code == "FILE_COLUMNS_MISSING"
    for content in (b"", b"%PDF-1.4", b"Name\n"):
        with pytest.raises(ServiceError, match=r"a\.csv"):
            client_tables.read_table(bureau.company, "a.csv", content)


def test_a_later_import_leaves_what_people_keep_and_takes_nothing_away(bureau, read, apply):
    kept = bureau.client("Õun OÜ", registry_code="10000018", initials="ÕUN", notes="Minu", city="Võru", phone="5")
    later = ["Uus nimi", "10000018", "", "", "0", "Faili oma", "Tartu", "UUS"]
    ((client, is_new),) = apply(read(later))
    assert (client.pk, is_new) == (kept.pk, False)
    row = Client.objects.get()
    assert (row.name, row.initials, row.notes, row.is_active, row.city, row.phone) == (
        "Õun OÜ", "ÕUN", "Minu", True, "Tartu", "5",
    )  # fmt: skip
    apply(read(later))
    assert Client.objects.count() == 1  # however often the same file comes


def test_clients_are_known_by_client_code_and_name_where_no_code_contradicts(bureau, read, apply):
    by_code = bureau.client("Vana nimi", code="K1")
    by_name = bureau.client("Õun Oü")
    head = [*HEAD, "Client code"]
    rows = read(["X OÜ", *[""] * 7, "K1"], ["õun oü", "10000018", *[""] * 7], head=head)
    assert [(client.pk, is_new) for client, is_new in apply(rows)] == [(by_code.pk, False), (by_name.pk, False)]
    assert Client.objects.get(pk=by_name.pk).registry_code == "10000018"  # which it lacked
    ((_other, is_new),) = apply(read(["Õun OÜ", "12345678", *[""] * 6]))
    assert is_new  # the same name, but another code: another company
    bureau.client("Kaks")
    bureau.client("Kaks")
    with pytest.raises(ServiceError) as told:
        apply(read(["Kaks", *[""] * 7]))
    assert told.value.code == "CLIENT_ROW_AMBIGUOUS"


def test_a_staged_row_is_applied_as_it_was_read_and_marks_its_client(bureau, read, apply):
    group = groups.create_group(bureau.owner, "Tartu")
    made = ClientImport.objects.create(company=bureau.company, way="table", state=ImportState.CONFIRMED)
    (row,) = read(["Õun OÜ", "10000018", "Tartu", "", "1", "", "Võru", ""])
    stored = ClientImportRow.objects.create(
        client_import=made, position=row.line, name=row.name, registry_code=row.registry_code,
        vat_number=row.vat_number, details=row.details, error_code=row.error_code, error_params=row.error_params,
    )  # fmt: skip
    again = client_tables.row_of(ClientImportRow.objects.get(pk=stored.pk))
    apply([again], client_import=made, register_mark="not_found")
    client = Client.objects.get()
    assert (client.last_import, client.register_mark, client.city) == (made, "not_found", "Võru")
    assert list(client.groups.all()) == [group]


def test_the_empty_table_is_read_back_in_every_language(bureau, read):
    fields.create_field(bureau.owner, subject="client", title="Kausta nr", type="integer")
    for place, language in enumerate(("en", "et", "fi")):
        with translation.override(language):
            name, content = client_tables.template_file(bureau.company, "csv")
        head = content.decode("utf-8-sig").strip().split(";")
        assert head == [*(each[place] for each in client_tables.COLUMNS.values()), "Kausta nr"]
        cells = ["Õun OÜ", *[""] * (len(head) - 2), "7"]
        (row,) = read(cells, head=head)
        assert (row.name, list(row.details["values"].values())) == ("Õun OÜ", ["7"])
        assert name == "clients-template.csv"
