"""The workspace's invoices as other subjects use them: kept, read, sent, copied, credited, deleted."""

from tilisilta.services.workspace.content import (
    attachment_refs,
    canonical,
    is_closed,
    require_open,
    stored_invoice,
    today_of,
)
from tilisilta.services.workspace.lifecycle import copy, credit, delete_draft, send_sales
from tilisilta.services.workspace.saving import InvoiceInvalid, find_double, problems_of, save_invoice

__all__ = [
    "InvoiceInvalid",
    "attachment_refs",
    "canonical",
    "copy",
    "credit",
    "delete_draft",
    "find_double",
    "is_closed",
    "problems_of",
    "require_open",
    "save_invoice",
    "send_sales",
    "stored_invoice",
    "today_of",
]
