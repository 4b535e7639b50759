"""One call as the services see it, with what lists and documents have in common."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any, TypeVar

from tilisilta_emulators.merit.books import Books
from tilisilta_emulators.merit.errors import PERIOD_DAYS, PERIOD_MONTHS, business
from tilisilta_emulators.merit.form import Form
from tilisilta_emulators.merit.options import MeritOptions
from tilisilta_emulators.merit.records import Batch, Dims, Invoice, Payment
from tilisilta_emulators.merit.site import Company, Site
from tilisilta_emulators.merit.tables import Table
from tilisilta_emulators.merit.values import add_months

T = TypeVar("T", Invoice, Payment, Batch)
API_USER = "Merit API"


class Call:
    """Who asks for what: the version of the path, the fields, the company's books and the local moment."""

    __slots__ = ("action", "books", "company", "form", "locked_until", "now", "options", "site", "version")

    def __init__(
        self, site: Site, company: Company, form: Form, *, version: int, action: str, locked_until: date | None
    ) -> None:
        self.site = site
        self.options: MeritOptions = site.options
        self.company = company
        self.books: Books = site.books(company)
        self.form = form
        self.version = version
        self.action = action
        self.now: datetime = site.now(company.country)
        self.locked_until = locked_until or self.books.locked_until

    def writing(self) -> Books:
        """Return the books for a change; they stay in memory from now on."""
        return self.site.keep(self.company)

    def visible(self, records: Iterator[T]) -> Iterator[T]:
        """Leave out what is entered only later than the clock says."""
        now = self.now
        return (record for record in records if record.created <= now)

    def find(self, table: Table[T], identity: str, what: str) -> T:
        """Return a record by id that is entered by now.

        Raises:
            Refused: 400, there is none.
        """
        record = table.by_id.get(identity)
        if record is None or record.created > self.now:
            raise business(f"{what} ei leitud")
        return record

    def listed(self, table: Table[T], *, full_ledger: bool = False) -> Iterator[T]:
        """Walk the records of the period asked for.

        Raises:
            Refused: 400 for a period too long, 500 for a missing or broken date.
        """
        start, end = self.form.need_day("PeriodStart"), self.form.need_day("PeriodEnd")
        if full_ledger:
            if (end - start).days >= self.options.full_ledger_days:
                raise business(PERIOD_DAYS.format(self.options.full_ledger_days))
        elif end > add_months(start, self.options.period_months):
            # The text says three also where six were seen to pass.
            raise business(PERIOD_MONTHS)
        changed = self.form.integer("DateType", range(2)) == 1
        return self.visible(table.within(start, end, changed=changed))

    def require_open(self, *days: date) -> None:
        """Refuse when one of the days lies in the locked period."""
        until = self.locked_until
        if until is not None and any(day <= until for day in days):
            raise business(f"Periood on suletud kuni {until:%d.%m.%Y}")

    def known(self, form: Form, field: str, limit: int, where: dict[str, Any], what: str) -> str | None:
        """Return a code that must be one of the company's when it is given."""
        code = form.text(field, limit)
        if code is None or code in where:
            return code
        for name in where:
            if name.casefold() == code.casefold():
                return name
        raise business(f"{what} {code} ei leitud")

    def department(self, form: Form) -> str | None:
        """Return the department's code."""
        return self.known(form, "DepartmentCode", 20, self.books.settings.departments, "Osakonda")

    def account(self, form: Form, field: str = "GLAccountCode", limit: int = 10) -> str | None:
        """Return the code of a ledger account."""
        return self.known(form, field, limit, self.books.settings.accounts, "Kontot")

    def objects(self, form: Form) -> tuple[str | None, str | None]:
        """Return project and cost centre, which v1 has as codes."""
        settings = self.books.settings
        return (
            self.known(form, "ProjectCode", 20, settings.projects, "Projekti"),
            self.known(form, "CostCenterCode", 20, settings.cost_centers, "Kulukohta"),
        )

    def dimensions(self, form: Form, *, any_version: bool = False) -> Dims | None:
        """Return the dimension values of v2, each by id or by dimension and code; cards have them in v1 too."""
        if self.version == 1 and not any_version:
            return None
        found: Dims = []
        for item in form.children("Dimensions") or ():
            identity, dim, code = item.guid("DimValueId"), item.integer("DimId"), item.text("DimCode")
            value = self.books.settings.dimension_ids.get(identity) if identity else None
            if value is None and code is not None:
                value = self.books.settings.dimensions.get((dim or 0, code.casefold()))
            if value is None:
                raise business(f"Dimensiooni väärtust {code or identity or ''} ei leitud")
            found.append((value.dim_id, value.code))
        return found or None

    def currency(self, form: Form) -> tuple[str, Any]:
        """Return currency and rate: the given one, else the central bank's.

        Raises:
            Refused: 400, the currency is unknown, or foreign in v1.
        """
        code = (form.text("CurrencyCode", 4) or self.books.currency).upper()
        given = form.decimal("CurrencyRate") if self.version > 1 else None
        known = self.books.rate_of(code)
        if known is None:
            raise business(f"Valuutat {code} ei leitud")
        if self.version == 1 and code != self.books.currency:
            raise business("Välisvaluuta jaoks kasutage versiooni v2")
        if given is not None and given < 0:
            raise business("Valuuta kurss peab olema positiivne")
        return code, (given if given and code != self.books.currency else known)


def dimension_columns(dims: Dims | None) -> dict[str, Any]:
    """Return `Dimension1Code` to `Dimension7Code`."""
    codes = dict(dims or ())
    return {f"Dimension{number}Code": codes.get(number) for number in range(1, 8)}


def show_dimensions(books: Books, dims: Dims | None) -> list[dict[str, Any]]:
    """Return dimension values as objects."""
    shown = []
    for number, code in dims or ():
        value = books.settings.dimensions[number, code.casefold()]
        shown.append({"Id": value.id, "DimId": number, "DimValueId": value.id, "DimCode": code})
    return shown


def allocations(dims: Dims | None, amount: Any) -> list[dict[str, Any]]:
    """Return the dimension values of a line; one value a dimension takes all of it."""
    return [{"DimId": number, "Code": code, "AllocPct": 100, "AllocAmount": amount} for number, code in dims or ()]


Handler = Callable[[Call], Any]
