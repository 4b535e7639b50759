"""Severa tied to Maestro, as a person would on the pages."""

from typing import Any

from tests.support.emulators import Emulated
from tests.support.product import make_company
from tilisilta.ports import CatalogueKind
from tilisilta.services import connections, integrations
from tilisilta.services.access import Actor
from tilisilta.store.models import Integration, IntegrationState

WAITING, TRANSFERRED = "Odottaa siirtoa Maestroon", "Siirretty Maestroon"
SELLER = {
    "seller_name": "Naava Suunnittelu Oy",
    "seller_registry_code": "1234567-1",
    "seller_iban": "FI2112345600000785",
    "with_pdf": "off",
}
_SECRETS = ("sftp_key",)


def tie_severa(
    severa: Emulated, maestro: Emulated, route: str = "folder", **settings: str
) -> tuple[Actor, Integration]:
    """Return an owner and the integration, with both statuses chosen; what waits in Severa may go."""
    company, actor = make_company("Naava Suunnittelu Oy", "omistaja@naava.example")
    company.country = "FI"
    company.save(update_fields=["country"])
    source = connections.create_connection(
        actor, vendor="severa", name="Severa", credentials=severa.credentials, settings={"base_url": severa.base_url}
    )
    keys = maestro.credentials
    names = ("folder",) if route == "folder" else ("sftp_host", "sftp_port", "sftp_user", "sftp_host_key")
    chosen: dict[str, Any] = {**SELLER, "route": route, **{name: keys[name] for name in names}, **settings}
    secrets = {name: keys[name] for name in _SECRETS} if route == "sftp" else {}
    target = connections.create_connection(
        actor, vendor="maestro", name="Maestro", credentials=secrets, settings=chosen
    )
    for each in (source, target):
        check = connections.check_connection(actor, each)
        assert check.ok, check
    integration = integrations.create_integration(actor, source, target)
    statuses = {each.label: each.key for each in connections.catalogue(source, CatalogueKind.STATUSES)}
    integrations.update_settings(
        actor, integration, {"waiting_status": statuses[WAITING], "written_status": statuses[TRANSFERRED]}
    )
    Integration.objects.filter(pk=integration.pk).update(state=IntegrationState.READY)
    return actor, integration
