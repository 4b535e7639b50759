"""A company's own books as far as the workspace keeps them: accounts, postings of invoices, closed periods."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tilisilta.store.company import Company, User


class AccountType(models.TextChoices):
    ASSET = "asset", _("Asset")
    LIABILITY = "liability", _("Liability")
    EQUITY = "equity", _("Equity")
    INCOME = "income", _("Income")
    EXPENSE = "expense", _("Expense")


class AccountRole(models.TextChoices):
    """What an account stands for when postings are proposed; empty for all others."""

    NONE = "", "–"
    RECEIVABLES = "receivables", _("Trade receivables")
    PAYABLES = "payables", _("Trade payables")
    BANK = "bank", _("Bank account")
    CASH = "cash", _("Cash")
    SALES = "sales", _("Sales")
    PURCHASES = "purchases", _("Purchases")
    OUTPUT_VAT = "output_vat", _("Output VAT")
    INPUT_VAT = "input_vat", _("Input VAT")
    ROUNDING = "rounding", _("Rounding")
    PREPAYMENTS = "prepayments", _("Prepayments")
    BANK_FEES = "bank_fees", _("Bank fees")


class LedgerAccount(models.Model):
    """One account of a company's chart; `vat_treatment` and `vat_rate` are what its rows usually bear."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="ledger_accounts")
    number = models.CharField(max_length=20)
    name = models.CharField(max_length=150)
    type = models.CharField(max_length=10, choices=AccountType.choices)
    role = models.CharField(max_length=12, choices=AccountRole.choices, blank=True)
    vat_treatment = models.CharField(max_length=40, blank=True)
    vat_rate = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "number"], name="ledger_account_once")]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class Side(models.TextChoices):
    """Sales and purchases: two sides that are kept, posted and closed apart."""

    SALES = "sales", _("Sales")
    PURCHASES = "purchase", _("Purchases")


class PeriodState(models.TextChoices):
    CLOSING = "closing", _("Being closed")
    SENT = "sent", _("Closed and sent")
    CLOSED = "closed", _("Closed, not sent")
    FAILED = "failed", _("Closed, sending failed")
    REOPENED = "reopened", _("Opened again")


class ClosedPeriod(models.Model):
    """A closed stretch of days of one side. Sales and purchases are closed apart; days of a side never overlap.

    `revision` grows with every sending again; `totals` holds {"account|vat code": {"debit", "credit"}} and counts.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="closed_periods")
    integration = models.ForeignKey("Integration", on_delete=models.SET_NULL, null=True, related_name="closed_periods")
    side = models.CharField(max_length=8, choices=Side.choices)
    date_from = models.DateField()
    date_to = models.DateField()
    state = models.CharField(max_length=10, choices=PeriodState.choices, default=PeriodState.CLOSING)
    per_day = models.BooleanField(default=False)
    revision = models.PositiveIntegerField(default=1)
    document_count = models.PositiveIntegerField(default=0)
    net_minor = models.BigIntegerField(default=0)
    vat_minor = models.BigIntegerField(default=0)
    gross_minor = models.BigIntegerField(default=0)
    totals = models.JSONField(default=dict)
    closed_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    closed_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    reopened_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    reopened_at = models.DateTimeField(null=True, blank=True)
    reopen_reason = models.CharField(max_length=200, blank=True)
    problem_code = models.CharField(max_length=60, blank=True)
    problem_params = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "side", "-date_to"], name="closed_period_list")]

    def __str__(self) -> str:
        return f"{self.side} {self.date_from}..{self.date_to}"


class PeriodVoucher(models.Model):
    """One journal entry of a closed period, as canonical payload; `source_id` is the delivery's."""

    period = models.ForeignKey(ClosedPeriod, on_delete=models.CASCADE, related_name="vouchers")
    source_id = models.CharField(max_length=120)
    date = models.DateField()
    revision = models.PositiveIntegerField(default=1)
    replaces = models.CharField(max_length=120, blank=True)  # the source id of the voucher that this one replaces
    payload = models.BinaryField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["period", "source_id"], name="period_voucher_once")]

    def __str__(self) -> str:
        return self.source_id
