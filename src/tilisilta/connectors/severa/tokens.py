"""Access tokens of the REST API: got once, renewed in time, shared by all calls of one connection."""

from collections.abc import Awaitable, Callable

import msgspec

from tilisilta.connectors.severa import assumptions
from tilisilta.connectors.severa.loop_lock import LoopLock
from tilisilta.ports import Clock


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """One access token; `until` is the moment (seconds of the clock) from which it is no longer used."""

    text: str
    until: float
    scopes: frozenset[str] = frozenset()


def renew_at(now: float, life_s: float) -> float:
    """Return when a token of this life is renewed: a tenth before its end, at most two minutes.

    >>> renew_at(1000.0, 3600.0), renew_at(1000.0, 100.0)
    (4480.0, 1090.0)
    """
    life = life_s if life_s > 0 else assumptions.TOKEN_LIFE_S
    return now + life - min(life * assumptions.RENEW_SHARE, assumptions.RENEW_AT_MOST_S)


class Tokens:
    """Holds the token of one connection; whoever finds it old renews it while the others wait."""

    def __init__(self, log_in: Callable[[], Awaitable[Token]], clock: Clock) -> None:
        self._log_in = log_in
        self._clock = clock
        self._token: Token | None = None
        self._lock = LoopLock()

    async def get(self) -> Token:
        """Return a token that still holds, logging in when there is none."""
        token = self._token
        if token is not None and token.until > self._clock.now().timestamp():
            return token
        return await self.renew(token)

    async def renew(self, used: Token | None) -> Token:
        """Return another token than `used`; only the first of those who ask at once logs in."""
        async with self._lock.own():
            if self._token is None or self._token is used:
                self._token = await self._log_in()
            return self._token
