"""The SOAP API as the connector asks it. Source: vendor sheet, section B."""

import base64
import binascii
import datetime as dt
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

import msgspec

from tilisilta.connectors.severa import assumptions, soap_reading
from tilisilta.connectors.severa.api import Found, Question
from tilisilta.connectors.severa.registers import Registers
from tilisilta.connectors.severa.soap import SoapClient, listed
from tilisilta.connectors.severa.soap_files import find_finvoice
from tilisilta.connectors.severa.soap_reading import Object, part
from tilisilta.connectors.severa.wire import Bill, Customer, Row, Status, Unreadable, billing_place
from tilisilta.core.errors import BadInput, Misconfigured, Refused, Unknown
from tilisilta.kit.gather import gather
from tilisilta.kit.scrub import scrub
from tilisilta.kit.values import text
from tilisilta.ports import CatalogueEntry, Clock, ConnectionInfo
from tilisilta.ports.register import RegisterEntry, RegisterKind

RAW_CHARS = 4000
PAGE = 100
AGAIN = "again"
ADMIN_RIGHT = "SOAP API: administrator"
SOURCE = "Tilisilta"


class SoapApi:
    """Answers `api.Api` over SOAP."""

    def __init__(self, client: SoapClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._registers = Registers(())
        self._reverse_charged: dict[str, bool] = {}

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()

    # --- about ---------------------------------------------------------------------------------------------

    async def about(self) -> ConnectionInfo:
        """Return the service's version, the seller as an invoice names it, and whether the key may write.

        Nothing is written: a log entry is offered to an invoice that cannot exist.
        """
        version = text(await self._client.call("IAPI", "GetVersion", is_interactive=True))
        missing = () if await self._may_write() else (ADMIN_RIGHT,)
        seller: Object = {}
        sent = next((each for each in await self.statuses() if each.is_active and each.is_sent), None)
        if sent is not None:
            found = await self._client.call("IInvoice", "GetInvoicesByStatus", None, sent.name, 0, 1)
            seller = part(next(iter(listed(found)), {}), "SellerOrganization")
        return ConnectionInfo(
            environment=text(seller.get("sellerOrganisationName")),
            registry_code=text(seller.get("sellerPartyIdentifier")),
            missing_rights=missing,
            details={"api": "SOAP", "version": version},
        )

    async def _may_write(self) -> bool:
        try:
            await self.log(assumptions.NO_GUID, "-", "-")
        except Misconfigured as error:
            if error.code != "RIGHT_MISSING":
                raise
            return False
        except (Refused, Unknown):
            return True  # it looked for the invoice, so it would have written
        return True

    async def statuses(self) -> Sequence[Status]:
        """Return the invoice statuses."""
        found = listed(await self._client.call("IInvoiceStatus", "GetAllInvoiceStatuses"))
        return [soap_reading.read_status(each) for each in found]

    async def register(self) -> Sequence[RegisterEntry]:
        """Return products, work types and travel expense types, and remember them for rows read afterwards."""
        ever, all_of_them = assumptions.EVER, assumptions.INCLUDE_INACTIVE
        asked = (
            (RegisterKind.PRODUCT, "IProduct", "GetProductsChangedSince", (ever, all_of_them)),
            (RegisterKind.WORK_TYPE, "IWorkType", "GetAllWorkTypes", ()),
            (RegisterKind.TRAVEL_EXPENSE, "IProduct", "GetTravelExpensesChangedSince", (ever, all_of_them)),
        )
        found: dict[str, RegisterEntry] = {}
        for kind, interface, operation, arguments in asked:
            for each in listed(await self._client.call(interface, operation, *arguments)):
                entry = soap_reading.read_entry(each, kind)
                found[entry.source_id] = entry
        self._registers = Registers(found.values())
        return self._registers.entries

    async def vat_rates(self) -> Sequence[CatalogueEntry]:
        """Return none: SOAP has no list of them, rows name them by percent."""
        return []

    async def bank_accounts(self) -> Sequence[CatalogueEntry]:
        """Return none: SOAP shows accounts on invoices alone."""
        return []

    # --- invoices ------------------------------------------------------------------------------------------

    async def prepare(self) -> None:
        """Read the registers."""
        await self.register()

    async def invoices(self, question: Question, token: str = "") -> AsyncIterator[tuple[Found, str]]:
        """Yield what is in a status, from one answer, else what is dated in ranges; a token is a range's first day."""
        await self.prepare()
        if question.status is not None:
            given = await self._in_status(question, question.status)
            pages = [given[at : at + PAGE] for at in range(0, len(given), PAGE)] or [[]]
            for at, page in enumerate(pages, 1):
                # What was taken leaves the status, so places in it mean nothing: who goes on asks for all of it again.
                yield await gather(self._complete, page), AGAIN if at < len(pages) else ""
            return
        first, last = self._days(question)
        if token:
            first = dt.date.fromisoformat(token)
        seen: set[str] = set()
        while first <= last:
            end = min(last, first + dt.timedelta(days=assumptions.SOAP_RANGE_DAYS - 1))
            given = listed(await self._client.call("IInvoice", "GetInvoicesByDate", None, _at(first), _at(end), 0))
            fresh = [each for each in given if text(each.get("GUID")) not in seen and text(each.get("Number"))]
            seen |= {text(each.get("GUID")) for each in fresh}
            first = end + dt.timedelta(days=1)
            yield await gather(self._complete, fresh), first.isoformat() if first <= last else ""

    async def _in_status(self, question: Question, status: Status) -> list[Object]:
        try:
            if question.first is None and question.last is None:
                found = await self._client.call("IInvoice", "GetInvoicesByStatus", None, status.name, 0, None)
            else:
                first = None if question.first is None else _at(question.first)
                last = None if question.last is None else _at(question.last)
                found = await self._client.call(
                    "IInvoice", "GetInvoicesByDateAndStatus", None, first, last, status.name, 0
                )
        except Refused as error:
            # Renamed since the statuses were read.
            raise Misconfigured("STATUS_NOT_FOUND", evidence=error.evidence, status=status.name, known="") from error
        return listed(found)

    def _days(self, question: Question) -> tuple[dt.date, dt.date]:
        today = self._clock.now().date()
        first = question.first
        if question.changed_since is not None:
            reach = question.changed_since.date() - dt.timedelta(days=assumptions.SOAP_CHANGE_DAYS)
            first = max(reach, first) if first else reach
        return first or assumptions.FIRST_DAY, question.last or today + dt.timedelta(days=assumptions.LAST_DAYS_AHEAD)

    async def invoice(self, guid: str) -> Bill | Unreadable | None:
        """Return one invoice with its rows, whatever its status."""
        given = await self._get("IInvoice", "GetInvoiceByGUID", guid)
        return None if given is None else await self._complete(given)

    async def _get(self, interface: str, operation: str, guid: str) -> Object | None:
        """Return one entity; nil and the fault for what is not there mean the same."""
        try:
            found = await self._client.call(interface, operation, guid)
        except Refused as error:
            if error.code != "NOT_FOUND_AT_SOURCE":
                raise
            return None
        # A nil entity may be read as one whose members are all nil.
        is_there = isinstance(found, dict) and any(each is not None for each in found.values())
        return found if is_there else None

    async def _complete(self, given: Object) -> Bill | Unreadable:
        try:
            rows = await self._rows(given)
            credited = text(given.get("ReimburseInvoiceGUID")) if given.get("IsCreditNote") else ""
            original = await self._get("IInvoice", "GetInvoiceByGUID", credited) if credited else None
            tax = await self._tax(given, rows)
            return soap_reading.read_bill(given, rows, text((original or {}).get("Number")), tax)
        except BadInput as error:
            raw = scrub(msgspec.json.encode(given, enc_hook=str).decode("utf-8", "replace"), limit=RAW_CHARS)
            number = text(given.get("Number"))
            return Unreadable(guid=text(given.get("GUID")).lower(), error=error, raw=raw, number=number)

    async def _rows(self, given: Object) -> tuple[Row, ...]:
        registers = self._registers
        rows = soap_reading.ordered_rows(given)
        sources = [soap_reading.row_sources(each, registers) for each in rows]
        if None in sources:
            origins = await self._origins(text(given.get("GUID")), registers)
            sources = [
                origins.get(text(each.get("GUID")).lower(), ()) if found is None else found
                for each, found in zip(rows, sources, strict=True)
            ]
        return tuple(soap_reading.read_row(each, found or ()) for each, found in zip(rows, sources, strict=True))

    async def _origins(self, guid: str, registers: Registers) -> dict[str, tuple[RegisterEntry, ...]]:
        """Return the work types of the hours behind each row."""
        given = await self._get("IInvoice", "GetInvoiceOriginDetailsByInvoiceGUID", guid) or {}
        found: dict[str, tuple[RegisterEntry, ...]] = {}
        for row in listed(given):
            keys = [text(hour.get("WorkTypeGUID")).lower() for hour in listed(row.get("HourEntries"))]
            entries = (registers.entry(key) for key in dict.fromkeys(keys))
            found[text(row.get("InvoiceRowGUID")).lower()] = tuple(each for each in entries if each is not None)
        return found

    async def _tax(self, given: Object, rows: Sequence[Row]) -> tuple[str, str]:
        """Return why rows bear no VAT: the customer's mark of reverse charge, and the words of the invoice."""
        if all(row.vat_rate or not row.quantity for row in rows):
            return "", ""
        key = text(given.get("AccountGUID"))
        if key and key not in self._reverse_charged:
            customer = await self._get("ICustomer", "GetCustomerByGUID", key) or {}
            self._reverse_charged[key] = bool(customer.get("ReverseCharge"))
        return "AE" if self._reverse_charged.get(key) else "", text(given.get("TaxFreeDescription"))

    # --- customers -----------------------------------------------------------------------------------------

    async def customers(
        self, changed_since: dt.datetime | None, token: str = ""
    ) -> AsyncIterator[tuple[Sequence[Customer | Unreadable], str]]:
        """Yield all customers, or those that changed, they or their addresses or contacts; tokens are indexes."""
        if changed_since is not None:
            yield await self._changed_customers(changed_since - assumptions.CHANGE_OVERLAP), ""
            return
        ever, inactive = assumptions.EVER, assumptions.INCLUDE_INACTIVE
        call = self._client.call
        addresses = _grouped(await call("IAddress", "GetAddressesChangedSince", None, ever, 0), "CompanyGUID")
        contacts = _grouped(await call("IContact", "GetContactsChangedSince", None, ever, inactive), "AccountGUID")
        # Newer versions take criteria, whose groups must not be nil.
        has_criteria = await self._client.parameters("ICustomer", "GetAllCustomers") > 3  # noqa: PLR2004
        criteria: tuple[Any, ...] = ({"AccountGroupGUIDs": {"string": []}},) if has_criteria else ()
        seen: set[str] = set()
        start = int(token) if token.isdigit() else 0
        while True:
            size = assumptions.SOAP_CUSTOMERS
            found = listed(await call("ICustomer", "GetAllCustomers", inactive, start, size, *criteria))
            fresh = [each for each in found if text(each.get("GUID")) not in seen]
            seen |= {text(each.get("GUID")) for each in fresh}
            keys = [text(each.get("GUID")).lower() for each in fresh]
            start += len(found)
            page = [_read(each, addresses[key], contacts[key]) for each, key in zip(fresh, keys, strict=True)]
            yield page, str(start) if fresh else ""
            if not fresh:
                return

    async def _changed_customers(self, since: dt.datetime) -> list[Customer | Unreadable]:
        call, inactive = self._client.call, assumptions.INCLUDE_INACTIVE
        customers = listed(await call("ICustomer", "GetCustomersChangedSince", since, inactive))
        addresses = listed(await call("IAddress", "GetAddressesChangedSince", None, since, 0))
        contacts = listed(await call("IContact", "GetContactsChangedSince", None, since, inactive))
        keys = [
            *(text(each.get("GUID")).lower() for each in customers),
            *(text(each.get("CompanyGUID")).lower() for each in addresses),
            *(text(each.get("AccountGUID")).lower() for each in contacts),
        ]
        found = await gather(self.customer, [key for key in dict.fromkeys(keys) if key])
        return [each for each in found if each is not None]

    async def customer(self, guid: str) -> Customer | Unreadable | None:
        """Return one customer, or None when there is none of this guid."""
        given = await self._get("ICustomer", "GetCustomerByGUID", guid)
        if given is None:
            return None
        ever = assumptions.EVER
        addresses = listed(await self._client.call("IAddress", "GetAddressesChangedSince", guid, ever, 0))
        contacts = listed(await self._client.call("IContact", "GetContactsByAccountGUID", guid))
        return _read(given, addresses, contacts)

    # --- what is written -----------------------------------------------------------------------------------

    async def status_of(self, guid: str) -> str | None:
        """Return the name of an invoice's status, or None when the invoice is gone."""
        given = await self._get("IInvoice", "GetInvoiceByGUID", guid)
        return None if given is None else text(given.get("InvoiceStatus"))

    async def set_status(self, guid: str, status: Status) -> None:
        """Move an invoice to a status."""
        await self._client.call("IInvoice", "SetInvoiceStatus", guid, status.name, is_write=True)

    async def log(self, guid: str, text: str, context: str) -> None:
        """Add an entry to an invoice's log; the same one again changes nothing."""
        await self._client.call(
            "IInvoice", "AddNewInvoiceLogEntry", guid, context, text, SOURCE, None, True, is_write=True
        )

    # --- files ---------------------------------------------------------------------------------------------

    async def finvoice(self, guid: str) -> bytes:
        """Return the Finvoice that the add-on writes; see `soap_files`."""
        return await find_finvoice(self._client, guid)

    async def pdf(self, guid: str) -> bytes:
        """Return the picture of an invoice."""
        found = await self._client.call("IInvoice", "GetInvoicePdfByInvoiceGUID", guid, "All")
        if isinstance(found, bytes):
            return found
        try:
            return base64.b64decode(text(found))
        except binascii.Error:
            raise BadInput(field="pdf", rule="base64") from None


def _at(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def _grouped(given: Any, name: str) -> defaultdict[str, list[Object]]:
    found: defaultdict[str, list[Object]] = defaultdict(list)
    for each in listed(given):
        found[text(each.get(name)).lower()].append(each)
    return found


def _read(given: Object, addresses: Iterable[Object], contacts: Iterable[Object]) -> Customer | Unreadable:
    place = billing_place([soap_reading.read_place(each) for each in addresses])
    names = [name for each in contacts if (name := soap_reading.contact_name(each))]
    try:
        return soap_reading.read_customer(given, place, names[0] if names else "")
    except BadInput as error:
        raw = scrub(msgspec.json.encode(given, enc_hook=str).decode("utf-8", "replace"), limit=RAW_CHARS)
        return Unreadable(guid=text(given.get("GUID")).lower(), error=error, raw=raw)
