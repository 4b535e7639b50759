"""Doors of the import wizard: open only for vendors whose door the operator named, and never at a vendor's own host."""

from urllib.parse import urlsplit

from django.conf import settings

from tilisilta.connectors import CONNECTORS, door_of
from tilisilta.core.errors import Misconfigured
from tilisilta.kit.http import Transport
from tilisilta.ports.keys import KeyDoor


def addresses() -> dict[str, str]:
    """Return the doors that the operator named, by vendor."""
    found = {}
    for entry in str(settings.KEY_DOORS).split(";"):
        vendor, mark, address = entry.partition("=")
        if mark and address.strip():
            found[vendor.strip()] = address.strip()
    return found


def has_door(vendor: str) -> bool:
    """Return whether people can sign in at a vendor from here."""
    return vendor in addresses() and door_of(vendor) is not None


def open_door(vendor: str, *, transport: Transport | None = None) -> KeyDoor:
    """Return the door of a vendor. Touches no network.

    Raises:
        Misconfigured: DOOR_CLOSED when the operator named none, DOOR_NOT_PUBLIC when it is the vendor's own host,
            ADDRESS_NOT_SAFE.
    """
    address, build = addresses().get(vendor, ""), door_of(vendor)
    if not address or build is None:
        raise Misconfigured("DOOR_CLOSED", vendor=vendor)
    own = urlsplit(CONNECTORS[vendor].load().MANIFEST.default_host).hostname
    if own and urlsplit(address).hostname == own:
        raise Misconfigured("DOOR_NOT_PUBLIC", address=address)
    # No limit to public addresses: who names a door is the operator, never somebody at a page.
    return build(address, transport=transport)
