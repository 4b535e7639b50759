"""Schedules as people choose them, and as the cron lines that the engine keeps. All times are the company's own."""

import datetime as dt
import re
from enum import StrEnum

import msgspec
from cronsim import CronSim, CronSimError
from django.utils.translation import gettext

from tilisilta.services import transfer_texts  # noqa: F401  makes the texts of its codes known
from tilisilta.services.errors import ServiceError


class Rhythm(StrEnum):
    NONE = ""
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKDAYS = "weekdays"
    MONTHLY = "monthly"
    MONTH_END = "month_end"


class Schedule(msgspec.Struct, frozen=True):
    """A rhythm with its time of day and, for the monthly one, its day (1 to 28)."""

    rhythm: Rhythm = Rhythm.NONE
    at: dt.time = dt.time(0, 30)
    day: int = 1


_TIME = r"(?P<minute>\d{1,2}) (?P<hour>\d{1,2})"
_SHAPES = (
    (Rhythm.HOURLY, re.compile(r"\d{1,2} \* \* \* \*")),
    (Rhythm.DAILY, re.compile(_TIME + r" \* \* \*")),
    (Rhythm.WEEKDAYS, re.compile(_TIME + r" \* \* 1-5")),
    (Rhythm.MONTHLY, re.compile(_TIME + r" (?P<day>\d{1,2}) \* \*")),
    (Rhythm.MONTH_END, re.compile(_TIME + r" L \* \*")),
)


def to_cron(schedule: Schedule) -> str:
    """Return the cron line of a schedule; empty for none.

    >>> to_cron(Schedule(Rhythm.MONTH_END, dt.time(0, 30)))
    '30 0 L * *'
    """
    at = f"{schedule.at.minute} {schedule.at.hour}"
    return {
        Rhythm.NONE: "",
        Rhythm.HOURLY: "0 * * * *",
        Rhythm.DAILY: f"{at} * * *",
        Rhythm.WEEKDAYS: f"{at} * * 1-5",
        Rhythm.MONTHLY: f"{at} {schedule.day} * *",
        Rhythm.MONTH_END: f"{at} L * *",
    }[schedule.rhythm]


def from_cron(cron: str) -> Schedule | None:
    """Return the schedule that a cron line says, or None when people cannot choose it here.

    >>> from_cron("0 6 * * 1-5").rhythm
    <Rhythm.WEEKDAYS: 'weekdays'>
    """
    if not cron:
        return Schedule()
    for rhythm, shape in _SHAPES:
        if found := shape.fullmatch(cron):
            parts = found.groupdict()
            at = dt.time(int(parts["hour"]), int(parts["minute"])) if "hour" in parts else dt.time(0, 0)
            return Schedule(rhythm, at, int(parts.get("day") or 1))
    return None


def schedule_text(cron: str) -> str:
    """Return a schedule in words, in the language that is active now."""
    schedule = from_cron(cron)
    if schedule is None:
        return cron
    values = {"at": f"{schedule.at:%H:%M}", "day": schedule.day}
    texts = {
        Rhythm.NONE: gettext("No schedule"),
        Rhythm.HOURLY: gettext("Every hour"),
        Rhythm.DAILY: gettext("Every day at %(at)s"),
        Rhythm.WEEKDAYS: gettext("Monday to Friday at %(at)s"),
        Rhythm.MONTHLY: gettext("Every month on day %(day)s at %(at)s"),
        Rhythm.MONTH_END: gettext("On the last day of the month at %(at)s"),
    }
    return texts[schedule.rhythm] % values


def require_cron(cron: str) -> str:
    """Return a cron line that the engine can follow.

    Raises:
        ServiceError: SCHEDULE_NOT_UNDERSTOOD.
    """
    if cron:
        try:
            CronSim(cron, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
        except CronSimError as error:
            raise ServiceError("SCHEDULE_NOT_UNDERSTOOD", schedule=cron) from error
    return cron
