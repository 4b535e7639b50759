"""Faults that are Merit's own."""

from datetime import date
from typing import Any

from tilisilta_emulators.kit import Rule
from tilisilta_emulators.merit import edits, errors
from tilisilta_emulators.merit.call import Call
from tilisilta_emulators.merit.errors import Refused
from tilisilta_emulators.merit.site import Credential, Site

KINDS = frozenset(
    {
        "wrong_license", "revoke_key", "lock_period", "stack_trace", "empty", "string_wrapped", "duplicate_row",
        "change_after",
    }
)  # fmt: skip
NOTHING = object()
_IDS = ("SIHId", "PIHId", "GLBId")


def before(rule: Rule, site: Site, credential: Credential, action: str) -> None:
    """Refuse a call that does not get to the books.

    Raises:
        Refused: Always for `wrong_license`, `revoke_key` and `stack_trace`.
    """
    if rule.kind == "wrong_license":
        raise Refused(401, text=errors.WRONG_LICENSE)
    if rule.kind == "revoke_key":
        chosen = site.credentials.get(str(rule.data.get("api_id", credential.api_id)).lower())
        if chosen is not None:
            chosen.revoked = True
        if chosen is credential:
            raise Refused(401)
    if rule.kind == "stack_trace":
        raise errors.trace(action, "NullReferenceException", "Object reference not set to an instance of an object.")


def locked_until(rule: Rule | None) -> date | None:
    """Return the lock that a fault puts on one call."""
    if rule is None or rule.kind != "lock_period":
        return None
    try:
        return date.fromisoformat(str(rule.data.get("until", "9999-12-31")))
    except ValueError:
        return date.max


def after(rule: Rule, call: Call, value: Any) -> Any:
    """Change an answer, or the books behind it."""
    if rule.kind == "empty":
        return NOTHING
    if rule.kind == "duplicate_row" and isinstance(value, list):
        return [*value, *value[:1]]
    if rule.kind == "change_after" and isinstance(value, list) and value:
        identity = next((value[0][name] for name in _IDS if name in value[0]), None)
        if identity is not None:
            edits.edit(call.site, call.company, edits.Edit(identity, rule.data.get("action", "touch")))
    return value
