"""Child processes of one command: started together, watched, and ended together."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Final, Self

from tilisilta.cli.output import CommandError, errors

_GRACE_S: Final = 15.0
_INSISTS_S: Final = 0.5
# A child that dies again sooner than this is not started a third time.
_SHORT_LIFE_S: Final = 5.0


class Child:
    """One process of `python -m tilisilta ...`."""

    def __init__(self, name: str, arguments: Sequence[str], environment: Mapping[str, str], *, revive: bool) -> None:
        self.name = name
        self.revive = revive
        self._arguments = [sys.executable, "-m", "tilisilta", *arguments]
        self._environment = dict(environment)
        self.start()

    def start(self) -> None:
        """Start the process, or start it anew."""
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(self._arguments, env=self._environment, stdin=subprocess.DEVNULL)

    @property
    def lived_s(self) -> float:
        return time.monotonic() - self.started_at


class Processes:
    """Children that live and end together. Leaving the block ends all of them, the last started first."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._children: list[Child] = []
        self._stop = threading.Event()
        self._breaks_off = False

    def __enter__(self) -> Self:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
            signal.signal(number, self._signalled)
        return self

    def _signalled(self, *_: object) -> None:
        self._stop.set()
        if self._breaks_off:
            # Once more if it comes where Python lets nothing be raised, such as while an object is let go.
            signal.setitimer(signal.ITIMER_REAL, _INSISTS_S)
            raise KeyboardInterrupt

    @contextmanager
    def breaking_off(self) -> Iterator[None]:
        """Let a signal break off the block, which does work of its own, instead of waiting for its end."""
        self._breaks_off = True
        try:
            yield
        finally:
            self._breaks_off = False
            signal.setitimer(signal.ITIMER_REAL, 0)
        if self.is_stopping:
            raise KeyboardInterrupt

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        # A signal that came just as the work was broken off must not break off its end as well.
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        self._breaks_off = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        self.end()

    @property
    def is_stopping(self) -> bool:
        """Return whether a signal asked for the end."""
        return self._stop.is_set()

    def start(self, name: str, *arguments: str, revive: bool = False) -> None:
        """Start `python -m tilisilta <arguments>`; with `revive` it is started again when it dies."""
        self._children.append(Child(name, arguments, self._environment, revive=revive))

    def wait(self) -> int:
        """Wait for a signal or for a child that ends and is not revived; return that child's exit code, or 0."""
        while not self._stop.wait(0.3):
            for child in self._children:
                code = child.process.poll()
                if code is None:
                    continue
                if not child.revive or child.lived_s < _SHORT_LIFE_S:
                    errors.print(f"The {child.name} ended with code {code}.", markup=False)
                    return code or 1
                errors.print(f"The {child.name} ended with code {code} and is started again.", markup=False)
                child.start()
        return 0

    def require_alive(self) -> None:
        """Let children that live pass.

        Raises:
            CommandError: one of them has ended.
        """
        for child in self._children:
            if (code := child.process.poll()) is not None:
                raise CommandError(f"The {child.name} ended with code {code}.", "Its own words stand above.")

    def end(self) -> None:
        """End all children cleanly; those that do not listen are killed."""
        for child in reversed(self._children):
            if child.process.poll() is None:
                child.process.terminate()
        until = time.monotonic() + _GRACE_S
        for child in reversed(self._children):
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.1, until - time.monotonic()))
            if child.process.poll() is None:
                child.process.kill()
                child.process.wait()
        self._children.clear()
