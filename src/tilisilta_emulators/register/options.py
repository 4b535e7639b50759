"""Switches of the emulator: one field per point that the vendor sheet leaves unknown, inferred or contradictory."""

from typing import Literal

import msgspec

from tilisilta_emulators import kit
from tilisilta_emulators.register.companies import Company


class Options(kit.Options, kw_only=True, forbid_unknown_fields=True):
    """What `POST /_emulator/reset` takes; every field may be left out.

    Source: vendor sheet of the practice module, section 5.2.
    """

    rows: int = 370_000
    """How many made up companies the file holds; it is made when first asked for."""
    day: int = 1
    """Which day's file it is: each day some companies are new, some renamed, some gone."""
    companies: list[Company] = msgspec.field(default_factory=list)
    """Companies with names of their own, besides the made up ones."""
    validators: Literal["both", "etag", "last_modified", "none"] = "both"
    """What the file's answer carries for conditional requests."""
    answer: Literal["object", "array"] = "object"
    """Autocomplete: `{"status", "data"}` as four sources have it, or a bare array as two clients expect."""
    code_type: Literal["number", "text"] = "number"
    """Autocomplete: `reg_code` is told both ways."""
    min_query: int = 3
    most_results: int = 10
    require_user_agent: bool = True
    """A request without User-Agent gets 403 (one source)."""
