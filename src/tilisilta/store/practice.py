"""The practice module: a bureau's clients, its tasks for them, and how tasks come again."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tilisilta.store.company import Company, User


class PracticeSettings(models.Model):
    """A bureau's choices; made when the practice module is switched on.

    `member_rights` are the billing rights of members below administrator: codes of `services.practice.settings`.
    """

    company = models.OneToOneField(Company, on_delete=models.CASCADE, primary_key=True, related_name="practice")
    is_on = models.BooleanField(default=False)
    members_make_topics = models.BooleanField(default=True)
    days_ahead = models.PositiveSmallIntegerField(default=45)  # a planned task becomes real so long before it is due
    member_rights = models.JSONField(default=list)

    def __str__(self) -> str:
        return str(self.company)


class FieldSubject(models.TextChoices):
    CLIENT = "client", _("Clients")
    TASK = "task", _("Tasks")
    PRODUCT = "product", _("Products")


class FieldType(models.TextChoices):
    TEXT = "text", _("Text")
    INTEGER = "integer", _("Whole number")
    NUMBER = "number", _("Number")
    PRICE = "price", _("Price")
    DATE = "date", _("Date")
    CHECKBOX = "checkbox", _("Tick box")
    CHOICE = "choice", _("One of a list")
    CHOICES = "choices", _("Several of a list")


class CustomField(models.Model):
    """A field of the bureau's own. Values stand in the `values` of the row they belong to, by the field's id as text.

    Numbers and prices are kept as text with a decimal point, dates in ISO 8601, choices by their text. A field that is
    deleted keeps its row (`deleted_at`), so that values that were entered are not lost.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="custom_fields")
    subject = models.CharField(max_length=8, choices=FieldSubject.choices)
    name = models.CharField(max_length=60)  # for files and the API: lower case, digits, underscores
    title = models.CharField(_("title"), max_length=100)
    type = models.CharField(max_length=8, choices=FieldType.choices, default=FieldType.TEXT)
    group = models.CharField(_("group"), max_length=60, blank=True)
    choices = models.JSONField(default=list)
    is_required = models.BooleanField(default=False)
    is_listed = models.BooleanField(default=True)
    is_visible = models.BooleanField(default=True)
    position = models.PositiveIntegerField(default=0)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "subject", "name"],
                condition=models.Q(deleted_at=None),
                name="custom_field_once",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ClientGroup(models.Model):
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="client_groups")
    name = models.CharField(_("name"), max_length=80)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "name"], name="client_group_once")]

    def __str__(self) -> str:
        return self.name


class ClientKind(models.TextChoices):
    COMPANY = "company", _("Company")
    SOLE_TRADER = "sole_trader", _("Sole trader")
    PERSON = "person", _("Private person")
    ASSOCIATION = "association", _("Association or foundation")


class RegisterMark(models.TextChoices):
    """What the business register said of a registry code."""

    UNCHECKED = "unchecked", _("Not checked")
    FOUND = "found", _("In the register")
    NOT_FOUND = "not_found", _("Not in the register")


class Client(models.Model):
    """A client of the bureau. `default_member` does its work unless a task says otherwise."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="clients")
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(max_length=12, choices=ClientKind.choices, default=ClientKind.COMPANY)
    is_active = models.BooleanField(default=True)
    initials = models.CharField(max_length=3, blank=True)
    code = models.CharField(max_length=40, blank=True)  # the bureau's own
    registry_code = models.CharField(max_length=20, blank=True)
    vat_number = models.CharField(max_length=20, blank=True)
    street = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=80, blank=True)
    postal_code = models.CharField(max_length=12, blank=True)
    country = models.CharField(max_length=2, default="EE")
    language = models.CharField(max_length=5, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    default_member = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    groups = models.ManyToManyField(ClientGroup, blank=True, related_name="clients")
    notes = models.TextField(blank=True)
    needs_time = models.BooleanField(default=False)
    needs_topic = models.BooleanField(default=False)
    values = models.JSONField(default=dict)
    register_mark = models.CharField(max_length=10, choices=RegisterMark.choices, default=RegisterMark.UNCHECKED)
    last_import = models.ForeignKey(
        "ClientImport", on_delete=models.SET_NULL, null=True, blank=True, related_name="clients"
    )
    billing_email = models.EmailField(blank=True)
    payment_term_days = models.PositiveSmallIntegerField(null=True, blank=True)
    billed_to = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "name"], name="client_name")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "country", "registry_code"],
                condition=~models.Q(registry_code=""),
                name="client_registry_code_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ClientContact(models.Model):
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(_("first name"), max_length=100)
    surname = models.CharField(_("last name"), max_length=100, blank=True)
    email = models.EmailField(blank=True)
    mobile_phone = models.CharField(max_length=40, blank=True)
    work_phone = models.CharField(max_length=40, blank=True)
    job_title = models.CharField(max_length=100, blank=True)
    birthday = models.DateField(null=True, blank=True)
    is_primary = models.BooleanField(default=False)
    external_id = models.CharField(max_length=60, blank=True)

    def __str__(self) -> str:
        return f"{self.name} {self.surname}".strip()


class ListChoice(models.Model):
    """Which columns a person chose for a list, and the filter they saved with it."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=30)  # the list: "clients", "tasks", "report"
    columns = models.JSONField(default=list)
    filters = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "user", "name"], name="list_choice_once")]

    def __str__(self) -> str:
        return self.name


class Topic(models.Model):
    """What tasks are about; decides whether their time is billable unless the task says otherwise."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="topics")
    name = models.CharField(_("name"), max_length=80)
    is_active = models.BooleanField(default=True)
    is_billable = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "name"], name="topic_once")]

    def __str__(self) -> str:
        return self.name


class Rhythm(models.TextChoices):
    WEEKLY = "weekly", _("Weekly")
    MONTHLY = "monthly", _("Monthly")
    QUARTERLY = "quarterly", _("Quarterly")
    YEARLY = "yearly", _("Yearly")


class BadDay(models.TextChoices):
    """What happens when a day falls on a weekend or a public holiday. A day that a month lacks is its last one."""

    KEEP = "keep", _("Leave it on that day")
    BEFORE = "before", _("The working day before")
    AFTER = "after", _("The working day after")


class Pattern(models.Model):
    """What a planned task is like and when it comes; shared by a client's recurrences and the rows of templates.

    Weekly: on `weekdays` (1 Monday to 7 Sunday) of every `interval`-th week, due `due_after_days` after the start.
    Monthly, quarterly, yearly: `start_day` and `due_day` (1 to 31) of the month number `month_in_period` (1 for the
    first month of a quarter or year); `due_months_after` lets the due day lie in a later month.
    """

    title = models.CharField(_("title"), max_length=200)
    topic = models.ForeignKey(Topic, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    description = models.TextField(blank=True)
    rhythm = models.CharField(max_length=9, choices=Rhythm.choices, default=Rhythm.MONTHLY)
    interval = models.PositiveSmallIntegerField(default=1)
    weekdays = models.JSONField(default=list)
    month_in_period = models.PositiveSmallIntegerField(default=1)
    start_day = models.PositiveSmallIntegerField(default=1)
    due_day = models.PositiveSmallIntegerField(default=20)
    due_months_after = models.PositiveSmallIntegerField(default=0)
    due_after_days = models.PositiveSmallIntegerField(default=0)
    bad_day = models.CharField(max_length=6, choices=BadDay.choices, default=BadDay.KEEP)
    steps = models.JSONField(default=list)  # texts of the checklist
    values = models.JSONField(default=dict)
    estimate_minutes = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        abstract = True


class PlanTemplate(models.Model):
    """Planned tasks that a client is given together."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="plan_templates")
    name = models.CharField(_("name"), max_length=100)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "name"], name="plan_template_once")]

    def __str__(self) -> str:
        return self.name


class PlanTemplateRow(Pattern):
    template = models.ForeignKey(PlanTemplate, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.title


class Recurrence(Pattern):
    """A task of one client that comes again and again from `starts_on` on."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="recurrences")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="recurrences")
    assignee = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    template_row = models.ForeignKey(
        PlanTemplateRow, on_delete=models.SET_NULL, null=True, blank=True, related_name="recurrences"
    )

    def __str__(self) -> str:
        return f"{self.client}: {self.title}"


class TaskStatus(models.TextChoices):
    OPEN = "open", _("Open")
    IN_PROGRESS = "in_progress", _("In progress")
    WAITING = "waiting", _("Waiting for the client")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")


class TaskOrigin(models.TextChoices):
    HAND = "hand", _("By hand")
    RECURRENCE = "recurrence", _("Client plan")
    SUMMARY = "summary", _("Monthly summary")
    API = "api", _("API")


class Task(models.Model):
    """Work for one client. Without an assignee it is the client's default member's."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="tasks")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="tasks")
    title = models.CharField(_("title"), max_length=200)
    topic = models.ForeignKey(Topic, on_delete=models.SET_NULL, null=True, blank=True, related_name="tasks")
    description = models.TextField(blank=True)
    status = models.CharField(max_length=12, choices=TaskStatus.choices, default=TaskStatus.OPEN)
    start_date = models.DateField(null=True, blank=True)
    due_date = models.DateField()
    assignee = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="tasks")
    helpers = models.ManyToManyField(User, blank=True, related_name="+")
    is_important = models.BooleanField(default=False)
    is_billable = models.BooleanField(default=True)
    estimate_minutes = models.PositiveIntegerField(null=True, blank=True)
    values = models.JSONField(default=dict)
    origin = models.CharField(max_length=10, choices=TaskOrigin.choices, default=TaskOrigin.HAND)
    recurrence = models.ForeignKey(Recurrence, on_delete=models.SET_NULL, null=True, blank=True, related_name="tasks")
    occurrence = models.DateField(null=True, blank=True)  # which one of the recurrence: its planned start
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["company", "due_date", "id"], name="task_due"),
            models.Index(fields=["company", "status", "due_date"], name="task_status"),
            models.Index(fields=["client", "due_date"], name="task_client"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["recurrence", "occurrence"], name="task_of_recurrence_once"),
        ]

    def __str__(self) -> str:
        return self.title


class TaskStep(models.Model):
    """One line of a task's checklist."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveIntegerField(default=0)
    text = models.CharField(max_length=300)
    is_done = models.BooleanField(default=False)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return self.text


class TimeEntry(models.Model):
    """Time that a person spent on a task; without an end it is running, at most one for a person."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="time_entries")
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="time_entries")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="time_entries")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    is_billable = models.BooleanField(default=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "user"], condition=models.Q(ended_at=None), name="time_entry_one_running"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.started_at}"
