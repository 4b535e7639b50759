"""What a closed period says against the target's ledger, per account and VAT code, to the cent."""

from collections import defaultdict
from decimal import Decimal

import msgspec

from tilisilta.core.mapping.apply import Lookups, apply_journal_entry
from tilisilta.core.mapping.draft import JournalEntryDraft
from tilisilta.core.money import ZERO
from tilisilta.core.problems import Problem
from tilisilta.engine.context import mapping_settings
from tilisilta.ports import Connection, LedgerReader, LedgerRow
from tilisilta.services.access import Actor
from tilisilta.services.closing import history, targets
from tilisilta.services.closing.history import VoucherRow
from tilisilta.services.errors import ServiceError
from tilisilta.store.mapping_tables import load_tables
from tilisilta.store.models import ClosedPeriod, Integration

NO_VAT = "NONE"


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """One account and VAT code of the target: what we sent and what stands there."""

    account: str
    vat_code: str
    our_debit: Decimal
    our_credit: Decimal
    their_debit: Decimal
    their_credit: Decimal

    @property
    def is_equal(self) -> bool:
        return (self.our_debit, self.our_credit) == (self.their_debit, self.their_credit)

    @property
    def difference(self) -> Decimal:
        """Return what the target's balance has more than ours, debit positive."""
        return (self.their_debit - self.their_credit) - (self.our_debit - self.our_credit)


class Reconciled(msgspec.Struct, frozen=True, kw_only=True):
    """The whole comparison. `missing` are vouchers of ours that the target does not hold as valid; `unmapped` are
    accounts that the mapping does not know any more; `doubled` are keys of ours that more than one voucher bears.
    """

    rows: tuple[Compared, ...]
    missing: tuple[str, ...]
    doubled: tuple[str, ...]
    unmapped: tuple[Problem, ...]
    voucher_count: int

    @property
    def is_equal(self) -> bool:
        return not (self.missing or self.doubled or self.unmapped) and all(row.is_equal for row in self.rows)


def reconcile(actor: Actor, period: ClosedPeriod) -> Reconciled:
    """Compare the vouchers of a period's last revision with the target's ledger. Nothing is written anywhere.

    Raises:
        ServiceError: PERIOD_NOT_SENT, TARGET_NOT_READABLE.
        TilisiltaError: the target cannot be asked now.
    """
    integration = period.integration
    if period.company_id != actor.company.pk:
        raise ClosedPeriod.DoesNotExist
    current = [row for row in history.vouchers_of(period) if row.voucher.revision == period.revision]
    if integration is None or not current:
        raise ServiceError("PERIOD_NOT_SENT")
    first, last = (pick(row.voucher.date for row in current) for pick in (min, max))

    async def read(target: Connection) -> list[LedgerRow]:
        if not isinstance(target, LedgerReader):
            raise ServiceError("TARGET_NOT_READABLE", vendor=integration.target.name)
        return list(await target.read_ledger(first, last))

    return compare(integration, current, targets.ask(integration.target, read))


def compare(integration: Integration, current: list[VoucherRow], ledger: list[LedgerRow]) -> Reconciled:
    """Return what vouchers as they would be sent now say against the ledger's lines that bear their keys."""
    tables, settings = load_tables(integration), mapping_settings(integration.settings)
    ours: defaultdict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    problems: list[Problem] = []
    sent = [row for row in current if not row.is_withdrawal]
    for row in sent:
        entry = msgspec.structs.replace(row.entry, replaces="")
        mapped = apply_journal_entry(entry, key="", tables=tables, lookups=Lookups(), settings=settings)
        problems += mapped.problems
        draft = mapped.draft
        if not isinstance(draft, JournalEntryDraft):
            continue
        for posting, account, vat_code in zip(entry.postings, draft.accounts, draft.vat_codes, strict=True):
            both = ours[account, vat_code or NO_VAT]
            both[0] += posting.debit
            both[1] += posting.credit
    keys = {row.delivery.key: row for row in sent if row.delivery is not None}
    theirs: defaultdict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    found: defaultdict[str, set[str]] = defaultdict(set)
    for line in ledger:
        if line.key in keys:
            found[line.key].add(line.voucher_id)
            both = theirs[line.account, line.vat_code or NO_VAT]
            both[0] += line.debit
            both[1] += line.credit
    return Reconciled(
        rows=tuple(
            Compared(
                account=account,
                vat_code=vat_code,
                our_debit=ours[account, vat_code][0],
                our_credit=ours[account, vat_code][1],
                their_debit=theirs[account, vat_code][0],
                their_credit=theirs[account, vat_code][1],
            )
            for account, vat_code in sorted({*ours, *theirs})
        ),
        missing=tuple(row.voucher.source_id for row in sent if row.delivery is None or row.delivery.key not in found),
        doubled=tuple(keys[key].voucher.source_id for key, ids in found.items() if len(ids) > 1),
        unmapped=tuple({(each.code, *each.params.values()): each for each in problems}.values()),
        voucher_count=len(sent),
    )
