"""The service's own description, fetched with all that it imports, and read into zeep's client.

zeep reads the description and writes and reads messages; the network stays ours.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from lxml import etree
from zeep import Client, Settings
from zeep.exceptions import Error

from tilisilta.core.errors import Misconfigured, Retry

MOST_DOCUMENTS = 40
ANYWHERE = "https://service.invalid"
_make: Any = Client
_PLACES = ("location", "schemaLocation")
_IMPORTING = frozenset({"import", "include"})


class _Memory:
    """What zeep takes for its transport: it hands out what was fetched and reaches nothing else."""

    def __init__(self, documents: dict[str, bytes]) -> None:
        self._documents = documents

    def load(self, url: str) -> bytes:
        """Return a document that was fetched.

        Raises:
            KeyError: It was not.

        """
        return self._documents[urldefrag(url).url]


async def load_client(address: str, fetch: Callable[[str], Awaitable[bytes]]) -> Any:
    """Return zeep's client for the service described at `address`; nothing is called with it.

    Only documents of the same host are followed.

    Raises:
        Misconfigured: INTERFACE_CHANGED when the description cannot be read.

    """
    documents: dict[str, bytes] = {}
    waiting = [address]
    while waiting:
        url = waiting.pop()
        if url in documents:
            continue
        if len(documents) >= MOST_DOCUMENTS:
            raise Misconfigured("INTERFACE_CHANGED", message=f"more than {MOST_DOCUMENTS} documents")
        documents[url] = await fetch(url)
        waiting += _imports(url, documents[url])
    # The address that it names is never called, so one description that was read serves every address of the service.
    parts = urlsplit(address)
    origin = f"{parts.scheme}://{parts.netloc}"
    known = tuple(
        sorted(
            (url.replace(origin, ANYWHERE), text.replace(origin.encode(), ANYWHERE.encode()))
            for url, text in documents.items()
        )
    )
    return await asyncio.to_thread(_parse, address.replace(origin, ANYWHERE), known)


def _imports(url: str, content: bytes) -> list[str]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        # Half a document, or a page for people: the next time it may be whole.
        raise Retry("NOT_XML", after_s=30) from None
    found = []
    for element in root.iter(etree.Element):
        if etree.QName(element).localname in _IMPORTING:
            places = [urljoin(url, element.get(name, "")) for name in _PLACES if element.get(name)]
            found += [urldefrag(place).url for place in places if urlsplit(place).netloc == urlsplit(url).netloc]
    return found


@lru_cache(maxsize=4)
def _parse(address: str, documents: tuple[tuple[str, bytes], ...]) -> Any:
    """Return zeep's client; reading takes a tenth of a second and more, so the last few are kept."""
    try:
        client = _make(address, transport=_Memory(dict(documents)), settings=Settings(forbid_dtd=True))
    except (Error, KeyError, ValueError) as error:
        raise Misconfigured("INTERFACE_CHANGED", message=f"{type(error).__name__}: {error}"[:400]) from error
    if not client.wsdl.bindings:
        raise Misconfigured("INTERFACE_CHANGED", message="no operations are described")
    return client
