"""Sums, dates, rates and numbers of the documents themselves."""

from django.utils.translation import gettext_lazy as _

from tilisilta.services.problem_texts.shape import Link, ProblemText

TEXTS = (
    ProblemText(
        "INVOICE_WITHOUT_ROWS",
        _("The invoice has no rows"),
        _("Invoice %(number)s has no row with an amount, so there is nothing to enter in the ledger."),
        _("Add the rows at the source and import the invoice again, or leave it out with a reason."),
    ),
    ProblemText(
        "ROWS_DO_NOT_ADD_UP",
        _("The rows do not add up to the net total"),
        _(
            "The rows, with document discounts and charges, make %(rows)s; the invoice says %(net)s. The "
            "difference is %(difference)s."
        ),
        _(
            "Correct the rows or the total at the source, or ask the supplier for a corrected invoice. Then "
            "import it again."
        ),
    ),
    ProblemText(
        "ROW_DOES_NOT_MULTIPLY",
        _("Quantity times price is not the row's sum"),
        _(
            "Row %(row)s: quantity, price and discount make %(expected)s, but its sum is %(net)s. The row's own "
            "sum is used."
        ),
        _("Look at the row; if its sum is right, nothing needs doing."),
    ),
    ProblemText(
        "GROSS_DOES_NOT_ADD_UP",
        _("Net and VAT do not make the total"),
        _("Net %(net)s and VAT %(vat)s do not make the total %(gross)s. The difference is %(difference)s."),
        _("Correct the totals at the source, or ask the supplier for a corrected invoice. Then import it again."),
    ),
    ProblemText(
        "VAT_TOTALS_DIFFER",
        _("The VAT by rate does not add up"),
        _("The invoice's VAT by rate adds up to %(totals)s, but its VAT in all is %(vat)s."),
        _("Correct the VAT at the source, or ask the supplier for a corrected invoice. Then import it again."),
    ),
    ProblemText(
        "VAT_DOES_NOT_ADD_UP",
        _("The VAT does not follow from the rows"),
        _(
            "By the rows the VAT is %(expected)s, but the invoice says %(vat)s. Rates in %%: %(rate)s. One cent a row "
            "is allowed for rounding."
        ),
        _("Check the VAT rate of each row at the source. If the invoice is wrong, ask for a corrected one."),
    ),
    ProblemText(
        "VAT_BASE_DIFFERS",
        _("The net amount of a VAT rate differs from its rows"),
        _("At %(rate)s %% the rows make %(rows)s, but the invoice's summary says %(net)s."),
        _("Check the rates of the rows. The invoice goes on as it is."),
    ),
    ProblemText(
        "VAT_RATE_NOT_VALID",
        _("The VAT rate was not in force"),
        _("%(rate)s %% is not a VAT rate of %(country)s on %(date)s."),
        _("Check the invoice's date and rate at the source. A document of an earlier supply needs its delivery date."),
    ),
    ProblemText(
        "ZERO_RATE_WITHOUT_REASON",
        _("0 %% without a reason"),
        _(
            "Invoice %(number)s has rows of 0 %% and does not say why: exempt, reverse charge, from the EU or "
            "from outside it."
        ),
        _("Check that the VAT code chosen for 0 %% fits this purchase."),
    ),
    ProblemText(
        "NEGATIVE_TOTAL",
        _("An invoice with a negative total"),
        _("The total is %(gross)s, and the document is not marked as a credit note."),
        _("Check whether it should be a credit note at the source."),
    ),
    ProblemText(
        "NEGATIVE_PAYABLE",
        _("More was prepaid than the invoice asks for"),
        _("After prepayments %(payable)s is left to pay."),
        _("Check the prepayment at the source."),
    ),
    ProblemText(
        "LARGE_ROUNDING",
        _("An unusually large rounding"),
        _("The rounding of the document is %(rounding)s."),
        _("Check whether it is a discount or a fee that was entered as rounding."),
    ),
    ProblemText(
        "PAYABLE_DIFFERS",
        _("The amount to pay differs"),
        _("The document asks for %(stated)s; total, rounding and prepayments make %(counted)s."),
        _("Check the document before you pay it."),
    ),
    ProblemText(
        "LINES_FROM_VAT_TOTALS",
        _("Rows were made from the VAT summary"),
        _("The document has no rows of its own that add up; %(count)s rows stand for its VAT summary."),
        _("Check the rows and choose the accounts for them."),
    ),
    ProblemText(
        "CREDIT_NOTE_NEGATIVE",
        _("A credit note with negative amounts"),
        _("Credit note %(number)s carries negative amounts where the standard asks for positive ones."),
        _("Its amounts were turned; check that the document is a credit note."),
    ),
    ProblemText(
        "CREDIT_NOTE_WITHOUT_ORIGINAL",
        _("The credit note names no invoice"),
        _("Credit note %(number)s does not say which invoice it credits."),
        _("It goes on by itself. Tie it to its invoice in the accounting software if it should close one."),
    ),
    ProblemText(
        "DUE_BEFORE_DATE",
        _("Due before it was issued"),
        _("The due date %(due_date)s is earlier than the invoice's date %(date)s."),
        _("Check both dates at the source."),
    ),
    ProblemText(
        "DATE_IN_FUTURE",
        _("The date is in the future"),
        _("The document is dated %(date)s; today is %(today)s."),
        _("Check the date at the source. If it is right, nothing needs doing."),
    ),
    ProblemText(
        "CURRENCY_UNKNOWN",
        _("Unknown currency"),
        _("“%(currency)s” is not a currency code of ISO 4217."),
        _("Correct the currency at the source."),
    ),
    ProblemText(
        "CURRENCY_RATE_MISSING",
        _("The exchange rate is missing"),
        _("The document is in %(currency)s and carries no exchange rate."),
        _("Enter the rate at the source, or check the rate that the accounting software takes."),
    ),
    ProblemText(
        "CURRENCY_RATE_WRONG",
        _("The exchange rate cannot be right"),
        _("The exchange rate is %(rate)s; it must be above zero."),
        _("Correct the rate at the source."),
    ),
    ProblemText(
        "PAYMENT_NOT_POSITIVE",
        _("The payment has no positive amount"),
        _("The amount is %(amount)s."),
        _("Correct the payment at the source. Money paid back is an outgoing payment."),
    ),
    ProblemText(
        "PAYMENT_DOES_NOT_ADD_UP",
        _("The payment and what it pays differ"),
        _("The payment is %(amount)s, but the documents it pays take %(allocated)s."),
        _("Correct at the source how the payment is divided between documents."),
    ),
    ProblemText(
        "ENTRY_WITHOUT_POSTINGS",
        _("The journal entry has no rows"),
        _("Entry %(number)s has no debit or credit."),
        _("Complete the entry at the source."),
    ),
    ProblemText(
        "ENTRY_NOT_BALANCED",
        _("The journal entry does not balance"),
        _("Debit is %(debit)s, credit is %(credit)s, the difference is %(difference)s."),
        _("Correct the entry at the source."),
    ),
    ProblemText(
        "POSTING_ON_BOTH_SIDES",
        _("A row has both debit and credit"),
        _("The row of account %(account)s has an amount on both sides."),
        _("Split the row at the source."),
    ),
    ProblemText(
        "POSTING_WITHOUT_AMOUNT",
        _("A row without an amount"),
        _("The row of account %(account)s has neither debit nor credit."),
        _("Nothing needs doing unless an amount was forgotten."),
    ),
    ProblemText(
        "REGISTRY_CODE_CHECK",
        _("The registry code looks wrong"),
        _("%(number)s fails the check digit of registry codes in %(country)s."),
        _("Check the code in the business register and correct it at the source. The document goes on."),
    ),
    ProblemText(
        "VAT_NUMBER_CHECK",
        _("The VAT number looks wrong"),
        _("%(number)s is not a valid VAT number by its form or check digit."),
        _("Check the number in VIES and correct it at the source. The document goes on."),
    ),
    ProblemText(
        "IBAN_CHECK",
        _("The bank account number looks wrong"),
        _("%(iban)s is not a valid IBAN."),
        _("Check the account before you pay, and correct it at the source. The document goes on."),
    ),
    ProblemText(
        "REFERENCE_NUMBER_CHECK",
        _("The reference number looks wrong"),
        _("%(number)s fails the check of reference numbers (7-3-1 or RF)."),
        _("Check the number on the invoice before you pay. The document goes on."),
    ),
    ProblemText(
        "BUYER_IS_ANOTHER",
        _("The invoice is for another company"),
        _("The buyer on the invoice is %(buyer)s (%(registry_code)s)."),
        _("Check that the file belongs to this company; leave it out if it does not."),
        Link.FILES,
    ),
)
