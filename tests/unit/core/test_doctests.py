import doctest
import importlib
import pkgutil

import pytest

import tilisilta.core

MODULES = [module.name for module in pkgutil.walk_packages(tilisilta.core.__path__, "tilisilta.core.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_the_examples_are_found():
    finder = doctest.DocTestFinder()
    examples = sum(
        len(found.examples) for name in MODULES for found in finder.find(importlib.import_module(name), name)
    )
    assert examples > 40
