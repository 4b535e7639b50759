"""Switches of the Procountor emulator, given to `/_emulator/reset` or `/_emulator/options`."""

from datetime import date
from decimal import Decimal
from typing import Any, Literal

import msgspec

from tilisilta_emulators import kit


class Options(kit.Options, kw_only=True, forbid_unknown_fields=True):
    """One field per point that the vendor sheet marks inferred or unknown; the default is our reading of it.

    Raises (on conversion from JSON): msgspec.ValidationError for an unknown name or a wrong value.
    """

    data: Literal["demo", "empty"] = "demo"
    """`demo`: the company's partners, products and documents; `empty`: registers of the company only."""
    companies: int = 1
    """Environments there are; each key belongs to one. The first is the demo's."""
    client_id: str = "tilisiltaClient"
    client_secret: str = "prc_7d1f0c5a9e3b42c8"  # noqa: S105 - a demo credential, printed at start
    redirect_uri: str = "https://tilisilta.example/procountor/callback"
    api_key: str = "prck-4242-9b7e1c52f0a84d3f8c6d2a7e51b09f34"
    user_name: str = "tekninen.kayttaja"
    user_password: str = "salasana"  # noqa: S105 - as above
    api_login_only: bool = False
    """The technical user may only log in by API: the browser flow is shut to it."""
    api_clients_allowed: bool = True
    """Company info > Usage settings: invoiceable API clients."""

    # paths and versions (sheet 1)
    bare_paths: bool = True
    """Accept paths without `/api`, for clients that take the address for the whole base."""
    live_versions: list[str] | None = None
    """Numbered versions that exist, as `v2608`; None: any well-formed one."""
    get_with_body: Literal["refuse", "accept"] = "refuse"

    # tokens (sheet 2)
    token_lifetime_s: int = 3600
    token_type: Literal["bearer", "Bearer", "absent"] = "bearer"  # noqa: S105 - not a password
    token_error: Literal["errors", "oauth", "both"] = "both"  # noqa: S105 - not a password
    token_charset: Literal["refuse", "accept"] = "refuse"  # noqa: S105 - not a password
    """A charset parameter in the token request's Content-Type."""
    token_basic: bool = True
    """Client id and secret by HTTP Basic as well as in the body."""
    m2m_redirect_uri: Literal["optional", "required"] = "optional"
    refresh_rotates: bool = False
    """A refresh also answers a new refresh token and ends the old one."""
    revoke_ends_tokens: bool = True
    """A revoked key ends the access tokens made from it, not only new ones."""
    legacy_authz: bool = False
    """The login by user name and password that was removed in April 2021."""
    unauthorized_message: Literal["invalid token", "Unauthorized"] = "invalid token"

    # limits and lists (sheet 3)
    requests_per_minute: int = 90
    """Per company, kept while `limits` is true; no official figure is known."""
    retry_after: bool = True
    total_count: bool = True
    version_format: Literal["seconds", "millis_z"] = "seconds"
    version_match: Literal["instant", "exact"] = "instant"
    """Whether an echoed version is compared as a moment or byte for byte."""
    partner_name_search: Literal["contains", "exact", "prefix"] = "contains"
    partner_search_in_query: bool = False
    """Whether `name` and `identifier` in the query filter as the headers do."""
    statements_shape: Literal["results", "bankStatements"] = "results"

    # invoices (sheet 4)
    rounding: Literal["row", "total"] = "row"
    match_partners: Literal["none", "match", "create"] = "none"
    """What POST /invoices does without partnerId."""
    unique_original_number: bool = False
    sales_bic: Literal["refuse", "ignore"] = "refuse"
    sales_bank_account: Literal["except_cash", "bank_transfer", "optional"] = "except_cash"
    purchase_bank_account_required: bool = False
    circulation: bool = False
    """Approval circulation for purchase invoices."""
    approvers: list[int] = msgspec.field(default_factory=list)
    """Users who approve by default while circulation is on; empty: the technical user."""
    approve_unfinished_in_circulation: bool = False
    approver_must_be_named: bool = True
    """With circulation on, only a user named as acceptor may approve."""
    approved_sales_status: Literal["NOT_SENT", "APPROVED"] = "NOT_SENT"
    sent_no_sending_status: Literal["SENT", "INVOICED"] = "SENT"
    pay_only_approved: bool = False
    """Circulation setting allowPaymentOnlyWhenApproved."""
    markpaid_twice: Literal["books", "refuse"] = "books"

    # ledger (sheets 6 and 7)
    accounting_by_row: bool = True
    """GET /company/usagesettings: one transaction per invoice row; false combines rows whatever the invoice says."""
    recreate_receipt: Literal["always", "never"] = "always"
    """Whether PUT /invoices/{id} makes the accounting page anew under a new id."""
    approved_receipts: Literal["editable", "locked"] = "editable"
    ledger_rights_status: int = 403
    closed_period_status: int = 403
    balance: Literal["reconcile", "strict"] = "reconcile"
    """A leftover of at most a cent a row gets a reconciliation row, or is refused."""
    reconciliation_limit: Decimal = Decimal(1)
    """Largest leftover that `createReconciliation=true` takes."""
    vat_percents: list[Decimal] = msgspec.field(
        default_factory=lambda: [Decimal(each) for each in ("25.5", "24", "14", "13.5", "10", "0")]
    )
    open_from: date = date(2025, 1, 1)
    """First open day; periods before it are closed."""

    # the rest (sheet 9)
    rights: dict[str, Any] = msgspec.field(default_factory=dict)
    """Rights of the technical user that differ from full ones, as `{"purchases.purchaseInvoices": "NO_ACCESS"}`."""
    documents_feature: bool = True
    """The paid Documents feature, without which GET /attachments is refused."""
    send_with_invoice_required: bool = False
    push_webhooks: bool = True
    check_identifiers: bool = True
    """Refuse Finnish business ids with a wrong check digit."""
