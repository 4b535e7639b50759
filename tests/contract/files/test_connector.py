"""The files connector over a fake inbox: listing, places of errors, doubles, directions, attachments."""

import base64
import datetime as dt
import hashlib
import tomllib
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from tests.unit.formats.crafted import est_invoice, est_row, est_vat, estonian, fin_row, finvoice, priced

from tilisilta.connectors import files
from tilisilta.connectors.files.source import FilesConnector
from tilisilta.core.documents import DocumentKind, Invoice
from tilisilta.core.errors import BadInput, Misconfigured
from tilisilta.ports import (
    AttachmentGiver,
    CatalogueKind,
    Connection,
    FetchRequest,
    Inbox,
    InboxFile,
    Source,
    SourcePage,
    SourceRecord,
)
from tilisilta.ports.own import OwnStores

SAMPLES = Path(__file__).parent / "samples"
PURCHASES = (DocumentKind.PURCHASE_INVOICE, DocumentKind.PURCHASE_CREDIT_NOTE)
SALES = (DocumentKind.SALES_INVOICE, DocumentKind.SALES_CREDIT_NOTE)
ROW = fin_row(*priced("2", "50,00", "24", "100,00", "24,00"))
BEGIN = dt.datetime(2024, 3, 1, tzinfo=dt.UTC)


class FakeInbox:
    """Files in memory; ids begin at 11 and have a gap."""

    def __init__(self, *contents: tuple[str, bytes]) -> None:
        self.contents = {11 + 2 * at: each for at, each in enumerate(contents)}
        self.loads = 0

    async def list_files(self, *, after_id: int, limit: int) -> Sequence[InboxFile]:
        found = [
            InboxFile(
                file_id=file_id,
                name=name,
                sha256=hashlib.sha256(content).hexdigest(),
                received_at=BEGIN + dt.timedelta(hours=file_id),
            )
            for file_id, (name, content) in self.contents.items()
            if file_id > after_id
        ]
        return found[:limit]

    async def load_file(self, file_id: int) -> bytes:
        self.loads += 1
        if file_id not in self.contents:
            raise BadInput("FILE_GONE", file=file_id)
        return self.contents[file_id][1]


def connector(*contents: tuple[str, bytes], own: str = "") -> FilesConnector:
    return files.build({}, {"own_registry_codes": own}, own=OwnStores(inbox=FakeInbox(*contents)))


async def pages(source: FilesConnector, **request: object) -> list[SourcePage]:
    return [page async for page in source.fetch(FetchRequest(**{"kinds": PURCHASES} | request))]


async def fetched(source: FilesConnector, **request: object) -> list[SourceRecord]:
    return [record for page in await pages(source, **request) for record in page.records]


def sample_files() -> list[tuple[str, bytes]]:
    return [(path.name, path.read_bytes()) for path in sorted(SAMPLES.glob("*.xml"))]


def invoice(number: str, **changes: str) -> tuple[str, bytes]:
    return f"{number}.xml", finvoice([ROW], number=number, **changes).encode()


def test_it_answers_the_ports():
    source = connector()
    assert isinstance(source, Source)
    assert isinstance(source, Connection)
    assert isinstance(source, AttachmentGiver)
    inbox: Inbox = FakeInbox()
    assert inbox is not None


async def test_one_page_a_file_in_order_of_arrival():
    found = await pages(connector(invoice("1"), invoice("2"), invoice("3")))
    assert [[record.number for record in page.records] for page in found] == [["1"], ["2"], ["3"]]
    assert [page.next_token for page in found] == ["11", "13", ""]


async def test_a_token_goes_on_after_its_file():
    source = connector(invoice("1"), invoice("2"), invoice("3"))
    assert [record.number for record in await fetched(source, token="11")] == ["2", "3"]
    assert await pages(source, token="15") == []
    with pytest.raises(Misconfigured, match="PAGE_TOKEN_WRONG"):
        await fetched(source, token="x")


async def test_long_listings_are_read_to_the_end():
    many = [invoice(str(number)) for number in range(230)]
    found = await pages(connector(*many))
    assert [page.records[0].number for page in found] == [str(number) for number in range(230)]
    assert [page.next_token for page in found].count("") == 1
    assert found[-1].next_token == ""


async def test_every_sample_arrives():
    found = await fetched(connector(*sample_files()))
    assert len(found) == 8
    assert {record.kind for record in found} == set(PURCHASES)
    assert all(isinstance(record.document, Invoice) for record in found)
    gross = sum(record.document.gross for record in found if isinstance(record.document, Invoice))
    assert gross == sum(
        map(Decimal, ["30135.00", "124.00", "14268.47", "57.12", "124.00", "8550", "1656.25", "1656.25"])
    )


async def test_broken_files_are_records_with_their_place():
    broken = finvoice([ROW], number="7").replace("100,00</RowVat", "sata</RowVat")
    found = await fetched(
        connector(invoice("1"), ("lasku.pdf", b"%PDF-1.4"), ("rikki.xml", broken.encode()), invoice("2"))
    )
    assert [(record.number, record.document is None) for record in found] == [
        ("1", False),
        ("lasku.pdf", True),
        ("7", True),
        ("2", False),
    ]
    (pdf,) = found[1].problems
    assert (pdf.code, pdf.params["file"], pdf.params["kind"]) == ("FILE_WRONG_KIND", "lasku.pdf", "PDF")
    violation = found[2].problems[0]
    line = next(at for at, each in enumerate(broken.splitlines(), start=1) if "sata" in each)
    assert (violation.code, violation.params["file"], violation.params["line"]) == (
        *("SCHEMA_VIOLATION", "rikki.xml"),
        str(line),
    )
    assert found[2].raw.startswith("<Finvoice")
    assert len({record.source_id for record in found}) == 4
    assert [record.source_id for record in await fetched(connector(("lasku.pdf", b"%PDF-1.4")))] == [found[1].source_id]


async def test_the_same_invoice_twice_is_the_first_with_a_warning():
    copy = ("copy.xml", finvoice([ROW], number="1", origin="Copy").encode())
    found = await fetched(connector(invoice("1"), copy))
    assert [record.source_id for record in found] == [found[0].source_id] * 2
    assert found[1].document == found[0].document
    (warning,) = found[1].problems
    assert (warning.code, warning.severity) == ("DUPLICATE_IN_UPLOAD", "warning")
    assert (warning.params["file"], warning.params["first_file"], warning.params["number"]) == (
        *("copy.xml", "1.xml"),
        "1",
    )


async def test_the_same_invoice_twice_in_one_file():
    text = finvoice([ROW], number="1") + finvoice([ROW], number="2") + finvoice([ROW], number="1")
    found = await fetched(connector(("many.xml", text.encode())))
    assert sorted(record.number for record in found) == ["1", "2"]
    doubled = next(record for record in found if record.number == "1")
    assert [each.code for each in doubled.problems] == ["DUPLICATE_IN_UPLOAD"]


async def test_a_file_of_doubles_reads_the_first_file_once():
    text = "".join(finvoice([ROW], number=str(number)) for number in range(20))
    inbox = FakeInbox(("a.xml", text.encode()), ("b.xml", (text + "\n").encode()))
    found = await fetched(files.build({}, {}, own=OwnStores(inbox=inbox)))
    assert len(found) == 40
    assert all(record.problems for record in found[20:])
    assert inbox.loads == 3


async def test_directions_and_kinds():
    source = connector(invoice("1"), invoice("2", seller_id="2077474-0"), own="66666665, 12345671")
    bought = await fetched(source)
    sold = await fetched(source, kinds=SALES)
    assert [(record.number, record.kind) for record in bought] == [("2", DocumentKind.PURCHASE_INVOICE)]
    assert [(record.number, record.kind) for record in sold] == [("1", DocumentKind.SALES_INVOICE)]


async def test_a_sales_flow_sees_broken_files_too():
    found = await fetched(connector(("x.pdf", b"%PDF-1.4"), own="66666665"), kinds=SALES)
    assert [(record.kind, record.document) for record in found] == [(DocumentKind.SALES_INVOICE, None)]


async def test_dates_ids_and_changes():
    other = finvoice([ROW], number="2").replace(
        '<InvoiceDate Format="CCYYMMDD">20240301<', '<InvoiceDate Format="CCYYMMDD">20240401<'
    )
    source = connector(invoice("1"), ("2.xml", other.encode()))
    april = await fetched(source, date_from=dt.date(2024, 4, 1), date_to=dt.date(2024, 4, 30))
    assert [record.number for record in april] == ["2"]
    chosen = await fetched(source, source_ids=(april[0].source_id,))
    assert [record.number for record in chosen] == ["2"]
    assert [record.number for record in await fetched(source, changed_since=BEGIN + dt.timedelta(hours=12))] == ["2"]


async def test_parties_and_items_come_with_the_invoice():
    source = connector(invoice("1"))
    (record,) = await fetched(source)
    assert isinstance(record.document, Invoice)
    assert record.document.party.name == "Pullin Musiikki Oy"
    assert await source.fetch_parties(["reg:66666665"]) == {}
    assert await source.fetch_items(["x"]) == {}
    assert await source.catalogue(CatalogueKind.ACCOUNTS) == ()


async def test_connection_and_settings():
    info = await connector(invoice("1"), invoice("2"), own="10137025").check_connection()
    assert (info.registry_code, info.details) == ("10137025", {"files": "2"})
    empty = files.build({}, {})
    assert (await empty.check_connection()).details == {"files": "0"}
    assert await fetched(empty) == []
    with pytest.raises(Misconfigured, match="SETTING_WRONG"):
        files.build({}, {"own_registry_codes": "<script>"})


async def test_attachments_are_found_by_their_id():
    body = base64.b64encode(b"%PDF-1.4").decode()
    attachment = f"<AttachmentFile><FileName>arve.pdf</FileName><FileBase64>{body}</FileBase64></AttachmentFile>"
    row = est_row(net="100", vat=est_vat("100", "22", "22"))
    sums = "<InvoiceSum>100</InvoiceSum><TotalVATSum>22</TotalVATSum><TotalSum>122</TotalSum>"
    held = ("arve.xml", estonian(est_invoice(row, sums, attachment=attachment)).encode())
    source = connector(invoice("1"), held)
    records = await fetched(source)
    assert isinstance(records[1].document, Invoice)
    (ref,) = records[1].document.attachments
    assert await source.fetch_attachment(ref.source_id) == b"%PDF-1.4"
    assert await connector(invoice("1"), held).fetch_attachment(ref.source_id) == b"%PDF-1.4"
    with pytest.raises(BadInput, match="FILE_GONE"):
        await source.fetch_attachment("0000/0")
    await source.close()


async def test_a_file_that_went_away_is_listed():
    inbox = FakeInbox(invoice("1"))
    source = files.build({}, {}, own=OwnStores(inbox=inbox))
    listed = await inbox.list_files(after_id=0, limit=10)
    inbox.contents.clear()
    inbox.list_files = lambda **_: _listed(listed)  # type: ignore[method-assign]
    (record,) = await fetched(source)
    assert (record.document, record.problems[0].code) == (None, "FILE_GONE")


async def _listed(found: Sequence[InboxFile]) -> Sequence[InboxFile]:
    return found


def test_manifest_and_quality():
    manifest = files.MANIFEST
    assert manifest.vendor == "files"
    assert set(manifest.reads) == {*PURCHASES, *SALES}
    fields = {each.field for each in manifest.coverage[DocumentKind.PURCHASE_INVOICE]}
    known = set(Invoice.__struct_fields__)
    assert {field.partition(".")[0] for field in fields} <= known
    answers = tomllib.loads((Path(files.__file__).parent / "quality.toml").read_text())["answers"]
    assert len(answers) == 10
    assert all(each["status"] in {"done", "exempt"} and each["how"] for each in answers.values())
