"""The demo company's chart of accounts, VAT percentages and VAT statuses.

VAT status numbers 1, 3, 5 and 12 are the vendor's; those from 900 up are invented, and say so in their text: the
full list is not public (vendor sheet, section 7). Accounts follow the usual Finnish chart; which of them bear VAT
is our reading, the API does not tell.
"""

from tilisilta_emulators.procountor.records import Account, VatStatus

RECEIVABLES, PAYABLES = "1701", "2880"
SALES, PURCHASES = "3000", "4000"
VAT_RECEIVABLE, VAT_PAYABLE = "1763", "2939"
ROUNDING = "9990"
BANK, CLEARING = "1910", "1999"
TRAVEL_PAYABLES, TRAVEL = "2891", "7800"

_ROWS = """
1020|Development costs|Kehittämismenot|v
1160|Machinery and equipment|Koneet ja kalusto|v
1180|Computer equipment|Atk-laitteet|v
1510|Raw materials|Aineet ja tarvikkeet|
1530|Finished goods|Valmiit tuotteet|
1701|Trade receivables|Myyntisaamiset|
1763|VAT receivable|Arvonlisäverosaamiset|
1780|Other receivables|Muut saamiset|
1850|Accrued income|Siirtosaamiset|
1900|Cash|Kassa|
1910|Bank account|Pankkitili|
1920|Second bank account|Pankkitili 2|
1999|Payments elsewhere|Suoritusten selvittelytili|
2001|Share capital|Osakepääoma|
2251|Retained earnings|Edellisten tilikausien voitto|
2370|Profit for the year|Tilikauden voitto|
2620|Loans from banks|Lainat rahoituslaitoksilta|
2840|Advances received|Saadut ennakot|
2880|Trade payables|Ostovelat|
2891|Travel and expense payables|Matkalaskuvelat|
2920|Withholding tax payable|Ennakonpidätysvelka|
2939|VAT payable|Arvonlisäverovelka|
2960|Accrued expenses|Siirtovelat|
3000|Sales|Myynti|v
3010|Sales, 13.5 %|Myynti 13,5 %|v
3020|Sales, 10 %|Myynti 10 %|v
3100|Sales, VAT 0 %|Myynti 0 %|
3360|Sales of goods to EU|Tavaramyynti EU-maihin|
3365|Sales of services to EU|Palvelumyynti EU-maihin|
3380|Export|Vientimyynti|
3400|Construction services, reverse charge|Rakennuspalvelun myynti, käännetty alv|
3600|Other operating income|Liiketoiminnan muut tuotot|v
4000|Purchases|Ostot|v
4010|Purchases, 13.5 %|Ostot 13,5 %|v
4020|Purchases, 10 %|Ostot 10 %|v
4110|Purchases of goods from EU|Tavaraostot EU-maista|
4120|Purchases of services from EU|Palveluostot EU-maista|
4130|Import|Maahantuonti|
4220|Construction services, reverse charge|Rakennuspalvelun osto, käännetty alv|
4420|Freight|Rahdit|v
4450|Subcontracting|Alihankinta|v
5000|Salaries|Palkat|
6130|Pension costs|Eläkekulut|
6300|Social security costs|Sotumaksut|
7000|Staff costs|Henkilöstökulut|v
7200|Rent|Toimitilavuokrat|v
7230|Electricity and heating|Sähkö ja lämmitys|v
7300|Vehicle costs|Ajoneuvokulut|v
7450|Software and IT services|Atk-palvelut|v
7680|Small equipment|Pienkalusto|v
7800|Travel costs|Matkakulut|v
7960|Representation|Edustuskulut|v
8000|Marketing|Mainonta ja markkinointi|v
8300|Accounting services|Taloushallintopalvelut|v
8380|Telephone and data|Puhelin ja data|v
8500|Insurance|Vakuutukset|
8560|Office supplies|Toimistotarvikkeet|v
8680|Bank charges|Pankkikulut|
8700|Other operating expenses|Liiketoiminnan muut kulut|v
9200|Interest income|Korkotuotot|
9460|Interest expenses|Korkokulut|
9740|Exchange differences|Kurssierot|
9990|Rounding differences|Pyöristyserot|
9995|Withdrawn account|Poistettu tili|x
"""


def accounts() -> dict[str, Account]:
    """Return the chart by code."""
    out = {}
    for line in _ROWS.strip().splitlines():
        code, name, finnish, mark = line.split("|")
        out[code] = Account(code, name, finnish, vat=mark == "v", active=mark != "x")
    return out


def vat_statuses() -> dict[int, VatStatus]:
    """Return the VAT statuses by number."""
    invented = "(invented number)"
    rows = [
        VatStatus(1, "Domestic", sales=True, purchase=True, domestic=True),
        VatStatus(3, "Outside of the EU", sales=True, purchase=False),
        VatStatus(5, "EU community sales (product)", sales=True, purchase=False),
        VatStatus(12, "No VAT handling", sales=True, purchase=True),
        VatStatus(900, f"EU acquisition of goods {invented}", sales=False, purchase=True),
        VatStatus(901, f"EU purchase of services {invented}", sales=False, purchase=True),
        VatStatus(902, f"EU community sales (service) {invented}", sales=True, purchase=False),
        VatStatus(903, f"Import of goods {invented}", sales=False, purchase=True),
        VatStatus(904, f"Construction services, reverse charge 25.5% {invented}", sales=True, purchase=True),
        VatStatus(905, f"Construction services, reverse charge 24% {invented}", sales=True, purchase=True),
        VatStatus(906, f"Sale of second-hand goods {invented}", sales=True, purchase=False),
    ]
    return {row.number: row for row in rows}
