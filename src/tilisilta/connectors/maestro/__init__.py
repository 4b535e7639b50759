"""Maestro: target of customers, sales invoices and credit notes, as files in a folder, over SFTP or over HTTPS."""

from collections.abc import Mapping

from tilisilta.connectors.maestro.connector import MaestroConnector
from tilisilta.connectors.maestro.folder import FolderPlace, allowed_root
from tilisilta.connectors.maestro.https import HttpsPlace
from tilisilta.connectors.maestro.manifest import MANIFEST
from tilisilta.connectors.maestro.options import FOLDER, HTTPS, SFTP, https_address, read_options, sftp_access
from tilisilta.connectors.maestro.place import Place
from tilisilta.connectors.maestro.sftp import SftpPlace
from tilisilta.connectors.maestro.write_csv import CUSTOMER_FIELDS, ROW_FIELDS
from tilisilta.core.errors import Misconfigured
from tilisilta.kit.http import HttpTransport, Transport
from tilisilta.ports import BudgetStore, Clock
from tilisilta.ports.own import NO_STORES, OwnStores

__all__ = ["MANIFEST", "build"]


def build(
    credentials: Mapping[str, str],
    settings: Mapping[str, str],
    *,
    transport: Transport | None,
    budget: BudgetStore,  # noqa: ARG001  nobody limits files
    clock: Clock,
    own: OwnStores = NO_STORES,
) -> MaestroConnector:
    """Return the connector for one company; touches no network and no disk.

    Raises:
        Misconfigured: KEY_MISSING, SETTING_WRONG, FOLDER_NOT_ALLOWED, SFTP_KEY_UNREADABLE, ADDRESS_NOT_SAFE.

    """
    chosen = {**credentials, **{name: value for name, value in settings.items() if value.strip()}}
    options = read_options(chosen, customer_fields=CUSTOMER_FIELDS, row_fields=ROW_FIELDS)
    return MaestroConnector(_place(credentials, chosen, transport, own), options, clock)


def _place(
    credentials: Mapping[str, str], chosen: Mapping[str, str], transport: Transport | None, own: OwnStores
) -> Place:
    route = chosen.get("route", "") or SFTP
    if route == SFTP:
        return SftpPlace(sftp_access(chosen, public_only=own.public_only))
    if route == FOLDER:
        folder = chosen.get("folder", "").strip()
        if not folder:
            raise Misconfigured("KEY_MISSING", field="folder")
        return FolderPlace(allowed_root(folder, own.folders or ()))
    if route == HTTPS:
        user = chosen.get("https_user", "").strip()
        if ":" in user:  # what stands between name and password
            raise Misconfigured("SETTING_WRONG", field="https_user", value=user[:40])
        return HttpsPlace(
            https_address(chosen),
            user=user,
            password=credentials.get("https_password", ""),
            transport=transport or HttpTransport(public_only=own.public_only),
        )
    raise Misconfigured("SETTING_WRONG", field="route", value=route[:40])
