"""Looks for drafts in Procountor: by our mark first, then by what makes a record the same (vendor sheet section 11)."""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence

from tilisilta.connectors.procountor import reading
from tilisilta.connectors.procountor.amounts import total_of
from tilisilta.connectors.procountor.client import Client, Row
from tilisilta.connectors.procountor.reading import Event, PartnerRow
from tilisilta.connectors.procountor.write_invoice import TYPES
from tilisilta.connectors.procountor.write_others import PARTNER_TYPES, event_amount, event_key, item_code, product_type
from tilisilta.core.errors import Unsupported
from tilisilta.core.mapping.draft import InvoiceDraft, ItemDraft, PartyDraft, PaymentDraft
from tilisilta.core.money import ZERO
from tilisilta.kit.days import KnownDays
from tilisilta.kit.gather import gather
from tilisilta.kit.values import identity, text
from tilisilta.ports import FindCertainty, Found, Sent, Totals

# Below this many drafts each is asked for by itself; above, the list is walked.
FEW = 4


class InvoiceBook:
    """The invoices of the days that were listed so far, by the source's number."""

    def __init__(self) -> None:
        self.days = KnownDays()
        self.by_number: defaultdict[str, dict[str, Row]] = defaultdict(dict)

    def add(self, row: Row) -> None:
        """Keep one invoice, unless it was withdrawn."""
        if reading.is_live(row):
            self.by_number[folded(text(row.get("originalInvoiceNumber")))][identity(row.get("id"))] = row


def folded(value: str) -> str:
    """Return a number or name as it is compared: without regard to case and spaces."""
    return " ".join(value.casefold().split())


def _one(found: Iterable[Sent], certainty: FindCertainty) -> Found | None:
    records = list({each.target_id: each for each in found}.values())
    if not records:
        return None
    return Found(sent=records[0], certainty=certainty, others=tuple(records[1:]))


# --- invoices ------------------------------------------------------------------------------------------------


async def find_invoices(client: Client, drafts: Sequence[InvoiceDraft], book: InvoiceBook) -> dict[str, Found]:
    """Return the invoices that Procountor holds already, by draft key.

    Lists show no notes, so those of the same original number are read whole. One that bears another key of ours is
    nobody's match; without a key, party and total must agree.
    """
    kind = TYPES[drafts[0].invoice.direction]
    if len(drafts) <= FEW:
        await _ask_each(client, kind, drafts, book)
    else:
        for first, last in book.days.unread(draft.invoice.date for draft in drafts):
            params = {"types": kind, "startDate": first.isoformat(), "endDate": last.isoformat()}
            async for page in client.pages("/invoices", params):
                for row in page:
                    book.add(row)
            book.days.note(first, last)
    # What has no number was never sent.
    numbers = {draft.key: folded(draft.invoice.number) for draft in drafts}
    candidates = {key: book.by_number.get(number, {}) if number else {} for key, number in numbers.items()}
    whole = await client.batch("/invoices", sorted({key for rows in candidates.values() for key in rows}))
    answers: dict[str, Found] = {}
    for draft in drafts:
        rows = [whole[key] for key in candidates[draft.key] if key in whole and reading.is_live(whole[key])]
        ours = (reading.sent_invoice(row) for row in rows if reading.invoice_mark(row) == draft.key)
        found = _one(ours, FindCertainty.MARKED)
        if found is None:
            alike = (reading.sent_invoice(row) for row in rows if _is_alike(draft, row))
            found = _one(alike, FindCertainty.MATCHED)
        if found is not None:
            answers[draft.key] = found
    return answers


async def _ask_each(client: Client, kind: str, drafts: Sequence[InvoiceDraft], book: InvoiceBook) -> None:
    async def ask(asked: str) -> list[Row]:
        return await client.everything("/invoices", {"types": kind, "originalInvoiceNumber": asked})

    numbers = list(dict.fromkeys(draft.invoice.number.strip() for draft in drafts if draft.invoice.number.strip()))
    for rows in await gather(ask, numbers):
        for row in rows:
            book.add(row)


def _is_alike(draft: InvoiceDraft, row: Row) -> bool:
    if reading.invoice_mark(row) or reading.signed_total(row) != total_of(draft):
        return False
    partner = identity(row.get("partnerId"))
    if partner and draft.party_id:
        return partner == draft.party_id
    address = (row.get("counterParty") or {}).get("counterPartyAddress") or {}
    return folded(text(address.get("name"))) == folded(draft.invoice.party.name)


# --- payments ------------------------------------------------------------------------------------------------


async def find_payments(client: Client, drafts: Sequence[PaymentDraft]) -> dict[str, Found]:
    """Return the payments whose every part Procountor holds; one that is there in part is sent on, not again."""
    ids = sorted({each.document_id for draft in drafts for each in draft.allocations if each.document_id.isdigit()})
    held = await client.batch("/invoices", ids)
    known = [each for each in ids if each in held]
    events = dict(zip(known, await gather(lambda key: reading.read_events(client, key), known), strict=True))
    answers: dict[str, Found] = {}
    for draft in drafts:
        parts = [part_of(draft, at, events.get(each.document_id, ())) for at, each in enumerate(draft.allocations)]
        if not parts or not all(parts):
            continue
        is_marked = all(part[0].mark for part in parts)
        certainty = FindCertainty.MARKED if is_marked else FindCertainty.MATCHED
        others = tuple(sent_payment([each]) for each in parts[0][1:]) if len(parts) == 1 and not is_marked else ()
        answers[draft.key] = Found(sent=sent_payment([part[0] for part in parts]), certainty=certainty, others=others)
    return answers


def part_of(draft: PaymentDraft, at: int, events: Sequence[Event]) -> list[Event]:
    """Return the events that one part of a payment is: those with our mark, else of the same day and amount."""
    marked = [each for each in events if each.mark == event_key(draft, at)]
    if marked:
        return marked
    day, amount = draft.payment.date.isoformat(), event_amount(draft.allocations[at])
    return [each for each in events if not each.mark and (each.day, each.amount) == (day, amount)]


def sent_payment(parts: Sequence[Event]) -> Sent:
    """Return the parts of one payment as a record in the target; several keys stand in one id."""
    total = sum((abs(each.amount) for each in parts), ZERO)
    return Sent(target_id=reading.ID_SEPARATOR.join(each.key for each in parts), totals=Totals(gross=total))


# --- parties and items ---------------------------------------------------------------------------------------

_FINNISH = re.compile(r"(?:FI)?\s*(\d{7})-?(\d)", re.IGNORECASE)


def identifiers_of(draft: PartyDraft) -> list[str]:
    """Return the identifiers under which a party may stand in the register; a Finnish VAT number in both forms."""
    found: list[str] = []
    for given in (draft.party.registry_code, draft.party.vat_number):
        compact = "".join(given.split())
        finnish = _FINNISH.fullmatch(compact)
        if finnish is not None:
            found += [f"{finnish[1]}-{finnish[2]}", f"FI{finnish[1]}{finnish[2]}"]
        elif compact:
            found.append(compact)
    return list(dict.fromkeys(found))


def same_identifier(value: str) -> str:
    """Return an identifier as it is compared: a Finnish VAT number is its business id.

    >>> same_identifier("FI12345671"), same_identifier("1234567-1"), same_identifier("ee 100 200 30")
    ('1234567-1', '1234567-1', 'EE10020030')
    """
    compact = "".join(value.split()).upper()
    finnish = _FINNISH.fullmatch(compact)
    return f"{finnish[1]}-{finnish[2]}" if finnish else compact


async def find_parties(client: Client, drafts: Sequence[PartyDraft]) -> dict[str, Found]:
    """Return the parties that Procountor holds already: by business id or VAT number, else by the very same name.

    A name alone never finds a partner that bears another identifier than the party's.
    """
    kind = PARTNER_TYPES[drafts[0].role]
    by_code: defaultdict[Hashable, dict[str, PartnerRow]] = defaultdict(dict)
    by_name: defaultdict[str, dict[str, PartnerRow]] = defaultdict(dict)
    for row in await _partners(client, kind, drafts):
        found = reading.read_partner(row)
        if found.identifier:
            by_code[same_identifier(found.identifier)][found.key] = found
        by_name[folded(found.name)][found.key] = found
    answers: dict[str, Found] = {}
    for draft in drafts:
        codes = {same_identifier(each) for each in identifiers_of(draft)}
        rows = [row for code in sorted(codes) for row in by_code.get(code, {}).values()]
        if not rows:
            named = by_name.get(folded(draft.party.name), {}).values()
            rows = [row for row in named if not codes or not row.identifier]
        match = _one((row.sent() for row in rows), FindCertainty.MATCHED)
        if match is not None:
            answers[draft.key] = match
    return answers


async def _partners(client: Client, kind: str, drafts: Sequence[PartyDraft]) -> list[Row]:
    """Return the partners that may be meant. Names and identifiers are asked by header, never in the address."""
    if len(drafts) > FEW:
        return await client.everything("/businesspartners", {"type": kind})
    questions = [{"identifier": each} for draft in drafts for each in identifiers_of(draft)]
    questions += [{"name": " ".join(draft.party.name.split())} for draft in drafts if draft.party.name.strip()]
    found: dict[str, Row] = {}
    for headers in questions:
        for row in await client.everything("/businesspartners", {"type": kind}, headers):
            found[identity(row.get("id"))] = row
    return list(found.values())


async def find_items(client: Client, drafts: Sequence[ItemDraft]) -> dict[str, Found]:
    """Return the products that Procountor holds already; code and register are their identity."""
    wanted: dict[str, tuple[str, str]] = {}
    for draft in drafts:
        try:
            wanted[draft.key] = (product_type(draft), folded(item_code(draft)))
        except Unsupported:
            continue  # what cannot be written was not written; `send` says so for this draft alone
    questions: list[dict[str, str]] = [{}]
    if len(wanted) <= FEW:
        questions = [{"type": product_type(each), "code": item_code(each)} for each in drafts if each.key in wanted]
    by_code: defaultdict[tuple[str, str], dict[str, Sent]] = defaultdict(dict)
    for params in questions:
        for row in await client.everything("/products", params):
            key, code = identity(row.get("id")), text(row.get("code"))
            by_code[text(row.get("type")), folded(code)][key] = Sent(target_id=key, number=code)
    answers: dict[str, Found] = {}
    for key, sign in wanted.items():
        found = _one(by_code.get(sign, {}).values(), FindCertainty.MATCHED)
        if found is not None:
            answers[key] = found
    return answers
