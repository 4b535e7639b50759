"""The first page of a bureau."""

import datetime as dt

from tests.support.practice import Bureau

from tilisilta.services.practice.settings import switch_off, today_of
from tilisilta.services.tasks.tasks import TaskContent, create_task
from tilisilta.services.today_bureau import today_of_bureau
from tilisilta.store.models import ClientImport, ClientImportRow, ImportState, ImportWay


def test_a_persons_tasks_and_clients_without_a_key_are_on_the_first_page(bureau: Bureau):
    client = bureau.client()
    today = today_of(bureau.company)
    for days in (-2, 0, 1):
        create_task(
            bureau.owner,
            TaskContent(
                client_id=client.pk,
                title="Palgad",
                due_date=today + dt.timedelta(days=days),
                assignee_id=bureau.user("accountant").pk,
            ),
        )
    waiting = ClientImport.objects.create(company=bureau.company, way=ImportWay.TABLE, state=ImportState.READY)
    ClientImportRow.objects.create(client_import=waiting, position=1, name="Uus OÜ")
    found = today_of_bureau(bureau.actors["accountant"])
    assert found is not None
    assert (found.overdue, found.due_today, found.unconnected, found.to_confirm) == (1, 1, 1, [waiting])
    page = bureau.browser().get(bureau.url()).content.decode()
    assert "Overdue tasks of mine" in page
    assert bureau.url(f"clients/import/{waiting.pk}/") in page
    assert "Connect the system you work in" not in page
    others = bureau.browser("owner").get(bureau.url()).content.decode()
    assert "Overdue tasks of mine" not in others


def test_a_bureau_without_clients_is_led_to_their_import(bureau: Bureau):
    page = bureau.browser("owner").get(bureau.url()).content.decode()
    assert "Nothing needs you." not in page
    assert bureau.url("clients/import/") in page
    assert bureau.url("clients/import/") not in bureau.browser("viewer").get(bureau.url()).content.decode()
    bureau.client()
    assert "The bureau has no clients yet" not in bureau.browser("owner").get(bureau.url()).content.decode()


def test_a_company_without_the_module_has_none_of_it(bureau: Bureau):
    bureau.client()
    switch_off(bureau.owner)
    assert today_of_bureau(bureau.owner) is None
    assert "Clients without a key" not in bureau.browser("owner").get(bureau.url()).content.decode()
