"""Words of document pages."""

from django.utils.translation import gettext_lazy as _

from tilisilta.core.documents import DocumentKind

KIND_NAMES = {
    DocumentKind.CUSTOMER: _("Customer"),
    DocumentKind.SUPPLIER: _("Supplier"),
    DocumentKind.ITEM: _("Item"),
    DocumentKind.SALES_INVOICE: _("Sales invoice"),
    DocumentKind.SALES_CREDIT_NOTE: _("Sales credit note"),
    DocumentKind.PURCHASE_INVOICE: _("Purchase invoice"),
    DocumentKind.PURCHASE_CREDIT_NOTE: _("Purchase credit note"),
    DocumentKind.PAYMENT: _("Payment"),
    DocumentKind.JOURNAL_ENTRY: _("Journal entry"),
}


def kind_name(kind: str) -> str:
    """Return what a kind is called; a kind that we do not know stands for itself."""
    return str(KIND_NAMES[DocumentKind(kind)]) if kind in list(DocumentKind) else kind
