"""A lock for what one connection does once, whichever event loop it is used from."""

import asyncio


class LoopLock:
    """`async with lock.own():` in any loop.

    A lock that somebody waited for belongs to one event loop; a connection may outlive a loop.
    """

    def __init__(self) -> None:
        self._lock: asyncio.Lock | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def own(self) -> asyncio.Lock:
        """Return the lock of the running loop."""
        loop = asyncio.get_running_loop()
        if self._lock is None or self._loop is not loop:
            self._loop, self._lock = loop, asyncio.Lock()
        return self._lock
