"""Procountor: target of invoices with their postings, payments, parties, items and journals; its ledger can be read."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from tilisilta.connectors.procountor import assumptions
from tilisilta.connectors.procountor.client import Client
from tilisilta.connectors.procountor.connector import ProcountorConnector
from tilisilta.connectors.procountor.manifest import MANIFEST
from tilisilta.connectors.procountor.options import Options
from tilisilta.connectors.procountor.tokens import Keys, Tokens
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
) -> ProcountorConnector:
    """Return the connector for one company; touches no network.

    Raises:
        Misconfigured: KEY_MISSING, SETTING_INVALID, ADDRESS_NOT_SAFE.

    """
    given = {field.name: credentials.get(field.name, "").strip() for field in MANIFEST.credentials}
    for field in MANIFEST.credentials:
        if field.is_required and not given[field.name]:
            raise Misconfigured("KEY_MISSING", field=field.name)
    options = Options.read(settings)
    base_url = _base_url(settings.get("base_url", ""))
    made = transport or HttpTransport()
    limits = limits_from(settings, MANIFEST.limits)
    counted = Budget(budget_key("procountor", base_url, given["api_key"]), limits, store=budget, clock=clock)
    tokens = Tokens(base_url=base_url, keys=Keys(**given), transport=made, budget=counted, clock=clock)
    client = Client(
        base_url=base_url, tokens=tokens, transport=made, budget=counted, clock=clock, errors=MANIFEST.errors
    )
    return ProcountorConnector(client, options)


def _base_url(given: str) -> str:
    """Return the address in front of every path; a version such as `/v2408/api` may stand in the setting."""
    origin = address_of(given, MANIFEST.default_host)
    require_safe_address(origin)
    address = given.strip() if "://" in given else f"https://{given.strip()}"
    path = urlsplit(address).path.rstrip("/") if given.strip() else ""
    return f"{origin}{path or assumptions.DEFAULT_PATH}"
