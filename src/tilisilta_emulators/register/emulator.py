"""The business register's two services: the file with conditional requests, and autocomplete."""

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import chain
from typing import Any, ClassVar

import msgspec
from aiohttp import web

from tilisilta_emulators import kit
from tilisilta_emulators.register.companies import Company, all_made_up, made_up, number_of
from tilisilta_emulators.register.file import COLUMNS, bomb, link_of, pack
from tilisilta_emulators.register.options import Options

FILE_PATH = "/sites/default/files/avaandmed/ettevotja_rekvisiidid__lihtandmed.csv.zip"
FILE_FAULTS = frozenset({"broken_zip", "wrong_header", "few_rows", "bomb"})
_FIRST_DAY = datetime(2026, 1, 1, 4, tzinfo=UTC)
_FEW = 10


class Seed(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What `POST /_emulator/seed` adds: companies as given, and so many days of changes."""

    companies: list[Company] = []
    days: int = 0


class RegisterEmulator(kit.Emulator[Options]):
    """The register of one day.

    Fault kinds beyond the kit's, for the file: `broken_zip`, `wrong_header`, `few_rows` (ten rows), `bomb`.
    """

    vendor = "register"
    options_type = Options
    fault_kinds: ClassVar[frozenset[str]] = FILE_FAULTS

    def __init__(self) -> None:
        self._base_url = ""
        self._packed: tuple[bytes, bytes] | None = None
        self._packing = asyncio.Lock()
        super().__init__()

    # --- the kit's questions -------------------------------------------------------------------------------

    def credentials(self) -> dict[str, str]:
        """Return the two addresses; neither asks for a key."""
        return {"file": f"{self._base_url}{FILE_PATH}", "autocomplete": f"{self._base_url}/est/api/autocomplete"}

    async def started(self, base_url: str) -> None:
        """Remember where it listens."""
        self._base_url = base_url

    def open_books(self) -> None:
        """Take the companies of the options."""
        self.own = {each.code: each for each in self.options.companies}
        self.day = self.options.day

    def options_changed(self) -> None:
        """Follow the options' day."""
        self.day = self.options.day

    def seed(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """Add companies and days; see `Seed`."""
        wanted = msgspec.convert(dict(spec), Seed, strict=False)
        self.own |= {each.code: each for each in wanted.companies}
        self.day += wanted.days
        return {"companies": len(wanted.companies), "day": self.day}

    def state(self) -> dict[str, Any]:
        """Return the companies with names of their own and what the rest is made of."""
        return {**self.summary(), "companies": list(self.own.values())}

    def summary(self) -> dict[str, Any]:
        """Return counts, and what the file's answer carries for conditional requests."""
        return {
            "rows": self.options.rows,
            "day": self.day,
            "own": len(self.own),
            "etag": self._etag(),
            "last_modified": self._last_modified(),
        }

    # --- the file ------------------------------------------------------------------------------------------

    def routes(self, app: web.Application) -> None:
        """Add the two services."""
        app.router.add_get(FILE_PATH, self.file)
        app.router.add_get("/{language:est|eng}/api/autocomplete", self.autocomplete)

    def _fingerprint(self) -> bytes:
        told = msgspec.json.encode([self.options.rows, self.day, list(self.own.values())])
        return hashlib.sha256(told).digest()

    def _etag(self) -> str:
        return f'"{self._fingerprint().hex()[:20]}"'

    def _last_modified(self) -> str:
        return format_datetime(_FIRST_DAY + timedelta(days=self.day - 1, minutes=len(self.own)), usegmt=True)

    async def file(self, request: web.Request) -> web.Response:
        """Answer the file, or 304 when the caller has it."""
        headers = {}
        if self.options.validators in {"both", "etag"}:
            headers["ETag"] = self._etag()
        if self.options.validators in {"both", "last_modified"}:
            headers["Last-Modified"] = self._last_modified()
        known = request.headers.get("If-None-Match")
        if known is None:
            is_known = request.headers.get("If-Modified-Since") == headers.get("Last-Modified", "-")
        else:
            is_known = known == headers.get("ETag")
        if is_known:
            return web.Response(status=304, headers=headers)
        return web.Response(body=await self._file(), headers=headers, content_type="application/zip")

    async def _file(self) -> bytes:
        """Return the day's file, made once in a thread: it takes some seconds."""
        async with self._packing:
            fingerprint = self._fingerprint()
            if self._packed is None or self._packed[0] != fingerprint:
                self._packed = fingerprint, await asyncio.to_thread(self._pack, self.options.rows)
            return self._packed[1]

    def _pack(self, rows: int, columns: tuple[str, ...] = COLUMNS, *, day: int | None = None) -> bytes:
        made = (each for each in all_made_up(rows, day or self.day) if each.code not in self.own)
        return pack(chain(list(self.own.values()), made), columns=columns)

    async def apply_fault(self, rule: kit.Rule, request: web.Request, handler: kit.Handler) -> web.StreamResponse:
        """Answer with a file that must not be taken; other calls go on."""
        if request.path != FILE_PATH:
            return await handler(request)
        match rule.kind:
            case "bomb":
                body = await asyncio.to_thread(bomb)
            case "few_rows":
                body = self._pack(_FEW, day=1)
            case "wrong_header":
                body = self._pack(_FEW, ("name", *COLUMNS[1:]), day=1)
            case _:
                whole = self._pack(1000)
                body = whole[:2000] + bytes(500) + whole[2500:]
        return web.Response(body=body, content_type="application/zip")

    # --- autocomplete --------------------------------------------------------------------------------------

    async def autocomplete(self, request: web.Request) -> web.Response:
        """Answer companies by code or by a part of the name, at most ten."""
        if self.options.require_user_agent and not request.headers.get("User-Agent"):
            return web.Response(status=403, text="Forbidden")
        query = request.query.get("q", "").strip()
        found = self._search(query) if len(query) >= self.options.min_query else []
        items = [self._item(each) for each in found[: self.options.most_results]]
        return kit.json_response({"status": "OK", "data": items} if self.options.answer == "object" else items)

    def _search(self, query: str) -> list[Company]:
        number = number_of(query)
        if query in self.own:
            return [self.own[query]]
        if number is not None and number < self.options.rows + 100 * (self.day - 1):
            one = made_up(number, self.day)
            return [one] if one else []
        if query.isdigit():
            return []
        found = []
        for each in chain(self.own.values(), all_made_up(self.options.rows, self.day)):
            if query.casefold() in each.name.casefold():
                found.append(each)
                if len(found) >= self.options.most_results:
                    break
        return found

    def _item(self, company: Company) -> dict[str, Any]:
        return {
            "company_id": 9_000_000_000 + int(company.code),
            "reg_code": int(company.code) if self.options.code_type == "number" else company.code,
            "name": company.name,
            "historical_names": [],
            "status": company.status,
            "legal_address": ", ".join(each for each in (company.place, company.street) if each),
            "zip_code": company.postal,
            "url": link_of(company.code),
        }
