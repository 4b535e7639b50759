"""Keyset paging by id: quick at any depth, and stable while rows are added."""

from django.http import HttpRequest


def before_id(request: HttpRequest) -> int | None:
    """Return the id that the wanted page ends before; None for the first page and for nonsense."""
    return id_of(request.GET.get("before", ""))


def id_of(text: str) -> int | None:
    """Return the id of a row that a form or address names; None for what no row can have."""
    return int(text) if text.isdecimal() and len(text) < 19 else None  # noqa: PLR2004  digits of a 64-bit id


def next_url(request: HttpRequest, last_id: int) -> str:
    """Return the address of the page after the row `last_id`, with the same filters."""
    query = request.GET.copy()
    query["before"] = str(last_id)
    return f"?{query.urlencode()}"
