"""A real PostgreSQL for the tests, from its wheel: starts in a second or so, also as root."""

import os
import tempfile
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

import psycopg

# The wheel's library asks for a run-time directory as it is imported and warns without one; warnings are errors here.
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="tilisilta-run-"))

import pgserver


@lru_cache(maxsize=1)
def server_uri() -> str:
    """Start a server of this process and return its address; it ends with the process."""
    server = pgserver.get_server(Path(tempfile.mkdtemp(prefix="tilisilta-pg-")), cleanup_mode="delete")
    return server.get_uri()


def create_database(uri: str, name: str, *, template: str = "template1") -> str:
    """Create a database, empty or as another one is now, and return its address."""
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    host = uri.partition("host=")[2]
    return f"postgresql://postgres@/{name}?host={quote(host, safe='/')}"
