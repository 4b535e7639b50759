"""The demo company: its registers always, partners, products and documents when asked for.

All names and numbers are invented; business ids and IBANs have right check digits.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tilisilta_emulators.procountor import invoice_states, invoices, partners, products
from tilisilta_emulators.procountor.books import FIRST_YEAR, Books
from tilisilta_emulators.procountor.checkdigits import make_business_id, make_iban
from tilisilta_emulators.procountor.payments import settle
from tilisilta_emulators.procountor.records import FiscalYear, PaymentEvent, Period
from tilisilta_emulators.procountor.site import COMPANY_ID, USER_ID

OWN_IBAN = make_iban("15900000000001")
ESTONIAN_CODE = "19901007"
_ADDRESS = {"street": "Konepajankuja 4", "zip": "33100", "city": "Tampere", "country": "FINLAND"}
_CUSTOMERS = (
    ("Pohjolan Puu Oy", "Sahatie 12", "90100", "Oulu", 1902022),
    ("Järvi-Suomen Rakennus Oy", "Laiturikatu 3", "70100", "Kuopio", 1902002),
    ("Käpylän Kahvila Ky", "Pohjolankatu 8", "00610", "Helsinki", 1902003),
    ("Turun Telakkapalvelu Oy", "Telakkatie 1", "20100", "Turku", 1902004),
    ("Tallinna Puidukaubandus OÜ", "Puidu 5", "10415", "Tallinn", 0),
)
_SUPPLIERS = (
    ("Esimerkki Tukku Oy", "Satamakatu 1", "00100", "Helsinki", 1234567),
    ("Vuokratalo Hämeenkatu Oy", "Hämeenkatu 20", "33200", "Tampere", 1902012),
    ("Sähkö ja Lämpö Oy", "Voimakatu 7", "40100", "Jyväskylä", 1902013),
    ("Rahti-Ville Tmi", "Terminaalitie 9", "01530", "Vantaa", 1902014),
    ("Pilvipalvelu Nordic Oy", "Teknologiantie 2", "02150", "Espoo", 1902015),
)
_PRODUCTS = (
    ("SALES", "Asennustyö", "TYO-1", "HOUR", "68.00", "25.5", "3000"),
    ("SALES", "Hitsattu kehikko", "KEH-20", "PIECE", "420.00", "25.5", "3000"),
    ("SALES", "Käsikirja", "KIR-1", "PIECE", "35.00", "13.5", "3010"),
    ("PURCHASE", "Pahvilaatikko", "PL-10", "PIECE", "12.50", "25.5", "4000"),
    ("PURCHASE", "Rahti", "RAHTI", "LOT", "40.00", "25.5", "4420"),
    ("TRAVEL", "Kilometrikorvaus", "KM", "KILOMETER", "0.59", "0", "7800"),
)


def open_books(books: Books, push: Callable[[str, dict[str, Any]], None], *, documents: bool) -> None:
    """Fill a new company.

    Args:
        books: The company.
        push: Called with event type and payload of what webhooks carry.
        documents: Whether partners, products and documents are laid in too.

    """
    books.moment = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)
    _settings(books)
    books.settings["push"] = push
    _users(books)
    _years(books)
    _bank_accounts(books)
    if documents:
        _registers(books)
        _documents(books)
        _bank(books)
    books.moment = None


def _settings(books: Books) -> None:
    identifier = make_business_id(1902100 + 3 * (books.id - COMPANY_ID)) or "1902103-7"
    books.settings |= {
        "company": {
            "id": books.id,
            "name": books.name,
            "country": "FINLAND",
            "productVersion": "FINANCIALS_TIER_TWO",
            "operationType": "PRODUCTION",
            "companyAddress": _ADDRESS,
            "billingAddress": _ADDRESS,
            "mva": False,
            "inTradeRegister": True,
            "businessIdentifier": {"brnType": "FI", "code": identifier},
            "accountingCoaLanguages": ["FI", "EN"],
            "companyCurrency": "EUR",
            "currencyRateSearchDensity": "DAILY_EXCHANGE_RATE",
        },
        "rates": {"USD": Decimal("1.1"), "SEK": Decimal("11.2"), "GBP": Decimal("0.85"), "NOK": Decimal("11.6")},
        "mfa": {},
        "product_dimensions": {},
        "delivery_terms": {"deliveryTerms": ["EXW", "FCA", "DAP", "DDP"]},
        "einvoice": {
            "operator": "Maventa",
            "sendingAddress": "0037" + identifier.replace("-", ""),
            "receivingAddress": "0037" + identifier.replace("-", ""),
            "receivingAddressPublicInTieke": True,
        },
        "penal": {
            "useAutomaticHandling": False,
            "penalInterestDateMargin": 7,
            "minimumPenalInterestSum": Decimal(5),
            "defaultSalesInvoiceInterest": Decimal("10.5"),
            "defaultSalesInvoicePaymentTerms": 14,
        },
        "template": {"id": 1, "name": "Oletuspohja"},
        "vat_settings": {"unitPricesIncludeVatSales": False, "unitPricesIncludeVatPurchase": False},
        "currency": {"companyCurrency": "EUR"},
    }


def _users(books: Books) -> None:
    people = (
        (USER_ID, "Tekninen", "Käyttäjä"),
        (USER_ID + 1, "Aino", "Kirjanpitäjä"),
        (USER_ID + 2, "Eero", "Esimies"),
    )
    for user_id, first, last in people:
        books.users[user_id] = {
            "id": user_id,
            "username": books.options.user_name if user_id == USER_ID else f"{first}.{last}".lower(),
            "companyId": books.id,
            "countryCode": "FINLAND",
            "partnerId": 50001 + user_id - USER_ID,
            "loginMethod": "PROCOUNTOR_KEY",
            "firstName": first,
            "lastName": last,
            "email": f"kayttaja{user_id}@esimerkki.example",
            "mobilePhone": "+358401234567",
        }


def _years(books: Books) -> None:
    stamp, period_id = books.stamp(), 90001
    for at, year in enumerate(range(FIRST_YEAR, max(books.clock.now().year, 2026) + 2)):
        periods = []
        for month in range(1, 13):
            start = date(year, month, 1)
            end = (date(year + month // 12, month % 12 + 1, 1)) - timedelta(days=1)
            status = "CLOSED" if end < books.options.open_from else "OPEN"
            periods.append(Period(period_id, start, end, status, stamp))
            period_id += 1
        books.years.append(FiscalYear(8001 + at, date(year, 1, 1), date(year, 12, 31), stamp, periods))


def _bank_accounts(books: Books) -> None:
    shift = books.id - COMPANY_ID
    rows = (
        (make_iban(f"159000000000{shift:01d}1"), "NDEAFIHH", "Nordea", "1910", "ACTIVE"),
        (make_iban(f"578000000000{shift:01d}2"), "OKOYFIHH", "OP", "1920", "ACTIVE"),
        (make_iban(f"405000000000{shift:01d}3"), "HELSFIHH", "Aktia", "1910", "INACTIVE"),
    )
    for at, (iban, bic, bank, ledger, status) in enumerate(rows):
        row: dict[str, Any] = {
            "id": books.bank_accounts.take_id(),
            "accountNumber": iban[4:],
            "iban": iban,
            "bic": bic,
            "bankName": bank,
            "currency": "EUR",
            "defaultForInvoice": at == 0,
            "defaultForPayment": at == 0,
            "status": status,
            "orderNo": at + 1,
            "version": books.stamp(),
            "ledgerAccount": ledger,
            "showAccountOnInvoice": True,
            "allowPayments": status == "ACTIVE",
            "allowForeignPayments": False,
            "created": books.stamp(),
        }
        books.bank_accounts.put(row["id"], row)


def _registers(books: Books) -> None:
    for kind, rows in (("SUPPLIER", _SUPPLIERS), ("CUSTOMER", _CUSTOMERS)):
        for at, (name, street, code, city, number) in enumerate(rows):
            country = "FINLAND" if number else "ESTONIA"
            info: dict[str, Any] = {"invoiceChannel": "NO_SENDING", "language": "FINNISH"}
            info["identifier"] = (make_business_id(number) if number else None) or ESTONIAN_CODE
            info["identifierType"] = "FI" if number else "EE"
            if kind == "CUSTOMER":
                info["customerNumber"] = str(1001 + at)
            payment: dict[str, Any] = {"paymentMethod": "BANK_TRANSFER", "currency": "EUR", "paymentTermDays": "14"}
            if kind == "SUPPLIER":
                payment |= {"bankAccount": make_iban(f"1234560000{785 + at:04d}"), "bic": "NDEAFIHH"}
            address = {"name": name, "street": street, "zip": code, "city": city, "country": country}
            data = {"name": name, "type": kind, "address": address, "billingAddress": address}
            partners.store(books, {**data, "invoicingInfo": info, "paymentInfo": payment})
    for kind, name, code, unit, price, vat, account in _PRODUCTS:
        row = {"type": kind, "name": name, "code": code, "unit": unit, "price": Decimal(price), "vat": Decimal(vat)}
        row |= {"discount": Decimal(0), "currency": "EUR", "active": True, "defaultAccount": account, "vatStatus": 1}
        products.store(books, row)
    for name, items in (("Kustannuspaikka", ("Konepaja", "Myynti", "Hallinto")), ("Projekti", ("P-1", "P-2"))):
        made = []
        for each in items:
            books.item_id += 1
            made.append({"id": books.item_id, "codeName": each, "description": each})
        dimension = {"id": books.dimensions.take_id(), "name": name, "items": made}
        books.dimensions.put(books.dimensions.next_id - 1, dimension)
    books.groups.put(books.groups.take_id(), {"id": 401, "name": "Vakioasiakkaat", "type": "CUSTOMER", "active": True})


def draft(books: Books, partner_id: int, day: date, rows: list[dict[str, Any]], original: str) -> dict[str, Any]:
    """Return a stored-form invoice for a partner."""
    partner = books.partners.rows[partner_id]
    data = partner.data()
    sales = partner.type == "CUSTOMER"
    info = data["invoicingInfo"]
    payment: dict[str, Any] = {"paymentMethod": "BANK_TRANSFER", "currency": "EUR", "currencyRate": Decimal(1)}
    payment["dueDate"] = (day + timedelta(days=14)).isoformat()
    account = next(iter(books.bank_accounts.rows.values()))["iban"] if sales else data["paymentInfo"].get("bankAccount")
    payment["bankAccount"] = {"accountNumber": account}
    out = {
        "type": "SALES_INVOICE" if sales else "PURCHASE_INVOICE",
        "date": day.isoformat(),
        "partnerId": partner_id,
        "counterParty": {"identifier": info["identifier"], "counterPartyAddress": data["address"]},
        "paymentInfo": payment,
        "extraInfo": {"accountingByRow": True, "unitPricesIncludeVat": False},
        "discountPercent": Decimal(0),
        "vatStatus": 1,
        "invoiceChannel": "NO_SENDING",
        "originalInvoiceNumber": original,
        "invoiceRows": rows,
    }
    return out | ({"language": "FINNISH"} if sales else {})


def row(name: str, quantity: str, price: str, vat: str = "25.5", unit: str = "PIECE") -> dict[str, Any]:
    """Return a stored-form invoice row."""
    return {
        "product": name,
        "quantity": Decimal(quantity),
        "unit": unit,
        "unitPrice": Decimal(price),
        "discountPercent": Decimal(0),
        "vatPercent": Decimal(vat),
        "vatStatus": 1,
    }


def _documents(books: Books) -> None:
    ids = sorted(books.partners.rows)
    plan = (
        (ids[0], date(2026, 2, 3), [row("Pahvilaatikko", "20", "12.50"), row("Rahti", "1", "40")], "T-7700", "paid"),
        (ids[1], date(2026, 3, 1), [row("Vuokra maaliskuu", "1", "1850.00")], "V-2603", "approved"),
        (ids[2], date(2026, 3, 10), [row("Sähkö", "1", "312.47")], "SL-991", "new"),
        (ids[5], date(2026, 2, 12), [row("Asennustyö", "16", "68", unit="HOUR")], "M-1001", "paid"),
        (ids[6], date(2026, 3, 5), [row("Hitsattu kehikko", "4", "420")], "M-1002", "sent"),
        (ids[7], date(2026, 3, 18), [row("Käsikirja", "10", "35", "13.5")], "M-1003", "new"),
    )
    for partner_id, day, rows, original, fate in plan:
        books.moment = datetime(day.year, day.month, day.day, 8, 30, tzinfo=UTC)
        invoice = invoices.add(books, draft(books, partner_id, day, rows, original), USER_ID + 1)
        name = "Aino Kirjanpitäjä"
        if fate == "new":
            continue
        invoice_states.move(books, invoice, "SENT" if invoice.sales else "APPROVED", "APPROVAL", name)
        if fate == "paid":
            paid = (day + timedelta(days=13)).isoformat()
            kind = "BANKTRANSFERELSEWHERE"
            event = PaymentEvent(books.events.take_id(), invoice.id, kind, paid, invoice.sums.gross, "EUR", None)
            settle(books, invoice, event, name)


def _bank(books: Books) -> None:
    iban = next(iter(books.bank_accounts.rows.values()))["iban"]
    event = {
        "id": 880001,
        "payDate": "2026-03-12",
        "valueDate": "2026-03-12",
        "sum": Decimal("2108.40"),
        "accountNumber": make_iban("57800000000099"),
        "name": "Järvi-Suomen Rakennus Oy",
        "explanationCode": 710,
        "archiveCode": "2603125900000001",
        "message": "M-1002",
        "allocated": False,
    }
    statement = {
        "id": books.statements.take_id(),
        "accountNumber": iban,
        "startDate": "2026-03-12",
        "endDate": "2026-03-12",
        "currency": "EUR",
        "numberOfDeposits": 1,
        "depositSum": Decimal("2108.40"),
        "numberOfWithdrawals": 0,
        "withdrawalSum": Decimal("0.00"),
        "startBalance": Decimal("15000.00"),
        "endBalance": Decimal("17108.40"),
        "statementNumber": 51,
        "events": [event],
    }
    books.statements.put(statement["id"], statement)
    reference = {
        "id": books.reference_payments.take_id(),
        "accountNumber": iban,
        "valueDate": "2026-03-20",
        "paymentDate": "2026-03-19",
        "sum": Decimal("397.25"),
        "name": "Käpylän Kahvila Ky",
        "bankReference": "15446",
        "archiveId": "2603205900000002",
        "allocated": False,
        "attachments": [],
    }
    books.reference_payments.put(reference["id"], reference)
