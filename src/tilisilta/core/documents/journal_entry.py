"""Journal entries: balanced sets of postings."""

import datetime as dt
from decimal import Decimal

import msgspec

from tilisilta.core.documents.dimension import DimensionValue
from tilisilta.core.documents.invoice import Direction
from tilisilta.core.money import ZERO
from tilisilta.core.vat.treatment import VatTreatment


class Posting(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One debit or credit; exactly one of the two amounts is not zero."""

    account: str
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    description: str = ""
    vat_rate: Decimal | None = None
    vat_code: str = ""
    vat_treatment: VatTreatment | None = None
    dimensions: tuple[DimensionValue, ...] = ()
    document_source_id: str = ""


class JournalEntry(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A balanced entry. `side` is set when it sums up sales or purchases of a period.

    `replaces` is the source id of an entry that this one takes the place of; without postings it only withdraws it.
    """

    source_id: str
    date: dt.date
    description: str = ""
    number: str = ""
    currency: str = "EUR"
    postings: tuple[Posting, ...] = ()
    period_from: dt.date | None = None
    period_to: dt.date | None = None
    side: Direction | None = None
    replaces: str = ""
    extra: dict[str, str] = {}

    @property
    def debit_total(self) -> Decimal:
        return sum((posting.debit for posting in self.postings), ZERO)

    @property
    def credit_total(self) -> Decimal:
        return sum((posting.credit for posting in self.postings), ZERO)
