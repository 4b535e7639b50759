"""Drafts, a connector with recorded answers, and the vendor's DTDs, for tests of Netvisor."""

import datetime as dt
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from tests.contract.examples import invoice, invoice_draft, line
from tests.contract.recorded import Recorded, StillClock
from tests.contract.suite import CREDENTIALS

from tilisilta.connectors import netvisor
from tilisilta.connectors.netvisor.connector import NetvisorConnector
from tilisilta.core.documents import Direction, JournalEntry, Party, Posting
from tilisilta.core.mapping.draft import InvoiceDraft, JournalEntryDraft, LineDraft
from tilisilta.kit.budget import MemoryBudgetStore
from tilisilta.kit.http import Response

D = Decimal
# The vendor states no licence for its DTDs, so they are read where they lie and not copied into the project.
DTDS = Path(__file__).parents[4] / "shared" / "vendors" / "netvisor-schemas"
KEYS = CREDENTIALS["netvisor"]
STAMP = "<TimeStamp>31.3.2025 23:30:00</TimeStamp>"


def ok(inner: str = "", status: int = 200) -> Response:
    body = (
        f'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\r\n<Root><ResponseStatus><Status>OK</Status>{STAMP}'
    )
    return Response(status=status, body=f"{body}</ResponseStatus>{inner}</Root>".encode())


def created(key: int = 8) -> Response:
    return ok(f"<Replies><InsertedDataIdentifier>{key}</InsertedDataIdentifier></Replies>")


def failed(code: str, text: str = "something", status: int = 400) -> Response:
    envelope = f"<ResponseStatus><Status>FAILED</Status><Status>{code} :: {text}</Status>{STAMP}</ResponseStatus>"
    return Response(status=status, body=f"<Root>{envelope}</Root>".encode())


def connector(transport: Recorded, clock: StillClock | None = None, **settings: str) -> NetvisorConnector:
    clock = clock or StillClock()
    return netvisor.build(KEYS, settings, transport=transport, budget=MemoryBudgetStore(clock), clock=clock)


def dtd(name: str) -> etree.DTD:
    path = DTDS / f"{name}.dtd"
    if not path.exists():
        pytest.skip(f"the vendor's DTDs are not beside the project ({path.name})")
    # The files are wrapped to be pasted into a document; what is between the brackets is the DTD.
    _, _, inside = path.read_text().partition("[")
    return etree.DTD(io.StringIO(inside[: inside.rindex("]")]))


def require_valid(body: bytes, name: str) -> Any:
    """Return the root of a message that the vendor's DTD accepts."""
    root = etree.fromstring(body)
    schema = dtd(name)
    assert schema.validate(root), schema.error_log.filter_from_errors()
    return root


def values(root: Any, name: str) -> list[str]:
    return [each.text or "" for each in root.iter(name)]


def accounts_answer(*numbers: str, inactive: str = "") -> Response:
    def account(number: str) -> str:
        active = int(number != inactive)
        return (
            f"<Account><NetvisorKey>{number}0</NetvisorKey><Number>{number}</Number><Name>Tili {number}</Name>"
            f"<AccountType>account</AccountType><IsActive>{active}</IsActive></Account>"
        )

    return ok(f"<AccountList><Accounts>{''.join(map(account, numbers))}</Accounts></AccountList>")


def entry_draft(**fields: Any) -> JournalEntryDraft:
    entry = JournalEntry(
        source_id="sales 2025-03",
        date=dt.date(2025, 3, 31),
        description="Myynti 03/2025",
        number="42",
        postings=(
            Posting(account="1701", debit=D("1255.00"), description="Myyntisaamiset"),
            Posting(account="3000", credit=D("1000.00"), description="Myynti 25,5 %", vat_rate=D("25.5")),
            Posting(account="2939", credit=D("255.00"), description="ALV 25,5 %"),
        ),
    )
    given: dict[str, Any] = {
        "key": "k1",
        "entry": entry,
        "accounts": ("1701", "3000", "2939"),
        "vat_codes": ("", "KOMY", ""),
        "dimensions": ("", "Kustannuspaikka::Verkkokauppa", ""),
    }
    return JournalEntryDraft(**(given | fields))


def sales_draft(*lines: Any, vat_code: str = "KOMY", **fields: Any) -> InvoiceDraft:
    rows = lines or (line("100.00", quantity=D(10), unit_price=D(10), vat_rate=D("25.5"), unit="kpl"),)
    net = sum((each.net for each in rows), D(0))
    vat = sum(((each.net * each.vat_rate / 100).quantize(D("0.01")) for each in rows), D(0))
    given: dict[str, Any] = {
        "number": "1007",
        "date": dt.date(2025, 3, 31),
        "due_date": dt.date(2025, 4, 14),
        "net": net,
        "vat": vat,
        "gross": net + vat,
        "party": Party(source_id="34", name="Asiakas Oy"),
    }
    draft = {name: fields.pop(name) for name in ("key", "party_id", "credited_id", "extra") if name in fields}
    document = invoice(*rows, **(given | fields))
    return invoice_draft(
        document,
        lines=tuple(LineDraft(line=each, vat_code=vat_code, item_id="7", account="3000") for each in document.lines),
        **({"party_id": "11"} | draft),
    )


def purchase_draft(*lines: Any, vat_code: str = "KOOS", **fields: Any) -> InvoiceDraft:
    given: dict[str, Any] = {"direction": Direction.PURCHASE, "number": "OL-778", "party_id": "21"}
    return sales_draft(*lines, vat_code=vat_code, **(given | fields))
