"""Contracts: what each client pays for, from when to when."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import msgspec
from django.db import transaction
from django.db.models import Count, Q, QuerySet

from tilisilta.core.billing import PLACEHOLDERS, Kind, PlaceholderUnknown, check_text, overlap
from tilisilta.core.money import ZERO
from tilisilta.services import audit
from tilisilta.services.access import Actor, require
from tilisilta.services.billing.products import MOST_PERCENT, tiers_of
from tilisilta.services.billing.settings import require_on
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.settings import require_right
from tilisilta.store.models import (
    BilledLine,
    BillingPeriod,
    Client,
    Company,
    Contract,
    ContractRow,
    Product,
    Role,
)

ONE: Final = Decimal(1)
MOST_ROWS: Final = 100


class RowContent(msgspec.Struct, frozen=True, kw_only=True):
    """One product of a contract. `row_id` names the row that changes; price, included pieces and tiers of None or empty
    are the product's own.
    """

    product: Product
    row_id: int | None = None
    description: str = ""
    quantity: Decimal = ONE
    price: Decimal | None = None
    included: Decimal | None = None
    tiers: Sequence[Sequence[str]] = ()
    discount_percent: Decimal = ZERO
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None


class ContractContent(msgspec.Struct, frozen=True, kw_only=True):
    """A contract as a person describes it, whole: rows that it does not name any more are taken out."""

    client: Client
    starts_on: dt.date
    rows: Sequence[RowContent]
    number: str = ""
    ends_on: dt.date | None = None
    period: str = BillingPeriod.MONTHLY
    bills_in_advance: bool = False
    text: str = ""
    is_active: bool = True


def contracts(
    actor: Actor, *, client: Client | None = None, text: str = "", is_active: bool | None = True
) -> QuerySet[Contract]:
    """Return a company's contracts by client, each with `row_count`.

    Raises:
        Forbidden: the actor may not see contracts.
    """
    require_right(actor, "view_contracts")
    found = Contract.objects.filter(company=actor.company).select_related("client").annotate(row_count=Count("rows"))
    if client is not None:
        found = found.filter(client=client)
    if is_active is not None:
        found = found.filter(is_active=is_active)
    if text := text.strip():
        found = found.filter(Q(number__icontains=text) | Q(client__name__icontains=text))
    return found.order_by("client__name", "starts_on", "pk")


def get_contract(actor: Actor, pk: int) -> Contract:
    """Return a contract of the actor's company; DoesNotExist otherwise.

    Raises:
        Forbidden: the actor may not see contracts.
    """
    require_right(actor, "view_contracts")
    return Contract.objects.select_related("client").get(company=actor.company, pk=pk)


def rows_of(contract: Contract) -> list[ContractRow]:
    """Return a contract's rows in their order, each with its product."""
    rows = ContractRow.objects.filter(contract=contract).select_related("product", "product__field", "product__topic")
    return list(rows.order_by("position", "pk"))


@transaction.atomic
def save_contract(actor: Actor, content: ContractContent, *, row: Contract | None = None) -> Contract:
    """Make or change a contract with its rows.

    Raises:
        Forbidden: the actor is no administrator.
        ServiceError: PRACTICE_OFF, BILLING_OFF, CONTRACT_DATES, CONTRACT_NO_ROWS, CONTRACT_ROW_DATES, NUMBER_NEGATIVE,
            TIERS_INVALID, PRODUCT_TIERS_MISSING, PLACEHOLDER_UNKNOWN, CONTRACT_OVERLAPS, CONTRACT_ROW_BILLED.
    """
    require(actor, Role.ADMIN)
    require_on(actor.company)
    if content.client.company_id != actor.company.pk:
        raise Client.DoesNotExist
    # Two who write contracts of one client at once would not see that theirs overlap.
    Client.objects.select_for_update(no_key=True).get(pk=content.client.pk)
    _require_sound(actor.company, content)
    is_new = row is None
    row = row or Contract(company=actor.company)
    _require_single(content, row)
    for name in ("client", "starts_on", "ends_on", "period", "bills_in_advance", "is_active"):
        setattr(row, name, getattr(content, name))
    row.number, row.text = content.number.strip()[:40], content.text.strip()[:300]
    row.save()
    _save_rows(row, content.rows)
    link = f"/c/{actor.company.pk}/billing/contracts/{row.pk}/"
    audit.record(actor, "contract.created" if is_new else "contract.updated", f"{row.client} {row}", link)
    return row


def _require_sound(company: Company, content: ContractContent) -> None:
    if content.ends_on is not None and content.ends_on < content.starts_on:
        raise ServiceError("CONTRACT_DATES")
    if not content.rows or len(content.rows) > MOST_ROWS:
        raise ServiceError("CONTRACT_NO_ROWS")
    require_text(content.text)
    for number, each in enumerate(content.rows, start=1):
        if each.product.company_id != company.pk:
            raise Product.DoesNotExist
        first, last = each.starts_on or content.starts_on, each.ends_on or content.ends_on
        if last is not None and last < first:
            raise ServiceError("CONTRACT_ROW_DATES", row=number)
        amounts = (each.quantity, each.price or ZERO, each.included or ZERO, each.discount_percent)
        if min(amounts) < 0 or each.discount_percent > MOST_PERCENT:
            raise ServiceError("NUMBER_NEGATIVE")
        tiers = tiers_of(each.tiers or each.product.tiers)
        included = each.product.included if each.included is None else each.included
        if Kind(each.product.kind) is Kind.COMBINED and (not tiers or tiers[0].before > included):
            raise ServiceError("PRODUCT_TIERS_MISSING")
        require_text(each.description)


def require_text(text: str) -> None:
    """Let texts pass whose placeholders are all known. Raises: ServiceError: PLACEHOLDER_UNKNOWN."""
    try:
        check_text(text)
    except PlaceholderUnknown as error:
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise ServiceError("PLACEHOLDER_UNKNOWN", place=error.name, known=known) from error


def _require_single(content: ContractContent, row: Contract) -> None:
    """Check that no other contract of the client, nor another row, bills the same product on the same days."""
    if not content.is_active:
        return
    taken = [
        (other.product_id, other.starts_on or other.contract.starts_on, other.ends_on or other.contract.ends_on,
         str(other.contract))
        for other in ContractRow.objects.filter(contract__client=content.client, contract__is_active=True)
        .exclude(contract=row.pk).select_related("contract")
    ]  # fmt: skip
    for each in content.rows:
        first, last = each.starts_on or content.starts_on, each.ends_on or content.ends_on
        for product_id, other_first, other_last, name in taken:
            if product_id == each.product.pk and overlap(first, last, other_first, other_last):
                raise ServiceError("CONTRACT_OVERLAPS", product=each.product.name, contract=name)
        # Several rows of one product may differ in their texts and prices; of counted pieces each is billed once.
        if Kind(each.product.kind).is_measured:
            taken.append((each.product.pk, first, last, content.number or "–"))


def _save_rows(contract: Contract, rows: Sequence[RowContent]) -> None:
    known = {each.pk: each for each in ContractRow.objects.filter(contract=contract)}
    kept: set[int] = set()
    for position, each in enumerate(rows):
        row = known.get(each.row_id or 0)
        if row is None or row.pk in kept:
            row = ContractRow(contract=contract)
        row.product, row.position = each.product, position
        row.description, row.quantity = each.description.strip()[:300], each.quantity
        row.price, row.included, row.discount_percent = each.price, each.included, each.discount_percent
        row.tiers = [[format(tier.first, "f"), format(tier.price, "f")] for tier in tiers_of(each.tiers)]
        row.starts_on, row.ends_on = each.starts_on, each.ends_on
        row.save()
        kept.add(row.pk)
    dropped = ContractRow.objects.filter(contract=contract).exclude(pk__in=kept)
    billed = dropped.filter(billed_lines__isnull=False).select_related("product").first()
    if billed is not None:
        raise ServiceError("CONTRACT_ROW_BILLED", row=str(billed))
    dropped.delete()


@transaction.atomic
def delete_contract(actor: Actor, row: Contract) -> None:
    """Delete a contract that was never billed.

    Raises:
        Forbidden: the actor is no administrator.
        ServiceError: CONTRACT_BILLED.
    """
    require(actor, Role.ADMIN)
    if BilledLine.objects.filter(contract_row__contract=row).exists():
        raise ServiceError("CONTRACT_BILLED")
    audit.record(actor, "contract.deleted", f"{row.client} {row}")
    row.delete()
