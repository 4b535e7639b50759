"""The chart of accounts of the invoice workspace."""

from decimal import Decimal
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import File, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from tilisilta.api.guard import actor_of
from tilisilta.api.mappings import DOWNLOADS, FileQuery, file_answer
from tilisilta.api.shapes import ACCOUNTANT, Id, Input, Page, PageQuery, Text, page_out
from tilisilta.core.vat import VatTreatment
from tilisilta.services import listings
from tilisilta.services.ledger import chart, chart_files
from tilisilta.store.models import AccountRole, AccountType, LedgerAccount

router = Router(tags=["Ledger"])


class AccountOut(Schema):
    """One account of the chart."""

    id: int
    number: str
    name: str
    type: AccountType
    role: str = Field(description="What it stands for when postings are proposed; empty for most")
    vat_treatment: str
    vat_rate: str | None = Field(description="Percent that its rows usually bear")
    is_active: bool


class AccountIn(Input):
    """One account of the chart."""

    number: str = Field(min_length=1, max_length=20)
    name: str = Field(min_length=1, max_length=150)
    type: AccountType
    role: AccountRole = AccountRole.NONE
    vat_treatment: VatTreatment | None = None
    vat_rate: Decimal | None = Field(None, ge=0, lt=100, max_digits=6, decimal_places=3)
    is_active: bool = True


class AccountQuery(PageQuery):
    """Filters of accounts."""

    text: Text = ""
    is_active: bool = Field(False, description="true for the accounts in use only")


class TemplateIn(Input):
    """Which template to take the missing accounts from."""

    template: Literal["EE", "FI"]


class CountOut(Schema):
    """How many rows were made."""

    count: int


class RefusedOut(Schema):
    """A row of a file that was not taken."""

    line: int
    rule: str


class ChartImportOut(Schema):
    """What became of a file's rows."""

    created_count: int
    changed_count: int
    unchanged_count: int
    refused: list[RefusedOut]


def _account(row: LedgerAccount) -> AccountOut:
    return AccountOut(
        id=row.pk,
        number=row.number,
        name=row.name,
        type=AccountType(row.type),
        role=row.role,
        vat_treatment=row.vat_treatment,
        vat_rate=listings.percent(row.vat_rate),
        is_active=row.is_active,
    )


def _data(given: AccountIn) -> chart.AccountData:
    return chart.AccountData(**given.dict())


@router.get("/accounts", response=Page[AccountOut], summary="List the chart of accounts")
def list_accounts(request: HttpRequest, query: Query[AccountQuery]) -> dict[str, Any]:
    """Return accounts by number."""
    rows = chart.accounts(actor_of(request).company, text=query.text, only_active=query.is_active)
    page = listings.page_of(rows, "accounts", lambda row: row.number, cursor=query.cursor, limit=query.limit)
    return page_out(page, _account)


@router.post("/accounts", response={201: AccountOut}, summary="Make an account", openapi_extra=ACCOUNTANT)
def create_account(request: HttpRequest, account: AccountIn) -> Status[AccountOut]:
    """Add an account to the chart."""
    return Status(201, _account(chart.save_account(actor_of(request), _data(account))))


@router.put("/accounts/{int:account_id}", response=AccountOut, summary="Change an account", openapi_extra=ACCOUNTANT)
def update_account(request: HttpRequest, account_id: Id, account: AccountIn) -> AccountOut:
    """Change an account. One that has postings keeps what it stands for."""
    actor = actor_of(request)
    return _account(chart.save_account(actor, _data(account), chart.find_account(actor.company, account_id)))


@router.delete(
    "/accounts/{int:account_id}", response={204: None}, summary="Delete an account", openapi_extra=ACCOUNTANT
)
def delete_account(request: HttpRequest, account_id: Id) -> Status[None]:
    """Delete an account that has no postings; deactivate the others."""
    actor = actor_of(request)
    chart.delete_account(actor, chart.find_account(actor.company, account_id))
    return Status(204, None)


@router.post("/accounts/template", response=CountOut, summary="Add a template's accounts", openapi_extra=ACCOUNTANT)
def apply_chart_template(request: HttpRequest, chosen: TemplateIn) -> CountOut:
    """Add the accounts of a country's usual chart whose numbers the chart lacks."""
    return CountOut(count=chart.apply_template(actor_of(request), chosen.template))


@router.get("/accounts/export", summary="Take the chart out as a file", openapi_extra=DOWNLOADS)
def export_accounts(request: HttpRequest, query: Query[FileQuery]) -> HttpResponse:
    """Return the chart as CSV or XLSX with headers in the caller's language."""
    return file_answer(*chart_files.export(actor_of(request).company, query.format))


@router.post(
    "/accounts/import", response=ChartImportOut, summary="Bring a chart in as a file", openapi_extra=ACCOUNTANT
)
def import_accounts(request: HttpRequest, file: File[UploadedFile]) -> ChartImportOut:
    """Add and change accounts by number; rows that cannot be taken are told by line, and the others go on."""
    told = chart_files.read(actor_of(request), file.name or "", file.read())
    return ChartImportOut(
        created_count=told.created,
        changed_count=told.changed,
        unchanged_count=told.unchanged,
        refused=[RefusedOut(line=each.line, rule=each.rule) for each in told.refused],
    )
