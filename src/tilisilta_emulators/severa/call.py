"""One REST call as handlers see it, and what they answer."""

from typing import Any

import msgspec

from tilisilta_emulators.severa.contract import Operation
from tilisilta_emulators.severa.errors import ApiError
from tilisilta_emulators.severa.filters import keepers
from tilisilta_emulators.severa.lists import From, Page, by_offset, by_token
from tilisilta_emulators.severa.records import Base
from tilisilta_emulators.severa.render import Renderer
from tilisilta_emulators.severa.store import Store
from tilisilta_emulators.severa.validate import check_value, parse_json
from tilisilta_emulators.severa.values import fold_guid, is_guid


class Stream(msgspec.Struct):
    """An answer that is not JSON."""

    body: bytes
    content_type: str = "application/octet-stream"
    name: str = ""


class Answer(msgspec.Struct):
    """What a handler answers: a JSON value, a stream or nothing."""

    value: Any = None
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    page: Page | None = None
    """The page behind a list, for faults that work between pages."""


class Call:
    """What a client asks: the operation, the parts of its path, its query and its body."""

    def __init__(
        self, store: Store, operation: Operation, path: dict[str, str], query: dict[str, Any], raw: bytes
    ) -> None:
        self.store = store
        self.operation = operation
        self.path = path
        self.query = query
        self.raw = raw
        self.renderer = Renderer(store)

    def guid(self, name: str) -> str:
        """Return a guid of the path.

        Raises:
            ApiError: 400, not a guid.

        """
        text = self.path[name]
        if not is_guid(text):
            raise ApiError(
                400, "InvalidParameter", f"{text[:40]!r} is not a valid guid", "PathParameter", name, text[:40]
            )
        return fold_guid(text)

    def one(self, kind: str, name: str) -> Any:
        """Return the record that the path names.

        Raises:
            ApiError: 404.

        """
        found = self.store.find(kind, self.guid(name))
        if found is None:
            raise ApiError(404, "InvalidRequest", f"{kind} was not found")
        return found

    def json(self) -> Any:
        """Return the body as it came.

        Raises:
            ApiError: 400.

        """
        return parse_json(self.raw)

    def body(self) -> dict[str, Any]:
        """Return the body checked against the operation's model.

        Raises:
            ApiError: 400.

        """
        kind = self.operation.body
        checked = check_value(self.json(), kind, "") if kind is not None else {}
        if not isinstance(checked, dict):
            raise ApiError(400, "InvalidRequest", "The request body is empty", "RequestBody")
        return checked

    @property
    def model(self) -> str:
        return self.operation.answer.name if self.operation.answer else ""

    def show(self, record: Base) -> Answer:
        """Answer with one record, in a list where the contract says so."""
        shown = self.renderer.show(record, self.model)
        listed = self.operation.answer is not None and self.operation.answer.array
        return Answer([shown] if listed else shown)

    def show_page(self, page: Page) -> Answer:
        """Answer with a page."""
        return Answer([self.renderer.show(one, self.model) for one in page.records], page.headers, page)

    def list(self, kind: type[Base], source: From) -> Answer:
        """Answer with a page of a list that tokens walk."""
        keep = keepers(kind, self.query)
        return self.show_page(by_token(self.operation, self.query, source, keep, self.store.options.page_tokens))

    def rows(self, kind: type[Base], records: Any) -> Answer:
        """Answer with a page of a list that offsets walk, or with the whole of one without pages."""
        keep = keepers(kind, self.query)
        return self.show_page(by_offset(self.operation, self.query, records, keep, self.renderer))
