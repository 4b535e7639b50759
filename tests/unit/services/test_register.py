from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from tests.support.emulators import Emulated, Emulators
from tests.support.register import zipped

from tilisilta.engine import register_ask
from tilisilta.services import register, register_loads
from tilisilta.services.register import Verdict
from tilisilta_emulators.register.companies import Company, code_of

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]
OWN = (
    Company(
        code="14000001", name="OÜ Õunapuu & Pojad", vat="EE102345678", street="Mäe 1", place="Tartu", postal="51001"
    ),
    Company(code="14000012", name="Õunapuu Aed AS"),
    Company(code="14000020", name="Eesti Õunapuu Selts MTÜ"),
    Company(code="14000033", name="Ounapuud OÜ"),
)


@pytest.fixture
def copy(tmp_path: Path) -> None:
    """Our own copy: four companies with names of their own among made up ones."""
    assert register_loads.load_file(zipped(tmp_path / "file.zip", 100, companies=OWN)).rows == 104


@pytest.fixture
def asked(running_emulators: Emulators, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Emulated:
    """The register's own search, which knows a thousand made up companies."""
    emulated = running_emulators["register"]
    emulated.clear_faults()
    emulated.reset(rows=1000)
    settings.REGISTER_SEARCH_URL = emulated.credentials["autocomplete"]
    monkeypatch.setattr(register_ask, "_GAP_S", 0)
    cache.clear()
    return emulated


def names(words: str, limit: int = 10) -> list[str]:
    return [each.name for each in register.search(words, limit)]


def test_find_gives_what_a_form_needs(copy: None) -> None:
    found = register.find("EE", " 1400 0001 ")
    assert found is not None
    assert (found.name, found.vat_number, found.address) == ("OÜ Õunapuu & Pojad", "EE102345678", "Mäe 1, Tartu, 51001")
    assert register.find("EE", "14999999") is None
    assert register.find("FI", "14000001") is None


@pytest.mark.parametrize("words", ["õunapuu", "Ounapuu", "  OÜ  ÕUNAPUU ", "õunap"])
def test_search_finds_beginnings_first_however_they_are_written(copy: None, words: str) -> None:
    assert names(words) == ["Õunapuu Aed AS", "OÜ Õunapuu & Pojad", "Ounapuud OÜ", "Eesti Õunapuu Selts MTÜ"]


def test_search_by_more_words_by_code_and_within_limits(copy: None) -> None:
    assert names("õunapuu po") == ["OÜ Õunapuu & Pojad"]
    assert names("Õunapuu Pojad OÜ") == ["OÜ Õunapuu & Pojad"]
    assert names("1400003") == ["Ounapuud OÜ"]
    assert names("14000012") == ["Õunapuu Aed AS"]
    assert len(names("14", 3)) == 3
    assert len(names("10", 500)) == register.MOST
    assert names("õunapuu", 2) == ["Õunapuu Aed AS", "OÜ Õunapuu & Pojad"]
    assert names("õ") == names("") == names("õunapuu", 0) == names("%") == names("olematu nimi") == []
    assert names("õunap_") == ["Õunapuu Aed AS", "OÜ Õunapuu & Pojad", "Ounapuud OÜ", "Eesti Õunapuu Selts MTÜ"]


def test_check_marks_only_what_is_not_there(copy: None) -> None:
    found = register.check("14000012", "AS Õunapuu aed")
    assert (found.verdict, found.name_matches) == (Verdict.FOUND, True)
    assert register.check("14000012", "Pirnipuu OÜ").name_matches is False
    assert register.check("14000012").name_matches is None
    assert register.check("12345678").verdict is Verdict.NOT_FOUND
    assert register.check("abc").verdict is Verdict.NOT_FOUND
    assert register.check("").verdict is Verdict.UNCHECKED
    assert register.check("14000012", country="LV").verdict is Verdict.UNCHECKED


def test_without_a_copy_and_without_an_address_nothing_is_said(settings: Any) -> None:
    assert register.check(code_of(3)).verdict is Verdict.UNCHECKED
    assert register.search("aasa") == []


def test_a_company_newer_than_the_file_is_asked_for_once(copy: None, asked: Emulated) -> None:
    newer, nobody = code_of(800), code_of(5000)
    for _ in range(2):
        found = register.check(newer)
        assert found.verdict is Verdict.FOUND
        assert found.entry is not None
        assert found.entry.registry_code == newer
        assert register.check(nobody).verdict is Verdict.NOT_FOUND
    assert register.look_up("EE", newer) == found.entry
    assert asked.requests()["total"] == 2


@pytest.mark.parametrize("options", [{"answer": "array"}, {"code_type": "text"}])
def test_both_shapes_of_its_answers_are_read(asked: Emulated, options: dict) -> None:
    asked.reset(rows=1000, **options)
    assert register.check(code_of(5)).verdict is Verdict.FOUND
    assert register.check(code_of(5000)).verdict is Verdict.NOT_FOUND


def test_without_a_copy_its_own_search_is_asked(asked: Emulated) -> None:
    found = register.search("Ilmarise", 3)
    assert len(found) == 3
    assert all("Ilmarise" in each.name for each in found)
    assert found[0].address


@pytest.mark.parametrize("fault", ["error_before", "html", "drop_before", "half", "throttle", "unauthorized"])
def test_when_it_is_silent_it_is_asked_no_more_and_nothing_is_blocked(copy: None, asked: Emulated, fault: str) -> None:
    asked.faults({"kind": fault, "times": None})
    checks = register.check_many([(code_of(number), "") for number in range(500, 530)] + [("14000012", "")])
    assert [each.verdict for each in checks] == [Verdict.NOT_FOUND] * 30 + [Verdict.FOUND]
    assert asked.requests()["total"] <= 2  # a read whose connection broke is sent once more


def test_many_are_checked_with_few_questions(copy: None, asked: Emulated) -> None:
    checks = register.check_many([(code_of(number), "") for number in range(700)])
    found = [each.verdict is Verdict.FOUND for each in checks]
    assert found == [number < 120 for number in range(700)]
    assert asked.requests()["total"] == 20
