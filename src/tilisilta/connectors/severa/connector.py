"""The Severa connector: one behaviour over both of Severa's APIs."""

from collections.abc import AsyncIterator, Mapping, Sequence

import msgspec

from tilisilta.connectors.severa import registers, statuses
from tilisilta.connectors.severa.api import Api
from tilisilta.connectors.severa.mapper import is_credit, read_party, read_totals
from tilisilta.connectors.severa.soap_api import SoapApi
from tilisilta.connectors.severa.source import INVOICES, Walk, guids_among
from tilisilta.connectors.severa.wire import Bill, Customer, Status
from tilisilta.core.documents import DocumentKind, Item, Party
from tilisilta.core.errors import Misconfigured, Refused, Retry, Unknown, Unsupported
from tilisilta.kit.gather import gather
from tilisilta.ports import CatalogueEntry, CatalogueKind, Clock, ConnectionInfo, FetchRequest, SourcePage, Totals
from tilisilta.ports.register import RegisterEntry

UNSURE_AFTER_S = 30.0
STATUSES_KEPT_S = 30.0


class SeveraConnector:
    """Answers `Connection`, `Source`, `StatusSource`, `StatusWriter`, `RegisterReader`, `FinvoiceGiver`,
    `AttachmentGiver` and `TotalsReader`.
    """

    def __init__(self, api: Api, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._statuses: Sequence[Status] = ()
        self._statuses_until = 0.0

    # --- connection ----------------------------------------------------------------------------------------

    async def check_connection(self) -> ConnectionInfo:
        """Return whose Severa answers and which rights or scopes are missing.

        Raises: Misconfigured (KEY_REFUSED, RIGHT_MISSING, PLAN_TOO_LOW, TERMS_NOT_APPROVED, ORGANISATION_NOT_ACTIVE,
            INTERFACE_CHANGED), Retry.
        """
        try:
            return await self._api.about()
        except Retry as error:
            if error.code in {"HTML_ANSWER", "NOT_JSON", "NOT_XML"}:
                # A person waits: a page where the API should be is a wrong address sooner than a passing fault.
                raise Misconfigured(error.code, evidence=error.evidence, **error.params) from error
            raise

    async def catalogue(self, kind: CatalogueKind) -> Sequence[CatalogueEntry]:
        """Return invoice statuses, register entries (`extra`: kind, code, name, active), VAT rates or bank accounts."""
        if kind is CatalogueKind.STATUSES:
            return [statuses.read_choice(each) for each in await self._api.statuses()]
        if kind is CatalogueKind.ITEMS:
            return [registers.read_choice(each) for each in await self._api.register()]
        if kind is CatalogueKind.VAT_CODES:
            return await self._api.vat_rates()
        if kind is CatalogueKind.BANK_ACCOUNTS:
            return await self._api.bank_accounts()
        return []

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()

    # --- source --------------------------------------------------------------------------------------------

    def fetch(self, request: FetchRequest) -> AsyncIterator[SourcePage]:
        """Yield records; see `ports.Source`. Invoices are those of any status that have a number."""
        return self.fetch_by_status("", request)

    async def fetch_by_status(self, status: str, request: FetchRequest) -> AsyncIterator[SourcePage]:
        """Yield records with the invoices of one status; see `ports.register.StatusSource`."""
        asks_invoices = any(kind in INVOICES for kind in request.kinds)
        known: Sequence[Status] = await self._api.statuses() if asks_invoices else ()
        is_narrow = bool(status.strip()) and asks_invoices and not request.source_ids
        chosen = statuses.find_status(known, status) if is_narrow else None
        async for page in Walk(self._api, request, {each.name: each for each in known}, chosen).pages():
            yield page

    async def fetch_parties(self, source_ids: Sequence[str]) -> Mapping[str, Party]:
        """Return customers by guid, with address, contact and e-invoice address."""
        found = await gather(self._api.customer, guids_among(source_ids))
        parties = [read_party(each) for each in found if isinstance(each, Customer)]
        return {party.source_id: party for party in parties}

    async def fetch_items(self, source_ids: Sequence[str]) -> Mapping[str, Item]:
        """Return products, work types and travel expense types by guid."""
        wanted = set(guids_among(source_ids))
        if not wanted:
            return {}
        entries = await self._api.register()
        return {entry.source_id: registers.read_item(entry) for entry in entries if entry.source_id in wanted}

    async def read_register(self) -> Sequence[RegisterEntry]:
        """Return every product, work type and travel expense type, out of use or not."""
        return await self._api.register()

    async def read_totals(self, kind: DocumentKind, target_ids: Sequence[str]) -> Mapping[str, Totals]:
        """Return totals by guid, credit notes positive; invoices that are gone are absent."""
        if kind not in INVOICES:
            raise Unsupported(field="kind", rule="has no totals", value=kind.value)
        found = await gather(self._api.invoice, guids_among(target_ids))
        bills = [each for each in found if isinstance(each, Bill)]
        is_note = kind is DocumentKind.SALES_CREDIT_NOTE
        return {bill.guid: read_totals(bill) for bill in bills if is_credit(bill) is is_note}

    async def fetch_attachment(self, source_id: str) -> bytes:
        """Return Severa's own picture of an invoice (PDF); over REST it needs the scope files:read."""
        return await self._api.pdf(_require_guid(source_id))

    async def fetch_finvoice(self, source_id: str) -> bytes:
        """Return Severa's own Finvoice of an invoice; see `ports.register.FinvoiceGiver`."""
        return await self._api.finvoice(_require_guid(source_id))

    # --- written back --------------------------------------------------------------------------------------

    async def write_status(self, kind: DocumentKind, source_id: str, status: str) -> None:
        """Move an invoice to a status, named by guid or name; one that is in it already is left alone.

        Raises:
            Misconfigured: STATUS_NOT_FOUND when it was renamed or deleted, STATUS_NOT_ACTIVE, STATUS_NOT_UNIQUE.
            Refused: NOT_FOUND_AT_SOURCE when the invoice is gone, STATUS_REFUSED when Severa does not let it go.
            Retry: It did not arrive, or nobody can tell yet; writing the same status again is harmless.

        """
        if kind not in INVOICES:
            raise Unsupported(field="kind", rule="has no status", value=kind.value)
        guid = _require_guid(source_id)
        wanted = statuses.find_status(await self._known_statuses(), status)
        present = await self._api.status_of(guid)
        if present is None:
            raise Refused("NOT_FOUND_AT_SOURCE", message=source_id)
        if present == wanted.key:
            return
        try:
            await self._api.set_status(guid, wanted)
        except Refused as error:
            # It may be the status that is gone by now.
            self._statuses_until = 0.0
            wanted = statuses.find_status(await self._known_statuses(), status)
            if error.code == "SOURCE_REFUSED":
                raise Refused("STATUS_REFUSED", evidence=error.evidence, status=wanted.name, **error.params) from error
            raise
        except Unknown as error:
            if await self._api.status_of(guid) != wanted.key:
                raise Retry(after_s=UNSURE_AFTER_S, evidence=error.evidence) from error

    async def _known_statuses(self) -> Sequence[Status]:
        """Return the statuses, read a moment ago at most: a run writes one invoice after another."""
        now = self._clock.now().timestamp()
        if now >= self._statuses_until:
            self._statuses = await self._api.statuses()
            self._statuses_until = now + STATUSES_KEPT_S
        return self._statuses


class LoggingSeveraConnector(SeveraConnector):
    """A connector with a SOAP key: it can also write into the log of an invoice (`InvoiceLogger`)."""

    def __init__(self, api: Api, log: SoapApi, clock: Clock) -> None:
        super().__init__(api, clock)
        self._log = log

    async def check_connection(self) -> ConnectionInfo:
        """Return as `SeveraConnector.check_connection`; where REST reads, whether the SOAP key works as well."""
        info = await super().check_connection()
        if self._log is self._api:
            return info
        other = await self._log.about()
        return msgspec.structs.replace(
            info,
            missing_rights=(*info.missing_rights, *other.missing_rights),
            details={**info.details, "api": "REST, SOAP"},
        )

    async def log_invoice(self, source_id: str, text: str, *, context: str = "") -> None:
        """Add an entry to an invoice's log; see `ports.register.InvoiceLogger`."""
        try:
            await self._log.log(_require_guid(source_id), text, context)
        except Unknown as error:
            # The same entry again is left out by Severa itself.
            raise Retry(after_s=UNSURE_AFTER_S, evidence=error.evidence) from error

    async def close(self) -> None:
        """Let go of the connections of both APIs."""
        await super().close()
        await self._log.close()


def _require_guid(source_id: str) -> str:
    found = guids_among([source_id])
    if not found:
        raise Refused("NOT_FOUND_AT_SOURCE", message=source_id[:100])
    return found[0]
