"""Elements of bank files that every part of them uses: paths in any version's namespace, money, direction, dates."""

import datetime as dt
from decimal import Decimal

from lxml import etree

from tilisilta.core.documents import PaymentDirection
from tilisilta.core.errors import BadInput
from tilisilta.formats.values import date_at, line_of, number, said, unreadable

_DIRECTIONS = {"CRDT": PaymentDirection.INCOMING, "DBIT": PaymentDirection.OUTGOING}
_CURRENCY_LENGTH = 3


def at(path: str) -> str:
    """Return a path of local names that any namespace matches.

    >>> at("Acct/Id")
    '{*}Acct/{*}Id'
    """
    return "/".join(f"{{*}}{name}" for name in path.split("/"))


def require(element: etree._Element, path: str) -> etree._Element:
    """Return the element at `path`.

    Raises:
        BadInput: UNREADABLE with line and rule, when there is none.

    """
    found = element.find(at(path))
    if found is None:
        name = etree.QName(element).localname
        raise BadInput(line=line_of(element), rule=f"{name} has no {path}", check="missing")
    return found


def money(element: etree._Element, path: str) -> tuple[Decimal, str]:
    """Return an amount, which is never below zero in bank files, and its currency.

    Raises:
        BadInput: UNREADABLE with line and rule.

    """
    found = require(element, path)
    amount, currency = number(found), str(found.get("Ccy") or "")
    if amount is None:
        raise unreadable(found, "number")
    if amount < 0:
        raise BadInput(line=line_of(found), rule="an amount is below zero", check="sign", value=str(amount))
    if len(currency) != _CURRENCY_LENGTH:
        raise BadInput(line=line_of(found), rule="an amount has no currency", check="currency")
    return amount, currency


def direction_of(element: etree._Element) -> PaymentDirection:
    """Return whether an entry or balance is the account's credit or debit.

    Raises:
        BadInput: UNREADABLE with line and rule.

    """
    found = require(element, "CdtDbtInd")
    code = said(element, at("CdtDbtInd"))
    if code not in _DIRECTIONS:
        raise BadInput(line=line_of(found), rule=f"CdtDbtInd is {code!r}, not CRDT or DBIT", check="code")
    return _DIRECTIONS[code]


def details_of(entry: etree._Element) -> list[etree._Element]:
    """Return the payments of an entry."""
    return entry.findall(at("NtryDtls/TxDtls"))


def first_date(element: etree._Element, *paths: str) -> dt.date | None:
    """Return the first date that is there; of a time, the day in the bank's own zone."""
    return next((found for path in paths if (found := date_at(element, at(path)))), None)


def first_said(elements: "tuple[etree._Element | None, ...]", *paths: str) -> str:
    """Return the first words found: path by path, and of each path the elements in their order."""
    for path in paths:
        for element in elements:
            if element is not None and (words := said(element, at(path))):
                return words
    return ""
