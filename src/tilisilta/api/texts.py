"""What the API itself says when it cannot do what it was asked: status, title, detail and remedy by code."""

from typing import Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Words(NamedTuple):
    status: int
    title: Promise
    detail: Promise
    remedy: Promise


TEXTS: Final[dict[str, Words]] = {
    "BODY_UNREADABLE": Words(
        400,
        _("The body cannot be read"),
        _("The body of the request is not what its content type says."),
        _("Send the body as well-formed JSON in UTF-8, files as multipart/form-data."),
    ),
    "TOKEN_MISSING": Words(
        401,
        _("A token is needed"),
        _("The request carries no token."),
        _("Send the header “Authorization: Bearer” with a token. An administrator makes tokens in Tilisilta."),
    ),
    "TOKEN_INVALID": Words(
        401,
        _("The token does not work"),
        _("There is no such token, or it was revoked or is too old."),
        _("Ask an administrator for a new token."),
    ),
    "ROLE_TOO_LOW": Words(
        403,
        _("The token's role is too low"),
        _("The token has the role %(role)s; this needs the role %(needed)s or a higher one."),
        _("Ask an administrator for a token with a higher role."),
    ),
    "NOT_FOUND": Words(
        404,
        _("Not found"),
        _("The company of this token has nothing under this address."),
        _("Check the ids in the address and in the body."),
    ),
    "ADDRESS_UNKNOWN": Words(
        404,
        _("Unknown address"),
        _("The API has no such address."),
        _("See /api/v1/docs for the addresses that there are."),
    ),
    "METHOD_NOT_ALLOWED": Words(
        405,
        _("Method not allowed"),
        _("%(method)s cannot be used at this address."),
        _("Use one of these: %(allowed)s."),
    ),
    "REQUEST_UNDER_WAY": Words(
        409,
        _("The same request is under way"),
        _("A request with this idempotency key has not been answered yet."),
        _("Wait for the seconds that the header Retry-After tells, then send it again."),
    ),
    "BODY_TOO_BIG": Words(
        413,
        _("The body is too big"),
        _("A request may carry up to %(limit)s MB."),
        _("Send fewer or smaller files."),
    ),
    "BODY_TYPE_WRONG": Words(
        415,
        _("Content type not taken"),
        _("This address takes %(wanted)s, not %(type)s."),
        _("Set the header Content-Type to what the body is."),
    ),
    "VALIDATION_FAILED": Words(
        422,
        _("The request is not right"),
        _("These fields cannot be used: %(fields)s."),
        _("Correct the fields that are listed and send the request again."),
    ),
    "CHARACTER_NOT_ALLOWED": Words(
        422,
        _("A character cannot be stored"),
        _("The request holds a zero character or half of a surrogate pair."),
        _("Leave the character out and send the request again."),
    ),
    "IDEMPOTENCY_KEY_INVALID": Words(
        422,
        _("The idempotency key cannot be used"),
        _("A key has 1 to %(limit)s visible ASCII characters."),
        _("Make a key that is new for each write, such as a UUID."),
    ),
    "IDEMPOTENCY_KEY_REUSED": Words(
        422,
        _("The idempotency key was used before"),
        _("This key came before with another request."),
        _("Use a new key for a new request. Send the first request unchanged to see its answer."),
    ),
    "TOO_MANY_REQUESTS": Words(
        429,
        _("Too many requests"),
        _("A token may send %(limit)s requests a minute."),
        _("Wait for the seconds that the header Retry-After tells."),
    ),
    "INTERNAL": Words(
        500,
        _("Something went wrong in Tilisilta"),
        _("The request could not be carried out. The log has the details."),
        _("Try again. If it happens again, tell the people who look after Tilisilta the time of the request."),
    ),
}

# Mistakes that services name: the text is theirs, the title and the remedy go by the status.
BY_STATUS: Final[dict[int, tuple[Promise, Promise]]] = {
    409: (
        _("That cannot be done now"),
        _("Settle what is named, or look at the present state, then try again."),
    ),
    413: (_("The file is too big"), _("Send a smaller file.")),
    422: (_("That cannot be done with these values"), _("Correct what is named and send the request again.")),
    502: (_("The other system does not answer"), _("Try again later. If it stays so, test the connection.")),
}

# The state of things stands against these, not the request itself.
CONFLICTS: Final = frozenset(
    {
        "BILLING_CHANGED",
        "BINDING_SENT",
        "BOOKS_NOT_ACTIVE",
        "BOOKS_NOT_CHOSEN",
        "BOOKS_NOT_TESTED",
        "CHECKLIST_NOT_DONE",
        "CLASSIFIERS_MISSING",
        "CLIENT_CODE_TAKEN",
        "COMPANY_HAS_RUNS",
        "CONNECTION_NOT_USABLE",
        "CONTRACT_BILLED",
        "CONTRACT_ROW_BILLED",
        "FIELD_TITLE_TAKEN",
        "FLOW_DISABLED",
        "FLOW_OF_OTHER_LEVEL",
        "GROUP_NAME_TAKEN",
        "IMPORT_CANCELLED_ALREADY",
        "IMPORT_CONFIRMED_ALREADY",
        "IMPORT_FAILED_ALREADY",
        "IMPORT_STILL_RUNNING",
        "IMPORT_UNDER_WAY",
        "INTEGRATION_EXISTS",
        "INTEGRATION_HAS_HISTORY",
        "INVOICE_CHANGED_MEANWHILE",
        "INVOICE_DUPLICATE",
        "INVOICE_HAS_PAYMENTS",
        "INVOICE_IS_SENT",
        "INVOICE_NOT_DRAFT",
        "INVOICE_NOT_SENT",
        "ITEM_CODE_TAKEN",
        "LEDGER_BEING_CLOSED",
        "LEVEL_DOCUMENTS_OPEN",
        "LEVEL_PERIOD_NOT_SENT",
        "LEVEL_PERIOD_REOPENED",
        "MATCH_DECIDED",
        "NOTHING_TO_RETRY",
        "NOTHING_TO_SKIP",
        "NOT_ACTIVATED_YET",
        "NUMBER_TAKEN",
        "PAYMENTS_KEPT_IN_SOURCE",
        "PAYMENTS_KEPT_IN_TARGET",
        "PERIOD_ALREADY_CLOSED",
        "PERIOD_ANSWER_OPEN",
        "PERIOD_BEING_SENT",
        "PERIOD_CLOSED",
        "PERIOD_HAS_OUTSIDE_EVENTS",
        "PERIOD_HAS_SENT_DOCUMENTS",
        "PERIOD_HAS_UNFINISHED",
        "PERIOD_HAS_UNPOSTED",
        "PERIOD_HAS_UNPOSTED_PAYMENTS",
        "PERIOD_IS_OPEN",
        "PERIOD_NOT_SENT",
        "PERIOD_OF_OTHER_LEVEL",
        "PERIOD_STILL_OPEN",
        "PRACTICE_OFF",
        "PREVIEW_NOT_DONE",
        "PRODUCT_CODE_TAKEN",
        "PRODUCT_IN_USE",
        "SERIES_MISSING",
        "STAGED_GONE",
        "STAGED_NOTHING",
        "STATUS_NOT_SENT",
        "WORKSPACE_OFF",
    }
)
STATUSES: Final[dict[str, int]] = {
    **dict.fromkeys(CONFLICTS, 409),
    "CONNECTOR_UNKNOWN": 422,
    "FILE_TOO_BIG": 413,
    "ATTACHMENT_TOO_BIG": 413,
    "DIRECTORY_UNREADABLE": 502,
}

# What pydantic found wrong with a field, by its own names of the kinds of mistakes.
FIELD_TEXTS: Final[dict[str, Promise]] = {
    "missing": _("This field is needed."),
    "extra_forbidden": _("There is no such field."),
    "string_type": _("This must be text."),
    "string_too_short": _("This must have at least %(min_length)s characters."),
    "string_too_long": _("This may have up to %(max_length)s characters."),
    "string_pattern_mismatch": _("This does not have the right form."),
    "string_unicode": _("This text is not valid Unicode."),
    "int_type": _("This must be a whole number."),
    "int_parsing": _("This must be a whole number."),
    "int_from_float": _("This must be a whole number."),
    "int_parsing_size": _("This number is too big."),
    "bool_type": _("This must be true or false."),
    "bool_parsing": _("This must be true or false."),
    "greater_than_equal": _("This must be %(ge)s or more."),
    "less_than_equal": _("This may be %(le)s at most."),
    "enum": _("This must be one of %(expected)s."),
    "literal_error": _("This must be one of %(expected)s."),
    "date_type": _("This must be a date such as 2026-03-31."),
    "date_parsing": _("This must be a date such as 2026-03-31."),
    "date_from_datetime_parsing": _("This must be a date such as 2026-03-31."),
    "date_from_datetime_inexact": _("This must be a date such as 2026-03-31."),
    "datetime_type": _("This must be a moment such as 2026-03-31T12:00:00Z."),
    "datetime_parsing": _("This must be a moment such as 2026-03-31T12:00:00Z."),
    "datetime_from_date_parsing": _("This must be a moment such as 2026-03-31T12:00:00Z."),
    "timezone_aware": _("This moment needs its time zone, such as Z at the end."),
    "list_type": _("This must be a list."),
    "too_short": _("This must have at least %(min_length)s entries."),
    "too_long": _("This may have up to %(max_length)s entries."),
    "dict_type": _("This must be an object."),
    "model_type": _("This must be an object."),
    "model_attributes_type": _("This must be an object."),
    "decimal_type": _("This must be a number, written as text."),
    "decimal_parsing": _("This must be a number, written as text."),
}
FIELD_UNKNOWN: Final = _("This value cannot be used.")
