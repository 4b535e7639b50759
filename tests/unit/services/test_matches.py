import pytest
from tests.unit.web_tables.factories import CUSTOMERS, ITEMS, make_shop, not_bound

from tilisilta.core.documents import DocumentKind, Item, Party, PartyRole
from tilisilta.core.problems import problem
from tilisilta.engine.directory import Directory, ListedRow, save_list
from tilisilta.engine.guard import guard_items, guard_parties
from tilisilta.services import id_map, matches
from tilisilta.services.access import Forbidden
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import (
    AuditEntry,
    Binding,
    BindingOrigin,
    Delivery,
    DeliveryProblem,
    DeliveryState,
    MatchProposal,
    MatchState,
    Run,
)

CUSTOMER, ITEM = DocumentKind.CUSTOMER, DocumentKind.ITEM
OUNAPUU = Party(source_id="500", name="Õunapuu OÜ", registry_code="12345678")
LIIS = Party(source_id="501", name="Liis Lepp")
NEW = Party(source_id="502", name="Täiesti Uus OÜ", registry_code="14141414")
pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return make_shop()


def guard(shop, *parties, rows=CUSTOMERS):
    unbound = [(party.source_id, party) for party in parties]
    return guard_parties(shop.integration, PartyRole.CUSTOMER, unbound, Directory(CUSTOMER, rows))


def proposal_of(source_id):
    return MatchProposal.objects.select_related("delivery", "integration").get(delivery__source_id=source_id)


# --- the guard ---------------------------------------------------------------------------------------------


def test_what_is_alike_waits_and_what_is_not_is_free(shop):
    guarded = guard(shop, OUNAPUU, LIIS, NEW)
    assert (guarded.free, guarded.proposed, guarded.bound) == (("502",), ("500", "501"), {})
    delivery = Delivery.objects.get(source_id="500")
    assert (delivery.kind, delivery.state, delivery.flow.kind) == ("customer", DeliveryState.PROBLEM, "parties")
    assert delivery.problems.get().code == "PARTY_MATCH_NEEDED"
    assert delivery.document.party_name == "Õunapuu OÜ"
    candidate = proposal_of("500").candidates[0]
    assert (candidate["target_id"], candidate["registry_code"]) == ("c1", "12345678")
    assert "registry_code" in candidate["reasons"]
    assert not Binding.objects.exists()


def test_an_empty_target_holds_nothing_up(shop):
    assert guard(shop, OUNAPUU, LIIS, rows=()).free == ("500", "501")
    assert not Delivery.objects.exists()


def test_asking_again_makes_no_second_question(shop):
    guard(shop, OUNAPUU)
    guard(shop, OUNAPUU)
    assert MatchProposal.objects.count() == 1
    assert DeliveryProblem.objects.filter(solved_at=None).count() == 1


def test_a_different_registry_code_speaks_against_a_like_name(shop):
    other = Party(source_id="7", name="Õunapuu OÜ", registry_code="99999999")
    assert guard(shop, other).free == ("7",)


def test_items_of_one_code_and_name_are_the_same(shop):
    directory = Directory(ITEM, ITEMS)
    guarded = guard_items(
        shop.integration,
        [
            ("31", Item(source_id="31", code="konsult", name="Konsultatsioon")),
            ("32", Item(source_id="32", code="001", name="Veoteenus Soome")),
            ("33", Item(source_id="33", code="X9", name="Purilennuk")),
        ],
        directory,
    )
    assert guarded.bound == {"31": "a1"}
    assert guarded.proposed == ("32",), "one code on both sides may mean different things"
    assert guarded.free == ("33",)
    binding = Binding.objects.get()
    assert (binding.source_id, binding.target_id, binding.origin) == ("31", "a1", BindingOrigin.FOUND)
    assert Delivery.objects.get().problems.get().code == "ITEM_MATCH_NEEDED"


def test_what_a_person_wants_created_is_not_asked_again(shop):
    guard(shop, OUNAPUU)
    matches.create_new(shop.actor(), [proposal_of("500")])
    assert guard(shop, OUNAPUU).free == ("500",)


# --- deciding ----------------------------------------------------------------------------------------------


def test_accepting_ties_and_lets_documents_go(shop):
    guard(shop, OUNAPUU)
    waiting, other = shop.waiting(not_bound("500")), shop.waiting(not_bound("501"))
    decided = matches.accept(shop.actor(), proposal_of("500"), "c1")
    assert (decided.decided, decided.released) == (1, 1)
    binding = Binding.objects.get()
    assert (binding.source_id, binding.target_id, binding.origin) == ("500", "c1", BindingOrigin.MATCHED)
    assert (binding.source_label, binding.target_label) == ("Õunapuu OÜ", "Õunapuu OÜ")
    own = Delivery.objects.get(kind="customer")
    assert (own.state, own.target_id, own.sent_at) == (DeliveryState.CONFIRMED, "c1", None)
    assert own.problems.get().solved_at is not None
    assert own.events.get(code="matched").params == {"target": "Õunapuu OÜ"}
    proposal = proposal_of("500")
    assert (proposal.state, proposal.decided_by) == (MatchState.MATCHED, shop.people["accountant"])
    waiting.refresh_from_db()
    other.refresh_from_db()
    assert (waiting.state, other.state) == (DeliveryState.READY, DeliveryState.PROBLEM)
    assert Run.objects.get().selection == [waiting.pk]
    assert AuditEntry.objects.get(action="match.decided").details["rows"] == ["500 = c1"]


def test_another_row_of_the_list_can_be_chosen(shop):
    guard(shop, OUNAPUU)
    assert [row.listed.target_id for row in id_map.search(shop.integration, CUSTOMER, "kase")] == ["c2"]
    matches.accept(shop.actor(), proposal_of("500"), "c2")
    assert Binding.objects.get().target_id == "c2"


def test_a_row_that_the_target_has_not_is_refused(shop):
    guard(shop, OUNAPUU)
    with pytest.raises(ServiceError) as caught:
        matches.accept(shop.actor(), proposal_of("500"), "nowhere")
    assert caught.value.code == "MATCH_TARGET_UNKNOWN"


def test_a_decision_is_taken_once(shop):
    guard(shop, OUNAPUU)
    matches.accept(shop.actor(), proposal_of("500"), "c1")
    with pytest.raises(ServiceError) as caught:
        matches.accept(shop.actor(), proposal_of("500"), "c2")
    assert caught.value.code == "MATCH_DECIDED"
    assert matches.create_new(shop.actor(), [proposal_of("500")]).decided == 0


def test_what_someone_else_answered_meanwhile_stays_as_they_answered_it(shop):
    guard(shop, OUNAPUU, LIIS)
    mine, theirs = proposal_of("500"), proposal_of("500")
    matches.create_new(shop.actor(), [theirs])
    with pytest.raises(ServiceError) as caught:
        matches.accept(shop.actor(), mine, "c1")
    assert caught.value.code == "MATCH_DECIDED"
    assert not Binding.objects.exists()
    mine, theirs = proposal_of("501"), proposal_of("501")
    chosen = theirs.candidates[0]["target_id"]
    matches.accept(shop.actor(), theirs, chosen)
    assert matches.create_new(shop.actor(), [mine]).decided == 0
    assert (proposal_of("501").state, Binding.objects.get().target_id) == (MatchState.MATCHED, chosen)


def test_creating_sends_the_record_first_and_its_documents_after(shop):
    guard(shop, OUNAPUU)
    waiting = shop.waiting(not_bound("500"))
    decided = matches.create_new(shop.actor(), [proposal_of("500")])
    assert (decided.decided, decided.released) == (1, 1)
    own = Delivery.objects.get(kind="customer")
    waiting.refresh_from_db()
    assert (own.state, waiting.state) == (DeliveryState.READY, DeliveryState.READY)
    assert [run.selection for run in Run.objects.order_by("requested_at")] == [[own.pk], [waiting.pk]]
    assert proposal_of("500").state == MatchState.CREATE
    assert not Binding.objects.exists()


def test_all_sure_ones_at_once(shop):
    guard(shop, OUNAPUU, LIIS, NEW)
    decided = matches.accept_all_sure(shop.actor(), shop.integration)
    assert decided.decided == 1
    assert [row.source_id for row in Binding.objects.all()] == ["500"]
    assert matches.counts(shop.company) == {"customer": 1}


def test_two_as_likely_are_left_for_a_person(shop):
    rows = [ListedRow(target_id=each, name="Õunapuu OÜ", registry_code="12345678") for each in ("x1", "x2")]
    guard(shop, OUNAPUU, rows=rows)
    decided = matches.accept_all_sure(shop.actor())
    assert (decided.decided, decided.left) == (0, 1)
    assert not Binding.objects.exists()


def test_many_at_once_cost_few_queries(shop, django_assert_max_num_queries):
    rows = [ListedRow(target_id=f"t{n}", name=f"Firma {n} OÜ", registry_code=str(10000000 + n)) for n in range(120)]
    guard(
        shop,
        *[Party(source_id=str(n), name=f"Firma {n} OÜ", registry_code=str(10000000 + n)) for n in range(120)],
        rows=rows,
    )
    with django_assert_max_num_queries(40):
        assert matches.accept_all_sure(shop.actor()).decided == 120
    assert Binding.objects.count() == 120


def test_the_page_shows_both_sides_and_the_surest_first(shop):
    shop.tie(CUSTOMER, "9", "c4")
    guard(shop, LIIS, OUNAPUU)
    found, total = matches.questions(shop.company, integration=shop.integration)
    assert total == 2
    assert [each.record.name for each in found] == ["Õunapuu OÜ", "Liis Lepp"]
    assert found[0].candidates[0].percent >= 99
    assert found[0].candidates[0].is_sure
    assert found[1].candidates[0].tied_to == "9"
    assert [reason.text for reason in found[1].candidates[0].reasons] == ["same name"]
    assert matches.questions(shop.company, text="liis")[1] == 1
    assert matches.questions(shop.company, kind="item")[1] == 0


def test_a_removed_tie_is_asked_about_again(shop):
    guard(shop, OUNAPUU)
    matches.accept(shop.actor(), proposal_of("500"), "c1")
    id_map.remove(shop.actor(), shop.integration, CUSTOMER, "500")
    assert guard(shop, OUNAPUU).proposed == ("500",)


def test_before_the_first_import_lists_and_documents_make_the_questions(shop):
    save_list(shop.source.pk, CUSTOMER, [ListedRow(target_id="500", name="Õunapuu OÜ", registry_code="12345678")])
    shop.known(CUSTOMER, LIIS)
    shop.known(CUSTOMER, NEW)
    shop.known(CUSTOMER, Party(source_id="503", name="Kase Kaubandus AS"))
    shop.tie(CUSTOMER, "503", "c2")
    assert matches.build_proposals(shop.actor(), shop.integration, CUSTOMER) == 2
    assert set(MatchProposal.objects.values_list("delivery__source_id", flat=True)) == {"500", "501"}
    matches.create_new(shop.actor(), [proposal_of("501")])
    assert matches.build_proposals(shop.actor(), shop.integration, CUSTOMER) == 1


def test_a_question_of_another_company_is_not_found(shop):
    other = make_shop("Võõras AS", "vooras.example")
    guard(shop, OUNAPUU)
    with pytest.raises(MatchProposal.DoesNotExist):
        matches.question(other.actor(), proposal_of("500").pk)
    assert matches.selected(other.actor(), [proposal_of("500").pk]) == []
    assert matches.counts(other.company) == {}


def test_a_viewer_decides_nothing(shop):
    guard(shop, OUNAPUU)
    viewer = shop.actor("viewer")
    for act in (
        lambda: matches.accept(viewer, proposal_of("500"), "c1"),
        lambda: matches.accept_all_sure(viewer),
        lambda: matches.create_new(viewer, [proposal_of("500")]),
        lambda: matches.build_proposals(viewer, shop.integration, CUSTOMER),
    ):
        with pytest.raises(Forbidden):
            act()


def test_an_items_documents_wait_by_its_own_key(shop):
    guard_items(
        shop.integration, [("32", Item(source_id="32", code="001", name="Veoteenus Soome"))], Directory(ITEM, ITEMS)
    )
    waiting = shop.waiting(problem("ITEM_NOT_BOUND", key="32", label="001"))
    matches.accept(shop.actor(), proposal_of("32"), "a2")
    waiting.refresh_from_db()
    assert waiting.state == DeliveryState.READY
