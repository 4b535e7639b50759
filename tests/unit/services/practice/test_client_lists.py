import io

import openpyxl
import pytest
from django.utils import timezone
from tests.support.practice import active_integration, connect_by_hand, make_stranger

from tilisilta.services.access import Forbidden
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice import client_bulk, client_columns, client_lists, clients, contacts, fields, groups
from tilisilta.services.practice.client_lists import Filters
from tilisilta.services.tables import read_table
from tilisilta.store.models import AuditEntry, Client, ClientImport, ImportState


@pytest.fixture
def names(bureau):
    def found(**filters):
        return [each.client.name for each in client_lists.search(bureau.company, Filters(**filters))[0]]

    return found


def test_the_list_is_narrowed_by_everything_it_offers(bureau, names):
    group = groups.create_group(bureau.owner, "Tartu")
    user = bureau.user("accountant")
    bureau.client("Õun OÜ", registry_code="10000018", group_ids=(group.pk,), code="K1")
    bureau.client("Pirn AS", vat_number="EE100594102", default_member_id=user.pk, initials="PIR")
    bureau.client("Vana OÜ", is_active=False)
    assert names() == ["Pirn AS", "Õun OÜ"]
    assert names(status="all") == ["Pirn AS", "Vana OÜ", "Õun OÜ"]
    assert names(status="inactive") == ["Vana OÜ"]
    for text in ("õun", "Õun", "100000", "k1"):
        assert names(text=text) == ["Õun OÜ"], text
    assert names(text="EE 100 594") == names(text="pir") == ["Pirn AS"]
    assert names(group_id=group.pk) == ["Õun OÜ"]
    assert names(member_id=user.pk) == ["Pirn AS"]
    assert names(member_id=client_lists.NO_MEMBER) == ["Õun OÜ"]
    assert names(group_id=10**9) == names(integration="nonsense") == names(field_id=10**9) == []


def test_the_list_is_narrowed_by_connections(bureau, names):
    first, _second = bureau.client("A OÜ"), bureau.client("B OÜ")
    assert client_lists.unconnected(bureau.company).count() == 0  # no integration yet: nothing to remind of
    merit, other = active_integration(bureau.company), active_integration(bureau.company, "smartaccounts")
    connect_by_hand(first, merit)
    assert names(integration="connected") == names(integration=str(merit.pk)) == ["A OÜ"]
    assert names(integration="none") == ["B OÜ"]
    assert names(integration=str(other.pk)) == []
    assert [each.name for each in client_lists.unconnected(bureau.company)] == ["B OÜ"]
    assert client_lists.integration_names(bureau.company) == [
        (str(merit.pk), "Merit Aktiva"),
        (str(other.pk), "SmartAccounts"),
    ]
    merit.is_active = False
    merit.save()
    assert names(integration="connected") == []
    row = client_lists.search(bureau.company, Filters(text="A OÜ"))[0][0]
    assert row.connections == ()


def test_the_last_import_is_the_newest_confirmed_one(bureau, names):
    assert names(imported="last") == []
    rows = [bureau.client(name) for name in ("A OÜ", "B OÜ", "C OÜ")]
    states = (ImportState.CONFIRMED, ImportState.CONFIRMED, ImportState.READY)
    for row, state in zip(rows, states, strict=True):
        made = ClientImport.objects.create(company=bureau.company, way="table", state=state)
        if state is ImportState.CONFIRMED:
            made.confirmed_at = timezone.now()
            made.save()
        Client.objects.filter(pk=row.pk).update(last_import=made)
    assert names(imported="last") == ["B OÜ"]


@pytest.mark.parametrize(
    ("kind", "given", "asked", "not_asked"),
    [
        ("text", "Riiul 7", "iul", "9"),
        ("integer", "12", "12", "1"),
        ("price", "12,50", "12.5", "12"),
        ("date", "31.12.2026", "2026-12-31", "2026-12-30"),
        ("checkbox", "1", "1", "0"),
        ("choice", "Võru", "võru", "Tartu"),
        ("choices", "Võru;Tartu", "Võru", "Põlva"),
    ],
)
def test_the_list_is_narrowed_by_own_fields_of_every_type(  # noqa: PLR0917  one parameter a column of the table
    bureau, names, kind, given, asked, not_asked
):
    choices = ("Tartu", "Võru", "Põlva") if kind in {"choice", "choices"} else ()
    field = fields.create_field(bureau.owner, subject="client", title="Oma", type=kind, choices=choices)
    bureau.client("Täis OÜ", values={"oma": given})
    bureau.client("Tühi OÜ")
    assert names(field_id=field.pk, field_value=asked) == ["Täis OÜ"]
    assert "Täis OÜ" not in names(field_id=field.pk, field_value=not_asked)
    assert names(field_id=field.pk, field_value="") == ["Tühi OÜ"]
    if kind in {"integer", "price", "date", "choice"}:
        assert names(field_id=field.pk, field_value="jama") == []


def test_columns_are_each_readers_own(bureau):
    field = fields.create_field(bureau.owner, subject="client", title="Kaust", type="price")
    hidden = fields.create_field(bureau.owner, subject="client", title="Peidus", type="text", is_listed=False)
    known = {each.code for each in client_columns.all_columns(bureau.company)}
    assert f"field.{field.pk}" in known
    assert f"field.{hidden.pk}" not in known

    def codes(who="accountant"):
        return [each.code for each in client_columns.chosen_columns(bureau.actors[who])]

    assert codes() == list(client_columns.DEFAULT)
    active_integration(bureau.company)
    assert codes()[-1] == "integration"  # once clients can be connected
    client_columns.choose_columns(bureau.actors["accountant"], ["city", f"field.{field.pk}", "city", "jama"])
    assert codes() == ["name", "city", f"field.{field.pk}"]
    assert codes("owner") != codes()
    fields.delete_field(bureau.owner, field)
    assert codes() == ["name", "city"]
    client_columns.choose_columns(bureau.actors["accountant"], [])
    assert codes() == [*client_columns.DEFAULT, "integration"]


def test_every_column_shows_something_and_every_sort_works(bureau):
    fields.create_field(bureau.owner, subject="client", title="Kaust", type="price")
    group = groups.create_group(bureau.owner, "Tartu")
    row = bureau.client(
        "Õun OÜ", initials="ÕUN", code="K1", registry_code="10000018", vat_number="EE100594102", street="Pikk 1",
        city="Tartu", postal_code="51003", language="et", email="a@b.ee", phone="5", group_ids=(group.pk,),
        default_member_id=bureau.user("admin").pk, notes="=1+1", needs_time=True, needs_topic=True,
        values={"kaust": "12,5"}, billing_email="c@b.ee",
    )  # fmt: skip
    contacts.save_contact(bureau.owner, row, contacts.ContactContent(name="Mari", email="m@b.ee"))
    connect_by_hand(row, active_integration(bureau.company))
    columns = client_columns.all_columns(bureau.company)
    shown = client_lists.search(bureau.company, Filters())[0][0]
    for column in columns:
        assert client_columns.text_of(column, shown), column.code
        assert client_columns.cell_of(column, shown), column.code
    bureau.client("Pirn OÜ", registry_code="12345678")
    for sort in client_columns.SORTS:
        up = client_lists.search(bureau.company, Filters(sort=sort), limit=1)
        rest = client_lists.search(bureau.company, Filters(sort=sort), cursor=up[1], limit=1)
        down = client_lists.search(bureau.company, Filters(sort=f"-{sort}"), limit=2)[0]
        both = [up[0][0].client.pk, rest[0][0].client.pk]
        assert len(set(both)) == 2
        assert sorted(each.client.pk for each in down) == sorted(both)


def test_the_list_is_taken_out_as_a_file_without_formulas(bureau):
    fields.create_field(bureau.owner, subject="client", title="Kaust", type="price")
    bureau.client("=HYPERLINK(1)", values={"kaust": "1234,5"})
    columns = [each for each in client_columns.all_columns(bureau.company) if each.code == "name" or each.field]
    name, content = client_lists.export(bureau.company, Filters(), columns, "xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert [cell.value for cell in sheet[2]] == ["'=HYPERLINK(1)", 1234.5]
    name, content = client_lists.export(bureau.company, Filters(), columns, "csv")
    assert name == "clients.csv"
    assert read_table(name, content).rows[0].cells == ("=HYPERLINK(1)", "1234,5")


def test_actions_on_ticked_clients(bureau):
    group = groups.create_group(bureau.owner, "Tartu")
    rows = [bureau.client(f"{letter} OÜ") for letter in "ABC"]
    pks = [each.pk for each in rows[:2]]
    accountant, user = bureau.actors["accountant"], bureau.user("accountant")

    def do(code, value="", who=accountant):
        return client_bulk.run(who, code, pks, value)

    assert do("member", str(user.pk)) == "2 clients changed."
    assert do("member", str(user.pk)) == "0 clients changed."
    assert Client.objects.filter(default_member=user).count() == 2
    do("member", "none")
    assert Client.objects.filter(default_member=None).count() == 3
    do("add_group", str(group.pk))
    assert group.clients.count() == 2
    do("remove_group", str(group.pk))
    assert group.clients.count() == 0
    do("inactive")
    assert Client.objects.filter(is_active=False).count() == 2
    assert do("active") == "2 clients changed."
    assert AuditEntry.objects.filter(action="client.bulk_changed").count() == 6
    for code, value, told in (
        ("member", "", "BULK_CHOICE_MISSING"),
        ("member", str(bureau.user("viewer").pk), "BULK_CHOICE_MISSING"),
        ("jama", "", "BULK_ACTION_UNKNOWN"),
    ):
        with pytest.raises(ServiceError) as error:
            do(code, value)
        assert error.value.code == told
    with pytest.raises(ServiceError, match="Tick at least one"):
        client_bulk.run(accountant, "active", [])
    with pytest.raises(Forbidden):
        do("active", who=bureau.actors["viewer"])


def test_others_clients_are_out_of_reach(bureau):
    stranger = make_stranger()
    theirs = stranger.client("Nende OÜ")
    with pytest.raises(Client.DoesNotExist):
        client_bulk.run(bureau.owner, "inactive", [theirs.pk])
    with pytest.raises(Client.DoesNotExist):
        clients.get_client(bureau.company, theirs.pk)
    with pytest.raises(Client.DoesNotExist):
        bureau.client("Õun OÜ", billed_to_id=theirs.pk)
    assert client_lists.rows(bureau.company, Filters(status="all")).count() == 0


def test_other_subjects_add_their_actions(bureau):
    told = []

    def do(actor, rows, value):
        told.append((actor, [each.name for each in rows], value))
        return "Tehtud."

    action = client_bulk.BulkAction(code="proov", label="Proov", do=do, needed="admin")
    client_lists.add_bulk_action(action)
    try:
        client_lists.add_bulk_action(action)
        assert sum(each.code == "proov" for each in client_lists.bulk_actions) == 1
        assert action in [each.action for each in client_bulk.offered(bureau.actors["admin"])]
        assert action not in [each.action for each in client_bulk.offered(bureau.actors["accountant"])]
        row = bureau.client("Õun OÜ")
        assert client_bulk.run(bureau.owner, "proov", [row.pk]) == "Tehtud."
        assert told == [(bureau.owner, ["Õun OÜ"], "")]
    finally:
        client_lists.bulk_actions.remove(action)
