"""One page of a list in the vendor's two styles. Source: vendor sheet, A3."""

import base64
import binascii
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec

from tilisilta_emulators.severa.contract import Operation
from tilisilta_emulators.severa.errors import bad_query
from tilisilta_emulators.severa.filters import Keep, sort
from tilisilta_emulators.severa.records import Base
from tilisilta_emulators.severa.render import Renderer

DEFAULT_ROWS = 20
STATED_MOST = 100
UNSTATED_MOST = 1000
_UNSTATED = frozenset({"/v1/invoices", "/v1/customers", "/v1/products", "/v1/projectfees", "/v1/invoicerows"})
_ALL_BY_DEFAULT = frozenset({"/v1/travelexpensetypes"})
NEXT = "NextPageToken"

From = Callable[[int], Iterable[Any]]
"""Gives the records of a list made after the one with this number, in order."""


def row_count(operation: Operation, query: dict[str, Any]) -> int:
    """Return how many rows a page holds.

    Raises:
        ApiError: 400, less than one.

    """
    most = UNSTATED_MOST if operation.path in _UNSTATED else STATED_MOST
    wanted = query.get("rowCount")
    if wanted is None:
        return 1_000_000 if operation.path in _ALL_BY_DEFAULT else DEFAULT_ROWS
    if wanted < 1:
        raise bad_query("rowCount", "rowCount must be at least 1")
    return int(min(wanted, most))


def make_token(mode: str, value: int) -> str:
    """Return an opaque page token."""
    return base64.urlsafe_b64encode(msgspec.json.encode({mode: value})).decode().rstrip("=")


def read_token(token: str | None) -> tuple[str, int]:
    """Return mode and value of a page token; none is the start.

    Raises:
        ApiError: 400, not one of ours.

    """
    if token is None:
        return "after", 0
    try:
        raw = base64.urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4))
        parts = msgspec.json.decode(raw, type=dict[str, int])
        ((mode, value),) = parts.items()
    except (binascii.Error, UnicodeError, ValueError, msgspec.MsgspecError):
        raise bad_query("pageToken", "The page token is not valid") from None
    if mode not in {"after", "skip"} or not 0 <= value < 2**53:
        raise bad_query("pageToken", "The page token is not valid")
    return mode, value


def passing(records: Iterable[Any], keep: list[Keep]) -> Iterator[Any]:
    """Walk the records that pass every test."""
    for record in records:
        for test in keep:
            if not test(record):
                break
        else:
            yield record


class Page(msgspec.Struct):
    """One page: its records and the headers that go with it."""

    records: list[Any]
    headers: dict[str, str]


def by_token(operation: Operation, query: dict[str, Any], source: From, keep: list[Keep], mode: str) -> Page:
    """Return one page of a list that is walked by page tokens.

    `mode` is the option `page_tokens`: by key (what moved away leaves no gap) or by count of rows.

    Raises:
        ApiError: 400, wrong token or row count.

    """
    count = row_count(operation, query)
    walk, value = read_token(query.get("pageToken"))
    if mode == "offset" or walk == "skip":
        skip = value if walk == "skip" else 0
        found = list(islice(passing(source(0), keep), skip, skip + count + 1))
        more = make_token("skip", skip + count)
    else:
        found = list(islice(passing(source(value), keep), count + 1))
        more = make_token("after", found[count - 1].number_in_kind) if len(found) > count else ""
    headers = {NEXT: more} if len(found) > count else {}
    return Page(found[:count], headers)


def by_offset(
    operation: Operation,
    query: dict[str, Any],
    records: Iterable[Base],
    keep: list[Keep],
    renderer: Renderer,
) -> Page:
    """Return one page of a list that is walked by first row and row count, or the whole of one without pages.

    Raises:
        ApiError: 400, wrong first row, row count or sort key.

    """
    found: list[Any] = list(passing(records, keep))
    model = operation.answer.name if operation.answer else ""
    if query.get("sortings"):
        found = sort(found, query["sortings"], model, renderer)
    headers = {}
    if query.get("calculateRowCount"):
        headers[renderer.store.options.row_count_header] = str(len(found))
    if operation.paging != "offset":
        return Page(found, headers)
    first = query.get("firstRow") or 0
    if first < 0:
        raise bad_query("firstRow", "firstRow must not be negative")
    return Page(found[first : first + row_count(operation, query)], headers)
