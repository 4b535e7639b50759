"""Whose turn it is, and when an invoice is approved. Nothing here touches the store.

Checkers come first: approvers have their turn once no mandatory checker is left open. An invoice is approved when every
mandatory handler has accepted, as many checkers and approvers as the company asks for have, and at least one approver.
"""

from collections.abc import Iterable, Sequence

import msgspec

from tilisilta.store.models import HandlerDecision, HandlerRole, InvoiceHandler


class Needs(msgspec.Struct, frozen=True, kw_only=True):
    """How many mandatory checkers and approvers an invoice must have."""

    checkers: int = 0
    approvers: int = 1

    def of(self, role: str) -> int:
        """Return how many of a role are needed."""
        return self.checkers if role == HandlerRole.CHECKER else self.approvers


def count_mandatory(handlers: Iterable[InvoiceHandler], role: str) -> int:
    """Return how many handlers of a role are mandatory."""
    return sum(each.is_mandatory and each.role == role for each in handlers)


def _accepted(handlers: Iterable[InvoiceHandler], role: str) -> int:
    return sum(each.decision == HandlerDecision.ACCEPTED and each.role == role for each in handlers)


def is_approved(handlers: Sequence[InvoiceHandler], needs: Needs) -> bool:
    """Return whether all has been said that must be said."""
    if any(each.decision == HandlerDecision.REJECTED for each in handlers):
        return False
    if any(each.is_mandatory and each.decision != HandlerDecision.ACCEPTED for each in handlers):
        return False
    return _accepted(handlers, HandlerRole.CHECKER) >= needs.checkers and _accepted(
        handlers, HandlerRole.APPROVER
    ) >= max(1, needs.approvers)


def in_turn(handlers: Sequence[InvoiceHandler]) -> list[InvoiceHandler]:
    """Return the handlers for whom the invoice waits: open checkers, then open approvers."""
    is_open = [each for each in handlers if each.decision == HandlerDecision.OPEN]
    checkers = [each for each in is_open if each.role == HandlerRole.CHECKER]
    if any(each.is_mandatory for each in checkers):
        return checkers
    return checkers + [each for each in is_open if each.role == HandlerRole.APPROVER]


def part_of(handlers: Sequence[InvoiceHandler], user_id: int | None) -> InvoiceHandler | None:
    """Return the part in which a person may decide now; a checker's part before an approver's."""
    mine = [each for each in in_turn(handlers) if each.user_id == user_id]
    return min(mine, key=lambda each: each.role != HandlerRole.CHECKER, default=None)
