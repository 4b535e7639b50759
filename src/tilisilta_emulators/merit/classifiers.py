"""Lists of settings: taxes, accounts, dimensions, banks, ways of paying, periods; section 8 of the sheet."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from tilisilta_emulators.merit import chart
from tilisilta_emulators.merit.call import Call, Handler
from tilisilta_emulators.merit.errors import bad_format
from tilisilta_emulators.merit.values import named_guid, show_day

_YES, _NO = "Jah", "Ei"
_FILTERS = {1: ("4", "5", "6", "8"), 2: ("1", "2"), 3: ("2315",)}


def endpoints() -> dict[str, tuple[tuple[int, ...], Handler]]:
    """Return the services by path, with the versions that have them."""
    return {
        "gettaxes": ((1,), taxes),
        "getbanks": ((1,), banks),
        "getpaymenttypes": ((2,), payment_types),
        "getdimensions": ((2,), dimensions),
        "getdepartments": ((1,), departments),
        "getprojects": ((1,), projects),
        "getcostcenters": ((1,), cost_centers),
        "getaccounts": ((1,), accounts),
        "getaccperiods": ((2,), periods),
        "getvendorlist": ((2,), vendor_list),
    }


def taxes(call: Call) -> list[dict[str, Any]]:
    """List VAT codes."""
    return [
        {
            "Id": one.id,
            "Code": one.code,
            "Name": one.name,
            "NameEN": one.name_en,
            "NameRU": one.name_ru,
            "TaxPct": one.pct,
            "NonActive": one.non_active,
        }
        for one in call.books.settings.taxes.values()
    ]


def banks(call: Call) -> list[dict[str, Any]]:
    """List bank accounts."""
    return [
        {
            "Name": one.name,
            "IBANCode": one.iban,
            "Description": f"{one.name} {call.books.currency}",
            "BankId": one.id,
            "CurrencyCode": call.books.currency,
            "AccountCode": one.account,
        }
        for one in chart.BANKS
    ]


def payment_types(call: Call) -> list[dict[str, Any]]:
    """List ways of paying; without `Type` the service fails, as a client found."""
    kind = call.form.integer("Type", range(1, 4))
    if kind is None:
        raise bad_format("Type", None)
    return [
        {
            "SourceType": one.source,
            "BankType": one.bank_type,
            "Id": one.id,
            "Name": one.name,
            "CurrencyCode": call.books.currency,
        }
        for one in chart.METHODS
        if kind in one.types
    ]


def dimensions(call: Call) -> list[dict[str, Any]]:
    """List dimensions, one row a value; expired ones only when all are asked for."""
    everything = call.form.flag("AllValues")
    today = call.now.date().isoformat()
    return [
        {
            "DimId": one.dim_id,
            "DimName": one.dim_name,
            "Id": one.id,
            "Code": one.code,
            "Name": one.name,
            "EndDate": f"{one.end_date}T00:00:00" if one.end_date else None,
            "NonActive": bool(one.end_date and one.end_date < today),
            "DebitPositive": False,
        }
        for one in call.books.settings.dimensions.values()
        if everything or not one.end_date or one.end_date >= today
    ]


def departments(call: Call) -> list[dict[str, Any]]:
    """List departments."""
    return [
        {"Code": code, "Name": name, "NonActive": code == chart.CLOSED_DEPARTMENT}
        for code, name in call.books.settings.departments.items()
    ]


def _objects(where: Mapping[str, tuple[str, str | None]]) -> list[dict[str, Any]]:
    return [
        {"Code": code, "Name": name, "EndDate": f"{end}T00:00:00" if end else None}
        for code, (name, end) in where.items()
    ]


def projects(call: Call) -> list[dict[str, Any]]:
    """List projects."""
    return _objects(call.books.settings.projects)


def cost_centers(call: Call) -> list[dict[str, Any]]:
    """List cost centres."""
    return _objects(call.books.settings.cost_centers)


def accounts(call: Call) -> list[dict[str, Any]]:
    """List ledger accounts; `UsageFilter` 1 costs, 2 balance sheet, 3 VAT of purchases."""
    wanted = _FILTERS.get(call.form.integer("UsageFilter", range(4)) or 0)
    return [
        {
            "AccountID": named_guid(f"account:{code}"),
            "Code": code,
            "Name": name,
            "NonActive": _NO,
            "NoActive": _NO,
            "TaxName": None,
            "TaxNameEN": None,
            "TaxNameRU": None,
            "LinkedVendorName": None,
            "IsParent": _YES if code.endswith("000") and code[0] in "29" else _NO,
            "NameEN": name_en,
            "NameRU": name_en,
        }
        for code, name, name_en in chart.ACCOUNTS
        if wanted is None or code.startswith(wanted)
    ]


def periods(call: Call) -> dict[str, Any]:
    """Return the financial years and the range that documents may be saved in."""
    today, until = call.now.date(), call.locked_until
    years = range(today.year - 3, today.year + 1)
    open_from = until + timedelta(days=1) if until and until < date.max else date(years[0], 1, 1)
    return {
        "SaveFrom": show_day(open_from),
        "SaveTo": show_day(date(today.year + 1, 12, 31)),
        "AccPeriods": [
            {
                "AccPeriodId": named_guid(f"period:{year}"),
                "StartDate": show_day(date(year, 1, 1)),
                "EndDate": show_day(date(year, 12, 31)),
                "Active": year == today.year,
            }
            for year in years
        ],
    }


def vendor_list(call: Call) -> list[dict[str, Any]]:
    """List groups of vendors under the name that the Polish host has."""
    found = call.books.settings.vendor_groups
    return [{"Id": identity, "Code": code, "Name": name} for code, (identity, name) in found.items()]
