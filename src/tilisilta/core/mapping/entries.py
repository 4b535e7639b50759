"""Journal entries: each posting's account, VAT code and dimension in the target's chart."""

from decimal import Decimal

from tilisilta.core.documents import Direction, DocumentKind, JournalEntry, Posting
from tilisilta.core.mapping.account_codes import account_vat_code, needs_vat_code
from tilisilta.core.mapping.draft import JournalEntryDraft
from tilisilta.core.mapping.rows import RowMapper
from tilisilta.core.mapping.settings import Lookups, Mapped, MappingSettings, finish
from tilisilta.core.mapping.tables import MappingTables, UsedKey, posting_account_keys, rate_text
from tilisilta.core.problems import problem


def apply_journal_entry(
    entry: JournalEntry, *, key: str, tables: MappingTables, lookups: Lookups, settings: MappingSettings
) -> Mapped:
    """Return the draft of a journal entry. Accounts must be mapped unless both sides share one chart.

    An entry that sums up a side of a period takes its VAT codes from the rows of its accounts (N10 to N16). What it
    replaces stands in the draft's `extra["replaces"]` as the target's id; an entry that only withdraws another and
    finds nothing there is a problem that nobody need solve (NOTHING_TO_WITHDRAW).
    """
    rows = RowMapper(direction=None, tables=tables, lookups=lookups, settings=settings)
    accounts: list[str] = []
    vat_codes: list[str] = []
    if entry.side is not None:
        for used in posting_account_keys(entry):
            account, vat_code = _period_codes(rows, used, entry.side)
            accounts.append(account)
            vat_codes.append(vat_code)
    else:
        for index, posting in enumerate(entry.postings):
            accounts.append(rows.map_account(posting.account, f"postings[{index}].account", required=True))
            vat_codes.append(_vat_code(rows, posting, f"postings[{index}].vat_code"))
    dimensions = [
        next(iter(rows.map_dimensions(posting.dimensions, f"postings[{index}].dimensions").values()), "")
        for index, posting in enumerate(entry.postings)
    ]
    replaced = lookups.document_id(DocumentKind.JOURNAL_ENTRY, entry.replaces, "") if entry.replaces else ""
    if entry.replaces and not entry.postings and not replaced:
        rows.add([problem("NOTHING_TO_WITHDRAW", where="replaces", replaces=entry.replaces)])
    draft = JournalEntryDraft(
        key=key,
        entry=entry,
        accounts=tuple(accounts),
        vat_codes=tuple(vat_codes),
        dimensions=tuple(dimensions),
        extra={"replaces": replaced} if replaced else {},
    )
    return finish(draft, rows.problems)


def _vat_code(rows: RowMapper, posting: Posting, where: str) -> str:
    if not posting.vat_code and posting.vat_rate is None:
        return ""
    rate = posting.vat_rate if posting.vat_rate is not None else Decimal(0)
    return rows.map_vat(posting.vat_code, rate, posting.vat_treatment, where)


def _period_codes(rows: RowMapper, used: UsedKey, side: Direction) -> tuple[str, str]:
    """Return account and VAT code of a posting; what is not mapped is a problem each."""
    found = rows.tables.account(used.source_key, side, rate=used.vat_rate, treatment=used.treatment)
    rate = rate_text(used.vat_rate) if used.vat_rate is not None else ""
    if found is None:
        if rows.settings.accounts_same:
            return used.source_key, ""
        rows.add([problem("ACCOUNT_UNMAPPED", where=used.where, account=used.source_key, rate=rate, direction=side)])
        return "", ""
    vat_code = account_vat_code(found.extra, side)
    if not vat_code and needs_vat_code(used.vat_rate, used.treatment):
        code = "ACCOUNT_VAT_CODE_UNMAPPED"
        rows.add([problem(code, where=used.where, account=used.source_key, rate=rate, direction=side)])
    return found.target_key, vat_code
