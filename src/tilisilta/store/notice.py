"""Notices: what people are told when something ended or needs them."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tilisilta.store.company import Company, User


class NoticeLevel(models.TextChoices):
    INFO = "info", _("Information")
    SUCCESS = "success", _("Done")
    WARNING = "warning", _("Warning")
    ERROR = "error", _("Error")


class Notice(models.Model):
    """One notice to one person. `code` names its text in `services/notices.py`."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="notices")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    code = models.CharField(max_length=60)
    params = models.JSONField(default=dict)
    level = models.CharField(max_length=10, choices=NoticeLevel.choices, default=NoticeLevel.INFO)
    link = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    emailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user", "-created_at"], name="notice_list")]

    def __str__(self) -> str:
        return self.code
