"""Where a bureau's user can sign in once to list the companies they keep books of, and have keys made for them.

No vendor publishes such an interface, and no browser's sign-in is imitated. The door stands behind a port of its own:
it is closed unless the operator names its address (FEATURES.md, note 3), and a list of keys does without it.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

import msgspec


class RemoteKey(msgspec.Struct, frozen=True, kw_only=True):
    """One key of a company; `credentials` by the names of the connector's manifest."""

    name: str
    credentials: Mapping[str, str]


class RemoteCompany(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One company that the user may open. `plan` is the vendor's own word; `may_have_keys` says what it allows."""

    id: str
    name: str
    registry_code: str = ""
    vat_number: str = ""
    country: str = ""
    street: str = ""
    city: str = ""
    postal_code: str = ""
    email: str = ""
    phone: str = ""
    plan: str = ""
    may_have_keys: bool = True
    keys: tuple[RemoteKey, ...] = ()


class DoorSession(msgspec.Struct, frozen=True, kw_only=True):
    """An open session: `token` stands for it and is as secret as a key."""

    token: str
    companies: int
    signed_out: int = 0  # other sessions of the user that ended by it


@runtime_checkable
class KeyDoor(Protocol):
    """The vendor's side of the import wizard."""

    def connection_settings(self, country: str) -> Mapping[str, str]:
        """Return the settings of the connections that a country's keys work with; asks nobody."""
        ...

    async def sign_in(self, *, country: str, email: str, password: str) -> DoorSession:
        """Open a session. The password is used for this one call and kept nowhere.

        Raises:
            Misconfigured: SIGN_IN_REFUSED for a wrong e-mail or password, TWO_FACTOR_ON, NO_COMPANIES_IN_COUNTRY.
            Retry: the vendor cannot be asked now.
        """
        ...

    def companies(self, session: str) -> AsyncIterator[Sequence[RemoteCompany]]:
        """Yield the companies in portions, with those of their keys that work.

        Raises:
            Misconfigured: SESSION_ENDED, somebody signed in elsewhere meanwhile.
            Retry: the vendor cannot be asked now.
        """
        ...

    async def make_key(self, session: str, company_id: str, name: str) -> RemoteKey:
        """Make a key of this name. Whoever does not hear the answer must list the company again first.

        Raises:
            Refused: PLAN_TOO_LOW; further as `companies`.
            Unknown: the answer was lost, the key may be there.
        """
        ...

    async def sign_out(self, session: str) -> None:
        """End the session; one that has ended already is no error. Raises: Retry."""
        ...

    async def close(self) -> None:
        """Free what the door holds."""
        ...
