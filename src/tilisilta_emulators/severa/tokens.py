"""Tokens of the REST API: client credentials, refreshing and the OAuth user flow. Source: vendor sheet, A2."""

import re
import secrets
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from tilisilta_emulators.kit import Clock
from tilisilta_emulators.severa.errors import ApiError, bad_body
from tilisilta_emulators.severa.options import Options
from tilisilta_emulators.severa.values import stamp

_AREAS = (
    "activities",
    "customers",
    "fees",
    "files",
    "hours",
    "invoices",
    "projects",
    "resourceallocations",
    "settings",
    "travels",
    "users",
)
ALL_SCOPES = frozenset(f"{area}:{right}" for area in _AREAS for right in ("read", "write", "delete")) | {
    "organization:read",
    "organization:write",
}
_SEPARATORS = re.compile(r"[ ,]+")
MOST_TOKENS = 5000


class Token(msgspec.Struct):
    """One token given out."""

    scopes: frozenset[str]
    until: datetime
    kind: Literal["access", "refresh", "code"]


class Tokens:
    """Gives out tokens and knows whether they still hold."""

    def __init__(self, options: Options, clock: Clock) -> None:
        self.options = options
        self.clock = clock
        self._given: dict[str, Token] = {}

    @property
    def granted(self) -> frozenset[str]:
        """Return the scopes that the credential has."""
        return frozenset(self.options.scopes) if self.options.scopes else ALL_SCOPES

    def login(self, client_id: object, client_secret: object, scope: str | None) -> dict[str, Any]:
        """Return the answer to right credentials.

        Raises:
            ApiError: 401 wrong credentials, 403 a scope that is not granted.

        """
        self.check_client(client_id, client_secret)
        return self.issue(self.scopes(scope))

    def check_client(self, client_id: object, client_secret: object) -> None:
        """Refuse credentials other than ours.

        Raises:
            ApiError: 400 missing, 401 wrong.

        """
        for name, value in (("client_id", client_id), ("client_secret", client_secret)):
            if not value:
                raise bad_body(name, f"{name} is required")
        if client_id != self.options.client_id or client_secret != self.options.client_secret:
            raise ApiError(401, "AuthenticationRequired", "Client id or client secret is not valid", "RequestBody")

    def scopes(self, text: str | None) -> frozenset[str]:
        """Return the scopes asked for: separated by commas, spaces or both; none means all that are granted.

        Raises:
            ApiError: 403 InsufficientApiScope.

        """
        asked = {one for one in _SEPARATORS.split(text or "") if one}
        extra = sorted(asked - self.granted)
        if extra and self.options.unknown_scope == "refuse":
            raise ApiError(403, "InsufficientApiScope", f"Scope {', '.join(extra)} is not granted", "RequestBody")
        return frozenset(asked & self.granted) if asked else self.granted

    def issue(self, scopes: frozenset[str]) -> dict[str, Any]:
        """Give out an access and a refresh token."""
        now = self.clock.now()
        ends = now + timedelta(seconds=self.options.token_life_s)
        refresh_ends = now + timedelta(seconds=self.options.refresh_life_s)
        return {
            "access_token": self._give(scopes, ends, "access"),
            "access_token_type": "Bearer",
            "access_token_expires_in": self.options.token_life_s,
            "access_token_expires_utc": stamp(ends),
            "refresh_token": self._give(scopes, refresh_ends, "refresh"),
            "refresh_token_expires_in": self.options.refresh_life_s,
            "refresh_token_expires_utc": stamp(refresh_ends),
            "scope": ",".join(sorted(scopes)),
        }

    def code(self, scopes: frozenset[str]) -> str:
        """Give out a code of the OAuth user flow, good for a minute and once."""
        return self._give(scopes, self.clock.now() + timedelta(seconds=60), "code")

    def refresh(self, text: object) -> dict[str, Any]:
        """Return new tokens for a refresh token, which is then spent.

        Raises:
            ApiError: 401, unknown, spent or too old.

        """
        return self.issue(self._spend(text, "refresh"))

    def redeem(self, code: object) -> dict[str, Any]:
        """Return tokens for a code of the user flow.

        Raises:
            ApiError: 401.

        """
        return self.issue(self._spend(code, "code"))

    def check(self, text: str) -> frozenset[str]:
        """Return the scopes of an access token.

        Raises:
            ApiError: 401, unknown or too old.

        """
        token = self._given.get(text)
        if token is None or token.kind != "access" or token.until <= self.clock.now():
            raise ApiError(
                401, "AuthenticationRequired", "Access token is not valid or it has expired", "RequestHeader"
            )
        return token.scopes

    def expire_all(self) -> None:
        """End every access token; refresh tokens stay good."""
        self._given = {text: token for text, token in self._given.items() if token.kind != "access"}

    def revoke_all(self) -> None:
        """End every token."""
        self._given.clear()

    def _give(self, scopes: frozenset[str], until: datetime, kind: Literal["access", "refresh", "code"]) -> str:
        if len(self._given) >= MOST_TOKENS:
            now = self.clock.now()
            self._given = {text: token for text, token in self._given.items() if token.until > now}
            if len(self._given) >= MOST_TOKENS:
                self._given = dict(list(self._given.items())[MOST_TOKENS // 2 :])
        text = secrets.token_urlsafe(32)
        self._given[text] = Token(scopes, until, kind)
        return text

    def _spend(self, text: object, kind: str) -> frozenset[str]:
        token = self._given.get(text) if isinstance(text, str) else None
        if token is None or token.kind != kind or token.until <= self.clock.now():
            raise ApiError(401, "AuthenticationRequired", f"The {kind} token is not valid or it has expired")
        del self._given[str(text)]
        return token.scopes
