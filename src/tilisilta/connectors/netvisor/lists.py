"""Netvisor's own lists, read once and kept for a while: accounts, dimensions, periods and locks, vendors."""

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

import msgspec

from tilisilta.connectors.netvisor import assumptions
from tilisilta.connectors.netvisor.client import Client
from tilisilta.connectors.netvisor.wire import Element, child, children, day, everywhere, get
from tilisilta.connectors.netvisor.write_purchase import Vendor
from tilisilta.connectors.netvisor.write_voucher import DIMENSION_SEPARATOR
from tilisilta.core.errors import BadInput
from tilisilta.kit.marker import read_marker
from tilisilta.kit.values import flag
from tilisilta.ports import CatalogueEntry, FiscalPeriod

KEPT_S = 600.0
MOST_PAGES = 10_000

T = TypeVar("T")


class Account(msgspec.Struct, frozen=True, kw_only=True):
    number: str
    name: str
    is_active: bool


class VendorRow(msgspec.Struct, frozen=True, kw_only=True):
    """A vendor with our mark, when it bears one."""

    vendor: Vendor
    email: str = ""
    mark: str = ""


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """Fiscal years, and the last locked day of each of the three locks."""

    periods: tuple[FiscalPeriod, ...]
    accounting: dt.date | None
    vat: dt.date | None
    purchase: dt.date | None

    def period_of(self, date: dt.date) -> FiscalPeriod | None:
        """Return the fiscal year of a day."""
        return next((each for each in self.periods if each.first <= date <= each.last), None)


class Lists:
    """The lists of one company. `fresh` asks again; else what is not too old is used."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._kept: dict[str, tuple[dt.datetime, Any]] = {}

    async def accounts(self, *, fresh: bool = False) -> dict[str, Account]:
        """Return the accounts that can be posted to, by number; groups are left out."""
        return await self._keep("accounts", self._read_accounts, fresh=fresh)

    async def dimensions(self, *, fresh: bool = False) -> list[CatalogueEntry]:
        """Return dimensions with their items; hidden ones are left out."""
        return await self._keep("dimensions", self._read_dimensions, fresh=fresh)

    async def calendar(self, *, fresh: bool = False) -> Calendar:
        """Return fiscal years and locks."""
        return await self._keep("calendar", self._read_calendar, fresh=fresh)

    async def vendors(self, *, fresh: bool = False) -> dict[str, VendorRow]:
        """Return all vendors by key."""
        return await self._keep("vendors", self._read_vendors, fresh=fresh)

    async def voucher_types(self) -> set[str]:
        """Return the names of the company's voucher types, in the languages that Netvisor has them in."""
        root = await self._client.read("vouchertypelist.nv")
        return {
            name
            for row in everywhere(root, "vouchertype")
            for each in (*children(row, "name"), *children(row, "foreignname"))
            if (name := (each.text or "").strip())
        }

    def forget(self, name: str) -> None:
        """Read a list again when it is next asked for: we have just added to it."""
        self._kept.pop(name, None)

    async def _keep(self, name: str, read: Callable[[], Awaitable[T]], *, fresh: bool) -> T:
        now = self._client.clock.now()
        if not fresh and name in self._kept and (now - self._kept[name][0]).total_seconds() < KEPT_S:
            return cast("T", self._kept[name][1])
        found = await read()
        self._kept[name] = (now, found)
        return found

    async def _read_accounts(self) -> dict[str, Account]:
        root = await self._client.read("accountlist.nv")
        return {each.number: each for row in everywhere(root, "account") if (each := read_account(row)) is not None}

    async def _read_dimensions(self) -> list[CatalogueEntry]:
        root = await self._client.read("dimensionlist.nv")
        return [entry for frame in everywhere(root, "dimensionname") for entry in read_dimension(frame)]

    async def _read_calendar(self) -> Calendar:
        return read_calendar(await self._client.read("accountingperiodlist.nv"))

    async def _read_vendors(self) -> dict[str, VendorRow]:
        found: dict[str, VendorRow] = {}
        pages, before = await self._walk_vendors(found), 0
        # A vendor touched meanwhile moves to the end, and another slips past between two pages: look again until a
        # walk shows nothing new. One page cannot shift.
        while pages > 1 and len(found) != before:
            before = len(found)
            await self._walk_vendors(found)
        return found

    async def _walk_vendors(self, found: dict[str, VendorRow]) -> int:
        """Add the vendors of all pages and return how many pages had any; the same page again ends the walk too."""
        last: list[str] = []
        for at in range(MOST_PAGES):
            params = {"changedsince": assumptions.BEGINNING, "page": str(assumptions.FIRST_VENDOR_PAGE + at)}
            rows = [read_vendor(row) for row in everywhere(await self._client.read("getvendor.nv", params), "vendor")]
            keys = [row.vendor.key for row in rows if row.vendor.key]
            if not keys or keys == last:
                return at
            found.update((row.vendor.key, row) for row in rows if row.vendor.key)
            last = keys
        raise BadInput(field="getvendor.nv", value=str(MOST_PAGES), rule="endless list")


def read_account(row: Element) -> Account | None:
    """Return an account, or None for a group of accounts."""
    number = get(row, "number")
    if not number or get(row, "accounttype").lower() != "account":
        return None
    # Only what Netvisor says is not active cannot be posted to.
    return Account(number=number, name=get(row, "name"), is_active=flag(get(row, "isactive") or "1"))


def read_dimension(frame: Element) -> list[CatalogueEntry]:
    """Return the items of one dimension, keyed `name::item`."""
    if flag(get(frame, "ishidden")):
        return []
    name = get(frame, "name")
    return [
        CatalogueEntry(
            key=f"{name}{DIMENSION_SEPARATOR}{item}", label=f"{name}: {item}", is_active=not flag(get(row, "ishidden"))
        )
        for row in everywhere(frame, "dimensiondetail")
        if (item := get(row, "name"))
    ]


def read_calendar(root: Element) -> Calendar:
    """Return fiscal years and locks; periods stand beside the locks or inside them."""
    locks = next(everywhere(root, "periodlockinformation"), root)
    periods = []
    for row in everywhere(root, "period"):
        first, last = day(get(row, "begindate"), "BeginDate"), day(get(row, "enddate"), "EndDate")
        if first is not None and last is not None:
            key, name = get(row, "netvisorkey"), get(row, "name")
            periods.append(FiscalPeriod(key=key, name=name, first=first, last=last))
    return Calendar(
        periods=tuple(sorted(periods, key=lambda each: each.first)),
        accounting=day(get(locks, "accountingperiodlockdate"), "AccountingPeriodLockDate"),
        vat=day(get(locks, "vatperiodlockdate"), "VatPeriodLockDate"),
        purchase=day(get(locks, "purchaselockdate"), "PurchaseLockDate"),
    )


def read_vendor(row: Element) -> VendorRow:
    """Return a vendor of getvendor.nv."""
    base = child(row, "vendorbaseinformation")
    contact = child(row, "vendorcontactdetails")
    if base is None:
        return VendorRow(vendor=Vendor(key=get(row, "netvisorkey"), name=""))
    ibans = [(each.text or "").replace(" ", "") for each in everywhere(base, "iban")]
    vendor = Vendor(
        key=get(row, "netvisorkey"),
        name=get(base, "name"),
        code=get(base, "code"),
        organisation_id=get(base, "organizationid"),
        city=get(base, "city"),
        iban=next((iban for iban in ibans if iban), ""),
    )
    if contact is None:
        return VendorRow(vendor=vendor)
    marks = (read_marker(each.text) for each in children(contact, "comment"))
    return VendorRow(vendor=vendor, email=get(contact, "email"), mark=next((mark for mark in marks if mark), ""))
