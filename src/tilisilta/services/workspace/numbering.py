"""Numbers of sales invoices: series with a prefix and a running number, and the reference number made from them."""

import re
from typing import Final

from django.db import transaction
from django.utils.translation import gettext, override

from tilisilta.core.identifiers import reference_number
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import Company, NumberSeries, Role, Side, WorkspaceInvoice

_FIRST: Final = 1001  # both countries ask for two digits at least before the check digit of a reference number
_MAX_DIGITS: Final = 19


def make_defaults(company: Company) -> None:
    """Make the two series of a new workspace; a company that has some keeps them."""
    if NumberSeries.objects.filter(company=company).exists():
        return
    with override(company.language):
        names = (gettext("Sales invoices"), gettext("Credit notes"))
    for name, is_credit in zip(names, (False, True), strict=True):
        NumberSeries.objects.create(
            company=company,
            name=name,
            is_for_credit_notes=is_credit,
            prefix="K" if is_credit else "",
            next_number=1 if is_credit else _FIRST,
            width=4 if is_credit else 0,
            is_default=True,
        )


def series_of(company: Company) -> list[NumberSeries]:
    """Return a company's series, those for invoices first."""
    return list(NumberSeries.objects.filter(company=company).order_by("is_for_credit_notes", "-is_default", "pk"))


def shown_number(series: NumberSeries, number: int | None = None) -> str:
    """Return a number as it stands on the invoice; without one, the next."""
    return f"{series.prefix}{series.next_number if number is None else number:0{series.width}d}"


def _is_used(company: Company, number: str) -> bool:
    return WorkspaceInvoice.objects.filter(company=company, direction=Side.SALES, number=number).exists()


def take_number(company: Company, *, is_credit_note: bool, series: NumberSeries | None = None) -> str:
    """Return the next free number and move the series on; runs inside the caller's transaction.

    Credit notes take the invoices' numbers when they have no series of their own.

    Raises:
        ServiceError: SERIES_MISSING.
    """
    found = NumberSeries.objects.select_for_update().filter(company=company)
    if series is not None:
        taken = found.filter(pk=series.pk).first()
    else:
        of_kind = (
            found.filter(is_for_credit_notes=True).order_by("-is_default", "pk").first() if is_credit_note else None
        )
        taken = of_kind or found.filter(is_for_credit_notes=False).order_by("-is_default", "pk").first()
    if taken is None:
        raise ServiceError("SERIES_MISSING")
    while _is_used(company, number := shown_number(taken)):
        taken.next_number += 1
    taken.next_number += 1
    taken.save(update_fields=["next_number"])
    return number


def make_reference(company: Company, number: str, invoice_id: int) -> str:
    """Return a reference number that no other sales invoice of the company bears, made from the invoice's number."""
    digits = re.sub(r"\D", "", number).lstrip("0")
    mine = WorkspaceInvoice.objects.filter(company=company, direction=Side.SALES).exclude(pk=invoice_id)
    for base in (digits, f"{digits}{invoice_id}"):
        if not base:
            continue
        made = reference_number.make(base[-_MAX_DIGITS:], company.country.upper())
        if not mine.filter(reference_number=made).exists():
            return made
    return reference_number.make(f"{invoice_id:05d}"[-_MAX_DIGITS:], company.country.upper())


@transaction.atomic
def save_series(
    actor: Actor,
    *,
    series: NumberSeries | None = None,
    name: str,
    prefix: str,
    next_number: int,
    width: int,
    is_for_credit_notes: bool,
    is_default: bool,
) -> NumberSeries:
    """Make or change a series; a new default takes the place of the one before.

    Raises:
        Forbidden: the actor is no administrator.
        ServiceError: SERIES_NUMBER_USED when an invoice bears the next number already.
    """
    require(actor, Role.ADMIN)
    series = series or NumberSeries(company=actor.company)
    series.name, series.prefix = name.strip(), prefix.strip()
    series.next_number, series.width = next_number, width
    series.is_for_credit_notes = is_for_credit_notes
    same_kind = NumberSeries.objects.filter(company=actor.company, is_for_credit_notes=is_for_credit_notes)
    others = same_kind.exclude(pk=series.pk)
    series.is_default = is_default or not others.filter(is_default=True).exists()
    if _is_used(actor.company, shown_number(series)):
        raise ServiceError("SERIES_NUMBER_USED", number=shown_number(series))
    if series.is_default:
        others.update(is_default=False)
    series.save()
    return series


@transaction.atomic
def delete_series(actor: Actor, series: NumberSeries) -> None:
    """Delete a series that is not the default.

    Raises:
        Forbidden: the actor is no administrator.
        ServiceError: SERIES_IN_USE.
    """
    require(actor, Role.ADMIN)
    if series.is_default:
        raise ServiceError("SERIES_IN_USE")
    series.delete()
