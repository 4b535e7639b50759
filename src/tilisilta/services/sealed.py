"""Everything that is stored sealed: counted, tried with the keys there are, and sealed anew with the newest."""

from collections.abc import Iterator

from allauth.mfa.models import Authenticator

from tilisilta.core.errors import Misconfigured
from tilisilta.store import vault
from tilisilta.store.models import ClientImport, ClientImportRow, Connection

_SECOND_STEP_FIELDS = ("secret", "seed")


def unopened() -> list[str]:
    """Return the names of stored secrets that none of the keys opens: connections, and people's second steps."""
    found = []
    for connection in _connections():
        try:
            vault.unseal(bytes(connection.sealed_credentials))
        except Misconfigured:
            found.append(f"connection {connection.name} of {connection.company}")
    for step in Authenticator.objects.select_related("user").order_by("pk"):
        try:
            for text in _sealed_texts(step):
                vault.unseal(text.encode())
        except Misconfigured:
            found.append(f"second step of {step.user.email}")
    for row, field in _of_imports():
        try:
            vault.unseal(bytes(getattr(row, field)))
        except Misconfigured:
            found.append(f"import of clients {row}")
    return found


def reseal_all() -> int:
    """Seal every stored secret with the newest key and return how many there were. Call inside a transaction.

    Raises:
        cryptography.fernet.InvalidToken: one opens with none of the keys.
    """
    count = 0
    for connection in _connections():
        connection.sealed_credentials = vault.reseal(bytes(connection.sealed_credentials))
        connection.save(update_fields=["sealed_credentials"])
        count += 1
    for step in Authenticator.objects.order_by("pk"):
        for field in _SECOND_STEP_FIELDS:
            if text := step.data.get(field):
                step.data[field] = vault.reseal(str(text).encode()).decode()
                count += 1
        step.save(update_fields=["data"])
    for row, field in _of_imports():
        setattr(row, field, vault.reseal(bytes(getattr(row, field))))
        row.save(update_fields=[field])
        count += 1
    return count


def _connections() -> Iterator[Connection]:
    rows = Connection.objects.select_related("company").order_by("pk")
    return (each for each in rows if bytes(each.sealed_credentials))


def _of_imports() -> Iterator[tuple[ClientImport | ClientImportRow, str]]:
    """Yield what imports of clients hold until they are confirmed or cancelled, with the field that holds it."""
    for each in ClientImport.objects.exclude(sealed_session=b"").order_by("pk"):
        yield each, "sealed_session"
    for row in ClientImportRow.objects.exclude(sealed_credentials=b"").order_by("pk"):
        yield row, "sealed_credentials"


def _sealed_texts(step: Authenticator) -> list[str]:
    return [str(step.data[field]) for field in _SECOND_STEP_FIELDS if step.data.get(field)]
