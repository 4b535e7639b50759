"""The one place that wires real parts together: what the engine tells, and what it looks after besides runs."""

import logging
import os
import sys

import django
import structlog
from django.conf import settings

_wired = False


def set_up_django() -> None:
    """Make settings, models and logging ready for a command or a worker."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tilisilta.settings")
    django.setup()
    set_up_logging()


def set_up_logging() -> None:
    """Log to standard error: key=value lines for people, JSON when it is not a terminal. Never a secret."""
    level = getattr(logging, settings.LOG_LEVEL.upper(), logging.INFO)
    logging.basicConfig(
        stream=sys.stderr, level=max(level, logging.WARNING), format="%(levelname)s %(name)s %(message)s"
    )
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def tie_services() -> None:
    """Tie together what the services of one process know of each other: pages, commands and workers alike need it."""
    from tilisilta.engine import connect  # noqa: PLC0415  models are ready only now
    from tilisilta.services.approval import wiring as approval  # noqa: PLC0415
    from tilisilta.services.billing import wiring as billing  # noqa: PLC0415
    from tilisilta.services.books import wiring as books  # noqa: PLC0415
    from tilisilta.services.forwarding import wiring as forwarding  # noqa: PLC0415
    from tilisilta.services.ledger import wiring as ledger  # noqa: PLC0415
    from tilisilta.services.pull.shelf import open_shelf  # noqa: PLC0415
    from tilisilta.services.summaries import wiring as summaries  # noqa: PLC0415
    from tilisilta.services.workspace_port.books import open_books  # noqa: PLC0415

    ledger.wire()
    approval.wire()
    forwarding.wire()
    billing.wire()
    summaries.wire()
    books.wire()
    if open_books not in connect.open_workspace:
        connect.open_workspace.append(open_books)
    if open_shelf not in connect.open_shelf:
        connect.open_shelf.append(open_shelf)


def wire() -> None:
    """Let the engine tell people what ended, and let workers look after watched folders and waiting e-mails."""
    global _wired  # noqa: PLW0603  once a process
    if _wired:
        return
    _wired = True
    tie_services()
    from tilisilta.engine import ending, jobs, rounds  # noqa: PLC0415  models are ready only now
    from tilisilta.services import files, notices, register_loads, run_notices  # noqa: PLC0415
    from tilisilta.services.billing import status as payment_status  # noqa: PLC0415
    from tilisilta.services.books import aside as old_imports  # noqa: PLC0415
    from tilisilta.services.closing import states as periods  # noqa: PLC0415
    from tilisilta.services.ledger import rules as payment_rules  # noqa: PLC0415
    from tilisilta.services.tasks import plan  # noqa: PLC0415

    ending.on_end.append(periods.run_ended)
    ending.on_end.append(run_notices.run_ended)
    rounds.also.append(notices.send_waiting_emails)
    rounds.also.append(files.scan_all)
    rounds.also.append(register_loads.load_when_due)
    rounds.also.append(payment_rules.run_rules)
    rounds.also.append(payment_status.start_due)
    rounds.also.append(plan.make_due_everywhere)
    rounds.also.append(old_imports.put_aside_old)
    rounds.also.append(jobs.look_after_jobs)
