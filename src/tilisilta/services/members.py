"""The people of a company: invitations, roles, leaving. Rules hold here, whatever page or call asks."""

import hashlib
import secrets
from datetime import timedelta
from typing import Final

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext

from tilisilta.services.access import ROLE_RANK, Actor, require
from tilisilta.services.audit import record
from tilisilta.services.companies import check_password
from tilisilta.services.errors import ServiceError
from tilisilta.services.notices import notify
from tilisilta.store.models import ApiToken, Company, Invitation, Membership, NoticeLevel, Role, User

log = structlog.get_logger(__name__)

INVITATION_LIFE: Final = timedelta(days=7)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _require_rank_for(actor: Actor, *roles: str) -> None:
    """Let administrators deal with everyone but owners; those only owners deal with."""
    require(actor, Role.OWNER if Role.OWNER in roles else Role.ADMIN)


def _page(company: Company) -> str:
    return f"/c/{company.pk}/people/"


def members(company: Company) -> list[Membership]:
    """Return a company's members with their users, the highest roles first."""
    found = Membership.objects.filter(company=company).select_related("user")
    return sorted(found, key=lambda each: (-ROLE_RANK[each.role], each.user.get_full_name().lower()))


def open_invitations(company: Company) -> list[Invitation]:
    """Return invitations that can still be accepted, the newest first."""
    found = Invitation.objects.filter(company=company, accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())
    return list(found.select_related("invited_by").order_by("-created_at"))


@transaction.atomic
def invite(actor: Actor, *, email: str, role: str) -> tuple[Invitation, str]:
    """Ask a person to join; return the invitation and its link, which is shown once and e-mailed.

    An earlier open invitation of the same address stops working.

    Raises:
        Forbidden: the actor is no administrator, or no owner and invites an owner.
        ServiceError: ALREADY_MEMBER.
    """
    _require_rank_for(actor, role)
    email = email.strip().lower()
    company = actor.company
    if Membership.objects.filter(company=company, user__email=email).exists():
        raise ServiceError("ALREADY_MEMBER", email=email)
    now = timezone.now()
    Invitation.objects.filter(company=company, email=email, accepted_at=None, revoked_at=None).update(revoked_at=now)
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        company=company,
        email=email,
        role=role,
        token_hash=_hash(token),
        invited_by=actor.user,
        expires_at=now + INVITATION_LIFE,
    )
    link = f"{settings.BASE_URL}/invitation/{token}/"
    record(actor, "member.invited", email, _page(company), role=role)
    transaction.on_commit(lambda: _email_invitation(invitation, actor.label, link))
    return invitation, link


def _email_invitation(invitation: Invitation, inviter: str, link: str) -> None:
    """Send the link, in the person's language when they are known, else in the company's.

    A mail server that fails stops nothing: the link was shown to the inviter.
    """
    if "dummy" in settings.EMAIL_BACKEND:
        return
    company = invitation.company
    known = User.objects.filter(email=invitation.email).first()
    with translation.override((known.language if known else "") or company.language):
        subject = gettext("Invitation to %(company)s in Tilisilta") % {"company": company.name}
        message = EmailMessage(
            subject=" ".join(subject.split()),  # a line break in a name would end the header
            body=gettext(
                "%(inviter)s invites you to %(company)s in Tilisilta. Role: %(role)s.\n\n"
                "Accept the invitation within seven days:\n%(link)s\n\n"
                "If you did not expect this, leave it be."
            )
            % {
                "inviter": inviter,
                "company": company.name,
                "role": Role(invitation.role).label,
                "link": link,
            },
            to=[invitation.email],
        )
    try:
        message.send()
    except OSError as error:  # smtplib's errors are OSErrors too
        log.warning("invitation_email_failed", invitation=invitation.pk, error=type(error).__name__)


@transaction.atomic
def revoke_invitation(actor: Actor, invitation_id: int) -> None:
    """Make an invitation's link stop working.

    Raises:
        Forbidden: the actor is no administrator.
        Invitation.DoesNotExist: no such open invitation in this company.
    """
    require(actor, Role.ADMIN)
    invitation = Invitation.objects.select_for_update().get(
        company=actor.company, pk=invitation_id, accepted_at=None, revoked_at=None
    )
    invitation.revoked_at = timezone.now()
    invitation.save(update_fields=["revoked_at"])
    record(actor, "member.invitation_revoked", invitation.email, _page(actor.company))


def open_invitation(token: str) -> Invitation:
    """Return the invitation that a link's token opens.

    Raises:
        ServiceError: INVITATION_INVALID when it was used, withdrawn, is too old, or never was.
    """
    found = Invitation.objects.select_related("company", "invited_by").filter(
        token_hash=_hash(token), accepted_at=None, revoked_at=None, expires_at__gt=timezone.now()
    )
    invitation = found.first()
    if invitation is None:
        raise ServiceError("INVITATION_INVALID")
    return invitation


def has_account(email: str) -> bool:
    """Return whether someone signs in with this address already."""
    return User.objects.filter(email=email.strip().lower()).exists()


@transaction.atomic
def accept_invitation(token: str, *, user: User, ip: str | None = None) -> Membership:
    """Make a signed-in person a member by their invitation.

    Raises:
        ServiceError: INVITATION_INVALID, INVITATION_OTHER_EMAIL, ALREADY_MEMBER.
    """
    invitation = Invitation.objects.select_for_update().get(pk=open_invitation(token).pk)
    if invitation.accepted_at is not None or invitation.revoked_at is not None:
        raise ServiceError("INVITATION_INVALID")
    if user.email != invitation.email:
        raise ServiceError("INVITATION_OTHER_EMAIL", email=invitation.email)
    membership, is_new = Membership.objects.get_or_create(
        company=invitation.company, user=user, defaults={"role": invitation.role}
    )
    if not is_new:
        raise ServiceError("ALREADY_MEMBER", email=user.email)
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at"])
    actor = Actor(company=invitation.company, role=membership.role, user=user, ip=ip, label=_label(user))
    record(actor, "member.joined", str(user), _page(invitation.company), role=membership.role)
    inviters = [invitation.invited_by] if invitation.invited_by else []
    notify(
        invitation.company,
        "MEMBER_JOINED",
        level=NoticeLevel.SUCCESS,
        link=_page(invitation.company),
        users=inviters,
        person=str(user),
        role=membership.role,
    )
    return membership


@transaction.atomic
def accept_as_new_user(
    token: str, *, name: str, password: str, language: str, ip: str | None = None
) -> tuple[User, Membership]:
    """Make a user of an invitation's address and a member of its company.

    Raises:
        ServiceError: INVITATION_INVALID, EMAIL_TAKEN, INVALID_PASSWORD.
    """
    invitation = open_invitation(token)
    if has_account(invitation.email):
        raise ServiceError("EMAIL_TAKEN", email=invitation.email)
    check_password(password, User(email=invitation.email, name=name))
    user = User.objects.create_user(invitation.email, password, name=name, language=language)
    return user, accept_invitation(token, user=user, ip=ip)


def _label(user: User) -> str:
    return f"{user.name} <{user.email}>" if user.name else user.email


def _locked(company: Company, membership_id: int) -> tuple[Membership, int]:
    """Return a membership and how many owners the company has, both locked until the transaction ends."""
    rows = list(Membership.objects.select_for_update().filter(company=company).select_related("user", "company"))
    found = next((row for row in rows if row.pk == membership_id), None)
    if found is None:
        raise Membership.DoesNotExist
    return found, sum(row.role == Role.OWNER for row in rows)


@transaction.atomic
def change_role(actor: Actor, membership_id: int, role: str) -> Membership:
    """Give a member another role, and tell them.

    Raises:
        Forbidden: the actor's role is too low for the old or the new role.
        ServiceError: OWN_ROLE; LAST_OWNER.
        Membership.DoesNotExist: no such member in this company.
    """
    membership, owners = _locked(actor.company, membership_id)
    _require_rank_for(actor, membership.role, role)
    if membership.role == role:
        return membership
    if membership.role == Role.OWNER and owners == 1:
        raise ServiceError("LAST_OWNER")
    if actor.user is not None and membership.user_id == actor.user.pk:
        raise ServiceError("OWN_ROLE")
    before, membership.role = membership.role, role
    membership.save(update_fields=["role"])
    _revoke_tokens(membership.user, actor.company, above=role)
    record(actor, "member.role_changed", str(membership.user), _page(actor.company), changes={"role": [before, role]})
    notify(
        actor.company,
        "ROLE_CHANGED",
        link=f"/c/{actor.company.pk}/",
        users=[membership.user],
        role=role,
        actor=actor.label,
    )
    return membership


@transaction.atomic
def remove_member(actor: Actor, membership_id: int) -> None:
    """Take a person out of the company; anyone may leave by themselves.

    Raises:
        Forbidden: the actor's role is too low to remove that member.
        ServiceError: LAST_OWNER.
        Membership.DoesNotExist: no such member in this company.
    """
    membership, owners = _locked(actor.company, membership_id)
    if actor.user is None or membership.user_id != actor.user.pk:
        _require_rank_for(actor, membership.role)
    if membership.role == Role.OWNER and owners == 1:
        raise ServiceError("LAST_OWNER")
    membership.delete()
    revoked = _revoke_tokens(membership.user, actor.company)
    record(actor, "member.removed", str(membership.user), _page(actor.company), role=membership.role, keys=revoked)


def _revoke_tokens(user: User, company: Company, *, above: str = "") -> int:
    """Stop the API keys that a person made, so that nobody stays in through the back door; return how many.

    With `above`, only keys of a higher role than that.
    """
    own = ApiToken.objects.filter(company=company, created_by=user, revoked_at=None)
    if above:
        own = own.filter(role__in=[role for role, rank in ROLE_RANK.items() if rank > ROLE_RANK[above]])
    return own.update(revoked_at=timezone.now())


def is_member(company: Company, user: User) -> bool:
    """Return whether a person belongs to a company."""
    return Membership.objects.filter(company=company, user=user).exists()
