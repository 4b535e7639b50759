"""What an answer means: its fate by status and text, in all the shapes that Merit was seen to answer in.

Merit says no with JSON, with plain words, with a stack trace under status 200, or with nothing. Source: vendor sheet
section 3.
"""

import datetime as dt
import email.utils
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from tilisilta.connectors.merit import assumptions
from tilisilta.core.errors import Evidence, Misconfigured, Refused, Retry, TilisiltaError
from tilisilta.kit.errors import translate
from tilisilta.kit.http import Request, Response, check_status, is_html, lost_answer
from tilisilta.kit.manifest import VendorError
from tilisilta.kit.values import loose_decoder, text

_decode = loose_decoder(Any).decode
# An exception's full name, or a frame: ` at Namespace.Class.<Method>d__7.MoveNext(`, each on a line of its own or not.
_trace = re.compile(
    r"\b(?:System|Newtonsoft|Microsoft|Merit)\.[\w.]*(?:Exception|Error)\b|\s{2,}at [\w.<>`+|\[\],]+\.\S+\("
)
_api_id = re.compile(assumptions.BAD_ID_WORDS, re.IGNORECASE)
_DEEPEST_STRING = 3
_reading = re.compile(assumptions.READING_ERRORS)
_signature = re.compile(r"api-(?:invalid|wrong)signature|signature", re.IGNORECASE)
_license = re.compile(r"wronglicense", re.IGNORECASE)
# What Merit calls its refusals where it says them in plain words, whatever the status.
_plain_refusal = re.compile(r"^api-[A-Za-z]+$")
NOT_JSON_YET = object()


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """One request with its answer."""

    endpoint: str
    request: Request
    response: Response
    evidence: Evidence
    now: dt.datetime


def read_body(body: bytes) -> Any:
    """Return the JSON of an answer, numbers exact; JSON inside a JSON string is opened too.

    An empty answer is None, and what is no JSON at all is `NOT_JSON_YET`.
    """
    content = body.removeprefix(b"\xef\xbb\xbf").strip()
    if not content:
        return None
    try:
        value = _decode(content)
    except msgspec.MsgspecError:
        return NOT_JSON_YET
    # Before 2024 answers were strings of JSON; some hosts put a string around that once more.
    for _ in range(_DEEPEST_STRING):
        if not isinstance(value, str):
            break
        inner = value.strip()
        if inner[:1] not in {"{", "[", '"'} and inner != "null":
            break
        try:
            value = _decode(inner.encode())
        except msgspec.MsgspecError:
            break
    return value


def is_failure(value: Any) -> bool:
    """Return whether JSON is the server's own account of a failure, whatever the status.

    >>> is_failure({"Id": "x", "ErrorCode": "FormatException", "Message": "Input string"}), is_failure({"Id": "x"})
    (True, False)
    """
    if not isinstance(value, dict):
        return False
    told = {str(name).lower() for name, each in value.items() if each}
    return bool(told & assumptions.FAILURE_NAMES) or {"errorcode", "message"} <= told


def is_trace(words: str) -> bool:
    """Return whether a text is a stack trace of Merit's server.

    >>> is_trace("System.FormatException: Input string was not in a correct format."), is_trace("OK")
    (True, False)
    """
    return bool(_trace.search(words))


def message_of(body: bytes) -> str:
    """Return what a refusal says: the message of its JSON, else its words.

    >>> message_of(b'{"Message":"Periood liiga pikk(max 3 kuud)"}'), message_of(b'api-wronglicense')
    ('Periood liiga pikk(max 3 kuud)', 'api-wronglicense')
    """
    value = read_body(body)
    if value is NOT_JSON_YET:
        return body.decode("utf-8", "replace").strip()[:1000]
    return words_of(value)


def words_of(value: Any) -> str:
    """Return the words of a decoded answer."""
    if isinstance(value, dict):
        folded = {str(name).lower(): each for name, each in value.items()}
        parts = [text(folded.get(name)) for name in ("errorcode", "message", "exceptionmessage", "messagedetail")]
        return ": ".join(part for part in parts if part) or str(value)[:1000]
    return text(value)


def of_refusal(answered: Answered, errors: Sequence[VendorError], secrets: Sequence[str]) -> TilisiltaError:
    """Return the fate of an answer whose status is not 200."""
    request, response, evidence = answered.request, answered.response, answered.evidence
    message = message_of(response.body)
    status = response.status
    if status == 401 or (status == 400 and _api_id.search(message)):  # noqa: PLR2004
        return _of_door(answered, message)
    if status in {404, 405}:
        return Misconfigured("ENDPOINT_UNKNOWN", evidence=evidence, endpoint=answered.endpoint, message=message)
    if status == 500 and _reading.search(message) and not is_html(response.body):  # noqa: PLR2004
        # It stumbled while reading, so nothing was written; the same again would stumble again.
        return Refused("SHAPE_REFUSED", evidence=evidence, message=message[:400], endpoint=answered.endpoint)
    try:
        check_status(request, response, secrets=secrets)
    except TilisiltaError as error:
        return error
    if is_html(response.body):
        return Misconfigured("HTML_ANSWER", evidence=evidence)
    return translate(message, errors, evidence=evidence, endpoint=answered.endpoint)


def _of_door(answered: Answered, message: str) -> TilisiltaError:
    evidence = answered.evidence
    if _license.search(message):
        return Misconfigured("PLAN_TOO_LOW", evidence=evidence, message=message)
    if _signature.search(message):
        code = "CLOCK_SKEW" if _clock_is_off(answered) else "KEY_REFUSED"
        return Misconfigured(code, evidence=evidence, message=message)
    return Misconfigured("KEY_UNKNOWN_IN_COUNTRY", evidence=evidence, message=message or "401")


def is_refused_signature(error: TilisiltaError) -> bool:
    """Return whether it was the signature that was refused, so that another form of it may be tried."""
    return isinstance(error, Misconfigured) and error.code in {"KEY_REFUSED", "CLOCK_SKEW"}


def _clock_is_off(answered: Answered) -> bool:
    given = answered.response.headers.get("Date", "")
    try:
        theirs = email.utils.parsedate_to_datetime(given)
    except ValueError:
        return False
    return abs((theirs - answered.now).total_seconds()) > assumptions.CLOCK_TOLERANCE_S


def of_words(
    answered: Answered, words: str, errors: Sequence[VendorError], *, is_failure: bool = False
) -> TilisiltaError:
    """Return the fate of an answer with status 200 that says something else than it should."""
    request, evidence = answered.request, answered.evidence
    if is_failure or (is_trace(words) and not is_html(answered.response.body)):
        first = words.strip().partition("\n")[0].strip()[:200]
        if _reading.search(first):
            return Refused("SHAPE_REFUSED", evidence=evidence, message=first, endpoint=answered.endpoint)
        if request.is_write:
            return lost_answer(request, "STACK_TRACE_ANSWER", evidence)
        return Retry("STACK_TRACE_ANSWER", after_s=30, evidence=evidence, message=first, endpoint=answered.endpoint)
    if _plain_refusal.match(words.strip()):
        return translate(words.strip(), errors, evidence=evidence, endpoint=answered.endpoint)
    code = "HTML_ANSWER" if is_html(answered.response.body) else "NOT_JSON"
    return lost_answer(request, code, evidence, after_s=30)
