"""Calls of SmartAccounts: address, signature, limits, errors by fate, list envelopes."""

import datetime as dt
import email.utils
import hmac
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

import msgspec

from tilisilta.connectors.smartaccounts import assumptions
from tilisilta.core.errors import BadInput, BudgetSpent, Evidence, Misconfigured, Retry, TilisiltaError
from tilisilta.kit.budget import Budget
from tilisilta.kit.errors import translate
from tilisilta.kit.http import (
    Request,
    Response,
    Transport,
    check_status,
    evidence_of,
    is_html,
    not_json,
    repeat_read,
    retry_after_s,
)
from tilisilta.kit.manifest import VendorError
from tilisilta.kit.values import flag, loose_decoder, text
from tilisilta.ports import Clock

TALLINN = ZoneInfo("Europe/Tallinn")
MOST_PAGES = 10_000  # a list that never ends must not keep a run for ever
UNAVAILABLE = 503
_DOOR = {401: "KEY_REFUSED", 403: "RIGHT_MISSING"}

_POST_HEADERS = {"Content-Type": "application/json; charset=utf-8", "Accept": "application/json"}
_GET_HEADERS = {"Accept": "application/json"}
_billing = re.compile(assumptions.BILLING_WORDS, re.IGNORECASE)
_day = re.compile(assumptions.DAY_WORDS, re.IGNORECASE)
_stale = re.compile(assumptions.STALE_WORDS, re.IGNORECASE)
_decode_any = loose_decoder(dict[str, Any]).decode

T = TypeVar("T", bound=msgspec.Struct)


def signature(secret: str, query: str, body: bytes = b"") -> str:
    """Return the signature of a call: HMAC-SHA256 over the percent-encoded query and the body, in lower-case hex.

    Source: SmartAccounts API document v1.7, vendor sheet section 2.
    """
    return hmac.digest(secret.encode(), query.encode() + body, "sha256").hex()


class Page(msgspec.Struct, Generic[T]):
    """Rows, ids removed since `dateFrom` (first page of change lists), the next page's number or 0, raw misfits."""

    rows: list[T]
    deleted: list[str]
    next_page: int
    unreadable: list[Any]


class Client:
    """One company's access. Reads are repeated a few times, writes never."""

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        api_secret: str,
        language: str,
        transport: Transport,
        budget: Budget,
        clock: Clock,
        errors: Sequence[VendorError],
    ) -> None:
        self._root = f"{base_url}/{language}/api/" if language else f"{base_url}/api/"
        self._key = api_key
        self._secret = api_secret
        self._transport = transport
        self._budget = budget
        self._clock = clock
        self._errors = tuple(errors)
        self._stamp_second = -1
        self._stamp = ""

    # --- signing -------------------------------------------------------------------------------------------

    def _timestamp(self) -> str:
        now = self._clock.now()
        second = int(now.timestamp())
        if second != self._stamp_second:
            self._stamp_second = second
            self._stamp = now.astimezone(TALLINN).strftime("%d%m%Y%H%M%S")
        return self._stamp

    def _url(self, call: str, params: Mapping[str, str], body: bytes) -> str:
        query = f"timestamp={self._timestamp()}&apikey={self._key}"
        if params:
            query = f"{urlencode(params)}&{query}"
        return f"{self._root}{call}?{query}&signature={signature(self._secret, query, body)}"

    # --- calls ---------------------------------------------------------------------------------------------

    async def add(self, service: str, body: bytes) -> Response:
        """Create one record and return the accepted answer; never tried twice.

        Raises: Retry, Unknown, Refused, Misconfigured.
        """
        async with self._budget:
            # Signed after waiting for the budget, so that the stamp cannot go stale in the queue.
            request = Request(
                method="POST",
                url=self._url(f"{service}:add", {}, body),
                body=body,
                headers=_POST_HEADERS,
                is_write=True,
            )
            response = await self._transport.request(request)
        if response.status > 201:  # noqa: PLR2004
            raise self._refusal(request, response)
        return response

    async def add_decoded(self, service: str, body: bytes, decoder: Any) -> Any:
        """Create one record and return its decoded answer; an answer that cannot be read is Unknown."""
        response = await self.add(service, body)
        try:
            return decoder(response.body)
        except msgspec.MsgspecError:
            raise not_json(_write_to(service, self._root), response, (self._key, self._secret)) from None

    async def get(
        self, service: str, params: Mapping[str, str] | None = None, *, is_interactive: bool = False
    ) -> dict[str, Any]:
        """Return the envelope that `<service>:get` answers.

        Raises: Retry, Refused, Misconfigured.
        """

        async def once() -> dict[str, Any]:
            async with self._budget.interactive() if is_interactive else self._budget:
                request = Request(
                    method="GET", url=self._url(f"{service}:get", params or {}, b""), headers=_GET_HEADERS
                )
                response = await self._transport.request(request)
            if response.status > 201:  # noqa: PLR2004
                raise self._refusal(request, response)
            try:
                return _decode_any(response.body)
            except msgspec.MsgspecError:
                raise not_json(request, response, (self._key, self._secret)) from None

        return await repeat_read(once)

    async def pages(
        self, service: str, params: Mapping[str, str], shape: type[T], *, first: int = 1
    ) -> AsyncIterator[Page[T]]:
        """Yield pages of a paged list from page `first` on until the vendor says that no more follow.

        Raises: BadInput when the list never ends or its envelope holds two lists; Retry, Refused, Misconfigured.
        """
        number = first
        while number < first + MOST_PAGES:
            envelope = await self.get(service, {**params, "pageNumber": str(number)})
            more = flag(envelope.get("hasMoreEntries"))
            rows, unreadable = _convert(the_list(envelope), shape)
            deleted = [text(each) for each in envelope.get("deleted") or ()]
            yield Page(rows, deleted, number + 1 if more else 0, unreadable)
            if not more:
                return
            number += 1
        raise BadInput("UNREADABLE", field=service, rule="endless list")

    async def settled_pages(
        self,
        service: str,
        params: Mapping[str, str],
        shape: type[T],
        *,
        first: int = 1,
        enough: Callable[[], bool] = lambda: False,
    ) -> AsyncIterator[Page[T]]:
        """Yield pages, and once more what was missed: rows move up when one before them is removed or touched.

        A list of one page cannot shift. A longer one is walked again, and rows that the first walk did not show are
        yielded; not when `enough` says that all that was looked for has been found.
        """
        seen: set[str] = set()
        count = 0
        async for page in self.pages(service, params, shape, first=first):
            count += 1
            seen.update(_identity(row) for row in page.rows)
            yield page
        if (count == 1 and first == 1) or enough():
            return
        async for page in self.pages(service, params, shape):
            missed = [row for row in page.rows if _identity(row) not in seen]
            if missed:
                seen.update(_identity(row) for row in missed)
                yield Page(missed, [], 0, [])

    async def settings_list(self, service: str, *, is_interactive: bool = False) -> list[dict[str, Any]]:
        """Return one of the unpaged lists."""
        envelope = await self.get(service, is_interactive=is_interactive)
        return [row for row in the_list(envelope) if isinstance(row, dict)]

    async def close(self) -> None:
        """Let go of the connections."""
        await self._transport.close()

    # --- errors --------------------------------------------------------------------------------------------

    def _refusal(self, request: Request, response: Response) -> TilisiltaError:
        secrets = (self._key, self._secret)
        evidence = evidence_of(request, response, secrets)
        message = error_text(response.body)
        if response.status == UNAVAILABLE and not is_html(response.body):
            return self._unavailable(response, message, evidence)
        if response.status in _DOOR:
            code = _DOOR[response.status]
            if code == "KEY_REFUSED" and (_stale.search(message) or self._clock_is_off(response)):
                code = "CLOCK_SKEW"
            return Misconfigured(code, evidence=evidence, message=message, service=_service_of(request))
        try:
            check_status(request, response, secrets=secrets)
        except TilisiltaError as error:
            if isinstance(error, Retry):
                self._budget.pause(error.after_s)
            return error
        if is_html(response.body):
            # A page with a 4xx comes from in front of the API; nothing was taken in.
            return Misconfigured("HTML_ANSWER", evidence=evidence)
        return translate(message, self._errors, evidence=evidence, service=_service_of(request))

    def _unavailable(self, response: Response, message: str, evidence: Evidence) -> TilisiltaError:
        if _billing.search(message):
            return Misconfigured("VENDOR_BILLING", evidence=evidence, message=message)
        # A named wait says best which limit it is; the text of the answer names both limits perhaps.
        is_day = bool(_day.search(message)) if "Retry-After" not in response.headers else False
        after_s = retry_after_s(response.headers, assumptions.DAY_WAIT_S if is_day else assumptions.LIMIT_WAIT_S)
        if is_day or after_s > assumptions.LONGEST_MINUTE_WAIT_S:
            self._budget.spent(after_s)
            return BudgetSpent(after_s=after_s, evidence=evidence, message=message)
        self._budget.pause(after_s)
        return Retry(after_s=after_s, evidence=evidence, message=message)

    def _clock_is_off(self, response: Response) -> bool:
        try:
            theirs = email.utils.parsedate_to_datetime(response.headers.get("Date", ""))
        except ValueError:
            return False
        if theirs.tzinfo is None:
            theirs = theirs.replace(tzinfo=dt.UTC)
        return abs((theirs - self._clock.now()).total_seconds()) > assumptions.CLOCK_TOLERANCE_S


def _identity(row: msgspec.Struct) -> str:
    """Return what a record is known by: its id, or its code where it has no id (articles)."""
    return text(getattr(row, "id", None) or getattr(row, "code", None))


def _write_to(service: str, root: str) -> Request:
    return Request(method="POST", url=f"{root}{service}:add", is_write=True)


def _service_of(request: Request) -> str:
    return urlsplit(request.url).path.rpartition("/api/")[2]


def the_list(envelope: Mapping[str, Any]) -> list[Any]:
    """Return the single array of an envelope that is not `deleted`.

    Raises:
        BadInput: There are two, and nobody can say which is meant.

    """
    found = [name for name, value in envelope.items() if name != "deleted" and isinstance(value, list)]
    if len(found) > 1:
        raise BadInput("UNREADABLE", field=", ".join(sorted(found)), rule="one list in an answer")
    return list(envelope[found[0]]) if found else []


def _convert(rows: list[Any], shape: type[T]) -> tuple[list[T], list[Any]]:
    try:
        return msgspec.convert(rows, list[shape], strict=False), []  # type: ignore[valid-type]
    except msgspec.ValidationError:
        pass
    good: list[T] = []
    bad: list[Any] = []
    for row in rows:
        try:
            good.append(msgspec.convert(row, shape, strict=False))
        except msgspec.ValidationError:
            bad.append(row)
    return good, bad


def error_text(body: bytes) -> str:
    """Return what a refusal says, from any of the shapes that were seen: errors, message, error, plain text.

    >>> error_text(b'{"errors":[{"key":"PERIOD-LOCKED","message":"Period is locked"}]}')
    'PERIOD-LOCKED: Period is locked'
    """
    try:
        answer = msgspec.json.decode(body)
    except msgspec.MsgspecError:
        return body.decode("utf-8", "replace").strip()[:1000]
    return "; ".join(_texts(answer))[:2000]


def _texts(answer: Any) -> list[str]:
    if isinstance(answer, str):
        return [answer]
    if isinstance(answer, list):
        return [found for each in answer for found in _texts(each)]
    if not isinstance(answer, dict):
        return []
    if answer.get("errors"):
        return _texts(answer["errors"])
    key = text(answer.get("key") or answer.get("code"))
    message = "; ".join(_texts(answer.get("message") or answer.get("error") or ""))
    if key or message:
        return [": ".join(each for each in (key, message) if each)]
    # Error keys with their messages, one or several to a key.
    return [
        f"{name}: {found}"
        for name, value in answer.items()
        for found in ([str(value)] if isinstance(value, int | Decimal) else _texts(value))
    ]
