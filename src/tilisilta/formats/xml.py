"""XML of strangers: one hardened parser, and validation whose errors name line and rule.

No entities, no network, no DTD, bounded size and depth. The bytes are decoded here rather than in the parser, so that
a wrong declaration of the charset is told as such, and not read as broken letters.
"""

import codecs
import re
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from lxml import etree

from tilisilta.core.errors import BadInput

MAX_BYTES = 50 * 1024 * 1024
MAX_DEPTH = 100
MAX_SCHEMA_ERRORS = 10
SCHEMAS = Path(__file__).parent / "schemas"

_DECLARATION = re.compile(rb"""\A<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']""")
_NEXT_DOCUMENT = re.compile(rb"<\?xml\s|(?<=</Finvoice>)\s*<|(?<=:Envelope>)\s*<|(?<=</Envelope>)\s*<")
# Only what invoices are written in: a name of a stranger's choosing must not pick just any codec.
_CODECS = {
    name: codecs.lookup(name).name
    for name in (
        "utf-8",
        "us-ascii",
        "iso-8859-1",
        "iso-8859-4",
        "iso-8859-13",
        "iso-8859-15",
        "windows-1252",
        "windows-1257",
    )
}
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class XmlPart(msgspec.Struct, frozen=True):
    """One XML document of a file, and the lines that stand before it."""

    content: bytes
    line_offset: int = 0


class SchemaError(msgspec.Struct, frozen=True):
    """A violation: line in the file, the rule's name as libxml2 has it, and its words."""

    line: int
    rule: str
    text: str


def parse(part: XmlPart, *, name: str) -> etree._Element:
    """Return the root of one XML document.

    Raises:
        BadInput: UNREADABLE with file, line, rule ("charset", "well-formed", "no-entities", "depth") and text;
            FILE_TOO_LARGE for one value (an attachment) of more than 10 MB, which is libxml2's bound.

    """
    text = _decode(part, name=name)
    if (at := text.find("<!ENTITY")) >= 0:
        line = part.line_offset + text.count("\n", 0, at) + 1
        raise BadInput(file=name, line=line, rule="no-entities", text="the file declares entities")
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=False,
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        line = part.line_offset + (error.lineno or 1)
        if "text node too long" in (error.msg or "").lower():
            raise BadInput("FILE_TOO_LARGE", file=name, line=line, limit="10 MB (one attachment)") from None
        raise BadInput(file=name, line=line, rule="well-formed", text=_words(error.msg)) from None
    _require_depth(root, part, name=name)
    return root


def split_documents(content: bytes) -> tuple[XmlPart, ...]:
    """Return the XML documents of a file that holds several in a row, as banks send Finvoice: a SOAP frame before
    each invoice, each with its own declaration and charset.
    """
    starts = [0]
    for found in _NEXT_DOCUMENT.finditer(content):
        begins = found.end() - 1 if found.group().endswith(b"<") else found.start()
        # A closing tag after an envelope belongs to what surrounds it; only a new document begins a part.
        if content[begins : begins + 2] != b"</" and content[starts[-1] : begins].strip():
            starts.append(begins)
    starts = _joined_prologues(content, starts)
    ends = [*starts[1:], len(content)]
    return tuple(
        XmlPart(content[begin:end], content.count(b"\n", 0, begin)) for begin, end in zip(starts, ends, strict=True)
    )


def _joined_prologues(content: bytes, starts: list[int]) -> list[int]:
    """Drop starts that follow nothing but a prologue (declaration, DOCTYPE, instructions)."""
    kept = [starts[0]]
    for start in starts[1:]:
        before = re.sub(rb"<[?!][^>]*>", b"", content[kept[-1] : start])
        if before.strip():
            kept.append(start)
    return kept


@lru_cache(maxsize=8)
def _schema(path: str) -> tuple[etree.XMLSchema, threading.Lock]:
    # The schemas are our own files; XML Signature's declares entities of its own, so the default parser reads them.
    parser = etree.XMLParser(no_network=True)
    return etree.XMLSchema(etree.parse(SCHEMAS / path, parser)), threading.Lock()


def validate(element: etree._Element, path: str, *, line_offset: int = 0) -> tuple[SchemaError, ...]:
    """Return the first violations of the schema at `path` (below `schemas/`); none when the element is valid."""
    schema, lock = _schema(path)
    with lock:  # the error log belongs to the schema object, which threads share
        if schema.validate(element):
            return ()
        log: list[Any] = list(schema.error_log)  # type: ignore[call-overload]  # the stubs leave out iteration
        errors = [(each.line, each.type_name, each.message) for each in log]
    return tuple(
        SchemaError(line_offset + line, rule.removeprefix("SCHEMAV_").lower(), _words(text))
        for line, rule, text in errors[:MAX_SCHEMA_ERRORS]
    )


def _decode(part: XmlPart, *, name: str) -> str:
    content = part.content
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return _decoded(part, content[len(bom) :], encoding, "the byte order mark", name=name).lstrip()
    stripped = content.lstrip()
    found = _DECLARATION.match(stripped)
    declared = found.group(1).decode("ascii").lower() if found else "utf-8"
    try:
        encoding = codecs.lookup(declared).name
    except LookupError:
        encoding = ""
    if encoding not in _CODECS.values():
        raise BadInput(
            file=name, line=part.line_offset + 1, rule="charset", text=f"charset {declared} is not supported"
        )
    if encoding not in {"utf-8", "ascii"} and (line := _first_utf8_line(content)):
        text = f"the file declares {declared}, but its letters are UTF-8"
        raise BadInput(file=name, line=part.line_offset + line, rule="charset", text=text)
    decoded = _decoded(part, content, encoding, f"its declaration ({declared})", name=name)
    # White space before the declaration is common and harmless; its lines must still count.
    return _without_indent(decoded) if decoded[:1].isspace() else decoded


def _without_indent(decoded: str) -> str:
    """Move leading blank lines behind the declaration, so that line numbers stay right."""
    body = decoded.lstrip()
    blank = decoded[: len(decoded) - len(body)]
    if not body.startswith("<?xml"):
        return decoded
    head, end, rest = body.partition("?>")
    return f"{head}{end}{blank}{rest}"


def _decoded(part: XmlPart, content: bytes, encoding: str, told_by: str, *, name: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = part.line_offset + content.count(b"\n", 0, error.start) + 1
        text = f"byte 0x{content[error.start]:02X} is not {encoding}, which {told_by} says"
        raise BadInput(file=name, line=line, rule="charset", text=text) from None


def _first_utf8_line(content: bytes) -> int:
    """Return the line of the first letter outside ASCII when all of them are well-formed UTF-8, else 0.

    Two Latin letters in a row that happen to form UTF-8 ("Ã¤") do not occur in real words.
    """
    if content.isascii():
        return 0
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return 0
    first = next(at for at, byte in enumerate(content) if byte > 0x7F)  # noqa: PLR2004  the end of ASCII
    return content.count(b"\n", 0, first) + 1


def _require_depth(root: etree._Element, part: XmlPart, *, name: str) -> None:
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            line = part.line_offset + (element.sourceline or 0)
            raise BadInput(file=name, line=line, rule="depth", text=f"elements are nested more than {MAX_DEPTH} deep")


def _words(text: str | None) -> str:
    return " ".join((text or "").split())[:400]
