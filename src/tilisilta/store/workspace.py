"""The invoice workspace: sales and purchase invoices that a company keeps here, their approval, postings and payments.

An invoice's content is its canonical payload; the columns serve lists, totals and rules.
"""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tilisilta.store.company import Company, User
from tilisilta.store.ledger import ClosedPeriod, LedgerAccount, Side


class ForemanPart(models.TextChoices):
    """What the foreman of a project becomes when its number is found in an invoice's references."""

    NONE = "none", _("Not added")
    CHECKER = "checker", _("Checker")
    APPROVER = "approver", _("Approver")
    BOTH = "both", _("Checker and approver")


class WorkspaceSettings(models.Model):
    """A company's choices for its workspace; made when the workspace is switched on."""

    company = models.OneToOneField(Company, on_delete=models.CASCADE, primary_key=True, related_name="workspace")
    is_on = models.BooleanField(default=False)
    bank_iban = models.CharField(max_length=34, blank=True)
    bank_bic = models.CharField(max_length=11, blank=True)
    street = models.CharField(max_length=150, blank=True)
    city = models.CharField(max_length=80, blank=True)
    postal_code = models.CharField(max_length=12, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    einvoice_address = models.CharField(max_length=50, blank=True)
    einvoice_operator = models.CharField(max_length=50, blank=True)
    payment_term_days = models.PositiveSmallIntegerField(default=14)
    interest_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    circulation_on = models.BooleanField(default=False)
    checkers_needed = models.PositiveSmallIntegerField(default=0)
    approvers_needed = models.PositiveSmallIntegerField(default=1)
    foreman_part = models.CharField(max_length=8, choices=ForemanPart.choices, default=ForemanPart.NONE)
    foreman_is_mandatory = models.BooleanField(default=False)
    days_until_paid = models.PositiveSmallIntegerField(default=3)  # past the due date without a bank error
    posts_on_sending = models.BooleanField(default=False)  # a sent sales invoice is posted as proposed

    def __str__(self) -> str:
        return str(self.company)


class NumberSeries(models.Model):
    """Numbers of sales invoices and credit notes: prefix, next number, width."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="number_series")
    name = models.CharField(max_length=60)
    is_for_credit_notes = models.BooleanField(default=False)
    prefix = models.CharField(max_length=12, blank=True)
    next_number = models.PositiveIntegerField(default=1)
    width = models.PositiveSmallIntegerField(default=0)
    is_default = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class WorkspaceDimension(models.Model):
    """One value of a dimension: a cost centre, or a project or work order with its foreman."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="workspace_dimensions")
    axis = models.CharField(max_length=40)  # "project" is the axis whose foremen take part in approval
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=150, blank=True)
    foreman = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "axis", "code"], name="workspace_dimension_once"),
        ]

    def __str__(self) -> str:
        return f"{self.axis} {self.code}"


class WorkspaceParty(models.Model):
    """A customer or supplier of the workspace; `payload` is the canonical party."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="workspace_parties")
    name = models.CharField(max_length=200)
    registry_code = models.CharField(max_length=20, blank=True)
    vat_number = models.CharField(max_length=20, blank=True)
    email = models.EmailField(blank=True)
    is_customer = models.BooleanField(default=False)
    is_supplier = models.BooleanField(default=False)
    default_account = models.ForeignKey(LedgerAccount, on_delete=models.SET_NULL, null=True, blank=True)
    payload = models.BinaryField()
    is_active = models.BooleanField(default=True)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["company", "name"], name="workspace_party_name"),
            models.Index(fields=["company", "registry_code"], name="workspace_party_code"),
        ]

    def __str__(self) -> str:
        return self.name


class WorkspaceItem(models.Model):
    """An item of the workspace; `payload` is the canonical item."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="workspace_items")
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    sales_account = models.ForeignKey(LedgerAccount, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    purchase_account = models.ForeignKey(
        LedgerAccount, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    payload = models.BinaryField()
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["company", "code"], name="workspace_item_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class InvoiceStage(models.TextChoices):
    """Where an invoice stands. Sales: draft, sent. Purchases: received, in circulation, approved, rejected."""

    DRAFT = "draft", _("Draft")
    SENT = "sent", _("Sent")
    RECEIVED = "received", _("Received")
    CIRCULATING = "circulating", _("In circulation")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")


class PostingStage(models.TextChoices):
    NONE = "none", _("Not posted")
    PROPOSED = "proposed", _("Proposed")
    POSTED = "posted", _("Posted")


class PaymentStage(models.TextChoices):
    UNPAID = "unpaid", _("Unpaid")
    AT_BANK = "at_bank", _("Sent to the bank")
    PARTLY_PAID = "partly_paid", _("Partly paid")
    PAID = "paid", _("Paid")


class InvoiceOrigin(models.TextChoices):
    HAND = "hand", _("By hand")
    FILE = "file", _("E-invoice file")
    API = "api", _("API")
    SOURCE = "source", _("Another system")


class WorkspaceInvoice(models.Model):
    """A sales or purchase invoice, or a credit note."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="workspace_invoices")
    direction = models.CharField(max_length=8, choices=Side.choices)
    is_credit_note = models.BooleanField(default=False)
    credits = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="credited_by")
    number = models.CharField(max_length=100, blank=True)  # empty while a sales invoice is a draft
    date = models.DateField()
    due_date = models.DateField(null=True, blank=True)
    party = models.ForeignKey(WorkspaceParty, on_delete=models.PROTECT, related_name="invoices", null=True)
    party_name = models.CharField(max_length=200)
    currency = models.CharField(max_length=3, default="EUR")
    net_minor = models.BigIntegerField(default=0)
    vat_minor = models.BigIntegerField(default=0)
    gross_minor = models.BigIntegerField(default=0)  # with rounding: what is to be paid
    paid_minor = models.BigIntegerField(default=0)
    reference_number = models.CharField(max_length=35, blank=True)
    stage = models.CharField(max_length=12, choices=InvoiceStage.choices)
    posting_stage = models.CharField(max_length=8, choices=PostingStage.choices, default=PostingStage.NONE)
    payment_stage = models.CharField(max_length=12, choices=PaymentStage.choices, default=PaymentStage.UNPAID)
    origin = models.CharField(max_length=6, choices=InvoiceOrigin.choices, default=InvoiceOrigin.HAND)
    origin_id = models.CharField(max_length=120, blank=True)
    payload = models.BinaryField()  # the canonical invoice
    version_hash = models.CharField(max_length=32, blank=True)
    closed_period = models.ForeignKey(ClosedPeriod, on_delete=models.SET_NULL, null=True, related_name="invoices")
    sent_at = models.DateTimeField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    bank_sent_at = models.DateTimeField(null=True, blank=True)
    bank_error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["company", "direction", "-date", "-id"], name="workspace_invoice_list"),
            models.Index(fields=["company", "direction", "stage"], name="workspace_invoice_stage"),
            models.Index(fields=["company", "number"], name="workspace_invoice_number"),
            models.Index(fields=["company", "reference_number"], name="workspace_invoice_reference"),
            models.Index(fields=["company", "updated_at"], name="workspace_invoice_changed"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "origin", "origin_id"],
                condition=~models.Q(origin_id=""),
                name="workspace_invoice_origin_once",
            ),
            # Two people who take the next number at once: one of them is told to try again.
            models.UniqueConstraint(
                fields=["company", "number"],
                condition=models.Q(direction="sales") & ~models.Q(number=""),
                name="workspace_sales_number_once",
            ),
        ]

    def __str__(self) -> str:
        return self.number or f"#{self.pk}"


class WorkspaceAttachment(models.Model):
    """A file of an invoice; one of them may be the picture of the invoice itself."""

    invoice = models.ForeignKey(WorkspaceInvoice, on_delete=models.CASCADE, related_name="attachments")
    is_image = models.BooleanField(default=False)
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invoice"], condition=models.Q(is_image=True), name="workspace_one_image"),
        ]

    def __str__(self) -> str:
        return self.name


class HandlerRole(models.TextChoices):
    CHECKER = "checker", _("Checker")
    APPROVER = "approver", _("Approver")


class DefaultHandler(models.Model):
    """Who is added to the circulation of purchase invoices from an amount on."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="default_handlers")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=8, choices=HandlerRole.choices)
    is_mandatory = models.BooleanField(default=False)
    from_minor = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.user} {self.role}"


class HandlerDecision(models.TextChoices):
    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Rejected")


class InvoiceHandler(models.Model):
    """One person's part in an invoice's circulation."""

    invoice = models.ForeignKey(WorkspaceInvoice, on_delete=models.CASCADE, related_name="handlers")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=8, choices=HandlerRole.choices)
    is_mandatory = models.BooleanField(default=False)
    decision = models.CharField(max_length=8, choices=HandlerDecision.choices, default=HandlerDecision.OPEN)
    reason = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["invoice", "user", "role"], name="invoice_handler_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role} {self.decision}"


class InvoicePosting(models.Model):
    """One debit or credit of an invoice or a payment; a set balances. Amounts in the company's currency."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="postings")
    invoice = models.ForeignKey(WorkspaceInvoice, on_delete=models.CASCADE, related_name="postings")
    payment = models.ForeignKey(
        "WorkspacePayment", on_delete=models.CASCADE, null=True, blank=True, related_name="postings"
    )
    position = models.PositiveIntegerField(default=0)
    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="postings")
    date = models.DateField()
    debit_minor = models.BigIntegerField(default=0)
    credit_minor = models.BigIntegerField(default=0)
    vat_rate = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)
    vat_treatment = models.CharField(max_length=40, blank=True)
    description = models.CharField(max_length=200, blank=True)
    why = models.CharField(max_length=40, blank=True)  # what the proposal came from: supplier, item, history, role

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "date"], name="posting_date")]

    def __str__(self) -> str:
        return f"{self.account} {self.debit_minor}/{self.credit_minor}"


class PaymentOrigin(models.TextChoices):
    HAND = "hand", _("By hand")
    REFERENCE = "reference", _("Reference payment")
    BANK = "bank", _("Bank file")
    RULE = "rule", _("Past the due date without a bank error")


class WorkspacePayment(models.Model):
    """Money that paid an invoice, whole or in part."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="workspace_payments")
    invoice = models.ForeignKey(WorkspaceInvoice, on_delete=models.CASCADE, related_name="payments")
    date = models.DateField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3, default="EUR")
    origin = models.CharField(max_length=10, choices=PaymentOrigin.choices, default=PaymentOrigin.HAND)
    bank_entry_id = models.CharField(max_length=140, blank=True)
    reference_number = models.CharField(max_length=35, blank=True)
    note = models.CharField(max_length=200, blank=True)
    closed_period = models.ForeignKey(ClosedPeriod, on_delete=models.SET_NULL, null=True, related_name="payments")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "bank_entry_id", "invoice"],
                condition=~models.Q(bank_entry_id=""),
                name="bank_entry_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.amount_minor}"


class WorkspaceEvent(models.Model):
    """A line of an invoice's own log: created, edited, sent, approved, posted, paid, closed."""

    invoice = models.ForeignKey(WorkspaceInvoice, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    code = models.CharField(max_length=60)
    params = models.JSONField(default=dict)
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["invoice", "id"], name="workspace_event")]

    def __str__(self) -> str:
        return self.code
