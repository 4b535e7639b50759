"""Background jobs: work over many things that goes on without a browser, can be cancelled, and survives its worker.

A job belongs to a company and has items; each item is done once, in a transaction that also ends the item. Runs of
flows are not jobs: they have deliveries and an integration's lease of their own.
"""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tilisilta.store.company import Company, User


class JobKind(models.TextChoices):
    CLIENT_IMPORT = "client_import", _("Import of clients")
    SUMMARY_MONTH = "summary_month", _("Monthly summaries")
    SUMMARY_RELOAD = "summary_reload", _("Summaries fetched again")
    SUMMARY_PERIOD = "summary_period", _("Summaries of a period")
    INVOICE_STATUS = "invoice_status", _("Payment status of invoices")


class JobState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    WAITING = "waiting", _("Waiting for the other system")
    DONE = "done", _("Done")
    DONE_WITH_PROBLEMS = "done_with_problems", _("Done, with problems")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class Job(models.Model):
    """One piece of background work. `key` is unique among the jobs that have not ended: who asks twice gets the first.

    `params` and `result` are plain JSON and never hold a secret. `fence` grows with each taking; see `engine/jobs.py`.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=20, choices=JobKind.choices)
    key = models.CharField(max_length=120)
    state = models.CharField(max_length=20, choices=JobState.choices, default=JobState.QUEUED)
    is_automatic = models.BooleanField(default=False)
    params = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    is_prepared = models.BooleanField(default=False)  # its items are there
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    problem_code = models.CharField(max_length=60, blank=True)
    problem_params = models.JSONField(default=dict)
    evidence = models.JSONField(default=dict)
    requested_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    resume_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    fence = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    announcements = models.PositiveIntegerField(default=0)
    announced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["company", "-requested_at"], name="job_list"),
            models.Index(fields=["state", "resume_at"], name="job_state"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "key"],
                condition=models.Q(state__in=["queued", "running", "waiting"]),
                name="job_open_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class JobItemState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    SKIPPED = "skipped", _("Left out")


class JobItem(models.Model):
    """One thing of a job: one client's months, one page of a list, one invoice. `due_at` keeps it until then."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    subject_id = models.BigIntegerField(null=True, blank=True)  # what it is about, such as a client's id
    params = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=JobItemState.choices, default=JobItemState.WAITING)
    attempt = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(default=dict)
    problem_code = models.CharField(max_length=60, blank=True)
    problem_params = models.JSONField(default=dict)
    evidence = models.JSONField(default=dict)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["job", "position"], name="job_item_once")]
        indexes: ClassVar = [models.Index(fields=["job", "state", "due_at"], name="job_item_due")]

    def __str__(self) -> str:
        return f"{self.job_id}/{self.position} {self.state}"
