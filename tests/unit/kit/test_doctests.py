"""The examples in docstrings hold, wherever they stand; those of the core are run beside its tests."""

import doctest
import pkgutil
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

import tilisilta

MODULES = sorted(
    each.name
    for each in pkgutil.walk_packages(tilisilta.__path__, "tilisilta.")
    if not each.name.startswith(
        ("tilisilta.core.", "tilisilta.store.migrations", "tilisilta.__main__", "tilisilta.wsgi")
    )
    and (spec := find_spec(each.name)) is not None
    and ">>> " in Path(spec.origin or "").read_text()
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name: str) -> None:
    result = doctest.testmod(import_module(name), extraglobs={"Decimal": __import__("decimal").Decimal})
    assert result.attempted
    assert not result.failed


def test_there_are_examples() -> None:
    assert {"tilisilta.kit.http", "tilisilta.services.tables", "tilisilta.engine.files"} <= set(MODULES)
