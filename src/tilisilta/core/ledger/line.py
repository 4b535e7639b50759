"""One debit or credit, and what part it plays."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum

import msgspec

from tilisilta.core.documents import Direction
from tilisilta.core.money import ZERO
from tilisilta.core.vat import VatTreatment


class Part(StrEnum):
    """What a line stands for; it follows from its account's role, so it is never stored."""

    BASE = "base"  # income, expense or asset: what the VAT is reckoned on
    OUTPUT_VAT = "output_vat"
    INPUT_VAT = "input_vat"
    PARTY = "party"  # receivables and payables
    BANK = "bank"
    PREPAID = "prepaid"
    ROUNDING = "rounding"

    @property
    def is_vat(self) -> bool:
        return self in {Part.OUTPUT_VAT, Part.INPUT_VAT}


# Keys are the roles of accounts (`store.AccountRole`); every other role is a base.
_PART_OF_ROLE = {
    "receivables": Part.PARTY,
    "payables": Part.PARTY,
    "bank": Part.BANK,
    "cash": Part.BANK,
    "output_vat": Part.OUTPUT_VAT,
    "input_vat": Part.INPUT_VAT,
    "rounding": Part.ROUNDING,
    "prepayments": Part.PREPAID,
}

# The buyer reckons the VAT and deducts it: both legs stand on the purchase. Directive 2006/112/EC, articles 194-200,
# 202 and 211; KMS § 3 lg 4-5, § 41¹; AVL 8 a-8 d §, 2 a § and 9 §.
_BOTH_LEGS = frozenset(
    {
        VatTreatment.REVERSE_CHARGE,
        VatTreatment.CONSTRUCTION_REVERSE_CHARGE,
        VatTreatment.INTRA_EU_ACQUISITION_GOODS,
        VatTreatment.INTRA_EU_ACQUISITION_SERVICES,
        VatTreatment.IMPORT_GOODS,
        VatTreatment.IMPORT_SERVICES,
    }
)


class PostingLine(msgspec.Struct, frozen=True, kw_only=True):
    """One debit or credit in the books' currency; exactly one of the two amounts is not zero, and none is negative.

    `account` is the account's number, empty where none could be chosen. `vat_rate` and `vat_treatment` stand on base
    lines and on the VAT lines that belong to them; `part` tells which is which. `why` names where account came from.
    """

    account: str
    part: Part = Part.BASE
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    vat_rate: Decimal | None = None
    vat_treatment: VatTreatment | None = None
    description: str = ""
    why: str = ""

    @property
    def signed(self) -> Decimal:
        """The amount with its sign: debits positive."""
        return self.debit - self.credit


def signed_line(amount: Decimal, line: PostingLine) -> PostingLine:
    """Return the line with an amount: a debit when positive, else a credit."""
    return msgspec.structs.replace(line, debit=max(amount, ZERO), credit=max(-amount, ZERO))


def mirrored(lines: Iterable[PostingLine]) -> tuple[PostingLine, ...]:
    """Return the lines with debit and credit changed over: a credit note from an invoice.

    >>> [line.credit for line in mirrored([PostingLine(account="4000", debit=Decimal(5))])]
    [Decimal('5')]
    """
    return tuple(msgspec.structs.replace(line, debit=line.credit, credit=line.debit) for line in lines)


def totals(lines: Sequence[PostingLine]) -> tuple[Decimal, Decimal]:
    """Return the sums of debits and of credits."""
    return sum((line.debit for line in lines), ZERO), sum((line.credit for line in lines), ZERO)


def difference(lines: Sequence[PostingLine]) -> Decimal:
    """Return debits less credits: zero when the lines balance."""
    debit, credit = totals(lines)
    return debit - credit


def bears_both_legs(direction: Direction, treatment: VatTreatment | None) -> bool:
    """Return whether the company itself reckons the VAT of such a row, as output and as input VAT.

    >>> bears_both_legs(Direction.PURCHASE, VatTreatment.CONSTRUCTION_REVERSE_CHARGE)
    True
    >>> bears_both_legs(Direction.SALES, VatTreatment.CONSTRUCTION_REVERSE_CHARGE)
    False
    """
    return direction is Direction.PURCHASE and treatment in _BOTH_LEGS


def part_of_role(role: str) -> Part:
    """Return what a line on an account of this role stands for.

    >>> part_of_role("input_vat"), part_of_role("sales"), part_of_role("")
    (<Part.INPUT_VAT: 'input_vat'>, <Part.BASE: 'base'>, <Part.BASE: 'base'>)
    """
    return _PART_OF_ROLE.get(role, Part.BASE)
