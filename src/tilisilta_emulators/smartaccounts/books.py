"""The books of the emulated company: every record, the ledger and the stock."""

import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tilisilta_emulators.kit import OrderedIndex
from tilisilta_emulators.smartaccounts import chart
from tilisilta_emulators.smartaccounts.errors import Fault, fault
from tilisilta_emulators.smartaccounts.money import euros
from tilisilta_emulators.smartaccounts.records import (
    ONE,
    ZERO,
    Article,
    Entry,
    Invoice,
    Movement,
    Partner,
    Payment,
    Posting,
    Record,
    StoredFile,
)
from tilisilta_emulators.smartaccounts.stock import Stock
from tilisilta_emulators.smartaccounts.table import Table


def _invoices() -> Table[Invoice]:
    return Table(
        {
            "date": lambda invoice: invoice.date,
            "entrydate": lambda invoice: invoice.entry_date,
            "duedate": lambda invoice: invoice.due_date,
        }
    )


class Books:
    """Everything one company has. Settings lists are kept in wire form by their identity."""

    def __init__(self) -> None:
        self.clients: Table[Partner] = Table()
        self.vendors: Table[Partner] = Table()
        self.articles: Table[Article] = Table()
        self.client_invoices = _invoices()
        self.vendor_invoices = _invoices()
        self.payments: Table[Payment] = Table({"date": lambda payment: payment.date})
        self.entries: Table[Entry] = Table({"date": lambda entry: entry.date})
        self.movements: Table[Movement] = Table({"date": lambda movement: movement.date})
        self.files: Table[StoredFile] = Table()
        self.files_of: dict[tuple[str, str], list[StoredFile]] = {}
        self.stock = Stock()
        self.unpaid: dict[str, OrderedIndex[Invoice]] = {"client": OrderedIndex(), "vendor": OrderedIndex()}
        self.accounts = {item["code"]: item for item in chart.accounts()}
        self.vat_codes = {code.code: code for code in chart.vat_codes()}
        named = chart.lists()
        self.objects = {item["id"]: item for item in named.pop("objects")}
        self.countries = {item["code"]: item for item in named.pop("countries")}
        self.templates = named.pop("documenttemplates")
        self.named: dict[str, dict[str, dict[str, Any]]] = {
            service: {item["name"]: item for item in items} for service, items in named.items()
        }
        self._counters: Counter[str] = Counter()

    def new(self, table: Table[Any], moment: datetime) -> dict[str, Any]:
        """Return the fields with which every new record of `table` begins."""
        return {
            "id": str(uuid.uuid4()),
            "sequence": table.next_sequence(),
            "created": moment,
            "modified": moment,
        }

    @staticmethod
    def again(record: Record, moment: datetime) -> dict[str, Any]:
        """Return the fields with which an edited record begins."""
        return {
            "id": record.id,
            "sequence": record.sequence,
            "created": record.created,
            "modified": moment,
        }

    def number(self, series: str) -> int:
        """Return the next number of a series."""
        self._counters[series] += 1
        return self._counters[series]

    def check_account(self, code: str | None, faults: list[Fault]) -> None:
        """Add a fault when an account is named that the chart does not have."""
        if code is not None and code not in self.accounts:
            faults.append(fault("ACCOUNT-NOT-FOUND", value=code))

    def object_id(self, given: str | None, faults: list[Fault]) -> str | None:
        """Return the id of a dimension named by id or code; add a fault when there is none."""
        if given is None or given in self.objects:
            return given
        for item in self.objects.values():
            if item["code"] == given:
                return str(item["id"])
        faults.append(fault("OBJECT-NOT-FOUND", value=given))
        return None

    def warehouse(self, given: str | None, faults: list[Fault]) -> str | None:
        """Return a warehouse's name. Whether `warehouseId` is a name or an id is unknown: both are taken."""
        if given is None or given in self.named["warehouses"]:
            return given
        names = list(self.named["warehouses"])
        if given.isdigit() and 0 < int(given) <= len(names):
            return names[int(given) - 1]
        faults.append(fault("WAREHOUSE-NOT-FOUND", value=given))
        return None

    def default_warehouse(self) -> str:
        """Return the system warehouse, the only one whose quantities the articles service knows."""
        return next(iter(self.named["warehouses"]))

    def settle(self, invoice: Invoice, amount: Decimal) -> None:
        """Count `amount` (negative to take back) as paid and keep the list of unpaid invoices right."""
        invoice.paid += amount
        self.list_unpaid(invoice)

    def list_unpaid(self, invoice: Invoice, *, gone: bool = False) -> None:
        """Put an invoice on the unpaid list or take it off."""
        side = "client" if invoice.id in self.client_invoices.by_id else "vendor"
        index = self.unpaid[side]
        index.remove(invoice.date, invoice.sequence)
        if not gone and invoice.remaining > 0:
            index.add(invoice.date, invoice.sequence, invoice)

    def post(self, draft: "LedgerDraft", moment: datetime) -> str:
        """Enter a draft in the ledger and return the entry's id."""
        rows = draft.postings()
        entry = Entry(
            **self.new(self.entries, moment),
            doc_type=draft.doc_type,
            date=draft.date,
            number=draft.number,
            document=draft.document,
            currency=draft.currency,
            exchange_rate=draft.rate,
            amount=sum((row.debit for row in rows), ZERO),
            comment=None,
            rows=rows,
        )
        self.entries.put(entry)
        return entry.id

    def unpost(self, entry_ids: Iterable[str], moment: datetime) -> None:
        """Take a document's entries out of the ledger."""
        for identity in entry_ids:
            self.entries.remove(self.entries.by_id[identity], moment)

    def replace_accounts(self, items: Iterable[dict[str, Any]]) -> None:
        """Put another chart of accounts in place."""
        self.accounts = {item["code"]: item for item in items}


class LedgerDraft:
    """Collects debits and credits of one document and makes a balanced entry of them."""

    def __init__(self, doc_type: str, day: date, number: str, document: str | None = None) -> None:
        self.doc_type = doc_type
        self.date = day
        self.number = number
        self.document = document
        self.currency = "EUR"
        self.rate = ONE
        self._lines: dict[tuple[str, str | None, str | None], list[Decimal]] = {}

    def add(
        self,
        account: str,
        amount: Decimal,
        description: str | None = None,
        object_id: str | None = None,
        *,
        in_euros: Decimal | None = None,
    ) -> None:
        """Debit `amount` (credit when negative), in the draft's currency.

        `in_euros` overrules the conversion, for amounts that were converted at another day's rate.
        """
        line = self._lines.setdefault((account, object_id, description), [ZERO, ZERO])
        line[0] += amount
        line[1] += euros(amount, self.rate) if in_euros is None else in_euros

    def balance(self) -> Decimal:
        """Return what debits exceed credits by, in euros."""
        return sum((line[1] for line in self._lines.values()), ZERO)

    def postings(self) -> list[Posting]:
        """Return the rows; cents lost in conversion are put on the rounding account."""
        difference = self.balance()
        if difference:
            self.add(chart.ROUNDING, ZERO, "Kursivahe", in_euros=-difference)
        rows = []
        foreign = self.currency != "EUR"
        for (account, object_id, description), (original, amount) in self._lines.items():
            if not amount and not original:
                continue
            rows.append(
                Posting(
                    account,
                    description,
                    max(amount, ZERO),
                    max(-amount, ZERO),
                    max(original, ZERO) if foreign else None,
                    max(-original, ZERO) if foreign else None,
                    object_id,
                )
            )
        return rows
