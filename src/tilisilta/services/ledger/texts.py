"""Texts of the mistakes that a ledger's services name, and of why a line or a match is as it is."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tilisilta.services.errors import MESSAGES

TEXTS: Final[dict[str, Promise]] = {
    "ACCOUNT_NUMBER_TAKEN": _("There is an account %(number)s already."),
    "ACCOUNT_IN_USE": _("Account %(number)s has postings, so it cannot be deleted. Deactivate it instead."),
    "ACCOUNT_ROLE_IN_USE": _("Account %(number)s has postings, so what it stands for cannot be changed."),
    "ACCOUNT_NUMBER_INVALID": _("An account number has 1 to 20 letters or digits, and no spaces: %(number)s."),
    "ACCOUNT_NAME_MISSING": _("Account %(number)s needs a name."),
    "ACCOUNT_UNKNOWN": _("Line %(line)s: there is no account %(number)s in the chart of accounts."),
    "ACCOUNT_INACTIVE": _("Line %(line)s: account %(number)s is not in use any more."),
    "CHART_TEMPLATE_UNKNOWN": _("There is no chart of accounts called %(template)s."),
    "POSTING_WITHOUT_LINES": _("There is nothing to post: the invoice has no amounts."),
    "POSTING_ACCOUNT_MISSING": _("Line %(line)s (%(description)s) has no account. Choose one."),
    "POSTING_AMOUNT_INVALID": _("Line %(line)s: an amount stands either in debit or in credit, and is positive."),
    "POSTING_DOES_NOT_BALANCE": _(
        "Debit %(debit)s and credit %(credit)s differ by %(difference)s. Both sides must be equal."
    ),
    "POSTING_DIFFERS_FROM_INVOICE": _(
        "The lines book %(booked)s against the customer or supplier, the invoice says %(invoice)s: "
        "a difference of %(difference)s."
    ),
    "POSTING_VAT_MISSING": _("Line %(line)s (account %(number)s) needs a VAT treatment."),
    "POSTING_TOO_MANY_LINES": _("An invoice may have up to %(limit)s posting lines."),
    "POSTING_DRAFT": _("A draft is not posted: send the invoice first."),
    "POSTING_REJECTED": _("A rejected invoice is not posted."),
    "POSTING_DONE": _("Invoice %(number)s is posted already. Take the posting back first."),
    "POSTING_NOT_DONE": _("Invoice %(number)s is not posted."),
    "EXCHANGE_RATE_MISSING": _("Invoice %(number)s is in %(currency)s and has no exchange rate."),
    "LEDGER_PERIOD_CLOSED": _("The period %(period)s is closed. Open it again first, or use a later date."),
    "LEDGER_BEING_CLOSED": _("A period of this company is being closed at this moment. Try again when that is done."),
    "LEDGER_INVOICE_CLOSED": _("Invoice %(number)s belongs to a closed period. Open the period again first."),
    "PAYMENT_OVER": _(
        "%(amount)s is more than the open %(open)s. Record the rest as a prepayment or correct the amount."
    ),
    "PAYMENT_AMOUNT_INVALID": _("A payment has a positive amount."),
    "PAYMENT_DRAFT": _("A draft cannot be paid: send the invoice first."),
    "PAYMENT_ACCOUNT_MISSING": _("The chart of accounts has no account for: %(role)s. Choose one on its page."),
    "PAYMENT_DATE_INVALID": _("The payment's date is not a date between 2000 and 2100."),
    "PAYMENT_TWICE": _("This bank entry has paid invoice %(number)s already."),
    "BANK_SEND_SALES": _("Only purchase invoices are sent to the bank."),
    "BANK_SEND_PAID": _("Invoice %(number)s is paid already."),
    "BANK_SEND_NOT_APPROVED": _("Invoice %(number)s is not approved, so it is not sent to the bank."),
    "BANK_NOT_SENT": _("Invoice %(number)s has not been sent to the bank."),
    "BANK_ENTRY_DONE": _("This bank entry has paid an invoice already."),
    "BANK_ENTRY_NOT_DONE": _("This bank entry has paid no invoice."),
    "BANK_ENTRY_DIRECTION": _("Invoice %(number)s cannot be paid by this entry: the money went the other way."),
    "BANK_ENTRY_CURRENCY": _("The entry is in %(entry)s, invoice %(number)s in %(invoice)s."),
    "BANK_FILE_REFUSED": _("%(file)s: %(title)s. %(cause)s"),
}
MESSAGES.update(TEXTS)

# Why a posting line has its account, or its VAT.
WHY: Final[dict[str, Promise]] = {
    "row": _("the invoice row names it"),
    "item": _("account of the item"),
    "history": _("as the same row was posted last"),
    "party": _("default account of the customer or supplier"),
    "party_history": _("as this customer or supplier was posted last"),
    "role": _("the usual account"),
    "missing": _("no account could be found: choose one"),
    "hand": _("chosen by hand"),
    "rule": _("paid by rule, past the due date"),
    "not_deducted": _("with its VAT: the company has no VAT number"),
}

# Why a bank entry matched, or did not.
BANK_WHY: Final[dict[str, Promise]] = {
    "reference": _("reference number"),
    "number_and_amount": _("invoice number and amount"),
    "party_and_amount": _("name and amount"),
    "hand": _("chosen by hand"),
    "confirmed_rule": _("confirms a payment that was recorded by rule"),
    "more_than_open": _("reference number, but the amount is more than what is open"),
    "reference_amount_differs": _("reference number, but the amount differs"),
    "several": _("several open invoices fit"),
    "period_closed": _("its date lies in a closed period"),
    "other_currency": _("the invoice is in another currency"),
    "paid_already": _("the invoice of this reference number is paid already"),
    "unknown_reference": _("no invoice has this reference number"),
    "no_reference": _("no reference number, and no open invoice fits"),
    "fee": _("the bank's own fee"),
    "reversal": _("the bank takes an earlier entry back"),
    "returned": _("a payment came back"),
    "not_recorded": _("it fits, but could not be recorded: record it to see why"),
    "undone": _("taken back by hand"),
    "left_out": _("left out by hand"),
}
