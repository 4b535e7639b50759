"""SmartAccounts: target of invoices, payments, parties and items; source of payments."""

from collections.abc import Mapping

from tilisilta.connectors.smartaccounts.client import Client
from tilisilta.connectors.smartaccounts.connector import SmartAccountsConnector
from tilisilta.connectors.smartaccounts.manifest import MANIFEST
from tilisilta.core.errors import Misconfigured
from tilisilta.kit.addresses import address_of, require_safe_address
from tilisilta.kit.budget import Budget, budget_key, limits_from
from tilisilta.kit.http import HttpTransport, Transport
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
) -> SmartAccountsConnector:
    """Return the connector for one company; touches no network.

    Raises:
        Misconfigured: KEY_MISSING, ADDRESS_NOT_SAFE.

    """
    key, secret = credentials.get("api_key", "").strip(), credentials.get("api_secret", "").strip()
    for name, value in (("api_key", key), ("api_secret", secret)):
        if not value:
            raise Misconfigured("KEY_MISSING", field=name)
    base_url = address_of(settings.get("base_url", ""), MANIFEST.default_host)
    require_safe_address(base_url)
    client = Client(
        base_url=base_url,
        api_key=key,
        api_secret=secret,
        language=settings.get("language") or "en",
        transport=transport or HttpTransport(),
        budget=Budget(
            budget_key("smartaccounts", key), limits_from(settings, MANIFEST.limits), store=budget, clock=clock
        ),
        clock=clock,
        errors=MANIFEST.errors,
    )
    return SmartAccountsConnector(client, settings)
