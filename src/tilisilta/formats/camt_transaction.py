"""One transaction of a bank file: what moved, who stands at the other side, and by which reference."""

import datetime as dt
import hashlib
from decimal import Decimal

import msgspec
from lxml import etree

from tilisilta.core.documents import PaymentDirection
from tilisilta.core.errors import BadInput
from tilisilta.core.identifiers import reference_number
from tilisilta.core.money import ZERO
from tilisilta.formats.camt_parts import at, direction_of, first_date, first_said
from tilisilta.formats.values import all_said, joined, line_of, number, said

_NOT_GIVEN = frozenset({"NOTPROVIDED", "NOT PROVIDED", "NONREF", "-"})
_FEES = frozenset({"CHRG", "FEES", "COMM", "COME"})
_RETURNS = frozenset({"RRTN", "RPCR", "UPDD", "PRDD", "RVRS"})


class BankTransaction(msgspec.Struct, frozen=True, kw_only=True):
    """One payment on a bank account. `amount` is positive, in the account's currency; `direction` tells which way.

    `id` is the same however often, and in whichever file of the bank, the transaction comes: it is made of the bank's
    own entry id where there is one, else of the transaction's content. `entry_id` names the entry that it is a part of
    (of a batch, all its payments bear the same), as the bank has it.
    """

    id: str
    entry_id: str
    direction: PaymentDirection
    booking_date: dt.date
    amount: Decimal
    currency: str
    value_date: dt.date | None = None
    is_booked: bool = True  # False for what is only announced
    counterparty_name: str = ""
    counterparty_iban: str = ""
    counterparty_bic: str = ""
    reference: str = ""  # compact: RF, or 7-3-1 without leading zeros
    has_valid_reference: bool = False
    message: str = ""
    document_numbers: tuple[str, ...] = ()  # invoices that the payer names in structured form
    end_to_end_id: str = ""
    bank_code: str = ""  # ISO bank transaction code: domain-family-subfamily, else the bank's own
    bank_fee: Decimal = ZERO  # taken within this transaction
    is_fee: bool = False  # the bank's own charge
    is_reversal: bool = False  # the bank takes an earlier entry back
    is_return: bool = False  # a payment came back
    return_reason: str = ""  # ISO code and words
    original_amount: Decimal | None = None  # in the currency of the order, where it is another
    original_currency: str = ""
    exchange_rate: Decimal | None = None
    batch_size: int = 1  # payments in the entry; above 1 without parts when the bank gives only their sum
    line: int = 0

    @property
    def signed(self) -> Decimal:
        """The amount as it changes the balance."""
        return self.amount if self.direction is PaymentDirection.INCOMING else -self.amount


def read_transaction(
    entry: etree._Element,
    details: etree._Element | None,
    iban: str,
    *,
    amount: Decimal,
    currency: str,
    direction: PaymentDirection,
    place: int = 0,
    batch: int = 0,
) -> BankTransaction:
    """Return one transaction of an entry; `details` is the payment's own part, None when the bank gives none.

    Raises:
        BadInput: UNREADABLE with line and rule.

    """
    booked = first_date(entry, "BookgDt/Dt", "BookgDt/DtTm")
    value_date = first_date(entry, "ValDt/Dt", "ValDt/DtTm")
    if booked is None and value_date is None:
        raise BadInput(line=line_of(entry), rule="the entry has no booking date", check="missing")
    is_reversal = said(entry, at("RvslInd")) in {"true", "1"}
    status = said(entry, at("Sts/Cd")) or said(entry, at("Sts"))
    both = (details, entry)
    reference = reference_number.compact(first_said((details,), "RmtInf/Strd/CdtrRefInf/Ref"))
    code = _code(details) or _code(entry)
    family = set(code.split("-"))
    original, original_currency, rate = _original(details, entry, currency)
    other = _other_side(details, direction, is_reversal=is_reversal)
    transaction = BankTransaction(
        id="",
        entry_id=first_said((entry,), "AcctSvcrRef", "NtryRef"),
        direction=direction,
        booking_date=booked or value_date or dt.date.min,
        amount=amount,
        currency=currency,
        value_date=value_date,
        is_booked=status in {"BOOK", ""},
        counterparty_name=other[0],
        counterparty_iban=other[1],
        counterparty_bic=other[2],
        reference=reference,
        has_valid_reference=bool(reference) and reference_number.is_valid(reference),
        message=_message(details, entry),
        document_numbers=tuple(all_said(details, at("RmtInf/Strd/RfrdDocInf/Nb"))) if details is not None else (),
        end_to_end_id=_given(first_said((details,), "Refs/EndToEndId")),
        bank_code=code,
        bank_fee=_fees(details if batch else entry, details, currency),
        is_fee=bool(family & _FEES),
        is_reversal=is_reversal,
        is_return=bool(family & _RETURNS) or first_said(both, "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry") != "",
        return_reason=joined(
            first_said((details,), "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry"),
            first_said((details,), "RtrInf/AddtlInf"),
            by=" ",
        ),
        original_amount=original,
        original_currency=original_currency,
        exchange_rate=rate,
        batch_size=batch or _batch_size(entry, details),
        line=line_of(entry if details is None else details),
    )
    return msgspec.structs.replace(transaction, id=_identity(transaction, entry, details, iban, place))


def _identity(
    transaction: BankTransaction, entry: etree._Element, details: etree._Element | None, iban: str, place: int
) -> str:
    """Return 32 hex digits: account, day, amount, and the bank's ids; without any, what the payment says."""
    of_entry, own = first_said((entry,), "AcctSvcrRef"), first_said((details,), "Refs/AcctSvcrRef")
    parts = [
        "".join(iban.split()).upper(),
        transaction.booking_date.isoformat(),
        transaction.direction.value,
        f"{transaction.amount.normalize():f}",
        transaction.currency,
    ]
    if own and own != of_entry:
        parts += [own, "0"]
    elif of_entry:
        parts += [of_entry, str(place)]
    else:  # NtryRef only counts the entries of one file
        parts += [
            transaction.end_to_end_id,
            transaction.reference,
            transaction.counterparty_name,
            transaction.counterparty_iban,
            transaction.message,
        ]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]


def _given(words: str) -> str:
    return "" if words.upper() in _NOT_GIVEN else words


def _other_side(
    details: etree._Element | None, direction: PaymentDirection, *, is_reversal: bool
) -> tuple[str, str, str]:
    """Return name, account and BIC of who paid us, or whom we paid; a reversal keeps the roles of what it reverses."""
    is_payer = (direction is PaymentDirection.INCOMING) != is_reversal
    role = "Dbtr" if is_payer else "Cdtr"
    name = first_said(
        (details,),
        *(f"RltdPties/{role}/{path}" for path in ("Nm", "Pty/Nm", "Agt/FinInstnId/Nm")),
        *(f"RltdPties/Ultmt{role}/{path}" for path in ("Nm", "Pty/Nm")),
    )
    account = first_said((details,), f"RltdPties/{role}Acct/Id/IBAN", f"RltdPties/{role}Acct/Id/Othr/Id")
    agent = f"RltdAgts/{role}Agt/FinInstnId"
    return name, "".join(account.split()).upper(), first_said((details,), f"{agent}/BIC", f"{agent}/BICFI")


def _message(details: etree._Element | None, entry: etree._Element) -> str:
    if details is None:
        return first_said((entry,), "AddtlNtryInf")
    told = joined(
        "".join(all_said(details, at("RmtInf/Ustrd"))),
        *all_said(details, at("RmtInf/Strd/AddtlRmtInf")),
        said(details, at("AddtlTxInf")),
    )
    return told or first_said((entry,), "AddtlNtryInf")


def _code(element: etree._Element | None) -> str:
    if element is None:
        return ""
    domain = "BkTxCd/Domn/"
    parts = (said(element, at(domain + path)) for path in ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd"))
    return "-".join(each for each in parts if each) or said(element, at("BkTxCd/Prtry/Cd"))


def _fees(owner: etree._Element | None, details: etree._Element | None, currency: str) -> Decimal:
    """Return the charges that the bank took within the amount, in the account's currency."""
    for element in (details, owner):
        if element is None:
            continue
        records = element.findall(at("Chrgs/Rcrd")) or element.findall(at("Chrgs"))
        total = ZERO
        for each in records:
            amount = each.find(at("Amt"))
            if amount is None or amount.get("Ccy") != currency or said(each, at("ChrgInclInd")) in {"false", "0"}:
                continue
            is_back = each.find(at("CdtDbtInd")) is not None and direction_of(each) is PaymentDirection.INCOMING
            total += (number(amount) or ZERO) * (-1 if is_back else 1)
        if total:
            return total
    return ZERO


def _original(
    details: etree._Element | None, entry: etree._Element, currency: str
) -> tuple[Decimal | None, str, Decimal | None]:
    """Return the amount as it was ordered, where that was in another currency, and the bank's rate."""
    for element in (details, entry):
        if element is None:
            continue
        found = element.find(at("AmtDtls/InstdAmt/Amt"))
        if found is not None and found.get("Ccy") not in {None, currency}:
            rates = ("AmtDtls/TxAmt", "AmtDtls/InstdAmt", "AmtDtls/CntrValAmt")
            rate = next(
                (each for path in rates if (each := element.find(at(f"{path}/CcyXchg/XchgRate"))) is not None), None
            )
            return number(found), str(found.get("Ccy")), number(rate)
    return None, "", None


def _batch_size(entry: etree._Element, details: etree._Element | None) -> int:
    """Return how many payments an entry holds that does not show them apart."""
    if details is not None:
        return 1
    count = said(entry, at("NtryDtls/Btch/NbOfTxs"))
    return max(int(count), 1) if count.isdigit() else 1
