"""What Procountor's refusals mean to us (vendor sheet section 10)."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from tilisilta.connectors.procountor import assumptions
from tilisilta.core.errors import Evidence, Misconfigured, Refused, Retry, TilisiltaError
from tilisilta.kit.errors import MESSAGE_CHARS, translate, vendor_error
from tilisilta.kit.http import Request, Response, check_status, evidence_of, is_html, retry_after_s
from tilisilta.kit.manifest import VendorError
from tilisilta.kit.values import text

_SEPARATOR = "; "
_RIGHTS = re.compile(r"insufficient access rights", re.IGNORECASE)
_CLIENT = re.compile(r"invalid_client|bad credentials|redirect_uri|api clients", re.IGNORECASE)


class Complaint(msgspec.Struct, frozen=True):
    """One error of an answer: a path such as `invoiceRows[3].vatStatus` and a code or sentence."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field} {self.message}".strip()


def complaints(body: bytes) -> list[Complaint]:
    """Return the errors of an answer in any of the shapes that were seen; none when it holds no words.

    >>> [str(each) for each in complaints(b'{"errors":[{"field":"invoiceRows","message":"MAY_NOT_BE_EMPTY"}]}')]
    ['invoiceRows MAY_NOT_BE_EMPTY']
    >>> [str(each) for each in complaints(b'{"error":"invalid_grant","error_description":"invalid token"}')]
    ['invalid_grant: invalid token']
    """
    try:
        answer = msgspec.json.decode(body)
    except msgspec.MsgspecError:
        return [] if is_html(body) else _plain(body.decode("utf-8", "replace"))
    if not isinstance(answer, dict):
        return []
    found = [_complaint(each) for each in _listed(answer.get("errors"))]
    old = _listed(answer.get("constraintViolations"))
    found += [_complaint({**each, "message": each.get("errorCode") or each.get("message")}) for each in old]
    if not found and answer.get("error"):
        words = ": ".join(part for part in (text(answer["error"]), text(answer.get("error_description"))) if part)
        found = [Complaint("", words)]
    return found or _plain(text(answer.get("message")))


def _listed(value: Any) -> list[dict[str, Any]]:
    rows = value if isinstance(value, list) else [value]
    return [{"message": each} if isinstance(each, str) else each for each in rows if isinstance(each, str | dict)]


def _complaint(row: dict[str, Any]) -> Complaint:
    field, message = text(row.get("field") or row.get("path")), text(row.get("message"))
    # Another product printed JavaScript's word for a missing field in front of the message.
    return Complaint("" if field.lower() in {"undefined", "null"} else field, message)


def _plain(words: str) -> list[Complaint]:
    return [Complaint("", words.strip()[:MESSAGE_CHARS])] if words.strip() else []


def refusal(
    request: Request, response: Response, errors: Sequence[VendorError], secrets: Iterable[str]
) -> TilisiltaError:
    """Return the fate of an answer that is no success.

    The vendor's own words decide before the status does, because one status serves rights, wrong states and closed
    periods alike.
    """
    evidence = evidence_of(request, response, secrets)
    told = complaints(response.body)
    status = response.status
    if status == 429:  # noqa: PLR2004
        return Retry(after_s=retry_after_s(response.headers, assumptions.BUSY_WAIT_S), evidence=evidence)
    try:
        check_status(request, response, secrets=tuple(secrets))
    except TilisiltaError as error:
        return error
    if is_html(response.body):
        return Misconfigured("HTML_ANSWER", evidence=evidence)
    message = _SEPARATOR.join(str(each) for each in told)
    params = {"field": told[0].field if told else "", "status": status}
    if vendor_error(message, errors) is not None:
        return translate(message, errors, evidence=evidence, **params)
    return _by_status(status, message, evidence, errors, params)


def _by_status(
    status: int, message: str, evidence: Evidence, errors: Sequence[VendorError], params: dict[str, Any]
) -> TilisiltaError:
    shown = message[:MESSAGE_CHARS] or f"HTTP {status}"
    if status == 401:  # noqa: PLR2004
        return Misconfigured("INVALID_TOKEN", evidence=evidence, message=shown)
    if status == 403 and _RIGHTS.search(message):  # noqa: PLR2004
        return Misconfigured("RIGHT_MISSING", evidence=evidence, message=shown)
    if status == 403:  # noqa: PLR2004
        return Refused("PROCOUNTOR_STATUS_WRONG", evidence=evidence, message=shown)
    if status == 404:  # noqa: PLR2004
        return Refused("NOT_FOUND_AT_TARGET", evidence=evidence, message=shown)
    if status == 409:  # noqa: PLR2004
        return Refused("PROCOUNTOR_VERSION_CONFLICT", evidence=evidence, message=shown)
    return translate(shown, errors, evidence=evidence, **params)


def token_refused(request: Request, response: Response, secrets: Iterable[str]) -> TilisiltaError:
    """Return the fate of a token request that got no token."""
    evidence = evidence_of(request, response, secrets)
    message = _SEPARATOR.join(str(each) for each in complaints(response.body))[:MESSAGE_CHARS]
    shown = message or f"HTTP {response.status}"
    if response.status == 429:  # noqa: PLR2004
        return Retry(after_s=retry_after_s(response.headers, assumptions.BUSY_WAIT_S), evidence=evidence)
    if response.status == 404:  # noqa: PLR2004
        return Misconfigured("API_VERSION_UNKNOWN", evidence=evidence, message=shown)
    try:
        check_status(request, response, secrets=tuple(secrets))
    except TilisiltaError as error:
        return error
    code = "KEY_REFUSED" if _CLIENT.search(message) else "INVALID_TOKEN"
    return Misconfigured(code, evidence=evidence, message=shown)
