"""The demo company's catalogues: codes, accounts, contacts and products. Fixed data, nobody real.

Registry codes, VAT numbers, personal codes and account numbers have right check digits and come from ranges that
are not given out.
"""

from typing import Any

VAT_CODES = [
    (1, "24", "Käive 24%", "24.00", 1, 0),
    (2, "22", "Käive 22%", "22.00", 1, 0),
    (3, "20", "Käive 20%", "20.00", 1, 0),
    (4, "13", "Majutus 13%", "13.00", 1, 0),
    (5, "9", "Raamatud 9%", "9.00", 1, 0),
    (6, "0EU", "Ühendusesisene käive 0%", "0.00", 1, 0),
    (7, "0EX", "Eksport 0%", "0.00", 1, 0),
    (8, "MV", "Maksuvaba käive", "0.00", 1, 0),
    (9, "24O", "Ost 24%", "24.00", 0, 1),
    (10, "22O", "Ost 22%", "22.00", 0, 1),
    (11, "20O", "Ost 20%", "20.00", 0, 1),
    (12, "9O", "Ost 9%", "9.00", 0, 1),
    (13, "PM", "Pöördmaksustatav teenus EL", "0.00", 0, 1),
    (14, "-", "Ei ole käive", "0.00", 1, 1),
]
"""Id, code, name, percent, for sales, for purchases."""
NOT_APPLICABLE = 14

RECEIPT_ACCOUNTS = [(1, "Kassa", "cash"), (2, "Pangakonto EUR", "bank"), (3, "Pangakonto USD", "bank")]
DEPOTS = [(1, "Põhiladu"), (2, "Kaupluse ladu")]
TAGS = [(1, "Laoartikkel"), (2, "Allahindlus"), (3, "Valgustid"), (4, "Püsiklient")]
FINANCE_ACCOUNTS = [
    (1, "3000", "Müügitulu 24%", 1, 0),
    (2, "3010", "Müügitulu teenustelt", 1, 0),
    (3, "3020", "Eksport ja ühendusesisene käive", 1, 0),
    (4, "4000", "Kaubad müügiks", 0, 1),
    (5, "5010", "Büroo- ja tegevuskulud", 0, 1),
    (6, "5020", "IT-kulud", 0, 1),
    (7, "5030", "Elekter", 0, 1),
]
FINANCE_OBJECTS = [(1, "MYYK", "Müügiosakond"), (2, "ARENDUS", "Arendusosakond")]
PRODUCT_GROUPS = [(1, "Mööbel"), (2, "Teenused"), (3, "Kulud")]
CLIENT_PROFILES = [(1, "Tavaklient", 14, "0.00"), (2, "Püsiklient", 30, "5.00")]
STATUSES = [
    ("quotes", "quote1", "Koostamisel", 1),
    ("quotes", "quote2", "Kinnitatud", 0),
    ("projects", "inprogress", "Töös", 1),
    ("projects", "completed", "Lõpetatud", 0),
    ("invoices", "unpaid", "Tasumata", 1),
    ("invoices", "paid", "Tasutud", 0),
]
USERS: list[dict[str, Any]] = [
    {"username": "liis", "firstname": "Liis", "lastname": "Laas", "email": "liis@naidis.example", "category": "admin"},
    {"username": "mart", "firstname": "Mart", "lastname": "Mets", "email": "mart@naidis.example"},
]
COMPANY: dict[str, Any] = {
    "company_name": "Naidis OÜ",
    "address": [{"country": "est", "city": "Tallinn", "street": "Näite tn 1", "zipcode": "10115"}],
    "email": "info@naidis.example",
    "phone": "+372 600 0001",
    "reg_no": "19900019",
    "vat_no": "EE101999007",
    "active_currencies": ["EUR", "USD"],
}
BOOKMARKS: list[dict[str, Any]] = [
    {"bookmark_id": 111, "bookmark_name": "Tasumata arved", "module": "invoices", "filter": {"status": "unpaid"}}
]
CUSTOM_FIELDS = {
    "contacts": {"c_tier": ("Kliendi tase", "text")},
    "products": {"c_laoartikkel": ("Laoartikkel", "checkbox")},
    "invoices": {"c_ostutellimus": ("Ostutellimuse nr", "text")},
}


def _address(street: str, city: str, zipcode: str, country: str = "est", county: str = "") -> list[dict[str, Any]]:
    place = {"country": country, "county": county, "municipality": "", "city": city}
    return [{**place, "street": street, "zipcode": zipcode}]


def _means(email: str, phone: str = "") -> dict[str, list[str]]:
    return {"email": [email], "phone": [phone] if phone else []}


CONTACTS: list[dict[str, Any]] = [
    {
        "contact_id": 31,
        "name": "Põhjala Puit OÜ",
        "id_code": "19900120",
        "vatno": "EE101999117",
        "bankaccount": "EE362200221099990010",
        "is_client": 1,
        "client_profile_id": 2,
        "addresses": _address("Saeveski tee 12\r\nHoone B, 2. korrus", "Paide", "72712", county="Järvamaa"),
        "means_of_contact": _means("arved@pohjalapuit.example", "+372 600 0031"),
        "tags": ["Püsiklient"],
        "custom_fields": {"c_tier": "Gold"},
    },
    {
        "contact_id": 32,
        "name": "Mereranna Majutus AS",
        "id_code": "19900232",
        "vatno": "EE101999227",
        "is_client": 1,
        "addresses": _address("Ranna pst 4", "Pärnu", "80010", county="Pärnumaa"),
        "means_of_contact": _means("raamatupidamine@mererand.example", "+372 600 0032"),
    },
    {
        "contact_id": 33,
        "name": "Kuuse & Pojad Disain OÜ",
        "id_code": "19900344",
        "is_client": 1,
        "is_supplier": 1,
        "addresses": _address("Telliskivi 60a\r\nC-hoone", "Tallinn", "10412", county="Harjumaa"),
        "means_of_contact": _means("tere@kuusedisain.example"),
    },
    {
        "contact_id": 34,
        "name": "Tartu Tööriistad AS",
        "id_code": "19900456",
        "vatno": "EE101999337",
        "bankaccount": "EE931010220099990027",
        "is_client": 1,
        "addresses": _address("Ringtee 75", "Tartu", "50501", county="Tartumaa"),
        "means_of_contact": _means("ost@tartutooriistad.example", "+372 600 0034"),
    },
    {
        "contact_id": 35,
        "name": "Suomen Esimerkki Oy",
        "id_code": "9900001-8",
        "vatno": "FI99000018",
        "is_client": 1,
        "addresses": _address("Esimerkkikatu 5\r\nPL 17", "Helsinki", "00100", "fin"),
        "means_of_contact": _means("ostolaskut@esimerkki.example", "+358 9 000 0035"),
    },
    {
        "contact_id": 36,
        "name": "Example Trading Inc",
        "is_client": 1,
        "addresses": _address("100 Sample Avenue\r\nSuite 7", "Portland", "97201", "usa"),
        "means_of_contact": _means("ap@exampletrading.example"),
    },
    {
        "contact_id": 37,
        "name": "Maris",
        "lastname": "Tamm",
        "contact_type": "person",
        "id_code": "48502120272",
        "sex": "F",
        "birthday": "1985-02-12",
        "is_client": 1,
        "addresses": _address("Aia 3-14", "Viljandi", "71020", county="Viljandimaa"),
        "means_of_contact": _means("maris.tamm@post.example", "+372 500 0037"),
    },
    {
        "contact_id": 38,
        "name": "Jüri",
        "lastname": "Saar",
        "contact_type": "person",
        "is_client": 1,
        "means_of_contact": _means("jyri.saar@post.example"),
    },
    {
        "contact_id": 39,
        "name": "Elektriabi OÜ",
        "id_code": "19900568",
        "vatno": "EE101999447",
        "bankaccount": "EE577700771099990036",
        "is_supplier": 1,
        "addresses": _address("Võimsuse 8", "Narva", "20303", county="Ida-Virumaa"),
        "means_of_contact": _means("arve@elektriabi.example"),
    },
    {
        "contact_id": 40,
        "name": "Kontorikaup AS",
        "id_code": "19900678",
        "vatno": "EE101999557",
        "bankaccount": "EE184204278699990045",
        "is_supplier": 1,
        "addresses": _address("Laki 24", "Tallinn", "12915", county="Harjumaa"),
        "means_of_contact": _means("myyk@kontorikaup.example", "+372 600 0040"),
    },
    {
        "contact_id": 41,
        "name": "Pilvipalvelu Oy",
        "id_code": "9900012-2",
        "vatno": "FI99000122",
        "is_supplier": 1,
        "addresses": _address("Pilvitie 2", "Oulu", "90100", "fin"),
        "means_of_contact": _means("billing@pilvipalvelu.example"),
    },
    {
        "contact_id": 42,
        "name": "Paraugs Logistika SIA",
        "vatno": "LV40099999001",
        "is_supplier": 1,
        "addresses": _address("Parauga iela 9", "Rīga", "LV-1010", "lva"),
        "means_of_contact": _means("rekini@paraugs.example"),
    },
    {
        "contact_id": 43,
        "name": "Rein",
        "lastname": "Kask",
        "contact_type": "person",
        "id_code": "37908170421",
        "sex": "M",
        "position": "Ostujuht",
        "means_of_contact": _means("rein.kask@pohjalapuit.example", "+372 500 0043"),
        "related_companies": [{"contact_id": 31, "name": "Põhjala Puit OÜ", "position": "Ostujuht"}],
    },
]


def _product(product_id: int, code: str, name: str, prices: str, more: dict[str, Any]) -> dict[str, Any]:
    """One product; `prices` are the sales and the purchase price."""
    price, cost = prices.split()
    base = {"product_id": product_id, "code": code, "name": name, "price": price, "buying_price": cost}
    defaults = {
        "default_vat_code_id": 1,
        "default_sales_tax_id": 1,
        "default_purchases_tax_id": 9,
        "sales_finance_account_id": 1,
        "purchases_finance_account_id": 4,
        "productgroup_id": 1,
    }
    return {**defaults, **base, **more}


_SERVICE = {"is_service": 1, "sales_finance_account_id": 2, "productgroup_id": 2}
_COST = {"is_service": 1, "purchases_finance_account_id": 5, "productgroup_id": 3}
_HOURS = {**_SERVICE, "unit": "h"}
_MONTHS = {**_SERVICE, "unit": "kuu"}
_MANY_TAGS = "Valgustid, Laoartikkel, Allahindlus"
_NO_VAT = {"default_sales_tax_id": NOT_APPLICABLE, "default_vat_code_id": NOT_APPLICABLE}

PRODUCTS: list[dict[str, Any]] = [
    _product(71, "LAUD-01", "Kontorilaud", "289.00 170.00", {"tag": "Laoartikkel", "depot_amounts": {"1": "14.00"}}),
    _product(
        72,
        "TOOL-02",
        "Kontoritool",
        "124.50 66.00",
        {"tag": "Laoartikkel", "depot_amounts": {"1": "40.00", "2": "6.00"}},
    ),
    _product(73, "VALG-03", "Lauavalgusti", "39.90 18.20", {"tag": _MANY_TAGS, "depot_amounts": {"2": "25.00"}}),
    _product(74, "RIIUL-04", "Seinariiul", "79.00 41.00", {"tag": "laoartikkel", "depot_amounts": {"1": "9.00"}}),
    _product(75, "KONS", "Konsultatsioon", "85.00 0.00", _HOURS),
    _product(76, "HOOLD", "Hooldusleping", "49.00 0.00", _MONTHS),
    _product(77, "VEEB", "Veebimajutus", "12.40 4.10", _MONTHS),
    _product(
        78,
        "RAAMAT",
        "Käsiraamat",
        "24.50 11.00",
        {"tag": "Allahindlus", "default_sales_tax_id": 5, "default_vat_code_id": 5},
    ),
    _product(
        79, "MAJUTUS", "Majutus seminarikeskuses", "68.00 0.00", {**_SERVICE, "unit": "öö", "default_sales_tax_id": 4}
    ),
    _product(80, "TRANS", "Transport", "35.00 22.00", {**_SERVICE, "unit": "kord"}),
    _product(81, "LITS", "Tarkvara litsents", "199.00 120.00", _SERVICE),
    _product(82, "", "Sularaha kinkekaart", "50.00 50.00", _NO_VAT),
    _product(83, "KT", "Kontoritarbed", "0.00 18.75", _COST),
    _product(84, "EL", "Elekter", "0.00 0.1864", {**_COST, "unit": "kWh", "purchases_finance_account_id": 7}),
    _product(
        85,
        "PILV",
        "Pilveteenus",
        "0.00 240.00",
        {**_COST, "unit": "kuu", "purchases_finance_account_id": 6, "default_purchases_tax_id": 13},
    ),
]
