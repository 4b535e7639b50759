"""The body of a request: bytes in UTF-8 or ISO-8859-15 into elements with lower-case names."""

from lxml import etree

from tilisilta_emulators.netvisor.errors import invalid
from tilisilta_emulators.netvisor.shape import Node

_DEPTH = 12


def _parser(encoding: str) -> etree.XMLParser:
    return etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=True,
    )


def parse(body: bytes) -> Node:
    """Return the element inside `root`.

    The documents say ISO-8859-15 and, if that fails, UTF-8; clients in production send UTF-8. Bytes that are valid
    UTF-8 are taken as that.

    Raises:
        Refused: Not XML, an entity or document type, no `root`, or not exactly one message in it.

    """
    if not body.strip():
        raise invalid("missing", name="root")
    if b"<!" in body and b"<!DOCTYPE" in body.upper():
        raise invalid("xml", what="DOCTYPE")
    try:
        body.decode("utf-8")
        encoding = "utf-8"
    except UnicodeDecodeError:
        encoding = "iso-8859-15"
    try:
        root = etree.fromstring(body, _parser(encoding))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise invalid("xml", what=str(error)[:120]) from None
    if root is None or _name(root.tag) != "root":
        raise invalid("order", name="root")
    if len(root) != 1:
        raise invalid("missing", name="root/*")
    return _node(root[0], _DEPTH)


def _name(tag: str | bytes) -> str:
    """Return a name without namespace and case."""
    return str(tag).rpartition("}")[2].lower()


def _node(element: etree._Element, depth: int) -> Node:
    if not depth:
        raise invalid("order", name=_name(element.tag)[:60])
    children = []
    for item in element:
        if not isinstance(item.tag, str):
            raise invalid("xml", what="entity")
        children.append(_node(item, depth - 1))
    attributes = {_name(name): str(value) for name, value in element.attrib.items()}
    return Node(_name(element.tag), (element.text or "").strip(), attributes, children)
