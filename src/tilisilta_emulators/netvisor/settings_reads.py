"""What is set up in the company: accounts, accounting periods with locks, voucher types."""

from tilisilta_emulators.netvisor import chart, xml
from tilisilta_emulators.netvisor.call import Call
from tilisilta_emulators.netvisor.values import show_day


def accounts(call: Call) -> str:
    """GET accountlist.nv."""
    books = call.books
    defaults = xml.group("CompanyDefaultAccounts", *(xml.leaf(name, number) for name, number in chart.DEFAULTS.items()))
    rows = sorted([*books.headings, *books.accounts.values()], key=lambda item: item.sort)
    return xml.group("AccountList", defaults, xml.group("Accounts", *(_account(item) for item in rows)))


def _account(item: chart.Account) -> str:
    return xml.group(
        "Account",
        xml.leaf("NetvisorKey", item.key),
        xml.leaf("Number", item.number),
        xml.leaf("Name", item.name),
        xml.leaf("ForeignName", item.english, {"ISO-3166": "en"}),
        xml.leaf("AccountType", "accountgroup" if item.group else "account"),
        xml.leaf("FatherNetvisorKey", item.father),
        xml.leaf("IsActive", int(item.active)),
        xml.leaf("IsCumulative", int(item.cumulative)),
        xml.leaf("Sort", item.sort),
        xml.leaf("EndSort", item.end_sort),
        xml.leaf("IsNaturalNegative", int(item.negative)),
    )


def periods(call: Call) -> str:
    """GET accountingperiodlist.nv."""
    options = call.options
    finnish, ansi = options.finnish_dates, {"format": "ansi"}
    locks = [
        xml.leaf(name, show_day(until, finnish=finnish), ansi)
        for name, until in (
            ("AccountingPeriodLockDate", options.accounting_locked_until),
            ("VatPeriodLockDate", options.vat_locked_until),
            ("PurchaseLockDate", options.purchase_locked_until),
        )
    ]
    first, last = options.fiscal_years
    rows = [
        xml.group(
            "Period",
            xml.leaf("NetvisorKey", year - first + 1),
            xml.leaf("Name", year),
            xml.leaf("BeginDate", f"1.1.{year}" if finnish else f"{year}-01-01", ansi),
            xml.leaf("EndDate", f"31.12.{year}" if finnish else f"{year}-12-31", ansi),
        )
        for year in range(first, last + 1)
    ]
    if options.period_placement == "inside":
        return xml.group("AccountingPeriodList", xml.group("PeriodLockInformation", *locks, *rows))
    return xml.group("AccountingPeriodList", xml.group("PeriodLockInformation", *locks), *rows)


def voucher_types(call: Call) -> str:
    """GET vouchertypelist.nv."""
    keys = {name: at for at, name in enumerate(call.books.voucher_types, 1)}
    defaults = [xml.group(element, xml.leaf("NetvisorKey", keys[name])) for element, name in chart.DEFAULT_TYPES]
    rows = []
    for name, english, abbreviation in chart.VOUCHER_TYPES:
        rows.append(
            xml.group(
                "VoucherType",
                xml.leaf("NetvisorKey", keys[name]),
                xml.leaf("Abbreviation", abbreviation),
                xml.leaf("Name", name),
                xml.leaf("ForeignName", name, {"ISO-639-1": "fi"}),
                xml.leaf("ForeignName", english, {"ISO-639-1": "en"}),
            )
        )
    return xml.group("VoucherTypeList", xml.group("DefaultVoucherTypes", *defaults), xml.group("VoucherTypes", *rows))
