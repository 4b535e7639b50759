"""Severa: source of sales invoices, credit notes, customers and registers, over REST or the older SOAP API."""

from collections.abc import Mapping

from tilisilta.connectors.severa import assumptions
from tilisilta.connectors.severa.connector import LoggingSeveraConnector, SeveraConnector
from tilisilta.connectors.severa.manifest import MANIFEST, SOAP_LIMITS
from tilisilta.connectors.severa.rest import RestClient
from tilisilta.connectors.severa.rest_api import RestApi
from tilisilta.connectors.severa.soap import SoapClient
from tilisilta.connectors.severa.soap_api import SoapApi
from tilisilta.core.errors import Misconfigured
from tilisilta.kit.addresses import address_of, require_safe_address
from tilisilta.kit.budget import Budget, budget_key, limits_from
from tilisilta.kit.http import HttpTransport, Transport
from tilisilta.ports import BudgetStore, Clock
from tilisilta.ports.own import NO_STORES, OwnStores

__all__ = ["MANIFEST", "build"]
APIS = frozenset({"auto", "rest", "soap"})


def build(
    credentials: Mapping[str, str],
    settings: Mapping[str, str],
    *,
    transport: Transport | None,
    budget: BudgetStore,
    clock: Clock,
    own: OwnStores = NO_STORES,  # noqa: ARG001  it stands on the network alone
) -> SeveraConnector:
    """Return the connector for one organisation; touches no network.

    The setting `api` chooses; "auto" takes REST when its keys are there, else SOAP. A SOAP key beside REST's keys
    serves for the log alone.

    Raises:
        Misconfigured: KEY_MISSING, ADDRESS_NOT_SAFE, SETTING_INVALID.

    """
    client_id, secret, soap_key = (
        credentials.get(name, "").strip() for name in ("client_id", "client_secret", "soap_key")
    )
    api = settings.get("api", "").strip() or "auto"
    if api not in APIS:
        raise Misconfigured("SETTING_INVALID", field="api", value=api)
    if api == "auto":
        api = "rest" if client_id or secret or not soap_key else "soap"
    if api == "soap" and not soap_key:
        raise Misconfigured("KEY_MISSING", field="soap_key")
    if api == "rest" and not (client_id and secret):
        raise Misconfigured("KEY_MISSING", field="client_secret" if client_id else "client_id")
    network = transport or HttpTransport()

    def soap() -> SoapApi:
        address = address_of(settings.get("base_url", ""), assumptions.SOAP_HOST)
        require_safe_address(address)
        limits = limits_from(settings, SOAP_LIMITS)
        counted = Budget(budget_key("severa-soap", address, soap_key), limits, store=budget, clock=clock)
        client = SoapClient(
            address=f"{address}{assumptions.SOAP_PATH}", key=soap_key, transport=network, budget=counted, clock=clock
        )
        return SoapApi(client, clock)

    if api == "soap":
        both = soap()
        return LoggingSeveraConnector(both, both, clock)
    address = address_of(settings.get("base_url", ""), assumptions.REST_HOST)
    require_safe_address(address)
    limits = limits_from(settings, MANIFEST.limits)
    rest = RestClient(
        address=f"{address}{assumptions.REST_PATH}",
        client_id=client_id,
        client_secret=secret,
        transport=network,
        budget=Budget(budget_key("severa", address, client_id), limits, store=budget, clock=clock),
        clock=clock,
    )
    if soap_key:
        return LoggingSeveraConnector(RestApi(rest), soap(), clock)
    return SeveraConnector(RestApi(rest), clock)
