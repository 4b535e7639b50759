"""Refusals in the vendor's shapes; texts that the sheet quotes are as quoted, others are inferred in their manner."""

from typing import Any

from aiohttp import web

from tilisilta_emulators.kit import json_response

PERIOD_MONTHS = "Periood liiga pikk(max 3 kuud)"
PERIOD_DAYS = "Periood liiga pikk(max {} päeva)"
CUSTOMER_FIELDS = "Kliendil mõni kohustuslik väli puudu.\r\n"
VENDOR_FIELDS = "Hankijal mõni kohustuslik väli puudu.\r\n"
CUSTOMER_EXISTS = "api-custexists"
VENDOR_EXISTS = "api-vendexists"
UNIT_EXISTS = "api-uomexsist"
PAID_INVOICE = "Tasutud arvet ei saa kustutada. Enne kustutage makse."
NO_SENDER = "Müügiarve seadistustes saatja e-mail täitmata"
NO_CUSTOMER = "Puudub klient nimega {}."
NO_VENDOR = "Puudub hankija nimega {}."
WRONG_LICENSE = "api-wronglicense"
MISSING_PARAMETER = "api-missingurlparam"
INVALID_SIGNATURE = "api-invalidSignature"
WRONG_SIGNATURE = "api-wrongsignature"

_TRACE = (
    "System.{kind}: {message}\r\n"
    "   at Newtonsoft.Json.JsonTextReader.ParseValue()\r\n"
    "   at Merit.Api.Controllers.{controller}.{action}(Object param) in D:\\agent\\api\\{controller}.cs:line 214\r\n"
    "   at System.Web.Http.Controllers.ReflectedHttpActionDescriptor.ExecuteAsync()\r\n"
)


class Refused(Exception):
    """The call is refused with this status and body, and nothing is changed."""

    def __init__(self, status: int, body: Any = None, *, text: str | None = None) -> None:
        super().__init__(text or body)
        self.status = status
        self.body = body
        self.text = text

    def response(self) -> web.Response:
        """Return the answer: JSON, plain text or nothing."""
        if self.text is not None:
            return web.Response(text=self.text, status=self.status)
        if self.body is None:
            return web.Response(status=self.status)
        return json_response(self.body, self.status)


def business(message: str) -> Refused:
    """Return a refusal for a business reason: 400 with a message."""
    return Refused(400, {"Message": message})


def inner(code: str, message: str) -> Refused:
    """Return a body of the wrong shape: 500 with the exception's name."""
    return Refused(500, {"Id": "00000000-0000-0000-0000-000000000000", "ErrorCode": code, "Message": message})


def no_value(field: str) -> Refused:
    """Return what a missing object ends in."""
    return inner("NullReferenceException", f"Object reference not set to an instance of an object. ({field})")


def bad_format(field: str, value: object) -> Refused:
    """Return what a value of the wrong form ends in."""
    return inner("FormatException", f"Input string was not in a correct format. ({field}: {str(value)[:60]})")


def trace(action: str, kind: str = "InvalidOperationException", message: str = "Unexpected character") -> Refused:
    """Return a stack trace with status 200."""
    return Refused(200, text=_TRACE.format(kind=kind, message=message, controller="MeritApiController", action=action))
