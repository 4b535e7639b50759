"""U01, U06-U31, U37, U59-U61, U63, U76, U80, U81: Merit switched on, clients imported with their keys, keys tested.

By the pages of the bureau, with a worker at work, and in Merit's own books.
"""

import tarfile
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection

from tests.support.books import EMAIL, PASSWORD, Bureau, make_bureau, work
from tests.support.emulators import Emulators
from tests.support.pages import Pages
from tilisilta.cli import archive
from tilisilta.services.books import imports
from tilisilta.store.models import (
    AuditEntry,
    Client,
    ClientConnection,
    ClientImport,
    Connection,
    ImportState,
    Membership,
    Notice,
    Role,
    User,
)

# Merit keeps four companies here; tests that look for the odd ones ask for as many as it takes to have them.
FEW, COMPANIES = 4, 24
STANDARD, NO_CODE, UNKNOWN, TWICE, OTHER_KEY, NO_KEY, REVOKED, FOREIGN = 3, 5, 7, 11, 13, 17, 19, 23


@pytest.fixture
def bureau(
    transactional_db: None, running_emulators: Emulators, monkeypatch, request: pytest.FixtureRequest
) -> Iterator[Bureau]:
    """A bureau that has not switched Merit on yet, and Merit with a few companies of its clients."""
    merit = running_emulators["merit"]
    merit.clear_faults()
    merit.reset(companies=getattr(request, "param", FEW), years=0)
    monkeypatch.setattr(settings, "KEY_DOORS", f"merit={merit.base_url}")
    bureau = make_bureau(merit, is_active=False)
    yield bureau
    for each in ClientImport.objects.filter(state=ImportState.RUNNING):
        imports.cancel(bureau.actor, each)
    _settle()


@pytest.fixture
def pages(bureau: Bureau) -> Pages:
    return Pages(bureau.company, bureau.actor.user)


def _settle(seconds: float = 60) -> None:
    """Let imports end: in this process, or by the worker that other tests have started."""
    for each in ClientImport.objects.filter(state=ImportState.RUNNING):
        work(each)
    until = time.monotonic() + seconds
    while ClientImport.objects.filter(state=ImportState.RUNNING).exists():
        assert time.monotonic() < until
        time.sleep(0.05)


def activate(pages: Pages) -> Pages:
    return pages.go("books-list").press("Activate Merit Aktiva")


def run_import(pages: Pages, door: str = "list", key_mode: str = "continue") -> Pages:
    """Sign in at Merit by one of the two doors, and stay until the import has ended."""
    if door == "list":
        pages.go("client-list").click("Import clients")
    else:
        pages.go("books-detail", "merit").click("Import")
    pages.click("Merit Aktiva: sign in")
    pages.press("Run import", country="EE", email=EMAIL, password=PASSWORD, key_mode=key_mode)
    _settle()
    return pages.wait_for_run()


@pytest.mark.feature("U06")
@pytest.mark.feature("U37")
def test_merit_is_activated_with_one_button(bureau: Bureau, pages: Pages):
    pages.go("books-list")
    assert "Not in use" in pages.row("Merit Aktiva")
    activate(pages)
    assert "Merit Aktiva is active" in pages.messages()
    assert bureau.integration.is_active
    assert bureau.integration.activated_by == bureau.actor.user
    tabs = [each.get("href") for each in pages.document.xpath(".//ul[contains(@class, 'tabs')]//a")]
    assert [each.rstrip("/").rsplit("/", 1)[1] for each in tabs[:4]] == ["merit", "import", "merit", "settings"]
    pages.open(tabs[3])
    assert "Merit Aktiva" in pages.text
    # Nothing is pulled yet: Merit was not asked for anything.
    assert bureau.merit.requests()["total"] == 0
    assert bureau.sessions()["sessions"] == 0


@pytest.mark.feature("U01")
@pytest.mark.feature("U07")
@pytest.mark.feature("U11")
@pytest.mark.feature("U17")
@pytest.mark.feature("U18")
@pytest.mark.feature("U22")
@pytest.mark.feature("U25")
@pytest.mark.feature("U30")
@pytest.mark.feature("U31")
@pytest.mark.parametrize("bureau", [COMPANIES], indirect=True)
def test_clients_come_from_merit_with_their_keys(bureau: Bureau, pages: Pages, mailoutbox):
    activate(pages)
    companies = bureau.companies()
    run_import(pages, door="settings")
    assert "Confirm the import" in pages.heading
    notice = Notice.objects.get(user=bureau.actor.user)
    assert (notice.code, notice.link) == ("CLIENT_IMPORT_READY", urlsplit(pages.url).path)
    assert any("clients to confirm" in each.subject for each in mailoutbox)
    assert not Client.objects.exists()  # nothing before it is confirmed
    pages.press("Confirm")
    assert urlsplit(pages.url).path == f"/c/{bureau.company.pk}/clients/"
    assert urlsplit(pages.url).query == "import=last"
    twice = companies[TWICE]["name"]
    assert set(Client.objects.values_list("name", flat=True)) == {each["name"] for each in companies} - {twice}
    for each in companies:
        if each["name"] != twice:
            client = Client.objects.get(name=each["name"])
            assert client.vat_number == (each["vat_no"] or "")
    # In Merit: the keys that were missing were made, and no other; each client's key is that company's.
    after = bureau.companies()
    added = [
        (old["name"], [key["name"] for key in new["keys"][len(old["keys"]) :]])
        for old, new in zip(companies, after, strict=True)
        if len(new["keys"]) > len(old["keys"])
    ]
    assert added == [(companies[mark]["name"], ["Tilisilta"]) for mark in (OTHER_KEY, NO_KEY, REVOKED)]
    for new in after:
        own = ClientConnection.objects.filter(client__name=new["name"]).first()
        if own is not None:
            live = [key["api_id"] for key in new["keys"] if not key["revoked"] and key["name"] == "Tilisilta"]
            assert own.connection.hints["api_id"] == live[-1]
            assert own.remote_id == new["company_id"]
    entry = AuditEntry.objects.get(action="client_import.confirmed")
    assert entry.user == bureau.actor.user
    assert entry.details["created"] == COMPANIES - 1


@pytest.mark.feature("U08")
@pytest.mark.feature("U09")
@pytest.mark.feature("U10")
@pytest.mark.feature("U14")
@pytest.mark.feature("U15")
@pytest.mark.feature("U20")
def test_the_wizard_begins_at_the_client_list(bureau: Bureau, pages: Pages):
    activate(pages)
    pages.go("client-list").click("Import clients")
    for name in ("Merit Aktiva: sign in", "Merit Aktiva: list of keys", "SmartAccounts", "Netvisor", "Procountor"):
        assert name in pages.text
    assert "Table of clients" in pages.links()
    pages.click("Merit Aktiva: sign in")
    assert set(pages.choices("country")) == {"EE", "FI", "FI_OLD", "PL"}
    assert "you are signed out of Merit Aktiva wherever you are signed in" in pages.text
    modes = [each.get("value") for each in pages.document.xpath(".//input[@name='key_mode']")]
    assert modes == ["continue", "custom"]
    assert "API seadistus" in pages.document.xpath("string(.//aside)")
    assert pages.document.xpath(".//aside//a[starts-with(@href, 'https://aktiva.merit.ee')]")
    assert bureau.sessions()["web_sessions"] == 2
    pages.press("Run import", email=EMAIL, password=PASSWORD)
    assert bureau.sessions()["web_sessions"] == 0  # it signed the user out of Merit, as it said


@pytest.mark.feature("U11")
@pytest.mark.feature("U10")
def test_a_wrong_country_or_password_is_said_with_its_remedy(bureau: Bureau, pages: Pages):
    activate(pages)
    pages.go("client-import-sign-in", "merit")
    pages.press("Run import", status=422, email=EMAIL, password="vale-parool-1")
    assert "The e-mail address or the password is wrong" in pages.text
    assert "vale-parool-1" not in pages.source
    pages.press("Run import", status=422, country="FI", email=EMAIL, password=PASSWORD)
    assert "This user has no companies in this country" in pages.text
    assert PASSWORD not in pages.source
    bureau.merit.reset(companies=2, years=0, two_factor=True)
    pages.press("Run import", status=422, country="EE", email=EMAIL, password=PASSWORD)
    assert "Turn two-step sign-in off" in pages.text
    assert not ClientImport.objects.exists()


@pytest.mark.feature("U12")
def test_the_permission_is_kept_with_who_when_and_what_for(bureau: Bureau, pages: Pages):
    activate(pages)
    pages.go("client-import-sign-in", "merit")
    assert "By pressing Run import you allow" in pages.text
    run_import(pages)
    pages.go("audit-list")
    row = pages.row("Import from a bookkeeping system allowed")
    assert EMAIL in row
    assert "Read the list of companies with their keys" in row
    entry = AuditEntry.objects.get(action="client_import.consented")
    assert entry.user == bureau.actor.user
    assert entry.at is not None


@pytest.mark.feature("U16")
def test_a_standard_plan_is_named_and_the_client_comes_all_the_same(bureau: Bureau, pages: Pages):
    activate(pages)
    pages.go("client-import-sign-in", "merit")
    assert "Pro and Premium plans" in pages.text
    run_import(pages)
    name = bureau.company_of(STANDARD)["name"]
    assert "The plan does not include the interface" in pages.row(name)
    pages.press("Confirm")
    pages.go("client-key", Client.objects.get(name=name).pk)
    assert "Change the package there, then test the connection." in pages.text
    bureau.merit.call("POST", "keys", {"company": bureau.company_of(STANDARD)["mark"], "plan": "pro"})
    pages.press("Test connection")
    assert "Connection successful" in pages.messages()


@pytest.mark.feature("U19")
@pytest.mark.parametrize("bureau", [OTHER_KEY + 1], indirect=True)
def test_custom_import_makes_no_key(bureau: Bureau, pages: Pages):
    activate(pages)
    run_import(pages, key_mode="custom")
    companies = bureau.companies()
    other = companies[OTHER_KEY]["name"]
    assert "There is no key with our name" in pages.row(other)
    pages.press("Confirm")
    assert bureau.sessions()["keys_made"] == 0
    assert bureau.companies() == companies
    connected = set(ClientConnection.objects.values_list("client__name", flat=True))
    assert connected == {each["name"] for each in companies} - {other, companies[TWICE]["name"]}


@pytest.mark.feature("U21")
@pytest.mark.feature("U22")
@pytest.mark.feature("U23")
def test_the_page_may_be_left_and_the_import_goes_on(engine: None, bureau: Bureau, pages: Pages):
    activate(pages)
    bureau.merit.faults({"kind": "delay", "match": {"path": "gettaxes"}, "ms": 300, "times": None})
    pages.go("client-import-sign-in", "merit")
    pages.press("Run import", email=EMAIL, password=PASSWORD)
    assert pages.document.xpath(".//progress")
    assert "You may close this page" in pages.text
    pages.go("today")  # away; nobody asks for progress any more
    _settle()
    bureau.merit.clear_faults()
    found = ClientImport.objects.get()
    assert (found.ready_at - found.requested_at).total_seconds() < 60
    assert f"Merit Aktiva: {FEW} clients to confirm" in pages.go("notice-list").text
    pages.open(Notice.objects.get().link)
    assert "Confirm the import" in pages.heading


@pytest.mark.feature("U24")
def test_a_running_import_is_stopped_and_nothing_is_half_written(engine: None, bureau: Bureau, pages: Pages):
    activate(pages)
    bureau.merit.faults({"kind": "delay", "match": {"path": "gettaxes"}, "ms": 500, "times": None})
    pages.go("client-import-sign-in", "merit")
    pages.press("Run import", email=EMAIL, password=PASSWORD)
    pages.press("Stop the import")
    _settle()
    bureau.merit.clear_faults()
    found = ClientImport.objects.get()
    assert found.state == ImportState.CANCELLED
    assert bytes(found.sealed_session) == b""
    assert not found.rows.exclude(sealed_credentials=b"").exists()
    assert not Client.objects.exists()
    assert not Connection.objects.exists()
    pages.go("client-import", found.pk)
    assert "Nothing was imported" in pages.text
    # Merit's session is over as well, and the next import begins as the first one did.
    run_import(pages)
    assert "Confirm the import" in pages.heading


@pytest.mark.feature("U24")
def test_an_import_is_cancelled_at_its_last_step(bureau: Bureau, pages: Pages):
    activate(pages)
    run_import(pages)
    pages.press("Cancel the import")
    assert "Nothing was imported" in pages.messages()
    assert not Client.objects.exists()
    assert "Confirm" not in pages.buttons()


@pytest.mark.feature("U26")
@pytest.mark.feature("U27")
@pytest.mark.feature("U28")
@pytest.mark.feature("U29")
@pytest.mark.parametrize("bureau", [COMPANIES], indirect=True)
def test_the_list_is_looked_through_and_unticked(bureau: Bureau, pages: Pages):
    activate(pages)
    run_import(pages)
    companies = bureau.companies()
    boxes = pages.document.xpath(".//input[@name='row']")
    assert len(boxes) == COMPANIES
    assert [each.get("checked") is None for each in boxes].count(True) == 1  # the doubled code cannot be ticked
    assert "Not in the register" in pages.row(companies[UNKNOWN]["name"])
    for mark in (NO_CODE, FOREIGN, 0):  # no code, foreign, and one that the register cannot be asked about
        assert "Not in the register" not in pages.row(companies[mark]["name"])
    assert "The registry code stands in the list twice" in pages.row(companies[TWICE]["name"])
    unwanted = companies[1]["name"]
    ids = [each.get("value") for each in boxes if each.get("checked") is not None]
    row_of = {each.name: str(each.pk) for each in imports.rows_of(ClientImport.objects.get())}
    pages.press("Confirm", row=[each for each in ids if each != row_of[unwanted]])
    names = set(Client.objects.values_list("name", flat=True))
    assert unwanted not in names
    assert companies[UNKNOWN]["name"] in names  # the red cross warns, it stops nobody
    assert Client.objects.get(name=companies[UNKNOWN]["name"]).register_mark == "not_found"
    assert Client.objects.get(name=companies[FOREIGN]["name"]).register_mark == "unchecked"


@pytest.mark.feature("U30")
def test_two_members_confirm_and_it_happens_once(bureau: Bureau, pages: Pages):
    activate(pages)
    run_import(pages)
    other = User.objects.create_user("teine@naidis.example", "kolm-siili-metsas", name="Teine Liige")
    Membership.objects.create(company=bureau.company, user=other, role=Role.ADMIN)
    theirs = Pages(bureau.company, other).open(pages.url)
    pages.press("Confirm")
    count = Client.objects.count()
    theirs.press("Confirm")
    assert "has confirmed this import already" in theirs.messages()
    assert Client.objects.count() == count == FEW
    assert AuditEntry.objects.filter(action="client_import.confirmed").count() == 1


@pytest.mark.feature("U17")
def test_a_list_of_keys_does_without_signing_in(bureau: Bureau, pages: Pages):
    activate(pages)
    companies = bureau.companies()
    bureau.merit.call("POST", "keys", {"api_id": companies[2]["keys"][-1]["api_id"], "revoked": True})
    table = "\n".join(["Registrikood;Nimi;API id;API võti", *(bureau.line(each) for each in companies[:3])])
    pages.go("client-import-keys", "merit")
    pages.press(
        "Run import", file=("võtmed.csv", table.encode(), "text/csv"), setting_base_url=f"{bureau.merit.base_url}/ee"
    )
    _settle()
    pages.wait_for_run()
    assert "Merit does not know this key" in pages.row(companies[2]["name"])
    pages.press("Confirm")
    assert Client.objects.count() == 3
    states = dict(ClientConnection.objects.values_list("client__name", "connection__state"))
    assert states == {
        companies[0]["name"]: "active", companies[1]["name"]: "active", companies[2]["name"]: "needs_reconnect",
    }  # fmt: skip
    assert bureau.sessions()["sessions"] == 0


# --- keys of single clients ----------------------------------------------------------------------------------


@pytest.fixture
def imported(bureau: Bureau, pages: Pages) -> Bureau:
    activate(pages)
    run_import(pages)
    pages.press("Confirm")
    return bureau


def _client(bureau: Bureau, mark: int) -> Client:
    return Client.objects.get(name=bureau.company_of(mark)["name"])


@pytest.mark.feature("U59")
@pytest.mark.feature("U60")
@pytest.mark.feature("U61")
@pytest.mark.feature("U76")
def test_a_connection_is_tested_from_the_partner_s_name(imported: Bureau, pages: Pages):
    client, company = _client(imported, 0), imported.company_of(0)
    pages.go("client-list").click("Merit Aktiva", within=client.name)
    assert client.name in pages.heading
    pages.press("Test connection")
    assert f"Connection successful: Merit Aktiva answers for {client.name}" in pages.messages()
    key = company["keys"][-1]["api_id"]
    imported.merit.call("POST", "keys", {"api_id": key, "revoked": True})
    pages.press("Test connection")
    assert "The test failed: Merit does not know this key" in pages.messages()
    assert "The key was revoked, was copied in part" in pages.text  # the cause
    assert "Check the country of the connection" in pages.text  # the remedy
    assert ClientConnection.objects.get(client=client).connection.state == "needs_reconnect"
    imported.merit.call("POST", "keys", {"api_id": key, "revoked": False})
    pages.press("Test connection")
    assert "Connection successful" in pages.messages()


@pytest.mark.feature("U63")
def test_ticked_clients_are_tested_together(imported: Bureau, pages: Pages):
    one, two = _client(imported, 0), _client(imported, 1)
    pages.go("client-list").press("Do it", client=[one.pk], action="client-keys:")
    assert one.name in pages.heading  # of one client, its own page
    pages.go("client-list").press("Do it", client=[one.pk, two.pk], action="client-keys:")
    assert pages.heading == "Keys of the ticked clients"
    pages.press("Test connections")
    assert "Connections that work: 2" in pages.messages()


@pytest.mark.feature("U81")
def test_one_client_is_cut_off_and_its_key_erased(imported: Bureau, pages: Pages):
    client = _client(imported, 0)
    connection = ClientConnection.objects.get(client=client).connection
    pages.go("client-key", client.pk).press("Delete")
    assert "deleted and its key erased" in pages.messages()
    assert not Connection.objects.filter(pk=connection.pk).exists()
    assert not ClientConnection.objects.filter(client=client).exists()
    assert Client.objects.filter(pk=client.pk).exists()
    pages.go("books-list")
    assert client.name in pages.text  # among those without a connection
    # In Merit nothing was deleted: the key is there, and connects the client again by hand.
    key = imported.company_of(0)["keys"][0]
    pages.go("client-key", client.pk).press(
        "Save and test",
        credential_api_id=key["api_id"],
        credential_api_key=key["api_key"],
        setting_base_url=f"{imported.merit.base_url}/ee",
    )
    assert "Connection successful" in pages.messages()


@pytest.mark.feature("U80")
def test_merit_is_deactivated_and_everything_is_kept(imported: Bureau, pages: Pages):
    counts = (Client.objects.count(), ClientConnection.objects.count())
    client = _client(imported, 0)
    pages.go("books-detail", "merit").press("Deactivate")
    assert "Its data is kept" in pages.messages()
    assert not imported.integration.is_active
    assert (Client.objects.count(), ClientConnection.objects.count()) == counts
    asked = imported.merit.requests()["total"]
    pages.go("client-key", client.pk)
    assert "No bookkeeping system is active" in pages.text
    assert imported.merit.requests()["total"] == asked
    pages.go("books-list").press("Activate Merit Aktiva")
    pages.go("client-key", client.pk).press("Test connection")
    assert "Connection successful" in pages.messages()


@pytest.mark.feature("U13")
def test_the_password_is_nowhere(bureau: Bureau, pages: Pages, tmp_path, capfd, caplog):
    """Neither in the database's file, nor in what was logged, nor in a backup; also when signing in was refused."""
    activate(pages)
    pages.go("client-import-sign-in", "merit")
    pages.press("Run import", status=422, email=EMAIL, password=f"{PASSWORD}-x", country="EE")
    run_import(pages)
    pages.press("Confirm")
    assert Client.objects.exists()
    if connection.vendor == "sqlite":
        backup = tmp_path / "backup.tar"
        archive.make(settings.DATA_DIR, backup, migration="", with_keys=True)
        files = [each for each in settings.DATA_DIR.rglob("*") if each.is_file()]
        assert {"tilisilta.sqlite3", "engine.sqlite3"} <= {each.name for each in files}
        with tarfile.open(backup) as packed:
            parts = [packed.extractfile(each) for each in packed.getmembers()]
            assert not any(PASSWORD.encode() in part.read() for part in parts if part is not None)
        assert [each.name for each in files if PASSWORD.encode() in each.read_bytes()] == []
    assert PASSWORD not in _everything_stored()
    assert PASSWORD not in "".join(capfd.readouterr()) + caplog.text


def _everything_stored() -> str:
    """Return every row of every table as text, whichever database it is."""
    with connection.cursor() as cursor:
        found = []
        for name in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{name}"')  # noqa: S608  names that the database itself told
            found.append(
                repr(
                    [
                        [bytes(value) if isinstance(value, memoryview) else value for value in row]
                        for row in cursor.fetchall()
                    ]
                )
            )
    return "".join(found)
