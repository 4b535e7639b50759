"""Answers brought into one shape: names in one spelling, and lists where one row came bare or none came.

Source: vendor sheet sections 3, 5 and 10. The manual spells some names in two ways, and reports answer in camel case.
"""

from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from tilisilta.connectors.merit import wire
from tilisilta.core.errors import BadInput

T = TypeVar("T", bound=msgspec.Struct)

_READ = (
    wire.InvoiceRead, wire.InvoiceDetail, wire.PartnerRead, wire.ItemRead, wire.PaymentRead, wire.PaymentPart,
    wire.EntryRead, wire.BatchRead, wire.BatchDetail,
)  # fmt: skip
# Names of settings and of what writes answer, which are read one by one.
_OTHERS = (
    "Id", "Code", "Name", "NameEN", "TaxPct", "NonActive", "NoActive", "IsParent", "SourceType", "BankType", "IBANCode",
    "AccountCode", "CurrencyCode", "EndDate", "StartDate", "DimId", "DimName", "SaveFrom", "SaveTo", "AccPeriods",
    "AccPeriodId", "InvoiceId", "BillId", "InvoiceNo", "BillNo", "PaymentId", "BatchId", "BatchInfo", "Comment",
)  # fmt: skip
_LISTS = frozenset({"Entries", "Lines", "PaymAPIDetails", "Comments", "AccPeriods"})
_BY_LOWER = {
    name.lower(): name
    for name in (*(field.encode_name for shape in _READ for field in msgspec.structs.fields(shape)), *_OTHERS)
}


@lru_cache(maxsize=2048)
def _spelling(name: str) -> str:
    return _BY_LOWER.get(name.lower(), name)


@lru_cache(maxsize=512)
def _misspelled(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names that are not in our spelling; the rows of a list have the same names, so it is looked up."""
    return tuple(name for name in names if _spelling(name) != name)


def spell(value: Any) -> Any:
    """Return JSON with the names that we read in our spelling, changed in place.

    >>> spell([{"pihId": "x", "paymApiDetails": {"docNo": "1"}, "Else": 1}])
    [{'Else': 1, 'PIHId': 'x', 'PaymAPIDetails': [{'DocNo': '1'}]}]
    """
    if isinstance(value, list):
        for each in value:
            spell(each)
    elif isinstance(value, dict):
        for name in _misspelled(tuple(value)):
            value.setdefault(_spelling(name), value[name])
            del value[name]
        for name, each in value.items():
            if isinstance(each, dict | list):
                spell(each)
                if name in _LISTS and isinstance(each, dict):
                    value[name] = [each] if each else []
    return value


def rows_of(value: Any) -> list[Any]:
    """Return what a list answered as a list: one bare row as a list of one, nothing and an empty object as none."""
    if isinstance(value, list):
        return value
    return [value] if value else []


def one_of(value: Any) -> Any:
    """Return what a detail answered, out of a list of one."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def convert_rows(value: Any, shape: type[T], endpoint: str) -> list[T]:
    """Return rows in their shape.

    Raises:
        BadInput: A row has not the shape of its list; nothing may be left out unseen.

    """
    return convert(rows_of(value), list[shape], endpoint)  # type: ignore[valid-type, no-any-return]


def convert(value: Any, shape: Any, endpoint: str) -> Any:
    """Return a value in its shape; otherwise as `convert_rows`."""
    try:
        return msgspec.convert(value, shape, strict=False)
    except msgspec.ValidationError as error:
        raise BadInput(field=endpoint, value=str(error)[:80], rule="shape") from None
