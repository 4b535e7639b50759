"""Lines of the account table of integrations that carry closed periods: which accounts, rates and VAT codes are used.

What is asked for comes from the company's own postings, so that everything that a close will need is named before it
is closed (N10); rows that nobody stored yet are shown like those that are.
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from django.db.models import Case, DecimalField, F, Value, When

from tilisilta.core.documents import Direction, JournalEntry, Posting
from tilisilta.core.mapping.account_codes import VAT_CODE_FIELDS, account_key, needs_vat_code
from tilisilta.core.mapping.tables import MappingTable, UsedKey, posting_account_keys
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.services.integrations import LEVEL_PERIOD, level_of
from tilisilta.services.mapping_shapes import Identity, Line
from tilisilta.store.models import AccountRole, Integration, InvoicePosting, Side

CODE_FIELDS: Final = tuple(VAT_CODE_FIELDS.values())
_VAT_ROLES: Final = (AccountRole.OUTPUT_VAT, AccountRole.INPUT_VAT)
_DIRECTIONS: Final = {Side.SALES: Direction.SALES, Side.PURCHASES: Direction.PURCHASE}


def has_codes(integration: Integration, table: MappingTable) -> bool:
    """Return whether rows of a table bear a VAT code for each side: accounts, at the level of periods."""
    return table is MappingTable.ACCOUNTS and level_of(integration) == LEVEL_PERIOD


def posted_keys(integration: Integration) -> list[UsedKey]:
    """Return the keys of all accounts that the company has posted to, for each side that it did so on."""
    rows = (
        InvoicePosting.objects.filter(company_id=integration.company_id)
        .order_by()
        .annotate(
            used_rate=Case(
                When(account__role__in=_VAT_ROLES, then=None),
                default=F("vat_rate"),
                output_field=DecimalField(max_digits=6, decimal_places=3, null=True),
            ),
            used_treatment=Case(When(account__role__in=_VAT_ROLES, then=Value("")), default=F("vat_treatment")),
        )
        .values_list("invoice__direction", "account__number", "account__name", "used_rate", "used_treatment")
        .distinct()
    )
    by_side: dict[str, list[Posting]] = {}
    for side, number, name, rate, treatment in sorted(rows, key=str):
        posting = Posting(
            account=number,
            debit=Decimal(1),
            description=name,
            vat_rate=rate,
            vat_treatment=VatTreatment(treatment) if treatment else None,
        )
        by_side.setdefault(side, []).append(posting)
    found: list[UsedKey] = []
    for side, postings in by_side.items():
        entry = _entry(_DIRECTIONS[Side(side)], postings)
        keys = posting_account_keys(entry)
        found += [_labelled(key, posting.description) for key, posting in zip(keys, postings, strict=True)]
    return found


def _entry(side: Direction, postings: list[Posting]) -> JournalEntry:
    return JournalEntry(source_id="", date=dt.date.min, postings=tuple(postings), side=side)


def _labelled(key: UsedKey, name: str) -> UsedKey:
    label = f"{key.source_key} {name}".strip()
    return UsedKey(
        table=key.table,
        source_key=key.source_key,
        direction=key.direction,
        vat_rate=key.vat_rate,
        treatment=key.treatment,
        label=label,
        is_posting=True,
    )


def mark_posted(integration: Integration, found: dict[Identity, Line]) -> None:
    """Mark the lines that postings use with the VAT codes that they need, and add those that are not stored yet."""
    for used in posted_keys(integration):
        line = _serving(found, used)
        if line is None:
            line = Line(source_key=used.source_key, vat_rate=used.vat_rate)
            found[line.identity] = line
        line.is_used = True
        line.source_label = line.source_label or used.label
        line.treatment = line.treatment or str(used.treatment or "")
        if used.direction is not None and needs_vat_code(used.vat_rate, used.treatment):
            line.needed_codes = line.needed_codes | {VAT_CODE_FIELDS[used.direction]}


def _serving(found: Mapping[Identity, Line], used: UsedKey) -> Line | None:
    """Return the line that the mapping would look at: of the treatment before the account's, of the rate before any."""
    for key in dict.fromkeys((account_key(used.source_key, used.treatment), used.source_key)):
        for rate in dict.fromkeys((used.vat_rate, None)):
            for direction in (used.direction.value if used.direction else "", ""):
                if line := found.get((key, direction, rate)):
                    return line
    return None
