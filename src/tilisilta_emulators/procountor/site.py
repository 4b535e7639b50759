"""The vendor's side of access: clients, companies, API keys, codes and tokens.

Source: vendor sheet, section 2. A key is bound to user, company and client.
"""

import base64
import secrets
from collections.abc import Iterator
from typing import Any

import msgspec

from tilisilta_emulators.kit import Clock, encode
from tilisilta_emulators.procountor.books import Books
from tilisilta_emulators.procountor.options import Options
from tilisilta_emulators.procountor.rights import Rights

COMPANY_ID = 4242
USER_ID = 31001
COMPANY_NAMES = ("Esimerkki Konepaja Oy", "Esimerkki Kauppa Oy", "Esimerkki Rakennus Oy", "Esimerkki Palvelut Oy")
CODE_LIFETIME_S = 600


class Key(msgspec.Struct):
    """An API key. `secret` is shown once on the page, always to control."""

    id: int
    secret: str
    company: int
    user: int
    client_id: str
    created: str
    revoked: bool = False


class Grant(msgspec.Struct):
    """What an access or refresh token, or a code, stands for."""

    company: int
    user: int
    client_id: str
    until: float
    key: int | None = None
    kind: str = "token"


class Site:
    """All companies and everything that opens them."""

    def __init__(self, options: Options, clock: Clock) -> None:
        self.options = options
        self.clock = clock
        self.companies: dict[int, Books] = {}
        self.clients: dict[str, tuple[str, str]] = {options.client_id: (options.client_secret, options.redirect_uri)}
        self.keys: dict[int, Key] = {}
        self.tokens: dict[str, Grant] = {}
        self.refresh_tokens: dict[str, Grant] = {}
        self.codes: dict[str, Grant] = {}
        self._by_secret: dict[str, Key] = {}
        for at in range(options.companies):
            name = COMPANY_NAMES[at] if at < len(COMPANY_NAMES) else f"Esimerkki {at + 1} Oy"
            self.companies[COMPANY_ID + at] = Books(COMPANY_ID + at, name, options, clock)
        for at, books in enumerate(self.companies.values()):
            rights = Rights()
            rights.set(options.rights)
            books.rights[USER_ID] = rights
            self.make_key(books.id, USER_ID, options.client_id, secret=options.api_key if at == 0 else None)

    @property
    def main(self) -> Books:
        return self.companies[COMPANY_ID]

    def make_key(self, company: int, user: int, client_id: str, *, secret: str | None = None) -> Key:
        """Create an API key as Basics > API keys does.

        Raises:
            ValueError: Company, user or client unknown, or API clients are not allowed.

        """
        if not self.options.api_clients_allowed:
            raise ValueError("Usage settings: invoiceable API clients are not allowed")
        if company not in self.companies:
            raise ValueError(f"no company {company}")
        if user not in self.companies[company].rights:
            raise ValueError(f"no user {user} in company {company}")
        if client_id not in self.clients:
            raise ValueError(f"no client {client_id!r}")
        secret = secret or f"prck-{company}-{secrets.token_hex(16)}"
        key = Key(len(self.keys) + 1, secret, company, user, client_id, self.companies[company].stamp())
        self.keys[key.id] = key
        self._by_secret[key.secret] = key
        return key

    def revoke(self, key_id: int) -> None:
        """End a key, and by option the tokens made from it.

        Raises:
            ValueError: No such key.

        """
        key = self.keys.get(key_id)
        if key is None:
            raise ValueError(f"no key {key_id}")
        key.revoked = True
        if self.options.revoke_ends_tokens:
            for token in [token for token, grant in self.tokens.items() if grant.key == key_id]:
                del self.tokens[token]

    def key_of(self, secret: str, client_id: str) -> Key | None:
        """Return the live key of a client."""
        key = self._by_secret.get(secret)
        if key is None or key.revoked or key.client_id != client_id or not self.options.api_clients_allowed:
            return None
        return key

    def make_code(self, company: int, user: int, client_id: str, kind: str) -> str:
        """Return a code of the browser flow: `code` for tokens, `key` for an API key."""
        code = secrets.token_urlsafe(24)
        until = self.clock.now().timestamp() + CODE_LIFETIME_S
        self.codes[code] = Grant(company, user, client_id, until, kind=kind)
        return code

    def take_code(self, code: str, client_id: str) -> Grant | None:
        """Return what a code stands for, once."""
        grant = self.codes.pop(code, None)
        if grant is None or grant.client_id != client_id or grant.until < self.clock.now().timestamp():
            return None
        return grant

    def make_token(self, company: int, user: int, client_id: str, key: int | None = None) -> str:
        """Return a new access token: three parts like a JWT, the payload names the company, over 255 characters."""
        now = self.clock.now().timestamp()
        until = now + self.options.token_lifetime_s
        payload = {"sub": str(user), "company": company, "client_id": client_id, "iat": int(now), "exp": int(until)}
        token = ".".join(
            (
                _part({"alg": "RS256", "typ": "JWT"}),
                _part(payload),
                base64.urlsafe_b64encode(secrets.token_bytes(192)).rstrip(b"=").decode(),
            )
        )
        if len(self.tokens) > 1000:
            self.tokens = {text: grant for text, grant in self.tokens.items() if grant.until > now}
        self.tokens[token] = Grant(company, user, client_id, until, key)
        return token

    def make_refresh(self, grant: Grant) -> str:
        """Return a refresh token."""
        token = secrets.token_urlsafe(48)
        self.refresh_tokens[token] = Grant(grant.company, grant.user, grant.client_id, 0, kind="refresh")
        return token

    def grant_of(self, authorization: str | None) -> Grant | None:
        """Return who a bearer header speaks for, None when the token is unknown or too old."""
        if not authorization:
            return None
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return None
        grant = self.tokens.get(token.strip())
        if grant is None or grant.until <= self.clock.now().timestamp():
            return None
        return grant

    def all_keys(self) -> Iterator[dict[str, Any]]:
        """Yield every key for control."""
        for key in self.keys.values():
            yield msgspec.to_builtins(key)


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(encode(value)).rstrip(b"=").decode()
