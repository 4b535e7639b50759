"""Journal entries: a closed period as one journal for each side, or any other balanced entry (vendor sheet section 6).

Values are net and Procountor adds the tax of each row that bears a percentage. So the lines of the tax itself are left
out as far as the rows say it already; what cents remain stand on the account of the tax, and the journal adds up to
the entry that it was made from.
"""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from tilisilta.connectors.procountor import assumptions, ledger
from tilisilta.connectors.procountor.amounts import percent_of
from tilisilta.connectors.procountor.client import Client, Row, number
from tilisilta.connectors.procountor.ledger import DEAD, JOURNAL, PATH, Page
from tilisilta.connectors.procountor.lists import Lists
from tilisilta.connectors.procountor.postings import ENTRY, VAT_TYPES, transactions, vat_of
from tilisilta.connectors.procountor.steps import is_conflict
from tilisilta.connectors.procountor.write_text import Texts
from tilisilta.core.documents import Direction
from tilisilta.core.errors import Refused, Unsupported
from tilisilta.core.mapping.draft import JournalEntryDraft
from tilisilta.core.money import ZERO
from tilisilta.kit.days import date_ranges
from tilisilta.kit.marker import write_marker
from tilisilta.kit.values import identity, text
from tilisilta.ports import FindCertainty, Found, Sent, Totals

FALLBACK_NAME = "Tilisilta"


def is_withdrawal(draft: JournalEntryDraft) -> bool:
    """Return whether a draft only takes an older journal out of the books."""
    return bool(draft.entry.replaces or draft.extra.get("replaces")) and not draft.entry.postings


async def write_journal(lists: Lists, draft: JournalEntryDraft, texts: Texts) -> Row:
    """Return the body of POST /ledgerreceipts.

    Raises:
        Unsupported: The entry does not balance or is not in the company's currency.
        Refused: ACCOUNT_OR_VAT_UNMAPPED, VAT_ACCOUNTS_UNKNOWN.

    """
    entry = draft.entry
    if not entry.postings or entry.debit_total != entry.credit_total:
        difference = entry.debit_total - entry.credit_total
        raise Unsupported(field="postings", rule="debit and credit must be the same", value=str(difference))
    if entry.currency != (await lists.company()).currency:
        raise Unsupported(field="currency", rule="journals are in the company's currency", value=entry.currency)
    side = entry.side or Direction.PURCHASE
    rows = await _settled(lists, await _rows(lists, draft, side, texts), side)
    words = " ".join(part for part in (entry.number, f"{entry.description}") if part)
    return {
        "type": JOURNAL,
        "name": texts.cut(entry.description or entry.number or FALLBACK_NAME, "description", assumptions.NAME_CHARS),
        "receiptDate": entry.date,
        "vatType": VAT_TYPES[side],
        "vatStatus": rows[0]["vatStatus"],
        "invoiceNotes": write_marker(draft.key, words),
        "transactions": rows,
    }


async def _rows(lists: Lists, draft: JournalEntryDraft, side: Direction, texts: Texts) -> list[dict[str, Any]]:
    accounts, vat, plain = await lists.accounts(), await lists.vat(), await lists.no_vat_status()
    rows: list[dict[str, Any]] = []
    wrong: list[str] = []
    for at, posting in enumerate(draft.entry.postings):
        account, code = _at(draft.accounts, at), _at(draft.vat_codes, at)
        percent = percent_of(posting.vat_rate, posting.vat_treatment)
        status = vat.statuses.get(code or ("" if percent else plain))
        known = accounts.get(account)
        if known is None or not known.is_active:
            wrong.append(f"row {at + 1}: account {account or posting.account}")
            continue
        if status is None or not (status.for_sales or status.for_purchases):
            wrong.append(f"row {at + 1}: account {account}, VAT status {code or '-'}")
            continue
        own = side if status.stands_on(side) else _other(side)
        row: dict[str, Any] = {
            "transactionType": ENTRY,
            "account": account,
            "accountingValue": posting.debit - posting.credit,
            "vatPercent": percent,
            "vatType": VAT_TYPES[own],
            "vatStatus": int(status.number),
        }
        words = texts.cut(posting.description, f"postings[{at}].description", assumptions.TEXT_CHARS)
        rows.append(row | ({"description": words} if words else {}))
    if wrong:
        raise Refused("ACCOUNT_OR_VAT_UNMAPPED", field="postings", message="; ".join(wrong)[:400])
    return rows


def _other(side: Direction) -> Direction:
    return Direction.SALES if side is Direction.PURCHASE else Direction.PURCHASE


async def _settled(lists: Lists, rows: list[dict[str, Any]], side: Direction) -> list[dict[str, Any]]:
    """Return the rows without lines of the tax that Procountor adds by itself."""
    reckoned = sum(map(vat_of, rows), ZERO)
    if not any(row["vatPercent"] for row in rows):
        return rows
    own = await lists.vat_accounts()
    tax = [row for row in rows if row["account"] in own and not row["vatPercent"]]
    if not tax and reckoned:
        raise Refused("VAT_ACCOUNTS_UNKNOWN", amount=reckoned)
    left = sum((row["accountingValue"] for row in tax), ZERO) - reckoned
    kept = [row for row in rows if row not in tax]
    if left:
        by_account: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
        for row in tax:
            by_account[row["account"]] += row["accountingValue"]
        account = max(by_account, key=lambda each: abs(by_account[each]))
        like = next(row for row in tax if row["account"] == account)
        kept.append({**like, "accountingValue": left, "vatType": like.get("vatType") or VAT_TYPES[side]})
    return kept


def _at(values: Sequence[str], index: int) -> str:
    return values[index] if index < len(values) else ""


# --- sending -------------------------------------------------------------------------------------------------


async def send(client: Client, lists: Lists, draft: JournalEntryDraft, texts: Texts) -> Sent:
    """Create a journal, or write it into the one that `draft.extra["replaces"]` names; a draft without postings only
    withdraws that one.

    All of it may be repeated: the same rows are written again, and what is withdrawn is not withdrawn again. An old
    journal that is gone, or was withdrawn by somebody, makes this one a new one.

    Raises:
        Refused: JOURNAL_CHANGED when a person saved the old one while we did, or the vendor's reason.

    """
    replaces = draft.extra.get("replaces", "")
    if is_withdrawal(draft):
        return await _withdraw(client, replaces)
    body = await write_journal(lists, draft, texts)  # what cannot be written must not cost the old one
    totals = Totals(gross=draft.entry.debit_total)
    old = (await ledger.read_keys(client, [replaces])).get(replaces) if replaces else None
    if old is not None and old.is_valid and old.kind == JOURNAL:
        await _replace(client, old, body)
        return Sent(target_id=replaces, number=old.number, totals=totals)
    made = await client.write("POST", PATH, body)
    return Sent(target_id=identity(made.get("id")), number=identity(made.get("receiptNumber")), totals=totals)


async def _replace(client: Client, old: Page, body: Row) -> None:
    version = old.row.get("version")
    if old.status != "UNFINISHED":
        await client.write("PUT", f"{PATH}/{old.key}/unfinished")
        held = await client.maybe(f"{PATH}/{old.key}")
        version = held.get("version") if held is not None else version
    try:
        await client.write("PUT", f"{PATH}/{old.key}", {**body, "id": int(old.key), "version": version})
    except Refused as error:
        if not is_conflict(error):
            raise
        message = error.params.get("message", "")
        raise Refused("JOURNAL_CHANGED", evidence=error.evidence, number=old.number, message=message) from error


async def _withdraw(client: Client, key: str) -> Sent:
    """Invalidate a journal that nothing takes the place of; one that is gone or not valid is left as it is."""
    old = (await ledger.read_keys(client, [key])).get(key)
    if old is not None and old.is_valid:
        await client.write("PUT", f"{PATH}/{key}/invalidate")
    return Sent(target_id=key, number=old.number if old is not None else "")


async def approve(client: Client, target_id: str) -> None:
    """Approve a journal; one that is approved is left as it is.

    Raises:
        Refused: GONE_AT_TARGET, INVOICE_WITHDRAWN_IN_PROCOUNTOR.

    """
    held = await client.maybe(f"{PATH}/{target_id}")
    if held is None:
        raise Refused("GONE_AT_TARGET", number=target_id)
    status = text(held.get("status")).upper()
    if status == DEAD:
        raise Refused("INVOICE_WITHDRAWN_IN_PROCOUNTOR", status=status, message=status)
    if status in assumptions.OPEN:
        await client.write("PUT", f"{PATH}/{target_id}/approve")


# --- finding -------------------------------------------------------------------------------------------------


async def find(client: Client, lists: Lists, drafts: Sequence[JournalEntryDraft]) -> dict[str, Found]:
    """Return the valid journals that bear the drafts' keys.

    One that a draft is to replace counts only once it holds what the draft says: before that it is the old one. A draft
    that only withdraws is found when the old one is not valid any more.
    """
    withdrawals = [draft for draft in drafts if is_withdrawal(draft)]
    answers = await _find_withdrawn(client, withdrawals)
    drafts = [draft for draft in drafts if not is_withdrawal(draft)]
    marked: defaultdict[str, dict[str, Page]] = defaultdict(dict)
    for first, last in date_ranges(draft.entry.date for draft in drafts):
        for page in await ledger.read_days(client, first, last, kind=JOURNAL):
            if page.mark:
                marked[page.mark][page.key] = page
    for draft in drafts:
        old = draft.extra.get("replaces", "")
        pages = [
            each.sent() for each in marked[draft.key].values() if each.key != old or await _is_same(lists, each, draft)
        ]
        if pages:
            answers[draft.key] = Found(sent=pages[0], certainty=FindCertainty.MARKED, others=tuple(pages[1:]))
    return answers


async def _find_withdrawn(client: Client, drafts: Sequence[JournalEntryDraft]) -> dict[str, Found]:
    keys = {draft.key: draft.extra.get("replaces", "") for draft in drafts}
    held = await ledger.read_keys(client, sorted({key for key in keys.values() if key}))
    return {
        ours: Found(sent=Sent(target_id=theirs, number=held[theirs].number), certainty=FindCertainty.MARKED)
        for ours, theirs in keys.items()
        if theirs in held and not held[theirs].is_valid
    }


async def _is_same(lists: Lists, page: Page, draft: JournalEntryDraft) -> bool:
    """Return whether a journal holds what a draft says: its day, and each row."""
    try:
        body = await write_journal(lists, draft, Texts())
    except (Unsupported, Refused):
        return False
    return page.date == draft.entry.date and _signs(page.row) == _signs(body)


def _signs(receipt: Row) -> list[tuple[str, Decimal, Decimal, str]]:
    return sorted(
        (
            text(row.get("account")),
            number(row, "accountingValue"),
            number(row, "vatPercent"),
            text(row.get("vatStatus")),
        )
        for row in transactions(receipt)
    )
