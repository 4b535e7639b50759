"""What a message must look like: which elements, in which order, how often, with which attribute values.

The vendor enforces the order of its DTDs. The rules stand beside each service in a notation of our own, one line an
element: names in order, `?` for at most one, `*` for any number, `+` for at least one, `(a|b)` for a choice.
"""

import re
from collections.abc import Mapping

import msgspec

from tilisilta_emulators.netvisor.errors import invalid, missing, wrong

_PART = re.compile(r"\(?([a-z0-9|]+)\)?([?*+]?)\Z")


class Node(msgspec.Struct, gc=False):
    """An element of a request; names are lower case, because the vendor ignores their case."""

    tag: str
    text: str
    attributes: dict[str, str]
    children: list["Node"]

    def child(self, tag: str) -> "Node | None":
        """Return the first child of that name."""
        for item in self.children:
            if item.tag == tag:
                return item
        return None

    def all(self, tag: str) -> list["Node"]:
        """Return every child of that name."""
        return [item for item in self.children if item.tag == tag]

    def get(self, tag: str) -> str:
        """Return the text of a child, empty when there is none."""
        found = self.child(tag)
        return "" if found is None else found.text


class _Part(msgspec.Struct, frozen=True):
    names: tuple[str, ...]
    at_least: int
    many: bool


Attribute = tuple[bool, tuple[str, ...]]


class Shape:
    """The rules of one message.

    Args:
        root: Name of the element inside `root`.
        elements: Content of every element that has children.
        attributes: By `element@attribute`: values allowed, the first word `required` or `optional`.
        may_be_empty: Elements that must be there but may be empty.
        ordered: Whether order counts.

    """

    def __init__(
        self,
        root: str,
        elements: Mapping[str, str],
        attributes: Mapping[str, str] | None = None,
        *,
        may_be_empty: str = "",
        ordered: bool = True,
    ) -> None:
        self.root = root
        self.ordered = ordered
        self._content = {tag: [_part(word) for word in content.split()] for tag, content in elements.items()}
        self._allowed = {
            tag: frozenset(name for part in parts for name in part.names) for tag, parts in self._content.items()
        }
        self._attributes: dict[str, list[tuple[str, Attribute]]] = {}
        for place, rule in (attributes or {}).items():
            tag, _, name = place.partition("@")
            need, *values = rule.split()
            self._attributes.setdefault(tag, []).append((name, (need == "required", tuple(values))))
        self._may_be_empty = frozenset(may_be_empty.split())

    def check(self, node: Node, *, edit: bool = False, ordered: bool = True) -> None:
        """Refuse a message that does not have this shape.

        Args:
            node: The element inside `root`.
            edit: Elements that are required may be left out of the outermost frames.
            ordered: False to let messages without a known DTD come in any order.

        Raises:
            Refused: The first thing that is wrong.

        """
        if node.tag != self.root:
            raise invalid("order", name=node.tag[:60])
        self._check(node, relaxed=edit, ordered=ordered and self.ordered)

    def _check(self, node: Node, *, relaxed: bool, ordered: bool) -> None:
        self._check_attributes(node)
        parts = self._content.get(node.tag)
        if parts is None:
            if node.children:
                raise invalid("order", name=node.children[0].tag[:60])
            return
        if ordered:
            self._check_order(node, parts, relaxed=relaxed)
        else:
            self._check_presence(node, parts, relaxed=relaxed)
        for child in node.children:
            # An edit leaves out what stays; inside of lists everything that is required must stand again.
            self._check(child, relaxed=relaxed and not child.tag.endswith(("line", "attachment")), ordered=ordered)

    def _check_order(self, node: Node, parts: list[_Part], *, relaxed: bool) -> None:
        at = 0
        children = node.children
        for part in parts:
            count = 0
            while at < len(children) and children[at].tag in part.names and (part.many or not count):
                self._require_content(children[at], part, relaxed=relaxed)
                at += 1
                count += 1
            if count < part.at_least and not relaxed:
                raise missing("|".join(part.names))
        if at < len(children):
            raise invalid("order", name=children[at].tag[:60])

    def _check_presence(self, node: Node, parts: list[_Part], *, relaxed: bool) -> None:
        allowed = self._allowed[node.tag]
        for child in node.children:
            if child.tag not in allowed:
                raise invalid("order", name=child.tag[:60])
        for part in parts:
            found = [child for child in node.children if child.tag in part.names]
            if len(found) < part.at_least and not relaxed:
                raise missing("|".join(part.names))
            if len(found) > 1 and not part.many:
                raise invalid("order", name=part.names[0])
            for child in found:
                self._require_content(child, part, relaxed=relaxed)

    def _require_content(self, child: Node, part: _Part, *, relaxed: bool) -> None:
        if not part.at_least or child.text or child.children or child.tag in self._may_be_empty:
            return
        if relaxed and child.tag in self._content:
            # An edit may bring a frame with nothing in it.
            return
        raise missing(child.tag)

    def _check_attributes(self, node: Node) -> None:
        for name, (required, values) in self._attributes.get(node.tag, ()):
            given = node.attributes.get(name)
            if given is None:
                if required and node.text:
                    raise missing(f"{node.tag}@{name}")
                continue
            if values and node.text and given.strip().lower() not in values:
                raise wrong(f"{node.tag}@{name}", given)


def _part(word: str) -> _Part:
    found = _PART.match(word)
    if found is None:
        raise ValueError(f"not a rule: {word!r}")
    return _Part(tuple(found[1].split("|")), int(found[2] in {"", "+"}), found[2] in {"*", "+"})
