import pytest

from tilisilta.core.documents import Item, Party
from tilisilta.core.matching import ItemIndex, MatchReason, PartyIndex, propose_item_matches, propose_matches
from tilisilta.core.names import fold_company, fold_name
from tilisilta.ports import ItemCandidate, PartyCandidate


def candidate(target_id="t1", name="Õunapuu OÜ", **more):
    return PartyCandidate(target_id=target_id, name=name, **more)


def only(party, **more):
    (proposal,) = propose_matches(party, [candidate(**more)])
    return proposal


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Õunapuu OÜ", "OÜ ÕUNAPUU"),
        ("Eesti Energia AS", "Aktsiaselts Eesti  Energia"),
        ("Mänty Oy Ab", "manty oy"),
        ("Kuusk, Mänd & Pojad O.Ü.", "Kuusk Mänd Pojad"),
        ("Tmi Virtanen", "VIRTANEN"),
        ("Łódź Sp", "lodz sp"),
    ],
)
def test_names_that_two_people_write_differently(one, other):
    assert fold_company(one) == fold_company(other)
    assert only(Party(name=one), name=other).reasons == (MatchReason.NAME,)


def test_a_name_of_legal_forms_alone_stays():
    assert fold_company("AS SA") == "as sa"
    assert fold_name("...") == ""
    assert propose_matches(Party(name="..."), [candidate(name="!!!")]) == ()


def test_a_legal_form_inside_a_name_stays():
    assert fold_company("Ehitus AS Grupp OÜ") == "ehitus as grupp"


def test_the_registry_code_convinces_most():
    proposal = only(Party(name="Renamed OÜ", registry_code="12345678"), registry_code="1234 5678")
    assert proposal.reasons == (MatchReason.REGISTRY_CODE,)
    assert proposal.confidence >= 0.99


def test_the_vat_number_in_any_spelling():
    proposal = only(Party(name="X", vat_number="ee 100207415"), vat_number="EE100207415", name="Y")
    assert proposal.reasons == (MatchReason.VAT_NUMBER,)


def test_a_finnish_vat_number_is_the_registry_code():
    proposal = only(Party(name="X", vat_number="FI20774740"), registry_code="2077474-0", name="Y")
    assert proposal.reasons == (MatchReason.REGISTRY_CODE,)


def test_an_email_alone_convinces_little():
    proposal = only(Party(name="A", email="Arved@Buroo.ee"), name="B", email="arved@buroo.ee")
    assert proposal.reasons == (MatchReason.EMAIL,)
    assert proposal.confidence < 0.7


def test_two_reasons_convince_more_than_one():
    name_only = only(Party(name="Õunapuu OÜ"))
    both = only(Party(name="Õunapuu OÜ", email="a@b.ee"), email="a@b.ee")
    assert both.confidence > name_only.confidence


def test_different_registry_codes_speak_against_an_equal_name():
    proposal = only(Party(name="Õunapuu OÜ", registry_code="12345678"), registry_code="10000000")
    assert proposal.confidence <= 0.3
    assert MatchReason.REGISTRY_CODE_DIFFERS in proposal.reasons


def test_different_registry_codes_leave_nothing_of_a_similar_name():
    party = Party(name="Õunapuud OÜ", registry_code="12345678")
    assert propose_matches(party, [candidate(registry_code="10000000")]) == ()
    assert propose_matches(party, [candidate()])[0].reasons == (MatchReason.SIMILAR_NAME,)


@pytest.mark.parametrize("name", ["Õunapu OÜ", "Ounapuud", "Õunapuuu AS"])
def test_a_slip_of_the_pen_is_similar(name):
    proposal = only(Party(name=name))
    assert proposal.reasons == (MatchReason.SIMILAR_NAME,)
    assert 0.5 < proposal.confidence < 0.75


def test_words_in_another_order_are_similar():
    assert only(Party(name="Tamm Jaan"), name="Jaan Tamm").reasons == (MatchReason.SIMILAR_NAME,)


def test_other_names_are_not_proposed():
    assert propose_matches(Party(name="Kask OÜ"), [candidate()]) == ()
    assert propose_matches(Party(), [candidate(name="")]) == ()


def test_the_best_come_first_and_no_more_than_asked():
    party = Party(name="Õunapuu OÜ", registry_code="12345678")
    candidates = [
        candidate("b", "Õunapuu"),
        candidate("a", "Õunapuu"),
        candidate("c", "Muu", registry_code="12345678"),
    ]
    assert [each.target_id for each in propose_matches(party, candidates)] == ["c", "a", "b"]
    assert [each.target_id for each in PartyIndex(candidates).propose(party, limit=1)] == ["c"]


def test_items_by_code_and_name():
    candidates = [
        ItemCandidate(target_id="CONS", code="CONS", name="Nõustamine"),
        ItemCandidate(target_id="KONS-1", code="KONS-1", name="Konsultatsioon"),
    ]
    index = ItemIndex(candidates)
    by_code = index.propose(Item(code="kons-1", name="Something else"))
    assert [(each.target_id, each.reasons) for each in by_code] == [("KONS-1", (MatchReason.CODE,))]
    by_name = propose_item_matches(Item(name="noustamine"), candidates)
    assert [(each.target_id, each.reasons) for each in by_name] == [("CONS", (MatchReason.NAME,))]
    other_code = index.propose(Item(code="X", name="Nõustamine"))
    assert other_code[0].confidence <= 0.5
    assert MatchReason.CODE_DIFFERS in other_code[0].reasons
