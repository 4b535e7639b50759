"""What every route must do: put once, find what is there, and tell what may have appeared from what has not."""

import json
from decimal import Decimal

import msgspec
import pytest
from tests.contract.maestro.conftest import KEY, Office, customer, draft

from tilisilta.core.documents import DocumentKind, InvoiceRef, PartyRole
from tilisilta.core.errors import Misconfigured, Retry, Unknown, Unsupported
from tilisilta.ports import CatalogueKind, FindCertainty, PartyDirectory, TotalsReader
from tilisilta.ports.answers import Acknowledger, AckState

D = Decimal
NAME = f"1234567-1_1042_{KEY}.xml"


async def test_customer_and_invoice_stand_in_the_books_to_the_cent(office: Office, route: str) -> None:
    maestro = office.connect(route, with_pdf="on")
    sent = await maestro.send(customer())
    assert sent.target_id == "120"
    sent = await maestro.send(draft(KEY, "A1", "KM"))
    assert (sent.target_id, sent.number, sent.totals.gross) == (KEY, "1042", D("200.80"))
    books = office.books()
    (entered,) = books["invoices"]
    assert (entered["net"], entered["vat"], entered["gross"]) == ("160.00", "40.80", "200.80")
    assert [(row["product"], row["net"]) for row in entered["rows"]] == [("A1", "80.00"), ("B1", "80.00")]
    assert (entered["customer"], entered["delivery"], entered["reference"]) == ("120", KEY, "10427")
    assert entered["has_picture"]
    (known,) = books["customers"]
    assert (known["number"], known["name"]) == ("120", "Kallion Kone Oy")
    assert known["fields"]["phone"] == "+358 40 123 4567"
    assert not books["refused"]
    assert not office.files(".part")


async def test_a_repeat_overwrites_and_never_doubles(office: Office, route: str) -> None:
    office.reset(auto_import=False)
    maestro = office.connect(route)
    await maestro.send(customer())
    for _ in range(3):
        await maestro.send(draft())
        assert office.files("out/invoices") == [f"out/invoices/{NAME}"]
    office.emulator.importer.run()
    await maestro.send(draft())  # as if we had forgotten all about it
    office.emulator.importer.run()
    assert office.numbers() == ["1042"]
    assert not office.books()["refused"]


async def test_what_is_there_is_found_in_every_state(office: Office, route: str) -> None:
    office.reset(auto_import=False, acknowledge="none")
    maestro = office.connect(route)
    assert await maestro.find([draft()]) == {}
    await maestro.send(customer())
    await maestro.send(draft())
    waiting = (await maestro.find([draft(), draft("aaaabbbbccccdddd")], fresh=True))[KEY]
    assert (waiting.sent.target_id, waiting.certainty) == (KEY, FindCertainty.MARKED)
    office.emulator.importer.run()
    assert KEY in await maestro.find([draft()], fresh=True)  # moved to done/
    for name in office.files("done/"):
        (office.emulator.root / name).unlink()
    assert KEY in await maestro.find([draft()], fresh=True)  # taken away without a word
    assert (await maestro.find([customer()]))[customer().key].sent.target_id == "120"


async def test_a_file_that_waits_with_other_content_is_replaced(office: Office, route: str) -> None:
    office.reset(auto_import=False)
    maestro = office.connect(route)
    await maestro.send(customer())
    await maestro.send(draft())
    changed = draft(KEY, "A1", "A2")
    assert await maestro.find([changed], fresh=True) == {}
    await maestro.send(changed)
    office.emulator.importer.run()
    (entered,) = office.books()["invoices"]
    assert entered["gross"] == "200.80"


async def test_a_renumbered_invoice_takes_its_old_file_away(office: Office, route: str) -> None:
    office.reset(auto_import=False)
    maestro = office.connect(route, with_pdf="on")
    await maestro.send(customer())
    await maestro.send(draft())
    await maestro.send(draft(number="1043"))
    assert {name.split("_")[1] for name in office.files("out/invoices")} == {"1043"}
    office.emulator.importer.run()
    assert office.numbers() == ["1043"]


async def test_confirmed_waits_for_the_acknowledgement(office: Office, route: str) -> None:
    office.reset(auto_import=False)
    maestro = office.connect(route, delivered_when="confirmed")
    assert isinstance(maestro, Acknowledger | TotalsReader | PartyDirectory)
    await maestro.send(customer())
    sent = await maestro.send(draft())
    assert sent.totals.gross is None
    assert (await maestro.find([draft()]))[KEY].sent.totals.gross is None
    assert (await maestro.read_acknowledgements([KEY])).by_id == {}
    office.emulator.importer.run()
    answer = (await maestro.read_acknowledgements([KEY, "120"])).by_id[KEY]
    assert (answer.state, answer.number, answer.totals.gross) == (AckState.CONFIRMED, "1042", D("100.4"))
    assert (await maestro.find([draft()]))[KEY].sent.totals.gross == D("100.4")
    totals = await maestro.read_totals(DocumentKind.SALES_INVOICE, [KEY, "aaaabbbbccccdddd"])
    assert {key: each.gross for key, each in totals.items()} == {KEY: D("100.4")}


async def test_a_silent_confirmation_stands_for_what_was_sent(office: Office) -> None:
    office.reset(totals_in_answers=False)
    maestro = office.connect(delivered_when="confirmed")
    await maestro.send(customer())
    await maestro.send(draft())
    office.books()
    answer = (await maestro.read_acknowledgements([KEY])).by_id[KEY]
    assert answer.totals.gross == D("100.40")


async def test_taken_in_charge_is_not_confirmed(office: Office) -> None:
    office.reset(auto_import=False, acknowledge="none")
    maestro = office.connect(delivered_when="confirmed")
    await maestro.send(customer())
    await maestro.send(draft())
    (office.emulator.root / f"ack/{KEY}.acc").write_text("")
    answer = (await maestro.read_acknowledgements([KEY])).by_id[KEY]
    assert (answer.state, answer.totals.gross) == (AckState.ACCEPTED, None)
    assert (await maestro.find([draft()]))[KEY].sent.totals.gross is None


async def test_a_refused_delivery_may_be_sent_again(office: Office, route: str) -> None:
    maestro = office.connect(route)
    await maestro.send(draft())  # its customer has not been sent
    assert office.numbers() == []
    answer = (await maestro.read_acknowledgements([KEY])).by_id[KEY]
    assert answer.state is AckState.REFUSED
    assert answer.problem is not None
    assert (answer.problem.code, answer.problem.params["reason"]) == ("CUSTOMER_NOT_IN_MAESTRO", "CUSTOMER_UNKNOWN")
    assert await maestro.find([draft()], fresh=True) == {}
    assert await maestro.read_totals(DocumentKind.SALES_INVOICE, [KEY]) == {}
    await maestro.send(customer())
    office.books()
    await maestro.send(draft())
    assert office.numbers() == ["1042"]
    assert (await maestro.read_acknowledgements([KEY])).by_id[KEY].state is AckState.CONFIRMED


@pytest.mark.parametrize("listed", ["folder", "sftp"])
async def test_a_refused_customer_is_told_by_its_number_until_it_goes_again(office: Office, listed: str) -> None:
    maestro = office.connect(listed, delivered_when="confirmed")
    office.fault("import_error", match={"path": "customers"}, times=1, data={"code": "BAD_NUMBER", "text": "No"})
    await maestro.send(customer())
    await maestro.send(draft("aaaabbbbccccdddd"))  # refused as well, and none of those that are asked about
    office.books()
    answers = await maestro.read_acknowledgements(["120", "121"])
    assert set(answers.by_id) == {"120"}
    assert answers.unknown == ()
    refused = answers.by_id["120"]
    assert refused.state is AckState.REFUSED
    assert refused.problem is not None
    assert refused.problem.params["reason"] == "BAD_NUMBER"
    assert await maestro.find([customer()]) == {}
    await maestro.send(customer())
    office.books()
    assert (await maestro.read_acknowledgements(["120"])).by_id == {}
    assert [each["number"] for each in office.books()["customers"]] == ["120"]


async def test_a_number_is_taken_once(office: Office) -> None:
    maestro = office.connect()
    await maestro.send(customer())
    await maestro.send(draft())
    office.books()
    await maestro.send(draft("aaaabbbbccccdddd"))
    assert office.numbers() == ["1042"]
    answer = (await maestro.read_acknowledgements(["aaaabbbbccccdddd"])).by_id["aaaabbbbccccdddd"]
    assert answer.problem is not None
    assert answer.problem.code == "ALREADY_AT_TARGET"


async def test_acknowledgements_of_others_are_told_and_change_nothing(office: Office) -> None:
    office.fault("foreign_answer", match={"method": "ANSWER"})
    maestro = office.connect("sftp", delivered_when="confirmed")
    await maestro.send(customer())
    await maestro.send(draft())
    answers = await maestro.read_acknowledgements([KEY])
    assert (answers.by_id, answers.unknown) == ({}, ("ffffffffffffffff",))
    details = (await maestro.check_connection()).details
    assert details["unknown_acknowledgements"] == "ffffffffffffffff"


async def test_rows_without_a_product_of_theirs_go_to_the_general_one(office: Office) -> None:
    maestro = office.connect()
    await maestro.send(customer())
    await maestro.send(draft(KEY, "A/0", "a 12", "C9"))
    books = office.books()
    assert [row["product"] for row in books["invoices"][0]["rows"]] == ["A/0", "A12", "A/0"]
    assert [each["code"] for each in books["log"]] == ["PRODUCT_NOT_MATCHED"]  # C9 is not in use


async def test_a_credit_note_is_below_zero_in_the_books(office: Office) -> None:
    maestro = office.connect()
    await maestro.send(customer())
    credit = draft(number="1050", is_credit_note=True, credits=(InvoiceRef(number="1042"),))
    await maestro.send(credit)
    (entered,) = office.books()["invoices"]
    assert (entered["kind"], entered["gross"], entered["credited"]) == ("credit", "-100.40", "1042")


# --- what goes wrong -----------------------------------------------------------------------------------------


async def test_a_full_disk_is_waited_for(office: Office) -> None:
    maestro = office.connect("sftp")
    await maestro.send(customer())
    office.fault("disk_full", match={"method": "WRITE", "path": "1042"})
    with pytest.raises(Retry) as caught:
        await maestro.send(draft())
    assert caught.value.code == "DISK_FULL"
    assert await maestro.find([draft()], fresh=True) == {}
    await maestro.send(draft())
    assert office.numbers() == ["1042"]


async def test_a_full_disk_behind_https_is_waited_for(office: Office) -> None:
    maestro = office.connect("https")
    office.fault("disk_full", match={"method": "PUT", "path": "1042"})
    with pytest.raises(Retry) as caught:
        await maestro.send(draft())
    assert caught.value.code == "DISK_FULL"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_what_a_receiver_says_instead_of_a_file_is_no_answer(office: Office, method: str) -> None:
    maestro = office.connect("https", delivered_when="confirmed")
    await maestro.send(customer())
    await maestro.send(draft())
    office.books()
    office.fault("error_before", match={"method": method, "path": "ack"}, times=None, status=405)
    with pytest.raises(Misconfigured) as caught:
        await maestro.read_acknowledgements([KEY])
    assert caught.value.code == "FOLDER_UNREADABLE"


@pytest.mark.parametrize("step", ["OPEN", "WRITE"])
async def test_a_connection_lost_before_the_rename_leaves_nothing(office: Office, step: str) -> None:
    maestro = office.connect("sftp")
    await maestro.send(customer())
    office.fault("drop_before", match={"method": step, "path": "1042"})
    with pytest.raises(Retry):
        await maestro.send(draft())
    assert office.numbers() == []
    assert await maestro.find([draft()], fresh=True) == {}
    await maestro.send(draft())
    assert office.numbers() == ["1042"]


@pytest.mark.parametrize(("kind", "arrived"), [("drop_before", False), ("drop_after", True)])
async def test_a_connection_lost_at_the_rename_is_looked_into(office: Office, kind: str, *, arrived: bool) -> None:
    maestro = office.connect("sftp")
    await maestro.send(customer())
    office.fault(kind, match={"method": "RENAME", "path": "1042"})
    with pytest.raises(Unknown):
        await maestro.send(draft())
    found = await maestro.find([draft()], fresh=True)
    assert (KEY in found) is arrived
    if not found:
        await maestro.send(draft())
    assert office.numbers() == ["1042"]
    assert not office.books()["refused"]


@pytest.mark.parametrize(("kind", "arrived"), [("drop_before", False), ("drop_after", True)])
async def test_an_answer_lost_over_https_is_looked_into(office: Office, kind: str, *, arrived: bool) -> None:
    maestro = office.connect("https")
    await maestro.send(customer())
    office.fault(kind, match={"method": "PUT", "path": "1042"})
    with pytest.raises(Unknown):
        await maestro.send(draft())
    found = await maestro.find([draft()], fresh=True)
    assert (KEY in found) is arrived
    if not found:
        await maestro.send(draft())
    assert office.numbers() == ["1042"]
    assert not office.books()["refused"]


async def test_a_server_that_cannot_rename_over_a_file_gets_it_removed_first(office: Office) -> None:
    office.reset(auto_import=False, posix_rename=False)
    maestro = office.connect("sftp")
    await maestro.send(draft())
    await maestro.send(draft(KEY, "A1", "A2"))
    assert office.files("out/invoices") == [f"out/invoices/{NAME}"]
    assert KEY in await maestro.find([draft(KEY, "A1", "A2")])


async def test_a_closed_folder_stops_the_connection(office: Office) -> None:
    maestro = office.connect("sftp")
    office.fault("permission_denied", match={"method": "OPEN", "path": "1042"})
    with pytest.raises(Misconfigured) as caught:
        await maestro.send(draft())
    assert caught.value.code == "FOLDER_NOT_WRITABLE"


@pytest.mark.parametrize("route", ["folder", "sftp"])
async def test_a_folder_that_is_gone_stops_the_connection(office: Office, route: str) -> None:
    where = {"folder": f"{office.emulator.root}/maestro"} if route == "folder" else {"sftp_folder": "maestro"}
    maestro = office.connect(route, **where)
    with pytest.raises(Misconfigured) as caught:
        await maestro.send(draft())
    assert caught.value.code == "FOLDER_MISSING"


async def test_the_host_key_must_be_the_compared_one(office: Office) -> None:
    key = office.emulator.sftp.fingerprint
    with pytest.raises(Misconfigured) as caught:
        await office.connect("sftp", sftp_host_key="").check_connection()
    assert (caught.value.code, caught.value.params["shown"]) == ("HOST_KEY_NOT_PINNED", key)
    maestro = office.connect("sftp", sftp_host_key=key)
    assert (await maestro.check_connection()).details["products"] == "9"
    await office.emulator.sftp.change_host_key("127.0.0.1")
    await maestro.close()
    with pytest.raises(Misconfigured) as caught:
        await maestro.send(draft())
    shown = office.emulator.sftp.fingerprint
    assert (caught.value.code, caught.value.params["pinned"], caught.value.params["shown"]) == (
        "HOST_KEY_CHANGED",
        key,
        shown,
    )
    assert office.files("1042") == []


async def test_a_stranger_is_not_let_in(office: Office) -> None:
    with pytest.raises(Misconfigured) as caught:
        await office.connect("sftp", sftp_user="nobody").check_connection()
    assert caught.value.code == "SFTP_LOGIN_REFUSED"
    with pytest.raises(Misconfigured) as caught:
        await office.connect("https", https_user="nobody").check_connection()
    assert caught.value.code == "KEY_REFUSED"


async def test_a_server_that_does_not_answer_is_tried_again(office: Office) -> None:
    with pytest.raises(Retry) as caught:
        await office.connect("sftp", sftp_port="1").check_connection()
    assert caught.value.code == "TARGET_UNREACHABLE"


async def test_a_picture_that_cannot_be_drawn_does_not_hold_the_invoice_up(office: Office) -> None:
    maestro = office.connect("sftp", with_pdf="on")
    await maestro.send(customer())
    sent = await maestro.send(draft(note="漢字"))
    assert [each["code"] for each in json.loads(sent.extra["warnings"])] == ["PICTURE_LEFT_OUT"]
    (entered,) = office.books()["invoices"]
    assert (entered["number"], entered["has_picture"]) == ("1042", False)


# --- customers, products, kinds ------------------------------------------------------------------------------


async def test_a_changed_customer_goes_again(office: Office, route: str) -> None:
    maestro = office.connect(route)
    await maestro.send(customer())
    office.books()
    assert customer().key in await maestro.find([customer()])
    moved = customer(email="uusi@kallionkone.example")
    assert await maestro.find([moved]) == {}
    await maestro.send(moved)
    (known,) = office.books()["customers"]
    assert (known["fields"]["email"], known["times"]) == ("uusi@kallionkone.example", 2)


async def test_a_customer_whose_file_was_refused_goes_again(office: Office, route: str) -> None:
    office.fault("import_error", match={"method": "IMPORT", "path": "customers"})
    maestro = office.connect(route)
    await maestro.send(customer())
    assert office.books()["customers"] == []
    assert await maestro.find([customer()]) == {}
    await maestro.send(customer())
    assert customer().key in await maestro.find([customer()])
    assert [each["number"] for each in office.books()["customers"]] == ["120"]


async def test_a_customer_without_number_keeps_one_of_our_series(office: Office, route: str) -> None:
    maestro = office.connect(route, customer_series="5000")
    first = await maestro.send(customer("1111111111111111", extra={}))
    second = await maestro.send(customer("2222222222222222", extra={}, name="Toinen Oy"))
    again = await office.connect(route, customer_series="5000").send(customer("1111111111111111", extra={}))
    assert [first.target_id, second.target_id, again.target_id] == ["5000", "5001", "5000"]
    assert sorted(each["number"] for each in office.books()["customers"]) == ["5000", "5001"]


async def test_products_come_from_maestros_own_export(office: Office, route: str) -> None:
    maestro = office.connect(route)
    entries = {each.key: each for each in await maestro.catalogue(CatalogueKind.ITEMS)}
    assert entries["C1"].label == "C1 Käyttölisenssi €"
    assert (entries["A1"].rate, entries["A1"].extra["number"]) == (D("25.5"), "SUU")
    assert not entries["C9"].is_active
    pages = [page async for page in maestro.list_items()]
    assert "C9" not in {each.code for page in pages for each in page}
    assert await maestro.catalogue(CatalogueKind.ACCOUNTS) == ()


async def test_products_by_number_and_in_latin_9(office: Office) -> None:
    office.reset(product_encoding="iso-8859-15")
    maestro = office.connect("sftp", product_name="number")
    entries = await maestro.catalogue(CatalogueKind.ITEMS)
    assert {"SUU", "A/0"} <= {each.key for each in entries}
    assert "LIS Käyttölisenssi €" in {each.label for each in entries}


async def test_an_export_in_another_encoding_is_refused_by_line(office: Office) -> None:
    office.reset(product_encoding="utf-16")
    with pytest.raises(Misconfigured) as caught:
        await office.connect("sftp").check_connection()
    assert caught.value.code == "PRODUCTS_UNREADABLE"
    office.reset(product_encoding="windows-1252")
    with pytest.raises(Misconfigured) as caught:
        await office.connect("sftp", products_encoding="utf-8").catalogue(CatalogueKind.ITEMS)
    assert caught.value.params["line"] == "1"
    assert "utf-8" in caught.value.params["rule"]


async def test_an_agreed_layout_goes_instead_of_finvoice(office: Office) -> None:
    maestro = office.connect("sftp", layout="csv")
    await maestro.send(customer())
    await maestro.send(draft(KEY, "A1", "XYZ"))
    (entered,) = office.books()["invoices"]
    assert (entered["gross"], entered["customer"]) == ("200.80", "120")
    assert [row["product"] for row in entered["rows"]] == ["A1", "A/0"]
    assert KEY in await maestro.find([draft(KEY, "A1", "XYZ")], fresh=True)


async def test_other_kinds_are_refused_by_name(office: Office) -> None:
    maestro = office.connect()
    with pytest.raises(Unsupported):
        await maestro.send(msgspec.structs.replace(customer(), role=PartyRole.SUPPLIER))
    with pytest.raises(Unsupported):
        await maestro.read_totals(DocumentKind.PAYMENT, ["1"])


async def test_an_address_in_part_is_left_out_with_a_warning(office: Office) -> None:
    maestro = office.connect()
    await maestro.send(customer())
    half = draft()
    buyer = msgspec.structs.replace(
        half.invoice.party, address=msgspec.structs.replace(half.invoice.party.address, postal_code="")
    )
    half = msgspec.structs.replace(half, invoice=msgspec.structs.replace(half.invoice, party=buyer))
    sent = await maestro.send(half)
    assert [each["code"] for each in json.loads(sent.extra["warnings"])] == ["ADDRESS_LEFT_OUT"]
    assert office.numbers() == ["1042"]
