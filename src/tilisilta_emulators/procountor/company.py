"""The company and who is asking: settings, users, rights, chart, VAT, periods, currencies, status.

Source: vendor sheet, sections 1, 7 and 9.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from tilisilta_emulators.procountor import schema
from tilisilta_emulators.procountor.call import Call, whole
from tilisilta_emulators.procountor.errors import Refused, not_found
from tilisilta_emulators.procountor.payments import ask_person
from tilisilta_emulators.procountor.records import FiscalYear, Period
from tilisilta_emulators.procountor.routing import Route

_OTHERS = {
    "EE": (Decimal(24), Decimal(13), Decimal(9), Decimal(0)),
    "SE": (Decimal(25), Decimal(12), Decimal(6), Decimal(0)),
}


def status(_call: Call) -> dict[str, Any]:
    """`GET /status`: needs no company."""
    return {"name": "procountor-api", "version": "26.04", "status": "OK", "procountorVersion": "2026.4"}


def company(call: Call) -> dict[str, Any]:
    """`GET /company`."""
    out: dict[str, Any] = call.books.settings["company"]
    return out


def put_company(call: Call) -> dict[str, Any]:
    """`PUT /company`: addresses and languages; what the vendor keeps itself stays."""
    call.require("management.basicCompanyInfo", "modify the company")
    data = call.read("Company")
    if data["id"] != call.books.id:
        raise not_found("Company")
    changed = {
        name: data[name] for name in ("companyAddress", "billingAddress", "accountingCoaLanguages") if name in data
    }
    call.books.settings["company"] = {**call.books.settings["company"], **changed}
    return {"message": "Company saved."}


def usage(call: Call) -> dict[str, Any]:
    """`GET /company/usagesettings`."""
    by_row = call.options.accounting_by_row
    names = ("salesInvoicePosting", "purchaseInvoicePosting", "travelAndExpenseInvoicePosting")
    return {
        "defaultInvoiceChannel": "ELECTRONIC_INVOICE",
        "cashDiscount": {"cashDiscountForSales": False, "cashDiscountForPurchase": False},
        "accountingByRow": {**dict.fromkeys(names, by_row), "salaryPosting": False},
    }


def circulation(call: Call) -> dict[str, Any]:
    """`GET /company/invoicecirculation/settings`."""
    options = call.options
    acceptors = options.approvers or ([call.user] if options.circulation else [])
    return {
        "useForPurchaseInvoices": options.circulation,
        "useForTravelAndExpenseInvoices": options.circulation,
        "reminderInterval": "ONCE_A_WEEK",
        "forceNotifications": False,
        "useDeterminedOrder": False,
        "allowPaymentOnlyWhenApproved": options.pay_only_approved,
        "allowInvoiceSpecificDiscussion": True,
        "maxVerifiers": 5,
        "maxAcceptors": 5,
        "verifiers": [],
        "acceptors": [_checker(call, user, at) for at, user in enumerate(acceptors, 1)],
        "allowPersonalSubstitution": False,
        "substitutions": [],
    }


def _checker(call: Call, user: int, order: int) -> dict[str, Any]:
    person = call.books.users.get(user, {"firstName": "", "lastName": ""})
    return {"firstname": person["firstName"], "surname": person["lastName"], "userId": user, "orderNo": order}


def verifier_lists(_call: Call) -> list[Any]:
    """`GET /company/invoicecirculation/verifierlists`: none are kept."""
    return []


def verifier_list(_call: Call) -> None:
    """`GET /company/invoicecirculation/verifierlists/{id}`."""
    raise not_found("Verifier list")


def fixed(name: str) -> Any:
    """Return a handler that answers what the company's settings hold under `name`."""

    def handler(call: Call) -> Any:
        return call.books.settings[name]

    return handler


def session(call: Call) -> dict[str, Any]:
    """`GET /sessioninfo`."""
    shown = call.books.settings["company"]
    return {
        "companyId": call.books.id,
        "name": shown["name"],
        "country": shown["country"],
        "productVersion": shown["productVersion"],
        "userId": call.user,
        "userName": call.options.user_name,
        "companySettings": {"invoiceDiscussionEnabled": True},
    }


def user(call: Call) -> dict[str, Any]:
    """`GET /users`: the key's own user."""
    return call.books.users[call.user]


def put_user(call: Call) -> Any:
    """`PUT /users`: only after a person has confirmed."""
    call.require("user.editPersonalInfo", "modify the user")
    data = call.read("User")
    held = call.books.users[call.user]

    def apply() -> dict[str, Any]:
        kept = ("id", "username", "companyId")
        held.update({name: value for name, value in data.items() if name not in kept})
        return {"info": {"message": "User saved."}}

    return ask_person(call.books, "USER_UPDATED", apply)


def rights(call: Call) -> dict[str, Any]:
    """`GET /users/rights`."""
    return call.rights.wire()


def profile(call: Call) -> dict[str, Any]:
    """`GET /users/profiles/{userId}`."""
    person = call.books.users.get(call.id())
    if person is None:
        raise not_found("User")
    return {"firstname": person["firstName"], "surname": person["lastName"]}


def personal(call: Call) -> dict[str, Any]:
    """`GET /businesspartners/personaldetails`; `personId` is what an old client reads."""
    person = call.books.users[call.user]
    return {
        "partnerId": person["partnerId"],
        "personId": person["partnerId"],
        "firstName": person["firstName"],
        "lastName": person["lastName"],
        "language": "FINNISH",
    }


def coa(call: Call) -> dict[str, Any]:
    """`GET /coa`: no VAT data per account."""
    return {
        "ledgerAccounts": [
            {
                "ledgerAccountCode": each.code,
                "name": each.finnish,
                "active": each.active,
                "translations": [
                    {"languageCode": "FI", "translation": each.finnish},
                    {"languageCode": "EN", "translation": each.name},
                ],
            }
            for each in call.books.accounts.values()
        ]
    }


def vat_default(call: Call) -> dict[str, Any]:
    """`GET /vats/default`."""
    percentages = [{"vatPercent": each, "sales": True, "purchase": True} for each in call.options.vat_percents]
    return {
        "vatInformation": [{"country": "Finland", "percentages": percentages}],
        "vatStatuses": [
            {"vatStatus": each.number, "description": each.text, "sales": each.sales, "purchase": each.purchase}
            for each in call.books.statuses.values()
        ],
    }


def vat_country(call: Call) -> dict[str, Any]:
    """`GET /vats/country?countryCode=FI`."""
    code = call.query["countryCode"].upper()
    if code == "FI":
        return {"vatPercentages": call.options.vat_percents}
    if code not in _OTHERS:
        raise Refused(400, f"Value of the 'countryCode' field is invalid: {code[:10]}")
    return {"vatPercentages": list(_OTHERS[code])}


def fiscal_years(call: Call) -> dict[str, Any]:
    """`GET /fiscalyears`: newest first."""
    return {
        "fiscalYears": [show_year(each) for each in sorted(call.books.years, key=lambda each: each.start, reverse=True)]
    }


def show_year(year: FiscalYear) -> dict[str, Any]:
    return {
        "id": year.id,
        "startDate": year.start,
        "endDate": year.end,
        "isOpen": year.is_open,
        "modified": year.modified,
        "trackingPeriods": [_period(each) for each in year.periods],
    }


def _period(period: Period) -> dict[str, Any]:
    return {
        "id": period.id,
        "startDate": period.start,
        "endDate": period.end,
        "status": period.status,
        "modified": period.modified,
    }


def put_period(call: Call) -> dict[str, Any]:
    """`PUT /fiscalyears/{y}/trackingPeriods/{p}`: OPEN to PENDING and nothing else."""
    call.require("accounting.closingOfAccountTools", "change tracking periods")
    year = next((each for each in call.books.years if each.id == call.id()), None)
    period = next((each for each in year.periods if each.id == whole(call.ids[1])), None) if year else None
    if period is None:
        raise not_found("Tracking period")
    wanted = call.read("TrackingPeriod")["status"]
    if (period.status, wanted) != ("OPEN", "PENDING"):
        raise Refused(409, f"Tracking period cannot go from {period.status} to {wanted}")
    period.status, period.modified = wanted, call.books.stamp()
    call.books.settings["push"]("TRACKING_PERIOD_STATUS_UPDATED", msgspec.to_builtins(_period(period)))
    return {"message": "Tracking period updated."}


def currencies(_call: Call) -> dict[str, Any]:
    """`GET /currencies`."""
    return {"currencies": sorted(schema.ENUMS["CURRENCY"])}


def exchange_rate(call: Call) -> dict[str, Any]:
    """`GET /currencies/exchangerate`: the same every day."""
    query, rates = call.query, {"EUR": Decimal(1), **call.books.settings["rates"]}
    base, wanted = query["baseCurrency"].upper(), query["currency"].upper()
    if base not in rates or wanted not in rates:
        raise not_found("Exchange rate")
    rate = round(rates[wanted] / rates[base], 6)
    return {"queryDay": query["day"], "currency": wanted, "day": query["day"], "rate": rate}


def latest_rates(call: Call) -> dict[str, Any]:
    """`GET /currencies/latest`."""
    rates = call.books.settings["rates"]
    shown = [{"currencyRate": rate, "currencyCode": code} for code, rate in rates.items()]
    return {"baseCurrency": call.books.home_currency, "currencyDate": call.books.today(), "rates": shown}


def sie(call: Call) -> None:
    """`GET /sie/...`: a Swedish file, not for Finnish companies."""
    raise Refused(403, f"SIE is not available in {call.books.settings['company']['country']}")


def close_until(call_years: list[FiscalYear], until: date, status: str, stamp: str) -> int:
    """Set the periods that end by `until` to `status`; return how many changed."""
    changed = 0
    for year in call_years:
        for period in year.periods:
            if period.end <= until and period.status != status:
                period.status, period.modified = status, stamp
                changed += 1
    return changed


ROUTES = (
    Route("GET", "/status", status),
    Route("GET", "/company", company),
    Route("PUT", "/company", put_company),
    Route("GET", "/company/usagesettings", usage),
    Route("GET", "/company/invoicecirculation/settings", circulation),
    Route("GET", "/company/invoicecirculation/verifierlists", verifier_lists),
    Route("GET", "/company/invoicecirculation/verifierlists/{id}", verifier_list),
    Route("GET", "/company/deliveryterms", fixed("delivery_terms")),
    Route("GET", "/company/einvoiceaddresses", fixed("einvoice")),
    Route("GET", "/company/expenses/collectionpenal/settings", fixed("penal")),
    Route("GET", "/company/invoicetemplates", fixed("template")),
    Route("GET", "/sessioninfo", session),
    Route("GET", "/users", user),
    Route("PUT", "/users", put_user),
    Route("GET", "/users/rights", rights),
    Route("GET", "/users/profiles/{userId}", profile),
    Route("GET", "/businesspartners/personaldetails", personal),
    Route("GET", "/coa", coa),
    Route("GET", "/vats/default", vat_default),
    Route("GET", "/vats/country", vat_country),
    Route("GET", "/vats/settings", fixed("vat_settings")),
    Route("GET", "/fiscalyears", fiscal_years),
    Route("PUT", "/fiscalyears/{fiscalYearId}/trackingPeriods/{trackingPeriodId}", put_period),
    Route("GET", "/currencies", currencies),
    Route("GET", "/currencies/company", fixed("currency")),
    Route("GET", "/currencies/exchangerate", exchange_rate),
    Route("GET", "/currencies/latest", latest_rates),
    Route("GET", "/sie/availability", sie),
    Route("GET", "/sie/file", sie),
)
