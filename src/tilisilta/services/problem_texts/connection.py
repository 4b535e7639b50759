"""Keys, plans, rights and the way to the other side."""

from django.utils.translation import gettext_lazy as _

from tilisilta.services.problem_texts.shape import Link, ProblemText

TEXTS = (
    ProblemText(
        "CONNECTION_MISCONFIGURED",
        _("The connection does not work as it is set up"),
        _("The other side answered: %(message)s"),
        _("Check the connection's fields and test it. Waiting documents go on by themselves afterwards."),
        Link.CONNECTION,
    ),
    ProblemText(
        "CONNECTION_INACTIVE",
        _("The connection is switched off"),
        _("Connection %(connection)s was deactivated."),
        _("Activate it again."),
        Link.CONNECTION,
    ),
    ProblemText(
        "CONNECTOR_UNKNOWN",
        _("This system is not known here"),
        _("There is no connector named %(vendor)s in this version."),
        _("Update the program, or ask whoever runs it."),
        Link.CONNECTION,
    ),
    ProblemText(
        "NOT_A_TARGET",
        _("This system cannot receive documents"),
        _("%(vendor)s can only be a source."),
        _("Choose another target for the integration."),
        Link.SETTINGS,
    ),
    ProblemText(
        "NOT_A_SOURCE",
        _("This system cannot give documents"),
        _("%(vendor)s can only be a target."),
        _("Choose another source for the integration."),
        Link.SETTINGS,
    ),
    ProblemText(
        "KEY_MISSING",
        _("A key is missing"),
        _("The connection has no value in the field %(field)s."),
        _("Enter the key; the connection's page tells where to get it."),
        Link.CONNECTION,
    ),
    ProblemText(
        "KEY_REFUSED",
        _("The key was not accepted"),
        _("The other side does not accept the key or its signature: %(message)s"),
        _("Check that the key still exists there, enter it again without spaces, and test the connection."),
        Link.CONNECTION,
    ),
    ProblemText(
        "COMPANY_ACCOUNT_UNKNOWN",
        _("The company account is not known there"),
        _("The key was accepted, but the other side has no company account of this name: %(message)s"),
        _("Copy the company account from the page where the key stands; it may differ from the site's address."),
        Link.CONNECTION,
    ),
    ProblemText(
        "CREDENTIALS_UNREADABLE",
        _("The stored keys cannot be opened"),
        _("They were locked with another master key than the one this program runs with."),
        _("Restore the earlier master key in the program's settings, or enter the connection's keys again."),
        Link.CONNECTION,
    ),
    ProblemText(
        "API_NOT_ACTIVATED",
        _("The interface is not switched on"),
        _("The other side has not activated its interface (API) for this company."),
        _("Switch it on in that system's settings for connected services, then test the connection."),
        Link.CONNECTION,
    ),
    ProblemText(
        "PLAN_TOO_LOW",
        _("The plan does not include the interface"),
        _("This company's package in the other system does not include its interface (API): %(message)s"),
        _("Change the package there, then test the connection."),
        Link.CONNECTION,
    ),
    ProblemText(
        "VENDOR_BILLING",
        _("The other system is closed because of an unpaid bill"),
        _("It answered: %(message)s"),
        _("Settle the matter with that system's maker, then test the connection."),
        Link.CONNECTION,
    ),
    ProblemText(
        "RIGHT_MISSING",
        _("A right is missing"),
        _("The key may not do this in the other system: %(message)s"),
        _("Give the user of the key the rights that the connection's page lists, then test the connection."),
        Link.CONNECTION,
    ),
    ProblemText(
        "CLOCK_SKEW",
        _("The clocks differ"),
        _("The other side says that our request is too old or from the future: %(message)s"),
        _("Set the clock of the machine that runs this program; it should follow a time server."),
        Link.CONNECTION,
    ),
    ProblemText(
        "ADDRESS_NOT_SAFE",
        _("The address is not allowed"),
        _("Keys are sent only over an encrypted connection; %(address)s has none."),
        _("Use an address that begins with https."),
        Link.CONNECTION,
    ),
    ProblemText(
        "ADDRESS_NOT_PUBLIC",
        _("The address leads into a private network"),
        _(
            "%(address)s belongs to this machine or to a private network. "
            "Connections may only lead to public addresses."
        ),
        _(
            "Enter the address that the system's maker gives. If the other system really runs in your own network, the "
            "operator of this program may allow it with TILISILTA_ALLOW_LOCAL_VENDORS."
        ),
        Link.CONNECTION,
    ),
    ProblemText(
        "ADDRESS_MOVED",
        _("The address has moved"),
        _("The other side points to another address. Keys are not sent after it."),
        _("Enter the new address in the connection."),
        Link.CONNECTION,
    ),
    ProblemText(
        "TLS_REFUSED",
        _("The other side could not prove who it is"),
        _("Its certificate was not accepted: %(reason)s"),
        _("Check the address. If it is right, tell the other system's maker."),
        Link.CONNECTION,
    ),
    ProblemText(
        "TARGET_UNREACHABLE",
        _("The other side cannot be reached"),
        _("No connection could be made; nothing was sent."),
        _("Nothing needs doing at first: it is tried again. If it lasts, check the address and the network."),
        Link.CONNECTION,
    ),
    ProblemText(
        "TARGET_BUSY",
        _("The other side is busy"),
        _("It asks to wait, or it is out of order for the moment. Nothing was written."),
        _("Nothing needs doing; it is tried again."),
        Link.RUN,
    ),
    ProblemText(
        "DAILY_BUDGET_SPENT",
        _("Today's requests are used up"),
        _("The other system allows a number of requests a day, and it has been reached."),
        _("Nothing needs doing; it goes on when the day renews. A larger plan allows more."),
        Link.CONNECTION,
    ),
    ProblemText(
        "NOT_JSON",
        _("The answer could not be read"),
        _("The other side answered with something that is not the agreed format."),
        _("Try again later. If it lasts, check the address of the connection."),
        Link.CONNECTION,
    ),
    ProblemText(
        "HTML_ANSWER",
        _("A web page came instead of data"),
        _("The address leads to a page for people, such as a sign-in or an outage notice."),
        _("Check the address of the connection. If it is right, try again later."),
        Link.CONNECTION,
    ),
    ProblemText(
        "SETTING_WRONG",
        _("A setting of the connection is wrong"),
        _("The field %(field)s holds “%(value)s”, which does not fit there."),
        _("Correct the field and test the connection."),
        Link.CONNECTION,
    ),
    ProblemText(
        "SETTING_INVALID",
        _("A setting of the connection is wrong"),
        _("The field %(field)s holds “%(value)s”, which does not fit there."),
        _("Correct the field and test the connection."),
        Link.CONNECTION,
    ),
    ProblemText(
        "TARGET_NOT_READABLE",
        _("The target cannot be compared"),
        _("%(vendor)s does not let its documents be read back, so there is nothing to compare with."),
        _("Compare by hand with a report of that system."),
        Link.RUN,
    ),
    ProblemText(
        "PAGE_TOKEN_WRONG",
        _("The import lost its place"),
        _("The mark of where reading should go on is not one of ours: %(token)s"),
        _("Start the import again. What was sent before is not sent twice."),
        Link.RUN,
    ),
)
