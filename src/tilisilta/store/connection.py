"""Connections: one company's access to one system."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tilisilta.store.company import Company


class ConnectionState(models.TextChoices):
    NEW = "new", _("Not tested yet")
    ACTIVE = "active", _("Active")
    NEEDS_RECONNECT = "needs_reconnect", _("Needs reconnecting")
    INACTIVE = "inactive", _("Inactive")


class Connection(models.Model):
    """Credentials are sealed; `hints` shows their masked ends. `vendor` names a connector."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="connections")
    vendor = models.CharField(max_length=30)
    name = models.CharField(_("name"), max_length=100)
    settings = models.JSONField(default=dict)
    sealed_credentials = models.BinaryField(default=bytes)
    hints = models.JSONField(default=dict)
    state = models.CharField(max_length=20, choices=ConnectionState.choices, default=ConnectionState.NEW)
    environment = models.CharField(max_length=200, blank=True)
    details = models.JSONField(default=dict)
    problem_code = models.CharField(max_length=60, blank=True)
    problem_params = models.JSONField(default=dict)
    evidence = models.JSONField(default=dict)
    checked_at = models.DateTimeField(null=True, blank=True)
    activated_at = models.DateTimeField(null=True, blank=True)
    deactivated_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "vendor"], name="connection_vendor")]

    def __str__(self) -> str:
        return self.name


class CatalogueSnapshot(models.Model):
    """One of the vendor's lists as last read, so that pages and mapping need no network."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="catalogues")
    kind = models.CharField(max_length=20)
    entries = models.JSONField(default=list)
    fetched_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["connection", "kind"], name="catalogue_once")]

    def __str__(self) -> str:
        return self.kind


class BudgetWindow(models.Model):
    """Requests taken from a vendor's budget in the window that holds now, over all workers."""

    key = models.CharField(max_length=120, primary_key=True)
    starts_at = models.BigIntegerField(default=0)  # seconds since the epoch
    used = models.IntegerField(default=0)

    def __str__(self) -> str:
        return self.key
