"""Who acts, in which company, and what their role lets them do.

A viewer reads; an accountant runs imports, solves problems, edits mappings and uploads files; an administrator manages
connections, integrations, people and tokens; an owner may also delete the company and name owners.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import PermissionDenied

from tilisilta.store.models import ApiToken, Company, Membership, Role, User

ROLE_RANK: Final[dict[str, int]] = {
    Role.VIEWER.value: 1,
    Role.ACCOUNTANT.value: 2,
    Role.ADMIN.value: 3,
    Role.OWNER.value: 4,
}


class Forbidden(PermissionDenied):
    """The actor's role is too low; `needed` is the role that would do. Pages answer 403."""

    def __init__(self, needed: str) -> None:
        self.needed = needed
        super().__init__(needed)


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, an API token or the product itself, at work in one company.

    `label` is the actor's name as the audit log will show it for ever; `user` and `token` are both None for the
    product's own work.
    """

    company: Company
    role: str
    user: User | None = None
    token: ApiToken | None = None
    ip: str | None = None
    label: str = ""

    def may(self, needed: str) -> bool:
        """Return whether the actor's role is `needed` or higher."""
        return ROLE_RANK[self.role] >= ROLE_RANK[needed]

    @property
    def is_accountant(self) -> bool:
        return self.may(Role.ACCOUNTANT)

    @property
    def is_admin(self) -> bool:
        return self.may(Role.ADMIN)

    @property
    def is_owner(self) -> bool:
        return self.may(Role.OWNER)


def require(actor: Actor, needed: str) -> None:
    """Let actors of role `needed` or higher pass.

    Raises:
        Forbidden: the actor's role is lower.
    """
    if not actor.may(needed):
        raise Forbidden(needed)


def client_ip(meta: Mapping[str, Any]) -> str | None:
    """Return the address that a request came from, out of what the server says about it (a request's `META`).

    The proxy's word counts only when settings trust the proxy, and of a chain only the last, which that proxy wrote.
    """
    candidates = [str(meta.get("REMOTE_ADDR") or "")]
    if getattr(settings, "SECURE_PROXY_SSL_HEADER", None):
        candidates.insert(0, str(meta.get("HTTP_X_FORWARDED_FOR") or "").rpartition(",")[2].strip())
    for each in candidates:
        try:
            return str(ipaddress.ip_address(each))
        except ValueError:
            continue
    return None


def system_actor(company: Company) -> Actor:
    """Return the product itself as an actor, for scheduled work."""
    return Actor(company=company, role=Role.OWNER.value, label="Tilisilta")


def actor_of(user: User, company_id: int, *, ip: str | None = None) -> Actor:
    """Return a signed-in person as an actor in a company.

    Raises:
        Membership.DoesNotExist: the person is no member, or there is no such company; pages answer 404 to both.
    """
    membership = Membership.objects.select_related("company").get(company_id=company_id, user=user)
    return Actor(
        company=membership.company,
        role=membership.role,
        user=user,
        ip=ip,
        label=f"{user.name} <{user.email}>" if user.name else user.email,
    )
