"""Refusals in the vendor's one shape: `{"errors": [{"status", "field", "message"}]}`.

Source: vendor sheet, section 10. `field` is absent for errors that belong to no field. Codes that the sheet does
not name (`MAY_NOT_BE_NULL`, `SIZE_MUST_BE_BETWEEN_...`, `INVALID_...`) are ours, in the vendor's manner.
"""

from typing import Any

MAY_NOT_BE_EMPTY = "MAY_NOT_BE_EMPTY"
MAY_NOT_BE_NULL = "MAY_NOT_BE_NULL"
FOREIGN_BANK_ACCOUNT = "BANK_ACCOUNT_DOES_NOT_BELONG_TO_THIS_COMPANY"
VAT_STATUS_PERCENT = "ERROR_VATSTATUS_VATPERC"
ACCOUNT_VAT = "ERROR_LEDGERACCOUNT_VATPERCENTAGE_COMBINATION"
UNKNOWN_DIMENSION = "DIMENSION_OR_DIMENSION_ITEM_IDENTIFIERS_DOES_NOT_MATCH_THOSE_STORED_IN_DATABASE"
CLOSED_PERIOD = "CLOSED_FISCAL_PERIOD"
BAD_IDENTIFIER = "ERROR_BRN_CODE"
DUE_BEFORE_DATE = "DUE_DATE_BEFORE_BILL_DATE"
STALE_VERSION = "VERSION_DOES_NOT_MATCH"


class Refused(Exception):
    """A call that the vendor says no to; carries one or more errors."""

    def __init__(self, status: int, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.errors: list[dict[str, Any]] = [entry(status, message, field)]

    @property
    def status(self) -> int:
        """HTTP status of the answer: that of the first error."""
        return int(self.errors[0]["status"])

    def body(self) -> dict[str, Any]:
        """Return the answer's body."""
        return {"errors": self.errors}


def entry(status: int, message: str, field: str | None = None) -> dict[str, Any]:
    """Return one error; without a field the key is absent."""
    if field is None:
        return {"status": status, "message": message}
    return {"status": status, "field": field, "message": message}


class Problems:
    """Gathers validation errors, so that one answer names them all."""

    def __init__(self) -> None:
        self.errors: list[dict[str, Any]] = []

    def __bool__(self) -> bool:
        return bool(self.errors)

    def add(self, message: str, field: str | None = None, status: int = 400) -> None:
        """Note one error."""
        self.errors.append(entry(status, message, field))

    def invalid(self, path: str, value: object) -> None:
        """Note a value that cannot be read at all: a sentence without a field, as recorded from the service."""
        shown = value if isinstance(value, str | int | float) else ""
        self.add(f"Value of the '{path}' field is invalid: {str(shown)[:80]}")

    def check(self) -> None:
        """Raise what was noted.

        Raises:
            Refused: At least one error was noted.

        """
        if self.errors:
            refusal = Refused(400, "")
            refusal.errors = self.errors
            raise refusal


def not_found(what: str = "Resource") -> Refused:
    """Return the refusal of an id that is not there."""
    return Refused(404, f"{what} not found")


def no_rights(deed: str) -> Refused:
    """Return the refusal of a missing right; `deed` as in `modify the ledger receipt`."""
    return Refused(403, f"insufficient access rights to {deed}")
