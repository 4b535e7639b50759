"""A person's own settings."""

from allauth.mfa.models import Authenticator

from tilisilta.store.models import User
from tilisilta.store.vault import seal, unseal


def update_profile(user: User, *, name: str, language: str, emails_notices: bool) -> None:
    """Save what a person changed about themselves."""
    user.name, user.language, user.emails_notices = name, language, emails_notices
    user.save(update_fields=["name", "language", "emails_notices"])


def set_language(user: User, language: str) -> None:
    """Save the language of a person's pages and e-mails."""
    user.language = language
    user.save(update_fields=["language"])


def has_two_step_sign_in(user: User) -> bool:
    """Return whether a person signs in with a second step."""
    return bool(Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists())


def seal_text(text: str) -> str:
    """Return a secret of a person's sign-in, encrypted with the installation's newest key."""
    return seal({"text": text}).decode()


def open_text(sealed: str) -> str:
    """Return what `seal_text` took.

    Raises:
        Misconfigured: none of the installation's keys opens it.
    """
    return unseal(sealed.encode())["text"]
