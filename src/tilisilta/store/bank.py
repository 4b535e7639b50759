"""Bank files of the workspace: each payment that a bank showed, and what became of it."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tilisilta.store.company import Company, User
from tilisilta.store.workspace import WorkspaceInvoice, WorkspacePayment


class BankEntryState(models.TextChoices):
    MATCHED = "matched", _("Paid an invoice")
    PROPOSED = "proposed", _("Proposed")
    OPEN = "open", _("Not matched")
    IGNORED = "ignored", _("Left out")


class BankEntry(models.Model):
    """One payment of a bank file. `entry_id` is the same in whichever file it comes, so it is kept once.

    `amount_minor` is signed: money in is positive. `why` names why it matched, or why it did not.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="bank_entries")
    entry_id = models.CharField(max_length=140)
    file_name = models.CharField(max_length=255)
    account_iban = models.CharField(max_length=34, blank=True)
    date = models.DateField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="EUR")
    counterparty_name = models.CharField(max_length=200, blank=True)
    counterparty_iban = models.CharField(max_length=34, blank=True)
    reference_number = models.CharField(max_length=35, blank=True)
    message = models.CharField(max_length=500, blank=True)
    numbers = models.JSONField(default=list)  # invoice numbers that the payer names in structured form
    state = models.CharField(max_length=8, choices=BankEntryState.choices, default=BankEntryState.OPEN)
    why = models.CharField(max_length=40, blank=True)
    invoice = models.ForeignKey(
        WorkspaceInvoice, on_delete=models.SET_NULL, null=True, blank=True, related_name="bank_entries"
    )
    payment = models.ForeignKey(
        WorkspacePayment, on_delete=models.SET_NULL, null=True, blank=True, related_name="bank_entries"
    )
    is_special = models.BooleanField(default=False)  # a fee, a return or a reversal: never matched by itself
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "entry_id"], name="bank_entry_of_company_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["company", "state", "-date", "-id"], name="bank_entry_list")]

    def __str__(self) -> str:
        return f"{self.date} {self.amount_minor} {self.reference_number}"
