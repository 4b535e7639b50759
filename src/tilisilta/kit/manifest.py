"""The manifest: what a connector is, as data. Each fact names where the vendor sheet has it.

Pages, docs, the coverage report and the capability table are made from it.
"""

from enum import StrEnum

import msgspec

from tilisilta.core.documents import DocumentKind


class Ability(StrEnum):
    SOURCE = "source"
    TARGET = "target"
    STATUSES = "statuses"  # its invoices wait in a status, and one is written back
    REGISTERS = "registers"  # its rows come from registers that can be read whole
    PRODUCTS_BY_CODE = "products_by_code"  # rows stand on its own products, found by their codes
    POSTINGS = "postings"  # its invoices are completed by our postings and by approval
    FILES_ONCE = "files_once"  # a file that is there already is not kept twice
    OWN_BANK = "own_bank"  # its own bank connection brings it the payments that come by reference
    ROWS_AS_THEY_ARE = "rows_as_they_are"  # it takes rows with the source's own codes and rates: nothing is mapped
    ANSWERS_LATER = "answers_later"  # it takes documents at once and says later what became of them


class Confidence(StrEnum):
    DOCUMENTED = "documented"
    SEEN = "seen"
    INFERRED = "inferred"
    UNKNOWN = "unknown"


class CredentialField(msgspec.Struct, frozen=True, kw_only=True):
    """One field of the connection form. `label` and `help` are msgids."""

    name: str
    label: str
    help: str = ""
    is_secret: bool = True
    is_required: bool = True
    placeholder: str = ""


class SettingField(CredentialField, frozen=True, kw_only=True):
    """A setting that is not secret, with its default and choices (value, msgid).

    `leads` when it decides which of the other fields are needed: a form asks for it first.
    `is_rare` when few people change it: a form folds it, as it does what has a usual value.
    """

    is_secret: bool = False
    leads: bool = False
    is_rare: bool = False
    default: str = ""
    choices: tuple[tuple[str, str], ...] = ()


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The vendor's request limits; None where it has none that we know of."""

    per_minute: int | None = None
    per_day: int | None = None
    per_window: int | None = None
    window_s: float = 1.0
    concurrency: int = 8
    day_renews_at: str = "00:00Z"
    source: str = ""


class FieldCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a canonical field is read or written: "carried", "partly" (see note) or "not carried"."""

    field: str
    carried: str
    note: str = ""


CARRIED, PARTLY, NOT = "carried", "partly", "not carried"


def coverage(carried: str, *others: tuple[str, str, str]) -> tuple[FieldCoverage, ...]:
    """Return the coverage of one kind: the carried fields, by spaces apart, then the others as (field, how, note)."""
    return (
        *(FieldCoverage(field=field, carried=CARRIED) for field in carried.split()),
        *(FieldCoverage(field=field, carried=how, note=note) for field, how, note in others),
    )


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """A fact of the wire that we lean on, with its confidence and the chapter of the vendor sheet."""

    text: str
    confidence: Confidence
    source: str


class VendorError(msgspec.Struct, frozen=True, kw_only=True):
    """A vendor's error that we know by name. `match` is a regular expression over the raw text; `code` is ours."""

    match: str
    code: str
    fate: str  # "refused", "misconfigured", "retry", "parked"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    vendor: str  # stable key: "scoro"
    name: str  # as the vendor writes it: "Scoro"
    service_code: str  # the mark in id-map files: "SC"
    country: str
    abilities: tuple[Ability, ...]
    is_own: bool = False  # a part of the product: its one connection is made by itself and never by hand
    reads: tuple[DocumentKind, ...] = ()
    writes: tuple[DocumentKind, ...] = ()
    credentials: tuple[CredentialField, ...] = ()
    settings: tuple[SettingField, ...] = ()
    default_host: str = ""
    key_steps: tuple[str, ...] = ()  # msgids: how to get the keys, step by step
    key_url: str = ""
    rights: tuple[str, ...] = ()  # least rights, msgids
    plans: str = ""  # msgid
    support_owner: str = ""  # msgid
    limits: Limits = Limits()
    coverage: dict[str, tuple[FieldCoverage, ...]] = {}  # by document kind, as source and target alike
    errors: tuple[VendorError, ...] = ()
    built_in_parties: tuple[str, ...] = ()  # names of those that every company has from its first day
    facts: tuple[Fact, ...] = ()


def gettext_noop(message: str) -> str:
    """Mark a message for the catalogues and return it untranslated; pages translate it when they show it."""
    return message


# What every connector's settings offer beside its own.
BASE_URL_SETTING = SettingField(
    name="base_url",
    label=gettext_noop("Address"),
    help=gettext_noop("Leave empty for the vendor's own address."),
    is_required=False,
)
LIMITS_SETTINGS = (
    SettingField(
        name="limits",
        label=gettext_noop("Request limits"),
        help=gettext_noop("Keep to the vendor's limits. Switch off only against a test server without limits."),
        is_required=False,
        default="on",
        choices=(("on", gettext_noop("On")), ("off", gettext_noop("Off"))),
    ),
    SettingField(
        name="requests_per_day",
        label=gettext_noop("Requests a day"),
        help=gettext_noop("What your plan allows. Leave empty for the usual number; 0 means no limit."),
        is_required=False,
    ),
    SettingField(
        name="requests_per_minute",
        label=gettext_noop("Requests a minute"),
        help=gettext_noop("What your plan allows. Leave empty for the usual number; 0 means no limit."),
        is_required=False,
    ),
)
