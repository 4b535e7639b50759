"""The register's autocomplete service, for when its file is not here or older than a company.

Source: vendor sheet of the practice module, section 5.2 (a). No key; at most ten results; it searches names too, so a
code is only found when the answer names that very code. Its request limit is unknown: answers are kept for an hour, and
a process asks at most a few times a second.
"""

import threading
import time
from typing import Any, Final
from urllib.parse import quote

import msgspec
import structlog
from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.cache import cache

from tilisilta.core.errors import TilisiltaError
from tilisilta.formats.business_register import RegisterRow
from tilisilta.kit.http import HttpTransport, Request, Timeouts, Transport, check_status, not_json
from tilisilta.store.models import BusinessRegisterEntry

log = structlog.get_logger(__name__)

MIN_QUERY: Final = 3
_KEPT_S: Final = 3600
_GAP_S: Final = 0.25
_CODE_DIGITS: Final = 8
_OK: Final = 200
_TIMEOUTS: Final = Timeouts(connect_s=3, read_s=5, total_s=8)  # a person waits at the other end

_turn = threading.Lock()
_next_at = 0.0


class _Item(msgspec.Struct):
    """One company of an answer; `reg_code` comes as a number or as text."""

    reg_code: int | str
    name: str = ""
    status: str = ""
    legal_address: str = ""
    zip_code: str = ""


class _Answer(msgspec.Struct):
    data: list[_Item]


_object = msgspec.json.Decoder(_Answer, strict=False)
_array = msgspec.json.Decoder(list[_Item], strict=False)


def ask(words: str, make_transport: Any = None) -> list[RegisterRow] | None:
    """Return what the register answers to a name or code; None when it cannot be asked now or at all."""
    query = " ".join(words.split())[:100]
    if not settings.REGISTER_SEARCH_URL or len(query) < MIN_QUERY:
        return None
    key = "register:" + quote(query.casefold(), safe="")
    known: list[RegisterRow] | None = cache.get(key)
    if known is not None:
        return known
    _wait_for_turn()
    transport = (make_transport or _transport)()
    try:
        items = async_to_sync(_fetch)(f"{settings.REGISTER_SEARCH_URL}?q={quote(query, safe='')}", transport)
    except TilisiltaError as error:
        log.info("register does not answer", problem=error.code)
        return None
    found = [_row(each) for each in items]
    cache.set(key, found, _KEPT_S)
    return found


def _transport() -> Transport:
    return HttpTransport(timeouts=_TIMEOUTS, connections=2)


async def _fetch(url: str, transport: Transport) -> list[_Item]:
    request = Request(method="GET", url=url, headers={"Accept": "application/json"})
    try:
        answer = await transport.request(request)
    finally:
        await transport.close()
    check_status(request, answer)
    if answer.status != _OK:
        raise not_json(request, answer)
    try:
        bare = answer.body.lstrip().startswith(b"[")
        return _array.decode(answer.body) if bare else _object.decode(answer.body).data
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise not_json(request, answer) from error


def _row(item: _Item) -> RegisterRow:
    code = str(item.reg_code).strip().zfill(_CODE_DIGITS)
    return RegisterRow(
        code,
        item.name.strip(),
        BusinessRegisterEntry.searchable(item.name),
        "",
        item.status,
        "",
        item.legal_address,
        item.zip_code,
        "",
    )


def _wait_for_turn() -> None:
    global _next_at  # noqa: PLW0603  one gap for the whole process
    with _turn:
        now = time.monotonic()
        begin = max(now, _next_at)
        _next_at = begin + _GAP_S
    time.sleep(begin - now)
