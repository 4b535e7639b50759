"""Sign-ins, passwords and two-step sign-in go to the audit log."""

from typing import Any

from allauth.account.signals import password_changed, password_reset
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from tilisilta.services import audit
from tilisilta.services.access import client_ip
from tilisilta.store.models import User


def _ip(request: HttpRequest | None) -> str | None:
    return client_ip(request.META) if request else None


@receiver(user_logged_in)
def _signed_in(sender: object, user: User, request: HttpRequest | None = None, **_rest: Any) -> None:
    del sender
    audit.record_account(user, "user.signed_in", ip=_ip(request))


@receiver(user_login_failed)
def _failed(sender: object, credentials: dict[str, Any], request: HttpRequest | None = None, **_rest: Any) -> None:
    del sender
    audit.record_failed_sign_in(str(credentials.get("email") or credentials.get("username") or ""), ip=_ip(request))


@receiver([password_changed, password_reset])
def _password_changed(sender: object, request: HttpRequest, user: User, **_rest: Any) -> None:
    del sender
    audit.record_account(user, "user.password_changed", ip=_ip(request))


@receiver(authenticator_added)
def _mfa_on(sender: object, request: HttpRequest, user: User, authenticator: Authenticator, **_rest: Any) -> None:
    del sender
    if authenticator.type == Authenticator.Type.TOTP:
        audit.record_account(user, "user.mfa_on", ip=_ip(request))


@receiver(authenticator_removed)
def _mfa_off(sender: object, request: HttpRequest, user: User, authenticator: Authenticator, **_rest: Any) -> None:
    del sender
    if authenticator.type == Authenticator.Type.TOTP:
        audit.record_account(user, "user.mfa_off", ip=_ip(request))
