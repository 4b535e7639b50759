"""Generated data: more companies with years of entries, or more documents for one company."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from tilisilta_emulators.kit import encode_exact
from tilisilta_emulators.merit import control, history, names, provisioning
from tilisilta_emulators.merit.options import Country, Plan
from tilisilta_emulators.merit.records import Batch, Line
from tilisilta_emulators.merit.site import Site
from tilisilta_emulators.merit.values import RATE_ONE, ZERO, add_months, cents


class Late(msgspec.Struct, forbid_unknown_fields=True):
    """One ledger batch of a company with the moment when it was entered."""

    date: date
    entered: datetime
    amount: Decimal = Decimal("10.00")
    code: str = "PÄ"


class SeedSpec(msgspec.Struct, forbid_unknown_fields=True):
    """What `POST /_emulator/seed` takes.

    Args:
        companies: How many companies to add, each with a key; their books are made when asked for.
        company: Which company (number or API id) gets the cards and batches below; the bureau's by default.
        country, plan, key_name: Of the added companies.
        history: Fields of `history.Spec`; two years ending today by default. With `companies: 0` it gives the
            company named a history, which must have none of its own changes yet.
        customers, vendors: Cards to add to the company.
        batches: Ledger batches to add, each with its date and the moment when it was entered.
        answer: `keys` lists the added companies with their keys, `counts` does not.
    """

    companies: int = 0
    company: str | int = 1
    country: Country = "EE"
    plan: Plan = "pro"
    key_name: str = "Tilisilta"
    history: dict[str, Any] = {}
    customers: int = 0
    vendors: int = 0
    batches: list[Late] = []
    answer: Literal["keys", "counts"] = "keys"


def seed(site: Site, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Add what is asked for and return what was added.

    Raises:
        ValueError: The company is unknown, or its books were changed and cannot get a history.
        msgspec.ValidationError: A field is unknown or of the wrong type.
    """
    spec = msgspec.json.decode(encode_exact(dict(raw)), type=SeedSpec, strict=False)
    target = control.find(site, spec.company)
    today = site.now(spec.country).date()
    wanted = {"start": add_months(today.replace(day=1), -24), "end": today, **spec.history}
    plan = msgspec.convert(wanted, history.Spec, strict=False)
    added: dict[str, Any] = {"companies": spec.companies}
    shown = []
    for _ in range(spec.companies):
        number = len(site.companies)
        code = names.registry_code(700_000 + number)
        company = site.add_company(
            names.company(number),
            reg_no=code,
            vat_no=f"EE1{number:08d}",
            country=spec.country,
            plan=spec.plan,
            spec=plan,
        )
        site.add_key(company, spec.key_name)
        shown.append(provisioning.show(company))
    if spec.answer == "keys" and shown:
        added["keys"] = shown
    if spec.history and not spec.companies:
        added["history"] = _give_history(site, target.mark, plan)
    if spec.customers or spec.vendors or spec.batches:
        _fill(site, target.mark, spec)
    return added | {"customers": spec.customers, "vendors": spec.vendors, "batches": len(spec.batches)}


def _give_history(site: Site, mark: int, plan: history.Spec) -> dict[str, int]:
    company = site.companies[mark - 1]
    books = site.books(company)
    if books.own:
        raise ValueError(f"{company.name} has changes of its own")
    company.plan_of_history = plan
    site.forget(company)
    made = site.books(company)
    return {"sales": len(made.sales), "purchases": len(made.purchases), "batches": len(made.batches)}


def _fill(site: Site, mark: int, spec: SeedSpec) -> None:
    company = site.companies[mark - 1]
    books = site.keep(company)
    at = site.now(company.country)
    for customer, count in ((True, spec.customers), (False, spec.vendors)):
        cards = books.customers if customer else books.vendors
        for _ in range(count):
            number = len(cards.by_id)
            name = f"{names.partner(mark, number, customer=customer)} {number}"
            history.partner(books, name, at, customer=customer, **names.card(mark, number, company.country))
    for late in spec.batches:
        seq, identity = books.next_id()
        amount = cents(late.amount)
        entered = late.entered.replace(tzinfo=None)
        running = books.number(late.code)
        books.put_batch(
            Batch(
                seq,
                identity,
                late.code,
                running,
                f"{late.code}{running}",
                late.date,
                amount,
                entered,
                entered,
                None,
                [Line("8600", amount, ZERO), Line("1000", ZERO, amount)],
                books.currency,
                RATE_ONE,
                history.USER,
            )
        )
