"""Posting proposals: which account each row of an invoice goes to, and why. Nothing is stored here.

Of what is known about a row the most particular wins: the account that the row itself names, then the item's, then
where the same words of the same party were posted last, then the party's default account, then the one account that
everything of this party went to, then the usual account of its VAT treatment. What none of them tells stays empty, for
a person to fill.
"""

from collections.abc import Callable
from decimal import Decimal

import msgspec

from tilisilta.core.documents import Direction, Invoice, InvoiceLine, LineKind
from tilisilta.core.ledger import Booked, Choice, Part, PostingLine, bears_both_legs, difference, invoice_lines
from tilisilta.core.money import ZERO
from tilisilta.core.vat import VatTreatment, is_valid_rate, standard_rate
from tilisilta.formats.treatment import as_seen_by
from tilisilta.services.errors import ServiceError
from tilisilta.services.ledger import texts  # noqa: F401  its messages are known from here on
from tilisilta.services.ledger.accounts import AccountBook
from tilisilta.services.workspace.content import stored_invoice
from tilisilta.store.models import LedgerAccount, WorkspaceInvoice, WorkspaceItem

_TEXT_LENGTH = 200


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """The lines of an invoice with what keeps them from being posted as they are."""

    lines: tuple[PostingLine, ...]
    missing_accounts: int = 0
    missing_treatments: int = 0
    difference: Decimal = ZERO

    @property
    def is_ready(self) -> bool:
        """Whether the proposal may be posted as it stands; an invoice of nothing has no lines and may."""
        return not (self.missing_accounts or self.missing_treatments or self.difference)


def propose(row: WorkspaceInvoice, book: AccountBook | None = None) -> list[PostingLine]:
    """Return the proposed posting lines of an invoice in the books' currency, each with its reason.

    Args:
        row: The invoice.
        book: The company's accounts, when many invoices are proposed in a row.

    Raises:
        ServiceError: EXCHANGE_RATE_MISSING for an invoice in another currency without its rate.
    """
    invoice = stored_invoice(row)
    currency = row.company.base_currency or "EUR"
    if invoice.currency != currency and not invoice.exchange_rate:
        raise ServiceError("EXCHANGE_RATE_MISSING", number=row.number or row.party_name, currency=invoice.currency)
    chooser = _Chooser(row, invoice, book or AccountBook(row.company))
    lines = invoice_lines(invoice, chooser.choice(), books_currency=currency, deducts_vat=chooser.deducts_vat)
    return list(lines)


def proposal(row: WorkspaceInvoice, book: AccountBook | None = None) -> Proposal:
    """Return the proposal of an invoice with what it still lacks.

    Raises:
        ServiceError: EXCHANGE_RATE_MISSING.
    """
    lines = propose(row, book)
    return Proposal(
        lines=tuple(lines),
        missing_accounts=sum(not line.account for line in lines),
        missing_treatments=sum(line.part is Part.BASE and line.vat_treatment is None for line in lines),
        difference=difference(lines),
    )


class _Chooser:
    """Chooses the accounts of one invoice."""

    def __init__(self, row: WorkspaceInvoice, invoice: Invoice, book: AccountBook) -> None:
        self._row, self._invoice, self._book = row, invoice, book
        self._direction = invoice.direction
        self.deducts_vat = invoice.direction is Direction.SALES or bool(row.company.vat_number.strip())
        self._history = book.history_of(row)
        self._items = self._load_items()

    def choice(self) -> Choice:
        return Choice(
            row=self._booked,
            part=lambda part, treatment, rate: self._book.part(part, self._direction, treatment, rate),
        )

    def _load_items(self) -> dict[str, int | None]:
        """Return the account ids of the items that the rows name, by id and by code."""
        ids = {int(line.item_source_id) for line in self._invoice.lines if line.item_source_id.isdecimal()}
        codes = {line.item_code for line in self._invoice.lines if line.item_code}
        if not ids and not codes:
            return {}
        field = "sales_account_id" if self._direction is Direction.SALES else "purchase_account_id"
        items = WorkspaceItem.objects.filter(company_id=self._row.company_id)
        found: dict[str, int | None] = {}
        for pk, code, account in items.filter(code__in=codes).values_list("pk", "code", field):
            found |= {f"code:{code}": account, f"id:{pk}": account}
        for pk, account in items.filter(pk__in=ids).values_list("pk", field):
            found[f"id:{pk}"] = account
        return found

    def _booked(self, line: InvoiceLine) -> Booked:
        text = (line.description or line.item_name)[:_TEXT_LENGTH]
        treatment = as_seen_by(self._direction, line.vat_treatment)
        if treatment is None and line.vat_rate:
            treatment = VatTreatment.DOMESTIC
        if line.kind is LineKind.ROUNDING:
            chosen = self._book.part(Part.ROUNDING, self._direction)
            return Booked(
                account=chosen.account,
                why=chosen.why,
                vat_treatment=treatment or VatTreatment.OUTSIDE_SCOPE,
                description=text,
            )
        account, why, meant = self._account(line, text, treatment)
        if treatment is None and not line.vat_rate:
            treatment = meant or _bare_treatment(account)
        return Booked(
            account=account.number if account else "",
            why=why,
            vat_rate=self._rate(line, treatment, account),
            vat_treatment=treatment,
            description=text,
        )

    def _account(
        self, line: InvoiceLine, text: str, treatment: VatTreatment | None
    ) -> tuple[LedgerAccount | None, str, VatTreatment | None]:
        """Return the account of a row, why, and the VAT treatment that an earlier posting of it bore."""
        item = self._items.get(f"id:{line.item_source_id}") or self._items.get(f"code:{line.item_code}")
        party = self._row.party
        sources: tuple[tuple[str, Callable[[], LedgerAccount | None]], ...] = (
            ("row", lambda: self._book.of_number(line.ledger_account) if line.ledger_account else None),
            ("item", lambda: self._book.usable(item)),
        )
        for why, find in sources:
            if account := find():
                return account, why, None
        example = treatment if self.deducts_vat else None  # without deduction nothing was posted with its treatment
        # So it is with rates; and one that the buyer reckons by itself the invoice does not state.
        known = self.deducts_vat and not bears_both_legs(self._direction, treatment)
        rate = line.vat_rate if known and treatment is not None else None
        if found := self._history.of_text(text, example, rate):
            return found[0], "history", found[1]
        if account := self._book.usable(party.default_account_id if party else None):
            return account, "party", None
        if found := self._history.of_party(example, rate):
            return found[0], "party_history", found[1]
        account = self._book.base(self._direction, treatment, line.vat_rate)
        return account, "role" if account else "missing", None

    def _rate(self, line: InvoiceLine, treatment: VatTreatment | None, account: LedgerAccount | None) -> Decimal:
        """Return the rate of a row; where the buyer reckons the VAT, the account's or the law's when none is stated.

        What the account usually bears counts only while it is in force on the day of the delivery: 24 % of construction
        services became 25.5 % on 2024-09-01.
        """
        if line.vat_rate or not bears_both_legs(self._direction, treatment):
            return line.vat_rate
        usual = account.vat_rate if account and account.vat_treatment == treatment else None
        day, country = self._invoice.delivery_date or self._invoice.date, self._row.company.country
        if usual and is_valid_rate(country, usual.normalize(), day) is not False:
            return usual.normalize()
        return standard_rate(country, day) or ZERO


def _bare_treatment(account: LedgerAccount | None) -> VatTreatment | None:
    """Return what an account's rows without VAT usually mean; a domestic account does not tell."""
    if account is None or account.vat_treatment in {"", VatTreatment.DOMESTIC.value}:
        return None
    return VatTreatment(account.vat_treatment)
