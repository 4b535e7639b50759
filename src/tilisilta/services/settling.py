"""What follows from an answer: the problems that it solves, and the documents that may go now."""

from collections.abc import Collection, Iterable, Iterator

from django.utils import timezone

from tilisilta.core.problems import Severity
from tilisilta.services import deliveries
from tilisilta.services.access import Actor
from tilisilta.store.models import DeliveryProblem

_BATCH = 500


def settle(actor: Actor, problem_ids: Iterable[int]) -> int:
    """Mark problems as solved, send the deliveries that have none left, and return how many those are.

    A delivery that waits for a second answer stays: sending it now would only ask the same again.
    """
    ids = list(problem_ids)
    touched: set[int] = set()
    now = timezone.now()
    for part in batches(ids):
        rows = DeliveryProblem.objects.filter(company=actor.company, pk__in=part, solved_at=None)
        touched.update(rows.values_list("delivery_id", flat=True))
        rows.update(solved_at=now, solved_by=actor.user)
    free = sorted(touched - _held(touched))
    if free:
        deliveries.retry(actor, free)
    return len(free)


def _held(delivery_ids: Collection[int]) -> set[int]:
    """Return the deliveries that still have an error open."""
    held: set[int] = set()
    for part in batches(sorted(delivery_ids)):
        held.update(
            DeliveryProblem.objects.filter(
                delivery_id__in=part, solved_at=None, severity=Severity.ERROR.value
            ).values_list("delivery_id", flat=True)
        )
    return held


def batches(ids: list[int]) -> Iterator[list[int]]:
    """Yield ids in parts that fit a database's limit of parameters."""
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]
