"""The workspace's own lists: what mappings choose from, and the parties and items that a first run is guarded by."""

from collections.abc import Callable

from django.utils.translation import gettext

from tilisilta.ports import CatalogueEntry, CatalogueKind, ConnectionInfo, ItemCandidate, PartyCandidate
from tilisilta.services.workspace_port import vat
from tilisilta.services.workspace_port.problems import require_open_workspace
from tilisilta.store.models import (
    AccountRole,
    Company,
    LedgerAccount,
    WorkspaceDimension,
    WorkspaceInvoice,
    WorkspaceItem,
    WorkspaceParty,
    WorkspaceSettings,
)

BANK = "bank"
DIMENSION_SEPARATOR = ":"


def describe(company_id: int) -> ConnectionInfo:
    """Return whose workspace it is.

    Raises:
        Misconfigured: WORKSPACE_OFF.
    """
    require_open_workspace(company_id)
    company = Company.objects.get(pk=company_id)
    invoices = WorkspaceInvoice.objects.filter(company=company).count()
    return ConnectionInfo(
        environment=company.name, registry_code=company.registry_code, details={"invoices": str(invoices)}
    )


def catalogue(company_id: int, kind: CatalogueKind) -> list[CatalogueEntry]:
    """Return one of the lists; an empty one where the workspace keeps none."""
    make = _LISTS.get(kind)
    return make(company_id) if make else []


def _accounts(company_id: int) -> list[CatalogueEntry]:
    rows = LedgerAccount.objects.filter(company_id=company_id).order_by("number")
    return [
        CatalogueEntry(
            key=row.number,
            label=f"{row.number} {row.name}",
            is_active=row.is_active,
            extra={"type": row.type, **({"role": row.role} if row.role else {})},
        )
        for row in rows
    ]


def _dimensions(company_id: int) -> list[CatalogueEntry]:
    rows = WorkspaceDimension.objects.filter(company_id=company_id).order_by("axis", "code")
    return [
        CatalogueEntry(
            key=f"{row.axis}{DIMENSION_SEPARATOR}{row.code}",
            label=f"{row.axis}: {row.code} {row.name}".strip(),
            is_active=row.is_active,
        )
        for row in rows
    ]


def _bank_accounts(company_id: int) -> list[CatalogueEntry]:
    iban = WorkspaceSettings.objects.filter(company_id=company_id).values_list("bank_iban", flat=True).first()
    usual = CatalogueEntry(key=BANK, label=iban or gettext("The usual bank account"), extra={"is_cash": "0"})
    roles = (AccountRole.BANK, AccountRole.CASH)
    rows = LedgerAccount.objects.filter(company_id=company_id, role__in=roles).order_by("number")
    return [
        usual,
        *(
            CatalogueEntry(
                key=row.number,
                label=f"{row.number} {row.name}",
                is_active=row.is_active,
                extra={"is_cash": "1" if row.role == AccountRole.CASH else "0"},
            )
            for row in rows
        ),
    ]


def _item_choices(company_id: int) -> list[CatalogueEntry]:
    rows = WorkspaceItem.objects.filter(company_id=company_id).order_by("code")
    return [
        CatalogueEntry(key=str(pk), label=f"{code} {name}".strip(), is_active=is_active)
        for pk, code, name, is_active in rows.values_list("pk", "code", "name", "is_active")
    ]


_LISTS: dict[CatalogueKind, Callable[[int], list[CatalogueEntry]]] = {
    CatalogueKind.ACCOUNTS: _accounts,
    CatalogueKind.VAT_CODES: lambda _company_id: vat.choices(),
    CatalogueKind.DIMENSIONS: _dimensions,
    CatalogueKind.BANK_ACCOUNTS: _bank_accounts,
    CatalogueKind.ITEMS: _item_choices,
}


def party_page(company_id: int, after: int, limit: int) -> tuple[list[PartyCandidate], int]:
    """Return parties in the order of their ids, and the last id; 0 when the list has ended."""
    rows = WorkspaceParty.objects.filter(company_id=company_id, pk__gt=after).order_by("pk")
    found = [
        PartyCandidate(target_id=str(pk), name=name, registry_code=code, vat_number=number, email=email)
        for pk, name, code, number, email in rows.values_list("pk", "name", "registry_code", "vat_number", "email")[
            :limit
        ]
    ]
    return found, int(found[-1].target_id) if len(found) == limit else 0


def item_page(company_id: int, after: int, limit: int) -> tuple[list[ItemCandidate], int]:
    """Return items in the order of their ids, and the last id; 0 when the list has ended."""
    rows = WorkspaceItem.objects.filter(company_id=company_id, pk__gt=after).order_by("pk")
    found = [
        ItemCandidate(target_id=str(pk), code=code, name=name)
        for pk, code, name in rows.values_list("pk", "code", "name")[:limit]
    ]
    return found, int(found[-1].target_id) if len(found) == limit else 0
