"""The chart of accounts of a company's own ledger: made from a template, edited, never emptied of what is in use."""

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tilisilta.core.ledger import part_of_role
from tilisilta.core.vat import VatTreatment
from tilisilta.services import audit
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.ledger import texts  # noqa: F401  its messages are known from here on
from tilisilta.services.ledger.templates import TEMPLATES, template
from tilisilta.store.models import AccountRole, AccountType, Company, InvoicePosting, LedgerAccount, Role

audit.ACTIONS.update(
    {
        "chart.template_applied": _("Chart of accounts taken from a template"),
        "chart.account_saved": _("Account saved"),
        "chart.account_deleted": _("Account deleted"),
        "chart.imported": _("Chart of accounts read from a file"),
    }
)

TREATMENT_NAMES: Final[dict[str, Promise]] = {
    VatTreatment.DOMESTIC.value: _("Domestic"),
    VatTreatment.ZERO_RATED.value: _("0 % at home"),
    VatTreatment.EXEMPT.value: _("Exempt"),
    VatTreatment.OUTSIDE_SCOPE.value: _("No VAT handling"),
    VatTreatment.REVERSE_CHARGE.value: _("Reverse charge"),
    VatTreatment.CONSTRUCTION_REVERSE_CHARGE.value: _("Reverse charge in construction"),
    VatTreatment.INTRA_EU_SUPPLY_GOODS.value: _("EU, sale of goods"),
    VatTreatment.INTRA_EU_SUPPLY_SERVICES.value: _("EU, sale of services"),
    VatTreatment.INTRA_EU_ACQUISITION_GOODS.value: _("EU, purchase of goods"),
    VatTreatment.INTRA_EU_ACQUISITION_SERVICES.value: _("EU, purchase of services"),
    VatTreatment.EXPORT.value: _("Outside the EU, sale"),
    VatTreatment.IMPORT_GOODS.value: _("Outside the EU, purchase of goods"),
    VatTreatment.IMPORT_SERVICES.value: _("Outside the EU, purchase of services"),
    VatTreatment.MARGIN_SCHEME.value: _("Margin scheme"),
}
TEMPLATE_NAMES: Final[dict[str, Promise]] = {"EE": _("Estonia"), "FI": _("Finland")}
_NUMBER: Final = re.compile(r"[\w.-]{1,20}")
_MAX_RATE: Final = 100


class AccountData(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says of an account. `vat_rate` is percent; None where rows of it bear no usual rate."""

    number: str
    name: str
    type: AccountType
    role: AccountRole = AccountRole.NONE
    vat_treatment: VatTreatment | None = None
    vat_rate: Decimal | None = None
    is_active: bool = True


def accounts(company: Company, *, text: str = "", only_active: bool = False) -> list[LedgerAccount]:
    """Return a company's accounts by number, those whose number or name has `text` in it."""
    found = LedgerAccount.objects.filter(company=company)
    if only_active:
        found = found.filter(is_active=True)
    if text := text.strip():
        found = found.filter(Q(number__startswith=text) | Q(name__icontains=text))
    return list(found.order_by("number"))


def find_account(company: Company, pk: int) -> LedgerAccount:
    """Return one account.

    Raises:
        LedgerAccount.DoesNotExist: it is another company's or gone.
    """
    return LedgerAccount.objects.get(company=company, pk=pk)


def make_chart(company: Company, country: str = "", *, day: dt.date | None = None) -> int:
    """Give a company the accounts of a template that it lacks, and return how many; what is there stays as it is.

    Args:
        company: Whose chart.
        country: "EE" or "FI"; empty for the company's own country, and the Estonian chart for countries without one.
        day: Whose VAT rates the accounts bear; today when left out.

    Raises:
        ServiceError: CHART_TEMPLATE_UNKNOWN.
    """
    chosen = country or (company.country if company.country in TEMPLATES else TEMPLATES[0])
    if chosen not in TEMPLATES:
        raise ServiceError("CHART_TEMPLATE_UNKNOWN", template=chosen)
    held = set(LedgerAccount.objects.filter(company=company).values_list("number", flat=True))
    made = LedgerAccount.objects.bulk_create(
        LedgerAccount(
            company=company,
            number=each.number,
            name=each.name,
            type=each.type,
            role=each.role,
            vat_treatment=each.vat_treatment or "",
            vat_rate=each.vat_rate,
        )
        for each in template(chosen, day or timezone.localdate())
        if each.number not in held
    )
    return len(made)


@transaction.atomic
def apply_template(actor: Actor, country: str) -> int:
    """Add the accounts of a template that the chart lacks; return how many.

    Raises:
        Forbidden: the role is lower than an accountant's.
        ServiceError: CHART_TEMPLATE_UNKNOWN.
    """
    require(actor, Role.ACCOUNTANT)
    count = make_chart(actor.company, country)
    audit.record(actor, "chart.template_applied", country, _link(actor), count=count)
    return count


@transaction.atomic
def save_account(actor: Actor, data: AccountData, account: LedgerAccount | None = None) -> LedgerAccount:
    """Make or change an account.

    Raises:
        Forbidden: the role is lower than an accountant's.
        ServiceError: ACCOUNT_NUMBER_INVALID, ACCOUNT_NUMBER_TAKEN, ACCOUNT_NAME_MISSING, ACCOUNT_ROLE_IN_USE.
    """
    require(actor, Role.ACCOUNTANT)
    row, _is_new, _is_changed = store(actor.company, data, account)
    audit.record(actor, "chart.account_saved", str(row), _link(actor), role=row.role, is_active=row.is_active)
    return row


def store(
    company: Company, data: AccountData, account: LedgerAccount | None = None
) -> tuple[LedgerAccount, bool, bool]:
    """Write an account without asking who wants it; return it, whether it is new, and whether anything changed."""
    number, name = data.number.strip(), data.name.strip()
    if not _NUMBER.fullmatch(number):
        raise ServiceError("ACCOUNT_NUMBER_INVALID", number=number[:30])
    if not name:
        raise ServiceError("ACCOUNT_NAME_MISSING", number=number)
    row = account or LedgerAccount(company=company)
    before = msgspec.json.encode(_facts(row))
    if row.pk and part_of_role(row.role) is not part_of_role(data.role) and is_used(row):
        raise ServiceError("ACCOUNT_ROLE_IN_USE", number=row.number)
    row.number, row.name, row.type, row.role = number, name[:150], data.type, data.role
    row.vat_treatment, row.vat_rate = data.vat_treatment or "", data.vat_rate
    row.is_active = data.is_active
    is_new = row.pk is None
    if not is_new and msgspec.json.encode(_facts(row)) == before:
        return row, False, False
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise ServiceError("ACCOUNT_NUMBER_TAKEN", number=number) from None
    return row, is_new, True


def _facts(row: LedgerAccount) -> Sequence[str]:
    rate = None if row.vat_rate is None else format(row.vat_rate.normalize(), "f")
    return [row.number, row.name, row.type, row.role, str(row.vat_treatment), str(rate), str(row.is_active)]


def is_used(account: LedgerAccount) -> bool:
    """Return whether any posting is on the account."""
    return InvoicePosting.objects.filter(account=account).exists()


@transaction.atomic
def delete_account(actor: Actor, account: LedgerAccount) -> None:
    """Delete an account that has never been used.

    Raises:
        Forbidden: the role is lower than an accountant's.
        ServiceError: ACCOUNT_IN_USE.
    """
    require(actor, Role.ACCOUNTANT)
    if is_used(account):
        raise ServiceError("ACCOUNT_IN_USE", number=account.number)
    audit.record(actor, "chart.account_deleted", str(account), _link(actor))
    account.delete()


def valid_rate(text: str) -> Decimal | None:
    """Return a rate in percent that a person typed; None for an empty one.

    Raises:
        ValueError: it is no number from 0 to below 100.
    """
    plain = text.replace("%", "").replace(",", ".").strip()
    if not plain:
        return None
    try:
        rate = Decimal(plain)
    except ArithmeticError:
        raise ValueError(text) from None
    if not (rate.is_finite() and 0 <= rate < _MAX_RATE):
        raise ValueError(text)
    return rate


def _link(actor: Actor) -> str:
    return reverse("chart", args=[actor.company.pk])
