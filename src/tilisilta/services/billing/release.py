"""What was billed, set free again: when a draft is deleted, or the credit note over a whole invoice is issued."""

from collections.abc import Collection
from typing import Any, Final

from django.utils import timezone

from tilisilta.services import audit
from tilisilta.services.access import Actor
from tilisilta.services.workspace.hooks import Change
from tilisilta.store.models import (
    BilledInvoice,
    BilledLine,
    Summary,
    SummaryDifference,
    SummaryField,
    WorkspaceInvoice,
)

_FREE: Final = {"contract_row": None, "difference": None}


def invoice_deleting(actor: Actor, row: WorkspaceInvoice) -> None:
    """A draft that goes takes the note of what it billed with it: the period can be billed again."""
    billed = BilledInvoice.objects.filter(invoice=row).first()
    if billed is not None:
        _free(actor, billed)


def invoice_saved(actor: Actor, change: Change) -> None:
    """A credit note of a billed invoice is followed like it: whose it is, and whether it was paid out.

    An edited draft stays what billing made of it; only its due date is told anew.
    """
    row = change.row
    if not change.is_new:
        BilledInvoice.objects.filter(invoice=row).exclude(due_date=row.due_date).update(due_date=row.due_date)
        return
    if row.credits_id is None:
        return
    credited = BilledInvoice.objects.filter(invoice=row.credits_id, company=actor.company).first()
    if credited is not None:
        BilledInvoice.objects.get_or_create(
            invoice=row,
            defaults={"company": actor.company, "client_id": credited.client_id, "due_date": row.due_date},
        )


def invoice_sent(actor: Actor, row: WorkspaceInvoice) -> None:
    """A credit note that is issued over the whole of an invoice sets free what that one billed.

    One over a part of it says that the rest stays billed, so nothing is set free.
    """
    BilledInvoice.objects.filter(invoice=row).update(due_date=row.due_date)
    if not row.is_credit_note or row.credits_id is None:
        return
    credited = BilledInvoice.objects.filter(invoice=row.credits_id, company=actor.company).first()
    if credited is None or credited.invoice.net_minor != row.net_minor:
        return
    _free(actor, credited)
    BilledLine.objects.filter(billed=credited).update(**_FREE)


def is_credited(billed: BilledInvoice) -> bool:
    """Return whether an issued credit note took back the whole of an invoice."""
    notes = WorkspaceInvoice.objects.filter(credits=billed.invoice_id, is_credit_note=True, sent_at__isnull=False)
    return notes.filter(net_minor=billed.invoice.net_minor).exists()


def _free(actor: Actor, billed: BilledInvoice) -> None:
    lines = list(BilledLine.objects.filter(billed=billed))
    if not lines:
        return
    differences = [each.difference_id for each in lines if each.difference_id is not None]
    SummaryDifference.objects.filter(pk__in=differences).update(is_billed=False)
    _thaw({each.pk for each in lines})
    audit.record(
        actor, "billing.released", str(billed.invoice), f"/c/{actor.company.pk}/invoices/{billed.invoice_id}/",
        rows=len(lines),
    )  # fmt: skip


def _thaw(line_ids: Collection[int]) -> None:
    """Let the months of these rows show what counts now again, unless another invoice still stands on them.

    Differences that nobody has billed become part of the month; where one was billed, the month stays as it was.
    """
    held = BilledLine.objects.exclude(pk__in=line_ids).exclude(contract_row=None)
    found = Summary.objects.filter(task__billed_lines__in=line_ids).exclude(billed_counts=None).distinct()
    ids = list(found.values_list("pk", flat=True))
    for summary in Summary.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=ids):
        if summary.task_id is None or held.filter(tasks=summary.task_id, difference=None).exists():
            continue
        if SummaryDifference.objects.filter(summary=summary, is_billed=True).exists():
            continue
        waiting = SummaryDifference.objects.filter(summary=summary)
        counts: dict[str, Any] = dict(summary.counts)
        for code, quantity in waiting.values_list("count", "quantity"):
            counts[code] = int(counts.get(code, 0)) + quantity
        waiting.delete()
        summary.counts, summary.billed_counts = counts, None
        summary.save(update_fields=["counts", "billed_counts"])
        _show(summary)


def _show(summary: Summary) -> None:
    task = summary.task
    if task is None:
        return
    fields = SummaryField.objects.filter(settings__integration=summary.integration_id).exclude(field=None)
    values = dict(task.values)
    values.update(
        (str(field_id), str(summary.counts[code]))
        for code, field_id in fields.values_list("count", "field_id")
        if code in summary.counts
    )
    if values != task.values:
        task.values, task.updated_at = values, timezone.now()
        task.save(update_fields=["values", "updated_at"])
