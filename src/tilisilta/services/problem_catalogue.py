"""The catalogue of problems: what each code means to an accountant, why it came and how it is solved.

Core, connectors and engine name only codes and parameters; the words live here, in three languages by gettext.
"""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from tilisilta.services.problem_texts import (
    amounts,
    billing,
    books,
    connection,
    files,
    maestro,
    mapping,
    merit,
    netvisor,
    procountor,
    pull,
    register,
    severa,
    summaries,
    target,
    travel,
    workspace,
)
from tilisilta.services.problem_texts.shape import Link, ProblemText, Text

__all__ = ["CATALOGUE", "Description", "Link", "ProblemText", "describe"]

CATALOGUE: dict[str, ProblemText] = {
    text.code: text
    for subject in (
        amounts,
        mapping,
        target,
        connection,
        travel,
        files,
        netvisor,
        maestro,
        merit,
        severa,
        workspace,
        procountor,
        pull,
        register,
        books,
        summaries,
        billing,
    )
    for text in subject.TEXTS
}

_UNNAMED = ProblemText(
    "",
    _("Problem %(code)s"),
    _("The reason has no description yet: %(message)s"),
    _("Read the raw answer below, correct what it names and try again."),
)

# Parameters whose values are words of ours rather than the document's.
_WORDS: dict[str, dict[str, Promise]] = {
    "direction": {"sales": _("sales"), "purchase": _("purchases")},
    "role": {"customer": _("customer"), "supplier": _("supplier")},
    "row_kind": {
        "item": _("ordinary row"),
        "allowance": _("discount on the document"),
        "charge": _("charge on the document"),
        "rounding": _("rounding"),
        "text": _("row of words"),
    },
    "kind": {
        "product": _("product"),
        "work_type": _("work type"),
        "travel_expense": _("travel expense"),
        "other": _("row without a register"),
    },
}

# What tells a place inside something that was read, from the outside in; joined they are `%(place)s`.
_PLACES: dict[str, Promise] = {
    "file": _("file %(value)s"),
    "line": _("line %(value)s"),
    "row": _("row %(value)s"),
    "field": _("field %(value)s"),
}


@dataclass(frozen=True, slots=True)
class Description:
    """A problem in the reader's language; `link` names the place where it is solved."""

    code: str
    title: str
    cause: str
    remedy: str
    link: Link


class _Params(dict[str, str]):
    """Parameters for a text; a missing one reads as an ellipsis, for a hole is better than a page that fails."""

    def __missing__(self, name: str) -> str:
        return "…"


def describe(problem_code: str, params: Mapping[str, object] | None = None, language: str = "") -> Description:
    """Return title, cause, remedy and link of a problem.

    Args:
        problem_code: A code of the catalogue; an unknown one is described by its own name.
        params: What the texts name as `%(name)s`.
        language: "et", "fi" or "en"; empty for the reader's present language.
    """
    text = CATALOGUE.get(problem_code, _UNNAMED)
    with override(language) if language else nullcontext():
        values = _Params(code=problem_code)
        for name, value in (params or {}).items():
            if shown := str(value):
                values[name] = str(_WORDS.get(name, {}).get(shown, shown))
        values["place"] = _place(values)
        return Description(
            code=problem_code,
            title=_fill(text.title, values),
            cause=_fill(text.cause, values),
            remedy=_fill(text.remedy, values),
            link=text.link,
        )


def _place(values: _Params) -> str:
    parts = [str(words) % {"value": values[name]} for name, words in _PLACES.items() if name in values]
    place = ", ".join(parts) or gettext("the answer")
    return place[:1].upper() + place[1:]


def _fill(text: Text, values: _Params) -> str:
    try:
        return str(text) % values
    except (KeyError, TypeError, ValueError):
        # A translation with a broken placeholder must not take the page with it.
        return gettext("Problem %(code)s") % values
