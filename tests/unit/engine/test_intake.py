from decimal import Decimal

import pytest
from django.db import transaction
from tests.unit.engine.conftest import invoice, record

from tilisilta.core.documents import Allocation, AllocationKind, DocumentKind, InvoiceRef, Party, Payment
from tilisilta.core.problems import problem
from tilisilta.engine.bulk import BulkInsert
from tilisilta.engine.intake import take_in, unique_records
from tilisilta.engine.log import EventLine, problem_group, write_events, write_problems
from tilisilta.engine.lookups import load_bindings, lookups_for
from tilisilta.engine.pipeline import credits_of
from tilisilta.engine.revisit import take_up_payments
from tilisilta.engine.stage import stage
from tilisilta.engine.work import Work, summarise
from tilisilta.store.models import (
    Binding,
    Company,
    Delivery,
    DeliveryProblem,
    DeliveryState,
    Document,
    DocumentVersion,
    Event,
)

pytestmark = pytest.mark.django_db


def arrive(ctx, *documents, state=DeliveryState.CONFIRMED, reason=""):
    """Take documents in as delivered."""
    intake = take_in(ctx, [record(each) for each in documents])
    stage(ctx, intake.works)
    Delivery.objects.update(state=state, reason=reason)
    return intake


def test_a_new_document_is_stored_with_its_columns(ctx):
    intake = take_in(ctx, [record(invoice("1"))])
    (row,) = Document.objects.all()
    assert (row.number, row.party_name, row.gross_minor, row.version) == ("A-1", "Ostja OÜ", 12400, 1)
    assert (intake.seen, intake.known, len(intake.works)) == (1, 0, 1)


def test_pages_that_repeat_rows_count_them_once_and_the_last_holds():
    rows = unique_records([record(invoice("1")), record(invoice("2")), record(invoice("1", number="uus"))])
    assert [each.document.number for each in rows] == ["uus", "A-2"]


def test_a_change_before_sending_takes_the_place_and_the_old_version_is_kept(ctx):
    stage(ctx, take_in(ctx, [record(invoice("1"))]).works)
    intake = take_in(ctx, [record(invoice("1", total="248.00"))])
    assert len(intake.works) == 1
    stage(ctx, intake.works)
    (row,) = Document.objects.all()
    assert (row.version, row.gross_minor) == (2, 24800)
    assert DocumentVersion.objects.get().version == 1
    delivery = Delivery.objects.get()
    assert (delivery.gross_minor, delivery.version_hash) == (24800, row.version_hash)


def test_a_change_after_sending_is_drift_and_is_told_once(ctx):
    arrive(ctx, invoice("1"))
    intake = take_in(ctx, [record(invoice("1", total="248.00"))])
    assert (intake.works, intake.drifted, intake.known) == ([], 1, 1)
    assert Delivery.objects.get().reason == "CHANGED_AT_SOURCE"
    assert take_in(ctx, [record(invoice("1", total="248.00"))]).drifted == 0
    assert Event.objects.filter(code="changed_at_source").count() == 1


@pytest.mark.parametrize(
    ("before", "after", "drifted"),
    [("confirmed", "drifted", 1), ("sent", "drifted", 1), ("ready", "skipped", 0), ("problem", "skipped", 0)],
)
def test_a_deletion_at_the_source(ctx, before, after, drifted):
    arrive(ctx, invoice("1"), state=before)
    gone = record(None, "1", is_deleted=True)
    assert take_in(ctx, [gone]).drifted == drifted
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.reason) == (after, "DELETED_AT_SOURCE")
    assert take_in(ctx, [gone]).drifted == 0
    assert after == "drifted" or not DeliveryProblem.objects.filter(solved_at=None).exists()


@pytest.mark.parametrize(
    ("reason", "is_automatic", "taken"),
    [
        ("RUN_CANCELLED", False, True),
        ("RUN_CANCELLED", True, True),
        ("DELETED_AT_SOURCE", False, True),
        ("NOT_FROM_SOURCE", True, True),
        ("BEFORE_CUT_OVER", False, True),
        ("BEFORE_CUT_OVER", True, False),
        ("SKIPPED_BY_USER", False, False),
    ],
)
def test_what_was_left_out_is_decided_again_only_where_its_reason_may_be_gone(ctx, reason, is_automatic, taken):
    arrive(ctx, invoice("1"), state="skipped", reason=reason)
    ctx.is_automatic = is_automatic
    assert bool(take_in(ctx, [record(invoice("1"))]).works) is taken


def test_the_watch_for_changes_leaves_alone_what_is_not_known(ctx):
    arrive(ctx, invoice("1"))
    intake = take_in(ctx, [record(invoice("1")), record(invoice("2"))], only_known=True)
    assert (intake.works, intake.seen, intake.known) == ([], 0, 0)
    assert Document.objects.count() == 1


def test_an_unreadable_record_is_a_problem_that_is_told_once(ctx):
    bad = record(None, "9", number="X-9", problems=(problem("UNREADABLE", where="date", field="date"),))
    first, second = take_in(ctx, [bad]), take_in(ctx, [bad])
    assert (first.problems, second.problems, second.known) == (1, 0, 1)
    assert DeliveryProblem.objects.count() == 1
    assert (Delivery.objects.get().number, Delivery.objects.get().state) == ("X-9", "problem")
    readable = take_in(ctx, [record(invoice("9"))])
    stage(ctx, readable.works)
    assert Delivery.objects.get().document is not None


def test_problems_that_are_gone_are_closed_when_it_is_decided_again(ctx):
    broken = invoice("1", net=Decimal("999.00"))
    stage(ctx, take_in(ctx, [record(broken)]).works)
    before = _open_errors()
    assert "ROWS_DO_NOT_ADD_UP" in before
    stage(ctx, take_in(ctx, [record(invoice("1"))]).works)
    assert "ROWS_DO_NOT_ADD_UP" not in _open_errors()
    assert Delivery.objects.get().state == "problem"  # nothing is mapped here


def _open_errors() -> set[str]:
    return set(DeliveryProblem.objects.filter(solved_at=None, severity="error").values_list("code", flat=True))


# --- rows in bulk ------------------------------------------------------------------------------------------------


def test_bulk_inserts_go_in_parts_and_return_what_the_database_made(integration, monkeypatch):
    monkeypatch.setattr("tilisilta.engine.bulk._MOST_PARAMETERS", 10)
    insert = BulkInsert(Company, "name", "country", fixed={"registry_code": ""})
    columns = {each.name for each in Company._meta.local_fields if not each.primary_key}
    missing = {
        name: Company._meta.get_field(name).get_db_prep_save(Company._meta.get_field(name).get_default(), _connection())
        for name in columns - {"name", "country", "registry_code"}
    }
    insert = BulkInsert(Company, "name", "country", fixed={"registry_code": "", **missing})
    rows = [(f"Ettevõte {number}", "EE") for number in range(57)]
    made = insert.returning(rows, "id", "name")
    assert {name for _, name in made} == {name for name, _ in rows}
    assert len({pk for pk, _ in made}) == 57
    assert insert.returning([], "id") == []


def _connection():
    from django.db import connection

    return connection


def test_a_bulk_insert_is_undone_with_its_transaction(ctx):
    arrive(ctx, invoice("1"))
    delivery, before = Delivery.objects.get(), Event.objects.count()

    def fail() -> None:
        with transaction.atomic():
            write_events(ctx.company_id, ctx.run_id, [EventLine(delivery.pk, "sent", params={"number": "õ"})] * 300)
            assert Event.objects.count() == before + 300
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert Event.objects.count() == before


def test_a_sign_that_databases_refuse_stops_nobody(ctx):
    odd = invoice("1", number="A\x00-1", currency="KALA", party=Party(source_id="7", name="Ost\x00ja"))
    stage(ctx, take_in(ctx, [record(odd)]).works)
    row = Delivery.objects.get()
    assert (row.number, row.party_name, row.currency) == ("A-1", "Ostja", "KAL")
    write_problems(ctx.company_id, ctx.integration_id, [(row.pk, (problem("X", name="a\x00b"),), None)])
    assert DeliveryProblem.objects.get(code="X").params["name"] == "ab"


def test_amounts_beyond_any_column_are_listed_too():
    huge = summarise(invoice("1", net=Decimal("1e30"), gross=Decimal("1e30")))
    assert (huge.net_minor, huge.vat_minor, huge.gross_minor) == (2**63 - 1, 2400, 2**63 - 1)


def test_a_document_that_the_mapping_stumbles_over_stops_alone(ctx):
    stage(ctx, take_in(ctx, [record(invoice("1", gross=Decimal("1e30"))), record(invoice("2"))]).works)
    reasons = dict(Delivery.objects.values_list("source_id", "reason"))
    assert reasons["1"]
    assert set(reasons) == {"1", "2"}
    assert Delivery.objects.get(source_id="1").state == "problem"


def test_one_answer_solves_problems_of_one_group():
    first = problem("VAT_CODE_UNMAPPED", direction="sales", key="24", rate="24")
    second = problem("VAT_CODE_UNMAPPED", direction="sales", key="24", rate="other")
    third = problem("VAT_CODE_UNMAPPED", direction="purchase", key="24")
    assert problem_group(first) == problem_group(second) != problem_group(third)


# --- documents named by number -----------------------------------------------------------------------------------


def tie(ctx, kind, source_id, target_id="t1", **labels):
    return Binding.objects.create(
        company_id=ctx.company_id,
        source_connection_id=ctx.source_connection_id,
        target_connection_id=ctx.target_connection_id,
        kind=kind,
        source_id=source_id,
        target_id=target_id,
        **labels,
    )


def payment(**allocation) -> Payment:
    return Payment(
        source_id="p1",
        direction="incoming",
        date=invoice().date,
        amount=Decimal(124),
        party=Party(source_id="7", name="Ostja OÜ"),
        allocations=(Allocation(kind=AllocationKind.SALES_INVOICE, amount=Decimal(124), **allocation),),
    )


def work_of(document, kind=DocumentKind.PAYMENT) -> Work:
    return Work(kind=kind, source_id=document.source_id, document=document)


def test_a_document_named_by_number_is_found_by_number_and_party(ctx):
    arrive(ctx, invoice("1"), invoice("2", number="A-1", party=Party(source_id="8", name="Teine OÜ")))
    tie(ctx, "sales_invoice", "1", "t1")
    tie(ctx, "sales_invoice", "2", "t2")
    paid = work_of(payment(document_number="A-1"))
    load_bindings(ctx, [paid])
    assert lookups_for(ctx, paid).document_id(DocumentKind.SALES_INVOICE, "", "A-1") == "t1"


def test_a_number_that_two_documents_bear_names_none(ctx):
    arrive(ctx, invoice("1"), invoice("2", number="A-1"))
    tie(ctx, "sales_invoice", "1", "t1")
    tie(ctx, "sales_invoice", "2", "t2")
    paid = work_of(payment(document_number="A-1"))
    load_bindings(ctx, [paid])
    assert not lookups_for(ctx, paid).document_id(DocumentKind.SALES_INVOICE, "", "A-1")


def test_a_credit_note_waits_for_the_invoice_that_it_names_by_number(ctx):
    base = work_of(invoice("1"), DocumentKind.SALES_INVOICE)
    credit = work_of(
        invoice("2", is_credit_note=True, credits=(InvoiceRef(number="A-1"),)), DocumentKind.SALES_CREDIT_NOTE
    )
    other = work_of(
        invoice("3", is_credit_note=True, credits=(InvoiceRef(number="B-1"),)), DocumentKind.SALES_CREDIT_NOTE
    )
    assert credits_of(ctx, [base, credit, other]) == [credit]


def test_a_long_run_forgets_documents_and_keeps_parties(ctx):
    for kind in (DocumentKind.CUSTOMER, DocumentKind.ITEM, DocumentKind.SALES_INVOICE, DocumentKind.PAYMENT):
        ctx.bindings.put(kind, "1", "t")
    ctx.bindings.forget_documents()
    assert set(ctx.bindings.known) == {(DocumentKind.CUSTOMER, "1"), (DocumentKind.ITEM, "1")}


# --- payments left out --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("document", "taken"), [("A-1", 1), ("B-1", 0)])
def test_a_payment_left_out_is_taken_up_once_its_document_is_tied(make_run, document, taken):
    from django.utils import timezone
    from tests.unit.engine.conftest import open_run

    ctx = open_run(make_run("payments"))
    arrive(ctx, payment(document_number=document), state="skipped", reason="NOT_FROM_SOURCE")
    Delivery.objects.update(reason_params={"document": document})
    ctx.changes_until = timezone.now()
    assert take_up_payments(ctx) == 0
    tie(ctx, "sales_invoice", "1", source_label="A-1")
    assert take_up_payments(ctx) == taken
    assert Delivery.objects.get().state == ("ready" if taken else "skipped")
    assert take_up_payments(ctx) == 0
