"""Runs from the command line: import, preview, compare."""

import datetime as dt
import time
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.table import Table

from tilisilta.cli import product
from tilisilta.cli.output import CommandError, ExitCode, console, errors, print_json, say

if TYPE_CHECKING:
    from tilisilta.store.models import Flow, Integration, Run, RunMode

Integrations = Annotated[str, typer.Argument(help="Number or name of the integration.")]
Kind = Annotated[str, typer.Argument(help="Kind of its flow, such as sales_invoices.")]
From = Annotated[dt.datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First document date.")]
To = Annotated[dt.datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last document date.")]
Company = Annotated[
    str, typer.Option(help="Number or name of the company, where the integration's name is not enough.")
]
Wait = Annotated[bool, typer.Option("--wait", help="Wait for the end; a worker must be at work.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the run as JSON.")]

_LOOK_EVERY_S: Final = 0.3
_WARN_AFTER_S: Final = 20.0
_SHOWN_ROWS: Final = 40


def run(
    integration: Integrations, flow: Kind, date_from: From = None, date_to: To = None, company: Company = "",
    *, wait: Wait = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Import a flow. Without dates: what comes next after the last import."""
    from_to = (date_from, date_to)
    _do("run", integration, flow, from_to, company, wait=wait, as_json=as_json)


def preview(
    integration: Integrations, flow: Kind, date_from: From = None, date_to: To = None, company: Company = "",
    *, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show what an import would add. Nothing is written anywhere. Waits for the end."""
    _do("preview", integration, flow, (date_from, date_to), company, wait=True, as_json=as_json)


def reconcile(
    integration: Integrations, flow: Kind, date_from: From = None, date_to: To = None, company: Company = "",
    *, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Compare both sides document by document. Nothing is written anywhere. Waits for the end."""
    _do("reconcile", integration, flow, (date_from, date_to), company, wait=True, as_json=as_json)


def _do(
    mode: str, integration: str, kind: str, dates: tuple[dt.datetime | None, dt.datetime | None], company: str,
    *, wait: bool, as_json: bool,
) -> None:  # fmt: skip
    product.set_up()
    product.require_database()
    from tilisilta.services import runs
    from tilisilta.services.access import system_actor
    from tilisilta.store.models import RunMode

    with product.plain_errors():
        flow = _flow(_integration(integration, company), kind)
        date_from, date_to = _dates(flow, RunMode(mode), *dates)
        asked = runs.request_run(system_actor(flow.company), flow, RunMode(mode), date_from, date_to)
        if wait:
            _wait(asked)
    report = describe(asked)
    if as_json:
        print_json(report)
    else:
        _print(asked, report)
    raise typer.Exit(_code(asked, waited=wait))


def _integration(named: str, company: str) -> "Integration":
    from tilisilta.store.models import Integration

    rows = Integration.objects.select_related("company", "source", "target")
    if company:
        rows = rows.filter(**({"company_id": int(company)} if company.isdigit() else {"company__name": company}))
    found = list(rows.filter(pk=int(named)) if named.isdigit() else rows.filter(name=named))
    if len(found) == 1:
        return found[0]
    known = "; ".join(f"{each.pk} {each.name} ({each.company})" for each in (found or rows.order_by("pk"))[:20])
    what = "is the name of several" if found else "is not there"
    raise CommandError(f"The integration {named!r} {what}.", f"There are: {known or 'none'}.", ExitCode.USAGE)


def _flow(integration: "Integration", kind: str) -> "Flow":
    from tilisilta.store.models import Flow

    rows = Flow.objects.select_related("company", "integration__source", "integration__target")
    found = rows.filter(integration=integration, kind=kind).first()
    if found is None:
        known = ", ".join(Flow.objects.filter(integration=integration).values_list("kind", flat=True))
        raise CommandError(f"{integration.name} has no flow {kind!r}.", f"It has: {known}.", ExitCode.USAGE)
    return found


def _dates(
    flow: "Flow", mode: "RunMode", date_from: dt.datetime | None, date_to: dt.datetime | None
) -> tuple[dt.date | None, dt.date | None]:
    """Return the dates as asked for, or those that come next.

    Raises:
        CommandError: only one was given, they mean nothing here, or all is imported already.
    """
    from tilisilta.services import imports

    if (date_from is None) != (date_to is None):
        raise CommandError("Give --from and --to together, or neither.", code=ExitCode.USAGE)
    if not imports.needs_dates(flow):
        if date_from is not None:
            raise CommandError(f"{flow.kind} takes no dates.", "Leave --from and --to out.", ExitCode.USAGE)
        return None, None
    if date_from is not None and date_to is not None:
        return date_from.date(), date_to.date()
    proposed = imports.proposal(flow, imports.today_in(flow.company))
    if mode == "reconcile" and flow.last_from and flow.last_to:
        return flow.last_from, flow.last_to
    if proposed == (None, None):
        raise CommandError(f"All is imported up to {flow.last_to}.", "Name other days with --from and --to.")
    return proposed


def _wait(asked: "Run") -> None:
    from tilisilta.engine.lease import ENDED

    began, has_warned = time.monotonic(), False
    while True:
        asked.refresh_from_db()
        if asked.state in ENDED:
            return
        if asked.started_at is None and not has_warned and time.monotonic() - began > _WARN_AFTER_S:
            errors.print("No worker has taken the run yet. Is `tilisilta worker` or `tilisilta up` at work?")
            has_warned = True
        time.sleep(_LOOK_EVERY_S)


def describe(asked: "Run") -> dict[str, Any]:
    """Return a run as `--json` prints it; `result` is what a preview or a comparison found."""
    return {
        "run": asked.pk,
        "integration": asked.flow.integration.name,
        "flow": asked.flow.kind,
        "mode": asked.mode,
        "state": asked.state,
        "from": asked.date_from,
        "to": asked.date_to,
        "seen": asked.seen,
        "known": asked.known,
        "sent": asked.sent,
        "skipped": asked.skipped,
        "problems": asked.problems,
        "drifted": asked.drifted,
        "problem_code": asked.problem_code,
        "problem_params": asked.problem_params,
        "result": asked.result,
    }


def _print(asked: "Run", report: dict[str, Any]) -> None:
    dates = f" {asked.date_from} to {asked.date_to}" if asked.date_from else ""
    say(f"Run {asked.pk}: {report['mode']} of {report['flow']}{dates}: {report['state']}")
    names = ("seen", "known", "sent", "skipped", "problems", "drifted")
    say("  ".join(f"{name} {report[name]}" for name in names))
    if asked.problem_code:
        from tilisilta.services.problem_catalogue import describe as explain_code

        told = explain_code(asked.problem_code, asked.problem_params, "en")
        say(f"{told.title}. {told.remedy}")
    rows = asked.result.get("rows", [])
    if rows:
        _print_rows(rows)


def _print_rows(rows: list[dict[str, Any]]) -> None:
    """Print the first rows of a preview or comparison; parts that are tables themselves stay with --json."""
    plain = [{name: value for name, value in row.items() if not isinstance(value, dict | list)} for row in rows]
    for row, full in zip(plain, rows, strict=True):
        if full.get("differs"):
            row["differs"] = ", ".join(map(str, full["differs"]))
    names = list(dict.fromkeys(name for row in plain for name in row))
    table = Table(*names)
    for row in plain[:_SHOWN_ROWS]:
        table.add_row(*(str(row.get(name, "")) for name in names))
    console.print(table)
    if len(rows) > _SHOWN_ROWS:
        say(f"... and {len(rows) - _SHOWN_ROWS} more; --json has all.")


def _code(asked: "Run", *, waited: bool) -> ExitCode:
    if not waited:
        return ExitCode.OK
    differs = any(row.get("differs") for row in asked.result.get("rows", []))
    return ExitCode.OK if asked.state == "done" and not differs else ExitCode.FOUND
