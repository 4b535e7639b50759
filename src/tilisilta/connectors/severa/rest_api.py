"""The REST API as the connector asks it. Source: vendor sheet, A3, A7, A8 and D."""

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec

from tilisilta.connectors.severa import assumptions, rest_reading
from tilisilta.connectors.severa.api import Found, Question
from tilisilta.connectors.severa.countries import business_id
from tilisilta.connectors.severa.registers import Registers
from tilisilta.connectors.severa.rest import Object, RestClient
from tilisilta.connectors.severa.rest_customers import Customers
from tilisilta.connectors.severa.rest_reading import guid, part
from tilisilta.connectors.severa.rest_rows import read_rows
from tilisilta.connectors.severa.wire import Bill, Customer, Row, Status, Unreadable
from tilisilta.core.documents import BankAccount
from tilisilta.core.errors import BadInput, Misconfigured, Refused, Unknown, Unsupported
from tilisilta.core.identifiers import vat_number
from tilisilta.kit.gather import gather
from tilisilta.kit.scrub import scrub
from tilisilta.kit.values import maybe_decimal, text
from tilisilta.ports import CatalogueEntry, ConnectionInfo
from tilisilta.ports.register import RegisterEntry, RegisterKind

RAW_CHARS = 4000
_REGISTERS = (
    ("/worktypes", RegisterKind.WORK_TYPE),
    ("/travelexpensetypes", RegisterKind.TRAVEL_EXPENSE),
)


class RestApi:
    """Answers `api.Api` over REST."""

    def __init__(self, client: RestClient) -> None:
        self._client = client
        self._people = Customers(client)
        self._registers = Registers(())
        self._account: BankAccount | None = None

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()

    # --- about ---------------------------------------------------------------------------------------------

    async def about(self) -> ConnectionInfo:
        """Return the organisation's name and which scopes are missing."""
        granted = await self._client.scopes()
        missing = tuple(each for each in assumptions.SCOPES if granted and each not in granted)
        details: dict[str, str] = {"api": "REST"}
        given: Any = {}
        if "organization:read" not in missing:
            given = await self._client.get("/organizationdetails", is_interactive=True)
        elif "settings:read" not in missing:
            await self._client.get("/invoicestatuses", {"rowCount": 1}, is_interactive=True)
        shown = given if isinstance(given, dict) else {}
        vat = vat_number.compact(text(shown.get("vatNumber")))
        if vat:
            details["vat_no"] = vat
        return ConnectionInfo(
            environment=text(shown.get("name")),
            registry_code=business_id(vat),
            missing_rights=missing,
            details=details,
        )

    async def statuses(self) -> Sequence[Status]:
        """Return the invoice statuses."""
        return [rest_reading.read_status(each) for each in await self._client.all_by_offset("/invoicestatuses")]

    async def register(self) -> Sequence[RegisterEntry]:
        """Return products, work types and travel expense types, and remember them for rows read afterwards."""
        products = await self._client.all_by_token("/products", {})
        found = [rest_reading.read_entry(each, RegisterKind.PRODUCT) for each in products]
        for path, kind in _REGISTERS:
            found += [rest_reading.read_entry(each, kind) for each in await self._client.all_by_offset(path)]
        self._registers = Registers({entry.source_id: entry for entry in found}.values())
        return self._registers.entries

    async def vat_rates(self) -> Sequence[CatalogueEntry]:
        """Return the VAT rates; rows name them by percent."""
        rows = await self._client.get("/vatrates")
        rates = [(each, maybe_decimal(each.get("percentage"), "percentage")) for each in rows]
        return [
            CatalogueEntry(
                key=f"{rate:f}",
                label=f"{rate:f} %",
                rate=rate,
                is_active=rest_reading.is_on(each, "isActive", default=True),
                extra={"code": text(each.get("code"))},
            )
            for each, rate in rates
            if rate is not None
        ]

    async def bank_accounts(self) -> Sequence[CatalogueEntry]:
        """Return the bank accounts by number."""
        return [
            CatalogueEntry(
                key=text(each.get("accountNumber")),
                label=f"{text(each.get('bankName'))} {text(each.get('accountNumber'))}".strip(),
                is_active=rest_reading.is_on(each, "isActive", default=True),
                extra={"bic": text(each.get("bic"))},
            )
            for each in await self._client.all_by_offset("/bankaccounts")
        ]

    # --- invoices ------------------------------------------------------------------------------------------

    async def prepare(self) -> None:
        """Read the registers, and the bank account when there is just one in use; several are nobody's choice."""
        await self.register()
        active = [each for each in await self.bank_accounts() if each.is_active and each.key]
        self._account = BankAccount(active[0].key, active[0].extra.get("bic", "")) if len(active) == 1 else None

    async def invoices(self, question: Question, token: str = "") -> AsyncIterator[tuple[Found, str]]:
        """Yield pages; a list of several pages is walked again for what slipped between them."""
        await self.prepare()
        seen: dict[str, str] = {}
        pages = 0
        async for found, following in self._walk(question, token, seen):
            pages += 1
            yield found, following
        # A list that is gone on with is not begun again, unless it is one of few: what waits.
        is_walked_again = pages > 1 and (not token or question.status is not None)
        for _walk in range(assumptions.MOST_WALKS if is_walked_again else 0):
            before = len(seen)
            async for found, _following in self._walk(question, "", seen):
                if found:
                    yield found, ""
            if len(seen) == before:
                break

    async def _walk(self, question: Question, token: str, seen: dict[str, str]) -> AsyncIterator[tuple[Found, str]]:
        query = _query(question)
        for _page in range(assumptions.MOST_PAGES):
            rows, token = await self._client.by_token("/invoices", query, token)
            fresh: list[Object] = []
            for each in rows:
                changed = text(each.get("lastUpdatedDateTime"))
                if seen.get(guid(each)) != changed and (question.status or text(each.get("number"))):
                    fresh.append(each)
                seen[guid(each)] = changed
            yield await gather(self._complete, fresh), token
            if not token:
                return

    async def invoice(self, guid: str) -> Bill | Unreadable | None:
        """Return one invoice with its rows, whatever its status."""
        try:
            given = await self._client.get(f"/invoices/{guid}")
        except Refused as error:
            if error.code == "NOT_FOUND_AT_SOURCE":
                return None
            raise
        return await self._complete(_first(given))

    async def _complete(self, given: Object) -> Bill | Unreadable:
        found = guid(given)
        try:
            rows = await self._rows(given)
            customer = await self._people.cached(guid(part(given, "billingCustomer")) or guid(part(given, "customer")))
            tax = await self._tax(given, rows)
            return rest_reading.read_bill(given, rows, customer, tax, self._account)
        except BadInput as error:
            raw = scrub(msgspec.json.encode(given, enc_hook=str).decode("utf-8", "replace"), limit=RAW_CHARS)
            return Unreadable(guid=found, error=error, raw=raw, number=text(given.get("number")))
        except Refused as error:
            if error.code != "NOT_FOUND_AT_SOURCE":
                raise
            # It was deleted between the list and its rows.
            return Unreadable(guid=found, error=BadInput(field="rows", rule="present"), raw="")

    async def _rows(self, given: Object) -> tuple[Row, ...]:
        rows = await self._client.all_by_token(f"/invoices/{guid(given)}/invoicerows", {})
        is_credit = rest_reading.is_on(given, "isCreditNote")
        return await read_rows(self._client, rows, self._registers, is_credit=is_credit)

    async def _tax(self, given: Object, rows: Sequence[Row]) -> tuple[str, str]:
        """Return why rows bear no VAT, by the customer's settings of its country."""
        if all(row.vat_rate or not row.quantity for row in rows):
            return "", ""
        payer = guid(part(given, "billingCustomer")) or guid(part(given, "customer"))
        return await self._people.tax_setting(payer) if payer else ("", "")

    # --- customers -----------------------------------------------------------------------------------------

    def customers(
        self, changed_since: dt.datetime | None, token: str = ""
    ) -> AsyncIterator[tuple[Sequence[Customer | Unreadable], str]]:
        """Yield pages of customers; see `rest_customers`."""
        return self._people.pages(changed_since, token)

    async def customer(self, guid: str) -> Customer | Unreadable | None:
        """Return one customer, or None."""
        return await self._people.one(guid)

    # --- what is written -----------------------------------------------------------------------------------

    async def status_of(self, guid: str) -> str | None:
        """Return the guid of an invoice's status, or None when the invoice is gone."""
        try:
            given = _first(await self._client.get(f"/invoices/{guid}"))
        except Refused as error:
            if error.code == "NOT_FOUND_AT_SOURCE":
                return None
            raise
        return rest_reading.guid(rest_reading.status_part(given))

    async def set_status(self, guid: str, status: Status) -> None:
        """Move an invoice to a status.

        Raises: Unknown when the answer does not show it there.
        """
        change = {"op": "Replace", "path": assumptions.STATUS_POINTER, "value": status.guid}
        shown = _first(await self._client.patch(f"/invoices/{guid}", [change]))
        if rest_reading.guid(rest_reading.status_part(shown)) != status.guid:
            raise Unknown("ANSWER_LOST", rule="answer without the status")

    # --- files ---------------------------------------------------------------------------------------------

    async def finvoice(self, guid: str) -> bytes:
        """Return the Finvoice that the add-on writes.

        Raises: Unsupported (FINVOICE_NOT_GIVEN) without the add-on, or for an invoice that it does not take.
        """
        try:
            return await self._client.get_bytes(f"/invoices/{guid}/finvoice")
        except (Misconfigured, Refused) as error:
            if error.code not in {"PLAN_TOO_LOW", "SOURCE_REFUSED"}:
                raise
            raise Unsupported("FINVOICE_NOT_GIVEN", evidence=error.evidence, **error.params) from error

    async def pdf(self, guid: str) -> bytes:
        """Return the picture of an invoice."""
        return await self._client.get_bytes(f"/invoices/{guid}/pdf", {"invoiceType": "Invoice", "pdfGetOptions": "All"})


def _first(given: Any) -> Object:
    """Return an object that may come in a list of one."""
    found = given[0] if isinstance(given, list) and given else given
    return found if isinstance(found, dict) else {}


def _query(question: Question) -> dict[str, Any]:
    query: dict[str, Any] = {}
    if question.status is not None:
        query["invoiceStatusGuids"] = [question.status.guid]
    if question.first is not None:
        query["startDate"] = f"{question.first.isoformat()}T00:00:00Z"
    if question.last is not None:
        query["endDate"] = f"{question.last.isoformat()}T23:59:59Z"
    if question.changed_since is not None:
        since = question.changed_since - assumptions.CHANGE_OVERLAP
        query["changedSince"] = since.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return query
