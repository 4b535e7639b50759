"""`demo --check`: every flow run once to its end, then both sides' books compared. No page is needed for it."""

from collections.abc import Sequence
from typing import Any

import msgspec

from tilisilta.cli.demo import bookkeeping, books, offices, runs, samples
from tilisilta.cli.demo.books import Line
from tilisilta.cli.demo.offices import Office
from tilisilta.store.models import Delivery, DeliveryState, FlowKind

# What is listed in these states has not gone, and each says why.
_NOT_GONE = (DeliveryState.PROBLEM, DeliveryState.REFUSED, DeliveryState.PARKED, DeliveryState.UNCERTAIN)
_GONE = (DeliveryState.SENT, DeliveryState.CONFIRMED, DeliveryState.DRIFTED)


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """A document of the source that is not in the target, and the listed reason why."""

    number: str
    party: str
    reason: str


class FlowReport(msgspec.Struct, kw_only=True):
    """One flow, both sides from their own books."""

    integration: str
    flow: str
    source: dict[str, Any]
    target: dict[str, Any]
    sent: int
    skipped: int
    problems: int
    duplicates: int
    missing: int
    seconds: float
    ok: bool = True
    explained: tuple[Explained, ...] = ()
    differences: tuple[str, ...] = ()


def report(
    office: Office, kind: FlowKind, source: Sequence[Line], target: Sequence[Line], seconds: float
) -> FlowReport:
    """Compare the books of both sides for one flow, with what the product lists as left out."""
    found = books.compare(source, target)
    listed = _listed(office, kind)
    explained, lost = [], []
    for line in found.absent:
        if reason := listed.get(line.source_id, ""):
            explained.append(Explained(number=line.number, party=line.party, reason=reason))
        else:
            lost.append(line)
    deliveries = Delivery.objects.filter(flow=office.flow(kind))
    differences = [
        *(f"not in the target: {_told(line)}" for line in lost),
        *(f"not in the source: {_told(line)}" for line in found.surplus),
        *(f"more than once: {_told(line)}" for line in found.duplicates),
    ]
    return FlowReport(
        integration=f"{office.actor.company.name}: {office.integration.name}",
        flow=kind.value,
        source=books.totals(source),
        target=books.totals(target),
        sent=deliveries.filter(state__in=_GONE).count(),
        skipped=deliveries.filter(state=DeliveryState.SKIPPED).count(),
        problems=deliveries.filter(state__in=_NOT_GONE).count(),
        duplicates=len(found.duplicates),
        missing=len(lost),
        seconds=round(seconds, 2),
        ok=not differences,
        explained=tuple(explained),
        differences=tuple(differences),
    )


def _told(line: Line) -> str:
    return f"{line.number} {line.party} {line.date} {line.net} + {line.vat} = {line.gross} {line.currency}".replace(
        "  ", " "
    )


def _listed(office: Office, kind: FlowKind) -> dict[str, str]:
    """Return by the source's id why the product says that it left a document out."""
    rows = Delivery.objects.filter(flow=office.flow(kind), state__in=[*_NOT_GONE, DeliveryState.SKIPPED])
    return {
        source_id: f"{state}: {reason}" for source_id, state, reason in rows.values_list("source_id", "state", "reason")
    }


# --- the flows -----------------------------------------------------------------------------------------------


def prove_all(naidis: Office, guarded: Office, files: Office | None) -> list[FlowReport]:
    """Run every flow once to its end and return what the books say of each."""
    found = [
        _documents(naidis, FlowKind.SALES_INVOICES, "invoices", "client_invoices"),
        _documents(naidis, FlowKind.PURCHASE_INVOICES, "bills", "vendor_invoices"),
        _payments(naidis),
        _payments_back(naidis),
        _guarded_sales(guarded),
    ]
    if files is not None:
        found.append(_files(files))
    return found


def _run_to_its_end(office: Office, kind: FlowKind) -> float:
    """Import, answer what was asked in vain, and import again what waited; return the seconds it took."""
    _run, seconds = runs.do(office.actor, office.integration, kind)
    for _round in range(3):
        if not offices.map_missing(office):
            break
        runs.wait_for_all(office.actor.company)
        _run, more = runs.do(office.actor, office.integration, kind)
        seconds += more
    return seconds


def _documents(office: Office, kind: FlowKind, ours: str, theirs: str) -> FlowReport:
    seconds = _run_to_its_end(office, kind)
    source = books.scoro_invoices(_source(office), ours)
    return report(office, kind, source, books.smart_invoices(office.target.books(), theirs), seconds)


def _source(office: Office) -> dict[str, Any]:
    if office.source is None:
        raise TypeError("files keep no books")
    return office.source.books()


def _payments(office: Office) -> FlowReport:
    seconds = _run_to_its_end(office, FlowKind.PAYMENTS)
    target = [line for lines in books.smart_payments(office.target.books()).values() for line in lines]
    return report(office, FlowKind.PAYMENTS, books.scoro_payments(_source(office)), target, seconds)


def _payments_back(office: Office) -> FlowReport:
    """Enter payments in SmartAccounts, some of them for documents that Scoro never had, and let them go back."""
    bookkeeping.keep_payments_in_target(office)
    before = books.scoro_payments(_source(office))
    entered = bookkeeping.enter_payments(office)
    _run, seconds = runs.do(office.actor, office.integration, FlowKind.PAYMENTS_BACK)
    held = books.smart_payments(office.target.books())
    source = [line for identity in entered for line in held[identity]]
    remaining = list(before)
    arrived = []
    for line in books.scoro_payments(_source(office)):
        if line in remaining:
            remaining.remove(line)
        else:
            arrived.append(line)
    made = report(office, FlowKind.PAYMENTS_BACK, source, arrived, seconds)
    return made if not remaining else _failed(made, [f"gone from the source: {_told(line)}" for line in remaining])


def _failed(made: FlowReport, more: list[str]) -> FlowReport:
    return msgspec.structs.replace(made, ok=False, differences=(*made.differences, *more))


def _guarded_sales(office: Office) -> FlowReport:
    """Import into books that hold some of the parties already; a person decides the matches in between."""
    _run, seconds = runs.do(office.actor, office.integration, FlowKind.SALES_INVOICES)
    bookkeeping.decide_matches(office)
    runs.wait_for_all(office.actor.company)
    seconds += _run_to_its_end(office, FlowKind.SALES_INVOICES)
    target = office.target.books()
    made = report(
        office,
        FlowKind.SALES_INVOICES,
        books.scoro_invoices(_source(office), "invoices", with_party=False),
        books.smart_invoices(target, "client_invoices", with_party=False),
        seconds,
    )
    doubled = bookkeeping.doubled_parties(target)
    if not doubled:
        return made
    made.duplicates += len(doubled)
    return _failed(made, [f"customer more than once: {name}" for name in doubled])


def _files(office: Office) -> FlowReport:
    brought = samples.files()
    bookkeeping.upload(office, brought)
    seconds = _run_to_its_end(office, FlowKind.PURCHASE_INVOICES)
    source = books.file_invoices(samples.invoices(brought))
    target = books.smart_invoices(office.target.books(), "vendor_invoices")
    return report(office, FlowKind.PURCHASE_INVOICES, source, target, seconds)


def as_json(reports: Sequence[FlowReport], notes: Sequence[str]) -> dict[str, Any]:
    """Return the proof as printed by `--json`."""
    return {
        "ok": all(each.ok for each in reports),
        "flows": msgspec.to_builtins(list(reports)),
        "notes": list(notes),
    }
