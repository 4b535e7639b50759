import os
from collections.abc import Callable
from itertools import count

import pytest

_numbers = count()


@pytest.fixture
def database_url() -> Callable[[], str]:
    """Makes a fresh database for an installation: SQLite by default, PostgreSQL when the tests run on it."""

    def make() -> str:
        if os.environ.get("TILISILTA_TEST_DATABASE") != "postgres":
            return ""
        from tests.support.postgres import create_database, server_uri

        return create_database(server_uri(), f"recovery_{os.getpid()}_{next(_numbers)}")

    return make
