"""A problem as pages show it: remedy first, the raw answer folded."""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.utils.translation import get_language

from tilisilta.services.problem_catalogue import describe
from tilisilta.services.problems import solution
from tilisilta.store.models import DeliveryProblem


class ProblemCard(msgspec.Struct, frozen=True, kw_only=True):
    """What `parts/problem.html` shows."""

    code: str
    title: str
    cause: str = ""
    remedy: str = ""
    severity: str = "error"
    link: str = ""
    link_text: str = ""
    evidence: dict[str, Any] = {}
    where: str = ""


def card(
    code: str,
    params: Mapping[str, Any] | None = None,
    *,
    severity: str = "error",
    evidence: dict[str, Any] | None = None,
) -> ProblemCard:
    """Return the card of a code of the problem catalogue, in the reader's language."""
    text = describe(code, {name: str(value) for name, value in (params or {}).items()}, get_language() or "en")
    return ProblemCard(
        code=code,
        title=text.title,
        cause=text.cause,
        remedy=text.remedy,
        severity=severity,
        evidence=evidence or {},
    )


def problem_card(problem: DeliveryProblem) -> ProblemCard:
    """Return the card of a document's problem, with the link to the page that solves it."""
    shown = card(problem.code, problem.params, severity=problem.severity, evidence=problem.evidence)
    solved_by = solution(problem)
    return msgspec.structs.replace(
        shown,
        link=solved_by.link if solved_by else "",
        link_text=solved_by.text if solved_by else "",
        where=problem.where,
    )
