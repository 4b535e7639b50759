"""The SOAP contract as it is served, read once from `severa.wsdl`: its operations, its entities, its schema.

zeep reads the description and turns messages into values and back; lxml's schema says whether a request fits. Source:
vendor sheet of Severa, section B.
"""

import datetime as dt
import threading
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Final

from lxml import etree
from zeep import Client, Settings, xsd

SOAP: Final = "http://soap.severa.com/"
API: Final = "http://schemas.datacontract.org/2004/07/Severa.API"
_XS: Final = "http://www.w3.org/2001/XMLSchema"
_WSDL_SOAP: Final = "http://schemas.xmlsoap.org/wsdl/soap/"
_NOWHERE: Final = "https://service.invalid/"
_make: Any = Client  # zeep has no types
# What a .NET value type shows where nothing was set.
_EMPTY: Final[dict[type, object]] = {
    xsd.Boolean: False,
    xsd.DateTime: dt.datetime(1, 1, 1),  # noqa: DTZ001  as it is written there, without a zone
    xsd.Decimal: Decimal(0),
    xsd.Int: 0,
    xsd.Long: 0,
}
_lock = threading.Lock()


def _text() -> bytes:
    return files(__package__).joinpath("severa.wsdl").read_bytes()


class _Memory:
    """What zeep takes for its transport: the one document."""

    def load(self, url: str) -> bytes:
        """Return the description, whatever it is asked as."""
        del url
        return _text()


class Operation:
    """One operation: how it is called and what it answers."""

    def __init__(self, interface: str, operation: Any, types: Any) -> None:
        self.interface = interface
        self.name: str = operation.name
        self.action: str = operation.soapaction
        self._operation = operation
        self._types = types

    @property
    def parameters(self) -> list[str]:
        """Names of the parameters, in order."""
        return [name for name, _element in self._operation.input.body.type.elements]

    def read(self, element: etree._Element) -> dict[str, Any]:
        """Return the parameters of a request that fits the schema; nil ones are None."""
        found = self._operation.input.body.parse(element, self._types)
        return {name: _plain(getattr(found, name, None)) for name in self.parameters}

    def write(self, parent: etree._Element, value: Any) -> None:
        """Add the answer to a SOAP body; `value` is what the operation returns: mappings, sequences, plain values."""
        body = self._operation.output.body
        answered = {name: _filled(member, value) for name, member in body.type.elements}
        body.render(parent, body(**answered))


def _plain(value: Any) -> Any:
    return None if value is None or value is xsd.Nil else value


def _filled(member: Any, value: Any) -> Any:
    """Return a value with every member that its type has, nil where nothing is set; lists come in their frames."""
    kind = member.type
    if value is None or (isinstance(value, str) and not value and member.nillable):
        return xsd.Nil if member.nillable else _EMPTY.get(type(kind), "")
    members = getattr(kind, "elements", None)
    if not members:
        return _written(value) if isinstance(value, str) else value
    if isinstance(value, Mapping):
        return {name: _filled(each, value.get(name)) for name, each in members}
    (name, each) = members[0]  # ArrayOf...: one member that repeats
    return {name: [_filled_item(each, one) for one in value]}


def _filled_item(member: Any, value: Any) -> Any:
    return _filled(member, value) if isinstance(value, Mapping) else _written(str(value))


def _written(text: str) -> str:
    """Return a text without what XML 1.0 cannot carry."""
    return "".join(each for each in text if each in "\t\n\r" or (each >= " " and each not in "\ufffe\uffff"))


@cache
def _client() -> Any:
    return _make(_NOWHERE, transport=_Memory(), settings=Settings(forbid_dtd=True))


@cache
def _operations() -> dict[str, Operation]:
    client = _client()
    found = (
        Operation(binding.port_name.localname, binding.get(name), client.wsdl.types)
        for binding in client.wsdl.bindings.values()
        for name in binding._operations  # noqa: SLF001  zeep has no public list
    )
    return {each.name: each for each in found}


def operations() -> Mapping[str, Operation]:
    """Return the operations by name; the description is read when they are first asked for."""
    with _lock:
        return _operations()


class _Resolver(etree.Resolver):
    def __init__(self, schemas: dict[str, bytes]) -> None:
        super().__init__()
        self._schemas = schemas

    def resolve(self, system_url: str, public_id: str, context: Any) -> Any:  # type: ignore[override]
        del public_id
        return self.resolve_string(self._schemas[system_url], context)  # type: ignore[call-arg]


@cache
def _schema() -> etree.XMLSchema:
    schemas: dict[str, bytes] = {}
    for root in etree.fromstring(_text()).iter(f"{{{_XS}}}schema"):
        for each in root.findall(f"{{{_XS}}}import"):
            each.set("schemaLocation", each.get("namespace", ""))
        schemas[root.get("targetNamespace", "")] = etree.tostring(root)
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    parser.resolvers.add(_Resolver(schemas))
    return etree.XMLSchema(etree.fromstring(schemas[SOAP], parser))


def fault_of(element: etree._Element) -> str:
    """Return what does not fit the schema in the element of a body; empty when all does."""
    with _lock:  # the errors of a check stay with the schema
        schema = _schema()
        if schema.validate(element):
            return ""
        errors: Any = schema.error_log
        return next((str(each.message) for each in errors), "it does not fit the schema")[:400]


def wsdl(address: str) -> bytes:
    """Return the description of the service at `address`."""
    root = etree.fromstring(_text())
    for each in root.iter(f"{{{_WSDL_SOAP}}}address"):
        each.set("location", address)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")
