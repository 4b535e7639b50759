"""What Procountor says, and what sending documents into it may run into.

Its users know these errors in fixed Finnish words; the Finnish catalogue must carry exactly those that stand in the
comments (rows P82 to P94). ACCOUNT_OR_VAT_UNMAPPED stands with the mappings, and belongs to them (P82, P83):
fi: Jonkin rivin tiliä ei ole kohdistettu Procountorin tiliin tai Alv-status on virheellinen Procountorin ulkoisessa
fi: tilikartassa Ecomissa. Varmista, että kaikki kyseisen laskun tilit on kohdistettu ja alv-status on oikein.
"""

from django.utils.translation import gettext_lazy as _

from tilisilta.services.problem_texts.shape import Link, ProblemText

TEXTS = (
    ProblemText(
        "PROCOUNTOR_ROWS_EMPTY",
        # fi: invoiceRows MAY_NOT_BE_EMPTY
        _("invoiceRows MAY_NOT_BE_EMPTY"),
        # fi: Laskulla ei ole rivejä
        _("The invoice has no rows."),
        _("Add the rows to the invoice and send it again."),
    ),
    ProblemText(
        "LEDGER_RECEIPT_RIGHTS_MISSING",
        # fi: Undefined insufficient access rights to modify the ledger receipt
        _("Insufficient access rights to modify the ledger receipt"),
        _("The user of the API key may not change accounting pages in Procountor: %(message)s"),
        # fi: Tarkista, että oikeudet ovat kohdan 3 liitteen mukaiset. Käyttäjän oikeuksia muutetaan Procountorissa
        # fi: kohdassa Hallinta > Käyttäjät ja käyttöoikeudet.
        _(
            "Check that the rights are as the connection's page lists them. They are changed in Procountor under "
            "Management > Users and user rights. Then test the connection; what waits goes on by itself."
        ),
        Link.CONNECTION,
    ),
    ProblemText(
        "BANK_ACCOUNT_NOT_OF_COMPANY",
        # fi: BANK_ACCOUNT_DOES_NOT_BELONG_TO_THIS_COMPANY
        _("BANK_ACCOUNT_DOES_NOT_BELONG_TO_THIS_COMPANY"),
        _("Procountor does not have the bank account among the company's own accounts in use: %(message)s"),
        # fi: Tarkista laskun maksut-kohdasta, että valittu pankkitili on oikein ja se löytyy myös Procountorista
        _(
            "Check in the payments of the invoice that the chosen bank account is right, and that Procountor has it "
            "too."
        ),
        Link.SETTINGS,
    ),
    ProblemText(
        "BIC_DIFFERS_IN_PROCOUNTOR",
        _("The BIC of the bank account is another in Procountor"),
        _("Account %(account)s bears the BIC %(ours)s here and %(theirs)s in Procountor, which takes none on a sale."),
        _("Correct the BIC in the settings here, or in the bank account in Procountor. The invoice went all the same."),
        Link.SETTINGS,
    ),
    ProblemText(
        "INVALID_TOKEN",
        # fi: Undefined invalid token
        _("Invalid token"),
        # fi: API-avain on virheellinen
        _("The API key is wrong, or it was removed in Procountor: %(message)s"),
        # fi: Tarkista, että avain löytyy Procountorista. Tarvittaessa irroita integraatio ja tee se uudelleen.
        _(
            "Check that the key is in Procountor. If needed, disconnect the integration and connect it again with a "
            "new key; what was sent before stays tied."
        ),
        Link.CONNECTION,
    ),
    ProblemText(
        "PAYEE_NOT_IN_REGISTER",
        # fi: Saajaa ei löydy toimittajarekisteristä
        _("The payee is not in the supplier register"),
        _("%(name)s is not tied to a supplier in Procountor."),
        # fi: Ei vaikutusta Procountoriin
        _("No effect on Procountor. Nothing needs doing."),
    ),
    ProblemText(
        "API_VERSION_UNKNOWN",
        _("The address is not that of Procountor's interface"),
        _("There is no such version of the interface at this address: %(message)s"),
        _("Check the address of the connection; numbered versions live for about nine months."),
        Link.CONNECTION,
    ),
    ProblemText(
        "PROCOUNTOR_STATUS_WRONG",
        _("Procountor does not allow this in the document's present state"),
        _("It answered: %(message)s"),
        _("Look at the document in Procountor, put it into the right state, and try again."),
    ),
    ProblemText(
        "PROCOUNTOR_VERSION_CONFLICT",
        _("The record was changed in Procountor meanwhile"),
        _("Somebody saved it between our reading and our writing: %(message)s"),
        _("Look at the record in Procountor and try again."),
    ),
    ProblemText(
        "PROCOUNTOR_FIELD_REFUSED",
        _("Procountor does not take a field"),
        _("It answered: %(message)s"),
        _("Correct the field that the answer names, and try again."),
    ),
    ProblemText(
        "ACCOUNT_VAT_COMBINATION_REFUSED",
        # fi: ERROR_LEDGERACCOUNT_VATPERCENTAGE_COMBINATION
        _("The account and the VAT percentage do not fit"),
        _("The account is not in Procountor's chart, or it does not take this percentage: %(message)s"),
        _("Check the account and its VAT settings in Procountor, and its row in the account map."),
        Link.MAPPINGS,
    ),
    ProblemText(
        "VAT_STATUS_PERCENT_REFUSED",
        # fi: ERROR_VATSTATUS_VATPERC
        _("The VAT status and the percentage do not fit"),
        _("Statuses other than domestic take 0 %%. Procountor answered: %(message)s"),
        _("Check the VAT status in the account map, and the percentage of the row."),
        Link.MAPPINGS,
    ),
    ProblemText(
        "VAT_PERCENT_NOT_IN_USE",
        _("The company does not use VAT of %(percent)s %%"),
        _("Procountor's VAT settings have: %(used)s."),
        _("Correct the percentage on the row, or take it into use in Procountor's VAT settings."),
    ),
    ProblemText(
        "BUSINESS_ID_REFUSED",
        # fi: ERROR_BRN_CODE
        _("Procountor does not take the business id or VAT number"),
        _("It is malformed or missing: %(message)s"),
        _("Correct the business id of the customer or supplier and try again."),
    ),
    ProblemText(
        "DUE_DATE_REFUSED",
        # fi: DUE_DATE_BEFORE_BILL_DATE
        _("Due before it was issued"),
        _("Procountor does not take an invoice whose due date is earlier than its date: %(message)s"),
        _("Correct the due date and try again."),
    ),
    ProblemText(
        "EINVOICE_ADDRESS_REFUSED",
        # fi: OVT_NOT_ALLOWED, INVALID_OVT
        _("Procountor does not take the e-invoice address"),
        _("It answered: %(message)s"),
        _("Correct the e-invoice address of the customer and try again."),
    ),
    ProblemText(
        "PAYMENT_CURRENCY_REFUSED",
        _("The payment is in another currency than the invoice"),
        _("Procountor takes payments in the invoice's currency only: %(message)s"),
        _("Mark the invoice paid in Procountor by hand."),
    ),
    ProblemText(
        "INVOICE_NOT_APPROVED_IN_PROCOUNTOR",
        _("The invoice cannot be marked paid yet"),
        _("It is not finished or not approved in Procountor: %(message)s"),
        _("Have the invoice approved in Procountor, then send the payment again."),
    ),
    ProblemText(
        "PAID_ALREADY_IN_PROCOUNTOR",
        _("The invoice is paid in Procountor already"),
        _("%(paid)s of %(total)s is paid there; with this payment it would be too much."),
        _("Compare the payments in Procountor, where the bank may have brought this one; then leave it out here."),
    ),
    ProblemText(
        "APPROVERS_MISSING",
        _("The invoice has no approvers"),
        _("Approval circulation is in use in Procountor and nobody is named to approve: %(message)s"),
        _("Name approvers in Procountor, or choose in the connection's settings who approves; then try again."),
        Link.SETTINGS,
    ),
    ProblemText(
        "APPROVAL_WAITS_FOR_OTHERS",
        _("The invoice waits for other approvers"),
        _("Our user has approved invoice %(number)s; Procountor's circulation asks others too."),
        _("Have the others approve it in Procountor, then try again here."),
    ),
    ProblemText(
        "INVOICE_WITHDRAWN_IN_PROCOUNTOR",
        _("The document was withdrawn in Procountor"),
        _("Its status there is %(status)s, so it cannot be completed."),
        _("Restore it in Procountor and try again, or send the document anew."),
    ),
    ProblemText(
        "LEDGER_RECEIPT_CHANGED",
        _("Somebody changed the accounting page in Procountor"),
        _("The accounting page %(receipt)s was saved there before our postings were; they were not written over it."),
        _(
            "Look at the posting in Procountor. If it is right, leave it as it is there, on the invoice's page. If "
            "ours shall stand, invalidate the invoice there and send it anew."
        ),
    ),
    ProblemText(
        "LEDGER_ROWS_COMBINED",
        _("Procountor combines the rows of the invoice"),
        _("The invoice has %(rows)s rows and its accounting page %(entries)s, so ours cannot be told from each other."),
        _("Switch accounting by row on in Procountor, and combining off for this supplier; then send it anew."),
    ),
    ProblemText(
        "POSTINGS_DIFFER",
        _("The posting does not add up to the invoice"),
        _("Our rows make %(ours)s, the invoice in Procountor %(theirs)s."),
        _("Correct the posting or the invoice, and send it again."),
    ),
    ProblemText(
        "VAT_ACCOUNTS_UNKNOWN",
        _("The accounts of the VAT itself are not known"),
        _(
            "Procountor adds the VAT of each row by itself (%(amount)s here), and it is not known which lines of the "
            "entry are that VAT."
        ),
        _("Name the VAT accounts of Procountor's chart in the connection's settings."),
        Link.SETTINGS,
    ),
    ProblemText(
        "JOURNAL_CHANGED",
        _("Somebody changed the journal in Procountor"),
        _("Journal %(number)s was saved there while ours was being written into it: %(message)s"),
        _("Look at the journal in Procountor and send the period again."),
    ),
    ProblemText(
        "REFERENCE_PAYMENT_NOT_SENT",
        # fi: Viitesuorituksia ei siirretä Procountoriin
        _("Reference payments are not moved to Procountor"),
        # fi: pankkiyhteys viitesuorituksia varten pitää olla päällä myös Procountorissa
        _("Procountor gets reference payments from the bank itself; sent from here they would stand there twice."),
        _("Check that the bank connection for reference payments is on in Procountor too. Nothing else needs doing."),
    ),
    ProblemText(
        "PAYMENT_WAITS_FOR_INVOICE",
        _("The payment waits for its invoice"),
        _("Invoice %(number)s is not complete at the target yet; money on it would be refused there."),
        _("Settle what the invoice's own log names. The payment then goes by itself."),
    ),
    ProblemText(
        "POSTING_CHANGED_HERE",
        _("The posting was changed here after it was sent"),
        _("At the target the invoice is approved with the posting as it was sent; a program cannot change that."),
        _(
            "Correct the posting at the target by hand, or put the posting here back as it was. Then accept the "
            "difference, if it still stands."
        ),
    ),
    ProblemText(
        "PICTURE_TOO_LARGE",
        _("The picture of the invoice is too large"),
        _("%(file)s is %(size)s; Procountor takes files of at most %(limit)s."),
        _("Make the picture smaller, or attach it in Procountor by hand."),
    ),
    ProblemText(
        "PICTURE_WRONG_TYPE",
        _("This file is no picture that Procountor takes"),
        _("%(file)s is %(type)s; pictures are %(taken)s, by their name and by their content."),
        _("Attach the picture of the invoice as one of these types."),
    ),
    ProblemText(
        "ROWS_OF_WORDS_NOT_CARRIED",
        _("Rows of words stayed behind"),
        _("%(count)s rows of the document hold words without amounts; Procountor has no place for them."),
        _("Nothing needs doing; the amounts are complete."),
    ),
)
