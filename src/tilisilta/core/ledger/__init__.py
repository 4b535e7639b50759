"""Postings: what an invoice or a payment says in the ledger. Pure arithmetic; accounts are chosen elsewhere."""

from tilisilta.core.ledger.invoice import Booked, Choice, Chosen, invoice_lines
from tilisilta.core.ledger.line import (
    Part,
    PostingLine,
    bears_both_legs,
    difference,
    mirrored,
    part_of_role,
    totals,
)
from tilisilta.core.ledger.payment import PaymentAccounts, payment_lines

__all__ = [
    "Booked",
    "Choice",
    "Chosen",
    "Part",
    "PaymentAccounts",
    "PostingLine",
    "bears_both_legs",
    "difference",
    "invoice_lines",
    "mirrored",
    "part_of_role",
    "payment_lines",
    "totals",
]
