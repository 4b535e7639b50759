"""Who may ask: URL parameters, signature, clock, plan; sections 1 and 2 of the vendor sheet."""

from urllib.parse import unquote

from tilisilta_emulators.kit import Clock
from tilisilta_emulators.merit import errors, signature
from tilisilta_emulators.merit.errors import Refused
from tilisilta_emulators.merit.options import Country
from tilisilta_emulators.merit.site import Credential, Site

_NAMES = ("apiid", "timestamp", "signature")


def parameters(raw_query: str) -> dict[str, str]:
    """Return the URL parameters, names in lower case; a bare plus is a blank, as ASP.NET reads it."""
    found = {}
    for part in raw_query.split("&"):
        name, _, value = part.partition("=")
        found[unquote(name).lower()] = unquote(value.replace("+", " "))
    return found


def identify(site: Site, clock: Clock, query: dict[str, str], body: bytes, country: Country) -> Credential:
    """Return the key that signed a call.

    Raises:
        Refused: A parameter is missing, the id unknown there, revoked, the signature or the time wrong, the
            company's plan without API.
    """
    options = site.options
    if any(not query.get(name) for name in _NAMES):
        raise _missing(site)
    credential = site.credentials.get(query["apiid"].lower())
    if credential is None or credential.revoked or credential.company.country != country:
        raise _unknown(site, country)
    timestamp = query["timestamp"]
    right = signature.sign(query["apiid"], credential.api_key, timestamp, body)
    dialect = signature.variant_of(query["signature"], right)
    stamp = signature.read_stamp(timestamp)
    kind = None if stamp is None else signature.stamp_kind(stamp, clock.now(), options.clock_skew_s)
    name = _dialect(dialect, kind)
    credential.dialects[name] += 1
    if name != "strict":
        credential.insecure_at = clock.now()
        tolerated = options.lenient_signing and dialect is not None and kind is not None
        if not tolerated and options.signature_enforced:
            raise Refused(401, text=errors.WRONG_SIGNATURE if country == "FI" else errors.INVALID_SIGNATURE)
    if credential.company.plan == "standard":
        raise Refused(401, text=errors.WRONG_LICENSE)
    return credential


def _dialect(dialect: str | None, kind: str | None) -> str:
    if dialect is None:
        return "wrong"
    if kind is None:
        return "stale"
    if kind == "local":
        return "local_time" if dialect == "strict" else f"{dialect}+local_time"
    return dialect


def _missing(site: Site) -> Refused:
    if site.options.missing_parameter == "empty_404":
        return Refused(404)
    return Refused(401, text=errors.MISSING_PARAMETER)


def _unknown(site: Site, country: Country) -> Refused:
    way = site.options.bad_api_id
    if way == "by_country":
        way = "json_400" if country == "FI" else "empty_401"
    if way == "json_400":
        return Refused(400, {"Message": "ApiId"})
    return Refused(401) if way == "empty_401" else Refused(401, text=errors.MISSING_PARAMETER)
