from decimal import Decimal

import pytest
from django.utils import translation

from tilisilta.services.access import Forbidden
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice import fields, values
from tilisilta.services.practice.errors import FieldErrors
from tilisilta.services.practice.settings import switch_off
from tilisilta.store.models import AuditEntry, CustomField, FieldType

CHOICES = ("Tartu", "Põlva", "Võru")


@pytest.fixture
def make(bureau):
    def made(title="Väli", subject="client", **more):
        given = {"type": "text", "choices": CHOICES if more.get("type") in {"choice", "choices"} else ()} | more
        return fields.create_field(bureau.owner, subject=subject, title=title, **given)

    return made


def test_fields_stand_in_their_order_by_subject_and_have_names_for_files(bureau, make):
    first, second, third = make("Sünnikoht ja -aeg"), make("Sünnikoht, ja aeg"), make("№ ß", subject="task")
    assert [each.name for each in (first, second)] == ["sunnikoht_ja_aeg", "sunnikoht_ja_aeg_2"]
    assert third.name.isascii()
    assert fields.live_fields(bureau.company, "client") == [first, second]
    fields.move_field(bureau.owner, second, -1)
    assert fields.live_fields(bureau.company, "client") == [second, first]
    fields.move_field(bureau.owner, second, -1)
    fields.move_field(bureau.owner, second, 5)
    assert fields.live_fields(bureau.company, "client") == [first, second]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"title": " "}, "FIELD_TITLE_MISSING"),
        ({"title": "on OLEMAS"}, "FIELD_TITLE_TAKEN"),
        ({"type": "choice", "choices": ("", " ")}, "FIELD_CHOICES_MISSING"),
        ({"type": "choices", "choices": ("a;b",)}, "FIELD_CHOICE_INVALID"),
        ({"type": "choice", "choices": ("A", "a")}, "FIELD_CHOICE_TWICE"),
        ({"type": "picture"}, "FIELD_TYPE_UNKNOWN"),
        ({"subject": "planet"}, "FIELD_TYPE_UNKNOWN"),
    ],
)
def test_a_field_that_cannot_be_is_refused_by_name(make, given, code):
    make("On olemas")
    with pytest.raises(ServiceError) as told:
        make(**given)
    assert told.value.code == code
    assert "%(" not in str(told.value)


def test_administrators_alone_make_fields_and_only_while_the_module_is_on(bureau, make):
    with pytest.raises(Forbidden):
        fields.create_field(bureau.actors["accountant"], subject="client", title="X", type="text")
    field = make()
    for act in (fields.delete_field, fields.restore_field):
        with pytest.raises(Forbidden):
            act(bureau.actors["accountant"], field)
    switch_off(bureau.owner)
    with pytest.raises(ServiceError, match="practice module is off"):
        make("Teine")


def test_a_deleted_field_keeps_its_values_and_comes_back_with_them(bureau, make):
    seen = []
    field = make("Kaust")
    client = bureau.client(values={"kaust": "K-7"})
    hook = lambda actor, each: seen.append((actor, each.pk))  # noqa: E731
    fields.deleting.append(hook)
    try:
        fields.delete_field(bureau.owner, field)
    finally:
        fields.deleting.remove(hook)
    assert seen == [(bureau.owner, field.pk)]
    assert fields.live_fields(bureau.company, "client") == []
    kept = values.clean(bureau.company, "client", {}, before=client.values)
    assert kept == {str(field.pk): "K-7"}
    other = make("Kaust")
    assert other.name == field.name  # a deleted one does not hold the name
    with pytest.raises(ServiceError) as told:
        fields.restore_field(bureau.owner, field)
    assert told.value.code == "FIELD_TITLE_TAKEN"
    fields.delete_field(bureau.owner, other)
    back = fields.restore_field(bureau.owner, CustomField.objects.get(pk=field.pk))
    assert values.shown(back, kept[str(back.pk)]) == "K-7"
    assert AuditEntry.objects.filter(action="practice.field_restored").count() == 1


@pytest.mark.parametrize(
    ("kind", "given", "stored", "shown"),
    [
        ("text", "  Õun  ", "Õun", "Õun"),
        ("integer", "1 234", "1234", "1,234"),
        ("integer", "-0", "0", "0"),
        ("number", "1.234,50", "1234.5", "1,234.5"),
        ("number", "−3", "-3", "-3"),
        ("price", "12,5 €", "12.5", "12.50"),
        ("price", "0.1234", "0.1234", "0.1234"),
        ("date", "31.12.2026", "2026-12-31", "31 Dec 2026"),
        ("date", "2026-02-28 00:00:00", "2026-02-28", "28 Feb 2026"),
        ("checkbox", "jah", True, "Yes"),
        ("choice", "põlva", "Põlva", "Põlva"),
        ("choices", "võru; TARTU;", ["Tartu", "Võru"], "Tartu, Võru"),
        ("choices", ["Põlva"], ["Põlva"], "Põlva"),
    ],
)
def test_values_of_every_type_are_cleaned_stored_and_shown(  # noqa: PLR0917  one parameter a column of the table
    bureau, make, kind, given, stored, shown
):
    field = make(type=kind)
    kept = values.clean(bureau.company, "client", {field.name: given})
    assert kept == {str(field.pk): stored}
    with translation.override("en"):
        assert values.shown(field, stored) == shown
    # what a form shows of it is understood again, in every language
    for language in ("et", "fi", "en"):
        with translation.override(language):
            assert values.clean_one(field, values.typed(field, stored)) == stored
    again = values.cell(field, stored)
    assert values.clean_one(field, again) == stored  # and what a file holds of it


@pytest.mark.parametrize(
    ("kind", "given", "code"),
    [
        ("text", "x" * 1001, "VALUE_TOO_LONG"),
        ("integer", "1,5", "VALUE_NOT_INTEGER"),
        ("integer", "12345678901234", "VALUE_NUMBER_TOO_LARGE"),
        ("number", "kaks", "VALUE_NOT_NUMBER"),
        ("number", "Infinity", "VALUE_NOT_NUMBER"),
        ("number", "1e999", "VALUE_NUMBER_TOO_LARGE"),
        ("number", "0.1234567", "VALUE_DECIMALS"),
        ("price", "1.23456", "VALUE_DECIMALS"),
        ("date", "31.02.2026", "VALUE_NOT_DATE"),
        ("date", "homme", "VALUE_NOT_DATE"),
        ("checkbox", "võib-olla", "VALUE_NOT_FLAG"),
        ("choice", "Narva", "VALUE_NOT_CHOICE"),
        ("choices", "Tartu;Narva", "VALUE_NOT_CHOICE"),
    ],
)
def test_a_wrong_value_is_told_by_the_fields_title_and_the_rule(bureau, make, kind, given, code):
    field = make("Minu väli", type=kind)
    with pytest.raises(FieldErrors) as told:
        values.clean(bureau.company, "client", {str(field.pk): given})
    error = told.value.errors[f"values.{field.pk}"]
    assert error.code == code
    with translation.override("en"):
        assert "Minu väli" in str(error)
        assert "%(" not in str(error)


def test_required_fields_and_unknown_ones(bureau, make):
    field, flag = make("Kohustuslik", is_required=True), make("Linnuke", type="checkbox", is_required=True)
    assert not flag.is_required  # a tick box always has a value
    with pytest.raises(FieldErrors) as told:
        values.clean(bureau.company, "client", {"puudub": "x", "kohustuslik": " "})
    assert {name: error.code for name, error in told.value.errors.items()} == {
        "values": "VALUE_FIELD_UNKNOWN",
        f"values.{field.pk}": "VALUE_REQUIRED",
    }
    before = {str(field.pk): "on"}
    assert values.clean(bureau.company, "client", {}, before=before, is_partial=True) == before


def test_a_choice_that_was_taken_away_stays_where_it_was_chosen(bureau, make):
    field = make("Linn", type="choice")
    fields.update_field(bureau.owner, field, title="Linn", choices=("Tartu",))
    assert values.clean_one(field, "Võru", before="Võru") == "Võru"
    with pytest.raises(ServiceError):
        values.clean_one(field, "Võru", before="Põlva")
    several = make("Linnad", type="choices", choices=("A",))
    assert values.clean_one(several, "a;b", before=["B"]) == ["A", "B"]


def test_numbers_of_stored_values():
    assert values.number("-12.50") == Decimal("-12.50")
    for nothing in (None, "", True, ["1"], "NaN", "x"):
        assert values.number(nothing) is None


def test_every_type_is_covered_here():
    types = {case[0] for case in test_values_of_every_type_are_cleaned_stored_and_shown.pytestmark[0].args[1]}
    assert types == set(FieldType.values)
