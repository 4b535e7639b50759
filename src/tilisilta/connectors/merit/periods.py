"""Financial years and the range that may be posted to, from getaccperiods."""

import datetime as dt
from collections.abc import Sequence

import msgspec

from tilisilta.connectors.merit.client import Client
from tilisilta.connectors.merit.shapes import one_of
from tilisilta.connectors.merit.wire import guid, read_date, require_date
from tilisilta.core.errors import BadInput, Misconfigured
from tilisilta.core.period import ONE_DAY
from tilisilta.ports import CatalogueEntry, FiscalPeriod, PeriodState

LOCK = "accounting"


class Calendar(msgspec.Struct, frozen=True):
    """The years, and the first and last day that documents may be saved on; None where Merit names none."""

    years: tuple[FiscalPeriod, ...]
    save_from: dt.date | None
    save_to: dt.date | None

    @property
    def locked_until(self) -> dt.date | None:
        """The last day that is closed."""
        return self.save_from - ONE_DAY if self.save_from else None


async def read_calendar(client: Client) -> Calendar:
    """Return the calendar; an empty one where a country's Merit does not have this call.

    Raises:
        BadInput: A period without its days.

    """
    try:
        answer = await client.read("getaccperiods")
    except Misconfigured as error:
        if error.code != "ENDPOINT_UNKNOWN":
            raise
        return Calendar((), None, None)
    if not answer:
        return Calendar((), None, None)
    answer = one_of(answer)
    if not isinstance(answer, dict):
        raise BadInput(field="getaccperiods", rule="shape")
    years = []
    for row in answer.get("AccPeriods") or ():
        first, last = require_date(row.get("StartDate"), "StartDate"), require_date(row.get("EndDate"), "EndDate")
        name = str(first.year) if first.year == last.year else f"{first.year}/{last.year}"
        years.append(FiscalPeriod(key=guid(row.get("AccPeriodId")), name=name, first=first, last=last))
    return Calendar(
        tuple(years), read_date(answer.get("SaveFrom"), "SaveFrom"), read_date(answer.get("SaveTo"), "SaveTo")
    )


def period_entries(calendar: Calendar) -> Sequence[CatalogueEntry]:
    """Return the years as choices."""
    locked = calendar.locked_until
    shown = {"accounting_locked_until": locked.isoformat()} if locked else {}
    return [
        CatalogueEntry(
            key=each.key or each.first.isoformat(),
            label=each.name,
            is_active=locked is None or locked < each.last,
            extra={"first": each.first.isoformat(), "last": each.last.isoformat(), **shown},
        )
        for each in calendar.years
    ]


def state_of(calendar: Calendar, day: dt.date) -> PeriodState:
    """Return of which year a day is and whether it may be posted to."""
    year = next((each for each in calendar.years if each.first <= day <= each.last), None)
    before = calendar.save_from is not None and day < calendar.save_from
    after = calendar.save_to is not None and day > calendar.save_to
    locked_until = calendar.locked_until
    return PeriodState(day=day, fiscal_period=year, locked_until=locked_until, lock=LOCK if before or after else "")
