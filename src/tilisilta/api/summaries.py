"""Monthly summaries of clients' books: settings, months, imports, and the entries behind a number."""

import datetime as dt
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from tilisilta.api.errors import ApiError, FieldError
from tilisilta.api.guard import actor_of
from tilisilta.api.shapes import ACCOUNTANT, ADMIN, Id, Input, Page, PageQuery, ProblemWords, Text, page_out, words_of
from tilisilta.services import listings
from tilisilta.services.books import integrations
from tilisilta.services.practice.settings import month_of
from tilisilta.services.summaries import counts, documents, overview, runs, settings
from tilisilta.services.summaries.ledger import is_late
from tilisilta.services.summaries.settings import SummaryContent
from tilisilta.store.models import Job, JobKind, JobState, PracticeIntegration, SeenEntry, Summary, SummaryRhythm

router = Router(tags=["Monthly summaries"])
Vendor = Annotated[str, Field(max_length=30, examples=["merit"])]
Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="A month", examples=["2026-10"])]


class SummaryCountOut(Schema):
    """A number that the system can tell."""

    code: str = Field(examples=["sales_invoice.rows"])
    label: str
    is_fetched: bool
    field_id: int | None = Field(description="The field of tasks that it fills; null for none")
    is_field_deleted: bool


class SummarySettingsOut(Schema):
    """How a system's monthly summaries are made."""

    vendor: str
    is_on: bool
    title: str
    topic: str
    rhythm: SummaryRhythm
    import_day: int = Field(description="1 to 28 of the month after the period; 0 is the last day of the period")
    late_in_current: bool = Field(description="Late entries count in the month under way, not in their own")
    look_back_months: int
    reload_months: int
    next_due_at: dt.datetime | None
    counts: list[SummaryCountOut]


class SummarySettingsNew(Input):
    """New settings; fields that are left out stay as they are."""

    title: Text | None = None
    topic_id: Id | None = None
    new_topic: Text | None = Field(None, description="Is made unless it is there, and used")
    rhythm: SummaryRhythm | None = None
    import_day: Annotated[int, Field(ge=0, le=28)] | None = None
    late_in_current: bool | None = None
    look_back_months: Annotated[int, Field(ge=1, le=settings.MOST_LOOK_BACK)] | None = None
    reload_months: Annotated[int, Field(ge=1, le=settings.MOST_MONTHS)] | None = None
    is_on: bool | None = None
    counts: dict[str, str] | None = Field(
        None, description='By code: "none" fetches it without a field, "new" makes a field, or the id of a field'
    )


class SummaryDifferenceOut(Schema):
    """What came or went after a month was billed."""

    count: str
    quantity: int
    found_at: dt.datetime
    is_billed: bool


class SummaryOut(Schema):
    """What was counted for one client in one month."""

    id: int
    vendor: str
    client_id: int
    client: str
    month: str
    counts: dict[str, int] = Field(description="By the codes of the numbers")
    billed_counts: dict[str, int] | None = Field(description="null while the month is not billed")
    differences: list[SummaryDifferenceOut]
    task_id: int | None
    fetched_at: dt.datetime | None


class SeenEntryOut(Schema):
    """One entry behind a number."""

    id: int
    kind: str
    remote_id: str = Field(description="The system's own id")
    number: str
    label: str
    date: dt.date
    entered_at: str = Field(description="In the client's own time; empty when the system does not tell")
    rows: int | None
    is_late: bool
    is_gone: bool = Field(description="Deleted since; it counts nothing")


class SummaryJobOut(Schema):
    """An import of summaries."""

    id: int
    kind: JobKind
    state: JobState
    months: str
    clients: int
    done: int
    failed: int
    result: dict[str, int] = Field(description="new, late, moved and gone entries, tasks made, differences")
    problem: ProblemWords | None
    requested_at: dt.datetime
    finished_at: dt.datetime | None


class SummaryJobNew(Input):
    """Which summaries are imported.

    `month`: as the night would, for the period that ends with `month_to`, or the newest. `reload`: the last months
    anew, overwriting. `period`: from `month_from` to `month_to`, overwriting.
    """

    kind: Literal["month", "reload", "period"]
    client_ids: Annotated[list[Id], Field(min_length=1, max_length=1000)] | None = Field(
        None, description="null for all connected clients"
    )
    month_from: Month | None = None
    month_to: Month | None = None


class SummaryQuery(PageQuery):
    """Which summaries."""

    vendor: Annotated[str, Field(max_length=30)] = ""
    client_id: Id | None = None
    month: Month | None = None


class SeenEntryQuery(PageQuery):
    """Which entries."""

    kind: Annotated[str, Field(max_length=20)] = ""
    only: Literal["", "late", "gone"] = ""


def _integration(request: HttpRequest, vendor: str) -> PracticeIntegration:
    return integrations.get(actor_of(request).company, vendor)


def _settings_out(integration: PracticeIntegration) -> SummarySettingsOut:
    own = settings.settings_of(integration)
    chosen = settings.chosen_counts(own) if own.title else {}
    shown = []
    for code in counts.codes_of(integration.vendor):
        field = chosen.get(code)
        shown.append(
            SummaryCountOut(
                code=code,
                label=counts.count_label(code),
                is_fetched=code in chosen,
                field_id=field.pk if field is not None else None,
                is_field_deleted=field is not None and field.deleted_at is not None,
            )
        )
    return SummarySettingsOut(
        vendor=integration.vendor,
        is_on=own.is_on,
        title=own.title,
        topic=own.topic.name if own.topic is not None else "",
        rhythm=SummaryRhythm(own.rhythm),
        import_day=own.import_day,
        late_in_current=own.late_in_current,
        look_back_months=own.look_back_months,
        reload_months=own.reload_months,
        next_due_at=own.next_due_at,
        counts=shown,
    )


def _summary(row: Summary) -> SummaryOut:
    return SummaryOut(
        id=row.pk,
        vendor=row.integration.vendor,
        client_id=row.client_id,
        client=row.client.name,
        month=f"{row.month:%Y-%m}",
        counts=row.counts,
        billed_counts=row.billed_counts,
        differences=[
            SummaryDifferenceOut(
                count=each.count, quantity=each.quantity, found_at=each.found_at, is_billed=each.is_billed
            )
            for each in row.differences.all()
        ],
        task_id=row.task_id,
        fetched_at=row.fetched_at,
    )


def _entry(row: SeenEntry) -> SeenEntryOut:
    return SeenEntryOut(
        id=row.pk,
        kind=row.kind,
        remote_id=row.remote_id,
        number=row.number,
        label=row.label,
        date=row.entry_date,
        entered_at=row.entered_at,
        rows=row.rows,
        is_late=is_late(row),
        is_gone=row.gone_at is not None,
    )


def _job(row: Job) -> SummaryJobOut:
    return SummaryJobOut(
        id=row.pk,
        kind=JobKind(row.kind),
        state=JobState(row.state),
        months=runs.plan_of(row).words,
        clients=row.total,
        done=row.done,
        failed=row.failed,
        result=row.result,
        problem=words_of(row.problem_code, row.problem_params) if row.problem_code else None,
        requested_at=row.requested_at,
        finished_at=row.finished_at,
    )


def _month(text: str | None) -> dt.date | None:
    return None if text is None else month_of(dt.date.fromisoformat(f"{text}-01"))


@router.get("/books/{vendor}/summaries/settings", response=SummarySettingsOut, summary="Show how summaries are made")
def get_summary_settings(request: HttpRequest, vendor: Vendor) -> SummarySettingsOut:
    """Return the settings of a system's monthly summaries, with every number that it can tell."""
    return _settings_out(_integration(request, vendor))


@router.patch(
    "/books/{vendor}/summaries/settings",
    response=SummarySettingsOut,
    summary="Change how summaries are made",
    openapi_extra=ADMIN,
)
def update_summary_settings(request: HttpRequest, vendor: Vendor, body: SummarySettingsNew) -> SummarySettingsOut:
    """Change the settings; fields and a topic that are asked for are made."""
    integration = _integration(request, vendor)
    own = settings.settings_of(integration)
    given = body.dict(exclude_unset=True, exclude_none=True)
    kept: dict[str, Any] = {
        "title": own.title,
        "topic_id": own.topic_id,
        "rhythm": own.rhythm,
        "import_day": own.import_day,
        "late_in_current": own.late_in_current,
        "look_back_months": own.look_back_months,
        "reload_months": own.reload_months,
        "is_on": own.is_on,
        "counts": settings.as_chosen(own),
    }
    content = SummaryContent(**{**kept, **given})
    mistakes = settings.check(integration, content)
    if mistakes:
        places = {name: f"body.counts.{name}" if name in content.counts else f"body.{name}" for name in mistakes}
        raise ApiError(
            "VALIDATION_FAILED",
            errors=[FieldError(places[name], each.code, str(each)) for name, each in mistakes.items()],
            fields=", ".join(places.values()),
        )
    settings.save(actor_of(request), integration, content)
    return _settings_out(integration)


@router.get("/summaries", response=Page[SummaryOut], summary="List summaries")
def list_summaries(request: HttpRequest, query: Query[SummaryQuery]) -> dict[str, Any]:
    """Return what was counted, newest first."""
    found = overview.summaries(
        actor_of(request).company, vendor=query.vendor, client_id=query.client_id, month=_month(query.month)
    )
    return page_out(listings.page(found, ["-id"], cursor=query.cursor, limit=query.limit), _summary)


@router.get("/summaries/{int:summary_id}", response=SummaryOut, summary="Show a summary")
def get_summary(request: HttpRequest, summary_id: Id) -> SummaryOut:
    """Return what was counted for a client in a month."""
    return _summary(documents.get_summary(actor_of(request).company, summary_id))


@router.get("/summaries/{int:summary_id}/entries", response=Page[SeenEntryOut], summary="List the entries behind")
def list_summary_entries(request: HttpRequest, summary_id: Id, query: Query[SeenEntryQuery]) -> dict[str, Any]:
    """Return the entries that a month counts, with those that were deleted since."""
    summary = documents.get_summary(actor_of(request).company, summary_id)
    found = documents.entries(summary, query.kind, query.only)
    return page_out(listings.page(found, ["id"], cursor=query.cursor, limit=query.limit), _entry)


@router.get("/books/{vendor}/summaries/imports", response=list[SummaryJobOut], summary="List imports of summaries")
def list_summary_imports(request: HttpRequest, vendor: Vendor) -> list[SummaryJobOut]:
    """Return the newest imports of a system's summaries, newest first."""
    return [_job(each) for each in runs.jobs_of(_integration(request, vendor), 50)]


@router.post(
    "/books/{vendor}/summaries/imports",
    response={202: SummaryJobOut},
    summary="Import summaries",
    openapi_extra=ACCOUNTANT,
)
def create_summary_import(request: HttpRequest, vendor: Vendor, body: SummaryJobNew) -> Status[SummaryJobOut]:
    """Ask for summaries; who asks for the same twice gets the import that is under way."""
    actor, integration = actor_of(request), _integration(request, vendor)
    first, last = _month(body.month_from), _month(body.month_to)
    if body.kind == "period" and (first is None or last is None):
        raise ApiError(
            "VALIDATION_FAILED",
            errors=[FieldError("body.month_from", "missing", "")],
            fields="body.month_from, body.month_to",
        )
    if body.kind == "reload":
        job = runs.request_reload(actor, integration, body.client_ids)
    elif first is not None and last is not None and body.kind == "period":
        job = runs.request_period(actor, integration, body.client_ids, first, last)
    else:
        job = runs.request_month(actor, integration, last, body.client_ids)
    return Status(202, _job(job))


@router.get("/summary-imports/{int:job_id}", response=SummaryJobOut, summary="Show an import of summaries")
def get_summary_import(request: HttpRequest, job_id: Id) -> SummaryJobOut:
    """Return how far an import has come."""
    return _job(runs.get_job(actor_of(request).company, job_id))


@router.post(
    "/summary-imports/{int:job_id}/cancel",
    response=SummaryJobOut,
    summary="Stop an import of summaries",
    openapi_extra=ACCOUNTANT,
)
def cancel_summary_import(request: HttpRequest, job_id: Id) -> SummaryJobOut:
    """Stop an import after the clients that are being asked now."""
    actor = actor_of(request)
    job = runs.get_job(actor.company, job_id)
    runs.cancel(actor, job)
    return _job(job)
