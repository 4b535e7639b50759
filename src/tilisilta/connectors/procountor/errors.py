"""Procountor's errors that we know by name, matched over "field message" (vendor sheet section 10).

The first that fits decides, so narrow words stand before wide ones.
"""

from tilisilta.kit.manifest import VendorError


def _error(match: str, code: str, fate: str = "refused") -> VendorError:
    return VendorError(match=match, code=code, fate=fate)


ERRORS = (
    _error(r"\binvoiceRows\b.*MAY_NOT_BE_EMPTY", "PROCOUNTOR_ROWS_EMPTY"),
    _error(r"access rights to modify the ledger receipt", "LEDGER_RECEIPT_RIGHTS_MISSING", "misconfigured"),
    _error(r"insufficient access rights", "RIGHT_MISSING", "misconfigured"),
    _error(r"BANK_ACCOUNT_DOES_NOT_BELONG_TO_THIS_COMPANY", "BANK_ACCOUNT_NOT_OF_COMPANY"),
    _error(r"\binvalid token\b", "INVALID_TOKEN", "misconfigured"),
    _error(r"ERROR_LEDGERACCOUNT_VATPERCENTAGE_COMBINATION", "ACCOUNT_VAT_COMBINATION_REFUSED"),
    _error(r"ERROR_VATSTATUS_VATPERC", "VAT_STATUS_PERCENT_REFUSED"),
    _error(r"DIMENSION_OR_DIMENSION_ITEM_IDENTIFIERS_DOES_NOT_MATCH", "DIMENSION_REFUSED"),
    _error(r"CLOSED_FISCAL_PERIOD", "PERIOD_LOCKED", "parked"),
    _error(r"ERROR_BRN_CODE", "BUSINESS_ID_REFUSED"),
    _error(r"DUE_DATE_BEFORE_BILL_DATE", "DUE_DATE_REFUSED"),
    _error(r"OVT_NOT_ALLOWED|INVALID_OVT", "EINVOICE_ADDRESS_REFUSED"),
    _error(r"UNABLE_TO_GET_CONNECTION", "TARGET_BUSY", "retry"),
    _error(r"Value of the '[^']*' (?:field is invalid|cannot be blank)", "PROCOUNTOR_FIELD_REFUSED"),
    _error(r"\bversion\b.*(?:MATCH|STALE|CONFLICT|OUTDATED|CHANGED)|optimistic", "PROCOUNTOR_VERSION_CONFLICT"),
    _error(r"CURRENCY_MUST_MATCH_INVOICE_CURRENCY", "PAYMENT_CURRENCY_REFUSED"),
    _error(r"BUSINESS_PARTNER_NOT_FOUND", "PARTY_GONE_AT_TARGET"),
    _error(r"PRODUCT_NOT_FOUND", "ITEM_GONE_AT_TARGET"),
    _error(r"CUSTOMER_NUMBER_ALREADY_IN_USE|ORIGINAL_INVOICE_NUMBER_ALREADY_EXISTS", "ALREADY_AT_TARGET"),
    _error(r"cannot be marked paid|must be approved before payment", "INVOICE_NOT_APPROVED_IN_PROCOUNTOR"),
    _error(r"has no approvers", "APPROVERS_MISSING"),
)
