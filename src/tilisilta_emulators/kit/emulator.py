"""What every emulator is: one vendor's books behind one aiohttp application."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

import msgspec
from aiohttp import web

from tilisilta_emulators.kit.clock import Clock
from tilisilta_emulators.kit.control import add_control
from tilisilta_emulators.kit.faults import Faults, Rule
from tilisilta_emulators.kit.middleware import Handler, make_middleware
from tilisilta_emulators.kit.requests import RequestLog
from tilisilta_emulators.kit.wire import json_response

BODY_LIMIT = 64 * 1024 * 1024


class Options(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Options of `POST /_emulator/reset` that every vendor has; a vendor's own come in a subclass.

    Args:
        now: Freeze the clock here (ISO 8601; UTC when without zone); None for the real clock.
        limits: Whether request limits are kept.
        log_bodies: Whether `GET /_emulator/requests` also remembers request bodies.

    """

    now: datetime | None = None
    limits: bool = True
    log_bodies: bool = False


O_co = TypeVar("O_co", bound=Options, covariant=True)


class Emulator(ABC, Generic[O_co]):
    """Base of every emulator.

    A vendor's class sets `vendor`, `options_type` and perhaps `fault_kinds`, and answers `credentials`,
    `open_books`, `state`, `summary` and `routes`. `reset` runs once when the object is made.
    """

    vendor: ClassVar[str]
    options_type: ClassVar[type[Options]] = Options
    fault_kinds: ClassVar[frozenset[str]] = frozenset()

    options: O_co

    def __init__(self) -> None:
        self.clock = Clock()
        self.log = RequestLog()
        self.faults = Faults(self.fault_kinds)
        self.reset({})

    @abstractmethod
    def credentials(self) -> dict[str, str]:
        """Return the demo credentials under the names outsiders' clients use."""

    @abstractmethod
    def open_books(self) -> None:
        """Throw the books away and open new ones as `self.options` say."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Return the whole books, ready for JSON; amounts are Decimals and leave as strings."""

    @abstractmethod
    def summary(self) -> dict[str, Any]:
        """Return counts and totals of the books."""

    @abstractmethod
    def routes(self, app: web.Application) -> None:
        """Add the vendor's own endpoints, and control endpoints of its own under `/_emulator/`."""

    def reset(self, options: Mapping[str, Any]) -> None:
        """Start anew: clock, log, faults and books.

        Raises:
            msgspec.ValidationError: An option is unknown or has a wrong type.

        """
        chosen: Any = msgspec.convert(dict(options), self.options_type)
        self.options = chosen
        self.clock.thaw()
        if self.options.now is not None:
            self.clock.freeze(self.options.now)
        self.log.clear()
        self.faults.clear()
        self.open_books()

    def change_options(self, changes: Mapping[str, Any]) -> None:
        """Change some options and keep the books; `now` freezes the clock, or frees it when null.

        Raises:
            msgspec.ValidationError: An option is unknown or has a wrong type.
        """
        present = msgspec.to_builtins(self.options)
        chosen: Any = msgspec.convert({**present, **changes}, self.options_type)
        self.options = chosen
        if "now" in changes:
            self.clock.thaw()
            if self.options.now is not None:
                self.clock.freeze(self.options.now)
        self.options_changed()

    def options_changed(self) -> None:
        """Called after `change_options`; vendors that derive something from options refresh it here."""

    def seed(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """Add generated data as `spec` says and return what was added.

        Raises:
            NotImplementedError: This vendor has nothing to generate.
            ValueError: `spec` asks for something unknown.

        """
        raise NotImplementedError(f"{self.vendor} cannot generate data from {dict(spec)!r}")

    def throttled(self, retry_after_s: float | None) -> web.Response:
        """Return the vendor's own answer to too many requests; vendors override it."""
        headers = {} if retry_after_s is None else {"Retry-After": str(int(retry_after_s))}
        return json_response({"message": "Too many requests"}, 429, headers)

    def unauthorized(self) -> web.Response:
        """Return the vendor's own answer to wrong credentials; vendors override it."""
        return json_response({"message": "Unauthorized"}, 401)

    def failed(self, status: int) -> web.Response:
        """Return the vendor's own answer to an inner failure; vendors may override it."""
        return web.Response(text=f"{status} Internal error", status=status)

    def expire_tokens(self) -> None:
        """End every access token given out so far; vendors with tokens override it."""

    async def apply_fault(self, rule: Rule, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let a fault of the vendor's own (`fault_kinds`) happen around `handler`."""
        raise NotImplementedError(f"{self.vendor} names {rule.kind!r} but does not know it: {request.path}")

    async def started(self, base_url: str) -> None:
        """Called when the emulator listens at `base_url`; starts side servers where a vendor has them."""

    async def stopped(self) -> None:
        """Called when the emulator ends; stops side servers."""

    def make_app(self) -> web.Application:
        """Return an application with the vendor's endpoints, control under `/_emulator/` and faults."""
        app = web.Application(middlewares=[make_middleware(self)], client_max_size=BODY_LIMIT)
        add_control(app, self)
        self.routes(app)
        return app
