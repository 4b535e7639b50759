"""Invoices into Procountor: field by field, found again, never twice, posted here and approved."""

import contextlib
import datetime as dt
from typing import Any

import msgspec
import pytest
from tests.contract.emulators.conftest import End
from tests.contract.procountor.parts import (
    FREIGHT,
    KINDS,
    PDF,
    PURCHASE,
    SALES,
    SUPPLIER_IBAN,
    D,
    draft,
    entries,
    invoice,
    invoices,
    line,
    party,
    party_draft,
    posted,
    posting,
    purchase_postings,
    sent_with_steps,
)

from tilisilta.core.documents import Direction, PartyRole
from tilisilta.core.errors import Misconfigured, Refused, Unknown
from tilisilta.ports import FindCertainty, Totals
from tilisilta.ports.steps import StepTaker


async def test_a_purchase_bears_its_fields_and_nothing_else(procountor: End) -> None:
    target = procountor.connect()
    partner = (await target.send(party_draft())).target_id
    rows = (line(extra={"product_area": "Pakkaus"}), FREIGHT)
    sent = await target.send(draft(invoice(*rows, note="salainen", our_reference="viite"), party_id=partner))
    assert sent.totals == Totals(net=D("161.00"), vat=D("41.06"), gross=D("202.06"))
    [held] = invoices(procountor)
    assert held["type"] == "PURCHASE_INVOICE"
    assert (str(held["date"]), held["originalInvoiceNumber"], held["partnerId"]) == (
        "2026-03-02",
        "T-7781",
        int(partner),
    )
    assert held["counterParty"]["taxCode"] == "FI12345671"
    assert held["paymentInfo"]["bankAccount"] == {"accountNumber": SUPPLIER_IBAN, "bic": "NDEAFIHH"}
    assert str(held["paymentInfo"]["dueDate"]) == "2026-03-16"
    first, second = held["invoiceRows"]
    assert (first["product"], first["productCode"], first["comment"]) == ("Pahvilaatikko", "PL-10", "Pakkaus")
    assert (first["quantity"], first["unitPrice"], first["vatPercent"]) == (D(10), D("12.50"), D("25.5"))
    assert second["discountPercent"] == D(10)
    # Notes and references do not move; our own mark is all that stands there.
    assert "salainen" not in str(held)
    assert held["notes"] == "Tilisilta [TS:inv1]"
    assert held["invoiceChannel"] == "NO_SENDING"


async def test_a_sale_names_our_own_account_and_no_more_of_its_rows_than_it_must(procountor: End) -> None:
    target = procountor.connect()
    await target.send(draft(invoice(direction=SALES)))
    [held] = invoices(procountor)
    own = procountor.emulator.state()["bank_accounts"][0]["iban"]
    assert held["paymentInfo"]["bankAccount"] == {"accountNumber": own}
    assert held["paymentInfo"]["bankReferenceCode"] == "26013"
    assert held["language"] == "FINNISH"
    assert "productCode" not in held["invoiceRows"][0]
    assert "taxCode" not in held["counterParty"]


@pytest.mark.parametrize("direction", [SALES, PURCHASE])
async def test_a_credit_note_goes_with_negative_quantities(procountor: End, direction: Direction) -> None:
    target = procountor.connect()
    given = draft(invoice(direction=direction, is_credit_note=True))
    sent = await target.send(given)
    assert sent.totals == Totals(net=D("161.00"), vat=D("41.06"), gross=D("202.06"))
    [held] = invoices(procountor)
    assert [row["quantity"] for row in held["invoiceRows"]] == [D(-10), D(-1)]
    assert held["invoiceSumInfo"][0]["invoiceSumTotal"] == D("-202.06")
    found = await target.find([given])
    assert found["inv1"].sent.target_id == sent.target_id


@pytest.mark.parametrize("direction", [SALES, PURCHASE])
async def test_posted_here_it_stands_there_with_our_postings_and_approved(
    procountor: End, direction: Direction
) -> None:
    target = procountor.connect()
    assert isinstance(target, StepTaker)
    given = posted(direction)
    target_id = await sent_with_steps(target, given)
    [held] = invoices(procountor)
    assert held["status"] == ("SENT" if direction is SALES else "APPROVED")
    accounts = [("3600", D("-125.00")), ("3010", D("-36.00"))] if direction is SALES else None
    assert entries(procountor) == (accounts or [("4450", D("125.00")), ("4420", D("36.00"))])
    assert await target.read_totals(KINDS[direction], [target_id, "1"]) == {
        target_id: Totals(net=D("161.00"), vat=D("41.06"), gross=D("202.06"))
    }
    # Asked for again, a step reads and writes nothing.
    for method in ("PUT", "POST"):
        procountor.fault("error_before", match={"method": method}, status=500, times=None)
    for step in target.steps_after(given):
        await target.take_step(step, given, target_id)
    assert procountor.emulator.summary()["duplicates"]["invoices"] == 0


async def test_posted_there_it_goes_without_posting_lines(procountor: End) -> None:
    target = procountor.connect()
    given = draft(approve="1")
    assert target.steps_after(given) == ("approve",)
    await sent_with_steps(target, given)
    [held] = invoices(procountor)
    assert held["status"] == "APPROVED"
    assert {account for account, _ in entries(procountor)} == {"4000"}
    assert target.steps_after(draft()) == ()


async def test_a_posting_that_was_split_makes_rows_of_its_own(procountor: End) -> None:
    target = procountor.connect()
    split = [posting("4450", "100.00"), posting("7680", "25.00"), posting("4420", "36.00")]
    given = draft(postings=msgspec.json.encode(split).decode())
    await sent_with_steps(target, given)
    assert sorted(entries(procountor)) == [("4420", D("36.00")), ("4450", D("100.00")), ("7680", D("25.00"))]


@pytest.mark.parametrize("path", ["POST /invoices", "PUT /ledgerreceipts", "/approve"])
@pytest.mark.parametrize("kind", ["drop_after", "error_after", "html", "drop_before"])
async def test_whatever_happens_between_the_three_writes_it_stands_there_once(
    procountor: End, path: str, kind: str
) -> None:
    target = procountor.connect()
    given = posted()
    method, _, part = path.rpartition(" ")
    rule: dict[str, Any] = {"path": part} | ({"method": method} if method else {})
    procountor.fault(kind, match=rule, status=500)
    target_id = ""
    for _ in range(4):
        with contextlib.suppress(Unknown):
            found = await target.find([given], fresh=True)
            assert not found or found["inv1"].certainty is FindCertainty.MARKED
            target_id = found["inv1"].sent.target_id if found else (await target.send(given)).target_id
            for step in target.steps_after(given):
                await target.take_step(step, given, target_id)
            break
    [held] = invoices(procountor)
    assert (str(held["id"]), held["status"]) == (target_id, "APPROVED")
    assert entries(procountor) == [("4450", D("125.00")), ("4420", D("36.00"))]


async def test_records_without_our_mark_are_matched_by_number_party_and_total(procountor: End) -> None:
    target = procountor.connect()
    await target.send(draft())
    record = next(iter(procountor.emulator.site.main.invoices.rows.values()))
    body = record.data()
    for notes, expected in (("", FindCertainty.MATCHED), ("[TS:somebody-else]", None)):
        record.body = msgspec.json.encode({**body, "notes": notes})
        found = await target.find([draft()], fresh=True)
        assert (found["inv1"].certainty if found else None) is expected
    record.body = msgspec.json.encode({**body, "notes": ""})
    dearer = draft(invoice(line(price="13"), FREIGHT))
    assert await target.find([dearer], fresh=True) == {}
    other = draft(invoice(party=party(name="Toinen Oy")))
    assert await target.find([other], fresh=True) == {}


async def test_many_are_looked_for_by_days(procountor: End) -> None:
    target = procountor.connect()
    many = [draft(invoice(number=f"T-{at}"), key=f"k{at}") for at in range(6)]
    for each in many[:3]:
        await target.send(each)
    before = procountor.calls()
    found = await target.find(many)
    assert set(found) == {"k0", "k1", "k2"}
    assert procountor.calls() - before == 2
    assert all(each.certainty is FindCertainty.MARKED for each in found.values())


@pytest.mark.parametrize("moment", ["GET /ledgerreceipts", "PUT /ledgerreceipts"])
async def test_an_accounting_page_that_a_person_changed_is_not_written_over(procountor: End, moment: str) -> None:
    target = procountor.connect()
    given = posted()
    target_id = (await target.send(given)).target_id
    method, _, path = moment.partition(" ")
    procountor.fault("touch_receipt", match={"path": path, "method": method})
    with pytest.raises(Refused) as caught:
        await target.take_step("postings", given, target_id)
    assert caught.value.code == "LEDGER_RECEIPT_CHANGED"
    assert entries(procountor)[0][0] == "4000"
    # Nor is it approved with a posting that is not ours.
    with pytest.raises(Refused):
        await target.take_step("approve", given, target_id)
    assert invoices(procountor)[0]["status"] == "UNFINISHED"


async def test_a_posting_corrected_here_after_a_failed_approval_replaces_our_own(procountor: End) -> None:
    target = procountor.connect()
    given = posted()
    target_id = (await target.send(given)).target_id
    await target.take_step("postings", given, target_id)
    corrected = posted(postings=purchase_postings("7680", "4420"))
    await target.take_step("approve", corrected, target_id)
    assert entries(procountor) == [("7680", D("125.00")), ("4420", D("36.00"))]
    assert invoices(procountor)[0]["status"] == "APPROVED"


@pytest.mark.parametrize("moment", ["GET /ledgerreceipts", "PUT /ledgerreceipts", "/approve"])
async def test_a_page_made_anew_under_another_id_is_found_again(procountor: End, moment: str) -> None:
    target = procountor.connect()
    given = posted()
    method, _, path = moment.rpartition(" ")
    target_id = (await target.send(given)).target_id
    procountor.fault("recreate_receipt", match={"path": path} | ({"method": method} if method else {}))
    for step in (*target.steps_after(given), *target.steps_after(given)):
        if step == "approve" and moment == "/approve":
            # Made anew in the very moment of approval: the step is asked for again and mends it.
            await target.take_step("postings", given, target_id)
        await target.take_step(step, given, target_id)
    assert entries(procountor) == [("4450", D("125.00")), ("4420", D("36.00"))]


async def test_rows_that_procountor_combines_stop_the_posting(procountor: End) -> None:
    procountor.reset(data="empty", accounting_by_row=False)
    target = procountor.connect()
    same = [posting("4450", "125.00"), posting("4450", "36.00")]
    given = draft(postings=msgspec.json.encode(same).decode())
    target_id = (await target.send(given)).target_id
    with pytest.raises(Refused) as caught:
        await target.take_step("postings", given, target_id)
    assert (caught.value.code, caught.value.params["rows"]) == ("LEDGER_ROWS_COMBINED", "2")


async def test_rights_taken_away_between_two_writes_stop_the_connection_and_are_resumed(procountor: End) -> None:
    target = procountor.connect()
    given = posted()
    target_id = (await target.send(given)).target_id
    procountor.emulator.site.main.rights[31001].set({"accounting.preventEditingAccountingPage": True})
    with pytest.raises(Misconfigured) as caught:
        await target.take_step("postings", given, target_id)
    assert caught.value.code == "LEDGER_RECEIPT_RIGHTS_MISSING"
    procountor.emulator.site.main.rights[31001].set({"accounting.preventEditingAccountingPage": False})
    for step in target.steps_after(given):
        await target.take_step(step, given, target_id)
    assert [each["status"] for each in invoices(procountor)] == ["APPROVED"]


async def test_circulation_comes_before_approval_and_other_approvers_are_waited_for(procountor: End) -> None:
    procountor.reset(data="empty", circulation=True)
    target = procountor.connect()
    await sent_with_steps(target, draft(approve="1"))
    assert invoices(procountor)[0]["status"] == "APPROVED"
    procountor.reset(data="empty", circulation=True, approvers=[31001, 31002])
    target = procountor.connect()
    given = draft(approve="1")
    target_id = (await target.send(given)).target_id
    with pytest.raises(Refused) as caught:
        await target.take_step("approve", given, target_id)
    assert caught.value.code == "APPROVAL_WAITS_FOR_OTHERS"
    assert invoices(procountor)[0]["status"] == "RECEIVED"
    alone = procountor.connect(circulation="key_user")
    await sent_with_steps(alone, draft(invoice(number="T-2"), key="inv2", approve="1"))
    assert invoices(procountor)[1]["status"] == "APPROVED"


async def test_a_withdrawn_or_missing_invoice_is_not_completed(procountor: End) -> None:
    target = procountor.connect()
    given = posted()
    target_id = (await target.send(given)).target_id
    procountor.emulator.site.main.invoices.rows[int(target_id)].status = "INVALIDATED"
    for step in ("postings", "approve"):
        with pytest.raises(Refused) as caught:
            await target.take_step(step, given, target_id)
        assert caught.value.code == "INVOICE_WITHDRAWN_IN_PROCOUNTOR"
    assert await target.find([given], fresh=True) == {}
    assert await target.read_totals(KINDS[PURCHASE], [target_id]) == {}
    with pytest.raises(Refused) as gone:
        await target.take_step("approve", given, "99")
    assert gone.value.code == "GONE_AT_TARGET"


async def refused(target: Any, given: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        await target.send(given)
    return caught.value


async def test_what_would_stop_a_later_write_stops_the_first(procountor: End) -> None:
    target = procountor.connect()
    wrong = msgspec.json.encode([posting("4999", "125.00"), posting("4420", "36.00", status="5")]).decode()
    unmapped = await refused(target, draft(postings=wrong))
    assert unmapped.code == "ACCOUNT_OR_VAT_UNMAPPED"
    assert "4999" in unmapped.params["message"]
    assert "VAT status 5" in unmapped.params["message"]
    uneven = msgspec.json.encode(
        [posting("4450", "120.00"), posting("4420", "36.00"), posting("2880", "-202.06", part="party")]
    ).decode()
    assert (await refused(target, draft(postings=uneven))).code == "POSTINGS_DIFFER"
    other = draft(invoice(line(vat_rate=D(23)), FREIGHT))
    assert (await refused(target, other)).code == "VAT_PERCENT_NOT_IN_USE"
    assert (await refused(target, draft(invoice(lines=())))).code == "PROCOUNTOR_ROWS_EMPTY"
    foreign = draft(invoice(direction=SALES), bank_account="FI5810171000000122")
    assert (await refused(target, foreign)).code == "BANK_ACCOUNT_NOT_OF_COMPANY"
    unknown_status = msgspec.structs.replace(
        draft(), lines=tuple(msgspec.structs.replace(each, vat_code="777") for each in draft().lines)
    )
    assert (await refused(target, unknown_status)).code == "ACCOUNT_OR_VAT_UNMAPPED"
    assert invoices(procountor) == []


async def test_other_currencies_go_with_their_rate(procountor: End) -> None:
    target = procountor.connect()
    sent = await target.send(draft(invoice(currency="USD", exchange_rate=D("0.8"))))
    assert sent.totals.gross == D("202.06")
    [held] = invoices(procountor)
    assert held["paymentInfo"]["currencyRate"] == D("1.25")
    rateless = draft(invoice(currency="USD", number="T-9"), key="inv9")
    assert (await refused(target, rateless)).code == "EXCHANGE_RATE_MISSING"


async def test_a_posting_in_the_books_currency_stands_beside_an_invoice_in_another(procountor: End) -> None:
    target = procountor.connect()
    lines = [
        posting("4450", "100.00"),
        posting("4420", "28.80"),
        posting("1763", "32.85", part="input_vat"),
        posting("2880", "-161.65", part="party"),
    ]
    abroad = invoice(currency="USD", exchange_rate=D("0.8"))
    given = draft(abroad, postings=msgspec.json.encode(lines).decode(), approve="1")
    await sent_with_steps(target, given)
    assert entries(procountor) == [("4450", D("100.00")), ("4420", D("28.80"))]
    assert sum(procountor.emulator.state()["ledger"].values()) == 0


async def test_vendor_refusals_are_named(procountor: End) -> None:
    target = procountor.connect()
    closed = draft(invoice(date=dt.date(2024, 5, 5), due_date=dt.date(2024, 5, 19)))
    assert (await refused(target, closed)).code == "PERIOD_LOCKED"
    early = draft(invoice(due_date=dt.date(2026, 2, 1)))
    assert (await refused(target, early)).code == "DUE_DATE_REFUSED"
    odd = draft(invoice(party=party(registry_code="1234567-2")))
    assert (await refused(target, odd)).code == "BUSINESS_ID_REFUSED"
    assert (await refused(target, draft(party_id="4"))).code == "PARTY_GONE_AT_TARGET"
    assert invoices(procountor) == []


async def test_the_picture_goes_once_and_only_a_picture(procountor: End) -> None:
    target = procountor.connect()
    target_id = (await target.send(draft())).target_id
    kind = KINDS[PURCHASE]
    first = await target.attach(kind, target_id, name="T-7781", media_type="application/pdf", content=PDF)
    again = await target.attach(kind, target_id, name="T-7781", media_type="application/pdf", content=PDF)
    assert first == again
    [held] = procountor.emulator.state()["attachments"]
    assert (held["name"], held["referenceId"], held["size"]) == ("T-7781.pdf", int(target_id), len(PDF))
    for name, media_type, content, code in (
        ("kuva.pdf", "application/pdf", b"%PDF" + bytes(40_000_000), "PICTURE_TOO_LARGE"),
        ("lasku.docx", "application/msword", b"PK", "PICTURE_WRONG_TYPE"),
        ("lasku.pdf", "application/pdf", b"MZ exe", "PICTURE_WRONG_TYPE"),
    ):
        with pytest.raises(Refused) as caught:
            await target.attach(kind, target_id, name=name, media_type=media_type, content=content)
        assert caught.value.code == code


async def test_a_payee_outside_the_register_is_a_notice_without_effect(procountor: End) -> None:
    target = procountor.connect()
    sent = await target.send(draft())
    [notice] = msgspec.json.decode(sent.extra["warnings"])
    assert (notice["code"], notice["severity"]) == ("PAYEE_NOT_IN_REGISTER", "info")
    partner = (await target.send(party_draft())).target_id
    tied = await target.send(draft(invoice(number="T-8"), key="inv8", party_id=partner))
    assert "warnings" not in tied.extra


async def test_parties_are_found_by_business_id_and_never_by_name_with_another(procountor: End) -> None:
    target = procountor.connect()
    assert await target.find([party_draft()]) == {}
    made = await target.send(party_draft())
    for same in (
        party_draft(),
        party_draft(registry_code="", vat_number="FI12345671", name="Muu nimi"),
        party_draft(registry_code="", vat_number="", name="esimerkki  TUKKU oy"),
    ):
        found = await target.find([same])
        assert found["p1"].sent.target_id == made.target_id
    namesake = party_draft(registry_code="1902022-0", vat_number="")
    assert await target.find([namesake]) == {}
    assert await target.find([party_draft(PartyRole.CUSTOMER)]) == {}
    many = [party_draft(key=f"p{at}", registry_code=f"19{at}", vat_number="", name=f"N {at}") for at in range(5)]
    assert set(await target.find([*many, party_draft(key="same")])) == {"same"}
    [page] = [page async for page in target.list_parties(PartyRole.SUPPLIER)]
    assert [(each.name, each.registry_code) for each in page] == [("Esimerkki Tukku Oy", "1234567-1")]
