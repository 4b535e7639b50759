"""What Merit says, in JSON, plain words or a stack trace, and what its interface cannot take."""

from django.utils.translation import gettext_lazy as _

from tilisilta.services.problem_texts.shape import Link, ProblemText

TEXTS = (
    ProblemText(
        "KEY_UNKNOWN_IN_COUNTRY",
        _("Merit does not know this key"),
        _("The key was revoked, was copied in part, or belongs to Merit of another country: %(message)s"),
        _("Check the country of the connection, and in Merit's API settings that the key is still there."),
        Link.CONNECTION,
    ),
    ProblemText(
        "ENDPOINT_UNKNOWN",
        _("Merit does not know this call"),
        _("There is no %(endpoint)s at this address in this version."),
        _("Check the address and the country of the connection, and its setting for versions of calls."),
        Link.CONNECTION,
    ),
    ProblemText(
        "SHAPE_REFUSED",
        _("Merit could not read what was sent"),
        _("It stumbled over a value before it wrote anything: %(message)s"),
        _("Look at the raw answer for the field, correct it at the source, and try again."),
    ),
    ProblemText(
        "STACK_TRACE_ANSWER",
        _("Merit failed inside"),
        _("It answered with a report of its own failure instead of data: %(message)s"),
        _("Nothing needs doing at first: it is looked for or asked again. If it lasts, show the answer to Merit."),
        Link.CONNECTION,
    ),
    ProblemText(
        "PERIOD_TOO_LONG",
        _("Merit does not list such a long period"),
        _("It answered: %(message)s"),
        _("This is a fault of the program; please report it with the raw answer."),
        Link.RUN,
    ),
    ProblemText(
        "PARTY_FIELDS_MISSING",
        _("A field that Merit demands is missing on the customer or supplier"),
        _("It answered: %(message)s"),
        _("Fill in name and country, and the city of foreign ones, at the source, and try again."),
    ),
    ProblemText(
        "PARTY_NAME_TAKEN",
        _("Merit has another card of this name"),
        _("Names are unique there, and the card of this name has another registry code: %(message)s"),
        _("Match the two by hand, or change one of the names."),
        Link.MATCHES,
    ),
    ProblemText(
        "PAID_INVOICE_STAYS",
        _("The invoice is paid and cannot be deleted"),
        _("It answered: %(message)s"),
        _("Delete the payment in Merit first."),
    ),
    ProblemText(
        "EMAIL_NOT_SET_UP",
        _("Merit cannot send the invoice by e-mail"),
        _("It answered: %(message)s"),
        _("Fill in the sender's address in Merit's invoice settings, and the customer's on its card."),
    ),
    ProblemText(
        "EINVOICE_NOT_SENT",
        _("Merit did not send the e-invoice"),
        _("It answered: %(message)s"),
        _("Look at the invoice in Merit: e-invoices may not be set up, or it was sent already."),
    ),
    ProblemText(
        "SUMS_REFUSED",
        _("The sums do not match the rows, says Merit"),
        _("It counts every row by itself and answered: %(message)s"),
        _("Check rows and VAT codes of the document; if they are right, report the raw answer."),
    ),
    ProblemText(
        "VAT_NOT_BY_ROWS",
        _("The VAT of the document is not that of its rows"),
        _("The document says %(value)s, its rows make %(by_rows)s; Merit counts VAT by the rows."),
        _("Check the VAT rates of the rows and what their VAT codes are mapped to."),
        Link.DOCUMENT,
    ),
    ProblemText(
        "VAT_BY_ROWS",
        _("Merit counts the VAT a little differently"),
        _("The document says %(ours)s, Merit counts %(theirs)s row by row; the difference stands there as rounding."),
        _("Nothing needs doing; the total is the same."),
    ),
    ProblemText(
        "STOCK_COST_MISSING",
        _("What the credited goods cost is not known"),
        _("Merit demands the cost of %(item)s when goods in stock are credited, and the document does not tell it."),
        _("Enter this credit note in Merit by hand."),
    ),
    ProblemText(
        "DIMENSION_LEFT_OUT",
        _("A dimension stayed behind"),
        _("Merit takes no %(value)s in version %(version)s of this call."),
        _("Choose another value in the mapping: departments always go, projects and cost centres only with entries."),
        Link.MAPPINGS,
    ),
    ProblemText(
        "COUNTRY_OF_BOOKS",
        _("The country of the books was taken"),
        _("%(name)s has no country, and Merit demands one; %(country)s was entered."),
        _("If that is wrong, correct the card in Merit and the country at the source."),
    ),
    ProblemText(
        "PAYMENT_NOT_IN_FULL",
        _("Merit takes payments of purchases in full only"),
        _("The payment of %(amount)s leaves part of the invoice open; %(left)s is unpaid."),
        _("Enter this payment in Merit by hand."),
    ),
    ProblemText(
        "CURRENCY_REFUSED",
        _("Merit does not take this currency"),
        _("It answered: %(message)s"),
        _("Add the currency in Merit, or correct it at the source."),
    ),
)
