"""SOAP 1.1 messages of the pull service: requests read, answers and faults written. Source: vendor sheet, section B."""

from typing import Any, Final

import msgspec
from lxml import etree

from tilisilta.core.errors import BadInput
from tilisilta.formats.xml import XmlPart, parse
from tilisilta.services.pull.contract import API, SOAP, Operation, fault_of, operations

ENVELOPE: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_FRAMEWORK: Final = "http://schemas.microsoft.com/net/2005/12/windowscommunicationfoundation/dispatcher"
_LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"
# Named once, above; else every nil member would name them again.
_PREFIXES: Final = {
    "s": ENVELOPE,
    "t": SOAP,
    "a": "http://schemas.datacontract.org/2004/07/Severa.Entities.API",
    "b": "http://schemas.microsoft.com/2003/10/Serialization/Arrays",
    "i": "http://www.w3.org/2001/XMLSchema-instance",
}
_KEY_CHARS: Final = 200
SOURCE: Final = "Severa.API"

AUTHENTICATION: Final = "AuthenticationFailureException"
GENERAL: Final = "GeneralFailureException"
NO_PERMISSION: Final = "NoPermissionException"
NOT_FOUND: Final = "NotFoundException"
VALIDATION: Final = "ValidationException"
QUOTA: Final = "Quota"  # the one fault whose detail is text


class Fault(Exception):
    """An answer that is a fault: the vendor's by the name of its detail, or the framework's by its code."""

    def __init__(self, detail: str, reason: str, code: str = "s:Client") -> None:
        self.detail = detail
        self.reason = reason
        self.code = code
        super().__init__(f"{detail or code}: {reason}")

    @property
    def outcome(self) -> str:
        """A short name for the list of calls."""
        return (self.detail or self.code.partition(":")[2])[:40]


class Request(msgspec.Struct, frozen=True):
    """A request: the key of its header, the operation, and the element of its body."""

    key: str
    operation: Operation
    element: Any

    def parameters(self) -> dict[str, Any]:
        """Return the parameters by name.

        Raises:
            Fault: the framework's own, the body does not fit the schema.
        """
        names = self.operation.parameters
        children = list(self.element)
        if len(names) == 1 and len(children) == 1:
            # The names of most single parameters are told by no source: there is just one thing it can be.
            children[0].tag = f"{{{SOAP}}}{names[0]}"
        if wrong := fault_of(self.element):
            reason = "The formatter threw an exception while trying to deserialize the message"
            raise Fault("", f"{reason} for operation '{self.operation.name}': {wrong}", "a:DeserializationFailed")
        return self.operation.read(self.element)


def read_request(raw: bytes, action: str) -> Request:
    """Return what is asked.

    Raises:
        Fault: no XML that we read (entities and document types among it), no envelope, no such operation.
    """
    try:
        root = parse(XmlPart(raw), name="message")
    except BadInput as error:
        raise Fault("", f"The message could not be read: {error.params.get('text', error.code)}") from None
    info: Any = root.getroottree().docinfo
    if info.doctype or root.tag != f"{{{ENVELOPE}}}Envelope":
        raise Fault("", "A SOAP 1.1 envelope is expected", "s:VersionMismatch")
    body = root.find(f"{{{ENVELOPE}}}Body")
    elements = [] if body is None else list(body)
    if len(elements) != 1:
        raise Fault("", "The body must hold one element")
    element = elements[0]
    key = root.findtext(f"{{{ENVELOPE}}}Header/{{{SOAP}}}WebServicePassword") or ""
    return Request(key.strip()[:_KEY_CHARS], _operation(action, element), element)


def _operation(action: str, element: etree._Element) -> Operation:
    """Return what is called: the action decides, the body must fit it."""
    name = action.strip().strip('"')
    found = operations().get(name.rpartition("/")[2])
    if found is None or found.action != name:
        reason = f"The message with Action '{name[:200]}' cannot be processed at the receiver"
        raise Fault("", reason, "a:ActionNotSupported")
    if element.tag != f"{{{SOAP}}}{found.name}":
        raise Fault("", f"Expected element '{found.name}' from namespace '{SOAP}'", "a:DeserializationFailed")
    return found


def write_answer(operation: Operation, value: Any, quota: tuple[int, int]) -> bytes:
    """Return the envelope of an answer with the headers that tell of the day's quota."""
    root = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap=_PREFIXES)
    header = etree.SubElement(root, f"{{{ENVELOPE}}}Header")
    for name, number in zip(("Quota", "UsedQuota"), quota, strict=True):
        etree.SubElement(header, f"{{{SOAP}}}{name}").text = str(number)
    operation.write(etree.SubElement(root, f"{{{ENVELOPE}}}Body"), value)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def write_fault(fault: Fault) -> bytes:
    """Return the envelope of a fault in the vendor's shape, or of the framework's when it has no detail."""
    root = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"s": ENVELOPE})
    body = etree.SubElement(root, f"{{{ENVELOPE}}}Body")
    names = {"a": _FRAMEWORK} if fault.code.startswith("a:") else None
    element = etree.SubElement(body, f"{{{ENVELOPE}}}Fault", nsmap=names)
    etree.SubElement(element, "faultcode").text = fault.code
    reason = etree.SubElement(element, "faultstring", {_LANGUAGE: "en-US"})
    reason.text = "".join(each for each in fault.reason if each >= " " and each not in "\ufffe\uffff")
    if fault.detail == QUOTA:
        etree.SubElement(element, "detail").text = "Quota limit"
    elif fault.detail:
        detail = etree.SubElement(element, "detail")
        own: Any = {None: API}
        part = etree.SubElement(detail, f"{{{API}}}{fault.detail}", nsmap=own)
        etree.SubElement(part, f"{{{API}}}Description").text = reason.text
        etree.SubElement(part, f"{{{API}}}Source").text = SOURCE
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")
