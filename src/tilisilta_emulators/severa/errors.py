"""Refusals of both APIs. Source: vendor sheet, sections A6 and B."""

from typing import Any, Literal

Place = Literal["PathParameter", "RequestBody", "RequestHeader", "UriParameter"]


class ApiError(Exception):
    """A REST refusal in the documented envelope; `body` is None for 404, which has none documented."""

    def __init__(self, status: int, kind: str, message: str, place: Place | None = None, *where: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.place = place
        self.name, self.identifier = (*where, "", "")[:2]

    def body(self) -> dict[str, Any] | None:
        """Return the envelope, or None when the answer has no body."""
        if self.status == 404:
            return None
        detail: dict[str, Any] = {"message": self.message, "url": None, "location": None}
        if self.place is not None:
            detail["location"] = {"type": self.place, "name": self.name, "identifier": self.identifier or None}
        return {"error": {"httpStatusCode": self.status, "type": self.kind, "details": [detail], "stack": None}}


def not_found(what: str = "") -> ApiError:
    """Return 404."""
    return ApiError(404, "InvalidRequest", f"{what} was not found")


def bad_body(name: str, message: str) -> ApiError:
    """Return 400 for a property of the body."""
    return ApiError(400, "InvalidParameter", message, "RequestBody", name)


def bad_query(name: str, message: str) -> ApiError:
    """Return 400 for a query parameter."""
    return ApiError(400, "InvalidParameter", message, "UriParameter", name)


def not_allowed(message: str) -> ApiError:
    """Return 400 InvalidOperation: right in form, wrong in the state of the books."""
    return ApiError(400, "InvalidOperation", message)


class SoapFault(Exception):
    """A SOAP fault: `detail` names the element of the vendor's own, "" for a fault of the framework."""

    def __init__(self, detail: str, reason: str, code: str = "s:Client") -> None:
        super().__init__(reason)
        self.detail = detail
        self.reason = reason
        self.code = code
