"""Calls of Merit: address and version, signature, limits, and answers in their several shapes."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from tilisilta.connectors.merit import assumptions, fates, shapes
from tilisilta.connectors.merit.options import Options
from tilisilta.connectors.merit.signature import FORMS, STRICT, Form, signed_query
from tilisilta.core.errors import Retry, TilisiltaError, Unknown
from tilisilta.kit.budget import Budget
from tilisilta.kit.http import Request, Response, Transport, evidence_of, lost_answer, repeat_read
from tilisilta.kit.manifest import VendorError
from tilisilta.kit.turn import Turn
from tilisilta.ports import Clock

_HEADERS = {"Content-Type": "application/json; charset=utf-8", "Accept": "application/json"}
_encode = msgspec.json.Encoder(decimal_format="number").encode
_OK = re.compile(r"^(ok|updated)$", re.IGNORECASE)

T = TypeVar("T", bound=msgspec.Struct)


class Client:
    """One company's access. Reads are repeated a few times, writes never; writes go one after another.

    Merit locks nothing while it writes, so two invoices of one company must not arrive at once (section 6).
    """

    def __init__(
        self,
        *,
        address: str,
        api_id: str,
        api_key: str,
        options: Options,
        transport: Transport,
        budget: Budget,
        turn: Turn,
        clock: Clock,
        errors: Sequence[VendorError],
    ) -> None:
        self._address = address
        self._api_id = api_id
        self._api_key = api_key
        self._options = options
        self._transport = transport
        self._budget = budget
        self._turn = turn
        self._clock = clock
        self._errors = tuple(errors)
        self._forms: Sequence[Form] = FORMS[options.signing]
        self._form = STRICT
        self._by_get: set[str] = set()

    @property
    def clock(self) -> Clock:
        return self._clock

    @property
    def options(self) -> Options:
        return self._options

    async def read(self, endpoint: str, body: Mapping[str, Any] | None = None, *, is_interactive: bool = False) -> Any:
        """Return the JSON that a reading call answers; None when it answers nothing, twice.

        Raises: Retry, Refused, Misconfigured.
        """
        content = _encode(body or {})

        async def once() -> Any:
            for _ in range(assumptions.EMPTY_ANSWERS_BELIEVED):
                async with self._budget.interactive() if is_interactive else self._budget:
                    value = await self._called(endpoint, content, is_write=False)
                if value is not None:
                    break
            return value

        return await repeat_read(once)

    async def rows(
        self, endpoint: str, body: Mapping[str, Any] | None, shape: type[T], *, is_interactive: bool = False
    ) -> list[T]:
        """Return a list; a single object counts as a list of one, nothing as an empty one.

        Raises:
            BadInput: A row has not the shape of its list; nothing may be left out unseen.

        """
        return shapes.convert_rows(await self.read(endpoint, body, is_interactive=is_interactive), shape, endpoint)

    async def one(self, endpoint: str, body: Mapping[str, Any], shape: type[T]) -> T:
        """Return a single object; otherwise as `rows`."""
        found: T = shapes.convert(shapes.one_of(await self.read(endpoint, body)), shape, endpoint)
        return found

    async def write(self, endpoint: str, body: msgspec.Struct) -> dict[str, Any]:
        """Create one record and return the answer's fields; never tried twice.

        Raises: Retry (nothing was written), Unknown, Refused, Misconfigured.
        """
        content = _encode(body)
        # Stamped and signed only when it is our turn: time in the queue must not make the stamp stale.
        async with self._budget, self._turn.hold():
            value = await self._called(endpoint, content, is_write=True)
        value = shapes.one_of(value)
        if isinstance(value, dict):
            return value
        # It said yes without saying what it made: only looking in the books can tell.
        raise Unknown("ANSWER_LOST", rule="answer without a record", endpoint=endpoint)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._transport.close()

    # --- one request ---------------------------------------------------------------------------------------

    async def _called(self, endpoint: str, content: bytes, *, is_write: bool) -> Any:
        """Return what one call answers, its signature in other forms when the settings allow them."""
        refusals: list[TilisiltaError] = []
        for form in (self._form, *(form for form in self._forms if form != self._form)):
            try:
                value = await self._call(endpoint, content, form, is_write=is_write)
            except TilisiltaError as error:
                # A call that was not let in has written nothing, so that it may be signed another way.
                if not fates.is_refused_signature(error):
                    raise
                refusals.append(error)
                continue
            self._form = form
            return value
        raise refusals[0]

    async def _call(self, endpoint: str, content: bytes, form: Form, *, is_write: bool) -> Any:
        by_get = endpoint in self._by_get
        request = self._request(endpoint, content, form, is_write=is_write, by_get=by_get)
        response = await self._transport.request(request)
        if response.status == 405 and not is_write and not by_get:  # noqa: PLR2004
            self._by_get.add(endpoint)  # the Finnish manual lets some lists be read by GET alone
            request = self._request(endpoint, content, form, is_write=False, by_get=True)
            response = await self._transport.request(request)
        return self._answer(endpoint, request, response)

    def _request(self, endpoint: str, content: bytes, form: Form, *, is_write: bool, by_get: bool) -> Request:
        query = signed_query(
            self._api_id, self._api_key, self._clock.now(), content, form=form, zone=self._options.zone
        )
        url = f"{self._address}/api/v{self._options.version(endpoint)}/{endpoint}?{query}"
        if by_get:
            url += f"&{assumptions.GET_BODY_PARAMETER}={quote(content, safe='')}"
        return Request(
            method="GET" if by_get else "POST",
            url=url,
            body=None if by_get else content,
            headers=_HEADERS,
            is_write=is_write,
        )

    def _answer(self, endpoint: str, request: Request, response: Response) -> Any:
        secrets = (self._api_key, self._api_id)
        if response.status == 200:  # noqa: PLR2004
            value = fates.read_body(response.body)
            if value is None and request.is_write:
                raise lost_answer(request, "ANSWER_LOST", evidence_of(request, response, secrets))
            is_failure = fates.is_failure(value)
            if value is None or (isinstance(value, dict | list) and not is_failure):
                return shapes.spell(value)
            words = response.text() if value is fates.NOT_JSON_YET else fates.words_of(value)
            if _OK.match(words.strip()):
                return words.strip()
        answered = fates.Answered(
            endpoint=endpoint,
            request=request,
            response=response,
            evidence=evidence_of(request, response, secrets),
            now=self._clock.now(),
        )
        if response.status == 200:  # noqa: PLR2004
            raise fates.of_words(answered, words, self._errors, is_failure=is_failure)
        error = fates.of_refusal(answered, self._errors, secrets)
        if isinstance(error, Retry) and response.status == 429:  # noqa: PLR2004
            self._budget.pause(error.after_s)
        raise error
