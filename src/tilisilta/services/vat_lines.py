"""Lines of the VAT table of integrations that send the company's own invoices one by one: which rates are used.

What is asked for comes from the invoices themselves, so that what will be missing is named before the first one goes;
rows that nobody stored yet are shown like those that are.
"""

from collections.abc import Iterator
from typing import Final

from tilisilta.core.mapping.tables import MappingTable, UsedKey, used_keys
from tilisilta.services.account_lines import goes_with_documents
from tilisilta.services.mapping_shapes import Identity, Line
from tilisilta.services.workspace.content import stored_invoice
from tilisilta.store.mapping_tables import load_tables
from tilisilta.store.models import Integration, InvoiceStage, WorkspaceInvoice

# The newest invoices tell what is used now; older ones are in the books already.
MOST_INVOICES: Final = 1000
_NOT_YET: Final = (InvoiceStage.DRAFT, InvoiceStage.REJECTED)


def names_used_vat(integration: Integration, table: MappingTable) -> bool:
    """Return whether the lines of a table name the VAT of invoices that are to go, stored or not."""
    return table is MappingTable.VAT_CODES and goes_with_documents(integration)


def used_vat(integration: Integration) -> list[UsedKey]:
    """Return the VAT keys of the company's newest invoices that no closed period holds, each once."""
    return list(dict.fromkeys(_used(integration)))


def _used(integration: Integration) -> Iterator[UsedKey]:
    rows = WorkspaceInvoice.objects.filter(company_id=integration.company_id, closed_period=None)
    for row in rows.exclude(stage__in=_NOT_YET).order_by("-date", "-pk")[:MOST_INVOICES].iterator():
        for key in used_keys(stored_invoice(row)):
            if key.table is MappingTable.VAT_CODES and key.source_key:
                yield UsedKey(
                    table=key.table,
                    source_key=key.source_key,
                    direction=key.direction,
                    vat_rate=key.vat_rate,
                    treatment=key.treatment,
                    label=key.label,
                )


def mark_used_vat(integration: Integration, found: dict[Identity, Line]) -> None:
    """Add the lines that invoices need and no stored line serves; a stored one without target is there already."""
    stored = {line.source_key for line in found.values()}
    for key in load_tables(integration).missing(used_vat(integration)):
        direction = key.direction.value if key.direction else ""
        line = Line(
            source_key=key.source_key,
            source_label=key.label,
            direction=direction,
            vat_rate=key.vat_rate,
            treatment=key.treatment.value if key.treatment else "",
            is_used=True,
        )
        held = found.setdefault(line.identity, line)
        held.is_used = True
        if held is line and key.source_key in stored:
            _join(found, line)


def _join(found: dict[Identity, Line], line: Line) -> None:
    """Leave a new line out where an emptied one of any side or rate asks for the same already."""
    for rate in (line.vat_rate, None):
        for direction in (line.direction, ""):
            other = found.get((line.source_key, direction, rate))
            if other is not None and other is not line:
                found.pop(line.identity)
                return
