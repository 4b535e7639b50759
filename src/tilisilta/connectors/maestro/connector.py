"""The Maestro connector: target of customers, sales invoices and credit notes, as files that Maestro reads."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence

import msgspec
import structlog

from tilisilta.connectors.maestro import assumptions, names
from tilisilta.connectors.maestro.acknowledgements import (
    forget_answers,
    load_answers,
    refused_deliveries,
    unknown_deliveries,
)
from tilisilta.connectors.maestro.customers import Customers
from tilisilta.connectors.maestro.journal import Entry, load_entry, save_entry
from tilisilta.connectors.maestro.manifest import ERRORS
from tilisilta.connectors.maestro.options import ACCEPTED, FINVOICE, Options
from tilisilta.connectors.maestro.place import Place
from tilisilta.connectors.maestro.products import Product, read_products
from tilisilta.connectors.maestro.write_csv import row_values, write_table
from tilisilta.connectors.maestro.write_invoice import prepared_invoice, total_of, write_document, write_picture
from tilisilta.connectors.maestro.write_text import Texts
from tilisilta.core.documents import DocumentKind, Invoice, PartyRole
from tilisilta.core.errors import Misconfigured, Refused, TilisiltaError, Unsupported
from tilisilta.core.mapping.draft import Draft, InvoiceDraft, PartyDraft
from tilisilta.kit.gather import gather
from tilisilta.ports import (
    CatalogueEntry,
    CatalogueKind,
    Clock,
    ConnectionInfo,
    FindCertainty,
    Found,
    ItemCandidate,
    PartyCandidate,
    Sent,
    Totals,
)
from tilisilta.ports.answers import Acknowledgement, Acknowledgements, AckState

log = structlog.get_logger("tilisilta.maestro")

_SALES = frozenset({DocumentKind.SALES_INVOICE, DocumentKind.SALES_CREDIT_NOTE})
_UNKNOWN_SHOWN = 5


class MaestroConnector:
    """Answers `Connection`, `Target`, `PartyDirectory`, `TotalsReader` and `Acknowledger`."""

    def __init__(self, place: Place, options: Options, clock: Clock) -> None:
        self._place = place
        self._options = options
        self._customers = Customers(place, options, clock)

    # --- connection ----------------------------------------------------------------------------------------

    async def check_connection(self) -> ConnectionInfo:
        """Put and remove a file, read the product register, look at the acknowledgements.

        Raises: Misconfigured (HOST_KEY_NOT_PINNED, HOST_KEY_CHANGED, SFTP_LOGIN_REFUSED, FOLDER_MISSING,
            FOLDER_NOT_WRITABLE, PRODUCTS_UNREADABLE), Retry.
        """
        details = await self._place.check()
        products = await self._products()
        details["products"] = str(len(products)) if products is not None else "-"
        unknown = await self._unknown(await self._place.names(assumptions.ACKNOWLEDGEMENTS))
        if unknown:
            details["unknown_acknowledgements"] = ", ".join(unknown[:_UNKNOWN_SHOWN])
        return ConnectionInfo(environment=self._options.seller.name, details=details)

    async def catalogue(self, kind: CatalogueKind) -> Sequence[CatalogueEntry]:
        """Return the product register; Maestro's other lists cannot be read."""
        if kind is not CatalogueKind.ITEMS:
            return ()
        return [self._entry(each) for each in await self._products() or ()]

    def _entry(self, product: Product) -> CatalogueEntry:
        key = self._product_key(product)
        return CatalogueEntry(
            key=key,
            label=f"{key} {product.name}".strip(),
            rate=product.vat_rate,
            for_sales=True,
            is_active=product.is_active,
            extra={"id": product.id, "number": product.number, "name": product.name, "group": product.group},
        )

    def _product_key(self, product: Product) -> str:
        """Return the name under which Maestro is told a product."""
        return (product.number or product.id) if self._options.product_name == "number" else product.id

    async def _products(self) -> tuple[Product, ...] | None:
        """Return the register, None when no export lies there."""
        path = self._options.products_path
        content = await self._place.read(path)
        if content is None:
            return None
        if len(content) >= assumptions.MAX_FILE_BYTES:
            rule = f"the file is larger than {assumptions.MAX_FILE_BYTES >> 20} MB"
            raise Misconfigured("PRODUCTS_UNREADABLE", file=path, line=1, rule=rule)
        return await asyncio.to_thread(read_products, content, file=path, encoding=self._options.products_encoding)

    async def close(self) -> None:
        """Let go of the connection."""
        await self._place.close()

    # --- directory -----------------------------------------------------------------------------------------

    async def list_parties(self, role: PartyRole) -> AsyncIterator[Sequence[PartyCandidate]]:  # noqa: ARG002
        """Yield an empty page: Maestro's customer register cannot be read, its key is our customer's number."""
        yield ()

    async def list_items(self) -> AsyncIterator[Sequence[ItemCandidate]]:
        """Yield the products that are in use."""
        products = await self._products() or ()
        yield [
            ItemCandidate(
                target_id=self._product_key(each), code=self._product_key(each), name=each.name, unit=each.unit
            )
            for each in products
            if each.is_active
        ]

    # --- target --------------------------------------------------------------------------------------------

    async def send(self, draft: Draft) -> Sent:
        """Let the files of one document appear; see `ports.Target`.

        `Sent.totals` are told when a file in its place counts as delivered, not while an acknowledgement is awaited.
        """
        if isinstance(draft, PartyDraft):
            return await self._customers.send(draft)
        if not isinstance(draft, InvoiceDraft):
            raise Unsupported(field="kind", rule="only customers and sales invoices go to Maestro")
        texts = Texts()
        delivery = names.delivery_id(draft.key)
        invoice, content, entry = await self._written(draft, texts)
        before = await load_entry(self._place, delivery)
        old = _replaced(before, entry)
        entry = msgspec.structs.replace(entry, replaces=old)
        if self._options.layout == FINVOICE and self._options.with_pdf:
            await self._put_picture(_picture_path(entry.path), invoice, texts)

        async def remember() -> None:
            if before is not None:
                await forget_answers(self._place, delivery)
            await save_entry(self._place, delivery, entry)
            if old:  # only now, so that nobody takes its absence for a sign that it was read
                await self._withdraw(old)

        await self._place.put(entry.path, content, remember)
        if not self._place.keeps_temporaries:
            await self._seen(delivery, entry)
        extra = {"warnings": msgspec.json.encode(texts.warnings).decode()} if texts.warnings else {}
        return Sent(
            target_id=delivery,
            number=entry.number,
            totals=Totals(gross=entry.gross) if self._options.delivered_when == ACCEPTED else Totals(),
            extra=extra,
        )

    async def _written(self, draft: InvoiceDraft, texts: Texts) -> tuple[Invoice, bytes, Entry]:
        """Return the document as it goes, its file and what is remembered of it."""
        delivery, options = names.delivery_id(draft.key), self._options
        invoice = prepared_invoice(draft, texts)
        if options.layout == FINVOICE:
            content = await asyncio.to_thread(write_document, invoice, draft.party_id, options)
        else:
            dimension = {each.line.position: each.dimension or draft.dimension for each in draft.lines}
            rows = row_values(invoice, delivery=delivery, customer_number=draft.party_id, dimension=dimension)
            content = write_table(options.row_columns, rows, options.style, texts)
        ending = "xml" if options.layout == FINVOICE else "csv"
        name = names.invoice_name(options.company, invoice.number, delivery, ending)
        entry = Entry(
            path=f"{assumptions.INVOICES}/{name}",
            sha256=hashlib.sha256(content).hexdigest(),
            number=invoice.number,
            gross=total_of(invoice),
            currency=invoice.currency,
        )
        return invoice, content, entry

    async def _put_picture(self, path: str, invoice: Invoice, texts: Texts) -> None:
        """Let the picture appear before its invoice; one that cannot be drawn does not hold the invoice up."""
        try:
            picture = await asyncio.to_thread(write_picture, invoice, self._options)
        except Unsupported as error:
            texts.warn("PICTURE_LEFT_OUT", error.params.get("field", ""), rule=error.params.get("rule", ""))
            await self._place.remove(path)
            return
        await self._place.put(path, picture)

    async def _withdraw(self, path: str) -> None:
        for each in (path, _picture_path(path)):
            await self._place.remove(each)

    async def _seen(self, delivery: str, entry: Entry) -> None:
        """Remember that the receiver said yes; when that cannot be kept, the next look asks for the file itself."""
        try:
            await save_entry(self._place, delivery, msgspec.structs.replace(entry, has_appeared=True))
        except TilisiltaError as error:
            log.info("journal_not_kept", delivery=delivery, code=error.code)

    # --- what is there -------------------------------------------------------------------------------------

    async def find(self, drafts: Sequence[Draft], *, fresh: bool = False) -> Mapping[str, Found]:  # noqa: ARG002
        """Return what lies there already or was acknowledged, by draft key; always asked now.

        A delivery that was refused, that never appeared, or whose file waits with other content is absent: sending it
        replaces what there is.
        """
        if not drafts:
            return {}
        parties = [draft for draft in drafts if isinstance(draft, PartyDraft)]
        if parties:
            return await self._customers.find(parties)
        invoices = [draft for draft in drafts if isinstance(draft, InvoiceDraft)]
        if not invoices:
            raise Unsupported(field="kind", rule="only customers and sales invoices go to Maestro")
        journal = {draft.key: names.journal_path(names.delivery_id(draft.key)) for draft in invoices}
        there = await self._place.present(journal.values())
        left = [draft for draft in invoices if journal[draft.key] in there]
        if not left:
            return {}
        answers = await load_answers(self._place, [names.delivery_id(draft.key) for draft in left], ERRORS)

        async def look(draft: InvoiceDraft) -> Found | None:
            return await self._look(draft, answers.get(names.delivery_id(draft.key)))

        found = await gather(look, left)
        return {draft.key: each for draft, each in zip(left, found, strict=True) if each is not None}

    async def _look(self, draft: InvoiceDraft, answer: Acknowledgement | None) -> Found | None:
        delivery = names.delivery_id(draft.key)
        entry = await load_entry(self._place, delivery)
        if entry is None or (answer is not None and answer.state is AckState.REFUSED):
            return None
        if answer is None:
            fate = await self._appeared(entry)
            if fate is None:
                return None
            if fate == entry.path and not await self._is_still(draft, fate):
                return None
        return Found(sent=self._sent(delivery, entry, answer), certainty=FindCertainty.MARKED)

    async def _is_still(self, draft: InvoiceDraft, path: str) -> bool:
        """Return whether a file that waits holds what would be sent now; one that cannot be written now stays."""
        try:
            _, content, _ = await self._written(draft, Texts())
        except (Refused, Unsupported):
            return True
        return content == await self._place.read(path)

    async def _appeared(self, entry: Entry) -> str | None:
        """Return where the file is (empty: the importer took it away), or None when it never appeared."""
        hidden, moved = names.temporary(entry.path), names.read_paths(entry.path)
        there = await self._place.present([entry.path, hidden, *moved])
        if entry.path in there:
            return entry.path
        if self._place.keeps_temporaries:
            return None if hidden in there else ""
        return "" if entry.has_appeared or there.intersection(moved) else None

    def _sent(self, delivery: str, entry: Entry, answer: Acknowledgement | None) -> Sent:
        totals = Totals()
        if answer is not None and answer.state is AckState.CONFIRMED:
            totals = answer.totals if answer.totals.gross is not None else Totals(gross=entry.gross)
        elif self._options.delivered_when == ACCEPTED:
            totals = Totals(gross=entry.gross)
        return Sent(target_id=delivery, number=entry.number, totals=totals)

    async def read_acknowledgements(self, target_ids: Sequence[str]) -> Acknowledgements:
        """Return what was said of these deliveries, and whose acknowledgements lie there without a delivery of ours.

        A confirmation that names no total stands for the total that was sent. Of customers, whose ids are their
        numbers, only the refused are told, and only where a folder can be listed.
        """
        answers = await load_answers(self._place, [each for each in target_ids if names.is_delivery(each)], ERRORS)
        for delivery, answer in list(answers.items()):
            if answer.state is AckState.CONFIRMED and answer.totals.gross is None:
                entry = await load_entry(self._place, delivery)
                totals = Totals(gross=entry.gross if entry else None)
                answers[delivery] = msgspec.structs.replace(answer, totals=totals)
        answered = await self._place.names(assumptions.ACKNOWLEDGEMENTS)
        customers = {each for each in target_ids if not names.is_delivery(each)}
        if customers and answered:
            asked = refused_deliveries(answered).difference(answers)
            answers |= await self._customers.refused(sorted(asked), customers)
        return Acknowledgements(by_id=answers, unknown=await self._unknown(answered))

    async def _unknown(self, answered: Sequence[str]) -> tuple[str, ...]:
        if not answered:
            return ()
        unknown = unknown_deliveries(answered, await self._place.names(assumptions.JOURNAL))
        for each in unknown:
            log.warning("acknowledgement_unknown", delivery=each)
        return unknown

    async def read_totals(self, kind: DocumentKind, target_ids: Sequence[str]) -> Mapping[str, Totals]:
        """Return totals as acknowledged; those of a delivery that nothing was said of are not known, a refused one is
        not there.
        """
        if kind not in _SALES:
            raise Unsupported(field="kind", rule="has no totals", value=kind.value)
        paths = {names.journal_path(each): each for each in target_ids}
        there = await self._place.present(paths)
        ours = [delivery for path, delivery in paths.items() if path in there]
        said = (await self.read_acknowledgements(ours)).by_id
        return {
            each: said[each].totals if each in said else Totals()
            for each in ours
            if each not in said or said[each].state is not AckState.REFUSED
        }


def _picture_path(path: str) -> str:
    return f"{path.rpartition('.')[0]}.pdf"


def _replaced(before: Entry | None, entry: Entry) -> str:
    """Return the file of an earlier number that must not stay beside the new one; empty when there is none."""
    if before is None:
        return ""
    return before.path if before.path != entry.path else before.replaces
