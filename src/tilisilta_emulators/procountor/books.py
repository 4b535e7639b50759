"""One company: its registers, documents and ledger."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tilisilta_emulators.kit import Clock
from tilisilta_emulators.procountor import chart
from tilisilta_emulators.procountor.errors import CLOSED_PERIOD, Refused
from tilisilta_emulators.procountor.options import Options
from tilisilta_emulators.procountor.records import (
    Attachment,
    FiscalYear,
    Invoice,
    Partner,
    PaymentEvent,
    Period,
    Receipt,
)
from tilisilta_emulators.procountor.rights import Rights
from tilisilta_emulators.procountor.table import Table

ZONE = ZoneInfo("Europe/Helsinki")
FIRST_YEAR = 2023


class Books:
    """Everything of one company; handlers change it, `demo` and `seeding` fill it."""

    def __init__(self, company_id: int, name: str, options: Options, clock: Clock) -> None:
        self.id = company_id
        self.name = name
        self.options = options
        self.clock = clock
        self.moment: datetime | None = None
        self.rights: dict[int, Rights] = {}
        self.home_currency = "EUR"
        self.accounts = chart.accounts()
        self.statuses = chart.vat_statuses()
        self.settings: dict[str, Any] = {}
        self.invoices: Table[Invoice] = Table(
            8801001,
            {
                "original": lambda row: row.original,
                "number": lambda row: row.number,
                "partner": lambda row: row.partner_id,
            },
            {"date": lambda row: row.date, "version": lambda row: row.version},
        )
        self.receipts: Table[Receipt] = Table(
            9902001,
            {"invoice": lambda row: row.invoice_id},
            {"date": lambda row: row.date, "version": lambda row: row.version},
        )
        self.partners: Table[Partner] = Table(
            50123,
            {
                "identifier": lambda row: squeezed(row.identifier),
                "customer_number": lambda row: row.customer_number,
                "name": lambda row: row.name.casefold(),
            },
        )
        self.events: Table[PaymentEvent] = Table(6600100)
        self.attachments: Table[Attachment] = Table(7700042, {"on": lambda row: (row.reference_type, row.reference_id)})
        self.products: Table[dict[str, Any]] = Table(30001, {"code": lambda row: row.get("code")})
        self.bank_accounts: Table[dict[str, Any]] = Table(1201, {"iban": lambda row: row["iban"]})
        self.groups: Table[dict[str, Any]] = Table(401)
        self.product_groups: Table[dict[str, Any]] = Table(501)
        self.dimensions: Table[dict[str, Any]] = Table(601)
        self.contracts: Table[dict[str, Any]] = Table(701)
        self.webhooks: dict[str, dict[str, Any]] = {}
        self.pushed: list[dict[str, Any]] = []
        self.payments: Table[dict[str, Any]] = Table(5500001)
        self.statements: Table[dict[str, Any]] = Table(3300001)
        self.reference_payments: Table[dict[str, Any]] = Table(4400001)
        self.users: dict[int, dict[str, Any]] = {}
        self.years: list[FiscalYear] = []
        self.numbers: defaultdict[str, int] = defaultdict(int)
        self.comment_id = 900
        self.item_id = 6100
        self._last_id = 0

    def now(self) -> datetime:
        """The present moment in Finland; `moment` stands in while demo data is written."""
        return (self.moment or self.clock.now()).astimezone(ZONE)

    def today(self) -> date:
        return self.now().date()

    def stamp(self, after: str | None = None) -> str:
        """Return the present as a version, always later than `after`, the version it replaces."""
        step = timedelta(milliseconds=1) if self.options.version_format == "millis_z" else timedelta(seconds=1)
        moment = self.now().replace(tzinfo=None)
        text = self._written(moment)
        if after is not None and text <= after:
            text = self._written(datetime.fromisoformat(after.removesuffix("Z")) + step)
        return text

    def _written(self, moment: datetime) -> str:
        if self.options.version_format == "millis_z":
            return moment.isoformat(timespec="milliseconds") + "Z"
        return moment.isoformat(timespec="seconds")

    def next_number(self, kind: str, first: int) -> int:
        """Return the next running number of a kind."""
        self.numbers[kind] = max(self.numbers[kind] + 1, first)
        return self.numbers[kind]

    def period_of(self, day: date) -> Period | None:
        """Return the tracking period of a day."""
        for year in self.years:
            if year.start <= day <= year.end:
                return next((each for each in year.periods if each.start <= day <= each.end), None)
        return None

    def require_open(self, day: str, field: str | None = None) -> None:
        """Refuse a day in a closed or missing period.

        Raises:
            Refused: CLOSED_FISCAL_PERIOD; status by option `closed_period_status`.

        """
        if not self.is_open(day):
            raise Refused(self.options.closed_period_status, CLOSED_PERIOD, field)

    def is_open(self, day: str) -> bool:
        """Tell whether a day may be written into."""
        period = self.period_of(date.fromisoformat(day))
        return period is not None and period.status != "CLOSED"

    def percent_in_use(self, percent: Decimal) -> bool:
        """Tell whether the company uses a VAT percentage."""
        return any(percent == each for each in self.options.vat_percents)

    def vat_fits(self, status: int | None, percent: Decimal, side: str) -> bool:
        """Tell whether a VAT status is there for a side (`SALES`, `PURCHASE`) and takes a percentage."""
        known = self.statuses.get(1 if status is None else status)
        if known is None or not (known.sales if side == "SALES" else known.purchase):
            return False
        return self.percent_in_use(percent) if known.domestic else percent == 0

    def account_takes(self, code: str, percent: Decimal) -> bool:
        """Tell whether an account is in the chart, in use, and may bear a VAT percentage."""
        account = self.accounts.get(code)
        return account is not None and account.active and (account.vat or percent == 0)


def squeezed(identifier: str | None) -> str | None:
    """Return an identifier without spaces, for comparing."""
    return identifier.replace(" ", "").upper() if identifier else None
