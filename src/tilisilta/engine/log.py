"""Events and problems of deliveries, written in bulk."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from tilisilta.core.errors import Evidence
from tilisilta.core.problems import Problem
from tilisilta.engine.bulk import BulkInsert, moment
from tilisilta.store.models import DeliveryProblem, Event

# Parameters that make two problems of one code the same question: one answer solves them all.
_GROUP_PARAMS: dict[str, tuple[str, ...]] = {
    "VAT_CODE_UNMAPPED": ("direction", "key"),
    "ACCOUNT_UNMAPPED": ("account", "rate"),
    "ACCOUNT_VAT_CODE_UNMAPPED": ("direction", "account", "rate"),
    "BANK_ACCOUNT_UNMAPPED": ("key",),
    "WAREHOUSE_UNMAPPED": ("key",),
    "DIMENSION_UNMAPPED": ("key",),
    "PAYMENT_METHOD_UNMAPPED": ("key",),
    "PARTY_NOT_BOUND": ("role", "key"),
    "ITEM_NOT_BOUND": ("key",),
    "PARTY_MATCH_NEEDED": (),
    "ITEM_MATCH_NEEDED": (),
}


def problem_group(problem: Problem) -> str:
    """Return the text that is equal for problems which one answer solves."""
    names = _GROUP_PARAMS.get(problem.code, ())
    return "|".join([problem.code, *(problem.params.get(name, "") for name in names)]).replace("\x00", "")[:200]


def storable(params: Mapping[str, str]) -> dict[str, str]:
    """Return parameters without the one sign that PostgreSQL keeps in no text."""
    return {name: value.replace("\x00", "") for name, value in params.items()}


def evidence_json(evidence: Evidence | None) -> dict[str, Any]:
    """Return evidence as stored: empty when there is none."""
    if evidence is None:
        return {}
    return {
        "status": evidence.status,
        "body": evidence.body.replace("\x00", ""),
        "request_id": evidence.request_id,
        "url": evidence.url,
    }


@dataclass(slots=True)
class EventLine:
    """One line for a delivery's event log."""

    delivery_id: int
    code: str
    level: str = "info"
    params: dict[str, str] = field(default_factory=dict)
    evidence: Evidence | None = None


_insert_events = BulkInsert(Event, "company_id", "delivery_id", "run_id", "at", "code", "level", "params", "evidence")


def write_events(company_id: int, run_id: int | None, lines: Iterable[EventLine]) -> None:
    """Append lines to event logs inside the caller's transaction."""
    now = moment(timezone.now())
    _insert_events(
        [
            (
                *(company_id, line.delivery_id, run_id, now, line.code, line.level),
                json.dumps(storable(line.params), ensure_ascii=False) if line.params else "{}",
                json.dumps(evidence_json(line.evidence), ensure_ascii=False) if line.evidence else "{}",
            )
            for line in lines
        ]
    )


def write_problems(
    company_id: int,
    integration_id: int,
    found: Sequence[tuple[int, tuple[Problem, ...], Evidence | None]],
) -> None:
    """Replace the open problems of deliveries by what was found now; none found means all are solved."""
    if not found:
        return
    ids = [delivery_id for delivery_id, _, _ in found]
    now = timezone.now()
    for start in range(0, len(ids), 500):
        DeliveryProblem.objects.filter(delivery_id__in=ids[start : start + 500], solved_at=None).update(solved_at=now)
    DeliveryProblem.objects.bulk_create(
        DeliveryProblem(
            company_id=company_id,
            integration_id=integration_id,
            delivery_id=delivery_id,
            code=each.code,
            severity=each.severity,
            where=each.where[:60],
            params=storable(each.params),
            group=problem_group(each),
            evidence=evidence_json(evidence),
        )
        for delivery_id, problems, evidence in found
        for each in problems
    )
