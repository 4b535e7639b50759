"""The SOAP contract as data, read once from `soap_contract.txt`, and its WSDL with the schemas inside.

Source: vendor sheet, section B.
"""

from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import msgspec
from lxml import etree

SOAP = "http://soap.severa.com/"
ENTITIES = "http://schemas.datacontract.org/2004/07/Severa.Entities.API"
API = "http://schemas.datacontract.org/2004/07/Severa.API"
ARRAYS = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
XS = "http://www.w3.org/2001/XMLSchema"
WSDL = "http://schemas.xmlsoap.org/wsdl/"
WSDL_SOAP = "http://schemas.xmlsoap.org/wsdl/soap/"
PATH = "/webservice/S3/API.svc"
PDF_OPTIONS = ("All", "InvoiceOnly", "AttachmentAndBreakdown")
FAULTS = (
    "AuthenticationFailureException",
    "GeneralFailureException",
    "NoPermissionException",
    "NotFoundException",
    "QuotaLimitExceededException",
    "TosNotApprovedException",
    "ValidationException",
)
DECLARED = FAULTS[:4] + FAULTS[-1:]
"""Faults that every operation declares; the newer ones come undeclared."""
_SIMPLE = {
    "s": "string",
    "i": "int",
    "l": "long",
    "d": "decimal",
    "b": "boolean",
    "t": "dateTime",
    "x": "base64Binary",
}


class Member(msgspec.Struct, frozen=True):
    """One member of an entity or one parameter."""

    name: str
    type: str
    array: bool
    may_be_nil: bool

    @property
    def simple(self) -> bool:
        return self.type in _SIMPLE


class Operation(msgspec.Struct, frozen=True):
    """One operation of an interface."""

    interface: str
    name: str
    parameters: tuple[Member, ...]
    result: Member | None
    by_position: bool

    @property
    def action(self) -> str:
        return f"{SOAP}{self.interface}/{self.name}"


class Contract(msgspec.Struct, frozen=True):
    """Entities with all their members in order, what they extend, and operations by name."""

    entities: dict[str, tuple[Member, ...]]
    bases: dict[str, str]
    operations: dict[str, Operation]

    def own(self, entity: str) -> tuple[Member, ...]:
        """Return the members that an entity has beyond those of its base."""
        base = self.bases.get(entity)
        return self.entities[entity][len(self.entities[base]) if base else 0 :]


def _member(text: str) -> Member:
    name, _, kind = text.partition(":")
    array = kind.endswith("[]")
    kind = kind.removesuffix("[]")
    bare = kind.removesuffix("?")
    nil = array or kind.endswith("?") or bare in {"s", "x"} or (bare not in _SIMPLE and bare != "InvoicePdfGetOptions")
    return Member(name, bare, array, nil)


@cache
def contract() -> Contract:
    """Return the contract; parsed once per process."""
    entities: dict[str, tuple[Member, ...]] = {}
    bases: dict[str, str] = {}
    operations: dict[str, Operation] = {}
    for line in files(__package__).joinpath("soap_contract.txt").read_text("utf-8").splitlines():
        words = line.split()
        if not words or words[0] == "#":
            continue
        if words[0] == "entity":
            name, _, base = words[1].partition("<")
            if base:
                bases[name] = base
            entities[name] = (*entities.get(base, ()), *(_member(word) for word in words[2:]))
            continue
        interface, name, *parameters = words[: words.index("->")]
        result = None if words[-1] == "void" else _member(f"{name.lstrip('~')}Result:{words[-1]}")
        operations[name.lstrip("~")] = Operation(
            interface, name.lstrip("~"), tuple(map(_member, parameters)), result, name.startswith("~")
        )
    return Contract(entities, bases, operations)


def _x(parent: Any, tag: str, /, **attributes: str) -> Any:
    return etree.SubElement(parent, f"{{{XS}}}{tag}", attributes)


def _schema(target: str) -> Any:
    names = {"xs": XS, "tns": target, "q": ENTITIES, "f": API, "r": ARRAYS}
    root = etree.Element(f"{{{XS}}}schema", nsmap=names, targetNamespace=target, elementFormDefault="qualified")
    for other in (ENTITIES, API, ARRAYS):
        if other != target:
            _x(root, "import", namespace=other)
    return root


def _type_of(member: Member) -> str:
    if member.array:
        return "r:ArrayOfstring" if member.type == "s" else f"q:ArrayOf{member.type}"
    if member.type == "InvoicePdfGetOptions":
        return "f:InvoicePdfGetOptions"
    return f"xs:{_SIMPLE[member.type]}" if member.simple else f"q:{member.type}"


def _element(parent: Any, member: Member) -> None:
    nil = {"nillable": "true"} if member.may_be_nil else {}
    _x(parent, "element", minOccurs="0", name=member.name, **nil, type=_type_of(member))


def _entities_schema() -> Any:
    root = _schema(ENTITIES)
    for name, members in contract().entities.items():
        base = contract().bases.get(name)
        kind = _x(root, "complexType", name=name)
        holder = _x(_x(kind, "complexContent", mixed="false"), "extension", base=f"q:{base}") if base else kind
        sequence = _x(holder, "sequence")
        for member in contract().own(name) if base else members:
            _element(sequence, member)
        array = _x(_x(root, "complexType", name=f"ArrayOf{name}"), "sequence")
        _x(array, "element", minOccurs="0", maxOccurs="unbounded", name=name, nillable="true", type=f"q:{name}")
        _x(root, "element", name=name, nillable="true", type=f"q:{name}")
    return root


def _faults_schema() -> Any:
    root = _schema(API)
    for name in FAULTS:
        sequence = _x(_x(root, "complexType", name=name), "sequence")
        for part in ("Description", "Source"):
            _x(sequence, "element", minOccurs="0", name=part, nillable="true", type="xs:string")
        _x(root, "element", name=name, nillable="true", type=f"f:{name}")
    choice = _x(_x(root, "simpleType", name="InvoicePdfGetOptions"), "restriction", base="xs:string")
    for name in PDF_OPTIONS:
        _x(choice, "enumeration", value=name)
    return root


def _arrays_schema() -> Any:
    root = _schema(ARRAYS)
    sequence = _x(_x(root, "complexType", name="ArrayOfstring"), "sequence")
    _x(sequence, "element", minOccurs="0", maxOccurs="unbounded", name="string", nillable="true", type="xs:string")
    return root


def _operations_schema() -> Any:
    root = _schema(SOAP)
    for operation in contract().operations.values():
        asked = _x(_x(_x(root, "element", name=operation.name), "complexType"), "sequence")
        for member in operation.parameters:
            _element(asked, member)
        answered = _x(_x(_x(root, "element", name=f"{operation.name}Response"), "complexType"), "sequence")
        if operation.result is not None:
            _element(answered, operation.result)
    for name, kind in (("WebServicePassword", "string"), ("Quota", "int"), ("UsedQuota", "int")):
        _x(root, "element", name=name, nillable="true", type=f"xs:{kind}")
    return root


def schemas() -> dict[str, Any]:
    """Return the schemas by namespace, made anew."""
    return {
        SOAP: _operations_schema(),
        ENTITIES: _entities_schema(),
        API: _faults_schema(),
        ARRAYS: _arrays_schema(),
    }


class _Resolver(etree.Resolver):
    def __init__(self, texts: dict[str, bytes]) -> None:
        super().__init__()
        self.texts = texts

    def resolve(self, system_url: str, _public_id: str, context: Any) -> Any:  # type: ignore[override]
        return self.resolve_string(self.texts[system_url], context)  # type: ignore[call-arg]


@cache
def validator() -> Any:
    """Return the compiled schema that request and response bodies are checked against."""
    made = schemas()
    for root in made.values():
        for one in root.findall(f"{{{XS}}}import"):
            one.set("schemaLocation", one.get("namespace"))
    parser = etree.XMLParser()
    parser.resolvers.add(_Resolver({name: etree.tostring(root) for name, root in made.items()}))
    return etree.XMLSchema(etree.fromstring(etree.tostring(made[SOAP]), parser))


def _w(parent: Any, tag: str, /, **attributes: str) -> Any:
    return etree.SubElement(parent, f"{{{WSDL}}}{tag}", attributes)


def _ports() -> Iterator[tuple[str, list[Operation]]]:
    found: dict[str, list[Operation]] = {}
    for operation in contract().operations.values():
        found.setdefault(operation.interface, []).append(operation)
    yield from found.items()


def _fault_message(operation: Operation, fault: str) -> str:
    return f"{operation.interface}_{operation.name}_{fault}Fault_FaultMessage"


def _messages(root: Any) -> None:
    for operation in contract().operations.values():
        for way, element in (("Input", operation.name), ("Output", f"{operation.name}Response")):
            message = _w(root, "message", name=f"{operation.interface}_{operation.name}_{way}Message")
            _w(message, "part", name="parameters", element=f"tns:{element}")
        for fault in DECLARED:
            message = _w(root, "message", name=_fault_message(operation, fault))
            _w(message, "part", name="detail", element=f"f:{fault}")


@lru_cache(maxsize=8)
def wsdl(address: str) -> bytes:
    """Return the WSDL of the service at `address`: one port for each interface."""
    names = {"wsdl": WSDL, "soap": WSDL_SOAP, "tns": SOAP, "f": API, "xs": XS}
    root = etree.Element(f"{{{WSDL}}}definitions", nsmap=names, name="API", targetNamespace=SOAP)
    types = _w(root, "types")
    for schema in schemas().values():
        types.append(schema)
    _messages(root)
    for interface, operations in _ports():
        port = _w(root, "portType", name=interface)
        for operation in operations:
            part = _w(port, "operation", name=operation.name)
            for way in ("input", "output"):
                message_name = f"tns:{interface}_{operation.name}_{way.title()}Message"
                _w(part, way, message=message_name)
            for fault in DECLARED:
                _w(part, "fault", name=f"{fault}Fault", message=f"tns:{_fault_message(operation, fault)}")
    for interface, operations in _ports():
        _binding(root, interface, operations)
    service = _w(root, "service", name="API")
    for interface, _operations in _ports():
        port = _w(service, "port", name=f"BasicHttpBinding_{interface}", binding=f"tns:BasicHttpBinding_{interface}")
        etree.SubElement(port, f"{{{WSDL_SOAP}}}address", location=address)
    text: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return text


def _binding(root: Any, interface: str, operations: list[Operation]) -> None:
    binding = _w(root, "binding", name=f"BasicHttpBinding_{interface}", type=f"tns:{interface}")
    etree.SubElement(
        binding, f"{{{WSDL_SOAP}}}binding", transport="http://schemas.xmlsoap.org/soap/http", style="document"
    )
    for operation in operations:
        part = _w(binding, "operation", name=operation.name)
        etree.SubElement(part, f"{{{WSDL_SOAP}}}operation", soapAction=operation.action, style="document")
        for way in ("input", "output"):
            etree.SubElement(_w(part, way), f"{{{WSDL_SOAP}}}body", use="literal")
        for fault in DECLARED:
            name = f"{fault}Fault"
            etree.SubElement(_w(part, "fault", name=name), f"{{{WSDL_SOAP}}}fault", name=name, use="literal")
