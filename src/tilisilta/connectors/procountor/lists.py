"""Procountor's own lists, read once and kept for a while: chart, VAT, bank accounts, fiscal years, dimensions.

Numbers of VAT statuses are never written into the code; what must be known by meaning is told by a status's text.
"""

import datetime as dt
import re
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any, TypeVar, cast

import msgspec

from tilisilta.connectors.procountor import assumptions
from tilisilta.connectors.procountor.client import Client, Row, the_rows
from tilisilta.connectors.procountor.options import Options
from tilisilta.core.documents import Direction
from tilisilta.core.errors import Misconfigured
from tilisilta.core.identifiers import iban
from tilisilta.kit.values import date, decimal, flag, identity, text
from tilisilta.ports import FiscalPeriod

KEPT_S = 600.0
CLOSED = "CLOSED"

T = TypeVar("T")
_no_vat = re.compile(assumptions.NO_VAT_WORDS, re.IGNORECASE)
_vat_account = re.compile(assumptions.VAT_ACCOUNT_WORDS, re.IGNORECASE)


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An account of the chart; `names` in every language that it has."""

    code: str
    name: str
    names: tuple[str, ...] = ()
    is_active: bool = True


class VatStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A VAT status with the sides that it may stand on."""

    number: str
    text: str
    for_sales: bool
    for_purchases: bool

    def stands_on(self, direction: Direction) -> bool:
        """Return whether documents of a side may bear it."""
        return self.for_sales if direction is Direction.SALES else self.for_purchases


class Vat(msgspec.Struct, frozen=True, kw_only=True):
    """VAT statuses by number, and the percentages that the company uses on each side."""

    statuses: dict[str, VatStatus]
    sales_percents: frozenset[Decimal]
    purchase_percents: frozenset[Decimal]

    def percents(self, direction: Direction) -> frozenset[Decimal]:
        """Return the percentages in use on a side."""
        return self.sales_percents if direction is Direction.SALES else self.purchase_percents


class OwnAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A bank account of the company."""

    iban: str
    bic: str
    name: str
    is_active: bool
    is_default: bool


class TrackingPeriod(msgspec.Struct, frozen=True, kw_only=True):
    """A month, or another part of a fiscal year; closed to all writing, or not."""

    first: dt.date
    last: dt.date
    status: str


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """Fiscal years and their parts, oldest first."""

    years: tuple[FiscalPeriod, ...]
    periods: tuple[TrackingPeriod, ...]
    closed_years: frozenset[str]

    def year_of(self, day: dt.date) -> FiscalPeriod | None:
        """Return the fiscal year of a day."""
        return next((each for each in self.years if each.first <= day <= each.last), None)

    def is_closed(self, day: dt.date) -> bool:
        """Return whether a day lies in a closed year or part of one."""
        year = self.year_of(day)
        if year is not None and year.key in self.closed_years:
            return True
        return any(each.first <= day <= each.last and each.status == CLOSED for each in self.periods)

    def locked_until(self) -> dt.date | None:
        """Return the last day before which nothing is open any more; None when all is open."""
        days = [(each.first, each.last, each.status == CLOSED) for each in self.periods]
        days += [
            (each.first, each.last, each.key in self.closed_years)
            for each in self.years
            if not any(part.first >= each.first and part.last <= each.last for part in self.periods)
        ]
        last: dt.date | None = None
        for _, end, closed in sorted(days):
            if not closed:
                break
            last = end
        return last


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """Whose key it is."""

    company_id: str
    name: str
    business_id: str
    currency: str
    country: str = ""


class Lists:
    """The lists of one company. `fresh` asks again; else what is not too old is used."""

    def __init__(self, client: Client, options: Options) -> None:
        self._client = client
        self._options = options
        self._kept: dict[str, tuple[dt.datetime, Any]] = {}

    async def accounts(self, *, fresh: bool = False) -> dict[str, Account]:
        """Return the chart by account number."""
        return await self._keep("accounts", self._read_accounts, fresh=fresh)

    async def vat(self, *, fresh: bool = False) -> Vat:
        """Return statuses and percentages."""
        return await self._keep("vat", self._read_vat, fresh=fresh)

    async def own_accounts(self, *, fresh: bool = False) -> dict[str, OwnAccount]:
        """Return the company's bank accounts by IBAN."""
        return await self._keep("own_accounts", self._read_own_accounts, fresh=fresh)

    async def calendar(self, *, fresh: bool = False) -> Calendar:
        """Return fiscal years and their parts."""
        return await self._keep("calendar", self._read_calendar, fresh=fresh)

    async def dimensions(self, *, fresh: bool = False) -> list[Row]:
        """Return dimensions with their items, as they come."""
        return await self._keep("dimensions", self._read_dimensions, fresh=fresh)

    async def company(self, *, fresh: bool = False) -> Company:
        """Return the company of the key."""
        return await self._keep("company", self._read_company, fresh=fresh)

    async def is_circulated(self, *, fresh: bool = False) -> bool:
        """Return whether purchase invoices go through approval circulation."""
        return await self._keep("circulation", self._read_circulation, fresh=fresh)

    async def user_id(self) -> str:
        """Return the id of the key's user."""
        return await self._keep("user", self._read_user, fresh=False)

    async def no_vat_status(self) -> str:
        """Return the status of rows without VAT handling: the setting, else told by its text; empty when none is."""
        if self._options.no_vat_status:
            return self._options.no_vat_status
        found = [each for each in (await self.vat()).statuses.values() if _no_vat.search(each.text)]
        return found[0].number if found else ""

    async def vat_accounts(self) -> tuple[str, ...]:
        """Return the accounts of the tax itself: the setting, else told by their names in the chart."""
        if self._options.vat_accounts:
            return self._options.vat_accounts
        return tuple(
            each.code
            for each in (await self.accounts()).values()
            if each.code.startswith(assumptions.VAT_ACCOUNT_BEGINNINGS)
            and any(_vat_account.search(name) for name in (each.name, *each.names))
        )

    async def _keep(self, name: str, read: Callable[[], Awaitable[T]], *, fresh: bool) -> T:
        now = self._client.clock.now()
        if not fresh and name in self._kept and (now - self._kept[name][0]).total_seconds() < KEPT_S:
            return cast("T", self._kept[name][1])
        found = await read()
        self._kept[name] = (now, found)
        return found

    async def _read_accounts(self) -> dict[str, Account]:
        answer = await self._client.get("/coa")
        return {each.code: each for row in the_rows(answer) if (each := read_account(row)).code}

    async def _read_vat(self) -> Vat:
        answer = await self._client.get("/vats/default")
        countries = the_rows(answer.get("vatInformation")) if isinstance(answer, dict) else []
        return read_vat(answer, (await self.company()).country if len(countries) > 1 else "")

    async def _read_own_accounts(self) -> dict[str, OwnAccount]:
        rows = await self._client.everything("/bankaccounts")
        found = [read_own_account(row) for row in sorted(rows, key=lambda row: decimal(row.get("orderNo"), "orderNo"))]
        return {each.iban: each for each in found if each.iban}

    async def _read_calendar(self) -> Calendar:
        return read_calendar(await self._client.get("/fiscalyears"))

    async def _read_dimensions(self) -> list[Row]:
        return the_rows(await self._client.get("/dimensions"))

    async def _read_company(self) -> Company:
        return read_company(await self._client.get("/company"))

    async def _read_circulation(self) -> bool:
        try:
            answer = await self._client.get("/company/invoicecirculation/settings")
        except Misconfigured as error:
            if error.code != "RIGHT_MISSING":
                raise
            return False  # whoever may not see the circulation is not in it
        return flag(answer.get("useForPurchaseInvoices")) if isinstance(answer, dict) else False

    async def _read_user(self) -> str:
        answer = await self._client.get("/sessioninfo")
        return identity(answer.get("userId")) if isinstance(answer, dict) else ""


def read_account(row: Row) -> Account:
    """Return an account of the chart."""
    told = row.get("translations") or ()
    names = tuple(text(each.get("translation")) for each in told if isinstance(each, dict))
    return Account(
        code=text(row.get("ledgerAccountCode")),
        name=text(row.get("name")),
        names=tuple(name for name in names if name),
        is_active=row.get("active") is not False,
    )


def read_vat(answer: Any, country: str = "") -> Vat:
    """Return statuses and percentages of `/vats/default`.

    Args:
        answer: What Procountor says; it names several countries where foreign VAT is switched on.
        country: The company's own, spelled in capitals; the first one when none of them is it.

    """
    frame = answer if isinstance(answer, dict) else {}
    statuses = [
        VatStatus(
            number=text(row.get("vatStatus")),
            text=text(row.get("description")),
            for_sales=flag(row.get("sales")),
            for_purchases=flag(row.get("purchase")),
        )
        for row in the_rows(frame.get("vatStatuses"))
    ]
    countries = the_rows(frame.get("vatInformation"))
    own = [each for each in countries if country and _country(each) == country]
    rates = [row for each in (own or countries)[:1] for row in the_rows(each.get("percentages"))]
    return Vat(
        statuses={each.number: each for each in statuses},
        sales_percents=frozenset(decimal(row.get("vatPercent")) for row in rates if flag(row.get("sales"))),
        purchase_percents=frozenset(decimal(row.get("vatPercent")) for row in rates if flag(row.get("purchase"))),
    )


def _country(row: Row) -> str:
    return text(row.get("country")).upper().replace(" ", "_")


def read_own_account(row: Row) -> OwnAccount:
    """Return a bank account of the company."""
    return OwnAccount(
        iban=iban.compact(text(row.get("iban")) or text(row.get("accountNumber"))),
        bic=text(row.get("bic")),
        name=text(row.get("bankName")),
        is_active=text(row.get("status")).upper() != "INACTIVE",
        is_default=flag(row.get("defaultForInvoice")),
    )


def read_calendar(answer: Any) -> Calendar:
    """Return fiscal years with their parts."""
    years: list[FiscalPeriod] = []
    parts: list[TrackingPeriod] = []
    closed: set[str] = set()
    for row in the_rows(answer):
        first, last = date(row.get("startDate"), "startDate"), date(row.get("endDate"), "endDate")
        if first is None or last is None:
            continue
        key = identity(row.get("id")) or first.isoformat()
        years.append(FiscalPeriod(key=key, name=f"{first.isoformat()} - {last.isoformat()}", first=first, last=last))
        if row.get("isOpen") is False:
            closed.add(key)
        for each in the_rows(row.get("trackingPeriods")):
            start, end = date(each.get("startDate"), "startDate"), date(each.get("endDate"), "endDate")
            if start is not None and end is not None:
                parts.append(TrackingPeriod(first=start, last=end, status=text(each.get("status")).upper()))
    return Calendar(
        years=tuple(sorted(years, key=lambda each: each.first)),
        periods=tuple(sorted(parts, key=lambda each: each.first)),
        closed_years=frozenset(closed),
    )


def read_company(answer: Any) -> Company:
    """Return the company of the key."""
    frame = answer if isinstance(answer, dict) else {}
    identifier = frame.get("businessIdentifier") or {}
    return Company(
        company_id=identity(frame.get("id")),
        name=text(frame.get("name")),
        business_id=text(identifier.get("code")) if isinstance(identifier, dict) else "",
        currency=text(frame.get("companyCurrency")) or "EUR",
        country=text(frame.get("country")),
    )


def vat_sides(vat: Vat) -> str:
    """Return the percentages in use as words, for the connection's page: "25.5, 13.5, 10, 0"."""
    return ", ".join(
        f"{each.normalize():f}" for each in sorted(vat.sales_percents | vat.purchase_percents, reverse=True)
    )
