"""Journal entries: each posting's account, VAT code and dimension in the target's chart."""

from decimal import Decimal

from tilisilta.core.documents import JournalEntry
from tilisilta.core.mapping.draft import JournalEntryDraft
from tilisilta.core.mapping.rows import RowMapper
from tilisilta.core.mapping.settings import Lookups, Mapped, MappingSettings, finish
from tilisilta.core.mapping.tables import MappingTables


def apply_journal_entry(
    entry: JournalEntry, *, key: str, tables: MappingTables, lookups: Lookups, settings: MappingSettings
) -> Mapped:
    """Return the draft of a journal entry. Accounts must be mapped unless both sides share one chart."""
    rows = RowMapper(direction=None, tables=tables, lookups=lookups, settings=settings)
    accounts, vat_codes, dimensions = [], [], []
    for index, posting in enumerate(entry.postings):
        at = f"postings[{index}]"
        accounts.append(rows.map_account(posting.account, f"{at}.account", required=True))
        vat_code = ""
        if posting.vat_code or posting.vat_rate is not None:
            rate = posting.vat_rate if posting.vat_rate is not None else Decimal(0)
            vat_code = rows.map_vat(posting.vat_code, rate, posting.vat_treatment, f"{at}.vat_code")
        vat_codes.append(vat_code)
        dimensions.append(next(iter(rows.map_dimensions(posting.dimensions, f"{at}.dimensions").values()), ""))
    draft = JournalEntryDraft(
        key=key,
        entry=entry,
        accounts=tuple(accounts),
        vat_codes=tuple(vat_codes),
        dimensions=tuple(dimensions),
    )
    return finish(draft, rows.problems)
