"""Our key inside a comment: readable for people, findable for us."""

import re

_marker = re.compile(r"\[TS:([^\]\s]+)\]")


def write_marker(key: str, human: str = "") -> str:
    """Return a comment that bears our key beside a text for people.

    >>> write_marker("abc123", "Scoro 2026-014")
    'Scoro 2026-014 [TS:abc123]'
    """
    return f"{human} [TS:{key}]".lstrip()


def read_marker(comment: object) -> str:
    """Return the key in a comment, or an empty text.

    >>> read_marker("Scoro 2026-014 [TS:abc123]")
    'abc123'
    """
    if not isinstance(comment, str) or "[TS:" not in comment:
        return ""
    found = _marker.search(comment)
    return found.group(1) if found else ""
