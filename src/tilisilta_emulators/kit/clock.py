"""The emulator's own clock: the real one, or one that a test has stopped."""

from datetime import UTC, datetime, timedelta


class Clock:
    """Tells the time in UTC; `freeze` stops it, `advance` moves it, `thaw` returns to the real one."""

    def __init__(self) -> None:
        self._frozen: datetime | None = None
        self._shift = timedelta()

    def now(self) -> datetime:
        """Return the emulator's present moment, timezone-aware, in UTC."""
        return (self._frozen or datetime.now(UTC)) + self._shift

    def freeze(self, at: datetime) -> None:
        """Stop the clock at `at`; a moment without a zone is taken as UTC."""
        self._frozen = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
        self._shift = timedelta()

    def advance(self, seconds: float) -> None:
        """Move the clock, frozen or running, by `seconds`."""
        self._shift += timedelta(seconds=seconds)

    def thaw(self) -> None:
        """Go back to the real clock."""
        self._frozen = None
        self._shift = timedelta()
