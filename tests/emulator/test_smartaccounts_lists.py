import csv
import io

import pytest
from tests.emulator.smart_client import Smart, sale

GET = "purchasesales/clientinvoices:get"


async def walk(smart: Smart, path: str = GET, key: str = "clientInvoices", **query):
    found, page = [], 1
    while True:
        answer = await smart.ok(path, pageNumber=page, **{"dateFrom": "01.01.2026", **query})
        found.append([item["id"] for item in answer[key]])
        if not answer["hasMoreEntries"]:
            return found
        page += 1


@pytest.mark.parametrize(("count", "sizes"), [(0, [0]), (3, [3]), (6, [3, 3]), (7, [3, 3, 1])])
async def test_pages_end_exactly(smart: Smart, count, sizes):
    await smart.reset(page_size=3)
    await smart.control("POST", "seed", {"clients": 1, "articles": 1, "client_invoices": count})
    for query in ({}, {"clientName": "klient"}, {"paymentStatus": "unpaid"}, {"dateType": "modifydate"}):
        pages = await walk(smart, **query)
        assert [len(page) for page in pages] == sizes, query
        assert len({identity for page in pages for identity in page}) == count
    assert (await smart.ok(GET, dateFrom="01.01.2026", pageNumber=99))["clientInvoices"] == []


async def test_page_size_is_a_hundred_and_rows_come_only_when_asked_for(smart: Smart):
    await smart.control("POST", "seed", {"clients": 1, "articles": 1, "client_invoices": 101, "rows": 1})
    answer = await smart.ok(GET, dateFrom="01.01.2026")
    assert (len(answer["clientInvoices"]), answer["hasMoreEntries"]) == (100, True)
    assert "rows" not in answer["clientInvoices"][0]
    assert "deleted" not in answer
    answer = await smart.ok(GET, dateFrom="01.01.2026", fetchRows="true", pageNumber=2)
    assert [len(item["rows"]) for item in answer["clientInvoices"]] == [1]


async def test_every_paged_list_pages(smart: Smart):
    await smart.reset(page_size=4)
    await smart.control(
        "POST",
        "seed",
        {"clients": 5, "vendors": 5, "articles": 5, "client_invoices": 5, "vendor_invoices": 5, "paid": 1},
    )
    for path, key, sizes in (
        ("purchasesales/clients:get", "clients", [4, 1]),
        ("purchasesales/vendors:get", "vendors", [4, 2]),
        ("purchasesales/vendorinvoices:get", "vendorInvoices", [4, 1]),
        ("purchasesales/payments:get", "payments", [4, 1]),
        ("general/entries:get", "entries", [4, 4, 4, 3]),
    ):
        assert [len(page) for page in await walk(smart, path, key)] == sizes, path
    answer = await smart.ok("purchasesales/articles:get", pageNumber=2)
    assert len(answer["articles"]) == 1


async def test_deletions_stand_on_page_one_of_a_change_list(smart: Smart):
    await smart.reset(now="2026-04-16T12:00:00+03:00", check_clock=False)
    client, _ = await smart.client(), await smart.article()
    gone = [(await smart.invoice(client))["invoiceId"] for _ in range(2)]
    await smart.invoice(client)
    for identity in gone:
        await smart.control("POST", "clock", {"advance_s": 60})
        await smart.ok("purchasesales/clientinvoices:delete", {}, id=identity)
    query = {"dateType": "modifydate", "dateFrom": "16.04.2026_12:00:00"}
    assert (await smart.ok(GET, **query))["deleted"] == gone
    assert "deleted" not in await smart.ok(GET, **query, pageNumber=2)
    assert (await smart.ok(GET, dateType="modifydate", dateFrom="16.04.2026_12:01:01"))["deleted"] == gone[1:]
    assert (await smart.ok(GET, dateType="modifydate", dateFrom="17.04.2026"))["deleted"] == []


@pytest.mark.parametrize("delete", [False, True])
async def test_a_change_between_pages_shifts_rows(smart: Smart, delete):
    await smart.reset(page_size=2)
    await smart.control("POST", "seed", {"clients": 1, "articles": 1, "client_invoices": 5})
    await smart.control("POST", "clock", {"advance_s": 5})
    before = [item["id"] for item in (await smart.state())["client_invoices"]]
    await smart.faults(
        {"kind": "change_between_pages", "match": {"path": "clientinvoices:get"}, "data": {"delete": delete}}
    )
    query = {"dateType": "modifydate"}
    pages = await walk(smart, **query)
    # The third invoice slipped from the second page to the first while the first was being read.
    if delete:
        assert pages == [before[:2], before[3:]]
        assert (await smart.summary())["entries"]["unbalanced"] == 0
    else:
        assert pages == [before[:2], before[3:], before[:1]]


@pytest.mark.parametrize("query", [{}, {"clientName": "klient"}])
async def test_a_row_can_stand_on_two_pages(smart: Smart, query):
    await smart.reset(page_size=2)
    await smart.control("POST", "seed", {"clients": 1, "articles": 1, "client_invoices": 5})
    await smart.faults({"kind": "duplicate_row", "times": None})
    pages = await walk(smart, **query)
    assert [len(page) for page in pages] == [2, 3, 2]
    assert [page[0] for page in pages[1:]] == [pages[0][-1], pages[1][-1]]


async def exported(smart: Smart, kind: str) -> tuple[list[str], list[dict[str, str]]]:
    answer = await smart.request("GET", f"/_emulator/csv/{kind}")
    assert answer.raw.startswith(b"\xef\xbb\xbf")
    reader = csv.DictReader(io.StringIO(answer.raw.decode("utf-8-sig"), newline=""), delimiter=";")
    return list(reader.fieldnames or []), list(reader)


def written(header: list[str], rows: list[dict[str, str]], encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, header, delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


@pytest.mark.parametrize(("kind", "key"), [("clients", "ID"), ("vendors", "ID"), ("articles", "Kood")])
async def test_connected_service_ids_travel_by_csv_only(smart: Smart, kind, key):
    await smart.reset(partners=True)
    header, rows = await exported(smart, kind)
    assert (header[0], header[-2:]) == (key, ["Liidetud teenus", "Liidetud teenuse ID"])
    for at, item in enumerate(rows):
        item |= {"Liidetud teenus": "SC", "Liidetud teenuse ID": str(100 + at)}
    answer = await smart.control("POST", f"csv/{kind}", written(header, rows))
    assert answer == {"updated": len(rows), "unchanged": 0, "errors": []}
    assert (await exported(smart, kind))[1] == rows
    assert (await smart.control("POST", f"csv/{kind}", written(header, rows)))["unchanged"] == len(rows)
    answer = await smart.call(f"purchasesales/{kind}:get")
    assert "SC" not in answer.text.replace("SCORO", "")
    assert {item["service"] for item in (await smart.state())[kind]} == {"SC"}


async def test_ids_survive_an_edit_through_the_api(smart: Smart):
    client = await smart.client()
    await smart.control("POST", "csv/clients", f"ID;Liidetud teenuse ID\n{client};34\n".encode())
    await smart.ok("purchasesales/clients:edit", {"id": client, "name": "Pirn OÜ"})
    _, (found,) = await exported(smart, "clients")
    assert (found["Nimi"], found["Liidetud teenuse ID"]) == ("Pirn OÜ", "34")


async def test_import_overwrites_by_name_of_column_and_tells_rows_it_refuses(smart: Smart):
    first = await smart.client("Õunapuu OÜ", regCode="12345678", vatNumber="EE101234568")
    content = (
        "Muu;Nimi;Registrikood;E-post;Linn\r\n"
        "x;Õunapuu AS;12345678;a@b.ee;Tartu\r\n"
        "x;Keegi;99999999;;\r\n"
        "\r\n"
        "x;;12345678;;\r\n"
    ).encode()
    answer = await smart.control("POST", "csv/clients", content)
    assert (answer["updated"], [item["line"] for item in answer["errors"]]) == (1, [3, 5])
    (found,) = (await smart.ok("purchasesales/clients:get", id=first, fetchContacts="true", fetchAddresses="true"))[
        "clients"
    ]
    assert (found["name"], found["vatNumber"]) == ("Õunapuu AS", "EE101234568")
    assert (found["contacts"][0]["value"], found["address"]["city"]) == ("a@b.ee", "Tartu")


async def test_files_that_cannot_be_read_are_refused_whole(smart: Smart):
    await smart.client()
    for content, reason in (
        ("Nimi;Õ".encode("cp1257"), "not UTF-8"),
        (b"Veerg;Teine\n1;2\n", "the header has none of"),
        (b"", "the header has none of"),
    ):
        answer = await smart.request("POST", "/_emulator/csv/clients", content)
        assert answer.status == 400
        assert reason in answer.json["error"]
    assert (await smart.request("GET", "/_emulator/csv/invoices")).status == 404


async def test_a_client_deleted_at_the_target_refuses_new_invoices(smart: Smart):
    client, _ = await smart.client(), await smart.article()
    await smart.ok("purchasesales/clients:delete", {}, id=client)
    assert await smart.refused("purchasesales/clientinvoices:add", sale(client)) == ["CLIENT-NOT-FOUND"]
