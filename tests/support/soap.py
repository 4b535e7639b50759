"""A stranger who speaks Severa's SOAP API: plain zeep over the service's own description, as a Maestro would."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import zeep
from lxml import etree

SOAP = "http://soap.severa.com/"
EVER = "1900-01-01T00:00:00Z"
INACTIVE = 2


class Fetcher:
    """Fetches what waits and says so; knows nothing of who serves it."""

    def __init__(self, client: Any, key: str) -> None:
        self._client = client
        password = etree.Element(f"{{{SOAP}}}WebServicePassword")
        password.text = key
        self._header = {"_soapheaders": [password]}

    def call(self, interface: str, operation: str, *arguments: Any) -> Any:
        """Return what an operation answers, as plain dicts and lists."""
        service = self._client.bind("API", f"BasicHttpBinding_{interface}")
        found = zeep.helpers.serialize_object(getattr(service, operation)(*arguments, **self._header), dict)
        if isinstance(found, dict) and set(found) == {"header", "body"}:
            (found,) = found["body"].values() if found["body"] else (None,)
        return found

    def statuses(self) -> list[str]:
        return [each["Name"] for each in self.call("IInvoiceStatus", "GetAllInvoiceStatuses")]

    def waiting(self, status: str, most: int | None = None) -> list[dict[str, Any]]:
        return self.call("IInvoice", "GetInvoicesByStatus", None, status, 0, most) or []

    def move(self, guid: str, status: str) -> None:
        self.call("IInvoice", "SetInvoiceStatus", guid, status)

    def customers(self) -> list[dict[str, Any]]:
        criteria = {"AccountGroupGUIDs": {"string": []}}
        return self.call("ICustomer", "GetAllCustomers", INACTIVE, 0, 100, criteria) or []

    def register(self) -> dict[str, list[dict[str, Any]]]:
        return {
            "products": self.call("IProduct", "GetProductsChangedSince", EVER, INACTIVE) or [],
            "travel": self.call("IProduct", "GetTravelExpensesChangedSince", EVER, INACTIVE) or [],
            "work": self.call("IWorkType", "GetAllWorkTypes") or [],
        }


@contextmanager
def fetcher(address: str, key: str) -> Iterator[Fetcher]:
    """Read the description at an address and hand out who calls there with a key."""
    client = zeep.Client(f"{address}?wsdl")
    try:
        yield Fetcher(client, key)
    finally:
        client.transport.session.close()


def rows_of(invoice: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of an invoice, out of their frame."""
    framed = invoice["InvoiceRows"]
    found = framed["InvoiceRow"] if isinstance(framed, dict) else framed
    return list(found or [])
