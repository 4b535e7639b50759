"""Everything at once: mixtures of faults at both ends, drawn from a seed, until the runs are through."""

import random
from typing import Any

import pytest

from tests.faults.proof import prove
from tests.support.product import Office, wait_for
from tilisilta.services import deliveries
from tilisilta.store.models import DeliveryState, Run

TARGET = (
    {"kind": "throttle", "retry_after_s": 1},
    {"kind": "throttle"},
    {"kind": "drop_before"},
    {"kind": "drop_after"},
    {"kind": "error_before", "status": 500},
    {"kind": "error_after", "status": 500},
    {"kind": "html"},
    {"kind": "half"},
    {"kind": "half", "cut": True},
    {"kind": "delay", "ms": 30},
    {"kind": "numbers_as_strings"},
    {"kind": "duplicate_row"},
)
SOURCE = (
    {"kind": "throttle", "retry_after_s": 1},
    {"kind": "drop_before"},
    {"kind": "drop_after"},
    {"kind": "error_before", "status": 500},
    {"kind": "half", "cut": True},
    {"kind": "delay", "ms": 30},
    {"kind": "numbers_as_strings"},
    {"kind": "duplicate_row"},
    {"kind": "change_between_pages"},
)
PATHS = ("clientinvoices:add", "clients:add", "articles:add", ":add", ":get", "")


def _draw(chance: random.Random, kinds: tuple[dict[str, Any], ...], paths: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {
            **chance.choice(kinds),
            "match": {"path": chance.choice(paths)},
            "times": chance.randint(1, 6),
            "after": chance.randint(0, 20),
            "probability": chance.choice((1.0, 0.5, 0.3)),
            "seed": chance.randint(0, 999),
        }
        for _ in range(chance.randint(2, 5))
    ]


@pytest.mark.parametrize("seed", range(8))
def test_any_mixture_ends_with_each_document_once(shop: Office, seed: int):
    chance = random.Random(seed)
    shop.smartaccounts.faults(*_draw(chance, TARGET, PATHS))
    shop.scoro.faults(*_draw(chance, SOURCE, ("list", "invoices/list", "")))
    for _ in range(6):
        run = shop.run("sales_invoices")
        waiting = shop.deliveries(state__in=[DeliveryState.PROBLEM, DeliveryState.REFUSED])
        assert (run.state == "done") or waiting or run.problem_code or run.drifted, run.state
        if run.state == "done" and not waiting:
            break
        # What a person does: try again what waits.
        if waiting and deliveries.retry(shop.actor, [each.pk for each in waiting if each.document_id]):
            for resend in Run.objects.filter(mode="resend", finished_at=None):
                wait_for(resend)
    shop.smartaccounts.clear_faults()
    shop.scoro.clear_faults()
    shop.run("sales_invoices")
    assert prove(shop) == {}
