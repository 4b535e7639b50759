"""What the key's user may do, right by right.

Source: vendor sheet, section 9 (`/users/rights`); which right each operation needs is our reading.
"""

from copy import deepcopy
from typing import Any

ALL, VIEW, NONE, OFF = "ALL_RIGHTS", "VIEWING_RIGHTS", "NO_ACCESS", "NOT_ENABLED"
LEVELS = frozenset((ALL, VIEW, NONE, OFF))

_LEVELLED = {
    "management": (
        *("basicCompanyInfo", "basicAccountingInfo", "chartOfAccountsAndDefaultReports", "usersAndUserRights"),
        *("companyUserManagement", "setUpACompany", "importData", "notifications", "incomesRegisterCertificate"),
        *("groupLetter", "auditLog"),
    ),
    "user": ("editPersonalInfo",),
    "sales": ("salesOrGroupInvoices", "salesInvoiceSearch", "customerRegister", "productRegister"),
    "purchases": (
        *("purchaseInvoices", "purchaseInvoiceSearch", "supplierRegister", "productRegister", "fixedAssetsRegister"),
    ),
    "travelAndExpenses": ("travelAndExpenseInvoices", "travelAndExpenseInvoiceSearch"),
    "invoiceCirculation": ("verification", "approval"),
    "salaries": ("payroll", "personRegister", "workingTimeTracking"),
    "payments": (
        *("payment", "salaryPayments", "markAsPaid", "markSalaryAsPaid", "directBankTransfer"),
        *("bankStatementAndReferencePayment", "paymentAllocation"),
    ),
    "accounting": ("journalReceipts", "journalReceiptSearch", "closingOfAccountTools", "accountingReports", "archive"),
}
_FLAGS = {
    "user": ("limitedDimensions", "blockSoloLoginToProcountor"),
    "sales": ("personalSalesInvoicesOnly",),
    "purchases": ("personalPurchaseInvoicesOnly",),
    "travelAndExpenses": ("personalTravelAndExpenseInvoiceOnly",),
    "invoiceCirculation": ("personalApprovalsOrVerificationsOnly",),
    "salaries": ("personalSalariesOnly", "personalWorkHourTrackingOnly"),
    "accounting": ("personalJournalReceiptsOnly", "preventCreatingEditingInvoices", "preventEditingAccountingPage"),
}


class Rights:
    """The rights of one user in one company."""

    def __init__(self, role: str = "ACCOUNTANT") -> None:
        self.role = role
        self.tree: dict[str, dict[str, Any]] = {
            group: dict.fromkeys(names, ALL) | dict.fromkeys(_FLAGS.get(group, ()), False)
            for group, names in _LEVELLED.items()
        }

    def set(self, changes: dict[str, Any]) -> None:
        """Change rights named as `group.name`.

        Raises:
            ValueError: No such right, or no such level.

        """
        for dotted, value in changes.items():
            group, _, name = dotted.partition(".")
            if name not in self.tree.get(group, {}):
                raise ValueError(f"no right {dotted!r}")
            flag = isinstance(self.tree[group][name], bool)
            if (not isinstance(value, bool)) if flag else (value not in LEVELS):
                raise ValueError(f"{dotted}: {'true or false' if flag else ', '.join(sorted(LEVELS))}")
            self.tree[group][name] = value

    def may(self, dotted: str, level: str = ALL) -> bool:
        """Tell whether a levelled right is there for writing, or for reading with `level` VIEW."""
        group, _, name = dotted.partition(".")
        held = self.tree[group][name]
        return bool(held == ALL or (level == VIEW and held == VIEW))

    def flag(self, dotted: str) -> bool:
        """Return a yes-or-no right."""
        group, _, name = dotted.partition(".")
        return bool(self.tree[group][name])

    def wire(self) -> dict[str, Any]:
        """Return role and rights as `/users/rights` shows them."""
        return {"role": self.role, "rights": deepcopy(self.tree)}


def invoice_right(kind: str) -> str:
    """Return the right that invoices of a type need."""
    if kind in ("SALES_INVOICE", "SALES_ORDER"):
        return "sales.salesOrGroupInvoices"
    if kind in ("TRAVEL_INVOICE", "BILL_OF_CHARGES"):
        return "travelAndExpenses.travelAndExpenseInvoices"
    return "purchases.purchaseInvoices"


def partner_right(kind: str) -> str:
    """Return the right that business partners of a type need."""
    return {"CUSTOMER": "sales.customerRegister", "SUPPLIER": "purchases.supplierRegister"}.get(
        kind, "salaries.personRegister"
    )


def product_right(kind: str) -> str:
    """Return the right that products of a type need."""
    return "sales.productRegister" if kind == "SALES" else "purchases.productRegister"
