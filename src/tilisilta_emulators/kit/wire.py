"""JSON as vendors speak it: numbers become exact Decimals, never floats."""

from decimal import Decimal
from typing import Any

import msgspec
from aiohttp import web

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_numbers = msgspec.json.Encoder(decimal_format="number")
_strings = msgspec.json.Encoder(decimal_format="string")


def decode(body: bytes | str) -> Any:
    """Parse JSON; numbers with a point come back as Decimal.

    Raises:
        msgspec.DecodeError: `body` is not JSON in UTF-8.

    """
    try:
        return _decoder.decode(body)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(str(error)) from None


def encode(value: Any) -> bytes:
    """Write JSON with Decimals as bare numbers, the way the vendors' answers carry amounts."""
    return _numbers.encode(value)


def encode_exact(value: Any) -> bytes:
    """Write JSON with Decimals as strings, the way the books are shown to tests."""
    return _strings.encode(value)


def json_response(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """Answer with `value` as JSON, amounts as numbers."""
    return web.Response(
        body=encode(value), status=status, headers=headers, content_type="application/json", charset="utf-8"
    )


def exact_response(value: Any, status: int = 200) -> web.Response:
    """Answer with `value` as JSON, amounts as strings."""
    return web.Response(body=encode_exact(value), status=status, content_type="application/json")


def numbers_as_strings(value: Any) -> Any:
    """Return a copy of a JSON value in which every number has become a string."""
    if isinstance(value, dict):
        return {key: numbers_as_strings(item) for key, item in value.items()}
    if isinstance(value, list):
        return [numbers_as_strings(item) for item in value]
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    return value
