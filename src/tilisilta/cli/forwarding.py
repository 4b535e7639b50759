"""Sending invoices one by one into the bookkeeping, and who asked for it, from the command line."""

from typing import TYPE_CHECKING, Annotated

import typer

from tilisilta.cli import product
from tilisilta.cli.closing import find_company
from tilisilta.cli.output import CommandError, ExitCode, print_json, say

if TYPE_CHECKING:
    from tilisilta.store.models import Company, WorkspaceInvoice

Named = Annotated[str, typer.Argument(help="Number or name of the company.")]
Which = Annotated[str, typer.Argument(help="sales or purchase.")]
Numbers = Annotated[list[str] | None, typer.Option("--number", help="Only these invoices; may be given several times.")]
DryRun = Annotated[bool, typer.Option("--check", help="Only show what has not gone, and why.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def forward(
    company: Named, side: Which, number: Numbers = None, *, check: DryRun = False, as_json: AsJson = False
) -> None:
    """Send invoices document by document: all of a side that have not gone or stopped on their way, or those named."""
    product.set_up()
    product.require_database()
    from tilisilta.services.access import system_actor
    from tilisilta.services.forwarding import by_person

    if side not in {"sales", "purchase"}:
        raise CommandError(f"There is no side {side!r}.", "There are: sales, purchase.", ExitCode.USAGE)
    with product.plain_errors():
        own = find_company(company)
        rows = _chosen(own, side, number or [])
        if check:
            _show(own, rows, as_json=as_json)
            return
        put = by_person.send_now(system_actor(own), rows)
    left = [{"number": each.invoice.number, "code": each.code, "reason": each.reason} for each in put.left]
    if as_json:
        print_json({"company": own.pk, "side": side, "count": put.count, "left": left})
    else:
        say(f"{put.count} on their way, {len(left)} left")
        for each in left:
            say(each["reason"])
    raise typer.Exit(ExitCode.FOUND if left else ExitCode.OK)


def _chosen(company: "Company", side: str, numbers: list[str]) -> "list[WorkspaceInvoice]":
    from tilisilta.services.forwarding import by_person
    from tilisilta.store.models import WorkspaceInvoice

    if not numbers:
        return by_person.waiting_to_go(company, side)
    rows = WorkspaceInvoice.objects.filter(company=company, direction=side, number__in=numbers)
    found = list(rows.select_related("closed_period").order_by("date", "pk"))
    if unknown := sorted(set(numbers) - {each.number for each in found}):
        raise CommandError(f"There is no invoice {', '.join(unknown)} on the side {side}.", code=ExitCode.USAGE)
    return found


def _show(company: "Company", rows: "list[WorkspaceInvoice]", *, as_json: bool) -> None:
    from tilisilta.services.errors import ServiceError
    from tilisilta.services.forwarding import by_person, sending

    waiting = []
    for row in rows:
        reason = ""
        for integration in sending.integrations_of(company):
            try:
                by_person.require_may_go(integration, row)
            except ServiceError as error:
                reason = str(error)
        waiting.append({"number": row.number, "date": row.date, "party": row.party_name, "reason": reason})
    if as_json:
        print_json({"company": company.pk, "waiting": waiting})
        return
    say(f"{len(waiting)} have not gone")
    for each in waiting:
        say(f"{each['number']} {each['date']} {each['party']}{': ' if each['reason'] else ''}{each['reason']}")


def level_requests(*, as_json: AsJson = False) -> None:
    """List the companies that asked for sending document by document and may not choose it yet."""
    product.set_up()
    product.require_database()
    from tilisilta.services.forwarding import asking
    from tilisilta.services.forwarding.level import requested_at

    with product.plain_errors():
        rows = [
            {
                "company": each.company_id,
                "name": each.company.name,
                "integration": each.name,
                "asked_at": requested_at(each),
            }
            for each in asking.waiting()
        ]
    if as_json:
        print_json({"requests": rows})
        return
    for row in rows:
        say(f"{row['company']} {row['name']}: {row['integration']}, asked {row['asked_at']}")
    say("Switch one on by its number in TILISILTA_DOCUMENT_LEVEL." if rows else "Nobody waits.")
