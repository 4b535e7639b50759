import pytest
from tests.unit.engine.conftest import invoice

from tilisilta.core.documents import DocumentKind
from tilisilta.core.errors import (
    Ambiguous,
    BadInput,
    BudgetSpent,
    Cancelled,
    Misconfigured,
    Parked,
    Refused,
    Retry,
    TilisiltaError,
    Unknown,
    Unsupported,
)
from tilisilta.engine.outcomes import MOST_ATTEMPTS, of_error, of_found, patience_s
from tilisilta.engine.states import AT_TARGET, MAY_RETRY, TRANSITIONS, IllegalMove, require_move
from tilisilta.engine.work import Work
from tilisilta.ports import FindCertainty, Found, Sent, Totals
from tilisilta.store.models import BindingOrigin, DeliveryState

ERRORS: dict[type[TilisiltaError], DeliveryState] = {
    Refused: DeliveryState.REFUSED,
    Parked: DeliveryState.PARKED,
    Unsupported: DeliveryState.PROBLEM,
    Ambiguous: DeliveryState.PROBLEM,
    Retry: DeliveryState.READY,
    BudgetSpent: DeliveryState.READY,
    Misconfigured: DeliveryState.READY,
    Unknown: DeliveryState.UNCERTAIN,
    BadInput: DeliveryState.UNCERTAIN,
    Cancelled: DeliveryState.UNCERTAIN,
}


def work(state: DeliveryState = DeliveryState.SENDING, attempt: int = 1) -> Work:
    return Work(
        kind=DocumentKind.SALES_INVOICE,
        source_id="1",
        document=invoice(),
        delivery_id=1,
        state=state,
        key="0123456789abcdef",
        attempt=attempt,
    )


def test_every_state_has_its_line_and_no_move_leads_to_itself():
    assert set(TRANSITIONS) == set(DeliveryState)
    assert all(state not in following for state, following in TRANSITIONS.items())


def test_what_is_at_the_target_never_becomes_ready_again():
    """Only a target that answers later can say that it did not take what it was handed: sent, then refused."""
    left_by_answer = {DeliveryState.SKIPPED, DeliveryState.REFUSED}
    assert [each for each in AT_TARGET if DeliveryState.REFUSED in TRANSITIONS[each]] == [DeliveryState.SENT]
    reached, open_states = set(), set(AT_TARGET)
    while open_states:
        state = open_states.pop()
        reached.add(state)
        open_states |= TRANSITIONS[state] - reached - left_by_answer
    assert reached == AT_TARGET


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("confirmed", "ready"),
        ("sent", "sending"),
        ("uncertain", "sending"),
        ("problem", "sending"),
        ("refused", "sent"),
    ],
)
def test_illegal_moves_raise(before: str, after: str):
    with pytest.raises(IllegalMove, match=f"{before} -> {after}"):
        require_move(before, after)


def test_what_may_be_tried_again_may_become_ready():
    assert all(DeliveryState.READY in TRANSITIONS[state] for state in MAY_RETRY)


def test_each_state_that_is_in_the_air_can_end():
    for state in (DeliveryState.SENDING, DeliveryState.UNCERTAIN):
        assert {DeliveryState.READY, DeliveryState.PROBLEM, DeliveryState.CONFIRMED} <= TRANSITIONS[state]


@pytest.mark.parametrize(("error", "state"), ERRORS.items())
@pytest.mark.parametrize("attempt", [1, MOST_ATTEMPTS, 2 * MOST_ATTEMPTS, 50])
def test_each_error_has_one_fate_and_the_move_is_legal(error: type[TilisiltaError], state: DeliveryState, attempt: int):
    outcome = of_error(work(attempt=attempt), error(side="target"))
    expected = DeliveryState.REFUSED if issubclass(error, Retry) and attempt >= 2 * MOST_ATTEMPTS else state
    assert outcome.state == expected
    require_move(DeliveryState.SENDING, outcome.state)
    needs_person = outcome.state in {DeliveryState.PROBLEM, DeliveryState.REFUSED, DeliveryState.PARKED}
    assert (outcome.problem is not None) is needs_person
    if outcome.problem is not None:
        assert outcome.problem.code == error.default_code


def test_all_errors_have_a_fate_here():
    def below(error: type) -> set[type]:
        return {error} | {each for child in error.__subclasses__() for each in below(child)}

    own = {each for each in below(TilisiltaError) if each.__module__ == "tilisilta.core.errors"} - {TilisiltaError}
    assert own == set(ERRORS)


def test_only_what_stops_everything_stops_the_run():
    assert of_error(work(), Misconfigured("KEY_REFUSED")).stops_run is not None
    assert of_error(work(), BudgetSpent(after_s=9)).stops_run is not None
    assert of_error(work(), Retry(after_s=9)).stops_run is None
    assert of_error(work(), Parked("PERIOD_LOCKED")).stops_run is None


def test_a_vendor_that_stays_busy_is_asked_less_often():
    waits = [patience_s(attempt, Retry(after_s=5)) for attempt in range(1, 12)]
    assert waits[:3] == [5, 5, 5]
    assert waits == sorted(waits)
    assert waits[-1] == 900
    assert patience_s(9, Retry(after_s=4000)) == 4000
    assert patience_s(9, BudgetSpent(after_s=60)) == 60


@pytest.mark.parametrize(
    ("gross", "state"),
    [("124.00", DeliveryState.CONFIRMED), ("-124.00", DeliveryState.CONFIRMED), ("124.01", DeliveryState.DRIFTED)],
)
def test_what_is_found_is_compared_to_the_cent(gross: str, state: DeliveryState):
    from decimal import Decimal

    sent = Sent(target_id="t1", number="A-1", totals=Totals(gross=Decimal(gross)))
    outcome = of_found(work(DeliveryState.READY), Found(sent=sent, certainty=FindCertainty.MARKED))
    assert (outcome.state, outcome.origin) == (state, BindingOrigin.SENT)
    require_move(DeliveryState.READY, outcome.state)
    require_move(DeliveryState.UNCERTAIN, outcome.state)


def test_of_several_candidates_a_person_chooses():
    found = Found(
        sent=Sent(target_id="1", number="A"), certainty=FindCertainty.MATCHED, others=(Sent(target_id="2", number="B"),)
    )
    outcome = of_found(work(DeliveryState.READY), found)
    assert outcome.state == DeliveryState.PROBLEM
    assert outcome.problem is not None
    assert (outcome.problem.code, outcome.problem.params["candidates"]) == ("SEVERAL_CANDIDATES", "A, B")
