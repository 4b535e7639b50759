"""The one way to the network: a request in, a response out, and failures sorted by fate.

Connectors build a `Request` and hand it to a `Transport`; tests hand in recorded answers instead. Transports raise only
`Retry` (nothing reached the vendor, or it was a read), `Unknown` (a write may have arrived, its answer is lost) and
`Misconfigured` (an address that may not be called).
"""

import asyncio
import email.utils
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextvars import ContextVar
from types import SimpleNamespace
from typing import BinaryIO, Protocol, TypeVar

import aiohttp
import msgspec
import stamina
import structlog
from yarl import URL

from tilisilta.core.errors import BudgetSpent, Cancelled, Evidence, Misconfigured, Retry, TilisiltaError, Unknown
from tilisilta.kit.addresses import PublicResolver, require_safe_address
from tilisilta.kit.scrub import scrub

log = structlog.get_logger("tilisilta.http")

USER_AGENT = "Tilisilta"
MAX_BODY_BYTES = 64 * 1024 * 1024
CHUNK_BYTES = 64 * 1024
READ_ATTEMPTS = 3
READ_PAUSE_S = 2.0  # short enough to try again within the call
# A run would rather give its place to another than sleep longer inside one call.
LONGEST_WAIT_IN_CALL_S = 10.0

# Asked right before a write leaves; raises when the caller may not write any more (a run that lost its lease).
before_write: ContextVar[Callable[[], None] | None] = ContextVar("before_write", default=None)

T = TypeVar("T")


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One call. `url` is complete and percent-encoded and goes out byte for byte, because some vendors sign it."""

    method: str
    url: str
    body: bytes | None = None
    headers: Mapping[str, str] = {}
    is_write: bool = False
    read_timeout_s: float | None = None


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """What came back; header names are matched without regard to case when they come from the network."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = {}

    def text(self) -> str:
        """Return the body as text for people: UTF-8, what cannot be read replaced."""
        return self.body.decode("utf-8", "replace")


class Transport(Protocol):
    """The seam: what a connector needs of the network."""

    async def request(self, request: Request) -> Response:
        """Send once and return what came back, whatever its status.

        Raises: Retry, Unknown, Misconfigured (see the module).
        """
        ...

    async def close(self) -> None: ...


class Timeouts(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds for connecting, for each silence while reading, and for the whole of a call that drips."""

    connect_s: float = 10.0
    read_s: float = 60.0
    total_s: float = 600.0


class HttpTransport:
    """Connection pool, TLS, gzip, time-outs and a limit on the size of answers.

    With `public_only` it calls nothing but hosts of the public internet: whoever may type an address into a connection
    must not reach what only this machine and its neighbours may reach.
    """

    def __init__(
        self,
        *,
        timeouts: Timeouts | None = None,
        connections: int = 64,
        max_body_bytes: int = MAX_BODY_BYTES,
        ssl_context: ssl.SSLContext | None = None,
        public_only: bool = False,
    ) -> None:
        self._timeouts = timeouts or Timeouts()
        self._connections = connections
        self._max_body_bytes = max_body_bytes
        self._public_only = public_only
        self._ssl: ssl.SSLContext | bool = ssl_context or True
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._origins: set[str] = set()
        self._timeout = aiohttp.ClientTimeout(
            total=self._timeouts.total_s, sock_connect=self._timeouts.connect_s, sock_read=self._timeouts.read_s
        )

    async def request(self, request: Request) -> Response:
        """Send once; see `Transport.request`."""
        return await self._send(request, self._read)

    async def save(self, request: Request, file: BinaryIO, *, max_bytes: int) -> Response:
        """Send a read once and write a body of status 200 to `file` as it comes; the response carries none.

        For answers too large for memory. An answer that breaks off or is longer than `max_bytes` raises, and what was
        written until then is worth nothing.

        Raises:
            Retry, Misconfigured: see the module.

        """

        async def take(answer: aiohttp.ClientResponse, request: Request) -> bytes:
            if answer.status != 200:  # noqa: PLR2004
                return await self._read(answer, request)
            async for part in self._parts(answer, request, max_bytes):
                file.write(part)
            return b""

        return await self._send(request, take)

    async def _send(
        self, request: Request, take: Callable[[aiohttp.ClientResponse, Request], Awaitable[bytes]]
    ) -> Response:
        session = self._session
        if session is None or self._loop is not asyncio.get_running_loop():
            session = await self._open()
        self._require_safe(request.url)
        permit = before_write.get() if request.is_write else None
        if permit is not None:
            permit()
        timeout = self._timeout
        if request.read_timeout_s is not None:
            timeout = aiohttp.ClientTimeout(
                total=self._timeouts.total_s, sock_connect=self._timeouts.connect_s, sock_read=request.read_timeout_s
            )
        try:
            async with session.request(
                request.method,
                URL(request.url, encoded=True),
                data=request.body,
                headers=request.headers,
                timeout=timeout,
                allow_redirects=False,
                trace_request_ctx=permit,
                middlewares=(_never_repeated,) if request.is_write else None,
            ) as answer:
                body = await take(answer, request)
                return Response(status=answer.status, body=body, headers=answer.headers)
        except aiohttp.ClientError as error:
            if isinstance(error.__cause__, Cancelled):
                raise error.__cause__ from error
            raise _fate_of(error, request) from error
        except (TimeoutError, OSError) as error:
            raise _fate_of(error, request) from error

    async def close(self) -> None:
        """Close all connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _open(self) -> aiohttp.ClientSession:
        # A worker may use one connector from several event loops, one after another; a session lives in one only.
        old = self._session
        self._loop = asyncio.get_running_loop()
        session = self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._connections,
                ssl=self._ssl,
                keepalive_timeout=10,
                resolver=PublicResolver() if self._public_only else None,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": USER_AGENT},
            skip_auto_headers=("Content-Type",),
            auto_decompress=True,
            trace_configs=[_last_look()],
        )
        if old is not None:
            await old.close()
        return session

    def _require_safe(self, url: str) -> None:
        end = url.find("/", 8)
        origin = url if end < 0 else url[:end]
        if origin not in self._origins:
            require_safe_address(origin, public_only=self._public_only)
            self._origins.add(origin)

    async def _read(self, answer: aiohttp.ClientResponse, request: Request) -> bytes:
        length = answer.content_length
        if length is not None and length <= self._max_body_bytes and "Content-Encoding" not in answer.headers:
            return await answer.read()
        return b"".join([part async for part in self._parts(answer, request, self._max_body_bytes)])

    async def _parts(self, answer: aiohttp.ClientResponse, request: Request, max_bytes: int) -> AsyncIterator[bytes]:
        size = 0
        async for part in answer.content.iter_chunked(CHUNK_BYTES):
            size += len(part)
            if size > max_bytes:
                raise lost_answer(
                    request, "ANSWER_TOO_LARGE", Evidence(status=answer.status, url=scrub(request.url)), after_s=3600
                )
            yield part


def _last_look() -> aiohttp.TraceConfig:
    """Return hooks that ask `before_write` once more when the first byte is about to leave.

    Connecting takes time in which a process may be stopped; whoever wakes up late must find out here.
    """

    async def ask(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: object) -> None:
        if context.trace_request_ctx is not None:
            context.trace_request_ctx()

    hooks = aiohttp.TraceConfig()
    hooks.on_request_headers_sent.append(ask)
    hooks.on_request_chunk_sent.append(ask)
    return hooks


class _ConnectionLost(aiohttp.ClientError):
    """The connection broke while a write was under way."""


async def _never_repeated(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Send a write once: aiohttp sends PUT and DELETE again by itself when a kept connection breaks, and a vendor may
    book twice what it is told twice.
    """
    try:
        return await handler(request)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
        raise  # not a byte was sent
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _ConnectionLost(str(error)) from (error.__cause__ or error)


# --- fates ---------------------------------------------------------------------------------------------------


def _fate_of(error: Exception, request: Request) -> TilisiltaError:
    evidence = Evidence(body=scrub(f"{type(error).__name__}: {error}"), url=scrub(request.url))
    log.info("request_failed", method=request.method, url=evidence.url, write=request.is_write, error=evidence.body)
    if isinstance(error, aiohttp.ClientSSLError | aiohttp.ServerFingerprintMismatch):
        return Misconfigured("TLS_REFUSED", evidence=evidence, reason=type(error).__name__)
    if isinstance(error, aiohttp.InvalidURL):
        return Misconfigured("ADDRESS_NOT_SAFE", evidence=evidence, address=evidence.url)
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return Retry("TARGET_UNREACHABLE", after_s=15, evidence=evidence)  # not a byte was sent
    return lost_answer(request, "ANSWER_LOST", evidence)


def lost_answer(request: Request, code: str, evidence: Evidence, *, after_s: float = READ_PAUSE_S) -> TilisiltaError:
    """Return the fate of a request whose answer is no use: Unknown for a write, Retry for a read."""
    if request.is_write:
        return Unknown(code, evidence=evidence)
    return Retry("TARGET_BUSY" if code == "ANSWER_LOST" else code, after_s=after_s, evidence=evidence)


def evidence_of(request: Request, response: Response, secrets: Iterable[str] = ()) -> Evidence:
    """Return the scrubbed answer as evidence."""
    headers = response.headers
    return Evidence(
        status=response.status,
        body=scrub(response.text(), secrets),
        request_id=headers.get("x-request-id", "") or headers.get("X-Request-Id", ""),
        url=scrub(request.url, secrets),
    )


def check_status(request: Request, response: Response, *, secrets: Iterable[str] = ()) -> None:
    """Raise for the statuses that mean the same with every vendor; 4xx that name a reason are the connector's.

    Raises:
        Retry: 429; 503 with Retry-After; 5xx on a read.
        Unknown: 5xx on a write.
        Misconfigured: a redirect, since an API does not move by itself.

    """
    status = response.status
    if status < 300:  # noqa: PLR2004
        return
    if status == 429 or (status == 503 and "Retry-After" in response.headers):  # noqa: PLR2004
        raise Retry(after_s=retry_after_s(response.headers), evidence=evidence_of(request, response, secrets))
    if status >= 500:  # noqa: PLR2004
        raise lost_answer(request, "ANSWER_LOST", evidence_of(request, response, secrets))
    if status < 400:  # noqa: PLR2004
        raise Misconfigured("ADDRESS_MOVED", evidence=evidence_of(request, response, secrets))


def retry_after_s(headers: Mapping[str, str], default_s: float = 5.0) -> float:
    """Return the seconds of a Retry-After header, given as seconds or as an HTTP date.

    >>> retry_after_s({"Retry-After": "7"})
    7.0
    >>> retry_after_s({})
    5.0
    """
    value = headers.get("Retry-After", "").strip()
    if not value:
        return default_s
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return default_s
    return max(0.0, moment.timestamp() - time.time())


def is_html(body: bytes) -> bool:
    """Return whether an answer that should be data is a page for people."""
    start = body[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<!--"))


def not_json(request: Request, response: Response, secrets: Iterable[str] = ()) -> TilisiltaError:
    """Return the fate of an answer that is not the JSON it should be: a page (HTML_ANSWER) or half of it (NOT_JSON)."""
    code = "HTML_ANSWER" if is_html(response.body) else "NOT_JSON"
    return lost_answer(request, code, evidence_of(request, response, secrets), after_s=30)


# --- repeating reads -----------------------------------------------------------------------------------------


def _backoff(error: Exception) -> bool | float:
    if not isinstance(error, Retry) or isinstance(error, BudgetSpent):
        return False
    return error.after_s if error.after_s <= LONGEST_WAIT_IN_CALL_S else False


async def repeat_read(call: Callable[[], Awaitable[T]]) -> T:
    """Return what a read gives, tried again a few times when it may be; never for writes.

    Raises: whatever the last try raised.
    """
    try:
        return await call()  # the usual case pays nothing for the machinery of repeating
    except Retry as error:
        if _backoff(error) is False:
            raise
        await asyncio.sleep(min(error.after_s, LONGEST_WAIT_IN_CALL_S))
    async for attempt in stamina.retry_context(on=_backoff, attempts=READ_ATTEMPTS - 1, timeout=60):
        with attempt:
            return await call()
    raise AssertionError("stamina lets the last error through")  # pragma: no cover
