"""Whatever is closed, failed, sent again, opened, changed and closed anew: the target says what our closed periods say.

The target and the way there are played: what the engine would list is taken voucher by voucher, each only while it is
no older one's, in the place of what it replaces, and any voucher may fail to arrive.
"""

import datetime as dt
from collections import defaultdict

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.support.closing import Firm, make_firm

from tilisilta.core.documents import DocumentKind, JournalEntry, decode_document
from tilisilta.engine.lookups import superseded
from tilisilta.services.closing import closing, preview, states, targets
from tilisilta.services.closing.books import Range
from tilisilta.services.closing.preview import CannotClose
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import (
    Binding,
    ClosedPeriod,
    Connection,
    ConnectionState,
    Delivery,
    DeliveryState,
    Flow,
    FlowKind,
    Integration,
    IntegrationState,
    InvoicePosting,
    PeriodState,
    PeriodVoucher,
    Run,
    RunState,
    Side,
    WorkspaceInvoice,
)

LAST = 5
days = st.integers(1, LAST)
acts = st.one_of(
    st.tuples(st.just("invoice"), days, st.integers(1, 99999)),
    st.tuples(st.just("delete"), days, st.just(0)),
    st.tuples(st.sampled_from(["close", "close per day"]), days, days),
    st.tuples(st.sampled_from(["close", "close per day"]), st.just(1), st.just(LAST)),
    st.tuples(st.sampled_from(["resend", "reopen"]), days, st.just(0)),
    st.tuples(st.just("arrive"), st.sampled_from([0, 1, 2, 9]), st.sampled_from([0, 1])),
)

# The second revision never arrives: what the third has to replace is the first.
REFUSED_AND_OPENED_AGAIN = [
    ("invoice", 2, 100), ("close", 1, LAST), ("arrive", 9, 0), ("reopen", 2, 0), ("invoice", 3, 200),
    ("close per day", 1, LAST), ("arrive", 0, 1), ("reopen", 2, 0), ("close", 1, LAST), ("arrive", 9, 0),
]  # fmt: skip


class Target:
    """The target's valid vouchers by id: account, signed cents."""

    def __init__(self, firm: Firm) -> None:
        assert firm.integration is not None
        self.firm, self.integration = firm, firm.integration
        self.flow = Flow.objects.get(integration=firm.integration, kind=FlowKind.PERIOD_SALES)
        self.valid: dict[str, dict[str, int]] = {}
        self.count = 0

    def arrive(self, first: int, *, fails: bool) -> None:
        """Do the waiting run: the first vouchers arrive, the next one is refused, the rest are not come to."""
        if not Run.objects.exclude(state=RunState.DONE).exists():
            return
        rows = PeriodVoucher.objects.filter(period__company=self.firm.company).order_by("date", "pk")
        gone = superseded(self.firm.company.pk, rows.values_list("source_id", flat=True))
        left = [row for row in rows if row.source_id not in gone and not self.bound(row.source_id)]
        for place, row in enumerate(left):
            if place >= first:
                if fails:
                    self.delivery(row, DeliveryState.REFUSED)
                break
            self.take(row)
        Run.objects.update(state=RunState.DONE)

    def take(self, row: PeriodVoucher) -> None:
        entry = decode_document(DocumentKind.JOURNAL_ENTRY, bytes(row.payload))
        assert isinstance(entry, JournalEntry)
        sums: dict[str, int] = defaultdict(int)
        for posting in entry.postings:
            sums[posting.account] += int((posting.debit - posting.credit) * 100)
        replaced = self.bound(entry.replaces)
        assert entry.postings or replaced, "nothing to withdraw"
        if replaced:
            assert replaced in self.valid, "replaced twice"
            del self.valid[replaced]
        self.count += 1
        if entry.postings:
            self.valid[str(self.count)] = sums
        Binding.objects.create(
            company=self.firm.company, source_connection_id=self.integration.source_id,
            target_connection_id=self.integration.target_id, kind=DocumentKind.JOURNAL_ENTRY,
            source_id=row.source_id, target_id=str(self.count),
        )  # fmt: skip
        self.delivery(row, DeliveryState.CONFIRMED)

    def delivery(self, row: PeriodVoucher, state: str) -> None:
        Delivery.objects.update_or_create(
            flow=self.flow, kind=DocumentKind.JOURNAL_ENTRY, source_id=row.source_id,
            defaults={"company": self.firm.company, "date": row.date, "state": state, "key": row.source_id},
        )  # fmt: skip

    def bound(self, source_id: str) -> str:
        rows = Binding.objects.filter(source_connection=self.integration.source_id, source_id=source_id)
        return rows.values_list("target_id", flat=True).first() or ""

    def held(self) -> dict[str, int]:
        sums: dict[str, int] = defaultdict(int)
        for voucher in self.valid.values():
            for account, cents in voucher.items():
                sums[account] += cents
        return {account: cents for account, cents in sums.items() if cents}


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "today_of", lambda _company: dt.date(2026, 11, 20))
    monkeypatch.setattr(targets, "check_target", lambda *_: [])


def firm_with_target() -> Firm:
    firm = make_firm()
    other = Connection.objects.create(
        company=firm.company, vendor="netvisor", name="Netvisor", state=ConnectionState.ACTIVE, sealed_credentials=b"",
    )  # fmt: skip
    firm.integration = Integration.objects.create(
        company=firm.company, source=Connection.objects.get(company=firm.company, vendor="workspace"), target=other,
        settings={"level": "period"}, state=IntegrationState.READY, name="x",
    )  # fmt: skip
    Flow.objects.create(company=firm.company, integration=firm.integration, kind=FlowKind.PERIOD_SALES, is_enabled=True)
    firm.map_accounts()
    return firm


def act_on(firm: Firm, target: Target, what: str, one: int, two: int) -> None:
    day = dt.date(2026, 10, one or 1)
    open_now = WorkspaceInvoice.objects.filter(company=firm.company, closed_period=None)
    if what == "invoice":
        firm.invoice(day, two, credit=two % 5 == 0, kind="eu" if two % 3 == 0 else "domestic")
    elif what == "delete":
        open_now.filter(date=day).delete()
    elif what == "arrive":
        target.arrive(one, fails=bool(two))
    elif what.startswith("close"):
        first, last = sorted((one, two))
        closing.close(
            firm.actor, Side.SALES, Range(dt.date(2026, 10, first), dt.date(2026, 10, last)),
            per_day=what != "close",
        )  # fmt: skip
    else:
        periods = ClosedPeriod.objects.filter(company=firm.company, date_from__lte=day, date_to__gte=day)
        for period in periods.exclude(state=PeriodState.REOPENED):
            closing.resend(firm.actor, period) if what == "resend" else closing.reopen(firm.actor, period, "x")


def ours(firm: Firm) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for row in InvoicePosting.objects.filter(company=firm.company).exclude(invoice__closed_period=None):
        sums[row.account.number] += row.debit_minor - row.credit_minor
    return {account: cents for account, cents in sums.items() if cents}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(acts, min_size=6, max_size=16))
@example(REFUSED_AND_OPENED_AGAIN)
def test_the_target_says_what_our_closed_periods_say(db: None, played: None, told: list[tuple[str, int, int]]) -> None:
    with transaction.atomic():
        firm = firm_with_target()
        target = Target(firm)
        for what, one, two in told:
            try:
                with transaction.atomic():
                    act_on(firm, target, what, one, two)
            except (ServiceError, CannotClose):
                continue
        # In the end all that stands open is closed and sent until it has arrived.
        first = Range(dt.date(2026, 10, 1), dt.date(2026, 10, LAST))
        target.arrive(0, fails=True)
        for period in ClosedPeriod.objects.filter(company=firm.company).exclude(state=PeriodState.REOPENED):
            closing.reopen(firm.actor, period, "x")
        closing.close(firm.actor, Side.SALES, first, per_day=False)
        target.arrive(99, fails=False)
        assert target.held() == ours(firm)
        assert len(target.valid) <= 1
        assert all(
            states.refresh(each).state in {PeriodState.SENT, PeriodState.CLOSED, PeriodState.REOPENED}
            for each in ClosedPeriod.objects.filter(company=firm.company)
        )
        transaction.set_rollback(True)
