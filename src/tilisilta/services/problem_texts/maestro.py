"""What may go wrong with files: folders, SFTP servers, acknowledgements and Maestro's product export."""

from django.utils.translation import gettext_lazy as _

from tilisilta.services.problem_texts.shape import Link, ProblemText

TEXTS = (
    ProblemText(
        "DISK_FULL",
        _("There is no room for another file"),
        _("The disk behind %(folder)s is full. Nothing of the document appeared there."),
        _("Make room there; it is tried again by itself."),
        Link.RUN,
    ),
    ProblemText(
        "FOLDER_NOT_WRITABLE",
        _("The folder cannot be written to"),
        _("%(folder)s takes no files from us. Nothing of the document appeared there."),
        _(
            "Let the folder's keeper give our user the right to create, rename and remove files; then test the "
            "connection."
        ),
        Link.CONNECTION,
    ),
    ProblemText(
        "FOLDER_UNREADABLE",
        _("The folder cannot be read"),
        _("%(folder)s answers neither with a file nor that there is none."),
        _(
            "Let the receiver's keeper allow our user to read files (GET and HEAD) there; then test the connection. "
            "Nothing was taken for an acknowledgement meanwhile."
        ),
        Link.CONNECTION,
    ),
    ProblemText(
        "FOLDER_MISSING",
        _("The folder is not there"),
        _("%(folder)s does not exist, or its drive is not mounted."),
        _("Correct the folder in the connection, or let its keeper make it; then test the connection."),
        Link.CONNECTION,
    ),
    ProblemText(
        "FOLDER_NOT_ALLOWED",
        _("This folder may not be used"),
        _("%(folder)s lies below none of the directories that the operator of this program allows."),
        _("Enter a folder below one of them. The operator names them with TILISILTA_TARGET_FOLDERS."),
        Link.CONNECTION,
    ),
    ProblemText(
        "HOST_KEY_NOT_PINNED",
        _("The SFTP server's key has not been compared yet"),
        _("%(host)s shows the key %(shown)s. Nothing was sent to it."),
        _(
            "Ask the server's keeper for the fingerprint of its key. If it is the same, enter it in the field for the "
            "host key and test the connection."
        ),
        Link.CONNECTION,
    ),
    ProblemText(
        "HOST_KEY_CHANGED",
        _("The SFTP server shows another key than before"),
        _(
            "%(host)s shows the key %(shown)s; %(pinned)s is expected. Somebody may stand between us and the server, "
            "so nothing was sent."
        ),
        _(
            "Ask the server's keeper whether the key was changed. Only if it was, enter the new fingerprint and test "
            "the connection."
        ),
        Link.CONNECTION,
    ),
    ProblemText(
        "SFTP_LOGIN_REFUSED",
        _("The SFTP server does not let us in"),
        _("%(host)s refuses user %(user)s with this key or password."),
        _("Check the user, and that our public key is entered at the server; then test the connection."),
        Link.CONNECTION,
    ),
    ProblemText(
        "SFTP_KEY_UNREADABLE",
        _("The private key for SFTP cannot be used"),
        _("What was entered is no private key, or its passphrase is another."),
        _("Enter the whole key with its first and last line, and its passphrase if it has one."),
        Link.CONNECTION,
    ),
    ProblemText(
        "PRODUCTS_UNREADABLE",
        _("Maestro's product export cannot be read"),
        _("%(file)s, line %(line)s: %(rule)s."),
        _(
            "Take the products out of Maestro again and save the file unopened, since spreadsheets spoil its letters. "
            "If they are right, choose the export's letters in the connection."
        ),
        Link.CONNECTION,
    ),
    ProblemText(
        "CUSTOMER_SERIES_SPOILT",
        _("The list of customer numbers given out cannot be read"),
        _("The file series.json in %(folder)s was changed by somebody. Numbers would be given out twice without it."),
        _("Put the file back from a backup, or give these customers numbers at the source."),
        Link.CONNECTION,
    ),
    ProblemText(
        "MAESTRO_REFUSED",
        _("Maestro did not take the document"),
        _("The importer says: %(reason)s %(message)s"),
        _("Correct what it names, at the source or in Maestro, and send the document again."),
        Link.DOCUMENT,
    ),
    ProblemText(
        "CUSTOMER_NOT_IN_MAESTRO",
        _("Maestro does not have the customer"),
        _("The importer says: %(message)s"),
        _(
            "See whether Maestro has read the customer's file of out/customers. Put it there once more or enter the "
            "customer in Maestro, then send the invoice again."
        ),
        Link.DOCUMENT,
    ),
    ProblemText(
        "ACKNOWLEDGEMENT_UNKNOWN",
        _("An acknowledgement of something that we did not send"),
        _("The acknowledgement %(delivery)s belongs to no delivery of this connection. It changes nothing."),
        _("Check that no other program uses the same folder."),
        Link.CONNECTION,
    ),
    ProblemText(
        "ADDRESS_LEFT_OUT",
        _("The customer's address is left out of the invoice"),
        _("The address of %(party)s lacks %(missing)s, and Finvoice takes an address whole or not at all."),
        _("Complete the address at the source if it should stand on the next invoice."),
        Link.DOCUMENT,
    ),
    ProblemText(
        "PICTURE_LEFT_OUT",
        _("The invoice goes without its PDF"),
        _("The PDF cannot be drawn: %(rule)s."),
        _("Nothing needs doing unless the PDF is needed in the target."),
        Link.DOCUMENT,
    ),
    ProblemText(
        "LETTERS_LOST",
        _("A letter has no place in the file"),
        _("%(letters)s cannot be written in %(encoding)s and became question marks."),
        _("Choose UTF-8 for CSV files in the connection if Maestro reads it."),
        Link.CONNECTION,
    ),
)
