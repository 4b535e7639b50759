"""What would be billed, worked out without writing anything: rows, quantities and where they come from, by payer."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext, override

from tilisilta.core import billing as core
from tilisilta.core.billing import Kind, Period
from tilisilta.core.money import ZERO
from tilisilta.services.access import Actor
from tilisilta.services.billing import classifiers, differences
from tilisilta.services.billing.products import terms_of
from tilisilta.services.billing.proposals import (
    Bill,
    Preview,
    Proposal,
    Saying,
    describe,
    fingerprint_of,
    language_of,
    notes_of,
    period_in,
    periods_of,
    problems_of,
)
from tilisilta.services.billing.settings import require_on, settings_of
from tilisilta.services.billing.standing import Standing
from tilisilta.services.billing.work import Measure, Work
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.settings import add_months, month_of, require_right, today_of
from tilisilta.store.models import BillingRun, Client, Company, Contract, ContractRow, SummaryDifference

MOST_MONTHS: Final = 36
_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 2100
OLDER_MONTHS: Final = 12  # how far back rows that nobody billed are looked for, and work that came late
_BY_WORK: Final = (Kind.HOURLY.value, Kind.PER_PIECE.value)
Due = tuple[Contract, ContractRow, Period]


def make(
    actor: Actor,
    window: Period,
    *,
    client_ids: Collection[int] | None = None,
    chosen: Collection[str] | None = None,
) -> Preview:
    """Return what would be billed of the periods that come to be billed in a window; nothing is written.

    Args:
        actor: Who looks.
        window: The days, both included.
        client_ids: Only these clients' rows; None for all.
        chosen: Only these rows, by their keys; None for all. Differences of one row are priced one after the other, so
            what is left out changes the price of what follows.

    Raises:
        Forbidden: the actor may not make invoices.
        ServiceError: PRACTICE_OFF, BILLING_OFF, DATES_REVERSED, BILLING_YEARS, BILLING_WINDOW.
    """
    require_right(actor, "create_invoices")
    require_on(actor.company)
    if window.first > window.last:
        raise ServiceError("DATES_REVERSED")
    if window.first.year < _FIRST_YEAR or window.last.year > _LAST_YEAR:
        raise ServiceError("BILLING_YEARS", first=_FIRST_YEAR, last=_LAST_YEAR)
    if add_months(month_of(window.first), MOST_MONTHS) <= window.last:
        raise ServiceError("BILLING_WINDOW")
    return _Maker(actor.company, window, client_ids, chosen).make()


def waiting(company: Company) -> list[Proposal]:
    """Return the work of periods billed before that the next billing takes along, whatever days it is of."""
    today = today_of(company)
    return _Maker(company, Period(today, today), None, None).waiting()


def _terms(row: ContractRow) -> core.Terms | None:
    try:
        return terms_of(row)
    except ServiceError:
        return None  # told among the row's problems


class _Maker:
    """Works out one preview."""

    def __init__(
        self, company: Company, window: Period, client_ids: Collection[int] | None, chosen: Collection[str] | None
    ) -> None:
        self.company, self.window, self.chosen = company, window, chosen
        self.kept = settings_of(company)
        self.lists = classifiers.lists_of(company)
        found = Contract.objects.filter(company=company, is_active=True).select_related("company", "client__billed_to")
        if client_ids is not None:
            found = found.filter(client__in=list(client_ids))
        self.contracts = list(found.order_by("client__name", "starts_on", "pk"))
        rows = ContractRow.objects.filter(contract__in=found).select_related(
            "product", "product__field", "product__topic"
        )
        self.rows: dict[int, list[ContractRow]] = {}
        by_id = {each.pk: each for each in self.contracts}
        for row in rows.order_by("position", "pk"):
            row.contract = by_id[row.contract_id]  # read already
            self.rows.setdefault(row.contract_id, []).append(row)
        self.notes: list[tuple[str, Saying]] = []
        begin = min([window.first, *differences.months(company)])
        self.before = Period(add_months(month_of(begin), -OLDER_MONTHS), window.first - dt.timedelta(days=1))
        self.standing = Standing(company, self.before.first)
        self.payers = _Payers(company)

    def make(self) -> Preview:
        due = [each for contract in self.contracts for each in self._due_of(contract, self.window)]
        forgotten = self._forgotten()
        work = self._work([*due, *forgotten])
        made = self._proposals(due, work) + self._proposals(forgotten, work, is_quiet=True)
        proposals = [each for each in made if self._is_chosen(each.key)]
        counted = differences.Counted(self.standing)
        for each in proposals:
            counted.add(each.row.pk, each.period.first, each.quantity)
        proposals += [each for each in self._late(work, counted) if self._is_chosen(each.key)]
        proposals += self._differences(counted)
        self._note_older()
        bills = self._bills(proposals)
        return Preview(window=self.window, bills=bills, notes=tuple(self.notes), fingerprint=fingerprint_of(proposals))

    def waiting(self) -> list[Proposal]:
        """Return what would come at the next billing, whatever days are chosen: work of periods billed before."""
        forgotten = self._forgotten()
        work = self._work(forgotten)
        made = self._proposals(forgotten, work, is_quiet=True)
        return made + self._late(work, differences.Counted(self.standing))

    def _work(self, due: Iterable[Due]) -> Work:
        """Read the work of all clients whose rows are measured, of the days that are billed and those before."""
        last = max([self.window.last, *(period.last for _, _, period in due)])
        ids = {
            contract.client_id
            for contract in self.contracts
            if any(Kind(row.product.kind).is_measured for row in self.rows.get(contract.pk, []))
        }
        return Work(
            self.company,
            ids,
            Period(self.before.first, last),
            minutes_step=self.kept.rounds_minutes_to,
            standing=self.standing,
        )

    def _proposals(self, due: Sequence[Due], work: Work, *, is_quiet: bool = False) -> list[Proposal]:
        """Return what the rows make, in their order; rows of one topic choose among the work before rows of all."""
        made: dict[int, Proposal | None] = {}
        for at in sorted(range(len(due)), key=lambda each: due[each][1].product.topic_id is None):
            made[at] = self._proposal(*due[at], work, is_quiet=is_quiet)
        return [found for at in range(len(due)) if (found := made[at]) is not None]

    def _is_chosen(self, key: str) -> bool:
        return self.chosen is None or key in self.chosen

    # --- rows ------------------------------------------------------------------------------------------------

    def _due_of(self, contract: Contract, window: Period, *, is_quiet: bool = False) -> list[Due]:
        rows = self.rows.get(contract.pk, [])
        if not is_quiet:
            if not rows:
                self._note(contract, "NOTE_CONTRACT_EMPTY")
            elif not contract.client.is_active:
                self._note(contract, "NOTE_CLIENT_INACTIVE")
        if not contract.client.is_active:
            return []
        return [
            (contract, row, period)
            for row in rows
            for period in periods_of(contract, row, window)
            if not self._is_billed(row, period)
        ]

    def _note(self, contract: Contract, code: str) -> None:
        self.notes.append((f"{contract.client} – {contract}", Saying(code=code)))

    def _is_billed(self, row: ContractRow, period: Period) -> bool:
        stretches = [line.period for line in self.standing.own(row.pk)]
        return any(each.first <= period.first and period.last <= each.last for each in stretches)

    def _proposal(
        self, contract: Contract, row: ContractRow, period: Period, work: Work, *, is_quiet: bool
    ) -> Proposal | None:
        problems = list(problems_of(row, self.lists, needs_classifiers=self.kept.needs_classifiers))
        for line in self.standing.own(row.pk):
            if core.overlap(line.period.first, line.period.last, period.first, period.last):
                first, last = line.period.first.isoformat(), line.period.last.isoformat()
                problems.append(Saying(code="BILL_PERIOD_PARTLY", params={"first": first, "last": last}))
        measure = work.measure(row, contract.client_id, period)
        if measure.quantity < 0:
            problems.append(Saying(code="BILL_QUANTITY_NEGATIVE"))
        notes = notes_of(measure)
        terms = _terms(row)
        parts = core.parts(terms, max(measure.quantity, ZERO)) if terms is not None else ()
        if not parts and ((not problems and not notes) or is_quiet):
            return None
        if not parts and notes and not problems:
            # Nothing to bill yet, and a reason why that may not be all.
            self.notes += [(f"{contract.client} – {row}", each) for each in notes]
            return None
        return Proposal(
            key=f"row-{row.pk}-{period.first.isoformat()}",
            client=contract.client,
            payer=self.payers.of(contract.client),
            contract=contract,
            row=row,
            period=period,
            description=describe(contract, row, period, measure.quantity, self.payers.of(contract.client)),
            quantity=measure.quantity,
            parts=parts,
            terms=terms,
            sources=measure.sources,
            problems=tuple(problems),
            notes=notes,
        )

    def _forgotten(self) -> list[Due]:
        """Return rows by the hour and by the piece whose periods were passed over as empty when they were billed.

        Nobody looks for them by their days again, so work that turned up in them comes by itself.
        """
        runs = BillingRun.objects.filter(company=self.company, date_to__gte=self.before.first)
        stretches = list(runs.values_list("date_from", "date_to"))
        if not stretches:
            return []
        return [
            (contract, row, period)
            for contract in self.contracts
            for contract, row, period in self._due_of(contract, self.before, is_quiet=True)
            if row.product.kind in _BY_WORK and any(first <= period.last <= last for first, last in stretches)
        ]

    # --- work of billed periods ------------------------------------------------------------------------------

    def _late(self, work: Work, counted: differences.Counted) -> list[Proposal]:
        """Return what was entered, changed or taken back after its period was billed, each period as its own row."""
        found: list[Proposal] = []
        rows = [(contract, row) for contract in self.contracts for row in self.rows.get(contract.pk, [])]
        rows = [each for each in rows if Kind(each[1].product.kind).is_measured and each[0].client.is_active]
        for contract, row in sorted(rows, key=lambda each: each[1].product.topic_id is None):
            for line in self.standing.own(row.pk):
                measure = work.change(row, contract.client_id, line.period)
                if not measure.sources:
                    continue
                late = self._late_one(contract, row, line.period, measure, counted)
                # What costs nothing, as pieces among the included ones, is told when it does.
                if late.parts or late.terms is None:
                    found.append(late)
        return found

    def _late_one(
        self, contract: Contract, row: ContractRow, period: Period, measure: Measure, counted: differences.Counted
    ) -> Proposal:
        terms = self._terms_then(row, period)
        base = counted.of(row.pk, period.first)
        counted.add(row.pk, period.first, measure.quantity)
        payer = self.payers.of(contract.client)
        words = core.period_words(period, language_of(payer, self.company))
        with override(language_of(payer, self.company)):
            text = gettext("Difference for %(period)s: %(product)s")
        name = row.product.name if payer.pk == contract.client_id else f"{contract.client.name}: {row.product.name}"
        return Proposal(
            key=f"late-{row.pk}-{period.first.isoformat()}",
            client=contract.client,
            payer=payer,
            contract=contract,
            row=row,
            period=period,
            description=text % {"period": words["period"], "product": name},
            quantity=measure.quantity,
            parts=core.difference_parts(terms, base, measure.quantity) if terms is not None else (),
            terms=terms,
            sources=measure.sources,
            is_late=True,
            problems=tuple(problems_of(row, self.lists, needs_classifiers=self.kept.needs_classifiers)),
        )

    def _terms_then(self, row: ContractRow, period: Period) -> core.Terms | None:
        """Return the terms by which a period was billed; the present ones where it was not."""
        basis = self.standing.basis(row.pk, period.first)
        return basis.terms if basis is not None else _terms(row)

    # --- differences -----------------------------------------------------------------------------------------

    def _differences(self, counted: differences.Counted) -> list[Proposal]:
        """Return the differences of billed months as rows of their own, priced as if they had been there at once."""
        found: list[Proposal] = []
        pending = differences.pending(self.company, [each.client_id for each in self.contracts])
        by_client: dict[int, list[tuple[Contract, ContractRow]]] = {}
        for contract in self.contracts:
            for row in self.rows.get(contract.pk, []):
                by_client.setdefault(contract.client_id, []).append((contract, row))
        for difference, field_id in pending:
            month = difference.summary.month
            served = False
            for contract, row in by_client.get(difference.summary.client_id, []):
                period = period_in(contract, row, month)
                if row.product.field_id != field_id or field_id is None or period is None:
                    continue
                served = True
                key = f"difference-{difference.pk}-{row.pk}"
                if self._is_chosen(key):
                    found.append(self._difference(contract, row, period, difference, key=key, counted=counted))
            if not served:
                self._note_unpriced(difference)
        return found

    def _difference(
        self,
        contract: Contract,
        row: ContractRow,
        period: Period,
        difference: SummaryDifference,
        *,
        key: str,
        counted: differences.Counted,
    ) -> Proposal:
        month = difference.summary.month
        change = Decimal(difference.quantity)
        base = counted.of(row.pk, period.first)
        counted.add(row.pk, period.first, change)
        payer = self.payers.of(contract.client)
        terms = self._terms_then(row, period)
        shown = Period(month, add_months(month, 1) - dt.timedelta(days=1))
        with override(language_of(payer, self.company)):
            suffix = gettext("difference found after billing")
        return Proposal(
            key=key,
            client=contract.client,
            payer=payer,
            contract=contract,
            row=row,
            period=period,
            description=f"{describe(contract, row, shown, change, payer)} ({suffix})",
            quantity=change,
            parts=core.difference_parts(terms, base, change) if terms is not None else (),
            terms=terms,
            difference=difference,
            problems=tuple(problems_of(row, self.lists, needs_classifiers=self.kept.needs_classifiers)),
        )

    def _note_unpriced(self, difference: SummaryDifference) -> None:
        month = f"{difference.summary.month:%Y-%m}"
        params = {"count": differences.label(difference.count), "month": month, "quantity": f"{difference.quantity:+}"}
        self.notes.append((str(difference.summary.client), Saying(code="NOTE_UNPRICED", params=params)))

    # --- the rest --------------------------------------------------------------------------------------------

    def _note_older(self) -> None:
        """Tell of rows of earlier periods that nobody billed, so that choosing days forgets none."""
        if self.chosen is not None:
            return
        before = add_months(month_of(self.window.first), -OLDER_MONTHS)
        count = sum(
            1
            for contract in self.contracts
            for _, row, _period in self._due_of(contract, Period(before, self.before.last), is_quiet=True)
            if not Kind(row.product.kind).is_measured or row.product.kind == Kind.COMBINED
        )
        if count:
            self.notes.append(("", Saying(code="NOTE_OLDER", params={"count": count})))

    def _bills(self, proposals: Iterable[Proposal]) -> tuple[Bill, ...]:
        by_payer: dict[int, list[Proposal]] = {}
        for each in proposals:
            by_payer.setdefault(each.payer.pk, []).append(each)
        bills = [Bill(payer=each[0].payer, proposals=tuple(each)) for each in by_payer.values()]
        return tuple(sorted(bills, key=lambda bill: (bill.payer.name.casefold(), bill.payer.pk)))


class _Payers:
    """Who pays for a client: itself, or whom it is billed to."""

    def __init__(self, company: Company) -> None:
        self._by_id = {each.pk: each for each in Client.objects.filter(company=company).exclude(billed_to=None)}
        parents = [each.billed_to_id for each in self._by_id.values() if each.billed_to_id is not None]
        self._parents = {each.pk: each for each in Client.objects.filter(pk__in=parents)}

    def of(self, client: Client) -> Client:
        """Return the payer; a circle of clients that are billed to one another ends where it began."""
        seen = {client.pk}
        at = client
        while at.billed_to_id is not None and at.billed_to_id not in seen and at.billed_to_id in self._parents:
            seen.add(at.billed_to_id)
            at = self._parents[at.billed_to_id]
        return at if at.billed_to_id is None or at.billed_to_id not in seen else client
