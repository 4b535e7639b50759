from decimal import Decimal

import pytest
from tests.support.workspace import SUPPLIER, invoice, line, member
from tests.unit.formats.banking import camt, entry, payment, statement

from tilisilta.services.access import Forbidden
from tilisilta.services.errors import ServiceError
from tilisilta.services.ledger import bank_files, payments, postings, rules
from tilisilta.services.workspace.invoices import save_invoice, send_sales
from tilisilta.store.models import BankEntry, ClosedPeriod, WorkspaceInvoice, WorkspacePayment

D = Decimal


@pytest.fixture
def sale(firm):
    return send_sales(firm.actor, save_invoice(firm.actor, invoice("sales")))


@pytest.fixture
def purchase(firm):
    row = save_invoice(firm.actor, invoice("purchase", reference_number="1234561"))
    WorkspaceInvoice.objects.filter(pk=row.pk).update(stage="approved")
    row.refresh_from_db()
    return row


def came_in(amount="124.00", ref="r1", *, day="2026-10-16", **told):
    return entry(amount, payment(role="Dbtr", **told), ref=ref, day=day)


def went_out(amount="124.00", ref="r2", *, day="2026-10-16", **told):
    return entry(amount, payment(role="Cdtr", **told), ref=ref, sign="DBIT", day=day)


def take(firm, *entries, name="oktoober.xml", **options):
    return bank_files.take(firm.actor, name, camt(statement(*entries)), **options)


def held(firm, **wanted):
    return BankEntry.objects.get(company=firm.company, **wanted)


def counted(taken):
    return taken.new, taken.matched, taken.proposed, taken.unmatched


def test_a_reference_payment_is_recorded_and_posted(firm, sale):
    taken = take(firm, came_in(name="Ostja OÜ", reference=sale.reference_number))
    assert counted(taken) == (1, 1, 0, 0)
    made = sale.payments.get()
    assert (made.origin, made.amount_minor, str(made.date)) == ("reference", 12400, "2026-10-16")
    assert [each.account for each in postings.lines_of_payment(made)] == ["1010", "1200"]
    sale.refresh_from_db()
    assert sale.payment_stage == "paid"
    assert (held(firm).state, held(firm).why, held(firm).payment) == ("matched", "reference", made)


def test_the_same_entry_counts_once_in_whichever_file_it_comes(firm, sale):
    both = (came_in(reference=sale.reference_number, money="100.00", amount="100.00"), came_in("3.00", "r9"))
    take(firm, *both)
    again = take(firm, *both, came_in("4.00", "r10"), name="november.xml")
    assert (again.new, again.known) == (1, 2)
    assert sale.payments.count() == 1
    assert BankEntry.objects.count() == 3


def test_rf_and_national_forms_are_one_number(firm, sale):
    from tilisilta.core.identifiers.reference_number import make_rf

    assert counted(take(firm, came_in(reference=make_rf(sale.reference_number)))) == (1, 1, 0, 0)


def test_part_payments_pay_and_too_much_is_for_a_person(firm, sale):
    assert counted(take(firm, came_in("100.00", reference=sale.reference_number))) == (1, 1, 0, 0)
    assert counted(take(firm, came_in("30.00", "r3", reference=sale.reference_number))) == (1, 0, 1, 0)
    over = held(firm, state="proposed")
    assert over.why == "more_than_open"
    with pytest.raises(ServiceError, match="more than the open"):
        bank_files.post_entry(firm.actor, over)
    made = bank_files.post_entry(firm.actor, over, allow_prepayment=True)
    assert made.origin == "reference"
    assert [(each.account, each.signed) for each in postings.lines_of_payment(made)][-1] == ("2200", D("-6.00"))


def test_without_a_reference_number_and_amount_propose(firm, sale):
    taken = take(firm, came_in(message=f"Arve {sale.number} eest"), came_in("123.00", "r5", message=sale.number))
    assert counted(taken) == (2, 0, 1, 1)
    proposed = held(firm, state="proposed")
    assert (proposed.why, proposed.invoice_id) == ("number_and_amount", sale.pk)
    assert not WorkspacePayment.objects.exists()
    assert bank_files.post_entry(firm.actor, proposed).origin == "bank"


def test_name_and_amount_propose_only_when_one_fits(firm, sale):
    assert counted(take(firm, came_in(name="OSTJA OÜ"))) == (1, 0, 1, 0)
    assert held(firm).why == "party_and_amount"
    send_sales(firm.actor, save_invoice(firm.actor, invoice("sales")))
    assert counted(take(firm, came_in(ref="r8", name="Ostja OÜ"))) == (1, 0, 0, 1)
    assert held(firm, state="open").why == "several"


def test_purchases_are_paid_by_the_supplier_s_reference(firm, purchase):
    part, whole = went_out("100.00", "p1", reference="1234561"), went_out(ref="p2", reference="1234561")
    assert counted(take(firm, part)) == (1, 0, 1, 0)
    assert held(firm).why == "reference_amount_differs"
    assert counted(take(firm, whole)) == (1, 1, 0, 0)
    purchase.refresh_from_db()
    assert purchase.payment_stage == "paid"


def test_every_entry_that_pays_nothing_says_why(firm, sale, purchase):
    payments.add_payment(firm.actor, sale, sale.date, D("124"))
    fee = entry("0.40", payment(), ref="f", sign="DBIT", code=("PMNT", "MCOP", "CHRG"))
    unknown = came_in("1.00", "u", reference="7777772")
    take(firm, fee, unknown, came_in(ref="x", reference=sale.reference_number), went_out("9.00", "n"))
    whys = {each.entry_id: each.why for each in BankEntry.objects.all()}
    assert sorted(whys.values()) == ["fee", "no_reference", "paid_already", "unknown_reference"]
    assert all(str(bank_files.why_text(why)) != why for why in whys.values())


def test_money_of_the_wrong_direction_pays_nothing(firm, sale, purchase):
    assert counted(take(firm, went_out(reference=sale.reference_number))) == (1, 0, 0, 1)
    with pytest.raises(ServiceError, match="went the other way"):
        bank_files.post_entry(firm.actor, held(firm), sale)
    assert [each.pk for each in bank_files.payable_by(held(firm))] == [purchase.pk]


def test_several_invoices_of_one_reference(firm):
    rows = [
        send_sales(firm.actor, save_invoice(firm.actor, invoice("sales", line(net), reference_number="1234561")))
        for net in ("100", "200")
    ]
    assert counted(take(firm, came_in("248.00", reference="1234561"))) == (1, 1, 0, 0)
    assert held(firm).invoice_id == rows[1].pk
    assert counted(take(firm, came_in("1.00", "r7", reference="1234561"))) == (1, 1, 0, 0)


def test_two_payments_in_one_file_never_pay_more_than_is_open(firm, sale):
    first = came_in(ref="a", reference=sale.reference_number)
    second = came_in(ref="b", reference=sale.reference_number)
    assert counted(take(firm, first, second)) == (2, 1, 0, 1)
    assert sale.payments.count() == 1


def test_an_undone_entry_is_open_and_stays_undone(firm, sale):
    take(firm, came_in(reference=sale.reference_number))
    bank_files.undo_entry(firm.actor, held(firm))
    assert (held(firm).state, held(firm).why, sale.payments.count()) == ("open", "undone", 0)
    bank_files.match_again(firm.actor)
    assert held(firm).state == "open"
    with pytest.raises(ServiceError, match="has paid no invoice"):
        bank_files.undo_entry(firm.actor, held(firm))
    made = bank_files.post_entry(firm.actor, held(firm), sale)
    assert (made.origin, held(firm).why) == ("reference", "hand")
    with pytest.raises(ServiceError, match="has paid an invoice already"):
        bank_files.leave_out(firm.actor, held(firm))
    payments.remove_payment(firm.actor, made)
    assert held(firm).state == "open"
    bank_files.leave_out(firm.actor, held(firm))
    assert held(firm).state == "ignored"


def test_an_invoice_that_comes_later_is_found_again(firm):
    take(firm, came_in(reference="1234561"))
    assert held(firm).why == "unknown_reference"
    sale = send_sales(firm.actor, save_invoice(firm.actor, invoice("sales", reference_number="1234561")))
    assert bank_files.match_again(firm.actor)["matched"] == 1
    assert sale.payments.get().origin == "reference"


def test_a_closed_period_is_not_paid_into_by_itself(firm, sale):
    ClosedPeriod.objects.create(
        company=firm.company, side="sales", date_from="2026-10-01", date_to="2026-10-31", state="sent"
    )
    assert counted(take(firm, came_in(reference=sale.reference_number))) == (1, 0, 1, 0)
    assert held(firm).why == "period_closed"


def test_the_bank_confirms_what_was_paid_by_rule(firm, purchase):
    payments.send_to_bank(firm.actor, purchase)
    import datetime as dt

    WorkspaceInvoice.objects.filter(pk=purchase.pk).update(bank_sent_at=dt.datetime(2026, 10, 10, tzinfo=dt.UTC))
    assert rules.run_rules(dt.datetime(2026, 11, 1, tzinfo=dt.UTC)) == 1
    assert counted(take(firm, went_out(reference="1234561"))) == (1, 1, 0, 0)
    made = purchase.payments.get()
    assert (held(firm).why, made.bank_entry_id) == ("confirmed_rule", held(firm).entry_id)
    bank_files.undo_entry(firm.actor, held(firm))
    assert purchase.payments.get().bank_entry_id == ""


def test_a_file_that_cannot_be_read_is_refused_by_name(firm):
    with pytest.raises(ServiceError, match=r"arve\.xml: "):
        bank_files.take(firm.actor, "arve.xml", b"<Finvoice Version='3.0'/>")
    with pytest.raises(ServiceError, match=r"katki\.xml: "):
        bank_files.take(firm.actor, "katki.xml", b"<Document")
    with pytest.raises(Forbidden):
        bank_files.take(member(firm.company, "viewer", "v@example.ee"), "x.xml", b"<Document/>")
    assert not BankEntry.objects.exists()


def test_what_is_only_announced_waits(firm, sale):
    pending = entry("124.00", payment(reference=sale.reference_number), ref="z", status="PDNG")
    taken = take(firm, pending)
    assert (taken.new, taken.announced) == (0, 1)
    assert not BankEntry.objects.exists()


def test_proposals_are_recorded_many_at_once(firm, sale):
    take(firm, came_in(message=sale.number), came_in("5.00", "q"))
    count, reasons = bank_files.post_proposed(firm.actor, list(BankEntry.objects.order_by("pk")))
    assert count == 1
    assert len(reasons) == 1


def test_another_currency_is_told(firm, sale):
    odd = entry("124.00", payment(reference=sale.reference_number), ref="s", currency="SEK")
    file = camt(statement(odd).replace("<Ccy>EUR</Ccy>", "<Ccy>SEK</Ccy>"))
    bank_files.take(firm.actor, "sek.xml", file)
    assert held(firm).why == "other_currency"
    with pytest.raises(ServiceError, match="The entry is in SEK"):
        bank_files.post_entry(firm.actor, held(firm), sale)


def test_another_company_s_invoice_cannot_be_paid(firm, finnish_firm, sale):
    take(firm, came_in("1.00"))
    other = send_sales(finnish_firm.actor, save_invoice(finnish_firm.actor, invoice("sales", line("1", "25.5"))))
    with pytest.raises(ServiceError, match="has paid no invoice"):
        bank_files.post_entry(firm.actor, held(firm), other)
    assert SUPPLIER.name == "Müüja OÜ"
