"""Any order of calls leaves books that agree with themselves."""

import random
from decimal import Decimal

import pytest
from tests.emulator.smart_client import Smart, purchase, receipt, row, sale


class Player:
    """Makes one random call after another, refusals included."""

    def __init__(self, smart: Smart, seed: int) -> None:
        self.smart = smart
        self.chance = random.Random(seed)
        self.clients: list[str] = []
        self.vendors: list[str] = []

    async def begin(self) -> None:
        await self.smart.article("LAUD", "WH", pricePurchase=5)
        await self.smart.article()
        self.clients = [await self.smart.client(name) for name in "AB"]
        self.vendors = [await self.smart.vendor(name) for name in "CD"]

    def rows(self) -> list[dict]:
        return [
            row(
                code=self.chance.choice(["LAUD", "KONS-1"]),
                price=self.chance.randrange(1, 9999) / 100,
                quantity=self.chance.randrange(1, 6),
                vatPc=self.chance.choice(["24", "9", "0"]),
                discount=self.chance.choice([None, 10]),
            )
            for _ in range(self.chance.randrange(1, 4))
        ]

    async def known(self, side: str) -> list[dict]:
        return (await self.smart.state())[f"{side}_invoices"]

    def invoice(self, side: str) -> dict:
        fields = {
            "rows": self.rows(),
            "warehouseId": self.chance.choice([None, "Põhiladu"]),
            "totalAmount": self.chance.choice([None, None, 50]),
            "currency": self.chance.choice(["EUR", "EUR", "USD"]),
            "entryDate": f"{self.chance.randrange(1, 29):02}.04.2026",
        }
        if side == "vendor":
            return purchase(self.chance.choice(self.vendors), **fields)
        kind = self.chance.choice([None, None, "CRE"])
        method = self.chance.choice([None, None, "Sularaha"])
        client = self.chance.choice(self.clients)
        return sale(client, type=kind, paymentMethod=method, paymentAmount=1 if method else None, **fields)

    def pay(self, side: str, invoices: list[dict]) -> dict:
        chosen = self.chance.choice(invoices)
        amount = self.chance.choice([abs(Decimal(chosen["outstandingAmount"])), Decimal("0.5"), Decimal(1000)])
        body = receipt("", chosen["id"], amount, currency=chosen["currency"], partnerType=side.upper())
        body[f"{side}Id"] = chosen[f"{side}Id"]
        body["rows"][0]["type"] = f"{side.upper()}_INVOICE"
        return body

    async def play(self) -> int:
        side = self.chance.choice(["client", "vendor"])
        invoices = await self.known(side)
        payments = (await self.smart.state())["payments"]
        action = self.chance.choice(["add", "add", "edit", "delete", "pay", "pay", "repay", "unpay"])
        if not invoices or (action in {"repay", "unpay"} and not payments):
            action = "add"
        service, body, query = f"purchasesales/{side}invoices", {}, {}
        if action in {"pay", "repay", "unpay"}:
            service = "purchasesales/payments"
        if action in {"add", "edit"}:
            body = self.invoice(side)
        elif action in {"pay", "repay"}:
            body = self.pay(side, invoices)
        known = payments if action in {"repay", "unpay"} else invoices
        if action in {"edit", "repay"}:
            body["id"] = self.chance.choice(known)["id"]
        elif action in {"delete", "unpay"}:
            query["id"] = self.chance.choice(known)["id"]
        method = {"pay": "add", "repay": "edit", "unpay": "delete"}.get(action, action)
        return (await self.smart.call(f"{service}:{method}", body, **query)).status


def in_euros(amount: Decimal, invoice: dict) -> Decimal:
    return (amount / Decimal(invoice["exchangeRate"])).quantize(Decimal("0.01"))


async def unpaid(smart: Smart, side: str) -> set[str]:
    listed, page = set(), 1
    while True:
        answer = await smart.ok(f"purchasesales/{side}invoices:get", paymentStatus="unpaid", pageNumber=page)
        listed |= {item["id"] for item in answer[f"{side}Invoices"]}
        page += 1
        if not answer["hasMoreEntries"]:
            return listed


def ledger(state: dict) -> dict[str, Decimal]:
    accounts: dict[str, Decimal] = {}
    for entry in state["entries"]:
        changes = [Decimal(item["debitAmount"]) - Decimal(item["creditAmount"]) for item in entry["rows"]]
        assert sum(changes) == 0
        for item, change in zip(entry["rows"], changes, strict=True):
            accounts[item["account"]] = accounts.get(item["account"], Decimal(0)) + change
    return accounts


async def check(smart: Smart) -> None:
    state = await smart.state()
    accounts = ledger(state)
    paid: dict[str, Decimal] = {}
    for payment in state["payments"]:
        for item in payment["rows"]:
            paid[item["id"]] = paid.get(item["id"], Decimal(0)) + Decimal(item["amount"])
    for side, account, sign in (("client", "1031", 1), ("vendor", "2110", -1)):
        owed, open_ones, cents = Decimal(0), set(), Decimal(0)
        for invoice in state[f"{side}_invoices"]:
            total, left = (Decimal(invoice[name]) for name in ("totalAmount", "outstandingAmount"))
            at_once = Decimal(invoice["paymentAmount"] or 0)
            assert abs(left) == abs(total) - at_once - paid.get(invoice["id"], Decimal(0))
            direction = -1 if invoice["type"] == "CRE" or total < 0 else 1
            owed += sign * direction * in_euros(abs(left), invoice)
            # Every conversion of its own may lose half a cent.
            cents += Decimal("0.02") if invoice["currency"] != "EUR" else 0
            if left:
                open_ones.add(invoice["id"])
        assert abs(accounts.get(account, Decimal(0)) - owed) <= cents, account
        listed = await unpaid(smart, side)
        assert listed == open_ones
    moved = Decimal(0)
    for movement in state["movements"]:
        direction = 1 if movement["direction"] == "IN" else -1
        moved += sum(direction * Decimal(item["quantity"]) for item in movement["rows"])
    assert Decimal(state["stock"].get("Põhiladu", {}).get("LAUD", "0")) == moved


@pytest.mark.parametrize("seed", range(5))
async def test_books_agree_with_themselves_after_any_calls(smart: Smart, seed: int):
    player = Player(smart, seed)
    await player.begin()
    seen = set()
    for at in range(200):
        seen.add(await player.play())
        if at % 25 == 24:
            await check(smart)
    assert seen == {200, 400}
