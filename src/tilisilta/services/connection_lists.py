"""Connections as pages list them, and the vendors' lists as they were last read. Touches no network.

The keys of a bureau's clients are connections too; they stand with their clients (`services/books/keys.py`), not here.
"""

from django.db.models import Count, Q, QuerySet

from tilisilta.ports import CatalogueKind
from tilisilta.store.models import CatalogueSnapshot, Company, Connection, Integration


def list_connections(company: Company) -> QuerySet[Connection]:
    """Return a company's connections by name, each with `integration_count`."""
    return (
        Connection.objects.filter(company=company, of_client=None)
        .annotate(integration_count=Count("integrations_from", distinct=True) + Count("integrations_to", distinct=True))
        .order_by("name", "id")
    )


def get_connection(company: Company, connection_id: int) -> Connection:
    """Return one connection of a company; raises Connection.DoesNotExist for any other."""
    return Connection.objects.get(company=company, pk=connection_id, of_client=None)


def integrations_of(connection: Connection) -> QuerySet[Integration]:
    """Return the integrations that stand on a connection, at either end."""
    return (
        Integration.objects.filter(Q(source=connection) | Q(target=connection), company_id=connection.company_id)
        .select_related("source", "target")
        .order_by("name", "id")
    )


def snapshot(connection: Connection, kind: CatalogueKind) -> CatalogueSnapshot | None:
    """Return one of the vendor's lists as last read, or None when it never was."""
    return CatalogueSnapshot.objects.filter(connection=connection, kind=kind.value).first()
