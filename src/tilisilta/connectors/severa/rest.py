"""Calls of Severa's REST API: token, limits, errors by fate, both paging styles. Source: vendor sheet, A1 to A7."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from tilisilta.connectors.severa import assumptions
from tilisilta.connectors.severa.rest_fates import fate_of, read_refusal
from tilisilta.connectors.severa.tokens import Token, Tokens, renew_at
from tilisilta.core.errors import Misconfigured, Refused, Retry
from tilisilta.kit.budget import Budget
from tilisilta.kit.http import Request, Response, Transport, evidence_of, not_json, repeat_read, retry_after_s
from tilisilta.kit.values import decimal, loose_decoder, text
from tilisilta.ports import Clock

Query = Mapping[str, str | int | Sequence[str]]
Object = dict[str, Any]
NEXT_PAGE = "NextPageToken"
UNAUTHORIZED, FORBIDDEN, TOO_MANY = 401, 403, 429
REDIRECT = 300
_decode = loose_decoder(object).decode


class RestClient:
    """One set of REST credentials. Reads are repeated a few times, writes never."""

    def __init__(
        self, *, address: str, client_id: str, client_secret: str, transport: Transport, budget: Budget, clock: Clock
    ) -> None:
        self._address = address
        self._client_id = client_id
        self._secret = client_secret
        self._transport = transport
        self._budget = budget
        self._clock = clock
        self._tokens = Tokens(self._log_in, clock)
        self._secrets: tuple[str, ...] = (client_secret,)

    # --- calls ---------------------------------------------------------------------------------------------

    async def get(self, path: str, query: Query | None = None, *, is_interactive: bool = False) -> Any:
        """Return the decoded answer of a read.

        Raises: Retry, Refused (NOT_FOUND_AT_SOURCE, SOURCE_REFUSED), Misconfigured.
        """
        request, response = await self._read(path, query, is_interactive=is_interactive)
        return self._decoded(request, response)

    async def get_bytes(self, path: str, query: Query | None = None) -> bytes:
        """Return the body of a read that is not JSON."""
        _request, response = await self._read(path, query)
        return response.body

    async def patch(self, path: str, changes: Sequence[Mapping[str, Any]]) -> Any:
        """Replace properties of one record; once, never repeated. Return the decoded answer, None for an empty one.

        Raises: as `get`, and Unknown when the answer is lost.
        """
        request = Request(
            method="PATCH",
            url=self._url(path, None),
            body=msgspec.json.encode(changes),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
            is_write=True,
        )
        _sent, response = await self._authorized(request)
        if response.status >= REDIRECT:
            raise fate_of(request, response, self._secrets)
        return self._decoded(request, response) if response.body else None

    async def by_token(self, path: str, query: Query, token: str = "") -> tuple[list[Object], str]:
        """Return one page of a list that tokens walk, and the next page's token; empty at the end."""
        asked: dict[str, Any] = {**query, "rowCount": assumptions.PAGE_ROWS}
        if token:
            asked["pageToken"] = token
        request, response = await self._read(path, asked)
        rows = self._rows(request, response)
        following = response.headers.get(NEXT_PAGE, "")
        return rows, "" if following == token else following

    async def all_by_token(self, path: str, query: Query) -> list[Object]:
        """Return every row of a list that tokens walk."""
        found: list[Object] = []
        token = ""
        for _page in range(assumptions.MOST_PAGES):
            rows, token = await self.by_token(path, query, token)
            found += rows
            if not token:
                break
        return found

    async def by_offset(self, path: str, query: Query | None = None) -> AsyncIterator[list[Object]]:
        """Yield the pages of a list that offsets walk, until one is short."""
        first = 0
        before: list[Object] = []
        for _page in range(assumptions.MOST_PAGES):
            asked: dict[str, Any] = {**(query or {}), "firstRow": first, "rowCount": assumptions.PAGE_ROWS}
            request, response = await self._read(path, asked)
            rows = self._rows(request, response)
            if not rows or rows == before:
                return  # a list without pages gives all of it, however often it is asked
            yield rows
            first += len(rows)
            before = rows
            if len(rows) < assumptions.PAGE_ROWS and len(rows) not in assumptions.CLAMPED_ROWS:
                return

    async def all_by_offset(self, path: str, query: Query | None = None) -> list[Object]:
        """Return every row of a list that offsets walk."""
        return [row async for rows in self.by_offset(path, query) for row in rows]

    async def scopes(self) -> frozenset[str]:
        """Return the scopes that the token has; empty when the answer did not say."""
        return (await self._tokens.get()).scopes

    async def close(self) -> None:
        """Let go of the connections."""
        await self._transport.close()

    # --- one request ---------------------------------------------------------------------------------------

    def _url(self, path: str, query: Query | None) -> str:
        # A literal plus would arrive as a space, so everything is percent-encoded.
        asked = urlencode(query or {}, doseq=True, quote_via=quote, safe="")
        return f"{self._address}{path}" + (f"?{asked}" if asked else "")

    async def _read(self, path: str, query: Query | None, *, is_interactive: bool = False) -> tuple[Request, Response]:
        request = Request(method="GET", url=self._url(path, query), headers={"Accept": "application/json"})

        async def once() -> tuple[Request, Response]:
            sent, response = await self._authorized(request, is_interactive=is_interactive)
            if response.status >= REDIRECT:
                raise fate_of(request, response, self._secrets)
            return sent, response

        return await repeat_read(once)

    async def _authorized(self, request: Request, *, is_interactive: bool = False) -> tuple[Request, Response]:
        """Send with a token; one that does not hold any more is renewed once, for nothing was done then."""
        token = await self._tokens.get()
        response = await self._send(self._signed(request, token), is_interactive=is_interactive)
        if response.status == UNAUTHORIZED:
            token = await self._tokens.renew(token)
            response = await self._send(self._signed(request, token), is_interactive=is_interactive)
        return request, response

    def _signed(self, request: Request, token: Token) -> Request:
        headers = {**request.headers, "Authorization": f"Bearer {token.text}", "Client_Id": self._client_id}
        return msgspec.structs.replace(request, headers=headers)

    async def _send(self, request: Request, *, is_interactive: bool = False) -> Response:
        async with self._budget.interactive() if is_interactive else self._budget:
            response = await self._transport.request(request)
        if response.status == TOO_MANY:
            wait_s = retry_after_s(response.headers, assumptions.THROTTLE_WAIT_S)
            self._budget.pause(wait_s)
            raise Retry(after_s=wait_s, evidence=evidence_of(request, response, self._secrets))
        return response

    def _decoded(self, request: Request, response: Response) -> Any:
        try:
            return _decode(response.body)
        except msgspec.MsgspecError:
            raise not_json(request, response, self._secrets) from None

    def _rows(self, request: Request, response: Response) -> list[Object]:
        found = self._decoded(request, response)
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise not_json(request, response, self._secrets)
        return found

    # --- token ---------------------------------------------------------------------------------------------

    async def _log_in(self) -> Token:
        """Return a token with the scopes that are of use, else those that are needed, else all that were granted.

        Raises: Misconfigured (KEY_REFUSED, TERMS_NOT_APPROVED, ORGANISATION_NOT_ACTIVE), Retry.
        """
        needed = assumptions.SCOPE_SEPARATOR.join(assumptions.SCOPES)
        for scope in (f"{needed}{assumptions.SCOPE_SEPARATOR}{assumptions.FILES_SCOPE}", needed):
            try:
                return await self._asked_token(scope)
            except Misconfigured as error:
                if error.code != "RIGHT_MISSING":
                    raise
        return await self._asked_token("")

    async def _asked_token(self, scope: str) -> Token:
        return await repeat_read(lambda: self._token(scope))

    async def _token(self, scope: str) -> Token:
        body = {"client_id": self._client_id, "client_secret": self._secret} | ({"scope": scope} if scope else {})
        request = Request(
            method="POST",
            url=self._url("/token", None),
            body=msgspec.json.encode(body),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
        )
        response = await self._send(request)
        if response.status >= REDIRECT:
            refusal = read_refusal(response.body)
            error = fate_of(request, response, self._secrets)
            if response.status == UNAUTHORIZED or isinstance(error, Refused):
                message = refusal.message if refusal else response.text()[:400]
                raise Misconfigured("KEY_REFUSED", evidence=error.evidence, message=message)
            raise error
        given = self._decoded(request, response)
        token = text(given.get("access_token")) if isinstance(given, dict) else ""
        if not token:
            raise not_json(request, response, self._secrets)
        self._secrets = (self._secret, token, text(given.get("refresh_token")))
        life = float(decimal(given.get("access_token_expires_in"), "access_token_expires_in"))
        return Token(
            text=token,
            until=renew_at(self._clock.now().timestamp(), life),
            scopes=frozenset(text(given.get("scope")).replace(",", " ").split()),
        )
