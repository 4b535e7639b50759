import ast
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import tilisilta
from tilisilta.core import errors
from tilisilta.services import problem_texts
from tilisilta.services.problem_catalogue import CATALOGUE, Link, describe

ROOT = Path(tilisilta.__file__).parent
RAISES = {"problem", "_warning", "warn", "VendorError", "_error", "lost_answer"} | {
    name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, errors.TilisiltaError)
}
CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def named_in(tree):
    """Yield each code that is named outright in a call, with its place and the names of its parameters."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        function = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        if function not in RAISES:
            continue
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        # The code comes first, but after a pattern (which may be a vendor's own code) or a request in some.
        is_second = function in {"_error", "lost_answer"} and len(call.args) > 1
        places = call.args[1:2] if is_second else call.args[:1]
        for value in (*places, given.get("code")):
            if isinstance(value, ast.Constant) and isinstance(value.value, str) and CODE.fullmatch(value.value):
                yield value.value, call.lineno


def test_every_code_in_the_product_stands_in_the_catalogue():
    missing = [
        f"{path.relative_to(ROOT)}:{line} {code}"
        for path in sorted(ROOT.rglob("*.py"))
        for code, line in named_in(ast.parse(path.read_text()))
        if code not in CATALOGUE
    ]
    assert missing == []


def test_the_default_code_of_every_error_stands_in_the_catalogue():
    defaults = {value.default_code for value in vars(errors).values() if hasattr(value, "default_code")}
    assert defaults - set(CATALOGUE) == set()


def test_codes_are_found_where_they_are_named():
    source = 'problem("A_B", where="x")\nRefused(code="C_D")\n_error(r"x", "E_F", "parked")\nother("G_H")\n'
    assert [code for code, _ in named_in(ast.parse(source))] == ["A_B", "C_D", "E_F"]


def test_no_code_has_two_texts():
    names = [each.name for each in pkgutil.iter_modules(problem_texts.__path__) if each.name != "shape"]
    count = sum(len(importlib.import_module(f"{problem_texts.__name__}.{name}").TEXTS) for name in names)
    assert count == len(CATALOGUE)


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_every_text_is_whole(code):
    text = CATALOGUE[code]
    assert text.code == code
    assert isinstance(text.link, Link)
    for sentence in (text.title, text.cause, text.remedy):
        filled = str(sentence) % dict.fromkeys(PLACEHOLDER.findall(str(sentence)), "x")
        assert filled.strip()
    assert str(text.cause).rstrip().endswith((".", ")s")), "a cause is a sentence"
    assert str(text.remedy).rstrip().endswith(".")
    assert not str(text.title).endswith(".")


def test_describe_fills_in_the_parameters():
    shown = describe("VAT_CODE_UNMAPPED", {"key": "9", "label": "24%", "rate": "24", "direction": "sales"}, "en")
    assert shown.title == "VAT code 24% has no counterpart"
    assert shown.cause == "Nobody has chosen the target's VAT code for 24% (rate 24, sales)."
    assert shown.link is Link.MAPPINGS


def test_describe_survives_missing_empty_and_unknown():
    assert "…" in describe("VAT_CODE_UNMAPPED", {}, "en").title
    assert describe("ACCOUNT_UNMAPPED", {"account": ""}, "en").title == "Account … has no counterpart"
    unknown = describe("NEVER_HEARD_OF", {"message": "why"}, "en")
    assert unknown.title == "Problem NEVER_HEARD_OF"
    assert "why" in unknown.cause


def test_describe_shows_percent_signs_once():
    shown = describe("VAT_RATE_NOT_VALID", {"rate": "21", "country": "EE", "date": "2026-04-16"}, "en")
    assert shown.cause == "21 % is not a VAT rate of EE on 2026-04-16."


def test_describe_names_the_place_from_the_outside_in():
    shown = describe("UNREADABLE", {"rule": "no date", "line": 7, "file": "a.xml"}, "en")
    assert shown.cause == "File a.xml, line 7: no date"
    assert describe("UNREADABLE", {"rule": "no date"}, "en").cause == "The answer: no date"


def test_describe_speaks_of_purchases_and_suppliers_in_words():
    assert "purchases" in describe("VAT_CODE_UNMAPPED", {"direction": "purchase"}, "en").cause
    assert describe("PARTY_NOT_BOUND", {"role": "supplier", "name": "A"}, "en").cause.startswith("The supplier A")
