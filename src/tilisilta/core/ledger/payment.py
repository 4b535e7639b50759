"""Payment -> posting lines."""

from decimal import Decimal

import msgspec

from tilisilta.core.documents import Direction
from tilisilta.core.ledger.line import Part, PostingLine, mirrored, signed_line
from tilisilta.core.money import ZERO


class PaymentAccounts(msgspec.Struct, frozen=True, kw_only=True):
    """Account numbers that a payment touches; empty where none could be chosen."""

    bank: str
    party: str
    prepaid: str = ""


def payment_lines(
    amount: Decimal,
    accounts: PaymentAccounts,
    *,
    direction: Direction,
    is_credit_note: bool = False,
    prepaid: Decimal = ZERO,
) -> tuple[PostingLine, ...]:
    """Return the lines of a payment, in the books' currency: bank against receivable or payable; they balance.

    Args:
        amount: What moved on the bank account, positive.
        accounts: The accounts.
        direction: Side of the invoice: money for a sales invoice comes in.
        is_credit_note: Money of a credit note goes the other way.
        prepaid: The part of `amount` beyond what was open, which the party has paid in advance.

    >>> accounts = PaymentAccounts(bank="1010", party="1200")
    >>> [str(line.signed) for line in payment_lines(Decimal("12.40"), accounts, direction=Direction.SALES)]
    ['12.40', '-12.40']
    """
    lines = [
        signed_line(amount, PostingLine(account=accounts.bank, part=Part.BANK, why="role")),
        signed_line(prepaid - amount, PostingLine(account=accounts.party, part=Part.PARTY, why="role")),
        signed_line(-prepaid, PostingLine(account=accounts.prepaid, part=Part.PREPAID, why="role")),
    ]
    kept = tuple(line for line in lines if line.signed)
    return kept if (direction is Direction.SALES) != is_credit_note else mirrored(kept)
