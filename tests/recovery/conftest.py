import os
import tempfile
from collections.abc import Callable
from functools import lru_cache
from itertools import count
from pathlib import Path

import pytest

from tests.recovery.installation import migrate

_numbers = count()


@lru_cache(maxsize=1)
def _template() -> str:
    """Return the name of a PostgreSQL database of this version with nothing in it."""
    from tests.support.postgres import create_database, server_uri

    name = f"recovery_{os.getpid()}_empty"
    migrate(Path(tempfile.mkdtemp(prefix="tilisilta-empty-")), create_database(server_uri(), name))
    return name


@pytest.fixture
def database_url() -> Callable[[], str]:
    """Makes a fresh database for an installation: SQLite by default, PostgreSQL when the tests run on it."""

    def make() -> str:
        if os.environ.get("TILISILTA_TEST_DATABASE") != "postgres":
            return ""
        from tests.support.postgres import create_database, server_uri

        return create_database(server_uri(), f"recovery_{os.getpid()}_{next(_numbers)}", template=_template())

    return make
