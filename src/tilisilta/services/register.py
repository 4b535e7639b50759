"""The business register: companies by code and by name, and the check that a client is in it.

`find` and `search` ask our own copy of the open-data file; `look_up` and `check` ask the register's own search too when
the copy does not have a company. Nothing here ever stops an import: a check only tells.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec
from django.db import connection
from django.db.models import QuerySet
from stdnum.ee import registrikood

from tilisilta.core.names import fold_company
from tilisilta.engine import register_ask
from tilisilta.formats.business_register import RegisterRow
from tilisilta.store.models import BusinessRegisterEntry

COUNTRY: Final = "EE"
MOST: Final = 50
_SHORTEST: Final = 2
_CODE_DIGITS: Final = 8
_CODES_AT_ONCE: Final = 500
# Of one check of many: the register's own search is for companies newer than the file, which are few.
_MOST_ASKED: Final = 20
_LAST: Final = "\U0010ffff"  # follows every letter
_BY_START: Final = (
    f"SELECT * FROM {BusinessRegisterEntry._meta.db_table} WHERE country = %s AND search_name LIKE %s "  # noqa: S608, SLF001
    "ORDER BY search_name USING ~<~ LIMIT %s"
)


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """One company as the register has it. `status` is its own code (R entered, L in liquidation, N bankrupt)."""

    country: str
    registry_code: str
    name: str
    vat_number: str = ""
    status: str = ""
    street: str = ""
    place: str = ""
    postal_code: str = ""
    email: str = ""

    @property
    def address(self) -> str:
        """Return the address on one line."""
        return ", ".join(each for each in (self.street, self.place, self.postal_code) if each)


class Verdict(StrEnum):
    """What a check found. Only `NOT_FOUND` is a red cross; `UNCHECKED` says nothing about the company."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    UNCHECKED = "unchecked"  # no code, a foreign company, or nobody to ask


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """A check with what was found. `name_matches` is None when there is nothing to compare."""

    verdict: Verdict
    entry: Registered | None = None
    name_matches: bool | None = None


def find(country: str, registry_code: str) -> Registered | None:
    """Return the company of a registry code from our own copy; None when it is not there. Asks nobody."""
    entry = BusinessRegisterEntry.objects.filter(country=country, registry_code=_code(registry_code)).first()
    return _of_entry(entry) if entry else None


def look_up(country: str, registry_code: str) -> Registered | None:
    """Return the company of a registry code from our own copy, or else from the register's own search."""
    return check(registry_code, country=country).entry


def search(words: str, limit: int = 10, *, country: str = COUNTRY) -> list[Registered]:
    """Return companies whose name begins with the words, then those with a later word that does; codes by their start.

    Legal forms may be left out or stand anywhere outermost; capitals and diacritics do not matter. With no copy of the
    register its own search is asked. At most `limit` (50) are returned, by name.
    """
    most = max(0, min(limit, MOST))
    folded = fold_company(words)
    entries = BusinessRegisterEntry.objects.filter(country=country)
    if len(folded) < _SHORTEST or not most:
        return []
    found = list(_by_code(entries, folded)[:most]) if folded.isascii() and folded.isdigit() else []
    found += _by_start(country, folded, most - len(found))
    if not found or (len(found) < most and not folded.isdigit()):
        found += _by_later_word(entries, folded, most, {each.pk for each in found})
    if found or country != COUNTRY or entries.exists():
        return [_of_entry(each) for each in found]
    return [_of_row(each) for each in (register_ask.ask(words) or [])[:most]]


def _by_code(entries: QuerySet[BusinessRegisterEntry], start: str) -> QuerySet[BusinessRegisterEntry]:
    after_nine = ":"
    return entries.filter(registry_code__gte=start, registry_code__lt=start + after_nine).order_by("registry_code")


def _by_start(country: str, start: str, most: int) -> list[BusinessRegisterEntry]:
    """Return the entries whose name begins so, by way of the index: its use differs between the databases."""
    if connection.vendor == "postgresql":
        # In the index's own order, which the ORM cannot say, nothing is sorted: a short start has thousands of names.
        rows = BusinessRegisterEntry.objects.raw(_BY_START, [country, f"{start}%", most])
        return list(rows)
    entries = BusinessRegisterEntry.objects.filter(country=country)
    return list(entries.filter(search_name__gte=start, search_name__lt=start + _LAST).order_by("search_name")[:most])


def _by_later_word(
    entries: QuerySet[BusinessRegisterEntry], start: str, most: int, known: set[int]
) -> list[BusinessRegisterEntry]:
    """Return entries of which a later word begins so. All names are looked through, a quarter of a second at worst."""
    matching = entries.filter(search_name__contains=f" {start}").order_by("search_name")
    # The ids alone first: the index holds all that is asked for, and is a quarter of the table.
    ids = [pk for pk in matching.values_list("pk", flat=True)[:most] if pk not in known][: most - len(known)]
    return list(entries.filter(pk__in=ids).order_by("search_name"))


def check(registry_code: str, name: str = "", *, country: str = COUNTRY) -> Check:
    """Return whether the register has a company, and whether it has it under this name.

    Order: the code's own check digit, our copy, the register's own search (for companies newer than the file).
    """
    return check_many([(registry_code, name)], country=country)[0]


def check_many(rows: Iterable[tuple[str, str]], *, country: str = COUNTRY) -> list[Check]:
    """Return a check for each (registry code, name), in order; as `check`, with few questions for many rows.

    The register's own search is asked at most twenty times; once it is silent it is asked no more. Whom it was not
    asked about is not found when there is a copy of the file, and unchecked otherwise.
    """
    asked = [(_code(code), name) for code, name in rows]
    if country != COUNTRY:
        return [Check(verdict=Verdict.UNCHECKED) for _ in asked]
    known = _find_many({code for code, _ in asked if code})
    has_copy = bool(known) or BusinessRegisterEntry.objects.filter(country=COUNTRY).exists()
    fallback = _Fallback(has_copy=has_copy)
    answers = []
    for code, name in asked:
        if not code:
            answers.append(Check(verdict=Verdict.UNCHECKED))
            continue
        if code not in known and registrikood.is_valid(code) and (entry := fallback.find(code)) is not None:
            known[code] = entry
        if code in known:
            answers.append(_found(known[code], name))
        else:
            is_known_absent = has_copy or code in fallback.absent or not registrikood.is_valid(code)
            answers.append(Check(verdict=Verdict.NOT_FOUND if is_known_absent else Verdict.UNCHECKED))
    return answers


class _Fallback:
    """The register's own search, within the limits of one check."""

    def __init__(self, *, has_copy: bool) -> None:
        self._left = _MOST_ASKED
        self.has_copy = has_copy
        self.absent: set[str] = set()

    def find(self, code: str) -> Registered | None:
        if code in self.absent or self._left <= 0:
            return None
        self._left -= 1
        rows = register_ask.ask(code)
        if rows is None:
            self._left = 0
            return None
        found = next((each for each in rows if each.registry_code == code), None)
        if found is None:
            self.absent.add(code)
            return None
        return _of_row(found)


def _find_many(codes: set[str]) -> dict[str, Registered]:
    found = {}
    ordered = sorted(codes)
    for start in range(0, len(ordered), _CODES_AT_ONCE):
        part = ordered[start : start + _CODES_AT_ONCE]
        for each in BusinessRegisterEntry.objects.filter(country=COUNTRY, registry_code__in=part):
            found[each.registry_code] = _of_entry(each)
    return found


def _found(entry: Registered, name: str) -> Check:
    matches = fold_company(name) == fold_company(entry.name) if name.strip() else None
    return Check(verdict=Verdict.FOUND, entry=entry, name_matches=matches)


def _code(registry_code: str) -> str:
    """Return a code as the register writes it: eight digits, without what people put around them."""
    bare = "".join(registry_code.split())
    return bare.zfill(_CODE_DIGITS) if bare.isascii() and bare.isdigit() and len(bare) < _CODE_DIGITS else bare


def _of_entry(entry: BusinessRegisterEntry) -> Registered:
    return Registered(
        country=entry.country,
        registry_code=entry.registry_code,
        name=entry.name,
        vat_number=entry.vat_number,
        status=entry.status,
        street=entry.street,
        place=entry.place,
        postal_code=entry.postal_code,
        email=entry.email,
    )


def _of_row(row: RegisterRow) -> Registered:
    values = {name: value for name, value in row._asdict().items() if name != "search_name"}
    return Registered(country=COUNTRY, **values)
