"""What would be billed, worked out without writing anything: rows, quantities and where they come from, by payer."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext, override

from tilisilta.core import billing as core
from tilisilta.core.billing import Kind, Part, Period
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
from tilisilta.services.billing.work import Work
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.settings import add_months, month_of, require_right
from tilisilta.store.models import BilledLine, Client, Company, Contract, ContractRow, SummaryDifference

MOST_MONTHS: Final = 36
OLDER_MONTHS: Final = 12  # how far back rows that nobody billed are looked for


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
        ServiceError: PRACTICE_OFF, BILLING_OFF, DATES_REVERSED, BILLING_WINDOW.
    """
    require_right(actor, "create_invoices")
    require_on(actor.company)
    if window.first > window.last:
        raise ServiceError("DATES_REVERSED")
    if add_months(month_of(window.first), MOST_MONTHS) <= window.last:
        raise ServiceError("BILLING_WINDOW")
    return _Maker(actor.company, window, client_ids, chosen).make()


class _Maker:
    """Works out one preview."""

    def __init__(
        self, company: Company, window: Period, client_ids: Collection[int] | None, chosen: Collection[str] | None
    ) -> None:
        self.company, self.window, self.chosen = company, window, chosen
        self.kept = settings_of(company)
        self.lists = classifiers.lists_of(company)
        found = Contract.objects.filter(company=company, is_active=True).select_related("client__billed_to")
        if client_ids is not None:
            found = found.filter(client__in=list(client_ids))
        self.contracts = list(found.order_by("client__name", "starts_on", "pk"))
        rows = ContractRow.objects.filter(contract__in=found).select_related(
            "product", "product__field", "product__topic"
        )
        self.rows: dict[int, list[ContractRow]] = {}
        for row in rows.order_by("position", "pk"):
            self.rows.setdefault(row.contract_id, []).append(row)
        self.notes: list[tuple[str, Saying]] = []
        self.billed: dict[int, list[BilledLine]] = {}
        for line in BilledLine.objects.filter(contract_row__contract__in=found, difference=None):
            self.billed.setdefault(line.contract_row_id or 0, []).append(line)
        self.payers = _Payers(company)

    def make(self) -> Preview:
        due = [each for contract in self.contracts for each in self._due_of(contract, self.window)]
        days = [period for _, _, period in due] or [self.window]
        window = Period(min(each.first for each in days), max(each.last for each in days))
        ids = {contract.client_id for contract, _, _ in due}
        work = Work(self.company, ids, window, minutes_step=self.kept.rounds_minutes_to)
        proposals = [
            made
            for contract, row, period in due
            if (made := self._proposal(contract, row, period, work)) is not None and self._is_chosen(made.key)
        ]
        proposals += self._differences(proposals)
        self._note_older()
        bills = self._bills(proposals)
        return Preview(window=self.window, bills=bills, notes=tuple(self.notes), fingerprint=fingerprint_of(proposals))

    def _is_chosen(self, key: str) -> bool:
        return self.chosen is None or key in self.chosen

    # --- rows ------------------------------------------------------------------------------------------------

    def _due_of(
        self, contract: Contract, window: Period, *, is_quiet: bool = False
    ) -> list[tuple[Contract, ContractRow, Period]]:
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
        lines = self.billed.get(row.pk, [])
        return any(line.period_from <= period.first and period.last <= line.period_to for line in lines)

    def _proposal(self, contract: Contract, row: ContractRow, period: Period, work: Work) -> Proposal | None:
        problems = list(problems_of(row, self.lists, needs_classifiers=self.kept.needs_classifiers))
        for line in self.billed.get(row.pk, []):
            if core.overlap(line.period_from, line.period_to, period.first, period.last):
                first, last = line.period_from.isoformat(), line.period_to.isoformat()
                problems.append(Saying(code="BILL_PERIOD_PARTLY", params={"first": first, "last": last}))
        measure = work.measure(row, contract.client_id, period)
        if measure.quantity < 0:
            problems.append(Saying(code="BILL_QUANTITY_NEGATIVE"))
        notes = notes_of(measure)
        parts = self._parts(row, max(measure.quantity, ZERO))
        if not parts and not problems and not notes:
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
            sources=measure.sources,
            problems=tuple(problems),
            notes=notes,
        )

    def _parts(self, row: ContractRow, quantity: Decimal) -> tuple[Part, ...]:
        try:
            return core.parts(terms_of(row), quantity)
        except ServiceError:
            return ()

    # --- differences -----------------------------------------------------------------------------------------

    def _differences(self, proposals: Sequence[Proposal]) -> list[Proposal]:
        """Return the differences of billed months as rows of their own, priced as if they had been there at once."""
        found: list[Proposal] = []
        pending = differences.pending(self.company, [each.client_id for each in self.contracts])
        counted = differences.Counted(self.company)
        for each in proposals:
            counted.add(each.row.pk, each.period.first, each.quantity)
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
        try:
            parts = core.difference_parts(terms_of(row), base, change)
        except ServiceError:
            parts = ()
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
            parts=parts,
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
        last = self.window.first - dt.timedelta(days=1)
        before = Period(add_months(month_of(self.window.first), -OLDER_MONTHS), last)
        count = sum(
            1
            for contract in self.contracts
            for _, row, _period in self._due_of(contract, before, is_quiet=True)
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
