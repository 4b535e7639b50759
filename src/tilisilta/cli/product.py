"""The product made ready for a command: Django set up, and what people meet as an error said in one line."""

from collections.abc import Iterator
from contextlib import contextmanager

from tilisilta.cli.output import CommandError, ExitCode, one_line


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn the errors that settings, databases and users cause into one line with a remedy."""
    from django.core.exceptions import ImproperlyConfigured
    from django.db.utils import DatabaseError

    from tilisilta.environment import SettingError
    from tilisilta.services.errors import ServiceError

    try:
        yield
    except (SettingError, ImproperlyConfigured) as error:
        raise CommandError(str(error), "`tilisilta config show` lists every setting.") from error
    except ServiceError as error:
        raise CommandError(str(error), f"({error.code})", ExitCode.CANNOT) from error
    except DatabaseError as error:
        raise CommandError(
            f"The database does not answer as it should: {one_line(error)}.", "`tilisilta doctor` looks closer."
        ) from error


def set_up() -> None:
    """Make settings, models and logging ready. Asks no database.

    Raises:
        CommandError: a setting cannot be used.
    """
    with plain_errors():
        from tilisilta.bootstrap import set_up_django

        set_up_django()


def unapplied_migrations() -> list[str]:
    """Return the names of the migrations that the database still lacks, in order."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _is_backward in plan]


def is_new_database() -> bool:
    """Return whether the database holds no table of ours yet."""
    from django.db import connection

    return "store_company" not in connection.introspection.table_names()


def migrate() -> list[str]:
    """Bring the database up to this version and return the names of what was applied."""
    from django.core.management import call_command

    waiting = unapplied_migrations()
    if waiting:
        call_command("migrate", verbosity=0, interactive=False)
    return waiting


def require_database() -> None:
    """Make a new database ready; let one that is up to date pass.

    Raises:
        CommandError: the database is of an older version. It is left alone, so that a backup can be made first.
    """
    with plain_errors():
        if is_new_database():
            migrate()
            return
        waiting = unapplied_migrations()
    if waiting:
        raise CommandError(
            f"The database is of an older version ({len(waiting)} changes are waiting).",
            "Run `tilisilta backup FILE`, then `tilisilta migrate`.",
        )
