"""Shapes of billing: what is sent and what comes back. Amounts are text with a decimal point."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

from ninja import Schema
from pydantic import Field

from tilisilta.api.shapes import Amount, Id, Input, PageQuery, Text
from tilisilta.core.money import ZERO
from tilisilta.services.billing.contracts import ContractContent, RowContent
from tilisilta.services.billing.products import (
    ProductContent,
    get_client,
    get_count_field,
    get_product,
    get_topic,
)
from tilisilta.services.billing.settings import books_of, settings_of
from tilisilta.store.models import BillingPeriod, Company, Contract, ContractRow, Product, ProductKind

Price = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=4, description="Without VAT")]
Quantity = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=3)]
Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=6, decimal_places=3)]
Tiers = Annotated[
    list[tuple[str, str]],
    Field(max_length=20, description="From which piece on, and what one costs", examples=[[["101", "0.40"]]]),
]
Day = dt.date


class TextQuery(PageQuery):
    """Words to look for, and the page."""

    text: Text = ""


# JSON Schema's own format of a time asks for a time zone; this one is the company's.
TimeOfDay = Annotated[
    str,
    Field(
        pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$",
        description="Hour and minute in the company's time",
        examples=["06:00"],
    ),
]


class SettingsIn(Input):
    """How the bureau bills, whole."""

    payment_term_days: int = Field(14, ge=0, le=365)
    rounds_minutes_to: int = Field(1, ge=1, le=60, description="1, 5, 6, 10, 15, 30 or 60")
    needs_classifiers: bool = True
    fetches_status: bool = Field(False, description="Whether payment status is fetched every day")
    status_at: TimeOfDay = "06:00"


class SettingsOut(Schema):
    """How the bureau bills, and where its own invoices are booked."""

    payment_term_days: int
    rounds_minutes_to: int
    needs_classifiers: bool
    fetches_status: bool
    status_at: TimeOfDay
    next_status_at: dt.datetime | None
    classifiers_at: dt.datetime | None = Field(description="When classifiers were imported last")
    connection_id: int | None = Field(description="The connection of the bureau's own books")
    integration_id: int | None
    integration_state: str
    activated_at: dt.datetime | None = Field(description="Only invoices made after this are sent")


def settings_out(company: Company) -> SettingsOut:
    """Return the settings as they leave."""
    kept, books = settings_of(company), books_of(company)
    return SettingsOut(
        payment_term_days=kept.payment_term_days,
        rounds_minutes_to=kept.rounds_minutes_to,
        needs_classifiers=kept.needs_classifiers,
        fetches_status=kept.fetches_status,
        status_at=f"{dt.time.fromisoformat(str(kept.status_at)):%H:%M}",
        next_status_at=kept.next_status_at,
        classifiers_at=kept.classifiers_at,
        connection_id=books.target_id if books else None,
        integration_id=books.pk if books else None,
        integration_state=books.state if books else "",
        activated_at=books.activated_at if books else None,
    )


class BooksIn(Input):
    """Which connection takes the bureau's invoices."""

    connection_id: Id


class ImportedOut(Schema):
    """How many entries each list of the books has."""

    counts: dict[str, int]
    products_without: list[int] = Field(description="Products that name what is gone from the books")


class ClassifiersIn(Input):
    """What a product is in the bureau's own books, by codes of the imported lists."""

    item: Text = ""
    vat_code: Text = ""
    unit: Text = ""
    account: Text = ""
    dimensions: list[Text] = Field([], max_length=20)
    vat_treatment: Text = Field("", description="Why no VAT is charged, for 0 %")


class ProductIn(Input):
    """A product, whole."""

    code: Annotated[str, Field(min_length=1, max_length=60)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    kind: ProductKind = ProductKind.FIXED
    unit: Annotated[str, Field(max_length=20)] = ""
    price: Price = ZERO
    vat_rate: Percent | None = None
    field_id: Id | None = Field(None, description="The custom field of tasks whose sum is the number of pieces")
    included: Quantity = ZERO
    tiers: Tiers = []
    topic_id: Id | None = None
    classifiers: ClassifiersIn | None = None
    values: dict[str, str] = Field({}, description="Custom fields by name or id")
    is_active: bool = True

    def content(self, company: Company) -> ProductContent:
        """Return the product as the service takes it; another company's field or topic does not exist."""
        given = self.dict(exclude={"field_id", "topic_id", "classifiers", "kind"})
        return ProductContent(
            **given,
            kind=self.kind.value,
            field=get_count_field(company, self.field_id) if self.field_id else None,
            topic=get_topic(company, self.topic_id) if self.topic_id else None,
            classifiers=self.classifiers.dict() if self.classifiers else {},
        )


class ProductOut(Schema):
    """A product."""

    id: int
    code: str
    name: str
    kind: str
    unit: str
    price: Amount
    vat_rate: Amount | None
    field_id: int | None
    included: Amount
    tiers: list[list[str]]
    topic_id: int | None
    classifiers: dict[str, Any]
    is_active: bool


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


def product_out(row: Product) -> ProductOut:
    """Return a product as it leaves."""
    return ProductOut(
        id=row.pk,
        code=row.code,
        name=row.name,
        kind=row.kind,
        unit=row.unit,
        price=format(row.price, "f"),
        vat_rate=_text(row.vat_rate),
        field_id=row.field_id,
        included=format(row.included, "f"),
        tiers=[list(each) for each in row.tiers],
        topic_id=row.topic_id,
        classifiers=dict(row.classifiers),
        is_active=row.is_active,
    )


class ContractRowIn(Input):
    """One product of a contract; what is left out is the product's own."""

    row_id: Id | None = Field(None, description="The row that changes; without it the row is new")
    product_id: Id
    description: Annotated[str, Field(max_length=300)] = ""
    quantity: Quantity = Decimal(1)
    price: Price | None = None
    included: Quantity | None = None
    tiers: Tiers = []
    discount_percent: Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)] = ZERO
    starts_on: Day | None = None
    ends_on: Day | None = None


class ContractIn(Input):
    """A contract, whole: rows that are not sent are taken out."""

    client_id: Id
    number: Annotated[str, Field(max_length=40)] = ""
    starts_on: Day
    ends_on: Day | None = None
    period: BillingPeriod = BillingPeriod.MONTHLY
    bills_in_advance: bool = False
    text: Annotated[str, Field(max_length=300)] = Field("", description="Placeholders: {month}, {period}, {client} ...")
    is_active: bool = True
    rows: Annotated[list[ContractRowIn], Field(max_length=100)]

    def content(self, company: Company) -> ContractContent:
        """Return the contract as the service takes it; another company's client or product does not exist."""
        rows = [
            RowContent(product=get_product(company, each.product_id), **each.dict(exclude={"product_id"}))
            for each in self.rows
        ]
        given = self.dict(exclude={"client_id", "rows", "period"})
        return ContractContent(client=get_client(company, self.client_id), period=self.period.value, rows=rows, **given)


class ContractRowOut(Schema):
    """One product of a contract."""

    id: int
    product_id: int
    description: str
    quantity: Amount
    price: Amount | None
    included: Amount | None
    tiers: list[list[str]]
    discount_percent: Amount
    starts_on: Day | None
    ends_on: Day | None


class ContractOut(Schema):
    """A contract; lists leave its rows out."""

    id: int
    client_id: int
    number: str
    starts_on: Day
    ends_on: Day | None
    period: str
    bills_in_advance: bool
    text: str
    is_active: bool
    rows: list[ContractRowOut]


def contract_out(row: Contract, rows: Sequence[ContractRow]) -> ContractOut:
    """Return a contract as it leaves."""
    return ContractOut(
        id=row.pk,
        client_id=row.client_id,
        number=row.number,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        period=row.period,
        bills_in_advance=row.bills_in_advance,
        text=row.text,
        is_active=row.is_active,
        rows=[
            ContractRowOut(
                id=each.pk,
                product_id=each.product_id,
                description=each.description,
                quantity=format(each.quantity, "f"),
                price=_text(each.price),
                included=_text(each.included),
                tiers=[list(tier) for tier in each.tiers],
                discount_percent=format(each.discount_percent, "f"),
                starts_on=each.starts_on,
                ends_on=each.ends_on,
            )
            for each in rows
        ],
    )
