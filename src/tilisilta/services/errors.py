"""Mistakes that a person can mend at once: a code, its parameters, and a text in the reader's language."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MESSAGES: dict[str, Promise] = {
    "ALREADY_SET_UP": _("Tilisilta has been set up already. Sign in instead."),
    "EMAIL_TAKEN": _("There is already a user with the address %(email)s. Sign in first, then open the link again."),
    "ALREADY_MEMBER": _("%(email)s is a member of this company already."),
    "INVITATION_INVALID": _("This invitation is not valid any more. Ask for a new link."),
    "INVITATION_OTHER_EMAIL": _("This invitation is for %(email)s. Sign in with that address to accept it."),
    "LAST_OWNER": _("A company needs at least one owner. Make someone else an owner first."),
    "OWN_ROLE": _("You cannot change your own role."),
    "NAME_DIFFERS": _("The name does not match. Type %(name)s to delete the company."),
    "COMPANY_HAS_RUNS": _("A run is under way. Cancel it or wait until it ends, then delete the company."),
    "TOKEN_ROLE_TOO_HIGH": _("A token cannot have a higher role than you have."),
    "UNKNOWN_TIME_ZONE": _("There is no time zone called %(time_zone)s."),
    "CREDENTIAL_MISSING": _("Fill in the field %(field)s."),
    "CONNECTION_IS_OWN": _("The connection %(name)s is made by itself when the invoice workspace is switched on."),
    "REASON_MISSING": _("Write down why these documents are left out."),
    "DATES_REVERSED": _("The first date is later than the last one."),
    "FLOW_DISABLED": _("%(flow)s are switched off for this integration. Switch them on in its settings first."),
    "CONNECTION_NOT_USABLE": _("The connection %(connection)s cannot be used now. Test or reconnect it first."),
    "REGISTER_BUSY": _("The business register is being loaded now. Wait until that has ended."),
    "REGISTER_NO_ADDRESS": _("There is no address of the business register's file. Hand in a file instead."),
    "INVALID_PASSWORD": _("%(reasons)s"),
}


class ServiceError(Exception):
    """A user's mistake. `code` is stable; `params` fill its text."""

    def __init__(self, code: str, **params: Any) -> None:
        self.code = code
        self.params = params
        super().__init__(code)

    def __str__(self) -> str:
        """Return the text in the active language; an unknown code stands for itself."""
        text = MESSAGES.get(self.code)
        if text is None:
            return self.code
        try:
            return str(text) % self.params
        except (KeyError, TypeError, ValueError):
            return str(text)
