"""Targets whose documents take more than one write: the first makes the record, the others complete it."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from tilisilta.core.mapping.draft import Draft


@runtime_checkable
class StepTaker(Protocol):
    """A target that completes a record in steps after `Target.send` made it.

    The engine stores the steps in the transaction that says the record is there, and takes them one after another, so
    that a crash between any two of them forgets none.
    """

    def steps_after(self, draft: Draft) -> Sequence[str]:
        """Return the names of the writes that complete this record, in order; none when `send` does it all."""
        ...

    async def take_step(self, step: str, draft: Draft, target_id: str) -> None:
        """Take one step, or return when the record shows that it was taken already.

        Raises: Retry, Refused, Unsupported, Misconfigured, Unknown; after Unknown the step is asked for again.
        """
        ...
