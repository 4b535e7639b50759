"""What a payer's phone or bank scans off an invoice: the Finnish bank barcode and the EPC QR code.

Sources: Finance Finland, "Pankkiviivakoodi-opas" (versions 4 and 5, Code 128 C, 54 digits); European Payments Council,
EPC069-12 "Quick Response Code: Guidelines to enable data capture for the initiation of a SEPA credit transfer",
version 002.
"""

import datetime as dt
from decimal import Decimal

from tilisilta.core.documents import BankAccount
from tilisilta.core.identifiers import iban as ibans
from tilisilta.core.identifiers import reference_number
from tilisilta.core.money import amount_minor

_BARCODE_MOST = 99_999_999  # cents; more is written as zero, and the payer enters it
_EPC_MOST = Decimal("999999999.99")
_EPC_NAME, _EPC_TEXT, _EPC_BYTES = 70, 140, 331


def bank_barcode(account: str, amount: Decimal, reference: str, due: dt.date | None) -> str:
    """Return the 54 digits of the Finnish bank barcode; empty when the payment cannot be said in one.

    It can when the account is Finnish, the amount (euros) is above zero and the reference passes its check.

    >>> bank_barcode("FI79 4405 2020 0360 82", Decimal("4883.15"), "86851 62596 19897", dt.date(2010, 6, 12))
    '479440520200360820048831500000000868516259619897100612'
    >>> bank_barcode("FI5810171000000122", Decimal("482.99"), "RF06559582243294671", dt.date(2012, 1, 31))
    '558101710000001220004829906000000559582243294671120131'
    """
    account = ibans.compact(account)
    bare = reference_number.compact(reference)
    if not account.startswith("FI") or not ibans.is_valid(account) or amount <= 0:
        return ""
    if not reference_number.is_valid(bare, "FI"):
        return ""
    cents = amount_minor(amount)
    money = f"{cents if cents <= _BARCODE_MOST else 0:08d}"
    day = f"{due:%y%m%d}" if due else "000000"
    if bare.startswith("RF"):
        if not bare[2:].isdigit():
            return ""
        return f"5{account[2:]}{money}{bare[2:4]}{bare[4:].zfill(21)}{day}"
    return f"4{account[2:]}{money}000{bare.zfill(20)}{day}"


def epc_qr(payee: BankAccount, amount: Decimal, reference: str, text: str) -> str:
    """Return what an EPC QR code holds; empty when the payment (in euros, to `payee.name`) cannot be said in one.

    A national reference number goes in its RF form, which every SEPA bank knows; without one `text` tells what is paid.

    >>> payee = BankAccount("FI2112345600000785", "NDEAFIHH", "Pähkinäpuu Oy")
    >>> epc_qr(payee, Decimal("124"), "1234561", "Lasku 1").split()[-2:]
    ['EUR124.00', 'RF341234561']
    """
    account = ibans.compact(payee.iban)
    if not payee.name or not ibans.is_valid(account) or not 0 < amount <= _EPC_MOST:
        return ""
    bare = reference_number.compact(reference)
    structured = ""
    if bare and reference_number.is_valid(bare):
        structured = bare if bare.startswith("RF") else reference_number.make_rf(bare)
    free = "" if structured else (text or bare)[:_EPC_TEXT]
    head = ("BCD", "002", "1", "SCT", payee.bic, payee.name[:_EPC_NAME], account, f"EUR{amount:.2f}", "", structured)
    while free and len("\n".join((*head, free)).encode()) > _EPC_BYTES:
        free = free[:-1]
    return "\n".join((*head, free)).rstrip("\n")
