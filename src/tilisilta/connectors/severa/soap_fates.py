"""What the SOAP API's faults mean. Source: vendor sheet, section B."""

import datetime as dt
from collections.abc import Iterable

from lxml import etree
from zeep.exceptions import Fault

from tilisilta.connectors.severa import assumptions
from tilisilta.core.errors import BudgetSpent, Evidence, Misconfigured, Refused, Retry, TilisiltaError
from tilisilta.kit.http import Request, lost_answer
from tilisilta.kit.scrub import scrub

DAY_S = 86_400.0
BUSY_S = 5.0
_MISCONFIGURED = {
    "AuthenticationFailureException": "KEY_REFUSED",
    "NoPermissionException": "RIGHT_MISSING",
    "TosNotApprovedException": "TERMS_NOT_APPROVED",
}
_REFUSED = {"NotFoundException": "NOT_FOUND_AT_SOURCE", "ValidationException": "SOURCE_REFUSED"}


def day_left_s(now: dt.datetime) -> float:
    """Return the seconds until the day's calls renew, at midnight UTC."""
    return DAY_S - now.timestamp() % DAY_S


def fate_of(fault: Fault, request: Request, now: dt.datetime, secrets: Iterable[str]) -> TilisiltaError:
    """Return the error that a fault is."""
    name, words = _read(fault)
    evidence = Evidence(status=500, body=scrub(f"{name or fault.code}: {words}", secrets), url=scrub(request.url))
    message = f"{name}: {words}" if name else words
    if name == "QuotaLimitExceededException" or "quota limit" in words.lower():
        return BudgetSpent(after_s=day_left_s(now), evidence=evidence)
    if name in _MISCONFIGURED:
        return Misconfigured(_MISCONFIGURED[name], evidence=evidence, message=message)
    if name in _REFUSED:
        return Refused(_REFUSED[name], evidence=evidence, message=message)
    if name == "GeneralFailureException":
        return _general(request, evidence, message)
    # The service's frame refused the message itself: it does not know the operation or its members any more.
    return Misconfigured("INTERFACE_CHANGED", evidence=evidence, message=message)


def _general(request: Request, evidence: Evidence, message: str) -> TilisiltaError:
    """Return the fate of the fault that may mean anything: its words tell, else it passes."""
    if assumptions.NOT_ACTIVE_WORDS.search(message):
        return Misconfigured("ORGANISATION_NOT_ACTIVE", evidence=evidence, message=message)
    if request.is_write:
        return lost_answer(request, "ANSWER_LOST", evidence)
    return Retry(after_s=BUSY_S, evidence=evidence)


def _read(fault: Fault) -> tuple[str, str]:
    """Return the name of a fault's detail, if it is the vendor's own, and the words of the fault."""
    words = str(fault.message or "")
    detail = fault.detail
    first = next(iter(detail), None) if isinstance(detail, etree._Element) else None  # noqa: SLF001  lxml's only name
    if first is None:
        return "", words
    name = etree.QName(first).localname
    said = next((each.text for each in first if etree.QName(each).localname == "Description" and each.text), None)
    return name, said or words
