"""The checklist of a task."""

from django.db import transaction
from django.utils import timezone

from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.settings import require_on
from tilisilta.services.tasks import messages
from tilisilta.services.tasks.content import MAX_STEP
from tilisilta.services.tasks.people import person_of
from tilisilta.services.tasks.tasks import add_steps
from tilisilta.store.models import Role, Task, TaskStep

messages.make_known()


def _task(actor: Actor, task: Task) -> Task:
    require(actor, Role.ACCOUNTANT)
    require_on(actor.company)
    return Task.objects.select_for_update(no_key=True).get(company=actor.company, pk=task.pk)


def _touched(task: Task) -> None:
    task.updated_at = timezone.now()
    task.save(update_fields=["updated_at"])


@transaction.atomic
def add_step(actor: Actor, task: Task, text: str) -> None:
    """Put a line at the end of the checklist. Raises: Forbidden, ServiceError: PRACTICE_OFF, STEP_MISSING."""
    task = _task(actor, task)
    if not text.strip():
        raise ServiceError("STEP_MISSING")
    add_steps(task, [text])
    _touched(task)


@transaction.atomic
def tick_step(actor: Actor, task: Task, step_id: int, *, is_done: bool) -> TaskStep:
    """Tick a line, or take its tick away. Raises: Forbidden, TaskStep.DoesNotExist, ServiceError: PRACTICE_OFF."""
    task = _task(actor, task)
    step = TaskStep.objects.get(task=task, pk=step_id)
    if step.is_done != is_done:
        step.is_done = is_done
        step.done_at = timezone.now() if is_done else None
        step.done_by = person_of(actor) if is_done else None
        step.save()
        _touched(task)
    return step


@transaction.atomic
def change_step(actor: Actor, task: Task, step_id: int, text: str) -> TaskStep:
    """Write a line anew. Raises: Forbidden, TaskStep.DoesNotExist, ServiceError: PRACTICE_OFF, STEP_MISSING."""
    task = _task(actor, task)
    step = TaskStep.objects.get(task=task, pk=step_id)
    if not text.strip():
        raise ServiceError("STEP_MISSING")
    step.text = text.strip()[:MAX_STEP]
    step.save(update_fields=["text"])
    _touched(task)
    return step


@transaction.atomic
def delete_step(actor: Actor, task: Task, step_id: int) -> None:
    """Take a line out of the checklist. Raises: Forbidden, TaskStep.DoesNotExist, ServiceError: PRACTICE_OFF."""
    task = _task(actor, task)
    TaskStep.objects.get(task=task, pk=step_id).delete()
    for position, step in enumerate(TaskStep.objects.filter(task=task).order_by("position", "pk")):
        TaskStep.objects.filter(pk=step.pk).exclude(position=position).update(position=position)
    _touched(task)
