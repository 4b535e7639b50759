"""Which addresses may be called: what a person typed made an address, and no place that nobody should reach."""

import ipaddress
import socket
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from tilisilta.core.errors import Misconfigured
from tilisilta.kit.scrub import scrub

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


def is_public(host: str) -> bool:
    """Return whether a host may be on the public internet, as far as its name or number tells.

    >>> [is_public(host) for host in ("api.vendor.ee", "8.8.8.8", "10.0.0.7", "169.254.169.254", "::1", "localhost")]
    [True, True, False, False, False, False]
    """
    try:
        number = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host != "localhost" and not host.endswith(".localhost")
    if isinstance(number, ipaddress.IPv6Address):
        number = number.ipv4_mapped or number
    return number.is_global and not number.is_multicast


def require_safe_address(address: str, *, public_only: bool = False) -> None:
    """Raise unless `address` is https, or http on this very machine (emulators); with `public_only`, never the latter.

    Raises:
        Misconfigured: ADDRESS_NOT_SAFE, ADDRESS_NOT_PUBLIC.

    """
    parts = urlsplit(address)
    if public_only and parts.hostname and not is_public(parts.hostname):
        raise Misconfigured("ADDRESS_NOT_PUBLIC", address=scrub(address, limit=200))
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS:
        return
    raise Misconfigured("ADDRESS_NOT_SAFE", address=scrub(address, limit=200))


def address_of(given: str, default: str) -> str:
    """Return scheme and host of whatever was pasted; `default` for nothing.

    >>> address_of("sa.smartaccounts.eu/et/api/", ""), address_of(" ", "https://integration.netvisor.fi")
    ('https://sa.smartaccounts.eu', 'https://integration.netvisor.fi')

    Raises:
        Misconfigured: ADDRESS_NOT_SAFE when there is no host in it.

    """
    address = given.strip() or default
    if "://" not in address:
        address = f"https://{address}"
    parts = urlsplit(address)
    if not parts.netloc:
        raise Misconfigured("ADDRESS_NOT_SAFE", address=given[:200])
    return f"{parts.scheme}://{parts.netloc}"


class PublicResolver(AbstractResolver):
    """Finds the addresses of names, and gives out none when one of them is not on the public internet.

    It is asked for the connection itself, so that a name cannot lead elsewhere after it was looked at.
    """

    def __init__(self) -> None:
        self._resolver = aiohttp.DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return where to connect.

        Raises:
            Misconfigured: ADDRESS_NOT_PUBLIC.

        """
        found = await self._resolver.resolve(host, port, family)
        if not all(is_public(each["host"]) for each in found):
            raise Misconfigured("ADDRESS_NOT_PUBLIC", address=host[:200])
        return found

    async def close(self) -> None:
        """Close the resolver underneath."""
        await self._resolver.close()
