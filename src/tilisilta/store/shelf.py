"""The shelf: documents that lie ready until another system fetches them, and the key and calls of who fetches."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tilisilta.store.company import Company, User
from tilisilta.store.connection import Connection


class ShelfState(models.TextChoices):
    WAITING = "waiting", _("Waiting to be fetched")
    TRANSFERRED = "transferred", _("Fetched")
    OTHER = "other", _("In another status")


class ShelfKind(models.TextChoices):
    CUSTOMER = "customer", _("Customers")
    ITEM = "item", _("Items")
    SALES_INVOICE = "sales_invoice", _("Sales invoices")
    SALES_CREDIT_NOTE = "sales_credit_note", _("Sales credit notes")


class ShelfDocument(models.Model):
    """One record on the shelf of one connection. `key` is its draft's, or for items the item's own.

    `payload` is the draft (the item itself for items) as JSON; what the fetcher sees is made from it when it is read.
    `number` is an invoice's or customer's number, or an item's code; `register` tells of which register an item is.
    The names of the first two states are the connection's settings, so that a renamed status takes its documents along.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="shelf_documents")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="shelf_documents")
    kind = models.CharField(max_length=20, choices=ShelfKind.choices)
    key = models.CharField(max_length=200)
    guid = models.UUIDField()
    number = models.CharField(max_length=100, blank=True)
    register = models.CharField(max_length=20, blank=True)
    party_guid = models.UUIDField(null=True, blank=True)
    party_name = models.CharField(max_length=200, blank=True)
    date = models.DateField(null=True, blank=True)
    gross_minor = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    is_reverse_charge = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    state = models.CharField(max_length=12, choices=ShelfState.choices, default=ShelfState.WAITING)
    status = models.CharField(max_length=200, blank=True)  # the name of any other status
    payload = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "key"], name="shelf_key_once"),
            models.UniqueConstraint(fields=["connection", "guid"], name="shelf_guid_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["connection", "kind", "state", "id"], name="shelf_state"),
            models.Index(fields=["connection", "kind", "number"], name="shelf_number"),
            models.Index(fields=["connection", "kind", "date"], name="shelf_date"),
        ]

    def __str__(self) -> str:
        return self.number or self.key


class ShelfAccess(models.Model):
    """The key that opens one connection's shelf, as its hash; `hint` shows its last characters."""

    connection = models.OneToOneField(
        Connection, on_delete=models.CASCADE, primary_key=True, related_name="shelf_access"
    )
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    key_hash = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=20)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return self.hint


class ShelfCall(models.Model):
    """How often an operation was called on a day and how it ended: an empty outcome is an answer, else a fault."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="shelf_calls")
    day = models.DateField()
    operation = models.CharField(max_length=60)
    outcome = models.CharField(max_length=40, blank=True)
    count = models.IntegerField(default=0)
    last_at = models.DateTimeField(default=timezone.now)
    last_ip = models.GenericIPAddressField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "day", "operation", "outcome"], name="shelf_call_once")
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.day}"
