"""Who may come in: headers, keys, MAC, clock, unique transactions, package and rights.

Source: vendor sheet, section 3. The allowed skew, the order of checks and most texts are our reading.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from tilisilta_emulators.netvisor.errors import LANGUAGES, Refused
from tilisilta_emulators.netvisor.options import NetvisorOptions
from tilisilta_emulators.netvisor.signature import Signed, addresses, header_text, matches, sign

_PREFIX = "X-Netvisor-Authentication-"
ORGANISATION = "X-Netvisor-Organisation-ID"
LANGUAGE = "X-Netvisor-Interface-Language"
STATUS_CODES = _PREFIX + "UseHTTPResponseStatusCodes"
_TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?:\.\d{1,7})?\Z", re.ASCII)
_UNIX = re.compile(r"\d{9,11}\Z", re.ASCII)
_MEMORY = 50_000
_PLANS = frozenset({"Professional", "Premium", "Payroll"})


class Keys(msgspec.Struct, frozen=True):
    """What the company and the software partner were given."""

    customer_id: str
    customer_key: str
    partner_id: str
    partner_key: str
    organisation_id: str


class Door:
    """Checks each request; remembers the transactions it let in."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self._seen: dict[str, None] = {}

    def admit(
        self,
        headers: Mapping[str, str],
        target: str,
        bases: Iterable[str],
        now: datetime,
        options: NetvisorOptions,
    ) -> None:
        """Let a request in.

        Args:
            headers: As sent.
            target: Path and query as sent.
            bases: Addresses that may stand before it.
            now: The present moment.
            options: The switches.

        Raises:
            Refused: It is not signed right, not fresh, or not unique.

        """
        algorithm = _algorithm(headers, options)
        signed = self._signed(headers, algorithm)
        if header_text(headers, _PREFIX + "PartnerId") != self.keys.partner_id:
            raise Refused("AUTHENTICATION_FAILED", "partner")
        if signed.customer_id != self.keys.customer_id or options.key_revoked:
            raise Refused("AUTHENTICATION_FAILED", "keys")
        if signed.organisation_id != self.keys.organisation_id:
            raise Refused("AUTHENTICATION_FAILED", "organisation", value=signed.organisation_id[:40])
        urls = list(addresses(bases, target))
        mac = header_text(headers, _PREFIX + "MAC").strip()
        if not matches(signed, mac, urls, algorithm):
            raise _wrong_mac(signed, urls[0], algorithm)
        if algorithm == "HMACSHA256":
            _check_clock(signed, now, options)
        self._remember(signed.transaction_id)

    def _signed(self, headers: Mapping[str, str], algorithm: str) -> Signed:
        def need(name: str) -> str:
            text = header_text(headers, name)
            if not text:
                raise Refused("AUTHENTICATION_FAILED", "header", name=name)
            return text

        stamp = need(_PREFIX + "Timestamp")
        if not _TIMESTAMP.match(stamp):
            raise Refused("AUTHENTICATION_FAILED", "header", name=_PREFIX + "Timestamp")
        unix = ""
        if algorithm == "HMACSHA256":
            unix = need(_PREFIX + "TimestampUnix")
            if not _UNIX.match(unix):
                raise Refused("AUTHENTICATION_FAILED", "header", name=_PREFIX + "TimestampUnix")
        language = need(LANGUAGE)
        if language.upper() not in LANGUAGES:
            raise Refused("AUTHENTICATION_FAILED", "header", name=LANGUAGE)
        need(_PREFIX + "MAC")
        return Signed(
            sender=need(_PREFIX + "Sender"),
            customer_id=need(_PREFIX + "CustomerId"),
            timestamp=stamp,
            language=language,
            organisation_id=need(ORGANISATION),
            transaction_id=need(_PREFIX + "TransactionId"),
            timestamp_unix=unix,
            customer_key=self.keys.customer_key,
            partner_key=self.keys.partner_key,
        )

    def _remember(self, transaction: str) -> None:
        if transaction in self._seen:
            raise Refused("REQUEST_NOT_UNIQUE", "unique", value=transaction[:60])
        self._seen[transaction] = None
        if len(self._seen) > _MEMORY:
            del self._seen[next(iter(self._seen))]


def _algorithm(headers: Mapping[str, str], options: NetvisorOptions) -> str:
    name = header_text(headers, _PREFIX + "MACHashCalculationAlgorithm").strip().upper() or "MD5"
    allowed = {"HMACSHA256", "SHA256", "MD5"} if options.legacy_mac else {"HMACSHA256"}
    if name not in allowed:
        raise Refused("AUTHENTICATION_FAILED", "algorithm", name=name[:20])
    return name


def _wrong_mac(signed: Signed, url: str, algorithm: str) -> Refused:
    """Return the refusal that tells what should have been hashed, with the secrets hidden."""
    hidden = signed.hidden()
    expected = hidden.message(url, legacy=algorithm != "HMACSHA256")
    digest = sign(hidden, url, algorithm, "utf-8") if url.isprintable() else hashlib.sha256(b"").hexdigest()
    return Refused("AUTHENTICATION_FAILED", "uri", expected=expected, digest=digest)


def _check_clock(signed: Signed, now: datetime, options: NetvisorOptions) -> None:
    skew_s = options.clock_skew_s
    if skew_s is not None and abs(now.timestamp() - int(signed.timestamp_unix)) > skew_s:
        raise Refused("AUTHENTICATION_FAILED", "clock")


def require_right(resource: str, options: NetvisorOptions) -> None:
    """Refuse a resource that the package or the granted rights do not cover.

    Raises:
        Refused: SERVICE_ACCESS_ERROR, or what the switch says for the package.

    """
    if options.plan not in _PLANS:
        raise Refused(options.plan_code, "plan", plan=options.plan)
    granted = options.rights is None or resource in (name.lower() for name in options.rights)
    if not granted or resource in (name.lower() for name in options.denied):
        raise Refused("SERVICE_ACCESS_ERROR", "right", name=resource)
