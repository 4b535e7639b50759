"""Targets that take documents at once and answer later: what they say of a delivery, and how they are asked."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol, runtime_checkable

import msgspec

from tilisilta.core.problems import Problem
from tilisilta.ports import Totals


class AckState(StrEnum):
    """How far a delivery came at a target that answers later."""

    ACCEPTED = "accepted"  # taken in charge, not in the books yet
    CONFIRMED = "confirmed"  # in the books
    REFUSED = "refused"  # looked at and not taken; it may be sent again


class Acknowledgement(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a target said of one delivery afterwards. `problem` tells why it was refused; `text` is the raw answer."""

    state: AckState
    number: str = ""
    totals: Totals = Totals()
    problem: Problem | None = None
    text: str = ""


class Acknowledgements(msgspec.Struct, frozen=True, kw_only=True):
    """Answers by target id, and those whose delivery we never made."""

    by_id: dict[str, Acknowledgement] = {}
    unknown: tuple[str, ...] = ()


@runtime_checkable
class Acknowledger(Protocol):
    """A target that takes documents at once and says later what became of them.

    `send` answers without totals while they are waited for, so the delivery is sent and not yet confirmed.
    """

    async def read_acknowledgements(self, target_ids: Sequence[str]) -> Acknowledgements:
        """Return what was said of these deliveries by now; those nothing was said of are absent."""
        ...
