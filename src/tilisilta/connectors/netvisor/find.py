"""Looks for drafts in Netvisor: by our mark first, then by what makes a record the same."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from decimal import Decimal

from tilisilta.connectors.netvisor import ledger, reading
from tilisilta.connectors.netvisor.amounts import sign_of
from tilisilta.connectors.netvisor.client import Client
from tilisilta.connectors.netvisor.ledger import Voucher
from tilisilta.connectors.netvisor.lists import Lists
from tilisilta.connectors.netvisor.reading import InvoiceDetail, InvoiceRow, PaymentRow
from tilisilta.connectors.netvisor.write_others import item_code, payment_key
from tilisilta.connectors.netvisor.write_voucher import is_withdrawal, lines_of
from tilisilta.core.documents import PartyRole
from tilisilta.core.errors import Unsupported
from tilisilta.core.mapping.draft import InvoiceDraft, ItemDraft, JournalEntryDraft, PartyDraft, PaymentDraft
from tilisilta.kit.days import KnownDays, date_ranges
from tilisilta.ports import FindCertainty, Found, Sent, Totals

# Below this many drafts each is asked for by itself; above, the list is walked.
FEW = 4
KEY_SEPARATOR = ","


class InvoiceBook:
    """The invoices of the days that were listed so far."""

    def __init__(self) -> None:
        self.days = KnownDays()
        self.by_number: defaultdict[str, dict[str, InvoiceRow]] = defaultdict(dict)
        self.by_total: defaultdict[Hashable, dict[str, InvoiceRow]] = defaultdict(dict)

    def add(self, row: InvoiceRow) -> None:
        """Keep one invoice."""
        self.by_number[row.number.casefold()][row.key] = row
        self.by_total[row.date, row.total][row.key] = row


def _one(found: Iterable[Sent], certainty: FindCertainty) -> Found | None:
    records = list({each.target_id: each for each in found}.values())
    if not records:
        return None
    return Found(sent=records[0], certainty=certainty, others=tuple(records[1:]))


# --- vouchers ------------------------------------------------------------------------------------------------


async def find_vouchers(client: Client, drafts: Sequence[JournalEntryDraft]) -> dict[str, Found]:
    """Return the valid vouchers that bear the drafts' keys.

    A voucher that a draft is to replace counts only once it holds what the draft says: before that it is the old one.
    A draft that only withdraws a voucher is found when that one is not valid any more.
    """
    withdrawals = [draft for draft in drafts if is_withdrawal(draft)]
    answers = await _find_withdrawn(client, withdrawals) if withdrawals else {}
    drafts = [draft for draft in drafts if not is_withdrawal(draft)]
    marked: defaultdict[str, list[Voucher]] = defaultdict(list)
    for first, last in date_ranges(draft.entry.date for draft in drafts):
        for voucher in await ledger.read_days(client, first, last):
            if voucher.mark:
                marked[voucher.mark].append(voucher)
    for draft in drafts:
        replaced = draft.extra.get("replaces", "")
        vouchers = [each for each in marked[draft.key] if each.key != replaced or is_same(each, draft)]
        found = _one((each.sent() for each in vouchers), FindCertainty.MARKED)
        if found is not None:
            answers[draft.key] = found
    return answers


async def _find_withdrawn(client: Client, drafts: Sequence[JournalEntryDraft]) -> dict[str, Found]:
    keys = {draft.key: draft.extra.get("replaces", "") for draft in drafts}
    held = await ledger.read_keys(client, sorted({key for key in keys.values() if key}))
    return {
        ours: Found(sent=Sent(target_id=theirs, number=held[theirs].number), certainty=FindCertainty.MARKED)
        for ours, theirs in keys.items()
        if theirs in held and not held[theirs].is_valid
    }


def is_same(voucher: Voucher, draft: JournalEntryDraft) -> bool:
    """Return whether a voucher holds what a draft says: date, and amounts for each account and VAT code."""
    try:
        wanted = sorted(lines_of(draft))
    except Unsupported:
        return False
    held = sorted((line.account, line.vat_code, line.amount) for line in voucher.lines)
    return voucher.date == draft.entry.date and held == wanted


# --- invoices ------------------------------------------------------------------------------------------------


async def find_invoices(client: Client, drafts: Sequence[InvoiceDraft], book: InvoiceBook) -> dict[str, Found]:
    """Return the invoices that Netvisor holds already, by draft key.

    Lists show no texts, so those that could be ours by number or by date and total are read whole. One that bears
    another key of ours is nobody's match.
    """
    direction = drafts[0].invoice.direction
    for first, last in book.days.unread(draft.invoice.date for draft in drafts):
        for row in await reading.list_invoices(client, direction, first, last):
            book.add(row)
        book.days.note(first, last)
    candidates = {draft.key: _candidates(draft, book) for draft in drafts}
    keys = sorted({key for rows in candidates.values() for key in rows})
    details = await reading.invoice_details(client, direction, keys)
    answers: dict[str, Found] = {}
    for draft in drafts:
        rows = candidates[draft.key]
        found = _one((rows[key].sent() for key in rows if _mark(details, key) == draft.key), FindCertainty.MARKED)
        if found is None:
            alike = (rows[key].sent() for key in rows if _is_alike(draft, rows[key], details.get(key)))
            found = _one(alike, FindCertainty.MATCHED)
        if found is not None:
            answers[draft.key] = found
    return answers


def _total(draft: InvoiceDraft) -> Decimal:
    return (draft.invoice.gross + draft.invoice.rounding) * sign_of(draft.invoice)


def _candidates(draft: InvoiceDraft, book: InvoiceBook) -> dict[str, InvoiceRow]:
    by_number = book.by_number.get(draft.invoice.number.strip().casefold(), {})
    return {**by_number, **book.by_total.get((draft.invoice.date, _total(draft)), {})}


def _mark(details: dict[str, InvoiceDetail], key: str) -> str:
    return details[key].mark if key in details else ""


def _is_alike(draft: InvoiceDraft, row: InvoiceRow, detail: InvoiceDetail | None) -> bool:
    if row.number.casefold() != draft.invoice.number.strip().casefold() or row.total != _total(draft):
        return False
    if detail is None:
        return True
    return not detail.mark and detail.party_id in {"", draft.party_id}


# --- payments ------------------------------------------------------------------------------------------------


async def find_payments(client: Client, drafts: Sequence[PaymentDraft]) -> dict[str, Found]:
    """Return the payments whose every part Netvisor holds; one that is there in part is sent on, not again."""
    rows: list[PaymentRow] = []
    for first, last in date_ranges(draft.payment.date for draft in drafts):
        params = {"begindate": first.isoformat(), "enddate": last.isoformat()}
        rows += await reading.list_payments(client, params)
    marked: defaultdict[str, list[PaymentRow]] = defaultdict(list)
    for row in rows:
        marked[row.mark].append(row)
    answers: dict[str, Found] = {}
    for draft in drafts:
        found = _payment_found(draft, marked)
        if found is not None:
            answers[draft.key] = found
    return answers


def _payment_found(draft: PaymentDraft, marked: dict[str, list[PaymentRow]]) -> Found | None:
    parts = [marked.get(payment_key(draft, index), []) for index in range(len(draft.allocations))]
    if parts and all(parts):
        if len(parts) == 1:
            return _one((sent_payment([row]) for row in parts[0]), FindCertainty.MARKED)
        return Found(sent=sent_payment([rows[0] for rows in parts]), certainty=FindCertainty.MARKED)
    if any(parts) or len(draft.allocations) != 1:
        return None
    paid = draft.allocations[0].allocation
    alike = (
        sent_payment([row])
        for row in marked.get("", ())
        if paid.document_number
        and row.invoice_number == paid.document_number
        and (row.date, row.total) == (draft.payment.date, paid.amount)
    )
    return _one(alike, FindCertainty.MATCHED)


def sent_payment(rows: Sequence[PaymentRow]) -> Sent:
    """Return the parts of one payment as a record in the target; several keys stand in one id."""
    total = sum((row.total for row in rows), Decimal(0))
    return Sent(target_id=KEY_SEPARATOR.join(row.key for row in rows), totals=Totals(gross=total))


# --- parties and items ---------------------------------------------------------------------------------------


def same_name(name: str) -> str:
    """Return a name as it is compared: without regard to case and spaces."""
    return " ".join(name.casefold().split())


async def find_parties(client: Client, lists: Lists, drafts: Sequence[PartyDraft], *, fresh: bool) -> dict[str, Found]:
    """Return the parties that Netvisor holds already: by our key, business id, else the very same name.

    Two parties of one name with different business ids are not the same.
    """
    if drafts[0].role is PartyRole.SUPPLIER:
        vendors = (await lists.vendors(fresh=fresh)).values()
        marks = {row.vendor.key: row.mark for row in vendors if row.mark}
        parties = [(row.vendor.key, row.vendor.name, row.vendor.organisation_id) for row in vendors]
    else:
        customers = {
            row.key: row for word in _customer_words(drafts) for row in await reading.list_customers(client, word)
        }
        wanted = {same_name(draft.party.name) for draft in drafts} | {draft.party.registry_code for draft in drafts}
        near = [key for key, row in customers.items() if {same_name(row.name), row.organisation_id} & wanted]
        marks = await reading.customer_marks(client, near)
        parties = [(row.key, row.name, row.organisation_id) for row in customers.values()]
    return _parties(drafts, parties, marks)


def _customer_words(drafts: Sequence[PartyDraft]) -> list[str]:
    if len(drafts) > FEW:
        return [""]
    words = [word for draft in drafts for word in (draft.party.registry_code, " ".join(draft.party.name.split()))]
    return [word for word in dict.fromkeys(words) if word]


def _parties(
    drafts: Sequence[PartyDraft], parties: list[tuple[str, str, str]], marks: dict[str, str]
) -> dict[str, Found]:
    by_mark: defaultdict[str, list[Sent]] = defaultdict(list)
    by_sign: defaultdict[Hashable, list[Sent]] = defaultdict(list)
    for key, name, code in parties:
        sent = Sent(target_id=key, number=name)
        if key in marks:
            by_mark[marks[key]].append(sent)
        if code:
            by_sign["code", code].append(sent)
        by_sign["name", same_name(name), code].append(sent)
        by_sign["any", same_name(name)].append(sent)
    answers: dict[str, Found] = {}
    for draft in drafts:
        code, name = draft.party.registry_code, same_name(draft.party.name)
        signs: list[Hashable] = [("code", code), ("name", name, "")] if code else [("any", name)]
        found = _one(by_mark.get(draft.key, []), FindCertainty.MARKED)
        for sign in signs:
            found = found or _one(by_sign.get(sign, []), FindCertainty.MATCHED)
        if found is not None:
            answers[draft.key] = found
    return answers


async def find_items(client: Client, drafts: Sequence[ItemDraft]) -> dict[str, Found]:
    """Return the products that Netvisor holds already; their code is their identity."""
    codes: dict[str, str] = {}
    for draft in drafts:
        try:
            codes[draft.key] = item_code(draft)
        except Unsupported:
            continue  # what cannot be written was not written; `send` says so for this draft alone
    words = dict.fromkeys(codes.values()) if len(codes) <= FEW else [""]
    by_code: defaultdict[str, dict[str, Sent]] = defaultdict(dict)
    for word in words:
        for row in await reading.list_products(client, word):
            by_code[row.code.casefold()][row.key] = Sent(target_id=row.key, number=row.code)
    answers: dict[str, Found] = {}
    for key, code in codes.items():
        found = _one(by_code.get(code.casefold(), {}).values(), FindCertainty.MATCHED)
        if found is not None:
            answers[key] = found
    return answers
