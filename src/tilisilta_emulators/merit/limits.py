"""Requests a minute and key, with the headers that tell how many are left."""

from collections import deque


class MinuteLimit:
    """A sliding minute per key; refused requests do not count."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._times: dict[str, deque[float]] = {}

    def take(self, key: str, at: float) -> tuple[dict[str, str], float | None]:
        """Count a request at `at` (seconds); return the headers and, when refused, the seconds to wait."""
        times = self._times.setdefault(key, deque())
        while times and times[0] <= at - 60:
            times.popleft()
        wait = None
        if len(times) >= self.most:
            wait = times[0] + 60 - at if times else 60.0
        else:
            times.append(at)
        return self.headers(self.most - len(times), (times[0] if times else at) + 60), wait

    def headers(self, left: int, reset: float) -> dict[str, str]:
        """Return the limit's headers; `reset` is in unix seconds."""
        return {
            "X-RateLimit-Limit": str(self.most),
            "X-RateLimit-Remaining": str(max(0, left)),
            "X-RateLimit-Reset": str(int(reset) + 1),
        }
