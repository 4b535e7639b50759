"""API tokens: made, shown once, kept as a hash, scoped to one company and one role."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from tilisilta.services.access import ROLE_RANK, Actor, require
from tilisilta.services.audit import record
from tilisilta.services.errors import ServiceError
from tilisilta.services.notices import notify
from tilisilta.store.models import ApiToken, Company, NoticeLevel, Role

PREFIX: Final = "tls_"
_SHOWN: Final = 10  # characters of the token that stay readable, to tell tokens apart
_USED_EVERY: Final = timedelta(minutes=1)


class InvalidToken(Exception):
    """No such token, or it was revoked or is too old. The API answers 401."""


def _hash(plain: str) -> str:
    # A plain hash will do: tokens are 256 random bits, so there is nothing to guess.
    return hashlib.sha256(plain.encode()).hexdigest()


def tokens_of(actor: Actor) -> list[ApiToken]:
    """Return a company's tokens, those in use first, the newest first.

    Raises:
        Forbidden: the actor is no administrator.
    """
    require(actor, Role.ADMIN)
    found = ApiToken.objects.filter(company=actor.company).select_related("created_by").order_by("-pk")
    return sorted(found, key=lambda token: token.revoked_at is not None)


@transaction.atomic
def create_token(actor: Actor, *, name: str, role: str, expires_at: datetime | None = None) -> tuple[ApiToken, str]:
    """Make a token; return it with the plain text, which is never seen again.

    Raises:
        Forbidden: the actor is no administrator.
        ServiceError: TOKEN_ROLE_TOO_HIGH.
    """
    require(actor, Role.ADMIN)
    if ROLE_RANK[role] > ROLE_RANK[actor.role]:
        raise ServiceError("TOKEN_ROLE_TOO_HIGH")
    plain = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        company=actor.company,
        name=name,
        role=role,
        prefix=plain[:_SHOWN],
        token_hash=_hash(plain),
        created_by=actor.user,
        expires_at=expires_at,
    )
    page = _page(actor.company)
    record(actor, "token.created", name, page, role=role, expires_at=expires_at and expires_at.date().isoformat())
    notify(
        actor.company,
        "TOKEN_CREATED",
        level=NoticeLevel.INFO,
        link=page,
        roles=[Role.OWNER],
        but=actor.user,
        name=name,
        actor=actor.label,
    )
    return token, plain


def _page(company: Company) -> str:
    return f"/c/{company.pk}/tokens/"


@transaction.atomic
def revoke_token(actor: Actor, token_id: int) -> None:
    """Make a token stop working at once.

    Raises:
        Forbidden: the actor is no administrator.
        ApiToken.DoesNotExist: no such working token in this company.
    """
    require(actor, Role.ADMIN)
    token = ApiToken.objects.select_for_update().get(company=actor.company, pk=token_id, revoked_at=None)
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    record(actor, "token.revoked", token.name, _page(actor.company))


def authenticate(plain: str, *, ip: str | None = None) -> Actor:
    """Return the actor that a plain token stands for.

    Raises:
        InvalidToken: no such token, or revoked, or too old.
    """
    now = timezone.now()
    token = (
        ApiToken.objects.select_related("company")
        .filter(token_hash=_hash(plain), revoked_at=None)
        .filter(Q(expires_at=None) | Q(expires_at__gt=now))
        .first()
    )
    if token is None:
        raise InvalidToken
    # Once a minute is enough to see that it is in use; a write per call would be felt.
    ApiToken.objects.filter(pk=token.pk).filter(Q(last_used_at=None) | Q(last_used_at__lt=now - _USED_EVERY)).update(
        last_used_at=now
    )
    return Actor(company=token.company, role=token.role, token=token, ip=ip, label=f"API: {token.name}")
