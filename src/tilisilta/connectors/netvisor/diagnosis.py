"""What must be in Netvisor's lists before a draft goes, and what a refusal meant.

Netvisor names its refusals only roughly (INVALID_DATA), and their texts are not to be matched. So accounts and
dimensions are compared with its lists before sending, and read again when it refused.
"""

import datetime as dt
from collections.abc import Iterable

from tilisilta.connectors.netvisor import vat_codes
from tilisilta.connectors.netvisor.lists import Calendar, Lists
from tilisilta.core.documents import Direction, DocumentKind
from tilisilta.core.errors import Misconfigured, Refused
from tilisilta.core.mapping.draft import Draft, InvoiceDraft, ItemDraft, JournalEntryDraft, PaymentDraft
from tilisilta.ports import PeriodState

UNEXPLAINED = "TARGET_REFUSED"
_PURCHASES = {DocumentKind.PURCHASE_INVOICE, DocumentKind.PURCHASE_CREDIT_NOTE}


def accounts_of(draft: Draft) -> list[str]:
    """Return the accounts that a draft names, each once."""
    if isinstance(draft, JournalEntryDraft):
        named: Iterable[str] = draft.accounts
    elif isinstance(draft, InvoiceDraft):
        named = (each.account for each in draft.lines)
    elif isinstance(draft, ItemDraft):
        named = (draft.sales_account,)
    else:
        named = ()
    return [account for account in dict.fromkeys(named) if account]


def dimensions_of(draft: Draft) -> list[str]:
    """Return the dimensions that a draft names, each once."""
    if isinstance(draft, JournalEntryDraft):
        named: Iterable[str] = draft.dimensions
    elif isinstance(draft, InvoiceDraft):
        named = (key for each in draft.lines for key in (*each.dimensions.values(), each.dimension))
    else:
        named = ()
    return [key for key in dict.fromkeys(named) if key]


def booked_on(draft: Draft) -> tuple[dt.date, DocumentKind] | None:
    """Return the day under which the books take a draft, and its kind; None for what has no day."""
    if isinstance(draft, JournalEntryDraft):
        return draft.entry.date, DocumentKind.JOURNAL_ENTRY
    if isinstance(draft, PaymentDraft):
        return draft.payment.date, DocumentKind.PAYMENT
    if isinstance(draft, InvoiceDraft):
        is_sales = draft.invoice.direction is Direction.SALES
        kind = DocumentKind.SALES_INVOICE if is_sales else DocumentKind.PURCHASE_INVOICE
        return draft.invoice.entry_date or draft.invoice.date, kind
    return None


def period_state(calendar: Calendar, day: dt.date, kind: DocumentKind) -> PeriodState:
    """Return whether a day may be posted to. Purchases have a lock of their own beside the two for all."""
    locks = [("accounting", calendar.accounting), ("vat", calendar.vat)]
    if kind in _PURCHASES:
        locks.append(("purchase", calendar.purchase))
    until = max((lock for _, lock in locks if lock is not None), default=None)
    name = next((name for name, lock in locks if lock is not None and day <= lock), "")
    return PeriodState(day=day, fiscal_period=calendar.period_of(day), locked_until=until, lock=name)


async def require_known(lists: Lists, draft: Draft, *, fresh: bool = False) -> None:
    """Raise unless Netvisor has the accounts and dimensions that a draft names.

    A list that we may not read is not asked; Netvisor itself judges then.

    Raises:
        Refused: ACCOUNT_NOT_IN_NETVISOR with the number; DIMENSION_REFUSED.

    """
    try:
        if accounts := accounts_of(draft):
            await _require_accounts(lists, accounts, fresh=fresh)
        if dimensions := dimensions_of(draft):
            await _require_dimensions(lists, dimensions, fresh=fresh)
    except Misconfigured as error:
        if error.code != "RIGHT_MISSING":
            raise


async def _require_accounts(lists: Lists, accounts: list[str], *, fresh: bool) -> None:
    known = await lists.accounts(fresh=fresh)
    if not fresh and any(account not in known or not known[account].is_active for account in accounts):
        known = await lists.accounts(fresh=True)  # it may have been added since we read
    wrong = [account for account in accounts if account not in known or not known[account].is_active]
    if wrong:
        message = ", ".join(wrong)
        raise Refused("ACCOUNT_NOT_IN_NETVISOR", account=wrong[0], accounts=message, message=message)


async def _require_dimensions(lists: Lists, dimensions: list[str], *, fresh: bool) -> None:
    known = {each.key for each in await lists.dimensions(fresh=fresh) if each.is_active}
    if not fresh and not known.issuperset(dimensions):
        known = {each.key for each in await lists.dimensions(fresh=True) if each.is_active}
    wrong = [key for key in dimensions if key not in known]
    if wrong:
        raise Refused("DIMENSION_REFUSED", message=", ".join(wrong))


async def explained(lists: Lists, draft: Draft, refusal: Refused) -> Refused:
    """Return a refusal of wrong data with its cause, where the lists tell it; else the refusal as it came."""
    if refusal.code != UNEXPLAINED:
        return refusal
    message = refusal.params.get("message", "")
    try:
        await require_known(lists, draft, fresh=True)
        booked = booked_on(draft)
        if booked is not None:
            state = period_state(await lists.calendar(fresh=True), *booked)
            if not state.is_open:
                return Refused("PERIOD_LOCKED", evidence=refusal.evidence, message=message, **_told(state))
    except Refused as cause:
        return Refused(cause.code, evidence=refusal.evidence, **{**cause.params, "message": message})
    except Misconfigured as error:
        if error.code != "RIGHT_MISSING":
            raise
    wrong = _unknown_code(draft)
    return Refused("VAT_CODE_REFUSED", evidence=refusal.evidence, message=f"{wrong}: {message}") if wrong else refusal


def _told(state: PeriodState) -> dict[str, str]:
    until = state.locked_until.isoformat() if state.locked_until else ""
    return {"date": state.day.isoformat(), "until": until, "lock": state.lock or "fiscal_year"}


def _unknown_code(draft: Draft) -> str:
    codes: Iterable[str] = ()
    if isinstance(draft, JournalEntryDraft):
        codes = draft.vat_codes
    elif isinstance(draft, InvoiceDraft):
        codes = (each.vat_code for each in draft.lines)
    return next((code for code in codes if code and code not in vat_codes.BY_CODE), "")
