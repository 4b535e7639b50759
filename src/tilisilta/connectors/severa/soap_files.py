"""Ready Finvoices over SOAP: behind a bank's frame, listed by status and day. Source: vendor sheet, A9 and B."""

import re
from typing import Any

from tilisilta.connectors.severa import assumptions
from tilisilta.connectors.severa.soap import SoapClient, listed
from tilisilta.core.errors import Misconfigured, Refused, Unsupported
from tilisilta.kit.values import text

_frame_end = re.compile(r"</(?:[\w-]+:)?Envelope\s*>\s*")
_encoding = re.compile(r"""encoding=["']([\w.-]+)["']""")


def without_frame(given: str) -> bytes:
    r"""Return the Finvoice behind the first SOAP envelope, in the encoding that it names.

    >>> without_frame('<S:Envelope></S:Envelope>\n<?xml version="1.0" encoding="ISO-8859-15"?><Finvoice/>')
    b'<?xml version="1.0" encoding="ISO-8859-15"?><Finvoice/>'
    """
    frame = _frame_end.search(given)
    document = given[frame.end() :] if frame else given
    named = _encoding.search(document[:200])
    return document.encode(named.group(1) if named else "utf-8", "xmlcharrefreplace")


async def find_finvoice(client: SoapClient, guid: str) -> bytes:
    """Return the Finvoice of one invoice, found among those of its status and day.

    Raises:
        Refused: NOT_FOUND_AT_SOURCE when the invoice is gone.
        Unsupported: FINVOICE_NOT_GIVEN without the add-on, or for an invoice that it does not take.

    """
    invoice: Any = await client.call("IInvoice", "GetInvoiceByGUID", guid)
    if not isinstance(invoice, dict) or not invoice.get("GUID"):
        raise Refused("NOT_FOUND_AT_SOURCE", message=guid)
    day = invoice.get("Date")
    try:
        found = await client.call(
            "IInvoice",
            "GetFinvoicesByStatusAndDate",
            assumptions.FINVOICE_VERSION,
            None,
            text(invoice.get("InvoiceStatus")),
            day,
            day,
            0,
        )
    except Misconfigured as error:
        if error.code != "RIGHT_MISSING" or not assumptions.ADDON_WORDS.search(error.params.get("message", "")):
            raise
        raise Unsupported("FINVOICE_NOT_GIVEN", evidence=error.evidence, **error.params) from error
    for each in listed(found):
        if text(each.get("GUID")).lower() == guid.lower():
            return without_frame(str(each.get("Finvoice") or ""))
    message = "The invoice has no number, or its customer has no e-invoice address and operator"
    raise Unsupported("FINVOICE_NOT_GIVEN", message=message)
