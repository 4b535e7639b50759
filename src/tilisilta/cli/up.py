"""Pages and worker together: all that one firm needs, in one command."""

import os

import typer

from tilisilta.cli import pages
from tilisilta.cli.output import say
from tilisilta.cli.processes import Processes


def up(host: pages.Host = pages.LOOPBACK, port: pages.Port = pages.PORT) -> None:
    """Serve the pages and do the work, both watched, until SIGTERM or Ctrl-C. A worker that dies is started again."""
    pages.prepare()
    pages.require_free(host, port)
    with Processes(os.environ) as processes:
        processes.start("worker", "worker", revive=True)
        processes.start("page server", "serve", "--host", host, "--port", str(port))
        if pages.wait_for(host, port, processes):
            say(f"Tilisilta is on http://{host}:{port}/ . Ctrl-C ends it.")
        code = processes.wait()
    raise typer.Exit(code)
