"""Settings and registers of the demo organization: what every set of books starts with."""

from decimal import Decimal
from typing import Any

from tilisilta_emulators.severa.records import Record
from tilisilta_emulators.severa.store import Store

WAITING = "Odottaa siirtoa Maestroon"
TRANSFERRED = "Siirretty Maestroon"
_STATUSES: tuple[tuple[str, dict[str, bool]], ...] = (
    ("Luonnos", {"isDefault": True}),
    (WAITING, {"isReadOnly": True, "hasInvoiceNumber": True, "isSent": True, "isDefaultForCreditNote": True}),
    (TRANSFERRED, {"isReadOnly": True, "hasInvoiceNumber": True, "isSent": True}),
    ("Lähetetty", {"isReadOnly": True, "hasInvoiceNumber": True, "isSent": True, "isWaitingPayment": True}),
    ("Maksettu", {"isReadOnly": True, "hasInvoiceNumber": True, "isSent": True, "isPaid": True}),
    ("Valmis lähetettäväksi Netvisoriin", {"hasInvoiceNumber": True, "isActive": False}),
)
_COUNTRIES = (
    ("Suomi", "Finland", "FI", "FIN"),
    ("Viro", "Estonia", "EE", "EST"),
    ("Ruotsi", "Sweden", "SE", "SWE"),
    ("Norja", "Norway", "NO", "NOR"),
)
_VAT = (("25.5", "25,5", True), ("13.5", "13,5", False), ("14", "14", False), ("10", "10", False), ("0", "0", False))
_SALES = (("3000", "Myynti, palvelut"), ("3010", "Myynti, tarvikkeet"), ("3020", "Matkalaskutus"))
_PRODUCTS = (
    ("A100", "Lisenssi, vuosi", "FixedFees", "490.00", "25.5", "kpl", True),
    ("A101", "Palvelinpaketti", "FixedFees", "89.00", "25.5", "kk", True),
    ("B/20", "Kirja: Suunnittelun käsikirja", "Materials", "42.50", "13.5", "kpl", True),
    ("TARVIKE 7", "Asennustarvikkeet", "Materials", "12.90", "25.5", "kpl", True),
    ("ALI-1", "Alihankinta", "Subcontracting", "75.00", "25.5", "h", True),
    (None, "Muu veloitus", "FixedFees", "0.00", "25.5", "kpl", True),
    ("A099", "Lisenssi, vanha hinnasto", "FixedFees", "390.00", "24", "kpl", False),
)
_WORK_TYPES = (
    ("TYO-01", "Suunnittelu", "3000", True, True),
    ("TYO-02", "Projektinhallinta", "3000", True, True),
    ("A100", "Lisenssin käyttöönotto", "3000", True, True),
    (None, "Koulutus", "3000", True, True),
    ("TYO-90", "Sisäinen työ", None, False, True),
    ("TYO-09", "Vanha työlaji", "3000", True, False),
)
_TRAVEL = (
    ("KM", "Kilometrikorvaus", "Mileage", "0.55", "km", "25.5"),
    ("PVR", "Päiväraha", "DailyAllowance", "54.00", "pv", "25.5"),
    ("MATKA", "Matkaliput", "OtherTravelExpense", "0.00", "kpl", "25.5"),
    (None, "Pysäköinti", "OtherTravelExpense", "0.00", "kpl", "25.5"),
)


def open_settings(store: Store) -> None:
    """Make the organization, its people, lists and registers."""
    make = store.make
    make("timezones", name="Europe/Helsinki")
    euro = make(
        "currencies", name="Euro", code="EUR", symbol="€", rate=Decimal(1), isActive=True, isOrganizationCurrency=True
    )
    make("currencies", name="Ruotsin kruunu", code="SEK", symbol="kr", rate=Decimal("11.05"), isActive=True)
    store.euro = euro
    languages = [
        make("languages", name=name, englishName=english, code=code, isInvoiceLanguage=True)
        for name, english, code in (
            ("suomi", "Finnish", "fi"),
            ("ruotsi", "Swedish", "sv"),
            ("englanti", "English", "en"),
            ("viro", "Estonian", "et"),
        )
    ]
    countries = [
        make(
            "countries",
            name=name,
            englishName=english,
            code2=code2,
            code3=code3,
            hasRegions="NoRegion",
            isInEU=code2 != "NO",
            isRegistrationCountry=code2 == "FI",
            currency=euro,
        )
        for name, english, code2, code3 in _COUNTRIES
    ]
    finland = countries[0]
    _people(store, finland, euro, languages[0])
    for name, flags in _STATUSES:
        make("invoicestatuses", **{"name": name, "isActive": True, **flags})
    for rate, code, default in _VAT:
        make(
            "vatrates",
            percentage=Decimal(rate),
            code=code,
            isActive=True,
            isDefault=default,
            countryGuid=finland.guid,
        )
    make("invoicetemplates", title="Peruspohja", name="Peruspohja", isActive=True, isDefault=True, canDelete=False)
    make("productcategories", name="Yleinen", isActive=True, isDefault=True, code="1")
    make("costaccounts", number="7800", name="Matkakulut", isActive=True, isTravelTypeDefault=True)
    make("costcenters", identifier="100", name="Helsinki", isActive=True, isDefault=True)
    for name, kind in (("Puhelin", "Phone"), ("Matkapuhelin", "MobilePhone"), ("Sähköposti", "EmailAddress")):
        make("communicationtypes", name=name, isActive=True, type=kind)
    _registers(store)


def _people(store: Store, finland: Record, euro: Record, finnish: Record) -> None:
    make = store.make
    company = make("companies", name="Naava Suunnittelu Oy", currencyGuid=euro.guid, currencyCode="EUR")
    store.main_unit = unit = make(
        "businessunits",
        name="Naava Suunnittelu Oy",
        code="NAAVA",
        isActive=True,
        vatNumber="FI29876548",
        companyName="Naava Suunnittelu Oy",
        companyGuid=company.guid,
        companyCountryGuid=finland.guid,
        companyCurrencyGuid=euro.guid,
    )
    company.data["rootBusinessUnitGuid"] = unit.guid
    make(
        "businessunits",
        name="Naava Tampere",
        code="TRE",
        isActive=True,
        parentGuid=unit.guid,
        companyName="Naava Suunnittelu Oy",
        companyGuid=company.guid,
        companyCountryGuid=finland.guid,
    )
    people = (("Aino", "Rautio", "AR"), ("Mikko", "Salo", "MS"), ("Leena", "Kivi", "LK"))
    users = [
        make(
            "users",
            firstName=first,
            lastName=last,
            name=f"{last} {first}",
            code=code,
            email=f"{first}.{last}@naava.example".lower(),
            isActive=True,
            businessUnit=unit,
        )
        for first, last, code in people
    ]
    store.admin = users[0]
    store.organization = make(
        "organizations",
        name="Naava Suunnittelu Oy",
        vatNumber="FI29876548",
        isVatRegistered=True,
        registeredOffice="Helsinki",
        address="Lapinlahdenkatu 16",
        postalCode="00180",
        city="Helsinki",
        country=finland,
        phone="+358 9 555 0101",
        eInvoiceAddress="003729876548",
        eInvoiceOperatorCode="003721291126",
        currency=euro,
        language=finnish,
        activeCompanies=[company],
        activeAddons=["Finvoice", "RestApi"],
    )
    make(
        "bankaccounts",
        bankName="Nordea",
        accountNumber="FI2112345600000785",
        bic="NDEAFIHH",
        accountNumberFormat="Iban",
        isActive=True,
        company=company,
        businessUnit=unit,
    )


def _price(amount: str) -> dict[str, Any]:
    return {"amount": Decimal(amount), "currencyCode": "EUR"}


def _registers(store: Store) -> None:
    make = store.make
    accounts = {
        number: make(
            "salesaccounts",
            number=number,
            name=name,
            isActive=True,
            isWorkTypeDefault=number == "3000",
            isProductDefault=number == "3010",
            isTravelTypeDefault=number == "3020",
        )
        for number, name in _SALES
    }
    category = next(iter(store.tables["productcategories"]))
    for code, name, kind, price, rate, unit, active in _PRODUCTS:
        make(
            "products",
            name=name,
            code=code,
            type=kind,
            unitPrice=_price(price),
            unitCost=_price("0.00"),
            vatRate=Decimal(rate),
            measurementUnit=unit,
            isActive=active,
            productCategory=category,
            salesAccount=accounts["3010"],
        )
    for code, name, account, productive, active in _WORK_TYPES:
        make(
            "worktypes",
            name=name,
            code=code,
            isActive=active,
            isProductive=productive,
            isDefault=code == "TYO-01",
            salesAccount=accounts.get(account or ""),
            hourCost=_price("45.00"),
        )
    for code, name, kind, cost, unit, rate in _TRAVEL:
        make(
            "travelexpensetypes",
            name=name,
            code=code,
            expenseClass=kind,
            unitCost=_price(cost),
            vatRate=Decimal(rate),
            purchaseVatRate=Decimal(0),
            measurementUnit=unit,
            isActive=True,
            productCategory=category,
            salesAccount=accounts["3020"],
            costAccount=next(iter(store.tables["costaccounts"])),
        )
