"""The company that a token belongs to."""

import datetime as dt
from typing import Annotated

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from tilisilta.api.guard import actor_of
from tilisilta.api.shapes import ADMIN, Input
from tilisilta.services import companies
from tilisilta.store.models import Company

router = Router(tags=["Company"])
Country = Annotated[str, Field(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2")]


class CompanyOut(Schema):
    """Whose books; every other row belongs to this company."""

    id: int
    name: str
    registry_code: str
    vat_number: str
    country: str
    time_zone: str
    base_currency: str
    language: str
    role: str = Field(description="The token's role: viewer, accountant, admin or owner")
    created_at: dt.datetime


class CompanyChange(Input):
    """Fields to change; those that are left out stay."""

    name: str | None = Field(None, min_length=1, max_length=200)
    registry_code: str | None = Field(None, max_length=20)
    vat_number: str | None = Field(None, max_length=20)
    country: Country | None = None
    time_zone: str | None = Field(None, max_length=50, examples=["Europe/Tallinn"])
    base_currency: str | None = Field(None, pattern="^[A-Z]{3}$")
    language: str | None = Field(None, pattern="^(et|fi|en)$")


def _out(company: Company, role: str) -> CompanyOut:
    return CompanyOut(
        id=company.pk,
        name=company.name,
        registry_code=company.registry_code,
        vat_number=company.vat_number,
        country=company.country,
        time_zone=company.time_zone,
        base_currency=company.base_currency,
        language=company.language,
        role=role,
        created_at=company.created_at,
    )


@router.get("/company", response=CompanyOut, summary="Show the company")
def get_company(request: HttpRequest) -> CompanyOut:
    """Return the company that the token belongs to, and the token's role in it."""
    actor = actor_of(request)
    return _out(actor.company, actor.role)


@router.patch("/company", response=CompanyOut, summary="Change the company", openapi_extra=ADMIN)
def update_company(request: HttpRequest, change: CompanyChange) -> CompanyOut:
    """Change the company's settings; fields that are left out or null stay."""
    actor = actor_of(request)
    return _out(companies.update_company(actor, **change.dict(exclude_none=True)), actor.role)
