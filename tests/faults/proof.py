"""The proof that every fault run ends with: both systems' books, side by side."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from tests.support.product import Office
from tilisilta.store.models import Binding, Delivery, DeliveryProblem, DeliveryState, Run, RunState

SOURCE = {"sales_invoices": "invoices", "purchase_invoices": "bills"}
TARGET = {"sales_invoices": "client_invoices", "purchase_invoices": "vendor_invoices"}
KINDS = {"sales_invoices": "sales_", "purchase_invoices": "purchase_"}
IN_THE_AIR = {DeliveryState.SENDING, DeliveryState.UNCERTAIN}
ARRIVED = {DeliveryState.SENT, DeliveryState.CONFIRMED, DeliveryState.DRIFTED}


def at_source(office: Office, kind: str = "sales_invoices") -> dict[str, Decimal]:
    """Return the gross total of every document that the source has, by number."""
    rows = office.scoro.books()[SOURCE[kind]]
    return {str(each["no"]): abs(Decimal(each["sum"]) + Decimal(each["vat_sum"])) for each in rows if not gone(each)}


def gone(row: dict[str, Any]) -> bool:
    return bool(int(row.get("is_deleted") or 0))


def at_target(office: Office, kind: str = "sales_invoices") -> dict[str, Decimal]:
    """Return the total of every document in the target's books, by number; each number stands there once."""
    rows = office.smartaccounts.books()[TARGET[kind]]
    numbers = Counter(str(each["invoiceNumber"]) for each in rows)
    assert [number for number, count in numbers.items() if count > 1] == []
    return {str(each["invoiceNumber"]): abs(Decimal(each["totalAmount"])) for each in rows}


def prove(office: Office, kind: str = "sales_invoices", *, left: Iterable[str] = ()) -> dict[str, str]:
    """Each document is in the target once and to the cent, or listed with a named reason; return those reasons.

    `left` are the numbers that must be missing; none by default.
    """
    source, target = at_source(office, kind), at_target(office, kind)
    assert target == {number: gross for number, gross in source.items() if number in target}
    missing = source.keys() - target.keys()
    assert missing == set(left), sorted(missing ^ set(left))
    rows = Delivery.objects.filter(flow__integration=office.integration)
    assert list(rows.filter(state__in=IN_THE_AIR)) == []
    listed = {row.number: row for row in rows.filter(kind__startswith=KINDS[kind])}
    assert missing <= listed.keys()
    assert all(listed[number].state not in ARRIVED for number in missing)
    assert all(listed[number].state in ARRIVED for number in target if number in listed)
    reasons = {number: listed[number].reason for number in missing}
    assert all(reasons.values()), reasons
    assert_no_doubles(office)
    return reasons


def assert_no_doubles(office: Office) -> None:
    """Parties and items are in the target once, and the id map names just what is there."""
    books = office.smartaccounts.books()
    for table, name in (("clients", "name"), ("vendors", "name"), ("articles", "code")):
        counted = Counter(each[name] for each in books[table])
        assert [each for each, count in counted.items() if count > 1] == [], table
    for kind, table, key in (
        ("customer", "clients", "id"),
        ("supplier", "vendors", "id"),
        ("item", "articles", "code"),
        ("sales_invoice", "client_invoices", "id"),
        ("purchase_invoice", "vendor_invoices", "id"),
    ):
        tied = list(Binding.objects.filter(source_connection=office.source, kind=kind).values_list("target_id"))
        assert len(tied) == len(set(tied)), kind
        assert {each for (each,) in tied} <= {str(each[key]) for each in books[table]}, kind
    arrived = Delivery.objects.filter(flow__integration=office.integration, state__in=ARRIVED)
    assert not arrived.filter(target_id="").exists()


def assert_done(run: Run) -> None:
    assert run.state == RunState.DONE, (run.state, run.problem_code, run.problem_params, run.evidence, run.problems)


def open_codes(office: Office) -> Counter[str]:
    """Return the codes of the problems that wait for a person."""
    rows = DeliveryProblem.objects.filter(integration=office.integration, solved_at=None, severity="error")
    return Counter(rows.values_list("code", flat=True))


def events_of(office: Office, number: str) -> list[str]:
    """Return the codes of a document's event log, oldest first."""
    row = Delivery.objects.get(flow__integration=office.integration, number=number)
    return list(row.events.order_by("pk").values_list("code", flat=True))
