import io

import pytest

from tilisilta import i18n

TEMPLATE = """{% load i18n %}
  {% if x %}
{% translate "One" %}
        {% translate "Two" context "a place" %}
 {% blocktranslate count n=n %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}
{{ label|default:_("Three") }} it's {# {% translate "never" %} #}
  {% endif %}
"""


def test_messages_of_templates_are_found_whatever_their_indentation():
    found = i18n.extract_django(io.BytesIO(TEMPLATE.encode()), i18n.KEYWORDS, (), {})
    assert [(name, message) for _line, name, message, _comments in found] == [
        ("gettext", "One"),
        ("pgettext", ("a place", "Two")),
        ("ngettext", ("%(n)s row", "%(n)s rows", None)),
        ("_", "Three"),
    ]


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setattr(i18n, "LOCALE", tmp_path)
    monkeypatch.setattr(i18n, "TEMPLATE", tmp_path / "django.pot")
    catalog = i18n._empty()
    for message in ("Save", "%(count)s left", ("%(n)s row", "%(n)s rows")):
        catalog.add(message, flags=["python-format"] if "%" in message else [])
    monkeypatch.setattr(i18n, "_found", lambda: catalog)
    i18n.update()
    return tmp_path


def translate(language, message, text, *, is_fuzzy=False):
    catalog = i18n.load(language)
    catalog[message].string = text
    if is_fuzzy:
        catalog[message].flags.add("fuzzy")
    i18n._write(i18n._path(language), catalog)


def test_check_names_what_is_missing_fuzzy_or_broken(kept):
    assert len(i18n.problems()) == 3 * len(i18n.LANGUAGES)
    for language in i18n.LANGUAGES:
        translate(language, "Save", "Salvesta")
        translate(language, "%(count)s left", "jäänud %(count)s")
        translate(language, "%(n)s row", ("%(n)s rida", "%(n)s rida"))
    assert i18n.problems() == []
    assert i18n.main(["check"]) == 0
    translate("et", "Save", "Salvesta", is_fuzzy=True)
    translate("fi", "%(count)s left", "jäljellä %(amount)s")
    translate("fi", "%(n)s row", ("%(n)s rivi", ""))
    lines = i18n.problems()
    assert [line.split(":")[0] for line in lines] == ["et", "fi", "fi"]
    assert i18n.main(["check"]) == 1


def test_update_keeps_translations_and_drops_what_is_gone(kept, monkeypatch):
    translate("et", "Save", "Salvesta")
    smaller = i18n._empty()
    smaller.add("Save")
    monkeypatch.setattr(i18n, "_found", lambda: smaller)
    before = i18n._path("et").read_bytes()
    i18n.update()
    assert i18n._path("et").read_bytes() != before
    assert [(m.id, m.string) for m in i18n.load("et") if m.id] == [("Save", "Salvesta")]
    again = i18n._path("et").read_bytes()
    i18n.update()
    assert i18n._path("et").read_bytes() == again, "nothing changes when no message does"


def test_compiling_writes_what_django_reads(kept):
    translate("et", "Save", "Salvesta")
    i18n.compile_catalogues()
    import gettext

    with (kept / "et" / "LC_MESSAGES" / "django.mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Save") == "Salvesta"


def test_unknown_commands_are_refused():
    assert i18n.main(["nonsense"]) == 2
