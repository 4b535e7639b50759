"""What the workspace tells people: texts of its error codes, names of fields, lines of the audit log."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tilisilta.services import table_texts
from tilisilta.services.audit import ACTIONS
from tilisilta.services.errors import MESSAGES

_MESSAGES: Final[dict[str, Promise]] = {
    "WORKSPACE_OFF": _("The invoice workspace is switched off. An administrator switches it on in its settings."),
    "PERIOD_CLOSED": _("%(number)s belongs to a closed period. Open the period again to change it."),
    "INVOICE_INVALID": _("%(reasons)s"),
    "INVOICE_DUPLICATE": _(
        "Invoice %(number)s of %(date)s, %(party)s, is here already. It is not taken a second time."
    ),
    "INVOICE_NUMBER_MISSING": _("A purchase invoice needs the supplier's number."),
    "INVOICE_IS_SENT": _(
        "The invoice is sent; these cannot change any more: %(fields)s. Credit it and make a new one."
    ),
    "INVOICE_NOT_DRAFT": _("This can be done with a draft only; %(number)s is no draft any more."),
    "INVOICE_NOT_SENT": _("The invoice is still a draft. Send it first."),
    "CREDITED_ALREADY": _(
        "Credit notes of invoice %(number)s would come to more than the invoice. There are already: %(notes)s."
    ),
    "ATTACHMENTS_FULL": _("The invoice has %(limit)s files already. Remove one of them first."),
    "INVOICE_OTHER_SIDE": _("Sales and purchase invoices cannot be turned into each other."),
    "INVOICE_CHANGED_MEANWHILE": _("Somebody else has changed the invoice meanwhile. Open it again, then change it."),
    "INVOICE_NOT_SALES": _("This can be done with sales invoices only."),
    "INVOICE_HAS_PAYMENTS": _("The invoice has payments. Remove them first."),
    "AMOUNT_TOO_LARGE": _("The amounts of the invoice are too large."),
    "NUMBER_TAKEN": _("The number %(number)s was taken meanwhile. Try again."),
    "SERIES_MISSING": _("There is no number series for it. Make one in the workspace's settings."),
    "SERIES_IN_USE": _("The default series cannot be removed. Make another one the default first."),
    "SERIES_NUMBER_USED": _("The number %(number)s is in use already. Choose a later one."),
    "IBAN_INVALID": _("%(iban)s is no valid account number: its check digits do not agree."),
    "PARTY_IN_USE": _("%(name)s has invoices and cannot be deleted. Put it aside instead."),
    "PARTY_NAME_MISSING": _("Give the name of the customer or supplier."),
    "ITEM_CODE_TAKEN": _("There is an item with the code %(item_code)s already."),
    "DIMENSION_TAKEN": _("There is %(value)s already under %(axis)s."),
    "FOREMAN_NOT_MEMBER": _("The foreman must be one of the company's people."),
    "ATTACHMENT_TOO_BIG": _("File %(name)s is larger than %(limit)s MB."),
    "ATTACHMENT_KIND": _("Files of the kind %(kind)s are not kept here. Use PDF, a picture, XML, text or a table."),
    "ATTACHMENTS_LEFT": _("Files inside it that are not kept here: %(names)s."),
    "IMAGE_STAYS": _("Invoice %(number)s went to its customer as this picture, so it stays with the invoice."),
    "IMAGE_KIND": _("The picture of an invoice is a PDF, PNG or JPEG."),
    "OUTPUT_FAILED": _("The invoice cannot be written as %(format)s: %(reason)s"),
}

FIELD_NAMES: Final[dict[str, Promise]] = {
    "number": _("number"),
    "date": _("date"),
    "due_date": _("due date"),
    "delivery_date": _("delivery date"),
    "currency": _("currency"),
    "exchange_rate": _("exchange rate"),
    "is_credit_note": _("kind"),
    "net": _("total without VAT"),
    "vat": _("VAT"),
    "gross": _("total with VAT"),
    "rounding": _("rounding"),
    "prepaid": _("prepaid"),
    "lines": _("rows"),
    "note": _("note"),
    "reference_number": _("reference number"),
    "bank_account": _("bank account"),
    "dimensions": _("dimensions"),
    "our_reference": _("our reference"),
    "your_reference": _("your reference"),
    "order_number": _("order number"),
    "credits": _("credited invoice"),
    "party": _("customer or supplier"),
}

_ACTIONS: Final[dict[str, Promise]] = {
    "workspace.on": _("Invoice workspace switched on"),
    "workspace.off": _("Invoice workspace switched off"),
    "workspace.updated": _("Settings of the invoice workspace changed"),
}


def make_known() -> None:
    """Let errors and the audit log know the workspace's texts."""
    table_texts.make_known()
    MESSAGES.update(_MESSAGES)
    ACTIONS.update(_ACTIONS)
