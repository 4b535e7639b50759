"""Sign-in rules."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves: the first owner is made at set-up, others are invited."""

    def is_open_for_signup(self, request: object) -> bool:  # noqa: ARG002
        return False
