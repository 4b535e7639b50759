"""Who is calling: HMAC-SHA256 over id, time and body; section 2 of the vendor sheet."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

ZONES = {"EE": ZoneInfo("Europe/Tallinn"), "FI": ZoneInfo("Europe/Helsinki"), "PL": ZoneInfo("Europe/Warsaw")}

_ZONE_STEP = timedelta(minutes=30)
_WESTMOST, _EASTMOST = timedelta(hours=-12), timedelta(hours=14)


def sign(api_id: str, api_key: str, timestamp: str, body: bytes | str = b"") -> str:
    """Return the standard base64 of the HMAC; the key is used as text, never decoded."""
    content = body.encode() if isinstance(body, str) else body
    message = api_id.encode() + timestamp.encode() + content
    return base64.b64encode(hmac.new(api_key.encode(), message, hashlib.sha256).digest()).decode()


def variant_of(given: str, right: str) -> str | None:
    """Return how a signature was written: `strict`, the name of a dialect, or None when it is simply wrong.

    `given` is the parameter after percent-decoding with `+` kept.
    """
    if hmac.compare_digest(given.encode(), right.encode()):
        return "strict"
    # A plus that was not percent-encoded arrives as a blank on servers that read it as a form does.
    spaced = given.replace(" ", "+")
    dialects = {
        "unencoded": right,
        "double_base64": base64.b64encode(right.encode()).decode(),
        "url_safe": right.replace("+", "-").replace("/", "_"),
        "unpadded": right.rstrip("="),
        "url_safe_unpadded": right.replace("+", "-").replace("/", "_").rstrip("="),
        "hexadecimal": base64.b64decode(right).hex(),
    }
    for name, form in dialects.items():
        if hmac.compare_digest(spaced.encode(), form.encode()):
            return name
    return None


def read_stamp(text: str) -> datetime | None:
    """Return the naive moment of 14 digits, or None."""
    if len(text) != 14 or not text.isascii() or not text.isdigit():
        return None
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S")  # noqa: DTZ007  the caller knows the zone
    except ValueError:
        return None


def stamp_kind(stamp: datetime, now: datetime, skew_s: float) -> str | None:
    """Return `utc` when the stamp is within `skew_s` of now, `local` when it is so in some zone, else None.

    Older clients stamp the time of the machine that they run on, wherever it stands.
    """
    if skew_s <= 0:
        return "utc"
    limit = timedelta(seconds=skew_s)
    ahead = stamp.replace(tzinfo=UTC) - now
    if abs(ahead) <= limit:
        return "utc"
    nearest = round(ahead / _ZONE_STEP) * _ZONE_STEP
    is_zone = _WESTMOST <= nearest <= _EASTMOST
    return "local" if is_zone and abs(ahead - nearest) <= limit else None
