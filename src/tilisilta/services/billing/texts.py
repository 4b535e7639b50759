"""What billing tells people: texts of its error codes, lines of the audit log, and its notices."""

from django.utils.translation import gettext_lazy as _

from tilisilta.services.audit import ACTIONS
from tilisilta.services.errors import MESSAGES
from tilisilta.services.notices import TEXTS as NOTICES

MESSAGES.update(
    {
        "BILLING_OFF": _("Billing is not set up yet. An administrator sets it up in the settings of billing."),
        # the bureau's own books
        "BOOKS_NOT_CHOSEN": _("Choose the connection of the bureau's own books in the settings of billing first."),
        "BOOKS_NOT_POSSIBLE": _("%(name)s cannot take the bureau's invoices. Choose a connection of %(vendors)s."),
        "BOOKS_OF_CLIENT": _("%(name)s is the connection of the client %(client)s. Add one of the bureau's own books."),
        "BOOKS_NOT_TESTED": _("%(name)s has not answered with its present keys yet. Test the connection first."),
        "BOOKS_NOT_ACTIVE": _("Sending to %(name)s is not switched on. An administrator does it in the settings."),
        "CLASSIFIERS_MISSING": _("Import the classifiers of %(name)s on the page of products first."),
        "CLASSIFIERS_NOT_READ": _("The list “%(list)s” could not be read from %(name)s: %(reason)s"),
        "STATUS_NOT_TOLD": _("%(name)s does not tell what is paid."),
        "STATUS_NOT_READ": _("%(name)s could not be asked what is paid: %(reason)s"),
        "STATUS_NOT_SENT": _("%(number)s is not in %(name)s yet, so nothing is known of its payment. Send it first."),
        "MINUTES_NOT_POSSIBLE": _("Time is rounded up to 1, 5, 6, 10, 15, 30 or 60 minutes."),
        # products and contracts
        "PRODUCT_CODE_TAKEN": _("There is a product with the code %(product_code)s already."),
        "PRODUCT_IN_USE": _("%(name)s stands in contracts and cannot be deleted. Put it aside instead."),
        "PRODUCT_FIELD_MISSING": _("Choose the task field whose sum is the quantity."),
        "PRODUCT_FIELD_WRONG": _("The quantity comes from a field of tasks that is a number; %(field)s is none."),
        "PRODUCT_TIERS_MISSING": _("Enter what a piece beyond the included ones costs, from piece 1 on."),
        "TIERS_INVALID": _("The tiers cannot be used: %(reason)s"),
        "CLASSIFIER_UNKNOWN": _("%(value)s is not among the imported classifiers: %(list)s. Import them again."),
        "VAT_RATE_MISSING": _("Choose the VAT code, or enter the VAT rate."),
        "VAT_REASON_MISSING": _("Choose why no VAT is charged: 0 % alone does not say it."),
        "PLACEHOLDER_UNKNOWN": _("There is no placeholder %(place)s. Known ones: %(known)s."),
        "CONTRACT_DATES": _("The contract ends before it begins."),
        "CONTRACT_ROW_DATES": _("Row %(row)s ends before it begins."),
        "CONTRACT_NO_ROWS": _("A contract needs at least one row with a product."),
        "CONTRACT_OVERLAPS": _(
            "%(product)s is in the contract %(contract)s of the same client already on the same days. "
            "End one before the other begins, or it would be billed twice."
        ),
        "CONTRACT_BILLED": _("The contract has been billed and cannot be deleted. Give it an end date instead."),
        "CONTRACT_ROW_BILLED": _("%(row)s has been billed and cannot be taken out. Give the row an end date instead."),
        "NUMBER_NEGATIVE": _("Prices, quantities and discounts cannot be negative; a discount is at most 100 %."),
        # billing
        "BILLING_YEARS": _("Choose days of the years %(first)s to %(last)s."),
    "BILLING_WINDOW": _("Choose at most 36 months at once."),
        "BILLING_CHANGED": _(
            "What is to be billed has changed since you looked: somebody has billed, or the work has changed. "
            "Look through it again, then confirm."
        ),
        "BILLING_NOTHING": _("Nothing was chosen that could be billed."),
        "BILL_PRODUCT_LACKS": _("%(product)s has no %(list)s of the bureau's books. Choose one for the product."),
        "BILL_PERIOD_PARTLY": _(
            "Part of this period was billed already (%(first)s to %(last)s). Bill the rest by hand, or end the row and "
            "begin another one."
        ),
        "BILL_QUANTITY_NEGATIVE": _("The tasks of the period add up to less than nothing. Correct them first."),
        "BILL_FIELD_GONE": _("The task field that %(product)s counts was deleted. Choose another one for the product."),
        "BILL_CLASSIFIER_GONE": _(
            "%(value)s (%(list)s) of %(product)s is not in the bureau's books any more. Choose another one, or put it "
            "there and import the classifiers again."
        ),
        "NOTE_CONTRACT_EMPTY": _("The contract has no rows, so nothing is billed by it."),
        "NOTE_CLIENT_INACTIVE": _("The client is not active; its contract is left alone. End the contract."),
        "NOTE_SUMMARY_MISSING": _("The counts of %(months)s are not fetched yet. What comes later is billed later."),
        "NOTE_TIMER_RUNS": _("A timer is still running on %(task)s; its time is not in the quantity."),
        "NOTE_UNPRICED": _(
            "%(count)s of %(month)s changed by %(quantity)s after billing; no contract row of that month counts them."
        ),
        "NOTE_OLDER": _("%(count)s rows of earlier periods are not billed. Choose an earlier first day to see them."),
        "BILLED_MEANWHILE": _("%(client)s: somebody else billed a row of this period meanwhile. Nothing is doubled."),
        "BILL_INVALID": _("%(client)s: no invoice was made. %(reason)s"),
        "ROWS_CONFIRM": _("Only those who may confirm rows can leave some out. Ask an administrator for that right."),
        # sending
        "BILL_NOT_ISSUED": _("%(number)s is a draft. Issue it first; then it goes to %(target)s."),
        "BILL_BEFORE_ACTIVATION": _(
            "%(number)s was made on %(made)s, before sending to %(target)s was switched on (%(activated)s). Only "
            "invoices made after that are sent. Enter it in %(target)s by hand, or credit it and bill again."
        ),
        "BILL_NOT_CLASSIFIED": _(
            "%(number)s uses what is not among the classifiers imported from %(target)s: %(names)s. Choose imported "
            "ones for these products, or import the classifiers again."
        ),
        "BILL_NOT_SALES": _("%(number)s is no sales invoice."),
        "BILL_CREDITED": _("%(number)s has been credited already."),
    }
)  # fmt: skip

ACTIONS.update(
    {
        "billing.switched_on": _("Billing set up"),
        "billing.settings_changed": _("Settings of billing changed"),
        "billing.books_chosen": _("The bureau's own books chosen"),
        "billing.activated": _("Sending invoices to the books switched on"),
        "billing.paused": _("Sending invoices to the books switched off"),
        "billing.classifiers_imported": _("Classifiers imported"),
        "product.created": _("Product added"),
        "product.updated": _("Product changed"),
        "product.deleted": _("Product deleted"),
        "contract.created": _("Contract added"),
        "contract.updated": _("Contract changed"),
        "contract.deleted": _("Contract deleted"),
        "billing.billed": _("Invoices made by billing"),
        "billing.released": _("A billed period set free again"),
        "billing.issued": _("Invoices issued"),
        "billing.sent": _("Invoices sent to the books"),
        "billing.status_fetched": _("Payment status fetched"),
    }
)

NOTICES.update(
    {
        "BILLING_STATUS_FAILED": (
            _("Payment status could not be fetched"),
            _("%(target)s: %(reason)s Invoices show the status of the last time."),
        ),
        "BILLING_STATUS_DONE": (
            _("Payment status fetched"),
            _("%(target)s. Asked: %(asked)s, paid: %(paid)s, overdue: %(overdue)s, gone from the books: %(gone)s."),
        ),
    }
)
