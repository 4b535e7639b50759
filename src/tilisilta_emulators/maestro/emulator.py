"""Maestro as a folder with an importer behind it, reachable as a folder, by SFTP and by HTTP."""

import asyncio
import hmac
import shutil
import tempfile
import weakref
from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

import msgspec
from aiohttp import encode_basic_auth, web

from tilisilta_emulators import kit
from tilisilta_emulators.maestro.books import Books
from tilisilta_emulators.maestro.importer import ANSWERS, CUSTOMERS, INVOICES, Importer
from tilisilta_emulators.maestro.options import Options
from tilisilta_emulators.maestro.records import Customer, Product
from tilisilta_emulators.maestro.rules import Rules
from tilisilta_emulators.maestro.sftp import FAULTS, SftpSide, Site

HOST = "127.0.0.1"
LOOK_S = 0.1
_IMPORT_FAULTS = frozenset({"import_error", "no_answer", "foreign_answer"})
_USER, _PASSWORD = "tilisilta", "maestro-demo"
_STATUSES = {"disk_full": 507, "permission_denied": 403}


class Seed(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What `POST /_emulator/seed` adds: products and customers as given, and so many made up ones."""

    products: list[Product] = []
    customers: list[Customer] = []
    made_up_products: int = 0


class MaestroEmulator(kit.Emulator[Options]):
    """One company's Maestro.

    Fault kinds beyond the kit's: `disk_full` and `permission_denied` (steps OPEN, WRITE, RENAME, REMOVE of SFTP, and
    PUT), `import_error` (step IMPORT; `data: {"code", "text"}`), `no_answer` and `foreign_answer` (step ANSWER). The
    kit's own kinds happen to SFTP's steps too; `match` names them by method and path.
    """

    vendor = "maestro"
    options_type = Options
    fault_kinds: ClassVar[frozenset[str]] = FAULTS | _IMPORT_FAULTS

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="maestro-")).resolve()
        self._clean_up = weakref.finalize(self, shutil.rmtree, self.root, ignore_errors=True)
        self.rules = Rules(lambda: self.faults, lambda: self.root)
        self.sftp = SftpSide(Site(lambda: self.root, self.rules, lambda: self.options, self.arrived))
        self._base_url = ""
        self._looking: asyncio.Task[None] | None = None
        super().__init__()

    # --- the kit's questions -------------------------------------------------------------------------------

    def credentials(self) -> dict[str, str]:
        """Return how each route is reached."""
        return {
            "folder": str(self.root),
            "sftp_host": HOST,
            "sftp_port": str(self.sftp.port),
            "sftp_user": self.options.sftp_user,
            "sftp_key": self.sftp.user_key.export_private_key("openssh").decode(),
            "sftp_host_key": self.sftp.fingerprint,
            "https_url": f"{self._base_url}/drop",
            "https_user": _USER,
            "https_password": _PASSWORD,
        }

    def open_books(self) -> None:
        """Open fresh books over an empty folder."""
        for path in self.root.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for folder in (INVOICES, CUSTOMERS, ANSWERS):
            (self.root / folder).mkdir(parents=True)
        self.books = Books(demo=self.options.data == "demo", product_names=self.options.product_names)
        self.importer = Importer(self.root, self.books, self.options, self.rules)
        self.importer.export()

    def options_changed(self) -> None:
        """Let the importer follow the options."""
        self.importer.options = self.options
        self.importer.export()

    def seed(self, spec: Mapping[str, Any]) -> dict[str, Any]:
        """Add products and customers; see `Seed`."""
        wanted = msgspec.convert(dict(spec), Seed, strict=False)
        made = [
            Product(id=f"Z{at}", number=f"T{at:05}", name=f"Tuote {at}", vat_rate=Decimal("25.5"))
            for at in range(1, wanted.made_up_products + 1)
        ]
        known = {each.id: each for each in self.books.products}
        known |= {each.id: each for each in (*wanted.products, *made)}
        self.books.products = list(known.values())
        for customer in wanted.customers:
            self.books.put_customer(customer)
        self.importer.export()
        return {"products": len(wanted.products) + len(made), "customers": len(wanted.customers)}

    def state(self) -> dict[str, Any]:
        """Return the books and what lies in the folder, after what waits was read."""
        self.arrived()
        return {**self.books.state(), "files": self._files(), "host_key": self.sftp.fingerprint}

    def summary(self) -> dict[str, Any]:
        """Return counts and totals, after what waits was read."""
        self.arrived()
        return self.books.summary()

    def arrived(self) -> None:
        """Read what waits, when files are read as they come."""
        if self.options.auto_import:
            self.importer.run()

    def _files(self) -> list[str]:
        return sorted(str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file())

    async def started(self, base_url: str) -> None:
        """Start the SFTP server, and look into the folder from time to time."""
        self._base_url = base_url
        await self.sftp.start(HOST)
        self._looking = asyncio.create_task(self._look())

    async def stopped(self) -> None:
        """Stop both and remove the folder."""
        if self._looking is not None:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking
        await self.sftp.stop()
        self._clean_up()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            self.arrived()

    # --- HTTP ----------------------------------------------------------------------------------------------

    def routes(self, app: web.Application) -> None:
        """Files below `/drop/`; import, host key and export under `/_emulator/`."""
        app.router.add_post("/_emulator/import", self.run_import)
        app.router.add_post("/_emulator/host_key", self.change_host_key)
        app.router.add_post("/_emulator/export", self.export)
        app.router.add_route("*", "/drop/{path:.+}", self.drop)

    async def run_import(self, _request: web.Request) -> web.Response:
        """`POST /_emulator/import`: read what waits now; answers how many files were read."""
        return kit.exact_response({"read": self.importer.run()})

    async def change_host_key(self, _request: web.Request) -> web.Response:
        """`POST /_emulator/host_key`: be another SFTP server at the same address."""
        await self.sftp.change_host_key(HOST)
        return kit.exact_response({"host_key": self.sftp.fingerprint})

    async def export(self, request: web.Request) -> web.Response:
        """`POST /_emulator/export`: write the product export anew, or put the body in its place as it is."""
        content = await request.read()
        self.importer.export()
        if content:
            (self.root / "in/products.csv").write_bytes(content)
        return kit.exact_response({"products": len(self.books.products)})

    async def apply_fault(self, rule: kit.Rule, request: web.Request, handler: kit.Handler) -> web.StreamResponse:
        """Refuse a file over HTTP as a full or closed disk would; the import's own faults pass."""
        if rule.kind in _STATUSES:
            return web.Response(status=_STATUSES[rule.kind], text=rule.kind)
        return await handler(request)

    async def drop(self, request: web.Request) -> web.StreamResponse:
        """Keep, give, tell of or remove one file."""
        given = request.headers.get("Authorization", "")
        expected = encode_basic_auth(_USER, _PASSWORD, "utf-8")
        if not hmac.compare_digest(given, expected):
            return web.Response(status=401, headers={"WWW-Authenticate": "Basic"})
        relative = PurePosixPath(request.match_info["path"])
        if ".." in relative.parts or relative.is_absolute():
            return web.Response(status=400)
        path = self.root / relative
        if request.method == "PUT":
            return await self._put(path, await request.read())
        return self._answer(request.method, path)

    def _answer(self, method: str, path: Path) -> web.Response:
        if not path.is_file():
            return web.Response(status=404)
        if method == "DELETE":
            path.unlink()
            return web.Response(status=204)
        if method in {"GET", "HEAD"}:
            return web.Response(body=path.read_bytes(), content_type="application/octet-stream")
        return web.Response(status=405)

    async def _put(self, path: Path, content: bytes) -> web.Response:
        path.parent.mkdir(parents=True, exist_ok=True)
        hidden = path.with_name(f".{path.name}.upload")
        hidden.write_bytes(content)
        hidden.replace(path)
        self.arrived()
        return web.Response(status=201)
