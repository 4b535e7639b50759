"""SOAP 1.1 messages: requests read and checked, answers and faults written. Source: vendor sheet, section B."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from lxml import etree

from tilisilta_emulators.severa.errors import SoapFault
from tilisilta_emulators.severa.soap_contract import API, ARRAYS, ENTITIES, SOAP, Member, Operation, contract, validator
from tilisilta_emulators.severa.values import WrongValue, parse_moment

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
NIL = f"{{{XSI}}}nil"
_FRAMEWORK = "http://schemas.microsoft.com/net/2005/12/windowscommunicationfoundation/dispatcher"
_NOTHING = "0001-01-01T00:00:00"
_EMPTY: dict[str, str] = {"i": "0", "l": "0", "d": "0", "b": "false", "t": _NOTHING}


class Request:
    """One request: the key of its header and the element of its body."""

    def __init__(self, raw: bytes) -> None:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        try:
            root = etree.fromstring(raw, parser)
        except etree.XMLSyntaxError as error:
            raise SoapFault("", f"The message could not be read: {error}") from None
        info: Any = root.getroottree().docinfo
        if info.doctype or root.tag != f"{{{ENVELOPE}}}Envelope":
            raise SoapFault("", "A SOAP 1.1 envelope is expected", "s:VersionMismatch")
        body = root.find(f"{{{ENVELOPE}}}Body")
        elements = [] if body is None else [one for one in body if isinstance(one.tag, str)]
        if len(elements) != 1:
            raise SoapFault("", "The body must hold one element")
        self.element = elements[0]
        self.key = root.findtext(f"{{{ENVELOPE}}}Header/{{{SOAP}}}WebServicePassword")

    def operation(self, action: str) -> Operation:
        """Return what is called: the action of the header decides, the body must fit it.

        Raises:
            SoapFault: The framework's own, no such operation.

        """
        name = action.strip().strip('"')
        found = contract().operations.get(name.rpartition("/")[2])
        if found is None or found.action != name:
            reason = f"The message with Action '{name}' cannot be processed at the receiver"
            raise SoapFault("", reason, "a:ActionNotSupported")
        if self.element.tag != f"{{{SOAP}}}{found.name}":
            raise SoapFault("", f"Expected element '{found.name}' from namespace '{SOAP}'", "a:DeserializationFailed")
        return found

    def parameters(self, operation: Operation, *, strict: bool) -> dict[str, Any]:
        """Return the parameters by name; what is not sent is None, or the empty value of its type.

        `strict` refuses what the schema does not let through, order included; otherwise members out of order are passed
        over, as the vendor's serializer does.

        Raises:
            SoapFault: The framework's own, the body cannot be deserialized.

        """
        _pass_over_attributes(self.element)
        children = [one for one in self.element if isinstance(one.tag, str)]
        if operation.by_position and len(children) <= len(operation.parameters):
            for child, member in zip(children, operation.parameters, strict=False):
                child.tag = f"{{{SOAP}}}{member.name}"
        if strict and not validator().validate(self.element):
            error = next(iter(validator().error_log), None)
            raise _not_readable(operation.name, error.message if error else "")
        try:
            return _members(self.element, operation.parameters, SOAP)
        except (WrongValue, ArithmeticError, ValueError) as error:
            raise _not_readable(operation.name, str(error)) from None


def _pass_over_attributes(element: Any) -> None:
    """Take away what the serializer does not read: phones' clients add `id` and `root` of the SOAP encoding."""
    for one in element.iter(etree.Element):
        for name in one.attrib:
            if etree.QName(name).namespace != XSI:
                del one.attrib[name]


def _not_readable(name: str, why: str) -> SoapFault:
    reason = f"The formatter threw an exception while trying to deserialize the message for operation '{name}': {why}"
    return SoapFault("", reason, "a:DeserializationFailed")


def _members(element: Any, members: tuple[Member, ...], namespace: str) -> dict[str, Any]:
    found = {member.name: _missing(member) for member in members}
    at = 0
    for child in element:
        for place in range(at, len(members)):
            if child.tag == f"{{{namespace}}}{members[place].name}":
                found[members[place].name] = _read(child, members[place])
                at = place + 1
                break
    return found


def _missing(member: Member) -> Any:
    if member.may_be_nil:
        return None
    return {"b": False, "d": Decimal(0), "t": datetime.min.replace(tzinfo=UTC)}.get(
        member.type, 0 if member.simple else None
    )


def _read_array(child: Any, member: Member) -> list[Any]:
    if member.type == "s":
        return [one.text or "" for one in child.findall(f"{{{ARRAYS}}}string")]
    entity = contract().entities[member.type]
    return [_members(one, entity, ENTITIES) for one in child.findall(f"{{{ENTITIES}}}{member.type}")]


def _read(child: Any, member: Member) -> Any:
    if child.get(NIL) in {"true", "1"}:
        return None
    if member.array:
        return _read_array(child, member)
    if not member.simple:
        if member.type in contract().entities:
            return _members(child, contract().entities[member.type], ENTITIES)
        return (child.text or "").strip()
    text = child.text or ""
    return text if member.type in {"s", "x"} else _READERS[member.type](text.strip())


def _decimal(text: str) -> Decimal:
    value = Decimal(text)
    if not value.is_finite() or abs(value) >= _LARGEST:
        raise WrongValue("the number is out of range")
    return value


def _integer(text: str) -> int:
    value = int(text[:40])
    if abs(value) >= _LARGEST:
        raise WrongValue("the number is out of range")
    return value


_LARGEST = 10**15
_READERS: dict[str, Callable[[str], Any]] = {
    "i": _integer,
    "l": _integer,
    "d": _decimal,
    "b": lambda text: text in {"true", "1"},
    "t": parse_moment,
}


def _simple(value: Any, kind: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00"
    text = str(value)
    # XML 1.0 cannot carry most control characters, whatever an old record holds.
    return "".join(one for one in text if one >= " " or one in "\t\n\r") if kind == "s" else text


class Writer:
    """Writes answers; `empty_as_nil` says how an empty collection goes out."""

    def __init__(self, *, empty_as_nil: bool) -> None:
        self.empty_as_nil = empty_as_nil

    def write(self, parent: Any, namespace: str, member: Member, value: Any) -> None:
        """Add one member with its value; None is nil, or the empty value of its type."""
        element = etree.SubElement(parent, f"{{{namespace}}}{member.name}")
        if value is None or (member.array and not value and self.empty_as_nil):
            if member.may_be_nil:
                element.set(NIL, "true")
            else:
                element.text = _EMPTY.get(member.type, "")
        elif member.array and member.type == "s":
            for one in value:
                etree.SubElement(element, f"{{{ARRAYS}}}string").text = _simple(one, "s")
        elif member.array:
            for one in value:
                self.fill(etree.SubElement(element, f"{{{ENTITIES}}}{member.type}"), member.type, one)
        elif member.simple:
            element.text = _simple(value, member.type)
        else:
            self.fill(element, member.type, value)

    def fill(self, element: Any, entity: str, values: dict[str, Any]) -> None:
        """Add every member of an entity in its order."""
        for member in contract().entities[entity]:
            self.write(element, ENTITIES, member, values.get(member.name))


_PREFIXES = {"s": ENVELOPE}


def answer(operation: Operation, value: Any, writer: Writer, quota: tuple[int, int]) -> bytes:
    """Return the envelope of an answer with the headers that tell of the quota."""
    root = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap=_PREFIXES)
    header = etree.SubElement(root, f"{{{ENVELOPE}}}Header")
    for name, number in zip(("Quota", "UsedQuota"), quota, strict=True):
        etree.SubElement(header, f"{{{SOAP}}}{name}", nsmap={"h": SOAP}).text = str(number)
    body = etree.SubElement(root, f"{{{ENVELOPE}}}Body")
    names: Any = {None: SOAP, "a": ENTITIES, "b": ARRAYS, "i": XSI}
    element = etree.SubElement(body, f"{{{SOAP}}}{operation.name}Response", nsmap=names)
    if operation.result is not None:
        writer.write(element, SOAP, operation.result, value)
    made: bytes = etree.tostring(root, encoding="utf-8")
    return made


def fault(error: SoapFault, source: str) -> bytes:
    """Return the envelope of a fault in the vendor's shape, or of the framework's when it has no detail."""
    root = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap=_PREFIXES)
    body = etree.SubElement(root, f"{{{ENVELOPE}}}Body")
    names = {"a": _FRAMEWORK} if error.code.startswith("a:") else None
    element = etree.SubElement(body, f"{{{ENVELOPE}}}Fault", nsmap=names)
    etree.SubElement(element, "faultcode").text = error.code
    reason = etree.SubElement(element, "faultstring")
    reason.set("{http://www.w3.org/XML/1998/namespace}lang", "en-US")
    reason.text = _simple(error.reason, "s")
    if error.detail == "Quota":
        # The one fault whose detail is text.
        etree.SubElement(element, "detail").text = "Quota limit"
    elif error.detail:
        detail = etree.SubElement(element, "detail")
        own: Any = {None: API, "i": XSI}
        part = etree.SubElement(detail, f"{{{API}}}{error.detail}", nsmap=own)
        etree.SubElement(part, f"{{{API}}}Description").text = _simple(error.reason, "s")
        etree.SubElement(part, f"{{{API}}}Source").text = source
    made: bytes = etree.tostring(root, encoding="utf-8")
    return made
