"""Switches of the emulator: one field per point that the vendor sheet leaves unknown or contradictory."""

from typing import Literal

import msgspec

from tilisilta_emulators import kit


class Options(kit.Options, kw_only=True, forbid_unknown_fields=True):
    """What `POST /_emulator/reset` takes; every field may be left out.

    Raises (on conversion from JSON): msgspec.ValidationError for an unknown name or a wrong value.
    Source: vendor sheet, sections 4 to 13 and 15; our reading where it says I or U.
    """

    data: Literal["demo", "empty"] = "demo"
    """`demo`: the company Naidis; `empty`: only the catalogues (VAT codes, accounts, depots, tags)."""
    api_key: str = "ScoroAPI_5c0f0e1d2b3a4958"
    user_token: str = "utok_4f1b2c3d4e5f6071"  # noqa: S105 - a demo credential, printed at start
    user_password: str = "naidis"  # noqa: S105 - as above
    accounts: list[str] = msgspec.field(default_factory=lambda: ["naidis"])
    """Business entities of the site; the first owns the demo data."""
    api_activated: bool = True
    """False: the account's API was never switched on, so no key opens anything. The answer's text is our reading."""

    # envelope (sheet 4)
    status_codes: Literal["number", "string"] = "number"
    errors_http: bool = False
    """True: errors carry their code as HTTP status too; False: HTTP 200 (429 is always HTTP 429)."""
    error_shape: Literal["list", "map", "string"] = "list"

    # values (sheet 7); zero dates and numbers as strings are faults
    amounts: Literal["string", "number"] = "string"
    localised: Literal["string", "object"] = "string"
    """Product names on read: the text in the request's language, or the whole object."""

    # totals (sheet 8, 13)
    totals: Literal["compute", "keep"] = "compute"
    """`keep`: `sum` and `vat_sum` of a written document stay as given, even when rows say otherwise."""
    vat_rounding: Literal["document", "line"] = "document"
    credit_sign: Literal["negative", "flag"] = "negative"
    """Credit invoices with negative quantities and sums, or positive ones told apart by flag alone."""

    # lists (sheet 5)
    order: Literal["id", "id_desc", "modified", "shuffled"] = "id"
    range_inclusive: bool = True
    unknown_filters: Literal["error", "ignore"] = "error"
    ignore_filters: list[str] = msgspec.field(default_factory=list)
    """`module.field` filters that are silently not applied, e.g. `receipts.date`."""

    # behaviour (sheet 8, 10, 13)
    modify_returns: Literal["id", "object", "none"] = "id"
    """What `data` of a modify holds when `return_data` is not set."""
    receipts_view: bool = True
    allow_get: bool = False
    locked_until: str | None = None
    """Documents and receipts dated on or before this day refuse changes."""

    # limits (sheet 6); 0 switches one off, `limits: false` both
    window_limit: int = 40
    window_s: int = 2
    daily_limit: int = 5000
