"""The tables of one organization and the indexes over them."""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Generic, TypeVar

from tilisilta_emulators.kit import Clock, OrderedIndex
from tilisilta_emulators.severa.options import Options
from tilisilta_emulators.severa.records import PREFIXES, Base, Entry, Invoice, Record, Row, split_guid

T = TypeVar("T", bound=Base)
ENTRY_KINDS = ("projectfees", "workhours", "projecttravelexpenses")


class Table(Generic[T]):
    """Records of one kind by their number, walked in the order they were made."""

    def __init__(self) -> None:
        self.rows: dict[int, T] = {}
        self._order: list[int] = []
        self.next_number = 1

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[T]:
        return iter(self.rows.values())

    def add(self, record: T) -> T:
        """Keep `record`, whose number is `next_number`."""
        self.rows[record.number_in_kind] = record
        self._order.append(record.number_in_kind)
        self.next_number = record.number_in_kind + 1
        return record

    def remove(self, record: T) -> None:
        """Drop `record`; its number is not given out again."""
        self.rows.pop(record.number_in_kind, None)
        if len(self._order) > 2 * len(self.rows) + 64:
            self._order = list(self.rows)

    def after(self, number: int) -> Iterator[T]:
        """Walk the records made after the one with `number`."""
        rows = self.rows
        # A page is walked while nothing else runs, so the list may be read in place.
        for at in range(bisect_right(self._order, number), len(self._order)):
            record = rows.get(self._order[at])
            if record is not None:
                yield record


class Store:
    """One organization's books, shared by REST and SOAP."""

    def __init__(self, options: Options, clock: Clock) -> None:
        self.options = options
        self.clock = clock
        self.tables: dict[str, Table[Record]] = {
            kind: Table() for kind in PREFIXES if kind not in {"invoices", "invoicerows", *ENTRY_KINDS}
        }
        self.invoices: Table[Invoice] = Table()
        self.rows: Table[Row] = Table()
        self.entries: dict[str, Table[Entry]] = {kind: Table() for kind in ENTRY_KINDS}
        self.by_status: dict[int, OrderedIndex[Invoice]] = {}
        self.by_number: dict[int, list[Invoice]] = {}
        self.uninvoiced: dict[int, dict[str, Entry]] = {}
        """Entries that no row has taken, by the number of their project and their guid."""
        self.of_customer: dict[str, dict[int, list[Record]]] = {"addresses": {}, "contactpersons": {}}
        self.next_invoice_number = 1001
        self.next_customer_number = 101
        self.next_project_number = 1
        self.organization: Record
        self.main_unit: Record
        self.admin: Record
        self.euro: Record

    def now(self) -> datetime:
        """Return the present moment in UTC, whole seconds."""
        return self.clock.now().replace(microsecond=0)

    def make(self, kind: str, **data: Any) -> Record:
        """Keep a new record of `kind` with the properties given."""
        table = self.tables[kind]
        now = self.now()
        record = Record(number_in_kind=table.next_number, created=now, updated=now, kind=kind, data=data)
        table.add(record)
        owners = self.of_customer.get(kind)
        if owners is not None and isinstance(data.get("customer"), Record):
            owners.setdefault(data["customer"].number_in_kind, []).append(record)
        return record

    def drop(self, record: Record) -> None:
        """Forget `record`."""
        self.tables[record.kind].remove(record)
        owners = self.of_customer.get(record.kind)
        if owners is not None:
            mine = owners.get(record.data["customer"].number_in_kind, [])
            if record in mine:
                mine.remove(record)

    def find(self, kind: str, guid: str) -> Any:
        """Return the record of `kind` with this folded guid, else None."""
        parts = split_guid(guid)
        if parts is None or parts[0] != kind:
            return None
        if kind == "invoices":
            return self.invoices.rows.get(parts[1])
        if kind == "invoicerows":
            return self.rows.rows.get(parts[1])
        table: Table[Any] = self.entries[kind] if kind in self.entries else self.tables[kind]
        return table.rows.get(parts[1])

    def touch(self, record: Base) -> None:
        """Note that `record` changed now."""
        record.updated = self.now()

    def addresses(self, customer: Record) -> list[Record]:
        """Return the addresses of `customer`."""
        return self.of_customer["addresses"].get(customer.number_in_kind, [])

    def contacts(self, customer: Record) -> list[Record]:
        """Return the contact persons of `customer`."""
        return self.of_customer["contactpersons"].get(customer.number_in_kind, [])

    def headquarters(self, customer: Record) -> Record | None:
        """Return the customer's head office address: the visiting one, else the first."""
        addresses = self.addresses(customer)
        return next((one for one in addresses if one.data.get("isVisitAddress")), addresses[0] if addresses else None)

    def billing_address(self, customer: Record) -> Record | None:
        """Return the first billing address, else the head office."""
        chosen = (one for one in self.addresses(customer) if one.data.get("isBillingAddress"))
        return next(chosen, self.headquarters(customer))

    def status_named(self, name: str) -> Record | None:
        """Return the status with exactly this name, the first of several."""
        return next((one for one in self.tables["invoicestatuses"] if one.data.get("name") == name), None)

    def in_status(self, status: Record) -> OrderedIndex[Invoice]:
        """Return the invoices in `status`, in the order they were made."""
        return self.by_status.setdefault(status.number_in_kind, OrderedIndex())

    def place(self, invoice: Invoice) -> None:
        """Index an invoice by its status."""
        self.in_status(invoice.status).add(invoice.number_in_kind, 0, invoice)

    def unplace(self, invoice: Invoice) -> None:
        """Take an invoice out of the index of its status."""
        self.in_status(invoice.status).remove(invoice.number_in_kind, 0)
