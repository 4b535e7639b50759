"""A receiver over HTTPS: files are put and read by their path, as WebDAV and most file gateways have it."""

from collections.abc import Iterable
from urllib.parse import quote

from aiohttp import encode_basic_auth

from tilisilta.connectors.maestro import assumptions
from tilisilta.connectors.maestro.place import Before
from tilisilta.core.errors import Misconfigured, Retry
from tilisilta.kit.gather import gather
from tilisilta.kit.http import Request, Response, Transport, check_status, evidence_of, repeat_read

_READS = frozenset({"GET", "HEAD"})
_MISSING = frozenset({404, 410})
_DENIED = frozenset({401, 403})
_FULL = frozenset({413, 507})
_NO_FOLDER = frozenset({404, 409})
_TRIAL = ".tilisilta"


class HttpsPlace:
    """Files below one address. See `place.Place`; what is answered 2xx has appeared."""

    keeps_temporaries = False

    def __init__(self, base_url: str, *, user: str, password: str, transport: Transport) -> None:
        self._base_url = base_url.rstrip("/")
        self._secrets = (password,) if password else ()
        self._headers = {}
        if user or password:
            self._headers["Authorization"] = encode_basic_auth(user, password, "utf-8")
        self._transport = transport

    async def check(self) -> dict[str, str]:
        """Put and remove a file."""
        path = f"{assumptions.INVOICES}/{_TRIAL}"
        await self.put(path, b"")
        await self.remove(path)
        return {"address": self._base_url}

    async def put(self, path: str, content: bytes, before: Before | None = None) -> None:
        """Put a file in one request; receivers keep it only when all of it has come."""
        if before is not None:
            await before()
        await self._ask("PUT", path, content)

    async def read(self, path: str) -> bytes | None:
        """Return a file's content."""
        response = await repeat_read(lambda: self._ask("GET", path))
        return None if response.status in _MISSING else response.body

    async def remove(self, path: str) -> None:
        """Remove a file if it is there; a receiver that lets nothing be removed keeps it."""
        await self._ask("DELETE", path)

    async def present(self, paths: Iterable[str]) -> set[str]:
        """Ask for each file's head."""
        wanted = list(paths)

        async def is_there(path: str) -> bool:
            response = await repeat_read(lambda: self._ask("HEAD", path))
            return response.status not in _MISSING

        return {path for path, there in zip(wanted, await gather(is_there, wanted), strict=True) if there}

    async def names(self, folder: str) -> list[str]:  # noqa: ARG002  there is no common way to list
        """Return none."""
        return []

    async def close(self) -> None:
        """Let go of the connections."""
        await self._transport.close()

    async def _ask(self, method: str, path: str, content: bytes | None = None) -> Response:
        is_write = method == "PUT"
        headers = {**self._headers, **({"Content-Type": "application/octet-stream"} if is_write else {})}
        request = Request(
            method=method, url=f"{self._base_url}/{quote(path)}", body=content, headers=headers, is_write=is_write
        )
        response = await self._transport.request(request)
        status, evidence = response.status, evidence_of(request, response, self._secrets)
        if status in _DENIED:
            raise Misconfigured("KEY_REFUSED", evidence=evidence)
        if is_write and status in _FULL:
            raise Retry("DISK_FULL", after_s=assumptions.DISK_WAIT_S, evidence=evidence, folder=self._base_url)
        if is_write and status in _NO_FOLDER:
            raise Misconfigured("FOLDER_MISSING", evidence=evidence, folder=self._base_url)
        check_status(request, response, secrets=self._secrets)
        if is_write and status >= 400:  # noqa: PLR2004
            raise Misconfigured("FOLDER_NOT_WRITABLE", evidence=evidence, folder=self._base_url)
        if method in _READS and status >= 400 and status not in _MISSING:  # noqa: PLR2004
            # Its words are not the file: an empty acknowledgement alone would count as "in the books".
            raise Misconfigured("FOLDER_UNREADABLE", evidence=evidence, folder=self._base_url)
        return response
