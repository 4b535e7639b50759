"""What was asked of an emulator: counts per endpoint and the last requests, so that tests can count calls."""

from collections import Counter, deque
from typing import Any

import msgspec


class Entry(msgspec.Struct):
    """One request as answered; status 0 means that the connection was closed without an answer."""

    at: str
    method: str
    path: str
    query: str
    status: int
    faults: list[str]
    body: str | None = None


class RequestLog:
    """Counts every request and remembers the last `keep`."""

    def __init__(self, keep: int = 1000) -> None:
        self.counts: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.last: deque[Entry] = deque(maxlen=keep)

    def add(self, entry: Entry) -> None:
        """Count one answered request."""
        self.counts[f"{entry.method} {entry.path}"] += 1
        self.statuses[str(entry.status)] += 1
        self.last.append(entry)

    def clear(self) -> None:
        """Forget everything."""
        self.counts.clear()
        self.statuses.clear()
        self.last.clear()

    def report(self, last: int, path: str | None = None) -> dict[str, Any]:
        """Return the totals, counts per endpoint and status, and the `last` requests, newest last.

        `path` keeps only requests whose path contains it.
        """
        entries = [entry for entry in self.last if path is None or path in entry.path]
        counts = {name: count for name, count in self.counts.items() if path is None or path in name}
        return {
            "total": sum(counts.values()),
            "endpoints": counts,
            "statuses": dict(self.statuses),
            "last": entries[-last:] if last else [],
        }
