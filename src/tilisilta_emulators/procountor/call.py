"""One request of the API on its way: who asks, what for, and the readers that handlers need."""

from collections.abc import Mapping
from typing import Any

import msgspec
from multidict import CIMultiDictProxy, MultiMapping

from tilisilta_emulators.kit import decode
from tilisilta_emulators.procountor import schema
from tilisilta_emulators.procountor.books import Books
from tilisilta_emulators.procountor.errors import Problems, Refused, no_rights, not_found
from tilisilta_emulators.procountor.options import Options
from tilisilta_emulators.procountor.rights import VIEW, Rights

MAX_BATCH = 200
_ID_LIMIT = 2**53
_PAGING: tuple[dict[str, Any], ...] = ({"name": "page", "type": "number"}, {"name": "size", "type": "number"})
# Where the field list stops short, inferred: lists that name no paging are paged as all others are (section 3), and
# parameters in the plural take several values.
_UNPAGED = ("GET /journals", "GET /products")
_SEVERAL = frozenset(("types", "statuses"))
_SEVERAL_OF = {"GET /ledgerreceipts": "status"}


def _facts_of(key: str, facts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    out = [
        {**each, "array": True} if each["name"] in _SEVERAL or each["name"] == _SEVERAL_OF.get(key) else each
        for each in facts
    ]
    known = {each["name"] for each in out}
    return out + [each for each in _PAGING if key in _UNPAGED and each["name"] not in known]


_QUERIES = {key: _facts_of(key, facts) for key, facts in schema.FACTS["queries"].items()}


class FormFile(msgspec.Struct):
    """One part of a multipart body."""

    name: str
    filename: str | None
    mime_type: str
    content: bytes


class Call:
    """What a handler is given. `ids` are the path's variables, `quirks` what faults asked of this answer."""

    def __init__(
        self,
        books: Books,
        user: int,
        *,
        raw_query: MultiMapping[str],
        headers: CIMultiDictProxy[str],
        body: bytes,
        form: list[FormFile],
    ) -> None:
        self.books = books
        self.user = user
        self.raw_query = raw_query
        self.headers = headers
        self.body = body
        self.form = form
        self.ids: tuple[str, ...] = ()
        self.query: dict[str, Any] = {}
        self.quirks: dict[str, dict[str, Any]] = {}

    @property
    def options(self) -> Options:
        return self.books.options

    @property
    def rights(self) -> Rights:
        return self.books.rights[self.user]

    @property
    def user_name(self) -> str:
        person = self.books.users[self.user]
        return f"{person['firstName']} {person['lastName']}"

    def require(self, right: str, deed: str, level: str = "ALL_RIGHTS") -> None:
        """Refuse a user without a right.

        Raises:
            Refused: 403.

        """
        if not self.rights.may(right, level):
            raise no_rights(deed)

    def require_view(self, right: str, deed: str) -> None:
        """Refuse a user who may not even look.

        Raises:
            Refused: 403.

        """
        self.require(right, deed, VIEW)

    def id(self, at: int = 0) -> int:
        """Return a path variable as an id.

        Raises:
            Refused: 404, it is no number.

        """
        number = whole(self.ids[at])
        if number is None:
            raise not_found()
        return number

    def batch(self) -> list[int] | None:
        """Return the ids of a batch GET in order and once each, or None when one id is asked for.

        Raises:
            Refused: 400 for more than 200 ids or something that is no id.

        """
        if "," not in self.ids[0]:
            return None
        parts = [part.strip() for part in self.ids[0].split(",") if part.strip()]
        numbers = [whole(part) for part in parts]
        if len(parts) > MAX_BATCH or None in numbers:
            raise Refused(400, f"At most {MAX_BATCH} comma-separated ids may be given")
        return sorted({number for number in numbers if number is not None})

    def json(self) -> Any:
        """Return the body as JSON with exact numbers.

        Raises:
            Refused: 400, it is none.

        """
        try:
            return decode(self.body)
        except (msgspec.DecodeError, RecursionError, ValueError):
            raise Refused(400, "Request body is missing or is not valid JSON") from None

    def read(self, name: str, problems: Problems | None = None, *, partial: bool = False) -> dict[str, Any]:
        """Return the body as the named schema reads it.

        Raises:
            Refused: 400; with `problems` given only when the body is no JSON object.

        """
        value = self.json()
        if not isinstance(value, dict):
            raise Refused(400, "Request body must be a JSON object")
        found = Problems() if problems is None else problems
        out = schema.read(name, value, found, partial=partial)
        if problems is None:
            found.check()
        return out

    def read_query(self, key: str) -> None:
        """Fill `query` from the parameters that the field list knows for `key` (`GET /invoices`).

        Raises:
            Refused: 400 with every wrong parameter.

        """
        facts = _QUERIES.get(key)
        if not facts or not (self.raw_query or any(each.get("required") for each in facts)):
            return
        problems = Problems()
        for fact in facts:
            name = fact["name"]
            texts = [text for text in self.raw_query.getall(name, []) if text != ""]
            if not texts:
                if fact.get("required"):
                    problems.add(f"Required parameter '{name}' is missing", name)
                continue
            if fact.get("array"):
                texts = [part.strip() for text in texts for part in text.split(",") if part.strip()]
            values = [_read(fact, text, problems) for text in texts]
            self.query[name] = values if fact.get("array") else values[0]
        problems.check()


def _read(fact: Mapping[str, Any], text: str, problems: Problems) -> Any:
    name = fact["name"]
    if "enum" in fact:
        allowed = fact["enum"]
        known = schema.ENUMS[allowed[1:]] if isinstance(allowed, str) else allowed
        chosen = next((value for value in known if value == text.upper()), None)
        if chosen is None:
            problems.invalid(name, text)
        return chosen
    if fact.get("type") == "number":
        number = whole(text, signed=True)
        if number is None:
            problems.invalid(name, text)
        return number
    if fact.get("type") == "boolean":
        if text.lower() not in ("true", "false"):
            problems.invalid(name, text)
        return text.lower() == "true"
    if fact.get("format") == "date" and schema.day(text) is None:
        problems.invalid(name, text)
    if fact.get("format") == "date-time":
        if schema.day(text[:10]) is None:
            problems.invalid(name, text)
        # Fractions and zones are cut: moments are local and kept to the second.
        return text[:19].replace(" ", "T")
    return text


def whole(text: str, *, signed: bool = False) -> int | None:
    """Return a whole number within an id's range, or None."""
    digits = text[1:] if signed and text.startswith("-") else text
    if not digits.isascii() or not digits.isdigit() or len(digits) > 16 or int(digits) >= _ID_LIMIT:
        return None
    return int(text)


def header_text(headers: CIMultiDictProxy[str], name: str) -> str | None:
    """Return a header that carries a search, whether its bytes are UTF-8 or Latin-1."""
    given = headers.get(name)
    if not given:
        return None
    # aiohttp keeps bytes that are not UTF-8 as surrogates.
    raw = given.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
