"""E-invoice files as a source: Finvoice, UBL 2.1 and the Estonian e-invoice, by upload, API or watched folder."""

import re
from collections.abc import Mapping

from tilisilta.connectors.files.client import FileClient
from tilisilta.connectors.files.manifest import MANIFEST
from tilisilta.connectors.files.source import FilesConnector
from tilisilta.core.errors import Misconfigured
from tilisilta.kit.http import Transport
from tilisilta.ports import BudgetStore, Clock
from tilisilta.ports.own import NO_STORES, OwnStores

__all__ = ["MANIFEST", "build"]

_CODE = re.compile(r"[0-9A-Za-zÀ-ž .\-]{1,40}")


def build(
    credentials: Mapping[str, str],  # noqa: ARG001  files need no keys
    settings: Mapping[str, str],
    *,
    transport: Transport | None = None,  # noqa: ARG001  nor a network
    budget: BudgetStore | None = None,  # noqa: ARG001  whose requests could be counted
    clock: Clock | None = None,  # noqa: ARG001
    own: OwnStores = NO_STORES,
) -> FilesConnector:
    """Return the connector over one connection's inbox; without an inbox (a connection not yet stored) it is empty.

    Raises:
        Misconfigured: SETTING_WRONG when `own_registry_codes` holds what no register gives out.

    """
    return FilesConnector(FileClient(own.inbox), own_registry_codes(settings.get("own_registry_codes", "")))


def own_registry_codes(text: str) -> frozenset[str]:
    """Return the registry codes of a setting, which commas, semicolons or lines separate."""
    codes = frozenset(part.strip() for part in re.split(r"[,;\n]", text) if part.strip())
    for code in sorted(codes):
        if not _CODE.fullmatch(code):
            raise Misconfigured("SETTING_WRONG", field="own_registry_codes", value=code[:40])
    return codes
