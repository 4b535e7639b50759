"""Netvisor: target of vouchers, invoices, payments, parties and items; its ledger can be read back."""

from collections.abc import Mapping

from tilisilta.connectors.netvisor.client import Client, normalise_organisation
from tilisilta.connectors.netvisor.connector import NetvisorConnector
from tilisilta.connectors.netvisor.manifest import MANIFEST
from tilisilta.connectors.netvisor.options import Options
from tilisilta.connectors.netvisor.signature import Identity
from tilisilta.core.errors import Misconfigured
from tilisilta.kit.addresses import address_of, require_safe_address
from tilisilta.kit.budget import Budget, budget_key, limits_from
from tilisilta.kit.http import HttpTransport, Transport
from tilisilta.kit.turn import Turn
from tilisilta.ports import BudgetStore, Clock
from tilisilta.ports.own import NO_STORES, OwnStores

__all__ = ["MANIFEST", "build"]


def build(
    credentials: Mapping[str, str],
    settings: Mapping[str, str],
    *,
    transport: Transport | None,
    budget: BudgetStore,
    clock: Clock,
    own: OwnStores = NO_STORES,  # noqa: ARG001  it stands on the network alone
) -> NetvisorConnector:
    """Return the connector for one company; touches no network.

    Raises:
        Misconfigured: KEY_MISSING, SETTING_INVALID, ADDRESS_NOT_SAFE.

    """
    given = {field.name: credentials.get(field.name, "").strip() for field in MANIFEST.credentials}
    for name, value in given.items():
        if not value:
            raise Misconfigured("KEY_MISSING", field=name)
        if not value.isascii() or not value.isprintable():
            # It goes into a header and into the hashed text, where other letters are read differently by both sides.
            raise Misconfigured("SETTING_INVALID", field=name, value=value if name == "sender" else "***")
    base_url = address_of(settings.get("base_url", ""), MANIFEST.default_host)
    require_safe_address(base_url)
    given["organisation_id"] = normalise_organisation(given["organisation_id"])
    options = Options.read(settings)
    key = budget_key("netvisor", base_url, given["organisation_id"])
    client = Client(
        base_url=base_url,
        identity=Identity(language=options.language.value, **given),
        algorithm=options.algorithm,
        transport=transport or HttpTransport(),
        budget=Budget(key, limits_from(settings, MANIFEST.limits), store=budget, clock=clock),
        turn=Turn(key, store=budget),
        clock=clock,
        errors=MANIFEST.errors,
    )
    return NetvisorConnector(client, options)
