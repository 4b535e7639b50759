"""A document in the hands of a run, between its row in the store and its delivery."""

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from decimal import Decimal

from tilisilta.core.documents import Document, DocumentKind, Invoice, Item, JournalEntry, Party, Payment, document_key
from tilisilta.core.mapping.draft import Draft
from tilisilta.core.money import amount_minor
from tilisilta.core.problems import Problem


def delivery_key(salt: str, kind: DocumentKind, source_id: str) -> str:
    """Return the idempotency key of a document: the same whenever it is asked for, short enough for a comment field.

    A store that was restored from a backup, or set up again, gives a document the key under which it may be at the
    target already.

    Args:
        salt: Names the pair of systems (`Integration.settings["salt"]`).
        kind: Kind of the document.
        source_id: Its id at the source.
    """
    return hashlib.sha256(f"{salt}|{kind}|{source_id}".encode()).hexdigest()[:16]


@dataclass(slots=True, eq=False)
class Work:
    """One document on its way. `delivery_id` is 0 until its delivery is stored."""

    kind: DocumentKind
    source_id: str
    document: Document
    document_id: int = 0
    delivery_id: int = 0
    state: str = ""
    key: str = ""
    attempt: int = 0
    version_hash: str = ""
    draft: Draft | None = None
    problems: tuple[Problem, ...] = ()
    skip_reason: str = ""
    skip_params: dict[str, str] = field(default_factory=dict)
    _summary: "Summary | None" = None

    @property
    def summary(self) -> "Summary":
        """The columns that lists show, worked out once."""
        if self._summary is None:
            self._summary = summarise(self.document)
        return self._summary


@dataclass(slots=True)
class Summary:
    """The columns that lists and totals need, of any kind of document."""

    number: str = ""
    date: dt.date | None = None
    due_date: dt.date | None = None
    party_name: str = ""
    party_key: str = ""
    currency: str = ""
    net_minor: int = 0
    vat_minor: int = 0
    gross_minor: int = 0


def expected_gross(document: Document) -> Decimal | None:
    """Return the total that the target must show for this document, or None when it has none."""
    if isinstance(document, Invoice):
        return document.gross + document.rounding
    if isinstance(document, Payment):
        return document.amount
    if isinstance(document, JournalEntry) and document.postings:
        return document.debit_total
    return None


# What a column of a list can hold. A document that is wrong in itself must still be listed, not stop the others.
_MOST_MINOR = 2**63 - 1
_TOO_MUCH = Decimal(10) ** 15


def _minor(amount: Decimal, currency: str) -> int:
    if abs(amount) >= _TOO_MUCH:
        return _MOST_MINOR if amount > 0 else -_MOST_MINOR
    return amount_minor(amount, currency)


def _cut(text: str, length: int) -> str:
    return text.replace("\x00", "")[:length]


def summarise(document: Document) -> Summary:
    """Return what lists show of a document, cut to what their columns hold; amounts in minor units."""
    if isinstance(document, Invoice):
        currency = document.currency
        return Summary(
            number=_cut(document.number, 100),
            date=document.date,
            due_date=document.due_date,
            party_name=_cut(document.party.name, 200),
            party_key=_cut(document_key(document.party), 200),
            currency=_cut(currency, 3),
            net_minor=_minor(document.net, currency),
            vat_minor=_minor(document.vat, currency),
            gross_minor=_minor(document.gross + document.rounding, currency),
        )
    if isinstance(document, Payment):
        minor = _minor(document.amount, document.currency)
        numbers = ", ".join(each.document_number for each in document.allocations if each.document_number)
        return Summary(
            number=_cut(document.number or numbers, 100),
            date=document.date,
            party_name=_cut(document.party.name, 200),
            party_key=_cut(document_key(document.party), 200)
            if document.party.name or document.party.source_id
            else "",
            currency=_cut(document.currency, 3),
            net_minor=minor,
            gross_minor=minor,
        )
    if isinstance(document, Party):
        return Summary(
            number=_cut(document.registry_code, 100),
            party_name=_cut(document.name, 200),
            party_key=_cut(document_key(document), 200),
        )
    if isinstance(document, Item):
        return Summary(number=_cut(document.code, 100), party_name=_cut(document.name, 200))
    return Summary(
        number=_cut(document.number, 100),
        date=document.date,
        party_name=_cut(document.description, 200),
        currency=_cut(document.currency, 3),
        gross_minor=_minor(document.debit_total, document.currency),
    )
