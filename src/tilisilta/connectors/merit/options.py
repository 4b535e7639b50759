"""The settings of a connection, read once; and the country's host."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from tilisilta.connectors.merit import assumptions
from tilisilta.connectors.merit.signature import Signing
from tilisilta.core.errors import Misconfigured
from tilisilta.kit.addresses import address_of
from tilisilta.ports.counts import EntryKind


class Country(StrEnum):
    """Whose Merit it is; keys of one country do not work in another."""

    EE = "EE"
    FI = "FI"
    FI_OLD = "FI_OLD"  # Merit Aktiva Finland, before Passeli Merit
    PL = "PL"

    @property
    def code(self) -> str:
        """The country's code of two letters."""
        return self.value[:2]


HOSTS: dict[Country, str] = {
    Country.EE: "https://aktiva.merit.ee",
    Country.FI: "https://app.passelimerit.fi",
    Country.FI_OLD: "https://aktiva.meritaktiva.fi",
    Country.PL: "https://program.360ksiegowosc.pl",
}
ZONES = {"EE": ZoneInfo("Europe/Tallinn"), "FI": ZoneInfo("Europe/Helsinki"), "PL": ZoneInfo("Europe/Warsaw")}
CURRENCIES = {"EE": "EUR", "FI": "EUR", "PL": "PLN"}


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What may be set beside the credentials."""

    country: Country = Country.EE
    signing: Signing = Signing.STRICT
    mark_sales: bool = False  # our key in the comment below a sales invoice, which its reader sees
    read_back: bool = True  # look at each invoice that was made, since the answer tells no totals
    versions: dict[str, int] = {}
    batch_kinds: dict[str, EntryKind] = msgspec.field(default_factory=lambda: dict(assumptions.BATCH_KINDS))

    @classmethod
    def read(cls, settings: Mapping[str, str]) -> "Options":
        """Return the options.

        Raises:
            Misconfigured: SETTING_INVALID for a word that is no choice.

        """
        return cls(
            country=_choice(settings, "country", Country.EE),
            signing=_choice(settings, "signing", Signing.STRICT),
            mark_sales=settings.get("mark_sales", "off") == "on",
            read_back=settings.get("read_back", "on") != "off",
            versions=_versions(settings.get("versions", "")),
            batch_kinds={**assumptions.BATCH_KINDS, **_batch_kinds(settings.get("batch_codes", ""))},
        )

    @property
    def zone(self) -> ZoneInfo:
        """The time zone that the country's times are in."""
        return ZONES[self.country.code]

    @property
    def currency(self) -> str:
        """The currency of the books."""
        return CURRENCIES[self.country.code]

    def version(self, endpoint: str) -> int:
        """Return the version of the path that a call goes to."""
        return self.versions.get(endpoint.lower(), assumptions.VERSIONS[endpoint])


def base_address(settings: Mapping[str, str], country: Country) -> str:
    """Return the address that `/api` hangs on: the given one, else the country's.

    A path before `/api` is kept, since test servers and proxies keep several countries under one host.

    Raises:
        Misconfigured: ADDRESS_NOT_SAFE when there is no host in it.

    """
    given = settings.get("base_url", "").strip()
    host = address_of(given, HOSTS[country])
    path = urlsplit(given if "://" in given else f"https://{given}").path if given else ""
    before, _, _ = f"{path}/".lower().partition("/api/")
    return host + path[: len(before)].rstrip("/")


Choice = TypeVar("Choice", bound=StrEnum)


def _choice(settings: Mapping[str, str], name: str, default: Choice) -> Choice:
    text = settings.get(name, "").strip()
    if not text:
        return default
    try:
        return type(default)(text)
    except ValueError:
        raise Misconfigured("SETTING_INVALID", field=name, value=text[:80]) from None


def _pairs(text: str, field: str) -> dict[str, str]:
    """Return `a=b, c=d` as a mapping."""
    pairs: dict[str, str] = {}
    for part in text.replace(";", ",").split(","):
        if not part.strip():
            continue
        name, equals, value = (each.strip() for each in part.partition("="))
        if not (name and equals and value):
            raise Misconfigured("SETTING_INVALID", field=field, value=part.strip()[:80])
        pairs[name] = value
    return pairs


def _versions(text: str) -> dict[str, int]:
    known = {name.lower() for name in assumptions.VERSIONS}
    versions = {}
    for name, value in _pairs(text, "versions").items():
        number = value.lower().removeprefix("v")
        if name.lower() not in known or number not in {"1", "2"}:
            raise Misconfigured("SETTING_INVALID", field="versions", value=f"{name}={value}"[:80])
        versions[name.lower()] = int(number)
    return versions


def _batch_kinds(text: str) -> dict[str, EntryKind]:
    kinds = {}
    for code, word in _pairs(text, "batch_codes").items():
        try:
            kinds[code.upper()] = EntryKind(word.lower())
        except ValueError:
            raise Misconfigured("SETTING_INVALID", field="batch_codes", value=f"{code}={word}"[:80]) from None
    return kinds
