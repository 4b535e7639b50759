"""The durable engine's database, shared by those who ask for runs and those who do them."""

from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from dbos import DBOSClient, DBOSConfig
from django.conf import settings

QUEUE = "runs"
JOBS_QUEUE = "jobs"
APPLICATION = "tilisilta"
# Runs keep their state in our own tables, so any version may go on with any run; bump when a workflow's steps change.
WORKFLOW_VERSION = "1"


def _sqlite_engine(url: str) -> sa.Engine:
    """SQLite needs WAL and IMMEDIATE beside the long busy time-out, or writers fail with "database is locked"."""
    engine = sa.create_engine(url, connect_args={"timeout": 30})

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=30000", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def _is_sqlite() -> bool:
    return str(settings.ENGINE_DATABASE_URL).startswith("sqlite")


def engine_config() -> DBOSConfig:
    """Return the configuration of a worker."""
    config: DBOSConfig = {
        "name": APPLICATION,
        "executor_id": settings.WORKER_ID,
        "application_version": WORKFLOW_VERSION,
        "log_level": "WARNING",
        "notification_listener_polling_interval_sec": 1.0,
        "scheduler_polling_interval_sec": 5.0,
    }
    if _is_sqlite():
        config["system_database_engine"] = _sqlite_engine(settings.ENGINE_DATABASE_URL)
        config["system_database_url"] = settings.ENGINE_DATABASE_URL
    else:
        config["system_database_url"] = settings.ENGINE_DATABASE_URL
        config["sys_db_pool_size"] = 10
    return config


@lru_cache(maxsize=1)
def client() -> DBOSClient:
    """Return the client by which pages, API and commands hand runs to workers."""
    if _is_sqlite():
        return DBOSClient(
            system_database_engine=_sqlite_engine(settings.ENGINE_DATABASE_URL), application_name=APPLICATION
        )
    return DBOSClient(
        system_database_url=settings.ENGINE_DATABASE_URL,
        application_name=APPLICATION,
        retry_connection_errors=False,
        system_database_pool_size=2,
    )
