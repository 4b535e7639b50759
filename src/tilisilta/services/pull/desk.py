"""One connection's shelf as a call sees it. Source: vendor sheet of Severa, section B."""

from collections.abc import Iterable

from django.db.models import QuerySet

from tilisilta.connectors.pull import read_statuses
from tilisilta.ports.register import RegisterKind
from tilisilta.services.access import Actor
from tilisilta.services.pull import entities
from tilisilta.services.pull.records import INVOICES
from tilisilta.store.models import Connection, ShelfDocument, ShelfKind

Rows = QuerySet[ShelfDocument]


class Desk:
    """One call's view of a shelf: `actor` is the fetching system, as the audit log names it."""

    def __init__(self, connection: Connection, actor: Actor) -> None:
        self.connection = connection
        self.actor = actor
        self.statuses = read_statuses({name: str(value) for name, value in connection.settings.items()})

    @property
    def rows(self) -> Rows:
        """Everything on the shelf."""
        return ShelfDocument.objects.filter(connection=self.connection)

    @property
    def invoices(self) -> Rows:
        """Invoices and credit notes, oldest first."""
        return self.rows.filter(kind__in=INVOICES).order_by("date", "pk")

    @property
    def customers(self) -> Rows:
        """Customers, oldest first."""
        return self.rows.filter(kind=ShelfKind.CUSTOMER).order_by("pk")

    def items(self, register: RegisterKind) -> Rows:
        """Items of one register; what is of none is a product."""
        wanted = [register.value, *([RegisterKind.OTHER.value, ""] if register is RegisterKind.PRODUCT else [])]
        return self.rows.filter(kind=ShelfKind.ITEM, register__in=wanted).order_by("pk")

    def seen(self, rows: Iterable[ShelfDocument]) -> entities.Seen:
        """Return what the entities of these invoices need."""
        parties = {row.party_guid for row in rows if row.party_guid}
        items: dict[str, str] = {}
        codes: dict[tuple[str, str], list[str]] = {}
        found = self.rows.filter(kind=ShelfKind.ITEM).values_list("key", "register", "number", "guid")
        for key, register, number, guid in found:
            items[key] = str(guid)
            codes.setdefault((register, number), []).append(str(guid))
        return entities.Seen(
            connection_id=self.connection.pk,
            company=self.connection.company,
            statuses=self.statuses,
            customers={row.guid: row for row in self.customers.filter(guid__in=parties)},
            items=items,
            codes={at: guids[0] for at, guids in codes.items() if at[1] and len(guids) == 1},
        )

    def show(self, rows: Iterable[ShelfDocument]) -> list[entities.Values]:
        """Return invoices as entities."""
        found = list(rows)
        seen = self.seen(found)
        return [entities.invoice(row, seen) for row in found]
