"""The proof as a table for people."""

from collections.abc import Sequence

from rich.table import Table

from tilisilta.cli.demo.proof import FlowReport
from tilisilta.cli.output import console, say

_NUMBERS = ("documents", "net", "VAT", "gross")


def print_table(reports: Sequence[FlowReport], notes: Sequence[str]) -> None:
    """Print source and target of every flow, one under the other, and what differs."""
    table = Table("flow", "side", *_NUMBERS, "sent", "left out", "problems", "twice", "lost", "s")
    for column in table.columns[2:]:
        column.justify = "right"
    for each in reports:
        for side, figures in (("source", each.source), ("target", each.target)):
            first = side == "source"
            counts = (each.sent, each.skipped, each.problems, each.duplicates, each.missing, each.seconds)
            table.add_row(
                f"{each.integration}\n{each.flow}" if first else "",
                side,
                *(str(figures[name]) for name in ("count", "net", "vat", "gross")),
                *(str(value) if first else "" for value in counts),
                end_section=not first,
            )
    console.print(table)
    for each in reports:
        for why in each.explained:
            say(f"left out: {each.flow} {why.number} {why.party}: {why.reason}")
        for difference in each.differences:
            say(f"DIFFERS: {each.flow} {difference}")
    for note in notes:
        say(note)
    say("All books agree." if all(each.ok for each in reports) else "The books differ.")
