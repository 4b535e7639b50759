"""Why a document stays where it is: changes at the source, choices of people, and the run itself."""

from django.utils.translation import gettext_lazy as _

from tilisilta.services.problem_texts.shape import Link, ProblemText

TEXTS = (
    ProblemText(
        "CHANGED_AT_SOURCE",
        _("Changed at the source after it was sent"),
        _("The document was edited at the source. What was sent stays as it is in the target."),
        _("Compare both. Correct the document in the target by hand, or accept the difference."),
    ),
    ProblemText(
        "DELETED_AT_SOURCE",
        _("Deleted at the source after it was sent"),
        _("The source does not have the document any more; the target still has it."),
        _("Delete it in the target by hand, or accept the difference."),
    ),
    ProblemText(
        "BEFORE_CUT_OVER",
        _("From before the start"),
        _("The document was made before this integration was switched on."),
        _("Nothing needs doing. To bring it over, move the starting day in the settings and release it."),
        Link.SETTINGS,
    ),
    ProblemText(
        "NOT_FROM_SOURCE",
        _("The payment is of a document from elsewhere"),
        _("The paid document did not come from the other side, so there is nothing to tie the payment to."),
        _("Nothing needs doing."),
    ),
    ProblemText(
        "SENT_IN_PERIOD",
        _("It went with a closed period"),
        _("It lies in a closed period whose books were sent as vouchers. Sent again it would be booked twice."),
        _("Nothing needs doing."),
    ),
    ProblemText(
        "INVOICE_NOT_POSTED",
        _("The invoice is not posted"),
        _("Invoice %(number)s goes with our posting, and nobody has posted it yet."),
        _("Check its posting on the invoice's page and post it; a sales invoice then goes on by itself."),
    ),
    ProblemText(
        "PAYMENT_EDITED_LATER",
        _("The payment was edited after it was sent"),
        _("A payment of invoice %(number)s was sent before. What was changed here afterwards is not sent again."),
        _("Compare both sides and correct the payment in the target by hand. If it is new money, send it again here."),
    ),
    ProblemText(
        "REPLACED_BY_NEWER",
        _("A newer voucher took its place"),
        _("The closed period was opened again or sent again, so that this older voucher may not go any more."),
        _("Nothing needs doing; the period's page shows what is sent now."),
    ),
    ProblemText(
        "NOTHING_TO_WITHDRAW",
        _("There is nothing to withdraw"),
        _("The older voucher that this one takes back never reached the target."),
        _("Nothing needs doing."),
    ),
    ProblemText(
        "CAME_FROM_HERE",
        _("It came from there in the first place"),
        _("This record was brought over from the system it would now go to. It is not sent back."),
        _("Nothing needs doing."),
    ),
    ProblemText(
        "STABLE_PERIOD",
        _("The day is not over"),
        _("The document is dated %(date)s, which is not finished. Documents of finished days do not change any more."),
        _("Nothing needs doing; it goes with the next import after that day."),
        Link.IMPORT,
    ),
    ProblemText(
        "SKIPPED_BY_USER",
        _("Left out by a person"),
        _("%(actor)s left it out: %(reason)s"),
        _("Release it if it should go after all."),
    ),
    ProblemText(
        "RUN_CANCELLED",
        _("The run was stopped"),
        _("A person stopped the run. What was sent before stays sent and is recorded."),
        _("Start the import again when you are ready; it goes on from where it stopped."),
        Link.RUN,
    ),
    ProblemText(
        "NOTHING_NEW",
        _("Nothing new"),
        _("All documents that the source has in these days are known already."),
        _("Nothing needs doing."),
    ),
    ProblemText(
        "NO_DOCUMENTS",
        _("No documents"),
        _("The source has no documents in these days."),
        _("If it should have some, look at their dates and at what the connection may read."),
    ),
    ProblemText(
        "ALL_LEFT_OUT",
        _("Everything was left out"),
        _("The documents that were new are left out for a reason, which stands beside each of them."),
        _("Look at the list of what was left out."),
    ),
    ProblemText(
        "LEASE_LOST",
        _("Another worker took over"),
        _("This worker was too slow to report, so another one went on with the run."),
        _("Nothing needs doing."),
        Link.RUN,
    ),
    ProblemText(
        "INTERNAL",
        _("Something went wrong on our side"),
        _("The program met something it was not prepared for. Nothing was sent twice."),
        _("Try again. If it stays, send the document's number to support."),
        Link.RUN,
    ),
    ProblemText(
        "NOT_FOUND_AT_SOURCE",
        _("The source does not find it"),
        _("It answered: %(message)s"),
        _("Look whether the document was deleted or moved at the source, then import again."),
        Link.IMPORT,
    ),
)
