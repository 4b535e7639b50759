"""Looks for drafts in Merit: by our mark where a field bears it, then by what makes a record the same."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from tilisilta.connectors.merit import assumptions, mapper
from tilisilta.connectors.merit.lists import Lists
from tilisilta.connectors.merit.wire import BatchRead, InvoiceRead, ItemRead, read_date
from tilisilta.connectors.merit.write_invoice import sign_of, total_of
from tilisilta.connectors.merit.write_others import item_code
from tilisilta.core.documents import Direction
from tilisilta.core.errors import Unsupported
from tilisilta.core.mapping.draft import InvoiceDraft, ItemDraft, JournalEntryDraft, PartyDraft
from tilisilta.kit.days import KnownDays
from tilisilta.kit.gather import gather
from tilisilta.kit.marker import read_marker
from tilisilta.kit.values import decimal, text
from tilisilta.ports import FindCertainty, Found, Sent

MOST_KEPT = 25_000

D = TypeVar("D", InvoiceDraft, PartyDraft, ItemDraft, JournalEntryDraft)


class Matches:
    """Collects what was seen in a list and answers for each draft."""

    def __init__(self) -> None:
        self._marked: defaultdict[str, dict[str, Sent]] = defaultdict(dict)
        self._alike: defaultdict[Hashable, dict[str, Sent]] = defaultdict(dict)

    def __len__(self) -> int:
        return len(self._marked) + len(self._alike)

    def marked(self, key: str, sent: Sent) -> None:
        """A record that bears our key."""
        self._marked[key][sent.target_id] = sent

    def alike(self, sign: Hashable, sent: Sent) -> None:
        """A record without our key; `sign` is what makes it the same as a draft."""
        self._alike[sign][sent.target_id] = sent

    def found(self, key: str, signs: Iterable[Hashable]) -> Found | None:
        """Return what there is for a draft, or None when certainly nothing is."""
        if key in self._marked:
            first, *others = self._marked[key].values()
            return Found(sent=first, certainty=FindCertainty.MARKED, others=tuple(others))
        for sign in signs:
            if sign in self._alike:
                first, *others = self._alike[sign].values()
                return Found(sent=first, certainty=FindCertainty.MATCHED, others=tuple(others))
        return None

    def answers(self, drafts: Sequence[D], signs: Callable[[D], Iterable[Hashable]]) -> dict[str, Found]:
        """Return what there is for each draft that has something."""
        found = {draft.key: self.found(draft.key, signs(draft)) for draft in drafts}
        return {key: each for key, each in found.items() if each is not None}


class DayBook(KnownDays):
    """What a list showed of some days, so that each day is asked for once while only we add to it."""

    def __init__(self) -> None:
        super().__init__()
        self.matches = Matches()

    @property
    def is_full(self) -> bool:
        """Return whether it holds so much that it is better begun anew."""
        return len(self.matches) > MOST_KEPT


def same_name(name: str) -> str:
    """Return a name as it is compared: without regard to case and spaces."""
    return " ".join(name.casefold().split())


# --- invoices ------------------------------------------------------------------------------------------------


async def find_invoices(lists: Lists, drafts: Sequence[InvoiceDraft], book: DayBook) -> dict[str, Found]:
    """Return the invoices that Merit holds already, by draft key.

    A few numbered sales invoices are asked for by number and customer, all others through the list of their days. The
    list of purchases shows no comment, so that what looks the same there is opened for our key.
    """
    direction = drafts[0].invoice.direction
    is_sales = direction is Direction.SALES
    matches = book.matches
    if is_sales and len(drafts) <= assumptions.FEW and all(draft.invoice.number for draft in drafts):
        matches = Matches()
        questions = {(draft.invoice.number, draft.party_id) for draft in drafts}
        for rows in await gather(lambda question: lists.numbered(*question), sorted(questions)):
            _note(matches, rows)
    else:
        for first, last in book.unread(draft.invoice.date for draft in drafts):
            _note(matches, await lists.invoices(direction, first, last))
            book.note(first, last)
    found = matches.answers(drafts, lambda draft: (_sign_of_draft(draft),))
    return found if is_sales else await _opened(lists, found)


def _note(matches: Matches, rows: Iterable[InvoiceRead]) -> None:
    for row in rows:
        sent = mapper.sent_invoice(row)
        key = read_marker(row.f_comment) or read_marker(row.h_comment)
        if key:
            matches.marked(key, sent)
        else:
            matches.alike(_sign_of_row(row), sent)


def _sign_of_row(row: InvoiceRead) -> Hashable:
    total = decimal(row.total_sum, "TotalSum")
    day = None if row.number else read_date(row.document_date, "DocumentDate")
    return _number(row.number), row.partner_id, abs(total), total < 0, day


def _sign_of_draft(draft: InvoiceDraft) -> Hashable:
    invoice, total = draft.invoice, total_of(draft.invoice)
    day = None if invoice.number else invoice.date
    is_negative = total < 0 or (not total and sign_of(invoice) < 0)
    return _number(invoice.number), draft.party_id.lower(), abs(total), is_negative, day


def _number(number: str) -> str:
    return "".join(number.split()).casefold()


async def _opened(lists: Lists, found: dict[str, Found]) -> dict[str, Found]:
    """Return what is left of purchases that look the same once their comments are read.

    One that bears another document's key of ours is nobody's match.
    """

    async def marked(key: str) -> tuple[str, str]:
        detail = await lists.invoice(Direction.PURCHASE, key)
        return key, read_marker(detail.header.h_comment) if detail else ""

    candidates = {each.target_id for one in found.values() for each in (one.sent, *one.others)}
    marks = dict(await gather(marked, sorted(candidates)))
    answers: dict[str, Found] = {}
    for key, one in found.items():
        every = (one.sent, *one.others)
        ours = [each for each in every if marks[each.target_id] == key]
        left = ours or [each for each in every if not marks[each.target_id]]
        if left:
            certainty = FindCertainty.MARKED if ours else FindCertainty.MATCHED
            answers[key] = Found(sent=left[0], certainty=certainty, others=tuple(left[1:]))
    return answers


# --- parties and items ---------------------------------------------------------------------------------------


async def find_parties(lists: Lists, drafts: Sequence[PartyDraft]) -> dict[str, Found]:
    """Return the cards that Merit holds already: by our key, registry code, else the very same name.

    Names are unique in Merit, so that a card of the same name is the same one or stands in its way; but two of one name
    with different registry codes are not the same.
    """
    matches = Matches()
    role = drafts[0].role
    questions: list[dict[str, str] | None] = [None]
    if len(drafts) <= assumptions.FEW:
        codes = {draft.party.registry_code for draft in drafts if draft.party.registry_code}
        names = {" ".join(draft.party.name.split()) for draft in drafts}
        questions = [*({"RegNo": code} for code in sorted(codes)), *({"Name": name} for name in sorted(names) if name)]
    for rows in await gather(lambda question: lists.partners(role, question), questions):
        for row in rows:
            sent = Sent(target_id=row.key, number=text(row.name))
            mark, code, name = mapper.party_mark(row), text(row.reg_no), same_name(text(row.name))
            if mark:
                matches.marked(mark, sent)
            if code:
                matches.alike(("code", code), sent)
            matches.alike(("name", name, code), sent)
            matches.alike(("any", name), sent)
    return matches.answers(drafts, _signs_of_party)


def _signs_of_party(draft: PartyDraft) -> tuple[Hashable, ...]:
    code, name = draft.party.registry_code, same_name(draft.party.name)
    if code:
        return ("code", code), ("name", name, "")
    return (("any", name),)


async def find_items(lists: Lists, drafts: Sequence[ItemDraft]) -> dict[str, Found]:
    """Return the articles that Merit holds already; the server looks for codes anywhere in the text, we do not."""
    matches = Matches()
    codes = [code for draft in drafts for code in _codes(draft)]
    questions = [{"Code": code} for code in dict.fromkeys(codes)] if len(codes) <= assumptions.FEW else [{}]
    for rows in await gather(lambda question: lists.client.rows("getitems", question, ItemRead), questions):
        for row in rows:
            code = text(row.code)
            matches.alike(code.casefold(), Sent(target_id=code, number=code))
    return matches.answers(drafts, lambda draft: [code.casefold() for code in _codes(draft)])


def _codes(draft: ItemDraft) -> tuple[str, ...]:
    try:
        return (item_code(draft.item, draft.extra),)
    except Unsupported:
        return ()  # what cannot be written was not written; `send` says so for this draft alone


# --- journal entries -----------------------------------------------------------------------------------------


async def find_batches(lists: Lists, drafts: Sequence[JournalEntryDraft]) -> dict[str, Found]:
    """Return the ledger batches that Merit holds already: by our key in a memo, nothing else makes them the same."""
    matches = Matches()
    days = KnownDays()
    for first, last in days.unread(draft.entry.date for draft in drafts):
        async for rows in lists.full_batches(first, last):
            for row in rows:
                if mark := batch_mark(row):
                    matches.marked(mark, mapper.sent_batch(row))
    return matches.answers(drafts, lambda _draft: ())


def batch_mark(row: BatchRead) -> str:
    """Return our key in the memos of a batch, or an empty one."""
    return next((mark for each in row.entries or () if (mark := read_marker(each.memo))), "")
