"""Products: what the bureau sells, how its price is made, and what it is in the bureau's books."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tilisilta.core.billing import Kind, Terms, Tier, TiersInvalid, read_tiers
from tilisilta.core.money import ZERO
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.ports import CatalogueKind
from tilisilta.services import audit
from tilisilta.services.access import Actor
from tilisilta.services.billing import classifiers
from tilisilta.services.billing.settings import require_on
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.settings import require_right
from tilisilta.services.practice.values import Raw, clean
from tilisilta.store.models import (
    Client,
    Company,
    ContractRow,
    CustomField,
    FieldSubject,
    FieldType,
    Product,
    ProductKind,
    Topic,
)

NUMERIC: Final = (FieldType.INTEGER.value, FieldType.NUMBER.value)
TREATMENT: Final = "vat_treatment"  # beside the codes: why a product of 0 % bears no VAT
MOST_PERCENT: Final = Decimal(100)
RULES: Final[dict[str, Promise]] = {
    "number": _("each line has a whole number of pieces and a price."),
    "order": _("each tier begins at a higher number than the one before."),
    "negative": _("numbers and prices cannot be negative."),
    "many": _("there are too many of them."),
}


class ProductContent(msgspec.Struct, frozen=True, kw_only=True):
    """A product as a person describes it. `classifiers` as in the store; `values` by custom field, as typed."""

    code: str
    name: str
    kind: str = ProductKind.FIXED
    unit: str = ""
    price: Decimal = ZERO
    vat_rate: Decimal | None = None
    field: CustomField | None = None
    included: Decimal = ZERO
    tiers: Sequence[Sequence[str]] = ()
    topic: Topic | None = None
    classifiers: Mapping[str, Any] = {}
    values: Mapping[str, Raw] = {}
    is_active: bool = True


def products(company: Company, *, text: str = "", is_active: bool | None = True) -> QuerySet[Product]:
    """Return a company's products by code; `is_active=None` shows those put aside as well."""
    found = Product.objects.filter(company=company).select_related("field", "topic")
    if is_active is not None:
        found = found.filter(is_active=is_active)
    if text := text.strip():
        found = found.filter(Q(code__istartswith=text) | Q(name__icontains=text))
    return found.order_by("code", "pk")


def get_product(company: Company, pk: int) -> Product:
    """Return a product of a company; DoesNotExist otherwise."""
    return Product.objects.select_related("field", "topic").get(company=company, pk=pk)


def fields_to_count(company: Company) -> QuerySet[CustomField]:
    """Return the fields of tasks whose sum can be a quantity."""
    found = CustomField.objects.filter(company=company, subject=FieldSubject.TASK, deleted_at=None, type__in=NUMERIC)
    return found.order_by("position", "pk")


def topics(company: Company) -> QuerySet[Topic]:
    """Return the topics that a product's tasks may be narrowed to, by name."""
    return Topic.objects.filter(company=company, is_active=True).order_by("name")


def get_topic(company: Company, pk: int) -> Topic:
    """Return a topic of a company; DoesNotExist otherwise."""
    return Topic.objects.get(company=company, pk=pk)


def get_count_field(company: Company, pk: int) -> CustomField:
    """Return a custom field of a company that was not deleted; DoesNotExist otherwise."""
    return CustomField.objects.get(company=company, pk=pk, deleted_at=None)


def get_client(company: Company, pk: int) -> Client:
    """Return a client of a company; DoesNotExist otherwise."""
    return Client.objects.get(company=company, pk=pk)


def tiers_of(pairs: Sequence[Sequence[str]]) -> tuple[Tier, ...]:
    """Return tiers out of pairs of texts.

    Raises:
        ServiceError: TIERS_INVALID.
    """
    try:
        return read_tiers(pairs)
    except TiersInvalid as error:
        raise ServiceError("TIERS_INVALID", reason=RULES[error.rule]) from error


@transaction.atomic
def save_product(actor: Actor, content: ProductContent, *, row: Product | None = None) -> Product:
    """Make or change a product. One that lacks classifiers is kept, and waits with its invoices until it has them.

    Raises:
        Forbidden: the actor may not manage products.
        FieldErrors: a custom field's value cannot be used.
        ServiceError: PRACTICE_OFF, BILLING_OFF, NUMBER_NEGATIVE, PRODUCT_FIELD_MISSING, PRODUCT_FIELD_WRONG,
            TIERS_INVALID, PRODUCT_TIERS_MISSING, CLASSIFIER_UNKNOWN, VAT_RATE_MISSING, VAT_REASON_MISSING,
            PRODUCT_CODE_TAKEN.
    """
    require_right(actor, "manage_products")
    require_on(actor.company)
    is_new = row is None
    row = row or Product(company=actor.company)
    kind = Kind(content.kind)
    tiers = tiers_of(content.tiers) if kind.counts_pieces else ()
    _require_sound(actor.company, content, kind, tiers)
    chosen = _clean_classifiers(actor.company, content, before=row.classifiers)
    values = clean(actor.company, FieldSubject.PRODUCT, content.values, before=row.values, is_partial=not is_new)
    row.code, row.name = content.code.strip()[:60], content.name.strip()[:200]
    row.kind, row.unit, row.price = kind.value, content.unit.strip()[:20], content.price
    row.vat_rate, row.topic, row.is_active = content.vat_rate, content.topic, content.is_active
    row.field = content.field if kind.counts_pieces else None
    row.included = content.included if kind is Kind.COMBINED else ZERO
    row.tiers = [[format(each.first, "f"), format(each.price, "f")] for each in tiers]
    row.classifiers, row.values = chosen, values
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise ServiceError("PRODUCT_CODE_TAKEN", product_code=row.code) from error
    link = f"/c/{actor.company.pk}/billing/products/{row.pk}/"
    audit.record(actor, "product.created" if is_new else "product.updated", str(row), link)
    return row


def _require_sound(company: Company, content: ProductContent, kind: Kind, tiers: tuple[Tier, ...]) -> None:
    if min(content.price, content.included) < 0 or (
        content.vat_rate is not None and not 0 <= content.vat_rate <= MOST_PERCENT
    ):
        raise ServiceError("NUMBER_NEGATIVE")
    if content.topic is not None and content.topic.company_id != company.pk:
        raise Topic.DoesNotExist
    if not kind.counts_pieces:
        return
    field = content.field
    if field is None:
        raise ServiceError("PRODUCT_FIELD_MISSING")
    if field.company_id != company.pk:
        raise CustomField.DoesNotExist
    if field.subject != FieldSubject.TASK or field.type not in NUMERIC or field.deleted_at is not None:
        raise ServiceError("PRODUCT_FIELD_WRONG", field=field.title)
    if kind is Kind.COMBINED and (not tiers or tiers[0].before > content.included):
        raise ServiceError("PRODUCT_TIERS_MISSING")


def _clean_classifiers(company: Company, content: ProductContent, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the chosen classifiers without empty ones; a code that a product had before may be gone since."""
    given = dict(content.classifiers)
    chosen: dict[str, Any] = {
        name: str(given[name]).strip() for name in (*classifiers.OF_PRODUCT, TREATMENT) if given.get(name)
    }
    if values := [str(each) for each in given.get(classifiers.DIMENSIONS) or [] if each]:
        chosen[classifiers.DIMENSIONS] = values
    lists = classifiers.lists_of(company)
    known = {kind: {**lists[kind]} for kind in CatalogueKind}
    kept = set(classifiers.named_of(before))
    for kind, code in classifiers.gone_of(chosen, known):
        if (kind, code) not in kept:
            raise ServiceError("CLASSIFIER_UNKNOWN", value=code, list=str(classifiers.NAMES[kind]))
    if chosen.get(TREATMENT) and chosen[TREATMENT] not in {each.value for each in VatTreatment}:
        raise ServiceError("VAT_REASON_MISSING")
    rate = content.vat_rate
    if rate is None and (entry := lists[CatalogueKind.VAT_CODES].get(chosen.get("vat_code", ""))) is not None:
        rate = entry.rate
    if rate is None and "vat_code" not in chosen:
        raise ServiceError("VAT_RATE_MISSING")
    if rate == 0 and not chosen.get(TREATMENT):
        raise ServiceError("VAT_REASON_MISSING")
    return chosen


def vat_rate_of(product: Product, lists: classifiers.Lists) -> Decimal | None:
    """Return the rate that a product is billed at: its own, else its VAT code's; None while neither tells one."""
    if product.vat_rate is not None:
        return product.vat_rate
    entry = lists[CatalogueKind.VAT_CODES].get(str(product.classifiers.get("vat_code", "")))
    return entry.rate if entry is not None else None


@transaction.atomic
def delete_product(actor: Actor, row: Product) -> None:
    """Delete a product that stands in no contract.

    Raises:
        Forbidden: the actor may not manage products.
        ServiceError: PRODUCT_IN_USE.
    """
    require_right(actor, "manage_products")
    if ContractRow.objects.filter(product=row).exists():
        raise ServiceError("PRODUCT_IN_USE", name=row.name)
    audit.record(actor, "product.deleted", str(row))
    row.delete()


def terms_of(row: ContractRow) -> Terms:
    """Return what a row of a contract agrees on; what it leaves open is as its product has it.

    Raises:
        ServiceError: TIERS_INVALID.
    """
    product = row.product
    return Terms(
        kind=Kind(product.kind),
        price=product.price if row.price is None else row.price,
        included=product.included if row.included is None else row.included,
        tiers=tiers_of(row.tiers or product.tiers),
        discount_percent=row.discount_percent,
    )
