"""Rules of sign-in, and e-mails of it in the receiver's language."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils import translation

from tilisilta.services import profiles
from tilisilta.services.access import client_ip


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Nobody signs up by themselves: the first owner is made at set-up, others are invited."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def get_client_ip(self, request: HttpRequest) -> str | None:
        return client_ip(request.META)

    def reauthenticate(self, user: AbstractBaseUser, password: str) -> bool:
        # The address is the user's own column; allauth's table of addresses stays empty.
        return user.check_password(password)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        user = context.get("user")
        with translation.override(getattr(user, "language", "") or translation.get_language()):
            super().send_mail(template_prefix, email, context)


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Keys of authenticator apps lie sealed, as all secrets do."""

    def encrypt(self, text: str) -> str:
        return profiles.seal_text(text)

    def decrypt(self, encrypted_text: str) -> str:
        return profiles.open_text(encrypted_text)
