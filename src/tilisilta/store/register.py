"""The business register: every company of a country's open-data file, and each time that the file was loaded."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from tilisilta.core.names import company_in_order


class BusinessRegisterEntry(models.Model):
    """One company as the register's file has it; deleted companies are absent.

    `search_name` is `company_in_order(name)`: what prefix searches walk. `status` is the register's own code
    (Estonia: R entered, L in liquidation, N bankrupt).
    """

    country = models.CharField(max_length=2, default="EE")
    registry_code = models.CharField(max_length=20)
    name = models.CharField(max_length=300)
    search_name = models.CharField(max_length=300)
    vat_number = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=10, blank=True)
    street = models.CharField(max_length=300, blank=True)
    place = models.CharField(max_length=200, blank=True)
    postal_code = models.CharField(max_length=10, blank=True)
    email = models.CharField(max_length=254, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["country", "registry_code"], name="register_code_once"),
        ]
        indexes: ClassVar = [
            # The operator class lets PostgreSQL find prefixes by it whatever the database's collation.
            models.Index(
                fields=["country", "search_name"], opclasses=["varchar_pattern_ops"] * 2, name="register_by_name"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.registry_code} {self.name}"

    @staticmethod
    def searchable(name: str) -> str:
        """Return a name as `search_name` holds it."""
        return company_in_order(name)


class RegisterLoadState(models.TextChoices):
    RUNNING = "running", "running"
    DONE = "done", "done"
    UNCHANGED = "unchanged", "unchanged"
    FAILED = "failed", "failed"


class RegisterLoad(models.Model):
    """One time that the register's file was asked for or handed in. At most one is under way for a country."""

    country = models.CharField(max_length=2, default="EE")
    state = models.CharField(max_length=10, choices=RegisterLoadState.choices, default=RegisterLoadState.RUNNING)
    source = models.CharField(max_length=500)  # the address, or the name of a file that was handed in
    etag = models.CharField(max_length=200, blank=True)
    last_modified = models.CharField(max_length=60, blank=True)
    rows = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)  # entries that came, changed or went
    bytes = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0)
    at = models.DateTimeField(default=timezone.now)
    problem = models.CharField(max_length=60, blank=True)
    problem_params = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["country"], condition=models.Q(state="running"), name="register_load_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.state} {self.source}"
