"""Bank files -> transactions: camt.053 statements and camt.054 notifications of ISO 20022.

Sources: ISO 20022 camt.053.001.02/.08 and camt.054.001.02/.08, and the guides of the Estonian and Finnish banks. The
versions differ in small ways (status and parties lie one level deeper in .08), so one reader serves them. The schemas
may not be copied here; what the reader needs is checked element by element, each refusal with its line and rule.
"""

import datetime as dt
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import msgspec
from lxml import etree

from tilisilta.core.documents import BankAccount, PaymentDirection
from tilisilta.core.errors import BadInput
from tilisilta.core.money import ZERO
from tilisilta.core.problems import Problem, Severity, problem
from tilisilta.formats.camt_parts import (
    at,
    details_of,
    direction_of,
    first_date,
    money,
    require,
)
from tilisilta.formats.camt_transaction import BankTransaction, read_transaction
from tilisilta.formats.kinds import name_of_root, require_xml
from tilisilta.formats.values import line_of, said
from tilisilta.formats.xml import XmlPart, parse

MAX_TRANSACTIONS = 200_000
_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:(camt\.05[34])\.001\.(\d\d)")
_KINDS = {
    "camt.053": ("BkToCstmrStmt", "Stmt"),
    "camt.054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """A balance as the bank states it: `code` is ISO's (OPBD opening, CLBD closing, CLAV available), signed amount."""

    code: str
    amount: Decimal
    currency: str
    date: dt.date | None = None


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One account's statement or notification."""

    id: str
    account: BankAccount
    currency: str
    number: str = ""
    created_at: str = ""
    date_from: dt.date | None = None
    date_to: dt.date | None = None
    balances: tuple[Balance, ...] = ()
    transactions: tuple[BankTransaction, ...] = ()
    line: int = 0

    def balance(self, *codes: str) -> Balance | None:
        """Return the first balance of any of these codes, in their order of preference."""
        return next((each for code in codes for each in self.balances if each.code == code), None)


class BankFile(msgspec.Struct, frozen=True, kw_only=True):
    """A bank file: "camt.053" or "camt.054", its version, its statements, and entries that could not be read."""

    kind: str
    version: str
    statements: tuple[Statement, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def transactions(self) -> Iterator[BankTransaction]:
        for statement in self.statements:
            yield from statement.transactions


def read_camt(content: bytes, name: str) -> BankFile:
    """Return the transactions of a camt.053 or camt.054 file, one for each payment, also within a batch.

    An entry that cannot be read becomes a problem (UNREADABLE with file, line and rule), and the others go on. Sums
    that disagree with the bank's own (batch, number of entries, closing balance) are warnings
    (FILE_CONTROL_SUM_DIFFERS).

    Args:
        content: The file, at most 50 MB.
        name: The file's name, for messages only.

    Raises:
        BadInput: the file as a whole cannot be used: UNREADABLE, FILE_TOO_LARGE, FILE_WRONG_KIND.

    """
    require_xml(content, name=name)
    root = parse(XmlPart(content), name=name)
    found = _NAMESPACE.fullmatch(str(etree.QName(root).namespace or ""))
    if found is None:
        raise BadInput("FILE_WRONG_KIND", file=name, kind=name_of_root(root), line=line_of(root))
    kind, version = found.groups()
    message, report = _KINDS[kind]
    elements = root.findall(at(f"{message}/{report}"))
    if not elements:
        raise BadInput(file=name, line=line_of(root), rule=f"there is no {report}", check="missing")
    statements: list[Statement] = []
    problems: list[Problem] = []
    for element in elements:
        try:
            statement, own = _statement(element, name)
        except BadInput as error:
            raise _placed(error, name) from None
        statements.append(statement)
        problems += own
    count = sum(len(each.transactions) for each in statements)
    if count > MAX_TRANSACTIONS:
        raise BadInput("FILE_TOO_LARGE", file=name, limit=f"{MAX_TRANSACTIONS} transactions")
    return BankFile(kind=kind, version=f"001.{version}", statements=tuple(statements), problems=tuple(problems))


def _statement(element: etree._Element, name: str) -> tuple[Statement, list[Problem]]:
    account = require(element, "Acct")
    iban = said(account, at("Id/IBAN")) or said(account, at("Id/Othr/Id"))
    if not iban:
        raise BadInput(line=line_of(account), rule="the account has no number", check="missing")
    entries = element.findall(at("Ntry"))
    currency = said(account, at("Ccy")) or next(
        (str(amount.get("Ccy") or "") for each in entries if (amount := each.find(at("Amt"))) is not None), ""
    )
    transactions: list[BankTransaction] = []
    problems: list[Problem] = []
    for entry in entries:
        try:
            read, own = _entry(entry, iban, currency)
        except BadInput as error:
            problems.append(Problem(code=error.code, params=_placed(error, name).params))
            continue
        transactions += read
        problems += own
    balances = tuple(_balance(each) for each in element.iterfind(at("Bal")))
    statement = Statement(
        id=said(element, at("Id")),
        account=BankAccount(
            "".join(iban.split()).upper(),
            said(account, at("Svcr/FinInstnId/BIC")) or said(account, at("Svcr/FinInstnId/BICFI")),
            said(account, at("Ownr/Nm")) or said(account, at("Nm")),
        ),
        currency=currency,
        number=said(element, at("LglSeqNb")) or said(element, at("ElctrncSeqNb")),
        created_at=said(element, at("CreDtTm")),
        date_from=first_date(element, "FrToDt/FrDtTm", "FrToDt/FrDt"),
        date_to=first_date(element, "FrToDt/ToDtTm", "FrToDt/ToDt"),
        balances=balances,
        transactions=_told_apart(transactions),
        line=line_of(element),
    )
    problems += _control_sums(element, entries, statement)
    return statement, [_with_file(each, name) for each in problems]


def _entry(entry: etree._Element, iban: str, currency: str) -> tuple[list[BankTransaction], list[Problem]]:
    """Return one transaction for each payment of an entry; a batch whose payments do not add up stays one."""
    amount, entry_currency = money(entry, "Amt")
    if currency and entry_currency != currency:
        rule = f"the entry is in {entry_currency}, the account in {currency}"
        raise BadInput(line=line_of(entry), rule=rule, check="currency")
    direction = direction_of(entry)
    details = details_of(entry)
    if len(details) <= 1:
        only = details[0] if details else None
        return [read_transaction(entry, only, iban, amount=amount, currency=entry_currency, direction=direction)], []
    parts = [_share(each, entry_currency, direction) for each in details]
    total = sum((part[0] if part[1] is direction else -part[0] for part in parts if part), ZERO)
    if any(part is None for part in parts) or total != amount:
        warning = problem(
            "FILE_CONTROL_SUM_DIFFERS",
            severity=Severity.WARNING,
            rule="the payments of a batch",
            stated=amount,
            counted=total,
            line=line_of(entry),
        )
        whole = read_transaction(entry, None, iban, amount=amount, currency=entry_currency, direction=direction)
        return [whole], [warning]
    return [
        read_transaction(
            entry, each, iban, amount=part[0], currency=entry_currency, direction=part[1], place=place, batch=len(parts)
        )
        for place, (each, part) in enumerate(zip(details, parts, strict=True), start=1)
        if part is not None
    ], []


def _share(
    details: etree._Element, currency: str, direction: PaymentDirection
) -> tuple[Decimal, PaymentDirection] | None:
    """Return what one payment of a batch moved on the account, in the account's currency; None when untold."""
    own = direction_of(details) if details.find(at("CdtDbtInd")) is not None else direction
    for path in ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/CntrValAmt/Amt", "AmtDtls/InstdAmt/Amt"):
        if details.find(at(path)) is not None:
            amount, its_currency = money(details, path)
            if its_currency == currency:
                return amount, own
    return None


def _told_apart(transactions: list[BankTransaction]) -> tuple[BankTransaction, ...]:
    """Number payments that nothing tells apart, so that two like ones of one statement stay two, on every import."""
    seen: Counter[str] = Counter()
    result = []
    for each in transactions:
        seen[each.id] += 1
        again = seen[each.id]
        own = hashlib.sha256(f"{each.id}|{again}".encode()).hexdigest()[: len(each.id)] if again > 1 else each.id
        result.append(each if again == 1 else msgspec.structs.replace(each, id=own))
    return tuple(result)


def _balance(element: etree._Element) -> Balance:
    amount, currency = money(element, "Amt")
    is_debit = direction_of(element) is PaymentDirection.OUTGOING
    return Balance(
        code=said(element, at("Tp/CdOrPrtry/Cd")) or said(element, at("Tp/CdOrPrtry/Prtry")),
        amount=-amount if is_debit else amount,
        currency=currency,
        date=first_date(element, "Dt/Dt", "Dt/DtTm"),
    )


def _control_sums(element: etree._Element, entries: list[etree._Element], statement: Statement) -> list[Problem]:
    """Return where the bank's own sums disagree with the entries: a part of the file may be missing."""
    found: list[tuple[str, object, object]] = []
    stated = said(element, at("TxsSummry/TtlNtries/NbOfNtries"))
    if stated.isdigit() and int(stated) != len(entries):
        found.append(("the number of entries", stated, len(entries)))
    opening, closing = statement.balance(*_OPENING), statement.balance(*_CLOSING)
    if opening and closing:
        moved = sum((each.signed for each in statement.transactions if each.is_booked), ZERO)
        if opening.amount + moved != closing.amount:
            found.append(("the closing balance", closing.amount, opening.amount + moved))
    return [
        problem(
            "FILE_CONTROL_SUM_DIFFERS",
            severity=Severity.WARNING,
            rule=rule,
            stated=said_,
            counted=counted,
            line=line_of(element),
        )
        for rule, said_, counted in found
    ]


def _with_file(each: Problem, name: str) -> Problem:
    return msgspec.structs.replace(each, params={"file": name} | each.params)


def _placed(error: BadInput, name: str) -> BadInput:
    """Return a refusal with its file, and its rule in words that people read."""
    placed = BadInput(error.code)
    params = dict(error.params)
    if element := params.pop("element", ""):
        check = params["rule"]
        params |= {"rule": f"{element} = {params.pop('value', '')!r} ({check})", "check": check}
    params.pop("text", None)
    placed.params = {"file": name} | params
    return placed
