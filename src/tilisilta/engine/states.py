"""The states of a delivery and the one table of legal moves between them."""

from tilisilta.store.models import DeliveryState as State

TRANSITIONS: dict[State, frozenset[State]] = {
    State.PROBLEM: frozenset({State.READY, State.SKIPPED, State.PARKED, State.SENT, State.CONFIRMED}),
    State.PARKED: frozenset({State.READY, State.SKIPPED, State.PROBLEM}),
    State.READY: frozenset(
        # found before it was sent: straight to sent or confirmed, because nothing left
        {State.SENDING, State.SKIPPED, State.PROBLEM, State.PARKED, State.SENT, State.CONFIRMED, State.DRIFTED}
    ),
    State.SENDING: frozenset(
        {
            *{State.SENT, State.CONFIRMED, State.DRIFTED, State.REFUSED, State.PARKED},
            *{State.UNCERTAIN, State.READY, State.PROBLEM},
        }
    ),
    State.UNCERTAIN: frozenset({State.SENT, State.CONFIRMED, State.DRIFTED, State.READY, State.PROBLEM}),
    # refused: a target that answers later looked at it and did not take it
    State.SENT: frozenset({State.CONFIRMED, State.DRIFTED, State.REFUSED}),
    State.CONFIRMED: frozenset({State.DRIFTED}),
    State.REFUSED: frozenset({State.READY, State.SKIPPED, State.PROBLEM}),
    State.DRIFTED: frozenset({State.CONFIRMED, State.SKIPPED}),
    State.SKIPPED: frozenset({State.READY, State.PROBLEM, State.PARKED}),
}

AT_TARGET = frozenset({State.SENT, State.CONFIRMED, State.DRIFTED})
WAITING_FOR_PERSON = frozenset({State.PROBLEM, State.REFUSED, State.PARKED})
MAY_RETRY = frozenset({State.PROBLEM, State.REFUSED, State.PARKED, State.SKIPPED})


class IllegalMove(Exception):
    """A move that the table does not know: a fault of the program, never of a user."""


def require_move(before: str, after: str) -> None:
    """Raise IllegalMove unless a delivery may go from one state to the other."""
    if State(after) not in TRANSITIONS[State(before)]:
        raise IllegalMove(f"{before} -> {after}")
