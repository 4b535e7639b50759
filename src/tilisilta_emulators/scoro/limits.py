"""The site's request limits and the headers that tell of them on every answer.

Source: vendor sheet, section 6: a window of two seconds and a day that ends at midnight UTC. Header values are
whole numbers; `reset` counts seconds.
"""

import math
from datetime import datetime, timedelta

from tilisilta_emulators.kit import Clock, SlidingLimits, Window
from tilisilta_emulators.scoro.options import Options

WINDOW = "window"
SITE = "site"
UNLIMITED = 1_000_000


class RateLimits:
    """Counts requests of the whole site; refused requests do not count."""

    def __init__(self, options: Options, clock: Clock) -> None:
        self._clock = clock
        self._window_s = options.window_s
        self.window_limit = options.window_limit if options.limits else 0
        self.daily_limit = options.daily_limit if options.limits else 0
        windows = [Window(WINDOW, self.window_limit, options.window_s)] if self.window_limit else []
        self._sliding = SlidingLimits(windows)
        self._day = clock.now().date()
        self._today = 0

    def take(self) -> bool:
        """Count one request; False when the window or the day is full."""
        now = self._clock.now()
        if now.date() != self._day:
            self._day, self._today = now.date(), 0
        if self.daily_limit and self._today >= self.daily_limit:
            return False
        if self.window_limit and self._sliding.take(SITE, now.timestamp()) is not None:
            return False
        self._today += 1
        return True

    def spend_day(self) -> None:
        """Use up what is left of today."""
        self._day, self._today = self._clock.now().date(), max(self._today, self.daily_limit)

    def headers(self) -> dict[str, str]:
        """Return the rate headers as they stand now."""
        now = self._clock.now()
        left = UNLIMITED
        if self.window_limit:
            left = self._sliding.remaining(SITE, now.timestamp())[WINDOW]
        daily = max(0, self.daily_limit - self._today) if self.daily_limit else UNLIMITED
        return {
            "x-ratelimit-limit": str(self.window_limit or UNLIMITED),
            "x-ratelimit-remaining": str(left),
            "x-ratelimit-reset": str(self._window_s),
            "x-daily-requests-limit": str(self.daily_limit or UNLIMITED),
            "x-daily-requests-remaining": str(daily),
            "x-daily-requests-reset": str(_until_midnight_s(now)),
        }


def _until_midnight_s(now: datetime) -> int:
    midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), now.tzinfo)
    return math.ceil((midnight - now).total_seconds())
