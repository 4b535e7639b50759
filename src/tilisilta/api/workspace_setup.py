"""What a company chooses for its invoice workspace: settings, number series, cost centres and projects."""

from decimal import Decimal
from typing import Annotated, Any, Self

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field, model_validator

from tilisilta.api.guard import actor_of
from tilisilta.api.shapes import ACCOUNTANT, ADMIN, Id, Input, Page, PageQuery, page_out
from tilisilta.services import listings
from tilisilta.services.workspace import dimensions, numbering, settings
from tilisilta.store.models import ForemanPart, Membership, NumberSeries, User, WorkspaceDimension, WorkspaceSettings

router = Router(tags=["Invoice workspace"])

_Days = Annotated[int, Field(ge=0, le=999)]
_People = Annotated[int, Field(ge=0, le=20)]


class WorkspaceSettingsOut(Schema):
    """The choices of a workspace."""

    is_on: bool
    bank_iban: str
    bank_bic: str
    street: str
    city: str
    postal_code: str
    email: str
    phone: str
    einvoice_address: str
    einvoice_operator: str
    payment_term_days: int
    interest_percent: str | None = Field(description="Late payment interest, percent a year")
    circulation_on: bool
    checkers_needed: int
    approvers_needed: int
    foreman_part: ForemanPart
    foreman_is_mandatory: bool
    days_until_paid: int
    posts_on_sending: bool


class WorkspaceSettingsIn(Input):
    """The choices that change; what is not named stays."""

    bank_iban: Annotated[str, Field(max_length=34)] = ""
    bank_bic: Annotated[str, Field(max_length=11)] = ""
    street: Annotated[str, Field(max_length=150)] = ""
    city: Annotated[str, Field(max_length=80)] = ""
    postal_code: Annotated[str, Field(max_length=12)] = ""
    email: Annotated[str, Field(max_length=254, pattern=r"^([^@\s]+@[^@\s]+)?$")] = ""
    phone: Annotated[str, Field(max_length=40)] = ""
    einvoice_address: Annotated[str, Field(max_length=50)] = ""
    einvoice_operator: Annotated[str, Field(max_length=50)] = ""
    payment_term_days: _Days = 14
    interest_percent: Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)] | None = None
    circulation_on: bool = False
    checkers_needed: _People = 0
    approvers_needed: _People = 1
    foreman_part: ForemanPart = ForemanPart.NONE
    foreman_is_mandatory: bool = False
    days_until_paid: _Days = 3

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("name at least one choice")
        return self


class SeriesOut(Schema):
    """Numbers of sales invoices or credit notes."""

    id: int
    name: str
    prefix: str
    next_number: int
    width: int
    next_shown: str = Field(description="The next number as it will stand on the invoice")
    is_for_credit_notes: bool
    is_default: bool


class DimensionIn(Input):
    """A cost centre, a project, or a value of another axis, whole."""

    axis: Annotated[str, Field(min_length=1, max_length=40, pattern=r"\S", description="cost_centre, project, ...")]
    code: Annotated[str, Field(min_length=1, max_length=40, pattern=r"\S")]
    name: Annotated[str, Field(max_length=150)] = ""
    foreman_id: Id | None = Field(None, description="Of projects: a person of the company")
    is_active: bool = True


class DimensionOut(Schema):
    """A cost centre, a project, or a value of another axis."""

    id: int
    axis: str
    code: str
    name: str
    foreman_id: int | None
    is_active: bool


class DimensionQuery(PageQuery):
    """Filters of values and the page."""

    axis: Annotated[str, Field(max_length=40)] = ""


def _settings_out(row: WorkspaceSettings) -> WorkspaceSettingsOut:
    values: dict[str, Any] = {name: getattr(row, name) for name in WorkspaceSettingsOut.model_fields}
    return WorkspaceSettingsOut(**values | {"interest_percent": listings.percent(row.interest_percent)})


@router.get("/workspace/settings", response=WorkspaceSettingsOut, summary="Show the workspace's settings")
def get_workspace_settings(request: HttpRequest) -> WorkspaceSettingsOut:
    """Return the choices; of a workspace that is off, those that it has or would begin with."""
    return _settings_out(settings.settings_of(actor_of(request).company))


@router.patch(
    "/workspace/settings",
    response=WorkspaceSettingsOut,
    summary="Change the workspace's settings",
    openapi_extra=ADMIN,
)
def update_workspace_settings(request: HttpRequest, wanted: WorkspaceSettingsIn) -> WorkspaceSettingsOut:
    """Change the choices that are named. The workspace itself is switched on on its page."""
    return _settings_out(settings.update_settings(actor_of(request), **wanted.dict(exclude_unset=True)))


@router.get("/workspace/series", response=list[SeriesOut], summary="List number series")
def list_series(request: HttpRequest) -> list[SeriesOut]:
    """Return the number series of sales invoices and credit notes, the default ones first."""
    return [_series_out(row) for row in numbering.series_of(actor_of(request).company)]


def _series_out(row: NumberSeries) -> SeriesOut:
    return SeriesOut(
        id=row.pk,
        name=row.name,
        prefix=row.prefix,
        next_number=row.next_number,
        width=row.width,
        next_shown=numbering.shown_number(row),
        is_for_credit_notes=row.is_for_credit_notes,
        is_default=row.is_default,
    )


def _dimension_out(row: WorkspaceDimension) -> DimensionOut:
    return DimensionOut(
        id=row.pk, axis=row.axis, code=row.code, name=row.name, foreman_id=row.foreman_id, is_active=row.is_active
    )


def _save(request: HttpRequest, given: DimensionIn, row: WorkspaceDimension | None) -> DimensionOut:
    actor = actor_of(request)
    settings.require_on(actor.company)
    values = given.dict(exclude={"foreman_id"})
    return _dimension_out(
        dimensions.save_dimension(actor, row=row, foreman=_person(actor.company.pk, given.foreman_id), **values)
    )


def _person(company_id: int, person_id: int | None) -> User | None:
    if person_id is None:
        return None
    return Membership.objects.select_related("user").get(company_id=company_id, user_id=person_id).user


@router.get("/workspace/dimensions", response=Page[DimensionOut], summary="List cost centres and projects")
def list_dimensions(request: HttpRequest, query: Query[DimensionQuery]) -> dict[str, Any]:
    """Return the values by axis and code, those put aside included."""
    found = dimensions.dimensions(actor_of(request).company, axis=query.axis, is_active=None)
    return page_out(listings.page(found, ["axis", "code"], cursor=query.cursor, limit=query.limit), _dimension_out)


@router.post(
    "/workspace/dimensions",
    response={201: DimensionOut},
    summary="Add a cost centre or project",
    openapi_extra=ACCOUNTANT,
)
def create_dimension(request: HttpRequest, given: DimensionIn) -> Status[DimensionOut]:
    """Write a new value; its code must be free on its axis."""
    return Status(201, _save(request, given, None))


@router.put(
    "/workspace/dimensions/{int:dimension_id}",
    response=DimensionOut,
    summary="Change a cost centre or project",
    openapi_extra=ACCOUNTANT,
)
def update_dimension(request: HttpRequest, dimension_id: Id, given: DimensionIn) -> DimensionOut:
    """Write a value anew; invoices that bear it keep it as it was."""
    return _save(request, given, dimensions.get_dimension(actor_of(request).company, dimension_id))
