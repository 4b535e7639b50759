"""The demo's emulated vendors: a process of their own, spoken to over HTTP only."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from types import TracebackType
from typing import Any, Self, cast
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from zoneinfo import ZoneInfo

import msgspec

from tilisilta.cli.output import CommandError

_TIMEOUT_S = 60.0
_VENDORS = "scoro,smartaccounts,severa,maestro,netvisor,procountor,merit,register"
# The keys of a SmartAccounts call are valid for a quarter of an hour of Estonian time.
_TALLINN = ZoneInfo("Europe/Tallinn")


class Emulated(msgspec.Struct, frozen=True):
    """One emulated company of one vendor."""

    vendor: str
    base_url: str
    credentials: dict[str, str]

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call `/_emulator/<path>` and return its answer; amounts come as they were written."""
        return _call(f"{self.base_url}/_emulator/{path}", body, method)

    def reset(self, **options: Any) -> None:
        """Open fresh books, with request limits off."""
        self.control("POST", "reset", {"limits": False, **options})

    def books(self) -> dict[str, Any]:
        """Return the whole books."""
        return cast("dict[str, Any]", self.control("GET", "state"))

    def smartaccounts(self, call: str, body: Mapping[str, Any]) -> Any:
        """Write into SmartAccounts through its own API, as a bookkeeper's other software would."""
        stamp = datetime.now(_TALLINN).strftime("%d%m%Y%H%M%S")
        query = urlencode({"timestamp": stamp, "apikey": self.credentials["api_key"]})
        content = json.dumps(body, default=_number, ensure_ascii=False).encode()
        key = self.credentials["api_secret"].encode()
        signature = hmac.new(key, query.encode() + content, hashlib.sha256).hexdigest()
        return _call(f"{self.base_url}/api/{call}?{query}&signature={signature}", content, "POST")

    def merit(self, call: str, body: Mapping[str, Any]) -> Any:
        """Write into the bureau's own books in Merit through Merit's API, as a bookkeeper's other software would."""
        stamp = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
        content = json.dumps(body, default=_number, ensure_ascii=False).encode()
        api_id, key = self.credentials["api_id"], self.credentials["api_key"]
        signed = hmac.new(key.encode(), api_id.encode() + stamp.encode() + content, hashlib.sha256).digest()
        query = urlencode({"apiId": api_id, "timestamp": stamp, "signature": base64.b64encode(signed).decode()})
        return _call(f"{self.base_url}/api/{call}?{query}", content, "POST")

    def scoro(self, call: str, request: Mapping[str, Any]) -> Any:
        """Write into Scoro through its own API, as somebody at the office would by its pages."""
        body = {
            "apiKey": self.credentials["api_key"],
            "company_account_id": self.credentials["company_account_id"],
            "lang": "est",
            "request": dict(request),
        }
        return _call(f"{self.base_url}/api/v2/{call}", body, "POST")


def _number(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)  # the wire's own type; two decimals survive it
    raise TypeError(type(value).__name__)


def _call(url: str, body: Any, method: str) -> Any:
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    request = Request(url, data=data, method=method, headers={"Content-Type": "application/json"})  # noqa: S310  loopback
    try:
        with urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310  loopback
            content = answer.read()
    except HTTPError as error:
        said = error.read().decode(errors="replace")[:300]
        raise CommandError(f"An emulator refused {method} {url.partition('?')[0]}: {said}") from error
    except URLError as error:
        raise CommandError(f"An emulator does not answer at {url.partition('?')[0]}: {error.reason}") from error
    return json.loads(content, parse_float=Decimal) if content else None


class Emulators:
    """`copies` of each vendor that the demo shows, on loopback; leaving the block ends them."""

    def __init__(self, copies: int, port_base: int = 0) -> None:
        self._arguments = [
            "emulators",
            "--port-base",
            str(port_base),
            "--vendors",
            _VENDORS,
            "--copies",
            str(copies),
            "--json",
        ]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tilisilta", *self._arguments],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            env={name: value for name, value in os.environ.items() if not name.startswith("TILISILTA_")},
        )
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise CommandError("The emulators did not start.", "Their own words stand above.")
        self._all = msgspec.json.decode(line, type=list[Emulated])
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()

    def get(self, vendor: str, copy: int = 0) -> Emulated:
        """Return the copy of a vendor, from 0."""
        return [each for each in self._all if each.vendor == vendor][copy]

    @property
    def all(self) -> list[Emulated]:
        """Every emulated company with its address and the credentials that open it; they are of no use elsewhere."""
        return list(self._all)

    def describe(self) -> list[str]:
        """Return a line for each vendor: its name and the addresses of its copies."""
        addresses: dict[str, list[str]] = {}
        for each in self._all:
            addresses.setdefault(each.vendor, []).append(each.base_url)
        return [f"{vendor:<15}{'  '.join(dict.fromkeys(found))}" for vendor, found in addresses.items()]


def wait_until(is_true: Any, seconds: float, what: str) -> None:
    """Wait until a question is answered with yes.

    Raises:
        CommandError: it was not within `seconds`.
    """
    until = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > until:
            raise CommandError(f"{what} took more than {seconds:.0f} s.", "See the log above.")
        time.sleep(0.05)
