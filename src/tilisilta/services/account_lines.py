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
from tilisilta.core.ledger import Part, part_of_role
from tilisilta.core.mapping.account_codes import VAT_CODE_FIELDS, account_key, needs_vat_code
from tilisilta.core.mapping.invoice_postings import OFF_FIELDS
from tilisilta.core.mapping.tables import MappingTable, UsedKey, posting_account_keys
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.services.forwarding.level import is_switched
from tilisilta.services.integrations import LEVEL_PERIOD, level_of
from tilisilta.services.mapping_shapes import Identity, Line
from tilisilta.store.models import AccountRole, Integration, InvoicePosting, LedgerAccount, Side

CODE_FIELDS: Final = tuple(VAT_CODE_FIELDS.values())
_VAT_ROLES: Final = (AccountRole.OUTPUT_VAT, AccountRole.INPUT_VAT)
_NO_ROW: Final = [role for role in AccountRole if part_of_role(role) not in {Part.BASE, Part.ROUNDING}]
_DIRECTIONS: Final = {Side.SALES: Direction.SALES, Side.PURCHASES: Direction.PURCHASE}


def has_codes(integration: Integration, table: MappingTable) -> bool:
    """Return whether rows of a table bear a VAT code for each side: accounts, wherever postings go along."""
    return table is MappingTable.ACCOUNTS and (level_of(integration) == LEVEL_PERIOD or is_switched(integration))


def has_sides(integration: Integration, table: MappingTable) -> bool:
    """Return whether rows of a table can be switched off for sales or for purchases (P35, P36)."""
    return table is MappingTable.ACCOUNTS and is_switched(integration)


def goes_with_documents(integration: Integration) -> bool:
    """Return whether postings go with single documents to a target that asks for a VAT status on each base line."""
    return level_of(integration) != LEVEL_PERIOD and is_switched(integration)


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
    by_document = goes_with_documents(integration)
    own = _made_by_target(integration) if by_document else frozenset()
    for used in posted_keys(integration):
        if used.source_key in own:
            continue  # the target makes the lines of the tax and of the receivable or payable by itself
        line = _serving(found, used)
        side = used.direction
        if side is not None and line is not None and OFF_FIELDS[side] in line.off:
            continue
        if line is None:
            line = Line(source_key=used.source_key, vat_rate=used.vat_rate)
            found[line.identity] = line
        line.is_used = True
        line.source_label = line.source_label or used.label
        line.treatment = line.treatment or str(used.treatment or "")
        needs_code = by_document or needs_vat_code(used.vat_rate, used.treatment)
        if used.direction is not None and needs_code:
            line.needed_codes = line.needed_codes | {VAT_CODE_FIELDS[used.direction]}


def _made_by_target(integration: Integration) -> frozenset[str]:
    """Return the accounts whose lines a target that completes invoices makes by itself."""
    rows = LedgerAccount.objects.filter(company=integration.company_id, role__in=_NO_ROW)
    return frozenset(rows.values_list("number", flat=True))


def _serving(found: Mapping[Identity, Line], used: UsedKey) -> Line | None:
    """Return the line that the mapping would look at: of the treatment before the account's, of the rate before any."""
    for key in dict.fromkeys((account_key(used.source_key, used.treatment), used.source_key)):
        for rate in dict.fromkeys((used.vat_rate, None)):
            for direction in (used.direction.value if used.direction else "", ""):
                if line := found.get((key, direction, rate)):
                    return line
    return None
