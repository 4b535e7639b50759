"""Signing in at a bookkeeping system, lists of keys, and the rows of an import of clients."""

from django.utils.translation import gettext_lazy as _

from tilisilta.services.problem_texts.shape import Link, ProblemText

TEXTS = (
    ProblemText(
        "DOOR_CLOSED",
        _("Signing in is not set up here"),
        _("No address was named at which people can sign in to this bookkeeping system and have keys made."),
        _("Import a list of keys instead. The operator can open the door with TILISILTA_KEY_DOORS."),
        Link.NOWHERE,
    ),
    ProblemText(
        "DOOR_NOT_PUBLIC",
        _("The bookkeeping system itself has no such door"),
        _("%(address)s is the maker's own address, and no program may sign in there as a person does."),
        _("Name another address in TILISILTA_KEY_DOORS, or import a list of keys."),
        Link.NOWHERE,
    ),
    ProblemText(
        "DOOR_REFUSED",
        _("The bookkeeping system refused"),
        _("It answered: %(message)s"),
        _("Try again later, or import a list of keys."),
        Link.NOWHERE,
    ),
    ProblemText(
        "SIGN_IN_REFUSED",
        _("The e-mail address or the password is wrong"),
        _("The bookkeeping system does not accept this e-mail address with this password."),
        _("Enter them as you do there. Nothing was stored."),
        Link.NOWHERE,
    ),
    ProblemText(
        "TWO_FACTOR_ON",
        _("Two-step sign-in is on"),
        _("The bookkeeping system asks this user for a second step, which an import cannot answer."),
        _("Turn two-step sign-in off there for the time of the import, or import a list of keys."),
        Link.NOWHERE,
    ),
    ProblemText(
        "NO_COMPANIES_IN_COUNTRY",
        _("This user has no companies in this country"),
        _("The sign-in was right, but there is no company in %(country)s that this user may open."),
        _("Choose the country whose bookkeeping system you use, and sign in again."),
        Link.NOWHERE,
    ),
    ProblemText(
        "SESSION_ENDED",
        _("The sign-in ended before the import did"),
        _("Somebody signed in there with the same user meanwhile, or too much time passed."),
        _("Start the import again, and do not sign in there before it has ended."),
        Link.NOWHERE,
    ),
    ProblemText(
        "NO_KEY",
        _("There is no key with our name"),
        _("The company has no key named %(names)s, and this import makes none."),
        _("It is imported without a connection. Enter a key on the client's page later, or import with new keys."),
        Link.NOWHERE,
    ),
    ProblemText(
        "COMPANY_GONE",
        _("The company is not in the list any more"),
        _("When its key was to be made, the bookkeeping system did not list this company."),
        _("It is imported without a connection. Enter a key on the client's page later."),
        Link.NOWHERE,
    ),
    ProblemText(
        "ROW_CODE_TWICE",
        _("The registry code stands in the list twice"),
        _("%(registry_code)s stands in row %(first)s already; one client has one registry code."),
        _("This row is left out. If it is another company, correct the code and import it again."),
        Link.NOWHERE,
    ),
    ProblemText(
        "ROW_KEY_TWICE",
        _("The key stands in the list twice"),
        _("The same key stands in row %(first)s already; one key opens the books of one company."),
        _("This row is left out. Enter the company's own key and import it again."),
        Link.NOWHERE,
    ),
    ProblemText(
        "ROW_KEY_INCOMPLETE",
        _("A part of the key is missing"),
        _("The row has nothing in the column %(field)s."),
        _("This row is left out. Fill in the cell and import it again."),
        Link.NOWHERE,
    ),
    ProblemText(
        "ROW_KEY_INVALID",
        _("The key cannot be one"),
        _("What stands in the column %(field)s holds characters that no key has."),
        _("This row is left out. Copy the key anew and import it again."),
        Link.NOWHERE,
    ),
    ProblemText(
        "ROW_WITHOUT_NAME",
        _("The row names no company"),
        _("It has neither a name nor a registry code."),
        _("This row is left out. Fill in one of the two and import it again."),
        Link.NOWHERE,
    ),
    ProblemText(
        "ROW_TEXT_TOO_LONG",
        _("A cell is too long"),
        _("The column %(field)s takes at most %(limit)s letters."),
        _("This row is left out. Shorten the cell and import it again."),
        Link.NOWHERE,
    ),
    ProblemText(
        "ROW_TOO_LONG",
        _("The row has too many cells"),
        _("It has more cells than the header has columns, so that it cannot be told which is which."),
        _("This row is left out. Correct it and import it again."),
        Link.NOWHERE,
    ),
    ProblemText(
        "ROW_SAME_CLIENT",
        _("Another row of the list is this client already"),
        _("%(name)s was imported from an earlier row; a client has one key to a bookkeeping system."),
        _("This row is left out. Give the companies different names or registry codes, and import it again."),
        Link.NOWHERE,
    ),
    ProblemText(
        "ROW_NOT_SAVED",
        _("The client could not be saved"),
        _("%(message)s"),
        _("Correct it at its source and import it again, or add the client by hand."),
        Link.NOWHERE,
    ),
)
