"""A client with a contact, a group and an own field, for tests that go over all operations of the API."""

from tilisilta.services.access import Actor
from tilisilta.services.practice import clients, contacts, fields, groups
from tilisilta.services.practice.settings import switch_on


def practice_ids(actor: Actor) -> dict[str, int]:
    """Return the ids by the names that addresses use for them; the practice module is on afterwards."""
    switch_on(actor)
    group = groups.create_group(actor, "Tartu")
    field = fields.create_field(actor, subject="client", title="Kaust", type="text")
    content = clients.ClientContent(
        name="Kask ja Pojad OÜ", registry_code="10000018", group_ids=(group.pk,), values={"kaust": "K-7"}
    )
    client = clients.create_client(actor, content)
    contact = contacts.save_contact(actor, client, contacts.ContactContent(name="Jaan"))
    return {"client_id": client.pk, "contact_id": contact.pk, "group_id": group.pk, "field_id": field.pk}
