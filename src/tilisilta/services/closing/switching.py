"""Between the two levels: nothing that went one way may go the other way too, and nothing may be left between them.

What went as a document stands in the target, so a closed period may not sum it up as well; what went with a period may
not go as a document. So each level is left only when all that it began has come to its end.
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from tilisilta.core.documents import DocumentKind
from tilisilta.engine.states import AT_TARGET
from tilisilta.services.closing import books, sums, vouchers
from tilisilta.services.closing.books import Range
from tilisilta.services.errors import ServiceError
from tilisilta.services.forwarding.level import DOCUMENT, first_day, open_before
from tilisilta.services.workspace_port.setting_up import VENDOR as WORKSPACE
from tilisilta.store.models import (
    Binding,
    ClosedPeriod,
    Company,
    Delivery,
    DeliveryState,
    Integration,
    PeriodState,
    Side,
)

_INVOICES: Final = {
    Side.SALES: (DocumentKind.SALES_INVOICE, DocumentKind.SALES_CREDIT_NOTE),
    Side.PURCHASES: (DocumentKind.PURCHASE_INVOICE, DocumentKind.PURCHASE_CREDIT_NOTE),
}
_GOING: Final = (DeliveryState.READY, DeliveryState.SENDING, DeliveryState.UNCERTAIN, *AT_TARGET)
_NAMED: Final = 5
_MOST: Final = 500


class Gone(msgspec.Struct, frozen=True):
    """Ids of the invoices and payments of a side that went to a target one by one, or are on their way."""

    invoices: frozenset[int]
    payments: frozenset[int]

    def __bool__(self) -> bool:
        return bool(self.invoices or self.payments)


def gone_as_documents(integration: Integration, side: str) -> Gone:
    """Return what of a side an integration carried, or carries, as documents."""
    invoices = _gone(integration, _INVOICES[Side(side)])
    return Gone(invoices, _gone(integration, (DocumentKind.PAYMENT,)))


def _gone(integration: Integration, kinds: Iterable[DocumentKind]) -> frozenset[int]:
    wanted = [each.value for each in kinds]
    bound = Binding.objects.filter(
        source_connection_id=integration.source_id, target_connection_id=integration.target_id, kind__in=wanted
    )
    going = Delivery.objects.filter(flow__integration=integration, kind__in=wanted, state__in=_GOING)
    found = {*bound.values_list("source_id", flat=True), *going.values_list("source_id", flat=True)}
    return frozenset(int(each) for each in found if each.isdecimal())


def require_switch(integration: Integration, before: str, after: str) -> None:
    """Let an integration of the workspace change its level when all that the old level began has ended.

    The caller is in a transaction and stores the new level in it.

    Raises:
        ServiceError: LEVEL_PERIOD_NOT_SENT, LEVEL_PERIOD_REOPENED, EARLIER_PERIODS_OPEN, LEVEL_DOCUMENTS_OPEN.
    """
    if before == after or integration.source.vendor != WORKSPACE:
        return
    # Whoever closes a period now is waited for; who comes after finds the flow switched off.
    Company.objects.select_for_update(no_key=True).get(pk=integration.company_id)
    if after == DOCUMENT:
        _require_periods_ended(integration)
    else:
        _require_documents_closed(integration)


def _require_periods_ended(integration: Integration) -> None:
    periods = ClosedPeriod.objects.filter(company=integration.company_id, integration=integration).order_by("date_from")
    waiting = periods.filter(state__in=[PeriodState.CLOSING, PeriodState.FAILED]).first()
    if waiting is not None:
        raise ServiceError("LEVEL_PERIOD_NOT_SENT", period=_name(waiting), target=integration.target.name)
    for period in periods.filter(state=PeriodState.REOPENED):
        if vouchers.standing([period], integration):
            raise ServiceError("LEVEL_PERIOD_REOPENED", period=_name(period), target=integration.target.name)
    if periods.exists() and (count := open_before(integration.company)):
        raise ServiceError("EARLIER_PERIODS_OPEN", count=count, day=first_day(integration.company).isoformat())


def _require_documents_closed(integration: Integration) -> None:
    names: list[str] = []
    count = 0
    for side in Side:
        gone = gone_as_documents(integration, side)
        if not gone:
            continue
        invoices = books.open_invoices(integration.company, side).order_by("day", "pk").values_list("pk", "number")
        payments = books.open_payments(integration.company, side).order_by("day", "pk")
        found = [number or f"#{pk}" for pk, number in invoices if pk in gone.invoices]
        paid = payments.values_list("pk", "invoice_id", "invoice__number")
        found += [number or f"#{invoice}" for pk, invoice, number in paid if pk in gone.payments]
        names += found[: _NAMED - len(names)]
        count += len(found)
    if count:
        events = ", ".join(names) + (" …" if count > len(names) else "")
        raise ServiceError("LEVEL_DOCUMENTS_OPEN", count=count, events=events, target=integration.target.name)


def _name(period: ClosedPeriod) -> str:
    return sums.describe(period.side, Range(period.date_from, period.date_to))


def gone_among(integration: Integration, side: str, invoices: Any, payments: Any) -> tuple[Any, Any]:
    """Return those of a side's invoices and payments that went as documents, and so may not go with a period."""
    gone = gone_as_documents(integration, side)
    return invoices.filter(pk__in=_among(invoices, gone.invoices)), payments.filter(
        pk__in=_among(payments, gone.payments)
    )


def _among(rows: Any, gone: frozenset[int]) -> list[int]:
    """Return the ids of rows that went, as many as a refusal needs: a database takes only so many at once."""
    return [pk for pk in rows.values_list("pk", flat=True) if pk in gone][:_MOST] if gone else []


def require_reopenable(period: ClosedPeriod) -> None:
    """Let a period be opened again unless its vouchers stand in a target that takes documents now.

    Its documents would go a second time, and no new voucher would take the place of the old.

    Raises:
        ServiceError: PERIOD_OF_OTHER_LEVEL.
    """
    integration = period.integration
    if integration is None or integration.settings.get("level") != DOCUMENT:
        return
    if vouchers.standing([period], integration):
        raise ServiceError("PERIOD_OF_OTHER_LEVEL", target=integration.target.name)
