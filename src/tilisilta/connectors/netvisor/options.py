"""The settings of a connection, read once."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

import msgspec

from tilisilta.connectors.netvisor.signature import Algorithm
from tilisilta.core.errors import Misconfigured

DEFAULT_VOUCHER_CLASS = "Tuodut tapahtumat"
DEFAULT_PRODUCT_GROUP = "Palvelut"
DEFAULT_PAYMENT_METHODS = "Korttimaksu"


class Replacing(StrEnum):
    """How a voucher that is sent again takes the place of the old one."""

    EDIT = "edit"  # accountingedit.nv: same key, lines replaced, in one call
    INVALIDATE = "invalidate"  # invalidatevouchers.nv, then a new voucher


class InvoiceStatus(StrEnum):
    OPEN = "open"
    UNSENT = "unsent"


class Round(StrEnum):
    """Where a purchase invoice stands in Netvisor's approval round."""

    OPEN = "open"
    APPROVED = "approved"
    ACCEPTED = "accepted"


class Numbering(StrEnum):
    """What happens to a sales invoice whose number is not a whole number."""

    STOP = "stop"
    NETVISOR = "netvisor"  # Netvisor numbers it, ours goes to "our reference"


class Language(StrEnum):
    """Of Netvisor's messages."""

    FI = "FI"
    EN = "EN"
    SE = "SE"


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What may be set beside the credentials."""

    algorithm: Algorithm = Algorithm.HMACSHA256
    language: Language = Language.FI
    voucher_class: str = DEFAULT_VOUCHER_CLASS
    replacing: Replacing = Replacing.EDIT
    invoice_status: InvoiceStatus = InvoiceStatus.OPEN
    numbering: Numbering = Numbering.STOP
    match_credit_notes: bool = True
    rounding_product: str = ""
    purchase_round: Round = Round.OPEN
    purchase_ready: bool = False
    product_group: str = DEFAULT_PRODUCT_GROUP
    payment_methods: tuple[str, ...] = ()

    @classmethod
    def read(cls, settings: Mapping[str, str]) -> "Options":
        """Return the options.

        Raises:
            Misconfigured: SETTING_INVALID for a word that is no choice.

        """
        methods = settings.get("payment_methods", "").strip() or DEFAULT_PAYMENT_METHODS
        return cls(
            algorithm=_choice(settings, "algorithm", Algorithm.HMACSHA256),
            language=_choice(settings, "language", Language.FI),
            voucher_class=settings.get("voucher_class", "").strip() or DEFAULT_VOUCHER_CLASS,
            replacing=_choice(settings, "replacing", Replacing.EDIT),
            invoice_status=_choice(settings, "invoice_status", InvoiceStatus.OPEN),
            numbering=_choice(settings, "numbering", Numbering.STOP),
            match_credit_notes=settings.get("match_credit_notes", "on") != "off",
            rounding_product=settings.get("rounding_product", "").strip(),
            purchase_round=_choice(settings, "purchase_round", Round.OPEN),
            purchase_ready=settings.get("purchase_ready", "off") == "on",
            product_group=settings.get("product_group", "").strip() or DEFAULT_PRODUCT_GROUP,
            payment_methods=tuple(name.strip() for name in methods.split(",") if name.strip()),
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
