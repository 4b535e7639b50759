"""What two systems can do together beside moving documents, and the settings that follow from it.

A source may let invoices wait in a status and be told when they went; a target may find rows in one product register,
and may say later what became of a document. Settings that a pair has no use for are neither shown nor asked.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from tilisilta.core.documents import DocumentKind
from tilisilta.core.mapping import ItemPolicy
from tilisilta.engine.context import status_name
from tilisilta.kit.manifest import NOT, Ability, Manifest
from tilisilta.ports import CatalogueEntry, CatalogueKind
from tilisilta.ports.register import RegisterKind
from tilisilta.services.connections import manifest, present_catalogue
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import FlowKind, Integration

ACCEPTED, CONFIRMED = "accepted", "confirmed"  # what of the two lets the status at the source change
FILES_ALL, FILES_IMAGE, FILES_NONE = "all", "image", "none"
PREFIX_KINDS: Final = (RegisterKind.PRODUCT, RegisterKind.WORK_TYPE, RegisterKind.TRAVEL_EXPENSE)
GENERAL_PRODUCT: Final = "A/0"
_PREFIX_CHARS: Final = 20
_INVOICES: Final = (
    DocumentKind.SALES_INVOICE,
    DocumentKind.SALES_CREDIT_NOTE,
    DocumentKind.PURCHASE_INVOICE,
    DocumentKind.PURCHASE_CREDIT_NOTE,
)

# Beside those of `integrations.SETTING_DEFAULTS`: what holds where nobody chose.
DEFAULTS: Final[dict[str, Any]] = {
    "waiting_status": "",
    "written_status": "",
    "status_after": ACCEPTED,
    "attachments": FILES_ALL,
    "code_prefixes": {},
    "customers_again": False,
}
_CHOICES: Final[dict[str, frozenset[str]]] = {
    "status_after": frozenset({ACCEPTED, CONFIRMED}),
    "attachments": frozenset({FILES_ALL, FILES_IMAGE, FILES_NONE}),
}


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """What a source and a target can do together."""

    has_statuses: bool  # invoices wait in a status, and are moved on after the transfer
    finds_by_code: bool  # rows are found in the target's register by their codes
    has_registers: bool  # the source's registers can be compared with it
    answers_later: bool  # accepted and confirmed are two moments
    carries_files: bool


def pair_of(source: Manifest, target: Manifest) -> Pair:
    """Return what two systems can do together, from their manifests."""
    sells = bool({DocumentKind.SALES_INVOICE} & set(source.reads) & set(target.writes))
    by_code = Ability.PRODUCTS_BY_CODE in target.abilities
    return Pair(
        has_statuses=sells and Ability.STATUSES in source.abilities,
        finds_by_code=by_code,
        has_registers=by_code and Ability.REGISTERS in source.abilities,
        answers_later=Ability.ANSWERS_LATER in target.abilities,
        carries_files=any(_has_files(source, kind) and _has_files(target, kind) for kind in _INVOICES),
    )


def pair_of_integration(integration: Integration) -> Pair:
    """Return what the two systems of an integration can do together."""
    return pair_of(manifest(integration.source.vendor), manifest(integration.target.vendor))


def _has_files(side: Manifest, kind: DocumentKind) -> bool:
    return any(each.field == "attachments" and each.carried != NOT for each in side.coverage.get(kind.value, ()))


def first_settings(source: Manifest, target: Manifest) -> dict[str, Any]:
    """Return the settings that a new integration of these systems begins with."""
    pair = pair_of(source, target)
    chosen: dict[str, Any] = {}
    if pair.answers_later:
        chosen["status_after"] = CONFIRMED
    if source.is_own and Ability.POSTINGS in target.abilities:
        # Rows go in words, the picture alone goes along, and our postings may complete what arrives (P22 to P31, P68).
        chosen |= {
            "completes": True,
            "needs_items": False,
            "has_warehouses": False,
            "attachments": FILES_IMAGE,
        }
    if Ability.ROWS_AS_THEY_ARE in target.abilities:
        chosen |= {
            "needs_items": False,
            "needs_vat_codes": False,
            "has_warehouses": False,
            "customers_again": True,
        }
    if pair.finds_by_code:
        chosen |= {
            "items_by_code": True,
            "item_policy": ItemPolicy.FALLBACK.value,
            "fallback_item": GENERAL_PRODUCT,
            "needs_vat_codes": False,  # the account and the VAT hang on the product
            "has_warehouses": False,
            "customers_again": True,
        }
    return chosen


def require_settings(after: Mapping[str, Any]) -> None:
    """Check the settings of a pair.

    Raises:
        ServiceError: SETTING_UNKNOWN, STATUSES_EQUAL (invoices would wait for ever), PREFIX_WRONG.
    """
    for name, known in _CHOICES.items():
        if after[name] not in known:
            raise ServiceError("SETTING_UNKNOWN", setting=name)
    waiting, written = str(after["waiting_status"]), str(after["written_status"])
    if waiting and waiting == written:
        raise ServiceError("STATUSES_EQUAL", status=waiting)
    prefixes = after["code_prefixes"]
    kinds = {each.value for each in PREFIX_KINDS}
    if not isinstance(prefixes, Mapping) or set(prefixes) - kinds:
        raise ServiceError("SETTING_UNKNOWN", setting="code_prefixes")
    for kind, prefix in prefixes.items():
        if not isinstance(prefix, str) or len(prefix) > _PREFIX_CHARS:
            raise ServiceError("PREFIX_WRONG", kind=kind, most=_PREFIX_CHARS)


def takes_what_waits(kind: str, integration: Integration) -> bool:
    """Return whether an import of this kind takes what waits in a status, whatever its date."""
    if kind != FlowKind.SALES_INVOICES or not integration.settings.get("waiting_status"):
        return False
    return pair_of_integration(integration).has_statuses


def statuses(integration: Integration) -> list[CatalogueEntry]:
    """Return the invoice statuses of the source as they are now; as last read, or none, when it cannot be asked."""
    return present_catalogue(integration.source, CatalogueKind.STATUSES)


def status_names(integration: Integration) -> dict[str, str]:
    """Return what the two chosen statuses are called, by setting, as the source's list was last read."""
    chosen = {name: str(integration.settings.get(name) or "") for name in ("waiting_status", "written_status")}
    return {name: status_name(integration.source_id, key) for name, key in chosen.items()}
