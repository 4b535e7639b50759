"""Rows that may be billed: what they are, in which period, with which text, and what keeps them from it."""

import contextlib
import datetime as dt
import hashlib
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

import msgspec

from tilisilta.core import billing as core
from tilisilta.core.billing import Kind, Part, Period, Rhythm, Terms
from tilisilta.core.mapping.tables import rate_text
from tilisilta.core.money import ZERO
from tilisilta.ports import CatalogueKind
from tilisilta.services.billing import classifiers
from tilisilta.services.billing.contracts import require_text
from tilisilta.services.billing.products import TREATMENT, terms_of, vat_rate_of
from tilisilta.services.billing.work import Measure, Source
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.settings import add_months
from tilisilta.store.models import Client, Company, Contract, ContractRow, SummaryDifference

LANGUAGES: Final = ("et", "fi", "en")
_OF_COUNTRY: Final = {"EE": "et", "FI": "fi"}


class Saying(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be told of a row: a code of `errors.MESSAGES` with what its text names."""

    code: str
    params: dict[str, Any] = {}

    def __str__(self) -> str:
        """Return the text in the active language."""
        return str(ServiceError(self.code, **self.params))


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a contract in one period, or one difference of it. With `problems` it cannot be billed yet."""

    key: str
    client: Client
    payer: Client
    contract: Contract
    row: ContractRow
    period: Period
    description: str
    quantity: Decimal
    parts: tuple[Part, ...]
    terms: Terms | None = None
    sources: tuple[Source, ...] = ()
    difference: SummaryDifference | None = None
    is_late: bool = False  # what was entered, changed or taken back after the period was billed
    problems: tuple[Saying, ...] = ()
    notes: tuple[Saying, ...] = ()

    @property
    def net(self) -> Decimal:
        """What it makes without VAT."""
        return sum((each.net for each in self.parts), ZERO)

    @property
    def is_billable(self) -> bool:
        return not self.problems


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """What one payer would be billed."""

    payer: Client
    proposals: tuple[Proposal, ...]

    @property
    def net(self) -> Decimal:
        """The sum without VAT of what can be billed."""
        return sum((each.net for each in self.proposals if each.is_billable), ZERO)

    @property
    def is_credit(self) -> bool:
        """Whether more goes back to the payer than it is to pay: then a credit note is made."""
        return self.net < 0


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """All bills of a window. `fingerprint` changes with anything that would be billed."""

    window: Period
    bills: tuple[Bill, ...]
    notes: tuple[tuple[str, Saying], ...] = ()  # whom or what it is about, and what is told
    fingerprint: str = ""

    @property
    def proposals(self) -> list[Proposal]:
        return [each for bill in self.bills for each in bill.proposals]

    @property
    def net(self) -> Decimal:
        return sum((bill.net for bill in self.bills), ZERO)


def periods_of(contract: Contract, row: ContractRow, window: Period) -> list[Period]:
    """Return the periods of a row that come to be billed in a window.

    What is measured is known only when its period has ended, so it is billed afterwards whatever the contract says.
    """
    starts = max(each for each in (contract.starts_on, row.starts_on) if each is not None)
    ends = min((each for each in (contract.ends_on, row.ends_on) if each is not None), default=None)
    in_advance = contract.bills_in_advance and not Kind(row.product.kind).is_measured
    return core.periods_due(Rhythm(contract.period), starts, ends, window, in_advance=in_advance)


def period_in(contract: Contract, row: ContractRow, month: dt.date) -> Period | None:
    """Return the period of a row that a month lies in; None when the row does not hold in it."""
    starts = max(each for each in (contract.starts_on, row.starts_on) if each is not None)
    ends = min((each for each in (contract.ends_on, row.ends_on) if each is not None), default=None)
    last = add_months(month, 1) - dt.timedelta(days=1)
    if not core.overlap(starts, ends, month, last):
        return None
    whole = core.period_of(month, Rhythm(contract.period))
    return Period(max(whole.first, starts), min(whole.last, ends) if ends else whole.last)


def problems_of(row: ContractRow, lists: classifiers.Lists, *, needs_classifiers: bool) -> Iterable[Saying]:
    """Yield what keeps a row from being billed, whatever its quantity."""
    product = row.product
    told = {"product": str(product)}
    kind = Kind(product.kind)
    if kind.counts_pieces and (product.field is None or product.field.deleted_at is not None):
        yield Saying(code="BILL_FIELD_GONE", params=told)
    if needs_classifiers:
        for name in classifiers.lacks(product.classifiers):
            listed = str(classifiers.NAMES[classifiers.OF_PRODUCT[name]])
            yield Saying(code="BILL_PRODUCT_LACKS", params={**told, "list": listed})
        for gone, code in classifiers.gone_of(product.classifiers, lists):
            named = {**told, "value": code, "list": str(classifiers.NAMES[gone])}
            yield Saying(code="BILL_CLASSIFIER_GONE", params=named)
    rate = vat_rate_of(product, lists)
    if rate is None:
        yield Saying(code="VAT_RATE_MISSING")
    elif rate == 0 and not product.classifiers.get(TREATMENT):
        yield Saying(code="VAT_REASON_MISSING")
    try:
        terms_of(row)
        require_text(row.description)
        require_text(row.contract.text)
    except ServiceError as error:
        yield Saying(code=error.code, params={name: str(value) for name, value in error.params.items()})


def notes_of(measure: Measure) -> tuple[Saying, ...]:
    found = [Saying(code="NOTE_TIMER_RUNS", params={"task": task.title}) for task in measure.running]
    if measure.missing:
        months = ", ".join(f"{month:%Y-%m}" for month in measure.missing)
        found.append(Saying(code="NOTE_SUMMARY_MISSING", params={"months": months}))
    return tuple(found)


def language_of(client: Client, company: Company) -> str:
    """Return the language in which a client reads its invoices: its own, else that of its country, else English."""
    wanted = client.language.lower()[:2] or _OF_COUNTRY.get((client.country or company.country).upper(), "en")
    return wanted if wanted in LANGUAGES else "en"


def words_for(
    contract: Contract, row: ContractRow | None, period: Period, quantity: Decimal, payer: Client
) -> dict[str, str]:
    """Return what placeholders stand for, in the payer's language; a product's name may hold some itself."""
    language = language_of(payer, contract.company)
    words = {
        **core.period_words(period, language),
        "quantity": core.quantity_words(quantity, language),
        "unit": row.product.unit if row is not None else "",
        "client": contract.client.name,
        "contract": contract.number,
    }
    name = row.product.name if row is not None else ""
    with contextlib.suppress(core.PlaceholderUnknown):
        name = core.fill_text(name, words)
    return {**words, "product": name}


def describe(contract: Contract, row: ContractRow, period: Period, quantity: Decimal, payer: Client) -> str:
    """Return an invoice row's text; without one of its own: the product and the period, and of whom when another pays.

    A text with a placeholder that there is none of stays as it was written; such a row is not billed.
    """
    words = words_for(contract, row, period, quantity, payer)
    # A name that says the period itself need not be followed by it.
    named = "{product}, {period}" if words["product"] == row.product.name else "{product}"
    text = row.description or (named if contract.client_id == payer.pk else "{client}: " + named)
    try:
        return core.fill_text(text, words)
    except core.PlaceholderUnknown:
        return text


def fingerprint_of(proposals: Iterable[Proposal]) -> str:
    """Return what tells one set of rows from another: their keys, quantities, prices and texts."""
    facts = sorted(
        (
            each.key,
            str(each.quantity),
            each.payer.pk,
            each.description,
            [[str(part.quantity), str(part.unit_price), str(part.net)] for part in each.parts],
            [problem.code for problem in each.problems],
        )
        for each in proposals
    )
    return hashlib.sha256(msgspec.json.encode(facts)).hexdigest()[:32]


def vat_name(proposal: Proposal, lists: classifiers.Lists) -> str:
    """Return how the VAT code of a row is called in the books; its rate where none is chosen."""
    product = proposal.row.product
    entry = lists[CatalogueKind.VAT_CODES].get(str(product.classifiers.get("vat_code", "")))
    if entry is not None:
        return entry.label
    rate = vat_rate_of(product, lists)
    return "" if rate is None else f"{rate_text(rate)} %"
