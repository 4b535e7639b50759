"""Request limits as vendors count them: so many in a sliding window, per key."""

from collections import defaultdict, deque
from collections.abc import Sequence

import msgspec


class Window(msgspec.Struct, frozen=True):
    """At most `limit` requests in any `seconds` seconds."""

    name: str
    limit: int
    seconds: float


class Refusal(msgspec.Struct, frozen=True):
    """Which window is full and after how many seconds the next request would fit."""

    window: Window
    retry_after_s: float


class SlidingLimits:
    """Counts requests per key in several windows at once; refused requests do not count."""

    def __init__(self, windows: Sequence[Window]) -> None:
        self.windows = tuple(windows)
        self._times: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)

    def take(self, key: str, at: float) -> Refusal | None:
        """Count one request of `key` at time `at` (seconds); return a refusal when a window is full."""
        queues = []
        for window in self.windows:
            times = self._times[key, window.name]
            start = at - window.seconds
            while times and times[0] <= start:
                times.popleft()
            if len(times) >= window.limit:
                wait_s = times[0] - start if times else window.seconds
                return Refusal(window, wait_s)
            queues.append(times)
        for times in queues:
            times.append(at)
        return None

    def remaining(self, key: str, at: float) -> dict[str, int]:
        """Return how many requests each window still lets `key` make at time `at`."""
        return {
            window.name: max(
                0,
                window.limit - sum(1 for time in self._times[key, window.name] if time > at - window.seconds),
            )
            for window in self.windows
        }

    def clear(self) -> None:
        """Forget every request counted so far."""
        self._times.clear()
