import datetime as dt

import msgspec
import pytest
from tests.unit.core.examples import CUSTOMER, D, invoice, line, payment

from tilisilta.core.checks import check_invoice, check_journal_entry, check_party, check_payment
from tilisilta.core.documents import (
    Address,
    Allocation,
    AllocationKind,
    BankAccount,
    Direction,
    InvoiceRef,
    JournalEntry,
    LineKind,
    Party,
    Posting,
    VatTotal,
)
from tilisilta.core.problems import Severity
from tilisilta.core.vat import VatTreatment

TODAY = dt.date(2026, 4, 17)
FINNISH = Party(name="Mänty Oy", registry_code="2077474-0", vat_number="FI20774740", address=Address(country="FI"))


def found(document, **more):
    return {(each.code, each.severity) for each in check_invoice(document, **more)}


def codes(document, **more):
    return {code for code, _ in found(document, **more)}


def errors(document, **more):
    return {code for code, severity in found(document, **more) if severity is Severity.ERROR}


def params(document, code):
    return next(each.params for each in check_invoice(document) if each.code == code)


def test_a_sound_invoice_has_no_problem():
    assert check_invoice(invoice(), today=TODAY, own_country="EE") == ()


# --- rows --------------------------------------------------------------------------------------------------


def test_an_invoice_without_rows():
    assert errors(invoice(lines=())) == {"INVOICE_WITHOUT_ROWS"}
    assert errors(invoice(lines=(line(kind=LineKind.TEXT, net=D(0)),))) == {"INVOICE_WITHOUT_ROWS"}


def test_rows_that_do_not_add_up_tell_both_sums():
    document = invoice(lines=(line(net=D("99.99")),))
    assert "ROWS_DO_NOT_ADD_UP" in errors(document)
    assert params(document, "ROWS_DO_NOT_ADD_UP") == {"rows": "99.99", "net": "100.00", "difference": "-0.01"}


def test_allowances_and_charges_count_into_the_net():
    rows = (
        line(1, net=D("110.00"), unit_price=D("110.00")),
        line(2, kind=LineKind.ALLOWANCE, net=D("-15.00")),
        line(3, kind=LineKind.CHARGE, net=D("5.00")),
    )
    assert errors(invoice(lines=rows)) == set()


def test_a_rounding_row_may_stand_in_the_net_in_the_gross_or_only_show():
    rounding = line(2, kind=LineKind.ROUNDING, net=D("0.02"), vat_rate=D(0))
    rows = (line(1), rounding)
    assert errors(invoice(lines=rows, gross=D("124.02"))) == set()
    assert errors(invoice(lines=rows, net=D("100.02"), gross=D("124.02"))) == set()
    assert errors(invoice(lines=rows, rounding=D("0.02"))) == set()
    assert errors(invoice(lines=rows, gross=D("124.03"))) == {"GROSS_DOES_NOT_ADD_UP"}


def test_rows_finer_than_a_cent_may_be_rounded_before_or_after_the_sum():
    rows = tuple(line(place, net=D("0.335"), unit_price=D(0)) for place in (1, 2))
    for net in ("0.67", "0.68"):
        document = invoice(lines=rows, net=D(net), vat=D("0.16"), gross=D(net) + D("0.16"), vat_totals=())
        assert errors(document) == set()


def test_quantity_times_price_only_warns():
    assert found(invoice(lines=(line(quantity=D(2)),))) == {("ROW_DOES_NOT_MULTIPLY", Severity.WARNING)}
    rounded_price = line(quantity=D(3000), unit_price=D("0.03"), net=D("100.00"))
    assert codes(invoice(lines=(rounded_price,))) == set()
    discounted = line(quantity=D(4), unit_price=D("33.33"), discount_percent=D(25))
    assert codes(invoice(lines=(discounted,))) == set()


# --- totals and VAT ----------------------------------------------------------------------------------------


def test_gross_is_net_and_vat():
    document = invoice(gross=D("124.01"))
    assert errors(document) == {"GROSS_DOES_NOT_ADD_UP"}
    assert params(document, "GROSS_DOES_NOT_ADD_UP")["difference"] == "0.01"


def test_vat_totals_add_up_to_the_vat():
    totals = (VatTotal(rate=D(24), net=D("100.00"), vat=D("23.99")),)
    assert errors(invoice(vat_totals=totals)) == {"VAT_TOTALS_DIFFER"}


def test_vat_rounded_by_row_and_by_document_are_both_legal():
    # Ten rows of 0.06 at 24 %: 0.01 each by row, 0.14 by document.
    rows = tuple(line(place, net=D("0.06"), unit_price=D("0.06")) for place in range(1, 11))
    for vat in ("0.10", "0.14"):
        totals = (VatTotal(rate=D(24), net=D("0.60"), vat=D(vat)),)
        document = invoice(lines=rows, net=D("0.60"), vat=D(vat), gross=D("0.60") + D(vat), vat_totals=totals)
        assert errors(document) == set()


@pytest.mark.parametrize("with_totals", [True, False])
def test_vat_of_another_rate_is_an_error(with_totals):
    totals = (VatTotal(rate=D(24), net=D("100.00"), vat=D("22.00")),) if with_totals else ()
    document = invoice(vat=D("22.00"), gross=D("122.00"), vat_totals=totals)
    assert errors(document) == {"VAT_DOES_NOT_ADD_UP"}
    assert params(document, "VAT_DOES_NOT_ADD_UP")["expected"] == "24.00"


def test_a_rate_of_rows_that_the_totals_forget():
    rows = (line(1), line(2, vat_rate=D(9)))
    document = invoice(lines=rows, net=D("200.00"), gross=D("224.00"))
    assert "VAT_DOES_NOT_ADD_UP" in errors(document)


def test_one_wrong_vat_is_told_once():
    document = invoice(lines=(line(1, vat=D("24.00")),), vat=D("20.00"), gross=D("120.00"), vat_totals=())
    (only,) = check_invoice(document)
    assert only.params == {"rate": "24", "expected": "24.00", "vat": "20.00"}


def test_vat_amounts_of_rows_are_compared_with_the_vat():
    document = invoice(lines=(line(vat=D("20.00")),), vat_totals=())
    assert errors(document) == {"VAT_DOES_NOT_ADD_UP"}
    assert errors(invoice(lines=(line(vat=D("24.00")),), vat_totals=())) == set()


def test_reverse_charge_may_name_a_rate_without_an_amount():
    reverse = VatTreatment.REVERSE_CHARGE
    rows = (line(vat_treatment=reverse),)
    totals = (VatTotal(rate=D(24), net=D("100.00"), vat=D(0), treatment=reverse),)
    assert errors(invoice(lines=rows, vat=D(0), gross=D(100), vat_totals=totals)) == set()
    assert errors(invoice(lines=rows, vat=D(0), gross=D(100), vat_totals=())) == set()


def test_a_base_that_differs_from_its_rows_warns():
    totals = (VatTotal(rate=D(24), net=D("100.05"), vat=D("24.00")),)
    assert found(invoice(vat_totals=totals)) == {("VAT_BASE_DIFFERS", Severity.WARNING)}


def test_yen_have_no_cents():
    rows = (line(net=D(100), unit_price=D(100)),)
    totals = (VatTotal(rate=D(10), net=D(100), vat=D(10)),)
    rows = (msgspec.structs.replace(rows[0], vat_rate=D(10)),)
    document = invoice(lines=rows, currency="JPY", exchange_rate=D("0.006"), vat=D(10), gross=D(110), vat_totals=totals)
    assert errors(document) == set()


def test_odd_signs_and_roundings_warn():
    back = (line(net=D("-100.00"), quantity=D(-1)),)
    totals = (VatTotal(rate=D(24), net=D("-100.00"), vat=D("-24.00")),)
    negative = invoice(lines=back, net=D("-100.00"), vat=D("-24.00"), gross=D("-124.00"), vat_totals=totals)
    assert found(negative) == {("NEGATIVE_TOTAL", Severity.WARNING)}
    assert found(invoice(prepaid=D("124.01"))) == {("NEGATIVE_PAYABLE", Severity.WARNING)}
    assert found(invoice(rounding=D("1.00"))) == {("LARGE_ROUNDING", Severity.WARNING)}


# --- dates, rates, currency --------------------------------------------------------------------------------


def test_dates_warn():
    assert codes(invoice(due_date=dt.date(2026, 4, 15))) == {"DUE_BEFORE_DATE"}
    assert codes(invoice(), today=dt.date(2026, 4, 15)) == {"DATE_IN_FUTURE"}
    assert codes(invoice(), today=dt.date(2026, 4, 16)) == set()
    assert codes(invoice(due_date=None)) == set()


def rated(rate, date, **changes):
    vat = D(rate)
    totals = (VatTotal(rate=D(rate), net=D("100.00"), vat=vat),)
    values = {
        "lines": (line(vat_rate=D(rate)),),
        "vat": vat,
        "gross": 100 + vat,
        "vat_totals": totals,
        "due_date": None,
    }
    return invoice(date=dt.date.fromisoformat(date), **{**values, **changes})


def test_own_sales_at_a_rate_that_is_not_in_force_stop():
    assert errors(rated("21", "2026-04-16"), own_country="EE") == {"VAT_RATE_NOT_VALID"}
    assert errors(rated("22", "2025-07-01"), own_country="EE") == {"VAT_RATE_NOT_VALID"}
    assert codes(rated("22", "2025-06-30"), own_country="EE") == set()
    assert codes(rated("21", "2026-04-16")) == set()
    assert codes(rated("21", "2026-04-16"), own_country="SE") == set()


def test_the_day_of_supply_counts_too():
    assert codes(rated("22", "2025-07-01", delivery_date=dt.date(2025, 6, 30)), own_country="EE") == set()
    period = {"period_from": dt.date(2025, 6, 1), "period_to": dt.date(2025, 6, 30)}
    assert codes(rated("22", "2025-07-05", **period), own_country="EE") == set()


def test_sales_abroad_purchases_and_credit_notes_only_warn():
    warning = {("VAT_RATE_NOT_VALID", Severity.WARNING)}
    assert found(rated("25.5", "2026-04-16", party=FINNISH), own_country="EE") == warning
    assert found(rated("24", "2026-04-16", party=FINNISH, direction=Direction.PURCHASE), own_country="EE") == warning
    credit = rated("22", "2026-04-16", is_credit_note=True, credits=(InvoiceRef(number="1"),))
    assert found(credit, own_country="EE") == warning


def test_zero_percent_on_a_purchase_wants_a_reason():
    zero = rated("0", "2026-04-16", direction=Direction.PURCHASE, lines=(line(vat_rate=D(0), vat_code=""),))
    assert found(zero) == {("ZERO_RATE_WITHOUT_REASON", Severity.WARNING)}
    reason = (VatTotal(rate=D(0), net=D("100.00"), vat=D(0), exemption_reason="Reverse charge"),)
    assert codes(msgspec.structs.replace(zero, vat_totals=reason)) == set()
    treated = line(vat_rate=D(0), vat_code="", vat_treatment=VatTreatment.EXEMPT)
    assert codes(msgspec.structs.replace(zero, lines=(treated,))) == set()
    assert codes(msgspec.structs.replace(zero, direction=Direction.SALES)) == set()


def test_currencies():
    missing = ("CURRENCY_RATE_MISSING", Severity.WARNING)
    assert found(invoice(currency="SEK")) == {missing}
    assert errors(invoice(currency="SEK"), needs_exchange_rate=True) == {"CURRENCY_RATE_MISSING"}
    assert codes(invoice(currency="SEK", exchange_rate=D("0.09"))) == set()
    assert errors(invoice(currency="SEK", exchange_rate=D(0))) == {"CURRENCY_RATE_WRONG"}
    assert errors(invoice(currency="EURO")) == {"CURRENCY_UNKNOWN"}


# --- references and parties --------------------------------------------------------------------------------


def test_a_credit_note_without_its_invoice_warns():
    assert found(invoice(is_credit_note=True)) == {("CREDIT_NOTE_WITHOUT_ORIGINAL", Severity.WARNING)}


def test_reference_numbers_warn_where_the_scheme_is_ours():
    assert found(invoice(reference_number="1234562"), own_country="EE") == {
        ("REFERENCE_NUMBER_CHECK", Severity.WARNING)
    }
    assert codes(invoice(reference_number="1234561"), own_country="EE") == set()
    swedish = Party(name="Gran AB", address=Address(country="SE"))
    bought = invoice(direction=Direction.PURCHASE, party=swedish, reference_number="1234562")
    assert codes(bought) == set()
    assert codes(msgspec.structs.replace(bought, reference_number="RF991234561")) == {"REFERENCE_NUMBER_CHECK"}


def test_bank_accounts_warn():
    wrong = BankAccount("EE471000001020145686")
    assert [each.where for each in check_invoice(invoice(bank_account=wrong))] == ["bank_account.iban"]
    assert check_invoice(invoice(bank_account=BankAccount("10-220"))) == ()
    assert [each.where for each in check_party(Party(name="A", bank_accounts=(wrong,)))] == ["bank_accounts[0].iban"]


def test_party_numbers_warn_with_the_place_inside_the_document():
    wrong = msgspec.structs.replace(CUSTOMER, registry_code="12345679", vat_number="EE100207416")
    problems = check_invoice(invoice(party=wrong))
    assert [(each.code, each.where, each.severity) for each in problems] == [
        ("REGISTRY_CODE_CHECK", "party.registry_code", Severity.WARNING),
        ("VAT_NUMBER_CHECK", "party.vat_number", Severity.WARNING),
    ]


@pytest.mark.parametrize(
    "party",
    [
        FINNISH,
        Party(name="No country", registry_code="1"),
        Party(name="Person", is_person=True, registry_code="38001085718", address=Address(country="EE")),
        Party(name="Norwegian", vat_number="NO999999999MVA"),
        Party(name="Swede", registry_code="556000-0000", address=Address(country="SE")),
    ],
)
def test_good_and_unknown_numbers_pass(party):
    assert check_party(party) == ()


# --- payments and entries ----------------------------------------------------------------------------------


def test_payments():
    assert check_payment(payment(), today=TODAY + dt.timedelta(days=10)) == ()
    assert [each.code for each in check_payment(payment(), today=TODAY)] == ["DATE_IN_FUTURE"]
    assert [each.code for each in check_payment(payment(amount=D("123.99")))] == ["PAYMENT_DOES_NOT_ADD_UP"]
    assert check_payment(payment(amount=D("123.50"), bank_fee=D("0.50"))) == ()
    assert check_payment(payment(amount=D("124.50"), bank_fee=D("0.50"))) == ()
    free = Allocation(kind=AllocationKind.OTHER, amount=D(0))
    assert [each.code for each in check_payment(payment(amount=D(0), allocations=(free,)))] == ["PAYMENT_NOT_POSITIVE"]
    assert check_payment(payment(allocations=())) == ()


def journal(*postings):
    return JournalEntry(source_id="j", date=TODAY, postings=postings)


def test_journal_entries():
    debit, credit = Posting(account="1000", debit=D(10)), Posting(account="3000", credit=D(10))
    assert check_journal_entry(journal(debit, credit), today=TODAY) == ()
    unbalanced = check_journal_entry(journal(debit, Posting(account="3000", credit=D("9.99"))))
    assert [(each.code, each.params["difference"]) for each in unbalanced] == [("ENTRY_NOT_BALANCED", "0.01")]
    assert [each.code for each in check_journal_entry(journal())] == ["ENTRY_WITHOUT_POSTINGS"]
    both = check_journal_entry(journal(Posting(account="1000", debit=D(1), credit=D(1))))
    assert [each.code for each in both] == ["POSTING_ON_BOTH_SIDES"]
    empty = check_journal_entry(journal(debit, credit, Posting(account="4000")))
    assert [(each.code, each.severity) for each in empty] == [("POSTING_WITHOUT_AMOUNT", Severity.WARNING)]
    assert [each.code for each in check_journal_entry(journal(debit, credit), today=dt.date(2026, 4, 1))] == [
        "DATE_IN_FUTURE"
    ]


# --- the edges ---------------------------------------------------------------------------------------------


def test_what_stands_exactly_on_the_edge_is_sound():
    assert check_invoice(invoice(due_date=invoice().date, prepaid=D("124.00")), today=invoice().date) == ()
    assert check_payment(payment(), today=payment().date) == ()
    totals = (VatTotal(rate=D(24), net=D("100.01"), vat=D("24.00")),)
    assert check_invoice(invoice(vat_totals=totals)) == ()


def test_rows_finer_than_a_cent_must_still_add_up():
    rows = (line(net=D("50.005"), unit_price=D(0)),)
    assert "ROWS_DO_NOT_ADD_UP" in errors(invoice(lines=rows))


def test_the_treatment_may_stand_on_the_total_alone():
    totals = (VatTotal(rate=D(24), net=D("100.00"), vat=D(0), treatment=VatTreatment.REVERSE_CHARGE),)
    assert errors(invoice(vat=D(0), gross=D(100), vat_totals=totals)) == set()


def test_an_entry_is_named_by_its_number_else_by_its_id():
    numbered = msgspec.structs.replace(journal(), number="K-7")
    assert check_journal_entry(numbered)[0].params == {"number": "K-7"}
    assert check_journal_entry(journal())[0].params == {"number": "j"}


def test_a_fee_added_or_taken_but_not_twice():
    assert [each.code for each in check_payment(payment(amount=D("123.00"), bank_fee=D("0.50")))] == [
        "PAYMENT_DOES_NOT_ADD_UP"
    ]
