"""Closing a period from the command line."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from tilisilta.cli import product
from tilisilta.cli.output import CommandError, ExitCode, print_json, say

if TYPE_CHECKING:
    from tilisilta.services.closing.preview import Preview
    from tilisilta.store.models import Company

Named = Annotated[str, typer.Argument(help="Number or name of the company.")]
Which = Annotated[str, typer.Argument(help="sales or purchase: the two are closed apart.")]
From = Annotated[dt.datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")]
To = Annotated[dt.datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")]
PerDay = Annotated[bool, typer.Option("--per-day", help="One voucher for each day instead of one for all.")]
DryRun = Annotated[bool, typer.Option("--check", help="Only show what closing would do.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def close(
    company: Named, side: Which, date_from: From = None, date_to: To = None,
    *, per_day: PerDay = False, check: DryRun = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Close a period: lock its documents and send its vouchers. Without dates: what comes next."""
    product.set_up()
    product.require_database()
    from tilisilta.services.access import system_actor
    from tilisilta.services.closing import closing, preview
    from tilisilta.services.closing.books import Range
    from tilisilta.services.workspace.settings import require_on

    if side not in {"sales", "purchase"}:
        raise CommandError(f"There is no side {side!r}.", "There are: sales, purchase.", ExitCode.USAGE)
    if (date_from is None) != (date_to is None):
        raise CommandError("Give --from and --to together, or neither.", code=ExitCode.USAGE)
    with product.plain_errors():
        own = find_company(company)
        require_on(own)
        actor = system_actor(own)
        days = preview.propose(own, side)
        if date_from is not None and date_to is not None:
            days = Range(date_from.date(), date_to.date())
        seen = preview.preview(actor, side, days, per_day=per_day)
        if seen.blockers or check:
            _show(seen, as_json=as_json)
            raise typer.Exit(ExitCode.FOUND if seen.blockers else ExitCode.OK)
        period = closing.close(actor, side, days, per_day=per_day)
    report = {"period": period.pk, "side": side, "from": days.first, "to": days.last, "state": period.state}
    if as_json:
        print_json(report)
        return
    say(f"Period {period.pk}: {side} {days.first} to {days.last}: {period.state}")


def find_company(named: str) -> "Company":
    """Return the company of a number or name.

    Raises:
        CommandError: there is none, or several bear the name.
    """
    from tilisilta.store.models import Company

    found = list(Company.objects.filter(**({"pk": int(named)} if named.isdigit() else {"name": named})))
    if len(found) == 1:
        return found[0]
    known = "; ".join(f"{each.pk} {each.name}" for each in Company.objects.order_by("pk")[:20])
    what = "is the name of several" if found else "is not there"
    raise CommandError(f"The company {named!r} {what}.", f"There are: {known or 'none'}.", ExitCode.USAGE)


def _show(seen: "Preview", *, as_json: bool) -> None:
    blockers = [
        {"code": each.code, "title": each.words.title, "cause": each.words.cause, "remedy": each.words.remedy}
        for each in seen.blockers
    ]
    if as_json:
        print_json(
            {
                "side": seen.side,
                "from": seen.days.first,
                "to": seen.days.last,
                "invoices": seen.invoice_count,
                "payments": seen.payment_count,
                "vouchers": len(seen.entries),
                "debit_minor": seen.debit_minor,
                "credit_minor": seen.credit_minor,
                "blockers": blockers,
            }
        )
        return
    say(f"{seen.side} {seen.days.first} to {seen.days.last}: {seen.invoice_count} invoices, "
        f"{seen.payment_count} payments, {len(seen.entries)} vouchers")  # fmt: skip
    for each in blockers:
        say(f"{each['title']} {each['cause']} {each['remedy']}")
