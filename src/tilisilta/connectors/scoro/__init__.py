"""Scoro: source of invoices, bills, receipts, contacts and products; target of payments."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tilisilta.connectors.scoro import assumptions
from tilisilta.connectors.scoro.client import Client, normalise_address
from tilisilta.connectors.scoro.connector import ScoroConnector
from tilisilta.connectors.scoro.manifest import MANIFEST
from tilisilta.core.errors import Misconfigured
from tilisilta.kit.addresses import require_safe_address
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
) -> ScoroConnector:
    """Return the connector for one business entity of one site; touches no network.

    The site comes from the settings `base_url` or `site`; without either the company account names it.

    Raises:
        Misconfigured: KEY_MISSING, ADDRESS_NOT_SAFE, SETTING_INVALID.

    """
    account = credentials.get("company_account_id", "").strip()
    keys = {
        name: credentials[field].strip()
        for name, field in (("apiKey", "api_key"), ("user_token", "user_token"))
        if credentials.get(field, "").strip()
    }
    if not keys:
        raise Misconfigured("KEY_MISSING", field="api_key")
    if not account:
        raise Misconfigured("KEY_MISSING", field="company_account_id")
    base_url = normalise_address(settings.get("base_url") or settings.get("site") or account)
    require_safe_address(base_url)
    zone_name = settings.get("time_zone") or assumptions.DEFAULT_ZONE
    try:
        zone = ZoneInfo(zone_name)
    except (ZoneInfoNotFoundError, ValueError):
        raise Misconfigured("SETTING_INVALID", field="time_zone", value=zone_name) from None
    prefetch = settings.get("prefetch", "4").strip()
    client = Client(
        base_url=base_url,
        credentials=keys,
        company_account_id=account,
        language=settings.get("language") or "est",
        transport=transport or HttpTransport(),
        budget=Budget(
            budget_key("scoro", base_url, *keys.values()),
            limits_from(settings, MANIFEST.limits),
            store=budget,
            clock=clock,
        ),
        clock=clock,
        errors=MANIFEST.errors,
        prefetch=int(prefetch) if prefetch.isdigit() else 4,
    )
    return ScoroConnector(client, zone=zone, company_account_id=account)
