"""The modules of the site as data: row type, id key, actions, hidden and special fields.

Source: vendor sheet, sections 1, 8 to 12; actions of the small modules from the vendor organisation's SDK.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tilisilta_emulators.scoro import catalogue_rows as small
from tilisilta_emulators.scoro import rows

ALL = frozenset(("list", "view", "modify", "delete", "filters", "batchModify"))
READ = frozenset(("list", "view", "filters"))
PAID = ("paid", "unpaid")
PAYMENT_TYPES = ("banktransfer", "cash", "cardpayment", "credit", "barter")
DOC_TYPES = ("invoices", "bills", "expenses")


@dataclass(frozen=True, kw_only=True)
class Module:
    """One module.

    Args:
        name: As in the URL; case matters.
        row: Struct that holds a row.
        key: Field that identifies a row.
        line: Struct of a document's line; None for modules without lines.
        actions: Allowed actions.
        iso: Stamps as ISO 8601 with offset; else `YYYY-mm-dd HH:ii:ss` in the site's zone.
        required: Fields without which nothing is created.
        enums: Allowed values by field.
        id_lists: Fields that hold several ids.
        hidden: Stored fields that never go out.
        detail: Fields that plain lists leave out.
        basic: Fields of `basic_data` lists.
        aliases, line_aliases: Stored name to wire name, where a module differs from its siblings.
        stamped: Whether rows show created_date, modified_date and deletion.

    """

    name: str
    row: type[rows.Row]
    key: str = "id"
    line: type[rows.Line] | None = None
    actions: frozenset[str] = ALL
    iso: bool = False
    required: tuple[str, ...] = ()
    enums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    id_lists: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    detail: frozenset[str] = frozenset()
    basic: tuple[str, ...] = ()
    aliases: dict[str, str] = field(default_factory=dict)
    line_aliases: dict[str, str] = field(default_factory=dict)
    stamped: bool = True

    @property
    def account_bound(self) -> bool:
        """Whether rows belong to one business entity."""
        return "account_id" in self.row.__struct_fields__ and self.name != "companyAccount"


_DOC_BASIC = ("id", "no", "date", "deadline", "status", "company_id", "currency", "sum", "vat_sum")
_NAMED_BASIC = ("id", "name", "status")
_PAID_ENUM = {"status": PAID}
_MONEY_ENUM = {"status": PAID, "payment_type": PAYMENT_TYPES}

_DOCUMENTS = (
    Module(
        name="invoices",
        row=rows.Invoice,
        line=rows.SalesLine,
        actions=ALL | {"pdf"},
        required=("company_id",),
        enums=_MONEY_ENUM | {"generation_type": ("manual", "automated")},
        id_lists=frozenset(("credited_invoices", "quote_id", "order_id", "prepayment_id")),
        detail=frozenset(("prepayment_sum",)),
        basic=(*_DOC_BASIC, "paid_sum", "receivable_sum"),
    ),
    Module(
        name="bills",
        row=rows.Bill,
        line=rows.BillLine,
        required=("company_id",),
        enums=_MONEY_ENUM,
        basic=(*_DOC_BASIC, "dateofpayment"),
    ),
    Module(
        name="prepayments",
        row=rows.Prepayment,
        line=rows.SalesLine,
        actions=ALL | {"pdf"},
        required=("company_id",),
        enums=_PAID_ENUM,
        basic=_DOC_BASIC,
    ),
    Module(
        name="quotes",
        row=rows.Quote,
        line=rows.QuoteLine,
        actions=ALL | {"pdf"},
        iso=True,
        required=("company_id",),
        basic=_DOC_BASIC,
    ),
    Module(
        name="orders",
        row=rows.Order,
        line=rows.SalesLine,
        actions=ALL | {"pdf"},
        required=("company_id",),
        basic=_DOC_BASIC,
    ),
    Module(
        name="purchaseOrders",
        row=rows.PurchaseOrder,
        line=rows.PurchaseOrderLine,
        actions=ALL | {"pdf"},
        iso=True,
        required=("company_id",),
        basic=_DOC_BASIC,
    ),
    Module(
        name="expenses",
        row=rows.Expense,
        line=rows.Line,
        required=("company_id",),
        enums=_PAID_ENUM,
        basic=("id", "no", "date", "due_date", "status", "company_id", "currency", "sum", "tax_sum"),
        aliases={
            "deadline": "due_date",
            "vat_sum": "tax_sum",
            "vat": "tax_percentage",
            "vat_code_id": "tax_code_id",
            "vat_code": "tax_code",
            "description": "comment",
        },
        line_aliases={
            "comment": "description",
            "comment2": "additional_description",
            "amount": "quantity",
            "vat": "tax_percentage",
            "vat_code_id": "tax_code_id",
            "vat_code": "tax_code",
            "finance_object_id": "accounting_object_id",
            "finance_object_name": "accounting_object_name",
            "finance_object_symbol": "accounting_object_symbol",
        },
    ),
)

_OTHERS = (
    Module(
        name="receipts",
        row=rows.ReceiptGroup,
        enums={"sales_doc_type": DOC_TYPES},
        hidden=frozenset(("account_id", "created_date")),
        basic=("id", "date", "contact_id", "sum", "currency", "sales_doc_type"),
    ),
    Module(name="receiptAccounts", row=small.ReceiptAccount, actions=READ, stamped=False),
    Module(
        name="contacts",
        row=rows.Contact,
        key="contact_id",
        actions=ALL | {"getRelatedObjects"},
        iso=True,
        required=("name",),
        enums={"contact_type": ("company", "person"), "sex": ("", "F", "M")},
        basic=("contact_id", "name", "lastname", "search_name", "contact_type", "id_code", "is_client", "is_supplier"),
    ),
    Module(
        name="products",
        row=rows.Product,
        key="product_id",
        iso=True,
        enums={"default_type": ("inhouse", "outsourced")},
        hidden=frozenset(("names",)),
        basic=("product_id", "code", "name", "price", "unit", "is_active"),
    ),
    Module(name="productGroups", row=small.ProductGroup, required=("name",), stamped=False, basic=_NAMED_BASIC),
    Module(name="tags", row=small.Tag, key="tag_id", actions=READ - {"view"}, stamped=False),
    Module(
        name="vatCodes",
        row=small.VatCode,
        key="vat_code_id",
        required=("vat_code",),
        stamped=False,
        basic=("vat_code_id", "vat_code", "percent"),
    ),
    Module(name="financeAccounts", row=small.FinanceAccount, required=("account_symbol", "name"), iso=True),
    Module(name="financeObjects", row=small.FinanceObject, key="object_id", actions=READ, stamped=False),
    Module(
        name="companyAccount",
        row=small.CompanyAccount,
        actions=READ - {"view"},
        hidden=frozenset(("id", "company_account_id")),
        stamped=False,
    ),
    Module(
        name="users",
        row=small.User,
        actions=READ,
        iso=True,
        basic=("id", "full_name", "email", "is_active"),
    ),
    Module(name="statuses", row=small.Status, actions=READ - {"view"}, iso=True, hidden=frozenset(("id",))),
    Module(
        name="projects",
        row=small.Project,
        key="project_id",
        required=("project_name",),
        enums={"budget_type": ("quote", "simple", "advanced")},
        detail=frozenset(("tags", "phases", "project_users")),
        basic=("project_id", "no", "project_name", "company_id", "status"),
    ),
    Module(name="depot", row=small.Depot, key="depot_id", stamped=False, required=("depot_name",)),
    Module(name="clientProfiles", row=small.ClientProfile, required=("name",), basic=_NAMED_BASIC),
    Module(
        name="webhooks",
        row=small.Webhook,
        actions=frozenset(("list", "subscribe", "unsubscribe")),
        stamped=False,
        required=("module", "action", "url"),
    ),
    Module(name="bookmarks", row=small.Bookmark, key="bookmark_id", actions=READ, stamped=False),
)

MODULES: dict[str, Module] = {module.name: module for module in (*_DOCUMENTS, *_OTHERS)}
PAYABLE = {"invoices": "invoices", "bills": "bills", "expenses": "expenses", "prepayments": "prepayments"}
"""What receipts can pay: kind to module."""
