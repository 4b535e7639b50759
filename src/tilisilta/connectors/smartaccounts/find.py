"""Looks for drafts in SmartAccounts: by our mark in the comment first, then by what makes a record the same."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import TypeVar

from tilisilta.connectors.smartaccounts import mapper
from tilisilta.connectors.smartaccounts.client import Client
from tilisilta.connectors.smartaccounts.wire import ArticleRead, InvoiceRead, PartnerRead, PaymentRead, wire_date
from tilisilta.connectors.smartaccounts.write_invoice import service_of, total_of
from tilisilta.connectors.smartaccounts.write_others import (
    ARTICLES_SERVICE,
    CLIENTS_SERVICE,
    PAYMENTS_SERVICE,
    VENDORS_SERVICE,
    article_code,
)
from tilisilta.core.documents import Direction, PartyRole, PaymentDirection
from tilisilta.core.errors import Unsupported
from tilisilta.core.mapping.draft import InvoiceDraft, ItemDraft, PartyDraft, PaymentDraft
from tilisilta.kit.days import KnownDays
from tilisilta.kit.marker import read_marker
from tilisilta.kit.values import decimal, identity, text
from tilisilta.ports import FindCertainty, Found, Sent

# Below this many drafts each is asked for by itself; above, the list is walked.
FEW = 4
# Records kept of the days that were listed; some 20 MB.
MOST_KEPT = 25_000

D = TypeVar("D", InvoiceDraft, PaymentDraft, PartyDraft, ItemDraft)


class Matches:
    """Collects what was seen in a list and answers for each draft."""

    def __init__(self) -> None:
        self._marked: defaultdict[str, dict[str, Sent]] = defaultdict(dict)
        self._alike: defaultdict[Hashable, dict[str, Sent]] = defaultdict(dict)

    def marked(self, key: str, sent: Sent) -> None:
        """A record that bears our key."""
        self._marked[key][sent.target_id] = sent

    def alike(self, sign: Hashable, sent: Sent) -> None:
        """A record without our key; `sign` is what makes it the same as a draft."""
        self._alike[sign][sent.target_id] = sent

    def __len__(self) -> int:
        return len(self._marked) + len(self._alike)

    @property
    def keys(self) -> AbstractSet[str]:
        """Our keys that records bear."""
        return self._marked.keys()

    def has_all(self, keys: set[str]) -> Callable[[], bool]:
        """Return a question: do records bear all of these keys?"""
        return lambda: keys <= self._marked.keys()

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


def sent_invoice(wire: InvoiceRead) -> Sent:
    """Return a listed invoice as a record in the target."""
    return Sent(
        target_id=identity(wire.id),
        number=text(wire.invoice_number) or text(wire.number),
        totals=mapper.read_totals(wire),
    )


async def find_invoices(client: Client, drafts: Sequence[InvoiceDraft], book: DayBook) -> dict[str, Found]:
    """Return the invoices that SmartAccounts holds already, by draft key.

    A record that bears another document's key of ours is nobody's match.
    """
    direction = drafts[0].invoice.direction
    keys = {draft.key for draft in drafts}
    matches = book.matches
    for first, last in book.unread(draft.invoice.date for draft in drafts):
        params = {"dateFrom": wire_date(first), "dateTo": wire_date(last), "dateType": "date", "fetchComments": "true"}
        of_one_party = len(drafts) == 1
        if of_one_party:
            params["clientId" if direction is Direction.SALES else "vendorId"] = drafts[0].party_id
        async for page in client.settled_pages(
            service_of(direction), params, InvoiceRead, enough=matches.has_all(keys)
        ):
            for row in page.rows:
                key = read_marker(row.comment)
                if key:
                    matches.marked(key, sent_invoice(row))
                else:
                    matches.alike(_sign_of_row(row, direction), sent_invoice(row))
        if not of_one_party and not keys <= matches.keys:
            book.note(first, last)
    return _answers(drafts, matches, lambda draft: (_sign_of_draft(draft),))


def _sign_of_row(row: InvoiceRead, direction: Direction) -> Hashable:
    party, shown = (row.client_id, row.client) if direction is Direction.SALES else (row.vendor_id, row.vendor)
    if party is None and isinstance(shown, dict):
        party = shown.get("id")
    total = decimal(row.total_amount, "totalAmount")
    is_credit = text(row.type).upper() == "CRE" or (direction is Direction.PURCHASE and total < 0)
    return _number(text(row.invoice_number)), identity(party), abs(total), is_credit


def _sign_of_draft(draft: InvoiceDraft) -> Hashable:
    invoice = draft.invoice
    return _number(invoice.number), draft.party_id, abs(total_of(invoice)), invoice.is_credit_note


def _number(number: str) -> str:
    return "".join(number.casefold().split())


# --- payments ------------------------------------------------------------------------------------------------


def sent_payment(wire: PaymentRead) -> Sent:
    """Return a listed payment as a record in the target."""
    return Sent(target_id=identity(wire.id), number=text(wire.number))


async def find_payments(client: Client, drafts: Sequence[PaymentDraft], book: DayBook) -> dict[str, Found]:
    """Return the payments that SmartAccounts holds already, by draft key."""
    keys = {draft.key for draft in drafts}
    matches = book.matches
    for first, last in book.unread(draft.payment.date for draft in drafts):
        params = {
            "dateFrom": wire_date(first),
            "dateTo": wire_date(last),
            "dateType": "date",
            "fetchComments": "true",
            "fetchRows": "true",
        }
        async for page in client.settled_pages(PAYMENTS_SERVICE, params, PaymentRead, enough=matches.has_all(keys)):
            for row in page.rows:
                key = read_marker(row.comment)
                if key:
                    matches.marked(key, sent_payment(row))
                else:
                    matches.alike(_sign_of_payment(row), sent_payment(row))
        if not keys <= matches.keys:
            book.note(first, last)
    return _answers(drafts, matches, lambda draft: (_sign_of_payment_draft(draft),))


def _sign_of_payment(row: PaymentRead) -> Hashable:
    rows = frozenset((identity(each.id), decimal(each.amount, "rows.amount")) for each in row.rows or ())
    party = identity(row.client_id) or identity(row.vendor_id)
    return mapper.read_day(row.date), party, decimal(row.amount, "amount"), text(row.partner_type).upper(), rows


def _sign_of_payment_draft(draft: PaymentDraft) -> Hashable:
    payment = draft.payment
    rows: frozenset[tuple[str, Decimal]] = frozenset(
        (each.document_id, each.allocation.amount) for each in draft.allocations if each.document_id
    )
    kind = "CLIENT" if payment.direction is PaymentDirection.INCOMING else "VENDOR"
    return payment.date, draft.party_id, payment.amount, kind, rows


# --- parties and items ---------------------------------------------------------------------------------------


async def find_parties(client: Client, drafts: Sequence[PartyDraft]) -> dict[str, Found]:
    """Return the parties that SmartAccounts holds already: by our key, registry code, else the very same name.

    Two parties of one name with different registry codes are not the same.
    """
    service = CLIENTS_SERVICE if drafts[0].role is PartyRole.CUSTOMER else VENDORS_SERVICE
    keys = {draft.key for draft in drafts}
    matches = Matches()
    for params in _party_questions(drafts):
        async for page in client.settled_pages(service, {**params, "fetchComments": "true"}, PartnerRead):
            for row in page.rows:
                sent = Sent(target_id=identity(row.id), number=text(row.name))
                key, code, name = read_marker(row.comment), text(row.reg_code), same_name(text(row.name))
                if key in keys:
                    matches.marked(key, sent)
                if code:
                    matches.alike(("code", code), sent)
                matches.alike(("name", name, code), sent)
                matches.alike(("any", name), sent)
    return _answers(drafts, matches, _signs_of_party)


def _signs_of_party(draft: PartyDraft) -> tuple[Hashable, ...]:
    code, name = draft.party.registry_code, same_name(draft.party.name)
    if code:
        return ("code", code), ("name", name, "")
    return (("any", name),)


def _party_questions(drafts: Sequence[PartyDraft]) -> list[dict[str, str]]:
    if len(drafts) > FEW:
        return [{}]
    wanted = dict.fromkeys(
        each for draft in drafts for each in (draft.party.registry_code, " ".join(draft.party.name.split())) if each
    )
    return [{"nameOrRegCode": each} for each in wanted]


async def find_items(client: Client, drafts: Sequence[ItemDraft]) -> dict[str, Found]:
    """Return the articles that SmartAccounts holds already; their code is their identity."""
    matches = Matches()
    codes = [code for draft in drafts for code in _codes(draft)]
    questions: list[dict[str, str]] = [{}] if len(drafts) > FEW else [{"code": code} for code in dict.fromkeys(codes)]
    for params in questions:
        async for page in client.settled_pages(ARTICLES_SERVICE, params, ArticleRead):
            for row in page.rows:
                code = text(row.code)
                matches.alike(code, Sent(target_id=code, number=code))
    return _answers(drafts, matches, _codes)


def _codes(draft: ItemDraft) -> tuple[str, ...]:
    try:
        return (article_code(draft),)
    except Unsupported:
        return ()  # what cannot be written was not written; `send` says so for this draft alone


def _answers(drafts: Sequence[D], matches: Matches, signs: Callable[[D], Iterable[Hashable]]) -> dict[str, Found]:
    answers: dict[str, Found] = {}
    for draft in drafts:
        found = matches.found(draft.key, signs(draft))
        if found is not None:
            answers[draft.key] = found
    return answers
