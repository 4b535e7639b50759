"""Refusals of SmartAccounts: upper-case keys with dashes and a message in English or Estonian.

Keys and texts that the vendor sheet quotes are used as quoted; the others follow the same form (inferred).
"""

from typing import Any, Literal

import msgspec

Language = Literal["en", "et"]
ErrorShape = Literal["errors", "message", "error", "text"]

_TEXTS: dict[str, tuple[str, str]] = {
    "REQUIRED": ("{field} is required", "{field} is required"),
    "INVALID-VALUE": ("{field} has an invalid value: {value}", "{field} has an invalid value: {value}"),
    "INVALID-DATE": (
        "{field} must be a date in the format dd.MM.yyyy: {value}",
        "{field} must be a date in the format dd.MM.yyyy: {value}",
    ),
    "TOO-LONG": ("{field} may have at most {limit} characters", "{field} may have at most {limit} characters"),
    "INVALID-CHARACTER": ("{field} contains unsupported characters", "{field} contains unsupported characters"),
    "BODY-READ-ERROR": ("POST body read error", "POST body read error"),
    "DATE-FROM-REQUIRED": (
        "dateFrom only allowed to be null when paymentStatus or id is provided",
        "dateFrom only allowed to be null when paymentStatus or id is provided",
    ),
    "TOO-MANY-CODES": ("At most 50 codes are allowed", "At most 50 codes are allowed"),
    "NO-RIGHTS": ("API has no rights to {service}", "API kasutajal puudub õigus: {service}"),
    "NOT-FOUND": ("{what} by id not found", "{what}: sellise id-ga kirjet ei leitud"),
    "CLIENT-NOT-FOUND": ("Client not found: {value}", "Klienti ei leitud: {value}"),
    "VENDOR-NOT-FOUND": ("Vendor not found: {value}", "Hankijat ei leitud: {value}"),
    "ARTICLE-NOT-FOUND": ("Article not found: {value}", "Artiklit ei leitud: {value}"),
    "ARTICLE-EXISTS": ("Article with code {value} already exists", "Artikkel koodiga {value} on juba olemas"),
    "ARTICLE-NOT-ACTIVE": ("Article is not active: {value}", "Artikkel ei ole aktiivne: {value}"),
    "VAT-PC-NOT-FOUND": ("VAT code not found: {value}", "Käibemaksukoodi ei leitud: {value}"),
    "VAT-PC-NOT-ACTIVE": ("VAT code is not active: {value}", "Käibemaksukood ei ole kasutusel: {value}"),
    "VAT-PC-NOT-VALID-ON-DATE": (
        "VAT code {value} is not valid on {date}",
        "Käibemaksukood {value} ei kehti kuupäeval {date}",
    ),
    "ACCOUNT-NOT-FOUND": ("Account not found: {value}", "Kontot ei leitud: {value}"),
    "OBJECT-NOT-FOUND": ("Object not found: {value}", "Objekti ei leitud: {value}"),
    "GROUP-NOT-FOUND": ("Group not found: {value}", "Gruppi ei leitud: {value}"),
    "CURRENCY-NOT-FOUND": ("Currency not found: {value}", "Valuutat ei leitud: {value}"),
    "EXCHANGE-RATE-REQUIRED": (
        "Exchange rate is required for currency {value}",
        "Valuuta {value} puhul on vajalik vahetuskurss",
    ),
    "WAREHOUSE-NOT-FOUND": ("Warehouse not found: {value}", "Ladu ei leitud: {value}"),
    "NOT-ENOUGH-IN-STOCK": ("Not enough in stock: {value}", "Laos ei ole piisavalt: {value}"),
    "PAYMENT-METHOD-NOT-FOUND": ("Payment method not found: {value}", "Makseviisi ei leitud: {value}"),
    "PAYMENT-AMOUNT-TOO-LARGE": (
        "Payment amount larger than invoice total",
        "Makse summa on suurem kui arve summa",
    ),
    "PAYMENT-ROW-AMOUNT-TOO-LARGE": (
        "payment amount larger than outstanding amount on row {row}",
        "makse summa on suurem kui tasumata summa real {row}",
    ),
    "PAYMENT-ROW-AMOUNT-NEGATIVE": (
        "payment amount must be positive on row {row}",
        "makse summa peab olema positiivne real {row}",
    ),
    "PAYMENT-ROW-NOT-FOUND": (
        "Document {value} not found on row {row}",
        "Dokumenti {value} ei leitud real {row}",
    ),
    "PAYMENT-ROW-WRONG-PARTNER": (
        "Document on row {row} belongs to another partner",
        "Dokument real {row} kuulub teisele partnerile",
    ),
    "PAYMENT-ROW-WRONG-CURRENCY": (
        "Document on row {row} is in currency {value}",
        "Dokument real {row} on valuutas {value}",
    ),
    "PAYMENT-AMOUNT-MISMATCH": (
        "Payment amount {value} differs from the sum of its rows {sum}",
        "Makse summa {value} erineb ridade summast {sum}",
    ),
    "PAYMENT-AMOUNT-NEGATIVE": ("Payment amount must be positive", "Makse summa peab olema positiivne"),
    "BANK-ACCOUNT-NOT-FOUND": ("Bank account not found: {value}", "Pangakontot ei leitud: {value}"),
    "CASH-ACCOUNT-NOT-FOUND": ("Cash account not found: {value}", "Kassat ei leitud: {value}"),
    "CREDIT-INVOICE-BASE-NOT-FOUND": (
        "Base invoice of the credit invoice not found: {value}",
        "Kreeditarve alusarvet ei leitud: {value}",
    ),
    "CREDIT-INVOICE-BASE-OTHER-CLIENT": (
        "Base invoice of the credit invoice belongs to another client",
        "Kreeditarve alusarve kuulub teisele kliendile",
    ),
    "CREDIT-INVOICE-ENTRY-EARLIER-THAN-BASE": (
        "Entry date of the credit invoice is earlier than that of the base invoice",
        "Kreeditarve kande kuupäev on varasem kui alusarve kande kuupäev",
    ),
    "PERIOD-LOCKED": (
        "Period is locked until {until}: {date}",
        "Periood on lukustatud kuni {until}: {date}",
    ),
    "TOTAL-LESS-THAN-PAID": (
        "Invoice total is less than the paid amount",
        "Arve summa on väiksem kui tasutud summa",
    ),
    "IN-USE": ("{what} is in use and cannot be deleted", "{what} on kasutusel ja seda ei saa kustutada"),
    "HAS-PAYMENTS": ("Invoice has payments", "Arvel on makseid"),
    "HAS-CREDIT-INVOICES": ("Invoice has credit invoices", "Arvel on kreeditarveid"),
    "BUILT-IN": ("{what} is built in", "{what} on süsteemne"),
    "EXISTS": ("{what} {value} already exists", "{what} {value} on juba olemas"),
    "ENTRY-NOT-BALANCED": (
        "Debit {debit} and credit {credit} differ",
        "Deebet {debit} ja kreedit {credit} ei võrdu",
    ),
    "ENTRY-ROW-AMOUNT": (
        "Row {row} must have either debit or credit",
        "Real {row} peab olema kas deebet või kreedit",
    ),
    "ENTRY-NOT-MANUAL": (
        "Only entries of type LEDGER_ENTRY can be added or changed",
        "Lisada ja muuta saab ainult LEDGER_ENTRY tüüpi kandeid",
    ),
    "EINVOICES-NOT-ENABLED": ("Sending e-invoices is not enabled", "E-arvete saatmine ei ole lubatud"),
    "EINVOICES-NOT-ACCEPTED": ("Client does not accept e-invoices", "Klient ei võta e-arveid vastu"),
    "FILE-CONTENT": ("fileContent is not base64", "fileContent ei ole base64"),
    "FILE-TOO-LARGE": ("File is too large", "Fail on liiga suur"),
}


class Fault(msgspec.Struct, frozen=True):
    """One thing wrong with a request: its key and what to put into the text."""

    key: str
    values: dict[str, Any] = {}

    def text(self, language: Language) -> str:
        """Return the message in the language of the address."""
        english, estonian = _TEXTS[self.key]
        return (estonian if language == "et" else english).format(**self.values)


class Refused(Exception):
    """The request is refused and nothing is saved: one fault of the basic stage or all of the complex one."""

    def __init__(self, *faults: Fault, status: int = 400) -> None:
        super().__init__(", ".join(fault.key for fault in faults))
        self.faults = faults
        self.status = status


def fault(key: str, **values: Any) -> Fault:
    """Return a fault with the values of its text."""
    return Fault(key, values)


def body_of(faults: tuple[Fault, ...], language: Language, shape: ErrorShape) -> Any:
    """Return the JSON body of a refusal in one of the shapes that clients report having seen."""
    texts = [item.text(language) for item in faults]
    match shape:
        case "message":
            return {"message": "; ".join(texts)}
        case "error":
            return {"error": "; ".join(texts)}
        case "text":
            return "; ".join(texts)
    return {"errors": [{"key": item.key, "message": text} for item, text in zip(faults, texts, strict=True)]}
