"""Access tokens: an API key is exchanged for one, and again before it ends or once it is refused (vendor sheet 2.1)."""

import asyncio
from urllib.parse import urlencode

import msgspec

from tilisilta.connectors.procountor import assumptions
from tilisilta.connectors.procountor.fates import token_refused
from tilisilta.kit.budget import Budget
from tilisilta.kit.http import Request, Transport, not_json, repeat_read
from tilisilta.ports import Clock


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """What an integration and its customer hold; one API key opens one company."""

    client_id: str
    client_secret: str
    api_key: str
    redirect_uri: str = ""


class _Answer(msgspec.Struct):
    access_token: str
    expires_in: int | float | str | None = None


class Tokens:
    """The token of one company. Of parallel callers one renews and the others wait for it."""

    def __init__(self, *, base_url: str, keys: Keys, transport: Transport, budget: Budget, clock: Clock) -> None:
        self._url = f"{base_url}/oauth/token"
        self._keys = keys
        self._transport = transport
        self._budget = budget
        self._clock = clock
        self._token = ""
        self._until = 0.0
        self._lock = asyncio.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must stand in no evidence."""
        return tuple(each for each in (self._keys.api_key, self._keys.client_secret, self._token) if each)

    async def current(self) -> str:
        """Return a token that lives on for a while.

        Raises: Misconfigured (INVALID_TOKEN, KEY_REFUSED, API_VERSION_UNKNOWN), Retry.
        """
        if self._is_good():
            return self._token
        async with self._own_lock():
            if not self._is_good():
                await self._renew()
            return self._token

    async def after_refusal(self, refused: str) -> str:
        """Return another token than the one that was refused; whoever comes second gets what the first one fetched.

        Raises: as `current`.
        """
        async with self._own_lock():
            if self._token == refused or not self._is_good():
                await self._renew()
            return self._token

    def forget(self) -> None:
        """Drop the token, so that the next call shows whether the key is still good."""
        self._token, self._until = "", 0.0

    def _is_good(self) -> bool:
        return bool(self._token) and self._clock.now().timestamp() < self._until - assumptions.RENEW_BEFORE_S

    def _own_lock(self) -> asyncio.Lock:
        # A worker may use one connector from several event loops, one after another; a lock belongs to one only.
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._lock = loop, asyncio.Lock()
        return self._lock

    async def _renew(self) -> None:
        self.forget()
        answer = await repeat_read(self._ask)
        try:
            lifetime_s = float(answer.expires_in or assumptions.TOKEN_LIFETIME_S)
        except ValueError:
            lifetime_s = assumptions.TOKEN_LIFETIME_S
        # One that lives shorter than our margin would be renewed at every call.
        lifetime_s = max(lifetime_s, 2 * assumptions.RENEW_BEFORE_S)
        self._token, self._until = answer.access_token, self._clock.now().timestamp() + lifetime_s

    async def _ask(self) -> _Answer:
        keys = self._keys
        fields = {
            "grant_type": "client_credentials",
            "client_id": keys.client_id,
            "client_secret": keys.client_secret,
            "redirect_uri": keys.redirect_uri,
            "api_key": keys.api_key,
        }
        request = Request(
            method="POST",
            url=self._url,
            body=urlencode({name: value for name, value in fields.items() if value}).encode(),
            headers={"Content-Type": assumptions.TOKEN_CONTENT_TYPE, "Accept": "application/json"},
        )
        async with self._budget.interactive():
            response = await self._transport.request(request)
        if response.status != 200:  # noqa: PLR2004
            raise token_refused(request, response, self.secrets)
        try:
            return msgspec.json.decode(response.body, type=_Answer)
        except msgspec.MsgspecError:
            raise not_json(request, response, self.secrets) from None
