"""What the people of the demo do besides importing: pay, decide, upload."""

from collections import Counter
from decimal import Decimal
from typing import Any, Final

from tilisilta.cli.demo import offices
from tilisilta.cli.demo.offices import Office
from tilisilta.services import files, integrations, matches

_PAID_ON: Final = "20.11.2026"
_SHARE: Final = Decimal("0.40")


def upload(office: Office, samples: list[tuple[str, bytes]]) -> None:
    """Upload e-invoice files to the integration's source."""
    files.upload_many(office.actor, office.integration.source, samples)


def keep_payments_in_target(office: Office) -> None:
    """From now on payments are kept in SmartAccounts and sent back to Scoro (S47 to S49)."""
    integrations.update_settings(
        office.actor, office.integration, {"payments_master": "target", "send_payments_back": True}
    )
    office.integration.refresh_from_db()


def enter_payments(office: Office) -> list[str]:
    """Enter payments in SmartAccounts through its own API and return their ids.

    Open documents that came from Scoro are paid in full, the first of each side in part; then comes a payment of an
    invoice and of a bill that were entered in SmartAccounts by hand, which Scoro knows nothing of.
    """
    books = office.target.books()
    entered = []
    for side in ("client", "vendor"):
        for place, row in enumerate(_open(books, side)):
            amount = Decimal(row["outstandingAmount"])
            part = (amount * _SHARE).quantize(Decimal("0.01")) if place == 0 else amount
            entered.append(_pay(office, side, row[f"{side}Id"], row["id"], part))
    entered.append(_pay_by_hand(office, "client"))
    entered.append(_pay_by_hand(office, "vendor"))
    return entered


def _open(books: dict[str, Any], side: str) -> list[dict[str, Any]]:
    return [
        row
        for row in books[f"{side}_invoices"]
        if row["type"] != "CRE" and row["currency"] == "EUR" and Decimal(row["outstandingAmount"]) > 0
    ]


def _pay(office: Office, side: str, partner: str, document: str, amount: Decimal) -> str:
    payment = {
        "date": _PAID_ON,
        "partnerType": side.upper(),
        f"{side}Id": partner,
        "accountType": "BANK",
        "accountName": offices.BANK,
        "currency": "EUR",
        "amount": amount,
        "rows": [{"type": f"{side.upper()}_INVOICE", "id": document, "amount": amount}],
    }
    answer = office.target.smartaccounts("purchasesales/payments:add", payment)
    return str(answer["paymentId"])


def _pay_by_hand(office: Office, side: str) -> str:
    """Enter a partner, a document and its payment that have nothing to do with Scoro."""
    names = {"client": "Kassaklient OÜ", "vendor": "Koristusabi OÜ"}
    partner = office.target.smartaccounts(f"purchasesales/{side}s:add", {"name": names[side], "vatPc": "24"})
    partner_id = partner[f"{side}Id"]
    document = {
        f"{side}Id": partner_id,
        "date": "02.11.2026",
        "entryDate": "02.11.2026",
        "currency": "EUR",
        "invoiceNumber": f"KÄSITSI-{side[0].upper()}1",
        "rows": [
            {"code": "KULU", "description": "Käsitsi sisestatud", "price": 50, "quantity": 1, "vatPc": "24", "order": 1}
        ],
        **({"isCalculateVat": True} if side == "vendor" else {}),
    }
    made = office.target.smartaccounts(f"purchasesales/{side}invoices:add", document)
    return _pay(office, side, partner_id, made["invoiceId"], Decimal("62.00"))


def decide_matches(office: Office) -> None:
    """Decide every open match: what is sure is tied, of several equals the first is taken, the rest is new."""
    actor, integration = office.actor, office.integration
    for _round in range(4):
        matches.accept_all_sure(actor, integration)
        questions, count = matches.questions(actor.company, integration=integration)
        if not count:
            return
        for question in questions:
            best = next((each for each in question.candidates if not each.tied_to and each.confidence >= _LIKELY), None)
            if best is None:
                matches.create_new(actor, [question.proposal])
            else:
                matches.accept(actor, question.proposal, best.listed.target_id)


_LIKELY: Final = 0.7


def doubled_parties(books: dict[str, Any]) -> list[str]:
    """Return the registry codes and VAT numbers that more than one customer of the target has."""
    found = []
    for field in ("regCode", "vatNumber"):
        counts = Counter(row[field] for row in books["clients"] if row[field])
        found += sorted(value for value, times in counts.items() if times > 1)
    return found
