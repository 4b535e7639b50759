"""What Netvisor's answers mean to us: the envelope first, the HTTP status second."""

import datetime as dt
import email.utils
import re
from collections.abc import Sequence

import msgspec

from tilisilta.connectors.netvisor import assumptions
from tilisilta.connectors.netvisor.wire import SEPARATOR, Status
from tilisilta.core.errors import Evidence, Misconfigured, Refused, Retry, TilisiltaError, Unknown
from tilisilta.kit.errors import MESSAGE_CHARS, translate
from tilisilta.kit.http import Request, Response, check_status, is_html, lost_answer
from tilisilta.kit.manifest import VendorError

_plan = re.compile(assumptions.PLAN_WORDS, re.IGNORECASE)
_DOOR = {401: "KEY_REFUSED", 403: "RIGHT_MISSING", 404: "RESOURCE_UNKNOWN"}
_MAINTENANCE = {"SYSTEM_MAINTANANCE", "SYSTEM_MAINTENANCE"}
_PASSING = {*_MAINTENANCE, "TECHNICAL_ERROR", "REQUEST_NOT_UNIQUE"}
REPEATED_WAIT_S = 0.5


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """One answered request, with what is needed to judge it."""

    resource: str
    request: Request
    response: Response
    evidence: Evidence
    now: dt.datetime


def failed(answered: Answered, status: Status, errors: Sequence[VendorError]) -> TilisiltaError:
    """Return the fate of an envelope that says FAILED."""
    code, evidence = status.code, answered.evidence
    message = SEPARATOR.join(part for part in (status.code, status.text) if part)[:MESSAGE_CHARS]
    params = {"message": message, "resource": answered.resource}
    if code == "AUTHENTICATION_FAILED":
        ours = "CLOCK_SKEW" if clock_is_off(answered.response, answered.now) else "KEY_REFUSED"
        return Misconfigured(ours, evidence=evidence, **params)
    if code == "SERVICE_ACCESS_ERROR":
        return access_denied(status.text, answered.resource, evidence)
    if code in _PASSING:
        return _passing(answered, code, params)
    return translate(message, errors, evidence=evidence, resource=answered.resource)


def _passing(answered: Answered, code: str, params: dict[str, str]) -> TilisiltaError:
    """Return the fate of what another attempt may get past."""
    evidence = answered.evidence
    if code == "TECHNICAL_ERROR":
        return lost_answer(answered.request, "ANSWER_LOST", evidence)
    if code in _MAINTENANCE:
        return Retry("NETVISOR_MAINTENANCE", after_s=assumptions.MAINTENANCE_WAIT_S, evidence=evidence, **params)
    # Something on the way sent it twice: the first one may have taken effect.
    if answered.request.is_write:
        return Unknown("REQUEST_REPEATED", evidence=evidence, **params)
    return Retry(after_s=REPEATED_WAIT_S, evidence=evidence, **params)


def access_denied(text: str, resource: str, evidence: Evidence | None = None) -> Misconfigured:
    """Return the fate of a resource that may not be called: the package, or the right to this one resource."""
    code = "PLAN_TOO_LOW" if _plan.search(text) else "RIGHT_MISSING"
    message = f"{resource}: {text}" if text else resource
    return Misconfigured(code, evidence=evidence, message=message[:MESSAGE_CHARS], resource=resource)


def without_envelope(answered: Answered, secrets: tuple[str, ...]) -> TilisiltaError:
    """Return the fate of an answer that is not Netvisor's XML."""
    request, response, evidence = answered.request, answered.response, answered.evidence
    try:
        check_status(request, response, secrets=secrets)
    except TilisiltaError as error:
        return error
    if response.status in _DOOR:
        message = f"{answered.resource}: HTTP {response.status}"
        return Misconfigured(_DOOR[response.status], evidence=evidence, message=message, resource=answered.resource)
    if response.status < 400:  # noqa: PLR2004
        return lost_answer(request, "HTML_ANSWER" if is_html(response.body) else "NOT_XML", evidence, after_s=30)
    if is_html(response.body):
        return Misconfigured("HTML_ANSWER", evidence=evidence)
    return Refused("UNKNOWN_VENDOR_ERROR", evidence=evidence, message=evidence.body[:MESSAGE_CHARS])


def clock_is_off(response: Response, now: dt.datetime) -> bool:
    """Return whether the answer's own clock stands far from ours."""
    try:
        theirs = email.utils.parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return False
    if theirs.tzinfo is None:
        theirs = theirs.replace(tzinfo=dt.UTC)
    return abs((theirs - now).total_seconds()) > assumptions.CLOCK_TOLERANCE_S
