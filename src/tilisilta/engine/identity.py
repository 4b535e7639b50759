"""Which two systems an integration ties together, as a salt for the keys of its documents."""

import hashlib

from tilisilta.core.errors import Misconfigured
from tilisilta.engine.connect import manifest
from tilisilta.store import vault
from tilisilta.store.models import Connection, Integration


def _named(connection: Connection) -> str:
    """Return what names the other end: what is not secret in its credentials and settings, else its first key."""
    try:
        credentials = vault.unseal(bytes(connection.sealed_credentials))
        fields = manifest(connection.vendor).credentials
    except Misconfigured:
        return f"{connection.vendor}|{connection.pk}"
    named = [credentials.get(field.name, "") for field in fields if not field.is_secret]
    if not any(named) and fields:
        named = [hashlib.sha256(credentials.get(fields[0].name, "").encode()).hexdigest()]
    settings = [str(connection.settings.get(name, "")) for name in ("site", "folder")]
    return "|".join([connection.vendor, *named, *settings])


def salt_of(integration: Integration) -> str:
    """Return the salt of an integration's keys, made once and kept, so that new credentials change nothing."""
    salt = str(integration.settings.get("salt", ""))
    if not salt:
        named = f"{_named(integration.source)}>{_named(integration.target)}"
        salt = hashlib.sha256(named.encode()).hexdigest()[:16]
        integration.settings["salt"] = salt
        Integration.objects.filter(pk=integration.pk).update(settings=integration.settings)
    return salt
