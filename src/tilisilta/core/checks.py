"""Checks of canonical documents: what does not add up stops a document, what looks odd warns.

Totals that a document gives are trusted and checked, never recomputed into its place. A number that fails its check
digit only warns, for wrong refusals are worse than wrong acceptance.
"""

import datetime as dt
from collections.abc import Iterator
from functools import lru_cache

import msgspec
from babel.numbers import is_currency

from tilisilta.core.documents import Direction, Invoice, JournalEntry, Party, Payment
from tilisilta.core.identifiers import iban, reference_number, registry_code, vat_number
from tilisilta.core.mapping.tables import rate_text
from tilisilta.core.money import ZERO, round_amount
from tilisilta.core.problems import Problem, Severity, problem
from tilisilta.core.sums import check_sums
from tilisilta.core.vat import VatTreatment, is_valid_rate

BOOKS_CURRENCY = "EUR"


@lru_cache(maxsize=256)
def _is_currency(code: str) -> bool:
    return bool(is_currency(code))


def _warning(code: str, where: str, **params: object) -> Problem:
    return problem(code, where=where, severity=Severity.WARNING, **params)


# --- invoices ----------------------------------------------------------------------------------------------


def check_invoice(
    invoice: Invoice, *, today: dt.date | None = None, own_country: str = "", needs_exchange_rate: bool = False
) -> tuple[Problem, ...]:
    """Return what is wrong with an invoice or credit note.

    Args:
        invoice: As its source gave it.
        today: The company's own day; without it nothing is said about the future.
        own_country: Where the company is registered, as in ISO 3166-1. A rate that its law does not know on the
            document's days is an error on a sales invoice to the same country, else a warning.
        needs_exchange_rate: Set for targets that do not look up the rate of a currency themselves.
    """
    party_problems = (msgspec.structs.replace(each, where=f"party.{each.where}") for each in check_party(invoice.party))
    return (
        *check_sums(invoice),
        *_check_dates(invoice, today),
        *_check_rates(invoice, own_country),
        *_check_currency(invoice, needs_exchange_rate=needs_exchange_rate),
        *_check_references(invoice, own_country),
        *party_problems,
    )


def _check_dates(invoice: Invoice, today: dt.date | None) -> Iterator[Problem]:
    if invoice.due_date is not None and invoice.due_date < invoice.date:
        yield _warning("DUE_BEFORE_DATE", "due_date", date=invoice.date, due_date=invoice.due_date)
    if today is not None and invoice.date > today:
        yield _warning("DATE_IN_FUTURE", "date", date=invoice.date, today=today)


def party_country(party: Party) -> str:
    """Return the country of a party: of its VAT number, else of its address; empty when neither tells."""
    return (vat_number.country(party.vat_number) if party.vat_number else "") or party.address.country.upper()


def _check_rates(invoice: Invoice, own_country: str) -> Iterator[Problem]:
    """Whoever sells sets the rate, so the seller's law is asked, on every day that the document names."""
    sales = invoice.direction is Direction.SALES
    other = party_country(invoice.party)
    seller = own_country.upper() if sales else other
    days = {invoice.date, invoice.delivery_date, invoice.period_from, invoice.period_to} - {None}
    rates = {
        line.vat_rate: f"lines[{index}].vat_rate"
        for index, line in reversed(tuple(enumerate(invoice.lines)))
        if line.vat_rate and line.vat_treatment in {None, VatTreatment.DOMESTIC}
    }
    at_home = sales and other in {"", seller} and not invoice.is_credit_note
    for rate, where in sorted(rates.items()):
        answers = {is_valid_rate(seller, rate, day) for day in days if day is not None}
        if not answers & {True, None}:
            severity = Severity.ERROR if at_home else Severity.WARNING
            yield problem(
                "VAT_RATE_NOT_VALID",
                where=where,
                severity=severity,
                rate=rate_text(rate),
                country=seller,
                date=invoice.date,
            )
    if not sales and _has_bare_zero(invoice):
        yield _warning("ZERO_RATE_WITHOUT_REASON", "vat_totals", number=invoice.number)


def _has_bare_zero(invoice: Invoice) -> bool:
    """Return whether a row of 0 % tells neither by code nor by treatment nor by its total's reason why."""
    reasons = any(
        total.rate == 0 and (total.treatment or total.exemption_reason or total.code) for total in invoice.vat_totals
    )
    return not reasons and any(
        line.vat_rate == 0 and line.net != 0 and not line.vat_code and line.vat_treatment is None
        for line in invoice.lines
    )


def _check_currency(invoice: Invoice, *, needs_exchange_rate: bool) -> Iterator[Problem]:
    if not _is_currency(invoice.currency):
        yield problem("CURRENCY_UNKNOWN", where="currency", currency=invoice.currency)
    elif invoice.currency != BOOKS_CURRENCY and invoice.exchange_rate is None:
        severity = Severity.ERROR if needs_exchange_rate else Severity.WARNING
        yield problem("CURRENCY_RATE_MISSING", where="exchange_rate", severity=severity, currency=invoice.currency)
    elif invoice.exchange_rate is not None and invoice.exchange_rate <= 0:
        yield problem("CURRENCY_RATE_WRONG", where="exchange_rate", rate=invoice.exchange_rate)


def _check_references(invoice: Invoice, own_country: str) -> Iterator[Problem]:
    if invoice.is_credit_note and not invoice.credits:
        yield _warning("CREDIT_NOTE_WITHOUT_ORIGINAL", "credits", number=invoice.number)
    seller = own_country if invoice.direction is Direction.SALES else party_country(invoice.party)
    number = invoice.reference_number
    # Other countries have schemes of their own; RF is one and the same everywhere.
    ours = seller.upper() in {"", *registry_code.COUNTRIES} or number.strip().upper().startswith("RF")
    if number.strip() and ours and not reference_number.is_valid(number, seller):
        yield _warning("REFERENCE_NUMBER_CHECK", "reference_number", number=number)
    if invoice.bank_account is not None:
        yield from _check_iban(invoice.bank_account.iban, "bank_account.iban")


def _check_iban(number: str, where: str) -> Iterator[Problem]:
    """Old accounts that are no IBAN at all are left alone: they do not begin with a country."""
    if number[:2].isalpha() and not iban.is_valid(number):
        yield _warning("IBAN_CHECK", where, iban=number)


# --- parties -----------------------------------------------------------------------------------------------


def check_party(party: Party) -> tuple[Problem, ...]:
    """Return what looks odd about a party. All of it only warns."""
    return tuple(_party_problems(party))


def _party_problems(party: Party) -> Iterator[Problem]:
    countries = sorted({party_country(party), party.address.country.upper()} - {""})
    valid = not countries or any(registry_code.is_valid(party.registry_code, country) for country in countries)
    if party.registry_code and not party.is_person and not valid:
        number, country = party.registry_code, countries[0]
        yield _warning("REGISTRY_CODE_CHECK", "registry_code", number=number, country=country)
    # A number without a member state's letters is a foreign or old form, of which the rules say nothing.
    if vat_number.country(party.vat_number) and not vat_number.is_valid(party.vat_number):
        yield _warning("VAT_NUMBER_CHECK", "vat_number", number=party.vat_number)
    for index, account in enumerate(party.bank_accounts):
        yield from _check_iban(account.iban, f"bank_accounts[{index}].iban")


# --- payments ----------------------------------------------------------------------------------------------


def check_payment(payment: Payment, *, today: dt.date | None = None) -> tuple[Problem, ...]:
    """Return what is wrong with a payment: its amount is positive and what it pays adds up to it.

    The bank's fee may have been taken from the amount or added to it; sources do both.
    """
    return tuple(_payment_problems(payment, today))


def _payment_problems(payment: Payment, today: dt.date | None) -> Iterator[Problem]:
    if payment.amount <= 0:
        yield problem("PAYMENT_NOT_POSITIVE", where="amount", amount=payment.amount)
    allocated = sum((each.amount for each in payment.allocations), ZERO)
    fee = payment.bank_fee
    fitting = {round_amount(payment.amount + part, payment.currency) for part in (ZERO, fee, -fee)}
    if payment.allocations and round_amount(allocated, payment.currency) not in fitting:
        yield problem("PAYMENT_DOES_NOT_ADD_UP", where="allocations", amount=payment.amount, allocated=allocated)
    if today is not None and payment.date > today:
        yield _warning("DATE_IN_FUTURE", "date", date=payment.date, today=today)


# --- journal entries ---------------------------------------------------------------------------------------


def check_journal_entry(entry: JournalEntry, *, today: dt.date | None = None) -> tuple[Problem, ...]:
    """Return what is wrong with a journal entry: it has postings, each on one side, and it balances."""
    return tuple(_entry_problems(entry, today))


def _entry_problems(entry: JournalEntry, today: dt.date | None) -> Iterator[Problem]:
    # Without postings it only withdraws the one that it replaces.
    if not entry.postings and not entry.replaces:
        yield problem("ENTRY_WITHOUT_POSTINGS", where="postings", number=entry.number or entry.source_id)
    for index, posting in enumerate(entry.postings):
        if posting.debit and posting.credit:
            yield problem("POSTING_ON_BOTH_SIDES", where=f"postings[{index}]", account=posting.account)
        elif not posting.debit and not posting.credit:
            yield _warning("POSTING_WITHOUT_AMOUNT", f"postings[{index}]", account=posting.account)
    debit, credit = (round_amount(side, entry.currency) for side in (entry.debit_total, entry.credit_total))
    if debit != credit:
        yield problem("ENTRY_NOT_BALANCED", where="postings", debit=debit, credit=credit, difference=debit - credit)
    if today is not None and entry.date > today:
        yield _warning("DATE_IN_FUTURE", "date", date=entry.date, today=today)
