"""Which rows of the feature list hold: each number with pass or fail, and one line of JSON last.

Used by `make features`, as `-m feature -p tests.features_plugin`. A feature passes when it has at least one test and
all its tests passed; a test that was skipped proves nothing and counts as failed.
"""

import json
import sys
from collections import Counter
from typing import Any, Final

import pytest

ROWS: Final = {"S": 52, "N": 30, "M": 29, "U": 82, "P": 94}
_PROPERTY: Final = "feature"


def all_numbers() -> list[str]:
    """Return every number of the feature list, in its order."""
    return [f"{letter}{row:02}" for letter, count in ROWS.items() for row in range(1, count + 1)]


class Features:
    """Collects the outcome of every test that carries a feature number."""

    def __init__(self) -> None:
        self.tests: dict[str, set[str]] = {}
        self.failed: set[str] = set()
        self.passed: set[str] = set()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Write the numbers into the reports, which also travel from the processes of xdist."""
        known = set(all_numbers())
        for item in items:
            for marker in item.iter_markers(_PROPERTY):
                for number in marker.args:
                    if number not in known:
                        raise pytest.UsageError(f"{item.nodeid}: there is no feature {number!r}")
                    item.user_properties.append((_PROPERTY, number))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test as passed when its call passed and nothing around it failed."""
        numbers = [value for name, value in report.user_properties if name == _PROPERTY]
        for number in numbers:
            self.tests.setdefault(str(number), set()).add(report.nodeid)
        if not numbers:
            return
        if report.outcome != "passed":
            self.failed.add(report.nodeid)
        elif report.when == "call":
            self.passed.add(report.nodeid)

    def holds(self, number: str) -> bool:
        """Return whether a feature has tests and all of them passed."""
        tests = self.tests.get(number, set())
        return bool(tests) and tests <= self.passed - self.failed

    def lines(self) -> list[str]:
        """Return a line for each feature and the line of JSON."""
        numbers = all_numbers()
        told = [
            f"{number} {'pass' if self.holds(number) else 'fail' if number in self.tests else 'fail (no test)'}"
            for number in numbers
        ]
        passed = Counter(number[0] for number in numbers if self.holds(number))
        summary = {letter: {"passed": passed[letter], "of": count} for letter, count in ROWS.items()}
        return [*told, json.dumps(summary)]

    def pytest_unconfigure(self) -> None:
        """Print after everything else, so that the JSON is the last line."""
        sys.stdout.write("\n" + "\n".join(self.lines()) + "\n")
        sys.stdout.flush()


class _Marking(Features):
    """A process of xdist marks its tests and leaves the rest to the one that collects reports."""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None: ...

    def pytest_unconfigure(self) -> None: ...


def pytest_configure(config: pytest.Config) -> None:
    is_worker: Any = getattr(config, "workerinput", None)
    config.pluginmanager.register(_Marking() if is_worker else Features(), "features")
