"""The emulators as a process of their own, and their books over HTTP."""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any
from urllib.request import Request, urlopen

import msgspec


class Emulated(msgspec.Struct, frozen=True):
    """One running emulator. `call` speaks to its control; books are read, never guessed."""

    vendor: str
    base_url: str
    credentials: dict[str, str]

    def call(self, method: str, path: str, data: Any = None) -> Any:
        body = None if data is None else json.dumps(data).encode()
        request = Request(  # noqa: S310  loopback
            f"{self.base_url}/_emulator/{path}",
            data=body,
            method=method,
            headers={"content-type": "application/json"},
        )
        with urlopen(request, timeout=60) as answer:  # noqa: S310
            text = answer.read()
        return json.loads(text) if text else None

    def reset(self, **options: Any) -> None:
        self.call("POST", "reset", {"limits": False, **options})

    def seed(self, **spec: Any) -> Any:
        return self.call("POST", "seed", spec)

    def faults(self, *rules: Mapping[str, Any]) -> None:
        self.call("POST", "faults", list(rules))

    def clear_faults(self) -> None:
        self.call("DELETE", "faults")

    def books(self) -> dict[str, Any]:
        return self.call("GET", "state")

    def summary(self) -> dict[str, Any]:
        return self.call("GET", "state?summary=1")

    def requests(self) -> dict[str, Any]:
        return self.call("GET", "requests")


class Emulators:
    """All emulators, started on free ports and ended with `stop`."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tilisilta_emulators", "--port-base", "0", "--json"],
            stdout=subprocess.PIPE,
            text=True,
        )
        if self._process.stdout is None:
            raise RuntimeError("the emulators have no output")
        line = self._process.stdout.readline()
        self.all = {each["vendor"]: Emulated(**each) for each in json.loads(line)}

    def __getitem__(self, vendor: str) -> Emulated:
        return self.all[vendor]

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=15)
        if self._process.stdout is not None:
            self._process.stdout.close()
