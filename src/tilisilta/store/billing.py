"""The bureau's own billing: products, contracts, and what was put on which invoice. Invoices are the workspace's."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tilisilta.store.client_books import SummaryDifference
from tilisilta.store.company import Company, User
from tilisilta.store.practice import Client, CustomField, Task, Topic
from tilisilta.store.transfer import Integration
from tilisilta.store.workspace import WorkspaceInvoice, WorkspaceItem


class BillingSettings(models.Model):
    """How a bureau bills: which integration carries its invoices to the books, and when their status is fetched."""

    company = models.OneToOneField(Company, on_delete=models.CASCADE, primary_key=True, related_name="billing")
    integration = models.ForeignKey(Integration, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    payment_term_days = models.PositiveSmallIntegerField(default=14)
    rounds_minutes_to = models.PositiveSmallIntegerField(default=1)  # billable time is rounded up to these minutes
    needs_classifiers = models.BooleanField(default=True)
    fetches_status = models.BooleanField(default=False)
    status_at = models.TimeField(default="06:00")
    next_status_at = models.DateTimeField(null=True, blank=True)
    classifiers_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.company)


class ProductKind(models.TextChoices):
    FIXED = "fixed", _("Fixed price")
    HOURLY = "hourly", _("By the hour")
    PER_PIECE = "per_piece", _("By the piece")
    COMBINED = "combined", _("Basic fee and pieces beyond it")


class Product(models.Model):
    """Something the bureau sells. By the piece: the quantity is the sum of a task field over the period.

    `price` is the price of one unit, or the basic fee of a combined one, whose first `included` pieces cost nothing.
    `tiers` are `[from_quantity, price]` as text, by rising quantity: every piece costs the price of the tier it lies
    in. `classifiers` are the codes in the bureau's books: item, vat_code, unit, account, dimensions.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="products")
    code = models.CharField(_("code"), max_length=60)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(max_length=10, choices=ProductKind.choices, default=ProductKind.FIXED)
    unit = models.CharField(max_length=20, blank=True)
    price = models.DecimalField(max_digits=14, decimal_places=4, default=0)
    vat_rate = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)
    field = models.ForeignKey(CustomField, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    included = models.DecimalField(max_digits=12, decimal_places=3, default=0)
    tiers = models.JSONField(default=list)
    topic = models.ForeignKey(Topic, on_delete=models.SET_NULL, null=True, blank=True, related_name="products")
    item = models.ForeignKey(WorkspaceItem, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    classifiers = models.JSONField(default=dict)
    values = models.JSONField(default=dict)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "code"], name="product_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class BillingPeriod(models.TextChoices):
    MONTHLY = "monthly", _("Monthly")
    QUARTERLY = "quarterly", _("Quarterly")
    YEARLY = "yearly", _("Yearly")


class Contract(models.Model):
    """What a client pays for. `text` and the rows' descriptions may hold placeholders for the period and quantities."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="contracts")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="contracts")
    number = models.CharField(_("number"), max_length=40, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    period = models.CharField(max_length=9, choices=BillingPeriod.choices, default=BillingPeriod.MONTHLY)
    bills_in_advance = models.BooleanField(default=False)
    text = models.CharField(max_length=300, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.number or f"#{self.pk}"


class ContractRow(models.Model):
    """One product of a contract; empty price and tiers mean the product's own."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="rows")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="contract_rows")
    position = models.PositiveIntegerField(default=0)
    description = models.CharField(max_length=300, blank=True)
    quantity = models.DecimalField(max_digits=12, decimal_places=3, default=1)  # of fixed prices
    price = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    included = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    tiers = models.JSONField(default=list)
    discount_percent = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.description or str(self.product)


class BillingRun(models.Model):
    """One time that a period was billed: made as a preview, confirmed by a person."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="billing_runs")
    date_from = models.DateField()
    date_to = models.DateField()
    invoice_date = models.DateField()
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.date_from} {self.date_to}"


class BilledInvoice(models.Model):
    """An invoice that billing made, with the client it is about and what the books say of its payment."""

    invoice = models.OneToOneField(WorkspaceInvoice, on_delete=models.CASCADE, related_name="billed")
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="billed_invoices")
    run = models.ForeignKey(BillingRun, on_delete=models.SET_NULL, null=True, related_name="invoices")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="invoices")
    total_minor = models.BigIntegerField(null=True, blank=True)
    paid_minor = models.BigIntegerField(null=True, blank=True)
    due_date = models.DateField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.invoice)


class BilledLine(models.Model):
    """One row of an invoice and what it was made of; a contract's row is billed once for a period.

    `late` is 0 for the row of the period itself; what turned out otherwise after it was billed comes in rows numbered
    from 1 on, those of counted months with their `difference`. `basis` keeps what the row was priced by: the `terms`,
    the `field` that was counted, and of each task (by its id) its part: its pieces, or its minutes as they were worked
    and as they were billed. A row whose invoice was deleted while it was a draft goes with it, so that the period can
    be billed again.
    """

    billed = models.ForeignKey(BilledInvoice, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    contract_row = models.ForeignKey(ContractRow, on_delete=models.SET_NULL, null=True, related_name="billed_lines")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+")
    period_from = models.DateField()
    period_to = models.DateField()
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    net_minor = models.BigIntegerField()
    difference = models.ForeignKey(SummaryDifference, on_delete=models.SET_NULL, null=True, related_name="billed_lines")
    late = models.PositiveSmallIntegerField(default=0)
    basis = models.JSONField(default=dict)
    tasks = models.ManyToManyField(Task, related_name="billed_lines")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contract_row", "period_from", "client", "late"], name="billed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.billed} {self.position}"
