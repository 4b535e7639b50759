"""Integrations, their flows, runs and deliveries, and what ties our ids to theirs."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tilisilta.store.company import Company, User
from tilisilta.store.connection import Connection
from tilisilta.store.document import KIND_CHOICES, Document


class IntegrationState(models.TextChoices):
    SETUP = "setup", _("Being set up")
    READY = "ready", _("Ready")
    PAUSED = "paused", _("Paused")


class Integration(models.Model):
    """A source connection tied to a target connection, with its settings.

    The lease lies here: one run at a time touches a pair of systems, so that two flows never create the same
    customer twice. `fence` grows with every run that takes the lease; a worker with an older number may write nothing.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="integrations")
    source = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="integrations_from")
    target = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="integrations_to")
    name = models.CharField(_("name"), max_length=120)
    settings = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=IntegrationState.choices, default=IntegrationState.SETUP)
    checklist = models.JSONField(default=dict)  # steps a person ticked: {step: ISO time}
    activated_at = models.DateTimeField(null=True, blank=True)  # cut-over of automatic imports
    created_at = models.DateTimeField(default=timezone.now)
    fence = models.BigIntegerField(default=0)
    lease_run = models.ForeignKey("Run", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "source", "target"], name="integration_once"),
        ]

    def __str__(self) -> str:
        return self.name


class FlowKind(models.TextChoices):
    """One kind of document in one direction."""

    SALES_INVOICES = "sales_invoices", _("Sales invoices")
    PURCHASE_INVOICES = "purchase_invoices", _("Purchase invoices")
    PAYMENTS = "payments", _("Payments")
    PAYMENTS_BACK = "payments_back", _("Payments back to the source")
    PARTIES = "parties", _("Customers and suppliers")
    ITEMS = "items", _("Items")
    PERIOD_SALES = "period_sales", _("Closed periods of sales")
    PERIOD_PURCHASES = "period_purchases", _("Closed periods of purchases")


class Flow(models.Model):
    """`last_from` and `last_to` are the dates of the last import by document date; `changes_until` is the cursor of
    the listing by time of change.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="flows")
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="flows")
    kind = models.CharField(max_length=20, choices=FlowKind.choices)
    is_enabled = models.BooleanField(default=True)
    is_automatic = models.BooleanField(default=False)
    schedule = models.CharField(max_length=60, blank=True)  # cron, in the company's time zone
    settings = models.JSONField(default=dict)
    next_due_at = models.DateTimeField(null=True, blank=True)
    last_from = models.DateField(null=True, blank=True)
    last_to = models.DateField(null=True, blank=True)
    changes_until = models.DateTimeField(null=True, blank=True)
    cursor_token = models.CharField(max_length=200, blank=True)
    automatic_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["integration", "kind"], name="flow_once")]
        indexes: ClassVar = [models.Index(fields=["next_due_at"], name="flow_due")]

    def __str__(self) -> str:
        return self.kind


class RunMode(models.TextChoices):
    PREVIEW = "preview", _("Preview")
    RUN = "run", _("Import")
    RESEND = "resend", _("Send again")
    RECONCILE = "reconcile", _("Compare both sides")


class RunState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    WAITING = "waiting", _("Waiting for the other system")
    DONE = "done", _("Done")
    DONE_WITH_PROBLEMS = "done_with_problems", _("Done, with problems")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class Run(models.Model):
    """One run of one flow. Counters are of this run; `result` holds what a preview or a reconciliation found."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="runs")
    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="runs")
    mode = models.CharField(max_length=10, choices=RunMode.choices, default=RunMode.RUN)
    state = models.CharField(max_length=20, choices=RunState.choices, default=RunState.QUEUED)
    is_automatic = models.BooleanField(default=False)
    requested_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    resume_at = models.DateTimeField(null=True, blank=True)
    date_from = models.DateField(null=True, blank=True)
    date_to = models.DateField(null=True, blank=True)
    selection = models.JSONField(default=list)  # delivery ids of a resend
    fence = models.BigIntegerField(default=0)
    takeovers = models.PositiveIntegerField(default=0)
    seen = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    sent = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    problems = models.PositiveIntegerField(default=0)
    drifted = models.PositiveIntegerField(default=0)
    expected = models.PositiveIntegerField(null=True, blank=True)
    problem_code = models.CharField(max_length=60, blank=True)
    problem_params = models.JSONField(default=dict)
    evidence = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    position = models.JSONField(default=dict)  # how far the run has come: {"phase", "token"}

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["company", "-requested_at"], name="run_list"),
            models.Index(fields=["state", "resume_at"], name="run_state"),
        ]

    def __str__(self) -> str:
        return f"{self.mode} {self.pk}"


class DeliveryState(models.TextChoices):
    PROBLEM = "problem", _("Needs solving")
    PARKED = "parked", _("On hold")
    READY = "ready", _("Ready to send")
    SENDING = "sending", _("Being sent")
    UNCERTAIN = "uncertain", _("Being checked")
    SENT = "sent", _("Sent")
    CONFIRMED = "confirmed", _("Confirmed")
    REFUSED = "refused", _("Refused")
    DRIFTED = "drifted", _("Changed since")
    SKIPPED = "skipped", _("Left out")


class Delivery(models.Model):
    """One document on its way to one target. Unique per flow, kind and source id; states as in engine/states.py.

    `key` is the idempotency key that goes out with the document. Amounts are minor units of `currency`, as sent.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    flow = models.ForeignKey(Flow, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, null=True, related_name="deliveries")
    kind = models.CharField(max_length=24, choices=KIND_CHOICES)
    source_id = models.CharField(max_length=120)
    number = models.CharField(max_length=100, blank=True)
    party_name = models.CharField(max_length=200, blank=True)
    date = models.DateField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    gross_minor = models.BigIntegerField(default=0)
    state = models.CharField(max_length=10, choices=DeliveryState.choices)
    reason = models.CharField(max_length=60, blank=True)  # problem code of skipped, parked, refused, drifted
    reason_params = models.JSONField(default=dict)
    decided_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    key = models.CharField(max_length=40, db_index=True)
    attempt = models.PositiveIntegerField(default=0)
    version_hash = models.CharField(max_length=32, blank=True)
    fence = models.BigIntegerField(default=0)
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, related_name="deliveries", db_index=False)
    target_id = models.CharField(max_length=120, blank=True)
    target_number = models.CharField(max_length=100, blank=True)
    target_gross_minor = models.BigIntegerField(null=True, blank=True)
    retry_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["flow", "kind", "source_id"], name="delivery_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "state", "-id"], name="delivery_state"),
            models.Index(fields=["flow", "state"], name="delivery_flow_state"),
            models.Index(fields=["run", "state"], name="delivery_run_state"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number or self.source_id} {self.state}"


class DeliveryProblem(models.Model):
    """One thing a person must settle. `group` is equal for problems that one answer solves (an unmapped VAT code)."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="problems")
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="problems")
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="problems")
    code = models.CharField(max_length=60)
    severity = models.CharField(max_length=8, default="error")
    where = models.CharField(max_length=60, blank=True)
    params = models.JSONField(default=dict)
    group = models.CharField(max_length=200)
    evidence = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    solved_at = models.DateTimeField(null=True, blank=True)
    solved_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["company", "solved_at", "group"], name="problem_group"),
            models.Index(fields=["delivery", "solved_at"], name="problem_delivery"),
        ]

    def __str__(self) -> str:
        return self.code


class BindingOrigin(models.TextChoices):
    SENT = "sent", _("Created by a transfer")
    FOUND = "found", _("Found in the target")
    MATCHED = "matched", _("Matched by a person")
    IMPORTED = "imported", _("From a file")


class Binding(models.Model):
    """Our id tied to theirs: the id map. Outlives connections that are detached and made again."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="bindings", db_index=False)
    source_connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="bindings_from", db_index=False
    )
    target_connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="bindings_to", db_index=False
    )
    kind = models.CharField(max_length=24, choices=KIND_CHOICES)
    source_id = models.CharField(max_length=200)
    source_label = models.CharField(max_length=200, blank=True)
    target_id = models.CharField(max_length=120)
    target_label = models.CharField(max_length=200, blank=True)
    origin = models.CharField(max_length=10, choices=BindingOrigin.choices, default=BindingOrigin.SENT)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source_connection", "target_connection", "kind", "source_id"], name="binding_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["target_connection", "kind", "target_id"], name="binding_target"),
            models.Index(fields=["company", "kind"], name="binding_list"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.source_id} = {self.target_id}"


class MatchState(models.TextChoices):
    OPEN = "open", _("To decide")
    MATCHED = "matched", _("Matched")
    CREATE = "create", _("Create new")


class MatchProposal(models.Model):
    """What the first-run guard found in the target for a party or item without a binding."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="match_proposals")
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="match_proposals")
    delivery = models.OneToOneField(Delivery, on_delete=models.CASCADE, related_name="match_proposal")
    candidates = models.JSONField(default=list)  # [{target_id, name, registry_code, confidence, reasons}]
    best_confidence = models.FloatField(default=0.0)
    state = models.CharField(max_length=10, choices=MatchState.choices, default=MatchState.OPEN)
    decided_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.delivery_id} {self.state}"


class MappingRow(models.Model):
    """One row of a mapping table: the source's key to the target's. `direction` is empty where it means both."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="mapping_rows")
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="mapping_rows")
    table = models.CharField(max_length=20)
    source_key = models.CharField(max_length=120)
    source_label = models.CharField(max_length=200, blank=True)
    direction = models.CharField(max_length=10, blank=True)
    vat_rate = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)
    target_key = models.CharField(max_length=120, blank=True)  # empty: seen, not mapped yet
    target_label = models.CharField(max_length=200, blank=True)
    extra = models.JSONField(default=dict)
    updated_at = models.DateTimeField(default=timezone.now)
    updated_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            # A source may change the rate behind a code that keeps its name: one row for each rate of a code.
            models.UniqueConstraint(
                fields=["integration", "table", "source_key", "direction"],
                condition=models.Q(vat_rate__isnull=True),
                name="mapping_row_once",
            ),
            models.UniqueConstraint(
                fields=["integration", "table", "source_key", "direction", "vat_rate"], name="mapping_row_rate_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.source_key} -> {self.target_key}"


class StagedTable(models.Model):
    """A table read from a file and compared with what we hold, waiting for a person to confirm it.

    `subject` is "mappings" or "id_map"; `rows` are the compared rows in the order of the file, as its service wrote
    them.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="staged_tables")
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="staged_tables")
    subject = models.CharField(max_length=20)
    kind = models.CharField(max_length=24)
    name = models.CharField(max_length=255)
    rows = models.JSONField(default=list)
    summary = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "-created_at"], name="staged_list")]

    def __str__(self) -> str:
        return f"{self.subject} {self.kind} {self.name}"


class Event(models.Model):
    """A line of a document's event log. `code` names its text in `services/event_texts.py`."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="events", db_index=False)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="events", db_index=False)
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(default=timezone.now)
    code = models.CharField(max_length=60)
    level = models.CharField(max_length=8, default="info")
    params = models.JSONField(default=dict)
    evidence = models.JSONField(default=dict)
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["delivery", "id"], name="event_delivery")]

    def __str__(self) -> str:
        return self.code
