"""The numbers that a bookkeeping system can tell: which, in which order, and what they are called."""

from collections.abc import Sequence
from importlib import import_module
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tilisilta.connectors import CONNECTORS
from tilisilta.ports.counts import EntryKind
from tilisilta.services.connections import manifest

_ROWS: Final = ".rows"

_LABELS: Final[dict[str, tuple[Promise, Promise]]] = {
    EntryKind.SALES_INVOICE: (_("Sales invoices"), _("Rows of sales invoices")),
    EntryKind.SALES_CREDIT: (_("Sales credit notes"), _("Rows of sales credit notes")),
    EntryKind.PURCHASE_INVOICE: (_("Purchase invoices"), _("Rows of purchase invoices")),
    EntryKind.PURCHASE_CREDIT: (_("Purchase credit notes"), _("Rows of purchase credit notes")),
    EntryKind.PAYMENT_IN: (_("Payments received"), _("Rows of payments received")),
    EntryKind.PAYMENT_OUT: (_("Payments made"), _("Rows of payments made")),
    EntryKind.LEDGER_BATCH: (_("Ledger entries"), _("Rows of ledger entries")),
    EntryKind.BANK_ENTRY: (_("Bank entries"), _("Rows of bank entries")),
    EntryKind.CASH_ENTRY: (_("Cash entries"), _("Rows of cash entries")),
    EntryKind.PAYROLL_RUN: (_("Payroll runs"), _("Rows of payroll runs")),
    EntryKind.VAT_RETURN: (_("VAT returns"), _("Rows of VAT returns")),
    EntryKind.FIXED_ASSET_ENTRY: (_("Fixed asset entries"), _("Rows of fixed asset entries")),
    EntryKind.STOCK_ENTRY: (_("Stock entries"), _("Rows of stock entries")),
    EntryKind.MANUAL_ENTRY: (_("Manual entries"), _("Rows of manual entries")),
    EntryKind.OTHER_ENTRY: (_("Other entries"), _("Rows of other entries")),
}
# Shown at once; the others stand behind "Show more" (U51).
_USUAL: Final = frozenset({EntryKind.SALES_INVOICE, EntryKind.PURCHASE_INVOICE, EntryKind.LEDGER_BATCH})


def kinds_of(vendor: str) -> Sequence[EntryKind]:
    """Return the kinds of entries that a system can tell, in its order; none for a system that cannot count.

    It is what its `EntriesReader.entry_kinds` answers, known without a connection.
    """
    entry = CONNECTORS.get(vendor)
    if entry is None:
        return ()
    try:
        module = import_module(f"{entry.module}.counts")
    except ModuleNotFoundError:
        return ()
    kinds: Sequence[EntryKind] = module.KINDS
    return kinds


def codes_of(vendor: str) -> list[str]:
    """Return the codes of all counts of a system: each kind, then its rows."""
    return [code for kind in kinds_of(vendor) for code in (kind.value, f"{kind.value}{_ROWS}")]


def kind_of(code: str) -> EntryKind:
    """Return the kind that a count is of. Raises: ValueError: no such kind."""
    return EntryKind(code.removesuffix(_ROWS))


def counts_rows(code: str) -> bool:
    """Return whether a count is of the rows of entries instead of the entries."""
    return code.endswith(_ROWS)


def is_usual(code: str) -> bool:
    """Return whether a count is among those shown at once."""
    return code in _USUAL


def count_label(code: str) -> str:
    """Return what a count is called in the active language; an unknown code stands for itself."""
    labels = _LABELS.get(code.removesuffix(_ROWS))
    return code if labels is None else str(labels[1 if counts_rows(code) else 0])


def kind_label(kind: str) -> str:
    """Return what entries of a kind are called in the active language."""
    return count_label(kind)


def system_name(vendor: str) -> str:
    """Return the name of a bookkeeping system as people know it."""
    return manifest(vendor).name
