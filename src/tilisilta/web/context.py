"""What the frame of every page needs, worked out only when a template asks."""

from collections.abc import Callable
from functools import cache
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest

from tilisilta.services import companies, notices, today
from tilisilta.services.access import Actor
from tilisilta.services.practice.settings import is_on as has_practice
from tilisilta.services.workspace.settings import is_on
from tilisilta.store.models import Membership, User
from tilisilta.web.navigation import Group, groups_for

THEMES = ("auto", "light", "dark")
# Each language under its own name, so that a reader finds theirs in a language they do not read.
LANGUAGE_NAMES = {"et": "Eesti", "fi": "Suomi", "en": "English"}


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's values; those that need the database are callables, which templates call."""
    actor: Actor | None = getattr(request, "actor", None)
    theme = request.COOKIES.get("theme", "auto")
    user = getattr(request, "user", None)
    is_signed_in = bool(user and user.is_authenticated)
    values: dict[str, Any] = {
        "theme": theme if theme in THEMES else "auto",
        "language_names": LANGUAGE_NAMES,
        "has_email": bool(settings.EMAIL_HOST) or "dummy" not in settings.EMAIL_BACKEND,
        "demo_sign_in": settings.DEMO_SIGN_IN,
        "actor": actor,
        "company": actor.company if actor else None,
    }
    if is_signed_in:
        values |= _signed_in(cast("User", user), actor, request)
    return values


def _signed_in(user: User, actor: Actor | None, request: HttpRequest) -> dict[str, Callable[[], Any]]:
    def navigation() -> list[Group]:
        if actor is None:
            return []
        return groups_for(
            actor,
            request.path,
            open_problems=today.open_problem_count(actor.company),
            has_workspace=is_on(actor.company),
            has_practice=has_practice(actor.company),
        )

    def other_memberships() -> list[Membership]:
        return [each for each in companies.memberships_of(user) if actor is None or each.company_id != actor.company.pk]

    return {
        "navigation": cache(navigation),  # both bars show it
        "other_memberships": other_memberships,
        "unread_notices": lambda: notices.unread_count(user, actor.company if actor else None),
        "may_create_company": lambda: companies.may_create_company(user),
    }
