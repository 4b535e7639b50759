"""The audit log: who did what, when, from where."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from tilisilta.api.guard import actor_of
from tilisilta.api.shapes import ADMIN, Moment, Page, PageQuery, Text, page_out
from tilisilta.services import audit, listings
from tilisilta.store.models import AuditEntry

router = Router(tags=["Audit log"])


class AuditEntryOut(Schema):
    """One entry; entries are only ever added."""

    id: int
    at: dt.datetime
    actor: str = Field(description="Who, as it read then")
    action: str = Field(description="Stable code: connection.created")
    action_text: str
    subject: str
    link: str = Field(description="Path of the subject's page")
    details: dict[str, Any]
    ip: str | None


class AuditQuery(PageQuery):
    """Filters of the log."""

    action: str = Field("", max_length=60, description="A code, or its first part for all of a subject: connection")
    text: Text = Field("", description="Part of the actor's or the subject's name")
    since: Moment | None = Field(None, description="First moment, included")
    until: Moment | None = Field(None, description="Last moment, left out")


def _out(row: AuditEntry) -> AuditEntryOut:
    return AuditEntryOut(
        id=row.pk,
        at=row.at,
        actor=row.actor,
        action=row.action,
        action_text=audit.action_text(row.action),
        subject=row.subject,
        link=row.subject_link,
        details=dict(row.details),
        ip=row.ip,
    )


@router.get("/audit-entries", response=Page[AuditEntryOut], summary="List the audit log", openapi_extra=ADMIN)
def list_entries(request: HttpRequest, query: Query[AuditQuery]) -> dict[str, Any]:
    """Return the company's audit log, newest first."""
    found = listings.audit_page(
        actor_of(request).company,
        cursor=query.cursor,
        limit=query.limit,
        action=query.action,
        text=query.text,
        since=query.since,
        until=query.until,
    )
    return page_out(found, _out)
