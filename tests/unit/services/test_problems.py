import pytest
from tests.unit.web_transfer import factories as make

from tilisilta.services import problems
from tilisilta.services.access import Forbidden
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import Delivery, DeliveryProblem, Event, Role, Run, RunMode

pytestmark = pytest.mark.django_db


@pytest.fixture
def actor():
    return make.actor(make.company())


@pytest.fixture
def flow(actor):
    return make.flow(make.integration(actor))


def _waiting(flow, count=1, code="VAT_CODE_UNMAPPED", state="problem", **fields):
    return [make.problem(make.delivery(flow, state=state), code, **fields) for _ in range(count)]


def test_problems_of_one_answer_are_one_group(actor, flow):
    _waiting(flow, 3)
    _waiting(flow, 1, group="VAT_CODE_UNMAPPED|sales|22", params={"key": "22"})
    _waiting(flow, 2, "TARGET_REFUSED", "refused")

    groups = problems.groups(actor.company)
    assert [(each.sample.code, each.documents) for each in groups] == [
        ("VAT_CODE_UNMAPPED", 3),
        ("TARGET_REFUSED", 2),
        ("VAT_CODE_UNMAPPED", 1),
    ]
    assert problems.counts_by_integration(actor.company) == {flow.integration_id: 6}


def test_groups_are_narrowed(actor, flow):
    _waiting(flow, 2)
    _waiting(flow, 1, "STOCK_TAG_ON_SERVICE", severity="warning")
    run = make.run(flow)
    Delivery.objects.filter(pk=problems.groups(actor.company)[0].sample.delivery_id).update(run=run)

    assert len(problems.groups(actor.company, problems.GroupFilters(severity="warning"))) == 1
    assert len(problems.groups(actor.company, problems.GroupFilters(code="VAT_CODE_UNMAPPED"))) == 1
    assert problems.groups(actor.company, problems.GroupFilters(integration_id=0)) == []
    (of_run,) = problems.groups(actor.company, problems.GroupFilters(run_id=run.pk))
    assert of_run.documents == 1


def test_another_company_has_none_of_them(actor, flow):
    (problem,) = _waiting(flow)
    other = make.actor(make.company("Teine OÜ"))
    assert problems.groups(other.company) == []
    with pytest.raises(DeliveryProblem.DoesNotExist):
        problems.get_problem(other.company, problem.pk)


def test_a_group_pages_by_key(actor, flow, monkeypatch):
    monkeypatch.setattr(problems, "PAGE_SIZE", 2)
    made = _waiting(flow, 5)
    seen, before = [], None
    while True:
        rows, before = problems.group_page(made[0], before)
        seen += [each.pk for each in rows]
        if before is None:
            break
    assert seen == sorted((each.pk for each in made), reverse=True)


def test_trying_again_moves_the_whole_group_and_starts_one_run(actor, flow):
    made = _waiting(flow, 3)
    (apart,) = _waiting(flow, 1, group="other")

    assert problems.retry_group(actor, made[0]) == 3
    states = set(Delivery.objects.filter(pk__in=[each.delivery_id for each in made]).values_list("state", flat=True))
    assert states == {"ready"}
    assert Delivery.objects.get(pk=apart.delivery_id).state == "problem"
    (run,) = Run.objects.filter(mode=RunMode.RESEND)
    assert sorted(run.selection) == sorted(each.delivery_id for each in made)
    assert not problems.group_of(made[0]).exists()
    with pytest.raises(ServiceError):
        problems.retry_group(actor, made[0])


def test_leaving_out_keeps_the_reason_and_who_decided(actor, flow):
    made = _waiting(flow, 2, "TARGET_REFUSED", "refused")
    with pytest.raises(ServiceError) as caught:
        problems.skip_group(actor, made[0], "  ")
    assert caught.value.code == "REASON_MISSING"

    assert problems.skip_group(actor, made[0], "Topelt") == 2
    left = Delivery.objects.get(pk=made[0].delivery_id)
    assert (left.state, left.reason, left.reason_params["reason"]) == ("skipped", "SKIPPED_BY_USER", "Topelt")
    assert left.decided_by == actor.user
    assert Event.objects.filter(delivery=left, code="skipped").count() == 1


def test_a_viewer_settles_nothing(actor, flow):
    (problem,) = _waiting(flow)
    viewer = make.actor(actor.company, Role.VIEWER)
    with pytest.raises(Forbidden):
        problems.retry_group(viewer, problem)
    with pytest.raises(Forbidden):
        problems.skip_group(viewer, problem, "no")


@pytest.mark.parametrize(
    ("code", "part"),
    [
        ("VAT_CODE_UNMAPPED", "/mappings/vat_codes/"),
        ("BANK_ACCOUNT_UNMAPPED", "/mappings/bank_accounts/"),
        ("PARTY_MATCH_NEEDED", "/matches/"),
        ("DEFAULT_ITEM_MISSING", "/settings/"),
        ("PLAN_TOO_LOW", "/connections/"),
        ("CREDITED_INVOICE_NOT_IMPORTED", "/import/"),
    ],
)
def test_each_problem_leads_to_where_it_is_solved(actor, flow, code, part):
    (problem,) = _waiting(flow, 1, code)
    found = problems.solution(problem)
    assert found is not None
    assert part in found.link


def test_what_is_solved_at_the_source_has_no_page_here(actor, flow):
    (problem,) = _waiting(flow, 1, "ROWS_DO_NOT_ADD_UP")
    assert problems.solution(problem) is None
