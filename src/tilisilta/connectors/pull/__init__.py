"""The pull service: a target whose documents wait until the other system fetches them, as it fetches from Severa."""

from collections.abc import Mapping

from tilisilta.connectors.pull.connector import PullConnector
from tilisilta.connectors.pull.manifest import MANIFEST
from tilisilta.connectors.pull.options import read_statuses
from tilisilta.kit.http import Transport
from tilisilta.ports import BudgetStore, Clock
from tilisilta.ports.own import NO_STORES, OwnStores

__all__ = ["MANIFEST", "build", "read_statuses"]


def build(
    credentials: Mapping[str, str],  # noqa: ARG001  its key is ours to make, and only its hash is kept
    settings: Mapping[str, str],
    *,
    transport: Transport | None = None,  # noqa: ARG001  the other system calls us
    budget: BudgetStore | None = None,  # noqa: ARG001
    clock: Clock | None = None,  # noqa: ARG001
    own: OwnStores = NO_STORES,
) -> PullConnector:
    """Return the connector over a connection's shelf; one that is not stored yet has none.

    Raises:
        Misconfigured: SETTING_WRONG, when the two statuses bear one name.

    """
    read_statuses(settings)
    return PullConnector(own.shelf)
