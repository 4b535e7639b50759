"""What tests of pages, services and runs share."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.support.emulators import Emulators
from tests.support.product import Office, set_up

# A busy machine is no fault of the code: no deadlines. CI tries the same examples each time, people new ones.
settings.register_profile("steady", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Keep the database's name: each process has a data directory of its own already."""


@pytest.fixture(scope="session")
def running_emulators() -> Iterator[Emulators]:
    emulators = Emulators()
    yield emulators
    emulators.stop()


@pytest.fixture
def emulators(running_emulators: Emulators) -> Emulators:
    """The emulators with their demo data, without faults and limits."""
    for each in running_emulators.all.values():
        each.clear_faults()
        each.reset()
    return running_emulators


@pytest.fixture(scope="session")
def running_engine(django_db_setup, django_db_blocker) -> Iterator[None]:
    """The durable engine in this process, on the tests' database."""
    from tilisilta import bootstrap
    from tilisilta.engine.worker import start_engine, stop_engine

    with django_db_blocker.unblock():
        bootstrap.wire()
        start_engine()
        yield
        stop_engine()
        _leave_the_database()


@pytest.fixture(autouse=True)
def nobody_is_told(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an engine there are no tables to hand jobs over by, and each try waits two seconds for them.

    Tests do such jobs by `engine.job_workflow.work_here`, as commands do.
    """
    if "running_engine" not in request.fixturenames:
        monkeypatch.setattr("tilisilta.engine.jobs._tell", lambda _job_id, _number: None)


def _leave_the_database() -> None:
    """End the sessions that the engine's threads left, so that PostgreSQL lets the tests' database be dropped."""
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture
def engine(transactional_db, running_engine) -> None:
    """A worker that does runs, on a database that threads and processes see alike."""


@pytest.fixture
def office(engine, emulators: Emulators) -> Office:
    """A company with Scoro tied to SmartAccounts, mapped and ready."""
    return set_up(emulators)
