"""Sales invoices composed for the writers' tests: an Estonian and a Finnish seller, and documents of many kinds."""

import datetime as dt
from decimal import Decimal

import msgspec

from tilisilta.core.documents import (
    Address,
    AttachmentRef,
    BankAccount,
    Direction,
    Invoice,
    InvoiceLine,
    InvoiceRef,
    LineKind,
    Party,
    VatTotal,
)
from tilisilta.core.money import ZERO, round_amount, vat_amount
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.formats.reading import Embedded
from tilisilta.formats.writing import Seller

PDF = Embedded(name="arve.pdf", content=b"%PDF-1.7 picture", media_type="application/pdf")
ESTONIAN = Seller(
    name="Õunapuu Ehitus OÜ",
    registry_code="12345678",
    vat_number="EE100207415",
    address=Address(street="Pärnu mnt 15", city="Tallinn", county="Harju maakond", postal_code="10141", country="EE"),
    bank_accounts=(BankAccount("EE471000001020145685", "EEUHEE2X", "SEB"), BankAccount("EE382200221020145685")),
    contact_name="Kätlin Šmidt",
    email="arved@ounapuu.example",
    phone="+372 5123 4567",
    website="ounapuu.example",
)
FINNISH = Seller(
    name="Pähkinäpuu Oy",
    registry_code="2077474-0",
    vat_number="FI20774740",
    address=Address(street="Mäntytie 4 B", city="Jyväskylä", postal_code="40100", country="FI"),
    bank_accounts=(BankAccount("FI2112345600000785", "NDEAFIHH"),),
    contact_name="Päivi Hämäläinen",
    email="laskutus@pahkinapuu.example",
    phone="+358 40 123 4567",
    einvoice_address="003720774740",
    einvoice_operator="NDEAFIHH",
)
TALLINN = Party(
    name="Kask & Pojad AS",
    registry_code="10137025",
    vat_number="EE100137025",
    email="raamatupidaja@kask.example",
    phone="+372 612 3456",
    contact_name="Jüri Kask",
    address=Address(street="Pikk 1", city="Tallinn", postal_code="10123", country="EE"),
    einvoice_address="0191:10137025",
    is_customer=True,
)
HELSINKI = Party(
    name="Sensorit Oy",
    registry_code="1572860-0",
    vat_number="FI15728600",
    address=Address(street="Mannerheimintie 2", city="Helsinki", postal_code="00100", country="FI"),
    einvoice_address="0216:003715728600",
    einvoice_operator="OKOYFIHH",
    is_customer=True,
)


def row(
    name: str,
    quantity: str,
    price: str,
    rate: str = "24",
    *,
    discount: str = "0",
    unit: str = "H87",
    treatment: VatTreatment | None = VatTreatment.DOMESTIC,
    **fields: object,
) -> InvoiceLine:
    worth = Decimal(quantity) * Decimal(price)
    net = round_amount(worth * (100 - Decimal(discount)) / 100)
    given: dict[str, object] = {
        "position": 0,
        "item_name": name,
        "quantity": Decimal(quantity),
        "unit": unit,
        "unit_price": Decimal(price),
        "discount_percent": Decimal(discount),
        "net": net,
        "vat_rate": Decimal(rate),
        "vat_treatment": treatment,
    }
    return InvoiceLine(**(given | fields))


def whole(name: str, net: str, rate: str = "24", treatment: VatTreatment = VatTreatment.DOMESTIC) -> InvoiceLine:
    """Return a discount (below zero) or a charge on the whole document."""
    kind = LineKind.ALLOWANCE if Decimal(net) < 0 else LineKind.CHARGE
    amount = Decimal(net)
    return InvoiceLine(
        position=0,
        kind=kind,
        item_name=name,
        unit_price=amount,
        net=amount,
        vat_rate=Decimal(rate),
        vat_treatment=treatment,
    )


def text(words: str) -> InvoiceLine:
    return InvoiceLine(position=0, kind=LineKind.TEXT, item_name=words)


def invoice(*lines: InvoiceLine, reasons: dict[VatTreatment, str] | None = None, **fields: object) -> Invoice:
    """Return a sales invoice whose totals and VAT breakdown come from its rows."""
    currency = str(fields.get("currency", "EUR"))
    totals = []
    for key in dict.fromkeys((each.vat_rate, each.vat_treatment) for each in lines if each.kind is not LineKind.TEXT):
        net = sum((each.net for each in lines if (each.vat_rate, each.vat_treatment) == key), ZERO)
        reason = (reasons or {}).get(key[1], "") if key[1] else ""
        vat = vat_amount(net, key[0], currency)
        totals.append(VatTotal(rate=key[0], net=net, vat=vat, treatment=key[1], exemption_reason=reason))
    net = sum((each.net for each in totals), ZERO)
    vat = sum((each.vat for each in totals), ZERO)
    given: dict[str, object] = {
        "source_id": "s-1",
        "direction": Direction.SALES,
        "number": "2026-1001",
        "date": dt.date(2026, 3, 2),
        "due_date": dt.date(2026, 3, 16),
        "party": TALLINN,
        "net": net,
        "vat": vat,
        "gross": net + vat,
        "reference_number": "1234561",
        "your_reference": "Projekt Kalamaja",
        "lines": tuple(msgspec.structs.replace(each, position=at) for at, each in enumerate(lines, start=1)),
        "vat_totals": tuple(totals),
    }
    return Invoice(**(given | fields))


def full(**fields: object) -> Invoice:
    """Return an invoice that uses most of what invoices can say."""
    return invoice(
        row("Šveitsi juust", "12.5", "7.9", item_code="J-1", description="Kilohinnaga, pakis 2,5 kg", unit="KGM"),
        row("Paigaldus", "3", "45.5555", discount="10", unit="HUR"),
        row("Raamat õigusest", "2", "19.90", rate="9"),
        whole("Püsikliendi soodustus", "-10.00"),
        whole("Transport", "15.00"),
        **(
            {
                "delivery_date": dt.date(2026, 2, 27),
                "period_from": dt.date(2026, 2, 1),
                "period_to": dt.date(2026, 2, 28),
                "note": "Täname, et ostsite meilt!",
                "order_number": "PO-77",
                "our_reference": "M-55",
                "interest_percent": Decimal("7.5"),
                "rounding": Decimal("0.02"),
                "prepaid": Decimal("50.00"),
            }
            | fields
        ),
    )


def credit_note(**fields: object) -> Invoice:
    return invoice(
        row("Paigaldus", "3", "45.50", unit="HUR"),
        row("Raamat õigusest", "2", "19.90", rate="9", discount="5"),
        **(
            {
                "number": "K-12",
                "is_credit_note": True,
                "credits": (InvoiceRef(number="2026-1001", date=dt.date(2026, 3, 2)),),
            }
            | fields
        ),
    )


def of_letter(treatment: VatTreatment, **fields: object) -> Invoice:
    """Return an invoice without VAT, for its own reason."""
    reasons = {VatTreatment.EXEMPT: "KMS § 16", VatTreatment.MARGIN_SCHEME: "Margin scheme VATEX-EU-J"}
    line = row("Töö", "10", "100", rate="0", treatment=treatment, unit="HUR")
    return invoice(line, reasons=reasons, **({"delivery_date": dt.date(2026, 2, 27)} | fields))


def with_file(document: Invoice) -> Invoice:
    return msgspec.structs.replace(
        document, attachments=(AttachmentRef(source_id="f1", name=PDF.name, media_type=PDF.media_type),)
    )
