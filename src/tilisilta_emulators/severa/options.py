"""Switches of the emulator: one field per point that the vendor sheet leaves unknown, inferred or contradictory."""

from typing import Literal

import msgspec

from tilisilta_emulators import kit


class Options(kit.Options, kw_only=True, forbid_unknown_fields=True):
    """What `POST /_emulator/reset` takes; every field may be left out.

    Raises (on conversion from JSON): msgspec.ValidationError for an unknown name or a wrong value.
    Source: vendor sheet, sections A, B and E; our reading where it says inferred or unknown.
    """

    data: Literal["demo", "empty"] = "demo"
    """`demo`: the company Naava Suunnittelu Oy with customers and invoices; `empty`: only its settings."""
    client_id: str = "Tilisilta_Demo_7f21.apps.severa"
    client_secret: str = "9d2a5be0-demo-secret"  # noqa: S105 - a demo credential, printed at start
    soap_key: str = "3e1f6a54-0c7b-4d5e-9a41-demo0severa0"
    scopes: list[str] = msgspec.field(default_factory=list)
    """Scopes granted to the credential; none named grants all. A token may be asked for fewer, never for more."""
    unknown_scope: Literal["refuse", "drop"] = "refuse"
    """What asking for a scope that is not granted does: 403 InsufficientApiScope, or the token lacks it."""
    token_life_s: int = 3600
    refresh_life_s: int = 86_400
    require_client_id: bool = False
    """True: calls need the header `Client_Id`, as documented; working clients leave it out."""
    finvoice_addon: bool = True
    """False: 403 AddonMissing on the Finvoice exports."""
    finvoice_version: Literal["1.2", "1.3", "2.01", "3.0"] = "3.0"
    organization_active: bool = True
    """False: every call is 403 OrganizationNotActive."""
    terms_approved: bool = True
    """False: REST 403 TermsOfServiceNotApproved, SOAP TosNotApprovedException."""
    status_pointers: list[str] = msgspec.field(default_factory=lambda: ["/status/guid", "/status"])
    """Which pointers of PATCH move an invoice on; the first is inferred, the second takes an object with a guid."""
    read_only: Literal["none", "fields", "all"] = "fields"
    """What a status flagged read-only blocks: nothing, every field but the status, or the status too."""
    page_tokens: Literal["keyset", "offset"] = "keyset"
    """`offset`: a page token counts rows, so a list that shrinks between pages skips some."""
    row_count_header: str = "RowCount"
    """Name of the header that carries the total of `calculateRowCount`; unknown in truth."""
    nulls: bool = True
    """False: empty properties are left out of answers."""
    codes: Literal["distinct", "all", "none"] = "distinct"
    """What `code` of a row holds: each code once, one for every hour or fee, or nothing."""
    credit_sign: Literal["quantity", "price", "positive"] = "quantity"
    """Where the minus of a credit note stands on rows; `positive`: on totals only."""
    vat_rounding: Literal["row", "rate"] = "row"
    throttle_body: Literal["text", "envelope"] = "text"
    retry_after: bool = False
    """Whether a 429 carries `Retry-After`; seen sometimes."""
    calls_per_second: int = 10
    soap_quota: int = 100_000
    soap_rights: Literal["admin", "read"] = "admin"
    """`read`: the key's user may not write; NoPermissionException."""
    soap_missing: Literal["fault", "nil"] = "fault"
    """What a single getter answers for an unknown guid: NotFoundException, or nil."""
    soap_empty: Literal["empty", "nil"] = "empty"
    """How an empty collection comes back."""
    soap_unknown_status: Literal["fault", "empty"] = "fault"
    """What asking for invoices by a status name that is not there does."""
    soap_order: Literal["fault", "ignore"] = "fault"
    """A parameter out of order: refused, or taken as not sent (as WCF's serializer may)."""
    soap_attachments_note: bool = False
    """True: `Notes...InvoiceRows` carry free texts 1 and 2."""
    e_invoicing: bool = True
    """The API parameter "electronic invoicing information for the customer"; off hides addresses in SOAP."""
