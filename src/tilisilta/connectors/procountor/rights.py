"""What the key's user must be allowed, operation by operation (vendor sheet section 9).

Rights are judged one by one and never by the name of a role (row P21).
"""

from typing import Any

import msgspec

from tilisilta.kit.values import flag, text

ALL, VIEWING = "ALL_RIGHTS", "VIEWING_RIGHTS"


class Need(msgspec.Struct, frozen=True):
    """A right that an operation stands on. Some are said the other way round: they prevent when they are on."""

    operation: str
    group: str
    name: str
    level: str = ALL
    prevents: bool = False

    @property
    def shown(self) -> str:
        """The operation and Procountor's own name of the right."""
        return f"{self.operation}: {self.group}.{self.name}"


NEEDS = (
    Need("sales_invoice", "sales", "salesOrGroupInvoices"),
    Need("customer", "sales", "customerRegister"),
    Need("sales_product", "sales", "productRegister"),
    Need("purchase_invoice", "purchases", "purchaseInvoices"),
    Need("supplier", "purchases", "supplierRegister"),
    Need("purchase_product", "purchases", "productRegister"),
    Need("payment", "payments", "markAsPaid"),
    Need("journal_entry", "accounting", "journalReceipts"),
    Need("invoice", "accounting", "preventCreatingEditingInvoices", prevents=True),
    Need("ledger_receipt", "accounting", "preventEditingAccountingPage", prevents=True),
)
# Not enabled where nobody circulates; then approval needs no right of its own.
APPROVAL = Need("approval", "invoiceCirculation", "approval")


def missing(answer: Any, *, circulated: bool) -> tuple[str, ...]:
    """Return the rights that are missing, each with the operation that needs it."""
    frame = answer if isinstance(answer, dict) else {}
    tree = frame.get("rights") if isinstance(frame.get("rights"), dict) else frame
    needs = (*NEEDS, APPROVAL) if circulated else NEEDS
    return tuple(need.shown for need in needs if not _has(tree or {}, need))


def _has(tree: dict[str, Any], need: Need) -> bool:
    held = _held(tree, need)
    if need.prevents:
        return not flag(held)
    return text(held).upper() in ({ALL} if need.level == ALL else {ALL, VIEWING})


def _held(tree: dict[str, Any], need: Need) -> Any:
    group = tree.get(need.group)
    if isinstance(group, dict):
        return group.get(need.name)
    return tree.get(need.name)
