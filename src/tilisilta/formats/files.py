"""A file's bytes -> its documents. One broken invoice among many never hides the others."""

from collections.abc import Callable, Iterator

import msgspec
from lxml import etree

from tilisilta.core.errors import BadInput
from tilisilta.core.problems import Problem, problem, stops
from tilisilta.formats import estonian, finvoice, ubl
from tilisilta.formats.kinds import name_of_root, require_xml
from tilisilta.formats.reading import Context, FileReading, ReadDocument, Reading
from tilisilta.formats.ubl_lines import CBC
from tilisilta.formats.values import line_of, said, unreadable
from tilisilta.formats.xml import XmlPart, parse, split_documents, validate

MAX_DOCUMENTS = 20_000
RAW_LENGTH = 4000
_FRAMES = frozenset({"Envelope", "StandardBusinessDocument"})
_NUMBERS = (
    "InvoiceDetails/InvoiceNumber",
    "InvoiceInformation/InvoiceNumber",
    f"{{{CBC}}}ID",
)


class _Unit(msgspec.Struct, frozen=True, kw_only=True):
    """One document to read: its element, or why there is none; `problems` warn of its file."""

    line_offset: int
    format: str = ""
    element: etree._Element | None = None
    error: BadInput | None = None
    schema: Callable[[etree._Element], str] | None = None
    read: Callable[[etree._Element, Context], Reading] | None = None
    raw: str = ""
    problems: tuple[Problem, ...] = ()


def read_file(content: bytes, name: str, *, own_registry_codes: frozenset[str] = frozenset()) -> FileReading:
    """Return the documents of an e-invoice file: Finvoice, UBL 2.1 or Estonian e-invoice, told by its root element.

    A document that breaks its schema, or that cannot be read, is a record without a document and with problems
    (SCHEMA_VIOLATION, UNREADABLE, FILE_WRONG_KIND), each with file, line and rule.

    Args:
        content: The file, at most 50 MB.
        name: The file's name, for messages only.
        own_registry_codes: An invoice whose seller bears one of these is a sales invoice; all others are purchases.

    Raises:
        BadInput: the file as a whole cannot be used: UNREADABLE, FILE_TOO_LARGE, FILE_WRONG_KIND, SCHEMA_VIOLATION.

    """
    try:
        require_xml(content, name=name)
        units = list(_units(content, name))
    except BadInput as error:
        raise _refusal(error, 0, name) from None
    if not any(unit.read for unit in units):
        first = units[0].error if units else None
        raise _refusal(first or BadInput("FILE_WRONG_KIND", kind="SOAP frame without an invoice"), 0, name)
    if len(units) > MAX_DOCUMENTS:
        raise BadInput("FILE_TOO_LARGE", file=name, limit=f"{MAX_DOCUMENTS} invoices")
    formats = dict.fromkeys(unit.format for unit in units if unit.format)
    records = tuple(_record(unit, index, name, own_registry_codes) for index, unit in enumerate(units))
    return FileReading(format="+".join(formats), records=records)


def _units(content: bytes, name: str) -> Iterator[_Unit]:
    whole = XmlPart(content)
    try:
        roots: list[tuple[XmlPart, etree._Element | BadInput]] = [(whole, parse(whole, name=name))]
    except BadInput as error:
        parts = split_documents(content)
        if len(parts) == 1:
            raise
        roots = [(part, _parsed(part, name)) for part in parts]
        if all(isinstance(root, BadInput) for _, root in roots):
            raise error from None
    for part, root in roots:
        if isinstance(root, BadInput):
            yield _Unit(line_offset=0, error=root, raw=part.content[:RAW_LENGTH].decode("utf-8", "replace"))
        else:
            yield from _documents(root, part.line_offset, name, is_alone=len(roots) == 1)


def _parsed(part: XmlPart, name: str) -> etree._Element | BadInput:
    try:
        return parse(part, name=name)
    except BadInput as error:
        return error


def _documents(root: etree._Element, offset: int, name: str, *, is_alone: bool) -> Iterator[_Unit]:
    """Yield the documents of one XML document: itself, or those inside of a frame."""
    found = [root] if _is_known(root) else [each for each in root.iterdescendants() if _is_known(each)]
    for element in found:
        if element.tag == "Finvoice":
            yield _Unit(
                line_offset=offset,
                format="finvoice",
                element=element,
                schema=finvoice.schema_of,
                read=finvoice.read,
            )
        elif element.tag in ubl.ROOTS:
            yield _Unit(line_offset=offset, format="ubl", element=element, schema=ubl.schema_of, read=ubl.read)
        else:
            yield from _estonian(element, offset, name)
    is_frame = etree.QName(root).localname in _FRAMES
    if not found and (is_alone or not is_frame):
        yield _Unit(
            line_offset=offset,
            error=BadInput("FILE_WRONG_KIND", kind=name_of_root(root), line=line_of(root)),
            raw=_raw(root),
        )


def _is_known(element: etree._Element) -> bool:
    return element.tag in {"Finvoice", "E_Invoice"} or element.tag in ubl.ROOTS


def _estonian(root: etree._Element, offset: int, name: str) -> Iterator[_Unit]:
    """Yield the invoices of an Estonian file, each with its own schema errors; the frame's stop the file.

    Raises:
        BadInput: SCHEMA_VIOLATION of the header, the footer or the order of the file's parts.

    """
    schema = estonian.schema_of(root)
    invoices = root.findall("Invoice")
    if errors := validate(root, schema, line_offset=offset):
        frame = [
            each
            for part in ("Header", "Footer")
            for element in root.iterfind(part)
            for each in validate(element, schema, line_offset=offset)
        ]
        is_whole = root.find("Header") is not None and root.find("Footer") is not None and invoices
        own = any(validate(each, schema) for each in invoices)
        if frame or not is_whole or not own:
            first = (frame or list(errors))[0]
            raise BadInput("SCHEMA_VIOLATION", file=name, line=first.line, rule=first.rule, text=first.text)
    version = said(root, "Header/Version")
    warnings = estonian.footer_problems(root)
    for invoice in invoices:
        yield _Unit(
            line_offset=offset,
            format="estonian",
            element=invoice,
            schema=lambda _element: schema,
            read=lambda element, context: _versioned(estonian.read(element, context), version),
            problems=warnings,
        )


def _versioned(reading: Reading, version: str) -> Reading:
    extra = reading.invoice.extra | ({"format_version": version} if version else {})
    return msgspec.structs.replace(reading, invoice=msgspec.structs.replace(reading.invoice, extra=extra))


def _record(unit: _Unit, index: int, name: str, own_registry_codes: frozenset[str]) -> ReadDocument:
    element = unit.element
    if element is None or unit.read is None or unit.schema is None:
        error = unit.error or BadInput(rule="missing")
        params = _with_place(error, unit.line_offset, name)
        line = int(params["line"])
        refusal = Problem(code=error.code, params=params)
        return ReadDocument(index=index, line=line, problems=(refusal,), raw=unit.raw)
    line = unit.line_offset + line_of(element)
    number = next((found for path in _NUMBERS if (found := said(element, path))), "")
    context = Context(name=name, own_registry_codes=own_registry_codes, line_offset=unit.line_offset)
    reading: Reading | None = None
    problems: tuple[Problem, ...]
    try:
        reading, problems = _read(unit, element, context)
    except BadInput as error:
        params = _with_place(error, unit.line_offset, name, line)
        problems = (Problem(code=error.code, params=params),)
    if reading is None:
        return ReadDocument(index=index, line=line, problems=problems, number=number, raw=_raw(element))
    return ReadDocument(
        index=index,
        line=line,
        document=reading.invoice,
        problems=tuple(_placed(each, name, line) for each in (*unit.problems, *reading.problems)),
        number=number,
        embedded=reading.embedded,
    )


def _read(unit: _Unit, element: etree._Element, context: Context) -> tuple[Reading | None, tuple[Problem, ...]]:
    """Return the reading, or the schema's errors in its place. What is no invoice is refused by name before that.

    Raises:
        BadInput: UNREADABLE, FILE_WRONG_KIND.

    """
    if unit.read is None or unit.schema is None:
        return None, ()
    if unit.format == "finvoice":
        finvoice.require_invoice(element)
    errors = validate(element, unit.schema(element), line_offset=unit.line_offset)
    if errors:
        return None, tuple(
            problem("SCHEMA_VIOLATION", file=context.name, line=each.line, rule=each.text, check=each.rule)
            for each in errors
        )
    try:
        reading = unit.read(element, context)
    except ArithmeticError:
        raise unreadable(element, "number", "an amount is too large") from None
    if not reading.invoice.number:
        raise unreadable(element, "missing", "the invoice has no number")
    return reading, ()


def _placed(each: Problem, name: str, line: int) -> Problem:
    return msgspec.structs.replace(each, params={"file": name, "line": str(line)} | each.params)


def _with_place(error: BadInput, offset: int, name: str, default: int = 0) -> dict[str, str]:
    """Return the parameters of an error with its file and its line counted from the file's beginning.

    `rule` becomes the words that people read; `check` is the rule's own name.
    """
    inner = int(error.params.get("line", "0") or 0)
    already = "file" in error.params  # the parser has counted the lines before its part
    line = inner if already else (offset + inner if inner else default)
    params = {key: each for key, each in error.params.items() if key not in {"rule", "text", "element", "value"}}
    if rule := error.params.get("rule"):
        params |= {"rule": _words(error.params, rule), "check": rule}
    return params | {"file": name, "line": str(line)}


def _words(params: dict[str, str], rule: str) -> str:
    """Return a rule in words: what libxml2 or the reader said, else the element and its value."""
    if text := params.get("text"):
        return f"{text} ({rule})"
    if element := params.get("element"):
        return f"{element} = {params.get('value', '')!r} ({rule})"
    return rule


def _refusal(error: BadInput, offset: int, name: str) -> BadInput:
    placed = BadInput(error.code)
    placed.params = _with_place(error, offset, name)
    return placed


def _raw(element: etree._Element) -> str:
    return str(etree.tostring(element, encoding="unicode", with_tail=False))[:RAW_LENGTH]


def refused(record: ReadDocument) -> bool:
    """Return whether a record has no document or a problem that stops it."""
    return record.document is None or stops(record.problems)
