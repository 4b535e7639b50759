"""Monthly summaries from the command line: imported for a month, anew, and shown."""

import datetime as dt
import time
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.table import Table

from tilisilta.cli import product
from tilisilta.cli.output import CommandError, ExitCode, console, errors, print_json, say

if TYPE_CHECKING:
    from tilisilta.store.models import Job, PracticeIntegration

summaries = typer.Typer(help="Monthly summaries of clients' books.", no_args_is_help=True)

Named = Annotated[str, typer.Argument(help="Number or name of the bureau.")]
Vendor = Annotated[str, typer.Argument(help="Bookkeeping system, such as merit.")]
Month = Annotated[dt.datetime | None, typer.Option("--month", formats=["%Y-%m"], help="Month, as 2026-10.")]
ClientIds = Annotated[list[int] | None, typer.Option("--client", help="Id of a client; once for each. Default: all.")]
Here = Annotated[bool, typer.Option("--here", help="Do it in this process, without a worker.")]
Wait = Annotated[bool, typer.Option("--wait", help="Wait for the end; a worker must be at work.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]

_LOOK_EVERY_S: Final = 0.3
_WARN_AFTER_S: Final = 20.0


@summaries.command()
def run(
    company: Named, vendor: Vendor = "merit", month: Month = None, client: ClientIds = None,
    *, here: Here = False, wait: Wait = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Import a month's summaries as the night does. Without a month: the newest period."""
    integration = _integration(company, vendor)
    from tilisilta.services.access import system_actor
    from tilisilta.services.summaries import runs

    with product.plain_errors():
        actor = system_actor(integration.company)
        job = runs.request_month(actor, integration, month.date() if month else None, client or None)
    _end(job, here=here, wait=wait, as_json=as_json)


@summaries.command()
def reload(
    company: Named, vendor: Vendor = "merit", client: ClientIds = None,
    *, here: Here = False, wait: Wait = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Import the last twelve months anew. What was counted in them is overwritten; the audit log keeps what changes."""
    integration = _integration(company, vendor)
    from tilisilta.services.access import system_actor
    from tilisilta.services.summaries import runs

    with product.plain_errors():
        job = runs.request_reload(system_actor(integration.company), integration, client or None)
    _end(job, here=here, wait=wait, as_json=as_json)


@summaries.command()
def show(company: Named, vendor: Vendor = "merit", month: Month = None, *, as_json: AsJson = False) -> None:
    """Show what was counted for each client in a month; without one in the month that ended last."""
    integration = _integration(company, vendor)
    from tilisilta.services.practice.settings import add_months, month_of, today_of
    from tilisilta.services.summaries import overview

    shown = month_of(month.date()) if month else add_months(month_of(today_of(integration.company)), -1)
    found = overview.summaries(integration.company, vendor=vendor, month=shown).order_by("client__name", "client_id")
    rows = [_row(each) for each in found]
    if as_json:
        print_json({"vendor": vendor, "month": f"{shown:%Y-%m}", "summaries": rows})
        return
    say(f"{vendor} {shown:%Y-%m}: {len(rows)} clients")
    codes = list(dict.fromkeys(code for row in rows for code in row["counts"]))
    table = Table("client", *codes, "differences", "billed")
    for row in rows:
        told = ", ".join(f"{code} {number:+}" for code, number in row["differences"].items())
        table.add_row(
            row["client"],
            *(str(row["counts"].get(code, "")) for code in codes),
            told,
            "yes" if row["is_billed"] else "",
        )
    console.print(table)


def _row(summary: Any) -> dict[str, Any]:
    told: dict[str, int] = {}
    for each in summary.differences.all():
        told[each.count] = told.get(each.count, 0) + each.quantity
    return {
        "client": summary.client.name,
        "client_id": summary.client_id,
        "counts": summary.counts,
        "differences": told,
        "is_billed": summary.billed_counts is not None,
        "task": summary.task_id,
    }


def _integration(company: str, vendor: str) -> "PracticeIntegration":
    product.set_up()
    product.require_database()
    from tilisilta.bootstrap import tie_services
    from tilisilta.store.models import PracticeIntegration

    tie_services()
    with product.plain_errors():
        rows = PracticeIntegration.objects.select_related("company").filter(vendor=vendor)
        named = {"company_id": int(company)} if company.isdigit() else {"company__name": company}
        found = list(rows.filter(**named))
        if len(found) == 1:
            return found[0]
        known = "; ".join(f"{each.company_id} {each.company}" for each in (found or rows.order_by("pk"))[:20])
    what = "is the name of several" if found else f"has no {vendor!r}"
    raise CommandError(f"The bureau {company!r} {what}.", f"There are: {known or 'none'}.", ExitCode.USAGE)


def _end(job: "Job", *, here: bool, wait: bool, as_json: bool) -> None:
    """Do or await an import, print it, and end with 1 when it did not go well."""
    from tilisilta.services.summaries import runs

    if here:
        with product.plain_errors():
            runs.work_off(job)
    elif wait:
        _await(job)
    report = {
        "job": job.pk,
        "kind": job.kind,
        "months": runs.plan_of(job).words,
        "state": job.state,
        "clients": job.total,
        "done": job.done,
        "failed": job.failed,
        **job.result,
    }
    if as_json:
        print_json(report)
    else:
        say(f"Import {job.pk} of {report['months']}: {job.state}")
        say("  ".join(f"{name} {value}" for name, value in list(report.items())[4:]))
    bad = (here or wait) and job.state != "done"
    raise typer.Exit(ExitCode.FOUND if bad else ExitCode.OK)


def _await(job: "Job") -> None:
    began, has_warned = time.monotonic(), False
    while job.finished_at is None:
        if job.started_at is None and not has_warned and time.monotonic() - began > _WARN_AFTER_S:
            errors.print("No worker has taken the import yet. Is `tilisilta worker` or `tilisilta up` at work?")
            has_warned = True
        time.sleep(_LOOK_EVERY_S)
        job.refresh_from_db()
