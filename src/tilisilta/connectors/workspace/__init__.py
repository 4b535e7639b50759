"""The invoice workspace as a system like any other: source and target of documents, without a network."""

from collections.abc import Mapping

from tilisilta.connectors.workspace.connector import WorkspaceConnector
from tilisilta.connectors.workspace.manifest import AT_FIRST, MANIFEST, PURCHASES_WHEN
from tilisilta.core.errors import Misconfigured
from tilisilta.kit.http import Transport
from tilisilta.ports import BudgetStore, Clock
from tilisilta.ports.own import NO_STORES, OwnStores

__all__ = ["MANIFEST", "build"]


def build(
    credentials: Mapping[str, str],  # noqa: ARG001  the company's own workspace needs no keys
    settings: Mapping[str, str],
    *,
    transport: Transport | None = None,  # noqa: ARG001  nor a network
    budget: BudgetStore | None = None,  # noqa: ARG001  whose requests could be counted
    clock: Clock | None = None,  # noqa: ARG001
    own: OwnStores = NO_STORES,
) -> WorkspaceConnector:
    """Return the connector over a company's workspace; a connection that is not stored yet has none.

    Raises:
        Misconfigured: SETTING_WRONG when a setting has none of its choices.

    """
    when = settings.get(PURCHASES_WHEN.name, "") or PURCHASES_WHEN.default
    if when not in dict(PURCHASES_WHEN.choices):
        raise Misconfigured("SETTING_WRONG", field=PURCHASES_WHEN.name, value=when[:40])
    return WorkspaceConnector(own.workspace, purchases_at_first_approval=when == AT_FIRST)
