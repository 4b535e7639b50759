"""The host: companies of many owners, their keys, their books, and the bureau's users."""

import base64
import hashlib
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from tilisilta_emulators.kit import Clock
from tilisilta_emulators.merit import history
from tilisilta_emulators.merit.books import Books, Settings
from tilisilta_emulators.merit.options import Country, MeritOptions, Plan
from tilisilta_emulators.merit.signature import ZONES

API_ID = "670fe52f-558a-4be8-ade0-526e01a106d0"
API_KEY = "AoCmZGUfWMMhLJ+Eb6oRF4pAEw9XJP9b/RL5c2Gqk2w="
"""The pair that the vendor's manual publishes with its example."""


@dataclass
class Credential:
    """A named key of a company, with how its calls have been signed."""

    api_id: str
    api_key: str
    name: str
    company: "Company"
    revoked: bool = False
    insecure_at: datetime | None = None
    dialects: Counter[str] = field(default_factory=Counter)


@dataclass
class Company:
    """A company as its owner sees it; the books are made when first asked for."""

    mark: int
    name: str
    reg_no: str | None
    vat_no: str | None
    country: Country
    plan: Plan
    plan_of_history: history.Spec | None = None
    keys: list[Credential] = field(default_factory=list)
    settings: Settings | None = None

    @property
    def id(self) -> str:
        """GUID of the company."""
        return f"{self.mark:08x}-0000-4000-a000-000000000000"


class Site:
    """Companies by key, and their books: changed ones for good, untouched ones while there is room."""

    def __init__(self, options: MeritOptions, clock: Clock) -> None:
        self.options = options
        self.clock = clock
        self.companies: list[Company] = []
        self.credentials: dict[str, Credential] = {}
        self.shared = {country: Settings(country) for country in ZONES}  # type: ignore[arg-type]
        self._own: dict[int, Books] = {}
        self._fresh: OrderedDict[int, Books] = OrderedDict()

    def now(self, country: Country) -> datetime:
        """Return the local moment in a country, to the second, without a zone."""
        return self.clock.now().astimezone(ZONES[country]).replace(tzinfo=None, microsecond=0)

    def add_company(
        self,
        name: str,
        *,
        reg_no: str | None,
        vat_no: str | None = None,
        country: Country = "EE",
        plan: Plan = "premium",
        spec: history.Spec | None = None,
    ) -> Company:
        """Open a company; its history is made from `spec` when somebody looks."""
        company = Company(len(self.companies) + 1, name, reg_no, vat_no, country, plan, spec)
        self.companies.append(company)
        return company

    def add_key(self, company: Company, name: str, api_id: str | None = None, api_key: str | None = None) -> Credential:
        """Make a key; without a pair of its own it is derived from company and name, the same every time."""
        place = len(company.keys)
        identity = api_id or str(uuid5(NAMESPACE_URL, f"merit:key:{company.mark}:{place}:{name}"))
        secret = hashlib.sha256(f"merit:secret:{company.mark}:{place}:{name}".encode()).digest()
        credential = Credential(identity, api_key or base64.b64encode(secret).decode(), name, company)
        company.keys.append(credential)
        self.credentials[identity] = credential
        return credential

    def books(self, company: Company) -> Books:
        """Return a company's books, made from its plan of history when they are not in memory."""
        books = self._own.get(company.mark) or self._fresh.get(company.mark)
        if books is None:
            books = Books(company.country, company.settings or self.shared[company.country], company.mark)
            if company.plan_of_history is not None:
                history.write(books, company.plan_of_history)
            self._fresh[company.mark] = books
            if len(self._fresh) > max(1, self.options.keep_companies):
                self._fresh.popitem(last=False)
        elif not books.own:
            self._fresh.move_to_end(company.mark)
        return books

    def keep(self, company: Company) -> Books:
        """Return a company's books for writing: they stay from now on."""
        books = self.books(company)
        if not books.own:
            books.own = True
            self._own[company.mark] = books
            self._fresh.pop(company.mark, None)
        return books

    def forget(self, company: Company) -> None:
        """Throw untouched books away, so that they are made again."""
        self._fresh.pop(company.mark, None)

    def own_settings(self, company: Company) -> Settings:
        """Return classifiers that only this company has, for adding to them."""
        books = self.keep(company)
        if company.settings is None:
            company.settings = books.settings = Settings(company.country)
        return company.settings

    @property
    def main(self) -> Company:
        """The bureau's own company."""
        return self.companies[0]

    def touched(self) -> list[Company]:
        """Return the bureau's company and every company whose books were changed."""
        return [one for one in self.companies if one.mark in self._own or one is self.main]
