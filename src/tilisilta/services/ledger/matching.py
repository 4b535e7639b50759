"""Which open invoice a bank entry pays: by reference number, else by number and amount, else by name and amount."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import msgspec

from tilisilta.core.identifiers import reference_number
from tilisilta.core.names import fold_name
from tilisilta.services.ledger.locks import closed_period_of
from tilisilta.store.models import (
    BankEntry,
    BankEntryState,
    Company,
    InvoiceStage,
    PaymentOrigin,
    PaymentStage,
    Side,
    WorkspaceInvoice,
    WorkspacePayment,
)

_SHORTEST_NUMBER: Final = 3  # shorter invoice numbers stand in too many messages by chance


class Candidate(msgspec.Struct, kw_only=True):
    """An invoice that waits for money; `open_minor` shrinks as entries of the same file pay it."""

    pk: int
    number: str
    party: str
    currency: str
    open_minor: int
    side: str
    rule_payment: int | None = None  # a payment by rule that the bank has not confirmed yet


class Verdict(msgspec.Struct, frozen=True):
    """What became of an entry. With `is_certain` it pays the invoice by itself."""

    state: BankEntryState
    why: str
    candidate: Candidate | None = None
    is_certain: bool = False


_Key = tuple[bool, str]


def plain_reference(text: str) -> str:
    """Return a reference number as it is compared: RF and national forms of the same number are one.

    >>> plain_reference("RF34 1234561") == plain_reference("0012 34561")
    True
    """
    compact = reference_number.compact(text)
    return compact[4:].lstrip("0") if compact.startswith("RF") else compact


class OpenInvoices:
    """A company's invoices that wait for money, found by what bank entries say."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self._by_reference: dict[_Key, list[Candidate]] = defaultdict(list)
        self._by_number: dict[_Key, list[Candidate]] = defaultdict(list)
        self._by_party: dict[_Key, list[Candidate]] = defaultdict(list)
        self._paid_references: set[_Key] | None = None
        found = WorkspaceInvoice.objects.filter(company=company).exclude(
            stage__in=[InvoiceStage.DRAFT, InvoiceStage.REJECTED]
        )
        fields = (
            "pk", "number", "party_name", "currency", "gross_minor", "paid_minor", "direction", "is_credit_note",
            "reference_number",
        )  # fmt: skip
        for row in found.exclude(payment_stage=PaymentStage.PAID).values_list(*fields):
            pk, number, party, currency, gross, paid, side, is_credit_note, reference = row
            candidate = Candidate(
                pk=pk, number=number, party=party, currency=currency, open_minor=gross - paid, side=side
            )
            self._add(candidate, comes_in(side, is_credit_note=is_credit_note), reference)
        by_rule = WorkspacePayment.objects.filter(company=company, origin=PaymentOrigin.RULE, bank_entry_id="")
        for payment in by_rule.select_related("invoice"):
            invoice = payment.invoice
            candidate = Candidate(
                pk=invoice.pk,
                number=invoice.number,
                party=invoice.party_name,
                currency=payment.currency,
                open_minor=payment.amount_minor,
                side=invoice.direction,
                rule_payment=payment.pk,
            )
            is_in = comes_in(invoice.direction, is_credit_note=invoice.is_credit_note)
            self._add(candidate, is_in, invoice.reference_number)

    def _add(self, candidate: Candidate, is_in: bool, reference: str) -> None:
        if reference:
            self._by_reference[is_in, plain_reference(reference)].append(candidate)
        if len(candidate.number) >= _SHORTEST_NUMBER:
            self._by_number[is_in, candidate.number.casefold()].append(candidate)
        if candidate.party:
            self._by_party[is_in, fold_name(candidate.party)].append(candidate)

    def judge(self, entry: BankEntry) -> Verdict:
        """Return which invoice an entry pays, and how sure that is."""
        if entry.is_special:
            return Verdict(BankEntryState.OPEN, entry.why)
        is_in = entry.amount_minor > 0
        amount = abs(entry.amount_minor)
        verdict = self._by_its_words(entry, is_in, amount)
        if entry.reference_number:
            verdict = self._by_its_reference(entry, is_in, amount, verdict)
        candidate = verdict.candidate
        if candidate is None or not verdict.is_certain or candidate.rule_payment is not None:
            return verdict
        if closed_period_of(self.company, candidate.side, entry.date) is not None:
            return Verdict(BankEntryState.PROPOSED, "period_closed", candidate)
        return verdict

    def _by_its_reference(self, entry: BankEntry, is_in: bool, amount: int, otherwise: Verdict) -> Verdict:
        reference = plain_reference(entry.reference_number)
        found = [each for each in self._by_reference.get((is_in, reference), []) if each.open_minor > 0]
        same = [each for each in found if each.currency == entry.currency]
        if same:
            return self._of_same_reference(same, is_in, amount)
        if otherwise.candidate is not None:
            return otherwise
        if found:
            return Verdict(BankEntryState.OPEN, "other_currency")
        return Verdict(BankEntryState.OPEN, "paid_already" if self._is_paid(is_in, reference) else "unknown_reference")

    def _of_same_reference(self, same: list[Candidate], is_in: bool, amount: int) -> Verdict:
        """Return what a reference number and an amount say: a customer's own number stands on many invoices."""
        equal = [each for each in same if each.open_minor == amount]
        if len(equal) == 1:
            return self._certain(equal[0])
        if len(same) > 1:
            return Verdict(
                BankEntryState.PROPOSED if equal else BankEntryState.OPEN, "several", next(iter(equal), None)
            )
        only = same[0]
        if amount > only.open_minor:
            return Verdict(BankEntryState.PROPOSED, "more_than_open", only)
        if not is_in or only.rule_payment is not None:
            # References that suppliers give are not ours: a part payment by one of them is for a person to see.
            return Verdict(BankEntryState.PROPOSED, "reference_amount_differs", only)
        return self._certain(only)

    @staticmethod
    def _certain(candidate: Candidate) -> Verdict:
        why = "reference" if candidate.rule_payment is None else "confirmed_rule"
        return Verdict(BankEntryState.MATCHED, why, candidate, is_certain=True)

    def _by_its_words(self, entry: BankEntry, is_in: bool, amount: int) -> Verdict:
        def fits(found: Sequence[Candidate]) -> list[Candidate]:
            equal = [each for each in found if each.open_minor == amount and each.currency == entry.currency]
            return list({each.pk: each for each in equal}.values())

        numbers = [str(each) for each in entry.numbers] + entry.message.replace(",", " ").replace(";", " ").split()
        named = [
            each
            for number in dict.fromkeys(number.casefold().strip(".:#") for number in numbers)
            for each in self._by_number.get((is_in, number), [])
        ]
        for found, why in (
            (fits(named), "number_and_amount"),
            (fits(self._by_party.get((is_in, fold_name(entry.counterparty_name)), [])), "party_and_amount"),
        ):
            if len(found) == 1:
                return Verdict(BankEntryState.PROPOSED, why, found[0])
            if found:
                return Verdict(BankEntryState.OPEN, "several")
        return Verdict(BankEntryState.OPEN, "no_reference")

    def _is_paid(self, is_in: bool, reference: str) -> bool:
        if self._paid_references is None:
            paid = WorkspaceInvoice.objects.filter(company=self.company, payment_stage=PaymentStage.PAID)
            self._paid_references = {
                (comes_in(side, is_credit_note=is_credit), plain_reference(each))
                for each, side, is_credit in paid.exclude(reference_number="").values_list(
                    "reference_number", "direction", "is_credit_note"
                )
            }
        return (is_in, reference) in self._paid_references


def comes_in(side: str, *, is_credit_note: bool) -> bool:
    """Return whether money of such an invoice comes in."""
    return (side == Side.SALES) != is_credit_note
