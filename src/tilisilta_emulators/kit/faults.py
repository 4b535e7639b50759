"""Misbehaviour on order: rules that say which requests go wrong, how, and how often."""

import random
import re
from collections.abc import Sequence
from typing import Any

import msgspec
from aiohttp import web

COMMON_KINDS = frozenset(
    {
        "throttle",
        "delay",
        "drop_before",
        "drop_after",
        "error_before",
        "error_after",
        "html",
        "half",
        "unauthorized",
        "expire_token",
        "numbers_as_strings",
        "stall",
    }
)


class Match(msgspec.Struct, forbid_unknown_fields=True):
    """Which requests a rule is for: `path` is a regular expression searched in the path."""

    path: str = ""
    method: str | None = None


class Rule(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """One fault.

    Args:
        kind: One of COMMON_KINDS or of the vendor's own kinds.
        match: Which requests; all by default.
        times: How often it fires; None for always.
        after: How many matching requests go by first.
        probability: Chance to fire on a matching request, drawn from `seed`.
        ms: Length of a delay or a stall.
        status: HTTP status of an error or an HTML page.
        retry_after_s: What a throttled answer tells the client to wait.
        cut: `half` breaks the connection in the middle instead of ending early.
        data: Anything a vendor's own kind needs.

    """

    kind: str
    match: Match = msgspec.field(default_factory=Match)
    times: int | None = 1
    after: int = 0
    probability: float = 1.0
    seed: int = 0
    ms: int | None = None
    status: int | None = None
    retry_after_s: float | None = None
    cut: bool = False
    data: dict[str, Any] = msgspec.field(default_factory=dict)


class ActiveRule:
    """A rule with its counters: how many matching requests it saw, how often it fired."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.seen = 0
        self.fired = 0
        self._path = re.compile(rule.match.path)
        self._random = random.Random(rule.seed)

    def takes(self, request: web.Request) -> bool:
        """Return whether the rule fires on this request; counts it either way."""
        rule = self.rule
        if rule.match.method and rule.match.method.upper() != request.method:
            return False
        if not self._path.search(request.path):
            return False
        self.seen += 1
        if self.seen <= rule.after or (rule.times is not None and self.fired >= rule.times):
            return False
        if rule.probability < 1.0 and self._random.random() >= rule.probability:
            return False
        self.fired += 1
        return True

    def report(self) -> dict[str, Any]:
        """Return the rule with its counters, for reading."""
        return {**msgspec.to_builtins(self.rule), "seen": self.seen, "fired": self.fired}


class Faults:
    """The rules in force, in the order they were given."""

    def __init__(self, kinds: frozenset[str]) -> None:
        self.kinds = COMMON_KINDS | kinds
        self.rules: list[ActiveRule] = []

    def add(self, rules: Sequence[Rule]) -> None:
        """Put rules in force.

        Raises:
            ValueError: A kind is unknown or a path is no regular expression.

        """
        for rule in rules:
            if rule.kind not in self.kinds:
                raise ValueError(f"unknown fault kind {rule.kind!r}; known: {', '.join(sorted(self.kinds))}")
        try:
            self.rules.extend([ActiveRule(rule) for rule in rules])
        except re.error as error:
            raise ValueError(f"match.path is not a regular expression: {error}") from error

    def clear(self) -> None:
        """Behave again."""
        self.rules.clear()
