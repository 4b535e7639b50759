"""Which rows of an invoice are amounts of their own."""

from tilisilta.core.documents.invoice import Invoice, InvoiceLine, LineKind


def is_shown_rounding(invoice: Invoice, line: InvoiceLine) -> bool:
    """Return whether a rounding row only shows the document's own rounding, which is booked with the document."""
    return line.kind is LineKind.ROUNDING and line.net == invoice.rounding


def amount_rows(invoice: Invoice) -> tuple[tuple[int, InvoiceLine], ...]:
    """Return the rows that add up to the net, with their places: neither words nor the shown rounding."""
    return tuple(
        (index, line)
        for index, line in enumerate(invoice.lines)
        if line.kind is not LineKind.TEXT and not is_shown_rounding(invoice, line)
    )
