"""The shape of a row in a dated table of VAT rates."""

import datetime as dt
from decimal import Decimal
from enum import StrEnum

import msgspec


class RateKind(StrEnum):
    STANDARD = "standard"
    REDUCED = "reduced"
    ZERO = "zero"
    TRANSITIONAL = "transitional"  # an older rate that the law still allows in named cases


class VatRate(msgspec.Struct, frozen=True, omit_defaults=True):
    """A rate in percent, in force from `since` to `until`, both days included; `law` names where it is written."""

    percent: Decimal
    kind: RateKind
    since: dt.date
    until: dt.date | None
    applies_to: str
    law: str

    def holds_on(self, day: dt.date) -> bool:
        """Return whether the rate is in force on a day."""
        return self.since <= day and (self.until is None or day <= self.until)


def dated_rate(percent: str, kind: RateKind, /, *, days: tuple[str, str], applies_to: str, law: str) -> VatRate:
    """Return a row of a table; `days` are the first and last day as YYYY-MM-DD, the last empty while in force."""
    since, until = days
    return VatRate(
        percent=Decimal(percent),
        kind=kind,
        since=dt.date.fromisoformat(since),
        until=dt.date.fromisoformat(until) if until else None,
        applies_to=applies_to,
        law=law,
    )
