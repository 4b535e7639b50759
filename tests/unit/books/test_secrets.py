"""What an import must not keep, show or leave behind: passwords, sessions, keys, and keys made at the vendor's."""

import datetime as dt
import json
import threading

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from tests.support.books import EMAIL, work
from tests.support.pages import Pages

from tilisilta.connectors.merit.door import MeritDoor
from tilisilta.core.errors import TilisiltaError
from tilisilta.kit.http import Request, Response
from tilisilta.services.books import aside, confirming, imports, keys, staging
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice import clients
from tilisilta.store.models import AuditEntry, Client, ClientConnection, ClientImport, Job, Notice

PASSWORD = 'päris-sala"sõna\\1'


def secrets_of(found: ClientImport) -> int:
    found.refresh_from_db()
    return found.rows.exclude(sealed_credentials=b"").count() + len(bytes(found.sealed_session))


def test_an_import_that_nobody_confirms_is_put_aside_after_thirty_days(bureau):
    found = work(bureau.keys(bureau.line(bureau.company_of(0))))
    aside.put_aside_old()
    found.refresh_from_db()
    assert (found.state, secrets_of(found)) == ("ready", 1)
    ClientImport.objects.update(ready_at=timezone.now() - aside.KEPT_FOR - dt.timedelta(minutes=1))
    assert aside.put_aside_old() == 1
    assert (found.pk, secrets_of(found)) == (found.pk, 0)
    assert (found.state, found.problem_code) == ("cancelled", "IMPORT_PUT_ASIDE")
    assert Notice.objects.filter(code="CLIENT_IMPORT_CANCELLED").count() == 1
    assert aside.put_aside_old() == 0
    page = Pages(bureau.company, bureau.actor.user).go("client-import", found.pk)
    assert "Nobody confirmed the import for 30 days" in page.text


def test_an_import_that_no_worker_ends_is_put_aside_too(bureau):
    found = bureau.sign_in()
    assert secrets_of(found)
    ClientImport.objects.update(requested_at=timezone.now() - aside.KEPT_FOR - dt.timedelta(minutes=1))
    aside.put_aside_old()
    assert secrets_of(found) == 0
    assert found.state == "cancelled"


class Echo:
    """A vendor that answers with what it was sent."""

    def __init__(self, status: int) -> None:
        self.status = status

    async def request(self, request: Request) -> Response:
        told = json.dumps({"error": f"no: {PASSWORD} of {EMAIL}", "asked": request.body.decode()})
        return Response(status=self.status, body=told.encode(), headers={})

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 429, 500, 503])
async def test_the_password_is_in_no_error_even_when_the_vendor_repeats_it(status):
    door = MeritDoor("http://127.0.0.1:9", Echo(status))
    with pytest.raises(TilisiltaError) as raised:
        await door.sign_in(country="EE", email=EMAIL, password=PASSWORD)
    told = f"{raised.value} {raised.value.params} {raised.value.evidence}"
    for part in ("päris-sala", "s\\u00f5na", "sõna", EMAIL):
        assert part not in told, told


def test_neither_password_nor_pasted_keys_are_written_into_a_page_again(bureau):
    pages = Pages(bureau.company, bureau.actor.user)
    pages.go("client-import-keys", "merit")
    pages.press("Run import", status=422, pasted="Registrikood;API võti\n1;salajane-voti")
    assert "salajane-voti" not in pages.source
    pages.go("client-import-sign-in", "merit").press("Run import", status=422, email=EMAIL, password="vale-parool")
    assert "vale-parool" not in pages.source
    assert "vale-parool" not in str(dict(pages.client.session))


def test_no_secret_is_among_what_the_durable_engine_keeps(bureau):
    work(bureau.sign_in())
    key = bureau.company_of(0)["keys"][0]
    told = str(list(Job.objects.values_list("params", "evidence", "items__params", "items__result", "items__evidence")))
    assert key["api_key"] not in told
    assert key["api_id"] not in told
    assert "token" not in told


def test_a_session_of_no_use_is_ended(bureau, monkeypatch):
    running = bureau.sign_in()
    monkeypatch.setattr(imports, "_require_none_running", lambda *_: None)  # both asked at the same moment
    with pytest.raises(ServiceError) as raised:
        bureau.sign_in()
    assert raised.value.code == "IMPORT_UNDER_WAY"
    assert bureau.sessions()["sessions"] == 0
    imports.cancel(bureau.actor, running)


def test_an_import_that_was_stopped_never_waits_to_be_confirmed(bureau):
    """Also when its last steps were in the air, so that the job as such was done."""
    found = bureau.keys(bureau.line(bureau.company_of(0)))
    Job.objects.filter(pk=found.job_id).update(state="running", lease_until=timezone.now())
    imports.cancel(bureau.actor, found)
    job = Job.objects.get(pk=found.job_id)
    job.state = "done"
    from tilisilta.services.books.doer import ImportDoer

    ImportDoer().finish(job)
    assert secrets_of(found) == 0
    assert found.state == "cancelled"


def test_keys_that_stay_at_the_vendor_are_named(bureau):
    bureau.merit.reset(companies=18, years=0)
    found = work(bureau.sign_in())
    pages = Pages(bureau.company, bureau.actor.user).go("client-import", found.pk)
    pages.press("Cancel the import")
    pages.go("client-import", found.pk)
    for mark in (13, 17):
        assert "Tilisilta" in pages.row(bureau.company_of(mark)["name"])
    assert "2 keys that were made stay in the bookkeeping system" in pages.text
    assert bureau.sessions()["keys_made"] == 2
    # The next import links them.
    again = work(bureau.sign_in())
    assert not again.rows.filter(key_is_new=True).exists()
    assert bureau.sessions()["keys_made"] == 2


# --- clients that are there already --------------------------------------------------------------------------


def test_a_key_that_works_is_not_given_up_for_one_that_does_not(bureau):
    company = bureau.company_of(0)
    confirming.confirm(bureau.actor, work(bureau.keys(bureau.line(company))))
    before = ClientConnection.objects.get().connection
    confirming.confirm(bureau.actor, work(bureau.keys(bureau.line(company, id="670fe52f-0000-4be8-ade0-526e01a106d0"))))
    after = ClientConnection.objects.get().connection
    assert (after.state, after.hints) == ("active", before.hints)
    # The same key, revoked since, is told as such.
    bureau.merit.call("POST", "keys", {"api_id": company["keys"][0]["api_id"], "revoked": True})
    confirming.confirm(bureau.actor, work(bureau.keys(bureau.line(company))))
    assert ClientConnection.objects.get().connection.state == "needs_reconnect"


def test_codes_are_compared_as_registers_print_them_and_countries_apart(bureau):
    company = bureau.company_of(0)
    code = company["reg_no"]
    known = clients.create_client(
        bureau.actor, clients.ClientContent(name="Vana nimi", registry_code=code, register_mark="unchecked")
    )
    abroad = clients.create_client(
        bureau.actor, clients.ClientContent(name="Muu maa", registry_code=bureau.company_of(1)["reg_no"], country="LV")
    )
    lines = [bureau.line(company, code=f" {code[:4]} {code[4:]} "), bureau.line(bureau.company_of(1))]
    confirming.confirm(bureau.actor, found := work(bureau.keys("\n".join(lines))))
    one, two = imports.rows_of(found)
    assert (one.outcome, one.client) == ("updated", known)
    assert (two.outcome, two.client == abroad) == ("created", False)
    assert Client.objects.get(pk=known.pk).name == "Vana nimi"


def test_a_row_whose_key_cannot_be_opened_holds_nobody_up(bureau):
    found = work(bureau.keys("\n".join(bureau.line(each) for each in bureau.companies()[:3])))
    first, *_others = imports.rows_of(found)
    first.sealed_credentials = b"not sealed by us"
    first.save()
    confirming.confirm(bureau.actor, found)
    assert [row.outcome for row in imports.rows_of(found)] == ["failed", "created", "created"]
    assert ClientConnection.objects.count() == Client.objects.count() == 2


def test_texts_that_a_database_refuses_are_stored_without_them(bureau):
    found = bureau.keys(bureau.line(bureau.company_of(0)))
    staged = staging.stage(
        ClientImport.objects.create(company=bureau.company, way="keys"),
        [staging.Draft(line=1, name="Null\x00 OÜ", details={"street": "Tänav\x00 1"})],
    )
    assert (staged[0].name, staged[0].details["street"]) == ("Null OÜ", "Tänav 1")
    imports.cancel(bureau.actor, found)


def test_of_two_who_confirm_at_once_one_does(bureau):
    found = work(bureau.keys("\n".join(bureau.line(each) for each in bureau.companies()[:3])))
    told, both = [], threading.Barrier(2)

    def confirm() -> None:
        own = ClientImport.objects.select_related("company", "integration", "job").get(pk=found.pk)
        both.wait()
        try:
            confirming.confirm(bureau.actor, own)
            told.append("")
        except ServiceError as error:
            told.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=confirm) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(told) == ["", "IMPORT_CONFIRMED_ALREADY"]
    assert Client.objects.count() == keys.connections_of(bureau.company).count() == 3
    assert AuditEntry.objects.filter(action="client_import.confirmed").count() == 1


def test_nonsense_among_the_ticks_is_nobody(bureau):
    found = work(bureau.keys(bureau.line(bureau.company_of(0))))
    pages = Pages(bureau.company, bureau.actor.user).go("client-import", found.pk)
    path = reverse("client-import-confirm", args=[bureau.company.pk, found.pk])
    assert pages.client.post(path, {"row": "9" * 40}).status_code == 403  # without the token against forgery
    pages.press("Confirm", row=["9" * 40, "x"])
    assert "Tick at least one client" in pages.messages()
    assert not Client.objects.exists()
