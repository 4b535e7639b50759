"""The MAC of a request, in its present form and in the two legacy ones. Source: vendor sheet, section 3.2."""

import datetime as dt
import hashlib
import hmac
from enum import StrEnum

import msgspec

from tilisilta.connectors.netvisor import assumptions


class Algorithm(StrEnum):
    HMACSHA256 = "HMACSHA256"
    SHA256 = "SHA256"
    MD5 = "MD5"


class Stamp(msgspec.Struct, frozen=True):
    """One moment in the two forms that the headers carry."""

    text: str
    unix: str


def stamp_of(now: dt.datetime) -> Stamp:
    """Return the stamps of an aware moment: UTC with milliseconds, and whole seconds since 1970."""
    utc = now.astimezone(dt.UTC)
    return Stamp(f"{utc:%Y-%m-%d %H:%M:%S}.{utc.microsecond // 1000:03d}", str(int(utc.timestamp())))


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls for whom; the two keys are secret and never sent."""

    sender: str
    customer_id: str
    customer_key: str
    partner_id: str
    partner_key: str
    organisation_id: str
    language: str = "FI"


def message(identity: Identity, url: str, stamp: Stamp, transaction_id: str, algorithm: Algorithm) -> str:
    """Return what is hashed; the legacy forms have no TimestampUnix. PartnerId is in none of them."""
    unix = (stamp.unix,) if algorithm is Algorithm.HMACSHA256 else ()
    return "&".join(
        (
            url,
            identity.sender,
            identity.customer_id,
            stamp.text,
            identity.language,
            identity.organisation_id,
            transaction_id,
            *unix,
            identity.customer_key,
            identity.partner_key,
        )
    )


def mac(
    identity: Identity,
    url: str,
    stamp: Stamp,
    transaction_id: str,
    *,
    algorithm: Algorithm = Algorithm.HMACSHA256,
    charset: str = assumptions.MAC_CHARSET,
) -> str:
    """Return the MAC in lower-case hex.

    Args:
        identity: Ids and keys.
        url: The full address with query, exactly as it is sent.
        stamp: The moment in both forms.
        transaction_id: Unique over all customers of the partner.
        algorithm: HMACSHA256, or one of the legacy digests.
        charset: How the text becomes bytes; for ASCII it does not matter.

    """
    text = message(identity, url, stamp, transaction_id, algorithm).encode(charset)
    if algorithm is Algorithm.HMACSHA256:
        key = f"{identity.customer_key}&{identity.partner_key}".encode(charset)
        return hmac.digest(key, text, "sha256").hex()
    if algorithm is Algorithm.SHA256:
        return hashlib.sha256(text).hexdigest()
    return hashlib.md5(text, usedforsecurity=False).hexdigest()


def headers(identity: Identity, url: str, stamp: Stamp, transaction_id: str, algorithm: Algorithm) -> dict[str, str]:
    """Return the authentication headers of one request."""
    name = "X-Netvisor-Authentication-"
    found = {
        f"{name}Sender": identity.sender,
        f"{name}CustomerId": identity.customer_id,
        f"{name}PartnerId": identity.partner_id,
        f"{name}Timestamp": stamp.text,
        f"{name}TransactionId": transaction_id,
        f"{name}MAC": mac(identity, url, stamp, transaction_id, algorithm=algorithm),
        f"{name}MACHashCalculationAlgorithm": algorithm.value,
        f"{name}UseHTTPResponseStatusCodes": "1",
        "X-Netvisor-Interface-Language": identity.language,
        "X-Netvisor-Organisation-ID": identity.organisation_id,
    }
    if algorithm is Algorithm.HMACSHA256:
        found[f"{name}TimestampUnix"] = stamp.unix
    return found
