"""Files of e-invoices follow their invoices into the target: each once, whatever happens on the way."""

import msgspec
import pytest
from django.test import Client
from django.utils import timezone

from tests.faults.conftest import resume
from tests.support.emulators import Emulators
from tests.support.product import make_company, wait_for
from tests.support.vendors import SmartAccounts
from tests.unit.formats.selling import ESTONIAN, PDF, TALLINN, invoice, row
from tilisilta.core.documents import AttachmentRef
from tilisilta.engine.lines import request_run
from tilisilta.formats.reading import Embedded
from tilisilta.formats.write_ubl import write_ubl
from tilisilta.services import connections, deliveries, files
from tilisilta.services.access import Actor
from tilisilta.store.models import (
    Delivery,
    DeliveryProblem,
    Event,
    Flow,
    FlowKind,
    FollowUp,
    Integration,
    IntegrationState,
    MappingRow,
    Role,
    Run,
    RunMode,
    User,
)

SHEET = Embedded(name="tunnid.csv", content=b"tund;summa\n1;100\n", media_type="text/csv")


@pytest.fixture
def flow(engine: None, emulators: Emulators) -> Flow:
    """Three purchase invoices with a picture and a sheet each, on their way into empty books."""
    smart = emulators["smartaccounts"]
    smart.reset()
    article = {"code": "TEENUS", "description": "Teenused", "type": "SERVICE", "unit": "tk", "activePurchase": True}
    SmartAccounts(smart).call("purchasesales/articles:add", {**article, "activeSales": True, "vatPc": "24"})
    company, actor = make_company()
    company.registry_code = TALLINN.registry_code
    company.save()
    source = connections.create_connection(actor, vendor="files", name="E-arved", credentials={}, settings={})
    target = connections.create_connection(
        actor,
        vendor="smartaccounts",
        name="SmartAccounts",
        credentials=smart.credentials,
        settings={"base_url": smart.base_url},
    )
    for connection in (source, target):
        assert connections.check_connection(actor, connection).ok
    for number in ("A-1", "A-2", "A-3"):
        refs = tuple(
            AttachmentRef(source_id=each.name, name=each.name, media_type=each.media_type) for each in (PDF, SHEET)
        )
        made = msgspec.structs.replace(invoice(row("Konsultatsioon", "2", "50.00")), number=number, attachments=refs)
        content = write_ubl(made, ESTONIAN, files={PDF.name: PDF, SHEET.name: SHEET}, buyer_reference="R1")
        files.upload(actor, source, f"{number}.xml", content)
    integration = Integration.objects.create(
        company=company,
        source=source,
        target=target,
        name="E-arved → SmartAccounts",
        state=IntegrationState.READY,
        settings={"default_item": "TEENUS"},
    )
    MappingRow.objects.create(
        company=company, integration=integration, table="vat_codes", source_key="rate:24", target_key="24"
    )
    return Flow.objects.create(company=company, integration=integration, kind=FlowKind.PURCHASE_INVOICES)


def run(flow: Flow) -> Run:
    return wait_for(request_run(flow, RunMode.RUN))


def kept(emulators: Emulators) -> list[tuple[str, str]]:
    """Return invoice number and file name of each file in the target's books."""
    books = emulators["smartaccounts"].books()
    numbers = {each["id"]: each["invoiceNumber"] for each in books["vendor_invoices"]}
    return sorted((numbers[each["docId"]], each["fileName"]) for each in books["files"])


EACH = [(number, name) for number in ("A-1", "A-2", "A-3") for name in ("arve.pdf", "tunnid.csv")]


def test_each_file_arrives_once(flow: Flow, emulators: Emulators):
    done = run(flow)
    assert (done.state, done.sent) == ("done", 3), (done.problem_code, done.evidence)
    assert kept(emulators) == EACH
    run(flow)
    assert kept(emulators) == EACH


def test_a_busy_target_gets_the_files_later(flow: Flow, emulators: Emulators):
    emulators["smartaccounts"].faults(
        {"kind": "error_before", "status": 503, "match": {"path": "general/files"}, "times": 2}
    )
    first = run(flow)
    assert first.sent == 3
    while first.state == "waiting":
        FollowUp.objects.update(due_at=timezone.now())
        first = resume(first)
    assert first.state == "done"
    assert kept(emulators) == EACH


def test_a_file_whose_answer_was_lost_is_told_and_not_doubled(flow: Flow, emulators: Emulators):
    emulators["smartaccounts"].faults({"kind": "drop_after", "match": {"path": "general/files"}, "times": 1})
    assert run(flow).sent == 3
    run(flow)
    assert kept(emulators) == EACH
    (lost,) = FollowUp.objects.exclude(state="done")
    assert (lost.state, lost.delivery.state) == ("failed", "sent") or lost.delivery.state == "confirmed"
    told = Event.objects.filter(delivery=lost.delivery, code="file_uncertain").get()
    assert told.params["name"] == lost.name


def test_one_that_was_interrupted_is_not_sent_again(flow: Flow, emulators: Emulators):
    run(flow)
    row = FollowUp.objects.filter(name="arve.pdf").first()
    assert row is not None
    FollowUp.objects.filter(pk=row.pk).update(state="waiting", attempt=1, done_at=None)
    run(flow)
    row.refresh_from_db()
    assert row.state == "failed"
    assert kept(emulators) == EACH


@pytest.mark.parametrize(("choice", "names"), [("image", {"arve.pdf"}), ("none", set())])
def test_the_integration_says_which_files_go(flow: Flow, emulators: Emulators, choice: str, names: set[str]):
    flow.integration.settings["attachments"] = choice
    flow.integration.save()
    run(flow)
    assert {name for _, name in kept(emulators)} == names


def test_a_person_has_it_sent_once_more(flow: Flow, emulators: Emulators):
    emulators["smartaccounts"].faults({"kind": "drop_before", "match": {"path": "general/files"}, "times": 1})
    run(flow)
    assert len(kept(emulators)) == 5
    (listed,) = DeliveryProblem.objects.filter(solved_at=None)
    assert listed.code in {"FILE_UNCERTAIN", "ANSWER_LOST"}
    actor = Actor(company=flow.company, role=Role.ACCOUNTANT, label="Mari")
    assert deliveries.retry(actor, [listed.delivery_id]) == 1
    wait_for(Run.objects.latest("pk"))
    assert kept(emulators) == EACH
    assert not DeliveryProblem.objects.filter(solved_at=None).exists()


def test_the_documents_page_shows_what_follows(flow: Flow, client: Client):
    run(flow)
    delivery = Delivery.objects.filter(kind="purchase_invoice").first()
    assert delivery is not None
    client.force_login(User.objects.get())
    page = client.get(f"/c/{flow.company_id}/documents/{delivery.document_id}/").content.decode()
    assert "arve.pdf" in page
    assert "tunnid.csv" in page
