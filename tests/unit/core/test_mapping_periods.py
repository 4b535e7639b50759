"""Entries of closed periods: account and VAT code by side, what they replace, what they take back."""

import datetime as dt
from decimal import Decimal

import pytest

from tilisilta.core.checks import check_journal_entry
from tilisilta.core.documents import Direction, DocumentKind, JournalEntry, Posting
from tilisilta.core.mapping.apply import Lookups, MappingSettings, apply_journal_entry
from tilisilta.core.mapping.tables import MappingEntry, MappingTable, MappingTables, used_keys
from tilisilta.core.vat.treatment import VatTreatment

D = Decimal
RATE = D("25.5")
DAY = dt.date(2026, 10, 31)


def row(key: str, target: str, rate: Decimal | None = None, **codes: str) -> MappingEntry:
    return MappingEntry(
        table=MappingTable.ACCOUNTS, source_key=key, target_key=target, vat_rate=rate,
        extra={f"vat_code_{side}": code for side, code in codes.items()},
    )  # fmt: skip


def entry(*postings: Posting, side: Direction | None = Direction.SALES, **fields: object) -> JournalEntry:
    return JournalEntry(source_id="period-1-r1", date=DAY, postings=postings, side=side, **fields)  # type: ignore[arg-type]


SALE = entry(
    Posting(account="1700", debit=D("125.50")),
    Posting(account="3000", credit=D(100), vat_rate=RATE, vat_treatment=VatTreatment.DOMESTIC),
    Posting(account="2939", credit=D("25.50")),
)


def mapped(document: JournalEntry, *rows: MappingEntry, lookups: Lookups | None = None):
    return apply_journal_entry(
        document, key="k", tables=MappingTables(rows), lookups=lookups or Lookups(), settings=MappingSettings()
    )


ROWS = (row("1700", "1701"), row("2939", "2939"), row("3000", "3010", sales="KOMY", purchases="KOOS"))


@pytest.mark.parametrize(("side", "code"), [(Direction.SALES, "KOMY"), (Direction.PURCHASE, "KOOS")])
def test_the_code_is_the_one_of_the_side(side, code):
    draft = mapped(entry(*SALE.postings, side=side), *ROWS).draft
    assert (draft.accounts, draft.vat_codes) == (("1701", "3010", "2939"), ("", code, ""))


def test_everything_that_is_missing_is_named_at_once():
    result = mapped(SALE, row("3000", "3010"))
    assert result.draft is None
    assert [(each.code, each.params["account"], each.params["rate"]) for each in result.problems] == [
        ("ACCOUNT_UNMAPPED", "1700", ""),
        ("ACCOUNT_VAT_CODE_UNMAPPED", "3000", "25.5"),
        ("ACCOUNT_UNMAPPED", "2939", ""),
    ]
    assert [each.source_key for each in MappingTables([row("3000", "3010")]).missing(used_keys(SALE))] == [
        "1700", "3000", "2939"
    ]  # fmt: skip
    assert MappingTables(ROWS).missing(used_keys(SALE)) == ()


def test_a_row_of_the_rate_goes_before_one_of_any():
    rows = (*ROWS, row("3000", "3020", D(14), sales="KOMY"))
    low = entry(Posting(account="3000", credit=D(1), vat_rate=D(14)), Posting(account="1700", debit=D(1)))
    assert mapped(low, *rows).draft.accounts == ("3020", "1701")


def test_one_account_under_two_treatments_needs_a_row_for_each():
    both = entry(
        Posting(account="3000", credit=D(1), vat_rate=D(0), vat_treatment=VatTreatment.EXPORT),
        Posting(account="3000", credit=D(2), vat_rate=D(0), vat_treatment=VatTreatment.INTRA_EU_SUPPLY_GOODS),
        Posting(account="1700", debit=D(3)),
    )
    assert {each.params["account"] for each in mapped(both, *ROWS).problems} == {
        "3000:export", "3000:intra_eu_supply_goods"
    }  # fmt: skip
    rows = (
        *ROWS,
        row("3000:export", "3380", sales="EUUM"),
        row("3000:intra_eu_supply_goods", "3360", sales="EUMY"),
    )
    draft = mapped(both, *rows).draft
    assert (draft.accounts, draft.vat_codes) == (("3380", "3360", "1701"), ("EUUM", "EUMY", ""))
    alone = entry(both.postings[0], Posting(account="1700", debit=D(1)))
    assert mapped(alone, *ROWS).draft.vat_codes == ("KOMY", "")  # one treatment only: the account's own row serves it


def test_outside_the_scope_needs_no_code():
    free = entry(
        Posting(account="3000", credit=D(1), vat_rate=D(0), vat_treatment=VatTreatment.OUTSIDE_SCOPE),
        Posting(account="1700", debit=D(1)),
    )
    assert mapped(free, row("3000", "3000"), row("1700", "1701")).draft.vat_codes == ("", "")


def test_what_is_replaced_stands_in_the_draft_by_the_targets_id():
    lookups = Lookups(document_ids={(DocumentKind.JOURNAL_ENTRY, "period-1-r1"): "77"})
    again = entry(*SALE.postings, replaces="period-1-r1")
    assert mapped(again, *ROWS, lookups=lookups).draft.extra == {"replaces": "77"}
    assert mapped(again, *ROWS).draft.extra == {}  # the old one never arrived: this one is new
    withdrawn = entry(replaces="period-1-r1")
    assert check_journal_entry(withdrawn) == ()
    assert mapped(withdrawn, lookups=lookups).draft.extra == {"replaces": "77"}
    assert [each.code for each in mapped(withdrawn).problems] == ["NOTHING_TO_WITHDRAW"]
    assert [each.code for each in check_journal_entry(entry())] == ["ENTRY_WITHOUT_POSTINGS"]
