"""An integration into the workspace needs no work of mapping: what documents say by themselves is taken as it is.

Rates and meanings of VAT stand for themselves from the first day. A bare 0 % stands for nothing: why no VAT is due,
somebody has to say.
"""

from typing import Any, Final

from tilisilta.core.mapping.tables import ALL_OTHERS, MappingTable, rate_key
from tilisilta.core.money import ZERO
from tilisilta.services.workspace_port import vat
from tilisilta.services.workspace_port.lists import BANK
from tilisilta.store.models import Integration, MappingRow

VENDOR: Final = "workspace"
# Rows stand on words, items follow where they are named, and no stock is kept.
SETTINGS: Final[dict[str, Any]] = {"rows_in_words": True, "has_warehouses": False}


def fill(integration: Integration) -> None:
    """Give a new integration into the workspace its settings and the rows of its mapping tables."""
    integration.settings = {**integration.settings, **SETTINGS}
    integration.save(update_fields=["settings"])
    rows = [_row(integration, MappingTable.VAT_CODES, rate_key(rate), rate_key(rate)) for rate in vat.known_rates()]
    rows += [
        _row(integration, MappingTable.VAT_CODES, rate_key(ZERO, treatment), treatment.value) for treatment in vat.SIDES
    ]
    rows.append(_row(integration, MappingTable.BANK_ACCOUNTS, ALL_OTHERS, BANK))
    labels = {entry.key: entry.label for entry in vat.choices()}
    for row in rows:
        row.target_label = labels.get(row.target_key, row.target_key)[:200]
    MappingRow.objects.bulk_create(rows, ignore_conflicts=True)


def _row(integration: Integration, table: MappingTable, source_key: str, target_key: str) -> MappingRow:
    return MappingRow(
        company_id=integration.company_id,
        integration=integration,
        table=table.value,
        source_key=source_key,
        target_key=target_key,
    )
