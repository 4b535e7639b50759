"""Customers and suppliers of the workspace: found by what identifies them, made when they are new."""

import msgspec
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from tilisilta.core.documents import (
    Address,
    DocumentKind,
    Party,
    PartyRole,
    decode_document,
    encode_document,
)
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import Company, LedgerAccount, Role, WorkspaceInvoice, WorkspaceParty, WorkspaceSettings


def canonical_party(row: WorkspaceParty) -> Party:
    """Return a party as connectors read it; its source id is the row's own."""
    party = decode_document(DocumentKind.CUSTOMER, bytes(row.payload))
    assert isinstance(party, Party)  # noqa: S101  for the type checker: the kind told the decoder so
    return msgspec.structs.replace(
        party,
        source_id=str(row.pk),
        name=row.name,
        is_customer=row.is_customer,
        is_supplier=row.is_supplier,
        modified_at=row.updated_at.isoformat(timespec="seconds"),
    )


def _stored(party: Party) -> bytes:
    """Return the payload without what the row says itself."""
    return encode_document(msgspec.structs.replace(party, source_id="", modified_at=""))


def _columns(party: Party) -> dict[str, object]:
    return {
        "name": party.name.strip()[:200],
        "registry_code": party.registry_code.strip()[:20],
        "vat_number": party.vat_number.replace(" ", "").upper()[:20],
        "email": party.email.strip()[:254],
        "payload": _stored(party),
    }


def find_party(company: Company, party: Party) -> WorkspaceParty | None:
    """Return the company's row of a party: by our id, registry code, VAT number, or a name that nothing contradicts."""
    mine = WorkspaceParty.objects.filter(company=company)
    if party.source_id.isdecimal() and len(party.source_id) < 19:  # noqa: PLR2004  digits of a 64-bit id
        found = mine.filter(pk=int(party.source_id)).first()
        if found is not None:
            return found
    code, number = party.registry_code.strip(), party.vat_number.replace(" ", "").upper()
    for narrowed in (Q(registry_code=code) if code else None, Q(vat_number=number) if number else None):
        if narrowed is not None and (found := mine.filter(narrowed).order_by("-is_active", "pk").first()) is not None:
            return found
    name = party.name.strip()
    same_name = mine.filter(name__iexact=name).order_by("-is_active", "pk") if name else []
    for row in same_name:
        differs = (code and row.registry_code) or (number and row.vat_number)
        if not differs:
            return row
    return None


def hold_new_parties(company: Company) -> None:
    """Let whoever makes a party at the same moment wait until the caller's transaction ends; then they find it."""
    WorkspaceSettings.objects.select_for_update(no_key=True).filter(company=company).first()


@transaction.atomic
def find_or_create(company: Company, party: Party, role: PartyRole) -> WorkspaceParty:
    """Return the row of a party, made when it is new, and marked as a customer or supplier.

    What the row has not known yet (an address, a bank account) is taken from `party`; what it knows stays as it is.
    """
    row = find_party(company, party)
    if row is None:
        hold_new_parties(company)
        row = find_party(company, party)
    if row is None:
        row = WorkspaceParty(company=company, **_columns(party))
    else:
        known = canonical_party(row)
        filled = _filled(known, party)
        if filled != known:
            for name, value in _columns(filled).items():
                setattr(row, name, value)
    flag = "is_customer" if role is PartyRole.CUSTOMER else "is_supplier"
    row_is_new = row.pk is None
    if row_is_new or not getattr(row, flag) or row.payload != _payload_of(row):
        setattr(row, flag, True)
        row.updated_at = timezone.now()
        row.save()
    return row


def _payload_of(row: WorkspaceParty) -> bytes:
    return bytes(WorkspaceParty.objects.values_list("payload", flat=True).get(pk=row.pk))


def _filled(known: Party, told: Party) -> Party:
    """Return the known party with its empty fields filled from what was told."""
    fields = (
        "registry_code", "vat_number", "email", "phone", "bank_accounts", "einvoice_address", "einvoice_operator",
        "contact_name", "payment_term_days",
    )  # fmt: skip
    changes = {name: getattr(told, name) for name in fields if not getattr(known, name) and getattr(told, name)}
    if known.address == Address() and told.address != Address():
        changes["address"] = told.address
    return msgspec.structs.replace(known, **changes) if changes else known


# --- by hand -----------------------------------------------------------------------------------------------


@transaction.atomic
def save_party(
    actor: Actor,
    party: Party,
    *,
    row: WorkspaceParty | None = None,
    default_account: LedgerAccount | None = None,
    is_active: bool = True,
) -> WorkspaceParty:
    """Make or change a party.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PARTY_NAME_MISSING.
    """
    require(actor, Role.ACCOUNTANT)
    if not party.name.strip():
        raise ServiceError("PARTY_NAME_MISSING")
    row = row or WorkspaceParty(company=actor.company)
    for name, value in _columns(party).items():
        setattr(row, name, value)
    row.is_customer, row.is_supplier = party.is_customer, party.is_supplier
    row.default_account = default_account
    row.is_active = is_active
    row.updated_at = timezone.now()
    row.save()
    return row


def delete_party(actor: Actor, row: WorkspaceParty) -> None:
    """Delete a party that nothing was invoiced to or by.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PARTY_IN_USE.
    """
    require(actor, Role.ACCOUNTANT)
    if WorkspaceInvoice.objects.filter(party=row).exists():
        raise ServiceError("PARTY_IN_USE", name=row.name)
    row.delete()


def get_party(company: Company, pk: int) -> WorkspaceParty:
    """Return a party of a company; DoesNotExist otherwise."""
    return WorkspaceParty.objects.select_related("default_account").get(company=company, pk=pk)


def parties(
    company: Company, *, role: str = "", text: str = "", is_active: bool | None = True
) -> QuerySet[WorkspaceParty]:
    """Return a company's parties by name.

    Args:
        company: Whose.
        role: "customer", "supplier" or empty for all.
        text: A part of the name, the registry code or the VAT number.
        is_active: None for those put aside as well.
    """
    found = WorkspaceParty.objects.filter(company=company)
    if role:
        found = found.filter(is_customer=True) if role == PartyRole.CUSTOMER else found.filter(is_supplier=True)
    if is_active is not None:
        found = found.filter(is_active=is_active)
    if text := text.strip():
        found = found.filter(
            Q(name__icontains=text) | Q(registry_code__startswith=text) | Q(vat_number__istartswith=text)
        )
    return found.order_by("name", "pk")
