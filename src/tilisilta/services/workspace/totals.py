"""Rows as they are typed in -> what the document says: nets, VAT by rate, totals."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import msgspec

from tilisilta.core.documents import InvoiceLine, LineKind, VatTotal
from tilisilta.core.money import ZERO, minor_unit, round_amount, vat_amount
from tilisilta.core.vat.treatment import VatTreatment

# Where the seller charges the VAT; elsewhere the buyer owes it, or nobody.
CHARGED: Final = frozenset({None, VatTreatment.DOMESTIC})


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """The totals of an invoice in its currency; `lines` with their nets."""

    lines: tuple[InvoiceLine, ...]
    vat_totals: tuple[VatTotal, ...]
    net: Decimal
    vat: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat


def line_net(line: InvoiceLine, currency: str = "EUR") -> Decimal:
    """Return quantity times price less the discount, rounded to the currency; rows of words are nothing.

    >>> line_net(InvoiceLine(position=1, quantity=Decimal(3), unit_price=Decimal("9.99"), discount_percent=Decimal(10)))
    Decimal('26.97')
    """
    if line.kind is LineKind.TEXT:
        return ZERO
    return round_amount(line.quantity * line.unit_price * (1 - line.discount_percent / 100), currency)


def sum_up(
    lines: Iterable[InvoiceLine],
    currency: str = "EUR",
    *,
    exemption_reason: str = "",
    stated: Decimal | None = None,
    is_net_given: bool = False,
) -> Sums:
    """Return rows with their nets, and the totals that they make; VAT is rounded once a rate.

    Args:
        lines: Rows with quantity, price, discount, rate and treatment.
        currency: Of all amounts.
        exemption_reason: Why rows that bear no VAT bear none, in words, for groups whose treatment does not say it.
        stated: The total that the document bears. When it strays from the sum by no more than rounding the VAT row by
            row may (one minor unit a row), the VAT of the largest group takes the difference, as on the document.
        is_net_given: Take the rows' nets as they are, instead of working them out.
    """
    summed = tuple(
        line if is_net_given else msgspec.structs.replace(line, net=line_net(line, currency)) for line in lines
    )
    groups: dict[tuple[Decimal, VatTreatment | None], Decimal] = {}
    for line in summed:
        if line.kind is not LineKind.TEXT:
            key = (line.vat_rate, line.vat_treatment)
            groups[key] = groups.get(key, ZERO) + line.net
    totals = [
        VatTotal(
            rate=rate,
            net=net,
            vat=vat_amount(net, rate, currency) if treatment in CHARGED else ZERO,
            treatment=treatment,
            exemption_reason="" if treatment in CHARGED and rate else exemption_reason,
        )
        for (rate, treatment), net in sorted(groups.items(), key=lambda each: (-each[0][0], each[0][1] or ""))
    ]
    net = sum((line.net for line in summed), ZERO)
    if stated is not None:
        totals = _as_stated(totals, stated - net, len(summed), currency)
    vat = sum((each.vat for each in totals), ZERO)
    return Sums(lines=summed, vat_totals=tuple(totals), net=net, vat=vat)


def _as_stated(totals: list[VatTotal], stated_vat: Decimal, rows: int, currency: str) -> list[VatTotal]:
    difference = stated_vat - sum((each.vat for each in totals), ZERO)
    charged = [at for at, each in enumerate(totals) if each.treatment in CHARGED and each.rate]
    if not difference or not charged or abs(difference) > minor_unit(currency) * rows:
        return totals
    at = max(charged, key=lambda each: abs(totals[each].net))
    changed = msgspec.structs.replace(totals[at], vat=totals[at].vat + difference)
    return [*totals[:at], changed, *totals[at + 1 :]]
