"""The demo company's settings: a usual Estonian chart of accounts, VAT codes, banks, warehouse.

VAT rates and their dates: Käibemaksuseadus § 15 with its amendments. 20 % from 01.07.2009, 22 % from
01.01.2024, 24 % from 01.07.2025; 9 % reduced; accommodation 13 % from 01.01.2025; periodicals 5 % from
01.08.2022 to 31.12.2024. Codes for reverse charge are named by us, the vendor lets every company add its own.
"""

from datetime import date
from decimal import Decimal
from typing import Any, Literal

import msgspec

COMPANY = {"name": "Näidis OÜ", "regCode": "10000018", "vatNumber": "EE100000010", "iban": "EE382200221020145685"}

CLIENT_UNPAID = "1031"
CLIENT_PREPAYMENT = "2120"
VENDOR_UNPAID = "2110"
VENDOR_PREPAYMENT = "1061"
WAREHOUSE_ACCOUNT = "1051"
SALES_GOODS = "3010"
SALES_SERVICES = "3020"
PURCHASE_GOODS = "4010"
PURCHASE_SERVICES = "4210"
ROUNDING = "4990"
EXCHANGE_GAIN = "8110"
EXCHANGE_LOSS = "8120"
VAT_PURCHASE = "1085"
VAT_SALES = "2315"
VAT_PAYABLE = "2310"
SALARY_PAYABLE = "2340"

_ACCOUNTS = """
1010 ASSET Kassa|Cash
1021 ASSET Swedbank|Swedbank
1022 ASSET LHV|LHV
1029 ASSET Tasaarveldused|Netting
1031 ASSET Ostjate tasumata arved|Accounts receivable
1032 ASSET Ebatõenäoliselt laekuvad arved|Doubtful receivables
1051 ASSET Varud laos|Inventory
1052 ASSET Tooraine ja materjal|Raw materials
1061 ASSET Ettemaksed hankijatele|Prepayments to vendors
1062 ASSET Tulevaste perioodide kulud|Deferred expenses
1071 ASSET Arveldused aruandvate isikutega|Advances to employees
1085 ASSET Sisendkäibemaks|Input VAT
1086 ASSET Maksu- ja Tolliameti ettemaksukonto|Tax prepayment account
1510 ASSET Masinad ja seadmed|Machinery and equipment
1511 ASSET Masinate ja seadmete kulum|Accumulated depreciation of machinery
1520 ASSET Muu materiaalne põhivara|Other tangible assets
1521 ASSET Muu materiaalse põhivara kulum|Accumulated depreciation of other assets
1610 ASSET Immateriaalne põhivara|Intangible assets
2010 LIABILITY Lühiajalised laenud|Short-term loans
2110 LIABILITY Võlad hankijatele|Accounts payable
2120 LIABILITY Ostjate ettemaksed|Prepayments from clients
2310 LIABILITY Käibemaks tasumiseks|VAT payable
2315 LIABILITY Käibemaks müügilt|Output VAT
2320 LIABILITY Sotsiaalmaks|Social tax
2330 LIABILITY Kinnipeetud tulumaks|Withheld income tax
2335 LIABILITY Töötuskindlustusmakse|Unemployment insurance
2340 LIABILITY Võlad töövõtjatele|Salaries payable
2350 LIABILITY Puhkusetasu reserv|Holiday pay reserve
2410 LIABILITY Tulevaste perioodide tulud|Deferred income
2510 LIABILITY Pikaajalised laenud|Long-term loans
2910 LIABILITY Osakapital|Share capital
2920 LIABILITY Kohustuslik reservkapital|Statutory reserve
2960 LIABILITY Eelmiste perioodide jaotamata kasum|Retained earnings
2970 LIABILITY Aruandeaasta kasum|Profit for the year
3010 INCOME Kaupade müük|Sale of goods
3020 INCOME Teenuste müük|Sale of services
3030 INCOME Ühendusesisene käive|Intra-Community supply
3040 INCOME Eksport|Export
3050 INCOME Maksuvaba käive|Exempt supply
3900 INCOME Muud äritulud|Other operating income
4010 EXPENSE Ostetud kaubad|Goods purchased
4020 EXPENSE Materjalid|Materials
4050 EXPENSE Varude mahakandmine|Inventory write-off
4110 EXPENSE Transpordikulud|Transport
4210 EXPENSE Ostetud teenused|Services purchased
4220 EXPENSE Üürikulud|Rent
4230 EXPENSE Side- ja IT-kulud|Telecom and IT
4240 EXPENSE Kontorikulud|Office expenses
4250 EXPENSE Koolituskulud|Training
4260 EXPENSE Reklaamikulud|Advertising
4270 EXPENSE Lähetuskulud|Business travel
4280 EXPENSE Elekter, vesi ja küte|Utilities
4290 EXPENSE Sõiduauto kulud|Car expenses
4990 EXPENSE Ümardamine|Rounding
5010 EXPENSE Palgakulu|Wages
5020 EXPENSE Sotsiaalmaksu kulu|Social tax expense
6010 EXPENSE Põhivara kulum|Depreciation
8110 INCOME Kasum valuutakursi muutustest|Exchange gain
8120 EXPENSE Kahjum valuutakursi muutustest|Exchange loss
8200 INCOME Intressitulu|Interest income
8210 EXPENSE Intressikulu|Interest expense
""".strip().splitlines()


def accounts() -> list[dict[str, Any]]:
    """Return the chart of accounts in wire form."""
    made = []
    for line in _ACCOUNTS:
        code, kind, names = line.split(" ", 2)
        estonian, _, english = names.partition("|")
        made.append(
            {
                "id": f"acc-{code}",
                "code": code,
                "type": kind,
                "descriptionEt": estonian,
                "descriptionEn": english,
                "balanceSheetRow": None,
                "incomeStatementRow": None,
                "cashflowRow": None,
            }
        )
    return made


VatKind = Literal["normal", "zero", "exempt", "reverse_national", "reverse_union", "reverse_other"]


class VatCode(msgspec.Struct):
    """A VAT code: percent, what it means for the ledger, and the days on which the law knows it."""

    code: str
    pc: Decimal
    kind: VatKind
    sales: bool
    purchase: bool
    estonian: str
    english: str
    since: date | None = None
    until: date | None = None
    account_sales: str = VAT_SALES
    account_purchase: str = VAT_PURCHASE
    order: int = 0
    custom: bool = False


def _code(
    code: str,
    pc: str,
    kind: VatKind,
    sides: str,
    names: tuple[str, str],
    *,
    dates: tuple[date | None, date | None] = (None, None),
) -> VatCode:
    return VatCode(code, Decimal(pc), kind, "s" in sides, "p" in sides, names[0], names[1], dates[0], dates[1])


_Y20 = (date(2009, 7, 1), date(2023, 12, 31))
_Y22 = (date(2024, 1, 1), date(2025, 6, 30))
_Y24 = (date(2025, 7, 1), None)


def vat_codes() -> list[VatCode]:
    """Return the VAT codes of an Estonian company, present rate first."""
    codes = [
        _code("24", "24", "normal", "sp", ("24% käive", "24% VAT"), dates=_Y24),
        _code("22", "22", "normal", "sp", ("22% käive", "22% VAT"), dates=_Y22),
        _code("20", "20", "normal", "sp", ("20% käive", "20% VAT"), dates=_Y20),
        _code("13", "13", "normal", "sp", ("13% majutus", "13% accommodation"), dates=(date(2025, 1, 1), None)),
        _code("9", "9", "normal", "sp", ("9% käive", "9% VAT"), dates=(date(2009, 1, 1), None)),
        _code(
            "5", "5", "normal", "sp", ("5% perioodika", "5% periodicals"), dates=(date(2022, 8, 1), date(2024, 12, 31))
        ),
        _code("0", "0", "zero", "sp", ("0% käive", "0% VAT")),
        _code("0-EL-K", "0", "zero", "s", ("0% ühendusesisene kauba käive", "0% goods to EU")),
        _code("0-EL-T", "0", "zero", "s", ("0% teenused ELi", "0% services to EU")),
        _code("0-EX", "0", "zero", "s", ("0% eksport", "0% export")),
        _code("0-PM", "0", "zero", "s", ("Siseriiklik pöördmaksustamine", "Domestic reverse charge supply")),
        _code("-", "0", "exempt", "sp", ("Maksuvaba käive", "Exempt")),
    ]
    for rate, dates in (("24", _Y24), ("22", _Y22), ("20", _Y20)):
        codes += [
            _code(f"{rate}-EL-K", rate, "reverse_union", "p", ("Kauba soetamine ELst", "Goods from EU"), dates=dates),
            _code(
                f"{rate}-EL-T", rate, "reverse_union", "p", ("Teenuse saamine ELst", "Services from EU"), dates=dates
            ),
            _code(f"{rate}-PM", rate, "reverse_national", "p", ("Pöördmaksustamine", "Reverse charge"), dates=dates),
            _code(
                f"{rate}-V", rate, "reverse_other", "p", ("Teenused välismaalt", "Services from abroad"), dates=dates
            ),
        ]
    for order, code in enumerate(codes, start=1):
        code.order = order
    return codes


# One euro in foreign currency, as the European Central Bank quotes; fixed so that tests are repeatable.
ECB_RATES = {
    "EUR": Decimal(1),
    "USD": Decimal("1.1500"),
    "GBP": Decimal("0.8600"),
    "SEK": Decimal("11.2000"),
    "NOK": Decimal("11.8000"),
    "DKK": Decimal("7.4600"),
    "CHF": Decimal("0.9400"),
    "PLN": Decimal("4.2600"),
    "CZK": Decimal("24.8000"),
    "HUF": Decimal("398.0000"),
    "JPY": Decimal("172.0000"),
    "CAD": Decimal("1.6000"),
    "AUD": Decimal("1.7800"),
    "CNY": Decimal("8.2500"),
}
# Known to the vendor but without an ECB rate: the document must bring its own.
OTHER_CURRENCIES = frozenset({"RUB", "UAH", "BYN", "GEL", "KZT", "AED"})


def lists() -> dict[str, list[dict[str, Any]]]:
    """Return the settings lists in wire form, by service, apart from accounts and VAT codes."""
    bank = {"swift": None, "forNetting": False, "showOnInvoice": True, "otherInvoiceInfo": None}
    return {
        "bankaccounts": [
            {**bank, "name": "Swedbank", "account": "1021", "order": 1, "currency": "EUR",
             "iban": "EE382200221020145685", "swift": "HABAEE2X", "defaultEInvoiceAccount": True},
            {**bank, "name": "LHV", "account": "1022", "order": 2, "currency": "EUR",
             "iban": "EE527700771000000004", "swift": "LHVBEE22", "defaultEInvoiceAccount": False},
            {**bank, "name": "Tasaarveldus", "account": "1029", "order": 3, "currency": "EUR", "iban": None,
             "forNetting": True, "showOnInvoice": False, "defaultEInvoiceAccount": False},
        ],
        "cashaccounts": [
            {"name": "Kassa", "account": "1010", "order": 1, "currency": "EUR",
             "incomingOrderNumber": 1, "outgoingOrderNumber": 1},
        ],
        "objects": [
            {"id": "obj-1", "code": "TLN", "name": "Tallinna kontor", "active": True},
            {"id": "obj-2", "code": "TRT", "name": "Tartu kontor", "active": True},
        ],
        "paymentmethods": [
            {"name": "Kaardimakse", "account": "1021", "order": 1, "isCash": False},
            {"name": "Sularaha", "account": "1010", "order": 2, "isCash": True},
        ],
        "groups": [
            {"name": "Püsikliendid", "clients": True, "vendors": False},
            {"name": "Hankijad", "clients": False, "vendors": True},
        ],
        "countries": [
            {"code": code, "name": name, "nameEn": english, "euMember": union, "systemCountry": True}
            for code, name, english, union in _COUNTRIES
        ],
        "documenttemplates": [
            {"code": "DEFAULT", "name": "Tavaline arve", "available": True},
            {"code": "SIMPLE", "name": "Lihtne arve", "available": True},
        ],
        "warehouses": [{"name": "Põhiladu"}],
    }  # fmt: skip


_COUNTRIES = (
    ("EE", "Eesti", "Estonia", True),
    ("FI", "Soome", "Finland", True),
    ("LV", "Läti", "Latvia", True),
    ("LT", "Leedu", "Lithuania", True),
    ("SE", "Rootsi", "Sweden", True),
    ("DE", "Saksamaa", "Germany", True),
    ("PL", "Poola", "Poland", True),
    ("NL", "Holland", "Netherlands", True),
    ("IE", "Iirimaa", "Ireland", True),
    ("FR", "Prantsusmaa", "France", True),
    ("DK", "Taani", "Denmark", True),
    ("NO", "Norra", "Norway", False),
    ("GB", "Suurbritannia", "United Kingdom", False),
    ("US", "Ameerika Ühendriigid", "United States", False),
    ("CH", "Šveits", "Switzerland", False),
    ("UA", "Ukraina", "Ukraine", False),
)
