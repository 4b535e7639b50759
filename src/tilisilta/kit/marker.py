"""Our key inside a text of the vendor's: readable for people, findable for us."""

import re

_marker = re.compile(r"\[TS:([^\]\s]+)\]")


def write_marker(key: str, human: str = "", *, limit: int | None = None) -> str:
    """Return a text that bears our key behind words for people, the words cut so that all fits into `limit`.

    >>> write_marker("abc123", "Myynti 03/2025")
    'Myynti 03/2025 [TS:abc123]'
    >>> write_marker("abc123", "Myynti 03/2025", limit=20)
    'Myynti 0 [TS:abc123]'
    """
    mark = f"[TS:{key}]"
    if limit is not None:
        human = human[: max(0, limit - len(mark) - 1)].rstrip()
    return f"{human} {mark}".lstrip()


def read_marker(text: object) -> str:
    """Return the key in a text, or an empty one.

    >>> read_marker("Myynti 03/2025 [TS:abc123]")
    'abc123'
    """
    if not isinstance(text, str) or "[TS:" not in text:
        return ""
    found = _marker.search(text)
    return found.group(1) if found else ""
