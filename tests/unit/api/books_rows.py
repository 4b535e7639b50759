"""A client with its key and an import that waits, for tests that go over all operations of the API."""

from tilisilta.services.access import Actor
from tilisilta.services.books import integrations, keys
from tilisilta.services.practice import clients
from tilisilta.services.practice.settings import switch_on
from tilisilta.store.models import ClientImport, ClientImportRow, ImportState, ImportWay

NOWHERE = "http://127.0.0.1:9"


def books_ids(actor: Actor) -> dict[str, int]:
    """Return the ids by the names that samples use for them; the practice module is on afterwards."""
    switch_on(actor)
    integration = integrations.activate(actor, "merit")
    content = clients.ClientContent(name="Kase Kaubandus AS", registry_code="10000031", register_mark="unchecked")
    client = clients.create_client(actor, content)
    key = {"api_id": "id-0001", "api_key": "key-0001"}
    keys.connect(actor, client, integration, key, {"country": "EE", "base_url": NOWHERE})
    waiting = ClientImport.objects.create(
        company=actor.company, way=ImportWay.TABLE, state=ImportState.READY, requested_by=actor.user
    )
    ClientImportRow.objects.create(client_import=waiting, position=1, name="Uus Klient OÜ")
    return {"books_client_id": client.pk, "client_import_id": waiting.pk}
