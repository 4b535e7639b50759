"""The audit log: who did what, when, from where. Entries are only ever added."""

import re
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tilisilta.services.access import Actor
from tilisilta.services.schedules import schedule_text
from tilisilta.store.models import AuditEntry, Company, Role, RunMode, User

ACTIONS: Final[dict[str, Promise]] = {
    "company.created": _("Company created"),
    "company.updated": _("Company settings changed"),
    "company.deleted": _("Company deleted"),
    "member.invited": _("Person invited"),
    "member.invitation_revoked": _("Invitation withdrawn"),
    "member.joined": _("Person joined"),
    "member.role_changed": _("Role changed"),
    "member.removed": _("Person removed"),
    "token.created": _("API token created"),
    "token.revoked": _("API token revoked"),
    "user.signed_in": _("Signed in"),
    "user.sign_in_failed": _("Sign-in failed"),
    "user.password_changed": _("Password changed"),
    "user.made": _("User made from the command line"),
    "user.mfa_on": _("Two-step sign-in turned on"),
    "user.mfa_off": _("Two-step sign-in turned off"),
    "connection.created": _("Connection added"),
    "connection.updated": _("Connection changed"),
    "connection.checked": _("Connection tested"),
    "connection.deactivated": _("Connection deactivated"),
    "connection.reactivated": _("Connection reactivated"),
    "connection.catalogue_refreshed": _("Lists read again"),
    "integration.created": _("Integration added"),
    "integration.updated": _("Integration changed"),
    "integration.activated": _("Integration activated"),
    "integration.paused": _("Integration paused"),
    "integration.removed": _("Integration removed"),
    "integration.level_requested": _("Sending document by document asked for"),
    "invoice.forwarded": _("Invoices sent to the bookkeeping one by one"),
    "invoice.left_at_target": _("Invoice left as it stands at the target"),
    "invoice.posting_checked": _("Postings checked at the target"),
    "integration.step_confirmed": _("Checklist step confirmed"),
    "flow.updated": _("Flow changed"),
    "run.requested": _("Run started"),
    "run.cancelled": _("Run cancelled"),
    "delivery.retried": _("Documents put in line again"),
    "delivery.skipped": _("Documents left out"),
    "delivery.confirmed": _("Documents confirmed by hand"),
    "mapping.updated": _("Mapping changed"),
    "mapping.imported": _("Mapping read from a file"),
    "id_map.imported": _("Id map read from a file"),
    "id_map.updated": _("Id map changed"),
    "id_map.removed": _("Row of the id map removed"),
    "match.decided": _("Match decided"),
    "file.uploaded": _("File uploaded"),
    "pull.key_made": _("Key of the pull service made"),
    "pull.status_set": _("Status set by the system that fetches"),
    "pull.logged": _("Log entry of the system that fetches"),
}

# A row of a mapping as its own page names it: side, rate, key, and what was chosen.
_MAPPING_ROW: Final = re.compile(r"(?P<side>sales|purchase|)\|(?P<rate>[^|]*)\|(?P<key>.+) = (?P<target>.*)")
_ISO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_SECRET_WORDS: Final = ("password", "secret", "token", "api_key", "credential", "private_key")


def _without_secrets(details: dict[str, Any]) -> dict[str, Any]:
    """Return details with every value hidden whose name tells of a secret: the log is read by many."""
    return {
        name: "•••" if any(word in name.lower() for word in _SECRET_WORDS) else _plain(value)
        for name, value in details.items()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return _without_secrets({str(name): inner for name, inner in value.items()})
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def record(actor: Actor, action: str, subject: str = "", link: str = "", **details: Any) -> AuditEntry:
    """Add an entry to the log of the actor's company.

    Args:
        actor: Who did it.
        action: Stable code such as "connection.created"; its text stands in `ACTIONS`.
        subject: Name of what it was done to, as it reads now.
        link: Path of the subject's page.
        details: What changed; values under names that tell of secrets are hidden.
    """
    entry = entry_of(actor, action, subject, link, **details)
    entry.save()
    return entry


def entry_of(actor: Actor, action: str, subject: str = "", link: str = "", **details: Any) -> AuditEntry:
    """Return an entry as `record` adds it, not stored: for those who store many at once."""
    return AuditEntry(
        company=actor.company,
        user=actor.user,
        token=actor.token,
        actor=actor.label,
        action=action,
        subject=subject[:200],
        subject_link=link[:300],
        details=_without_secrets(details),
        ip=actor.ip,
    )


def record_account(user: User | None, action: str, *, label: str = "", ip: str | None = None, **details: Any) -> None:
    """Add an entry that belongs to a person's account rather than to a company (sign-ins, passwords)."""
    AuditEntry.objects.create(
        user=user,
        actor=(label or str(user or ""))[:200],
        action=action,
        details=_without_secrets(details),
        ip=ip,
    )


def record_failed_sign_in(email: str, *, ip: str | None = None) -> None:
    """Add a failed sign-in to the account it was tried on; an unknown address is logged without one."""
    user = User.objects.filter(email=email.strip().lower()).first()
    record_account(user, "user.sign_in_failed", label=email, ip=ip)


def entries(
    company: Company,
    *,
    action: str = "",
    text: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[AuditEntry]:
    """Return the company's newest entries, at most `limit`, older than entry `before_id` when that is given.

    Args:
        company: Whose log.
        action: A code, or its first part ("connection") for all of that subject.
        text: Words sought in the actor's or the subject's name.
        since: The first moment included.
        until: The first moment left out.
        before_id: Keyset of the next page.
        limit: The most that comes back.
    """
    found = AuditEntry.objects.filter(company=company)
    if action:
        found = found.filter(action=action) if "." in action else found.filter(action__startswith=f"{action}.")
    if text:
        found = found.filter(Q(actor__icontains=text) | Q(subject__icontains=text))
    if since:
        found = found.filter(at__gte=since)
    if until:
        found = found.filter(at__lt=until)
    if before_id:
        found = found.filter(pk__lt=before_id)
    return list(found.order_by("-pk")[:limit])


def account_entries(user: User, limit: int = 10) -> list[AuditEntry]:
    """Return the newest entries of a person's own account: sign-ins, passwords, two-step sign-in."""
    return list(AuditEntry.objects.filter(user=user, company=None).order_by("-pk")[:limit])


def action_text(action: str) -> str:
    """Return what an action is called in the active language; an unknown code stands for itself."""
    return str(ACTIONS.get(action, action))


def details_text(entry: AuditEntry) -> list[tuple[str, str]]:
    """Return an entry's details as names and values to read; a change reads "before → after"."""
    lines = []
    for name, value in entry.details.items():
        if name in {"changes", "changed"} and isinstance(value, dict):
            lines += [(_readable(field), _change(change, field)) for field, change in value.items()]
        elif value not in (None, "", [], {}):
            lines.append((_readable(name), _value(value, name)))
    return lines


_NAMES: Final[dict[str, Promise]] = {
    "role": _("role"),
    "name": _("name"),
    "registry_code": _("registry code"),
    "vat_number": _("VAT number"),
    "country": _("country"),
    "time_zone": _("time zone"),
    "base_currency": _("currency of the books"),
    "language": _("language"),
    "expires_at": _("expires"),
    "vendor": _("system"),
    "settings": _("settings"),
    "count": _("count"),
    "reason": _("reason"),
    "mode": _("mode"),
    "flow": _("flow"),
    "date_from": _("from"),
    "date_to": _("to"),
    "table": _("table"),
    "company": _("company"),
    "kind": _("kind"),
    "numbers": _("numbers"),
    "file": _("file"),
    "rows": _("rows"),
    "result": _("result"),
    "step": _("step"),
    "done": _("done"),
    "changed": _("changed"),
    "size_bytes": _("size in bytes"),
    "sha256": _("fingerprint"),
    "is_enabled": _("switched on"),
    "is_automatic": _("automatic import"),
    "schedule": _("schedule"),
    "payments_master": _("payments are kept in"),
    "level": _("what is transferred"),
    "vouchers": _("vouchers of a closed period"),
    "send_payments_back": _("payments are sent back"),
    "warehouse": _("Warehouse of stock items"),
    "stock_tag": _("Tag of stock items"),
    "default_item": _("Item of rows that name none"),
    "allowance_item": _("Item of allowances on the whole document"),
    "charge_item": _("Item of charges on the whole document"),
    "rounding_item": _("Item of rounding rows"),
    "purchase_rows_item": _("One item for all purchase rows"),
    "fallback_item": _("Item to use instead"),
    "item_policy": _("When the target does not know a row's item"),
    "payments_without_document": _("Send payments that pay no document too, as prepayments"),
    "skip_unimported_allocations": _("Of a payment for several documents, send the part whose documents are known"),
    "party_vat_code": _("VAT code of new customers and suppliers"),
}
# Codes that stand as values under these names, in the reader's words.
_VALUES: Final[dict[str, dict[str, Promise]]] = {
    "mode": {each.value: each.label for each in RunMode},
    "payments_master": {"source": _("source"), "target": _("target")},
    "level": {"document": _("documents"), "period": _("closed periods")},
    "vouchers": {"period": _("one for the period"), "day": _("one for each day")},
    "step": {
        "source": _("the source answers"),
        "target": _("the target answers"),
        "warehouse": _("The warehouse of stock items is chosen"),
        "first_run_guard": _("Customers, suppliers and items will not be doubled"),
        "coverage_read": _("The coverage report is read"),
        "preview_made": _("A first preview is made"),
    },
}


def _readable(name: str) -> str:
    return str(_NAMES.get(name, name.replace("_", " ")))


def _change(change: Any, name: str) -> str:
    if isinstance(change, list | tuple) and len(change) == 2:  # noqa: PLR2004  before and after
        return f"{_value(change[0], name)} → {_value(change[1], name)}"
    return _value(change, name)


def _date(text: str) -> str:
    """Return an ISO date in the reader's way, and any other text as it is."""
    if not _ISO_DATE.fullmatch(text):
        return text
    return str(date_format(date.fromisoformat(text), "SHORT_DATE_FORMAT"))


def _mapping_row(row: re.Match[str]) -> str:
    sides = {"sales": gettext("sales"), "purchase": gettext("purchases")}
    about = [sides.get(row["side"], ""), f"{row['rate']} %" if row["rate"] else ""]
    told = ", ".join(filter(None, about))
    return f"{row['key']}{f' ({told})' if told else ''} = {row['target']}"


def _word(value: str, name: str) -> str:
    if name == "schedule":
        return schedule_text(value)
    if name == "rows" and (row := _MAPPING_ROW.fullmatch(value)):
        return _mapping_row(row)
    known = _VALUES.get(name, {}).get(value)
    return str(known or (Role(value).label if value in Role.values else _date(value)))


def _value(value: Any, name: str = "") -> str:
    if value in (None, ""):
        return "–"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, str):
        return _word(value, name)
    if isinstance(value, dict):
        return ", ".join(f"{_readable(key)}: {_value(inner, key)}" for key, inner in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_value(inner, name) for inner in value)
    return str(value)
