"""Control of an emulator under `/_emulator/`: books, reset, seed, faults, clock and what was asked."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from tilisilta_emulators.kit.faults import Rule
from tilisilta_emulators.kit.wire import decode, exact_response

if TYPE_CHECKING:
    from tilisilta_emulators.kit.emulator import Emulator


class ClockChange(msgspec.Struct, forbid_unknown_fields=True):
    """Freeze at `now`, move by `advance_s`, or return to the real clock with `real`."""

    now: datetime | None = None
    advance_s: float = 0.0
    real: bool = False


class Control:
    """The control endpoints of one emulator. A mistake in a call is answered 400 with what was wrong."""

    def __init__(self, emulator: "Emulator[Any]") -> None:
        self.emulator = emulator

    async def state(self, request: web.Request) -> web.Response:
        """`GET state`: the whole books; `?summary=1` for counts and totals only."""
        short = request.query.get("summary", "") not in {"", "0", "false"}
        return exact_response(self.emulator.summary() if short else self.emulator.state())

    async def reset(self, request: web.Request) -> web.Response:
        """`POST reset`: start anew with the given options."""
        try:
            self.emulator.reset(await _object(request))
        except (ValueError, msgspec.MsgspecError) as error:
            return _refuse(error)
        return exact_response(self.emulator.summary())

    async def options(self, request: web.Request) -> web.Response:
        """`GET options`; `POST options` changes some and keeps the books."""
        if request.method == "POST":
            try:
                self.emulator.change_options(await _object(request))
            except (ValueError, msgspec.MsgspecError) as error:
                return _refuse(error)
        return exact_response(self.emulator.options)

    async def seed(self, request: web.Request) -> web.Response:
        """`POST seed`: add generated data."""
        try:
            added = self.emulator.seed(await _object(request))
        except (ValueError, NotImplementedError, msgspec.MsgspecError) as error:
            return _refuse(error)
        return exact_response(added)

    async def get_faults(self, _request: web.Request) -> web.Response:
        """`GET faults`: the rules in force with their counters."""
        return exact_response([active.report() for active in self.emulator.faults.rules])

    async def post_faults(self, request: web.Request) -> web.Response:
        """`POST faults`: put a rule or a list of rules in force beside those already there."""
        try:
            body = decode(await request.read())
            rules = msgspec.convert(body if isinstance(body, list) else [body], list[Rule], strict=False)
            self.emulator.faults.add(rules)
        except (ValueError, msgspec.MsgspecError) as error:
            return _refuse(error)
        return await self.get_faults(request)

    async def delete_faults(self, request: web.Request) -> web.Response:
        """`DELETE faults`: behave again."""
        self.emulator.faults.clear()
        return await self.get_faults(request)

    async def clock(self, request: web.Request) -> web.Response:
        """`POST clock`: freeze, move or free the clock; `GET clock` tells the time."""
        if request.method == "POST":
            try:
                change = msgspec.convert(await _object(request), ClockChange, strict=False)
            except (ValueError, msgspec.MsgspecError) as error:
                return _refuse(error)
            if change.real:
                self.emulator.clock.thaw()
            if change.now is not None:
                self.emulator.clock.freeze(change.now)
            self.emulator.clock.advance(change.advance_s)
        return exact_response({"now": self.emulator.clock.now()})

    async def requests(self, request: web.Request) -> web.Response:
        """`GET requests`: counts per endpoint and the last `?last=` requests (100); `?path=` narrows."""
        last = request.query.get("last", "100")
        if not last.isdigit():
            return _refuse(ValueError("last must be a whole number"))
        return exact_response(self.emulator.log.report(int(last), request.query.get("path")))

    async def clear_requests(self, request: web.Request) -> web.Response:
        """`DELETE requests`: start counting anew."""
        self.emulator.log.clear()
        return await self.requests(request)


async def _object(request: web.Request) -> dict[str, Any]:
    body = await request.read()
    value = decode(body) if body.strip() else {}
    if not isinstance(value, dict):
        raise ValueError("the body must be a JSON object")  # noqa: TRY004  a bad request, not a bad type
    return value


def _refuse(error: Exception) -> web.Response:
    return exact_response({"error": str(error)}, 400)


def add_control(app: web.Application, emulator: "Emulator[Any]") -> None:
    """Add the control endpoints of `emulator` to `app`."""
    control = Control(emulator)
    app.router.add_get("/_emulator/state", control.state)
    app.router.add_post("/_emulator/reset", control.reset)
    app.router.add_get("/_emulator/options", control.options)
    app.router.add_post("/_emulator/options", control.options)
    app.router.add_post("/_emulator/seed", control.seed)
    app.router.add_get("/_emulator/faults", control.get_faults)
    app.router.add_post("/_emulator/faults", control.post_faults)
    app.router.add_delete("/_emulator/faults", control.delete_faults)
    app.router.add_get("/_emulator/clock", control.clock)
    app.router.add_post("/_emulator/clock", control.clock)
    app.router.add_get("/_emulator/requests", control.requests)
    app.router.add_delete("/_emulator/requests", control.clear_requests)
