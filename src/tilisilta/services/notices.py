"""Notices: what people are told when something ended or needs them, in the application and by e-mail."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

import structlog
from babel.dates import format_date
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tilisilta.store.models import Company, FlowKind, Membership, Notice, NoticeLevel, Role, User

log = structlog.get_logger(__name__)

# code: (title, text). Names in %(...)s come from the notice's parameters; what is missing reads as a dash.
TEXTS: Final[dict[str, tuple[Promise, Promise]]] = {
    "RUN_DONE": (
        _("%(flow)s: import done"),
        _("%(integration)s. Sent: %(sent)s, known already: %(known)s, left out: %(skipped)s."),
    ),
    "RUN_DONE_WITH_PROBLEMS": (
        _("%(flow)s: %(problems)s to solve"),
        _("%(integration)s. Sent: %(sent)s, known already: %(known)s, left out: %(skipped)s, to solve: %(problems)s."),
    ),
    "RUN_NOTHING_NEW": (_("%(flow)s: nothing new"), _("%(integration)s. The source had nothing new.")),
    "RUN_FAILED": (
        _("%(flow)s: the run failed"),
        _("%(integration)s. The run stopped. Its page says why and what to do."),
    ),
    "RUN_CANCELLED": (
        _("%(flow)s: the run was cancelled"),
        _("%(integration)s. Sent before it stopped: %(sent)s. Nothing is half sent."),
    ),
    "PREVIEW_DONE": (_("%(flow)s: preview ready"), _("%(integration)s. Look through it and confirm the import.")),
    "RECONCILE_DONE": (_("%(flow)s: comparison ready"), _("%(integration)s. Differences: %(differs)s.")),
    "CONNECTION_NEEDS_RECONNECT": (
        _("%(connection)s needs reconnecting"),
        _("The other system does not accept the keys any more. Documents wait until the connection works again."),
    ),
    "CONNECTION_WORKS_AGAIN": (
        _("%(connection)s works again"),
        _("Documents that waited for the connection are in line again."),
    ),
    "DRIFT_FOUND": (
        _("Changed after the import: %(count)s"),
        _("%(integration)s. These documents changed at the source or the target after they were imported."),
    ),
    "MATCHES_TO_DECIDE": (
        _("Matches to decide: %(count)s"),
        _("%(integration)s. Say which customers, suppliers and items are the same in both systems."),
    ),
    "FILE_REFUSED": (_("%(file)s could not be read"), _("The file's page names the line and the rule.")),
    "MEMBER_JOINED": (_("%(person)s joined %(company)s"), _("Role: %(role)s.")),
    "ROLE_CHANGED": (_("Your role in %(company)s is now %(role)s"), _("Changed by %(actor)s.")),
    "TOKEN_CREATED": (
        _("New API token: %(name)s"),
        _("Made by %(actor)s. If this was not agreed, revoke it."),
    ),
}
_LOCALES: Final = {"en": "en_GB", "et": "et", "fi": "fi"}
_MONTH: Final = re.compile(r"\b(\d{4})-(0[1-9]|1[0-2])\b")
_EMAIL_WITHIN: Final = timedelta(days=1)
_EMAILS_AT_ONCE: Final = 200


class _Params(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "–"


def _fill(text: Promise | str, notice: Notice) -> str:
    readable = _Params({name: _word(name, value) for name, value in notice.params.items()})
    readable.setdefault("company", notice.company.name)
    return str(text) % readable


def _word(name: str, value: Any) -> Any:
    """Return a parameter as read: roles, kinds of flows and months are kept as codes that each reader gets as words."""
    if name == "role" and value in Role.values:
        return Role(value).label
    if name == "flow" and value in FlowKind.values:
        return FlowKind(value).label
    if name == "months":
        return _MONTH.sub(_month, str(value))
    return value


def _month(found: re.Match[str]) -> str:
    locale = _LOCALES.get((translation.get_language() or "en").split("-")[0], "en_GB")
    return str(format_date(date(int(found[1]), int(found[2]), 1), "LLL yyyy", locale=locale))


def title(notice: Notice) -> str:
    """Return the notice's title in the active language; an unknown code stands for itself."""
    known = TEXTS.get(notice.code)
    return _fill(known[0], notice) if known else str(notice.params.get("title") or notice.code)


def text(notice: Notice) -> str:
    """Return the notice's text in the active language."""
    known = TEXTS.get(notice.code)
    return _fill(known[1], notice) if known else str(notice.params.get("text") or "")


@transaction.atomic
def notify(
    company: Company,
    code: str,
    *,
    level: str = NoticeLevel.INFO,
    link: str = "",
    roles: Iterable[str] | None = None,
    users: Iterable[User] | None = None,
    but: User | None = None,
    **params: Any,
) -> list[Notice]:
    """Tell people of a company something, and by e-mail those who want it.

    Args:
        company: Whose matter it is; only its members are told.
        code: Names the text in `TEXTS`.
        level: info, success, warning or error.
        link: Path of the page where it is seen or solved.
        roles: Members of these roles are told; with `users` left out, default everyone but viewers.
        users: These members are told (added to `roles` when both are given).
        but: Who did it and need not be told.
        params: Fill the text (`company` is known). Keep codes (role, flow) as codes: each reader gets their own word.

    E-mails leave after the transaction has been committed; a mail server that fails loses none
    (`send_waiting_emails` tries again).
    """
    members = Membership.objects.filter(company=company, user__is_active=True).select_related("user")
    wanted = {user.pk for user in users} if users is not None else set()
    if roles is None and users is None:
        roles = [Role.OWNER, Role.ADMIN, Role.ACCOUNTANT]
    wanted_roles = {str(role) for role in roles or ()}
    made = Notice.objects.bulk_create(
        Notice(company=company, user=member.user, code=code, params=params, level=level, link=link)
        for member in members
        if (member.role in wanted_roles or member.user_id in wanted) and (but is None or member.user_id != but.pk)
    )
    ids = [notice.pk for notice in made]
    if ids and _has_email():
        transaction.on_commit(lambda: _email(Notice.objects.filter(pk__in=ids)))
    return made


def _has_email() -> bool:
    return "dummy" not in settings.EMAIL_BACKEND


def send_waiting_emails() -> int:
    """Send e-mails of the last day's notices that have not gone yet; return how many went. For the worker's tick."""
    if not _has_email():
        return 0
    since = timezone.now() - _EMAIL_WITHIN
    waiting = Notice.objects.filter(emailed_at=None, read_at=None, created_at__gte=since, user__emails_notices=True)
    return _email(waiting.order_by("pk")[:_EMAILS_AT_ONCE])


def _email(found: Any) -> int:
    sent = 0
    for notice in found.select_related("user", "company"):
        if not notice.user.emails_notices or notice.emailed_at is not None:
            continue
        # Taken before it is sent: two workers send no notice twice.
        now = timezone.now()
        if not Notice.objects.filter(pk=notice.pk, emailed_at=None).update(emailed_at=now):
            continue
        try:
            email_for(notice).send()
        except OSError as error:  # smtplib's errors are OSErrors too
            Notice.objects.filter(pk=notice.pk).update(emailed_at=None)
            log.warning("notice_email_failed", notice=notice.pk, error=type(error).__name__)
            break
        sent += 1
    return sent


def email_for(notice: Notice) -> EmailMessage:
    """Return a notice as an e-mail in its receiver's language."""
    user, company = notice.user, notice.company
    with translation.override(user.language or company.language):
        lines = [text(notice)]
        if notice.link:
            lines.append(settings.BASE_URL + notice.link)
        lines.append(
            gettext("%(company)s, Tilisilta. E-mails can be turned off on your profile page: %(url)s")
            % {"company": company.name, "url": f"{settings.BASE_URL}/profile/"}
        )
        subject = " ".join(f"{title(notice)} ({company.name})".split())  # a line break in a name would end the header
        return EmailMessage(subject=subject, body="\n\n".join(lines), to=[user.email])


def unread_count(user: User, company: Company | None = None) -> int:
    """Return how many notices a person has not read, in one company or in all."""
    found = Notice.objects.filter(user=user, read_at=None)
    return (found.filter(company=company) if company else found).count()


def notices_of(
    user: User, company: Company, *, unread_only: bool = False, before_id: int | None = None, limit: int = 50
) -> list[Notice]:
    """Return a person's newest notices in a company, at most `limit`, older than `before_id` when that is given."""
    found = Notice.objects.filter(user=user, company=company).select_related("company")
    if unread_only:
        found = found.filter(read_at=None)
    if before_id:
        found = found.filter(pk__lt=before_id)
    return list(found.order_by("-pk")[:limit])


def mark_read(user: User, company: Company, notice_id: int | None = None) -> int:
    """Mark one of a person's notices read, or all of a company's; return how many changed.

    Raises:
        Notice.DoesNotExist: the notice is not theirs.
    """
    found = Notice.objects.filter(user=user, company=company)
    if notice_id is not None:
        found = found.filter(pk=notice_id)
        if not found.exists():
            raise Notice.DoesNotExist
    return found.filter(read_at=None).update(read_at=timezone.now())


def mark_read_and_link(user: User, company: Company, notice_id: int) -> str:
    """Mark one of a person's notices read; return the path it points to, or "".

    Raises:
        Notice.DoesNotExist: the notice is not theirs.
    """
    notice = Notice.objects.get(user=user, company=company, pk=notice_id)
    mark_read(user, company, notice.pk)
    return notice.link
