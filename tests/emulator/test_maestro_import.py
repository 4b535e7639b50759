"""What the importer takes, refuses, answers and puts away."""

from collections.abc import AsyncIterator

import pytest
from tests.emulator.maestro_client import Maestro, finvoice, running


@pytest.fixture
async def maestro() -> AsyncIterator[Maestro]:
    async with running() as made:
        yield made


async def test_a_finvoice_stands_in_the_books(maestro: Maestro) -> None:
    maestro.customer()
    maestro.put(finvoice())
    books = await maestro.books()
    (entered,) = books["invoices"]
    assert (entered["number"], entered["gross"], entered["voucher"]) == ("1042", "100.40", 1)
    assert (entered["rows"][0]["product"], entered["rows"][0]["unit"]) == ("A1", "h")
    assert "gross=100.40" in (maestro.answer("d1.ok") or "")
    assert "out/invoices/done/x_1042_d1.xml" in books["files"]
    summary = await maestro.control("GET", "state?summary=1")
    assert summary["invoices"] == {"count": 1, "net": "80.00", "vat": "20.40", "gross": "100.40"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<Finvoice", "SCHEMA"),
        (finvoice().replace("<InvoiceNumber>1042</InvoiceNumber>", ""), "SCHEMA"),
        (finvoice().replace("80,00", "80.00"), "SCHEMA"),
        (finvoice()[: len(finvoice()) // 2], "SCHEMA"),
        (finvoice(net="81,00", gross="101,40"), "TOTALS"),
        (finvoice(gross="100,90"), "TOTALS"),
        (finvoice(kind="INV02"), "TOTALS"),
        (finvoice(customer="999"), "CUSTOMER_UNKNOWN"),
    ],
)
async def test_what_is_not_right_is_refused_with_its_code(maestro: Maestro, text: str, code: str) -> None:
    maestro.customer()
    maestro.put(text)
    books = await maestro.books()
    assert books["invoices"] == []
    assert [each["code"] for each in books["refused"]] == [code]
    assert (maestro.answer("d1.err") or "").splitlines()[0] == code
    assert "out/invoices/error/x_1042_d1.xml" in books["files"]


async def test_a_number_is_taken_once_and_the_same_file_again_changes_nothing(maestro: Maestro) -> None:
    maestro.customer()
    for _ in range(2):
        maestro.put(finvoice())
        await maestro.books()
    maestro.put(finvoice(code="A2"))
    await maestro.books()
    maestro.put(finvoice(), "x_1042_d2.xml")
    books = await maestro.books()
    assert [(each["number"], each["times"]) for each in books["invoices"]] == [("1042", 2)]
    assert [each["code"] for each in books["refused"]] == ["DUPLICATE_NUMBER"] * 2


async def test_rows_without_a_match_go_to_the_general_product_alone(maestro: Maestro) -> None:
    maestro.customer()
    for at, code in enumerate(("suu", "A / 2", "XYZ", "VANHA", ""), start=1):
        maestro.put(finvoice(str(at), code), f"x_{at}_d{at}.xml")
    books = await maestro.books()
    placed = {each["rows"][0]["code"]: each["rows"][0]["product"] for each in books["invoices"]}
    assert placed == {"suu": "A1", "A / 2": "A2", "XYZ": "A/0", "VANHA": "A/0", "": "A/0"}
    assert [each["code"] for each in books["log"]] == ["PRODUCT_NOT_MATCHED"] * 3


async def test_names_with_a_dot_are_left_alone(maestro: Maestro) -> None:
    maestro.customer()
    (maestro.root / "out/invoices/.x_1042_d1.xml.part").write_text(finvoice())
    books = await maestro.books()
    assert books["invoices"] == []
    assert books["refused"] == []


@pytest.mark.parametrize(
    ("processed", "left"),
    [("delete", []), ("keep", ["out/invoices/x_1042_d1.xml"]), ("move", ["out/invoices/done/x_1042_d1.xml"])],
)
async def test_files_are_put_away_as_chosen(maestro: Maestro, processed: str, left: list[str]) -> None:
    await maestro.reset(processed=processed)
    maestro.customer()
    maestro.put(finvoice())
    for _ in range(2):
        books = await maestro.books()
    assert [name for name in books["files"] if "invoices" in name] == left
    assert [each["times"] for each in books["invoices"]] == [1]


async def test_files_wait_for_the_word_when_so_chosen(maestro: Maestro) -> None:
    await maestro.reset(auto_import=False, acknowledge="both", totals_in_answers=False)
    maestro.customer()
    maestro.put(finvoice())
    assert (await maestro.books())["invoices"] == []
    assert await maestro.control("POST", "import") == {"read": 2}
    assert maestro.answer("d1.ok") == ""
    assert maestro.answer("d1.acc") is None


async def test_sftp_puts_files_and_misbehaves_by_rule(maestro: Maestro) -> None:
    import asyncssh

    maestro.customer()
    async with maestro.sftp() as client:
        await client.chdir("/")
        async with client.open("out/invoices/.a", "wb") as file:
            await file.write(finvoice().encode())
        await maestro.fault("error_before", match={"method": "RENAME"})
        with pytest.raises(asyncssh.SFTPFailure):
            await client.posix_rename("out/invoices/.a", "out/invoices/x_1042_d1.xml")
        await client.posix_rename("out/invoices/.a", "out/invoices/x_1042_d1.xml")
        assert maestro.answer("d1.ok")
        await maestro.fault("disk_full", match={"method": "WRITE"})
        with pytest.raises(asyncssh.SFTPError):
            async with client.open("out/invoices/.b", "wb") as file:
                await file.write(b"x")
    assert [each["number"] for each in (await maestro.books())["invoices"]] == ["1042"]


async def test_sftp_lets_nobody_else_in_and_out_of_the_folder(maestro: Maestro) -> None:
    import asyncssh

    maestro.keys = {**maestro.keys, "sftp_user": "nobody"}
    with pytest.raises(asyncssh.PermissionDenied):
        async with maestro.sftp():
            pass
    maestro.keys = {**maestro.keys, "sftp_user": "tilisilta"}
    async with maestro.sftp() as client:
        assert not await client.exists("../../etc/passwd")


async def test_the_host_key_can_be_changed(maestro: Maestro) -> None:
    before = (await maestro.books())["host_key"]
    assert before == maestro.keys["sftp_host_key"]
    after = (await maestro.control("POST", "host_key"))["host_key"]
    assert after != before
    async with maestro.sftp() as client:
        assert "invoices" in await client.listdir("out")


async def test_http_keeps_gives_and_removes_files(maestro: Maestro) -> None:
    maestro.customer()
    assert (await maestro.http("PUT", "out/invoices/x_1042_d1.xml", finvoice().encode()))[0] == 201
    status, answer = await maestro.http("GET", "ack/d1.ok")
    assert (status, b"gross=100.40" in answer) == (200, True)
    assert (await maestro.http("DELETE", "ack/d1.ok"))[0] == 204
    assert (await maestro.http("HEAD", "ack/d1.ok"))[0] == 404
    assert (await maestro.http("GET", "ack/d1.ok", password="wrong"))[0] == 401
    assert (await maestro.http("GET", "%2e%2e/%2e%2e/etc/passwd"))[0] in {400, 404}
    await maestro.fault("disk_full", match={"path": "drop"})
    assert (await maestro.http("PUT", "out/invoices/y.xml", b""))[0] == 507


async def test_the_import_misbehaves_by_rule(maestro: Maestro) -> None:
    maestro.customer()
    await maestro.books()
    data = {"code": "E17", "text": "Kausi on lukittu"}
    await maestro.fault("import_error", match={"method": "IMPORT"}, data=data)
    await maestro.fault("no_answer", match={"method": "ANSWER", "path": "d2"})
    maestro.put(finvoice())
    await maestro.books()
    assert maestro.answer("d1.err") == "E17\nKausi on lukittu\n"
    maestro.put(finvoice("1043"), "x_1043_d2.xml")
    assert [each["number"] for each in (await maestro.books())["invoices"]] == ["1043"]
    assert maestro.answer("d2.ok") is None


async def test_the_product_export_follows_register_and_options(maestro: Maestro) -> None:
    await maestro.reset(product_encoding="iso-8859-15", data="empty")
    added = await maestro.control("POST", "seed", {"products": [{"id": "B7", "name": "Työ €"}], "made_up_products": 2})
    assert added == {"products": 3, "customers": 0}
    export = (maestro.root / "in/products.csv").read_bytes()
    assert export.splitlines()[2] == "B7;B;;;Työ €;kpl;25,5;3000;K".encode("iso8859-15")
    await maestro.control("POST", "export", {"spoilt": True})
    assert (maestro.root / "in/products.csv").read_bytes() == b'{"spoilt": true}'
