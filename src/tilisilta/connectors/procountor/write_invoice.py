"""Invoices and credit notes as POST /invoices takes them (vendor sheet section 4.2).

Exactly the fields that are promised for each side go (rows P61 to P77), and what Procountor requires beside them.
Dimensions, notes and other files stay behind (P78); `notes` bears our mark alone.
"""

from typing import Any

import msgspec

from tilisilta.connectors.procountor import assumptions
from tilisilta.connectors.procountor.amounts import money_lines, priced, row_percent, sign_of, text_of
from tilisilta.connectors.procountor.client import Row
from tilisilta.connectors.procountor.countries import country_name
from tilisilta.connectors.procountor.lists import Vat
from tilisilta.connectors.procountor.options import Circulation, Options
from tilisilta.connectors.procountor.write_text import Texts, unit_name
from tilisilta.core.documents import Direction, Invoice, LineKind
from tilisilta.core.errors import Refused, Unsupported
from tilisilta.core.identifiers import iban, reference_number
from tilisilta.core.mapping.draft import InvoiceDraft, LineDraft
from tilisilta.core.money import ZERO
from tilisilta.core.problems import Severity
from tilisilta.kit.marker import write_marker
from tilisilta.kit.values import text

TYPES = {Direction.SALES: "SALES_INVOICE", Direction.PURCHASE: "PURCHASE_INVOICE"}
OURS = "Tilisilta"
ROUNDING_ROW = "Pyöristys"  # printed on a Finnish company's document, whatever the reader's language


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What Procountor's own lists say that an invoice stands on."""

    vat: Vat
    no_vat_status: str = ""
    home_currency: str = "EUR"
    bank_account: str = ""  # sales: the company's own account
    partner: Row | None = None  # read when the document itself does not say who the party is
    user_id: str = ""


def write_invoice(draft: InvoiceDraft, setting: Setting, options: Options, texts: Texts) -> Row:
    """Return the body of POST /invoices.

    Raises:
        Refused: PROCOUNTOR_ROWS_EMPTY, ACCOUNT_OR_VAT_UNMAPPED, VAT_PERCENT_NOT_IN_USE, EXCHANGE_RATE_MISSING.
        Unsupported: The number or the party cannot be said.

    """
    invoice = draft.invoice
    rows = _rows(draft, setting, texts)
    if not rows:
        raise Refused("PROCOUNTOR_ROWS_EMPTY", number=invoice.number, message="invoiceRows MAY_NOT_BE_EMPTY")
    body: dict[str, Any] = {
        "type": TYPES[invoice.direction],
        "date": invoice.date,
        "counterParty": _counter_party(invoice, setting, texts),
        "paymentInfo": _payment_info(invoice, setting, texts),
        "extraInfo": {"accountingByRow": True, "unitPricesIncludeVat": False},
        "discountPercent": 0,
        "vatStatus": rows[0]["vatStatus"],
        "invoiceChannel": assumptions.CHANNEL,
        "originalInvoiceNumber": original_number(invoice),
        "notes": write_marker(draft.key, OURS),
        "invoiceRows": rows,
    }
    if draft.party_id.isdigit():
        body["partnerId"] = int(draft.party_id)
    if invoice.direction is Direction.SALES:
        body["language"] = options.language.value
    else:
        if "partnerId" not in body:
            texts.warn("PAYEE_NOT_IN_REGISTER", "party", severity=Severity.INFO, name=invoice.party.name)
        body |= _approval(options, setting.user_id)
    return body


def original_number(invoice: Invoice) -> str:
    """Return the number under which the source knows the document.

    Raises:
        Unsupported: There is none, or it is too long to be looked for afterwards.

    """
    number = invoice.number.strip()
    if not number or len(number) > assumptions.ORIGINAL_NUMBER_CHARS:
        rule = f"a number of 1 to {assumptions.ORIGINAL_NUMBER_CHARS} characters"
        raise Unsupported(field="number", rule=rule, value=number[:80])
    return number


def _approval(options: Options, user_id: str) -> dict[str, Any]:
    if options.circulation is Circulation.NOBODY:
        return {"invoiceApprovalInformation": {}}
    if options.circulation is Circulation.KEY_USER and user_id.isdigit():
        return {"invoiceApprovalInformation": {"acceptors": [{"userId": int(user_id)}]}}
    return {}


# --- parties -------------------------------------------------------------------------------------------------


def _counter_party(invoice: Invoice, setting: Setting, texts: Texts) -> dict[str, Any]:
    party = invoice.party
    if not party.name and setting.partner is not None:
        return _of_register(setting.partner)
    if not party.name:
        raise Unsupported(field="party", rule="an invoice needs the name of its party")
    address = {
        "name": texts.cut(party.name, "party.name", assumptions.NAME_CHARS),
        "street": texts.cut(party.address.street, "party.address.street", assumptions.STREET_CHARS),
        "zip": texts.cut(party.address.postal_code, "party.address.postal_code", assumptions.ZIP_CHARS),
        "city": texts.cut(party.address.city, "party.address.city", assumptions.CITY_CHARS),
        "country": country_name(party.address.country),
    }
    found: dict[str, Any] = {"counterPartyAddress": _filled(address)}
    if invoice.direction is Direction.PURCHASE:
        found |= _filled({"identifier": party.registry_code, "taxCode": party.vat_number})
    return found


def _of_register(partner: Row) -> dict[str, Any]:
    address = partner.get("address") or partner.get("billingAddress") or {}
    names = ("street", "zip", "city", "country")
    return {
        "counterPartyAddress": _filled(
            {"name": text(partner.get("name")), **{name: text(address.get(name)) for name in names}}
        )
    }


def _filled(values: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


# --- payment -------------------------------------------------------------------------------------------------


def _payment_info(invoice: Invoice, setting: Setting, texts: Texts) -> dict[str, Any]:
    info: dict[str, Any] = {
        "paymentMethod": assumptions.PAYMENT_METHOD,
        "currency": invoice.currency,
        "currencyRate": _rate(invoice, setting.home_currency),
        "dueDate": invoice.due_date or invoice.date,
    }
    account = _bank_account(invoice, setting)
    if account:
        info["bankAccount"] = account
    reference = invoice.reference_number.strip()
    if reference and reference_number.is_valid(reference, "FI"):
        info["bankReferenceCode"] = reference_number.compact(reference)
        info["bankReferenceCodeType"] = "RF" if info["bankReferenceCode"].startswith("RF") else "FI"
    elif reference:
        texts.warn("REFERENCE_NUMBER_CHECK", "reference_number", number=reference, country="FI")
    return info


def _bank_account(invoice: Invoice, setting: Setting) -> dict[str, str]:
    """Return the account that is paid to: of a sale our own, without its BIC, which is refused there."""
    if invoice.direction is Direction.SALES:
        return _filled({"accountNumber": setting.bank_account})
    if invoice.bank_account is None or not invoice.bank_account.iban:
        return {}
    return _filled({"accountNumber": iban.compact(invoice.bank_account.iban), "bic": invoice.bank_account.bic.strip()})


def _rate(invoice: Invoice, home_currency: str) -> Any:
    if invoice.currency == home_currency:
        return 1
    if not invoice.exchange_rate or invoice.exchange_rate <= 0:
        raise Refused("EXCHANGE_RATE_MISSING", message=invoice.currency)
    # Ours says what one unit of the document's currency is worth; theirs how many units one of the books' is.
    return round(1 / invoice.exchange_rate, assumptions.RATE_DECIMALS)


# --- rows ----------------------------------------------------------------------------------------------------


def _rows(draft: InvoiceDraft, setting: Setting, texts: Texts) -> list[dict[str, Any]]:
    invoice = draft.invoice
    rows = [_row(draft, at, each, setting, texts) for at, each in enumerate(money_lines(draft))]
    words = sum(each.line.kind is LineKind.TEXT for each in draft.lines)
    if words:
        texts.warn("ROWS_OF_WORDS_NOT_CARRIED", "lines", count=words)
    if invoice.rounding and rows:
        shown = sum((each.line.net for each in money_lines(draft) if each.line.kind is LineKind.ROUNDING), ZERO)
        if shown != invoice.rounding:
            rows.append(_rounding_row(draft, setting, rows[0]["vatStatus"]))
    return rows


def _rounding_row(draft: InvoiceDraft, setting: Setting, status: int) -> dict[str, Any]:
    own = setting.no_vat_status
    return {
        "product": ROUNDING_ROW,
        "quantity": sign_of(draft.invoice),
        "unit": "NO_UNIT",
        "unitPrice": draft.invoice.rounding,
        "discountPercent": 0,
        "vatPercent": 0,
        "vatStatus": int(own) if own.isdigit() else status,
    }


def _row(draft: InvoiceDraft, at: int, each: LineDraft, setting: Setting, texts: Texts) -> dict[str, Any]:
    line, invoice = each.line, draft.invoice
    figures = priced(line, invoice.currency)
    name = line.item_name or line.description or line.item_code
    row: dict[str, Any] = {
        "product": texts.cut(name, f"lines[{at}].description", assumptions.TEXT_CHARS) or "-",
        "quantity": figures.quantity * sign_of(invoice),
        "unit": unit_name(line.unit),
        "unitPrice": figures.price,
        "discountPercent": figures.discount,
        "vatPercent": row_percent(line, invoice.currency),
    }
    row["vatStatus"] = _status(draft, at, each, setting, row["vatPercent"])
    if each.item_id.isdigit():
        row["productId"] = int(each.item_id)
    if invoice.direction is Direction.PURCHASE:
        if line.item_code:
            row["productCode"] = texts.cut(line.item_code, f"lines[{at}].item_code", assumptions.PRODUCT_CODE_CHARS)
        area = line.extra.get("product_area", "")
        if area:
            row["comment"] = texts.cut(area, f"lines[{at}].product_area", assumptions.ROW_COMMENT_CHARS)
    return row


def _status(draft: InvoiceDraft, at: int, each: LineDraft, setting: Setting, percent: Any) -> int:
    """Return the VAT status of a row, known to Procountor and allowed on the document's side."""
    direction = draft.invoice.direction
    number = each.vat_code or ("" if percent else setting.no_vat_status)
    known = setting.vat.statuses.get(number)
    if known is None or not known.stands_on(direction):
        shown = number or text_of(each.line.vat_rate)
        raise Refused("ACCOUNT_OR_VAT_UNMAPPED", field=f"lines[{at}].vat_code", message=f"row {at + 1}: {shown}")
    if setting.vat.percents(direction) and percent not in setting.vat.percents(direction):
        used = ", ".join(text_of(one) for one in sorted(setting.vat.percents(direction), reverse=True))
        raise Refused("VAT_PERCENT_NOT_IN_USE", field=f"lines[{at}].vat_rate", percent=text_of(percent), used=used)
    return int(number)
