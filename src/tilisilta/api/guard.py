"""What every call passes before its operation: language, token, role, size and type of the body, repeated keys."""

import hashlib
import re
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, Final, cast

import msgspec
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header
from ninja.errors import Throttled
from ninja.operation import Operation
from ninja.parser import Parser
from ninja.security import HttpBearer
from ninja.throttling import SimpleRateThrottle
from ninja.types import DictStrAny

from tilisilta.api import errors
from tilisilta.api.errors import ApiError
from tilisilta.services import idempotency
from tilisilta.services.access import Actor, client_ip, require
from tilisilta.services.tokens import InvalidToken, authenticate
from tilisilta.store.models import ApiToken, Role

WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
JSON: Final = "application/json"
MULTIPART: Final = "multipart/form-data"
_KEY: Final = re.compile(r"[\x21-\x7e]+")
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_DEFAULT_LANGUAGE: Final = "en"


class ApiRequest(HttpRequest):
    """A request that has passed: `actor` is the token's."""

    actor: Actor


class Token(HttpBearer):
    """Names the scheme for the OpenAPI document; who calls was found out before."""

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """Return the actor that the guard found."""
        del token
        return getattr(request, "actor", None)


class _Throttle(SimpleRateThrottle):
    # One for each request: the library keeps the history of the request at hand on the object.
    def get_cache_key(self, request: HttpRequest) -> str | None:
        token = cast("ApiRequest", request).actor.token
        return f"api-rate-{token.pk}" if token else None


def reader_language(request: HttpRequest) -> str:
    """Return the language that the caller asks for, English when it names none of ours."""
    for code, _quality in parse_accept_lang_header(request.headers.get("Accept-Language", "")[:500].lower()):
        if code == "*":
            break
        try:
            return get_supported_language_variant(code)
        except LookupError:
            continue
    return _DEFAULT_LANGUAGE


View = Callable[..., HttpResponseBase]


def gate(view: View) -> View:
    """Let a view speak the caller's language and answer every failure in the one shape."""

    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        language = reader_language(request)
        with translation.override(language):
            try:
                response = view(request, *args, **kwargs)
            except Exception as error:  # noqa: BLE001  told as a problem and logged there
                response = errors.answer(request, error)
            if response.status_code == 405 and response.headers.get("Content-Type") != errors.MEDIA_TYPE:  # noqa: PLR2004
                allowed = response.headers.get("Allow", "")
                told = ApiError(
                    "METHOD_NOT_ALLOWED", headers={"Allow": allowed}, method=request.method, allowed=allowed
                )
                response = errors.own(told)
        response.headers["Content-Language"] = language
        patch_vary_headers(response, ["Accept-Language", "Authorization"])
        return response

    inner.csrf_exempt = True  # type: ignore[attr-defined]  # tokens are no cookies
    return inner


def find_actor(request: HttpRequest) -> Actor:
    """Return who calls.

    Raises:
        ApiError: TOKEN_MISSING, TOKEN_INVALID.
    """
    scheme, _, plain = request.headers.get("Authorization", "").partition(" ")
    challenge = {"WWW-Authenticate": 'Bearer realm="Tilisilta"'}
    if scheme.lower() != "bearer" or not plain.strip():
        raise ApiError("TOKEN_MISSING", headers=challenge)
    try:
        return authenticate(plain.strip(), ip=client_ip(request.META))
    except InvalidToken:
        invalid = {"WWW-Authenticate": 'Bearer realm="Tilisilta", error="invalid_token"'}
        raise ApiError("TOKEN_INVALID", headers=invalid) from None


def needed_role(operation: Operation) -> str:
    """Return the least role that may call an operation."""
    return str((operation.openapi_extra or {}).get("x-role", Role.VIEWER.value))


def is_slow(operation: Operation) -> bool:
    """Return whether an operation asks another system or reads files: then no transaction is held around it."""
    return bool((operation.openapi_extra or {}).get("x-asks-vendor"))


def shows_secret(operation: Operation) -> bool:
    """Return whether an operation's answer holds what must not be kept, not even for a repeat."""
    return bool((operation.openapi_extra or {}).get("x-shows-secret"))


class Guarded:
    """An operation's `run` with everything before it."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.run = operation.run
        self.needed = needed_role(operation)
        sources = {model.__ninja_param_source__ for model in operation.models}
        self.wanted = MULTIPART if sources & {"file", "form"} else JSON if "body" in sources else ""

    def __call__(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """Return the operation's answer, or the first reason why it may not run."""
        try:
            actor = find_actor(request)
            cast("ApiRequest", request).actor = actor
            self._check_rate(request)
            require(actor, self.needed)
            self._check_body(request)
            key = request.headers.get("Idempotency-Key")
            if request.method in WRITES and key is not None and actor.token is not None:
                return self._once(request, actor.token, key, kwargs)
            return self.run(request, **kwargs)
        except Exception as error:  # noqa: BLE001  told as a problem and logged there
            return errors.answer(request, error)

    @staticmethod
    def _check_rate(request: HttpRequest) -> None:
        throttle = _Throttle(f"{settings.API_REQUESTS_PER_MINUTE}/min")
        if not throttle.allow_request(request):
            raise Throttled(throttle.wait())  # type: ignore[arg-type]  # the library rounds seconds up itself

    def _check_body(self, request: HttpRequest) -> None:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > limit:
            raise ApiError("BODY_TOO_BIG", limit=limit >> 20)
        if self.wanted and length != "0" and request.content_type != self.wanted:
            raise ApiError("BODY_TYPE_WRONG", wanted=self.wanted, type=request.content_type or "-")

    def _once(self, request: HttpRequest, token: ApiToken, key: str, kwargs: dict[str, Any]) -> HttpResponseBase:
        if len(key) > idempotency.MAX_KEY or not _KEY.fullmatch(key):
            raise ApiError("IDEMPOTENCY_KEY_INVALID", limit=idempotency.MAX_KEY)
        try:
            known = idempotency.begin(token, key, request_hash(request))
        except idempotency.KeyReused:
            raise ApiError("IDEMPOTENCY_KEY_REUSED") from None
        except idempotency.KeyUnderWay as error:
            raise ApiError("REQUEST_UNDER_WAY", headers={"Retry-After": str(error.retry_after_s)}) from None
        if known is not None:
            return HttpResponse(
                known.body,
                status=known.status,
                content_type=_type_of(known.body),
                headers={"Idempotency-Replayed": "true"},
            )
        is_finished = False
        try:
            with nullcontext() if is_slow(self.operation) else transaction.atomic():
                response = self.run(request, **kwargs)
                is_done = response.status_code < 400  # noqa: PLR2004
                is_finished = is_done and not shows_secret(self.operation)
                if is_finished:
                    idempotency.finish(token, key, response.status_code, cast("HttpResponse", response).content)
                elif not is_done and not is_slow(self.operation):
                    transaction.set_rollback(True)
        finally:
            if not is_finished:
                idempotency.forget(token, key)
        return response


def _type_of(body: bytes) -> str:
    return "application/json; charset=utf-8" if body else "text/plain"


def request_hash(request: HttpRequest) -> str:
    """Return what tells a request from others. The boundary of a form is not part of it: clients draw it anew."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type == MULTIPART:
        for name in sorted(request.POST):
            digest.update(repr((name, request.POST.getlist(name))).encode())
        for name in sorted(request.FILES):
            for file in request.FILES.getlist(name):
                digest.update(repr((name, file.name)).encode())
                for part in file.chunks():
                    digest.update(part)
                file.seek(0)
    else:
        digest.update(request.body)
    return digest.hexdigest()


def actor_of(request: HttpRequest) -> Actor:
    """Return who calls; the guard found it before the operation began."""
    return cast("ApiRequest", request).actor


class StrictParser(Parser):
    """Reads bodies and addresses, and refuses characters that no database stores."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        """Return the body; raises on anything that is not JSON."""
        body: Any = msgspec.json.decode(request.body)
        _require_storable(body)
        return cast("DictStrAny", body)

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> DictStrAny:
        """Return the fields of an address or a form."""
        found = super().parse_querydict(data, list_fields, request)
        _require_storable(found)
        return found


def _require_storable(value: Any) -> None:
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            waiting += [*each.keys(), *each.values()]
        elif isinstance(each, list):
            waiting += each
        elif isinstance(each, str) and _UNSTORABLE.search(each):
            raise ApiError("CHARACTER_NOT_ALLOWED")
