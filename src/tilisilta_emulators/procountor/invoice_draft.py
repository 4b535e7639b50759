"""Checks an invoice before it is saved: what the field list asks, then the vendor's own rules.

Source: vendor sheet, sections 4.2, 7 and 10.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from tilisilta_emulators.procountor import schema
from tilisilta_emulators.procountor.books import Books
from tilisilta_emulators.procountor.checkdigits import is_business_id, is_iban, is_reference
from tilisilta_emulators.procountor.errors import (
    BAD_IDENTIFIER,
    CLOSED_PERIOD,
    DUE_BEFORE_DATE,
    FOREIGN_BANK_ACCOUNT,
    MAY_NOT_BE_EMPTY,
    MAY_NOT_BE_NULL,
    VAT_STATUS_PERCENT,
    Problems,
    Refused,
)
from tilisilta_emulators.procountor.records import SALES_TYPES

LONGEST_TERM_DAYS = 999
MOST_BCC = 4
_WITHOUT_VAT_STATUS = ("TRAVEL_INVOICE", "BILL_OF_CHARGES")
_HOME_REFERENCES = ("RF", "FI")


def read_invoice(books: Books, raw: Any) -> dict[str, Any]:
    """Return an invoice request as it is stored.

    Raises:
        Refused: 400 with every problem found; a closed period by option with 403.

    """
    if not isinstance(raw, dict):
        raise Refused(400, "Request body must be a JSON object")
    problems = Problems()
    data = schema.read("Invoice", raw, problems)
    if raw.get("type") == "PERIODIC_TAX_RETURN" or raw.get("invoiceChannel") in ("EDIFACT", "PAPER_INVOICE"):
        problems.invalid("type" if raw.get("type") == "PERIODIC_TAX_RETURN" else "invoiceChannel", "read only")
    if "type" not in data:
        problems.check()
    _check_head(data, problems)
    _check_parties(books, data, problems)
    _check_payment(books, data, problems)
    _check_rows(books, data, problems)
    problems.check()
    if not books.is_open(data["date"]):
        raise Refused(books.options.closed_period_status, CLOSED_PERIOD, "date")
    data.setdefault("discountPercent", Decimal(0))
    data.pop("version", None)
    return data


def _check_head(data: dict[str, Any], problems: Problems) -> None:
    sales = data["type"] in SALES_TYPES
    if sales and "language" not in data:
        problems.add(MAY_NOT_BE_NULL, "language")
    if "vatStatus" not in data and data["type"] not in _WITHOUT_VAT_STATUS:
        problems.add(MAY_NOT_BE_NULL, "vatStatus")
    percent = data.get("discountPercent", Decimal(0))
    if percent != round(percent, 4) or percent < 0:
        problems.add("AT_MOST_4_DECIMALS", "discountPercent")
    start, end = data.get("deliveryStartDate"), data.get("deliveryEndDate")
    if start and end and end < start:
        problems.add("DELIVERY_END_BEFORE_START", "deliveryEndDate")


def _check_parties(books: Books, data: dict[str, Any], problems: Problems) -> None:
    sales = data["type"] in SALES_TYPES
    party = data.get("counterParty", {})
    partner_id = data.get("partnerId")
    if partner_id is not None:
        partner = books.partners.rows.get(partner_id)
        wanted = ("CUSTOMER",) if sales else ("SUPPLIER", "PERSON")
        if partner is None:
            problems.add("BUSINESS_PARTNER_NOT_FOUND", "partnerId")
        elif partner.type not in wanted:
            problems.add("BUSINESS_PARTNER_TYPE_DOES_NOT_MATCH_INVOICE_TYPE", "partnerId")
    country = party.get("counterPartyAddress", {}).get("country", "FINLAND")
    check_identifier(books, party.get("identifier"), country, "counterParty.identifier", problems)
    if len(party.get("bccAddresses", [])) > MOST_BCC:
        problems.add(f"SIZE_MUST_BE_BETWEEN_0_AND_{MOST_BCC}", "counterParty.bccAddresses")
    if sales:
        _check_channel(data, party, problems)
    for users in data.get("invoiceApprovalInformation", {}).values():
        for each in users:
            if each.get("userId") not in books.users:
                problems.add("USER_NOT_FOUND", "invoiceApprovalInformation")


def check_identifier(books: Books, given: str | None, country: str | None, path: str, problems: Problems) -> None:
    """Note a business id that has a Finnish one's form and a wrong check digit."""
    if not given or country not in (None, "FINLAND") or not books.options.check_identifiers:
        return
    text = given.strip()
    if len(text) == 9 and text[7] == "-" and text[:7].isdigit() and not is_business_id(text):
        problems.add(BAD_IDENTIFIER, path)


def _check_channel(data: dict[str, Any], party: dict[str, Any], problems: Problems) -> None:
    channel = data.get("invoiceChannel")
    addresses = {"counterParty.counterPartyAddress": party.get("counterPartyAddress", {})}
    if channel == "ELECTRONIC_INVOICE" and data.get("billingAddress"):
        addresses["billingAddress"] = data["billingAddress"]
    if channel == "ELECTRONIC_INVOICE":
        _check_einvoice(party.get("einvoiceAddress", {}), problems)
    if channel == "EMAIL" and not party.get("email"):
        problems.add(MAY_NOT_BE_EMPTY, "counterParty.email")
    if channel in ("MAIL", "ELECTRONIC_INVOICE"):
        for path, address in addresses.items():
            for name in ("street", "zip", "city"):
                if not address.get(name):
                    problems.add(MAY_NOT_BE_EMPTY, f"{path}.{name}")


def _check_einvoice(where: dict[str, Any], problems: Problems) -> None:
    for name in ("operator", "address"):
        if not where.get(name):
            problems.add(MAY_NOT_BE_EMPTY, f"counterParty.einvoiceAddress.{name}")
    text = str(where.get("address", ""))
    if text.startswith("0037") and not (text.isdigit() and 12 <= len(text) <= 17):
        problems.add("INVALID_OVT", "counterParty.einvoiceAddress.address")


def _check_payment(books: Books, data: dict[str, Any], problems: Problems) -> None:
    info = data.get("paymentInfo", {})
    if "date" in data and "dueDate" in info:
        days = (date.fromisoformat(info["dueDate"]) - date.fromisoformat(data["date"])).days
        if days < 0:
            problems.add(DUE_BEFORE_DATE)
        elif days > LONGEST_TERM_DAYS:
            problems.add(f"PAYMENT_TERM_MUST_BE_AT_MOST_{LONGEST_TERM_DAYS}_DAYS", "paymentInfo.dueDate")
    if "paymentMethod" in info:
        _check_account(books, data, info, problems)
    _check_reference(info, problems)


def _check_account(books: Books, data: dict[str, Any], info: dict[str, Any], problems: Problems) -> None:
    path = "paymentInfo.bankAccount"
    account = info.get("bankAccount", {})
    number = account.get("accountNumber", "")
    method = info["paymentMethod"]
    if data["type"] in SALES_TYPES:
        required = {
            "except_cash": method != "CASH",
            "bank_transfer": method == "BANK_TRANSFER",
            "optional": False,
        }[books.options.sales_bank_account]
        if number:
            ids = books.bank_accounts.found("iban", number)
            if not any(books.bank_accounts.rows[each]["status"] == "ACTIVE" for each in ids):
                problems.add(FOREIGN_BANK_ACCOUNT, path)
        elif required:
            problems.add(MAY_NOT_BE_EMPTY, path)
        if account.get("bic"):
            if books.options.sales_bic == "refuse":
                problems.add("BIC_NOT_ALLOWED", f"{path}.bic")
            else:
                account.pop("bic")
        return
    if not number and books.options.purchase_bank_account_required and method == "BANK_TRANSFER":
        problems.add(MAY_NOT_BE_EMPTY, path)
    if number and method == "BANK_TRANSFER" and not is_iban(number):
        problems.add("INVALID_BANK_ACCOUNT", f"{path}.accountNumber")


def _check_reference(info: dict[str, Any], problems: Problems) -> None:
    reference, kind = info.get("bankReferenceCode"), info.get("bankReferenceCodeType")
    if kind is not None and kind not in _HOME_REFERENCES:
        problems.add("BANK_REFERENCE_CODE_TYPE_NOT_ALLOWED_IN_COUNTRY", "paymentInfo.bankReferenceCodeType")
    elif reference:
        assumed = kind or ("RF" if reference.upper().startswith("RF") else "FI")
        if not is_reference(reference, assumed):
            problems.add("INVALID_BANK_REFERENCE_CODE", "paymentInfo.bankReferenceCode")


def _check_rows(books: Books, data: dict[str, Any], problems: Problems) -> None:
    side = "SALES" if data["type"] in SALES_TYPES else "PURCHASE"
    for at, row in enumerate(data.get("invoiceRows", [])):
        percent = row.get("vatPercent")
        status = row.get("vatStatus", data.get("vatStatus"))
        if percent is not None and not books.vat_fits(status, percent, side):
            problems.add(VAT_STATUS_PERCENT, f"invoiceRows[{at}].vatStatus")
        product_id = row.get("productId")
        if product_id is not None and product_id not in books.products.rows:
            problems.add("PRODUCT_NOT_FOUND", f"invoiceRows[{at}].productId")
        if row.get("product", "").strip() == "" and "product" in row:
            problems.add(MAY_NOT_BE_EMPTY, f"invoiceRows[{at}].product")
        start, end = row.get("startDate"), row.get("endDate")
        if start and end and end < start:
            problems.add("END_DATE_BEFORE_START_DATE", f"invoiceRows[{at}].endDate")
