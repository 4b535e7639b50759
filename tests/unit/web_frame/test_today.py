from tilisilta.services.today import today
from tilisilta.store.models import Connection, Delivery, DeliveryProblem, Flow, Integration, Run


def set_up(world, state="ready"):
    company = world.company
    source = Connection.objects.create(company=company, vendor="scoro", name="Scoro", state="active")
    target = Connection.objects.create(company=company, vendor="smartaccounts", name="SmartAccounts", state="active")
    integration = Integration.objects.create(
        company=company, source=source, target=target, name="Scoro → SmartAccounts", state=state
    )
    return integration, Flow.objects.create(company=company, integration=integration, kind="sales_invoices")


def test_an_empty_company_says_what_to_do_first(world):
    user, company = world.people["owner"], world.company
    assert (today(company, user).first_step, today(company, user).steps_done) == ("connect", 0)
    page = world.client("owner").get(world.url("")).content.decode()
    assert "Connect the system you work in" in page
    assert world.url("connections/new/") in page
    assert world.url("connections/new/") not in world.client("viewer").get(world.url("")).content.decode()


def test_problems_come_in_groups_with_the_largest_first(world):
    integration, flow = set_up(world)
    Run.objects.create(company=world.company, flow=flow, state="done_with_problems", sent=7)
    for number, code in enumerate(["ACCOUNT_UNMAPPED", "VAT_CODE_UNMAPPED", "VAT_CODE_UNMAPPED"]):
        delivery = Delivery.objects.create(
            company=world.company,
            flow=flow,
            kind="sales_invoice",
            source_id=str(number),
            key=str(number),
            state="problem",
        )
        DeliveryProblem.objects.create(
            company=world.company, delivery=delivery, integration=integration, code=code, group=code
        )
    found = today(world.company, world.people["owner"])
    assert [(group.code, group.count) for group in found.problem_groups] == [
        ("VAT_CODE_UNMAPPED", 2),
        ("ACCOUNT_UNMAPPED", 1),
    ]
    assert (found.problem_count, found.first_step, found.needs_nothing) == (3, "", False)
    page = world.client("viewer").get(world.url("")).content.decode()
    assert "Scoro → SmartAccounts" in page
    assert "Done, with problems" in page


def test_connections_to_mend_and_runs_under_way_are_shown(world):
    _, flow = set_up(world)
    Run.objects.create(company=world.company, flow=flow, state="running", seen=10, expected=40)
    Connection.objects.create(company=world.company, vendor="files", name="E-arved", state="needs_reconnect")
    page = world.client("accountant").get(world.url("")).content.decode()
    assert "E-arved" in page
    assert 'max="40" value="10"' in page


def test_nothing_to_do_is_said(world):
    _, flow = set_up(world)
    Run.objects.create(company=world.company, flow=flow, state="done", sent=3)
    assert today(world.company, world.people["owner"]).needs_nothing
    assert "Nothing needs you" in world.client("owner").get(world.url("")).content.decode()


def test_another_companys_work_is_not_shown(world):
    set_up(world, state="setup")
    found = today(world.other, world.people["stranger"])
    assert (found.not_ready, found.last_runs, found.first_step) == ([], [], "connect")
