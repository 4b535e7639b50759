"""Documents as their source showed them, and the files some of them came in.

Amounts are whole minor units of the row's currency: SQLite would add decimals as floats.
"""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tilisilta.core.documents import DocumentKind
from tilisilta.store.company import Company, User
from tilisilta.store.connection import Connection

KIND_CHOICES = [(kind.value, kind.value) for kind in DocumentKind]


class Document(models.Model):
    """The newest version of a document: columns that lists and totals need, and its canonical payload."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="documents", db_index=False)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="documents", db_index=False)
    kind = models.CharField(max_length=24, choices=KIND_CHOICES)
    source_id = models.CharField(max_length=120)
    number = models.CharField(max_length=100, blank=True)
    date = models.DateField(null=True, blank=True)
    due_date = models.DateField(null=True, blank=True)
    party_name = models.CharField(max_length=200, blank=True)
    party_key = models.CharField(max_length=200, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    net_minor = models.BigIntegerField(default=0)
    vat_minor = models.BigIntegerField(default=0)
    gross_minor = models.BigIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    version_hash = models.CharField(max_length=32)
    payload = models.BinaryField()
    is_deleted_at_source = models.BooleanField(default=False)
    first_seen_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "kind", "source_id"], name="document_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["company", "kind", "-date", "-id"], name="document_list"),
            models.Index(fields=["company", "-date", "-id"], name="document_list_all"),
            models.Index(fields=["company", "number"], name="document_number"),
            models.Index(fields=["company", "party_name"], name="document_party"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number or self.source_id}"


class DocumentVersion(models.Model):
    """An earlier version, kept when a document changed, so that drift can be shown."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    version_hash = models.CharField(max_length=32)
    payload = models.BinaryField()
    replaced_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["document", "version"], name="document_version_once")]

    def __str__(self) -> str:
        return f"{self.document_id} v{self.version}"


class FileOrigin(models.TextChoices):
    UPLOAD = "upload", _("Upload")
    API = "api", _("API")
    FOLDER = "folder", _("Watched folder")


class FileState(models.TextChoices):
    RECEIVED = "received", _("Received")
    READ = "read", _("Read")
    REFUSED = "refused", _("Refused")


class StoredFile(models.Model):
    """A file that came in for a files connection. The same content is taken once per connection."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="files")
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    origin = models.CharField(max_length=10, choices=FileOrigin.choices)
    state = models.CharField(max_length=10, choices=FileState.choices, default=FileState.RECEIVED)
    format = models.CharField(max_length=40, blank=True)
    document_count = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list)  # [{code, params, severity, where}]
    received_at = models.DateTimeField(default=timezone.now)
    received_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["connection", "sha256"], name="file_once")]
        indexes: ClassVar = [models.Index(fields=["company", "-received_at"], name="file_list")]

    def __str__(self) -> str:
        return self.name


class FileContent(models.Model):
    """The bytes, apart from the row that lists show."""

    file = models.OneToOneField(StoredFile, on_delete=models.CASCADE, primary_key=True, related_name="content")
    content = models.BinaryField()

    def __str__(self) -> str:
        return str(self.file_id)
