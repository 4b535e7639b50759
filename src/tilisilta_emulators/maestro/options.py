"""Options of `POST /_emulator/reset` that Maestro's emulator has beside the kit's."""

from typing import Literal

from tilisilta_emulators import kit


class Options(kit.Options, kw_only=True, forbid_unknown_fields=True):
    """How the importer and the files behave.

    Args:
        data: Demo products, or a register with the general product A/0 alone.
        auto_import: Whether files are read as they appear; else only by `POST /_emulator/import`.
        processed: What becomes of a file that was read: moved to `done/` or `error/`, deleted, or left.
        acknowledge: `ok` answers when a file was read, `both` also when it was seen, `none` never, `errors` only then.
        totals_in_answers: Whether an `.ok` names number and total.
        require_customer: Whether an invoice's customer must be in the register.
        product_encoding: Of the product export.
        product_names: By which of a product's names rows may call it.
        posix_rename: Whether the SFTP server can rename over a file that is there.
        sftp_user: Who signs in.

    """

    data: Literal["demo", "empty"] = "demo"
    auto_import: bool = True
    processed: Literal["move", "delete", "keep"] = "move"
    acknowledge: Literal["ok", "both", "none", "errors"] = "ok"
    totals_in_answers: bool = True
    require_customer: bool = True
    product_encoding: Literal["utf-8", "utf-8-sig", "windows-1252", "iso-8859-15", "utf-16"] = "windows-1252"
    product_names: Literal["both", "id", "number"] = "both"
    posix_rename: bool = True
    sftp_user: str = "tilisilta"
