"""The job of an import: what it stages, links, makes, refuses, and leaves behind."""

import pytest
from tests.support.books import EMAIL, PASSWORD, VENDOR, work

from tilisilta.core.errors import Misconfigured
from tilisilta.services.books import confirming, imports, integrations, keys
from tilisilta.services.errors import ServiceError
from tilisilta.services.problem_catalogue import CATALOGUE
from tilisilta.store import vault
from tilisilta.store.models import AuditEntry, Client, ClientConnection, ClientImport, Connection, Notice

ODD = {
    "standard": 3,
    "no_code": 5,
    "unknown": 7,
    "twice": 11,
    "other_key": 13,
    "no_key": 17,
    "revoked": 19,
    "foreign": 23,
}


def test_signing_in_links_our_keys_and_makes_the_missing_ones(bureau):
    found = work(bureau.sign_in())
    assert found.state == "ready"
    rows, companies = bureau.rows(found), bureau.companies()
    assert len(rows) == len(companies) == 24
    by_mark = {name: rows[companies[mark]["name"]] for name, mark in ODD.items()}
    assert by_mark["standard"].problem_code == "PLAN_TOO_LOW"
    assert by_mark["unknown"].register_mark == "not_found"
    assert {by_mark[name].register_mark for name in ("no_code", "foreign")} == {"unchecked"}
    assert by_mark["twice"].error_code == "ROW_CODE_TWICE"
    assert by_mark["twice"].error_params["first"] == ODD["twice"]  # the row before it
    made = [row for row in rows.values() if row.key_is_new]
    assert made == [by_mark["other_key"], by_mark["no_key"], by_mark["revoked"]]
    assert bureau.sessions()["keys_made"] == 3
    assert {row.problem_code for row in rows.values()} == {"", "PLAN_TOO_LOW"}
    confirming.confirm(bureau.actor, found)
    assert Client.objects.filter(last_import=found).count() == 23
    states = set(ClientConnection.objects.values_list("connection__state", flat=True))
    assert states == {"active", "needs_reconnect"}
    assert ClientConnection.objects.get(connection__state="needs_reconnect").client.name == by_mark["standard"].name
    assert ClientConnection.objects.get(client__name=made[0].name).key_name == "Tilisilta"


def test_a_second_import_makes_no_key_and_doubles_no_client(bureau):
    confirming.confirm(bureau.actor, work(bureau.sign_in()))
    before = dict(Client.objects.values_list("name", "pk"))
    again = work(bureau.sign_in())
    assert not [row for row in bureau.rows(again).values() if row.key_is_new]
    confirming.confirm(bureau.actor, again)
    assert dict(Client.objects.values_list("name", "pk")) == before
    assert set(again.rows.values_list("outcome", flat=True)) == {"updated", ""}
    assert ClientConnection.objects.count() == len(before)
    assert bureau.sessions()["keys_made"] == 3


def test_custom_mode_makes_none(bureau):
    found = work(bureau.sign_in(key_mode="custom"))
    without = [row for row in bureau.rows(found).values() if not row.hint and not row.error_code]
    assert [row.problem_code for row in without] == ["NO_KEY"] * 3
    assert bureau.sessions()["keys_made"] == 0
    confirming.confirm(bureau.actor, found)
    assert [each.name for each in integrations.unconnected_clients(bureau.company)] == sorted(
        row.name for row in without
    )


@pytest.mark.parametrize(
    ("options", "given", "code"),
    [
        ({}, {"password": "wrong"}, "SIGN_IN_REFUSED"),
        ({}, {"country": "FI"}, "NO_COMPANIES_IN_COUNTRY"),
        ({"two_factor": True}, {}, "TWO_FACTOR_ON"),
    ],
)
def test_a_refused_sign_in_starts_nothing(bureau, options, given, code):
    bureau.merit.reset(companies=2, years=0, **options)
    with pytest.raises(Misconfigured) as raised:
        bureau.sign_in(**given)
    assert raised.value.code == code
    assert code in CATALOGUE
    assert given.get("password", PASSWORD) not in str(raised.value.evidence)
    assert not ClientImport.objects.exists()


def test_consent_says_who_allowed_what(bureau):
    found = bureau.sign_in()
    entry = AuditEntry.objects.get(action="client_import.consented")
    assert entry.user == bureau.actor.user
    assert entry.details == {
        "vendor": VENDOR, "country": "EE", "account": EMAIL, "key_mode": "continue", "scope": str(imports.SCOPE),
    }  # fmt: skip
    work(found)


def test_the_session_is_forgotten_when_the_job_ends(bureau):
    found = bureau.sign_in()
    assert vault.unseal(bytes(found.sealed_session))["token"]
    work(found)
    assert bytes(found.sealed_session) == b""


def test_a_session_that_ended_fails_the_import(bureau):
    found = bureau.sign_in()
    bureau.merit.reset(companies=3, years=0)
    work(found)
    assert (found.state, found.problem_code) == ("failed", "SESSION_ENDED")
    assert Notice.objects.get().code == "CLIENT_IMPORT_FAILED"
    with pytest.raises(ServiceError, match="failed"):
        confirming.confirm(bureau.actor, found)


def test_one_import_of_a_system_runs_at_a_time(bureau):
    found = bureau.sign_in()
    with pytest.raises(ServiceError) as raised:
        bureau.sign_in()
    assert raised.value.code == "IMPORT_UNDER_WAY"
    imports.cancel(bureau.actor, found)


def test_the_door_is_closed_unless_it_was_named(bureau, settings):
    settings.KEY_DOORS = ""
    assert imports.sources(bureau.company)[0].ways == ("keys",)
    with pytest.raises(Misconfigured, match="DOOR_CLOSED"):
        bureau.sign_in()
    for address in ("https://aktiva.merit.ee", "https://app.passelimerit.fi/x", "https://www.aktiva.merit.ee"):
        settings.KEY_DOORS = f"merit={address}"
        with pytest.raises(Misconfigured, match="DOOR_NOT_PUBLIC"):
            bureau.sign_in()
    settings.KEY_DOORS = "merit=http://merit.example"
    with pytest.raises(Misconfigured, match="ADDRESS_NOT_SAFE"):
        bureau.sign_in()
    assert not AuditEntry.objects.filter(action="client_import.consented").exists()


# --- lists of keys -------------------------------------------------------------------------------------------


def test_a_list_of_keys_tells_each_row_s_own_fault(bureau):
    companies = bureau.companies()
    good, standard, revoked, foreign = (companies[mark] for mark in (0, 3, 19, 23))
    lines = [
        bureau.line(good),
        bureau.line(companies[1], key=""),
        bureau.line(companies[2], code=good["reg_no"]),
        bureau.line(companies[4], code="", name=""),
        bureau.line(good, code=companies[6]["reg_no"], name="Teine"),
        bureau.line(standard),
        bureau.line(revoked),
        bureau.line(foreign),
        bureau.line(companies[5]),
        bureau.line(companies[8], key="võti"),
    ]
    found = work(bureau.keys("\n".join(lines)))
    told = [(row.error_code, row.problem_code) for row in imports.rows_of(found)]
    assert told == [
        ("", ""),
        ("ROW_KEY_INCOMPLETE", ""),
        ("ROW_CODE_TWICE", ""),
        ("ROW_WITHOUT_NAME", ""),
        ("ROW_KEY_TWICE", ""),
        ("", "PLAN_TOO_LOW"),
        ("", "KEY_UNKNOWN_IN_COUNTRY"),
        ("", ""),
        ("", ""),
        ("ROW_KEY_INVALID", ""),
    ]
    assert {code for pair in told for code in pair} - {""} <= set(CATALOGUE)
    confirming.confirm(bureau.actor, found)
    assert Client.objects.count() == 5
    assert bureau.sessions()["keys_made"] == 0


def test_a_key_of_another_country_is_named(bureau):
    company = bureau.company_of(0)
    found = work(bureau.keys(bureau.line(company), country="FI", base_url=f"{bureau.merit.base_url}/fi"))
    assert imports.rows_of(found)[0].problem_code == "KEY_UNKNOWN_IN_COUNTRY"
    confirming.confirm(bureau.actor, found)
    connection = Connection.objects.get()
    assert (connection.state, connection.problem_code) == ("needs_reconnect", "KEY_UNKNOWN_IN_COUNTRY")


@pytest.mark.parametrize(
    "header",
    ["Registry code;Name;API id;API key", "Registrikood;Nimi;API ID;API võti", "Y-tunnus;Yritys;API-id;API-avain"],
)
def test_headers_are_understood_in_three_languages(bureau, header):
    found = work(bureau.keys(f"{header}\n{bureau.line(bureau.company_of(0))}".encode(), name="keys.csv"))
    assert [(row.details["line"], row.error_code, row.problem_code) for row in imports.rows_of(found)] == [(2, "", "")]


def test_a_list_without_the_key_s_columns_is_refused_whole(bureau):
    with pytest.raises(ServiceError) as raised:
        bureau.keys(b"Registrikood;Nimi\n1;2\n", name="keys.csv")
    assert raised.value.code == "FILE_COLUMNS_MISSING"
    with pytest.raises(ServiceError, match="Paste the list"):
        bureau.keys("  ")
    assert not ClientImport.objects.exists()


# --- cancelled at every step ---------------------------------------------------------------------------------


def test_cancelled_while_it_waits(bureau):
    found = bureau.sign_in()
    imports.cancel(bureau.actor, found)
    assert found.state == "cancelled"
    assert bytes(found.sealed_session) == b""
    work(found)
    assert not found.rows.exists()
    assert bureau.sessions()["keys_made"] == 0


def test_cancelled_before_it_is_confirmed(bureau):
    found = work(bureau.keys(bureau.line(bureau.company_of(0))))
    imports.cancel(bureau.actor, found)
    assert [bytes(row.sealed_credentials) for row in imports.rows_of(found)] == [b""]
    assert not Client.objects.exists()
    with pytest.raises(ServiceError) as raised:
        confirming.confirm(bureau.actor, found)
    assert raised.value.code == "IMPORT_CANCELLED_ALREADY"
    imports.cancel(bureau.actor, found)  # again: nothing to do


def test_confirmed_imports_cannot_be_cancelled_or_confirmed_again(bureau):
    found = work(bureau.keys(bureau.line(bureau.company_of(0))))
    other = ClientImport.objects.get(pk=found.pk)  # as the page of somebody else has it
    confirming.confirm(bureau.actor, found)
    for act in (confirming.confirm, imports.cancel):
        with pytest.raises(ServiceError) as raised:
            act(bureau.actor, other)
        assert raised.value.code == "IMPORT_CONFIRMED_ALREADY"
    assert Client.objects.count() == 1
    assert AuditEntry.objects.filter(action="client_import.confirmed").count() == 1


def test_switching_the_system_off_cancels_its_open_imports(bureau):
    running, ready = None, work(bureau.keys(bureau.line(bureau.company_of(0))))
    running = bureau.keys(bureau.line(bureau.company_of(1)))
    integrations.deactivate(bureau.actor, bureau.integration)
    for each in (running, ready):
        each.refresh_from_db()
        assert each.state == "cancelled"
    with pytest.raises(ServiceError) as raised:
        bureau.sign_in()
    assert raised.value.code == "BOOKS_OFF"


# --- the confirm list ----------------------------------------------------------------------------------------


def test_unticked_rows_stay_out(bureau):
    companies = bureau.companies()[:3]
    found = work(bureau.keys("\n".join(bureau.line(each) for each in companies)))
    rows = imports.rows_of(found)
    with pytest.raises(ServiceError, match="Tick at least one"):
        confirming.confirm(bureau.actor, found, [])
    confirming.confirm(bureau.actor, found, [rows[0].pk, rows[2].pk])
    assert [row.outcome for row in imports.rows_of(found)] == ["created", "left_out", "created"]
    assert set(Client.objects.values_list("name", flat=True)) == {companies[0]["name"], companies[2]["name"]}
    assert not found.rows.exclude(sealed_credentials=b"").exists()


def test_two_companies_of_one_name_do_not_share_a_client(bureau):
    one, two = bureau.companies()[:2]
    found = work(bureau.keys("\n".join(bureau.line(each, code="", name="Sama OÜ") for each in (one, two))))
    confirming.confirm(bureau.actor, found)
    first, second = imports.rows_of(found)
    assert (first.outcome, second.outcome, second.error_code) == ("created", "failed", "ROW_SAME_CLIENT")
    assert keys.connections_of(bureau.company).count() == 1
