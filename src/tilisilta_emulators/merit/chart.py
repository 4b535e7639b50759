"""Settings that a new company of a country starts with: taxes, accounts, units, banks, ways of paying.

Numbers of accounts follow the sheet's sample (1200, 3000, 2310); the rest of the chart is ours. Ids of taxes are
the same in every company of a country, as two plugins that hard-code one suggest.
"""

from decimal import Decimal
from typing import NamedTuple

from tilisilta_emulators.merit.options import Country
from tilisilta_emulators.merit.records import Tax
from tilisilta_emulators.merit.values import named_guid

STANDARD_EE = "b9b25735-6a15-4d4e-8720-25b254ae3d21"
RECEIVABLE, PAYABLE, OUTPUT_VAT, INPUT_VAT = "1200", "2110", "2310", "2315"
SALES, GOODS, SERVICES_BOUGHT, ROUNDING = "3000", "4000", "4210", "4990"
CASH, BANK, STOCK, WAGES, WAGE_DEBT = "1000", "1020", "1300", "5010", "2410"
DEPRECIATION, ASSETS, RATE_DIFFERENCE = "6010", "1801", "8310"


class National(NamedTuple):
    """What differs between countries."""

    name: str
    language: str
    currency: str
    sales_code: str
    zone: str


COUNTRIES: dict[str, National] = {
    "EE": National("Eesti", "ET", "EUR", "MA", "Europe/Tallinn"),
    "FI": National("Suomi", "FI", "EUR", "MY", "Europe/Helsinki"),
    "PL": National("Polska", "PL", "PLN", "SP", "Europe/Warsaw"),
}
COUNTRY_NAMES = {
    "EE": "Eesti", "FI": "Soome", "PL": "Poola", "LV": "Läti", "LT": "Leedu", "SE": "Rootsi", "DE": "Saksamaa",
    "DK": "Taani", "NO": "Norra", "GB": "Suurbritannia", "US": "Ameerika Ühendriigid", "NL": "Holland",
    "FR": "Prantsusmaa", "IT": "Itaalia", "ES": "Hispaania", "IE": "Iirimaa", "BE": "Belgia", "AT": "Austria",
}  # fmt: skip
RATES = {
    "EUR": Decimal("1.0000000"), "USD": Decimal("1.0840000"), "GBP": Decimal("0.8560000"),
    "SEK": Decimal("11.2700000"), "NOK": Decimal("11.6500000"), "DKK": Decimal("7.4590000"),
    "PLN": Decimal("4.2710000"), "CHF": Decimal("0.9470000"), "LVL": Decimal("0.7028040"),
}  # fmt: skip
"""What one euro costs; stands for the central bank's rate of any day."""

_TAXES: dict[str, tuple[tuple[str, str, str, str, bool], ...]] = {
    "EE": (
        ("24%", "24", "24% käive", "24% VAT", False),
        ("22%", "22", "22% käive", "22% VAT", False),
        ("20%", "20", "20% käive", "20% VAT", False),
        ("13%", "13", "13% käive", "13% VAT", False),
        ("9%", "9", "9% käive", "9% VAT", False),
        ("5%", "5", "5% käive", "5% VAT", False),
        ("0%", "0", "0% käive", "0% VAT", False),
        ("EL0", "0", "EL kauba käive 0%", "EU goods 0%", False),
        ("ELT0", "0", "EL teenuse käive 0%", "EU services 0%", False),
        ("EXP0", "0", "Kauba eksport 0%", "Export 0%", False),
        ("MVAB", "0", "Maksuvaba käive", "Exempt", False),
        ("MAKSUTA", "0", "Ei ole käive", "Not taxable", False),
        ("ELPK24", "24", "EL kaup pöördkm 24%", "EU goods reverse charge 24%", True),
        ("ELTPK24", "24", "EL teenus pöördkm 24%", "EU services reverse charge 24%", True),
    ),
    "FI": (
        ("25,5", "25.5", "ALV 25,5 %", "VAT 25.5%", False),
        ("24", "24", "ALV 24 %", "VAT 24%", False),
        ("14", "14", "ALV 14 %", "VAT 14%", False),
        ("13,5", "13.5", "ALV 13,5 %", "VAT 13.5%", False),
        ("10", "10", "ALV 10 %", "VAT 10%", False),
        ("0", "0", "Veroton", "No VAT", False),
        ("EU0", "0", "EU-tavaramyynti 0 %", "EU goods 0%", False),
        ("EUP25,5", "25.5", "EU-palveluosto 25,5 %", "EU services reverse charge 25.5%", True),
    ),
    "PL": (
        ("23", "23", "23%", "VAT 23%", False),
        ("8", "8", "8%", "VAT 8%", False),
        ("5", "5", "5%", "VAT 5%", False),
        ("0", "0", "0%", "VAT 0%", False),
        ("ZW", "0", "zw", "Exempt", False),
        ("WNT23", "23", "WNT 23%", "EU goods reverse charge 23%", True),
    ),
}


def taxes(country: Country) -> dict[str, Tax]:
    """Return the stock taxes of a country by id."""
    made = {}
    for code, pct, name, name_en, reverse in _TAXES[country]:
        identity = STANDARD_EE if (country, code) == ("EE", "24%") else named_guid(f"tax:{country}:{code}")
        old = country == "EE" and code in {"20%", "22%"}
        made[identity] = Tax(identity, code, name, name_en, name_en, Decimal(pct), old, reverse)
    return made


ACCOUNTS: tuple[tuple[str, str, str], ...] = (
    ("1000", "Kassa", "Cash"),
    ("1010", "Kassa 2", "Cash 2"),
    ("1020", "Arvelduskonto", "Bank account"),
    ("1021", "Teine arvelduskonto", "Second bank account"),
    ("1100", "Aruandvad isikud", "Reporting persons"),
    ("1200", "Ostjatelt laekumata arved", "Trade receivables"),
    ("1210", "Ebatõenäoliselt laekuvad arved", "Doubtful receivables"),
    ("1300", "Kaubad", "Goods for sale"),
    ("1310", "Ettemaksed hankijatele", "Prepayments to vendors"),
    ("1800", "Põhivara", "Fixed assets"),
    ("1801", "Põhivara kulum", "Accumulated depreciation"),
    ("2110", "Võlad hankijatele", "Trade payables"),
    ("2120", "Ostjate ettemaksed", "Prepayments of customers"),
    ("2310", "Arvestatud käibemaks", "Output VAT"),
    ("2315", "Sisendkäibemaks", "Input VAT"),
    ("2320", "Tulumaks töötasult", "Income tax on wages"),
    ("2330", "Sotsiaalmaks", "Social tax"),
    ("2410", "Võlad töövõtjatele", "Wages payable"),
    ("2900", "Aktsia- või osakapital", "Share capital"),
    ("2970", "Eelmiste perioodide kasum", "Retained earnings"),
    ("3000", "Müügitulu", "Revenue"),
    ("3010", "Kaupade müük", "Sales of goods"),
    ("3020", "Teenuste müük", "Sales of services"),
    ("3900", "Muud äritulud", "Other income"),
    ("4000", "Kauba kulu", "Cost of goods"),
    ("4010", "Tooraine", "Materials"),
    ("4200", "Bürookulud", "Office costs"),
    ("4210", "Ostetud teenused", "Bought services"),
    ("4220", "Sidekulud", "Communication"),
    ("4230", "Transpordikulud", "Transport"),
    ("4990", "Ümardamised", "Rounding"),
    ("5010", "Töötasu", "Wages"),
    ("5020", "Sotsiaalmaksu kulu", "Social tax cost"),
    ("6010", "Põhivara kulum", "Depreciation"),
    ("8310", "Kursivahed", "Exchange differences"),
    ("8600", "Muud kulud", "Other costs"),
)
ACCOUNT_NAMES = {code: name for code, name, _ in ACCOUNTS}
UNITS = (("tk", "tk"), ("h", "h"), ("kuu", "kuu"), ("kg", "kg"), ("km", "km"), ("kmpl", "kmpl"), ("m2", "m2"))
DEPARTMENTS = (("MAIN", "Peakontor"), ("TRT", "Tartu"), ("OLD", "Suletud osakond"))
CLOSED_DEPARTMENT = "OLD"
PROJECTS = (("P-1", "Projekt 1", None), ("P-2", "Projekt 2", "2024-12-31"))
COST_CENTERS = (("KK-1", "Juhtimine", None), ("KK-2", "Müük", None))
LOCATIONS = (("1", "Põhiladu"), ("2", "Teine ladu"))
ITEM_GROUPS = (("TEENUS", "Teenused"), ("KAUP", "Kaubad"))
PARTNER_GROUPS = (("PYSI", "Püsikliendid"), ("UUS", "Uued kliendid"))
VENDOR_GROUPS = (("KULU", "Kuluhankijad"),)


class Dimension(NamedTuple):
    """One value of one dimension."""

    dim_id: int
    dim_name: str
    id: str
    code: str
    name: str
    end_date: str | None


DIMENSIONS = tuple(
    Dimension(dim, title, named_guid(f"dim:{dim}:{code}"), code, name, end)
    for dim, title, code, name, end in (
        (1, "Projekt", "P-1", "Projekt 1", None),
        (1, "Projekt", "P-2", "Projekt 2", "2024-12-31"),
        (2, "Kulukoht", "KK-1", "Juhtimine", None),
        (2, "Kulukoht", "KK-2", "Müük", None),
        (3, "Ressurss", "AUTO", "Sõiduauto", None),
    )
)


class Bank(NamedTuple):
    """A bank account of the company."""

    id: str
    name: str
    iban: str
    account: str


BANKS = (
    Bank(named_guid("bank:1"), "Swedbank", "EE382200221020145685", "1020"),
    Bank(named_guid("bank:2"), "LHV", "EE247700771001234567", "1021"),
)


class Method(NamedTuple):
    """A way of paying; source 1 cash or bank, 2 reporting person, 3 ledger account."""

    id: str
    name: str
    source: int
    bank_type: int
    account: str
    iban: str | None
    types: tuple[int, ...]


METHODS = (
    Method(named_guid("method:cash"), "Sularaha", 1, 1, "1000", None, (1, 2, 3)),
    Method(named_guid("method:bank1"), "Swedbank", 1, 2, "1020", "EE382200221020145685", (1, 2, 3)),
    Method(named_guid("method:bank2"), "LHV", 1, 2, "1021", "EE247700771001234567", (1, 2, 3)),
    Method(named_guid("method:card"), "Pangakaart", 3, 0, "1020", None, (3,)),
    Method(named_guid("method:person"), "Juhataja", 2, 0, "1100", None, (1, 2)),
)
METHOD_BY_ID = {method.id: method for method in METHODS}
METHOD_BY_NAME = {method.name.casefold(): method for method in METHODS}
METHOD_BY_IBAN = {method.iban: method for method in METHODS if method.iban}
METHOD_OF_BANK = {bank.id: METHOD_BY_IBAN[bank.iban] for bank in BANKS}
