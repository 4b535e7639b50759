from decimal import Decimal

import pytest

from tilisilta.core.problems import problem
from tilisilta.engine.answers import _decide
from tilisilta.ports import Totals
from tilisilta.ports.answers import Acknowledgement, AckState
from tilisilta.services.problem_catalogue import describe
from tilisilta.store.models import Delivery, DeliveryState

ROW = Delivery(number="1042", currency="EUR", gross_minor=50_200)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Acknowledgement(state=AckState.ACCEPTED), None),
        (Acknowledgement(state=AckState.CONFIRMED), DeliveryState.CONFIRMED),
        (Acknowledgement(state=AckState.CONFIRMED, totals=Totals(gross=Decimal("-502.00"))), DeliveryState.CONFIRMED),
        (Acknowledgement(state=AckState.CONFIRMED, totals=Totals(gross=Decimal("502.01"))), DeliveryState.DRIFTED),
        (Acknowledgement(state=AckState.REFUSED, text="E12 double"), DeliveryState.REFUSED),
    ],
)
def test_an_answer_decides_about_the_delivery(answer: Acknowledgement, state: DeliveryState | None):
    assert _decide(ROW, answer)[0] == state


def test_another_total_is_told_with_both_amounts():
    found = _decide(ROW, Acknowledgement(state=AckState.CONFIRMED, totals=Totals(gross=Decimal("502.01"))))[2]
    assert found is not None
    told = describe(found.code, found.params).cause
    assert "502.00" in told
    assert "502.01" in told


def test_a_refusal_is_told_in_the_targets_words():
    plain = _decide(ROW, Acknowledgement(state=AckState.REFUSED, text="E12 double"))[2]
    assert plain is not None
    assert plain.params == {"message": "E12 double"}
    named = problem("ALREADY_AT_TARGET", number="1042")
    assert _decide(ROW, Acknowledgement(state=AckState.REFUSED, problem=named))[2] == named
