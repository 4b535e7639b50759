import datetime as dt
from decimal import Decimal

import pytest

from tilisilta.core.documents import BankAccount
from tilisilta.formats.payment_codes import bank_barcode, epc_qr

DUE = dt.date(2026, 3, 16)
ACCOUNT = "FI2112345600000785"
PAYEE = BankAccount(ACCOUNT, "NDEAFIHH", "Pähkinäpuu Oy")


def test_barcode_has_54_digits_with_amount_and_day():
    digits = bank_barcode(ACCOUNT, Decimal("124.05"), "1234561", DUE)
    assert len(digits) == 54
    assert digits.isdigit()
    assert (digits[0], digits[1:17], digits[17:25], digits[25:28], digits[28:48], digits[48:]) == (
        *("4", ACCOUNT[2:], "00012405"),
        *("000", "00000000000001234561", "260316"),
    )


def test_barcode_of_more_than_it_holds_says_zero():
    assert bank_barcode(ACCOUNT, Decimal("1000000.00"), "1234561", DUE)[17:25] == "00000000"
    assert (
        bank_barcode(ACCOUNT, Decimal("999999.99"), "1234561", None)[17:] == "99999999" + "0" * 16 + "1234561" + "0" * 6
    )


@pytest.mark.parametrize(
    ("account", "amount", "reference"),
    [
        ("EE471000001020145685", "1", "1234561"),
        ("FI2112345600000786", "1", "1234561"),
        (ACCOUNT, "0", "1234561"),
        (ACCOUNT, "-1", "1234561"),
        (ACCOUNT, "1", "1234562"),
        (ACCOUNT, "1", ""),
        (ACCOUNT, "1", "RF18ABC"),
    ],
)
def test_no_barcode_for_what_it_cannot_say(account: str, amount: str, reference: str):
    assert bank_barcode(account, Decimal(amount), reference, DUE) == ""


def test_qr_lines():
    assert epc_qr(PAYEE, Decimal("124.5"), "RF34 1234 561", "x").split("\n") == [
        *("BCD", "002", "1", "SCT", "NDEAFIHH", "Pähkinäpuu Oy", ACCOUNT, "EUR124.50", "", "RF341234561"),
    ]


@pytest.mark.parametrize("reference", ["", "77"])
def test_qr_without_a_sound_reference_tells_in_words(reference: str):
    lines = epc_qr(PAYEE, Decimal(1), reference, "Lasku 1").split("\n")
    assert lines[9:] == ["", "Lasku 1"]


def test_qr_stays_within_its_size():
    payee = BankAccount(ACCOUNT, "NDEAFIHH", "õ" * 200)
    assert len(epc_qr(payee, Decimal("999999999.99"), "", "t" * 300).encode()) <= 331
    assert epc_qr(payee, Decimal(1), "", "").split("\n")[5] == "õ" * 70


@pytest.mark.parametrize("amount", ["0", "-1", "1000000000"])
def test_no_qr_for_amounts_outside_of_sepa(amount: str):
    assert epc_qr(PAYEE, Decimal(amount), "1234561", "") == ""


def test_no_qr_without_a_sound_account():
    assert epc_qr(BankAccount("FI1", name="A"), Decimal(1), "1234561", "") == ""
