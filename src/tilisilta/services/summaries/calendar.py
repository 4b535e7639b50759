"""When summaries are fetched, and for which months: 00:30 of the import day, in the company's own time."""

import datetime as dt
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings

from tilisilta.engine.schedule import next_due
from tilisilta.services.practice.settings import add_months, last_day, month_of
from tilisilta.store.models import SummaryRhythm, SummarySettings

LAST_DAY: Final = 0  # as an import day: the last day of the period itself
_MONTHS: Final[dict[str, int]] = {SummaryRhythm.MONTHLY: 1, SummaryRhythm.QUARTERLY: 3, SummaryRhythm.YEARLY: 12}
_AFTER: Final[dict[str, str]] = {"monthly": "*", "quarterly": "1,4,7,10", "yearly": "1"}
_AT_END: Final[dict[str, str]] = {"monthly": "*", "quarterly": "3,6,9,12", "yearly": "12"}
_LONGEST_SPREAD_S: Final = 3600


def cron_of(rhythm: str, import_day: int) -> str:
    """Return the cron line of a rhythm and an import day.

    >>> cron_of("monthly", 0), cron_of("quarterly", 5)
    ('30 0 L * *', '30 0 5 1,4,7,10 *')
    """
    if import_day == LAST_DAY:
        return f"30 0 L {_AT_END[rhythm]} *"
    return f"30 0 {import_day} {_AFTER[rhythm]} *"


def next_import(own: SummarySettings, after: dt.datetime) -> dt.datetime:
    """Return the next moment (UTC) after `after` at which the summaries of an integration are fetched."""
    return next_due(cron_of(own.rhythm, own.import_day), own.integration.company.time_zone, after)


def months_of(own: SummarySettings, due: dt.datetime) -> list[dt.date]:
    """Return the months that an import due at a moment is for, by their first days, in order."""
    day = due.astimezone(ZoneInfo(own.integration.company.time_zone)).date()
    last = month_of(day) if own.import_day == LAST_DAY else add_months(month_of(day), -1)
    return period_ending(own, last)


def period_ending(own: SummarySettings, last: dt.date) -> list[dt.date]:
    """Return the months of the rhythm's period whose last month is `last`."""
    count = _MONTHS[own.rhythm]
    return [add_months(month_of(last), at) for at in range(1 - count, 1)]


def newest_period(own: SummarySettings, today: dt.date) -> list[dt.date]:
    """Return the months of the newest period that has ended, or whose import day has come."""
    last = month_of(today)
    is_ended = own.import_day == LAST_DAY and today == last_day(last)
    if not is_ended:
        last = add_months(last, -1)
    while last.month % _MONTHS[own.rhythm]:
        last = add_months(last, -1)
    return period_ending(own, last)


def spread_s(clients: int) -> int:
    """Return over how many seconds a night's summaries of so many clients are spread; one client comes at once."""
    if not settings.SPREAD_CLIENTS or clients < 2:  # noqa: PLR2004
        return 0
    return min(_LONGEST_SPREAD_S, 2 * clients)
