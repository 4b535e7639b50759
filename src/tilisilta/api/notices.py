"""Notices: what people are told. A token reads those of the member who made it."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from tilisilta.api.guard import actor_of
from tilisilta.api.shapes import Done, Id, Input, Page, PageQuery, page_out
from tilisilta.services import listings, notices
from tilisilta.store.models import Notice, NoticeLevel

router = Router(tags=["Notices"])


class NoticeOut(Schema):
    """One notice, in the caller's language."""

    id: int
    code: str
    level: NoticeLevel
    title: str
    text: str
    link: str = Field(description="Path of the page where it is seen or solved")
    created_at: dt.datetime
    read_at: dt.datetime | None


class NoticeQuery(PageQuery):
    """Filters of notices."""

    is_unread: bool = Field(False, description="true for those that nobody read yet only")


class NoticesRead(Input):
    """Which notice was read; null for all."""

    notice_id: Id | None = None


def _out(row: Notice) -> NoticeOut:
    return NoticeOut(
        id=row.pk,
        code=row.code,
        level=NoticeLevel(row.level),
        title=notices.title(row),
        text=notices.text(row),
        link=row.link,
        created_at=row.created_at,
        read_at=row.read_at,
    )


@router.get("/notices", response=Page[NoticeOut], summary="List notices")
def list_notices(request: HttpRequest, query: Query[NoticeQuery]) -> dict[str, Any]:
    """Return the notices of the member who made the token, newest first."""
    found = listings.notices(actor_of(request), is_unread=query.is_unread)
    return page_out(listings.page(found, ["-id"], cursor=query.cursor, limit=query.limit), _out)


@router.post("/notices/read", response=Done, summary="Mark notices as read")
def mark_read(request: HttpRequest, chosen: NoticesRead) -> Done:
    """Mark one notice as read, or all of them."""
    actor = actor_of(request)
    reader = listings.notice_reader(actor)
    if reader is None:
        if chosen.notice_id is not None:
            raise Notice.DoesNotExist
        return Done(count=0)
    return Done(count=notices.mark_read(reader, actor.company, chosen.notice_id))
