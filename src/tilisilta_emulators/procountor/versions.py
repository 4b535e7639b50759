"""Compares an echoed version with the one held.

Source: vendor sheet, section 3: echo it byte for byte. A server that reads it as a moment forgives a different
spelling of the same moment: option `version_match`.
"""

from datetime import datetime

from tilisilta_emulators.procountor.options import Options


def same_version(held: str, given: object, options: Options) -> bool:
    """Tell whether a version from a request is the present one."""
    if given == held:
        return True
    if options.version_match == "exact" or not isinstance(given, str):
        return False
    one, other = _moment(held), _moment(given)
    return one is not None and one == other


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None
