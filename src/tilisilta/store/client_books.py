"""The books of a bureau's clients: which system keeps them, with which key, and what was counted in them."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tilisilta.store.company import Company, User
from tilisilta.store.connection import Connection
from tilisilta.store.job import Job
from tilisilta.store.practice import Client, CustomField, RegisterMark, Task, Topic


class PracticeIntegration(models.Model):
    """One bookkeeping system of a bureau's clients, as "Merit Aktiva"; each client has its own key.

    `activated_at` is when it was last switched on. Deactivated it keeps its clients' data, and nothing runs.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="practice_integrations")
    vendor = models.CharField(max_length=30)
    is_active = models.BooleanField(default=False)
    country = models.CharField(max_length=6, blank=True)  # as the vendor's "country" setting
    activated_at = models.DateTimeField(null=True, blank=True)
    activated_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    deactivated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "vendor"], name="practice_integration_once"),
        ]

    def __str__(self) -> str:
        return self.vendor


class ClientConnection(models.Model):
    """A client's key to its books. The connection itself is an ordinary one of the bureau, shown with the client."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="client_connections")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="connections")
    integration = models.ForeignKey(PracticeIntegration, on_delete=models.CASCADE, related_name="connections")
    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="of_client")
    key_name = models.CharField(max_length=100, blank=True)
    remote_id = models.CharField(max_length=60, blank=True)  # the company's id at the vendor, where it tells one
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["client", "integration"], name="client_connection_once"),
        ]

    def __str__(self) -> str:
        return f"{self.client} {self.integration}"


class ImportWay(models.TextChoices):
    SIGN_IN = "sign_in", _("Signing in to the bookkeeping system")
    KEYS = "keys", _("List of keys")
    TABLE = "table", _("Table of clients")


class KeyMode(models.TextChoices):
    """Which keys are used: those that bear our name, with the missing ones made, or existing ones only."""

    CONTINUE = "continue", _("Link existing keys and make the missing ones")
    CUSTOM = "custom", _("Link existing keys only")


class ImportState(models.TextChoices):
    RUNNING = "running", _("Running")
    READY = "ready", _("To confirm")
    CONFIRMED = "confirmed", _("Confirmed")
    CANCELLED = "cancelled", _("Cancelled")
    FAILED = "failed", _("Failed")


class ClientImport(models.Model):
    """One import of clients: staged by a job, looked through and confirmed by a person.

    `sealed_session` is the vendor's answer to the sign-in, sealed, for as long as the job runs; the password itself is
    nowhere.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="client_imports")
    integration = models.ForeignKey(PracticeIntegration, on_delete=models.SET_NULL, null=True, related_name="imports")
    way = models.CharField(max_length=8, choices=ImportWay.choices)
    key_mode = models.CharField(max_length=8, choices=KeyMode.choices, blank=True)
    country = models.CharField(max_length=6, blank=True)
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.RUNNING)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    sealed_session = models.BinaryField(default=bytes)
    problem_code = models.CharField(max_length=60, blank=True)
    problem_params = models.JSONField(default=dict)
    requested_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)
    ready_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "-requested_at"], name="client_import_list")]

    def __str__(self) -> str:
        return f"{self.way} {self.pk}"


class ImportOutcome(models.TextChoices):
    NONE = "", ""
    CREATED = "created", _("New")
    UPDATED = "updated", _("Updated")
    LEFT_OUT = "left_out", _("Left out")
    FAILED = "failed", _("Failed")


class ClientImportRow(models.Model):
    """One company of an import. A row with an `error_code` cannot be imported; a problem alone only warns."""

    client_import = models.ForeignKey(ClientImport, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField()
    remote_id = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=200)
    registry_code = models.CharField(max_length=20, blank=True)
    vat_number = models.CharField(max_length=20, blank=True)
    details = models.JSONField(default=dict)  # further columns of the client by their names
    sealed_credentials = models.BinaryField(default=bytes)  # emptied when the import is confirmed or cancelled
    hint = models.CharField(max_length=40, blank=True)
    key_name = models.CharField(max_length=100, blank=True)
    key_is_new = models.BooleanField(default=False)
    register_mark = models.CharField(max_length=10, choices=RegisterMark.choices, default=RegisterMark.UNCHECKED)
    register_name = models.CharField(max_length=300, blank=True)
    is_wanted = models.BooleanField(default=True)
    error_code = models.CharField(max_length=60, blank=True)
    error_params = models.JSONField(default=dict)
    problem_code = models.CharField(max_length=60, blank=True)
    problem_params = models.JSONField(default=dict)
    outcome = models.CharField(max_length=8, choices=ImportOutcome.choices, blank=True, default=ImportOutcome.NONE)
    client = models.ForeignKey(Client, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["client_import", "position"], name="client_import_row_once"),
            models.UniqueConstraint(
                fields=["client_import", "remote_id"],
                condition=~models.Q(remote_id=""),
                name="client_import_company_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SummaryRhythm(models.TextChoices):
    """How often counts are fetched; each month has its own summary all the same."""

    MONTHLY = "monthly", _("Monthly")
    QUARTERLY = "quarterly", _("Quarterly")
    YEARLY = "yearly", _("Yearly")


class SummarySettings(models.Model):
    """How the monthly summaries of one integration are made.

    `import_day` is the day of the month after the period on which they are fetched at 00:30, 1 to 28; 0 is the last day
    of the period itself. `late_in_current` counts work that was added to earlier months in the month under way (U43);
    otherwise each entry counts in the month of its date (U44).
    """

    integration = models.OneToOneField(
        PracticeIntegration, on_delete=models.CASCADE, primary_key=True, related_name="summary"
    )
    is_on = models.BooleanField(default=False)
    title = models.CharField(_("task title"), max_length=200, blank=True)
    topic = models.ForeignKey(Topic, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    rhythm = models.CharField(max_length=9, choices=SummaryRhythm.choices, default=SummaryRhythm.MONTHLY)
    import_day = models.PositiveSmallIntegerField(default=1)
    late_in_current = models.BooleanField(default=True)
    look_back_months = models.PositiveSmallIntegerField(default=6)
    reload_months = models.PositiveSmallIntegerField(default=12)
    next_due_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.title


class SummaryField(models.Model):
    """Which custom field of tasks takes a count: of entries of a kind, or of their rows."""

    settings = models.ForeignKey(SummarySettings, on_delete=models.CASCADE, related_name="fields")
    count = models.CharField(max_length=40)  # "sales_invoice" or "sales_invoice.rows"
    field = models.ForeignKey(CustomField, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["settings", "count"], name="summary_field_once")]

    def __str__(self) -> str:
        return self.count


class SeenEntry(models.Model):
    """The ledger of entries: each that was ever seen in a client's books, once, and the month it counts in.

    `counted_in` is the first day of that month; None while it is dated outside of every window that was looked at.
    `rows` is what was counted of its rows. `gone_at` is set when the books do not show it any more.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="seen_entries")
    integration = models.ForeignKey(PracticeIntegration, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    remote_id = models.CharField(max_length=120)
    entry_date = models.DateField()
    counted_in = models.DateField(null=True, blank=True)
    rows = models.PositiveIntegerField(null=True, blank=True)
    version = models.CharField(max_length=200, blank=True)
    number = models.CharField(max_length=100, blank=True)
    label = models.CharField(max_length=200, blank=True)
    entered_at = models.CharField(max_length=40, blank=True)
    first_seen_at = models.DateTimeField(default=timezone.now)
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["client", "integration", "kind", "remote_id"], name="seen_entry_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["client", "integration", "entry_date"], name="seen_entry_date"),
            models.Index(fields=["client", "integration", "counted_in", "kind"], name="seen_entry_counted"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.remote_id}"


class Summary(models.Model):
    """What was counted for one client in one month, and the task that shows it.

    `counts` are by the codes of `SummaryField`. `billed_counts` is what an invoice was made of; None while the month is
    not billed. From then on the counts that the task shows do not change any more: what differs later becomes a
    `SummaryDifference`.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="summaries")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="summaries")
    integration = models.ForeignKey(PracticeIntegration, on_delete=models.CASCADE, related_name="summaries")
    month = models.DateField()
    task = models.OneToOneField(Task, on_delete=models.SET_NULL, null=True, related_name="summary")
    counts = models.JSONField(default=dict)
    billed_counts = models.JSONField(null=True, blank=True)
    fetched_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["client", "integration", "month"], name="summary_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "month"], name="summary_month")]

    def __str__(self) -> str:
        return f"{self.client_id} {self.month:%Y-%m}"


class SummaryDifference(models.Model):
    """A count of a billed month that turned out otherwise later; `quantity` may be negative. Billed as its own line."""

    summary = models.ForeignKey(Summary, on_delete=models.CASCADE, related_name="differences")
    count = models.CharField(max_length=40)
    quantity = models.IntegerField()
    found_at = models.DateTimeField(default=timezone.now)
    is_billed = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.count} {self.quantity:+}"
