"""Items of the workspace: what rows sell and buy."""

from typing import Final

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from tilisilta.core.documents import DocumentKind, Item, decode_document, encode_document
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.workspace import messages
from tilisilta.store.models import Company, LedgerAccount, Role, WorkspaceItem

messages.make_known()
_MAX_CHOICES: Final = 2000


def canonical_item(row: WorkspaceItem) -> Item:
    """Return an item as connectors read it; its source id is the row's own."""
    item = decode_document(DocumentKind.ITEM, bytes(row.payload))
    assert isinstance(item, Item)  # noqa: S101  for the type checker: the kind told the decoder so
    return msgspec.structs.replace(
        item,
        source_id=str(row.pk),
        code=row.code,
        name=row.name,
        sales_account=row.sales_account.number if row.sales_account else "",
        purchase_account=row.purchase_account.number if row.purchase_account else "",
        is_active=row.is_active,
    )


def save_item(
    actor: Actor,
    item: Item,
    *,
    row: WorkspaceItem | None = None,
    sales_account: LedgerAccount | None = None,
    purchase_account: LedgerAccount | None = None,
) -> WorkspaceItem:
    """Make or change an item.

    Raises:
        Forbidden: the role is too low.
        ServiceError: ITEM_CODE_TAKEN.
    """
    require(actor, Role.ACCOUNTANT)
    row = row or WorkspaceItem(company=actor.company)
    row.code, row.name = item.code.strip()[:60], item.name.strip()[:200]
    row.sales_account, row.purchase_account = sales_account, purchase_account
    row.is_active = item.is_active
    row.payload = encode_document(msgspec.structs.replace(item, source_id="", sales_account="", purchase_account=""))
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise ServiceError("ITEM_CODE_TAKEN", item_code=row.code) from error
    return row


def get_item(company: Company, pk: int) -> WorkspaceItem:
    """Return an item of a company; DoesNotExist otherwise."""
    return WorkspaceItem.objects.select_related("sales_account", "purchase_account").get(company=company, pk=pk)


def items(company: Company, *, text: str = "", is_active: bool | None = True) -> QuerySet[WorkspaceItem]:
    """Return a company's items by code; `is_active=None` shows those put aside as well."""
    found = WorkspaceItem.objects.filter(company=company).select_related("sales_account", "purchase_account")
    if is_active is not None:
        found = found.filter(is_active=is_active)
    if text := text.strip():
        found = found.filter(Q(code__istartswith=text) | Q(name__icontains=text))
    return found.order_by("code", "pk")


def choices(company: Company) -> list[WorkspaceItem]:
    """Return the active items that a form offers."""
    return list(items(company)[:_MAX_CHOICES])


def delete_item(actor: Actor, row: WorkspaceItem) -> None:
    """Delete an item; rows of invoices keep its code and name as they were.

    Raises:
        Forbidden: the role is too low.
    """
    require(actor, Role.ACCOUNTANT)
    row.delete()
