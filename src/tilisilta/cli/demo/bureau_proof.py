"""What `demo --check` proves of the bureau: its clients, each entry of their books once, late ones too."""

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from tilisilta.cli.demo import books, bureau_billing, bureau_clients, runs
from tilisilta.cli.demo import clients_books as merit
from tilisilta.cli.demo.books import ZERO, Line
from tilisilta.cli.demo.bureau import Bureau
from tilisilta.cli.demo.proof import Explained, FlowReport
from tilisilta.core.money import amount_from_minor
from tilisilta.services.billing import sending
from tilisilta.services.books import keys
from tilisilta.services.practice.settings import add_months, month_of, today_of
from tilisilta.store.models import (
    Client,
    ClientImport,
    ClientImportRow,
    ConnectionState,
    PracticeIntegration,
    SeenEntry,
    Summary,
    SummaryDifference,
    WorkspaceInvoice,
)

_KIND_OF: Final = {code: kind for kind, codes in merit.KINDS.items() for code in codes}
_LATE_CLIENTS: Final = 6
_RELOADED_MONTHS: Final = 12


def prove(bureau: Bureau) -> list[FlowReport]:
    """Import the clients, count a year of their books, let work come in late, and compare each with the books."""
    began = time.monotonic()
    made = bureau_clients.take_over(bureau)
    found = [_clients(bureau, made, time.monotonic() - began), _keys(bureau, made)]
    began = time.monotonic()
    integration = bureau_clients.count(bureau)
    found.append(_counts(bureau, made, time.monotonic() - began))
    began = time.monotonic()
    found.append(_late(bureau, made, integration, began))
    return [*found, *_billing(bureau), _after_billing(bureau, integration)]


def report(
    bureau: Bureau,
    flow: str,
    source: Sequence[Line],
    target: Sequence[Line],
    seconds: float,
    *,
    why: Callable[[Line], str] = lambda _line: "",
    done: int | None = None,
    system: str = "Merit Aktiva",
    further: Iterable[str] = (),
) -> FlowReport:
    """Compare both sides' lines; what is absent with a reason is explained, everything else is a difference."""
    found = books.compare(source, target)
    explained = [Explained(number=each.number, party=each.party, reason=why(each)) for each in found.absent]
    lost = [each for each in found.absent if not why(each)]
    differences = [
        *(f"not in the target: {each.number} {each.party} {each.gross}" for each in lost),
        *(f"not in the source: {each.number} {each.party} {each.gross}" for each in found.surplus),
        *(f"more than once: {each.number} {each.party} {each.gross}" for each in found.duplicates),
        *further,
    ]
    return FlowReport(
        integration=f"{bureau.actor.company.name}: {system}",
        flow=flow,
        source=books.totals(source),
        target=books.totals(target),
        sent=len(target) if done is None else done,
        skipped=0,
        problems=len({each.party for each in explained if each.reason}),
        duplicates=len(found.duplicates),
        missing=len(lost),
        seconds=round(seconds, 2),
        ok=not differences,
        explained=tuple(each for each in explained if each.reason),
        differences=tuple(differences),
    )


def _line(number: str, company: str, party: str, amount: int = 0) -> Line:
    figure = Decimal(amount)
    return Line(number, party, "", figure, ZERO, figure, source_id=company)


# --- clients -------------------------------------------------------------------------------------------------


def _bare(code: str | None) -> str:
    return "".join((code or "").split())


def _clients(bureau: Bureau, made: ClientImport, seconds: float) -> FlowReport:
    """Every company in Merit is a client once, or the list of the import says why not."""
    companies = merit.clients(bureau.merit)
    source = [_line(_bare(each["reg_no"]), each["company_id"], each["name"]) for each in companies]
    rows = ClientImportRow.objects.filter(client_import=made).exclude(client=None).select_related("client")
    target = [_line(row.client.registry_code, row.remote_id, row.client.name) for row in rows if row.client]
    more = Client.objects.filter(company=bureau.actor.company).count() - len(target)
    reasons = {row.remote_id: row.error_code for row in ClientImportRow.objects.filter(client_import=made)}
    return report(
        bureau,
        "clients",
        source,
        target,
        seconds,
        why=lambda line: reasons.get(line.source_id, ""),
        further=[f"clients of no company: {more}"] if more else [],
    )


def _keys(bureau: Bureau, made: ClientImport) -> FlowReport:
    """Every company in Merit has a key that works and opens its own books, or the import says why not."""
    companies = merit.clients(bureau.merit)
    source = [_line(merit.KEY_NAME, each["company_id"], each["name"]) for each in companies]
    rows = keys.connections_of(bureau.actor.company).filter(connection__state=ConnectionState.ACTIVE)
    target = [_line(row.key_name, row.remote_id, row.client.name) for row in rows]
    reasons = bureau_clients.without_key(made)
    return report(bureau, "keys", source, target, 0.0, why=lambda line: reasons.get(line.source_id, ""))


# --- counts --------------------------------------------------------------------------------------------------


class Count(NamedTuple):
    """How many entries of a kind one company's books have in a month."""

    company: str
    party: str
    month: str
    kind: str
    number: int


def _window(bureau: Bureau) -> list[str]:
    this_month = month_of(today_of(bureau.actor.company))
    return [f"{add_months(this_month, at):%Y-%m}" for at in range(-_RELOADED_MONTHS, 1)]


def _in_books(bureau: Bureau, made: ClientImport) -> list[Count]:
    """Return the counts of every client's books in Merit, but of those whose missing key the proof has explained."""
    window, closed = _window(bureau), bureau_clients.without_key(made)
    return [
        Count(company["company_id"], company["name"], month, kind, number)
        for company in merit.clients(bureau.merit)
        if company["company_id"] not in closed
        for month, kind, number in merit.months(bureau.merit, company, window)
    ]


def _counted(bureau: Bureau) -> list[Count]:
    """Return the same as the summaries have it."""
    whose = {client.pk: company for company, client in bureau_clients.connected(bureau).items()}
    found: Counter[tuple[str, str, str, str]] = Counter()
    for each in Summary.objects.filter(company=bureau.actor.company).select_related("client"):
        for code, number in each.counts.items():
            found[whose.get(each.client_id, ""), each.client.name, f"{each.month:%Y-%m}", _KIND_OF[code]] += number
    return [Count(*key, number) for key, number in found.items() if number]


def _counts(bureau: Bureau, made: ClientImport, seconds: float) -> FlowReport:
    """Each month of each client, each kind: as many as its books have."""
    source, target = (
        [_line(f"{each.month} {each.kind}", each.company, each.party, each.number) for each in side]
        for side in (_in_books(bureau, made), _counted(bureau))
    )
    done = Summary.objects.filter(company=bureau.actor.company).count()
    return report(bureau, "counts", source, target, seconds, done=done)


def _late(bureau: Bureau, made: ClientImport, integration: PracticeIntegration, began: float) -> FlowReport:
    """Work that comes in late counts in the month under way; over all months each entry counts once."""
    this_month = month_of(today_of(bureau.actor.company))
    run_month = add_months(this_month, -1)
    days = [add_months(this_month, -back).replace(day=10 + back) for back in (1, 3, 5)]
    closed = bureau_clients.without_key(made)
    busy = [each for each in merit.clients(bureau.merit) if each["company_id"] not in closed]
    before = _batches_in(bureau, run_month)
    for company in busy[:_LATE_CLIENTS]:
        merit.enter_late(bureau.merit, company, days)
    bureau_clients.count_month(bureau, integration)
    grown = _batches_in(bureau, run_month) - before
    wanted = _LATE_CLIENTS * len(days)
    further = [] if grown == wanted else [f"late entries counted in {run_month:%Y-%m}: {grown} of {wanted}"]
    source, target = _summed(_in_books(bureau, made)), _summed(_counted(bureau))
    done = SeenEntry.objects.filter(company=bureau.actor.company, gone_at=None).count()
    return report(bureau, "late_entries", source, target, time.monotonic() - began, done=done, further=further)


def _batches_in(bureau: Bureau, month: dt.date) -> int:
    rows = Summary.objects.filter(company=bureau.actor.company, month=month)
    return sum(row.counts.get("ledger_batch", 0) for row in rows)


def _summed(counts: Iterable[Count]) -> list[Line]:
    """Return a line for each client and kind, all months together."""
    found: Counter[tuple[str, str, str]] = Counter()
    for each in counts:
        found[each.kind, each.company, each.party] += each.number
    return [_line(*key, number) for key, number in found.items()]


# --- billing -------------------------------------------------------------------------------------------------


def _billing(bureau: Bureau) -> list[FlowReport]:
    """Each invoice of the billing run stands in the bureau's own books once, to the cent, and so does what is paid."""
    began = time.monotonic()
    made = bureau_billing.bill(bureau)
    # Sent once more: what is there already stays as it is.
    sending.send_to_books(bureau.actor, made)
    runs.wait_for_all(bureau.actor.company)
    rows, reasons = merit.sold(bureau.merit), bureau_billing.stayed_behind(bureau)
    invoices = report(
        bureau,
        "billed_invoices",
        [_ours(row) for row in made],
        [_theirs(row) for row in rows],
        time.monotonic() - began,
        why=lambda line: reasons.get(line.source_id, ""),
        system="Tilisilta → Merit Aktiva",
    )
    began = time.monotonic()
    bureau_billing.pay_some(bureau)
    paid = [
        _line_of_paid(row["number"], amount)
        for row in merit.sold(bureau.merit)
        if (amount := Decimal(str(row["paid"])))
    ]
    known = [
        _line_of_paid(each.invoice.number, amount_from_minor(each.paid_minor, "EUR"))
        for each in bureau_billing.billed(bureau)
        if each.paid_minor
    ]
    return [invoices, report(bureau, "paid", paid, known, time.monotonic() - began)]


def _ours(row: WorkspaceInvoice) -> Line:
    sign = -1 if row.is_credit_note else 1
    net, vat, gross = (
        sign * amount_from_minor(each, "EUR") for each in (row.net_minor, row.vat_minor, row.gross_minor)
    )
    return Line(row.number, row.party_name, row.currency, net, vat, gross, source_id=str(row.pk))


def _theirs(row: dict[str, Any]) -> Line:
    net, vat, gross = (Decimal(str(row[name])) for name in ("net", "vat", "gross"))
    return Line(row["number"], row["partner"]["name"], row["currency"], net, vat, gross)


def _line_of_paid(number: str, amount: Decimal) -> Line:
    return Line(number, "", "EUR", ZERO, ZERO, amount)


def _after_billing(bureau: Bureau, integration: PracticeIntegration) -> FlowReport:
    """Work that comes in after its month was billed changes nothing silently: it stands beside the month, each once."""
    began = time.monotonic()
    billed = bureau_billing.companies_of_contracts(bureau)
    busy = [each for each in merit.clients(bureau.merit) if each["company_id"] in billed][:_LATE_CLIENTS]
    month = add_months(month_of(today_of(bureau.actor.company)), -1)
    for place, company in enumerate(busy):
        merit.enter_late(bureau.merit, company, [month.replace(day=28)] * (1 + place % 2))
    for _twice in range(2):
        bureau_clients.count_month(bureau, integration, [each["company_id"] for each in busy])
    source = [_line("ledger_batch", each["company_id"], each["name"], 1 + place % 2) for place, each in enumerate(busy)]
    found = SummaryDifference.objects.filter(summary__company=bureau.actor.company).select_related("summary__client")
    target = [_line(each.count, "", each.summary.client.name, each.quantity) for each in found]
    return report(bureau, "after_billing", source, target, time.monotonic() - began)
