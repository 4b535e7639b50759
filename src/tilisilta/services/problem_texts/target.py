"""What the target says, and what happens to a document there."""

from django.utils.translation import gettext_lazy as _

from tilisilta.services.problem_texts.shape import Link, ProblemText

TEXTS = (
    ProblemText(
        "TARGET_REFUSED",
        _("The target refused the document"),
        _("It answered: %(message)s"),
        _("Correct what the answer names and try again."),
    ),
    ProblemText(
        "UNKNOWN_VENDOR_ERROR",
        _("The target refused for a reason we do not know yet"),
        _("It answered: %(message)s"),
        _(
            "Read the raw answer below. Correct what it names and try again, or send it to support with the "
            "document's number."
        ),
    ),
    ProblemText(
        "FILE_UNCERTAIN",
        _("Whether a file arrived is not known"),
        _("The document is in the target; the answer about its file %(name)s was lost."),
        _("Look in the target whether the file is there. If not, try again: the file is then sent once more."),
    ),
    ProblemText(
        "ANSWER_LOST",
        _("Sent, but no answer came back"),
        _(
            "The connection broke before the target answered, so the document may or may not be there. It is "
            "looked for before anything is sent again."
        ),
        _("Look in the target for the document. Say here whether it is there; nothing is sent twice by itself."),
    ),
    ProblemText(
        "ANSWER_TOO_LARGE",
        _("The answer is too large"),
        _("The other side answered with more data than any document has."),
        _("Choose a shorter period and try again."),
    ),
    ProblemText(
        "SEVERAL_CANDIDATES",
        _("The target holds several that could be this one"),
        _("These fit: %(candidates)s."),
        _("Choose which one it is, or say that it is none of them."),
        Link.MATCHES,
    ),
    ProblemText(
        "ALREADY_THERE",
        _("Already in the target"),
        _("The document was found in the target and tied to it. It was not sent again."),
        _("Nothing needs doing."),
    ),
    ProblemText(
        "ALREADY_AT_TARGET",
        _("The target says it has this already"),
        _("A record with the same number or code is in the target: %(message)s"),
        _("Tie the document to the one that is there, or change its number at the source."),
    ),
    ProblemText(
        "NOT_SUPPORTED_BY_TARGET",
        _("The target cannot take this"),
        _("The document holds something that the target has no place for: %(field)s."),
        _("Enter the document in the target by hand and leave it out here, or change it at the source."),
    ),
    ProblemText(
        "PERIOD_LOCKED",
        _("The period is locked"),
        _("The target's books are closed for the document's date."),
        _("Open the period in the target and release the document, or change its date at the source."),
    ),
    ProblemText(
        "TOTALS_DIFFER",
        _("The target shows another total"),
        _("Document %(number)s: here %(ours)s, in the target %(theirs)s."),
        _("Compare the rows and the VAT. Correct the document in the target, or accept the difference with a reason."),
    ),
    ProblemText(
        "GONE_AT_TARGET",
        _("No longer in the target"),
        _("The document was sent, but the target does not have it any more. Somebody deleted it there."),
        _("Send it again if it was deleted by mistake; else leave it out."),
    ),
    ProblemText(
        "NOT_FOUND_AT_TARGET",
        _("The target does not find what the document refers to"),
        _("It answered: %(message)s"),
        _("Read the target's lists again, check partner, items and codes, and try again."),
    ),
    ProblemText(
        "ITEM_GONE_AT_TARGET",
        _("The item is no longer at the target"),
        _("An item of the rows was deleted or switched off at the target: %(message)s"),
        _(
            "Switch it on again, or read the target's list on the id map page and untie the item there; then try the "
            "document again."
        ),
        Link.ID_MAP,
    ),
    ProblemText(
        "PAID_DOCUMENT_GONE_AT_TARGET",
        _("The paid document is no longer at the target"),
        _("The invoice that this payment pays was deleted at the target: %(message)s"),
        _("Send the invoice again first, or leave the payment out."),
    ),
    ProblemText(
        "VAT_CODE_REFUSED",
        _("The target refused the VAT code"),
        _("It answered: %(message)s"),
        _("Check in the mappings that the VAT code is in use and allowed for this kind of document."),
        Link.MAPPINGS,
    ),
    ProblemText(
        "ACCOUNT_REFUSED",
        _("The target refused the account"),
        _("It answered: %(message)s"),
        _("Check in the mappings that the account is in the target's chart of accounts."),
        Link.MAPPINGS,
    ),
    ProblemText(
        "BANK_ACCOUNT_REFUSED",
        _("The target refused the bank or cash account"),
        _("It answered: %(message)s"),
        _("Check in the mappings that the account exists in the target."),
        Link.MAPPINGS,
    ),
    ProblemText(
        "DIMENSION_REFUSED",
        _("The target refused the dimension"),
        _("It answered: %(message)s"),
        _("Check in the mappings that the dimension exists in the target."),
        Link.MAPPINGS,
    ),
    ProblemText(
        "WAREHOUSE_REFUSED",
        _("The target refused the warehouse"),
        _("It answered: %(message)s"),
        _("Check the warehouse in the settings and mappings."),
        Link.SETTINGS,
    ),
    ProblemText(
        "STOCK_TOO_LOW",
        _("Not enough in stock"),
        _("The target's warehouse does not hold the sold quantity: %(message)s"),
        _("Enter the missing goods in the target first, then try again."),
    ),
    ProblemText(
        "PAYMENT_TOO_LARGE",
        _("The payment is larger than what is unpaid"),
        _("The target says that less is unpaid on the document: %(message)s"),
        _("Look for a payment entered twice, or divide the payment at the source."),
    ),
    ProblemText(
        "CREDIT_BEFORE_INVOICE",
        _("The credit note is older than its invoice"),
        _("The target does not take a credit note dated before the invoice it credits: %(message)s"),
        _("Correct the date of the credit note at the source."),
    ),
    ProblemText(
        "EXCHANGE_RATE_MISSING",
        _("The target asks for an exchange rate"),
        _("The document is in a foreign currency and carries no rate: %(message)s"),
        _("Enter the rate at the source and import again."),
    ),
    ProblemText(
        "PREPAID_NOT_CARRIED",
        _("The prepaid amount is not carried over"),
        _("%(amount)s was prepaid; the target takes it only as a payment."),
        _("Check that the prepayment is entered in the target."),
    ),
    ProblemText(
        "BANK_FEE_NOT_CARRIED",
        _("The bank's fee is not carried over"),
        _("The fee %(amount)s has no place in the target's payment."),
        _("Enter the fee in the target by hand."),
    ),
    ProblemText(
        "TEXT_CUT",
        _("A text was shortened"),
        _("The target takes at most %(limit)s characters; “%(value)s” was shortened."),
        _("Nothing needs doing unless the missing part matters."),
    ),
    ProblemText(
        "CHARACTERS_REMOVED",
        _("Characters were left out"),
        _("The target does not take some characters of “%(value)s”, such as pictures."),
        _("Nothing needs doing."),
    ),
)
