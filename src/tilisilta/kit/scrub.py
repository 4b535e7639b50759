"""Takes secrets and personal codes out of raw vendor answers before they are kept or shown."""

import re
from collections.abc import Iterable
from functools import lru_cache

from stdnum.ee import ik
from stdnum.fi import hetu

EVIDENCE_CHARS = 4096
MASK = "***"

_NAMES = (
    r"api[_-]?key|api[_-]?secret|user[_-]?token|access[_-]?token|refresh[_-]?token|token|signature|secret|password|"
    r"client[_-]?secret|soap[_-]?key|customer[_-]?key|partner[_-]?key|authorization|private[_-]?key"
)
# "apiKey": "...", 'token': 5, <ApiKey>...</ApiKey>, apikey=...&, Authorization: Bearer ...
_JSON_PAIR = re.compile(rf"""(["'](?:{_NAMES})["']\s*:\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,}}\]]+)""", re.IGNORECASE)
_ESCAPED_PAIR = re.compile(rf'(\\"(?:{_NAMES})\\"\s*:\s*\\")([^"\\]*)', re.IGNORECASE)
_XML_PAIR = re.compile(rf"(<(?:\w+:)?(?:{_NAMES})\b[^>]*>)([^<]*)", re.IGNORECASE)
_QUERY_PAIR = re.compile(rf"(\b(?:{_NAMES})\s*=\s*)([^&\s\"'<>;,]+)", re.IGNORECASE)
_HEADER = re.compile(rf"(\b(?:{_NAMES})\s*:\s+)((?:Bearer|Basic)\s+)?([^\s,\"'<>]+)", re.IGNORECASE)
_KEY_SHAPES = re.compile(r"ScoroAPI_[0-9A-Za-z]+")
_ESTONIAN_CODE = re.compile(r"(?<![\w])[1-8]\d{10}(?![\w])")
_FINNISH_CODE = re.compile(r"(?<![\w])\d{6}[-+ABCDEFUVWXY]\d{3}[0-9A-Za-z](?![\w])")


def scrub(text: str, secrets: Iterable[str] = (), *, limit: int = EVIDENCE_CHARS) -> str:
    """Return `text` without keys, signatures, tokens and personal codes, at most `limit` characters long.

    Args:
        text: A raw answer, request or address.
        secrets: Values to take out wherever they stand, whatever they are called there.
        limit: Length after which the text is cut; the cut is marked.

    """
    # A secret may straddle the cut, so the cut comes last; what lies far behind it need not be looked at.
    work = text[: limit * 2]
    for secret in secrets:
        if len(secret) >= 4:  # noqa: PLR2004  shorter ones would mask ordinary words
            work = work.replace(secret, MASK)
    work = _KEY_SHAPES.sub(MASK, work)
    work = _JSON_PAIR.sub(rf'\1"{MASK}"', work)
    work = _ESCAPED_PAIR.sub(rf"\1{MASK}", work)
    work = _XML_PAIR.sub(rf"\1{MASK}", work)
    work = _QUERY_PAIR.sub(rf"\1{MASK}", work)
    work = _HEADER.sub(rf"\1{MASK}", work)
    work = _ESTONIAN_CODE.sub(_mask_estonian, work)
    work = _FINNISH_CODE.sub(_mask_finnish, work)
    return work if len(work) <= limit else work[:limit] + " [cut]"


def _mask_estonian(match: re.Match[str]) -> str:
    return MASK if _is_estonian_code(match.group()) else match.group()


def _mask_finnish(match: re.Match[str]) -> str:
    return MASK if hetu.is_valid(match.group()) else match.group()


@lru_cache(maxsize=1024)
def _is_estonian_code(text: str) -> bool:
    return bool(ik.is_valid(text))
