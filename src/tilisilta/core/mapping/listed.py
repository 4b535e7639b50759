"""What the rows of an invoice name and nobody has put into the tables; fallbacks do not count.

For targets whose lists were imported whole: what is in none of them must not arrive as something else.
"""

from typing import Final

from tilisilta.core.documents import Invoice
from tilisilta.core.mapping.tables import MappingTable, MappingTables, UsedKey, used_keys

CHECKED: Final = frozenset({MappingTable.ITEMS, MappingTable.VAT_CODES, MappingTable.ACCOUNTS, MappingTable.DIMENSIONS})


def unlisted(invoice: Invoice, tables: MappingTables) -> tuple[UsedKey, ...]:
    """Return the items, VAT codes, accounts and dimensions that the tables do not know, each once.

    A row of money that names nothing at all is among them.
    """
    missing = list(tables.missing([each for each in used_keys(invoice) if each.table in CHECKED]))
    for index, line in enumerate(invoice.lines):
        if line.net and not (line.item_code or line.item_source_id or line.item_name or line.description):
            where = f"lines[{index}].item_code"
            missing.append(UsedKey(table=MappingTable.ITEMS, source_key="", where=where))
    return tuple({(each.table, each.label or each.source_key): each for each in missing}.values())


def told(used: UsedKey) -> str:
    """Return how people know what is missing: its code and its words.

    >>> told(UsedKey(table=MappingTable.ITEMS, source_key="code:RP1", label="Accounting"))
    'RP1 Accounting'
    """
    key = used.source_key
    code = "" if key.startswith("name:") and used.label else key.removeprefix("code:").removeprefix("name:")
    return " ".join(part for part in dict.fromkeys((code, used.label)) if part) or "–"
