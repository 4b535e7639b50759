"""Request budgets per vendor and credential: short window, minute, day, and how many at once.

Counts shared by all workers live behind the `BudgetStore` port and are reserved in chunks, so that the database is not
asked for each request. Vendors count sliding windows, the store fixed ones; within one process a log of the last
requests keeps to the sliding reading as well. What vendors say in headers (Retry-After, what is left today) holds for
everybody who uses the same store object in this process; what one connection
reserved and did not use, the next one may.
"""

import asyncio
import hashlib
import time
import weakref
from collections import deque
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import msgspec

from tilisilta.core.errors import BudgetSpent
from tilisilta.kit.manifest import Limits
from tilisilta.ports import BudgetStore, Clock, Reservation

DAY_S = 86_400.0
MINUTE_S = 60.0
# Kept back for people who wait in front of a page (connection tests, catalogues).
INTERACTIVE_SHARE = 20
CHUNKS_PER_WINDOW = 10
SHORT_WINDOW_S = 10.0


class MemoryBudgetStore:
    """Counts in this process; for tests, the demo and single-process use.

    `limit` may differ between callers of one key (the interactive reserve): each is granted up to its own limit.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._used: dict[tuple[str, float], tuple[int, int]] = {}
        self._turns: dict[str, tuple[int, float]] = {}

    async def reserve(self, key: str, *, limit: int, window_s: float, wanted: int) -> Reservation:
        """Take up to `wanted` requests of the window that holds now."""
        now = self._clock.now().timestamp()
        window = int(now // window_s)
        held, used = self._used.get((key, window_s), (window, 0))
        if held != window:
            used = 0
        granted = max(0, min(wanted, limit - used))
        self._used[key, window_s] = (window, used + granted)
        return Reservation(granted=granted, wait_s=0.0 if granted else (window + 1) * window_s - now)

    async def enter(self, key: str, *, holder: int, lease_s: float) -> bool:
        """Take the turn; see `ports.TurnStore`. Leases run on the machine's clock, so that tests cannot stop them."""
        now = time.monotonic()
        held_by, until = self._turns.get(key, (holder, 0.0))
        if held_by != holder and until > now:
            return False
        self._turns[key] = (holder, now + lease_s)
        return True

    async def leave(self, key: str, *, holder: int) -> None:
        """Give the turn back."""
        if self._turns.get(key, (0, 0.0))[0] == holder:
            del self._turns[key]


class _Window(msgspec.Struct):
    """One limit of one credential: what was reserved for the running window, and when the last requests went."""

    limit: int
    seconds: float
    sent: deque[float]
    held_window: int = -1
    held: int = 0
    chunk: int = 1

    def next_chunk(self, current_window: int) -> int:
        """How many to reserve next: one first, then twice as many each time, so that a short run wastes little."""
        most = max(1, self.limit // CHUNKS_PER_WINDOW)
        self.chunk = min(self.chunk * 2, most) if self.held_window == current_window else 1
        return self.chunk

    def usable(self, *, is_interactive: bool) -> int:
        """How much of the limit these requests may use."""
        return self.limit if is_interactive else max(1, self.limit - self.limit // INTERACTIVE_SHARE)

    def sliding_wait_s(self, now: float, *, is_interactive: bool) -> float:
        """Seconds until one more fits into the last `seconds`; 0 when it fits now. Days are left to the store."""
        if self.seconds >= DAY_S:
            return 0.0
        # Requests of a short window may arrive closer together than they left; a tenth of it is kept free.
        span = self.seconds * (1.1 if self.seconds <= SHORT_WINDOW_S else 1.0)
        while self.sent and self.sent[0] <= now - span:
            self.sent.popleft()
        if len(self.sent) < self.usable(is_interactive=is_interactive):
            return 0.0
        return self.sent[0] + span - now + 0.01


class _Shared:
    """What all budgets of one key and store in this process know together."""

    def __init__(self) -> None:
        self.windows: dict[float, _Window] = {}
        self.paused_until = 0.0
        self.spent_until = 0.0


_shared: "weakref.WeakKeyDictionary[BudgetStore, dict[str, _Shared]]" = weakref.WeakKeyDictionary()


class Budget:
    """The budget of one connection. `async with budget:` around each request; free when there are no limits."""

    def __init__(self, key: str, limits: Limits | None, *, store: BudgetStore, clock: Clock) -> None:
        self.key = key
        self._clock = clock
        self._store = store
        self._limits = limits
        self._shared = _shared.setdefault(store, {}).setdefault(key, _Shared())
        self._slots: asyncio.Semaphore | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        if limits:
            for limit, seconds in (
                (limits.per_window, limits.window_s),
                (limits.per_minute, MINUTE_S),
                (limits.per_day, DAY_S),
            ):
                self._set(limit, seconds)

    def _set(self, limit: int | None, seconds: float) -> None:
        if limit is None:
            self._shared.windows.pop(seconds, None)
            return
        window = self._shared.windows.get(seconds)
        if window is None or window.limit != limit:
            self._shared.windows[seconds] = _Window(limit, seconds, deque(maxlen=limit))

    async def __aenter__(self) -> Self:
        if self._limits is None:
            return self
        loop = asyncio.get_running_loop()
        if self._slots is None or self._loop is not loop:
            # A semaphore that somebody waited for belongs to one event loop; a connection may outlive a loop.
            self._loop, self._slots = loop, asyncio.Semaphore(self._limits.concurrency)
        await self._slots.acquire()
        try:
            await self.take()
        except BaseException:
            self._slots.release()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._slots is not None:
            self._slots.release()

    def interactive(self) -> "Interactive":
        """Return a way in for requests that a person waits for; it may use the reserve."""
        return Interactive(self)

    async def take(self, *, is_interactive: bool = False) -> None:
        """Wait until one request may go, and count it.

        Raises:
            BudgetSpent: the day's requests are used up; `after_s` until they renew.

        """
        if self._limits is None:
            return
        # No lock: nothing is awaited between looking and counting in `_count_one`.
        while not self._count_one(is_interactive=is_interactive):
            wait_s = self._pause_left() or await self._fill(is_interactive=is_interactive)
            if wait_s:
                await asyncio.sleep(wait_s)

    def _pause_left(self) -> float:
        now = self._clock.now().timestamp()
        if self._shared.spent_until > now:
            raise BudgetSpent(after_s=self._shared.spent_until - now)
        return max(0.0, self._shared.paused_until - now)

    def _count_one(self, *, is_interactive: bool) -> bool:
        now = self._clock.now().timestamp()
        if self._shared.paused_until > now or self._shared.spent_until > now:
            return False
        windows = self._shared.windows.values()
        for window in windows:
            if window.held < 1 or window.held_window != int(now // window.seconds):
                return False
            if window.sliding_wait_s(now, is_interactive=is_interactive):
                return False
        for window in windows:
            window.held -= 1
            window.sent.append(now)
        return True

    async def _fill(self, *, is_interactive: bool) -> float:
        """Reserve where nothing is held; return how many seconds to wait before looking again."""
        for window in self._shared.windows.values():
            now = self._clock.now().timestamp()
            wait_s = window.sliding_wait_s(now, is_interactive=is_interactive)
            if wait_s:
                return wait_s
            current = int(now // window.seconds)
            if window.held_window == current and window.held > 0:
                continue
            answer = await self._store.reserve(
                f"{self.key}:{window.seconds:g}",
                limit=window.usable(is_interactive=is_interactive),
                window_s=window.seconds,
                wanted=1 if is_interactive else window.next_chunk(current),
            )
            if not answer.granted:
                if window.seconds >= DAY_S:
                    raise BudgetSpent(after_s=answer.wait_s)
                return max(answer.wait_s, 0.01)
            window.held = answer.granted + (window.held if window.held_window == current else 0)
            window.held_window = current
        return 0.0

    def pause(self, seconds: float) -> None:
        """Let nothing go for `seconds`: the vendor asked for it."""
        until = self._clock.now().timestamp() + seconds
        self._shared.paused_until = max(self._shared.paused_until, until)

    def spent(self, seconds: float) -> None:
        """The vendor says that the day's requests are used up and renew in `seconds`."""
        self._shared.spent_until = max(self._shared.spent_until, self._clock.now().timestamp() + seconds)

    def renewed(self) -> None:
        """Forget pauses, for a person who wants to try now."""
        self._shared.paused_until = self._shared.spent_until = 0.0

    @property
    def seconds_until_free(self) -> float:
        """How long nothing may go; 0 when requests may."""
        now = self._clock.now().timestamp()
        return max(0.0, self._shared.paused_until - now, self._shared.spent_until - now)


class Interactive:
    """`async with budget.interactive():` for a request that a person waits for: no slot, and the reserve too."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget

    async def __aenter__(self) -> Budget:
        await self._budget.take(is_interactive=True)
        return self._budget

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def budget_key(vendor: str, *credentials: str) -> str:
    """Return the name under which requests of these credentials are counted; no secret can be read from it."""
    digest = hashlib.sha256("\x00".join(credentials).encode()).hexdigest()
    return f"{vendor}:{digest[:16]}"


def limits_from(settings: Mapping[str, str], defaults: Limits) -> Limits | None:
    """Return the limits that hold for a connection: the manifest's, changed by its settings; None when off.

    Settings: `limits` ("off"), `requests_per_minute`, `requests_per_day`, `concurrency`; 0 lifts a single limit.
    """
    if settings.get("limits") == "off":
        return None
    return msgspec.structs.replace(
        defaults,
        per_minute=_number(settings, "requests_per_minute", defaults.per_minute),
        per_day=_number(settings, "requests_per_day", defaults.per_day),
        concurrency=_number(settings, "concurrency", defaults.concurrency) or defaults.concurrency,
    )


def _number(settings: Mapping[str, str], name: str, default: int | None) -> int | None:
    text = settings.get(name, "").strip()
    if not text.isdigit():
        return default
    return int(text) or None
