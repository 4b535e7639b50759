"""Texts of the mistakes in files, mappings, id maps and matches."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tilisilta.services.errors import MESSAGES

TEXTS: Final[dict[str, Promise]] = {
    "FILE_EMPTY": _("%(file)s: the file is empty."),
    "FILE_WITHOUT_ROWS": _("%(file)s: the file has a header, but no rows."),
    "FILE_TOO_BIG": _("%(file)s: the file is bigger than %(limit)s MB. Split it into smaller files."),
    "FILE_TOO_MANY_ROWS": _(
        "%(file)s, line %(line)s: a file may have up to %(limit)s rows. Split it into smaller files."
    ),
    "FILE_TOO_MANY_COLUMNS": _("%(file)s: a table may have up to %(limit)s columns."),
    "FILE_CELL_TOO_LONG": _("%(file)s, line %(line)s: a cell may hold up to %(limit)s characters."),
    "FILE_NOT_A_TABLE": _("%(file)s: this is not a table. Choose a CSV or XLSX file."),
    "FILE_WRONG_ENCODING": _(
        "%(file)s, line %(line)s: the letters cannot be read (encoding %(encoding)s). Save the file again as UTF-8."
    ),
    "FILE_ROW_UNREADABLE": _("%(file)s, line %(line)s: the row cannot be read: %(rule)s."),
    "FILE_COLUMNS_MISSING": _("%(file)s, line 1: these columns are missing: %(columns)s. The file has: %(found)s."),
    "FILE_WRONG_KIND": _("%(file)s: this looks like a list of %(found)s, not of %(wanted)s."),
    "FILE_NOT_CHOSEN": _("Choose a file first."),
    "FILE_UNREADABLE_KIND": _("%(file)s: only e-invoices (XML) and archives of them (ZIP) are taken."),
    "FILES_TOO_MANY": _("Up to %(limit)s files can be uploaded at once. You chose %(count)s."),
    "FILE_NAME_INVALID": _("%(file)s: the file's name cannot be used."),
    "FILE_CONNECTION_WRONG": _("Files can be uploaded only to a connection of the kind “Files”."),
    "FOLDER_NOT_SET": _("The connection has no watched folder."),
    "FOLDER_NOT_FOUND": _("The folder %(folder)s cannot be opened."),
    "STAGED_GONE": _("This import was already confirmed or is too old. Upload the file again."),
    "STAGED_NOTHING": _("There is nothing to save: no row changes anything."),
    "MAPPING_TARGET_UNKNOWN": _("%(target)s is not in the list of the other system."),
    "MAPPING_TARGET_WRONG_SIDE": _("%(target)s cannot be used on this side of the trade."),
    "DIRECTORY_UNREADABLE": _("The list of the other system could not be read: %(reason)s."),
    "MATCH_DECIDED": _("Somebody has decided this already."),
    "MATCH_TARGET_UNKNOWN": _("Choose a row of the other system's list."),
    "BINDING_SENT": _("A transfer created this row of the other system. Tie the id to another row instead."),
}


def make_known() -> None:
    """Add the texts to those that `ServiceError` shows."""
    MESSAGES.update(TEXTS)
