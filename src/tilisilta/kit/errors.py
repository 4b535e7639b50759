"""Translation of raw vendor texts to codes of our catalogue, by the manifest's list."""

import re
from collections.abc import Sequence
from functools import lru_cache

from tilisilta.core.errors import Evidence, Misconfigured, Parked, Refused, Retry, TilisiltaError
from tilisilta.kit.manifest import VendorError

UNKNOWN_VENDOR_ERROR = "UNKNOWN_VENDOR_ERROR"
MESSAGE_CHARS = 400


@lru_cache(maxsize=64)
def _compiled(errors: tuple[VendorError, ...]) -> tuple[tuple[re.Pattern[str], VendorError], ...]:
    return tuple((re.compile(error.match, re.IGNORECASE | re.DOTALL), error) for error in errors)


def vendor_error(text: str, errors: Sequence[VendorError]) -> VendorError | None:
    """Return the first entry of the manifest's list that knows `text`."""
    for pattern, error in _compiled(tuple(errors)):
        if pattern.search(text):
            return error
    return None


def translate(
    text: str, errors: Sequence[VendorError], *, evidence: Evidence | None = None, **params: object
) -> TilisiltaError:
    """Return the error that a vendor's refusal means to us.

    `params["message"]` is the vendor's own text. What nobody knows is a refusal with code UNKNOWN_VENDOR_ERROR.
    Fates: "refused" and "parked" stop the document, "misconfigured" the connection, "retry" waits.
    """
    known = vendor_error(text, errors)
    message = text[:MESSAGE_CHARS]
    if known is None:
        return Refused(UNKNOWN_VENDOR_ERROR, evidence=evidence, message=message, **params)
    if known.fate == "misconfigured":
        return Misconfigured(known.code, evidence=evidence, message=message, **params)
    if known.fate == "retry":
        return Retry(known.code, after_s=60, evidence=evidence, message=message, **params)
    refusal = Parked if known.fate == "parked" else Refused
    return refusal(known.code, evidence=evidence, message=message, **params)
