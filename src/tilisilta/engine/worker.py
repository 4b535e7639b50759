"""The worker process: registers the workflow and its queue, looks round, and ends cleanly on a signal."""

import asyncio
import signal
import threading
from datetime import datetime
from typing import Any

import structlog
import uvloop
from dbos import DBOS
from django.conf import settings

from tilisilta.engine import job_workflow, workflows  # noqa: F401  registers the workflows
from tilisilta.engine.database import close_store
from tilisilta.engine.durable import JOBS_QUEUE, QUEUE, engine_config
from tilisilta.engine.rounds import look_round

log = structlog.get_logger(__name__)

RUNS_AT_ONCE: int = settings.RUNS_AT_ONCE
ROUND_S: float = settings.ROUND_S


def start_engine() -> None:
    """Start the durable engine in this process; unfinished runs of this worker go on at once."""
    # The engine makes its loop of the policy in force; measured: a fifth less CPU for each document sent.
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    DBOS(config=engine_config())
    DBOS.launch()
    DBOS.register_queue(QUEUE, worker_concurrency=RUNS_AT_ONCE, polling_interval_sec=0.2, on_conflict="always_update")
    # A line of its own: a bureau's night must not keep anybody's import waiting.
    DBOS.register_queue(
        JOBS_QUEUE, worker_concurrency=RUNS_AT_ONCE, polling_interval_sec=0.2, on_conflict="always_update"
    )


def stop_engine() -> None:
    """Stop taking runs; those under way are taken up again by the next worker."""
    DBOS.destroy()
    close_store()


def work(stop: threading.Event | None = None) -> None:
    """Do runs until SIGTERM or SIGINT, or until `stop` is set."""
    ends = stop or threading.Event()
    if threading.current_thread() is threading.main_thread():

        def end(*_: Any) -> None:
            ends.set()

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
    start_engine()
    log.info("worker started", at=datetime.now().astimezone().isoformat(timespec="seconds"))
    try:
        while not ends.is_set():
            try:
                look_round()
            except Exception:
                log.exception("look round failed")
            ends.wait(ROUND_S)
    finally:
        stop_engine()
        log.info("worker stopped")
