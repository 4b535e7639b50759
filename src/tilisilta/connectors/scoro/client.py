"""Calls of Scoro's API v2: address, envelope, limits, errors by fate, paging."""

import asyncio
import re
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import msgspec

from tilisilta.connectors.scoro import assumptions
from tilisilta.connectors.scoro.wire import Envelope, decode_envelope, encode
from tilisilta.core.errors import BudgetSpent, Evidence, Misconfigured, Refused, Retry, TilisiltaError, Unknown
from tilisilta.kit.budget import Budget
from tilisilta.kit.errors import translate
from tilisilta.kit.http import (
    Request,
    Response,
    Transport,
    check_status,
    evidence_of,
    is_html,
    lost_answer,
    not_json,
    repeat_read,
)
from tilisilta.kit.manifest import VendorError
from tilisilta.kit.values import loose_decoder, text
from tilisilta.ports import Clock

MOST_PAGES = 100_000
TOO_MANY = 429
SERVER_FAULT = 500
DAY_S = 86_400
_DOOR = (401, 403)
_NOT_FOUND = 404
_HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}
_not_activated = re.compile(assumptions.NOT_ACTIVATED_WORDS, re.IGNORECASE)
_company = re.compile(assumptions.COMPANY_WORDS, re.IGNORECASE)
_right = re.compile(assumptions.RIGHT_WORDS, re.IGNORECASE)
_plan = re.compile(assumptions.PLAN_WORDS, re.IGNORECASE)
_decode_any = loose_decoder(object).decode
_raw_rows = msgspec.json.Decoder(list[msgspec.Raw]).decode

T = TypeVar("T", bound=msgspec.Struct)


def normalise_address(given: str) -> str:
    """Return the address of the site's API from whatever was pasted: a name, a host, or any page of the site.

    >>> normalise_address("acme")
    'https://acme.scoro.com/api/v2'
    >>> normalise_address("https://acme.scoro.ee/api/v2/invoices/list")
    'https://acme.scoro.ee/api/v2'

    Raises:
        Misconfigured: ADDRESS_NOT_SAFE when no site can be read from it.

    """
    address = given.strip().rstrip("/")
    if "://" not in address:
        address = f"https://{address}"
    parts = urlsplit(address)
    host = parts.hostname or ""
    if not host or not re.fullmatch(r"[a-z0-9.:-]+", host):
        raise Misconfigured("ADDRESS_NOT_SAFE", address=given[:200])
    if "." not in host and ":" not in host and host != "localhost":
        host = f"{host}.scoro.com"
    scheme = "https" if host.endswith((".scoro.com", ".scoro.ee")) else parts.scheme
    shown = f"[{host}]" if ":" in host else host
    port = f":{parts.port}" if parts.port else ""
    return f"{scheme}://{shown}{port}/api/v2"


class Rows(msgspec.Struct, Generic[T]):
    """A page: its number, the rows that could be read, those that could not, and whether it was full."""

    number: int
    rows: list[T]
    unreadable: list[bytes]
    is_full: bool


class Client:
    """One business entity of one site. Reads are repeated a few times, writes never."""

    def __init__(
        self,
        *,
        base_url: str,
        credentials: Mapping[str, str],
        company_account_id: str,
        language: str,
        transport: Transport,
        budget: Budget,
        clock: Clock,
        errors: Sequence[VendorError],
        prefetch: int = 4,
    ) -> None:
        self._base_url = base_url
        self._common = {**credentials, "company_account_id": company_account_id, "lang": language}
        self._secrets = tuple(credentials.values())
        self._transport = transport
        self._budget = budget
        self._clock = clock
        self._errors = tuple(errors)
        self._prefetch = max(1, prefetch)
        self._decoders: dict[type[msgspec.Struct], Any] = {}

    # --- calls ---------------------------------------------------------------------------------------------

    async def call(
        self, path: str, body: Mapping[str, Any] | None = None, *, is_write: bool = False, is_interactive: bool = False
    ) -> msgspec.Raw:
        """Return the `data` of one call, undecoded.

        Raises: Retry, Refused, Misconfigured; Unknown for a write whose answer is lost.
        """
        request = Request(
            method="POST",
            url=f"{self._base_url}/{path}",
            body=encode({**self._common, "request": {}, **(body or {})}),
            headers=_HEADERS,
            is_write=is_write,
        )

        async def once() -> msgspec.Raw:
            async with self._budget.interactive() if is_interactive else self._budget:
                response = await self._transport.request(request)
            return self._opened(request, response)

        return await (once() if is_write else repeat_read(once))

    async def view(self, module: str, row_id: str, shape: type[T]) -> T | None:
        """Return one row, or None when there is none of this id."""
        try:
            data = await self.call(f"{module}/view/{row_id}")
        except Refused as error:
            if error.code == "NOT_FOUND_AT_SOURCE":
                return None
            raise
        if bytes(data) in {b"null", b"[]", b"{}", b"false"}:
            return None
        if bytes(data)[:1] == b"[":  # a list of one in place of the one
            return next(iter(loose_decoder(list[shape]).decode(data)), None)  # type: ignore[valid-type]
        return loose_decoder(shape).decode(data)

    async def rows(self, module: str, *, is_interactive: bool = False) -> list[dict[str, Any]]:
        """Return all rows of a small list as plain objects."""
        found: list[dict[str, Any]] = []
        for page in range(1, MOST_PAGES):
            data = await self.call(
                f"{module}/list", {"page": page, "per_page": assumptions.PAGE_ROWS}, is_interactive=is_interactive
            )
            rows = _decode_any(data)
            if isinstance(rows, dict):
                rows = [rows]  # a list of one that came as the one
            if not isinstance(rows, list):
                return found
            found += [row for row in rows if isinstance(row, dict)]
            if len(rows) < assumptions.PAGE_ROWS:
                break
        return found

    async def page(
        self, module: str, number: int, body: Mapping[str, Any], shape: type[T], *, is_detailed: bool = True
    ) -> Rows[T]:
        """Return one page of a list. Whether it is full is judged by the vendor's own cap."""
        cap = assumptions.DETAILED_ROWS if is_detailed else assumptions.PAGE_ROWS
        asked: dict[str, Any] = {**body, "page": number, "per_page": cap}
        if is_detailed:
            asked["detailed_response"] = True
        data = await self.call(f"{module}/list", asked)
        if bytes(data) in {b"null", b"{}", b'""', b"false"}:
            return Rows(number, [], [], is_full=False)
        decoder = self._decoders.get(shape)
        if decoder is None:
            decoder = self._decoders[shape] = loose_decoder(list[shape])  # type: ignore[valid-type]
        try:
            rows: list[T] = decoder.decode(data)
        except msgspec.ValidationError:
            good, bad = _one_by_one(data, shape)
            return Rows(number, good, bad, is_full=len(good) + len(bad) >= cap)
        return Rows(number, rows, [], is_full=len(rows) >= cap)

    async def pages(
        self, module: str, body: Mapping[str, Any], shape: type[T], *, first: int = 1, is_detailed: bool = True
    ) -> AsyncGenerator[Rows[T], None]:
        """Yield pages in order until one is not full. After a full page the next few are asked for at once."""
        waiting: deque[asyncio.Task[Rows[T]]] = deque()
        following = first

        def ask() -> None:
            nonlocal following
            waiting.append(asyncio.create_task(self.page(module, following, body, shape, is_detailed=is_detailed)))
            following += 1

        try:
            ask()
            while waiting:
                page = await waiting.popleft()
                if page.is_full and page.number < MOST_PAGES:
                    while len(waiting) < self._prefetch:
                        ask()
                yield page
                if not page.is_full:
                    return
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._transport.close()

    # --- answers -------------------------------------------------------------------------------------------

    def _opened(self, request: Request, response: Response) -> msgspec.Raw:
        self._note_limits(response)
        try:
            envelope = decode_envelope(response.body)
        except msgspec.MsgspecError:
            envelope = None
        if response.status == TOO_MANY:
            raise self._too_many(request, response)
        if envelope is None:
            raise self._unreadable(request, response)
        status = text(envelope.status).upper()
        code = _code(envelope)
        if response.status < 300 and status == "OK" and not envelope.errors and code < 400:  # noqa: PLR2004
            return envelope.data
        if code == TOO_MANY:
            raise self._too_many(request, response)
        raise self._refusal(request, response, envelope, code or response.status)

    def _unreadable(self, request: Request, response: Response) -> TilisiltaError:
        if 400 <= response.status < SERVER_FAULT:  # noqa: PLR2004
            evidence = evidence_of(request, response, self._secrets)
            if response.status in _DOOR and not is_html(response.body):
                return self._door(response.text(), evidence)
            # A page or nothing with a 4xx comes from in front of the API: most often a wrong site name.
            return Misconfigured("HTML_ANSWER" if is_html(response.body) else "NOT_JSON", evidence=evidence)
        try:
            check_status(request, response, secrets=self._secrets)
        except TilisiltaError as error:
            return error
        return not_json(request, response, self._secrets)

    def _refusal(self, request: Request, response: Response, envelope: Envelope, code: int) -> TilisiltaError:
        evidence = evidence_of(request, response, self._secrets)
        message = "; ".join((*_messages(envelope.messages), *_messages(envelope.errors)))
        if code in _DOOR:
            return self._door(message, evidence)
        if code >= SERVER_FAULT:
            return lost_answer(request, "ANSWER_LOST", evidence)
        if code == _NOT_FOUND:
            return Refused("NOT_FOUND_AT_SOURCE", evidence=evidence, message=message)
        if _not_activated.search(message) or _company.search(message):
            return self._door(message, evidence)
        return translate(message, self._errors, evidence=evidence)

    def _door(self, message: str, evidence: Evidence) -> Misconfigured:
        code = "KEY_REFUSED"
        for pattern, meaning in (
            (_not_activated, "API_NOT_ACTIVATED"),
            (_plan, "PLAN_TOO_LOW"),
            (_company, "COMPANY_ACCOUNT_UNKNOWN"),
            (_right, "RIGHT_MISSING"),
        ):
            if pattern.search(message):
                code = meaning
                break
        return Misconfigured(code, evidence=evidence, message=message)

    # --- limits --------------------------------------------------------------------------------------------

    def _note_limits(self, response: Response) -> None:
        headers = response.headers
        if headers.get("x-daily-requests-remaining") == "0":
            self._budget.spent(self._day_left(response))
        elif headers.get("x-ratelimit-remaining") == "0":
            self._budget.pause(_seconds(headers.get("x-ratelimit-reset"), 1.0, assumptions.LONGEST_WAIT_S))

    def _too_many(self, request: Request, response: Response) -> Retry:
        evidence = evidence_of(request, response, self._secrets)
        if response.headers.get("x-daily-requests-remaining") == "0":
            return BudgetSpent(after_s=self._day_left(response), evidence=evidence)
        wait_s = _seconds(
            response.headers.get("x-ratelimit-reset") or response.headers.get("Retry-After"),
            assumptions.SHORTEST_WAIT_S,
            assumptions.LONGEST_WAIT_S,
        )
        self._budget.pause(wait_s)
        return Retry(after_s=wait_s, evidence=evidence)

    def _day_left(self, response: Response) -> float:
        told = _seconds(response.headers.get("x-daily-requests-reset"), 0.0, DAY_S)
        return told or DAY_S - self._clock.now().timestamp() % DAY_S


def _seconds(value: str | None, least: float, most: float) -> float:
    try:
        return min(max(float(value or 0), least), most)
    except ValueError:
        return least


def _code(envelope: Envelope) -> int:
    code = text(envelope.status_code)
    return int(code) if code.isdigit() else 0


def _messages(given: Any) -> list[str]:
    """Return what an envelope says: a text, a list, or fields with a text or a list each."""
    if isinstance(given, str):
        return [given] if given else []
    if isinstance(given, list):
        return [found for each in given for found in _messages(each)]
    if isinstance(given, dict):
        return [
            found if name in {"error", "errors", ""} else f"{name}: {found}"
            for name, each in given.items()
            for found in _messages(each)
        ]
    return []


def _one_by_one(data: msgspec.Raw, shape: type[T]) -> tuple[list[T], list[bytes]]:
    good: list[T] = []
    bad: list[bytes] = []
    one = loose_decoder(shape)
    try:
        raws = _raw_rows(data)
    except msgspec.ValidationError:
        return [], [bytes(data)]
    for raw in raws:
        try:
            good.append(one.decode(raw))
        except msgspec.ValidationError:
            bad.append(bytes(raw))
    return good, bad


def require_id(data: msgspec.Raw, shape: type[T]) -> T:
    """Return what a write answered.

    Raises:
        Unknown: It said yes, but what it made cannot be read.

    """
    try:
        return loose_decoder(shape).decode(data)
    except msgspec.MsgspecError:
        raise Unknown("ANSWER_LOST", rule="answer without an id") from None
