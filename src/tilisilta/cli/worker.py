"""The worker: does the runs that pages, API, commands and schedules ask for."""

from tilisilta.cli import product


def worker() -> None:
    """Do runs until SIGTERM or Ctrl-C. On PostgreSQL as many as wanted, each with its own TILISILTA_WORKER_ID."""
    product.set_up()
    product.require_database()
    with product.plain_errors():
        from tilisilta import bootstrap
        from tilisilta.engine.worker import work

        bootstrap.wire()
        work()
