"""The settings of a connection, read once."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

import msgspec

from tilisilta.core.errors import Misconfigured
from tilisilta.core.identifiers import iban


class Language(StrEnum):
    """In which Procountor prints an invoice."""

    FINNISH = "FINNISH"
    SWEDISH = "SWEDISH"
    ENGLISH = "ENGLISH"
    ESTONIAN = "ESTONIAN"
    NORWEGIAN = "NORWEGIAN"
    DANISH = "DANISH"


class Circulation(StrEnum):
    """Who approves a purchase invoice where approval circulation is in use."""

    COMPANY = "company"  # as the company or the supplier has it
    KEY_USER = "key_user"  # the user of the key alone
    NOBODY = "nobody"


class JournalStatus(StrEnum):
    APPROVED = "approved"
    UNFINISHED = "unfinished"


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What may be set beside the credentials."""

    language: Language = Language.FINNISH
    bank_account: str = ""
    circulation: Circulation = Circulation.COMPANY
    journal_status: JournalStatus = JournalStatus.APPROVED
    vat_accounts: tuple[str, ...] = ()
    no_vat_status: str = ""

    @classmethod
    def read(cls, settings: Mapping[str, str]) -> "Options":
        """Return the options.

        Raises:
            Misconfigured: SETTING_INVALID for a word that is no choice.

        """
        accounts = settings.get("vat_accounts", "").replace(";", ",").split(",")
        status = settings.get("no_vat_status", "").strip()
        if status and not status.isdigit():
            raise Misconfigured("SETTING_INVALID", field="no_vat_status", value=status[:80])
        return cls(
            language=_choice(settings, "language", Language.FINNISH),
            bank_account=iban.compact(settings.get("bank_account", "")),
            circulation=_choice(settings, "circulation", Circulation.COMPANY),
            journal_status=_choice(settings, "journal_status", JournalStatus.APPROVED),
            vat_accounts=tuple(each.strip() for each in accounts if each.strip()),
            no_vat_status=status,
        )


Choice = TypeVar("Choice", bound=StrEnum)


def _choice(settings: Mapping[str, str], name: str, default: Choice) -> Choice:
    text = settings.get(name, "").strip()
    if not text:
        return default
    try:
        return type(default)(text)
    except ValueError:
        raise Misconfigured("SETTING_INVALID", field=name, value=text[:80]) from None
