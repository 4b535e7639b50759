"""Classifiers of the bureau's books: imported whole, chosen for products, and put into the mapping tables (U78, U79).

An invoice arrives with the right item and VAT code because each imported code stands in the table for itself; what is
not imported stands in none, and is refused by name before anything is sent.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tilisilta.core.errors import TilisiltaError
from tilisilta.core.mapping.listed import told
from tilisilta.core.mapping.tables import MappingTable, UsedKey
from tilisilta.ports import CatalogueEntry, CatalogueKind
from tilisilta.services import audit, connections
from tilisilta.services.access import Actor
from tilisilta.services.billing.settings import books_of, link_of, settings_of
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.settings import require_right
from tilisilta.services.problem_catalogue import describe
from tilisilta.store.models import (
    BillingSettings,
    CatalogueSnapshot,
    Company,
    Integration,
    MappingRow,
    Product,
)

NAMES: Final[dict[CatalogueKind, Promise]] = {
    CatalogueKind.ITEMS: _("Items"),
    CatalogueKind.VAT_CODES: _("VAT codes"),
    CatalogueKind.ACCOUNTS: _("Accounts"),
    CatalogueKind.UNITS: _("Units"),
    CatalogueKind.DIMENSIONS: _("Departments, projects and cost centres"),
    CatalogueKind.WAREHOUSES: _("Warehouses"),
    CatalogueKind.PAYMENT_METHODS: _("Ways of paying"),
    CatalogueKind.BANK_ACCOUNTS: _("Bank accounts"),
    CatalogueKind.PERIODS: _("Financial years"),
    CatalogueKind.STATUSES: _("Statuses"),
}
# What a product may name of the books: its key in `classifiers` and the list that it comes from.
OF_PRODUCT: Final[dict[str, CatalogueKind]] = {
    "item": CatalogueKind.ITEMS,
    "vat_code": CatalogueKind.VAT_CODES,
    "unit": CatalogueKind.UNITS,
    "account": CatalogueKind.ACCOUNTS,
}
DIMENSIONS: Final = "dimensions"
NEEDED: Final = ("item", "vat_code")
_TABLES: Final = {
    CatalogueKind.ITEMS: MappingTable.ITEMS,
    CatalogueKind.VAT_CODES: MappingTable.VAT_CODES,
    CatalogueKind.ACCOUNTS: MappingTable.ACCOUNTS,
    CatalogueKind.DIMENSIONS: MappingTable.DIMENSIONS,
}
_MARK: Final = {"by": "classifiers"}
_MOST: Final = 500  # ids that one question to the store may name
Lists = Mapping[CatalogueKind, Mapping[str, CatalogueEntry]]


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """How many entries each list has now, and the products that name something which is gone."""

    counts: dict[CatalogueKind, int]
    without: tuple[Product, ...] = ()

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def import_classifiers(actor: Actor) -> Imported:
    """Read all lists of the bureau's books anew, and fill the mapping tables with them.

    Raises:
        Forbidden: the actor may not manage products.
        ServiceError: BOOKS_NOT_CHOSEN; CLASSIFIERS_NOT_READ with the list and the reason: the lists as last read stay.
    """
    require_right(actor, "manage_products")
    integration = books_of(actor.company)
    if integration is None:
        raise ServiceError("BOOKS_NOT_CHOSEN")
    counts = {kind: len(_refreshed(actor, integration, kind)) for kind in CatalogueKind}
    with transaction.atomic():
        fill_tables(integration)
        BillingSettings.objects.filter(company=actor.company).update(classifiers_at=timezone.now())
        lists = lists_of(actor.company)
        products = Product.objects.filter(company=actor.company, is_active=True).order_by("code")
        without = tuple(each for each in products if gone_of(each.classifiers, lists))
        audit.record(
            actor,
            "billing.classifiers_imported",
            integration.target.name,
            link_of(actor.company),
            **{kind.value: count for kind, count in counts.items() if count},
        )
    return Imported(counts=counts, without=without)


def _refreshed(actor: Actor, integration: Integration, kind: CatalogueKind) -> list[CatalogueEntry]:
    try:
        return connections.refresh_catalogue(actor, integration.target, kind)
    except TilisiltaError as error:
        words = describe(error.code, error.params)
        reason = " ".join(part for part in (words.cause or words.title, words.remedy) if part)
        raise ServiceError(
            "CLASSIFIERS_NOT_READ", list=str(NAMES[kind]), name=integration.target.name, reason=reason
        ) from error


def lists_of(company: Company) -> dict[CatalogueKind, dict[str, CatalogueEntry]]:
    """Return the imported lists by their keys, entries out of use left out; empty ones before the first import."""
    integration = books_of(company)
    found: dict[CatalogueKind, dict[str, CatalogueEntry]] = {kind: {} for kind in CatalogueKind}
    if integration is None or settings_of(company).classifiers_at is None:
        return found
    for row in CatalogueSnapshot.objects.filter(connection=integration.target):
        if row.kind in found:
            entries = msgspec.convert(row.entries, list[CatalogueEntry])
            found[CatalogueKind(row.kind)] = {each.key: each for each in entries if each.is_active}
    return found


def vat_names(company: Company) -> dict[str, str]:
    """Return what the bureau's books call their VAT codes, by key; empty before the first import."""
    return {key: entry.label for key, entry in lists_of(company)[CatalogueKind.VAT_CODES].items()}


def named_of(classifiers: Mapping[str, Any]) -> list[tuple[CatalogueKind, str]]:
    """Return the codes that a product names, each with its list."""
    named = [(kind, str(classifiers.get(name) or "")) for name, kind in OF_PRODUCT.items()]
    named += [(CatalogueKind.DIMENSIONS, str(each)) for each in classifiers.get(DIMENSIONS) or []]
    return [(kind, code) for kind, code in named if code]


def gone_of(classifiers: Mapping[str, Any], lists: Lists) -> list[tuple[CatalogueKind, str]]:
    """Return the codes that a product names and the books do not have any more."""
    return [(kind, code) for kind, code in named_of(classifiers) if code not in lists[kind]]


def lacks(classifiers: Mapping[str, Any]) -> list[str]:
    """Return which of the classifiers that every product needs one lacks: "item", "vat_code"."""
    return [name for name in NEEDED if not classifiers.get(name)]


def require_known(classifiers: Mapping[str, Any], lists: Lists) -> None:
    """Let classifiers pass that are all imported.

    Raises:
        ServiceError: CLASSIFIER_UNKNOWN.
    """
    for kind, code in gone_of(classifiers, lists):
        raise ServiceError("CLASSIFIER_UNKNOWN", value=code, list=str(NAMES[kind]))


# --- the mapping tables --------------------------------------------------------------------------------------


def fill_tables(integration: Integration) -> None:
    """Let each imported code stand for itself in the integration's tables; rows of people stay as they are.

    Rows for codes that the books do not have any more are taken out, so that what names them stops with its name.
    """
    lists = lists_of_target(integration)
    for kind, table in _TABLES.items():
        wanted = {_source_key(table, each.key)[:120]: each for each in lists[kind]}
        rows = MappingRow.objects.filter(integration=integration, table=table.value)
        ours = rows.filter(extra__by=_MARK["by"])
        _drop(ours, wanted)
        known = {row.source_key: row for row in rows.filter(direction="", vat_rate=None)}
        fresh = [_row(integration, table, key, each) for key, each in wanted.items() if key not in known]
        MappingRow.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=500)
        stale = [
            _told(known[key], each)
            for key, each in wanted.items()
            if key in known and (not known[key].target_key or known[key].extra.get("by") == _MARK["by"])
        ]
        MappingRow.objects.bulk_update(stale, ["target_key", "target_label", "extra", "updated_at"], batch_size=500)


def _drop(ours: QuerySet[MappingRow], wanted: Mapping[str, CatalogueEntry]) -> None:
    gone = [pk for pk, key in ours.values_list("pk", "source_key") if key not in wanted]
    for start in range(0, len(gone), _MOST):
        MappingRow.objects.filter(pk__in=gone[start : start + _MOST]).delete()


def lists_of_target(integration: Integration) -> dict[CatalogueKind, Sequence[CatalogueEntry]]:
    """Return the lists of an integration's target as last read, entries out of use left out."""
    found: dict[CatalogueKind, Sequence[CatalogueEntry]] = dict.fromkeys(CatalogueKind, ())
    for row in CatalogueSnapshot.objects.filter(connection=integration.target):
        if row.kind in found:
            entries = msgspec.convert(row.entries, list[CatalogueEntry])
            found[CatalogueKind(row.kind)] = [each for each in entries if each.is_active]
    return found


def _source_key(table: MappingTable, key: str) -> str:
    """Return under which key a row of an invoice names a code of the books: rows name items by code."""
    return f"code:{key}" if table is MappingTable.ITEMS else key


def _row(integration: Integration, table: MappingTable, key: str, entry: CatalogueEntry) -> MappingRow:
    row = MappingRow(
        company_id=integration.company_id,
        integration=integration,
        table=table.value,
        source_key=key,
        source_label=entry.label[:200],
    )
    return _told(row, entry)


def _told(row: MappingRow, entry: CatalogueEntry) -> MappingRow:
    row.target_key, row.target_label = entry.key[:120], entry.label[:200]
    row.extra = {**row.extra, **_MARK}
    row.updated_at = timezone.now()
    return row


def name_of(used: UsedKey) -> str:
    """Return how people know what an invoice names: the list and the code or its words."""
    kinds = {table: kind for kind, table in _TABLES.items()}
    return f"{NAMES[kinds[used.table]]}: {told(used)}"
