"""Who is calling: HMAC-SHA256 over the query string as sent and the body; section 2 of the vendor sheet."""

import hashlib
import hmac
from datetime import datetime

from tilisilta_emulators.smartaccounts.dates import possible_moments

WINDOW_S = 15 * 60
_MARK = "&signature="


def sign(secret: str, query: str, body: bytes = b"") -> str:
    """Return the lower-case hex signature of a query string, percent-encoded as it travels, and a body."""
    return hmac.new(secret.encode(), query.encode() + body, hashlib.sha256).hexdigest()


class Unsigned(Exception):
    """The caller is not who it says; the text says why."""


def check(raw_query: str, body: bytes, keys: dict[str, str], now: datetime, window_s: float | None) -> None:
    """Check key, time and signature of one request.

    Args:
        raw_query: Everything after `?`, untouched.
        body: The exact bytes of the body, empty when there is none.
        keys: Secret by public key.
        now: The present moment, aware.
        window_s: How far the timestamp may be off; None to let any pass.

    Raises:
        Unsigned: Something is missing, wrong or stale.
    """
    signed, mark, signature = raw_query.rpartition(_MARK)
    if not mark:
        raise Unsigned("signature is missing")
    if "&" in signature:
        raise Unsigned("signature must be the last parameter")
    # Keys and timestamps need no encoding, so the signed string can be taken apart as it is.
    parameters = dict(part.partition("=")[::2] for part in signed.split("&"))
    secret = keys.get(parameters.get("apikey", ""))
    if secret is None:
        raise Unsigned("apikey is missing or unknown")
    if not hmac.compare_digest(sign(secret, signed, body), signature):
        raise Unsigned("signature does not match")
    if window_s is not None:
        _check_time(parameters.get("timestamp", ""), now, window_s)


def _check_time(text: str, now: datetime, window_s: float) -> None:
    try:
        if len(text) != 14:
            raise ValueError(text)  # noqa: TRY301  strptime takes shorter ones too
        stamp = datetime.strptime(text, "%d%m%Y%H%M%S")  # noqa: DTZ007  the zone is fixed, see dates.py
    except ValueError:
        raise Unsigned("timestamp must be ddMMyyyyHHmmss") from None
    if all(abs((moment - now).total_seconds()) > window_s for moment in possible_moments(stamp)):
        raise Unsigned("timestamp is stale")
