"""One request as the services see it."""

import base64
import binascii
from datetime import date, datetime
from typing import TYPE_CHECKING

from tilisilta_emulators.netvisor import values
from tilisilta_emulators.netvisor.body import parse
from tilisilta_emulators.netvisor.errors import Refused, invalid
from tilisilta_emulators.netvisor.records import Attachment
from tilisilta_emulators.netvisor.shape import Node, Shape

if TYPE_CHECKING:
    from tilisilta_emulators.netvisor.books import Books
    from tilisilta_emulators.netvisor.options import NetvisorOptions

KEYS_LIMIT = 500


class Call:
    """What was asked: parameters by lower-case name, body, language, the moment, the books and the switches.

    `headers` are those that a service adds to its answer.
    """

    def __init__(
        self,
        query: dict[str, str],
        body: bytes,
        *,
        language: str,
        now: datetime,
        books: "Books",
        options: "NetvisorOptions",
        base_url: str = "",
    ) -> None:
        self.query = query
        self._body = body
        self.language = language
        self.now = values.local(now)
        self.books = books
        self.options = options
        self.base_url = base_url
        self.headers: dict[str, str] = {}

    def message(self, shape: Shape, *, edit: bool = False, dtd: bool = True) -> Node:
        """Return the message of the body, checked against its shape.

        Raises:
            Refused: The body has another shape.

        """
        node = parse(self._body)
        shape.check(node, edit=edit, ordered=dtd or self.options.order_without_dtd)
        return node

    def text(self, name: str) -> str:
        """Return a parameter without blanks around it, empty when it is not given."""
        return self.query.get(name, "").strip()

    def has(self, *names: str) -> bool:
        """Return whether one of the parameters has a value."""
        return any(self.text(name) for name in names)

    def integer(self, name: str) -> int | None:
        """Return a whole number, or None when it is not given."""
        text = self.text(name)
        return values.integer(name, text) if text else None

    def filter_key(self, name: str) -> int | None:
        """Return a key to filter by; 0 filters nothing, as no record has it and typed clients write it for none."""
        return self.integer(name) or None

    def required_key(self, name: str) -> int:
        """Return the key that a parameter must carry.

        Raises:
            Refused: It does not.

        """
        key = self.integer(name)
        if key is None:
            raise invalid("parameter", name=name)
        return key

    def on(self, name: str) -> bool:
        """Return whether a 0/1 parameter is on."""
        text = self.text(name)
        return bool(text) and values.flag(name, text)

    def day(self, name: str) -> date | None:
        """Return a date, or None when it is not given."""
        text = self.text(name)
        return values.day(name, text) if text else None

    def moment(self, name: str, *, end: bool = False) -> datetime | None:
        """Return a moment, or None when it is not given."""
        text = self.text(name)
        return values.moment(name, text, end=end) if text else None

    def keys(self, name: str, limit: int = KEYS_LIMIT) -> list[int]:
        """Return the keys of a comma-separated list, without repetition.

        Raises:
            Refused: One is no key, or there are too many.

        """
        return [values.integer(name, word) for word in self.words(name, limit)]

    def words(self, name: str, limit: int) -> list[str]:
        """Return the words of a comma-separated list, without repetition.

        Raises:
            Refused: There are too many.

        """
        found = list(dict.fromkeys(word.strip() for word in self.text(name).split(",") if word.strip()))
        if len(found) > limit:
            raise invalid("many", name=name, limit=limit)
        return found

    def method(self) -> str:
        """Return `add` or `edit`.

        Raises:
            Refused: The parameter is missing or something else.

        """
        found = self.text("method").lower()
        if found not in {"add", "edit"}:
            raise invalid("parameter", name="method")
        return found

    def fit(self, name: str, text: str, limit: int | None = None) -> str:
        """Return `text`.

        Raises:
            Refused: It is longer than the field.

        """
        most = self.options.text_limit if limit is None else limit
        if len(text) > most:
            raise Refused("INVALID_DATA_SIZE", "size", name=name, limit=most)
        return text

    def uri(self, resource: str, key: int) -> str:
        """Return the address of a record."""
        return f"{self.base_url}/{resource}?netvisorkey={key}"

    def attachment(self, node: Node) -> Attachment:
        """Return a file from its element.

        Raises:
            Refused: The content is not Base64, empty or too big.

        """
        data = node.child("documentdata")
        if data is None:
            raise invalid("attachment", value=node.get("filename")[:60])
        try:
            content = base64.b64decode("".join(data.text.split()), validate=True)
        except (binascii.Error, ValueError):
            raise invalid("attachment", value=node.get("filename")[:60]) from None
        if not content:
            raise invalid("attachment", value=node.get("filename")[:60])
        if len(content) > self.options.attachment_limit:
            raise Refused("INVALID_DATA_SIZE", "size", name="documentdata", limit=self.options.attachment_limit)
        kind = data.attributes.get("documenttype") or data.attributes.get("type") or node.get("documenttype")
        return Attachment(
            node.get("mimetype"), node.get("attachmentdescription"), node.get("filename"), content, kind.lower()
        )
