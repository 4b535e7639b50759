"""A bureau whose clients' books are in Merit, and the other side's own word on what happened there."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.emulators import Emulated
from tests.support.product import make_company
from tilisilta.engine.job_workflow import work_here
from tilisilta.services.access import Actor
from tilisilta.services.books import imports, integrations
from tilisilta.services.books.key_lists import PASTED
from tilisilta.services.practice.settings import switch_on
from tilisilta.store.models import ClientImport, ClientImportRow, Company, PracticeIntegration

EMAIL, PASSWORD = "raamatupidaja@naidis.example", "naidis-parool-2026"
VENDOR = "merit"


@dataclass
class Bureau:
    """One bureau with Merit switched on, and Merit's emulator."""

    company: Company
    actor: Actor
    merit: Emulated

    @property
    def integration(self) -> PracticeIntegration:
        return integrations.get(self.company, VENDOR)

    @property
    def settings(self) -> dict[str, str]:
        """What a key of the emulator works with."""
        return {"country": "EE", "base_url": f"{self.merit.base_url}/ee"}

    def companies(self) -> list[dict[str, Any]]:
        """Return the clients' companies as Merit has them, without the bureau's own."""
        return list(self.merit.call("GET", "companies"))[1:]

    def company_of(self, mark: int) -> dict[str, Any]:
        """Return one company by its place among the clients' (0 is the first one)."""
        return self.companies()[mark]

    def sessions(self) -> dict[str, Any]:
        """Return who is signed in at Merit, and how many keys were made."""
        return dict(self.merit.call("GET", "sessions"))

    def sign_in(self, **options: Any) -> ClientImport:
        """Start an import by signing in."""
        given = {"vendor": VENDOR, "country": "EE", "email": EMAIL, "password": PASSWORD, **options}
        return imports.start_sign_in(self.actor, **given)

    def keys(self, content: str | bytes, name: str = PASTED, **settings: str) -> ClientImport:
        """Start an import with a list of keys."""
        body = content.encode() if isinstance(content, str) else content
        return imports.start_keys(
            self.actor, vendor=VENDOR, name=name, content=body, settings={**self.settings, **settings}
        )

    def line(self, company: Mapping[str, Any], **other: str) -> str:
        """Return a company's row of a list of keys."""
        key = company["keys"][0]
        values = {"code": company["reg_no"] or "", "name": company["name"], "id": key["api_id"], "key": key["api_key"]}
        return ";".join((values | other).values())

    def rows(self, client_import: ClientImport) -> dict[str, ClientImportRow]:
        """Return the rows of an import by name."""
        return {row.name: row for row in imports.rows_of(client_import)}


def make_bureau(merit: Emulated, *, is_active: bool = True) -> Bureau:
    """Return a bureau; with `is_active` Merit is switched on."""
    company, actor = make_company("Büroo OÜ")
    switch_on(actor)
    bureau = Bureau(company, actor, merit)
    if is_active:
        integrations.activate(actor, VENDOR)
    return bureau


def work(client_import: ClientImport) -> ClientImport:
    """Do the job of an import in this process, and return it as it is then."""
    asyncio.run(work_here(client_import.job_id))  # type: ignore[arg-type]
    client_import.refresh_from_db()
    return client_import
