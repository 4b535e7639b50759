"""Sending: what is asked of Procountor's lists before a record is made, and payments of more than one invoice."""

from tilisilta.connectors.procountor import assumptions, find, postings, reading
from tilisilta.connectors.procountor import write_others as others
from tilisilta.connectors.procountor.client import Client, Row, the_rows
from tilisilta.connectors.procountor.lists import Lists, OwnAccount
from tilisilta.connectors.procountor.options import Circulation, Options
from tilisilta.connectors.procountor.reading import Event
from tilisilta.connectors.procountor.write_invoice import Setting, write_invoice
from tilisilta.connectors.procountor.write_text import Texts
from tilisilta.core.documents import Direction
from tilisilta.core.errors import Refused, TilisiltaError, Unknown
from tilisilta.core.identifiers import iban
from tilisilta.core.mapping.draft import InvoiceDraft, PaymentDraft
from tilisilta.core.money import ZERO
from tilisilta.kit.values import identity
from tilisilta.ports import Sent

_HEAD_OFFICE = 8


async def send_invoice(client: Client, lists: Lists, draft: InvoiceDraft, options: Options, texts: Texts) -> Sent:
    """Create an invoice or credit note, unfinished; what completes it are `steps`.

    All that can be known to stop a later step is looked at before, so that nothing is left half done.

    Raises:
        Refused: ACCOUNT_OR_VAT_UNMAPPED, BANK_ACCOUNT_NOT_OF_COMPANY, POSTINGS_DIFFER, PARTY_GONE_AT_TARGET ...

    """
    if postings.has_postings(draft):
        found = postings.sort_lines(postings.read_lines(draft), vat_accounts=await lists.vat_accounts())
        await _require_postings(lists, draft, found)
    setting = await _setting(client, lists, draft, options, texts)
    if draft.invoice.prepaid:
        texts.warn("PREPAID_NOT_CARRIED", "prepaid", amount=draft.invoice.prepaid)
    body = write_invoice(draft, setting, options, texts)
    made = await client.write("POST", "/invoices", body)
    if not identity(made.get("id")):
        raise Unknown("ANSWER_LOST", rule="answer without an id")
    return reading.sent_invoice(made)


async def _require_postings(lists: Lists, draft: InvoiceDraft, found: postings.Sorted) -> None:
    direction = draft.invoice.direction
    # Without its part the payable's own line looks like a row; only the page itself tells its account.
    base = found.base if found.opposite else tuple(line for line in found.base if line.part or line.vat_status)
    if not base:
        raise Refused("ACCOUNT_OR_VAT_UNMAPPED", field="postings", message=draft.invoice.number)
    postings.require_known(base, await lists.accounts(), await lists.vat(), direction)
    if found.opposite:
        postings.require_sums(draft, found)


async def _setting(client: Client, lists: Lists, draft: InvoiceDraft, options: Options, texts: Texts) -> Setting:
    invoice = draft.invoice
    is_sale = invoice.direction is Direction.SALES
    needs_user = not is_sale and options.circulation is Circulation.KEY_USER
    return Setting(
        vat=await lists.vat(),
        no_vat_status=await lists.no_vat_status(),
        home_currency=(await lists.company()).currency,
        bank_account=await own_account(lists, draft, options, texts) if is_sale else "",
        partner=None if invoice.party.name else await _partner(client, draft.party_id),
        user_id=await lists.user_id() if needs_user else "",
    )


async def _partner(client: Client, party_id: str) -> Row | None:
    if not party_id.isdigit():
        return None
    found = await client.maybe(f"/businesspartners/{party_id}")
    if found is None:
        raise Refused("PARTY_GONE_AT_TARGET", message=party_id)
    return found


async def own_account(lists: Lists, draft: InvoiceDraft, options: Options, texts: Texts) -> str:
    """Return the company's account that a sale is paid to: the draft's, the setting's, the document's, the default.

    Procountor takes no BIC on a sale, for it keeps one with each of the company's accounts; one that differs from the
    document's is told.

    Raises:
        Refused: BANK_ACCOUNT_NOT_OF_COMPANY when Procountor does not have the one that was named.

    """
    given = draft.invoice.bank_account.iban if draft.invoice.bank_account is not None else ""
    named = iban.compact(draft.extra.get("bank_account", "") or options.bank_account or given)
    known = await lists.own_accounts()
    if named and (named not in known or not known[named].is_active):
        known = await lists.own_accounts(fresh=True)  # it may have been added since we read
    if not named:
        usable = [each for each in known.values() if each.is_active]
        found = next((each for each in usable if each.is_default), usable[0] if usable else None)
        return found.iban if found is not None else ""
    if named not in known or not known[named].is_active:
        raise Refused("BANK_ACCOUNT_NOT_OF_COMPANY", message=named, account=named)
    _compare_bic(draft, known[named], texts)
    return named


def _compare_bic(draft: InvoiceDraft, held: OwnAccount, texts: Texts) -> None:
    own = draft.invoice.bank_account
    if own is None or iban.compact(own.iban) != held.iban:
        return
    ours, theirs = _whole_bic(own.bic), _whole_bic(held.bic)
    if ours and theirs and ours != theirs:
        texts.warn("BIC_DIFFERS_IN_PROCOUNTOR", "bank_account.bic", ours=own.bic, theirs=held.bic, account=held.iban)


def _whole_bic(bic: str) -> str:
    """Return a BIC of eleven signs: eight name the head office.

    >>> _whole_bic("ndeafihh"), _whole_bic("NDEAFIHHXXX"), _whole_bic("")
    ('NDEAFIHHXXX', 'NDEAFIHHXXX', '')
    """
    compact = "".join(bic.split()).upper()
    return f"{compact}XXX" if len(compact) == _HEAD_OFFICE else compact


async def send_payment(client: Client, draft: PaymentDraft, texts: Texts) -> Sent:
    """Mark invoices paid: one event for each that the payment pays. A program cannot undo it.

    Of a payment with several parts those that Procountor has already are not sent again.

    Raises:
        Unsupported: See `write_others.require_payment`.
        Refused: The vendor's reason; PAID_ALREADY_IN_PROCOUNTOR; PAYMENT_PARTLY_SENT when earlier parts are there.

    """
    others.require_payment(draft)
    if draft.payment.bank_fee:
        texts.warn("BANK_FEE_NOT_CARRIED", "bank_fee", amount=draft.payment.bank_fee)
    done: list[Event] = []
    for at, each in enumerate(draft.allocations):
        try:
            done.append(await _pay(client, draft, at, each.document_id))
        except Refused as error:
            if not done:
                raise
            raise _partly(error, done, len(draft.allocations)) from error
        except Unknown:
            raise
        except TilisiltaError as error:
            if not done:
                raise
            # Part of it is there: only looking tells the next attempt what is left.
            raise Unknown("ANSWER_LOST", evidence=error.evidence, rule="sent in part") from error
    return find.sent_payment(done)


async def _pay(client: Client, draft: PaymentDraft, at: int, invoice_id: str) -> Event:
    invoice = await client.maybe(f"/invoices/{invoice_id}")
    if invoice is None:
        raise Refused("PAID_DOCUMENT_GONE_AT_TARGET", message=invoice_id)
    events = await reading.read_events(client, invoice_id)
    there = find.part_of(draft, at, events) if len(draft.allocations) > 1 else []
    if there:
        return there[0]
    # What is booked here cannot be taken back, so money that is there already, from the bank say, is looked at first.
    total, paid = reading.signed_total(invoice), sum((each.amount for each in events), ZERO)
    # Rounding row by row, Procountor's total may lie some cents off the document's.
    slack = assumptions.LEFTOVER_A_ROW * len(the_rows(invoice.get("invoiceRows")))
    if total and abs(paid + others.event_amount(draft.allocations[at])) > abs(total) + slack:
        raise Refused("PAID_ALREADY_IN_PROCOUNTOR", paid=paid, total=total, message=f"{paid} / {total}")
    made = await client.write("PUT", f"/invoices/{invoice_id}/paymentevents/markpaid", others.write_event(draft, at))
    return reading.read_event({"amount": others.event_amount(draft.allocations[at]), **made}, invoice_id)


def _partly(error: Refused, done: list[Event], parts: int) -> Refused:
    return Refused(
        "PAYMENT_PARTLY_SENT",
        evidence=error.evidence,
        sent=len(done),
        parts=parts,
        keys=", ".join(each.key for each in done),
        message=error.params.get("message", error.code),
    )
