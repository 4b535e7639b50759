"""Who is calling: HMAC-SHA256 over id, moment and body; section 2 of the vendor sheet."""

import base64
import datetime as dt
import hmac
from collections.abc import Sequence
from enum import StrEnum
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec


class Signing(StrEnum):
    """How calls are signed."""

    STRICT = "strict"  # as the manual says, and nothing else
    LENIENT = "lenient"  # when that is refused, once more in the forms of older programs


class Form(msgspec.Struct, frozen=True):
    """One way of writing stamp and signature: UTC or the country's time, plain, twice encoded or URL-safe."""

    name: str
    is_local: bool = False
    is_double: bool = False
    is_url_safe: bool = False


STRICT = Form("strict")
FORMS: dict[Signing, Sequence[Form]] = {
    Signing.STRICT: (STRICT,),
    Signing.LENIENT: (
        STRICT,
        Form("local time", is_local=True),
        Form("base64 twice", is_double=True),
        Form("url-safe", is_url_safe=True),
    ),
}


def signature(api_id: str, api_key: str, timestamp: str, body: bytes = b"") -> str:
    """Return the signature in standard base64, not yet percent-encoded. The key is used as text, never decoded.

    >>> signature("670fe52f-558a-4be8-ade0-526e01a106d0", "AoCmZGUfWMMhLJ+Eb6oRF4pAEw9XJP9b/RL5c2Gqk2w=",
    ...     "20240624205902", b"{}")
    '1hoHFAHLIcH/OKcAr8YRPKvqUjrqXIO5hxfbds+SZc0='

    Source: the vendor's manual, authentication; vendor sheet section 2.
    """
    message = api_id.encode() + timestamp.encode() + body
    return base64.b64encode(hmac.digest(api_key.encode(), message, "sha256")).decode()


def signed_query(api_id: str, api_key: str, now: dt.datetime, body: bytes, *, form: Form, zone: ZoneInfo) -> str:
    """Return the three parameters of a call, percent-encoded. `now` bears its time zone."""
    moment = now.astimezone(zone if form.is_local else dt.UTC)
    stamp = moment.strftime("%Y%m%d%H%M%S")
    signed = signature(api_id, api_key, stamp, body)
    if form.is_double:
        signed = base64.b64encode(signed.encode()).decode()
    if form.is_url_safe:
        signed = signed.replace("+", "-").replace("/", "_")
    return f"apiId={quote(api_id, safe='')}&timestamp={stamp}&signature={quote(signed, safe='')}"
