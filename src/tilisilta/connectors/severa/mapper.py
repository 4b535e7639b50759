"""Severa's invoices and customers as ours, whichever API they were read from."""

from collections.abc import Mapping
from decimal import Decimal

from tilisilta.connectors.severa import assumptions
from tilisilta.connectors.severa.countries import business_id, country_code
from tilisilta.connectors.severa.wire import Bill, Customer, Place, Row, Status
from tilisilta.core.documents import Address, DimensionValue, Direction, Invoice, InvoiceLine, InvoiceRef, Party
from tilisilta.core.identifiers import vat_number
from tilisilta.core.money import round_amount
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.kit.values import ZERO, shortest
from tilisilta.ports import Totals

ONE = Decimal(1)
RATE_PLACES = Decimal("0.0000000001")
# UNTDID 5305, as EN 16931 uses it.
_BY_LETTER = {
    "E": VatTreatment.EXEMPT,
    "Z": VatTreatment.ZERO_RATED,
    "O": VatTreatment.OUTSIDE_SCOPE,
    "G": VatTreatment.EXPORT,
    "K": VatTreatment.INTRA_EU_SUPPLY_GOODS,
}


def is_credit(bill: Bill) -> bool:
    """Return whether it is a credit note: marked as one, or its total is below zero."""
    return bill.is_credit or bill.gross < 0


def read_totals(bill: Bill) -> Totals:
    """Return a document's totals; a credit note's are positive."""
    sign = -ONE if is_credit(bill) and bill.gross < 0 else ONE
    return Totals(net=sign * bill.net, vat=sign * bill.vat, gross=sign * bill.gross)


def read_invoice(bill: Bill, statuses: Mapping[str, Status]) -> Invoice:
    """Return an invoice or credit note; a credit note's amounts turned positive.

    Severa puts the minus of a credit note on quantities, on prices, or on the totals alone; rows follow the totals.
    """
    totals = read_totals(bill)
    net, vat, gross = totals.net or ZERO, totals.vat or ZERO, totals.gross or ZERO
    currency = bill.currency or "EUR"
    party = _receiver(bill)
    nets = _nets(bill, net, currency)
    is_turned = is_credit(bill) and sum(nets, ZERO) < 0
    status = statuses.get(bill.status) or bill.own_status
    return Invoice(
        source_id=bill.guid,
        direction=Direction.SALES,
        number=bill.number,
        date=bill.day,
        party=party,
        net=net,
        vat=vat,
        gross=gross,
        currency=currency,
        is_credit_note=is_credit(bill),
        exchange_rate=_exchange_rate(bill, currency),
        due_date=bill.due,
        entry_date=bill.entry_day if bill.entry_day != bill.day else None,
        paid=gross if bill.paid_on is not None or (status is not None and status.is_paid) else ZERO,
        lines=tuple(
            _line(row, position, amount, _treatment(bill, row, party), is_turned=is_turned)
            for position, (row, amount) in enumerate(zip(bill.rows, nets, strict=True), 1)
        ),
        reference_number=bill.reference,
        bank_account=bill.bank_account,
        interest_percent=bill.interest,
        note=bill.notes,
        our_reference=bill.our_reference,
        your_reference=bill.your_reference,
        order_number=bill.order_number,
        credits=(InvoiceRef(source_id=bill.credits_guid, number=bill.credits_number),) if bill.credits_guid else (),
        dimensions=(DimensionValue("project", *bill.project),) if bill.project[0] else (),
        is_sent=status.is_sent if status is not None else None,
        status=bill.status,
        created_at=bill.created_at,
        modified_at=bill.modified_at,
        extra=_present(language=bill.language, number_series=bill.number_series, tax_free_description=bill.tax_note),
    )


def _present(**values: str) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _exchange_rate(bill: Bill, currency: str) -> Decimal | None:
    rate = bill.rate
    if rate is None or rate <= 0 or rate == ONE or currency == "EUR":
        return None
    return (ONE / rate).quantize(RATE_PLACES) if assumptions.RATE_IS_CURRENCY_PER_BASE else rate


# --- rows ----------------------------------------------------------------------------------------------------


def _nets(bill: Bill, net: Decimal, currency: str) -> list[Decimal]:
    """Return the net of each row: what the row says, else quantity times price.

    Severa rounds the document, not always each row: cents that rounding alone explains go to the largest row.
    """
    exact = [row.quantity * row.unit_price for row in bill.rows]
    nets = [
        round_amount(amount, currency) if row.net is None else row.net
        for row, amount in zip(bill.rows, exact, strict=True)
    ]
    total = sum(nets, ZERO)
    wanted = -net if total < 0 and is_credit(bill) else net
    if nets and total != wanted and round_amount(sum(exact, ZERO), currency) == wanted:
        largest = max(range(len(nets)), key=lambda at: abs(nets[at]))
        nets[largest] += wanted - total
    return [shortest(amount) for amount in nets]


def _line(row: Row, position: int, net: Decimal, treatment: VatTreatment | None, *, is_turned: bool) -> InvoiceLine:
    quantity, price = row.quantity, row.unit_price
    if is_turned:
        net = -net
        if price < 0 < quantity:
            price = -price
        else:
            quantity = -quantity
    codes = list(dict.fromkeys(each.code for each in row.sources))
    only = row.sources[0] if len(row.sources) == 1 else None
    code = row.code or (codes[0] if len(codes) == 1 else "")
    several = ", ".join(each.code or each.name for each in row.sources) if len(row.sources) > 1 else ""
    number, name = row.cost_center
    return InvoiceLine(
        position=position,
        source_id=row.guid,
        item_source_id=only.source_id if only else "",
        item_code=code,
        item_name=only.name if only else "",
        description=row.description,
        quantity=quantity or ZERO,
        unit=row.unit,
        unit_price=price or ZERO,
        net=net or ZERO,
        vat_rate=row.vat_rate,
        vat_treatment=treatment,
        ledger_account=row.account,
        dimensions=(DimensionValue("cost_center", number or name, name),) if number or name else (),
        extra={"severa_kind": row.kind.value} | _present(severa_codes=several),
    )


def _treatment(bill: Bill, row: Row, party: Party) -> VatTreatment | None:
    """Return what no VAT on a row means, where Severa says so; rows with VAT are domestic and need no word."""
    if row.vat_rate:
        return None
    if bill.tax_category != "AE":
        return _BY_LETTER.get(bill.tax_category)
    country = vat_number.country(party.vat_number) or party.address.country
    if country in {"", assumptions.OWN_COUNTRY}:
        return VatTreatment.REVERSE_CHARGE
    # A buyer abroad accounts for the VAT of services; goods would bear a letter of their own.
    return VatTreatment.INTRA_EU_SUPPLY_SERVICES if vat_number.country(party.vat_number) else None


# --- customers -----------------------------------------------------------------------------------------------


def _address(place: Place) -> Address:
    return Address(
        street=" ".join(place.street.split()),
        city=place.city,
        county=place.county,
        postal_code=place.postal_code,
        country=country_code(place.country),
    )


def _receiver(bill: Bill) -> Party:
    vat = vat_number.compact(bill.vat_number)
    return Party(
        source_id=bill.customer_guid,
        name=bill.receiver_name or bill.customer_name,
        registry_code=business_id(vat),
        vat_number=vat,
        email=bill.contact_email,
        address=_address(bill.address),
        einvoice_address=bill.einvoice_address,
        einvoice_operator=bill.einvoice_operator,
        contact_name=bill.contact_name,
        payment_term_days=bill.term,
        is_customer=True,
        extra=_present(number=bill.customer_number),
    )


def read_party(customer: Customer) -> Party:
    """Return a customer; `extra["number"]` is its number in Severa."""
    vat = vat_number.compact(customer.vat_number)
    return Party(
        source_id=customer.guid,
        name=customer.name,
        registry_code=business_id(vat),
        vat_number=vat,
        email=customer.email,
        phone=customer.phone,
        address=_address(customer.address),
        einvoice_address=customer.einvoice_address,
        einvoice_operator=customer.einvoice_operator,
        contact_name=customer.contact_name,
        payment_term_days=customer.term,
        is_customer=True,
        modified_at=customer.modified_at,
        extra=_present(
            number=customer.number,
            language=customer.language,
            currency=customer.currency,
            overdue_interest="" if customer.interest is None else f"{customer.interest:f}",
            is_active="" if customer.is_active else "0",
            is_internal="1" if customer.is_internal else "",
        ),
    )
