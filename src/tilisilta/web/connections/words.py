"""Words of connection pages: a vendor's lists and limits."""

from collections.abc import Mapping

from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _

from tilisilta.kit.manifest import Limits, Manifest
from tilisilta.ports import CatalogueKind

CATALOGUE_NAMES = {
    CatalogueKind.ACCOUNTS: _("Chart of accounts"),
    CatalogueKind.VAT_CODES: _("VAT codes"),
    CatalogueKind.BANK_ACCOUNTS: _("Bank and cash accounts"),
    CatalogueKind.WAREHOUSES: _("Warehouses"),
    CatalogueKind.DIMENSIONS: _("Dimensions"),
    CatalogueKind.ITEMS: _("Items"),
    CatalogueKind.STATUSES: _("Statuses"),
    CatalogueKind.PERIODS: _("Periods"),
    CatalogueKind.PAYMENT_METHODS: _("Payment methods"),
    CatalogueKind.UNITS: _("Units"),
}


# Most names of systems are names; this one is words. Pages translate them all.
FILES_NAME = gettext_noop("E-invoice files")
# What a system says of itself when it is tested. Names that are not here are its own affair.
_DETAILS = {
    "registry_code": _("Registry code"),
    "vat_no": _("VAT number"),
    "base_currency": _("Currency of the books"),
    "plan": _("Plan"),
    "vat_codes": _("VAT codes"),
    "files": _("Files"),
}


def shown_details(details: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return (label, value) of what a tested system told about itself, in the reader's words."""
    return [(str(label), details[name]) for name, label in _DETAILS.items() if details.get(name)]


def shown_settings(manifest: Manifest, chosen: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return (label, value) of the settings that are set, in the reader's words."""
    shown = []
    for setting in manifest.settings:
        if value := str(chosen.get(setting.name) or ""):
            words = dict(setting.choices)
            shown.append((gettext(setting.label), gettext(words[value]) if value in words else value))
    return shown


def limit_texts(limits: Limits) -> list[str]:
    """Return a vendor's request limits as sentences; empty when it has none that we know of."""
    texts = []
    if limits.concurrency == 1:
        texts.append(gettext("One request at a time"))
    if limits.per_window:
        window = f"{limits.window_s:g}"
        texts.append(
            ngettext(
                "%(count)d request in %(window)s seconds", "%(count)d requests in %(window)s seconds", limits.per_window
            )
            % {"count": limits.per_window, "window": window}
        )
    if limits.per_minute:
        texts.append(
            ngettext("%(count)d request a minute", "%(count)d requests a minute", limits.per_minute)
            % {"count": limits.per_minute}
        )
    if limits.per_day:
        texts.append(
            gettext("%(count)d requests a day, counted anew at %(at)s")
            % {"count": limits.per_day, "at": limits.day_renews_at}
        )
    return texts
