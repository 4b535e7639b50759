"""The product made ready for a command: Django set up, and what people meet as an error said in one line."""

from collections.abc import Iterator
from contextlib import contextmanager

from tilisilta.cli.output import CommandError, one_line


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn the errors that settings, databases and users cause into one line with a remedy."""
    try:
        yield
    except CommandError:
        raise
    except Exception as error:
        told = explain(error)
        if told is None:
            raise
        raise told from error


def explain(error: Exception) -> CommandError | None:
    """Return an error of settings, databases, connections or users as people read it; None for any other."""
    from django.core.exceptions import ImproperlyConfigured, PermissionDenied
    from django.db.utils import DatabaseError

    from tilisilta.environment import SettingError

    if isinstance(error, SettingError | ImproperlyConfigured):
        return CommandError(str(error), "The settings are listed in docs/operating/settings.md.")
    if isinstance(error, DatabaseError):
        return CommandError(
            f"The database does not answer as it should: {one_line(error)}.", "`tilisilta doctor` looks closer."
        )
    if isinstance(error, PermissionDenied):
        return CommandError(f"That needs the role {error}.", "Name a user of that role with --as.")
    return _explain_ours(error)


def _explain_ours(error: Exception) -> CommandError | None:
    from tilisilta.core.errors import TilisiltaError
    from tilisilta.services.errors import ServiceError

    if isinstance(error, ServiceError):
        return CommandError(str(error), f"({error.code})")
    if isinstance(error, TilisiltaError):
        from tilisilta.services.problem_catalogue import describe

        told = describe(error.code, error.params, "en")
        return CommandError(f"{told.cause} {told.remedy}", f"({error.code})")
    return None


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


def newest_migration() -> str:
    """Return the newest applied change of our own tables; empty for a new database."""
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    names = [name for app, name in MigrationRecorder(connection).applied_migrations() if app == "store"]
    return max(names, default="")


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


def make_tables() -> None:
    """Make a new database from the models of this version, and note its migrations as applied.

    A twelfth of the work of applying them one by one, for databases that are thrown away, as the demo's.
    """
    from django.apps import apps
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.recorder import MigrationRecorder

    kept = settings.MIGRATION_MODULES
    settings.MIGRATION_MODULES = {each.label: None for each in apps.get_app_configs()}
    try:
        call_command("migrate", run_syncdb=True, verbosity=0, interactive=False)
    finally:
        settings.MIGRATION_MODULES = kept
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    for app, name in sorted(MigrationLoader(connection).graph.nodes):
        recorder.record_applied(app, name)


def require_database() -> None:
    """Make a new database ready; let one that is up to date pass. No restore can begin until this process ends.

    Raises:
        CommandError: the database is of an older version. It is left alone, so that a backup can be made first.
    """
    from django.conf import settings

    from tilisilta.cli import instance

    instance.mark_in_use(settings.DATA_DIR)
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
