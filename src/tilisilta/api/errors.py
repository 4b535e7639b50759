"""Every error of the API in one shape: problem details of RFC 9457, in the reader's language."""

import math
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, cast

import msgspec
import structlog
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import HttpError, Throttled, ValidationError

from tilisilta.api.texts import BY_STATUS, FIELD_TEXTS, FIELD_UNKNOWN, STATUSES, TEXTS
from tilisilta.core.errors import Misconfigured, Retry, TilisiltaError
from tilisilta.services.errors import MESSAGES, ServiceError
from tilisilta.services.problem_catalogue import CATALOGUE, describe

log = structlog.get_logger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PATH: Final = "/api/v1/problem-codes/"


class FieldError(msgspec.Struct, frozen=True):
    """One field that cannot be used: its path ("body.rows.0.key"), the kind of mistake and the text of it."""

    field: str
    code: str
    message: str


class ApiError(Exception):
    """A mistake in how the API was called; `code` is a key of `TEXTS`."""

    def __init__(
        self,
        code: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[FieldError] = (),
        **params: Any,
    ) -> None:
        self.code = code
        self.headers = dict(headers or {})
        self.errors = tuple(errors)
        self.params = params
        super().__init__(code)


def invalid_field(field: str, message: str, code: str = "value_error") -> ApiError:
    """Return the error of one field whose value cannot be used."""
    return ApiError("VALIDATION_FAILED", errors=[FieldError(field, code, message)], fields=field)


class _Params(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return "…"


def fill(text: object, params: Mapping[str, Any]) -> str:
    """Return a text with its parameters in place; a missing one reads as an ellipsis."""
    try:
        return str(text) % _Params(params)
    except (KeyError, TypeError, ValueError):
        return str(text)


def problem(  # the members of RFC 9457 and ours
    *,
    status: int,
    code: str,
    title: str,
    detail: str,
    remedy: str,
    params: Mapping[str, Any] | None = None,
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Return an error as it leaves: all members are always there but `errors`, which only wrong fields have."""
    body: dict[str, Any] = {
        "type": f"{settings.BASE_URL}{TYPE_PATH}{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "params": {str(name): _plain(value) for name, value in (params or {}).items()},
        "remedy": remedy,
    }
    if errors:
        body["errors"] = [msgspec.to_builtins(error) for error in errors]
    return HttpResponse(msgspec.json.encode(body), status=status, content_type=MEDIA_TYPE, headers=dict(headers or {}))


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | bool | None) and not _is_label(value) else str(value)


def _is_label(value: Any) -> bool:
    return isinstance(value, str) and type(value) is not str


def own(error: ApiError) -> HttpResponse:
    """Return the answer to a mistake in how the API was called."""
    words = TEXTS[error.code]
    return problem(
        status=words.status,
        code=error.code,
        title=str(words.title),
        detail=fill(words.detail, error.params),
        remedy=fill(words.remedy, error.params),
        params=error.params,
        errors=error.errors,
        headers=error.headers,
    )


def of_service(error: ServiceError) -> HttpResponse:
    """Return the answer to a mistake that a service names."""
    if error.code in CATALOGUE and error.code not in MESSAGES:
        return _described(error.code, error.params, STATUSES.get(error.code, 422))
    status = STATUSES.get(error.code, 422)
    title, remedy = BY_STATUS[status]
    return problem(
        status=status,
        code=error.code,
        title=str(title),
        detail=str(error),
        remedy=str(remedy),
        params=error.params,
    )


def of_vendor(error: TilisiltaError) -> HttpResponse:
    """Return the answer when the system behind a connection could not be asked: what it said, by its fate."""
    if isinstance(error, Retry):
        return _described(error.code, error.params, 503, {"Retry-After": str(max(1, math.ceil(error.after_s)))})
    status = STATUSES.get(error.code, 409 if isinstance(error, Misconfigured) else 502)
    return _described(error.code, error.params, status)


def _described(
    code: str, params: Mapping[str, Any], status: int, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    words = describe(code, params)
    return problem(
        status=status,
        code=code,
        title=words.title,
        detail=words.cause,
        remedy=words.remedy,
        params=params,
        headers=headers,
    )


def _field_path(parts: Sequence[object]) -> str:
    """Return where a field stands: "body.lines.0.source_key", without our own name of the whole body."""
    shown = [parts[0], *parts[2:]] if parts[0] == "body" else parts
    return ".".join(str(part) for part in shown)


def of_fields(error: ValidationError) -> HttpResponse:
    """Return the answer to a request whose fields cannot be used; what was sent is never repeated."""
    errors = [
        FieldError(
            field=_field_path(each["loc"]),
            code=str(each["type"]),
            message=fill(FIELD_TEXTS.get(each["type"], FIELD_UNKNOWN), each.get("ctx", {})),
        )
        for each in error.errors
    ]
    return own(ApiError("VALIDATION_FAILED", errors=errors, fields=", ".join(each.field for each in errors)))


def _of_http(error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, ApiError):
        return own(error.__cause__)
    if isinstance(error.__cause__, RequestDataTooBig):
        return too_big()
    known = {400: "BODY_UNREADABLE", 401: "TOKEN_MISSING", 404: "ADDRESS_UNKNOWN"}
    return own(ApiError(known.get(error.status_code, "INTERNAL")))


def too_big() -> HttpResponse:
    """Return the answer to a body that is bigger than one may be."""
    return own(ApiError("BODY_TOO_BIG", limit=settings.DATA_UPLOAD_MAX_MEMORY_SIZE >> 20))


def _too_many(error: Throttled) -> HttpResponse:
    wait = {"Retry-After": str(max(1, math.ceil(error.wait or 1)))}
    return own(ApiError("TOO_MANY_REQUESTS", headers=wait, limit=settings.API_REQUESTS_PER_MINUTE))


# From the particular to the general: the first that fits answers.
_ANSWERS: Final[tuple[tuple[type[Exception] | tuple[type[Exception], ...], Callable[[Any], HttpResponse]], ...]] = (
    (ApiError, own),
    (ServiceError, of_service),
    (TilisiltaError, of_vendor),
    (ValidationError, of_fields),
    (Throttled, _too_many),
    (HttpError, _of_http),
    (ObjectDoesNotExist, lambda _error: own(ApiError("NOT_FOUND"))),
    (Http404, lambda _error: own(ApiError("ADDRESS_UNKNOWN"))),
    (RequestDataTooBig, lambda _error: too_big()),
    ((MultiPartParserError, UnreadablePostError, SuspiciousOperation), lambda _error: own(ApiError("BODY_UNREADABLE"))),
)


def answer(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    """Return the answer to anything that went wrong; what nobody foresaw is logged and told as a 500."""
    if isinstance(error, PermissionDenied):
        role = getattr(getattr(request, "actor", None), "role", "")
        return own(ApiError("ROLE_TOO_LOW", role=role, needed=str(getattr(error, "needed", ""))))
    for fate, make in _ANSWERS:
        if isinstance(error, fate):
            return make(error)
    # Formatted here: a logger's own traceback may show the values of variables, and some of them are keys.
    told = "".join(traceback.format_exception(cast("Exception", error)))
    log.error("api call failed", path=request.path, method=request.method, exception=told)
    return own(ApiError("INTERNAL"))


def handle(api: NinjaAPI) -> None:
    """Let every error that leaves an operation of this API take the one shape."""
    for fate in (Exception, HttpError, ValidationError, Http404):
        api.add_exception_handler(fate, answer)


def text_of(code: str) -> tuple[str, str, str] | None:
    """Return title, cause and remedy of any code that the API may answer with or list; None for unknown ones."""
    if code in TEXTS:
        words = TEXTS[code]
        return str(words.title), fill(words.detail, {}), fill(words.remedy, {})
    if code in MESSAGES:
        title, remedy = BY_STATUS[STATUSES.get(code, 422)]
        return str(title), fill(MESSAGES[code], {}), str(remedy)
    if code in CATALOGUE:
        described = describe(code)
        return described.title, described.cause, described.remedy
    return None


def all_codes() -> list[str]:
    """Return every code that has a text, in alphabetical order."""
    return sorted({*TEXTS, *MESSAGES, *CATALOGUE})
