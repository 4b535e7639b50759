"""Invoices made of a billing run: drafts of the workspace, and the note of what each row was made of."""

import datetime as dt
from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any, Final

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext, override

from tilisilta.core import billing as core
from tilisilta.core.billing import Kind, Part, Period
from tilisilta.core.documents import (
    Address,
    DimensionValue,
    Direction,
    Invoice,
    InvoiceLine,
    Party,
)
from tilisilta.core.money import ZERO, amount_minor
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.ports import CatalogueKind
from tilisilta.services import audit
from tilisilta.services.access import Actor
from tilisilta.services.billing import classifiers, preview
from tilisilta.services.billing.products import TREATMENT, vat_rate_of
from tilisilta.services.billing.proposals import Bill, Proposal, language_of, words_for
from tilisilta.services.billing.settings import locked
from tilisilta.services.billing.standing import basis_of
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice.settings import has_right, require_right
from tilisilta.services.workspace import parties
from tilisilta.services.workspace.invoices import save_invoice
from tilisilta.services.workspace.totals import sum_up
from tilisilta.store.models import (
    BilledInvoice,
    BilledLine,
    BillingRun,
    BillingSettings,
    Client,
    ClientKind,
    Summary,
    SummaryDifference,
    WorkspaceInvoice,
    WorkspaceParty,
)

CURRENCY: Final = "EUR"
_NAMED: Final = 20


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What a billing run made: invoices, differences that cost nothing, and for whom it failed, with the reason."""

    run: BillingRun | None
    invoices: tuple[BilledInvoice, ...] = ()
    settled: int = 0
    failed: tuple[str, ...] = ()


@transaction.atomic
def confirm(
    actor: Actor,
    window: Period,
    invoice_date: dt.date,
    *,
    expected: str,
    chosen: Collection[str] | None = None,
    client_ids: Collection[int] | None = None,
) -> Made:
    """Make the invoices of a preview: one draft for each payer, in the workspace.

    A payer whose invoice cannot be made is named with the reason; the others get theirs.

    Args:
        actor: Who confirms.
        window: As previewed.
        invoice_date: Date of all the invoices.
        expected: The preview's fingerprint: when something has changed since, nothing is made.
        chosen: Keys of the rows that stayed ticked; None for all that can be billed.
        client_ids: As previewed.

    Raises:
        Forbidden: the actor may not make invoices.
        ServiceError: BILLING_OFF, BILLING_CHANGED, ROWS_CONFIRM, BILLING_NOTHING, and as `preview.make`.
    """
    require_right(actor, "create_invoices")
    kept = locked(actor.company)
    shown = preview.make(actor, window, client_ids=client_ids)
    if shown.fingerprint != expected:
        raise ServiceError("BILLING_CHANGED")
    billable = {each.key for each in shown.proposals if each.is_billable}
    wanted = billable if chosen is None else billable & set(chosen)
    if wanted != billable and not has_right(actor, "confirm_rows"):
        raise ServiceError("ROWS_CONFIRM")
    if not wanted:
        raise ServiceError("BILLING_NOTHING")
    bills = shown.bills
    if wanted != billable:
        bills = preview.make(actor, window, client_ids=client_ids, chosen=wanted).bills
    run = BillingRun.objects.create(
        company=actor.company,
        date_from=window.first,
        date_to=window.last,
        invoice_date=invoice_date,
        created_by=actor.user,
    )
    made, settled, failed = [], 0, []
    maker = _Maker(actor, kept, run, invoice_date)
    for bill in bills:
        proposals = [each for each in bill.proposals if each.key in wanted]
        try:
            with transaction.atomic():
                settled += _settle(proposals)
                if any(each.parts for each in proposals):
                    made.append(maker.make(bill, [each for each in proposals if each.parts]))
        except IntegrityError:
            failed.append(str(ServiceError("BILLED_MEANWHILE", client=bill.payer.name)))
        except ServiceError as error:
            failed.append(str(ServiceError("BILL_INVALID", client=bill.payer.name, reason=str(error))))
    if made:
        names = ", ".join(each.invoice.party_name for each in made[:_NAMED])
        audit.record(actor, "billing.billed", names, f"/c/{actor.company.pk}/billing/?run={run.pk}", count=len(made))
    return Made(run=run, invoices=tuple(made), settled=settled, failed=tuple(failed))


def _settle(proposals: Iterable[Proposal]) -> int:
    """Take out of the waiting list what differs and costs nothing, such as pieces among the included ones."""
    ids = {each.difference.pk for each in proposals if each.difference is not None}
    costly = {each.difference.pk for each in proposals if each.difference is not None and each.parts}
    SummaryDifference.objects.filter(pk__in=ids).update(is_billed=True)
    return len(ids - costly)


class _Maker:
    """Makes the invoices of one run."""

    def __init__(self, actor: Actor, kept: BillingSettings, run: BillingRun, invoice_date: dt.date) -> None:
        self.actor, self.kept, self.run, self.date = actor, kept, run, invoice_date
        self.lists = classifiers.lists_of(actor.company)

    def make(self, bill: Bill, proposals: list[Proposal]) -> BilledInvoice:
        """Return a payer's new invoice; a credit note when more goes back than is to pay."""
        is_credit = sum((each.net for each in proposals), ZERO) < 0
        lines: list[InvoiceLine] = []
        first: dict[str, int] = {}
        for each in proposals:
            first[each.key] = len(lines) + 1
            lines += self._lines(each, len(lines), is_credit=is_credit)
        sums = sum_up(lines, CURRENCY)
        row = party_of(self.actor, bill.payer)
        term = self.kept.payment_term_days if bill.payer.payment_term_days is None else bill.payer.payment_term_days
        invoice = Invoice(
            source_id="",
            direction=Direction.SALES,
            number="",
            date=self.date,
            due_date=None if is_credit else self.date + dt.timedelta(days=term),
            party=parties.canonical_party(row),
            net=sums.net,
            vat=sums.vat,
            gross=sums.gross,
            currency=CURRENCY,
            is_credit_note=is_credit,
            lines=sums.lines,
            vat_totals=sums.vat_totals,
            period_from=min(each.period.first for each in proposals),
            period_to=max(each.period.last for each in proposals),
            note=self._note(proposals),
        )
        kept = save_invoice(self.actor, invoice, source_party=row, how="invoice.billed")
        return self._note_billed(kept, bill.payer, proposals, first, sums.lines)

    def _note(self, proposals: Iterable[Proposal]) -> str:
        """Return the texts of the contracts, each once."""
        texts = [
            core.fill_text(each.contract.text, words_for(each.contract, None, each.period, each.quantity, each.payer))
            for each in proposals
            if each.contract.text
        ]
        return "\n".join(dict.fromkeys(texts))

    def _lines(self, proposal: Proposal, before: int, *, is_credit: bool) -> list[InvoiceLine]:
        product = proposal.row.product
        rate = vat_rate_of(product, self.lists)
        if rate is None:
            raise ServiceError("VAT_RATE_MISSING")
        codes: dict[str, Any] = product.classifiers
        # At a rate the row is taxed at home; a code of 0 % says why by the treatment that was chosen.
        treatment = VatTreatment.DOMESTIC if rate else VatTreatment(codes[TREATMENT])
        shared: dict[str, Any] = {
            "item_code": str(codes.get("item") or product.code),
            "item_name": product.name,
            "discount_percent": proposal.row.discount_percent,
            "vat_rate": rate,
            "vat_code": str(codes.get("vat_code") or ""),
            "vat_treatment": treatment,
            "ledger_account": str(codes.get("account") or ""),
            "dimensions": self._dimensions(codes),
            "period_from": proposal.period.first,
            "period_to": proposal.period.last,
        }
        sign = -1 if is_credit else 1
        return [
            InvoiceLine(
                position=before + index,
                description=self._description(proposal, part),
                quantity=_plain(part.quantity * sign, 0),
                unit_price=_plain(part.unit_price, 2),
                unit="" if part.is_fee else str(codes.get("unit") or product.unit),
                **shared,
            )
            for index, part in enumerate(proposal.parts, start=1)
        ]

    def _description(self, proposal: Proposal, part: Part) -> str:
        is_later = proposal.is_late or proposal.difference is not None
        if proposal.row.product.kind != Kind.COMBINED or part.is_fee or is_later:
            return proposal.description
        with override(language_of(proposal.payer, self.actor.company)):
            return f"{proposal.description} ({gettext('beyond what is included')})"

    def _dimensions(self, codes: dict[str, Any]) -> tuple[DimensionValue, ...]:
        found = []
        for key in codes.get(classifiers.DIMENSIONS) or []:
            axis, _, value = str(key).partition(":")
            entry = self.lists[CatalogueKind.DIMENSIONS].get(str(key))
            found.append(DimensionValue(axis=axis, source_id=value, name=entry.label if entry else value))
        return tuple(found)

    def _note_billed(
        self,
        invoice: WorkspaceInvoice,
        payer: Client,
        proposals: list[Proposal],
        first: dict[str, int],
        lines: tuple[InvoiceLine, ...],
    ) -> BilledInvoice:
        billed = BilledInvoice.objects.create(
            invoice=invoice, company=self.actor.company, run=self.run, client=payer, due_date=invoice.due_date
        )
        sign = -1 if invoice.is_credit_note else 1
        for each in proposals:
            at = first[each.key] - 1
            net = sum((line.net for line in lines[at : at + len(each.parts)]), ZERO)
            is_later = each.is_late or each.difference is not None
            line = BilledLine.objects.create(
                billed=billed,
                late=_next_late(each) if is_later else 0,
                basis=basis_of(each.terms, each.row.product.field_id, each.sources) if each.terms else {},
                position=first[each.key],
                contract_row=each.row,
                client=each.client,
                period_from=each.period.first,
                period_to=each.period.last,
                quantity=each.quantity,
                net_minor=sign * amount_minor(net, CURRENCY),
                difference=each.difference,
            )
            line.tasks.set([source.task.pk for source in each.sources])
            _freeze(source.task.pk for source in each.sources if source.is_summary)
        return billed


def _next_late(proposal: Proposal) -> int:
    """Return the number of what came late to a billed period; two who take the same one bill it once."""
    found = BilledLine.objects.filter(contract_row=proposal.row, period_from=proposal.period.first)
    return int(found.aggregate(last=Max("late"))["last"] or 0) + 1


def _plain(value: Decimal, places: int) -> Decimal:
    """Return a number without idle zeros behind so many decimals, as it is to stand on an invoice."""
    short = value.normalize()
    exponent = short.as_tuple().exponent
    is_short = not isinstance(exponent, int) or exponent > -places
    return short.quantize(Decimal(1).scaleb(-places)) if is_short else short


def _freeze(task_ids: Iterable[int]) -> None:
    """Note what the counts of a month were when they were billed; what differs later is a difference."""
    rows = Summary.objects.select_for_update(no_key=True, of=("self",)).filter(
        task__in=list(task_ids), billed_counts__isnull=True
    )
    for row in rows:
        row.billed_counts = row.counts
        row.save(update_fields=["billed_counts"])


# --- the customer of an invoice ------------------------------------------------------------------------------


def party_of(actor: Actor, client: Client) -> WorkspaceParty:
    """Return the customer of the workspace that a client is, made when it is new, with the client's present data.

    The one that its invoices have had stays its own, so that two clients of one name are never taken for each other.
    """
    earlier = BilledInvoice.objects.filter(company=actor.company, client=client).exclude(invoice__party=None)
    last = earlier.select_related("invoice__party").order_by("-pk").first()
    row = last.invoice.party if last is not None else parties.find_party(actor.company, _party(client, Party()))
    if row is not None and last is None and _is_anothers(row, client):
        row = None
    before = parties.canonical_party(row) if row is not None else Party(is_customer=True)
    party = _party(client, before)
    if row is not None and party == before:
        return row
    return parties.save_party(actor, party, row=row, default_account=row.default_account if row is not None else None)


def _is_anothers(row: WorkspaceParty, client: Client) -> bool:
    """Return whether a customer that was found by its name alone is another client's."""
    if client.registry_code and row.registry_code == client.registry_code:
        return False
    return BilledInvoice.objects.filter(invoice__party=row).exclude(client=client).exists()


def _party(client: Client, before: Party) -> Party:
    """Return a client as a party; what the client's card leaves empty stays as it was."""
    told = {
        "name": client.name,
        "registry_code": client.registry_code,
        "vat_number": client.vat_number,
        "email": client.billing_email or client.email,
        "phone": client.phone,
    }
    address = Address(
        street=client.street,
        city=client.city,
        postal_code=client.postal_code,
        country=client.country.upper(),
        county=before.address.county,
    )
    made: Party = msgspec.structs.replace(
        before,
        **{name: value for name, value in told.items() if value},
        is_person=client.kind == ClientKind.PERSON,
        is_customer=True,
        address=address if client.street or client.city or before.address == Address() else before.address,
        payment_term_days=before.payment_term_days if client.payment_term_days is None else client.payment_term_days,
    )
    return made


def total_of(made: Made) -> Decimal:
    """Return what the invoices of a run make without VAT, credit notes taken off."""
    return sum(
        ((-1 if each.invoice.is_credit_note else 1) * Decimal(each.invoice.net_minor) / 100 for each in made.invoices),
        ZERO,
    )
