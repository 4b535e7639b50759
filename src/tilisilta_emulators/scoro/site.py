"""The site: its tables, clock and the ledger of what receipts have paid."""

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tilisilta_emulators.kit import Clock
from tilisilta_emulators.scoro.errors import ApiError, not_found
from tilisilta_emulators.scoro.modules import MODULES, Module
from tilisilta_emulators.scoro.options import Options
from tilisilta_emulators.scoro.rows import Row
from tilisilta_emulators.scoro.store import Table

ZONE = ZoneInfo("Europe/Tallinn")
KEPT_DELETED = timedelta(days=30)


class Site:
    """Everything one reset creates; handlers change it only through the write modules."""

    def __init__(self, options: Options, clock: Clock) -> None:
        self.options = options
        self.clock = clock
        self.tables: dict[str, Table] = {name: Table(module) for name, module in MODULES.items()}
        self.paid: defaultdict[tuple[str, int], Decimal] = defaultdict(Decimal)
        self.numbers: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.moment: datetime | None = None
        self.receipt_groups: dict[int, int] = {}
        self.custom_field_types: dict[str, dict[str, tuple[str, str]]] = {}
        self.repeats: dict[str, int] = {}
        self.issued_tokens: set[str] = set()
        self._line_id = 9000
        self._receipt_id = 1770

    @property
    def main_account(self) -> str:
        return self.options.accounts[0]

    def next_line_id(self) -> int:
        self._line_id += 1
        return self._line_id

    def next_receipt_id(self) -> int:
        self._receipt_id += 1
        return self._receipt_id

    def now(self) -> datetime:
        """The present moment in the site's time zone; `moment` stands in while demo data is written."""
        return (self.moment or self.clock.now()).astimezone(ZONE)

    def stamp(self, module: Module) -> str:
        """Now, as the module writes its stamps."""
        return stamp_of(self.now(), iso=module.iso)

    def row(self, name: str, row_id: int, account: str | None = None) -> Any:
        """Return a row that is not deleted and belongs to `account`, when one is given.

        Raises:
            ApiError: 404, there is none.

        """
        table = self.tables[name]
        row = table.rows.get(row_id)
        if row is None or row.is_deleted or not self.owned(table.module, row, account):
            raise not_found(name, row_id)
        return row

    def owned(self, module: Module, row: Any, account: str | None) -> bool:
        """Tell whether a row may be seen from a business entity; contacts and products are shared."""
        if account is None or not module.account_bound:
            return True
        return row.account_id in ("", account)

    def shows_deleted(self, row: Row) -> bool:
        """Tell whether a deleted row is still within the 30 days in which it can be asked for."""
        if not row.deleted_date:
            return False
        return self.now() - datetime.fromisoformat(row.deleted_date) <= KEPT_DELETED

    def require_open(self, date: str | None) -> None:
        """Refuse a change in a locked period.

        Raises:
            ApiError: 400; text and code unknown.

        """
        lock = self.options.locked_until
        if lock and date and date <= lock and self.moment is None:
            raise ApiError(400, {"date": f"is in a period locked until {lock}"})

    def tag_names(self) -> dict[int, str]:
        return {tag.tag_id: tag.tag_name or "" for tag in self.tables["tags"].rows.values()}


def stamp_of(moment: datetime, *, iso: bool) -> str:
    """Write a moment as a module's stamp.

    >>> stamp_of(datetime(2026, 1, 5, 8, 20, 30, tzinfo=ZoneInfo("UTC")), iso=True)
    '2026-01-05T10:20:30+02:00'
    >>> stamp_of(datetime(2026, 1, 5, 8, 20, 30, tzinfo=ZoneInfo("UTC")), iso=False)
    '2026-01-05 10:20:30'
    """
    local = moment.astimezone(ZONE).replace(microsecond=0)
    return local.isoformat() if iso else local.strftime("%Y-%m-%d %H:%M:%S")
