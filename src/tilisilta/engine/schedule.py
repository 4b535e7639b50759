"""When flows are due: cron lines in the company's time zone, safe over clock changes, spread over some minutes."""

import datetime as dt
import hashlib
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

SPREAD_S = 600


def spread_s(flow_id: int, cron: str) -> int:
    """Return how many seconds a flow waits after its hour, so that a thousand do not start in one second.

    Hourly flows read the hour that ended, so a wait changes nothing of what they see.
    """
    digest = hashlib.sha256(f"{flow_id}|{cron}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % SPREAD_S


def next_due(cron: str, zone: str, after: dt.datetime, *, flow_id: int = 0) -> dt.datetime:
    """Return the next moment (UTC) after `after` at which a cron line is due in a zone.

    Raises:
        ValueError: the line cannot be read or never comes.

    >>> after = dt.datetime(2026, 3, 28, 23, 0, tzinfo=dt.UTC)
    >>> next_due("30 0 L * *", "Europe/Tallinn", after).isoformat()
    '2026-03-30T21:30:00+00:00'
    """
    base = after - dt.timedelta(seconds=spread_s(flow_id, cron) if flow_id else 0)
    try:
        moment = next(iter(CronSim(cron, base.astimezone(ZoneInfo(zone)))), None)
    except CronSimError as error:
        raise ValueError(f"{cron!r}: {error}") from error
    if moment is None:
        raise ValueError(f"{cron!r} never comes")
    due = moment.astimezone(dt.UTC)
    return due + dt.timedelta(seconds=spread_s(flow_id, cron)) if flow_id else due
