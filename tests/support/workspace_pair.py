"""Scoro tied to a company's workspace, as a person would on the pages."""

from tests.support.emulators import Emulated
from tests.support.workspace import make_workspace
from tilisilta.core.mapping.tables import MappingTable
from tilisilta.ports import CatalogueKind
from tilisilta.services import connections, integrations
from tilisilta.services.access import Actor
from tilisilta.store.models import Connection, Integration, MappingRow

# What a bookkeeper says once of the codes that bear no VAT: nothing in Scoro tells why they do not.
MEANINGS = {
    "0EU": "intra_eu_supply_goods",
    "0EX": "export",
    "MV": "exempt",
    "-": "outside_scope",
    "PM": "reverse_charge",
}


def tie_scoro(scoro: Emulated) -> tuple[Actor, Integration]:
    """Return an owner and the integration of Scoro with the workspace, without any mapping done."""
    company, actor = make_workspace()
    source = connections.create_connection(
        actor, vendor="scoro", name="Scoro", credentials=scoro.credentials, settings={"base_url": scoro.base_url}
    )
    target = Connection.objects.get(company=company, vendor="workspace")
    for each in (source, target):
        check = connections.check_connection(actor, each)
        assert check.ok, check
    return actor, integrations.create_integration(actor, source, target)


def meanings(integration: Integration) -> dict[str, str]:
    """Return what Scoro's codes without VAT mean, by their keys there."""
    codes = connections.catalogue(integration.source, CatalogueKind.VAT_CODES)
    return {each.key: MEANINGS[each.extra["code"]] for each in codes if each.extra["code"] in MEANINGS}


def map_codes_without_vat(integration: Integration) -> None:
    """Say beforehand what all codes without VAT mean."""
    MappingRow.objects.bulk_create(
        MappingRow(
            company_id=integration.company_id,
            integration=integration,
            table=MappingTable.VAT_CODES.value,
            source_key=key,
            target_key=meaning,
        )
        for key, meaning in meanings(integration).items()
    )
