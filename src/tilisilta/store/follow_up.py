"""What is still to be done for a document after it arrived: further writes, files, the status back at the source."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tilisilta.store.company import Company
from tilisilta.store.transfer import Delivery, Flow


class FollowUpKind(models.TextChoices):
    STEP = "step", _("Further step at the target")
    FILE = "file", _("Attachment")
    STATUS = "status", _("Status at the source")


class FollowUpState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class FollowUp(models.Model):
    """One thing to do after a delivery arrived; written in the transaction that says so, so that no crash forgets it.

    `subject` is the name of the step, the source's id of the file, or the status to write. `attempt` is counted before
    the request leaves: one that waits with a counted attempt was interrupted.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="follow_ups", db_index=False)
    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="follow_ups", db_index=False)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="follow_ups", db_index=False)
    kind = models.CharField(max_length=8, choices=FollowUpKind.choices)
    subject = models.CharField(max_length=200)
    name = models.CharField(max_length=255, blank=True)
    media_type = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=8, choices=FollowUpState.choices, default=FollowUpState.WAITING)
    attempt = models.PositiveSmallIntegerField(default=0)
    problem_code = models.CharField(max_length=60, blank=True)
    problem_params = models.JSONField(default=dict)
    due_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["delivery", "kind", "subject"], name="follow_up_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["flow"], condition=models.Q(state="waiting"), name="follow_up_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} {self.state}"
