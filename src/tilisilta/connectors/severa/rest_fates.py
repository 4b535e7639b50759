"""What the REST API's refusals mean. Source: vendor sheet, A5 and A6."""

from typing import Any

import msgspec

from tilisilta.core.errors import Misconfigured, Refused, TilisiltaError
from tilisilta.kit.http import Request, Response, check_status, evidence_of, is_html, lost_answer
from tilisilta.kit.values import items, text

NOT_FOUND = 404
UNAUTHORIZED = 401
SERVER_FAULT = 500
FORBIDDEN = 403
_BY_KIND = {
    "AddonMissing": "PLAN_TOO_LOW",
    "AddonMissingTermsOfServiceApproval": "PLAN_TOO_LOW",
    "FeatureIsNotEnabled": "PLAN_TOO_LOW",
    "UserLicenseType": "PLAN_TOO_LOW",
    "TrialExpired": "PLAN_TOO_LOW",
    "NotAvailableInTrial": "PLAN_TOO_LOW",
    "ExcludedFromTrial": "PLAN_TOO_LOW",
    "InsufficientApiScope": "RIGHT_MISSING",
    "PermissionDenied": "RIGHT_MISSING",
    "TermsOfServiceNotApproved": "TERMS_NOT_APPROVED",
    "OrganizationNotActive": "ORGANISATION_NOT_ACTIVE",
    "AuthenticationRequired": "KEY_REFUSED",
    "InvalidApiVersion": "CONNECTION_MISCONFIGURED",
    "HttpsRequired": "CONNECTION_MISCONFIGURED",
}
"""What stops the whole connection, by the envelope's type."""
_BY_STATUS = {UNAUTHORIZED: "KEY_REFUSED", FORBIDDEN: "RIGHT_MISSING"}
"""The same where the body, which nobody documents, says nothing; 401 came with a token got a moment ago."""


class Refusal(msgspec.Struct, frozen=True):
    """An error body: the vendor's type of error and what it says."""

    kind: str
    message: str


def read_refusal(body: bytes) -> Refusal | None:
    """Return what an error body says: the documented envelope, or the flat shape that is also seen."""
    try:
        given: Any = msgspec.json.decode(body)
    except msgspec.MsgspecError:
        return None
    if not isinstance(given, dict):
        return None
    error = given.get("error")
    inner = error if isinstance(error, dict) else given
    said = [_detail(each) for each in items(inner.get("details")) if isinstance(each, dict)]
    message = "; ".join(each for each in said if each) or text(inner.get("message"))
    return Refusal(text(inner.get("type")), message)


def _detail(given: dict[str, Any]) -> str:
    place = given.get("location")
    name = text(place.get("name")) if isinstance(place, dict) else ""
    message = text(given.get("message"))
    return f"{name}: {message}" if name and name not in message else message


def fate_of(request: Request, response: Response, secrets: tuple[str, ...]) -> TilisiltaError:
    """Return the error of an answer that is no success; 429 and the first 401 are the client's own."""
    evidence = evidence_of(request, response, secrets)
    refusal = read_refusal(response.body) or Refusal("", "")
    status = response.status
    message = f"{refusal.kind}: {refusal.message}" if refusal.kind else refusal.message or str(status)
    if refusal.kind in _BY_KIND:
        return Misconfigured(_BY_KIND[refusal.kind], evidence=evidence, message=message)
    if refusal.kind == "InternalSystemError":
        return lost_answer(request, "ANSWER_LOST", evidence)
    if 400 <= status < SERVER_FAULT and not is_html(response.body):  # noqa: PLR2004
        if status in _BY_STATUS:
            return Misconfigured(_BY_STATUS[status], evidence=evidence, message=message)
        return Refused(
            "NOT_FOUND_AT_SOURCE" if status == NOT_FOUND else "SOURCE_REFUSED", evidence=evidence, message=message
        )
    try:
        check_status(request, response, secrets=secrets)
    except TilisiltaError as error:
        return error
    # A page with a 4xx comes from in front of the API: most often a wrong address.
    return Misconfigured("HTML_ANSWER", evidence=evidence)
