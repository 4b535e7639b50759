import datetime as dt
from decimal import Decimal

import pytest
from tests.unit.formats.banking import IBAN, amount, camt, entry, payment, statement

from tilisilta.core.documents import PaymentDirection
from tilisilta.core.errors import BadInput
from tilisilta.core.problems import Severity
from tilisilta.formats.camt import BankFile, read_camt
from tilisilta.formats.camt_transaction import BankTransaction

KASK = {"name": "Kask &amp; Pojad AS", "iban": "EE382200221020145685", "reference": "1234561"}


def read(content: bytes) -> BankFile:
    return read_camt(content, "pank.xml")


def only(content: bytes) -> BankTransaction:
    found = read(content)
    assert found.problems == ()
    (transaction,) = found.transactions
    return transaction


@pytest.mark.parametrize("version", ["02", "08"])
def test_an_incoming_payment(version: str):
    is_new = version == "08"
    paid = payment(**KASK, message="Arve 2026-1001", own="RO-1", end_to_end="E2E-5", is_new=is_new)
    content = camt(
        statement(entry("124.00", paid, ref="RO-1", is_new=is_new), opening="100.00", closing="224.00", count="1"),
        version=version,
    )
    found = only(content)
    assert (found.direction, found.amount, found.currency, found.signed) == (
        *(PaymentDirection.INCOMING, Decimal("124.00")),
        *("EUR", Decimal("124.00")),
    )
    assert (found.booking_date, found.value_date, found.is_booked) == (dt.date(2026, 3, 16), dt.date(2026, 3, 16), True)
    assert (found.counterparty_name, found.counterparty_iban) == ("Kask & Pojad AS", "EE382200221020145685")
    assert (found.reference, found.has_valid_reference, found.message) == ("1234561", True, "Arve 2026-1001")
    assert (found.end_to_end_id, found.entry_id, found.bank_code) == ("E2E-5", "RO-1", "PMNT-RCDT-ESCT")
    (head,) = read(content).statements
    assert (head.account.iban, head.account.bic, head.account.name) == (IBAN, "EEUHEE2X", "Õunapuu Ehitus OÜ")
    assert (head.number, head.date_from, head.currency) == ("77", dt.date(2026, 3, 16), "EUR")
    opening = head.balance("OPBD")
    assert opening is not None
    assert opening.amount == 100
    assert (read(content).kind, read(content).version) == ("camt.053", f"001.{version}")


def test_an_outgoing_payment_names_whom_we_paid():
    paid = payment(role="Cdtr", name="Elering AS", iban="EE471000001020145685", message="Arve 55")
    found = only(camt(statement(entry("50.10", paid, sign="DBIT"))))
    assert (found.direction, found.signed) == (PaymentDirection.OUTGOING, Decimal("-50.10"))
    assert (found.counterparty_name, found.counterparty_iban) == ("Elering AS", "EE471000001020145685")
    assert found.end_to_end_id == ""


@pytest.mark.parametrize(
    ("written", "read_as", "is_valid"),
    [
        ("00000000000001234561", "1234561", True),
        ("RF34 1234 561", "RF341234561", True),
        ("1234562", "1234562", False),
    ],
)
def test_references_are_compact_and_checked(written: str, read_as: str, is_valid: bool):
    found = only(camt(statement(entry("1.00", payment(reference=written)))))
    assert (found.reference, found.has_valid_reference) == (read_as, is_valid)


@pytest.mark.parametrize("version", ["02", "08"])
def test_a_batch_is_told_apart(version: str):
    is_new = version == "08"
    parts = [
        payment(name="Mari Maasikas", reference="1009", money="10.00", is_new=is_new),
        payment(name="Jüri Kask", reference="1012", money="15.50", is_new=is_new),
        payment(name="Jüri Kask", reference="1012", money="15.50", is_new=is_new),
    ]
    content = camt(statement(entry("41.00", *parts, ref="B-1", is_new=is_new)), kind="054", version=version)
    found = read(content)
    assert (found.kind, found.problems) == ("camt.054", ())
    assert [(each.amount, each.reference, each.batch_size) for each in found.transactions] == [
        (Decimal("10.00"), "1009", 3),
        (Decimal("15.50"), "1012", 3),
        (Decimal("15.50"), "1012", 3),
    ]
    assert {each.entry_id for each in found.transactions} == {"B-1"}
    assert len({each.id for each in found.transactions}) == 3


def test_a_batch_that_does_not_add_up_stays_one_and_warns():
    found = read(camt(statement(entry("41.00", payment(money="10.00"), payment(money="15.00"), ref="B-1"))))
    (transaction,) = found.transactions
    assert transaction.amount == 41
    (warning,) = found.problems
    assert (warning.code, warning.severity) == ("FILE_CONTROL_SUM_DIFFERS", Severity.WARNING)
    assert (warning.params["stated"], warning.params["counted"], warning.params["line"]) == ("41.00", "25.00", "4")


def test_a_batch_that_the_bank_gives_as_a_sum():
    batch = "<Btch><NbOfTxs>12</NbOfTxs></Btch>"
    found = only(camt(statement(entry("1200.00", batch=batch, after="<AddtlNtryInf>Viitemaksut</AddtlNtryInf>"))))
    assert (found.batch_size, found.message, found.counterparty_name) == (12, "Viitemaksut", "")


def test_a_batch_with_a_return_in_it():
    parts = (payment(money="50.00"), payment(money="20.00", sign="DBIT"))
    found = read(camt(statement(entry("30.00", *parts))))
    assert [each.signed for each in found.transactions] == [50, -20]
    assert found.problems == ()


def test_charges_within_the_amount():
    charges = f"<Chrgs>{amount('2.50')}<CdtDbtInd>DBIT</CdtDbtInd></Chrgs>"
    assert only(camt(statement(entry("97.50", payment(rest=charges))))).bank_fee == Decimal("2.50")
    records = f"<Chrgs><Rcrd>{amount('1.00')}</Rcrd><Rcrd>{amount('0.50')}</Rcrd></Chrgs>"
    assert only(camt(statement(entry("97.50", payment(), after=records)), version="08")).bank_fee == Decimal("1.50")
    apart = f"<Chrgs>{amount('2.50')}<ChrgInclInd>false</ChrgInclInd></Chrgs>"
    assert only(camt(statement(entry("97.50", payment(rest=apart))))).bank_fee == 0


def test_the_banks_own_charge():
    found = only(camt(statement(entry("3.00", sign="DBIT", code=("ACMT", "MDOP", "CHRG")))))
    assert found.is_fee
    assert not found.is_return


def test_a_payment_that_came_back():
    reason = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>Konto on suletud</AddtlInf></RtrInf>"
    content = camt(statement(entry("10.00", payment(rest=reason), code=("PMNT", "ICDT", "RRTN"))))
    found = only(content)
    assert (found.is_return, found.return_reason) == (True, "AC04 Konto on suletud")


def test_a_reversal_keeps_the_roles():
    paid = payment(role="Cdtr", name="Elering AS")
    found = only(camt(statement(entry("10.00", paid, rest="<RvslInd>true</RvslInd>"))))
    assert (found.is_reversal, found.direction, found.counterparty_name) == (
        *(True, PaymentDirection.INCOMING),
        "Elering AS",
    )


def test_another_currency():
    amounts = (
        f"<AmtDtls><InstdAmt>{amount('100.00', 'USD')}</InstdAmt><TxAmt>{amount('92.00')}"
        "<CcyXchg><SrcCcy>USD</SrcCcy><XchgRate>0.92</XchgRate></CcyXchg></TxAmt></AmtDtls>"
    )
    found = only(camt(statement(entry("92.00", payment(amounts=amounts)))))
    assert (found.amount, found.original_amount, found.original_currency, found.exchange_rate) == (
        *(92, 100),
        *("USD", Decimal("0.92")),
    )


def test_what_is_only_announced():
    found = only(camt(statement(entry("92.00", payment(), status="PDNG"), opening="10.00", closing="10.00")))
    assert not found.is_booked


def test_documents_that_the_payer_names():
    named = payment(
        rest="<RmtInf><Strd><RfrdDocInf><Nb>1001</Nb></RfrdDocInf></Strd>"
        "<Strd><RfrdDocInf><Nb>1002</Nb></RfrdDocInf></Strd></RmtInf>"
    ).replace("<RmtInf></RmtInf>", "")
    assert only(camt(statement(entry("5.00", named)))).document_numbers == ("1001", "1002")


# --- once only -------------------------------------------------------------------------------------------------


def ids(content: bytes) -> list[str]:
    return [each.id for each in read(content).transactions]


def test_the_same_payment_has_one_id_in_statement_and_notification():
    paid = payment(**KASK, own="RO-1")
    in_statement = camt(statement(entry("124.00", paid, ref="RO-1")))
    in_notification = camt(statement(entry("124.00", payment(**KASK, own="RO-1"))), kind="054")
    assert ids(in_statement) == ids(in_notification)


def test_ids_do_not_change_with_what_stands_around():
    first, second = entry("1.00", payment(**KASK), ref="A"), entry("2.00", payment(**KASK), ref="B")
    assert ids(camt(statement(second, first))) == ids(camt(statement(first, second)))[::-1]


def test_like_payments_without_bank_ids_stay_two():
    twice = camt(statement(entry("5.00", payment(**KASK)), entry("5.00", payment(**KASK))))
    assert len(set(ids(twice))) == 2
    assert ids(twice) == ids(twice)
    assert ids(camt(statement(entry("5.00", payment(**KASK)))))[0] == ids(twice)[0]


def test_other_accounts_have_other_ids():
    one = entry("5.00", payment(**KASK), ref="A")
    assert ids(camt(statement(one))) != ids(camt(statement(one, iban="FI2112345600000785")))


def test_several_accounts_in_one_file():
    one = entry("5.00", payment(**KASK), ref="A")
    found = read(camt(statement(one), statement(one, iban="FI2112345600000785")))
    assert [each.account.iban for each in found.statements] == [IBAN, "FI2112345600000785"]


# --- bad files -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (entry("1.00").replace("<CdtDbtInd>CRDT</CdtDbtInd>", ""), "Ntry has no CdtDbtInd"),
        (entry("1.00").replace("CRDT", "IN"), "CdtDbtInd is 'IN', not CRDT or DBIT"),
        (entry("1,x"), "Amt = '1,x' (number)"),
        (entry("-1.00"), "an amount is below zero"),
        (entry("1.00").replace(' Ccy="EUR"', ""), "an amount has no currency"),
        (entry("1.00", currency="USD"), "the entry is in USD, the account in EUR"),
        (entry("1.00", day="2026-02-30"), "Dt = '2026-02-30' (date)"),
        (
            entry("1.00").replace("<BookgDt><Dt>2026-03-16</Dt></BookgDt><ValDt><Dt>2026-03-16</Dt></ValDt>", ""),
            "the entry has no booking date",
        ),
    ],
)
def test_a_broken_entry_is_named_and_the_others_go_on(broken: str, rule: str):
    found = read(camt(statement(f"\n{broken}", entry("7.00"))))
    assert [each.amount for each in found.transactions] == [7]
    (told,) = found.problems
    assert (told.code, told.severity) == ("UNREADABLE", Severity.ERROR)
    assert (told.params["rule"], told.params["file"], told.params["line"]) == (rule, "pank.xml", "5")


def test_sums_of_the_bank_are_checked():
    found = read(camt(statement(entry("5.00"), opening="10.00", closing="16.00", count="2")))
    assert [(each.params["rule"], each.params["stated"], each.params["counted"]) for each in found.problems] == [
        ("the number of entries", "2", "1"),
        ("the closing balance", "16.00", "15.00"),
    ]


@pytest.mark.parametrize(
    ("content", "code", "text"),
    [
        (b"", "UNREADABLE", "empty"),
        (b"%PDF-1.7", "FILE_WRONG_KIND", "PDF"),
        (b"<Finvoice/>", "FILE_WRONG_KIND", "Finvoice"),
        (camt(statement()).replace(b"camt.053", b"camt.052"), "FILE_WRONG_KIND", "ISO 20022 camt.052"),
        (camt(statement()).replace(b"camt.053", b"pain.001"), "FILE_WRONG_KIND", "ISO 20022 pain.001"),
        (camt(), "UNREADABLE", "there is no Stmt"),
        (camt(statement().replace("<IBAN>" + IBAN + "</IBAN>", "")), "UNREADABLE", "the account has no number"),
        (camt(statement(opening="x")), "UNREADABLE", "Amt = 'x' (number)"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><Document/>', "UNREADABLE", "no-entities"),
        (camt(statement())[:200], "UNREADABLE", "well-formed"),
    ],
)
def test_files_that_cannot_be_used(content: bytes, code: str, text: str):
    with pytest.raises(BadInput) as caught:
        read(content)
    assert caught.value.code == code
    assert text in str(caught.value)
    assert caught.value.params["file"] == "pank.xml"


def test_no_entries_is_a_statement_too():
    (found,) = read(camt(statement(opening="10.00", closing="10.00"))).statements
    assert found.transactions == ()
