import doctest
import importlib
import pkgutil

import pytest

import tilisilta.formats

MODULES = [module.name for module in pkgutil.walk_packages(tilisilta.formats.__path__, "tilisilta.formats.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name: str):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
