"""What Netvisor says, and what closing a period into it may run into.

Three of these errors are known to its users in fixed Finnish words; the Finnish catalogue must carry exactly those that
stand in the comments (rows N23 to N30).
"""

from django.utils.translation import gettext_lazy as _

from tilisilta.services.problem_texts.shape import Link, ProblemText

TEXTS = (
    ProblemText(
        "PERIOD_HAS_OUTSIDE_EVENTS",
        # fi: Kirjanpitosyklin päätös sisältää valitun ajanjakson ulkopuolisia tapahtumia!
        _("The close contains events outside the chosen range!"),
        # fi: Valitun ajanjakson ulkopuolisia tapahtumia on päättämättä: %(events)s
        _("Events outside the chosen range are not closed: %(events)s"),
        # fi: Päätä aikaisempi kirjanpitosykli tai varmista, ettei ole päättämättä ajanjakson ulkopuolisia tapahtumia.
        _("Close the earlier cycle, or make sure that no events outside the range are left open."),
        Link.DOCUMENT,
    ),
    ProblemText(
        "ACCOUNT_NOT_IN_NETVISOR",
        # fi: Kirjanpito integraatiossa tapahtui virhe. Tiliä ei löydy Netvisorin tilikartasta.
        _("An error occurred in the accounting integration. The account is not found in Netvisor's chart of accounts"),
        # fi: Virheilmoituksessa näkyvää tilinumeroa %(account)s ei ole kohdistettu Netvisorin tilikarttaan tai
        # fi: kohdistus on väärin.
        _("Account number %(account)s is not mapped to Netvisor's chart of accounts, or the mapping is wrong."),
        # fi: Tarkasta kohdistus Asetukset > Integraatiot > Netvisor.
        _("Check the mapping under Settings > Integrations > Netvisor."),
        Link.MAPPINGS,
    ),
    ProblemText(
        "SENDING_TO_NETVISOR_FAILED",
        # fi: Laskujen lähetys Netvisoriin epäonnistui.
        _("Sending the invoices to Netvisor failed"),
        # fi: Päivä %(date)s on Netvisorissa lukitulla kaudella.
        _("The day %(date)s lies in a period that is locked in Netvisor."),
        # fi: Tarkista, ettei kyseinen kirjanpidon kausi ole Netvisorissa suljettuna.
        _("Check that the accounting period is not closed in Netvisor."),
        Link.CONNECTION,
    ),
    ProblemText(
        "PERIOD_HAS_UNFINISHED",
        _("Invoices in the range are not approved or sent yet"),
        _("These %(count)s documents must be approved, sent or rejected first: %(events)s"),
        _("Approve or reject each of them, or close up to an earlier day."),
        Link.DOCUMENT,
    ),
    ProblemText(
        "PERIOD_HAS_UNPOSTED",
        _("Invoices in the range are not posted"),
        _("These %(count)s documents have no postings yet: %(events)s"),
        _("Look at the proposed postings and accept or correct them."),
        Link.DOCUMENT,
    ),
    ProblemText(
        "PERIOD_HAS_UNPOSTED_PAYMENTS",
        _("Payments in the range are not posted"),
        _("These %(count)s payments have no postings yet: %(events)s"),
        _("Open the invoice and enter the payment's accounts."),
        Link.DOCUMENT,
    ),
    ProblemText(
        "PERIOD_HAS_SENT_DOCUMENTS",
        _("Documents in the range went one by one already"),
        _("These %(count)s documents stand in the target; with a voucher they would be booked twice: %(events)s"),
        _("Let single documents go again in the settings, close these days (it sends nothing then), and change back."),
        Link.SETTINGS,
    ),
    ProblemText(
        "PERIOD_NOT_SENT_YET",
        _("The period is closed and has not been sent"),
        _("The sending was never begun or was left off before its end."),
        _("Send the period again; nothing is doubled."),
        Link.RUN,
    ),
    ProblemText(
        "DAY_IN_NO_FISCAL_YEAR",
        _("The day lies in no fiscal year of %(target)s"),
        _("%(target)s has no fiscal year that holds %(date)s."),
        _("Open the fiscal year in %(target)s, or check the dates of the period."),
        Link.CONNECTION,
    ),
    ProblemText(
        "REQUEST_REPEATED",
        _("The same request arrived twice"),
        _("Something on the way sent it a second time, and Netvisor took only one of them: %(message)s"),
        _("Nothing needs doing at first: the document is looked for before anything is sent again."),
    ),
    ProblemText(
        "NETVISOR_MAINTENANCE",
        _("Netvisor is under maintenance"),
        _("It does not take requests for the moment. Nothing was written."),
        _("Nothing needs doing; it is tried again."),
        Link.RUN,
    ),
    ProblemText(
        "RESOURCE_UNKNOWN",
        _("The address is not that of Netvisor's interface"),
        _("There is no %(resource)s at this address."),
        _("Check the address of the connection."),
        Link.CONNECTION,
    ),
    ProblemText(
        "NOT_XML",
        _("The answer could not be read"),
        _("The other side answered with something that is not the agreed format."),
        _("Try again later. If it lasts, check the address of the connection."),
        Link.CONNECTION,
    ),
    ProblemText(
        "DATA_TOO_LARGE_FOR_TARGET",
        _("A field or a file is too large for the target"),
        _("It answered: %(message)s"),
        _("Shorten the text or make the file smaller at the source, and try again."),
    ),
    ProblemText(
        "NUMBER_NOT_WHOLE",
        _("The target takes whole numbers as invoice numbers"),
        _("Invoice number %(value)s holds something else than digits."),
        _("Choose in the connection's settings that Netvisor numbers such invoices, or number them with digits."),
        Link.CONNECTION,
    ),
    ProblemText(
        "ROUNDING_PRODUCT_MISSING",
        _("No product is chosen for roundings"),
        _("The invoice is rounded by %(amount)s, which Netvisor takes only as a row with a product."),
        _("Choose the product for roundings in the connection's settings."),
        Link.CONNECTION,
    ),
    ProblemText(
        "ATTACHMENTS_NOT_CARRIED",
        _("Files stayed behind"),
        _("%(count)s files of the document are not in the target."),
        _("Add them in the target by hand if they are needed there."),
    ),
    ProblemText(
        "CREDIT_NOTE_NOT_MATCHED",
        _("The credit note is not matched with its invoice"),
        _("The credit note is in Netvisor, but could not be matched with the invoice: %(message)s"),
        _("Match the two in Netvisor."),
    ),
    ProblemText(
        "POSTING_DATA_NOT_SET",
        _("The VAT codes of the rows may be missing"),
        _("The purchase invoice is in Netvisor, but whether its posting data arrived is not certain: %(message)s"),
        _("Open the invoice in Netvisor and check accounts and VAT codes of its rows."),
    ),
    ProblemText(
        "PAYMENT_PARTLY_SENT",
        _("Only part of the payment is in the target"),
        _("%(sent)s of %(parts)s paid invoices are settled (%(keys)s); the next one was refused: %(message)s"),
        _("Correct what the answer names and try again; what is there is not sent twice."),
    ),
    ProblemText(
        "OLD_VOUCHER_INVALIDATED",
        _("The old voucher is invalidated and the new one was refused"),
        _("Netvisor's voucher %(voucher)s is not valid any more, and what should replace it was refused: %(message)s"),
        _("Correct what the answer names and send again; until then the books lack these entries."),
    ),
)
