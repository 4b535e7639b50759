"""The workspace of a company: whether it is on, and its choices."""

from decimal import Decimal
from typing import Any, Final

from django.db import transaction

from tilisilta.connectors import CONNECTORS
from tilisilta.core.documents import Address, BankAccount
from tilisilta.core.identifiers import iban
from tilisilta.formats import Seller
from tilisilta.services import audit
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.workspace import hooks, messages, numbering
from tilisilta.store import vault
from tilisilta.store.models import Company, Connection, ConnectionState, Role, WorkspaceSettings

__all__ = ["is_on", "require_on", "seller_of", "settings_of", "switch_off", "switch_on", "update_settings"]

VENDOR: Final = "workspace"
EDITABLE: Final = (
    "bank_iban", "bank_bic", "street", "city", "postal_code", "email", "phone", "einvoice_address",
    "einvoice_operator", "payment_term_days", "interest_percent", "circulation_on", "checkers_needed",
    "approvers_needed", "foreman_part", "foreman_is_mandatory", "days_until_paid",
)  # fmt: skip

messages.make_known()


def settings_of(company: Company) -> WorkspaceSettings:
    """Return a company's choices; before the workspace was ever on, the usual ones, which are not stored."""
    found = WorkspaceSettings.objects.filter(company=company).first()
    return found or WorkspaceSettings(company=company)


def is_on(company: Company) -> bool:
    """Return whether a company keeps invoices here."""
    return WorkspaceSettings.objects.filter(company=company, is_on=True).exists()


def require_on(company: Company) -> None:
    """Let companies pass whose workspace is on.

    Raises:
        ServiceError: WORKSPACE_OFF.
    """
    if not is_on(company):
        raise ServiceError("WORKSPACE_OFF")


@transaction.atomic
def switch_on(actor: Actor) -> WorkspaceSettings:
    """Switch the workspace on: number series and the connection to it are made, other subjects add what is theirs.

    Once on, calling it again changes nothing.

    Raises:
        Forbidden: the actor is no administrator.
    """
    require(actor, Role.ADMIN)
    Company.objects.select_for_update(no_key=True).get(pk=actor.company.pk)  # two at once make one set of series
    kept, _made = WorkspaceSettings.objects.get_or_create(company=actor.company)
    _make_connection(actor.company)
    if kept.is_on:
        return kept
    kept.is_on = True
    kept.save(update_fields=["is_on"])
    numbering.make_defaults(actor.company)
    for also in hooks.switched_on:
        also(actor, kept)
    audit.record(actor, "workspace.on", actor.company.name, _link(actor))
    return kept


def _make_connection(company: Company) -> None:
    """Make the one connection by which integrations reach the workspace; it has no keys to test."""
    if VENDOR in CONNECTORS and not Connection.objects.filter(company=company, vendor=VENDOR).exists():
        Connection.objects.create(
            company=company,
            vendor=VENDOR,
            name="Tilisilta",
            state=ConnectionState.ACTIVE,
            settings={},
            sealed_credentials=vault.seal({}),
            hints={},
        )


@transaction.atomic
def switch_off(actor: Actor) -> None:
    """Hide the workspace; nothing is deleted, and switching on again shows all of it.

    Raises:
        Forbidden: the actor is no administrator.
    """
    require(actor, Role.ADMIN)
    if WorkspaceSettings.objects.filter(company=actor.company, is_on=True).update(is_on=False):
        audit.record(actor, "workspace.off", actor.company.name, _link(actor))


@transaction.atomic
def update_settings(actor: Actor, **fields: Any) -> WorkspaceSettings:
    """Change the choices and log what changed; fields that are not given stay.

    Raises:
        Forbidden: the actor is no administrator.
        ServiceError: WORKSPACE_OFF, IBAN_INVALID.
    """
    require(actor, Role.ADMIN)
    kept = WorkspaceSettings.objects.select_for_update().filter(company=actor.company, is_on=True).first()
    if kept is None:
        raise ServiceError("WORKSPACE_OFF")
    if fields.get("bank_iban"):
        fields["bank_iban"] = str(fields["bank_iban"]).replace(" ", "").upper()
        if not iban.is_valid(fields["bank_iban"]):
            raise ServiceError("IBAN_INVALID", iban=fields["bank_iban"])
    changed = {
        name: [_plain(getattr(kept, name)), _plain(fields[name])]
        for name in EDITABLE
        if name in fields and getattr(kept, name) != fields[name]
    }
    for name in changed:
        setattr(kept, name, fields[name])
    if changed:
        kept.save(update_fields=list(changed))
        audit.record(actor, "workspace.updated", actor.company.name, _link(actor), changes=changed)
    return kept


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def _link(actor: Actor) -> str:
    return f"/c/{actor.company.pk}/workspace/settings/"


def seller_of(company: Company) -> Seller:
    """Return the company as it stands on its own invoices."""
    kept = settings_of(company)
    account = BankAccount(iban=kept.bank_iban, bic=kept.bank_bic)
    return Seller(
        name=company.name,
        registry_code=company.registry_code,
        vat_number=company.vat_number,
        address=Address(
            street=kept.street, city=kept.city, postal_code=kept.postal_code, country=company.country.upper()
        ),
        bank_accounts=(account,) if kept.bank_iban else (),
        email=kept.email,
        phone=kept.phone,
        einvoice_address=kept.einvoice_address,
        einvoice_operator=kept.einvoice_operator,
    )
